package m365sim_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloudappsecurity/service/m365sim"
)

// ask sends a request and returns status and body.
func ask(t *testing.T, client *http.Client, method, address, body string, edit ...func(*http.Request)) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range edit {
		f(r)
	}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(data)
}

func TestControl(t *testing.T) {
	t.Parallel()
	s := start(t, m365sim.Options{})
	client := program(t, s)
	control, admin := s.Info().Control, url.QueryEscape(s.Info().Admin.Username)
	const message = "From: a@example.com\r\nTo: b@example.com\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nHello\r\n"
	for _, c := range []struct {
		name, method, address, body string
		status                      int
		says                        string
	}{
		{"list", "GET", control + "/faults", "", 200, `"replication_delay"`},
		{"switch", "POST", control + "/faults", `{"replication_delay":"8s"}`, 200, `"8s"`},
		{"unknown fault", "POST", control + "/faults", `{"thunder":1}`, 400, "there are: application_deleted"},
		{"wrong type", "POST", control + "/faults", `{"throttle_429":"many"}`, 400, "it takes a number"},
		{"no JSON", "POST", control + "/faults", `x`, 400, "JSON object"},
		{"clear", "DELETE", control + "/faults", "", 200, `"value": null`},
		{"deliver", "POST", control + "/deliver?to=" + admin + "&folder=Inbox", message, 201, `"immutable_id"`},
		{"deliver nowhere", "POST", control + "/deliver?to=nobody@contosobakery.example", message, 404, "no such object"},
		{"deliver to no folder", "POST", control + "/deliver?folder=Nowhere&to=" + admin, message, 404, "no such mail folder"},
		{"deliver to nobody", "POST", control + "/deliver", message, 400, "'to'"},
		{"mailbox", "GET", control + "/mailbox?upn=" + admin, "", 200, `"subject": "Grüße"`},
		{"mailbox of nobody", "GET", control + "/mailbox?upn=x", "", 404, "no such"},
		{"stats", "GET", control + "/stats", "", 200, `"requests"`},
		{"wrong method", "PUT", control + "/stats", "", 405, ""},
		{"no secret", "GET", control[:strings.LastIndex(control, "/")] + "/stats", "", 404, ""},
		{"wrong secret", "GET", control[:strings.LastIndex(control, "/")] + "/x/stats", "", 404, ""},
	} {
		if status, body := ask(t, client, c.method, c.address, c.body); status != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s: %d %s", c.name, status, body)
		}
	}
}

func TestOnlyHere(t *testing.T) {
	t.Parallel()
	s := start(t, m365sim.Options{})
	client := program(t, s)
	for name, address := range map[string]string{
		"authority": s.Info().Authority, "browser": s.Info().Browser, "graph": s.Info().Graph, "control": s.Info().Control + "/stats",
	} {
		if status, _ := ask(t, client, "GET", address, "", func(r *http.Request) { r.Host = "evil.example" }); status != http.StatusMisdirectedRequest {
			t.Errorf("%s answers to another name: %d", name, status)
		}
	}
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	s := start(t, m365sim.Options{})
	client, info := program(t, s), s.Info()
	for _, c := range []struct{ realm, issuer, name string }{
		{info.TenantID, info.TenantID, info.TenantID},
		{"contosobakery.example", info.TenantID, info.TenantID},
		{"contosobakery.onmicrosoft.com", info.TenantID, info.TenantID},
		{"organizations", "{tenantid}", "organizations"},
		{"common", "{tenantid}", "common"},
	} {
		status, body := ask(t, client, "GET", info.Authority+"/"+c.realm+"/v2.0/.well-known/openid-configuration", "")
		var d map[string]any
		if err := json.Unmarshal([]byte(body), &d); err != nil || status != 200 {
			t.Fatalf("%s: %d %v", c.realm, status, err)
		}
		if d["issuer"] != info.Authority+"/"+c.issuer+"/v2.0" || d["token_endpoint"] != info.Authority+"/"+c.name+"/oauth2/v2.0/token" ||
			d["authorization_endpoint"] != info.Browser+"/"+c.name+"/oauth2/v2.0/authorize" {
			t.Errorf("%s: %v", c.realm, d)
		}
		if status, body := ask(t, client, "GET", d["jwks_uri"].(string), ""); status != 200 || !strings.Contains(body, `"RS256"`) {
			t.Errorf("%s: keys: %d %s", c.realm, status, body)
		}
	}
	if status, body := ask(t, client, "GET", info.Authority+"/nowhere.example/v2.0/.well-known/openid-configuration", ""); status != 400 || !strings.Contains(body, "AADSTS90002") {
		t.Errorf("unknown tenant: %d %s", status, body)
	}
}

