package graphapi_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"testing"
	"time"

	"cloudappsecurity/service/m365sim/tenant"
)

const (
	appName = "cloud-app-security-exchange"
	byName  = "/v1.0/applications(uniqueName='" + appName + "')"
	newApp  = `{"displayName":"Cloud App Security for Exchange Online","signInAudience":"AzureADMyOrg",
		"web":{"redirectUris":["http://localhost/consent"]},
		"requiredResourceAccess":[{"resourceAppId":"00000003-0000-0000-c000-000000000000","resourceAccess":[
			{"id":"df021288-bdef-4463-88db-98f22de89214","type":"Role"},{"id":"e2a3a72e-5f79-4c64-b1b1-878b674786c9","type":"Role"}]}]}`
	createIfMissing = "Prefer: create-if-missing"
)

// want fails unless an answer has this status and error code.
func want(t *testing.T, what string, a answer, status int, code string) {
	t.Helper()
	if a.status != status || a.code() != code {
		t.Fatalf("%s: %d %q, want %d %q: %s", what, a.status, a.code(), status, code, a.raw)
	}
}

func TestApplicationLife(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 0, 0)
	admin := f.administrator()

	want(t, "patch without the preference", f.call(t, admin, "PATCH", byName, newApp), 404, "Request_ResourceNotFound")
	created := f.call(t, admin, "PATCH", byName, newApp, createIfMissing)
	want(t, "create", created, 201, "")
	id, appID := created.text("id"), created.text("appId")
	if created.text("uniqueName") != appName || id == "" || appID == "" || id == appID {
		t.Fatalf("created %s", created.raw)
	}
	want(t, "again", f.call(t, admin, "PATCH", byName, newApp, createIfMissing), 204, "")
	want(t, "second by POST", f.call(t, admin, "POST", "/v1.0/applications", `{"displayName":"x","uniqueName":"`+appName+`"}`), 400, "Request_BadRequest")

	for _, path := range []string{
		byName, "/v1.0/applications(appId='" + appID + "')", "/v1.0/applications/" + id, byName + "?$select=id,appId,web,keyCredentials",
	} {
		if a := f.get(t, admin, path); a.text("id") != id {
			t.Errorf("%s: %s", path, a.raw)
		}
	}
	for _, filter := range []string{"appId%20eq%20'" + appID + "'", "uniqueName%20eq%20'" + appName + "'", "startswith(displayName,'cloud')"} {
		if items := f.get(t, admin, "/v1.0/applications?$select=id,appId&$filter="+filter).items(); len(items) != 1 || items[0]["id"] != id {
			t.Errorf("%s: %v", filter, items)
		}
	}

	principal := f.call(t, admin, "POST", "/v1.0/servicePrincipals", `{"appId":"`+appID+`"}`)
	want(t, "service principal", principal, 201, "")
	want(t, "twice", f.call(t, admin, "POST", "/v1.0/servicePrincipals", `{"appId":"`+appID+`"}`), 409, "Request_MultipleObjectsWithSameKeyValue")
	want(t, "disable", f.call(t, admin, "PATCH", "/v1.0/servicePrincipals/"+principal.text("id"), `{"accountEnabled":false}`), 204, "")
	if a := f.get(t, admin, "/v1.0/servicePrincipals(appId='"+appID+"')?$select=accountEnabled"); a.body["accountEnabled"] != false {
		t.Errorf("still enabled: %s", a.raw)
	}
	if err := f.tenant.ConsentApplication(appID); err != nil {
		t.Fatal(err)
	}
	if items := f.get(t, admin, "/v1.0/servicePrincipals/"+principal.text("id")+"/appRoleAssignments").items(); len(items) != 2 {
		t.Errorf("assignments: %v", items)
	}
	deleteAndRestore(t, f, id, appID)
}

