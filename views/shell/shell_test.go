package shell

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"cloudappsecurity/views/ui"
	"cloudappsecurity/views/ui/uitest"
)

type fixture struct {
	*Shell
	canvas   fyne.Canvas
	first    *ui.Button // on the dashboard
	mark     *ui.Button // in the bell
	quit     int
	escaped  int
	takesEsc bool
}

func open(t *testing.T) *fixture {
	f := &fixture{first: ui.NewButton(ui.Outlined, "On dashboard", nil), mark: ui.NewButton(ui.Link, "Mark all as read", nil)}
	now := time.Date(2026, 11, 19, 14, 32, 0, 0, time.UTC)
	f.canvas = uitest.OpenWith(t, 1440, 900, func(c fyne.Canvas) fyne.CanvasObject {
		f.Shell = New(Options{Canvas: c, Now: func() time.Time { return now }, OnQuit: func() { f.quit++ },
			Bell: func(func()) (fyne.CanvasObject, func() fyne.Focusable) {
				return f.mark, func() fyne.Focusable { return f.mark }
			}},
			Page{ID: "dashboard", Title: "Dashboard", Icon: "home", Content: f.first, Focus: func() fyne.Focusable { return f.first }},
			Page{ID: "settings", Title: "Settings", Icon: "settings", Section: "Administration", Content: ui.Body("settings page")},
			Page{ID: "grant", Title: "Grant Access to Exchange Online", Crumb: "dashboard", Content: ui.Body("wizard"),
				OnEscape: func() bool { f.escaped++; return f.takesEsc }},
		)
		return f.Root()
	})
	return f
}

func (f *fixture) shortcut(key fyne.KeyName, extra fyne.KeyModifier) {
	f.TypedShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault | extra})
}

func TestShortcutsNavigate(t *testing.T) {
	f := open(t)
	for _, c := range []struct {
		key  fyne.KeyName
		want string
	}{{fyne.Key2, "settings"}, {fyne.Key1, "dashboard"}, {fyne.KeyComma, "settings"}, {fyne.Key7, "settings"}} {
		f.shortcut(c.key, 0)
		if f.Current() != c.want {
			t.Errorf("Ctrl+%s opens %q, want %q", c.key, f.Current(), c.want)
		}
	}
	f.shortcut(fyne.KeyQ, 0)
	f.shortcut(fyne.KeyW, 0) // nobody listens
	f.shortcut(fyne.KeyF, 0)
	if f.quit != 1 {
		t.Errorf("quit %d times", f.quit)
	}
}

func TestNavigationByKeyboard(t *testing.T) {
	f := open(t)
	f.canvas.Focus(f.nav.focusable())
	uitest.Key(f.canvas, fyne.KeyDown, fyne.KeyReturn)
	if f.Current() != "settings" || !uitest.Shows(f.Root(), "settings page") {
		t.Error("Down and Enter don't open Settings")
	}
	if f.canvas.Focused() != f.nav.items[1] {
		t.Error("the navigation lost its place")
	}
}

func TestAreas(t *testing.T) {
	f := open(t)
	action := ui.NewButton(ui.Primary, "Recreate Access Token", nil)
	f.SetBanners(Banner{Text: ui.BannerText{Bold: "Demo"}}, Banner{Text: ui.BannerText{Tone: ui.Bad, Bold: "Invalid"}, Action: action})
	f.canvas.Unfocus()
	want := []fyne.Focusable{f.first, f.nav.focusable(), f.top.bell, action, f.first}
	for i, w := range want {
		uitest.Key(f.canvas, fyne.KeyF6)
		if f.canvas.Focused() != w {
			t.Fatalf("F6 number %d focuses %T %v", i+1, f.canvas.Focused(), f.canvas.Focused())
		}
	}
	action.Disable()
	f.canvas.Focus(f.top.bell)
	uitest.Key(f.canvas, fyne.KeyF6)
	if f.canvas.Focused() != f.first {
		t.Error("F6 stops at a disabled banner")
	}
}

func TestFocusOrder(t *testing.T) {
	f := open(t)
	f.canvas.Unfocus()
	want := []fyne.Focusable{f.nav.items[0], f.nav.items[1], f.nav.shortcut, f.top.bell, f.first}
	for i, w := range want {
		f.canvas.FocusNext()
		if f.canvas.Focused() != w {
			t.Fatalf("Tab number %d focuses %T", i+1, f.canvas.Focused())
		}
	}
}

func TestBell(t *testing.T) {
	f := open(t)
	f.shortcut(fyne.KeyN, fyne.KeyModifierShift)
	if uitest.Overlay(f.canvas) == nil || f.canvas.Focused() != f.mark {
		t.Fatal("the shortcut opens the bell and focuses its first control")
	}
	uitest.Key(f.canvas, fyne.KeyEscape)
	if uitest.Overlay(f.canvas) != nil || f.top.bell.open {
		t.Fatal("Escape closes it")
	}
	f.canvas.Focus(f.top.bell)
	uitest.Key(f.canvas, fyne.KeyReturn)
	f.shortcut(fyne.KeyN, fyne.KeyModifierShift)
	if uitest.Overlay(f.canvas) != nil {
		t.Fatal("the shortcut closes it again")
	}
	f.ShowNotifications()
	f.shortcut(fyne.Key2, 0)
	if uitest.Overlay(f.canvas) != nil || f.Current() != "settings" {
		t.Fatal("navigating closes it")
	}
}

