package desktop

import (
	"context"
	"slices"
	"sync"
	"time"

	"fyne.io/fyne/v2"

	"cloudappsecurity/app"
	"cloudappsecurity/service"
	"cloudappsecurity/views/account"
	"cloudappsecurity/views/dashboard"
	"cloudappsecurity/views/extend"
	"cloudappsecurity/views/grant"
	"cloudappsecurity/views/notifications"
	"cloudappsecurity/views/policy"
	"cloudappsecurity/views/review"
	"cloudappsecurity/views/settings"
	"cloudappsecurity/views/shell"
	"cloudappsecurity/views/ui"
)

// screens are all screens of one opened organization. Its methods run on the
// main thread.
type screens struct {
	d         *desktop
	app       *app.App
	wizard    *app.Wizard
	ctx       context.Context
	cancel    context.CancelFunc
	shell     *shell.Shell
	dashboard *dashboard.View
	notes     *notifications.List
	settings  *settings.View
	review    *review.View
	policies  map[service.PolicyKind]*policy.View
	editor    *policy.Editor // the latest one
	account   *account.View
	updates   map[service.Service]*account.Update
	extend    *extend.View
	bell      *notifications.List // while the bell is open
	wizards   map[service.Service]*grant.View
	frame     ui.Loader
	listening []func()
	notified  int64 // ID of the latest notification that was shown or known
	knowing   bool  // notified is known
	hidSaid   bool
	granting  map[service.Service]service.GrantStep
	removing  map[service.Service]service.RemovalProgress // as it was shown last
}

func newScreens(d *desktop) *screens {
	ctx, cancel := context.WithCancel(context.Background())
	s := &screens{d: d, app: d.app, wizard: app.NewWizard(d.app), ctx: ctx, cancel: cancel,
		wizards: map[service.Service]*grant.View{}, policies: map[service.PolicyKind]*policy.View{},
		updates: map[service.Service]*account.Update{}, granting: map[service.Service]service.GrantStep{},
		removing: map[service.Service]service.RemovalProgress{}}
	s.dashboard = dashboard.New(dashboard.Options{Context: ctx, Source: s, Now: time.Now, OnGrant: s.openWizard,
		OnRemoval: s.openRemoval, Sync: s.wizard,
		OnShowNotifications: func() { s.shell.Open("notifications") }})
	openExtend := func() { s.shell.Open("extend") }
	s.notes = notifications.NewPage(notifications.Options{Context: ctx, Store: noted{s}, Now: time.Now, OnExtend: openExtend})
	s.extend = extend.New(extend.Options{Context: ctx, Source: s, OnClose: func() { s.shell.Open("dashboard") },
		OnPolicies: func() { s.shell.Open(string(service.ThreatProtection)) }})
	s.settings = settings.New(settings.Options{Context: ctx, Source: s, Canvas: d.window.Canvas(), ApplyVariant: s.applyVariant,
		OpenFolder: s.openFolder, ResetDemo: d.resetDemo})
	s.review = review.New(review.Options{Context: ctx, Source: reviewed{s}, Services: service.Services(), Canvas: d.window.Canvas(), Now: time.Now,
		ChooseFile: s.chooseFile})
	s.account = account.New(account.Options{Context: ctx, Source: s, Now: time.Now, OnGrant: s.openWizard, OnUpdate: s.openUpdate,
		OnExtend: openExtend, Removals: s.wizard, Canvas: d.window.Canvas(), Online: s.app.Connection.Online})
	pages := append([]shell.Page{
		{ID: "dashboard", Title: "Dashboard", Icon: "home", Content: s.dashboard, OnShow: s.dashboard.Reload, Focus: s.dashboard.Focusable}},
		s.policyPages()...)
	pages = append(pages,
		shell.Page{ID: "account", Title: "Service Account", Icon: "key", Section: "Administration", Content: s.account, OnShow: s.account.Reload,
			Focus: s.account.Focusable, OnEscape: s.account.Escape},
		shell.Page{ID: "targets", Title: "Targets", Icon: "people", Section: "Administration", Content: s.review, OnShow: s.review.Reload,
			OnFind: s.review.Find, Focus: s.review.Focusable},
		shell.Page{ID: "settings", Title: "Settings", Icon: "settings", Section: "Administration", Content: s.settings, OnShow: s.settings.Reload},
		shell.Page{ID: "notifications", Title: "Notifications", Crumb: "dashboard", Content: s.notes, OnShow: s.notes.Reload, Focus: s.notes.Focusable},
		shell.Page{ID: "extend", Title: "Extend", Crumb: "dashboard", Content: s.extend, OnShow: s.extend.Reload, Focus: s.extend.Focusable})
	s.shell = shell.New(shell.Options{Canvas: d.window.Canvas(), Now: time.Now, Bell: s.openBell, OnClose: d.hideOrQuit, OnQuit: d.quit}, pages...)
	s.listen()
	s.app.Background("resume", s.wizard.Resume)
	return s
}

