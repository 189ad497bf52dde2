package app

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"cloudappsecurity/app/realparts"
	"cloudappsecurity/service"
	"cloudappsecurity/service/grant"
	"cloudappsecurity/service/m365sim"
	"cloudappsecurity/service/m365sim/tenant"
)

// outage is the program with its real adapters, beside a simulated Microsoft 365
// whose network can be cut.
type outage struct {
	t      *testing.T
	sim    *m365sim.Server
	app    *App
	wizard *Wizard
}

func newOutage(t *testing.T) *outage {
	t.Helper()
	for _, v := range realparts.Keyring(t) {
		name, value, _ := strings.Cut(v, "=")
		t.Setenv(name, value)
	}
	o := &outage{t: t}
	var err error
	if o.sim, err = m365sim.Start(t.Context(), m365sim.Options{Seed: 3}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.sim.Close() })
	info := o.sim.Info()
	o.app, err = Open(t.Context(), Config{DataDir: filepath.Join(t.TempDir(), "data"), Program: "test",
		Authority: info.Authority, Graph: info.Graph, CAFile: info.CAFile})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.app.Close(); err != nil {
			t.Error(err)
		}
	})
	o.wizard = NewWizard(o.app)
	return o
}

// consent walks the first half of a grant.
func (o *outage) consent(svc service.Service) {
	o.t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- o.app.Grants.Run(o.t.Context(), svc, grant.Options{}) }()
	o.until("a page", func() bool { return o.app.Grants.Progress(svc).URL != "" })
	admin := o.sim.Info().Admin
	a := realparts.Administrator{Username: admin.Username, Password: admin.Password}
	if text, err := a.WalkForms(o.t.Context(), realparts.NewForms(o.t), o.app.Grants.Progress(svc).URL); err != nil {
		o.t.Fatalf("the walk ended on %q: %v", text, err)
	}
	if err := <-ended; err != nil {
		o.t.Fatal(err)
	}
}

// until waits for what other goroutines do.
func (o *outage) until(what string, done func() bool) {
	o.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(realparts.Patience); !done(); {
		select {
		case <-limit:
			o.t.Fatalf("no %s; the progress is %+v", what, o.app.Grants.SyncProgress(service.ExchangeOnline))
		case <-tick.C:
		}
	}
}

// cut cuts every connection before anything is answered, and plug mends that.
func (o *outage) cut() {
	err := o.sim.Faults().Set(map[string]json.RawMessage{"cut_before_answer": json.RawMessage(`{"count": 1000000, "path": "/"}`)})
	if err != nil {
		o.t.Error(err)
	}
}

func (o *outage) plug() {
	o.sim.Faults().Clear()
	o.reach()
}

// reach asks for something, as the background does now and then.
func (o *outage) reach() {
	client := &http.Client{Transport: o.app.Connection}
	request, err := http.NewRequestWithContext(o.t.Context(), http.MethodGet, o.sim.Info().Authority+"/organizations/v2.0/.well-known/openid-configuration", nil)
	if err != nil {
		o.t.Fatal(err)
	}
	if response, err := client.Do(request); err == nil {
		response.Body.Close()
	}
}

// cutAt cuts the network when the synchronization of svc comes to phase.
func (o *outage) cutAt(svc service.Service, phase service.SyncPhase) {
	var once sync.Once
	stop := o.app.Events.Synchronized.Listen(func() {
		if o.app.Grants.SyncProgress(svc).Phase == phase {
			once.Do(o.cut)
		}
	})
	o.t.Cleanup(stop)
}

// synchronizations is how many began, by what only their beginning asks for.
func (o *outage) synchronizations() (n int) {
	o.t.Helper()
	response, err := http.Get(o.sim.Info().Control + "/stats")
	if err != nil {
		o.t.Fatal(err)
	}
	defer response.Body.Close()
	var stats struct{ Requests []m365sim.Count }
	if err := json.NewDecoder(response.Body).Decode(&stats); err != nil {
		o.t.Fatal(err)
	}
	for _, c := range stats.Requests {
		if strings.HasSuffix(c.Path, "/users/$count") && c.Status == http.StatusOK {
			n += c.Count
		}
	}
	return n
}

func (o *outage) waits(svc service.Service) {
	o.t.Helper()
	o.until("waiting", func() bool {
		return strings.HasSuffix(o.app.Grants.SyncProgress(svc).Waiting, "It goes on by itself when the connection is back.")
	})
	if o.app.Connection.Online() || o.app.Connection.Since().IsZero() {
		o.t.Error("the connection counts as online")
	}
}

// equalsTenant holds who is protected against the tenant.
func (o *outage) equalsTenant() {
	o.t.Helper()
	list, err := o.app.Store.Targets(o.t.Context(), service.ExchangeOnline, service.TargetQuery{Limit: 1000})
	if err != nil {
		o.t.Fatal(err)
	}
	there := 0
	for _, p := range list {
		u, found := o.sim.Tenant().User(p.ID)
		if found == p.Removed || found && u.DisplayName != p.DisplayName {
			o.t.Errorf("%s: removed %t, in the tenant %t", p.ID, p.Removed, found)
		}
		if found {
			there++
		}
	}
	if n := o.sim.Tenant().CountUsers(); there != n {
		o.t.Errorf("%d of %d users are there", there, n)
	}
}

