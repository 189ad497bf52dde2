package targets

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
	"cloudappsecurity/views/ui/uitest"
)

// tenant is what Search finds.
type tenant struct {
	users    map[string]service.Person
	sites    []service.Site
	groups   []service.Group
	members  map[string][]service.Person
	counts   map[string]int
	resolved map[string]service.Mailbox
	err      error
	asked    []string
	paged    func() // between pages
}

func (f *tenant) FindUser(ctx context.Context, _ service.Service, upn string) (service.Person, error) {
	f.asked = append(f.asked, "user "+upn)
	if err := ctx.Err(); err != nil || f.err != nil {
		return service.Person{}, f.err
	}
	p, ok := f.users[upn]
	if !ok {
		return p, service.NotFound(upn)
	}
	return p, nil
}

func (f *tenant) SearchGroups(_ context.Context, _ service.Service, prefix string) ([]service.Group, error) {
	f.asked = append(f.asked, "groups "+prefix)
	var found []service.Group
	for _, g := range f.groups {
		if strings.HasPrefix(strings.ToLower(g.DisplayName), prefix) {
			found = append(found, g)
		}
	}
	return found, f.err
}

func (f *tenant) GroupUserCount(_ context.Context, _ service.Service, id string) (int, error) {
	f.asked = append(f.asked, "count "+id)
	n, ok := f.counts[id]
	if !ok {
		n = len(f.members[id])
	}
	return n, nil
}

func (f *tenant) GroupUsers(_ context.Context, _ service.Service, id string, page func([]service.Person) error) error {
	f.asked = append(f.asked, "members "+id)
	if id == "hidden" {
		return &service.Error{Code: service.CodeHiddenMembers, Message: "Hidden."}
	}
	for part := range slices.Chunk(f.members[id], 100) {
		if err := page(part); err != nil {
			return err
		}
		if f.paged != nil {
			f.paged()
		}
	}
	return f.err
}

func (f *tenant) Resolve(_ context.Context, _ service.Service, people []service.Person) ([]service.Person, error) {
	f.asked = append(f.asked, fmt.Sprintf("resolve %d", len(people)))
	people = slices.Clone(people)
	for i := range people {
		if m, ok := f.resolved[people[i].ID]; ok {
			people[i].Mailbox = m
		}
	}
	return people, f.err
}

func (f *tenant) FindSite(_ context.Context, _ service.Service, url string) (service.Site, error) {
	f.asked = append(f.asked, "site "+url)
	for _, s := range f.sites {
		if s.URL == url {
			return s, f.err
		}
	}
	return service.Site{}, cmp.Or(f.err, error(service.NotFound(url)))
}

func (f *tenant) SearchSites(_ context.Context, _ service.Service, title string) (found []service.Site, _ error) {
	f.asked = append(f.asked, "title "+title)
	for _, s := range f.sites {
		if strings.Contains(strings.ToLower(s.Title), title) {
			found = append(found, s)
		}
	}
	return found, f.err
}

func person(id string, m service.Mailbox) service.Person {
	return service.Person{ID: id, DisplayName: strings.ToUpper(id[:1]) + id[1:], UserPrincipalName: id + "@contoso.example", Mailbox: m, Enabled: true}
}

func many(n int) (list []service.Person) {
	for i := range n {
		list = append(list, person(fmt.Sprintf("person%04d", i), service.MailboxUser))
	}
	return list
}

func selected(people ...service.Person) (list []service.Selection) {
	for _, p := range people {
		list = append(list, service.Selection{Person: p, Origin: service.OriginUser})
	}
	return list
}

func bakery() *tenant {
	guest := person("petra", service.MailboxUnknown)
	guest.Guest = true
	return &tenant{
		users: map[string]service.Person{"anna@contoso.example": person("anna", service.MailboxUser), "petra@contoso.example": guest},
		groups: []service.Group{{ID: "night", DisplayName: "Bakers, night shift"}, {ID: "tills", DisplayName: "Bakery shops, tills"},
			{ID: "hidden", DisplayName: "Baking council", HiddenMembers: true}, {ID: "none", DisplayName: "Baked"}},
		members: map[string][]service.Person{
			"night": {person("bela", service.MailboxUser), person("carl", service.MailboxUnknown), person("oven", service.MailboxNone), guest, person("info", service.MailboxShared)},
			"tills": many(5000),
		},
		resolved: map[string]service.Mailbox{"carl": service.MailboxUser},
	}
}

