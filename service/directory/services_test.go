package directory

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloudappsecurity/service"
	"cloudappsecurity/service/sqlite"

	"github.com/google/go-cmp/cmp"
)

// fakeSites is SharePoint Online in memory.
type fakeSites struct {
	mu     sync.Mutex
	pages  map[string]service.SitePage
	byURL  map[string]service.Site
	titles []service.Site
	below  map[string][]service.Site
	fail   map[string]error // by what is asked
	asked  []string
}

func (f *fakeSites) ask(what string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, what)
	return f.fail[what]
}

func (f *fakeSites) SiteByURL(_ context.Context, url string) (service.Site, error) {
	if err := f.ask("url " + url); err != nil {
		return service.Site{}, err
	}
	s, ok := f.byURL[url]
	if !ok {
		return s, service.NotFound("The site")
	}
	return s, nil
}

func (f *fakeSites) SearchSites(_ context.Context, title string) ([]service.Site, error) {
	return f.titles, f.ask("title " + title)
}

func (f *fakeSites) Subsites(_ context.Context, id string) ([]service.Site, error) {
	return f.below[id], f.ask("below " + id)
}

func (f *fakeSites) Sites(_ context.Context, link string) (service.SitePage, error) {
	if err := f.ask("sites " + link); err != nil {
		return service.SitePage{}, err
	}
	return f.pages[link], nil
}

func (f *fakeSites) CheckSite(_ context.Context, id string) error { return f.ask("check " + id) }

// fakeDrives is OneDrive in memory.
type fakeDrives struct {
	mu     sync.Mutex
	drives map[string]any // by user: an ID or an error; none: there is none
	broken map[string]error
	asked  []string
}

func (f *fakeDrives) Drive(_ context.Context, userID string) (service.Drive, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, userID)
	switch d := f.drives[userID].(type) {
	case string:
		return service.Drive{ID: d}, nil
	case error:
		return service.Drive{}, d
	default:
		return service.Drive{}, oops(service.CodeNoDrive)
	}
}

func (f *fakeDrives) CheckDrive(_ context.Context, id string) error { return f.broken[id] }

// shop is the use case over the real store, for SharePoint Online and OneDrive.
type shop struct {
	*Directory
	store  *sqlite.Store
	graph  *fakeGraph
	sites  *fakeSites
	drives *fakeDrives
	now    time.Time
}

func newShop(t *testing.T, o service.Option) *shop {
	t.Helper()
	s := &shop{now: noon,
		graph:  &fakeGraph{mailboxes: map[string]any{}, fail: map[string]error{}, folders: map[string]error{}, found: map[string]service.Person{}},
		sites:  &fakeSites{pages: map[string]service.SitePage{}, byURL: map[string]service.Site{}, below: map[string][]service.Site{}, fail: map[string]error{}},
		drives: &fakeDrives{drives: map[string]any{}, broken: map[string]error{}}}
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := store.SaveOrganization(t.Context(), service.Organization{TenantID: "t", Option: o}); err != nil {
		t.Fatal(err)
	}
	s.store = store
	s.Directory = New(Config{Store: store, Accounts: store, Now: func() time.Time { return s.now },
		Graph:  func(service.Service) (service.Directory, error) { return s.graph, nil },
		Sites:  func(service.Service) (service.Sites, error) { return s.sites, nil },
		Drives: func(service.Service) (service.Drives, error) { return s.drives, nil }})
	return s
}