// deleteAndRestore goes on: the name stays taken, and the service principal
// does not come back.
func deleteAndRestore(t *testing.T, f *fixture, id, appID string) {
	t.Helper()
	admin := f.administrator()
	want(t, "delete", f.call(t, admin, "DELETE", "/v1.0/applications/"+id, ""), 204, "")
	want(t, "gone", f.call(t, admin, "GET", "/v1.0/applications/"+id, ""), 404, "Request_ResourceNotFound")
	refused := f.call(t, admin, "PATCH", byName, newApp, createIfMissing)
	want(t, "the name", refused, 400, "Request_BadRequest")
	if !strings.Contains(refused.raw, "Another object with the same value for property uniqueName already exists.") {
		t.Errorf("worded %s", refused.raw)
	}
	const deleted = "/v1.0/directory/deletedItems/microsoft.graph.application"
	items := f.get(t, admin, deleted+"?$select=id,appId,uniqueName&$filter=uniqueName%20eq%20'"+appName+"'").items()
	if len(items) != 1 || items[0]["id"] != id {
		t.Fatalf("deleted: %v", items)
	}
	if n := len(f.get(t, admin, "/v1.0/directory/deletedItems/graph.application").items()); n != 1 {
		t.Errorf("by the alias: %d", n)
	}
	f.get(t, admin, "/v1.0/directory/deletedItems/"+id)
	want(t, "restore", f.call(t, admin, "POST", "/v1.0/directory/deletedItems/"+id+"/restore", ""), 200, "")
	want(t, "restore twice", f.call(t, admin, "POST", "/v1.0/directory/deletedItems/"+id+"/restore", ""), 404, "Request_ResourceNotFound")
	want(t, "its service principal", f.call(t, admin, "GET", "/v1.0/servicePrincipals(appId='"+appID+"')", ""), 404, "Request_ResourceNotFound")
	want(t, "a new one", f.call(t, admin, "POST", "/v1.0/servicePrincipals", `{"appId":"`+appID+`"}`), 201, "")
	if roles := f.tenant.GrantedRoles(appID); len(roles) != 0 {
		t.Errorf("consent came back: %v", roles)
	}
	want(t, "delete again", f.call(t, admin, "DELETE", byName, ""), 204, "")
	want(t, "purge", f.call(t, admin, "DELETE", "/v1.0/directory/deletedItems/"+id, ""), 204, "")
	want(t, "the name is free", f.call(t, admin, "PATCH", byName, newApp, createIfMissing), 201, "")
}

func TestKeyCredentials(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 0, 0)
	admin, now := f.administrator(), f.clock()
	id := f.call(t, admin, "PATCH", byName, newApp, createIfMissing).text("id")
	path := "/v1.0/applications/" + id
	first, second := certificate(t, now, now.AddDate(1, 0, 0)), certificate(t, now, now.AddDate(1, 0, 0))
	entry := func(key string) string { return `{"type":"AsymmetricX509Cert","usage":"Verify","key":"` + key + `"}` }
	send := func(entries ...string) answer {
		return f.call(t, admin, "PATCH", path, `{"keyCredentials":[`+strings.Join(entries, ",")+`]}`)
	}
	read := func() (list []map[string]any) {
		values, _ := f.get(t, admin, path+"?$select=keyCredentials").body["keyCredentials"].([]any)
		for _, v := range values {
			m, _ := v.(map[string]any)
			list = append(list, m)
		}
		return list
	}

	want(t, "add", send(entry(first)), 204, "")
	stored := read()
	if len(stored) != 1 || stored[0]["key"] != first || len(stored[0]["customKeyIdentifier"].(string)) != 40 {
		t.Fatalf("stored %v", stored)
	}
	keep := `{"keyId":"` + stored[0]["keyId"].(string) + `","type":"AsymmetricX509Cert","usage":"Verify","key":null}`
	want(t, "second beside the first", send(keep, entry(second)), 204, "")
	if stored = read(); len(stored) != 2 || stored[0]["key"] != first || stored[1]["key"] != second {
		t.Fatalf("stored %v", stored)
	}
	if listed := f.get(t, admin, "/v1.0/applications?$select=id,keyCredentials"); strings.Contains(listed.raw, first) {
		t.Error("a list tells keys")
	}
	if _, told := f.get(t, admin, path).body["keyCredentials"]; told {
		t.Error("certificates come unasked")
	}

	bad := map[string]struct{ entry, code string }{
		"expired":           {entry(certificate(t, now.AddDate(-1, 0, 0), now.Add(-time.Hour))), "KeyCredentialsInvalidEndDate"},
		"longer than it":    {strings.Replace(entry(second), "{", `{"endDateTime":"2030-01-01T00:00:00Z",`, 1), "KeyCredentialsInvalidEndDate"},
		"before it":         {strings.Replace(entry(second), "{", `{"startDateTime":"2020-01-01T00:00:00Z",`, 1), "KeyCredentialsInvalidStartDate"},
		"no key":            {`{"type":"AsymmetricX509Cert","usage":"Verify"}`, "Request_BadRequest"},
		"no base64":         {entry("%"), "KeyCredentialsInvalidKey"},
		"no certificate":    {entry("AAAA"), "KeyCredentialsInvalidKey"},
		"another type":      {strings.Replace(entry(second), "AsymmetricX509Cert", "Symmetric", 1), "KeyCredentialsInvalidType"},
		"another usage":     {strings.Replace(entry(second), "Verify", "Sign", 1), "KeyCredentialsInvalidUsage"},
		"unknown keyId":     {strings.Replace(keep, stored[0]["keyId"].(string), id, 1), "Request_BadRequest"},
		"the same one over": {keep + "," + keep, "KeyCredentialsInvalidKeyId"},
	}
	for name, b := range bad {
		want(t, name, send(b.entry), 400, b.code)
	}
	if len(read()) != 2 {
		t.Error("a refused list changed something")
	}
	want(t, "replace", send(entry(second)), 204, "")
	if stored = read(); len(stored) != 1 {
		t.Errorf("stored %v", stored)
	}
}

func TestApplicationBodiesRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 0, 0)
	admin := f.administrator()
	id := f.call(t, admin, "PATCH", byName, newApp, createIfMissing).text("id")
	for body, code := range map[string]string{
		`{"displayName":""}`:             "Request_BadRequest",
		`{"appId":"x"}`:                  "Request_BadRequest",
		`{"uniqueName":"other"}`:         "Request_BadRequest",
		`{"invented":true}`:              "Request_BadRequest",
		`{"signInAudience":"Everybody"}`: "Request_BadRequest",
		`{"tags":"one"}`:                 "BadRequest",
		`{"web":{"redirectUris":["http://example.test/x"]}}`:     "Request_BadRequest",
		`{"web":{"redirectUris":["https://a.test/*"]}}`:          "Request_BadRequest",
		`{"requiredResourceAccess":[{"resourceAppId":"graph"}]}`: "Request_BadRequest",
		`[]`:  "BadRequest",
		`{"a`: "BadRequest",
	} {
		want(t, body, f.call(t, admin, "PATCH", "/v1.0/applications/"+id, body), 400, code)
	}
	lying := f.call(t, admin, "PATCH", "/v1.0/applications/"+id, `{"notes":"x"}`, "Content-Encoding: gzip")
	want(t, "a plain body that claims to be compressed", lying, 400, "RequestBodyRead")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(`{"notes":"compressed"}`))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	want(t, "a compressed body", f.call(t, admin, "PATCH", "/v1.0/applications/"+id, packed.String(), "Content-Encoding: gzip"), 204, "")
	if a := f.get(t, admin, "/v1.0/applications/"+id+"?$select=notes"); a.text("notes") != "compressed" {
		t.Errorf("notes %s", a.raw)
	}
	want(t, "no display name", f.call(t, admin, "POST", "/v1.0/applications", `{"notes":"x"}`), 400, "Request_BadRequest")
	want(t, "no object id", f.call(t, admin, "GET", "/v1.0/applications/x", ""), 400, "Request_BadRequest")
	graph, _ := f.tenant.ServicePrincipal(tenant.GraphAppID)
	want(t, "Microsoft's own", f.call(t, admin, "DELETE", "/v1.0/servicePrincipals/"+graph.ID, ""), 403, "Authorization_RequestDenied")
}

func TestReplication(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 0, 0)
	f.setDelay(time.Minute)
	admin := f.administrator()
	created := f.call(t, admin, "PATCH", byName, newApp, createIfMissing)
	id, appID := created.text("id"), created.text("appId")
	want(t, "at once", f.call(t, admin, "GET", "/v1.0/applications/"+id, ""), 404, "Request_ResourceNotFound")
	want(t, "service principal at once", f.call(t, admin, "POST", "/v1.0/servicePrincipals", `{"appId":"`+appID+`"}`), 400, "Request_BadRequest")
	want(t, "the name is known at once", f.call(t, admin, "PATCH", byName, newApp, createIfMissing), 204, "")
	seen := map[int]int{}
	changes, last := 0, 404
	for range 59 {
		f.pass(time.Second)
		status := f.call(t, admin, "GET", "/v1.0/applications/"+id, "").status
		if again := f.call(t, admin, "GET", "/v1.0/applications/"+id, "").status; again != status {
			t.Fatal("it flickers without the clock")
		}
		if seen[status]++; status != last {
			changes, last = changes+1, status
		}
	}
	if seen[200] == 0 || seen[404] == 0 || changes < 3 {
		t.Errorf("no flickering: %v, %d changes", seen, changes)
	}
	f.pass(2 * time.Second)
	f.get(t, admin, "/v1.0/applications/"+id)
	want(t, "service principal", f.call(t, admin, "POST", "/v1.0/servicePrincipals", `{"appId":"`+appID+`"}`), http.StatusCreated, "")
}
