// Package targets is the choice of selected users: Available Targets at the left, found by user or by group, Selected Targets
// at the right, and arrows between them. Searching needs a connection; reviewing and shortening the selection doesn't.
package targets

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// Search asks Microsoft 365 who there is. Its calls may take long and are made off the main thread.
type Search interface {
	// FindUser finds a user by the exact user principal name; CodeNotFound if there is none.
	FindUser(ctx context.Context, s service.Service, upn string) (service.Person, error)
	SearchGroups(ctx context.Context, s service.Service, prefix string) ([]service.Group, error)
	GroupUserCount(ctx context.Context, s service.Service, groupID string) (int, error)
	// GroupUsers gives the users of a group a page at a time; CodeHiddenMembers if they can't be read.
	GroupUsers(ctx context.Context, s service.Service, groupID string, page func([]service.Person) error) error
	// Resolve asks which kind of mailbox people have where it is not known.
	Resolve(ctx context.Context, s service.Service, people []service.Person) ([]service.Person, error)
	// FindSite finds a site collection by its exact address; CodeNotFound if there is none.
	FindSite(ctx context.Context, s service.Service, url string) (service.Site, error)
	SearchSites(ctx context.Context, s service.Service, title string) ([]service.Site, error)
}

// Options builds a Picker. Service and Search are required.
type Options struct {
	Context context.Context
	Service service.Service
	Search  Search
	Loader  *ui.Loader
	Now     func() time.Time
	Canvas  fyne.Canvas // the window's; without, it is found where the choice was drawn already
	// OnChange is told when the selection changed.
	OnChange func()
}

// minGroup is from how many characters on groups, and titles of sites, are searched.
const minGroup = 3

// The ways to search: the second one is by title where sites are chosen.
const (
	byUser = iota
	byGroup
)

// Picker chooses people, or sites of SharePoint Online. Use it on the main thread only.
type Picker struct {
	widget.BaseWidget

	options Options
	kind    kind
	sites   map[string]service.Site // those in the lists, which hold them as people: see asPerson
	online  bool
	chosen  selection

	way   *ui.SegmentedControl
	left  pane
	said  string // below the lists, until something else is done
	warn  bool
	users found
	group found

	groups  []groupRow
	current string // ID of the group whose users are listed

	search, members job

	find      *ui.Entry
	groupList *ui.ListTable
	groupBox  *fyne.Container
	groupSize *heightLayout
	heading   *fyne.Container
	headText  *ui.Text
	available *ui.ListTable
	empty     *fyne.Container
	busy      *fyne.Container
	busyText  *ui.Text
	ring      *ui.Ring
	cancel    *ui.Button
	note      *noteLine

	filter    *ui.Entry
	selected  *ui.ListTable
	noneYet   *fyne.Container
	count     *ui.Text
	bar       *ui.ProgressBar
	rightNote *ui.Text
	removing  map[string]bool

	add, remove *ui.Button
	root        fyne.CanvasObject
}

// found is a list of people that was found, and which of them are marked.
type found struct {
	people  []service.Person
	marked  map[string]bool
	toggled string // who was unmarked last: a double click unmarks first
}

// pane is what the left list says instead of people.
type pane struct{ say string }

type groupRow struct {
	service.Group
	count int // -1 while unknown
}

