package desktop

import (
	"fmt"
	"slices"

	"fyne.io/fyne/v2"
	fynedesktop "fyne.io/fyne/v2/driver/desktop"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// tray is the icon in the system's tray and its menu. The menu is built whole
// from the state, each time.
type tray struct {
	d    *desktop
	host fynedesktop.App // nil while there is no icon
	icon string
	// One menu, whose lines change: Fyne sets the first one again when its loop
	// begins, which may be after the state was loaded.
	menu  *fyne.Menu
	texts []string // of the lines that are set: setting the same ones again closes the menu under the pointer
}

// newTray makes the tray. Fyne starts an icon together with the window's loop
// and never later: it has to have a menu now, before anything is loaded.
// Without a host on the bus there is no icon, or the tray's own goroutines
// would fail at quit.
func newTray(d *desktop) *tray {
	t := &tray{d: d, menu: fyne.NewMenu(Name)}
	if host, ok := d.fyne.(fynedesktop.App); ok && trayHost() {
		t.host = host
		t.set("tray", nil, 0)
	}
	return t
}

// hosted says whether something shows the icon.
func (t *tray) hosted() bool { return t.host != nil && trayHost() }

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
	icon, lines := trayState(st)
	unread := 0
	if st != nil {
		unread = st.unread
	}
	t.set(icon, lines, unread)
}

func (t *tray) set(icon string, entries []entry, unread int) {
	if t.host == nil {
		return
	}
	if len(entries) > 0 {
		entries = append(entries, entry{})
	}
	entries = append(entries, entry{text: "Open " + Name, press: t.d.front})
	if t.d.screens != nil {
		entries = append(entries, entry{text: counted("Notifications", unread), press: func() {
			t.d.front()
			if t.d.screens != nil {
				t.d.screens.shell.ShowNotifications()
			}
		}})
	}
	entries = append(entries, entry{}, entry{text: "Quit", press: t.d.quit, quit: true})
	if icon != t.icon {
		t.icon = icon
		t.host.SetSystemTrayIcon(picture(icon))
	}
	texts := make([]string, 0, len(entries))
	items := make([]*fyne.MenuItem, 0, len(entries))
	for _, e := range entries {
		texts = append(texts, e.text)
		items = append(items, e.item())
	}
	if !slices.Equal(texts, t.texts) {
		t.texts, t.menu.Items = texts, items
		t.host.SetSystemTrayMenu(t.menu)
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
			one, more := "person", "people"
			if a.Service.CoversSites() {
				one, more = "site", "sites"
			}
			line = a.Service.Name() + ": access granted, " + ui.Counted(s.Counts.Protected, one, more)
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

// notify shows a notification of the system: fixed texts only. Its second line
// stays behind the bell, since it may name people.
func (d *desktop) notify(n service.Notification) {
	text := n.Text
	if n.Detail == service.ScanPending {
		text += "\n" + service.ScanPending
	}
	d.tell(text)
}

// tell lets the system show a text, one after the other and off the main
// thread: a desktop whose notifications hang must not hold the window.
func (d *desktop) tell(text string) {
	before, told := d.told, make(chan struct{})
	d.told = told
	go func() {
		defer close(told)
		if before != nil {
			<-before
		}
		notifySystem(d.fyne, text)
	}()
}
