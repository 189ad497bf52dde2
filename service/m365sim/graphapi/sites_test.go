package graphapi_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudappsecurity/service/m365sim/graphapi"
	"cloudappsecurity/service/m365sim/tenant"
)

func (f *fixture) sharePoint() claims { return f.app("Sites.ReadWrite.All") }
func (f *fixture) oneDrive() claims   { return f.app("Files.ReadWrite.All") }

func (f *fixture) site(t *testing.T, path string) tenant.Site {
	t.Helper()
	host, _ := f.tenant.Hosts()
	s, found := f.tenant.SiteByPath(host, path)
	if !found {
		t.Fatalf("no site %s", path)
	}
	return s
}

// follow reads all pages of a delta and gives its items and the link for later.
func (f *fixture) follow(t *testing.T, who claims, path string) (items []map[string]any, later string) {
	t.Helper()
	for range 1000 {
		a := f.get(t, who, path)
		items = append(items, a.items()...)
		if later = a.text("@odata.deltaLink"); later != "" {
			return items, later
		}
		path = a.text("@odata.nextLink")
	}
	t.Fatal("the delta does not end")
	return nil, ""
}

func TestStorageChecksRolesAsSharePointDoes(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 60, 9)
	id, drive := f.site(t, "/sites/recipes").ID, f.site(t, "/sites/recipes").DriveID()
	all := []string{"Sites.Read.All", "Sites.ReadWrite.All", "Files.Read.All", "Files.ReadWrite.All", "User.Read.All", "Mail.ReadWrite", "Directory.Read.All"}
	for path, allowed := range map[string]int{ // the first so many of all
		"/v1.0/sites/getAllSites": 2, "/v1.0/sites/delta": 2, "/v1.0/sites?search=reci*": 2, "/v1.0/sites/" + id: 2, "/v1.0/sites/" + id + "/sites": 2,
		"/v1.0/sites/" + id + "/drive": 4, "/v1.0/sites/" + id + "/drive/root": 4, "/v1.0/drives/" + drive + "/root": 4,
		"/v1.0/drives/" + drive + "/root/children": 4, "/v1.0/drives/" + drive + "/root/delta": 4,
	} {
		for i, role := range all {
			a := f.call(t, f.app(role), "GET", path, "")
			if i < allowed && a.status != http.StatusOK || i >= allowed && (a.status != http.StatusForbidden || a.code() != "accessDenied") {
				t.Errorf("%s with %s: %d %s", path, role, a.status, a.code())
			}
		}
	}
	if a := f.call(t, f.administrator(), "GET", "/v1.0/sites/getAllSites", ""); a.status != http.StatusForbidden {
		t.Errorf("on behalf of an administrator: %d", a.status)
	}
}

func TestSitesAreNamedByIDHostAndPath(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 60, 9)
	host, personal := f.tenant.Hosts()
	rye := f.site(t, "/sites/recipes/sourdough/rye")
	for path, want := range map[string]string{
		"root": f.site(t, "").ID, host: f.site(t, "").ID, rye.ID: rye.ID, host + ":/sites/recipes/sourdough/rye": rye.ID,
		host + ":/Sites/RECIPES": f.site(t, "/sites/recipes").ID, host + ":/sites/archive%202019": f.site(t, "/sites/archive 2019").ID,
	} {
		if got := f.get(t, f.sharePoint(), "/v1.0/sites/"+path).text("id"); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if got := f.get(t, f.sharePoint(), "/v1.0/sites/"+host+":/sites/recipes:/drive").text("driveType"); got != "documentLibrary" {
		t.Errorf("the drive by path: %s", got)
	}
	if f.get(t, f.sharePoint(), "/v1.0/sites/"+rye.ID).body["root"] != nil {
		t.Error("a subsite says it is the root of its site collection")
	}
	for path, want := range map[string]int{
		host + ":/sites/nothing": 404, "other.sharepoint.com:/sites/recipes": 400, "nothing": 400, host + ",1": 400,
		host + "," + rye.Collection + "," + rye.Collection: 404, personal + ":/personal/nobody": 404, rye.ID + "/lists": 400, rye.ID + "?$expand=drive": 400,
	} {
		if a := f.call(t, f.sharePoint(), "GET", "/v1.0/sites/"+path, ""); a.status != want || a.code() == "" {
			t.Errorf("%s: %d %s, want %d", path, a.status, a.code(), want)
		}
	}
	if a := f.call(t, f.sharePoint(), "GET", "/v1.0/sites", ""); a.status != http.StatusNotImplemented {
		t.Errorf("a list without search: %d", a.status)
	}
}

