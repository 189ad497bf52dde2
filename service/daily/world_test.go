package daily_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"cloudappsecurity/service"
	"cloudappsecurity/service/daily"
	"cloudappsecurity/service/directory"
	"cloudappsecurity/service/grant"
	"cloudappsecurity/service/graph"
	"cloudappsecurity/service/m365sim/graphapi"
	"cloudappsecurity/service/m365sim/tenant"
	"cloudappsecurity/service/sqlite"
)

const base = "https://graph.example"

// year is a tenant, a computer and what happens to both.
type year struct {
	t        *testing.T
	seed     uint64
	rand     *rand.Rand
	day      int
	services []service.Service
	zones    []*time.Location

	// the world
	mu      sync.Mutex
	now     time.Time     // true time
	skew    time.Duration // of the computer's clock
	sim     *tenant.Tenant
	wire    *wire
	changes int
	names   int
	users   []string // every user there ever was
	groups  []string
	sitesOf []string // every site there ever was

	// the computer
	path     string
	zone     *time.Location
	asleep   int // days
	offline  int
	store    *sqlite.Store
	raw      *sql.DB // the same file
	looked   map[service.Service]string
	late     map[string]int // for how many synchronizations a drive was not found
	grants   *grant.Grants
	daily    *daily.Daily
	directly *directory.Directory
	option   service.Option // that is stored
	submit   int            // day of Submit, if targets are selected at first
	chosen   map[string]bool
	syncs    int
	crashes  int
}

func newYear(t *testing.T, seed uint64) *year {
	t.Helper()
	y := &year{t: t, seed: seed, rand: rand.New(rand.NewPCG(seed, 5)), now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC),
		services: []service.Service{service.ExchangeOnline}, chosen: map[string]bool{}, looked: map[service.Service]string{}, late: map[string]int{}, path: filepath.Join(folder(t), "store.db")}
	if *busy || seed%7 == 2 {
		y.services = append(y.services, service.OneDrive) // over the same rows
	}
	if *busy || seed%7 == 4 {
		y.services = append(y.services, service.SharePointOnline)
	}
	for _, name := range []string{"Europe/Stockholm", "America/Los_Angeles", "Australia/Lord_Howe", "Pacific/Kiritimati", "America/Santiago"} {
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		y.zones = append(y.zones, z)
	}
	y.zone = y.zones[int(seed)%len(y.zones)]
	truth := func() time.Time { y.mu.Lock(); defer y.mu.Unlock(); return y.now }
	y.sim = tenant.New(tenant.Options{Seed: seed, Users: 12, Groups: 4, Now: truth})
	y.wire = &wire{unasked: map[string]bool{}, handler: graphapi.New(graphapi.Options{Tenant: y.sim, Authenticate: y.authenticate, BaseURL: func() string { return base }, Now: truth})}
	all, _ := y.sim.Users(0, 1000)
	for _, u := range all {
		y.users = append(y.users, u.ID)
	}
	list, _ := y.sim.Groups("", 0, 1000)
	for _, g := range list {
		y.groups = append(y.groups, g.ID)
	}
	webs, _ := y.sim.Sites(0, 1000)
	for _, w := range webs {
		if host, _ := y.sim.Hosts(); w.Host == host {
			y.sitesOf = append(y.sitesOf, w.ID)
		}
	}
	y.open()
	t.Cleanup(func() {
		if err := errors.Join(y.raw.Close(), y.store.Close()); err != nil {
			t.Error(err)
		}
	})
	y.begin()
	return y
}

// clock is the computer's.
func (y *year) clock() time.Time {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.now.Add(y.skew)
}

func (y *year) pass(d time.Duration) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.now = y.now.Add(d)
}

func (y *year) must(err error) {
	y.t.Helper()
	if err != nil {
		y.t.Fatalf("seed %d, day %d: %v (%v)", y.seed, y.day, err, errors.Unwrap(err))
	}
}

