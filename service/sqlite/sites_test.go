package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"cloudappsecurity/service"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"
)

const sp = service.SharePointOnline

func site(id string) service.Site {
	return service.Site{ID: id, Title: "Site " + strings.ToUpper(id), URL: "https://contoso.sharepoint.com/sites/" + id}
}

func sitePage(next, delta string, ids ...string) service.SitePage {
	p := service.SitePage{Next: next, Delta: delta}
	for _, id := range ids {
		p.Sites = append(p.Sites, site(id))
	}
	return p
}

// sitesThere gives the site collections that aren't removed, with the number of
// their subsites.
func sitesThere(t testing.TB, s *Store) string {
	t.Helper()
	var all []string
	for _, x := range get[[]service.SiteTarget](t)(s.SiteTargets(context.Background(), sp, service.TargetQuery{Limit: 1 << 30})) {
		if !x.Removed {
			all = append(all, fmt.Sprint(x.ID, x.Subsites))
		}
	}
	return strings.Join(all, " ")
}

func beneath(parent string, ids ...string) (all []service.Site) {
	for _, id := range ids {
		x := site(id)
		x.ParentID = parent
		all = append(all, x)
	}
	return all
}

func TestSiteRounds(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	want := func(what, sites string) {
		t.Helper()
		if got := sitesThere(t, s); got != sites {
			t.Errorf("%s: there are %q, want %q", what, got, sites)
		}
	}
	first := sitePage("n1", "", "a", "b", "a")
	first.Sites = append(beneath("c", "c1"), first.Sites...) // before what it lies beneath
	must(t, s.ApplySites(ctx, sp, first, noon))
	want("first page", "a0 b0")
	last := sitePage("", "d1", "c")
	last.Sites = append(last.Sites, beneath("a", "a1", "a2")...)
	must(t, s.ApplySites(ctx, sp, last, noon))
	c := get[service.Cursor](t)(s.Cursor(ctx, sp, service.ResourceSites))
	if diff := cmp.Diff(service.Cursor{Service: sp, Resource: service.ResourceSites, Link: "d1", Complete: true, Round: 1, Pages: 2, At: noon}, c); diff != "" {
		t.Error(diff)
	}
	want("end", "a2 b0 c1")

	// Changes: nothing is removed for not being brought; a partial row keeps the rest.
	must(t, s.ApplySites(ctx, sp, service.SitePage{Delta: "d2", Sites: []service.Site{{ID: "a", Title: "New"}, {ID: "a2", Title: "Beneath"}, site("d"), {}},
		Removed: []service.Removal{{ID: "c"}, {ID: "x"}, {ID: "a1"}}}, noon))
	want("changes", "a1 b0 d0")
	got := get[[]service.SiteTarget](t)(s.SiteTargets(ctx, sp, service.TargetQuery{Search: "new"}))
	if len(got) != 1 || got[0].URL != site("a").URL {
		t.Errorf("a partial row made it %+v", got)
	}
	must(t, s.ApplySites(ctx, sp, service.SitePage{Delta: "d3", Sites: append(beneath("c", "c1"), site("c"))}, noon))
	want("restored", "a1 b0 c1 d0")

	must(t, s.ApplySites(ctx, sp, service.SitePage{Delta: "d4", Removed: []service.Removal{{ID: "d"}}}, noon))
	living := get[[]string](t)(s.LivingSites(ctx, []string{"c1", "d", "x", "a"}))
	slices.Sort(living)
	if diff := cmp.Diff([]string{"a", "c1"}, living); diff != "" {
		t.Error(diff)
	}

	// A full round which is cut, and then brings less.
	must2(t)(s.RestartRound(ctx, sp, service.ResourceSites))
	must(t, s.ApplySites(ctx, sp, sitePage("n", "", "a"), noon))
	must2(t)(s.RestartRound(ctx, sp, service.ResourceSites))
	must(t, s.ApplySites(ctx, sp, sitePage("n", "", "a"), noon))
	want("before the end", "a1 b0 c1")
	must(t, s.ApplySites(ctx, sp, sitePage("", "d5"), noon))
	want("after the end", "a0")
	wantCode(t, s.ApplySites(ctx, sp, sitePage("", ""), noon), service.CodeInternal, "how it goes on")
}

