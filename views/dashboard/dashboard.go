// Package dashboard is the first screen: how each service stands, what comes next, and the latest notifications.
package dashboard

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// Overview is what the screen shows.
type Overview struct {
	Organization service.Organization
	Services     []ServiceState // one for each of service.Services
	Latest       []service.Notification
}

// ServiceState is how one service stands.
type ServiceState struct {
	Account service.Account
	Counts  service.TargetCounts
	Sync    service.SyncProgress // its zero value while none runs
	Running bool                 // a grant waits for somebody in the browser now
	// Removing is that its removal is walked now.
	Removing bool
}

// Source loads the overview from the store.
type Source interface {
	Overview(ctx context.Context) (Overview, error)
}

// Options builds a View.
type Options struct {
	Context context.Context
	Source  Source
	Now     func() time.Time
	Loader  *ui.Loader
	// OnGrant opens the wizard of a service, wherever it stands.
	OnGrant func(service.Service)
	// OnRemoval opens the removal of a service, which isn't finished.
	OnRemoval func(service.Service)
	// Sync synchronizes by hand; nil: there is no control for it.
	Sync Synchronizer
	// OnShowNotifications opens the page of notifications.
	OnShowNotifications func()
}

// View is the screen.
type View struct {
	widget.BaseWidget

	options Options
	offline bool
	dataOf  time.Time
	last    Overview
	cards   []*card
	lower   *fyne.Container
	next    *nextSteps
	latest  *latest
	failed  *fyne.Container
	compact bool
	root    fyne.CanvasObject
}

// compactWidth is the width of the page below which times stack.
const compactWidth = 900

// New builds the screen. Call Reload when it comes into sight and whenever something stored changed.
func New(o Options) *View {
	if o.Loader == nil {
		o.Loader = &ui.Loader{}
	}
	if o.Context == nil {
		o.Context = context.Background()
	}
	v := &View{options: o, latest: newLatest(o.OnShowNotifications), failed: ui.Column(0)}
	v.next = newNextSteps(v)
	var cards []fyne.CanvasObject
	for _, s := range service.Services() {
		c := newCard(s, func() { v.press(s) })
		v.cards = append(v.cards, c)
		cards = append(cards, c.target)
	}
	v.failed.Hide()
	v.lower = ui.SharedColumns(16, []float32{7, 5}, v.next.root, v.latest.root)
	column := ui.Column(16, v.failed, ui.Columns(16, cards...), v.lower)
	// The scroller would cut focus rings and shadows: it is larger by a margin which its content gives back.
	scroll := container.NewVScroll(ui.Pad(ringRoom, ringRoom, ringRoom, ringRoom, column))
	v.root = container.New(&bleedLayout{view: v}, scroll)
	v.ExtendBaseWidget(v)
	return v
}

// Inside implements ui.Holder.
func (v *View) Inside() fyne.CanvasObject { return v.root }

// CreateRenderer implements fyne.Widget.
func (v *View) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(v.root) }

// Focusable returns the first card which can be pressed, or nil.
func (v *View) Focusable() fyne.Focusable {
	for _, c := range v.cards {
		if !c.target.Disabled() {
			return c.target
		}
	}
	return v.latest.all
}

// SetOffline says whether the network is away, and of when the data is.
func (v *View) SetOffline(offline bool, dataOf time.Time) {
	v.offline, v.dataOf = offline, dataOf
	v.show(v.last, nil)
}

// Reload reads the store and shows it.
func (v *View) Reload() {
	ctx, source := v.options.Context, v.options.Source
	v.options.Loader.Load(func() func() {
		o, err := source.Overview(ctx)
		return func() { v.show(o, err) }
	})
}

// SetSync shows a synchronization's progress without reading the store.
func (v *View) SetSync(p service.SyncProgress) {
	for i := range v.last.Services {
		if v.last.Services[i].Account.Service == p.Service {
			v.last.Services[i].Sync = p
		}
	}
	v.show(v.last, nil)
}

func (v *View) show(o Overview, err error) {
	v.failed.Objects = nil
	if err != nil {
		again := ui.NewIconButton(ui.Outlined, "Try again", "arrow_clockwise", v.Reload)
		v.failed.Add(ui.NewBanner(ui.BannerText{Tone: ui.Bad, Bold: "The data folder can't be read.", More: err.Error(), Stacked: true}, again))
		v.failed.Show()
	} else {
		v.failed.Hide()
		v.last = o
	}
	now := v.options.Now()
	for _, c := range v.cards {
		state := ServiceState{Account: service.Account{Service: c.service, State: service.StateNotGranted}}
		for _, s := range v.last.Services {
			if s.Account.Service == c.service {
				state = s
			}
		}
		c.show(describe(state, v.last.Organization.Option, v.offline, v.dataOf, now), v.compact)
	}
	v.next.show(v.last, v.offline, now)
	v.latest.show(v.last.Latest, now)
	v.Refresh()
}

// press is a press on the card of s.
func (v *View) press(s service.Service) {
	for _, st := range v.last.Services {
		if st.Account.Service == s && st.Account.State == service.StateRemoving && v.options.OnRemoval != nil {
			v.options.OnRemoval(s)
			return
		}
	}
	v.options.OnGrant(s)
}

func (v *View) setWidth(width float32) {
	compact := width < compactWidth
	if compact == v.compact {
		return
	}
	v.compact = compact
	for _, c := range v.cards {
		c.stack(compact)
	}
}

const ringRoom = 6

// bleedLayout lets the scroller reach beyond the page by ringRoom and tells the view its width.
type bleedLayout struct{ view *View }

func (l *bleedLayout) MinSize(o []fyne.CanvasObject) fyne.Size { return o[0].MinSize() }

func (l *bleedLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	l.view.setWidth(s.Width)
	o[0].Move(fyne.NewPos(-ringRoom, -ringRoom))
	o[0].Resize(s.AddWidthHeight(2*ringRoom, 2*ringRoom))
}