// listen brings what changes to the main thread, at most ten times a second.
func (s *screens) listen() {
	e := s.app.Events
	wake := s.throttle(s.reload)
	for _, signal := range []*service.Signal{&e.Accounts, &e.Targets, &e.Notifications, &e.Connection, &e.Settings} {
		s.listening = append(s.listening, signal.Listen(wake))
	}
	s.listening = append(s.listening,
		e.Grant.Listen(s.throttle(s.grantChanged)),
		e.Removal.Listen(s.throttle(s.removalChanged)),
		e.Synchronized.Listen(s.throttle(func() {
			for _, svc := range service.Services() {
				s.dashboard.SetSync(s.app.Grants.SyncProgress(svc))
			}
			if s.shell.Current() == "policy" {
				s.editor.Reload()
			}
			if !s.app.Connection.Online() {
				s.reload() // one may wait now
			}
		})))
}

// throttle gives a function which may be called from anywhere, as often as one
// likes: it calls f on the main thread soon, once for all calls within pause.
func (s *screens) throttle(f func()) func() {
	var mu sync.Mutex
	pending := false
	return func() {
		mu.Lock()
		defer mu.Unlock()
		if pending || s.ctx.Err() != nil {
			return
		}
		pending = true
		time.AfterFunc(pause, func() {
			mu.Lock()
			pending = false
			mu.Unlock()
			fyne.Do(func() {
				if s.ctx.Err() == nil {
					f()
				}
			})
		})
	}
}

func (s *screens) stop() {
	s.cancel()
	for _, remove := range s.listening {
		remove()
	}
	for _, w := range s.wizards {
		w.Release()
	}
}

// frameState is what the frame and the tray show.
type frameState struct {
	org      service.Organization
	services []dashboard.ServiceState
	unread   int
	latest   []service.Notification // newest first
	online   bool
	since    time.Time
	demo     bool
	waiting  int // synchronizations, for the connection
}

// reload loads the frame, the tray and what is in sight.
func (s *screens) reload() {
	s.frame.Load(func() func() {
		st, err := s.load()
		if err != nil {
			s.app.Config.Log.Warn("loading the frame", "error", err)
			return nil
		}
		return func() {
			if s.ctx.Err() == nil {
				s.show(st)
			}
		}
	})
	if !s.d.visible {
		return
	}
	switch s.shell.Current() {
	case "dashboard":
		s.dashboard.Reload()
	case "notifications":
		s.notes.Reload()
	case "account":
		s.account.Reload()
	case "extend":
		s.extend.Reload()
	case "targets":
		s.review.Reload()
	case "settings":
		s.settings.Reload()
	case string(service.ThreatProtection), string(service.DataLossPrevention):
		s.policies[service.PolicyKind(s.shell.Current())].Reload()
	case "policy":
		s.editor.Reload()
	}
	if s.bell != nil {
		s.bell.Reload()
	}
	for _, w := range s.wizards {
		w.Reload()
	}
	for _, u := range s.updates {
		u.Reload()
	}
}

func (s *screens) load() (st frameState, err error) {
	store := s.app.Store
	st.online, st.since, st.demo = s.app.Connection.Online(), s.app.Connection.Since(), s.app.Config.Demo
	if st.org, err = s.organization(s.ctx); err != nil {
		return st, err
	}
	if st.services, err = s.states(s.ctx); err != nil {
		return st, err
	}
	if !st.online {
		if st.waiting, err = s.waiting(); err != nil {
			return st, err
		}
	}
	if st.unread, err = store.Unread(s.ctx); err != nil {
		return st, err
	}
	st.latest, err = store.Notifications(s.ctx, 0, 20)
	return st, err
}

