package graphapi_test

import (
	"slices"
	"strings"
	"testing"

	"cloudappsecurity/service/m365sim/graphapi"
	"cloudappsecurity/service/m365sim/tenant"
)

// TestRenderedPages: pages that are kept are the same, byte for byte, until
// something changes, and are shown to nobody who may not see them.
func TestRenderedPages(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 300, 30)
	walk := func(link string) (pages []string) {
		t.Helper()
		for range 100 {
			a := f.get(t, f.scanner(), link, "Prefer: odata.maxpagesize=50")
			pages = append(pages, a.raw)
			if a.header.Get("Preference-Applied") == "" || a.header.Get("request-id") == "" {
				t.Errorf("headers are missing: %v", a.header)
			}
			if link = a.text("@odata.nextLink"); link == "" {
				return pages
			}
		}
		t.Fatal("endless delta")
		return nil
	}
	links := []string{"/v1.0/users/delta?$select=displayName,assignedPlans", "/v1.0/groups/delta?$select=displayName,members"}
	want := [][]string{walk(links[0]), walk(links[1])}

	f.handler = graphapi.New(graphapi.Options{
		Tenant: f.tenant, Authenticate: authenticate, BaseURL: func() string { return base }, Now: f.clock, Rendered: true,
	})
	for range 2 {
		for i, link := range links {
			if got := walk(link); !slices.Equal(got, want[i]) || len(got) < 2 {
				t.Errorf("%s: %d pages, which are not the same", link, len(got))
			}
		}
	}
	if a := f.call(t, f.app("Mail.ReadWrite"), "GET", links[0], "", "Prefer: odata.maxpagesize=50"); a.status != 403 {
		t.Errorf("without the permission: %d", a.status)
	}
	if err := f.tenant.EditUser(mustUser(t, f).ID, func(u *tenant.User) { u.DisplayName = "Renamed" }); err != nil {
		t.Fatal(err)
	}
	if got := walk(links[0]); !strings.Contains(strings.Join(got, ""), `"Renamed"`) {
		t.Error("a change is not shown")
	}
}
