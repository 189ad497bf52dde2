package policy

import (
	"context"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

const (
	rowHeight = 48
	sideWidth = 304
)

// View is the page of one kind of policies: a list of each service.
type View struct {
	widget.BaseWidget

	o       Options
	ctx     context.Context
	loader  *ui.Loader
	svc     service.Service
	state   ServiceState
	list    []service.Policy
	loaded  bool
	shown   bool // a list was shown before
	dragged int  // row to which one is dragged, or -1

	services *ui.SegmentedControl
	add      *ui.Button
	edit     *ui.Button
	remove   *ui.Button
	table    *ui.ListTable
	who      *who
	said     *ui.Text
	body     *fyne.Container
	root     *fyne.Container
}

// New builds the page. Call Reload when it comes into sight.
func New(o Options) *View {
	if o.Context == nil {
		o.Context = context.Background()
	}
	v := &View{o: o, ctx: o.Context, loader: o.loader(), svc: service.ExchangeOnline, dragged: -1}
	var names []string
	for _, s := range service.Services() {
		names = append(names, s.Name())
	}
	v.services = ui.NewSegmentedControl(names, func(i int) { v.choose(service.Services()[i]) })
	v.add = ui.NewIconButton(ui.Primary, "Add policy", "add", func() { v.open(service.Policy{Service: v.svc, Kind: v.o.Kind, On: true, Everyone: true}) })
	v.edit = ui.NewIconButton(ui.Outlined, "Edit policy", "edit", func() { v.openRow(v.table.Current()) })
	v.remove = ui.NewIconButton(ui.Danger, "Delete policy…", "delete", func() { v.askDelete(v.table.Current()) })
	v.said = ui.NewWrapped(ui.RoleCaption, ui.ColorText3, "")
	v.table = v.newTable()
	v.body = container.NewStack()
	head := ui.Row(8, v.services, ui.Spring(), v.remove, v.edit, v.add)
	v.root = ui.ColumnWithGrowing(16, 1, head, v.body)
	v.ExtendBaseWidget(v)
	return v
}

// Inside implements ui.Holder.
func (v *View) Inside() fyne.CanvasObject { return v.root }

// CreateRenderer implements fyne.Widget.
func (v *View) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(v.root) }

// Focusable returns what takes the focus first.
func (v *View) Focusable() fyne.Focusable {
	if v.loaded && len(v.list) > 0 {
		return v.table.Focusable()
	}
	return v.services.Focusable()
}

// Find is what Ctrl+F does.
func (v *View) Find() {
	if v.who != nil {
		ui.Focus(v.who.finder.entry.Focusable())
	}
}

func (v *View) choose(s service.Service) {
	v.svc, v.loaded, v.who = s, false, nil
	v.table.SetCurrent(0)
	v.said.SetText("")
	v.Reload()
}

// Reload reads the list and shows it.
func (v *View) Reload() { v.reload(0) }

// reload keeps the policy with an ID current, or else the row.
func (v *View) reload(current int64) {
	svc := v.svc
	v.loader.Load(func() func() {
		state, err := v.o.Source.State(v.ctx, svc)
		var list []service.Policy
		if err == nil && state.Account.Granted() {
			list, err = v.o.Source.Policies(v.ctx, svc, v.o.Kind)
		}
		return func() {
			if svc != v.svc {
				v.Reload()
				return
			}
			v.show(state, list, err, current)
		}
	})
}

func (v *View) show(state ServiceState, list []service.Policy, err error, current int64) {
	v.state, v.list, v.dragged = state, list, -1
	granted := err == nil && state.Account.Granted()
	v.add.SetEnabled(granted)
	switch {
	case err != nil:
		v.loaded = false
		again := ui.NewIconButton(ui.Outlined, "Try again", "arrow_clockwise", v.Reload)
		v.fill(ui.Card(ui.EmptyState("warning", "The policies can't be read.", sentence(err), again)))
	case !granted:
		v.loaded = false
		grant := ui.NewButton(ui.Outlined, "Open Dashboard", v.o.OnGrant)
		v.fill(ui.Card(ui.EmptyState("shield_task", v.svc.Name()+" is not granted.",
			"Its policies apply once access is granted: choose its card on the Dashboard.", grant)))
	case !v.loaded:
		v.loaded = true
		v.who = newWho(v.ctx, v.o, v.svc)
		hint := ui.NewWrapped(ui.RoleCaption, ui.ColorText3,
			"The highest-priority policy which matches a target applies. Alt+Up and Alt+Down change the priority, or drag the handle; Space switches on and off.")
		card := ui.Card(ui.ColumnWithGrowing(0, 0, ui.Pad(1, 1, 4, 1, v.table), ui.Pad(4, 16, 12, 16, ui.Column(4, v.said, hint))))
		v.fill(container.New(&sideLayout{sideWidth, 16}, card, v.who.root))
	default:
		v.who.again(v.ctx)
	}
	for i, p := range list {
		if p.ID == current {
			v.table.SetCurrent(i)
		}
	}
	v.table.Refresh()
	v.showButtons()
	if first := v.services.Focusable(); v.loaded && !v.shown && v.o.Canvas != nil && v.o.Canvas.Focused() == first {
		v.o.Canvas.Focus(v.table.Focusable()) // the page was opened before its list was read
	}
	v.shown = v.shown || v.loaded
}