func (s *shop) protected(t *testing.T, svc service.Service) string {
	t.Helper()
	var ids []string
	if svc.CoversSites() {
		list, err := s.store.SiteTargets(t.Context(), svc, service.TargetQuery{Filter: service.FilterProtected})
		wantCode(t, err, "")
		for _, x := range list {
			ids = append(ids, fmt.Sprint(x.ID, x.Subsites))
		}
	} else {
		list, err := s.store.Targets(t.Context(), svc, service.TargetQuery{Filter: service.FilterProtected})
		wantCode(t, err, "")
		for _, x := range list {
			ids = append(ids, x.ID)
		}
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

// users lets the delta of users bring people, by link.
func (s *shop) users(pages map[string]service.UserPage) {
	s.graph.users = pages
	s.graph.groups = map[string]service.GroupPage{}
	for link := range maps.Keys(pages) {
		s.graph.groups[link] = service.GroupPage{Delta: pages[link].Delta}
	}
}

func (f *fakeDrives) took() string {
	slices.Sort(f.asked)
	all := strings.Join(f.asked, " ")
	f.asked = nil
	return all
}

// OneDrive follows the drive: the new and the newly licensed are asked about,
// and of those without one a seventh each day.
func TestSynchronizeOneDrive(t *testing.T) {
	t.Parallel()
	s := newShop(t, service.OptionAll)
	guest, licensed := person("g", service.MailboxNone), person("b", service.MailboxUnknown)
	guest.Guest, licensed.DrivePlan = true, true
	s.users(map[string]service.UserPage{
		"":   {People: []service.Person{person("a", service.MailboxNone), person("b", service.MailboxUnknown), person("c", service.MailboxUser), person("d", service.MailboxUser), guest}, Delta: "d1"},
		"d1": {Delta: "d2"}, "d2": {People: []service.Person{licensed}, Delta: "d3"}, "d3": {Removed: []service.Removal{{ID: "a"}}, Delta: "d4"}, "d4": {Delta: "d5"}, "d5": {Delta: "d6"},
	})
	s.drives.drives = map[string]any{"a": "drive-a", "c": oops(service.CodeForbidden)}
	var phases []service.SyncPhase
	run := func(protected, asked string) {
		t.Helper()
		wantCode(t, s.Synchronize(t.Context(), service.OneDrive, func(p service.SyncProgress) {
			if len(phases) == 0 || phases[len(phases)-1] != p.Phase {
				phases = append(phases, p.Phase)
			}
		}), "")
		if got := s.protected(t, service.OneDrive); got != protected {
			t.Errorf("protected %q, want %q", got, protected)
		}
		if got := s.drives.took(); got != asked {
			t.Errorf("asked about %q, want %q", got, asked)
		}
	}
	run("a", "a b c d")
	if d := cmp.Diff([]service.SyncPhase{service.SyncUsers, service.SyncGroups, service.SyncDrives, service.SyncDone}, phases); d != "" {
		t.Error(d)
	}
	s.drives.drives["c"] = "drive-c"
	run("a c", "c") // who got no answer, but nobody who had one today
	s.drives.drives["b"] = "drive-b"
	run("a b c", "b") // newly licensed
	s.now = s.now.AddDate(0, 0, 1)
	run("b c", "d") // a seventh of those without one is at least one; a was deleted
	run("b c", "")
	if len(s.graph.asked) == 0 || slices.ContainsFunc(s.graph.asked, func(a string) bool { return strings.HasPrefix(a, "mailbox") }) {
		t.Errorf("OneDrive's token asked for %q", s.graph.asked)
	}
	s.drives.drives["d"] = oops(service.CodeOffline)
	s.now = s.now.AddDate(0, 0, 1)
	wantCode(t, s.Synchronize(t.Context(), service.OneDrive, nil), service.CodeOffline)
}

func TestSynchronizeSharePoint(t *testing.T) {
	t.Parallel()
	s := newShop(t, service.OptionExtending)
	personal := service.Site{ID: "p", URL: "https://x-my.sharepoint.com/personal/p", Personal: true}
	s.sites.pages = map[string]service.SitePage{
		"":   {Sites: []service.Site{{ID: "a", URL: "https://x/sites/a"}, {ID: "a1", URL: "https://x/sites/a/1", ParentID: "a"}}, Next: "n"},
		"n":  {Sites: []service.Site{{ID: "b", URL: "https://x/sites/b"}, personal}, Delta: "d1"},
		"d1": {Sites: []service.Site{{ID: "c", URL: "https://x/sites/c"}}, Removed: []service.Removal{{ID: "b"}}, Delta: "d2"},
	}
	s.sites.fail["sites n"] = oops(service.CodeThrottled)
	wantCode(t, s.Synchronize(t.Context(), service.SharePointOnline, nil), service.CodeThrottled)
	if got := s.protected(t, service.SharePointOnline); got != "" {
		t.Errorf("half a synchronization protects %q", got)
	}
	clear(s.sites.fail)
	s.sites.asked = nil
	wantCode(t, s.Synchronize(t.Context(), service.SharePointOnline, nil), "")
	wantCode(t, s.Synchronize(t.Context(), service.SharePointOnline, nil), "")
	if d := cmp.Diff([]string{"sites n", "sites d1"}, s.sites.asked); d != "" {
		t.Error(d) // it went on where it stood, and then by what changed
	}
	if got := s.protected(t, service.SharePointOnline); got != "a1 c0" {
		t.Errorf("protected %q", got)
	}
	s.sites.fail["sites d2"] = oops(service.CodeResync)
	wantCode(t, s.Synchronize(t.Context(), service.SharePointOnline, nil), "")
	if got := s.protected(t, service.SharePointOnline); got != "a1 b0" {
		t.Errorf("after it began anew %q is protected", got)
	}
	a, err := s.store.Account(t.Context(), service.SharePointOnline)
	if err != nil || !a.SyncedAt.Equal(noon) {
		t.Errorf("synchronized at %s, %v", a.SyncedAt, err)
	}
}

func TestARestoredSiteCollectionHasItsSubsitesThoughTheDeltaIsSilent(t *testing.T) {
	t.Parallel()
	a, a1 := service.Site{ID: "a", URL: "https://x/sites/a"}, service.Site{ID: "a1", URL: "https://x/sites/a/1", ParentID: "a"}
	again := service.SitePage{Sites: []service.Site{a}, Later: true, Delta: "d3"}
	for _, tt := range []struct {
		name   string
		page   service.SitePage // that tells of the restored one
		code   service.Code     // of the question what lies beneath
		failed service.Code
		want   string
	}{
		{"restored", again, "", "", "a1"},
		{"throttled", again, service.CodeThrottled, service.CodeThrottled, ""},
		{"unavailable", again, service.CodeUnavailable, service.CodeUnavailable, ""},
		{"locked", again, service.CodeForbidden, "", "a0"},
		{"gone again", again, service.CodeNotFound, "", "a0"}, // which the next round tells
		{"a full round tells of all", service.SitePage{Sites: []service.Site{a}, Delta: "d3"}, "", "", "a0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, service.OptionAll)
			s.sites.pages = map[string]service.SitePage{
				"":   {Sites: []service.Site{a, a1}, Delta: "d1"},
				"d1": {Removed: []service.Removal{{ID: "a"}}, Later: true, Delta: "d2"},
				"d2": tt.page,
				"d3": {Sites: []service.Site{a}, Later: true, Delta: "d4"},
			}
			s.sites.below["a"] = []service.Site{a1}
			if tt.code != "" {
				s.sites.fail["below a"] = oops(tt.code)
			}
			sync := func(code service.Code) {
				t.Helper()
				wantCode(t, s.Synchronize(t.Context(), service.SharePointOnline, nil), code)
			}
			sync("")
			sync("")
			sync(tt.failed)
			if got := s.protected(t, service.SharePointOnline); got != tt.want {
				t.Errorf("protected %q, want %q", got, tt.want)
			}
			if tt.failed != "" { // nothing was stored without it: the page comes again
				clear(s.sites.fail)
				sync("")
				if got := s.protected(t, service.SharePointOnline); got != "a1" {
					t.Errorf("at the next synchronization %q is protected", got)
				}
			}
			s.sites.asked = nil
			sync("")
			if d := cmp.Diff([]string{"sites d3"}, s.sites.asked); d != "" {
				t.Errorf("of one that was there already: %s", d)
			}
		})
	}
}

func TestNothingToSynchronizeWithSelected(t *testing.T) {
	t.Parallel()
	s := newShop(t, service.OptionSelected)
	for _, svc := range service.Services() {
		err := s.Synchronize(t.Context(), svc, nil)
		wantCode(t, err, service.CodeOptionLocked)
		if strings.Contains(err.Error(), "sites") != svc.CoversSites() {
			t.Errorf("%s: %v", svc, err)
		}
	}
}

func TestFirstCheckOfEachService(t *testing.T) {
	t.Parallel()
	pick := func(ids ...string) (sel []service.Selection) {
		for _, id := range ids {
			p := person(id, service.MailboxUser)
			p.DriveState, p.Drive = service.DrivePresent, service.Drive{ID: "drive-" + id}
			sel = append(sel, service.Selection{Person: p, Origin: service.OriginUser})
		}
		return sel
	}
	t.Run("OneDrive", func(t *testing.T) {
		t.Parallel()
		s := newShop(t, service.OptionSelected)
		wantCode(t, s.StoreSelection(t.Context(), service.OneDrive, pick("a", "b")), "")
		s.drives.broken["drive-a"] = oops(service.CodeNoDrive)
		wantCode(t, s.FirstCheck(t.Context(), service.OneDrive), "")
		if got := s.protected(t, service.OneDrive); got != "b" {
			t.Errorf("protected %q", got)
		}
		s.drives.broken["drive-b"] = oops(service.CodeForbidden)
		wantCode(t, s.FirstCheck(t.Context(), service.OneDrive), service.CodeForbidden)
		s.drives.broken["drive-b"] = oops(service.CodeNoDrive)
		wantCode(t, s.FirstCheck(t.Context(), service.OneDrive), service.CodeNoDrive)
	})
	t.Run("SharePoint Online", func(t *testing.T) {
		t.Parallel()
		s := newShop(t, service.OptionSelected)
		wantCode(t, s.FirstCheck(t.Context(), service.SharePointOnline), service.CodeNotFound)
		wantCode(t, s.StoreSites(t.Context(), service.SharePointOnline, []service.SiteSelection{{Site: service.Site{ID: "a"}}, {Site: service.Site{ID: "b"}}}), "")
		s.sites.fail["check a"] = oops(service.CodeForbidden) // locked
		wantCode(t, s.FirstCheck(t.Context(), service.SharePointOnline), "")
		s.sites.fail["check b"] = oops(service.CodeNotFound)
		wantCode(t, s.FirstCheck(t.Context(), service.SharePointOnline), service.CodeNotFound)
		s.sites.fail["check a"] = oops(service.CodeOffline)
		wantCode(t, s.FirstCheck(t.Context(), service.SharePointOnline), service.CodeOffline)
	})
}

func TestPeopleOfOneDrive(t *testing.T) {
	t.Parallel()
	s := newShop(t, service.OptionSelected)
	s.graph.found = map[string]service.Person{"ana@contoso.com": person("a", service.MailboxNone), "bo@contoso.com": person("b", service.MailboxUser), "what@contoso.com": person("w", service.MailboxUser)}
	s.drives.drives = map[string]any{"a": "drive-a", "w": oops(service.CodeForbidden)}
	p, err := s.FindUser(t.Context(), service.OneDrive, "ana@contoso.com")
	if err != nil || p.DriveState != service.DrivePresent || p.Drive.ID != "drive-a" || service.Exclude(service.OneDrive, p, true) != "" {
		t.Errorf("%+v, %v", p, err)
	}
	_, said, err := s.ResolveUsers(t.Context(), service.OneDrive, []Line{{1, "ana@contoso.com"}, {2, "bo@contoso.com"}, {3, "what@contoso.com"}})
	wantCode(t, err, "")
	if d := cmp.Diff([]LineError{{2, "bo@contoso.com", "can't be protected: no OneDrive", false},
		{3, "what@contoso.com", "can't be protected: whether there is a OneDrive is not known yet", false}}, said); d != "" {
		t.Error(d)
	}
	sel, _, err := s.ResolveUsers(t.Context(), service.OneDrive, []Line{{1, "ana@contoso.com"}})
	wantCode(t, err, "")
	wantCode(t, s.StoreSelection(t.Context(), service.OneDrive, sel), "")
	wantCode(t, s.StoreSelection(t.Context(), service.OneDrive, []service.Selection{{Person: person("b", service.MailboxUser)}}), service.CodeInvalidTargets)
	if d, err := s.store.DriveOf(t.Context(), "a"); err != nil || d.ID != "drive-a" {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestParseSites(t *testing.T) {
	t.Parallel()
	const a, b = "https://contoso.sharepoint.com/sites/a", "https://contoso.sharepoint.com/sites/b"
	for name, tt := range map[string]struct {
		file  string
		lines []Line
		said  []LineError
	}{
		"plain":             {a + "\n" + b, []Line{{1, a}, {2, b}}, nil},
		"BOM, CRLF, blanks": {"\xef\xbb\xbf" + a + "\r\n\r\n  " + b + " \r\n", []Line{{1, a}, {3, b}}, nil},
		"the root":          {"https://contoso.sharepoint.com", []Line{{1, "https://contoso.sharepoint.com"}}, nil},
		"twice": {a + "\n" + strings.ToUpper(a) + "/\nhttps://contoso.sharepoint.com/sites/%61", []Line{{1, a}}, []LineError{
			{2, strings.ToUpper(a) + "/", "The same as line 1, counted once.", true}, {3, "https://contoso.sharepoint.com/sites/%61", "The same as line 1, counted once.", true}}},
		"empty": {"\n", nil, []LineError{{0, "", "The file names no site.", false}}},
		"long":  {strings.Repeat("x", maxFile+1), nil, []LineError{{0, "", "The file is longer than 1 MB: it is no list of sites.", false}}},
		"wrong": {"sales\nhttp://contoso.sharepoint.com\nhttps://contoso/sites/a\n" + a + "?x=1\n" + a + "#y\nhttps://contoso.sharepoint.com:8080/\nhttps://contoso.sharepoint.com/sites/my site\nhttps://x.y/%zz\nhttps://" + strings.Repeat("x", 500) + ".com",
			nil, []LineError{
				{1, "sales", "This is no address of a site: it does not begin with https://.", false},
				{2, "http://contoso.sharepoint.com", "This is no address of a site: it does not begin with https://.", false},
				{3, "https://contoso/sites/a", "This is no address of a site: the host can't be right.", false},
				{4, a + "?x=1", "This is no address of a site, but of something in it: it holds a ? or #.", false},
				{5, a + "#y", "This is no address of a site, but of something in it: it holds a ? or #.", false},
				{6, "https://contoso.sharepoint.com:8080/", "This is no address of a site: it holds a user or a port.", false},
				{7, "https://contoso.sharepoint.com/sites/my site", "This is no address of a site: it holds a space or a hidden character. A space is written %20.", false},
				{8, "https://x.y/%zz", "This is no address of a site: it can't be read.", false},
				{9, shorten("https://" + strings.Repeat("x", 500)), "This is no address of a site: it is too long.", false},
			}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines, said := ParseSites(strings.NewReader(tt.file))
			if d := cmp.Diff(tt.lines, lines); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tt.said, said); d != "" {
				t.Error(d)
			}
		})
	}
	var many strings.Builder
	for i := range 101 {
		fmt.Fprintf(&many, "%s%d\n", a, i)
	}
	lines, said := ParseSites(strings.NewReader(many.String()))
	if len(lines) != 100 || len(said) != 1 || said[0].Message != "At most 100 sites can be selected." {
		t.Errorf("%d lines, %v", len(lines), said)
	}
}

func TestSelectSites(t *testing.T) {
	t.Parallel()
	s := newShop(t, service.OptionSelected)
	const root = "https://contoso.sharepoint.com/sites/"
	site := func(id string) service.Site { return service.Site{ID: id, URL: root + id, Title: id} }
	mine, below := site("mine"), site("below")
	mine.Personal, below.ParentID = true, "a"
	s.sites.byURL = map[string]service.Site{root + "a": site("a"), root + "A": site("a"), root + "b": site("b"), root + "mine": mine, root + "below": below}
	s.sites.titles = []service.Site{site("a")}
	s.sites.below["a"] = []service.Site{below}
	svc := service.SharePointOnline

	one, err := s.FindSite(t.Context(), svc, " "+root+"a ")
	if err != nil || one.ID != "a" {
		t.Errorf("%+v, %v", one, err)
	}
	for address, code := range map[string]service.Code{"sales": service.CodeInvalidTargets, root + "x": service.CodeNotFound, root + "below": service.CodeInvalidTargets} {
		_, err := s.FindSite(t.Context(), svc, address)
		wantCode(t, err, code)
	}
	_, err = s.SearchSites(t.Context(), svc, " sa ")
	wantCode(t, err, service.CodeInvalidTargets)
	if list, err := s.SearchSites(t.Context(), svc, "sal"); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}

	lines := func(names ...string) (l []Line) {
		for i, n := range names {
			l = append(l, Line{i + 1, root + n})
		}
		return l
	}
	sel, said, err := s.ResolveSites(t.Context(), svc, lines("a", "x", "mine", "below"))
	wantCode(t, err, "")
	if d := cmp.Diff([]LineError{
		{2, root + "x", "There is no site with this address.", false}, {3, root + "mine", "can't be protected: someone's OneDrive", false},
		{4, root + "below", "This is a subsite: it is protected with its site collection.", false},
	}, said); d != "" || sel != nil {
		t.Error(sel, d)
	}
	s.sites.fail["url "+root+"b"] = oops(service.CodeOffline)
	_, _, err = s.ResolveSites(t.Context(), svc, lines("a", "b"))
	wantCode(t, err, service.CodeOffline)
	clear(s.sites.fail)
	sel, said, err = s.ResolveSites(t.Context(), svc, lines("a", "A", "b"))
	wantCode(t, err, "")
	if len(sel) != 2 || len(said) != 1 || !said[0].Note {
		t.Errorf("%v, %v", sel, said)
	}

	s.sites.fail["below b"] = oops(service.CodeOffline)
	wantCode(t, s.StoreSites(t.Context(), svc, sel), service.CodeOffline)
	if got := s.protected(t, svc); got != "" {
		t.Errorf("half applied: %q", got)
	}
	s.sites.fail["below b"] = oops(service.CodeForbidden) // locked: nobody tells what is beneath
	wantCode(t, s.StoreSites(t.Context(), svc, sel), "")
	if got := s.protected(t, svc); got != "a1 b0" {
		t.Errorf("protected %q", got)
	}
	// Shortened without a connection.
	s.sites.fail = map[string]error{"below a": oops(service.CodeOffline), "below b": oops(service.CodeOffline)}
	kept, err := s.SelectedSites(t.Context(), svc)
	wantCode(t, err, "")
	wantCode(t, s.StoreSites(t.Context(), svc, kept[:1]), "")
	if got := s.protected(t, svc); got != "a1" {
		t.Errorf("protected %q", got)
	}
	wantCode(t, s.StoreSites(t.Context(), svc, nil), service.CodeInvalidTargets)
	wantCode(t, s.StoreSites(t.Context(), svc, []service.SiteSelection{{Site: mine}}), service.CodeInvalidTargets)
	wantCode(t, s.StoreSites(t.Context(), svc, make([]service.SiteSelection, 101)), service.CodeTooManyTargets)
}
