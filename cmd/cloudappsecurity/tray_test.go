package main

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"

	"cloudappsecurity/app/realparts"
	"cloudappsecurity/service/m365sim/tenant"
)

// panel is what a desktop shows around the programs: the host of the tray's
// icons and the notifications of the system, on the session bus of an office.
type panel struct {
	t   *testing.T
	bus *dbus.Conn

	mu    sync.Mutex
	item  dbus.BusObject // the program's icon; nil before it appears
	menu  dbus.BusObject
	notes []string // title and text
}

const (
	watcher       = "org.kde.StatusNotifierWatcher"
	notifications = "org.freedesktop.Notifications"
)

func newPanel(t *testing.T, o *office) *panel {
	t.Helper()
	var address string
	for _, v := range o.env {
		if rest, ok := strings.CutPrefix(v, "DBUS_SESSION_BUS_ADDRESS="); ok {
			address = rest
		}
	}
	bus, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bus.Close() })
	p := &panel{t: t, bus: bus}
	for _, err := range []error{
		bus.ExportMethodTable(map[string]any{"RegisterStatusNotifierItem": p.register}, "/StatusNotifierWatcher", watcher),
		bus.ExportMethodTable(map[string]any{"Notify": p.notify}, "/org/freedesktop/Notifications", notifications),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := prop.Export(bus, "/StatusNotifierWatcher", prop.Map{watcher: {"IsStatusNotifierHostRegistered": {Value: true}}}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{watcher, notifications} {
		if reply, err := bus.RequestName(name, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
			t.Fatalf("%s: %v, %v", name, reply, err)
		}
	}
	return p
}

// register is org.kde.StatusNotifierWatcher.RegisterStatusNotifierItem.
func (p *panel) register(_ string, sender dbus.Sender) *dbus.Error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.item = p.bus.Object(string(sender), "/StatusNotifierItem")
	p.menu = p.bus.Object(string(sender), "/StatusNotifierItem/menu")
	return nil
}

// notify is org.freedesktop.Notifications.Notify.
func (p *panel) notify(_ string, _ uint32, _, title, text string, _ []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notes = append(p.notes, title+": "+text)
	return uint32(len(p.notes)), nil
}

func (p *panel) said() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.notes)
}

func (p *panel) shown() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.item != nil
}

// layout is a menu as com.canonical.dbusmenu gives it.
type layout struct {
	ID       int32
	Props    map[string]dbus.Variant
	Children []dbus.Variant
}

// entries are the menu's lines, with their IDs.
func (p *panel) entries() map[string]int32 {
	p.t.Helper()
	lines, err := p.look()
	if err != nil {
		p.t.Fatal(err)
	}
	return lines
}

// look is entries, where the program may have ended.
func (p *panel) look() (map[string]int32, error) {
	var revision uint32
	var root layout
	if err := p.menu.Call("com.canonical.dbusmenu.GetLayout", 0, int32(0), int32(-1), []string{}).Store(&revision, &root); err != nil {
		return nil, err
	}
	lines := map[string]int32{}
	for _, v := range root.Children {
		var line layout
		if err := dbus.Store([]any{v.Value()}, &line); err != nil {
			return nil, err
		}
		if label, ok := line.Props["label"].Value().(string); ok && label != "" {
			lines[label] = line.ID
		}
	}
	return lines, nil
}

// press clicks a line of the menu.
func (p *panel) press(label string) {
	p.t.Helper()
	lines := p.entries()
	id, ok := lines[label]
	if !ok {
		p.t.Fatalf("the menu has no %q: %v", label, lines)
	}
	if err := p.menu.Call("com.canonical.dbusmenu.Event", 0, id, "clicked", dbus.MakeVariant(""), uint32(0)).Err; err != nil {
		p.t.Fatal(err)
	}
}

// says waits until the menu has a line.
func (p *panel) says(label string) {
	p.t.Helper()
	var lines map[string]int32
	for deadline := time.Now().Add(realparts.Patience); ; time.Sleep(50 * time.Millisecond) {
		if lines = p.entries(); lines[label] != 0 {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("the menu says %v, not %q", lines, label)
		}
	}
}

// hide closes the window: it goes to the tray.
func (o *office) hide() {
	o.t.Helper()
	o.display.Wait("the window gone", func() bool {
		o.display.Do("key", "ctrl+w")
		return !o.display.Shows("Cloud App Security")
	})
}

// TestTray closes the window into the tray and brings it back, and holds what
// the system is told during a grant against the sentences that may stand there.
func TestTray(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	panel := newPanel(t, o)
	// systray counts its menu's versions without a lock after the first look at
	// it. Of all races that one is let pass, below.
	o.env = append(o.env, "GORACE=exitcode=0")
	p := o.start()
	o.display.Window("Cloud App Security")
	o.display.Do("mousemove", "1200", "660") // without a window manager, keys go where the pointer is
	o.display.Wait("the icon", panel.shown)
	panel.says("No organization yet")
	var pixmaps []struct {
		W, H int32
		Pix  []byte
	}
	if v, err := panel.item.GetProperty("org.kde.StatusNotifierItem.IconPixmap"); err != nil || v.Store(&pixmaps) != nil || len(pixmaps) == 0 || pixmaps[0].W == 0 {
		t.Errorf("the icon has no picture: %v", err)
	}
	o.hide()
	panel.press("Open Cloud App Security")
	o.display.Window("Cloud App Security")

	o.display.Wait("an opened browser", func() bool {
		o.display.Do("key", "ctrl+1", "Return", "Return")
		return o.addressSoon() != ""
	})
	o.hide() // the browser's part needs no window
	organization := tenant.New(tenant.Options{Seed: 1})
	who := realparts.Administrator{Username: organization.AdminUsername(), Password: organization.AdminPassword()}
	if text, err := who.Walk(realparts.Tab(t), o.address()); err != nil {
		t.Fatalf("the browser ended on %q: %v", text, err)
	}
	o.display.Window("Cloud App Security") // comes by itself
	o.display.Wait("the sentence", func() bool {
		o.display.Do("key", "ctrl+Return")
		return slices.Contains(panel.said(), "Cloud App Security: Exchange Online protected.\nThis version does not scan yet.")
	})
	want := []string{
		"Cloud App Security: The program goes on in the tray.",
		"Cloud App Security: Access to Exchange Online granted.",
		"Cloud App Security: Exchange Online protected.\nThis version does not scan yet.",
	}
	if said := panel.said(); !slices.Equal(said, want) {
		t.Errorf("the system was told\n%q, not\n%q", said, want)
	}
	panel.says("Contoso Bakery: Online")
	deadline := time.Now().Add(realparts.Patience)
	// The system's tray drops a click on a line that was just replaced, as a
	// person would see: they press again. A program that is about to end has left
	// the bus already.
	for ended := false; !ended; {
		if lines, err := panel.look(); err == nil {
			panel.menu.Go("com.canonical.dbusmenu.Event", dbus.FlagNoReplyExpected, nil, lines["Quit"], "clicked", dbus.MakeVariant(""), uint32(0))
		}
		select {
		case <-p.Ended():
			ended = true
		case <-time.After(5 * time.Second):
			if time.Now().After(deadline) {
				t.Fatalf("the program did not quit within %v", realparts.Patience)
			}
		}
	}
	if code := p.Wait(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	for _, report := range strings.Split(p.Stderr(), "WARNING: DATA RACE")[1:] {
		if !strings.Contains(report, "fyne.io/systray.refresh()") {
			t.Error(report)
		}
	}
}
