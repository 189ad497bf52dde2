package graph_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cloudappsecurity/service"
	"cloudappsecurity/service/graph"
	"cloudappsecurity/service/m365sim/graphapi"
	"cloudappsecurity/service/m365sim/tenant"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// world is the simulated tenant, and the adapter in front of it.
type world struct {
	sim     *tenant.Tenant
	handler http.Handler
	base    string
	delay   time.Duration

	mu      sync.Mutex
	entries []any
}

// newWorld makes a tenant. If CAS_GRAPH_HAR names a folder, the exchanges are
// recorded there, to be held against Microsoft's published contract.
func newWorld(t *testing.T, users, groups int) *world {
	t.Helper()
	w := &world{base: "https://graph.example"}
	w.sim = tenant.New(tenant.Options{Seed: 7, Users: users, Groups: groups, ReplicationDelay: func() time.Duration { return w.delay }})
	w.handler = graphapi.New(graphapi.Options{Tenant: w.sim, Authenticate: authenticate, BaseURL: func() string { return w.base }, Now: time.Now})
	if folder := os.Getenv("CAS_GRAPH_HAR"); folder != "" {
		t.Cleanup(func() {
			b, err := json.Marshal(map[string]any{"log": map[string]any{"version": "1.2", "entries": w.entries}})
			if err == nil {
				err = os.WriteFile(filepath.Join(folder, strings.ReplaceAll(t.Name(), "/", "_")+".har"), b, 0o600)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	return w
}

// RoundTrip answers without a network, so that the clock of a bubble runs.
func (w *world) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
	}
	r := req.Clone(req.Context())
	r.Body, r.RequestURI = io.NopCloser(bytes.NewReader(body)), req.URL.RequestURI()
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	w.note(req, body, rec)
	return rec.Result(), nil
}

func (w *world) note(req *http.Request, body []byte, rec *httptest.ResponseRecorder) {
	var headers []any
	for name, values := range req.Header {
		for _, v := range values {
			headers = append(headers, map[string]string{"name": name, "value": v})
		}
	}
	request := map[string]any{"method": req.Method, "url": req.URL.String(), "headers": headers}
	if len(body) > 0 {
		request["postData"] = map[string]any{"mimeType": req.Header.Get("Content-Type"), "text": string(body)}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.entries = append(w.entries, map[string]any{"request": request, "response": map[string]any{
		"status": rec.Code, "content": map[string]any{"size": rec.Body.Len(), "mimeType": rec.Header().Get("Content-Type"), "text": rec.Body.String()},
	}})
}

// claims are what the tokens of these tests say; nobody signs them.
type claims struct {
	AppID string   `json:"appid"`
	TID   string   `json:"tid"`
	OID   string   `json:"oid,omitempty"`
	Roles []string `json:"roles,omitempty"`
	Scp   string   `json:"scp,omitempty"`
	Typ   string   `json:"idtyp"`
}

func (c claims) token() service.Secret {
	raw, _ := json.Marshal(c)
	return service.Secret(base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString(raw) + ".")
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

func (w *world) client(t *testing.T, c claims, change ...func(*graph.Config)) *graph.Client {
	t.Helper()
	config := graph.Config{BaseURL: w.base, Transport: w, UserAgent: "CloudAppSecurity/test",
		Token: func(context.Context) (service.Token, error) { return service.Token{Value: c.token()}, nil }}
	for _, f := range change {
		f(&config)
	}
	client, err := graph.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func (w *world) administrator(t *testing.T, upn string, change ...func(*graph.Config)) *graph.Tenant {
	account, ok := w.sim.Account(upn)
	if !ok {
		t.Fatalf("no account %s", upn)
	}
	return w.client(t, claims{AppID: tenant.CommandLineToolsAppID, TID: account.TenantID, OID: account.ID,
		Scp: "Application.ReadWrite.All User.Read", Typ: "user"}, change...).Tenant()
}

func (w *world) directory(t *testing.T, roles ...string) *graph.Directory {
	if len(roles) == 0 {
		for _, p := range service.ExchangeOnline.Permissions() {
			roles = append(roles, p.Value)
		}
	}
	return w.client(t, claims{AppID: "a0000000-0000-4000-8000-000000000001", TID: w.sim.ID(), Roles: roles, Typ: "app"}).Directory()
}

func wantCode(t *testing.T, err error, code service.Code) {
	t.Helper()
	if service.CodeOf(err) != code {
		t.Fatalf("error %v has code %q, want %q", err, service.CodeOf(err), code)
	}
}

func spec() service.ApplicationSpec {
	return service.ApplicationSpec{
		UniqueName: service.ExchangeOnline.UniqueName(), DisplayName: service.ExchangeOnline.ApplicationName(),
		Permissions:  service.ExchangeOnline.Permissions(),
		RedirectURIs: []string{"http://localhost/consent", "http://localhost:51234/consent"},
	}
}

func newCertificate(t *testing.T) service.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	from := time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: from, NotAfter: from.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	return service.Certificate{DER: der, Thumbprint: hex.EncodeToString(sum[:]), KeyID: uuid.NewString(),
		NotBefore: template.NotBefore, NotAfter: template.NotAfter}
}

// prepare is what a grant does, twice: the second time nothing is new.
func prepare(t *testing.T, admin *graph.Tenant, restored bool, cert service.Certificate, drop ...string) service.Application {
	t.Helper()
	ctx := t.Context()
	app, err := admin.EnsureApplication(ctx, spec())
	if err != nil {
		t.Fatal(err)
	}
	if app.Restored != restored {
		t.Errorf("restored: %t", app.Restored)
	}
	if err := admin.SetKeyCredentials(ctx, app.ObjectID, cert, "CAS on TEST", drop); err != nil {
		t.Fatal(err)
	}
	sp, err := admin.EnsureServicePrincipal(ctx, app.AppID)
	if err != nil {
		t.Fatal(err)
	}
	again, err := admin.EnsureApplication(ctx, spec())
	if err != nil {
		t.Fatal(err)
	}
	if err := admin.SetKeyCredentials(ctx, app.ObjectID, cert, "CAS on TEST", drop); err != nil {
		t.Fatal(err)
	}
	sp2, err := admin.EnsureServicePrincipal(ctx, app.AppID)
	if err != nil || sp2 != sp {
		t.Errorf("service principal %q, then %q: %v", sp, sp2, err)
	}
	if again.Created || again.Restored || again.ObjectID != app.ObjectID || again.AppID != app.AppID {
		t.Errorf("the second time: %+v", again)
	}
	again, err = admin.Application(ctx, app.ObjectID)
	if err != nil {
		t.Fatal(err)
	}
	again.Created = app.Created
	return again
}

func TestSimulatedTenant(t *testing.T) {
	t.Parallel()
	for _, delay := range []time.Duration{0, 40 * time.Second} {
		t.Run(delay.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 0, 0)
				w.delay = delay
				admin := w.administrator(t, w.sim.AdminUsername())
				o, err := admin.Organization(t.Context())
				if err != nil || o.TenantID != w.sim.ID() || o.DisplayName != w.sim.DisplayName() || !slices.Contains(w.sim.Domains(), o.DefaultDomain) {
					t.Errorf("%+v, %v", o, err)
				}
				first := newCertificate(t)
				app := prepare(t, admin, false, first)
				if !app.Created || len(app.Keys) != 1 {
					t.Errorf("%+v", app)
				}
				want := service.KeyCredential{KeyID: first.KeyID, DisplayName: "CAS on TEST", Thumbprint: first.Thumbprint, NotBefore: first.NotBefore, NotAfter: first.NotAfter}
				if d := cmp.Diff(want, app.Keys[0]); d != "" {
					t.Error(d)
				}
				// Another installation's certificate stays until it is dropped.
				second := newCertificate(t)
				if app = prepare(t, admin, false, second); len(app.Keys) != 2 {
					t.Errorf("%+v", app.Keys)
				}
				if app = prepare(t, admin, false, second, first.KeyID); len(app.Keys) != 1 || app.Keys[0].KeyID != second.KeyID {
					t.Errorf("%+v", app.Keys)
				}
				if err := w.sim.DeleteApplication(app.ObjectID); err != nil {
					t.Fatal(err)
				}
				restored := prepare(t, admin, true, second)
				if restored.ObjectID != app.ObjectID || len(restored.Keys) != 1 {
					t.Errorf("%+v", restored)
				}
				stored, _ := w.sim.Application(restored.AppID)
				if len(w.sim.VisibleApplications()) != 1 || len(stored.WebRedirectURIs) != 2 || len(stored.RequiredResources) != 1 ||
					len(stored.RequiredResources[0].ResourceAccess) != 4 || stored.SignInAudience != "AzureADMyOrg" {
					t.Errorf("%+v", stored)
				}
				_, err = w.administrator(t, w.sim.SomeUsername()).EnsureApplication(t.Context(), spec())
				wantCode(t, err, service.CodeNotAdministrator)
			})
		})
	}
}

