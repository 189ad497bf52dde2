package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"cloudappsecurity/service/m365sim"
	"cloudappsecurity/service/m365sim/tenant"
)

// applications are those of the tenant which are not Microsoft's.
func applications(s *m365sim.Server) []tenant.Application {
	return slices.DeleteFunc(s.Tenant().VisibleApplications(), func(a tenant.Application) bool { return a.FirstParty })
}

// one holds that there is one application with one certificate, none of them
// deleted, and gives it.
func one(t *testing.T, s *m365sim.Server) tenant.Application {
	t.Helper()
	list, deleted := applications(s), s.Tenant().DeletedApplications()
	if len(list) != 1 || len(deleted) != 0 {
		t.Fatalf("%d applications, %d deleted", len(list), len(deleted))
	}
	if n := len(list[0].KeyCredentials); n != 1 || list[0].KeyCredentials[0].End.Before(time.Now()) {
		t.Errorf("%d certificates: %+v", n, list[0].KeyCredentials)
	}
	if n := len(s.Tenant().GrantedRoles(list[0].AppID)); n != 4 {
		t.Errorf("%d roles are granted", n)
	}
	return list[0]
}

func deleteApplication(t *testing.T, s *m365sim.Server) {
	t.Helper()
	for _, a := range applications(s) {
		if err := s.Tenant().DeleteApplication(a.ID); err != nil {
			t.Fatal(err)
		}
	}
}

// TestGrantAgain: whatever happened before, one application and one certificate
// are left.
func TestGrantAgain(t *testing.T) {
	t.Parallel()
	t.Run("after Cancel", func(t *testing.T) {
		t.Parallel()
		sim, env := simulate(t, m365sim.Options{})
		o, a := newOffice(t, env), administrator(sim)
		a.Decline = 2
		if _, exit := o.walk(a, "--all"); exit != 3 {
			t.Fatalf("Cancel ended with %d", exit)
		}
		first := applications(sim)[0]
		a.Decline = 0
		o.protect(a, "--all")
		if second := one(t, sim); second.ID != first.ID || second.KeyCredentials[0].KeyID != first.KeyCredentials[0].KeyID {
			t.Errorf("not the same application and certificate: %+v, %+v", first, second)
		}
	})
	t.Run("twice, then deleted, then deleted for good", func(t *testing.T) {
		t.Parallel()
		sim, env := simulate(t, m365sim.Options{})
		o, a := newOffice(t, env), administrator(sim)
		o.protect(a, "--all")
		first := one(t, sim)
		if end, exit := o.silently("--all"); exit != 0 || end.Outcome != "protected" {
			t.Fatalf("the second grant ended with %d: %+v", exit, end)
		}
		if second := one(t, sim); second.KeyCredentials[0].KeyID != first.KeyCredentials[0].KeyID {
			t.Error("granting twice made another certificate")
		}

		deleteApplication(t, sim)
		o.protect(a, "--all")
		if restored := one(t, sim); restored.AppID != first.AppID {
			t.Error("the deleted application was not restored")
		}

		deleteApplication(t, sim)
		if err := sim.Tenant().PurgeApplication(first.ID); err != nil {
			t.Fatal(err)
		}
		o.protect(a, "--all")
		if made := one(t, sim); made.AppID == first.AppID {
			t.Error("the application came back from nowhere")
		}
		if s := o.status(); s.State != "granted" || s.ProblemText != "" {
			t.Errorf("status %+v", s)
		}
	})
}

// TestMove: a second computer asks before it takes protection over.
func TestMove(t *testing.T) {
	t.Parallel()
	sim, env := simulate(t, m365sim.Options{})
	first, a := newOffice(t, env), administrator(sim)
	first.protect(a, "--all")
	before := one(t, sim)

	second := newOffice(t, env)
	v := second.grant("--all")
	a.Until = "Move protection to this computer?"
	text := v.walk(&a)
	since := before.KeyCredentials[0].Start.Format("2 January 2006")
	question := "since " + since + ". Move protection to this computer?"
	if !strings.Contains(text, "Protected from ") || !strings.Contains(text, question) {
		t.Errorf("the tab says %q, not %q", text, question)
	}
	a.Until = ""
	v.goOn(&a)
	if end, exit := v.end(); exit != 10 || end.Code != "move_required" {
		t.Fatalf("keeping it there ended with %d: %+v", exit, end)
	}
	if !slices.ContainsFunc(events(t, v.Process), func(e event) bool {
		return e.Event == "question" && strings.HasPrefix(e.Text, "Protected from ") && strings.Contains(e.Text, question)
	}) {
		t.Errorf("no question in %s", v.Stdout())
	}
	if kept := one(t, sim); kept.KeyCredentials[0].KeyID != before.KeyCredentials[0].KeyID {
		t.Fatal("the certificate was replaced")
	}
	if end, exit := first.silently("--all"); exit != 0 {
		t.Fatalf("the first computer ended with %d: %+v", exit, end)
	}

	a.Move = true
	second.protect(a, "--all")
	moved := one(t, sim)
	if moved.KeyCredentials[0].KeyID == before.KeyCredentials[0].KeyID || moved.AppID != before.AppID {
		t.Error("the certificate was not replaced in the same application")
	}

	// The first computer has no token any more, and says so. It can move
	// protection back.
	a.Move = false
	end, exit := first.walk(a, "--all")
	if exit != 10 || !strings.HasPrefix(end.Message, "Protected from ") {
		t.Errorf("the first computer ended with %d: %+v", exit, end)
	}
	if s := first.status(); s.ProblemText == "" {
		t.Errorf("the first computer's status says nothing: %+v", s)
	}
	first.protect(a, "--all", "--move")
	one(t, sim)
	if s := first.status(); s.ProblemText != "" || s.State != "granted" {
		t.Errorf("the first computer's status after moving back: %+v", s)
	}
}
