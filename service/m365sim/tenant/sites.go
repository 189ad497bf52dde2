package tenant

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
)

// sites holds the webs of SharePoint Online in the order of their creation,
// deleted ones included: site collections, the subsites beneath them, and
// personal sites. Their changes stand in the directory's log.
type sites struct {
	all    []*Site
	byID   map[string]*Site // lower case
	byPath map[string]*Site // host and path in lower case, living ones only
	byUser map[string]*Site // personal sites by their owner
	drives map[string]*Site // by the id of the document library
	files  map[string]*drive
}

// Site is one web of SharePoint Online: the root of a site collection, or a
// subsite.
type Site struct {
	ID          string // host, site collection and web, with commas
	Collection  string // GUID of the site collection
	Web         string // GUID of the web
	Host        string
	Path        string // beneath the host: "" for its root, else "/sites/…"
	Title       string
	Description string
	ParentID    string // of the web above; "" for the root of a site collection
	OwnerID     string // whose personal site it is
	GroupID     string // whose team site it is
	Created     time.Time
	Modified    time.Time
	Deleted     time.Time
	Changed     uint64
}

// Root says whether the site is the root of its site collection.
func (s Site) Root() bool { return s.ParentID == "" }

// Personal says whether the site is somebody's OneDrive.
func (s Site) Personal() bool { return s.OwnerID != "" }

// URL is the site's address.
func (s Site) URL() string { return "https://" + s.Host + escapePath(s.Path) }

// Name is the last part of the path, as Graph gives it.
func (s Site) Name() string { return s.Path[strings.LastIndex(s.Path, "/")+1:] }

// escapePath writes a path as SharePoint does in addresses.
func escapePath(path string) string { return strings.ReplaceAll(path, " ", "%20") }

// DriveID is the id of the site's document library. Its form is that of
// SharePoint: "b!" and three GUIDs, of site collection, web and list.
func (s Site) DriveID() string {
	raw := make([]byte, 0, 48)
	for _, id := range []string{s.Collection, s.Web, uuid.NewSHA1(uuid.NameSpaceURL, []byte("documents "+s.ID)).String()} {
		u, err := uuid.Parse(id)
		if err != nil {
			continue // never: ids are made by guid
		}
		raw = append(raw, u[:]...)
	}
	return "b!" + base64.RawURLEncoding.EncodeToString(raw)
}

// Hosts are the hosts of SharePoint Online and of OneDrive in this tenant.
func (t *Tenant) Hosts() (sharePoint, personal string) {
	name, _, _ := strings.Cut(initialDomain, ".")
	return name + ".sharepoint.com", name + "-my.sharepoint.com"
}

func (t *Tenant) insertSite(s *Site) {
	t.sites.all = append(t.sites.all, s)
	t.indexSite(s)
}

func (t *Tenant) indexSite(s *Site) {
	t.sites.byID[strings.ToLower(s.ID)] = s
	t.sites.drives[s.DriveID()] = s
	if !s.Deleted.IsZero() {
		return
	}
	t.sites.byPath[strings.ToLower(s.Host+s.Path)] = s
	if s.Personal() {
		t.sites.byUser[s.OwnerID] = s
	}
}

// Site finds a living site by its id.
func (t *Tenant) Site(id string) (Site, bool) {
	s, found := t.AnySite(id)
	return s, found && s.Deleted.IsZero()
}

// AnySite finds a site by its id, deleted or not.
func (t *Tenant) AnySite(id string) (Site, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if s := t.sites.byID[strings.ToLower(id)]; s != nil {
		return *s, true
	}
	return Site{}, false
}

// SiteByPath finds a living site by its host and path.
func (t *Tenant) SiteByPath(host, path string) (Site, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if s := t.sites.byPath[strings.ToLower(host+strings.TrimSuffix(path, "/"))]; s != nil {
		return *s, true
	}
	return Site{}, false
}

// Sites returns up to limit living sites from a place in the order of their
// creation, and the place after them; -1 if there are no more.
func (t *Tenant) Sites(from, limit int) (list []Site, next int) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for i := max(from, 0); i < len(t.sites.all); i++ {
		if !t.sites.all[i].Deleted.IsZero() {
			continue
		}
		if len(list) == limit {
			return list, i
		}
		list = append(list, *t.sites.all[i])
	}
	return list, -1
}