// mirror is what a store would make of the deltas.
type mirror struct {
	people  map[string]service.Person
	groups  map[string]service.Group
	members map[service.Membership]bool
	users   string
	links   string
	pages   int
}

func (m *mirror) read(t *testing.T, d *graph.Directory) {
	t.Helper()
	for {
		p, err := d.Users(t.Context(), m.users)
		if err != nil {
			t.Fatal(err)
		}
		m.pages++
		for _, one := range p.People {
			m.people[one.ID] = one
		}
		for _, r := range p.Removed {
			delete(m.people, r.ID)
		}
		m.users = p.Next + p.Delta
		if p.Delta != "" {
			break
		}
	}
	for {
		p, err := d.Groups(t.Context(), m.links)
		if err != nil {
			t.Fatal(err)
		}
		m.pages++
		for _, one := range p.Groups {
			m.groups[one.ID] = one
		}
		for _, r := range p.Removed {
			delete(m.groups, r.ID)
		}
		for _, one := range p.Members {
			removed := one.Removed
			one.Removed = false
			if removed {
				delete(m.members, one)
			} else {
				m.members[one] = true
			}
		}
		m.links = p.Next + p.Delta
		if p.Delta != "" {
			break
		}
	}
}

// compare holds m against the tenant.
func (m *mirror) compare(t *testing.T, sim *tenant.Tenant) {
	t.Helper()
	users, _ := sim.Users(0, 1<<20)
	want := map[string]service.Person{}
	for _, u := range users {
		p := service.Person{ID: u.ID, UserPrincipalName: u.UserPrincipalName, DisplayName: u.DisplayName, Mail: u.Mail,
			Enabled: u.Enabled, Guest: u.Guest, ExchangePlan: u.Licensed, DrivePlan: u.Licensed, Mailbox: service.MailboxUnknown}
		switch {
		case u.Guest:
			p.Mailbox = service.MailboxNone
		case u.Licensed:
			p.Mailbox = service.MailboxUser
		}
		want[u.ID] = p
	}
	if d := cmp.Diff(want, m.people); d != "" {
		t.Errorf("people: %s", d)
	}
	groups, _ := sim.Groups("", 0, 1<<20)
	wantGroups := map[string]service.Group{}
	for _, g := range groups {
		wantGroups[g.ID] = service.Group{ID: g.ID, DisplayName: g.DisplayName, HiddenMembers: g.Hidden}
		if g.Hidden {
			continue
		}
		for _, member := range g.Members {
			if _, alive := want[member.ID]; !alive && !member.Group {
				continue
			}
			if !m.members[service.Membership{GroupID: g.ID, MemberID: member.ID, IsGroup: member.Group}] {
				t.Errorf("%s lacks a member", g.DisplayName)
			}
		}
	}
	if d := cmp.Diff(wantGroups, m.groups); d != "" {
		t.Errorf("groups: %s", d)
	}
}

