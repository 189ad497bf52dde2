package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"cloudappsecurity/app/realparts"
	"cloudappsecurity/service/m365sim"
)

// TestGrantAllUsers is the whole way, against the simulation as a process of
// its own.
func TestGrantAllUsers(t *testing.T) {
	t.Parallel()
	recording := filepath.Join(t.TempDir(), "grant.har")
	sim := realparts.Simulate(t, "--har", recording)
	o := newOffice(t, sim.Env())
	v := o.grant("--all")
	seen := sniff(t, o.tab)
	v.walk(&realparts.Administrator{Username: sim.Admin.Username, Password: sim.Admin.Password})
	end, code := v.end()
	if code != 0 || end.Outcome != "protected" || end.Text != "Exchange Online protected." || end.Detail != "This version does not scan yet." {
		t.Fatalf("ended with %d: %+v", code, end)
	}
	o.sees("Return to Cloud App Security")
	exchange := o.status()
	if exchange.State != "granted" || exchange.StateText != "Access granted" || exchange.ProblemText != "" {
		t.Errorf("status %+v", exchange)
	}
	kinds, protected := map[string]int{}, 0
	list := o.targets()
	for _, target := range list {
		kinds[target.Mailbox]++
		if target.Protected {
			protected++
		} else if target.Reason == "" {
			t.Errorf("%s isn't protected, without a reason", target.UPN)
		}
		if target.Protected && target.Mailbox != "user" && target.Mailbox != "shared" {
			t.Errorf("%s is protected with mailbox %q", target.UPN, target.Mailbox)
		}
	}
	if len(list) < 60 || protected != exchange.Protected || kinds["user"] == 0 || kinds["shared"] == 0 || kinds["none"] == 0 || kinds["unknown"] != 0 {
		t.Errorf("%d targets, %d protected (%d in status), kinds %v", len(list), protected, exchange.Protected, kinds)
	}
	o.reviews(list)
	var notes []struct {
		Time, Severity, Service, Text string
		Read                          bool
	}
	o.read(&notes, "notifications")
	if len(notes) != 2 || notes[0].Text != "Exchange Online protected." || notes[1].Text != "Access to Exchange Online granted." || notes[0].Read {
		t.Errorf("notifications %+v", notes)
	}

	sim.Signal(syscall.SIGINT)
	if code := sim.Wait(); code != 0 {
		t.Errorf("m365sim ended with %d", code)
	}
	har, err := os.ReadFile(recording)
	if err != nil || !json.Valid(har) {
		t.Fatalf("the recording isn't valid JSON: %v", err)
	}
	secrets := map[string]string{"the password": sim.Admin.Password, "the authorization code": seen.code(t)}
	realparts.NoSecrets(t, secrets, map[string]string{"the recording": string(har), "stdout": v.Stdout(), "stderr": v.Stderr()})
	realparts.NoSecrets(t, secrets, files(t, o.dir))
}

// TestGrantEnds walks every way in which a grant ends, by what a person does in
// the browser.
func TestGrantEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		person  func(*realparts.Administrator, *m365sim.Server)
		outcome event
		exit    int
		tab     string // what it says at last
		apps    int    // applications in the tenant afterwards
	}{
		"Cancel on the permission page": {
			func(a *realparts.Administrator, _ *m365sim.Server) { a.Refuse = true },
			event{Outcome: "declined", Code: "declined"}, 3, "Canceled", 0,
		},
		"Cancel on the sign-in application's consent": {
			func(a *realparts.Administrator, _ *m365sim.Server) { a.Decline = 1 },
			event{Outcome: "declined", Code: "declined", AADSTS: "AADSTS65004"}, 3, "Access was not granted", 0,
		},
		"Cancel on our consent": {
			func(a *realparts.Administrator, _ *m365sim.Server) { a.Decline = 2 },
			event{Outcome: "declined", Code: "declined", AADSTS: "AADSTS65004"}, 3, "Access was not granted", 1,
		},
		"wrong password, then the right one": {
			func(a *realparts.Administrator, _ *m365sim.Server) { a.Mistakes = 2 },
			event{Outcome: "protected"}, 0, "Return to Cloud App Security", 1,
		},
		"no administrator": {
			func(a *realparts.Administrator, s *m365sim.Server) { a.Username = s.Tenant().SomeUsername() },
			event{Outcome: "refused", Code: "not_administrator", AADSTS: "AADSTS90094"}, 5, "Access was not granted", 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, env := simulate(t, m365sim.Options{})
			o, a := newOffice(t, env), administrator(sim)
			c.person(&a, sim)
			v := o.grant("--all")
			v.walk(&a)
			end, exit := v.end()
			if end.Outcome != c.outcome.Outcome || end.Code != c.outcome.Code || end.AADSTS != c.outcome.AADSTS || exit != c.exit {
				t.Errorf("ended with %d: %+v", exit, end)
			}
			o.sees(c.tab)
			if exit != 0 {
				explained(t, v, end)
				if !a.Refuse { // then the tab says in words of its own what its button did
					o.sees(end.Message)
				}
				if s := o.status(); s.State == "granted" || len(o.targets()) != 0 {
					t.Errorf("something was applied: %+v", s)
				}
			}
			if n := len(applications(sim)); n != c.apps {
				t.Errorf("%d applications, want %d", n, c.apps)
			}
			if a.Mistakes != 0 {
				t.Errorf("%d wrong passwords were not typed", a.Mistakes)
			}
		})
	}
}