func TestThrottling(t *testing.T) {
	t.Parallel()
	s := start(t, m365sim.Options{Faults: map[string]json.RawMessage{
		"throttle_429": []byte(`1`), "unavailable_503": []byte(`{"count":1,"retry_after":null,"path":"/token"}`),
	}})
	token := adminToken503(t, s)
	if status, answer := graph(t, s, token, "GET", "organization", nil); status != 429 || answer["error"] == nil {
		t.Errorf("%d %v", status, answer)
	}
	if status, answer := graph(t, s, token, "GET", "me", nil); status == 429 {
		t.Errorf("%d %v", status, answer)
	}
	_, body := ask(t, program(t, s), "GET", s.Info().Control+"/stats", "")
	for _, want := range []string{`"/v1.0/organization"`, `"status": 429`, `"/{id}/oauth2/v2.0/token"`, `"status": 503`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in %s", want, body)
		}
	}
}

// adminToken503 gets a token past one refusal of the token endpoint.
func adminToken503(t *testing.T, s *m365sim.Server) string {
	t.Helper()
	if status, answer := askToken(t, s, s.Info().TenantID, url.Values{}); status != 503 || answer.Error != "temporarily_unavailable" {
		t.Errorf("%d %+v", status, answer)
	}
	return adminToken(t, s, newBrowser(t, s))
}

// TestStateSurvives: applications, consents, messages, keys and addresses are
// those of the last start.
func TestStateSurvives(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, m365sim.Options{StateDir: dir, Seed: 7})
	first := s.Info()
	c, b := newCertificate(t), newBrowser(t, s)
	appID, _ := register(t, s, adminToken(t, s, b), c, true)
	b.open(consentURL(s, first.TenantID, appID))
	b.press("Accept")
	token, err := appToken(t, s, appID, c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Tenant().Deliver(first.Admin.Username, "Inbox", []byte("Subject: Kept\r\n\r\nx")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = start(t, m365sim.Options{StateDir: dir})
	if _, err := m365sim.Start(t.Context(), m365sim.Options{StateDir: dir}); !errors.Is(err, m365sim.ErrInUse) {
		t.Errorf("a second simulation in one folder: %v", err)
	}
	second := s.Info()
	if second.TenantID != first.TenantID || second.CAFile != first.CAFile || second.Control == first.Control {
		t.Errorf("first %+v, then %+v", first, second)
	}
	if status, answer := graph(t, s, token, "GET", "users?$top=1", nil); second.Authority == first.Authority && status != 200 {
		t.Errorf("the token is refused: %d %v", status, answer)
	}
	if token, err = appToken(t, s, appID, c); err != nil || payload(t, token)["roles"] == nil {
		t.Errorf("no token with roles: %v", err)
	}
	if _, body := ask(t, program(t, s), "GET", second.Control+"/mailbox?upn="+url.QueryEscape(second.Admin.Username), ""); !strings.Contains(body, "Kept") {
		t.Error("the message is gone")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "tenant.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := m365sim.Start(t.Context(), m365sim.Options{StateDir: dir}); err == nil {
		t.Error("a broken state was taken")
	}
}

func TestEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s, err := m365sim.Start(ctx, m365sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(s.Info().CAFile); !os.IsNotExist(err) {
		t.Errorf("the temporary folder is left: %v", err)
	}
}

// TestRecording: the recording of a grant is whole, and holds no secret.
func TestRecording(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "grant.har")
	s := start(t, m365sim.Options{HARFile: path})
	c, b := newCertificate(t), newBrowser(t, s)
	delegated := adminToken(t, s, b)
	appID, _ := register(t, s, delegated, c, true)
	b.open(consentURL(s, s.Info().TenantID, appID))
	b.press("Accept")
	token, err := appToken(t, s, appID, c)
	if err != nil {
		t.Fatal(err)
	}
	graph(t, s, token, "GET", "users?$top=5", nil)
	b.open(authorizeURL(s, s.Info().TenantID, "prompt", "", "response_mode", "query"))
	code := b.back.Get("code")
	_, answer := askToken(t, s, s.Info().TenantID, url.Values{
		"grant_type": {"authorization_code"}, "client_id": {s.Info().SignInAppID}, "code": {code}, "redirect_uri": {redirect}, "code_verifier": {verifier},
	})
	cookies := b.client.Jar.Cookies(&url.URL{Scheme: "http", Host: b.host, Path: "/"})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var recording struct {
		Log struct{ Entries []json.RawMessage }
	}
	if err := json.Unmarshal(data, &recording); err != nil || len(recording.Log.Entries) < 15 {
		t.Fatalf("%d entries, %v", len(recording.Log.Entries), err)
	}
	text := string(data)
	signature := func(token string) string { return token[strings.LastIndex(token, ".")+1:] }
	for name, secret := range map[string]string{
		"password": s.Info().Admin.Password, "code": code, "verifier": verifier, "refresh token": answer.Refresh, "access token": answer.Access,
		"signature": signature(token), "delegated signature": signature(delegated), "session": cookies[0].Value,
		"control": s.Info().Control[strings.LastIndex(s.Info().Control, "/")+1:],
	} {
		if secret == "" || strings.Contains(text, secret) {
			t.Errorf("%s (%q) is in the recording", name, secret)
		}
	}
	if kept := token[:strings.LastIndex(token, ".")+1]; !strings.Contains(text, `"Bearer `+kept+`"`) {
		t.Error("the payload of the token is not in the recording")
	}
	if strings.Contains(text, s.Info().Control) {
		t.Error("control is in the recording")
	}
}
