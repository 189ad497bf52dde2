package main

import (
	"os"
	"path/filepath"
	"testing"

	"cloudappsecurity/service/m365sim"
	"cloudappsecurity/service/m365sim/tenant"
)

// synchronize runs "casctl sync" and gives its outcome.
func (o *office) synchronize(args ...string) (event, int) {
	o.t.Helper()
	p := o.start(append([]string{"sync"}, args...)...)
	code := p.Wait()
	return outcome(o.t, p), code
}

// By hand as daily: who joined is protected, who left is released.
func TestSyncTakesInWhoJoined(t *testing.T) {
	t.Parallel()
	sim, env := simulate(t, m365sim.Options{Seed: 5})
	o := newOffice(t, env)
	if e, code := o.synchronize(); code != 1 || e.Code != "not_granted" {
		t.Fatalf("before any grant it ended with %d: %+v", code, e)
	}
	o.protect(administrator(sim), "--all")
	before := o.status().Protected
	added, err := sim.Tenant().AddUser(tenant.User{UserPrincipalName: "new.baker@contosobakery.example", DisplayName: "New Baker",
		Enabled: true, Licensed: true, Purpose: tenant.PurposeUser})
	if err != nil {
		t.Fatal(err)
	}
	gone := ""
	for _, target := range o.targets() {
		if target.Protected && target.UPN != sim.Info().Admin.Username {
			gone = target.ID
		}
	}
	if err := sim.Tenant().DeleteUser(gone); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"exchange"}, {}} {
		e, code := o.synchronize(args...)
		if code != 0 || e.Outcome != "synchronized" {
			t.Fatalf("sync %v ended with %d: %+v", args, code, e)
		}
	}
	if after := o.status().Protected; after != before {
		t.Errorf("%d protected, one came and one left: %d before", after, before)
	}
	for _, target := range o.targets() {
		if target.ID == added.ID && !target.Protected || target.ID == gone && (target.Protected || target.Reason != "removed") {
			t.Errorf("%+v", target)
		}
	}
	if e, code := o.synchronize("onedrive"); code != 1 || e.Code != "not_granted" {
		t.Errorf("a service which isn't granted ended with %d: %+v", code, e)
	}
}

func TestSyncIsRefusedWithSelectedTargets(t *testing.T) {
	t.Parallel()
	sim, env := simulate(t, m365sim.Options{Seed: 5})
	o := newOffice(t, env)
	list := filepath.Join(t.TempDir(), "people.txt")
	if err := os.WriteFile(list, []byte(sim.Tenant().SomeUsername()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.protect(administrator(sim), "--users", list)
	for _, args := range [][]string{{"exchange"}, {}} {
		e, code := o.synchronize(args...)
		if code != 6 || e.Code != "option_locked" || e.Message != "Selected targets are protected: they are never synchronized." {
			t.Errorf("sync %v ended with %d: %+v", args, code, e)
		}
	}
	var notes []struct{ Text string }
	o.read(&notes, "notifications")
	if len(notes) == 0 || notes[0].Text != "Extend to protect all your Office 365 service targets." {
		t.Errorf("notifications %+v", notes)
	}
}