// open starts the program.
func (y *year) open() {
	var err error
	y.store, err = sqlite.Open(context.Background(), y.path, sqlite.Options{Now: y.clock})
	y.must(err)
	y.raw, err = sql.Open("sqlite", "file:"+y.path+"?mode=ro")
	y.must(err)
	events := &service.Events{}
	y.directly = directory.New(directory.Config{Store: y.store, Accounts: y.store, Events: events, Now: y.clock,
		Graph: y.graph, Sites: y.sites, Drives: y.drives})
	y.grants = grant.New(grant.Config{Accounts: y.store, Targets: y.store, Extensions: y.store, Directory: y.directly, Events: events, Now: y.clock, Log: discard()})
	y.daily = daily.New(daily.Config{Accounts: y.store, Store: y.store, Grants: checked{y}, Online: func() bool { return !y.wire.isOffline() },
		Zone: func() *time.Location { return y.zone }, Events: events, Now: y.clock})
}

func (y *year) reopen() {
	y.must(errors.Join(y.raw.Close(), y.store.Close()))
	y.open()
	y.readOption()
}

func (y *year) readOption() {
	o, err := y.store.Organization(context.Background())
	y.must(err)
	y.option = o.Option
}

// graph makes the real client, with that service's permissions. It waits by
// letting the world go on.
func (y *year) graph(s service.Service) (service.Directory, error) {
	c, err := y.client(s)
	if err != nil {
		return nil, err
	}
	return c.Directory(), nil
}

func (y *year) sites(s service.Service) (service.Sites, error) {
	c, err := y.client(s)
	if err != nil {
		return nil, err
	}
	return c.Sites(), nil
}

func (y *year) drives(s service.Service) (service.Drives, error) {
	c, err := y.client(s)
	if err != nil {
		return nil, err
	}
	return c.Drives(), nil
}

func (y *year) client(s service.Service) (*graph.Client, error) {
	return graph.New(graph.Config{BaseURL: base, Transport: y.wire, Now: y.clock,
		Token: func(context.Context) (service.Token, error) { return service.Token{Value: service.Secret(s)}, nil },
		Sleep: func(ctx context.Context, d time.Duration) error { y.pass(d); return ctx.Err() },
	})
}