func TestSimulatedDelta(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1000, 60)
		d := w.directory(t)
		m := &mirror{people: map[string]service.Person{}, groups: map[string]service.Group{}, members: map[service.Membership]bool{}}
		m.read(t, d)
		m.compare(t, w.sim)
		if m.pages < 6 {
			t.Errorf("%d pages: they were not asked to be small", m.pages)
		}
		users, groups, err := d.Counts(t.Context())
		if err != nil || users != len(m.people) || groups != len(m.groups) {
			t.Errorf("counts %d, %d of %d, %d: %v", users, groups, len(m.people), len(m.groups), err)
		}

		list, _ := w.sim.Users(0, 100)
		some, gone, last := list[20], list[21], list[22]
		office, _ := w.sim.Groups("Drivers", 0, 1)
		other, _ := w.sim.Groups("Suppliers", 0, 1)
		added, err := w.sim.AddUser(tenant.User{UserPrincipalName: "new.o'hara+x@" + w.sim.Domains()[0], DisplayName: "New O’Hara", Enabled: true, Licensed: true, Purpose: tenant.PurposeUser})
		for _, err := range []error{
			err, w.sim.RenameUser(some.ID, some.UserPrincipalName, "Renamed"), w.sim.DeleteUser(gone.ID),
			w.sim.AddMember(office[0].ID, added.ID), w.sim.AddMember(office[0].ID, last.ID), w.sim.RemoveMember(office[0].ID, last.ID), w.sim.DeleteGroup(other[0].ID),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		m.pages = 0
		m.read(t, d)
		m.compare(t, w.sim)
		if m.pages != 2 || m.people[some.ID].DisplayName != "Renamed" || m.members[service.Membership{GroupID: office[0].ID, MemberID: last.ID}] {
			t.Errorf("%d pages, %+v", m.pages, m.people[some.ID])
		}

		time.Sleep(8 * 24 * time.Hour)
		_, err = d.Users(t.Context(), m.users)
		wantCode(t, err, service.CodeResync)
		_, err = d.Groups(t.Context(), m.links)
		wantCode(t, err, service.CodeResync)

		p, err := d.UserByPrincipalName(t.Context(), added.UserPrincipalName)
		if err != nil || p.ID != added.ID || p.Mailbox != service.MailboxUser {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

func TestSimulatedPeople(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0, 0)
		d := w.directory(t)
		users, _ := w.sim.Users(0, 1000)
		for _, u := range users {
			p, err := d.UserByPrincipalName(t.Context(), u.UserPrincipalName)
			if err != nil {
				t.Errorf("%s: %v", u.UserPrincipalName, err)
				continue
			}
			want := map[tenant.Purpose]service.Mailbox{
				tenant.NoMailbox: service.MailboxNone, tenant.PurposeUser: service.MailboxUser, tenant.PurposeShared: service.MailboxShared,
				tenant.PurposeRoom: service.MailboxRoom, tenant.PurposeEquipment: service.MailboxEquipment,
			}[u.Purpose]
			told := service.MailboxUnknown // a plan tells, or that it is a guest
			if u.Guest || u.Licensed {
				told = want
			}
			if p.ID != u.ID || p.Guest != u.Guest || p.Mailbox != told && !u.Guest {
				t.Errorf("%s: %+v, want %s", u.UserPrincipalName, p, told)
			}
			if kind, err := d.Mailbox(t.Context(), u.ID); err != nil || kind != want {
				t.Errorf("%s: %s, want %s: %v", u.UserPrincipalName, kind, want, err)
			}
			code := service.Code("")
			if !u.HasMailbox() {
				code = service.CodeNoMailbox
			}
			if err := d.CheckMailFolders(t.Context(), u.ID); service.CodeOf(err) != code {
				t.Errorf("%s: %v, want code %q", u.UserPrincipalName, err, code)
			}
		}
		_, err := d.UserByPrincipalName(t.Context(), "nobody@"+w.sim.Domains()[0])
		wantCode(t, err, service.CodeNotFound)
		_, err = w.directory(t, "Mail.ReadWrite").UserByPrincipalName(t.Context(), users[0].UserPrincipalName)
		wantCode(t, err, service.CodeForbidden)
		wantCode(t, w.directory(t, "User.Read.All").CheckMailFolders(t.Context(), users[0].ID), service.CodeForbidden)
	})
}