func TestSiteCoverage(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	personal := site("p")
	personal.Personal = true
	p := sitePage("", "d", "a", "b", "c")
	p.Sites = append(append(p.Sites, personal), beneath("a", "a1", "a2")...)
	must(t, s.ApplySites(ctx, sp, p, noon))
	targets := func() string {
		t.Helper()
		var all []string
		for _, x := range get[[]service.SiteTarget](t)(s.SiteTargets(ctx, sp, service.TargetQuery{})) {
			all = append(all, fmt.Sprintf("%s:%s:%s", x.ID, x.Origin, x.Reason))
		}
		return strings.Join(all, " ")
	}
	want := func(what, list string, c service.TargetCounts) {
		t.Helper()
		if got := targets(); got != list {
			t.Errorf("%s: %s, want %s", what, got, list)
		}
		if diff := cmp.Diff(c, get[service.TargetCounts](t)(s.TargetCounts(ctx, sp))); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
		yes, no := true, false
		for _, protected := range []*bool{&yes, &no, nil} {
			q := service.TargetQuery{Protected: protected, Search: "site"}
			if n, l := get[int](t)(s.CountSiteTargets(ctx, sp, q)), len(get[[]service.SiteTarget](t)(s.SiteTargets(ctx, sp, q))); n != l {
				t.Errorf("%s: count %d, list %d", what, n, l)
			}
		}
	}
	counts := func(protected, collections, subsites, personal int) service.TargetCounts {
		return service.TargetCounts{Protected: protected, SiteCounts: service.SiteCounts{Collections: collections, Subsites: subsites, Personal: personal}}
	}
	want("not covered", "a::not_selected b::not_selected c::not_selected p::personal_site", counts(0, 3, 2, 1))
	_, err := s.FirstProtectedSite(ctx, sp, "")
	wantCode(t, err, service.CodeNotFound, "")
	pick := func(ids ...string) (sel []service.SiteSelection) {
		for _, id := range ids {
			sel = append(sel, service.SiteSelection{Site: site(id), Origin: service.OriginTitle})
		}
		return sel
	}
	chosen := pick("b", "z", "b")
	chosen[1].Subsites = []service.Site{site("z1"), site("z"), {}}
	must(t, s.CoverSelectedSites(ctx, sp, chosen, noon))
	want("selected", "a::not_selected b:title: c::not_selected p::personal_site z:title:", counts(2, 4, 3, 1))
	for q, n := range map[service.TargetQuery]int{
		{Filter: service.FilterProtected}: 2, {Filter: service.FilterExcluded}: 3, {Filter: service.FilterRemoved}: 0, {Filter: service.FilterNoMailbox}: 0,
		{Origin: service.OriginTitle}: 2, {Origin: service.OriginURL}: 0, {Origin: service.OriginEveryone}: 0,
	} {
		if got := get[int](t)(s.CountSiteTargets(ctx, sp, q)); got != n {
			t.Errorf("%+v: %d, want %d", q, got, n)
		}
	}
	must(t, s.CoverSelectedSites(ctx, sp, pick("b"), noon)) // z is forgotten: nobody saw it
	want("shortened", "a::not_selected b:title: c::not_selected p::personal_site", counts(1, 3, 2, 1))
	var many []string
	for i := range service.MaxSelected + 1 {
		many = append(many, fmt.Sprint("m", i))
	}
	wantCode(t, s.CoverSelectedSites(ctx, sp, pick(many...), noon), service.CodeTooManyTargets, "At most 100 sites can be selected; these are 101.")
	wantCode(t, s.CoverSelectedSites(ctx, sp, []service.SiteSelection{{Site: service.Site{ID: "a1", ParentID: "a"}}}, noon), service.CodeInvalidTargets, "")

	must(t, s.CoverAllSites(ctx, sp, noon))
	must(t, s.CoverAllSites(ctx, sp, noon))
	want("everyone", "a:everyone: b:everyone: c:everyone: p::personal_site", counts(3, 3, 2, 1))
	if f := get[service.SiteTarget](t)(s.FirstProtectedSite(ctx, sp, "a")); f.ID != "b" {
		t.Errorf("first after a: %+v", f)
	}
	// The coverage follows the site.
	must(t, s.ApplySites(ctx, sp, service.SitePage{Delta: "d", Removed: []service.Removal{{ID: "a"}}}, noon))
	want("removed", "a::removed b:everyone: c:everyone: p::personal_site", counts(2, 2, 0, 1))
	must(t, s.CoverAllSites(ctx, sp, noon))
	must(t, s.ApplySites(ctx, sp, sitePage("", "d", "a"), noon))
	must(t, s.CoverAllSites(ctx, sp, noon))
	want("restored", "a:everyone: b:everyone: c:everyone: p::personal_site", counts(3, 3, 0, 1))
}

