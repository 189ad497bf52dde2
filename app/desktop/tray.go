package desktop

import (
	"fmt"

	"fyne.io/fyne/v2"
	fynedesktop "fyne.io/fyne/v2/driver/desktop"

	"cloudappsecurity/service"
)

// tray is the icon in the system's tray and its menu. The menu is built whole
// from the state, each time.
type tray struct {
	d    *desktop
	icon string
	menu []string // of the menu that is set: setting the same one again closes it under the pointer
}

func newTray(d *desktop) *tray { return &tray{d: d} }

// hosted says whether something shows the icon.
func (t *tray) hosted() bool {
	_, ok := t.d.fyne.(fynedesktop.App)
	return ok && trayHost()
}

// entry is one line of the menu; "" is a separator, nil press a line which only
// says something.
type entry struct {
	text  string
	press func()
	quit  bool
}

// show sets icon and menu. A nil state is a program that could not open its
// data.
func (t *tray) show(st *frameState) {
	host, ok := t.d.fyne.(fynedesktop.App)
	if !ok || (st != nil && !st.tray) || (st == nil && !trayHost()) {
		return // without a host on the bus, the tray's own goroutines fail at quit
	}
	icon, entries := trayState(st)
	open := entry{text: "Open " + Name, press: t.d.front}
	entries = append(entries, entry{}, open)
	if st != nil {
		entries = append(entries, entry{text: counted("Notifications", st.unread), press: func() {
			t.d.front()
			if t.d.screens != nil {
				t.d.screens.shell.ShowNotifications()
			}
		}})
	}
	entries = append(entries, entry{}, entry{text: "Quit", press: t.d.fyne.Quit, quit: true})
	if icon != t.icon {
		t.icon = icon
		host.SetSystemTrayIcon(picture(icon))
	}
	texts := make([]string, 0, len(entries))
	items := make([]*fyne.MenuItem, 0, len(entries))
	for _, e := range entries {
		texts = append(texts, e.text)
		items = append(items, e.item())
	}
	if !equal(texts, t.menu) {
		t.menu = texts
		host.SetSystemTrayMenu(fyne.NewMenu(Name, items...))
	}
}

func (e entry) item() *fyne.MenuItem {
	if e.text == "" {
		return fyne.NewMenuItemSeparator()
	}
	item := fyne.NewMenuItem(e.text, e.press)
	item.Disabled = e.press == nil
	item.IsQuit = e.quit
	return item
}

// trayState gives the icon and the lines that only say something.
func trayState(st *frameState) (icon string, lines []entry) {
	if st == nil {
		return "tray-action", []entry{{text: "Needs you: open the window"}}
	}
	name := st.org.DisplayName
	if name == "" {
		name = "No organization yet"
	} else if st.online {
		name += ": Online"
	} else {
		name += ": Offline"
	}
	icon, lines = "tray", []entry{{text: name}}
	if !st.online {
		icon = "tray-offline"
	}
	for _, s := range st.services {
		a := s.Account
		if a.State == service.StateNotGranted {
			continue
		}
		line := a.Service.Name() + ": " + a.StateText()
		if a.Problem != "" {
			icon = "tray-action"
		} else if a.State == service.StateGranted {
			line = fmt.Sprintf("%s: access granted, %d people", a.Service.Name(), s.Counts.Protected)
		}
		lines = append(lines, entry{text: line})
	}
	return icon, lines
}

func counted(name string, n int) string {
	if n == 0 {
		return name
	}
	return fmt.Sprintf("%s (%d)", name, n)
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// notify shows a notification of the system: fixed texts only. Its second line
// stays behind the bell, since it may name people.
func (d *desktop) notify(n service.Notification) {
	text := n.Text
	if n.Detail == service.ScanPending {
		text += "\n" + service.ScanPending
	}
	d.fyne.SendNotification(fyne.NewNotification(Name, text))
}
