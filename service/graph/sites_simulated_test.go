package graph_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cloudappsecurity/service"
	"cloudappsecurity/service/graph"
	"cloudappsecurity/service/m365sim/tenant"

	"github.com/google/go-cmp/cmp"
)

// app is the application of a service, with the roles that it asks for.
func (w *world) app(s service.Service) claims {
	c := claims{AppID: "a0000000-0000-4000-8000-000000000001", TID: w.sim.ID(), Typ: "app"}
	for _, p := range s.Permissions() {
		c.Roles = append(c.Roles, p.Value)
	}
	return c
}

func (w *world) site(t *testing.T, path string) tenant.Site {
	t.Helper()
	host, _ := w.sim.Hosts()
	s, found := w.sim.SiteByPath(host, path)
	if !found {
		t.Fatalf("the simulated tenant has no site %s", path)
	}
	return s
}

// siteMirror holds what the delta told.
type siteMirror struct {
	sites map[string]service.Site
	link  string
	pages int
}

func (m *siteMirror) round(t *testing.T, s *graph.Sites) {
	t.Helper()
	for range 10000 {
		p, err := s.Sites(t.Context(), m.link)
		if err != nil {
			t.Fatal(err)
		}
		m.pages++
		for _, one := range p.Sites {
			m.sites[one.ID] = one
		}
		for _, r := range p.Removed {
			delete(m.sites, r.ID)
		}
		if m.link = p.Next; p.Delta != "" {
			m.link = p.Delta
			return
		}
	}
	t.Fatal("the delta does not end")
}

// compare holds the mirror against the simulated tenant.
func (m *siteMirror) compare(t *testing.T, sim *tenant.Tenant) {
	t.Helper()
	all, _ := sim.Sites(0, 1<<30)
	roots := map[string]string{}
	_, personal := sim.Hosts()
	want := map[string]service.Site{}
	for _, s := range all {
		if s.Root() {
			roots[s.Collection] = s.ID
		}
	}
	for _, s := range all {
		one := service.Site{ID: s.ID, URL: s.URL(), Title: s.Title, Personal: s.Host == personal}
		if !s.Root() {
			one.ParentID = roots[s.Collection]
		}
		want[s.ID] = one
	}
	if diff := cmp.Diff(want, m.sites); diff != "" {
		t.Fatalf("what the delta told differs from the tenant (-tenant +told):\n%s", diff)
	}
}

func TestSitesDeltaFollowsTheTenant(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 150, 20)
				r := rand.New(rand.NewPCG(seed, 1))
				s := w.client(t, w.app(service.SharePointOnline)).Sites()
				m := &siteMirror{sites: map[string]service.Site{}}
				m.round(t, s)
				m.compare(t, w.sim)
				for range 12 {
					for range r.IntN(12) {
						disturb(t, w.sim, r)
					}
					if r.IntN(3) == 0 { // the program was started anew
						s = w.client(t, w.app(service.SharePointOnline)).Sites()
					}
					time.Sleep(time.Hour)
					m.round(t, s)
					m.compare(t, w.sim)
				}
			})
		})
	}
}

// disturb does one thing to the sites at random; what the tenant refuses is
// nothing done.
func disturb(t *testing.T, sim *tenant.Tenant, r *rand.Rand) {
	t.Helper()
	all, _ := sim.Sites(0, 1<<30)
	s := all[r.IntN(len(all))]
	name := fmt.Sprintf("new-%d", r.IntN(1000))
	switch r.IntN(7) {
	case 0:
		_, _ = sim.AddSite(tenant.NewSite{Path: "/sites/" + name, Title: "Ñew " + name})
	case 1, 2:
		_, _ = sim.AddSubsite(s.ID, name, "Beneath "+s.Title)
	case 3:
		_ = sim.RenameSite(s.ID, "Renamed "+name)
	case 4:
		_ = sim.DeleteSite(s.ID)
		if r.IntN(2) == 0 {
			_ = sim.RestoreSite(s.ID)
		}
	case 5:
		users, _ := sim.Users(r.IntN(sim.CountUsers()), 1)
		_, _ = sim.ProvisionDrive(users[0].ID)
	case 6:
		_ = sim.MoveSite(s.ID, "/teams/"+name)
	}
}