// The network is cut in the middle of a first synchronization, then of one by
// hand, then before a daily one's hour. Each waits and says so, what is stored
// stays readable, and back online each is carried out, once.
func TestWhatWaitsForTheNetworkIsCarriedOutOnce(t *testing.T) {
	o := newOutage(t)
	ctx, ex := t.Context(), service.ExchangeOnline
	o.consent(ex)

	o.cutAt(ex, service.SyncGroups)
	if err := o.wizard.Synchronize(ex, service.OptionAll, service.Selected{}); err != nil {
		t.Fatal(err)
	}
	o.waits(ex)
	if a, err := o.app.Store.Account(ctx, ex); err != nil || a.State != service.StateSynchronizing {
		t.Errorf("meanwhile the account is %s: %v", a.State, err)
	}
	if n, err := o.app.Store.CountTargets(ctx, ex, service.TargetQuery{}); err != nil || n != o.sim.Tenant().CountUsers() {
		t.Errorf("meanwhile %d people are known: %v", n, err)
	}
	if err := o.wizard.SynchronizeNow(ex); service.CodeOf(err) != service.CodeLocked {
		t.Errorf("a second one: %v", err)
	}
	if _, err := o.app.Directory.FindUser(ctx, ex, "anna.lindqvist@contosobakery.example"); service.CodeOf(err) != service.CodeOffline {
		t.Errorf("adding somebody: %v", err)
	}
	o.plug()
	o.until("end", func() bool { a, _ := o.app.Store.Account(ctx, ex); return a.State == service.StateGranted })
	o.until("rest", func() bool { return o.app.Grants.SyncProgress(ex).Phase == service.SyncDone })
	if n := o.synchronizations(); n != 2 { // its two halves
		t.Errorf("it began %d times", n)
	}
	o.equalsTenant()

	o.byHandAndDaily(ctx)

	notes, err := o.app.Store.Notifications(ctx, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	protected := 0
	for _, n := range notes {
		if n.Text == service.ProtectedText(ex) {
			protected++
		}
		if n.Severity == service.SeverityWarning || n.Severity == service.SeverityError {
			t.Errorf("an outage is no failure: %+v", n)
		}
	}
	if protected != 1 {
		t.Errorf("%q was said %d times", service.ProtectedText(ex), protected)
	}
}

// byHandAndDaily is one synchronization by hand which waits, and a daily one
// whose hour comes meanwhile: one of both is enough.
func (o *outage) byHandAndDaily(ctx context.Context) {
	t, ex := o.t, service.ExchangeOnline
	o.app.background.loop("daily", o.app.Daily.Run)
	before := o.synchronizations()
	o.cut()
	o.reach()
	added, err := o.sim.Tenant().AddUser(tenant.User{UserPrincipalName: "new.baker@contosobakery.example", DisplayName: "New Baker",
		Enabled: true, Licensed: true, Purpose: tenant.PurposeUser})
	if err != nil {
		t.Fatal(err)
	}
	a, err := o.app.Store.Account(ctx, ex) // the latest was yesterday: the hour has come, and nobody can be asked
	a.SyncedAt = a.SyncedAt.Add(-25 * time.Hour)
	if err := errors.Join(err, o.app.Store.SaveAccount(ctx, a)); err != nil {
		t.Fatal(err)
	}
	o.app.Events.Settings.Emit()
	if plan, err := o.app.Daily.Plan(ctx, ex); err != nil || !plan.Due {
		t.Errorf("the plan is %+v: %v", plan, err)
	}
	if err := o.wizard.SynchronizeNow(ex); err != nil {
		t.Fatal(err)
	}
	o.waits(ex)
	if n := o.synchronizations(); n != before {
		t.Errorf("%d began while nobody could be asked", n-before)
	}
	o.plug()
	o.until("protection of who joined", func() bool {
		people, err := o.app.Store.Targets(ctx, ex, service.TargetQuery{Search: added.UserPrincipalName})
		return err == nil && len(people) == 1 && people[0].Protected
	})
	o.until("rest", func() bool { return o.app.Grants.SyncProgress(ex).Phase == service.SyncDone })
	o.equalsTenant()
	for range 2 { // another outage finds nothing left
		o.cut()
		o.reach()
		o.plug()
		if err := o.app.Daily.Pass(ctx); err != nil {
			t.Error(err)
		}
	}
	if n := o.synchronizations(); n != before+1 {
		t.Errorf("%d synchronizations for one by hand and one daily", n-before)
	}
	if plan, err := o.app.Daily.Plan(ctx, ex); err != nil || plan.Due {
		t.Errorf("the plan is %+v: %v", plan, err)
	}
}
