package graphapi

import (
	"net/http"
	"strings"
	"time"

	"cloudappsecurity/service/m365sim/tenant"
)

// What SharePoint says through Graph is worded by SharePoint: its codes begin
// with a small letter. https://learn.microsoft.com/onedrive/developer/rest-api/concepts/errors
func siteNotFound() *failure {
	return fail(http.StatusNotFound, "itemNotFound", "Requested site could not be found")
}

func storageDenied() *failure {
	return fail(http.StatusForbidden, "accessDenied", "Access denied")
}

func invalidRequest(message string) *failure {
	return fail(http.StatusBadRequest, "invalidRequest", "%s", message)
}

// facets leaves the selected properties of an object; SharePoint leaves out
// what has no value, where the directory says null.
func facets(e *entity, full object, selected []string) object {
	o := e.project(full, selected)
	for name, value := range o {
		if value == nil {
			delete(o, name)
		}
	}
	return o
}

// siteObject is a site with all its properties. Only the root of a site
// collection has the facet root; https://learn.microsoft.com/graph/api/resources/site
// shows isPersonalSite and siteCollection.
func siteObject(s tenant.Site) object {
	o := object{
		"id": s.ID, "name": text(s.Name()), "displayName": s.Title, "description": text(s.Description), "webUrl": s.URL(),
		"createdDateTime": stamp(s.Created), "lastModifiedDateTime": stamp(s.Modified), "isPersonalSite": s.Personal(),
		"siteCollection": object{"hostname": s.Host},
	}
	if s.Root() {
		o["root"] = object{}
	} else {
		o["parentReference"] = object{"siteId": s.ParentID}
	}
	if s.Root() && s.Path == "" {
		o["siteCollection"] = object{"hostname": s.Host, "root": object{}}
	}
	return o
}

// site finds the site that the path names: by its id, by its host alone, by
// host and path as in "host:/sites/hr", or as "root".
func (a *api) site(r *request) (tenant.Site, *failure) {
	key := r.vars[0]
	sharePoint, personal := a.Tenant.Hosts()
	if strings.EqualFold(key, "root") {
		key = sharePoint
	}
	host, path, byPath := strings.Cut(key, ":")
	switch {
	case strings.Count(key, ",") == 2 && !byPath:
		if s, found := a.Tenant.Site(key); found {
			return s, nil
		}
		return tenant.Site{}, siteNotFound()
	case strings.Contains(host, ",") || !strings.Contains(host, "."):
		return tenant.Site{}, invalidRequest("Invalid site identifier")
	case !strings.EqualFold(host, sharePoint) && !strings.EqualFold(host, personal):
		return tenant.Site{}, invalidRequest("Invalid hostname for this tenancy")
	}
	if s, found := a.Tenant.SiteByPath(host, path); found {
		return s, nil
	}
	return tenant.Site{}, siteNotFound()
}

// getSite answers GET /sites/{site}.
func (a *api) getSite(r *request) (*reply, *failure) {
	e := &a.entities.site
	selected, failed := e.selection(r.query.selected)
	if failed != nil {
		return nil, failed
	}
	s, failed := a.site(r)
	if failed != nil {
		return nil, failed
	}
	o := facets(e, siteObject(s), selected)
	o["@odata.context"] = a.context("sites" + suffix(selected) + "/$entity")
	return ok(o)
}

func (a *api) siteList(r *request, found []tenant.Site) (*reply, *failure) {
	e := &a.entities.site
	selected, failed := e.selection(r.query.selected)
	if failed != nil {
		return nil, failed
	}
	values := make([]object, 0, len(found))
	for _, s := range found {
		values = append(values, facets(e, siteObject(s), selected))
	}
	return a.list(r, "sites"+suffix(selected), values)
}

// searchSites answers GET /sites?search=….
// https://learn.microsoft.com/graph/api/site-search
func (a *api) searchSites(r *request) (*reply, *failure) {
	words, given := r.query.values["search"]
	if !given {
		return notSimulated(r)
	}
	return a.siteList(r, a.Tenant.SearchSites(words))
}

// listSubsites answers GET /sites/{site}/sites: those right beneath.
// https://learn.microsoft.com/graph/api/site-list-subsites
func (a *api) listSubsites(r *request) (*reply, *failure) {
	s, failed := a.site(r)
	if failed != nil {
		return nil, failed
	}
	return a.siteList(r, a.Tenant.Subsites(s.ID))
}

