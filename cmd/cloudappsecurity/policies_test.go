package main

import (
	"strings"
	"syscall"
	"testing"

	"cloudappsecurity/app"
	"cloudappsecurity/app/realparts"
	"cloudappsecurity/service"
)

// TestPoliciesByKeys: what is moved, switched and edited in the window is
// stored.
func TestPoliciesByKeys(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	a, err := app.Open(ctx, app.Config{Demo: true, DataDir: o.data, Program: "test"})
	if err != nil {
		t.Fatal(err)
	}
	err = a.Store.SaveAccount(ctx, service.Account{Service: service.ExchangeOnline, State: service.StateGranted})
	for _, name := range []string{"Management", "Staff"} {
		if err == nil {
			_, err = a.Store.SavePolicy(ctx, service.Policy{Service: service.ExchangeOnline, Kind: service.ThreatProtection, Name: name, On: true, Everyone: true})
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	list := func() string {
		var all []struct {
			Service, Kind, Name string
			On                  bool
		}
		o.casctl(&all, "policies")
		var names []string
		for _, p := range all[:2] {
			names = append(names, strings.TrimSpace(p.Name)+map[bool]string{true: " on", false: " off"}[p.On])
		}
		return strings.Join(names, ", ")
	}

	p := o.start()
	o.display.Fill(o.display.Window("Cloud App Security"))
	o.display.Wait("the dashboard", func() bool { return realparts.Colours(o.display.Picture()) > 20 })
	o.display.Do("key", "ctrl+2")
	o.still()
	o.shot("policies")
	o.display.Do("key", "alt+Down")
	o.display.Wait("another order", func() bool { return list() == "Staff on, Management on" })
	o.still()
	o.display.Do("key", "space")
	o.display.Wait("the one which moved off", func() bool { return list() == "Staff on, Management off" })
	o.still()
	o.display.Do("key", "Return")
	o.still()
	o.shot("policy-general")
	o.display.Do("type", "X")
	o.still()
	o.display.Do("key", "ctrl+Return")
	o.display.Wait("another name", func() bool { return strings.Contains(list(), "X") })
	p.Signal(syscall.SIGTERM)
	if code := p.Wait(); code != 0 {
		t.Errorf("ended with %d: %s", code, p.Stderr())
	}
}