func (v *View) fill(o fyne.CanvasObject) {
	v.body.Objects = []fyne.CanvasObject{o}
	v.body.Refresh()
}

func (v *View) showButtons() {
	i := v.table.Current()
	is := v.loaded && i < len(v.list)
	v.edit.SetEnabled(is)
	v.remove.SetEnabled(is && !v.list[i].Default)
}

func (v *View) newTable() *ui.ListTable {
	t := ui.NewListTable([]ui.TableColumn{{Width: 16}, {Title: "Priority", Width: 48}, {Title: "Policy"}, {Title: "Targets", Width: 180}, {Title: "On", Width: 72}},
		rowHeight, ui.TableSource{
			Rows:     func() int { return len(v.list) },
			NewCells: v.newCells,
			Update:   v.update,
			Marked:   func(i int) bool { return i == v.dragged || v.dragged < 0 && i == v.table.Current() },
		})
	t.OnOpen = v.openRow
	t.OnMove = func(int) { v.showButtons() }
	t.OnKey = v.key
	t.OnShortcut = func(s fyne.Shortcut) bool {
		for key, by := range map[fyne.KeyName]int{fyne.KeyUp: -1, fyne.KeyDown: 1} {
			if c, ok := s.(*desktop.CustomShortcut); ok && c.KeyName == key && c.Modifier == fyne.KeyModifierAlt {
				v.move(v.table.Current(), v.table.Current()+by)
				return true
			}
		}
		return false
	}
	return t
}

func (v *View) key(i int, e *fyne.KeyEvent) bool {
	if i >= len(v.list) {
		return false
	}
	switch e.Name {
	case fyne.KeySpace:
		v.turn(v.list[i], !v.list[i].On)
	case fyne.KeyDelete:
		v.askDelete(i)
	default:
		return false
	}
	return true
}

// act changes something in the store and shows the list anew.
func (v *View) act(what string, current int64, f func(context.Context) error) {
	v.loader.Act(func() func() {
		err := f(v.ctx)
		return func() {
			text, color := what, fyne.ThemeColorName(ui.ColorText3)
			if err != nil {
				text, color = sentence(err), ui.ColorDanger
			}
			v.said.Set(text, color)
			v.reload(current)
		}
	})
}

func (v *View) turn(p service.Policy, on bool) {
	v.act(p.Name+" is "+map[bool]string{true: "on", false: "off"}[on]+".", p.ID, func(ctx context.Context) error { return v.o.Source.SetPolicyOn(ctx, p.ID, on) })
}

// move gives the policy of one row the place of another. The defaults stay last.
func (v *View) move(from, to int) {
	if from < 0 || from >= len(v.list) || to < 0 || to >= len(v.list) || from == to {
		v.table.Refresh()
		return
	}
	p := v.list[from]
	if p.Default != v.list[to].Default {
		v.said.Set("The default policies stay last.", ui.ColorText3)
		v.table.Refresh()
		v.body.Refresh()
		return
	}
	v.act(fmt.Sprintf("%s has priority %d.", p.Name, to+1), p.ID, func(ctx context.Context) error { return v.o.Source.MovePolicy(ctx, p.ID, to+1) })
}

func (v *View) askDelete(i int) {
	if i >= len(v.list) {
		return
	}
	p := v.list[i]
	if p.Default {
		v.said.Set("A default policy can't be deleted. Switch it off instead.", ui.ColorText3)
		v.body.Refresh()
		return
	}
	askDelete(v.o.Canvas, p, func() {
		v.act(p.Name+" was deleted.", 0, func(ctx context.Context) error { return v.o.Source.DeletePolicy(ctx, p.ID) })
	})
}

func askDelete(c fyne.Canvas, p service.Policy, confirmed func()) {
	ui.ShowDialog(c, ui.DialogText{Title: "Delete " + p.Name + "?",
		Body:    "Its targets get the next policy that matches them. It can't be brought back.",
		Confirm: "Delete policy", Danger: true}, nil, confirmed, nil)
}

func (v *View) openRow(i int) {
	if i < len(v.list) {
		v.open(v.list[i])
	}
}

func (v *View) open(p service.Policy) {
	if v.o.OnEdit != nil {
		v.o.OnEdit(newEditor(v.o, p))
	}
}

// sideLayout is content with a pane of fixed width at its right, or below it where both don't fit beside one another.
type sideLayout struct{ width, gap float32 }

// besideMin is what the content needs beside the pane.
const besideMin = 480

func (l *sideLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(besideMin, 320)
}

func (l *sideLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	w := s.Width - l.width - l.gap
	if w < besideMin {
		below := fyne.Max(144, s.Height*0.4)
		o[0].Move(fyne.Position{})
		o[0].Resize(fyne.NewSize(s.Width, s.Height-below-l.gap))
		o[1].Move(fyne.NewPos(0, s.Height-below))
		o[1].Resize(fyne.NewSize(s.Width, below))
		return
	}
	o[0].Move(fyne.Position{})
	o[0].Resize(fyne.NewSize(w, s.Height))
	o[1].Move(fyne.NewPos(w+l.gap, 0))
	o[1].Resize(fyne.NewSize(l.width, s.Height))
}