func open(t *testing.T, f *tenant, change ...func(*Options)) (*Picker, fyne.Canvas) {
	t.Helper()
	clock := time.Date(2026, 11, 19, 14, 8, 0, 0, time.UTC)
	o := Options{Context: t.Context(), Service: service.ExchangeOnline, Search: f, Loader: ui.Inline(), Now: func() time.Time { return clock }}
	for _, c := range change {
		c(&o)
	}
	p := New(o)
	c := uitest.Open(t, p, 1040, 520)
	return p, c
}

func (p *Picker) names() string {
	var names []string
	for _, s := range p.Selection() {
		names = append(names, s.Person.ID)
	}
	return strings.Join(names, " ")
}

func ask(t *testing.T, p *Picker, c fyne.Canvas, way int, text string) {
	t.Helper()
	p.way.Choose(way)
	c.Focus(p.find.Focusable())
	p.find.SetText("")
	test.Type(p.find.Focusable(), text)
	uitest.Key(c, fyne.KeyReturn)
}

func wants(t *testing.T, c fyne.Canvas, texts ...string) {
	t.Helper()
	shown := strings.Join(uitest.Texts(c.Content()), "\n")
	for _, w := range texts {
		if !strings.Contains(shown, w) {
			t.Errorf("%q isn't shown in:\n%s", w, shown)
		}
	}
}

func shortcut(c fyne.Canvas, key fyne.KeyName) {
	s := &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierAlt}
	if f, ok := c.Focused().(fyne.Shortcutable); ok {
		f.TypedShortcut(s)
	}
}

func all(c fyne.Canvas) {
	if f, ok := c.Focused().(fyne.Shortcutable); ok {
		f.TypedShortcut(&fyne.ShortcutSelectAll{})
	}
}

func TestByUser(t *testing.T) {
	p, c := open(t, bakery())
	ask(t, p, c, byUser, "anna@contoso.example")
	wants(t, c, "Anna", "anna@contoso.example", "1 marked.")
	uitest.Key(c, fyne.KeyReturn)
	wants(t, c, "1 person added.", "1 of 100", "Selected already")
	ask(t, p, c, byUser, "nobody@contoso.example")
	wants(t, c, "nobody@contoso.example is not a user of your organization.", "Anna")
	ask(t, p, c, byUser, "petra@contoso.example")
	wants(t, c, "Guest", "Can't be added")
	uitest.Key(c, fyne.KeyReturn)
	wants(t, c, "Petra can't be added. Guest of another organization.")
	if p.names() != "anna" {
		t.Errorf("selected %q", p.names())
	}
}

func TestUnknownUserAlone(t *testing.T) {
	p, c := open(t, bakery())
	ask(t, p, c, byUser, "nobody@contoso.example")
	wants(t, c, "Nothing to list", "nobody@contoso.example is not a user of your organization.")
}

func TestByGroupWithKeys(t *testing.T) {
	f := bakery()
	p, c := open(t, f)
	ask(t, p, c, byGroup, "ba")
	wants(t, c, "Type at least 3 characters of the group's name.")
	if len(f.asked) != 0 {
		t.Errorf("asked %q", f.asked)
	}
	ask(t, p, c, byGroup, "bake")
	wants(t, c, "3 groups", "Bakers, night shift", "5 users", "5,000 users", "Choose a group")
	if c.Focused() != p.groupList.Focusable() {
		t.Fatalf("focus on %T", c.Focused())
	}
	uitest.Key(c, fyne.KeyReturn)
	wants(t, c, "Bakers, night shift, with nested groups", "Bela", "No mailbox", "Guest", "Shared")
	if c.Focused() != p.available.Focusable() {
		t.Fatalf("focus on %T after the group was read", c.Focused())
	}
	uitest.Key(c, fyne.KeySpace, fyne.KeyDown, fyne.KeySpace)
	wants(t, c, "2 marked.")
	shortcut(c, fyne.KeyRight)
	if p.names() != "bela carl" || p.Selection()[0].GroupID != "night" || p.Selection()[0].Origin != service.OriginGroup {
		t.Errorf("selected %+v", p.Selection())
	}
	c.Focus(p.selected.Focusable())
	uitest.Key(c, fyne.KeyDelete)
	if p.names() != "carl" {
		t.Errorf("selected %q after Delete", p.names())
	}
	shortcut(c, fyne.KeyLeft)
	wants(t, c, "0 of 100", "Nobody is selected")
}