func TestSitesDeltaStartsOverWhenTheTokenIsOld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 60, 9)
		s := w.client(t, w.app(service.SharePointOnline)).Sites()
		m := &siteMirror{sites: map[string]service.Site{}}
		m.round(t, s)
		time.Sleep(8 * 24 * time.Hour)
		_, err := s.Sites(t.Context(), m.link)
		if service.CodeOf(err) != service.CodeResync {
			t.Fatalf("error %v, want %s", err, service.CodeResync)
		}
		m = &siteMirror{sites: map[string]service.Site{}}
		m.round(t, s)
		m.compare(t, w.sim)
	})
}

func TestSiteByURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 60, 9)
	s := w.client(t, w.app(service.SharePointOnline)).Sites()
	recipes, rye, root := w.site(t, "/sites/recipes"), w.site(t, "/sites/recipes/sourdough/rye"), w.site(t, "")
	archive, tokyo := w.site(t, "/sites/archive 2019"), w.site(t, "/sites/tokyo")
	anna, err := w.sim.PersonalSite(firstWithDrive(t, w.sim))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		address string
		want    service.Site
	}{
		{recipes.URL(), service.Site{ID: recipes.ID, URL: recipes.URL(), Title: "Recipes"}},
		{" " + strings.ToUpper(recipes.URL()[:8]) + recipes.URL()[8:] + "/ ", service.Site{ID: recipes.ID, URL: recipes.URL(), Title: "Recipes"}},
		{rye.URL(), service.Site{ID: rye.ID, URL: rye.URL(), Title: "Rye & spelt", ParentID: recipes.ID}},
		{root.URL(), service.Site{ID: root.ID, URL: root.URL(), Title: "Contoso Bakery"}},
		{archive.URL(), service.Site{ID: archive.ID, URL: archive.URL(), Title: "Archive 2019"}},
		{"https://" + archive.Host + archive.Path, service.Site{ID: archive.ID, URL: archive.URL(), Title: "Archive 2019"}},
		{tokyo.URL(), service.Site{ID: tokyo.ID, URL: tokyo.URL(), Title: "東京店"}},
		{anna.URL(), service.Site{ID: anna.ID, URL: anna.URL(), Title: anna.Title, Personal: true}},
	} {
		got, err := s.SiteByURL(t.Context(), tt.address)
		if err != nil {
			t.Errorf("%q: %v", tt.address, err)
		} else if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.address, diff)
		}
	}
	for _, address := range []string{
		"", "recipes", "http://" + recipes.Host + recipes.Path, recipes.URL() + "x", "https://fabrikam.sharepoint.com/sites/recipes",
		"https://" + recipes.Host + ":8443/sites/recipes", "https://anna@" + recipes.Host + "/sites/recipes", recipes.URL() + ":/drive", "::",
	} {
		if got, err := s.SiteByURL(t.Context(), address); service.CodeOf(err) != service.CodeNotFound {
			t.Errorf("%q: %v, %v, want %s", address, got, err, service.CodeNotFound)
		}
	}
}

// firstWithDrive is somebody with a OneDrive.
func firstWithDrive(t *testing.T, sim *tenant.Tenant) string {
	t.Helper()
	users, _ := sim.Users(0, sim.CountUsers())
	for _, u := range users {
		if _, err := sim.PersonalSite(u.ID); err == nil {
			return u.ID
		}
	}
	t.Fatal("nobody has a OneDrive")
	return ""
}

func TestSearchSitesFindsSiteCollectionsByTitle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 60, 9)
	s := w.client(t, w.app(service.SharePointOnline)).Sites()
	for _, tt := range []struct {
		title string
		want  []string
	}{
		{"Recipes", []string{"/sites/recipes"}},
		{"reci", []string{"/sites/recipes"}},
		{"Projects", []string{"/sites/projects", "/sites/projects2"}},
		{"Drivers' corner", []string{"/teams/drivers"}},
		{"東京", []string{"/sites/tokyo"}},
		{"постав", []string{"/sites/suppliers"}},
		{"Sourdough", nil}, // a subsite
		{"Lindqvist", nil}, // a personal site
		{"nothing like it", nil},
		{`"Recipes" OR (title:*`, nil},
	} {
		got, err := s.SearchSites(t.Context(), tt.title)
		if err != nil {
			t.Fatalf("%q: %v", tt.title, err)
		}
		var paths []string
		for _, one := range got {
			host, _ := w.sim.Hosts()
			paths = append(paths, strings.TrimPrefix(one.URL, "https://"+host))
		}
		if diff := cmp.Diff(tt.want, paths); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.title, diff)
		}
	}
	all, err := s.SearchSites(t.Context(), "")
	if err != nil || len(all) < 14 {
		t.Errorf("without words: %d sites, %v", len(all), err)
	}
}