// New builds the choice. SetOnline and SetSelection may be called at any time.
func New(o Options) *Picker {
	if o.Context == nil {
		o.Context = context.Background()
	}
	if o.Loader == nil {
		o.Loader = &ui.Loader{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	p := &Picker{options: o, kind: kindOf(o.Service), sites: map[string]service.Site{}, online: true, removing: map[string]bool{}}
	p.chosen.kind, p.chosen.why = p.kind, p.why
	p.users.marked, p.group.marked = map[string]bool{}, map[string]bool{}
	p.chosen.set(nil)
	left, right := p.buildAvailable(), p.buildSelected()
	p.add = ui.NewIconButton(ui.Outlined, "", "chevron_right", p.addMarked)
	p.remove = ui.NewIconButton(ui.Outlined, "", "chevron_left", p.removeMarked)
	arrows := container.NewCenter(ui.Column(8, p.add, p.remove))
	p.note = newNoteLine()
	p.rightNote = ui.NewWrapped(ui.RoleCaption, ui.ColorText3, "")
	p.root = container.New(&dualLayout{}, left, arrows, right, p.note, p.rightNote)
	p.ExtendBaseWidget(p)
	p.show()
	return p
}

// Inside implements ui.Holder.
func (p *Picker) Inside() fyne.CanvasObject { return p.root }

// CreateRenderer implements fyne.Widget.
func (p *Picker) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(p.root) }

// Focusable returns what takes the focus first.
func (p *Picker) Focusable() fyne.Focusable {
	if p.online {
		return p.find.Focusable()
	}
	return p.selected.Focusable()
}

// Selection returns who is selected, by name.
func (p *Picker) Selection() []service.Selection {
	return append([]service.Selection(nil), p.chosen.list...)
}

// SetSelection replaces who is selected, silently.
func (p *Picker) SetSelection(list []service.Selection) {
	p.chosen.set(list)
	p.removing = map[string]bool{}
	p.show()
}

// SetOnline says whether Microsoft 365 can be asked. Without, the selection can be reviewed and shortened.
func (p *Picker) SetOnline(on bool) {
	if p.online == on {
		return
	}
	p.online = on
	p.show()
}

// Searching tells whether something is asked for.
func (p *Picker) Searching() bool { return p.search.running() || p.members.running() }

// Stop cancels what is asked for.
func (p *Picker) Stop() {
	p.search.stop()
	p.members.stop()
	p.show()
}

func (p *Picker) found() *found {
	if p.way.Chosen() == byUser {
		return &p.users
	}
	return &p.group
}

func (p *Picker) buildAvailable() fyne.CanvasObject {
	p.way = ui.NewSegmentedControl(p.kind.ways, func(int) { p.switchWay() })
	p.find = ui.NewSearchField("")
	p.find.OnChange = func(string) { p.left.say = ""; p.showFind(); p.showButtons() }
	p.find.OnSubmit = func(string) { p.submit() }
	p.find.OnKey = func(e *fyne.KeyEvent) bool {
		if e.Name != fyne.KeyDown {
			return false
		}
		p.enterLists()
		return true
	}
	p.groupList = ui.NewListTable([]ui.TableColumn{{Width: 16}, {}, {Width: 104, Trailing: true}}, 32, ui.TableSource{
		Rows: func() int { return len(p.groups) },
		NewCells: func() []fyne.CanvasObject {
			return []fyne.CanvasObject{ui.NewIcon("people", 16, ui.ColorText3), ui.NewCut(ui.RoleBody, ui.ColorText, ""),
				ui.NewText(ui.RoleCaption, ui.ColorText3, "").Align(fyne.TextAlignTrailing)}
		},
		Update: p.updateGroup,
		Marked: func(i int) bool { return p.groups[i].ID == p.current },
	})
	p.groupList.OnMark, p.groupList.OnOpen = p.chooseGroup, p.chooseGroup
	p.groupSize = &heightLayout{}
	p.groupBox = container.New(p.groupSize, p.groupList)
	p.headText = ui.NewCut(ui.RoleCaptionBold, ui.ColorText3, "")
	p.heading = container.NewStack(ui.NewSurface(ui.SurfaceStyle{Fill: ui.ColorInset}), container.NewBorder(ui.NewLine(), nil, nil, nil),
		ui.Fixed(0, 28, ui.Pad(0, 16, 0, 16, p.headText)))
	p.available = p.peopleTable(func() int { return len(p.found().people) }, p.updateAvailable, func(i int) bool {
		return p.found().marked[p.found().people[i].ID]
	})
	p.available.OnMark = p.toggleAvailable
	p.available.OnOpen = p.openAvailable
	p.available.OnKey = func(int, *fyne.KeyEvent) bool { p.found().toggled = ""; return false }
	p.available.OnShortcut = func(s fyne.Shortcut) bool {
		switch {
		case isSelectAll(s):
			p.markAll()
		case isAlt(s, fyne.KeyRight):
			p.addMarkedOr(p.available.Current())
		default:
			return false
		}
		return true
	}
	p.empty = container.NewStack()
	p.busyText = ui.NewWrapped(ui.RoleBody, ui.ColorText2, "")
	p.cancel = ui.NewButton(ui.Outlined, "Cancel", p.Stop)
	p.ring = ui.NewRing(24)
	p.busy = ui.Pad(8, 16, 8, 16, ui.Row(12, p.ring, ui.Grow(p.busyText), p.cancel))
	head := ui.Fixed(0, 48, ui.Pad(0, 16, 0, 16, ui.Row(8, ui.Grow(ui.NewCut(ui.RoleStrong, ui.ColorText, "Available Targets")), p.way)))
	people := container.NewStack(p.available, p.empty)
	return frame(ui.ColumnWithGrowing(0, 5, head, ui.Pad(0, 16, 12, 16, p.find), p.groupBox, p.busy, p.heading, people))
}

func (p *Picker) buildSelected() fyne.CanvasObject {
	p.filter = ui.NewSearchField("Find in selected")
	p.filter.OnChange = func(string) { p.removing = map[string]bool{}; p.show() }
	p.selected = p.peopleTable(func() int { return len(p.inSight()) }, p.updateSelected, func(i int) bool { return p.removing[p.inSight()[i].Person.ID] })
	toggled := ""
	p.selected.OnMark = func(i int) {
		id := p.inSight()[i].Person.ID
		if toggled = ""; p.removing[id] {
			delete(p.removing, id)
			toggled = id
		} else {
			p.removing[id] = true
		}
		p.showButtons()
	}
	p.selected.OnOpen = func(i int) {
		if id := p.inSight()[i].Person.ID; toggled == id || len(p.removing) == 0 {
			p.removing[id] = true
		}
		p.removeMarked()
	}
	removeHere := func(i int) {
		if len(p.removing) == 0 && i < len(p.inSight()) {
			p.removing[p.inSight()[i].Person.ID] = true
		}
		p.removeMarked()
	}
	p.selected.OnKey = func(i int, e *fyne.KeyEvent) bool {
		toggled = ""
		if e.Name == fyne.KeyDelete || e.Name == fyne.KeyBackspace {
			removeHere(i)
			return true
		}
		return false
	}
	p.selected.OnShortcut = func(s fyne.Shortcut) bool {
		switch {
		case isSelectAll(s):
			for _, t := range p.inSight() {
				p.removing[t.Person.ID] = true
			}
			p.selected.Refresh()
			p.showButtons()
		case isAlt(s, fyne.KeyLeft):
			removeHere(p.selected.Current())
		default:
			return false
		}
		return true
	}
	p.noneYet = container.NewStack()
	p.bar = ui.NewProgressBar(4, ui.Info)
	p.count = ui.NewText(ui.RoleStrong, ui.ColorText, "")
	head := ui.Fixed(0, 48, ui.Pad(0, 16, 0, 16, ui.Row(8, ui.Grow(ui.NewCut(ui.RoleStrong, ui.ColorText, "Selected Targets")), ui.Fixed(64, 0, p.bar), p.count)))
	return frame(ui.ColumnWithGrowing(0, 2, head, ui.Pad(0, 16, 12, 16, p.filter), container.NewStack(p.selected, p.noneYet)))
}

func (p *Picker) updateSelected(i int, cells []fyne.CanvasObject) {
	t := p.inSight()[i]
	r := remarkOf(t.Person, p.why(t.Person), false)
	if why := p.why(t.Person); why != service.ExclusionNone {
		r = remark{tone: ui.Warn, note: why.TextOf(p.options.Service)}
	}
	cells[0].(*mark).Set(p.removing[t.Person.ID], true) //nolint:forcetypeassert // made by peopleTable
	cells[1].(*personCell).set(t.Person, r)             //nolint:forcetypeassert // made by peopleTable
}

func (p *Picker) peopleTable(rows func() int, update func(int, []fyne.CanvasObject), marked func(int) bool) *ui.ListTable {
	return ui.NewListTable([]ui.TableColumn{{Width: 16}, {}}, 40, ui.TableSource{
		Rows:     rows,
		NewCells: func() []fyne.CanvasObject { return []fyne.CanvasObject{ui.NewCheckBox(), newPersonCell()} },
		Update:   update,
		Marked:   marked,
	})
}

func frame(content fyne.CanvasObject) fyne.CanvasObject {
	// The rows end a little above the rounded corners.
	return container.NewStack(ui.NewSurface(ui.SurfaceStyle{Fill: ui.ColorSurface, Stroke: ui.ColorLine, StrokeWidth: 1, Radius: 8}), ui.Pad(1, 1, 4, 1, content))
}

func (p *Picker) inSight() []service.Selection { return p.chosen.find(p.filter.Text()) }

func isSelectAll(s fyne.Shortcut) bool {
	if _, ok := s.(*fyne.ShortcutSelectAll); ok {
		return true
	}
	c, ok := s.(*desktop.CustomShortcut)
	return ok && c.KeyName == fyne.KeyA && c.Modifier == fyne.KeyModifierShortcutDefault
}

func isAlt(s fyne.Shortcut, key fyne.KeyName) bool {
	c, ok := s.(*desktop.CustomShortcut)
	return ok && c.KeyName == key && c.Modifier == fyne.KeyModifierAlt
}

// dualLayout: two lists with the arrows between them, and a line of words below each.
type dualLayout struct{}

func (dualLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(560, 320) }

func (dualLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	gap := float32(16)
	if s.Width < 720 {
		gap = 8
	}
	w, h := (s.Width-32-2*gap)/2, s.Height-40
	place := func(o fyne.CanvasObject, x, y, w, h float32) {
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(w, h))
	}
	place(o[0], 0, 0, w, h)
	place(o[1], w+gap, 0, 32, h)
	place(o[2], w+32+2*gap, 0, w, h)
	place(o[3], 0, h+8, w, 32)
	place(o[4], w+32+2*gap, h+8, w, 32)
}

// heightLayout gives what is in it a height that changes.
type heightLayout struct{ height float32 }

func (l *heightLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, l.height) }

func (l *heightLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	o[0].Move(fyne.Position{})
	o[0].Resize(s)
}

// noteLine is a line of words below a list, with an icon where it is a warning.
type noteLine struct {
	widget.BaseWidget

	icon *ui.Icon
	text *ui.Text
	root *fyne.Container
}

func newNoteLine() *noteLine {
	n := &noteLine{icon: ui.NewIcon("warning", 16, ui.ColorWarning), text: ui.NewClamped(ui.RoleCaption, ui.ColorText3, 2, "")}
	n.root = ui.RowTop(8, n.icon, ui.Grow(n.text))
	n.ExtendBaseWidget(n)
	return n
}

func (n *noteLine) set(text string, warning bool) {
	color := fyne.ThemeColorName(ui.ColorText3)
	if warning {
		color = ui.ColorWarning
	}
	show(n.icon, warning)
	n.text.Set(text, color)
	n.root.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (n *noteLine) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(n.root) }