func TestGetAllSitesPagesThroughSiteCollections(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 200, 20)
	seen := map[string]bool{}
	for path := "/v1.0/sites/getAllSites?$top=25&$select=id,root"; path != ""; {
		a := f.get(t, f.sharePoint(), path)
		for _, item := range a.items() {
			id, _ := item["id"].(string)
			if seen[id] || item["root"] == nil {
				t.Errorf("%v", item)
			}
			seen[id] = true
		}
		path = a.text("@odata.nextLink")
	}
	all, _ := f.tenant.Sites(0, 1<<30)
	for _, s := range all {
		if seen[s.ID] != s.Root() {
			t.Errorf("%s: told %t", s.Path, seen[s.ID])
		}
	}
}

func TestSitesDeltaTellsDeletionsMarkedAndNot(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 60, 9)
	first, later := f.follow(t, f.sharePoint(), "/v1.0/sites/delta?$top=20")
	if all, _ := f.tenant.Sites(0, 1<<30); len(first) < len(all) {
		t.Errorf("%d of %d sites", len(first), len(all))
	}
	if _, link := f.follow(t, f.sharePoint(), "/v1.0/sites/delta?token=latest"); !strings.Contains(link, "token=") {
		t.Errorf("latest: %q", link)
	}
	gone := map[string]bool{}
	for _, path := range []string{"/sites/hr", "/sites/recipes", "/sites/tokyo", "/sites/athens", "/teams/drivers", "/sites/projects"} {
		s := f.site(t, path)
		for _, w := range append(f.tenant.Subsites(s.ID), s) {
			gone[w.ID] = true
		}
		if err := f.tenant.DeleteSite(s.ID); err != nil {
			t.Fatal(err)
		}
	}
	marked, unmarked := 0, 0
	items, _ := f.follow(t, f.sharePoint(), later)
	for _, item := range items {
		id, _ := item["id"].(string)
		if item["@removed"] != nil {
			marked++
		} else {
			unmarked++
		}
		delete(gone, id)
		if a := f.call(t, f.sharePoint(), "GET", "/v1.0/sites/"+id, ""); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", id, a.status)
		}
	}
	if len(gone) > 0 || marked == 0 || unmarked == 0 {
		t.Errorf("%d marked, %d unmarked, not told: %v", marked, unmarked, gone)
	}
}

func TestTokensOfSharePointExpire(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 60, 9)
	drive := f.site(t, "/sites/recipes").DriveID()
	for _, path := range []string{"/v1.0/sites/delta", "/v1.0/drives/" + drive + "/root/delta"} {
		_, later := f.follow(t, f.sharePoint(), path)
		f.pass(6 * 24 * time.Hour)
		f.get(t, f.sharePoint(), later)
		f.pass(24 * time.Hour)
		a := f.call(t, f.sharePoint(), "GET", later, "")
		if a.status != http.StatusGone || a.code() != "resyncChangesApplyDifferences" {
			t.Fatalf("%s: %d %s", path, a.status, a.code())
		}
		f.get(t, f.sharePoint(), a.header.Get("Location"))
		if a := f.call(t, f.sharePoint(), "GET", path+"?token=nonsense", ""); a.status != http.StatusBadRequest {
			t.Errorf("%s: a token of nothing: %d", path, a.status)
		}
	}
}

func TestTokensOfSitesExpireWhenAFaultSaysSo(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 60, 9)
	var expired []bool // what was asked about
	f.handler = graphapi.New(graphapi.Options{
		Tenant: f.tenant, Authenticate: authenticate, BaseURL: func() string { return base }, Now: f.clock,
		ExpireDelta: func(list string, middle bool) bool {
			expired = append(expired, middle)
			return list == "sites" && !middle
		},
	})
	_, later := f.follow(t, f.sharePoint(), "/v1.0/sites/delta?$top=50")
	if len(expired) == 0 || slices.Contains(expired, false) {
		t.Errorf("tokens of next pages were taken for those of later: %v", expired)
	}
	if a := f.call(t, f.sharePoint(), "GET", later, ""); a.status != http.StatusGone {
		t.Errorf("%d", a.status)
	}
}