// authenticate takes the name of a service for a token with its permissions.
func (y *year) authenticate(r *http.Request) (graphapi.Caller, *graphapi.AuthError) {
	s, err := service.ParseService(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	if err != nil {
		return graphapi.Caller{}, &graphapi.AuthError{Message: "Access token is empty."}
	}
	c := graphapi.Caller{AppID: "a0000000-0000-4000-8000-000000000001", TenantID: y.sim.ID()}
	for _, p := range s.Permissions() {
		c.Roles = append(c.Roles, p.Value)
	}
	return c, nil
}

// begin is the grant: everyone, or selected people and a room, who are extended
// to everyone some weeks later.
func (y *year) begin() {
	room, err := y.sim.AddUser(tenant.User{UserPrincipalName: "room@contosobakery.example", DisplayName: "Room", Enabled: true, Purpose: tenant.PurposeRoom})
	y.must(err)
	y.users = append(y.users, room.ID)
	y.option = service.OptionAll
	if y.seed%2 == 0 {
		y.option, y.submit = service.OptionSelected, 10+y.rand.IntN(20)
	}
	ctx := y.t.Context()
	y.must(y.store.SaveOrganization(ctx, service.Organization{TenantID: y.sim.ID(), DisplayName: "Contoso", Option: y.option}))
	for _, s := range y.services {
		y.must(y.store.SaveAccount(ctx, service.Account{Service: s, TenantID: y.sim.ID(), AppID: "app", State: service.StateGranted}))
	}
	if y.option != service.OptionSelected {
		return
	}
	g, err := y.graph(service.ExchangeOnline)
	y.must(err)
	p, err := g.UserByPrincipalName(ctx, room.UserPrincipalName)
	y.must(err)
	y.must(y.store.CoverSelected(ctx, service.ExchangeOnline, []service.Selection{{Person: p, Origin: service.OriginUser}}, y.clock()))
	y.chosen[room.ID] = true
	if err := y.grants.SynchronizeNow(ctx, service.ExchangeOnline); service.CodeOf(err) != service.CodeOptionLocked {
		y.t.Errorf("seed %d: by hand with selected targets: %v", y.seed, err)
	}
}

// extend presses Submit, twice.
func (y *year) extend() {
	for range 2 {
		y.must(y.grants.Extend(y.t.Context()))
	}
	y.readOption()
	if y.option != service.OptionExtending {
		y.t.Errorf("seed %d: after Submit the option is %q", y.seed, y.option)
	}
}

func (y *year) setting(key, value string) { y.must(y.store.SetSetting(y.t.Context(), key, value)) }

// checked compares the store with the tenant after each synchronization.
type checked struct{ y *year }

func (c checked) Settle(ctx context.Context) error { return c.y.grants.Settle(ctx) }

func (c checked) SynchronizeNow(ctx context.Context, s service.Service) error {
	y := c.y
	clear(y.wire.unasked)
	err := y.grants.SynchronizeNow(ctx, s)
	if err == nil {
		y.syncs++
		y.compare(s)
		y.readOption()
	}
	return err
}

// fault is what happens to a request.
type fault string

const (
	throttled   fault = "throttled"
	unavailable fault = "unavailable"
	expired     fault = "expired"      // the next delta link is not taken
	crashBefore fault = "crash before" // the program is killed before the answer
	crashAfter  fault = "crash after"  // or with it
)

// wire is the network between the computer and Microsoft 365.
type wire struct {
	handler http.Handler
	crash   context.CancelFunc

	mu      sync.Mutex
	offline bool
	in      int // requests until the fault
	fault   fault
	count   int             // for so many requests
	unasked map[string]bool // about whose mailboxes Exchange gave no answer
	resyncs int
	refused int
}

func (w *wire) setOffline(is bool) { w.mu.Lock(); defer w.mu.Unlock(); w.offline = is }
func (w *wire) isOffline() bool    { w.mu.Lock(); defer w.mu.Unlock(); return w.offline }
func (w *wire) heal()              { w.plan(0, "", 0) }

func (w *wire) plan(in int, f fault, count int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.in, w.fault, w.count = in, f, count
}

// next gives what happens to a request.
func (w *wire) next(r *http.Request) (f fault, offline bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.offline || w.count == 0 {
		return "", w.offline
	}
	if w.fault == expired && !strings.Contains(r.URL.RawQuery, "token=") {
		return "", false
	}
	if w.in > 0 && w.fault != expired {
		w.in--
		return "", false
	}
	w.count--
	switch w.fault {
	case throttled, unavailable:
		w.refused++
		if parts := strings.Split(r.URL.Path, "/"); len(parts) > 4 && parts[4] == "mailboxSettings" {
			w.unasked[parts[3]] = true
		}
	case expired:
		w.resyncs++
	}
	return w.fault, false
}

// RoundTrip answers without a network.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	f, offline := w.next(req)
	if offline {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("network is unreachable")}
	}
	answer := func(status int, body string, header ...string) *http.Response {
		rec := httptest.NewRecorder()
		rec.Header().Set("Content-Type", "application/json")
		for i := 0; i+1 < len(header); i += 2 {
			rec.Header().Set(header[i], header[i+1])
		}
		rec.WriteHeader(status)
		_, _ = io.WriteString(rec, body)
		return rec.Result()
	}
	switch f {
	case throttled:
		return answer(http.StatusTooManyRequests, `{"error":{"code":"TooManyRequests","message":"Slow down."}}`, "Retry-After", "7"), nil
	case unavailable:
		return answer(http.StatusServiceUnavailable, `{"error":{"code":"ServiceNotAvailable","message":"Later."}}`), nil
	case expired:
		return answer(http.StatusGone, `{"error":{"code":"syncStateNotFound","message":"Start over."}}`), nil
	case crashBefore:
		w.crash()
		return nil, context.Canceled
	}
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
	}
	r := req.Clone(req.Context())
	r.Body, r.RequestURI = io.NopCloser(bytes.NewReader(body)), req.URL.RequestURI()
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	w.mu.Lock()
	if rec.Code == http.StatusGone {
		w.resyncs++
	}
	w.mu.Unlock()
	if f == crashAfter {
		w.crash()
	}
	return rec.Result(), nil
}
