package graph

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode"

	"cloudappsecurity/service"

	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// Sites reads sites with a service's app-only token.
type Sites struct {
	c *Client

	mu    sync.Mutex
	roots map[string]string // ID of a site collection by what its sites' IDs begin with
}

var _ service.Sites = (*Sites)(nil)

const (
	// siteSelect names the properties that site reads.
	siteSelect = "id,name,displayName,webUrl,isPersonalSite,root,siteCollection,parentReference"
	// sitesRead and sitesShown bound a search; see groupsRead.
	sitesRead  = 1000
	sitesShown = 50
	// changes marks the links of later rounds of a delta: a fragment, which is
	// never sent.
	changes = "#changes"
)

// found is a site as Graph shows it, with what ParentID is worked out of.
type found struct {
	service.Site
	collection bool
	above      string // ID of the site right above, where it is told
}

func site(m models.Siteable) (found, error) {
	s := found{Site: service.Site{
		ID: text(m.GetId()), URL: text(m.GetWebUrl()), Title: text(m.GetDisplayName()),
		Personal: m.GetIsPersonalSite() != nil && *m.GetIsPersonalSite(),
	}}
	if s.ID == "" {
		return found{}, errors.New("a site has no id")
	}
	if s.Title == "" {
		s.Title = text(m.GetName())
	}
	host, path := place(s.URL)
	// What lies on the host of personal sites is theirs, its own root too.
	s.Personal = s.Personal || strings.Contains(host, "-my.sharepoint.")
	s.collection = m.GetRoot() != nil || s.URL != "" && collectionPath(path) == path
	if p := m.GetParentReference(); p != nil {
		s.above = text(p.GetSiteId())
	}
	return s, nil
}

// place gives host and path of a site's address, without a slash at the end.
func place(address string) (host, path string) {
	u, err := url.Parse(address)
	if err != nil {
		return "", ""
	}
	return strings.ToLower(u.Host), strings.TrimRight(u.Path, "/")
}

// collectionPath gives the path of the site collection to which a path belongs.
// SharePoint Online makes site collections beneath its managed paths only; all
// else lies in the one at the root.
func collectionPath(path string) string {
	parts := strings.SplitN(path, "/", 4) // "", managed path, name, rest
	if len(parts) >= 2 && parts[1] == "search" {
		return "/search"
	}
	if len(parts) < 3 || !slices.Contains([]string{"sites", "teams", "personal", "portals"}, strings.ToLower(parts[1])) {
		return ""
	}
	return "/" + parts[1] + "/" + parts[2]
}

// collectionKey is what the IDs of one site collection's sites begin with.
func collectionKey(id string) string {
	if i := strings.LastIndexByte(id, ','); i >= 0 {
		return strings.ToLower(id[:i])
	}
	return strings.ToLower(id)
}

func (s *Sites) knowRoot(f found) {
	if f.collection {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.roots[collectionKey(f.ID)] = f.ID
	}
}

func (s *Sites) knownRoot(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.roots[collectionKey(id)]
}

// settle gives f with its ParentID; ok is false if its site collection is gone.
func (s *Sites) settle(ctx context.Context, f found) (one service.Site, ok bool, err error) {
	if f.collection {
		s.knowRoot(f)
		return f.Site, true, nil
	}
	if f.ParentID = s.knownRoot(f.ID); f.ParentID != "" {
		return f.Site, true, nil
	}
	if f.URL == "" {
		return service.Site{}, false, nil
	}
	host, path := place(f.URL)
	root, err := s.read(ctx, byPath(host, collectionPath(path)))
	switch {
	case err == nil && collectionKey(root.ID) == collectionKey(f.ID):
		s.knowRoot(found{Site: root.Site, collection: true})
		f.ParentID = root.ID
	case err == nil && f.above != "":
		f.ParentID = f.above
	case err == nil || noSite(err):
		return service.Site{}, false, nil
	}
	return f.Site, err == nil, err
}

// byPath is the address of a site by host and path.
// https://learn.microsoft.com/graph/api/site-getbypath
func byPath(host, path string) string {
	address := "/sites/" + url.PathEscape(host)
	if path == "" {
		return address
	}
	var b strings.Builder
	b.WriteString(address + ":")
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		b.WriteString("/" + url.PathEscape(part))
	}
	return b.String()
}