func TestWithMouse(t *testing.T) {
	p, c := open(t, bakery())
	ask(t, p, c, byGroup, "bak")
	p.groupList.OnMark(0) // a click on the group
	p.available.OnMark(0)
	test.Tap(p.add)
	if p.names() != "bela" {
		t.Fatalf("selected %q by the arrow", p.names())
	}
	p.available.OnMark(4)
	p.available.OnOpen(4) // a double click: the first click marks
	if p.names() != "bela info" {
		t.Fatalf("selected %q by a double click", p.names())
	}
	p.selected.OnMark(0)
	test.Tap(p.remove)
	if p.names() != "info" {
		t.Fatalf("selected %q after the arrow", p.names())
	}
	p.selected.OnMark(0)
	p.selected.OnOpen(0)
	if p.names() != "" {
		t.Errorf("selected %q after a double click", p.names())
	}
}

// The first click of a double click takes a mark away: the row is meant nevertheless.
func TestDoubleClickOnMarked(t *testing.T) {
	p, c := open(t, bakery())
	ask(t, p, c, byGroup, "bak")
	p.groupList.OnMark(0)
	p.available.OnMark(0)
	p.available.OnMark(0)
	p.available.OnOpen(0)
	if p.names() != "bela" {
		t.Errorf("selected %q", p.names())
	}
}

func TestAllOfAGroup(t *testing.T) {
	f := bakery()
	p, c := open(t, f)
	ask(t, p, c, byGroup, "bak")
	p.groupList.OnMark(0)
	c.Focus(p.available.Focusable())
	all(c)
	wants(t, c, "3 marked.")
	uitest.Key(c, fyne.KeyReturn)
	if p.names() != "bela carl info" {
		t.Errorf("selected %q", p.names())
	}
	if !slices.Contains(f.asked, "resolve 1") {
		t.Errorf("asked %q", f.asked)
	}
}

func TestNoMailboxIsFoundOutWhenAdded(t *testing.T) {
	f := bakery()
	f.resolved["carl"] = service.MailboxNone
	p, c := open(t, f)
	ask(t, p, c, byGroup, "bak")
	p.groupList.OnMark(0)
	p.available.OnOpen(1)
	wants(t, c, "Carl was not added. Has no mailbox.")
	if p.names() != "" {
		t.Errorf("selected %q", p.names())
	}
}

func TestLimit(t *testing.T) {
	p, c := open(t, bakery())
	p.SetSelection(selected(many(99)...))
	wants(t, c, "99 of 100")
	ask(t, p, c, byGroup, "bak")
	p.groupList.OnMark(0)
	c.Focus(p.available.Focusable())
	all(c)
	uitest.Key(c, fyne.KeyReturn)
	wants(t, c, "100 of 100", "At most 100 people can be selected. Remove somebody first; nothing was lost. 2 people were not added.")
	ask(t, p, c, byUser, "anna@contoso.example")
	uitest.Key(c, fyne.KeyReturn)
	wants(t, c, "100 of 100", "At most 100 people can be selected. Remove somebody first; nothing was lost. Anna was not added.")
	if len(p.Selection()) != 100 {
		t.Errorf("%d selected", len(p.Selection()))
	}
}

func TestGroupOfFiveThousand(t *testing.T) {
	f := bakery()
	p, c := open(t, f)
	pages := 0
	f.paged = func() {
		if pages++; pages == 1 {
			wants(t, c, "Reads users of Bakery shops, tills: 100 of 5,000.", "Person0000")
		}
	}
	ask(t, p, c, byGroup, "bak")
	p.groupList.OnMark(1)
	if len(p.group.people) != 5000 || p.Searching() {
		t.Errorf("%d people, searching %v", len(p.group.people), p.Searching())
	}
	c.Focus(p.available.Focusable())
	uitest.Key(c, fyne.KeyEnd)
	wants(t, c, "Person4999")
}

