// Package grant is the wizard in which access to a service is granted: permission in the browser, whom to protect, done.
//
// It holds nothing that has to survive: where it stands it reads from the store and from the grant in progress, so that a
// wizard which was closed, or killed, resumes.
package grant

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"cloudappsecurity/service"
	"cloudappsecurity/views/targets"
	"cloudappsecurity/views/ui"
)

// Grants walks a grant. Its calls are made off the main thread.
type Grants interface {
	Progress(service.Service) service.GrantProgress
	SyncProgress(service.Service) service.SyncProgress
	// Begin starts a grant in the background and opens the browser.
	Begin(service.Service) error
	// OpenAgain opens the page again, which leads to where the grant stands.
	OpenAgain(service.Service) error
	Cancel(service.Service)
	AnswerMove(s service.Service, yes bool)
	// Synchronize stores the choice and starts the synchronization in the background. With an empty selection the stored one
	// stays.
	Synchronize(s service.Service, o service.Option, sel service.Selected) error
	CancelSync(service.Service)
}

// Search is what the choice of people asks for, and how many there are.
type Search interface {
	targets.Search
	Counts(ctx context.Context, s service.Service) (users, groups int, err error)
}

// Store is what is known on this computer.
type Store interface {
	Organization(ctx context.Context) (service.Organization, error)
	Account(ctx context.Context, s service.Service) (service.Account, error)
	Targets(ctx context.Context, s service.Service, q service.TargetQuery) ([]service.Target, error)
	SiteTargets(ctx context.Context, s service.Service, q service.TargetQuery) ([]service.SiteTarget, error)
	TargetCounts(ctx context.Context, s service.Service) (service.TargetCounts, error)
}

// Config builds a View. Service, Grants, Search, Store and Events are required; what else is nil takes the real thing.
type Config struct {
	Context context.Context
	Service service.Service
	Grants  Grants
	Search  Search
	Store   Store
	Events  *service.Events
	// Canvas is the window's. It is needed for the focus before the wizard was drawn for the first time.
	Canvas fyne.Canvas
	// Online says whether Microsoft 365 can be reached. Call Reload when that changes.
	Online    func() bool
	Clipboard func(string)
	// OnClose leaves the wizard, which keeps where it stands.
	OnClose func()

	Now   func() time.Time
	Do    func(func())                                  // to the main thread
	Off   func(func())                                  // off the main thread
	After func(d time.Duration, f func())               // f once, on any goroutine
	Every func(d time.Duration, f func()) (stop func()) // f again and again, on any goroutine
}

// atMost is how often progress is shown anew.
const atMost = 100 * time.Millisecond

// View is the wizard. Use it on the main thread only.
type View struct {
	widget.BaseWidget

	c      Config
	loader *ui.Loader
	state  state
	loaded bool

	shown   atomic.Bool
	wake    sync.Mutex
	waking  bool
	last    time.Time
	remove  []func()
	ticking func()

	step     int  // 1, 2 or 3: what is in sight
	choosing bool // step 2 was opened again from step 3
	started  bool // Done was pressed: step 3 until the store says otherwise
	again    bool // a grant of what was granted before was begun here
	preset   bool // the choice in step 2 was set from the store
	counted  bool // people and groups were asked for
	option   service.Option
	failed   *service.Error // of what was pressed last
	failedAt int            // the step in which that is said
	moving   *ui.Dialog
	turning  bool // the ring is in what was drawn last

	*parts
}

// state is what a load found.
type state struct {
	org      service.Organization
	account  service.Account
	other    service.Service // another service which holds the option, or ""
	progress service.GrantProgress
	sync     service.SyncProgress
	counts   service.TargetCounts
	stored   service.Selected
	online   bool
	err      error
}

// New builds the wizard. Call Shown when it comes into sight and Hidden when it leaves.
func New(c Config) *View {
	fill(&c)
	v := &View{c: c, loader: &ui.Loader{Off: c.Off, On: c.Do}, option: service.OptionAll}
	v.parts = v.build()
	v.ExtendBaseWidget(v)
	listen := func(s *service.Signal) { v.remove = append(v.remove, s.Listen(v.changed)) }
	listen(&c.Events.Grant)
	listen(&c.Events.Synchronized)
	listen(&c.Events.Accounts)
	v.render()
	return v
}

func fill(c *Config) {
	if c.Context == nil {
		c.Context = context.Background()
	}
	if c.Online == nil {
		c.Online = func() bool { return true }
	}
	if c.Clipboard == nil {
		c.Clipboard = func(s string) { fyne.CurrentApp().Clipboard().SetContent(s) }
	}
	if c.OnClose == nil {
		c.OnClose = func() {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Do == nil {
		c.Do = fyne.Do
	}
	if c.Off == nil {
		c.Off = func(f func()) { go f() }
	}
	if c.After == nil {
		c.After = func(d time.Duration, f func()) { time.AfterFunc(d, f) }
	}
	if c.Every == nil {
		c.Every = every
	}
}

func every(d time.Duration, f func()) (stop func()) {
	t := time.NewTicker(d)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-t.C:
				f()
			case <-done:
				return
			}
		}
	}()
	return func() { t.Stop(); close(done) }
}

