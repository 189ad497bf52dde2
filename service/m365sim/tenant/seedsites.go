package tenant

import (
	"fmt"
	"strings"
	"time"
)

// demoSites are the sites of the demo organization: the path, the title, and
// what it is about. A path beneath another one is a subsite.
const demoSites = `
|Contoso Bakery|News for everyone
/sites/recipes|Recipes|What we bake
/sites/recipes/sourdough|Sourdough|
/sites/recipes/sourdough/rye|Rye & spelt|
/sites/recipes/pastry|Pâtisserie|
/sites/hr|Human resources|Contracts and pay
/sites/hr/applicants|Applicants|
/sites/quality|Kvalitet och hygien|
/sites/suppliers|Поставщики|
/sites/athens|Κατάστημα Αθήνας|
/sites/tokyo|東京店|
/sites/casablanca|متجر الدار البيضاء|
/sites/haifa|הסניף בחיפה|
/sites/delhi|दिल्ली की दुकान|
/sites/projects|Projects|The old one
/sites/projects2|Projects|The new one
/teams/drivers|Drivers' corner|Routes & vans
/teams/drivers/vans|Vans|
/sites/archive 2019|Archive 2019|
`

// seedSites makes sites from seed and size: those of the demo organization,
// the team sites of Microsoft 365 groups, one for each made-up group that is a
// shop, and the personal sites. Some people with a licence have none: nobody
// opened their OneDrive yet.
func (t *Tenant) seedSites() {
	t.sites = sites{
		byID: map[string]*Site{}, byPath: map[string]*Site{}, byUser: map[string]*Site{},
		drives: map[string]*Site{}, files: map[string]*drive{},
	}
	host, personal := t.Hosts()
	for line := range strings.SplitSeq(strings.Trim(demoSites, "\n"), "\n") {
		f := strings.Split(line, "|")
		t.seedSite(host, f[0], f[1], f[2], "")
	}
	for i, g := range t.dir.groups {
		switch {
		case g.Unified:
			t.seedSite(host, "/sites/"+g.MailNickname, g.DisplayName, g.Description, g.ID)
		case i >= DefaultGroups && strings.HasPrefix(g.DisplayName, "Shop "):
			t.seedSite(host, fmt.Sprintf("/sites/shop-%03d", i), g.DisplayName, "", "")
		}
	}
	t.seedSite(personal, "", "OneDrive", "", "")
	for i, u := range t.dir.users {
		if u.Licensed && t.hash("drive", i)%6 != 0 {
			t.insertSite(t.personalSite(u, u.Created.AddDate(0, 0, 3)))
		}
	}
}

func (t *Tenant) seedSite(host, path, title, about, groupID string) {
	created := t.created.AddDate(-3, 0, 0).Add(time.Duration(t.hash("site", host, path)%(2*365*24*60)) * time.Minute)
	s := &Site{
		Collection: t.guid("site collection", host, path), Web: t.guid("web", host, path),
		Host: host, Path: path, Title: title, Description: about, GroupID: groupID, Created: created, Modified: created,
	}
	if parts := strings.Split(path, "/"); len(parts) > 3 { // managed path and name make a site collection
		if p := t.sites.byPath[host+strings.Join(parts[:len(parts)-1], "/")]; p != nil {
			s.ParentID, s.Collection = p.ID, p.Collection
		}
	}
	s.ID = fmt.Sprintf("%s,%s,%s", s.Host, s.Collection, s.Web)
	t.insertSite(s)
}