// byKey is the address of a site by its ID, whose commas stay as they are.
func byKey(id string) string {
	return "/sites/" + strings.ReplaceAll(url.PathEscape(id), "%2C", ",")
}

func (s *Sites) read(ctx context.Context, path string) (found, error) {
	v, err := s.c.object(ctx, call{method: abs.GET, url: s.c.at(path, "$select", siteSelect)}, models.CreateSiteFromDiscriminatorValue)
	if err != nil {
		return found{}, err
	}
	m, ok := v.(models.Siteable)
	if !ok {
		return found{}, errNoAnswer
	}
	return site(m)
}

// noSite says whether SharePoint answered that there is no such site. A host of
// another organization is refused with 400 "Invalid hostname for this tenancy".
func noSite(err error) bool {
	a := answer(err)
	return a != nil && (a.Status == 404 || a.Status == 400 && a.is("invalidRequest"))
}

// SiteByURL finds a site by its exact address.
func (s *Sites) SiteByURL(ctx context.Context, address string) (service.Site, error) {
	const what = "looking for a site"
	missing := &service.Error{Code: service.CodeNotFound, Message: "There is no site with the address " + address + ".",
		Help: "Copy the address of the site's start page from the browser, as far as the site's name: https://….sharepoint.com/sites/…"}
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || !strings.EqualFold(u.Scheme, "https") || u.Host == "" || u.User != nil || u.Port() != "" || strings.ContainsAny(u.Path, ":%#?") {
		return service.Site{}, missing
	}
	f, err := s.read(ctx, byPath(strings.ToLower(u.Host), strings.TrimRight(u.Path, "/")))
	if noSite(err) {
		missing.Cause = err
		return service.Site{}, missing
	}
	if err != nil {
		return service.Site{}, s.c.fail(ctx, what, err)
	}
	one, ok, err := s.settle(ctx, f)
	if err != nil {
		return service.Site{}, s.c.fail(ctx, what, err)
	}
	if !ok {
		return service.Site{}, missing
	}
	return one, nil
}

// SearchSites finds site collections by title. The search looks into addresses
// and descriptions too and finds subsites; what it finds is looked through here.
// https://learn.microsoft.com/graph/api/site-search
func (s *Sites) SearchSites(ctx context.Context, title string) ([]service.Site, error) {
	const what = "looking for sites"
	var list []service.Site
	seen := map[string]bool{}
	read := 0
	for link := s.c.at("/sites", "search", searchWords(title)); link != "" && read < sitesRead; {
		p, err := readPage[models.Siteable](ctx, s.c, link, nil, models.CreateSiteFromDiscriminatorValue)
		if err != nil {
			return nil, s.c.fail(ctx, what, err)
		}
		for _, m := range p.items {
			f, err := site(m)
			if err != nil {
				return nil, s.c.fail(ctx, what, err)
			}
			read++
			s.knowRoot(f)
			if f.collection && !f.Personal && !seen[f.ID] && strings.Contains(strings.ToLower(f.Title), strings.ToLower(strings.TrimSpace(title))) {
				seen[f.ID] = true
				list = append(list, f.Site)
			}
		}
		link = p.next
	}
	order := collate.New(language.Und, collate.IgnoreCase, collate.Numeric)
	slices.SortFunc(list, func(a, b service.Site) int {
		if n := order.CompareString(a.Name(), b.Name()); n != 0 {
			return n
		}
		return strings.Compare(a.URL, b.URL)
	})
	return list[:min(len(list), sitesShown)], nil
}