func (s *screens) show(st frameState) {
	for _, n := range slices.Backward(st.latest) {
		// Compared here and not while loading: loads may follow one another
		// closely, and each sentence is said once.
		if s.knowing && n.ID > s.notified && !n.Read {
			s.d.notify(n)
		}
		s.notified = max(s.notified, n.ID)
	}
	s.knowing = true
	s.d.tray.show(&st)
	if !s.d.visible {
		return
	}
	dataOf := st.since
	for _, svc := range st.services {
		if svc.Account.SyncedAt.After(dataOf) {
			dataOf = svc.Account.SyncedAt
		}
	}
	s.shell.SetStatus(shell.Status{Organization: st.org.DisplayName, Offline: !st.online, DataOf: dataOf, Unread: st.unread})
	s.shell.SetBanners(s.bannersOf(st)...)
	s.dashboard.SetOffline(!st.online, dataOf)
}

func (s *screens) bannersOf(st frameState) []shell.Banner {
	var banners []shell.Banner
	if st.demo {
		banners = append(banners, shell.DemoBanner())
	}
	if !st.online {
		banners = append(banners, shell.OfflineBanner(st.waiting))
	}
	for _, svc := range st.services {
		if svc.Account.Problem != "" {
			id := svc.Account.Service
			banners = append(banners, shell.ActionBanner(id.Name()+" needs you.", svc.Account.ProblemText,
				ui.NewButton(ui.Primary, "Grant access again", func() { s.openWizard(id) })))
		}
	}
	return banners
}

// grantChanged brings the window to the front when the browser's part is done.
func (s *screens) grantChanged() {
	for _, id := range service.Services() {
		step := s.app.Grants.Progress(id).Step
		if step == service.GrantDone && s.granting[id] != step && s.granting[id] != service.GrantIdle {
			s.d.front()
		}
		s.granting[id] = step
	}
	if s.d.visible && s.shell.Current() == "dashboard" {
		s.dashboard.Reload()
	}
}

func (s *screens) openWizard(id service.Service) {
	w := s.wizards[id]
	if w == nil {
		w = grant.New(grant.Config{
			Context: s.ctx, Service: id, Grants: s.wizard, Search: s.app.Directory, Store: s.app.Store, Events: s.app.Events,
			Canvas: s.d.window.Canvas(), Online: s.app.Connection.Online, Clipboard: s.d.fyne.Clipboard().SetContent, OnClose: func() { s.shell.Open("dashboard") },
		})
		s.wizards[id] = w
	}
	s.shell.Show(shell.Page{ID: "grant-" + string(id), Title: "Grant Access to " + id.Name(), Crumb: "dashboard", Content: w,
		OnShow: w.Shown, OnHide: w.Hidden, Focus: w.Focusable, OnSubmit: w.Submit, OnEscape: w.Escape, OnFind: w.Find})
}

func (s *screens) openBell(closeBell func()) (fyne.CanvasObject, func() fyne.Focusable) {
	s.bell = notifications.NewPopover(notifications.Options{Context: s.ctx, Store: noted{s}, Now: time.Now, OnShowAll: func() {
		closeBell()
		s.shell.Open("notifications")
	}, OnExtend: func() {
		closeBell()
		s.shell.Open("extend")
	}})
	s.bell.Changed = s.shell.RefreshBell
	s.bell.Reload()
	return s.bell, s.bell.Focusable
}

func (s *screens) openFolder(path string) error {
	return openFolder(s.d.fyne, path)
}

func (s *screens) applyVariant(v ui.Variant) {
	s.d.theme.SetVariant(v)
	s.d.fyne.Settings().SetTheme(s.d.theme)
}

// saidHidden says once where the window went.
func (s *screens) saidHidden() {
	if !s.hidSaid {
		s.hidSaid = true
		s.d.tell("The program goes on in the tray.")
	}
}