func TestGroupReadingIsCanceled(t *testing.T) {
	f := bakery()
	p, c := open(t, f)
	f.paged = func() {
		if p.Searching() {
			test.Tap(p.cancel)
		}
	}
	ask(t, p, c, byGroup, "bak")
	p.groupList.OnMark(1)
	if p.Searching() || len(p.group.people) != 100 {
		t.Errorf("searching %v, %d people", p.Searching(), len(p.group.people))
	}
	wants(t, c, "Person0000")
}

func TestHiddenMembers(t *testing.T) {
	f := bakery()
	p, c := open(t, f)
	ask(t, p, c, byGroup, "bak")
	wants(t, c, "members are hidden")
	p.groupList.OnMark(2)
	wants(t, c, "The members of Baking council are hidden. Their people can be added by user.")
	if slices.Contains(f.asked, "count hidden") {
		t.Error("members that are hidden were counted")
	}
}

func TestNothingFound(t *testing.T) {
	for _, tt := range []struct {
		name, text, want string
		group            int
		err              error
	}{
		{"no group", "zoo", "No group's name begins with \"zoo\".", -1, nil},
		{"empty group", "baked", "Nobody in this group", 0, nil},
		{"failure", "bak", "Microsoft 365 did not answer. Try again.", -1, &service.Error{Code: service.CodeUnavailable, Message: "Microsoft 365 did not answer.", Help: "Try again."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := bakery()
			f.err = tt.err
			p, c := open(t, f)
			ask(t, p, c, byGroup, tt.text)
			if tt.group >= 0 {
				p.groupList.OnMark(tt.group)
			}
			wants(t, c, tt.want)
		})
	}
}

func TestSearchIsShownAndCanceled(t *testing.T) {
	var later []func()
	p, c := open(t, bakery(), func(o *Options) {
		o.Loader = &ui.Loader{Off: func(f func()) { later = append(later, f) }, On: func(f func()) { f() }}
	})
	ask(t, p, c, byUser, "anna@contoso.example")
	wants(t, c, "Asks for anna@contoso.example.", "Cancel")
	test.Tap(uitest.Button(t, c.Content(), "Cancel"))
	if p.Searching() {
		t.Error("still searching")
	}
	later[0]() // the answer comes too late
	if len(p.users.people) != 0 {
		t.Error("a canceled search brought somebody")
	}
}

func TestOffline(t *testing.T) {
	f := bakery()
	p, c := open(t, f)
	p.SetSelection(selected(many(3)...))
	ask(t, p, c, byGroup, "bak")
	p.groupList.OnMark(0)
	p.available.OnMark(0)
	p.SetOnline(false)
	wants(t, c, "Adding waits for the connection.")
	if !p.add.Disabled() {
		t.Error("people can be added offline")
	}
	c.Focus(p.selected.Focusable())
	uitest.Key(c, fyne.KeyDelete)
	wants(t, c, "2 of 100")
	p.SetOnline(true)
	if p.add.Disabled() {
		t.Error("the marks are lost")
	}
}

func TestFindInSelected(t *testing.T) {
	p, c := open(t, bakery())
	p.SetSelection(selected(person("anna", service.MailboxUser), person("bela", service.MailboxUser)))
	c.Focus(p.filter.Focusable())
	test.Type(p.filter.Focusable(), "BEL")
	if n := len(p.inSight()); n != 1 {
		t.Errorf("%d in sight", n)
	}
	c.Focus(p.selected.Focusable())
	all(c)
	uitest.Key(c, fyne.KeyDelete)
	if p.names() != "anna" {
		t.Errorf("selected %q: only who is in sight is removed", p.names())
	}
	wants(t, c, "Nobody found")
}