// Subsites are the living sites right beneath one.
func (t *Tenant) Subsites(id string) (list []Site) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, s := range t.sites.all {
		if s.ParentID != "" && s.Deleted.IsZero() && strings.EqualFold(s.ParentID, id) {
			list = append(list, *s)
		}
	}
	return list
}

// SearchSites are the living sites whose title and address have all words
// searched for; a word that ends with "*" stands for those that begin so.
func (t *Tenant) SearchSites(words string) (list []Site) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	wanted := strings.Fields(words)
	for _, s := range t.sites.all {
		has := wordsOf(s.Title + " " + s.Path)
		missing := func(w string) bool { return !hasWord(has, w) }
		if s.Deleted.IsZero() && len(wanted) > 0 && !slices.ContainsFunc(wanted, missing) {
			list = append(list, *s)
		}
	}
	return list
}

// hasWord looks for a word, which may be of several parts and end with "*".
func hasWord(has []string, word string) bool {
	begins := strings.HasSuffix(word, "*")
	parts := wordsOf(word)
	for i, p := range parts {
		last := i == len(parts)-1
		fits := func(h string) bool { return h == p || last && begins && strings.HasPrefix(h, p) }
		if !slices.ContainsFunc(has, fits) {
			return false
		}
	}
	return true
}

func wordsOf(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
}

// NewSite says which site collection to add.
type NewSite struct {
	Path    string // "/sites/…" or "/teams/…"
	Title   string
	GroupID string // of the Microsoft 365 group whose team site it is
}

// AddSite adds a site collection; its path has to be new.
func (t *Tenant) AddSite(n NewSite) (result Site, err error) {
	host, _ := t.Hosts()
	err = t.change(func(now time.Time) error {
		if n.Path == "" || t.sites.byPath[strings.ToLower(host+n.Path)] != nil {
			return ErrExists
		}
		s := &Site{Collection: t.nextID("site collection"), Web: t.nextID("web"), Host: host, Path: n.Path, Title: n.Title, GroupID: n.GroupID}
		result = t.addSite(s, now)
		return nil
	})
	return result, err
}

// AddSubsite adds a site beneath another one.
func (t *Tenant) AddSubsite(parentID, name, title string) (result Site, err error) {
	err = t.change(func(now time.Time) error {
		p := t.sites.byID[strings.ToLower(parentID)]
		if p == nil || !p.Deleted.IsZero() {
			return ErrNotFound
		}
		if t.sites.byPath[strings.ToLower(p.Host+p.Path+"/"+name)] != nil {
			return ErrExists
		}
		s := &Site{Collection: p.Collection, Web: t.nextID("web"), Host: p.Host, Path: p.Path + "/" + name, Title: title, ParentID: p.ID}
		result = t.addSite(s, now)
		return nil
	})
	return result, err
}

func (t *Tenant) addSite(s *Site, now time.Time) Site {
	s.ID = fmt.Sprintf("%s,%s,%s", s.Host, s.Collection, s.Web)
	s.Created, s.Modified = now, now
	t.insertSite(s)
	t.note(Change{Kind: SiteChanged, ID: s.ID})
	return *s
}

func (t *Tenant) changeSite(id string, f func(*Site, time.Time) error) error {
	return t.change(func(now time.Time) error {
		s := t.sites.byID[strings.ToLower(id)]
		if s == nil {
			return ErrNotFound
		}
		return f(s, now)
	})
}

// RenameSite changes the title of a living site; its address stays.
func (t *Tenant) RenameSite(id, title string) error {
	return t.changeSite(id, func(s *Site, now time.Time) error {
		if !s.Deleted.IsZero() {
			return ErrNotFound
		}
		s.Title, s.Modified = title, now
		t.note(Change{Kind: SiteChanged, ID: s.ID})
		return nil
	})
}

// MoveSite changes the address of a living site collection, and of its
// subsites with it.
func (t *Tenant) MoveSite(id, path string) error {
	return t.changeSite(id, func(s *Site, now time.Time) error {
		if !s.Deleted.IsZero() || !s.Root() {
			return ErrNotFound
		}
		if t.sites.byPath[strings.ToLower(s.Host+path)] != nil {
			return ErrExists
		}
		old := s.Path
		for _, w := range t.collection(s) {
			delete(t.sites.byPath, strings.ToLower(w.Host+w.Path))
			w.Path, w.Modified = path+strings.TrimPrefix(w.Path, old), now
			t.indexSite(w)
			t.note(Change{Kind: SiteChanged, ID: w.ID})
		}
		return nil
	})
}

