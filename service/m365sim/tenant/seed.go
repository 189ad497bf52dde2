package tenant

import (
	"fmt"
	"strings"
	"time"
)

// bigGroup is the size of one group, if there are people enough.
const bigGroup = 5000

// seedDirectory makes users and groups from seed and size.
func (t *Tenant) seedDirectory() {
	t.dir = directory{
		users: make([]*User, 0, t.numUsers), byID: make(map[string]*User, t.numUsers), byUPN: make(map[string]*User, t.numUsers),
		groupID: make(map[string]*Group, t.numGroup),
	}
	demo := demoEntries()
	given, surnames := madeUp()
	for i := range t.numUsers {
		if i < len(demo) {
			t.insertUser(t.seedUser(i, demo[i]))
		} else {
			t.insertUser(t.seedUser(i, t.invent(i, given, surnames)))
		}
	}
	t.seedGroups()
}

// invent makes somebody up.
func (t *Tenant) invent(i int, given, surnames [][2]string) entry {
	h := t.hash("person", i)
	g, s := given[h%uint64(len(given))], surnames[h/97%uint64(len(surnames))]
	e := entry{
		given: g[0], surname: s[0], display: g[0] + " " + s[0], local: fmt.Sprintf("%s.%s%d", g[1], s[1], i),
		job: "Sales assistant", language: "en-GB",
	}
	switch h / 10007 % 200 {
	case 0, 1, 2, 3:
		e.kind, e.local = guest, e.local+"@supplier.example"
	case 4, 5, 6:
		e.kind = disabled
	case 7, 8:
		e.kind, e.given, e.surname, e.display, e.job = noMailbox, "", "", fmt.Sprintf("Terminal %d", i), ""
	case 9, 10:
		e.kind, e.given, e.surname, e.display, e.local, e.job = shared, "", "", fmt.Sprintf("Shop %d", i), fmt.Sprintf("shop%d", i), ""
	case 11:
		e.kind, e.given, e.surname, e.display, e.local, e.job = room, "", "", fmt.Sprintf("Room %d", i), fmt.Sprintf("room%d", i), ""
	case 12:
		e.local = fmt.Sprintf("%s+shop%d", e.local, i)
	}
	return e
}

func (t *Tenant) seedUser(i int, e entry) *User {
	u := &User{
		ID: t.guid("user", i), UserPrincipalName: e.local + "@" + domain, DisplayName: strings.TrimSpace(e.display),
		GivenName: e.given, Surname: e.surname, JobTitle: e.job, Language: e.language,
		Enabled: true, Licensed: true, Purpose: PurposeUser,
		Created: t.created.AddDate(-5, 0, 0).Add(time.Duration(t.hash("joined", i)%(4*365*24*60)) * time.Minute),
	}
	switch e.kind {
	case admin:
		u.GlobalAdmin = true
	case disabled:
		u.Enabled = false
	case guest:
		u.Guest, u.Licensed, u.Purpose = true, false, NoMailbox
		u.Mail = e.local
		u.UserPrincipalName = strings.Replace(e.local, "@", "_", 1) + "#EXT#@" + initialDomain
	case noMailbox:
		u.Licensed, u.Purpose = false, NoMailbox
	case shared:
		u.Enabled, u.Licensed, u.Purpose = false, false, PurposeShared
	case room:
		u.Enabled, u.Licensed, u.Purpose = false, false, PurposeRoom
	case equipment:
		u.Enabled, u.Licensed, u.Purpose = false, false, PurposeEquipment
	}
	if u.HasMailbox() {
		u.Mail = u.UserPrincipalName
	}
	return u
}

