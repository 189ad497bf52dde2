package main

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"cloudappsecurity/app/realparts"
	"cloudappsecurity/service/m365sim"
)

// TestPrivateKeyring: what "make run" starts where no keyring can be reached
// keeps the demo's key from one run to the next, and guards nothing else.
func TestPrivateKeyring(t *testing.T) {
	t.Parallel()
	o := newOffice(t, nil)
	home := t.TempDir()
	var env []string
	for _, v := range o.env {
		switch name, _, _ := strings.Cut(v, "="); {
		case name == "DBUS_SESSION_BUS_ADDRESS" || name == "HOME" || strings.HasPrefix(name, "XDG_"):
		default:
			env = append(env, v)
		}
	}
	env = append(env, "HOME="+home)
	script, casctl := filepath.Join("..", "..", ".make", "keyring"), realparts.Program(t, "casctl")
	start := func(args ...string) *visit {
		return &visit{Process: realparts.Start(t, env, script, append([]string{casctl, "--json", "grant", "exchange", "--all"}, args...)...), o: o}
	}
	o.newBrowser()
	v := start("--demo")
	v.url = pageOf(t, v.Process)
	v.follow()
	v.walk(&realparts.Administrator{Username: "anna.lindqvist@contosobakery.example", Password: "Bake-Bread-Daily-60"})
	if end, code := v.end(); code != 0 || end.Outcome != "protected" {
		t.Fatalf("ended with %d: %+v", code, end)
	}
	if end, code := start("--demo", "--timeout", "1m").end(); code != 0 || end.Outcome != "protected" {
		t.Errorf("the second run ended with %d: %+v", code, end)
	}
	if p := start(); p.Wait() != 1 || p.Stdout() != "" || !strings.Contains(p.Stderr(), "demo organization only") {
		t.Errorf("without --demo: %s%s", p.Stdout(), p.Stderr())
	}
}

// TestKeyringHangs: a keyring that owns its name and never answers ends the
// grant in words; who doesn't want to wait for them interrupts.
func TestKeyringHangs(t *testing.T) {
	t.Parallel()
	sim, env := simulate(t, m365sim.Options{})
	o := newOffice(t, env)
	o.protectByForms(administrator(sim), "--all")
	realparts.StopKeyring(t, o.env)
	p := o.start("grant", "exchange", "--all")
	impatient := o.copyTo(t, t.TempDir()+"/data").start("grant", "exchange", "--all")
	o.granted() // reading needs no key
	impatient.Signal(syscall.SIGINT)
	if code := impatient.Wait(); code != 130 {
		t.Errorf("interrupted: %d: %s", code, impatient.Stderr())
	}
	select {
	case <-p.Ended():
	case <-time.After(3 * realparts.Patience): // the keyring has one minute, a person may be typing
		t.Fatalf("it waits for ever: %s", p.Stdout())
	}
	if e, code := outcome(t, p), p.Wait(); code != 8 || e.Code != "keyring_locked" || !strings.Contains(e.Message, "does not answer in time. Nothing is lost.") {
		t.Errorf("ended with %d: %+v", code, e)
	}
	o.granted()
	one(t, sim)
}