// collection are the webs of the site's collection that are living or deleted
// as it is.
func (t *Tenant) collection(s *Site) (webs []*Site) {
	for _, w := range t.sites.all {
		if w.Collection == s.Collection && w.Deleted.Equal(s.Deleted) {
			webs = append(webs, w)
		}
	}
	return webs
}

// beneath are a site and those beneath it, living or deleted as it is.
func (t *Tenant) beneath(s *Site) (webs []*Site) {
	for _, w := range t.collection(s) {
		if w == s || strings.HasPrefix(w.Path, s.Path+"/") {
			webs = append(webs, w)
		}
	}
	return webs
}

// DeleteSite deletes a site with the subsites beneath it. A site collection can
// be restored for 93 days.
func (t *Tenant) DeleteSite(id string) error {
	return t.changeSite(id, func(s *Site, now time.Time) error {
		if !s.Deleted.IsZero() || s.Path == "" {
			return ErrNotFound
		}
		for _, w := range t.beneath(s) {
			w.Deleted = now
			delete(t.sites.byPath, strings.ToLower(w.Host+w.Path))
			if w.Personal() {
				delete(t.sites.byUser, w.OwnerID)
			}
			t.note(Change{Kind: SiteChanged, ID: w.ID})
		}
		return nil
	})
}

// RestoreSite brings a deleted site back, with what was deleted along with it. A
// subsite lies in the recycle bin of its site collection, and what holds it has
// to be restored first.
func (t *Tenant) RestoreSite(id string) error {
	return t.changeSite(id, func(s *Site, _ time.Time) error {
		if s.Deleted.IsZero() {
			return ErrNotFound
		}
		if above := t.sites.byID[strings.ToLower(s.ParentID)]; above != nil && !above.Deleted.IsZero() {
			return ErrNotFound
		}
		if t.sites.byPath[strings.ToLower(s.Host+s.Path)] != nil {
			return ErrExists
		}
		for _, w := range t.beneath(s) {
			w.Deleted = time.Time{}
			t.indexSite(w)
			t.note(Change{Kind: SiteChanged, ID: w.ID})
		}
		return nil
	})
}

// PersonalSite finds the personal site of a living user; ErrNoDrive if there is
// none.
func (t *Tenant) PersonalSite(userID string) (Site, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	u := t.user(userID)
	if u == nil {
		return Site{}, ErrNotFound
	}
	if s := t.sites.byUser[u.ID]; s != nil {
		return *s, nil
	}
	return Site{}, ErrNoDrive
}

// ProvisionDrive makes the OneDrive of a licensed user, as the user's first
// sign-in there does.
func (t *Tenant) ProvisionDrive(userID string) (result Site, err error) {
	err = t.change(func(now time.Time) error {
		u := t.user(userID)
		switch {
		case u == nil:
			return ErrNotFound
		case !u.Licensed:
			return ErrNoDrive
		case t.sites.byUser[u.ID] != nil:
			return ErrExists
		}
		s := t.personalSite(u, now)
		if t.sites.byID[strings.ToLower(s.ID)] != nil { // once deleted
			s.Collection, s.Web = t.nextID("site collection"), t.nextID("web")
		}
		result = t.addSite(s, now)
		return nil
	})
	return result, err
}

// personalSite is the OneDrive of a user, whose address follows from the user
// principal name at that time.
func (t *Tenant) personalSite(u *User, created time.Time) *Site {
	_, host := t.Hosts()
	path := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return '_'
	}, u.UserPrincipalName)
	for t.sites.byPath[host+"/personal/"+path] != nil {
		path += "1"
	}
	s := &Site{
		Collection: t.guid("site collection", u.ID), Web: t.guid("web", u.ID), Host: host, Path: "/personal/" + path,
		Title: u.DisplayName, OwnerID: u.ID, Created: created, Modified: created,
	}
	s.ID = fmt.Sprintf("%s,%s,%s", s.Host, s.Collection, s.Web)
	return s
}