// seedGroups makes the groups of the demo organization, then more.
func (t *Tenant) seedGroups() {
	for i, g := range t.demoGroups() {
		if i < t.numGroup {
			t.insertGroup(g)
		}
	}
	t.nest("Bakers, night shift", "Ovens and dough")
	t.nest("Ovens and dough", "Bakers, night shift") // a circle
	t.nest("Bakery shops, tills", "Shop managers")
	for i := len(t.dir.groups); i < t.numGroup; i++ {
		size := 2 + int(t.hash("group size", i)%40)
		name := fmt.Sprintf("Shop %03d", i)
		if i == DefaultGroups && len(t.dir.users) > bigGroup {
			size, name = bigGroup, "Seasonal staff"
		}
		g := t.seedGroup(i, name, "")
		start := t.hash("group", i)
		for k := range min(size, len(t.dir.users)) {
			g.Members = append(g.Members, Member{ID: t.dir.users[(start+uint64(k))%uint64(len(t.dir.users))].ID})
		}
		if i%25 == 0 { // some contain the one before
			g.Members = append(g.Members, Member{ID: t.dir.groups[i-1].ID, Group: true})
		}
		t.insertGroup(g)
	}
}

func (t *Tenant) seedGroup(i int, name, description string) *Group {
	nickname := strings.ToLower(strings.NewReplacer(" ", "-", ",", "").Replace(name))
	return &Group{
		ID: t.guid("group", i), DisplayName: name, Description: description, MailNickname: nickname,
		Created: t.created.AddDate(-3, 0, 0).Add(time.Duration(i) * time.Hour),
	}
}

// demoGroups are the nine groups of the demo organization, not yet nested.
func (t *Tenant) demoGroups() (groups []*Group) {
	add := func(name, description string, locals ...string) *Group {
		g := t.seedGroup(len(groups), name, description)
		for _, local := range locals {
			upn := local + "@" + domain
			if strings.Contains(local, "#ext#") {
				upn = local + "@" + initialDomain
			}
			if u := t.dir.byUPN[upn]; u != nil {
				g.Members = append(g.Members, Member{ID: u.ID})
			}
		}
		groups = append(groups, g)
		return g
	}
	everyone := add("All staff", "Everybody who works here")
	for _, u := range t.dir.users {
		if !u.Guest && u.Enabled && u.Purpose == PurposeUser {
			everyone.Members = append(everyone.Members, Member{ID: u.ID})
		}
	}
	add("Bakers, night shift", "22:00 to 06:00", "devika.nair", "haneul.kim", "lukasz.wojcik", "siobhan.nibhriain", "yulia.sokolova")
	add("Bakery shops, tills", "Who works at a till", "amina.alhaddad", "nora.o'brien", "mai.nguyen", "noa.levi", "gulsen.caglar",
		"thora.jonsdottir", "olena.shevchenko", "fatemeh.rezaei")
	add("Ovens and dough", "", "mehmet.yildiz", "oven-control", "petra.novak_flourmill.example#ext#", "lukasz.wojcik")
	add("Shop managers", "", "eleni.papadopoulou", "ana.delafuente", "amelie.laurent")
	add("Drivers", "", "jose.munoz", "soren.odegard", "zelimir.duric", "davit.beridze", "hakan.astrom", "gunnar.berg")
	office := add("Office", "", "anna.lindqvist", "karin.oberg", "chidinma.okafor", "asa.lindqvist", "zoe.vanderberg", "info", "accounts")
	office.Unified, office.Mail = true, "office@"+domain
	add("Salary review", "", "anna.lindqvist", "chidinma.okafor").Hidden = true
	add("Suppliers", "", "petra.novak_flourmill.example#ext#", "tom.miller_deliveries.example#ext#", "jose.munoz")
	return groups
}

// nest puts one group of the demo organization into another one.
func (t *Tenant) nest(outer, inner string) {
	var o, i *Group
	for _, g := range t.dir.groups {
		switch g.DisplayName {
		case outer:
			o = g
		case inner:
			i = g
		}
	}
	if o != nil && i != nil {
		o.Members = append(o.Members, Member{ID: i.ID, Group: true})
	}
}