// CanvasObject returns what the shell shows.
func (v *View) CanvasObject() fyne.CanvasObject { return v }

// Inside implements ui.Holder.
func (v *View) Inside() fyne.CanvasObject { return v.root }

// CreateRenderer implements fyne.Widget.
func (v *View) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(v.root) }

// lowHeight is the height of the wizard below which the choice of people needs the room of the step before it.
const lowHeight = 600

func (v *View) low() bool { h := v.Size().Height; return h > 0 && h < lowHeight }

// Resize implements fyne.CanvasObject.
func (v *View) Resize(s fyne.Size) {
	before := v.low()
	v.BaseWidget.Resize(s)
	if v.low() != before && v.step == 2 {
		v.render()
	}
}

// Title is the page's title.
func (v *View) Title() string { return "Grant Access to " + v.c.Service.Name() }

// Shown is called when the wizard comes into sight.
func (v *View) Shown() {
	v.shown.Store(true)
	v.Reload()
}

// Hidden is called when another page takes its place: nothing is refreshed until Shown.
func (v *View) Hidden() {
	v.shown.Store(false)
	v.tick(false)
	v.ring.Hide() // out of sight, it would go on turning
}

// Release stops listening, for good.
func (v *View) Release() {
	v.Hidden()
	v.picker.Stop()
	for _, f := range v.remove {
		f()
	}
	v.remove = nil
}

// Reload reads where things stand and shows it.
func (v *View) Reload() {
	if !v.shown.Load() {
		return
	}
	c := v.c
	v.loader.Load(func() func() {
		s := c.load()
		return func() {
			if v.shown.Load() {
				v.show(s)
			}
		}
	})
}

func (c Config) load() (s state) {
	ctx := c.Context
	s.progress, s.sync, s.online = c.Grants.Progress(c.Service), c.Grants.SyncProgress(c.Service), c.Online()
	if s.org, s.err = c.Store.Organization(ctx); s.err != nil && service.CodeOf(s.err) != service.CodeNotFound {
		return s
	}
	if s.account, s.err = c.Store.Account(ctx, c.Service); s.err != nil || !s.account.Granted() {
		return s
	}
	for _, other := range service.Services() {
		if a, err := c.Store.Account(ctx, other); err == nil && s.other == "" && other != c.Service && a.Granted() && a.State != service.StateConsented {
			s.other = other
		}
	}
	if s.counts, s.err = c.Store.TargetCounts(ctx, c.Service); s.err != nil || s.org.Option != service.OptionSelected {
		return s
	}
	s.stored, s.err = c.selected(ctx)
	return s
}

// selected reads what is selected.
func (c Config) selected(ctx context.Context) (sel service.Selected, err error) {
	if c.Service.CoversSites() {
		for _, origin := range []service.Origin{service.OriginURL, service.OriginTitle} {
			list, err := c.Store.SiteTargets(ctx, c.Service, service.TargetQuery{Origin: origin, Limit: service.MaxSelected})
			if err != nil {
				return sel, err
			}
			for _, t := range list {
				sel.Sites = append(sel.Sites, service.SiteSelection{Site: t.Site, Origin: t.Origin})
			}
		}
		return sel, nil
	}
	list, err := c.Store.Targets(ctx, c.Service, service.TargetQuery{Limit: 10 * service.MaxSelected})
	for _, t := range list {
		if t.Origin == service.OriginUser || t.Origin == service.OriginGroup {
			sel.People = append(sel.People, service.Selection{Person: t.Person, Origin: t.Origin, GroupID: t.GroupID})
		}
	}
	return sel, err
}

// changed hears that something happened, on any goroutine. What happens soon after is shown together.
func (v *View) changed() {
	if !v.shown.Load() {
		return
	}
	v.wake.Lock()
	waking, wait := v.waking, max(0, atMost-v.c.Now().Sub(v.last))
	v.waking = true
	v.wake.Unlock()
	if waking {
		return
	}
	v.c.After(wait, func() {
		v.wake.Lock()
		v.waking, v.last = false, v.c.Now()
		v.wake.Unlock()
		v.c.Do(v.Reload)
	})
}

// tick begins or ends the countdown.
func (v *View) tick(on bool) {
	switch {
	case on && v.ticking == nil:
		v.ticking = v.c.Every(time.Second, func() {
			if v.shown.Load() {
				v.c.Do(v.showDeadline)
			}
		})
	case !on && v.ticking != nil:
		v.ticking()
		v.ticking = nil
	}
}

// act does something off the main thread, and shows what came of it.
func (v *View) act(do func() error) {
	v.failed = nil
	v.loader.Act(func() func() {
		err := do()
		return func() {
			if err != nil {
				v.failed, v.failedAt = service.AsError(err), v.where()
			}
			v.Reload()
			v.render()
		}
	})
}

