// Package notifications shows what the program has to say: behind the bell, and as a page.
package notifications

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

const shown = 100 // entries loaded at once

// Store is what the list needs: newest first; MarkRead without ids marks all.
type Store interface {
	Notifications(ctx context.Context, offset, limit int) ([]service.Notification, error)
	MarkRead(ctx context.Context, ids ...int64) error
}

// Options builds a List.
type Options struct {
	Context context.Context
	Store   Store
	Now     func() time.Time
	Loader  *ui.Loader
	// OnShowAll opens the page; nil where the list is the page.
	OnShowAll func()
	// OnExtend opens the screen to which service.ExtendText leads.
	OnExtend func()
}

// List is the list of notifications with its header.
type List struct {
	widget.BaseWidget

	options Options
	mark    *ui.Button
	all     *ui.Button
	body    *fyne.Container
	rows    []*row
	root    fyne.CanvasObject
	loaded  bool
	Changed func() // the list was loaded or marked: its size may differ
}

// NewPopover makes the list for the bell: at most 480 high.
func NewPopover(o Options) *List {
	l := newList(o)
	head := ui.Fixed(0, 48, ui.Pad(0, 8, 0, 16, ui.Row(8, ui.Grow(ui.Title("Notifications")), l.mark)))
	l.root = ui.Column(0, head, ui.ScrollUpTo(480, l.body))
	if o.OnShowAll != nil {
		l.all = ui.NewButton(ui.Link, "Show all", o.OnShowAll)
		l.root = ui.Column(0, head, ui.ScrollUpTo(440, l.body), ui.NewLine(),
			ui.Fixed(0, 48, ui.Pad(0, 8, 0, 8, ui.Row(0, l.all))))
	}
	l.ExtendBaseWidget(l)
	return l
}

// NewPage makes the list as a page.
func NewPage(o Options) *List {
	l := newList(o)
	about := ui.NewCut(ui.RoleBody, ui.ColorText2, "What happened, newest first. Mail content never appears here.")
	head := ui.Fixed(0, 48, ui.Pad(0, 8, 0, 16, ui.Row(8, ui.Grow(about), l.mark)))
	card := ui.Card(ui.Column(0, head, l.body, ui.Space(0, 8)))
	// The scroller would cut the card's shadow: its content keeps a margin from it.
	l.root = ui.Bleed(6, container.NewVScroll(ui.Inset(6, ui.AtMost(880, ui.Column(0, card)))))
	l.ExtendBaseWidget(l)
	return l
}

func newList(o Options) *List {
	if o.Loader == nil {
		o.Loader = &ui.Loader{}
	}
	if o.Context == nil {
		o.Context = context.Background()
	}
	l := &List{options: o, body: ui.Column(0)}
	l.mark = ui.NewButton(ui.Link, "Mark all as read", l.markAll)
	l.mark.Disable()
	l.body.Add(ui.LoadingRows())
	return l
}

// Inside implements ui.Holder.
func (l *List) Inside() fyne.CanvasObject { return l.root }

// CreateRenderer implements fyne.Widget.
func (l *List) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(l.root) }

// Focusable returns what takes the focus first, or nil.
func (l *List) Focusable() fyne.Focusable {
	switch {
	case !l.loaded:
		return nil
	case !l.mark.Disabled():
		return l.mark
	case len(l.rows) > 0:
		return l.rows[0]
	case l.all != nil:
		return l.all
	}
	return nil
}

// Reload reads the store and shows it.
func (l *List) Reload() {
	ctx, store := l.options.Context, l.options.Store
	l.options.Loader.Load(func() func() {
		entries, err := store.Notifications(ctx, 0, shown)
		return func() { l.show(entries, err) }
	})
}

func (l *List) show(entries []service.Notification, err error) {
	l.loaded = true
	at := l.focusedRow()
	l.rows = nil
	l.body.Objects = nil
	unread := false
	switch {
	case err != nil:
		again := ui.NewIconButton(ui.Outlined, "Try again", "arrow_clockwise", l.Reload)
		l.body.Add(ui.EmptyState("warning", "The notifications can't be read.", failure(err), again))
	case len(entries) == 0:
		l.body.Add(ui.EmptyState("alert", "No notifications yet.", "What the program does in the background, and what needs you, appears here.", nil))
	}
	for i, n := range entries {
		unread = unread || !n.Read
		r := newRow(n, l.options.Now(), i == len(entries)-1)
		r.OnPress = func() {
			l.markRead(n.ID)
			if n.Key == service.ExtendKey && l.options.OnExtend != nil {
				l.options.OnExtend()
			}
		}
		r.OnKey = func(e *fyne.KeyEvent) bool { return l.move(i, e) }
		l.rows = append(l.rows, r)
		l.body.Add(r)
	}
	l.mark.SetEnabled(unread)
	l.body.Refresh()
	l.Refresh()
	if at >= 0 && len(l.rows) > 0 {
		ui.Focus(l.rows[min(at, len(l.rows)-1)])
	}
	if l.Changed != nil {
		l.Changed()
	}
}

// focusedRow is the row which keys go to, or -1.
func (l *List) focusedRow() int {
	for i, r := range l.rows {
		if r.Focused() {
			return i
		}
	}
	return -1
}

func (l *List) move(i int, e *fyne.KeyEvent) bool {
	switch e.Name {
	case fyne.KeyUp:
		i--
	case fyne.KeyDown:
		i++
	case fyne.KeyHome:
		i = 0
	case fyne.KeyEnd:
		i = len(l.rows) - 1
	default:
		return false
	}
	if i >= 0 && i < len(l.rows) {
		ui.Focus(l.rows[i])
	}
	return true
}

func (l *List) markAll() { l.markRead() }

func (l *List) markRead(ids ...int64) {
	ctx, store := l.options.Context, l.options.Store
	l.options.Loader.Act(func() func() {
		err := store.MarkRead(ctx, ids...)
		return func() {
			if err != nil {
				l.show(nil, err)
				return
			}
			l.Reload()
		}
	})
}

func failure(err error) string {
	if code := service.CodeOf(err); code != "" {
		return err.Error() + " Code: " + string(code) + "."
	}
	return err.Error()
}
