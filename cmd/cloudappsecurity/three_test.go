package main

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"cloudappsecurity/app/realparts"
	"cloudappsecurity/service"
	"cloudappsecurity/service/m365sim/tenant"
)

// TestThreeCards: two services are granted with casctl, the third in the real
// window, where the choice is preset and locked; then all three cards say
// "Access granted".
func TestThreeCards(t *testing.T) {
	t.Parallel()
	for _, look := range []string{"light", "dark"} {
		t.Run(look, func(t *testing.T) {
			if look == "dark" && os.Getenv("CAS_SCREENSHOTS") == "" {
				return // the same in other colours
			}
			threeCards(t, look)
		})
	}
}

func threeCards(t *testing.T, look string) {
	o := newOffice(t)
	o.env = append(o.env, "FYNE_THEME="+look)
	o.look = look
	tab := realparts.Tab(t)
	organization := tenant.New(tenant.Options{Seed: 1})
	who := realparts.Administrator{Username: organization.AdminUsername(), Password: organization.AdminPassword()}
	for _, svc := range []service.Service{service.ExchangeOnline, service.SharePointOnline} {
		p := realparts.Start(t, o.env, realparts.Program(t, "casctl"), "--demo", "--data-dir", o.data, "--json", "grant", string(svc), "--all")
		var page struct{ URL string }
		if line, ok := p.Line(); !ok || json.Unmarshal([]byte(line), &page) != nil || page.URL == "" {
			t.Fatalf("the first line has no url: %q", line)
		}
		if text, err := who.Walk(tab, page.URL); err != nil {
			t.Fatalf("the browser ended on %q: %v", text, err)
		}
		if code := p.Wait(); code != 0 {
			t.Fatalf("%s ended with %d: %s", svc, code, p.Stdout())
		}
	}

	p := o.start()
	window := o.display.Window("Cloud App Security")
	o.display.Fill(window)
	o.display.Wait("the dashboard", func() bool { return realparts.Colours(o.display.Picture()) > 20 })
	o.display.Do("mousemove", "1200", "660") // without a window manager, keys go where the pointer is
	o.display.Wait("an opened browser", func() bool {
		o.display.Do("key", "ctrl+1", "Return", "Return") // the card that is left, then "Click here"
		return o.addressSoon() != ""
	})
	if !strings.HasSuffix(o.address(), "/"+string(service.OneDrive)) {
		t.Fatalf("opened %s", o.address())
	}
	if text, err := who.Walk(tab, o.address()); err != nil {
		t.Fatalf("the browser ended on %q: %v", text, err)
	}
	o.display.Wait("the grant", func() bool { return slices.Contains(o.said(), "Access to OneDrive granted.") })
	o.shot("grant-step2-locked")
	o.display.Wait("the sentence", func() bool {
		o.display.Do("key", "ctrl+Return") // Done of the second step
		return slices.Contains(o.said(), "OneDrive protected.")
	})
	o.display.Do("key", "ctrl+1")
	o.shot("dashboard-three")
	var s struct {
		Services []struct {
			StateText string `json:"state_text"`
		}
	}
	o.casctl(&s, "status")
	for _, one := range s.Services {
		if one.StateText != "Access granted" {
			t.Errorf("status %+v", s)
		}
	}
	o.removeByMouse(tab, who)
	p.Signal(syscall.SIGINT)
	if code := p.Wait(); code != 0 {
		t.Errorf("ended with %d", code)
	}
}

// removeByMouse takes OneDrive away again, in the window and the browser, and
// sees that the others stay.
func (o *office) removeByMouse(tab context.Context, who realparts.Administrator) {
	t := o.t
	t.Helper()
	if err := os.Remove(o.opened); err != nil { // what was opened before
		t.Fatal(err)
	}
	o.display.Do("key", "ctrl+4") // Service Account
	o.click(500, 300)
	o.shot("service-account")
	o.click(1348, 663) // Remove
	o.shot("remove-asked")
	o.click(900, 615) // and once more
	o.display.Wait("an opened browser", func() bool { return o.address() != "" })
	o.shot("remove-waiting")
	if text, err := who.Walk(tab, o.address()); err != nil {
		t.Fatalf("the browser ended on %q: %v", text, err)
	}
	o.display.Wait("the removal", func() bool { return slices.Contains(o.said(), service.RemovedText(service.OneDrive)) })
	o.shot("removed")
	var s struct {
		Services []struct {
			Service   string
			StateText string `json:"state_text"`
		}
	}
	o.casctl(&s, "status")
	for _, one := range s.Services {
		if removed := one.Service == string(service.OneDrive); removed == (one.StateText == "Access granted") {
			t.Errorf("status %+v", s)
		}
	}
}