func TestSelection(t *testing.T) {
	s := selection{kind: kindOf(service.ExchangeOnline), why: func(p service.Person) service.Exclusion { return service.Exclude(service.ExchangeOnline, p, true) }}
	s.set(selected(person("zoe", service.MailboxUser), person("anna", service.MailboxUser), person("zoe", service.MailboxUser)))
	if len(s.list) != 2 || s.list[0].Person.ID != "anna" {
		t.Errorf("%+v", s.list)
	}
	for _, tt := range []struct {
		name string
		add  []service.Person
		want string
	}{
		{"again", []service.Person{person("anna", service.MailboxUser)}, ""},
		{"room, chosen by name", []service.Person{person("room", service.MailboxRoom)}, ""},
		{"no mailbox", []service.Person{person("oven", service.MailboxNone)}, "Oven was not added. Has no mailbox."},
		{"unknown", []service.Person{person("carl", service.MailboxUnknown)}, "Carl was not added. Mailbox not known yet."},
		{"several", []service.Person{person("oven", service.MailboxNone), person("mill", service.MailboxNone), person("carl", service.MailboxUnknown)},
			"3 people were not added: has no mailbox (2), mailbox not known yet (1)."},
	} {
		if got := s.add(selected(tt.add...)).text(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Sites are chosen like people: by address, or by title.
func TestSites(t *testing.T) {
	f := bakery()
	site := func(id string) service.Site {
		return service.Site{ID: id, Title: "Site " + id, URL: "https://contoso.example/sites/" + id}
	}
	mine := site("mine")
	mine.Personal = true
	f.sites = []service.Site{site("sales"), site("stores"), mine}
	p, c := open(t, f, func(o *Options) { o.Service = service.SharePointOnline })
	wants(t, c, "By URL", "By Title", "No site is selected", "Find a site")
	ask(t, p, c, 0, "https://contoso.example/sites/sales")
	wants(t, c, "Site sales", "https://contoso.example/sites/sales", "1 marked.")
	uitest.Key(c, fyne.KeyReturn)
	wants(t, c, "1 site added.", "1 of 100")
	ask(t, p, c, 0, "https://contoso.example/sites/none")
	wants(t, c, "https://contoso.example/sites/none is not a site of your organization.")
	ask(t, p, c, 1, "si")
	wants(t, c, "Type at least 3 characters of the site's title.")
	ask(t, p, c, 1, "site")
	wants(t, c, "Found", "Site stores", "OneDrive", "Can't be added", "Selected already")
	all(c)
	shortcut(c, fyne.KeyRight)
	wants(t, c, "2 of 100", "1 site added.")
	got := p.Selected()
	want := service.Selected{Sites: []service.SiteSelection{{Site: site("sales"), Origin: service.OriginURL}, {Site: site("stores"), Origin: service.OriginTitle}}}
	if len(got.People) != 0 || !slices.EqualFunc(got.Sites, want.Sites, func(a, b service.SiteSelection) bool { return a.Site == b.Site && a.Origin == b.Origin }) {
		t.Errorf("selected %+v", got)
	}
	ask(t, p, c, 1, "nothing")
	wants(t, c, `No site has "nothing" in its title.`)

	// What was stored is there again, to be shortened offline; a site that is gone says so.
	gone := site("gone")
	gone.Removed = true
	p.SetSites([]service.SiteSelection{{Site: site("a"), Origin: service.OriginURL}, {Site: gone, Origin: service.OriginTitle}})
	p.SetOnline(false)
	wants(t, c, "Site a", "Deleted from SharePoint Online", "2 of 100", "Adding waits for the connection.")
	c.Focus(p.selected.Focusable())
	uitest.Key(c, fyne.KeyDelete)
	if left := p.Sites(); len(left) != 1 || left[0].Site.ID != "gone" || left[0].Origin != service.OriginTitle {
		t.Errorf("left %+v", left)
	}
	many := make([]service.SiteSelection, service.MaxSelected)
	for i := range many {
		many[i].Site = site(fmt.Sprint(i))
	}
	p.SetOnline(true)
	p.SetSites(many)
	ask(t, p, c, 0, "https://contoso.example/sites/sales")
	uitest.Key(c, fyne.KeyReturn)
	wants(t, c, "At most 100 sites can be selected. Remove a site first; nothing was lost. Site sales was not added.", "100 of 100")
}

// With OneDrive people are chosen by their drives.
func TestDrives(t *testing.T) {
	f := bakery()
	has, none := person("has", service.MailboxNone), person("none", service.MailboxUser)
	has.DriveState, none.DriveState = service.DrivePresent, service.DriveNone
	f.users = map[string]service.Person{"has@contoso.example": has, "none@contoso.example": none}
	p, c := open(t, f, func(o *Options) { o.Service = service.OneDrive })
	ask(t, p, c, byUser, "has@contoso.example")
	uitest.Key(c, fyne.KeyReturn)
	wants(t, c, "1 person added.")
	ask(t, p, c, byUser, "none@contoso.example")
	uitest.Key(c, fyne.KeyReturn)
	wants(t, c, "No OneDrive", "None can't be added. Has no OneDrive.")
}
