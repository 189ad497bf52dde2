package directory

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"cloudappsecurity/service"

	"golang.org/x/sync/errgroup"
)

// maxAddress is how long the address of a site may be.
const maxAddress = 400

// FindSite finds a site collection by its exact address. Whether it can be
// protected says service.ExcludeSite.
func (d *Directory) FindSite(ctx context.Context, svc service.Service, address string) (service.Site, error) {
	address = strings.TrimSpace(address)
	if reason := checkURL(address); reason != "" {
		return service.Site{}, &service.Error{Code: service.CodeInvalidTargets, Message: reason,
			Help: "Copy the address of the site's start page from the browser, such as https://contoso.sharepoint.com/sites/sales."}
	}
	sites, err := d.sites(svc)
	if err != nil {
		return service.Site{}, err
	}
	return findSite(ctx, sites, address)
}

// findSite refuses a subsite: it follows its site collection.
func findSite(ctx context.Context, sites service.Sites, address string) (service.Site, error) {
	site, err := sites.SiteByURL(ctx, address)
	if err == nil && site.ParentID != "" {
		return service.Site{}, &service.Error{Code: service.CodeInvalidTargets, Message: "This is a subsite: it is protected with its site collection.",
			Help: "Use the address of the site collection."}
	}
	return site, err
}

// SearchSites finds site collections by their title.
func (d *Directory) SearchSites(ctx context.Context, svc service.Service, title string) ([]service.Site, error) {
	title = strings.TrimSpace(title)
	if utf8.RuneCountInString(title) < minSearch {
		return nil, &service.Error{Code: service.CodeInvalidTargets,
			Message: fmt.Sprintf("The search starts at %d characters.", minSearch), Help: "Type more of the site's title."}
	}
	sites, err := d.sites(svc)
	if err != nil {
		return nil, err
	}
	return sites.SearchSites(ctx, title)
}

// checkURL says what is wrong with the syntax of a site's address; "" if nothing
// is. Whether there is such a site, SharePoint knows.
func checkURL(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }) {
		return "This is no address of a site: it holds a space or a hidden character. A space is written %20."
	}
	u, err := url.Parse(s)
	switch {
	case s == "":
		return "The address is missing."
	case utf8.RuneCountInString(s) > maxAddress:
		return "This is no address of a site: it is too long."
	case err != nil:
		return "This is no address of a site: it can't be read."
	case !strings.EqualFold(u.Scheme, "https"):
		return "This is no address of a site: it does not begin with https://."
	case u.User != nil || u.Port() != "":
		return "This is no address of a site: it holds a user or a port."
	case !strings.Contains(strings.Trim(u.Host, "."), ".") || strings.Contains(u.Host, ".."):
		return "This is no address of a site: the host can't be right."
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(s, "#"):
		return "This is no address of a site, but of something in it: it holds a ? or #."
	default:
		return ""
	}
}

// siteKey is the same for addresses that mean the same: SharePoint makes no
// difference between upper and lower case.
func siteKey(address string) string {
	if plain, err := url.PathUnescape(address); err == nil {
		address = plain
	}
	return strings.ToLower(strings.TrimRight(address, "/"))
}

// ParseSites reads a file of addresses of sites, one a line, as ParseUsers reads
// names.
func ParseSites(r io.Reader) ([]Line, []LineError) {
	return parse(r, fileOf{"sites", "The file names no site.", checkURL, siteKey})
}

// ResolveSites looks up every line, as ResolveUsers does.
func (d *Directory) ResolveSites(ctx context.Context, svc service.Service, lines []Line) ([]service.SiteSelection, []LineError, error) {
	if len(lines) > service.MaxSelected {
		return nil, nil, tooManySites(len(lines))
	}
	sites, err := d.sites(svc)
	if err != nil {
		return nil, nil, err
	}
	return lookUp(ctx, lines, "There is no site with this address.", func(ctx context.Context, address string) (service.SiteSelection, string, service.Exclusion, error) {
		site, err := findSite(ctx, sites, address)
		if service.CodeOf(err) == service.CodeInvalidTargets { // of this line alone
			err = &service.Error{Code: service.CodeForbidden, Message: service.AsError(err).Message, Cause: err}
		}
		return service.SiteSelection{Site: site, Origin: service.OriginURL}, site.ID, service.ExcludeSite(site), err
	})
}

func tooManySites(n int) error {
	return &service.Error{Code: service.CodeTooManyTargets,
		Message: fmt.Sprintf("%d sites are selected. At most %d can be.", n, service.MaxSelected),
		Help:    "Remove some, or synchronize all sites."}
}

// StoreSites stores exactly sel as the sites which svc covers. What is beneath
// those that are new is read first: nothing is stored without it. To shorten a
// selection nobody has to be asked.
func (d *Directory) StoreSites(ctx context.Context, svc service.Service, sel []service.SiteSelection) error {
	if len(sel) > service.MaxSelected {
		return tooManySites(len(sel))
	}
	if len(sel) == 0 {
		return &service.Error{Code: service.CodeInvalidTargets, Message: "No site is selected.", Help: "Add at least one site."}
	}
	for _, s := range sel {
		if why := service.ExcludeSite(s.Site); why != service.ExclusionNone {
			return &service.Error{Code: service.CodeInvalidTargets, Message: refusalText(s.Site.Name(), why), Help: "Remove this site from the selection."}
		}
	}
	sel, err := d.withSubsites(ctx, svc, sel)
	if err != nil {
		return err
	}
	if err := d.store.CoverSelectedSites(ctx, svc, sel, d.now()); err != nil {
		return err
	}
	d.events.Targets.Emit()
	return nil
}

// withSubsites gives sel with what is beneath those that are not stored yet. Of
// a site that is locked nobody tells.
func (d *Directory) withSubsites(ctx context.Context, svc service.Service, sel []service.SiteSelection) ([]service.SiteSelection, error) {
	stored, err := d.SelectedSites(ctx, svc)
	if err != nil {
		return nil, err
	}
	known := make(map[string]bool, len(stored))
	for _, s := range stored {
		known[s.Site.ID] = true
	}
	var sites service.Sites
	group, asking := errgroup.WithContext(ctx)
	group.SetLimit(concurrent)
	full := make([]service.SiteSelection, len(sel))
	for i, s := range sel {
		full[i] = s
		if known[s.Site.ID] {
			continue
		}
		if sites == nil {
			if sites, err = d.sites(svc); err != nil {
				return nil, err
			}
		}
		group.Go(func() error {
			beneath, err := sites.Subsites(asking, s.Site.ID)
			if err != nil && concernsAll(err) {
				return err
			}
			full[i].Subsites = beneath
			return nil
		})
	}
	return full, group.Wait()
}

// SelectedSites gives the stored selection of svc, by name. What can't be
// protected any more is still in it.
func (d *Directory) SelectedSites(ctx context.Context, svc service.Service) ([]service.SiteSelection, error) {
	var sel []service.SiteSelection
	for _, origin := range []service.Origin{service.OriginURL, service.OriginTitle} {
		list, err := d.store.SiteTargets(ctx, svc, service.TargetQuery{Origin: origin, Limit: service.MaxSelected})
		if err != nil {
			return nil, err
		}
		for _, t := range list {
			sel = append(sel, service.SiteSelection{Site: t.Site, Origin: t.Origin})
		}
	}
	return sel, nil
}