func TestSubsitesGivesAllThatLieBeneath(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 60, 9)
	s := w.client(t, w.app(service.SharePointOnline)).Sites()
	recipes := w.site(t, "/sites/recipes")
	got, err := s.Subsites(t.Context(), recipes.ID)
	if err != nil {
		t.Fatal(err)
	}
	titles := map[string]string{}
	for _, one := range got {
		titles[one.Title] = one.ParentID
	}
	if diff := cmp.Diff(map[string]string{"Sourdough": recipes.ID, "Pâtisserie": recipes.ID, "Rye & spelt": recipes.ID}, titles); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := w.sim.DeleteSite(recipes.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Subsites(t.Context(), recipes.ID); service.CodeOf(err) != service.CodeNotFound {
		t.Errorf("of a deleted site: %v", err)
	}
}

func TestCheckSite(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 60, 9)
	s := w.client(t, w.app(service.SharePointOnline)).Sites()
	recipes := w.site(t, "/sites/recipes")
	if err := s.CheckSite(t.Context(), recipes.ID); err != nil {
		t.Error(err)
	}
	if err := w.client(t, w.app(service.ExchangeOnline)).Sites().CheckSite(t.Context(), recipes.ID); service.CodeOf(err) != service.CodeForbidden {
		t.Errorf("with the roles of Exchange Online: %v", err)
	}
	if err := w.sim.DeleteSite(recipes.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.CheckSite(t.Context(), recipes.ID); service.CodeOf(err) != service.CodeNotFound {
		t.Errorf("of a deleted site: %v", err)
	}
}

func TestDriveIsThatOfEachUserAndNoneIsMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 60, 9)
	d := w.client(t, w.app(service.OneDrive)).Drives()
	users, _ := w.sim.Users(0, 60)
	missing := ""
	counts := map[service.Code]int{}
	for _, u := range users {
		got, err := d.Drive(t.Context(), u.ID)
		s, none := w.sim.PersonalSite(u.ID)
		counts[service.CodeOf(err)]++
		switch {
		case none != nil && service.CodeOf(err) != service.CodeNoDrive:
			t.Errorf("%s: %v, %v, want %s", u.UserPrincipalName, got, err, service.CodeNoDrive)
		case none != nil && u.Licensed:
			missing = u.ID
		case none == nil && (err != nil || got.ID != s.DriveID() || got.URL != s.URL()+"/Documents"):
			t.Errorf("%s: %v, %v", u.UserPrincipalName, got, err)
		case none == nil:
			if err := d.CheckDrive(t.Context(), got.ID); err != nil {
				t.Errorf("%s: %v", u.UserPrincipalName, err)
			}
		}
	}
	if missing == "" || counts[""] < 30 || counts[service.CodeNoDrive] < 10 {
		t.Fatalf("the demo organization is too plain: %v", counts)
	}
	if _, err := w.sim.ProvisionDrive(missing); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Drive(t.Context(), missing); err != nil {
		t.Errorf("once provisioned: %v", err)
	}
	if _, err := d.Drive(t.Context(), "00000000-0000-4000-8000-000000000000"); service.CodeOf(err) != service.CodeNotFound {
		t.Errorf("of nobody: %v", err)
	}
	if _, err := w.client(t, w.app(service.ExchangeOnline)).Drives().Drive(t.Context(), missing); service.CodeOf(err) != service.CodeForbidden {
		t.Errorf("with the roles of Exchange Online: %v", err)
	}
	if err := d.CheckDrive(t.Context(), "b!nothing"); service.CodeOf(err) != service.CodeNotFound {
		t.Errorf("of no drive: %v", err)
	}
}

func TestDriveWaitsWhenSharePointAsksTo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 60, 9)
		d := w.client(t, w.app(service.OneDrive)).Drives()
		user := firstWithDrive(t, w.sim)
		began := time.Now()
		const most = 1200 // resource units a minute, of which this takes one
		for range most + 1 {
			if _, err := d.Drive(context.Background(), user); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took < 50*time.Second || took > 2*time.Minute {
			t.Errorf("%d requests took %s", most+1, took)
		}
	})
}