// TestAnotherTenant: who granted for Contoso can't go on with Fabrikam.
func TestAnotherTenant(t *testing.T) {
	t.Parallel()
	sim, env := simulate(t, m365sim.Options{})
	o := newOffice(t, env)
	o.protect(administrator(sim), "--all")
	deleteApplication(t, sim)
	o.newBrowser()
	stranger := administrator(sim)
	stranger.Username = sim.Tenant().ForeignAdminUsername()
	v := o.grant("--all")
	v.walk(&stranger)
	end, exit := v.end()
	explained(t, v, end)
	if exit != 5 || end.Outcome != "refused" || end.Code != "wrong_tenant" {
		t.Errorf("ended with %d: %+v", exit, end)
	}
	o.sees(end.Message)
	if n := len(applications(sim)); n != 0 {
		t.Errorf("%d applications", n)
	}
}

// TestBrowserIsClosed: nobody comes back in time, somebody does, and somebody
// accepted without coming back.
func TestBrowserIsClosed(t *testing.T) {
	t.Parallel()
	const signIn, consent = "Simulated Microsoft sign-in", "Review for your organization"
	t.Run("timed out", func(t *testing.T) {
		t.Parallel()
		sim, env := simulate(t, m365sim.Options{})
		o, a := newOffice(t, env), administrator(sim)
		v := o.grant("--all", "--timeout", "8s")
		a.Until = signIn
		v.walk(&a)
		v.closeBrowser()
		end, exit := v.end()
		explained(t, v, end)
		if exit != 4 || end.Outcome != "timeout" || end.Code != "timeout" || !strings.Contains(end.Help, "If Microsoft's page showed an error") {
			t.Errorf("ended with %d: %+v", exit, end)
		}
	})
	t.Run("opened again", func(t *testing.T) {
		t.Parallel()
		sim, env := simulate(t, m365sim.Options{})
		o, a := newOffice(t, env), administrator(sim)
		v := o.grant("--all")
		for _, a.Until = range []string{signIn, consent, ""} {
			v.walk(&a)
			if a.Until != "" {
				v.closeBrowser()
				o.newBrowser()
				v.follow()
			}
		}
		if end, exit := v.end(); exit != 0 || end.Outcome != "protected" {
			t.Errorf("ended with %d: %+v", exit, end)
		}
		one(t, sim)
	})
	t.Run("accepted elsewhere", func(t *testing.T) {
		t.Parallel()
		sim, env := simulate(t, m365sim.Options{})
		o, a := newOffice(t, env), administrator(sim)
		v := o.grant("--all")
		a.Until = consent
		v.walk(&a)
		v.closeBrowser()
		if err := sim.Tenant().ConsentApplication(applications(sim)[0].AppID); err != nil {
			t.Fatal(err)
		}
		if end, exit := v.end(); exit != 0 || end.Outcome != "protected" {
			t.Errorf("ended with %d: %+v", exit, end)
		}
	})
}

// TestNoBrowser: where none can be opened, the address is there to be copied.
func TestNoBrowser(t *testing.T) {
	t.Parallel()
	_, env := simulate(t, m365sim.Options{})
	o := newOffice(t, env)
	o.env = append(o.env, "PATH="+t.TempDir())
	p := o.start("grant", "exchange", "--all", "--open", "--timeout", "3s")
	code := p.Wait()
	if !slices.ContainsFunc(events(t, p), func(e event) bool {
		return e.Event == "waiting" && strings.HasPrefix(e.Text, "No browser could be opened. Copy the address")
	}) {
		t.Errorf("nothing is said of the browser: %s", p.Stdout())
	}
	if end := outcome(t, p); code != 4 || end.Code != "timeout" || end.Help == "" {
		t.Errorf("ended with %d: %+v", code, end)
	}
}

func TestNobodyOpensThePage(t *testing.T) {
	t.Parallel()
	sim, env := simulate(t, m365sim.Options{})
	o := newOffice(t, env)
	p := o.start("--timeout", "2s", "grant", "exchange", "--all")
	if code := p.Wait(); code != 4 || outcome(t, p).Outcome != "timeout" {
		t.Errorf("ended with %d: %s", code, p.Stdout())
	}
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		p = o.start("grant", "exchange", "--all")
		pageOf(t, p)
		p.Signal(signal)
		if code := p.Wait(); code != 130 || outcome(t, p).Outcome != "canceled" {
			t.Errorf("%v: %d: %s", signal, code, p.Stdout())
		}
	}
	// In the middle of the way, with the tab open.
	a := administrator(sim)
	v := o.grant("--all")
	a.Until = "Review for your organization"
	v.walk(&a)
	v.Signal(syscall.SIGINT)
	if end, code := v.end(); code != 130 || end.Code != "canceled" {
		t.Errorf("interrupted: %d: %+v", code, end)
	}
	a.Until = ""
	o.protect(a, "--all")
	one(t, sim)
}