func (v *View) begin() {
	s := v.c.Service
	v.again = v.state.account.Granted()
	if v.waiting() {
		v.act(func() error { return v.c.Grants.OpenAgain(s) })
		return
	}
	v.act(func() error { return v.c.Grants.Begin(s) })
}

func (v *View) openAgain() {
	v.act(func() error { return v.c.Grants.OpenAgain(v.c.Service) })
}

func (v *View) cancel() {
	v.act(func() error { v.c.Grants.Cancel(v.c.Service); return nil })
}

func (v *View) answer(yes bool) {
	v.act(func() error { v.c.Grants.AnswerMove(v.c.Service, yes); return nil })
}

func (v *View) askMove() {
	q, c := v.state.progress.Move, v.canvas()
	if q == nil || c == nil {
		return
	}
	v.moving = ui.ShowDialog(c, ui.DialogText{
		Title: "Move protection to this computer?",
		Body: q.Computer + " loses its certificate and can't protect " + v.c.Service.Name() + " any more. " +
			"What it keeps on its own disk stays there.",
		Confirm: "Move protection",
	}, nil, func() { v.answer(true) }, nil)
}

// actionErr is what came of what was pressed last, in the step in which it was pressed.
func (v *View) actionErr() *service.Error {
	if v.failedAt != v.step {
		return nil
	}
	return v.failed
}

// synchronize is Done of step 2.
func (v *View) synchronize() {
	if v.canSynchronize() {
		v.start()
	}
}

// start stores what is chosen here, and synchronizes.
func (v *View) start() {
	o, s := v.option, v.c.Service
	var sel service.Selected
	if o == service.OptionSelected {
		sel = v.picker.Selected()
	}
	v.started, v.choosing = true, false
	v.picker.Stop()
	v.act(func() error { return v.c.Grants.Synchronize(s, o, sel) })
}

// resume goes on with what was stored.
func (v *View) resume() {
	if v.state.account.State == service.StateConsented || v.state.org.Option == service.OptionNone {
		v.start() // nothing was stored yet
		return
	}
	o, s := v.state.org.Option, v.c.Service
	v.started = true
	v.act(func() error { return v.c.Grants.Synchronize(s, o, service.Selected{}) })
}

func (v *View) cancelSync() {
	v.act(func() error { v.c.Grants.CancelSync(v.c.Service); return nil })
}

// choose goes back to step 2.
func (v *View) choose() {
	v.choosing, v.started = true, false
	v.render()
	v.focusOn(v.radio.Focusable())
}

func (v *View) copyAddress() {
	v.c.Clipboard(v.state.progress.URL)
	v.copied = v.state.progress.URL
	v.render()
}

// waiting tells whether a grant runs.
func (v *View) waiting() bool {
	switch v.state.progress.Step {
	case service.GrantPage, service.GrantSignIn, service.GrantPreparing, service.GrantConsent:
		return true
	case service.GrantIdle, service.GrantDone, service.GrantFailed:
	}
	return false
}

func (v *View) synchronizing() bool {
	switch v.state.sync.Phase {
	case service.SyncUsers, service.SyncGroups, service.SyncMailboxes, service.SyncDrives, service.SyncSites, service.SyncCheck:
		return true
	case service.SyncIdle, service.SyncDone, service.SyncFailed:
	}
	return false
}

func (v *View) canSynchronize() bool {
	if v.step != 2 || !v.state.online {
		return false
	}
	return v.option == service.OptionAll || !v.picker.Empty()
}

// Submit is the primary button, for Ctrl+Enter.
func (v *View) Submit() {
	for _, b := range []*ui.Button{v.next, v.primary()} {
		if b != nil && b.Visible() && !b.Disabled() {
			b.Activate()
			return
		}
	}
}

// Escape is Escape where no control used it. It ends a search first; otherwise the wizard closes.
func (v *View) Escape() bool {
	if v.picker.Searching() {
		v.picker.Stop()
		return true
	}
	v.c.OnClose()
	return true
}

// Find is Ctrl+F: the search of step 2.
func (v *View) Find() {
	if v.step == 2 && v.option == service.OptionSelected {
		v.focusOn(v.picker.Focusable())
	}
}

// canvas is the window's, or nil. What was not drawn yet doesn't know it.
func (v *View) canvas() fyne.Canvas {
	if v.c.Canvas != nil {
		return v.c.Canvas
	}
	return fyne.CurrentApp().Driver().CanvasForObject(v)
}

func (v *View) focusOn(f fyne.Focusable) {
	if c := v.canvas(); c != nil {
		c.Focus(f)
	}
}

// Focusable returns what takes the focus first: what goes on.
func (v *View) Focusable() fyne.Focusable {
	if !v.loaded {
		return v.close
	}
	if b := v.primary(); b != nil {
		return b
	}
	if v.step == 2 {
		return v.radio.Focusable()
	}
	if !v.next.Disabled() {
		return v.next
	}
	return v.close
}
