package main

import (
	"path/filepath"
	"strings"
	"testing"

	"cloudappsecurity/app/realparts"
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