// searchWords gives what to search for: the words, without what the query
// language of SharePoint's search would take for operators, the last one as a
// beginning. "*" finds everything.
// https://learn.microsoft.com/sharepoint/dev/general-development/keyword-query-language-kql-syntax-reference
func searchWords(title string) string {
	words := strings.FieldsFunc(title, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(`":()*=<>+-#&|/\`, r)
	})
	return strings.Join(words, " ") + "*"
}

// Subsites gives the sites beneath one. Graph gives those right beneath.
// https://learn.microsoft.com/graph/api/site-list-subsites
func (s *Sites) Subsites(ctx context.Context, siteID string) ([]service.Site, error) {
	root := s.knownRoot(siteID)
	if root == "" {
		root = siteID
	}
	var list []service.Site
	seen := map[string]bool{siteID: true}
	for queue := []string{siteID}; len(queue) > 0; queue = queue[1:] {
		n := 0
		for link := s.c.at(byKey(queue[0])+"/sites", "$select", siteSelect); link != ""; {
			n++
			p, err := readPage[models.Siteable](ctx, s.c, link, nil, models.CreateSiteFromDiscriminatorValue)
			if noSite(err) && queue[0] != siteID {
				break // deleted in the meantime
			}
			if err != nil {
				return nil, s.c.fail(ctx, numbered("reading the sites beneath one", n), err)
			}
			for _, m := range p.items {
				f, err := site(m)
				if err != nil {
					return nil, s.c.fail(ctx, numbered("reading the sites beneath one", n), err)
				}
				if seen[f.ID] {
					continue
				}
				seen[f.ID] = true
				f.ParentID = root
				list, queue = append(list, f.Site), append(queue, f.ID)
			}
			link = p.next
		}
	}
	return list, nil
}

// Sites reads one page of the sites' delta: site collections, subsites and
// personal sites. Deleted sites are to be marked, but were seen without a mark:
// https://learn.microsoft.com/answers/questions/1656330. So in later rounds,
// which hold changes only, each site is asked for.
// https://learn.microsoft.com/graph/api/site-delta
func (s *Sites) Sites(ctx context.Context, link string) (service.SitePage, error) {
	const what = "reading a page of the sites"
	link, later := strings.CutSuffix(link, changes)
	if link == "" {
		link = s.c.at("/sites/delta", "$select", siteSelect)
	}
	p, err := deltaPageOf[models.Siteable](ctx, s.c, link, models.CreateSiteFromDiscriminatorValue)
	if err != nil {
		return service.SitePage{}, s.c.fail(ctx, what, err)
	}
	result, err := s.sitePage(ctx, p, later)
	if err != nil {
		return service.SitePage{}, s.c.fail(ctx, what, err)
	}
	return result, nil
}

func (s *Sites) sitePage(ctx context.Context, p *page[models.Siteable], later bool) (service.SitePage, error) {
	result := service.SitePage{Later: later, Next: p.next, Delta: p.delta}
	if p.next != "" && later {
		result.Next += changes
	}
	if p.delta != "" {
		result.Delta += changes
	}
	var living []found
	for i, m := range p.items {
		f, gone, err := s.entry(ctx, m, later)
		if err != nil {
			return service.SitePage{}, fmt.Errorf("entry %d: %w", i, err)
		}
		if gone { // a site collection can be restored for 93 days
			result.Removed = append(result.Removed, service.Removal{ID: f.ID})
			continue
		}
		s.knowRoot(f)
		living = append(living, f)
	}
	for _, f := range living {
		one, ok, err := s.settle(ctx, f)
		if err != nil {
			return service.SitePage{}, err
		}
		if ok {
			result.Sites = append(result.Sites, one)
		}
	}
	return result, nil
}

// entry reads one entry of the delta, and asks for the site where the entry
// doesn't say enough.
func (s *Sites) entry(ctx context.Context, m models.Siteable, later bool) (f found, gone bool, err error) {
	if f, err = site(m); err != nil {
		return found{}, false, err
	}
	if gone, _, err = removal(m.GetAdditionalData()); err != nil || gone {
		return f, gone, err
	}
	if m.GetAdditionalData()["deleted"] != nil {
		return f, true, nil
	}
	if !later && f.URL != "" {
		return f, false, nil
	}
	fresh, err := s.read(ctx, byKey(f.ID))
	switch {
	case noSite(err):
		return f, true, nil
	case status(err) == 403 || status(err) == 423: // locked: it is there
		return f, false, nil
	case err != nil:
		return f, false, err
	}
	return fresh, false, nil
}

// CheckSite reads the root folder of a site's document library.
// https://learn.microsoft.com/graph/api/driveitem-get
func (s *Sites) CheckSite(ctx context.Context, siteID string) error {
	return s.c.readRoot(ctx, "reading the document library of a site", s.c.at(byKey(siteID)+"/drive/root", "$select", "id,folder"))
}