func TestBellByMouse(t *testing.T) {
	f := open(t)
	f.top.bell.MouseIn(&desktop.MouseEvent{})
	o, ok := uitest.Overlay(f.canvas).(interface {
		fyne.Tappable
		desktop.Hoverable
	})
	if !ok {
		t.Fatal("hovering opens the bell")
	}
	bell := fyne.CurrentApp().Driver().AbsolutePositionForObject(f.top.bell).AddXY(10, 10)
	o.Tapped(&fyne.PointEvent{Position: bell})
	away := &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(300, 700)}}
	o.MouseMoved(away)
	if uitest.Overlay(f.canvas) == nil {
		t.Fatal("a click on the bell pins what hovering opened")
	}
	o.Tapped(&away.PointEvent)
	if uitest.Overlay(f.canvas) != nil {
		t.Fatal("a click outside closes it")
	}
	f.top.bell.MouseIn(&desktop.MouseEvent{})
	uitest.Overlay(f.canvas).(desktop.Hoverable).MouseMoved(away)
	if uitest.Overlay(f.canvas) != nil {
		t.Fatal("opened by hovering, it closes when the pointer leaves")
	}
}

func TestDialogBlocksShortcuts(t *testing.T) {
	f := open(t)
	uitest.Key(f.canvas, fyne.KeyEscape) // nothing to close
	f.canvas.Unfocus()
	uitest.Key(f.canvas, fyne.KeyF1)
	if !uitest.Shows(uitest.Overlay(f.canvas), "Keyboard shortcuts") {
		t.Fatal("F1 lists the keys")
	}
	f.shortcut(fyne.Key2, 0)
	if f.Current() != "dashboard" {
		t.Error("a page changed below the dialog")
	}
	uitest.Key(f.canvas, fyne.KeyEscape)
	if uitest.Overlay(f.canvas) != nil {
		t.Error("Escape closes the list")
	}
}

func TestEscapeLeadsBack(t *testing.T) {
	f := open(t)
	f.Open("grant")
	if !uitest.Shows(f.Root(), "Grant Access to Exchange Online") || !f.nav.items[0].lit {
		t.Fatal("a page below the dashboard lights it")
	}
	f.takesEsc = true
	uitest.Key(f.canvas, fyne.KeyEscape)
	if f.Current() != "grant" || f.escaped != 1 {
		t.Fatal("the page may use Escape")
	}
	f.takesEsc = false
	uitest.Key(f.canvas, fyne.KeyEscape)
	if f.Current() != "dashboard" {
		t.Fatal("else it leads back")
	}
}

func TestStatus(t *testing.T) {
	at := time.Date(2026, 11, 19, 14, 2, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		status Status
		want   string
		bell   string
	}{
		{"online", Status{Organization: "Contoso Bakery", Unread: 3}, "Online", "3"},
		{"offline", Status{Offline: true, DataOf: at}, "Offline: showing data of 14:02", ""},
		{"offline since ever", Status{Offline: true}, "Offline", ""},
		{"many", Status{Unread: 250}, "Online", "99+"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := open(t)
			f.SetStatus(c.status)
			if !uitest.Shows(f.Root(), c.want) {
				t.Errorf("no %q in %q", c.want, uitest.Texts(f.Root()))
			}
			if c.bell != "" && !uitest.Shows(f.Root(), c.bell) {
				t.Errorf("no badge %q", c.bell)
			}
			if c.status.Organization != "" && !uitest.Shows(f.Root(), c.status.Organization) {
				t.Error("no organization")
			}
		})
	}
}

func TestAtMostThreeBanners(t *testing.T) {
	f := open(t)
	var many []Banner
	for _, s := range []string{"one", "two", "three", "four"} {
		many = append(many, Banner{Text: ui.BannerText{Bold: s}})
	}
	f.SetBanners(many...)
	if !uitest.Shows(f.Root(), "three") || uitest.Shows(f.Root(), "four") {
		t.Error("want the first three")
	}
	f.SetBanners()
	if uitest.Shows(f.Root(), "one") {
		t.Error("they are gone when cleared")
	}
}

func TestPagesFitSmallWindows(t *testing.T) {
	f := open(t)
	for _, size := range []fyne.Size{fyne.NewSize(1024, 700), fyne.NewSize(1440, 900), fyne.NewSize(2560, 1440)} {
		f.Root().Resize(size)
		pos, content := f.content.Position(), f.content.Size()
		side, bottom := margin(size.Width)
		if pos.X != navWidth+side || pos.X+content.Width != size.Width-side || pos.Y+content.Height != size.Height-bottom {
			t.Errorf("at %v the page is at %v, %v", size, pos, content)
		}
	}
}
