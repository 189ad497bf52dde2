package tenant_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudappsecurity/service/m365sim/tenant"
)

func allSites(t *testing.T, org *tenant.Tenant) []tenant.Site {
	t.Helper()
	list, _ := org.Sites(0, 1<<30)
	return list
}

func TestSitesFollowFromTheSeed(t *testing.T) {
	t.Parallel()
	clock := newClock()
	a, b := tenant.New(tenant.Options{Seed: 3, Now: clock.Now}), tenant.New(tenant.Options{Seed: 3, Now: clock.Now})
	if diff := cmp.Diff(allSites(t, a), allSites(t, b)); diff != "" {
		t.Errorf("two tenants of one seed differ:\n%s", diff)
	}
	ids := map[string]bool{}
	personal, withoutDrive := 0, 0
	for _, s := range allSites(t, a) {
		if ids[s.ID] || ids[s.URL()] || ids[s.DriveID()] {
			t.Errorf("%s is there twice", s.URL())
		}
		ids[s.ID], ids[s.URL()], ids[s.DriveID()] = true, true, true
		if s.Personal() {
			personal++
		}
	}
	users, _ := a.Users(0, 1000)
	for _, u := range users {
		_, err := a.PersonalSite(u.ID)
		switch {
		case err == nil && !u.Licensed:
			t.Errorf("%s has a drive without a licence", u.UserPrincipalName)
		case errors.Is(err, tenant.ErrNoDrive) && u.Licensed:
			withoutDrive++
		}
	}
	if personal < 30 || withoutDrive < 2 {
		t.Errorf("%d personal sites, %d licensed people without one", personal, withoutDrive)
	}
}

func TestSnapshotKeepsSitesAndFiles(t *testing.T) {
	t.Parallel()
	clock := newClock()
	options := tenant.Options{Seed: 3, Now: clock.Now}
	org := tenant.New(options)
	host, _ := org.Hosts()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	site := func(path string) tenant.Site {
		t.Helper()
		s, found := org.SiteByPath(host, path)
		if !found {
			t.Fatalf("no site %s", path)
		}
		return s
	}
	added, err := org.AddSite(tenant.NewSite{Path: "/sites/new", Title: "New"})
	check(err)
	_, err = org.AddSubsite(added.ID, "sub", "Beneath")
	check(err)
	check(org.RenameSite(site("/sites/hr").ID, "People"))
	check(org.MoveSite(site("/sites/recipes").ID, "/sites/baking"))
	check(org.DeleteSite(site("/sites/tokyo").ID))
	put, err := org.PutFile(added.DriveID(), "a/b.txt", []byte("kept"))
	check(err)
	data, err := org.Snapshot()
	check(err)
	again, err := tenant.Restore(options, data)
	check(err)
	if diff := cmp.Diff(allSites(t, org), allSites(t, again)); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
	if _, found := again.SiteByPath(host, "/sites/baking/sourdough/rye"); !found {
		t.Error("the moved subsite is not found by its path")
	}
	for _, path := range []string{"/sites/tokyo", "/sites/recipes", "/sites/recipes/sourdough"} {
		if _, found := again.SiteByPath(host, path); found {
			t.Errorf("%s is still there", path)
		}
	}
	got, err := again.Item(added.DriveID(), put.ID)
	check(err)
	if diff := cmp.Diff(put, got); diff != "" {
		t.Errorf("the file (-before +after):\n%s", diff)
	}
}

func TestADriveThatWasDeletedIsMadeAnew(t *testing.T) {
	t.Parallel()
	org := tenant.New(tenant.Options{Seed: 3, Now: newClock().Now})
	users, _ := org.Users(0, 1000)
	for _, u := range users {
		s, err := org.PersonalSite(u.ID)
		if err != nil {
			continue
		}
		if err := org.DeleteSite(s.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := org.PersonalSite(u.ID); !errors.Is(err, tenant.ErrNoDrive) {
			t.Fatalf("deleted: %v", err)
		}
		made, err := org.ProvisionDrive(u.ID)
		if err != nil || made.ID == s.ID || made.DriveID() == s.DriveID() {
			t.Fatalf("made anew: %v, %v", made, err)
		}
		if err := org.RestoreSite(s.ID); !errors.Is(err, tenant.ErrExists) {
			t.Fatalf("restored beside the new one: %v", err)
		}
		return
	}
}

func TestASubsiteIsRestoredOnlyWhereWhatHoldsItIsThere(t *testing.T) {
	t.Parallel()
	clock := newClock()
	org := tenant.New(tenant.Options{Seed: 3, Now: clock.Now})
	host, _ := org.Hosts()
	site := func(path string) string {
		s, _ := org.SiteByPath(host, path)
		return s.ID
	}
	recipes, sourdough, rye := site("/sites/recipes"), site("/sites/recipes/sourdough"), site("/sites/recipes/sourdough/rye")
	for i, step := range []struct {
		do   func(id string) error
		id   string
		want error
	}{
		{org.DeleteSite, rye, nil},
		{org.DeleteSite, sourdough, nil},
		{org.RestoreSite, rye, tenant.ErrNotFound},
		{org.DeleteSite, recipes, nil},
		{org.RestoreSite, sourdough, tenant.ErrNotFound},
		{org.RestoreSite, recipes, nil},
		{org.RestoreSite, rye, tenant.ErrNotFound},
		{org.RestoreSite, sourdough, nil},
		{org.RestoreSite, rye, nil},
	} {
		clock.pass(time.Hour) // what is deleted at another time isn't deleted along
		if err := step.do(step.id); !errors.Is(err, step.want) {
			t.Fatalf("step %d: %v, want %v", i, err, step.want)
		}
	}
	if site("/sites/recipes/sourdough/rye") != rye {
		t.Error("not all was restored")
	}
}