func TestSiteSearch(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	var p service.SitePage
	for i, c := range [][2]string{
		{"Ängelholm Büro", "https://contoso.sharepoint.com/sites/angelholm"}, {"Brötchen & Co", "https://contoso.sharepoint.com/sites/bread-2026"},
		{"", "https://contoso.sharepoint.com"}, {"山田太郎", "https://contoso.sharepoint.com/teams/yamada"}, {"Room 10", "https://contoso.sharepoint.com/sites/r10"},
		{"Room 2", "https://contoso.sharepoint.com/sites/r2"}, {"O'Hara's", "https://contoso.sharepoint.com/sites/o"},
	} {
		p.Sites = append(p.Sites, service.Site{ID: strconv.Itoa(i), Title: c[0], URL: c[1]})
	}
	p.Delta = "d"
	must(t, s.ApplySites(ctx, sp, p, noon))
	for search, want := range map[string]string{
		"":     "Ängelholm Büro|Brötchen & Co|https://contoso.sharepoint.com|O'Hara's|Room 2|Room 10|山田太郎",
		"room": "Room 2|Room 10", "oom": "", "10": "Room 10", "ange": "Ängelholm Büro", "BURO": "Ängelholm Büro", "buro ang": "Ängelholm Büro", "brot": "Brötchen & Co",
		"2026": "Brötchen & Co", "bread": "Brötchen & Co", "太郎": "山田太郎", "o'hara": "O'Hara's", "hara": "O'Hara's", "sites": "", "&": "", "%": "", "'": "", `"`: "",
		"https://contoso.sharepoint.com/TEAMS/": "山田太郎", "https://contoso.sharepoint.com/sites/r room": "Room 2|Room 10",
	} {
		var got []string
		for _, x := range get[[]service.SiteTarget](t)(s.SiteTargets(ctx, sp, service.TargetQuery{Search: search})) {
			got = append(got, x.Name())
		}
		if g := strings.Join(got, "|"); g != want {
			t.Errorf("search %q gives %q, want %q", search, g, want)
		}
	}
	page := get[[]service.SiteTarget](t)(s.SiteTargets(ctx, sp, service.TargetQuery{Offset: 4, Limit: 1}))
	if len(page) != 1 || page[0].Title != "Room 2" {
		t.Errorf("page %+v", page)
	}
}