// listAllSites answers GET /sites/getAllSites: site collections, personal ones
// among them. https://learn.microsoft.com/graph/api/site-getallsites
func (a *api) listAllSites(r *request) (*reply, *failure) {
	e := &a.entities.site
	selected, failed := e.selection(r.query.selected)
	if failed != nil {
		return nil, failed
	}
	size, failed := r.query.pageSize()
	if failed != nil {
		return nil, failed
	}
	from, failed := r.query.from()
	if failed != nil {
		return nil, failed
	}
	all, next := a.Tenant.Sites(from, size)
	values := []object{}
	for _, s := range all {
		if s.Root() {
			values = append(values, facets(e, siteObject(s), selected))
		}
	}
	body := object{"@odata.context": a.context("sites" + suffix(selected)), "value": values}
	if next >= 0 {
		body["@odata.nextLink"] = a.nextLink(r, next)
	}
	return ok(body)
}

// tokenLife is how long the delta tokens of SharePoint are good for. Microsoft
// names no time ("disconnected for a long time"); it is that of the directory.
const tokenLife = deltaLife

// resume reads the parameter token of a delta query of SharePoint, whose links
// carry it for next pages and for later alike. ok is false if the query begins.
func (a *api) resume(r *request, kind, path string) (c cursor, ok bool, failed *failure) {
	token := r.query.values["token"]
	if token == "" || token == "latest" {
		return cursor{}, false, nil
	}
	c, failed = a.open(token, kind)
	switch {
	case failed != nil:
		return c, false, invalidRequest("The provided token is not valid.")
	case a.Now().Sub(time.Unix(c.Issued, 0)) >= tokenLife || a.ExpireDelta(kind, c.Page > 0):
		f := fail(http.StatusGone, "resyncChangesApplyDifferences", "Resync required. Replace any local items with the server's version (including deletes) if you're sure that the service was up to date with your local changes when you last sync'd. Upload any local changes that the server doesn't know about.")
		f.header = map[string]string{"Location": a.BaseURL() + path}
		return c, false, f
	}
	return c, true, nil
}

const sitesDeltaPath = "/v1.0/sites/delta"

// sitesDelta answers GET /sites/delta: site collections, subsites and personal
// sites. https://learn.microsoft.com/graph/api/site-delta
func (a *api) sitesDelta(r *request) (*reply, *failure) {
	e := &a.entities.site
	c, resumed, failed := a.resume(r, "sites", sitesDeltaPath)
	if failed != nil {
		return nil, failed
	}
	if !resumed {
		c = cursor{Kind: "sites", Selected: r.query.selected, Since: a.Tenant.Serial(), Walking: true}
	}
	selected, failed := e.selection(c.Selected)
	if failed != nil {
		return nil, failed
	}
	size, failed := r.query.pageSize()
	if failed != nil {
		return nil, failed
	}
	var values []object
	more := false
	switch {
	case r.query.values["token"] == "latest":
	case c.emptyPage():
		more = true
	case c.Walking:
		if c.replayPage() && c.From > 0 {
			c.From--
		}
		all, next := a.Tenant.Sites(c.From, size)
		for _, s := range all {
			values = append(values, facets(e, siteObject(s), selected))
		}
		c.From, more = next, next >= 0
	default:
		values, more = a.changedSites(&c, size, selected)
	}
	return ok(a.tokenPage(c, sitesDeltaPath, "sites"+suffix(c.Selected), more, values))
}

// changedSites tells sites whose last change lies after the cursor.
func (a *api) changedSites(c *cursor, size int, selected []string) (values []object, more bool) {
	for _, change := range a.Tenant.Changes(c.Since) {
		if len(values) == size {
			return values, true
		}
		c.Since++
		s, found := a.Tenant.AnySite(change.ID)
		if change.Kind != tenant.SiteChanged || !found || s.Changed > c.Since {
			continue // it comes later
		}
		o := facets(&a.entities.site, siteObject(s), selected)
		if !s.Deleted.IsZero() && marksDeletion(s) {
			o = removed(s.ID, true)
		}
		values = append(values, o)
	}
	return values, false
}

// marksDeletion says how the deletion of a site is told. Delta queries mark
// what is gone with @removed, and the documentation of this one promises a
// mark, but deleted sites were seen without any:
// https://learn.microsoft.com/answers/questions/1656330. Here the last digit of
// the id decides, so that clients meet both.
func marksDeletion(s tenant.Site) bool { return s.Web[len(s.Web)-1]%2 == 0 }

// tokenPage is a page of a delta query of SharePoint.
func (a *api) tokenPage(c cursor, path, context string, more bool, values []object) object {
	body := object{"@odata.context": a.context(context), "value": list(values)}
	c.Page++
	link := "@odata.nextLink"
	if !more {
		link = "@odata.deltaLink"
		c.Walking, c.From, c.Page = false, 0, 0
	}
	body[link] = a.BaseURL() + path + "?token=" + a.seal(c)
	return body
}
