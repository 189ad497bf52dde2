package graphapi_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"cloudappsecurity/service/m365sim/graphapi"
	"cloudappsecurity/service/m365sim/tenant"
)

const base = "https://graph.test"

// fixture is a tenant served as Graph, with a clock to turn.
type fixture struct {
	tenant  *tenant.Tenant
	handler http.Handler

	mu      sync.Mutex
	now     time.Time
	delay   time.Duration
	entries []any
}

// newFixture makes a tenant. If M365SIM_HAR names a folder, the exchanges are
// recorded there, to be held against Microsoft's contract.
func newFixture(t *testing.T, users, groups int) *fixture {
	t.Helper()
	f := &fixture{now: time.Date(2026, 11, 19, 14, 32, 0, 0, time.UTC)}
	f.tenant = tenant.New(tenant.Options{Seed: 7, Users: users, Groups: groups, Now: f.clock, ReplicationDelay: f.replication})
	f.handler = graphapi.New(graphapi.Options{
		Tenant: f.tenant, Authenticate: authenticate, BaseURL: func() string { return base }, Now: f.clock, Log: slog.New(slog.DiscardHandler),
	})
	if folder := os.Getenv("M365SIM_HAR"); folder != "" {
		t.Cleanup(func() { f.record(t, folder) })
	}
	return f
}

func (f *fixture) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *fixture) replication() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.delay
}

func (f *fixture) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

func (f *fixture) setDelay(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.delay = d
}

// claims are what the fake tokens of these tests say.
type claims struct {
	AppID string   `json:"appid"`
	TID   string   `json:"tid"`
	OID   string   `json:"oid,omitempty"`
	Roles []string `json:"roles,omitempty"`
	Scp   string   `json:"scp,omitempty"`
	Typ   string   `json:"idtyp"`
}

func (c claims) token() string {
	raw, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString(raw) + "."
}

func authenticate(r *http.Request) (graphapi.Caller, *graphapi.AuthError) {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	parts := strings.Split(token, ".")
	if !bearer || len(parts) != 3 {
		return graphapi.Caller{}, &graphapi.AuthError{Message: "Access token is empty."}
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	var c claims
	if err != nil || json.Unmarshal(raw, &c) != nil {
		return graphapi.Caller{}, &graphapi.AuthError{Message: "IDX14100: JWT is not well formed."}
	}
	caller := graphapi.Caller{AppID: c.AppID, TenantID: c.TID, Roles: c.Roles}
	if c.Scp != "" {
		caller.UserID, caller.Scopes = c.OID, strings.Fields(c.Scp)
	}
	return caller, nil
}

// app is an application by itself with these roles.
func (f *fixture) app(roles ...string) claims {
	return claims{AppID: "a0000000-0000-4000-8000-000000000001", TID: f.tenant.ID(), Roles: roles, Typ: "app"}
}

// scanner is the application with the roles that the product asks for.
func (f *fixture) scanner() claims {
	return f.app("User.Read.All", "GroupMember.Read.All", "Mail.ReadWrite", "MailboxSettings.Read")
}

// administrator is the sign-in application on behalf of the administrator.
func (f *fixture) administrator() claims {
	return f.behalf(f.tenant.AdminUsername(), "Application.ReadWrite.All", "User.Read")
}

func (f *fixture) behalf(upn string, scopes ...string) claims {
	account, _ := f.tenant.Account(upn)
	return claims{AppID: tenant.CommandLineToolsAppID, TID: account.TenantID, OID: account.ID, Scp: strings.Join(scopes, " "), Typ: "user"}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

// code is Graph's error code, or "".
func (a answer) code() string {
	e, _ := a.body["error"].(map[string]any)
	s, _ := e["code"].(string)
	return s
}

func (a answer) text(name string) string {
	s, _ := a.body[name].(string)
	return s
}

func (a answer) items() (items []map[string]any) {
	values, _ := a.body["value"].([]any)
	for _, v := range values {
		item, _ := v.(map[string]any)
		items = append(items, item)
	}
	return items
}

// call makes a request. headers are "Name: value". path may be a whole
// address.
func (f *fixture) call(t *testing.T, who claims, method, path, body string, headers ...string) answer {
	t.Helper()
	r := httptest.NewRequest(method, base+strings.TrimPrefix(path, base), strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+who.token())
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	raw, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: w.Code, header: w.Header(), raw: string(raw)}
	if strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(raw, &a.body); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, raw)
		}
	}
	f.note(r, body, a)
	return a
}

// get is call with GET, which has to succeed.
func (f *fixture) get(t *testing.T, who claims, path string, headers ...string) answer {
	t.Helper()
	a := f.call(t, who, "GET", path, "", headers...)
	if a.status != http.StatusOK {
		t.Fatalf("GET %s: %d %s", path, a.status, a.raw)
	}
	return a
}

// note keeps an exchange in the form of HAR 1.2, if it succeeded: these tests
// ask a lot that is to be refused.
func (f *fixture) note(r *http.Request, body string, a answer) {
	if a.status >= 400 || r.Header.Get("Content-Encoding") != "" { // HAR has no place for binary bodies
		return
	}
	type named struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	var headers []named
	for name, values := range r.Header {
		for _, v := range values {
			headers = append(headers, named{name, v})
		}
	}
	request := map[string]any{"method": r.Method, "url": r.URL.String(), "headers": headers}
	if body != "" {
		request["postData"] = map[string]any{"mimeType": r.Header.Get("Content-Type"), "text": body}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.entries = append(f.entries, map[string]any{
		"request": request,
		"response": map[string]any{
			"status": a.status, "content": map[string]any{"size": len(a.raw), "mimeType": a.header.Get("Content-Type"), "text": a.raw},
		},
	})
}

func (f *fixture) record(t *testing.T, folder string) {
	raw, err := json.Marshal(map[string]any{"log": map[string]any{"version": "1.2", "entries": f.entries}})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(folder, strings.ReplaceAll(t.Name(), "/", "_")+".har")
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// certificate makes a certificate, as base64 of its DER.
func certificate(t *testing.T, from, until time.Time) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: from, NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

// raw makes a request without a token.
func (f *fixture) raw(t *testing.T, method, path string) answer {
	t.Helper()
	r := httptest.NewRequest(method, base+path, nil)
	r.Header.Set("client-request-id", "mine")
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	a := answer{status: w.Code, header: w.Header(), raw: w.Body.String()}
	if err := json.Unmarshal(w.Body.Bytes(), &a.body); err != nil {
		t.Fatal(err)
	}
	return a
}
