package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"cloudappsecurity/app/realparts"
	"cloudappsecurity/service/m365sim/tenant"
)

func TestMain(m *testing.M) {
	code := m.Run()
	realparts.Clean()
	os.Exit(code)
}

// office is a computer with a display, a keyring and a browser that is opened
// by whoever asks for it.
type office struct {
	t       *testing.T
	display *realparts.Display
	env     []string
	data    string
	opened  string // file in which the addresses stand that were opened
	look    string // light or dark
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, display: realparts.NewDisplay(t), data: filepath.Join(t.TempDir(), "data")}
	bin := t.TempDir()
	o.opened = filepath.Join(bin, "opened")
	script := "#!/bin/sh\nprintf '%s\\n' \"$1\" >> '" + o.opened + "'\n"
	if err := os.WriteFile(filepath.Join(bin, "xdg-open"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, v := range append(realparts.Keyring(t), o.display.Env()...) {
		if rest, ok := strings.CutPrefix(v, "PATH="); ok {
			v = "PATH=" + bin + ":" + rest
		}
		o.env = append(o.env, v)
	}
	return o
}

func (o *office) start() *realparts.Process {
	o.t.Helper()
	return realparts.Start(o.t, o.env, realparts.Program(o.t, "cloudappsecurity"), "--demo", "--data-dir", o.data)
}

// casctl reads beside the running desktop program.
func (o *office) casctl(v any, command string) {
	o.t.Helper()
	cmd := exec.Command(realparts.Program(o.t, "casctl"), "--demo", "--data-dir", o.data, "--json", command)
	cmd.Env = o.env
	out, err := cmd.Output()
	if err != nil {
		o.t.Fatalf("casctl %s: %v: %s", command, err, out)
	}
	if err := json.Unmarshal(out, v); err != nil {
		o.t.Fatalf("casctl %s: %v: %s", command, err, out)
	}
}

func (o *office) said() []string {
	var notes []struct{ Text string }
	o.casctl(&notes, "notifications")
	var texts []string
	for _, n := range notes {
		texts = append(texts, n.Text)
	}
	return texts
}

// address is what the program opened in a browser; "" while nothing was.
func (o *office) address() string {
	data, err := os.ReadFile(o.opened)
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(data), "\n")
	return first
}

// addressSoon is address, after a moment in which a busy machine may open it:
// who presses the keys again at once goes back to where they began.
func (o *office) addressSoon() string {
	for range 20 {
		if a := o.address(); a != "" {
			return a
		}
		time.Sleep(100 * time.Millisecond)
	}
	return ""
}

// quit presses Ctrl+Q until the program ends, as a person does whose key came
// while the window was busy, and gives the exit code.
func (o *office) quit(p *realparts.Process) int {
	o.t.Helper()
	o.display.Wait("the end", func() bool {
		select {
		case <-p.Ended():
			return true
		default:
		}
		if o.display.Shows("Cloud App Security") {
			o.display.Do("key", "ctrl+q")
		}
		select {
		case <-p.Ended():
			return true
		case <-time.After(3 * time.Second):
			return false
		}
	})
	return p.Wait()
}

func TestWindow(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.start()
	window := o.display.Window("Cloud App Security")
	o.display.Wait("a frame that isn't blank", func() bool { return realparts.Colours(o.display.Picture()) > 20 })
	if geometry := o.display.Do("getwindowgeometry", window); !strings.Contains(geometry, "1240x700") {
		t.Errorf("the window is %s", geometry)
	}
	p.Signal(syscall.SIGTERM)
	if code := p.Wait(); code != 0 {
		t.Errorf("ended with %d", code)
	}
}

// TestNoDisplay: what nobody can show is said in words.
func TestNoDisplay(t *testing.T) {
	t.Parallel()
	env := append(realparts.Keyring(t), "DISPLAY=:-1")
	p := realparts.Start(t, env, realparts.Program(t, "cloudappsecurity"), "--demo", "--data-dir", filepath.Join(t.TempDir(), "data"))
	if code := p.Wait(); code != 1 || !strings.Contains(p.Stderr(), "no display can be used") || strings.Contains(p.Stderr(), "goroutine") {
		t.Errorf("ended with %d: %s", code, p.Stderr())
	}
}

// TestDamagedDemo: a demo that can't start offers to begin anew.
func TestDamagedDemo(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	state := filepath.Join(o.data, "demo-tenant.json", "tenant.json")
	if err := os.MkdirAll(filepath.Dir(state), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(state, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := o.start()
	o.display.Window("Cloud App Security")
	o.display.Do("mousemove", "1400", "880")
	o.still()
	o.display.Wait("the demo anew", func() bool {
		o.display.Do("key", "Tab", "Tab", "Return") // Quit, Reset demo
		b, err := os.ReadFile(state)
		return err != nil || len(b) > 1
	})
	o.display.Do("key", "ctrl+q")
	p.Signal(syscall.SIGTERM)
	if code := p.Wait(); code > 1 { // the first failure is told in the exit code
		t.Errorf("ended with %d", code)
	}
}

// TestWizardByKeyboard walks from the Dashboard to "Exchange Online protected."
// in the real window, with keys only, and Chromium as the browser.
func TestWizardByKeyboard(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.start()
	o.display.Window("Cloud App Security")
	o.display.Wait("the dashboard", func() bool { return realparts.Colours(o.display.Picture()) > 20 })
	o.display.Do("mousemove", "1200", "660") // without a window manager, keys go where the pointer is
	o.display.Wait("an opened browser", func() bool {
		o.display.Do("key", "ctrl+1", "Return", "Return") // the first card, then "Click here"
		return o.addressSoon() != ""
	})
	organization := tenant.New(tenant.Options{Seed: 1})
	who := realparts.Administrator{Username: organization.AdminUsername(), Password: organization.AdminPassword()}
	if text, err := who.Walk(realparts.Tab(t), o.address()); err != nil {
		t.Fatalf("the browser ended on %q: %v", text, err)
	}
	o.display.Wait("the grant", func() bool { return slices.Contains(o.said(), "Access to Exchange Online granted.") })
	o.display.Wait("the sentence", func() bool {
		o.display.Do("key", "ctrl+Return") // Done of the second step
		return slices.Contains(o.said(), "Exchange Online protected.")
	})
	if code := o.quit(p); code != 0 {
		t.Errorf("ended with %d", code)
	}
}