func TestDriveDeltaFollowsFiles(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 60, 9)
	drive := f.site(t, "/sites/recipes").DriveID()
	items, later := f.follow(t, f.oneDrive(), "/v1.0/drives/"+drive+"/root/delta?$top=3")
	if len(items) != 6 {
		t.Fatalf("%d items", len(items))
	}
	put, err := f.tenant.PutFile(drive, "New/Deeper/Ünicode.txt", []byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	folder, err := f.tenant.Children(drive, "root")
	if err != nil {
		t.Fatal(err)
	}
	documents := folder[slices.IndexFunc(folder, func(i tenant.ItemInfo) bool { return i.Name == "Documents" })]
	if err := f.tenant.DeleteItem(drive, documents.ID); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{} // deleted or not
	items, later = f.follow(t, f.oneDrive(), later+"&$top=2")
	for _, item := range items {
		name, _ := item["name"].(string)
		names[name] = item["deleted"] != nil
	}
	for name, deleted := range map[string]bool{"New": false, "Deeper": false, "Ünicode.txt": false, "Documents": true, "Price list.html": true, "注文.csv": true} {
		if got, told := names[name]; !told || got != deleted {
			t.Errorf("%s: told %t, deleted %t", name, told, got)
		}
	}
	if items, _ := f.follow(t, f.oneDrive(), later); len(items) > 0 {
		t.Errorf("nothing changed, but %v", items)
	}
	one := f.get(t, f.oneDrive(), "/v1.0/drives/"+drive+"/items/"+put.ID)
	parent, _ := one.body["parentReference"].(map[string]any)
	if parent["path"] != "/drives/"+drive+"/root:/New/Deeper" {
		t.Errorf("%v", parent)
	}
}

func TestContentComesFromAnAddressWithoutToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 60, 9)
	drive := f.site(t, "/sites/recipes").DriveID()
	put, err := f.tenant.PutFile(drive, "hello.txt", []byte("hello, world"))
	if err != nil {
		t.Fatal(err)
	}
	a := f.call(t, f.oneDrive(), "GET", "/v1.0/drives/"+drive+"/items/"+put.ID+"/content", "")
	if a.status != http.StatusFound {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	fetch := func(address string, headers ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, address, nil)
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, r)
		return w
	}
	address := a.header.Get("Location")
	if w := fetch(address); w.Code != http.StatusOK || w.Body.String() != "hello, world" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if w := fetch(address, "Range", "bytes=7-"); w.Code != http.StatusPartialContent || w.Body.String() != "world" {
		t.Errorf("a range: %d %q", w.Code, w.Body)
	}
	u, _ := url.Parse(address)
	q := u.Query()
	q.Set("itemId", "root")
	u.RawQuery = q.Encode()
	if w := fetch(u.String()); w.Code != http.StatusUnauthorized {
		t.Errorf("another file with that permit: %d", w.Code)
	}
	f.pass(2 * time.Hour)
	if w := fetch(address); w.Code != http.StatusUnauthorized {
		t.Errorf("two hours later: %d", w.Code)
	}
	if a := f.call(t, f.oneDrive(), "GET", "/v1.0/drives/"+drive+"/items/root/content", ""); a.status != http.StatusBadRequest {
		t.Errorf("content of a folder: %d", a.status)
	}
}

