package gallery

import (
	"context"
	"errors"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"cloudappsecurity/service"
	"cloudappsecurity/views/account"
	"cloudappsecurity/views/dashboard"
	"cloudappsecurity/views/grant"
	"cloudappsecurity/views/notifications"
	"cloudappsecurity/views/policy"
	"cloudappsecurity/views/review"
	"cloudappsecurity/views/settings"
	"cloudappsecurity/views/shell"
	"cloudappsecurity/views/ui"
	"cloudappsecurity/views/ui/uitest"
)

// look is how the window is drawn.
type look struct {
	width, height, scale float32
	variant              ui.Variant
}

// stage is the window with all screens, as app/desktop puts them together.
type stage struct {
	t         *testing.T
	w         *world
	window    fyne.Window
	canvas    fyne.Canvas
	shell     *shell.Shell
	dashboard *dashboard.View
	wizard    *grant.View
	review    *review.View
	update    *account.Update
	editor    *policy.Editor // nil: none was opened
	lists     map[service.PolicyKind]*policy.View
	reloads   []func() // of the other pages, when what is stored changes
}

// program starts Fyne once for a whole test: its fonts are read anew for each program.
func program(t *testing.T) {
	t.Helper()
	t.Setenv("LANG", "en_US.UTF-8")
	test.NewTempApp(t)
}

func newStage(t *testing.T, w *world, l look) *stage {
	t.Helper()
	settings := fyne.CurrentApp().Settings()
	if now, ok := settings.Theme().(*ui.Theme); !ok || now.Variant() != l.variant {
		settings.SetTheme(ui.NewTheme(l.variant))
	}
	window := test.NewTempWindow(t, nil)
	window.SetPadded(false)
	c := window.Canvas()
	c.(interface{ SetScale(float32) }).SetScale(l.scale)
	s := &stage{t: t, w: w, window: window, canvas: c, lists: map[service.PolicyKind]*policy.View{}}
	s.build()
	window.SetContent(s.shell.Root())
	window.Resize(fyne.NewSize(l.width, l.height))
	s.connection()
	s.dashboard.Reload()
	return s
}

// dataOf is when the connection was lost, while it is.
var dataOf = now.Add(-11 * time.Hour)

// connection brings to the frame whether the network is away.
func (s *stage) connection() {
	s.shell.SetStatus(shell.Status{Organization: s.w.org.DisplayName, Offline: s.w.offline, DataOf: dataOf, Unread: unread(s.w.notes)})
	s.shell.SetBanners(s.banners()...)
	s.dashboard.SetOffline(s.w.offline, dataOf)
}

func unread(notes []service.Notification) (n int) {
	for _, e := range notes {
		if !e.Read {
			n++
		}
	}
	return n
}

func (s *stage) build() {
	clock := func() time.Time { return now }
	inline := func(f func()) { f() }
	s.dashboard = dashboard.New(dashboard.Options{Source: s.w, Now: clock, Loader: ui.Inline(), OnGrant: func(service.Service) { s.grant() },
		OnShowNotifications: func() { s.shell.Open("notifications") }})
	notes := notifications.NewPage(notifications.Options{Store: s.w, Now: clock, Loader: ui.Inline()})
	settingsView := settings.New(settings.Options{Source: s.w, Canvas: s.canvas, Loader: ui.Inline(), ResetDemo: func() {},
		OpenFolder: func(string) error { return errors.New("exec: \"xdg-open\": executable file not found in $PATH") }})
	s.wizard = grant.New(grant.Config{Context: context.Background(), Service: service.ExchangeOnline, Grants: s.w, Search: s.w, Store: s.w, Events: &service.Events{},
		Canvas: s.canvas, Online: s.online, Now: clock, Do: inline, Off: inline, OnClose: func() { s.shell.Open("dashboard") },
		After: func(_ time.Duration, f func()) { f() }, Every: func(time.Duration, func()) func() { return func() {} }})
	s.t.Cleanup(s.wizard.Release)
	s.shell = shell.New(shell.Options{Canvas: s.canvas, Now: clock, Bell: func(closeBell func()) (fyne.CanvasObject, func() fyne.Focusable) {
		l := notifications.NewPopover(notifications.Options{Store: s.w, Now: clock, Loader: ui.Inline(), OnShowAll: func() { closeBell(); s.shell.Open("notifications") }})
		l.Changed = s.shell.RefreshBell
		l.Reload()
		return l, l.Focusable
	}}, append(append([]shell.Page{
		{ID: "dashboard", Title: "Dashboard", Icon: "home", Content: s.dashboard, OnShow: s.dashboard.Reload, Focus: s.dashboard.Focusable}}, s.later(clock)...),
		shell.Page{ID: "settings", Title: "Settings", Icon: "settings", Section: "Administration", Content: settingsView, OnShow: settingsView.Reload},
		shell.Page{ID: "notifications", Title: "Notifications", Crumb: "dashboard", Content: notes, OnShow: notes.Reload, Focus: notes.Focusable})...)
}

func (s *stage) banners() (list []shell.Banner) {
	if s.w.demo {
		list = append(list, shell.DemoBanner())
	}
	if s.w.offline {
		list = append(list, shell.OfflineBanner(s.w.waiting))
	}
	if s.w.account.Problem != "" {
		list = append(list, shell.ActionBanner("Exchange Online needs you.", s.w.account.ProblemText, ui.NewButton(ui.Primary, "Grant access again", s.grant)))
	}
	return list
}

func (s *stage) grant() {
	s.shell.Show(shell.Page{ID: "grant-exchange", Title: "Grant Access to Exchange Online", Crumb: "dashboard", Content: s.wizard,
		OnShow: s.wizard.Shown, OnHide: s.wizard.Hidden, Focus: s.wizard.Focusable, OnSubmit: s.wizard.Submit, OnEscape: s.wizard.Escape, OnFind: s.wizard.Find})
}

// press presses the button or the choice that says words.
func (s *stage) press(words string) {
	s.t.Helper()
	for _, o := range append([]fyne.CanvasObject{s.canvas.Content()}, s.canvas.Overlays().List()...) {
		for _, x := range uitest.Objects(o) {
			if p, ok := x.(fyne.Tappable); ok && uitest.Name(x) == words {
				p.Tapped(&fyne.PointEvent{})
				return
			}
		}
	}
	s.t.Fatalf("nothing says %q", words)
}

// search types into the search of step 2.
func (s *stage) search(text string) {
	s.wizard.Find()
	f, ok := s.canvas.Focused().(interface{ SetText(string) })
	if !ok {
		s.t.Fatal("the search takes no focus")
	}
	f.SetText(text)
	uitest.Key(s.canvas, fyne.KeyReturn)
}

// end scrolls what is in sight to its end.
func (s *stage) end() {
	for _, o := range uitest.Find[*container.Scroll](s.canvas.Content()) {
		o.ScrollToBottom()
	}
}
