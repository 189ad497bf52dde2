// Package account is Administration > Service Account: the application by which each service is protected, with what can be done about
// it, and the change of the selected users.
package account

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// Row is one service.
type Row struct {
	Account service.Account
	Targets string // whom or what it covers, such as "Selected users, 37 people"
	Removal service.RemovalProgress
}

// Overview is what the screen shows.
type Overview struct {
	Organization service.Organization
	Rows         []Row
}

// Source reads what is stored. Its calls are made off the main thread.
type Source interface {
	Accounts(ctx context.Context) (Overview, error)
}

// Options builds a View.
type Options struct {
	Context  context.Context
	Source   Source
	Loader   *ui.Loader
	Now      func() time.Time
	OnGrant  func(service.Service) // opens the wizard
	OnUpdate func(service.Service) // opens the change of the selected users
	OnExtend func()                // opens the screen which extends to everyone
	Removals Removals
	Canvas   fyne.Canvas // for dialogs
	Online   func() bool // nil: always
}

// View is the screen. Use it on the main thread only.
type View struct {
	widget.BaseWidget

	options  Options
	overview Overview
	open     service.Service // whose details are shown; "" is nobody's

	table   *ui.ListTable
	instead *fyne.Container
	pane    *fyne.Container
	close   *ui.Button
	update  *ui.Button
	remove  map[service.Service]*ui.Button
	removal map[service.Service]*removal
	root    *fyne.Container
}

const rowHeight = 48

// New builds the screen. Reload fills it.
func New(o Options) *View {
	if o.Context == nil {
		o.Context = context.Background()
	}
	if o.Loader == nil {
		o.Loader = &ui.Loader{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	v := &View{options: o, remove: map[service.Service]*ui.Button{}, removal: map[service.Service]*removal{}}
	for _, s := range service.Services() {
		v.removal[s] = newRemoval(v, s)
		v.remove[s] = ui.NewButton(ui.Danger, "Remove", func() {
			if row, ok := v.row(s); ok {
				v.removal[s].ask(row.Account)
			}
		})
	}
	columns := []ui.TableColumn{{Title: "Service"}, {Title: "Application ID", Width: 112}, {Title: "Granted by", Width: 128}, {Title: "State", Width: 120},
		{Title: "Last token", Width: 104}}
	v.table = ui.NewListTable(columns, rowHeight, ui.TableSource{
		Rows: func() int { return len(v.overview.Rows) },
		NewCells: func() []fyne.CanvasObject {
			return []fyne.CanvasObject{newServiceCell(), ui.NewCut(ui.RoleMono, ui.ColorText, ""), newTwoLines(), ui.NewStatus("circle", ui.ColorText3, ""),
				ui.NewCut(ui.RoleBody, ui.ColorText2, "")}
		},
		Update: v.updateRow,
		Marked: func(i int) bool { return v.overview.Rows[i].Account.Service == v.open },
	})
	v.table.OnMark, v.table.OnOpen = v.openRow, v.openRow
	v.instead = container.NewStack()
	v.pane = container.NewStack()
	v.pane.Hide()
	about := ui.NewWrapped(ui.RoleBody, ui.ColorText2, "One service account for each service: an application in your Microsoft 365 tenant which you can take back one by one.")
	height := float32(32 + rowHeight*len(service.Services()) + 8)
	card := ui.Card(ui.Fixed(0, height, container.NewStack(v.table, v.instead)))
	v.root = container.New(&sideLayout{}, ui.Column(12, about, card), v.pane)
	v.instead.Add(ui.LoadingRows())
	v.ExtendBaseWidget(v)
	return v
}

// CreateRenderer implements fyne.Widget.
func (v *View) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(v.root) }

// Inside is what the screen is drawn with.
func (v *View) Inside() fyne.CanvasObject { return v.root }

// Focusable returns what takes the focus first.
func (v *View) Focusable() fyne.Focusable { return v.table.Focusable() }

// Escape closes the details; true if they were open.
func (v *View) Escape() bool {
	if v.open == "" {
		return false
	}
	v.closePane()
	return true
}

// Reload reads the store and shows it.
func (v *View) Reload() {
	ctx, source := v.options.Context, v.options.Source
	v.options.Loader.Load(func() func() {
		o, err := source.Accounts(ctx)
		return func() { v.show(o, err) }
	})
}

func (v *View) show(o Overview, err error) {
	v.overview = o
	v.instead.Objects = nil
	if err != nil {
		v.overview = Overview{}
		again := ui.NewIconButton(ui.Outlined, "Try again", "arrow_clockwise", v.Reload)
		v.instead.Add(ui.EmptyState("warning", "The service accounts can't be read.", failure(err), again))
	}
	v.table.Refresh()
	v.showPane()
	v.root.Refresh()
}

func (v *View) openRow(i int) {
	if i < len(v.overview.Rows) {
		v.open = v.overview.Rows[i].Account.Service
		v.table.Refresh()
		v.showPane()
		v.root.Refresh()
	}
}

// Open shows the details of a service.
func (v *View) Open(s service.Service) {
	v.open = s
	v.show(v.overview, nil)
}

func (v *View) row(s service.Service) (Row, bool) {
	for _, r := range v.overview.Rows {
		if r.Account.Service == s {
			return r, true
		}
	}
	return Row{}, false
}

func (v *View) online() bool { return v.options.Online == nil || v.options.Online() }

func (v *View) closePane() {
	v.removal[v.open].failed = nil
	v.open = ""
	v.table.Refresh()
	v.showPane()
	v.root.Refresh()
	ui.Focus(v.table.Focusable())
}

// updateRow runs while drawing.
func (v *View) updateRow(i int, cells []fyne.CanvasObject) {
	if i >= len(v.overview.Rows) {
		return
	}
	a := v.overview.Rows[i].Account
	name, okName := cells[0].(*serviceCell)
	id, okID := cells[1].(*ui.Text)
	by, okBy := cells[2].(*twoLines)
	state, okState := cells[3].(*ui.Status)
	token, okToken := cells[4].(*ui.Text)
	if !okName || !okID || !okBy || !okState || !okToken {
		return
	}
	name.set(a.Service, v.organization(a))
	id.SetText(shortID(a.AppID))
	by.set(nobody(a.GrantedBy), onDate(a.GrantedAt))
	state.Set(symbol(a))
	token.SetText(none(a.LastTokenAt, v.options.Now()))
}

// organization is whose tenant a service account is in.
func (v *View) organization(a service.Account) string {
	if !a.Granted() && a.State != service.StateRemoving || v.overview.Organization.DisplayName == "" {
		return "None"
	}
	return v.overview.Organization.DisplayName
}

// sideLayout puts the pane beside the list, or below it where both don't fit.
type sideLayout struct{}

const (
	paneWidth = 400
	besideMin = 640 // what the list needs beside the pane
)

func (sideLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(640, 400) }

func (sideLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	list, top, pane := s.Width, float32(0), float32(paneWidth)
	if o[1].Visible() && s.Width-paneWidth-16 >= besideMin {
		list = s.Width - paneWidth - 16
	} else {
		top, pane = o[0].MinSize().Height+16, s.Width
	}
	o[0].Move(fyne.Position{})
	o[0].Resize(fyne.NewSize(list, o[0].MinSize().Height))
	o[1].Move(fyne.NewPos(s.Width-pane, top))
	o[1].Resize(fyne.NewSize(pane, s.Height-top))
}
