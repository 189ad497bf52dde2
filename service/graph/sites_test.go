package graph

import (
	"strings"
	"testing"

	"cloudappsecurity/service"

	"github.com/google/go-cmp/cmp"
)

const (
	sitesStart = "/v1.0/sites/delta?$select=" + siteSelect
	siteA      = "contoso.sharepoint.com,c1,w1"
	siteB      = "contoso.sharepoint.com,c2,w2"
)

func siteJSON(id, url, title, more string) string {
	return `{"id":"` + id + `","webUrl":"` + url + `","displayName":"` + title + `"` + more + `}`
}

func oneSite(id string) string { return "/v1.0/sites/" + id + "?$select=" + siteSelect }

func TestSitesReadsTheFirstRoundWithoutAskingForEach(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("GET", sitesStart, 200, `{"value":[`+
		siteJSON("contoso.sharepoint.com,c1,w9", "https://contoso.sharepoint.com/sites/a/b", "Beneath", `,"siteCollection":{"hostname":"contoso.sharepoint.com"}`)+`,`+
		siteJSON(siteA, "https://contoso.sharepoint.com/sites/a", "A", `,"root":{},"isPersonalSite":false`)+`,`+
		siteJSON("contoso-my.sharepoint.com,c3,w3", "https://contoso-my.sharepoint.com/personal/anna", "Anna", `,"isPersonalSite":true`)+`,`+
		`{"id":"gone","@removed":{"reason":"deleted"}},{"id":"gone too","name":"x","deleted":{"state":"deleted"}}`+
		`],"@odata.nextLink":"`+fakeBase+`/v1.0/sites/delta?token=2"}`)
	f.on("GET", "/v1.0/sites/delta?token=2", 200, `{"value":[{"id":"`+siteB+`","name":"short"}],"@odata.deltaLink":"`+fakeBase+`/v1.0/sites/delta?token=3"}`)
	f.on("GET", oneSite(siteB), 200, siteJSON(siteB, "https://contoso.sharepoint.com/sites/b", "", `,"name":"b","root":{}`))
	s := f.client().Sites()
	p, err := s.Sites(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	want := service.SitePage{
		Sites: []service.Site{
			{ID: "contoso.sharepoint.com,c1,w9", URL: "https://contoso.sharepoint.com/sites/a/b", Title: "Beneath", ParentID: siteA},
			{ID: siteA, URL: "https://contoso.sharepoint.com/sites/a", Title: "A"},
			{ID: "contoso-my.sharepoint.com,c3,w3", URL: "https://contoso-my.sharepoint.com/personal/anna", Title: "Anna", Personal: true},
		},
		Removed: []service.Removal{{ID: "gone"}, {ID: "gone too"}},
		Next:    fakeBase + "/v1.0/sites/delta?token=2",
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if p, err = s.Sites(t.Context(), p.Next); err != nil {
		t.Fatal(err)
	}
	want = service.SitePage{
		Sites: []service.Site{{ID: siteB, URL: "https://contoso.sharepoint.com/sites/b", Title: "b"}},
		Delta: fakeBase + "/v1.0/sites/delta?token=3" + changes,
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSitesAsksForEachChangedSiteInLaterRounds(t *testing.T) {
	t.Parallel()
	const url = "https://contoso.sharepoint.com/sites/"
	tests := []struct {
		name, entry string
		status      int
		body        string
		want        service.SitePage
		code        service.Code
	}{
		{"deleted without a mark", siteJSON(siteA, url+"a", "A", `,"root":{}`), 404, graphError("itemNotFound", "Requested site could not be found"),
			service.SitePage{Removed: []service.Removal{{ID: siteA}}}, ""},
		{"renamed since", siteJSON(siteA, url+"a", "Old", `,"root":{}`), 200, siteJSON(siteA, url+"a", "New", `,"root":{}`),
			service.SitePage{Sites: []service.Site{{ID: siteA, URL: url + "a", Title: "New"}}}, ""},
		{"locked", siteJSON(siteA, url+"a", "A", `,"root":{}`), 423, graphError("resourceLocked", "locked"),
			service.SitePage{Sites: []service.Site{{ID: siteA, URL: url + "a", Title: "A"}}}, ""},
		{"unknown for now", siteJSON(siteA, url+"a", "A", `,"root":{}`), 401, graphError("InvalidAuthenticationToken", ""), service.SitePage{}, service.CodeUnauthorized},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.on("GET", "/v1.0/sites/delta?token=3", 200, `{"value":[`+tt.entry+`],"@odata.nextLink":"`+fakeBase+`/v1.0/sites/delta?token=4"}`)
			f.on("GET", oneSite(siteA), tt.status, tt.body)
			p, err := f.client().Sites().Sites(t.Context(), fakeBase+"/v1.0/sites/delta?token=3"+changes)
			wantCode(t, err, tt.code)
			if tt.code == "" {
				tt.want.Later, tt.want.Next = true, fakeBase+"/v1.0/sites/delta?token=4"+changes
			}
			if diff := cmp.Diff(tt.want, p); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSitesLooksUpTheSiteCollectionOfASubsite(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("GET", sitesStart, 200, `{"value":[`+
		siteJSON("contoso.sharepoint.com,c1,w9", "https://contoso.sharepoint.com/sites/a%20b/c", "C", "")+`,`+
		siteJSON("contoso.sharepoint.com,c1,w8", "https://contoso.sharepoint.com/sites/a%20b/d", "D", "")+`,`+
		siteJSON("contoso.sharepoint.com,c0,w7", "https://contoso.sharepoint.com/old", "Old", "")+`,`+
		siteJSON("contoso.sharepoint.com,c5,w5", "https://contoso.sharepoint.com/teams/gone/e", "E", "")+
		`],"@odata.deltaLink":"`+fakeBase+`/v1.0/sites/delta?token=2"}`)
	f.on("GET", "/v1.0/sites/contoso.sharepoint.com:/sites/a%20b?$select="+siteSelect, 200, siteJSON(siteA, "https://contoso.sharepoint.com/sites/a%20b", "A", `,"root":{}`))
	f.on("GET", "/v1.0/sites/contoso.sharepoint.com?$select="+siteSelect, 200, siteJSON("contoso.sharepoint.com,c0,w0", "https://contoso.sharepoint.com", "Home", `,"root":{}`))
	f.on("GET", "/v1.0/sites/contoso.sharepoint.com:/teams/gone?$select="+siteSelect, 404, graphError("itemNotFound", ""))
	p, err := f.client().Sites().Sites(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	parents := map[string]string{}
	for _, one := range p.Sites {
		parents[one.Title] = one.ParentID
	}
	if diff := cmp.Diff(map[string]string{"C": siteA, "D": siteA, "Old": "contoso.sharepoint.com,c0,w0"}, parents); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSitesRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		body   string
		code   service.Code
	}{
		{"apply differences", 410, graphError("resyncChangesApplyDifferences", ""), service.CodeResync},
		{"upload differences", 410, graphError("resyncChangesUploadDifferences", ""), service.CodeResync},
		{"not allowed", 403, graphError("accessDenied", "Access denied"), service.CodeForbidden},
		{"no licence", 400, graphError("BadRequest", "Tenant does not have a SPO license."), service.CodeForbidden},
		{"no list", 200, `{}`, service.CodeInternal},
		{"no link", 200, `{"value":[]}`, service.CodeInternal},
		{"foreign link", 200, `{"value":[],"@odata.nextLink":"https://evil.example/v1.0/sites/delta?token=2"}`, service.CodeInternal},
		{"no id", 200, `{"value":[{"displayName":"x"}],"@odata.deltaLink":"` + fakeBase + `/v1.0/sites/delta?token=2"}`, service.CodeInternal},
		{"a wrong kind", 200, `{"value":[{"id":"a","webUrl":7}],"@odata.deltaLink":"` + fakeBase + `/v1.0/sites/delta?token=2"}`, service.CodeInternal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.on("GET", sitesStart, tt.status, tt.body)
			_, err := f.client().Sites().Sites(t.Context(), "")
			wantCode(t, err, tt.code)
		})
	}
	f := newFake(t)
	_, err := f.client().Sites().Sites(t.Context(), "https://elsewhere.example/v1.0/sites/delta?token=2"+changes)
	wantCode(t, err, service.CodeResync)
}

func TestSearchSitesAsksForPlainWords(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"": "*", "hr": "hr*", "  human  resources ": "human resources*", `a"b (c) -d title:e*`: "a b c d title e*", "東京": "東京*", "R&D/x": "R D x*",
	} {
		if got := searchWords(title); got != want {
			t.Errorf("%q: %q, want %q", title, got, want)
		}
	}
}

func TestSearchSitesKeepsSiteCollectionsOnly(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("GET", "/v1.0/sites?search=hr*", 200, `{"value":[`+strings.Join([]string{
		siteJSON("h,c1,w1", "https://h.sharepoint.com/sites/hr", "HR", ""), // search shows no facets
		siteJSON("h,c1,w2", "https://h.sharepoint.com/sites/hr/beneath", "HR beneath", ""),
		siteJSON("h,c2,w3", "https://h-my.sharepoint.com/personal/hr", "HR of someone", ""),
		siteJSON("h,c3,w4", "https://h.sharepoint.com/sites/hr2", "Named otherwise", ""),
	}, ",")+`],"@odata.nextLink":"`+fakeBase+`/v1.0/sites?search=hr*&$skiptoken=2"}`)
	f.on("GET", "/v1.0/sites?search=hr*&$skiptoken=2", 200, `{"value":[`+siteJSON("h,c4,w5", "https://h.sharepoint.com/teams/a", "A team's hr", "")+`]}`)
	got, err := f.client().Sites().SearchSites(t.Context(), "hr")
	if err != nil {
		t.Fatal(err)
	}
	want := []service.Site{
		{ID: "h,c4,w5", URL: "https://h.sharepoint.com/teams/a", Title: "A team's hr"}, {ID: "h,c1,w1", URL: "https://h.sharepoint.com/sites/hr", Title: "HR"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDriveRefusals(t *testing.T) {
	t.Parallel()
	const address = "/v1.0/users/u1/drive?$select=id,webUrl"
	tests := []struct {
		name   string
		status int
		body   string
		code   service.Code
	}{
		{"not made yet", 404, graphError("ResourceNotFound", "User's mysite not found."), service.CodeNoDrive},
		{"not made yet, said otherwise", 404, graphError("UnknownError", "404 FILE NOT FOUND"), service.CodeNoDrive},
		{"not made yet, as of old", 400, graphError("BadRequest", "Unable to retrieve user's mysite URL."), service.CodeNoDrive},
		{"a shared mailbox", 403, graphError("UnknownError", ""), service.CodeNoDrive},
		{"nobody", 404, graphError("Request_ResourceNotFound", "Resource 'u1' does not exist"), service.CodeNotFound},
		{"not allowed", 403, graphError("accessDenied", "Access denied"), service.CodeForbidden},
		{"another mistake", 400, graphError("BadRequest", "no"), service.CodeInternal},
		{"no id", 200, `{"webUrl":"https://x"}`, service.CodeInternal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.on("GET", address, tt.status, tt.body)
			_, err := f.client().Drives().Drive(t.Context(), "u1")
			wantCode(t, err, tt.code)
		})
	}
	f := newFake(t)
	f.on("GET", "/v1.0/drives/b%21x/root?$select=id,folder", 200, `{"id":"i","file":{}}`)
	wantCode(t, f.client().Drives().CheckDrive(t.Context(), "b!x"), service.CodeInternal)
}

func TestRemovalBelievesThatSomethingIsGoneOnlyWhenItStays(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	missing := graphError("Request_ResourceNotFound", "")
	for range goneHits - 1 {
		f.on("DELETE", "/v1.0/applications/o1", 404, missing)
	}
	f.on("DELETE", "/v1.0/applications/o1", 204, "")
	if err := f.client().Tenant().RemoveApplication(t.Context(), "o1"); err != nil {
		t.Error(err)
	}
	for range goneHits {
		f.on("DELETE", "/v1.0/directory/deletedItems/o1", 404, missing)
	}
	if err := f.client().Tenant().PurgeApplication(t.Context(), "o1"); err != nil {
		t.Error(err)
	}
	f.on("DELETE", "/v1.0/directory/deletedItems/o2", 403, graphError("Authorization_RequestDenied", ""))
	wantCode(t, f.client().Tenant().PurgeApplication(t.Context(), "o2"), service.CodeNotAdministrator)
}