func TestQuickXorHashIsThatOfMicrosoft(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 60, 9)
	drive := f.site(t, "/sites/recipes").DriveID()
	// Vectors of rclone's tests, made with Microsoft's own code.
	for content, want := range map[string]string{
		"": "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "Sg==": "SgAAAAAAAAAAAAAAAQAAAAAAAAA=", "tbQ=": "taAFAAAAAAAAAAAAAgAAAAAAAAA=",
		"eAV52qE=": "eChAHrQRCgAAAAAABQAAAAAAAAA=",
	} {
		raw, err := base64.StdEncoding.DecodeString(content)
		if err != nil {
			t.Fatal(err)
		}
		put, err := f.tenant.PutFile(drive, "hashed", raw)
		if err != nil {
			t.Fatal(err)
		}
		file, _ := f.get(t, f.oneDrive(), "/v1.0/drives/"+drive+"/items/"+put.ID).body["file"].(map[string]any)
		hashes, _ := file["hashes"].(map[string]any)
		if hashes["quickXorHash"] != want {
			t.Errorf("%q: %v, want %s", content, hashes["quickXorHash"], want)
		}
	}
}

func TestDriveOfUserIsNeverMadeByAnApplication(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 60, 9)
	users, _ := f.tenant.Users(0, 60)
	seen := map[string]int{}
	for _, u := range users {
		for range 2 {
			a := f.call(t, f.oneDrive(), "GET", "/v1.0/users/"+u.ID+"/drive", "")
			_, err := f.tenant.PersonalSite(u.ID)
			if (a.status == http.StatusOK) != (err == nil) {
				t.Errorf("%s: %d, %v", u.UserPrincipalName, a.status, err)
			}
			if a.status == http.StatusOK && a.text("driveType") != "business" {
				t.Errorf("%s: %s", u.UserPrincipalName, a.raw)
			}
			seen[http.StatusText(a.status)+" "+a.code()]++
		}
	}
	for _, kind := range []string{"OK ", "Not Found ResourceNotFound", "Not Found UnknownError", "Forbidden UnknownError"} {
		if seen[kind] == 0 {
			t.Errorf("nobody answers %q: %v", kind, seen)
		}
	}
}

func TestRateLimitHeadersComeFromFourFifthsOfUse(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 60, 9)
	f.handler = graphapi.New(graphapi.Options{
		Tenant: f.tenant, Authenticate: authenticate, BaseURL: func() string { return base }, Now: f.clock, SharePointUnits: func() int { return 10 },
	})
	for used := 1; used <= 12; used++ {
		a := f.call(t, f.sharePoint(), "GET", "/v1.0/sites/root", "")
		remaining := a.header.Get("RateLimit-Remaining")
		switch {
		case used < 8 && (a.status != http.StatusOK || remaining != ""):
			t.Errorf("%d used: %d, %q remaining", used, a.status, remaining)
		case used >= 8 && used <= 10 && (a.status != http.StatusOK || remaining != string(rune('0'+10-used)) || a.header.Get("RateLimit-Limit") != "10" || a.header.Get("RateLimit-Reset") != "60"):
			t.Errorf("%d used: %d, %v", used, a.status, a.header)
		case used > 10 && (a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != "60" || remaining != "0"):
			t.Errorf("%d used: %d, %v", used, a.status, a.header)
		}
	}
	f.get(t, f.scanner(), "/v1.0/users/delta") // the directory counts by itself
	f.pass(time.Minute)
	f.get(t, f.sharePoint(), "/v1.0/sites/root")
}

func TestDeletedServicePrincipalsAreListedAndPurged(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 60, 9)
	created := f.call(t, f.administrator(), "POST", "/v1.0/applications", `{"displayName":"X"}`)
	sp := f.call(t, f.administrator(), "POST", "/v1.0/servicePrincipals", `{"appId":"`+created.text("appId")+`"}`)
	const list = "/v1.0/directory/deletedItems/microsoft.graph.servicePrincipal?$select=id,appId"
	if n := len(f.get(t, f.administrator(), list).items()); n != 0 {
		t.Fatalf("%d deleted already", n)
	}
	if a := f.call(t, f.administrator(), "DELETE", "/v1.0/servicePrincipals/"+sp.text("id"), ""); a.status != http.StatusNoContent {
		t.Fatal(a.raw)
	}
	if n := len(f.get(t, f.administrator(), list).items()); n != 1 {
		t.Errorf("%d deleted", n)
	}
	for _, want := range []int{http.StatusNoContent, http.StatusNotFound} {
		if a := f.call(t, f.administrator(), "DELETE", "/v1.0/directory/deletedItems/"+sp.text("id"), ""); a.status != want {
			t.Errorf("%d, want %d", a.status, want)
		}
	}
}