// A writer of sites killed at any moment leaves whole pages, each with its cursor.
func TestKilledWriterOfSites(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "store.db")
	for kill := range 4 {
		w := start(t, "sites", path)
		last := 0
		for range 3 + kill%3 {
			last, _ = strconv.Atoi(w.line(t))
		}
		must(t, w.Process.Kill())
		_ = w.Wait()
		s := open(t, path, Options{})
		c := get[service.Cursor](t)(s.Cursor(ctx, sp, service.ResourceSites))
		at, _ := strconv.Atoi(c.Link)
		n := get[int](t)(s.CountSiteTargets(ctx, sp, service.TargetQuery{}))
		if at < last || n != at || c.Pages*pageSize != at {
			t.Errorf("kill %d: %d sites, %d pages, cursor at %d, %d had been stored", kill, n, c.Pages, at, last)
		}
		must(t, s.Close())
	}
}

// A folder of the version before keeps everything, and takes what is new.
func TestMigrateFromFirstVersion(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path, Options{})
	must(t, s.SaveOrganization(ctx, service.Organization{TenantID: "t", DisplayName: "Contoso", Option: service.OptionExtending}))
	if o := get[service.Organization](t)(s.Organization(ctx)); o.Option != service.OptionExtending {
		t.Errorf("the option is %q", o.Option)
	}
	must(t, s.Close())
	s = firstVersion(t)
	if n := get[int](t)(s.Unread(ctx)); n != 0 {
		t.Errorf("%d notifications", n)
	}
	if c := get[service.Cursor](t)(s.Cursor(ctx, ex, service.ResourceUsers)); c.Link != "n1" || c.Pages != 1 {
		t.Errorf("the cursor became %+v", c)
	}
	if o := get[service.Organization](t)(s.Organization(ctx)); o.DisplayName != "Contoso" || o.Option != service.OptionSelected {
		t.Errorf("the organization became %+v", o)
	}
	all := everyone(t, s)
	if p := all["a"]; !p.Protected || p.DriveState != "" {
		t.Errorf("the person became %+v", p)
	}
	must(t, s.CoverSelected(ctx, od, []service.Selection{{Person: person("a"), Origin: service.OriginUser}}, noon))
	must(t, s.SetMailbox(ctx, "a", service.MailboxNone))
	if got := everyone(t, s)["a"].Reason; got != service.ExclusionNoMailbox {
		t.Errorf("Exchange's reason %q", got)
	}
	if got := get[[]service.Target](t)(s.Targets(ctx, od, service.TargetQuery{}))[0].Reason; got != service.ExclusionUnknownDrive {
		t.Errorf("OneDrive's reason %q", got)
	}
	checkPositions(t, s)
}

// firstVersion gives a store that was written at version 1 and migrated since.
func firstVersion(t *testing.T) *Store {
	t.Helper()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "old.db")
	db := get[*sql.DB](t)(sql.Open("sqlite", fileURI(runtime.GOOS, path)))
	script := get[[]byte](t)(migrations.ReadFile("migrations/00001_store.sql"))
	p := get[*goose.Provider](t)(goose.NewProvider(goose.DialectSQLite3, db, fstest.MapFS{"00001_store.sql": {Data: script}}, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger())))
	_, err := p.Up(ctx)
	must(t, err)
	for _, q := range []string{
		"INSERT INTO organization VALUES (1, 't', 'Contoso', 'contoso.com', 'selected', 0)",
		"INSERT INTO cursor VALUES ('exchange', 'users', 'n1', 0, 1, 1, 1, 1)",
		`INSERT INTO person (position, id, upn, display_name, mail, enabled, guest, exchange_plan, mailbox, removed, sort_key, words, upn_key, mail_key)
			VALUES (1, 'a', 'a@contoso.com', 'A', '', 1, 0, 1, 'user', 0, x'00', 'a', 'a@contoso.com', '')`,
		"INSERT INTO coverage VALUES ('exchange', 'a', 'user', '', 1, '', 1)",
	} {
		_, err := db.Exec(q)
		must(t, err)
	}
	must(t, db.Close())
	return open(t, path, Options{})
}
