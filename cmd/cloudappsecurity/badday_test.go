package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"cloudappsecurity/app/realparts"
	"cloudappsecurity/service/m365sim/tenant"
)

// TestTryAgain: data that can't be opened is said in the window, and once the
// data is in order again, "Try again" opens it.
func TestTryAgain(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	database := filepath.Join(o.data, "cloudappsecurity.db")
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{database: strings.Repeat("garbage ", 1000), filepath.Join(o.data, "organization.kind"): "demo\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := o.start()
	o.display.Window("Cloud App Security")
	o.display.Do("mousemove", "1200", "660")
	o.display.Wait("the words", func() bool { return realparts.Colours(o.display.Picture()) > 20 })
	o.still()
	o.display.Do("key", "Tab", "Return") // Try again: it is still garbage
	if b, err := os.ReadFile(database); err != nil || !strings.HasPrefix(string(b), "garbage") {
		t.Errorf("the database was changed: %v", err)
	}
	if err := os.Rename(database, database+".old"); err != nil { // as the words say
		t.Fatal(err)
	}
	holder := filepath.Join(o.data, "writer.json")
	o.display.Wait("the data opened", func() bool {
		if _, err := os.Stat(holder); err == nil {
			return true
		}
		o.display.Do("key", "Tab", "Return")
		return false
	})
	o.still()
	if code := o.quit(p); code != 0 {
		t.Errorf("ended with %d: %s", code, p.Stderr())
	}
}

// TestCrashOfTheWindow: the traces of a desktop program that crashes after a
// grant show nothing that was typed, sent or stored in confidence, and neither
// does what it leaves on the disk.
func TestCrashOfTheWindow(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.env = append(o.env, "GOTRACEBACK=system")
	p := o.start()
	o.display.Window("Cloud App Security")
	o.display.Wait("the dashboard", func() bool { return realparts.Colours(o.display.Picture()) > 20 })
	o.display.Do("mousemove", "1200", "660")
	o.display.Wait("an opened browser", func() bool {
		o.display.Do("key", "ctrl+1", "Return", "Return")
		return o.addressSoon() != ""
	})
	organization := tenant.New(tenant.Options{Seed: 1})
	who := realparts.Administrator{Username: organization.AdminUsername(), Password: organization.AdminPassword()}
	browser := realparts.NewForms(t)
	if text, err := who.WalkForms(t.Context(), browser, o.address()); err != nil {
		t.Fatalf("the browser ended on %q: %v", text, err)
	}
	o.display.Wait("the grant", func() bool { return slices.Contains(o.said(), "Access to Exchange Online granted.") })
	p.Signal(syscall.SIGQUIT)
	if code := p.Wait(); code != 2 || strings.Count(p.Stderr(), "goroutine ") < 5 {
		t.Errorf("it did not crash: %d: %s", code, p.Stderr())
	}
	secrets := map[string]string{"the password": who.Password}
	for _, form := range browser.Sent {
		if code := form.Get("code"); code != "" {
			secrets["the authorization code"] = code
		}
	}
	if len(secrets) != 2 {
		t.Error("no authorization code was seen")
	}
	realparts.NoSecrets(t, secrets, map[string]string{"the crash": p.Stderr(), "stdout": p.Stdout(), "the notifications": strings.Join(o.said(), "\n")})
	for _, name := range []string{"cloudappsecurity.log", "cloudappsecurity.db", "cloudappsecurity.db-wal"} {
		b, err := os.ReadFile(filepath.Join(o.data, name))
		if err != nil {
			t.Fatal(err)
		}
		realparts.NoSecrets(t, secrets, map[string]string{name: string(b)})
	}
}