func TestSimulatedGroups(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 6000, 40)
		d := w.directory(t)
		groups, _ := w.sim.Groups("", 0, 1000)
		biggest := 0
		for _, g := range groups {
			want := map[string]bool{}
			for _, m := range w.sim.TransitiveMembers(g.ID) {
				if !m.Group {
					want[m.ID] = true
				}
			}
			got := map[string]bool{}
			err := d.GroupUsers(t.Context(), g.ID, func(page []service.Person) error {
				for _, p := range page {
					got[p.ID] = true
				}
				return nil
			})
			n, countErr := d.GroupUserCount(t.Context(), g.ID)
			if g.Hidden {
				wantCode(t, err, service.CodeHiddenMembers)
				wantCode(t, countErr, service.CodeHiddenMembers)
				continue
			}
			if d := cmp.Diff(want, got); err != nil || d != "" {
				t.Errorf("%s: %v %s", g.DisplayName, err, d)
			}
			if countErr != nil || n != len(want) {
				t.Errorf("%s: %d users of %d, %v", g.DisplayName, n, len(want), countErr)
			}
			biggest = max(biggest, n)
		}
		if biggest < 5000 {
			t.Errorf("the biggest group has %d users", biggest)
		}
		found, err := d.SearchGroups(t.Context(), "Shop")
		if err != nil || len(found) < 20 || found[0].DisplayName != "Shop 010" && found[0].DisplayName != "Shop 009" {
			t.Errorf("%d groups: %v, %v", len(found), found[:min(len(found), 3)], err)
		}
		if found, err = d.SearchGroups(t.Context(), "o'x"); err != nil || len(found) != 0 {
			t.Errorf("%v, %v", found, err)
		}
	})
}

// The same over a real connection.
func TestSimulatedOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0, 0)
	server := httptest.NewServer(w.handler)
	defer server.Close()
	w.base = server.URL
	network := func(c *graph.Config) { c.Transport = server.Client().Transport }
	app := prepare(t, w.administrator(t, w.sim.AdminUsername(), network), false, newCertificate(t))
	if len(app.Keys) != 1 {
		t.Errorf("%+v", app)
	}
	d := w.client(t, claims{AppID: app.AppID, TID: w.sim.ID(), Roles: []string{"User.Read.All", "GroupMember.Read.All"}, Typ: "app"}, network).Directory()
	m := &mirror{people: map[string]service.Person{}, groups: map[string]service.Group{}, members: map[service.Membership]bool{}}
	m.read(t, d)
	m.compare(t, w.sim)
}
