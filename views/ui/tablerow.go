package ui

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

const doubleClick = 400 * time.Millisecond

// tableList is the native list with the keys of a table.
type tableList struct {
	widget.List

	table   *ListTable
	current int
	focused bool
	quiet   bool // focused by a click: no ring yet
}

func newTableList(t *ListTable) *tableList {
	l := &tableList{table: t}
	l.HideSeparators = true
	l.Length = t.source.Rows
	l.CreateItem = func() fyne.CanvasObject { return newTableRow(t) }
	l.UpdateItem = func(id widget.ListItemID, o fyne.CanvasObject) {
		if row, ok := o.(*tableRow); ok {
			row.update(id)
		}
	}
	l.ExtendBaseWidget(l)
	return l
}

// FocusGained implements fyne.Focusable.
func (l *tableList) FocusGained() {
	l.focused = true
	l.Refresh()
	if !l.quiet {
		reveal(l) // a click found it in sight
	}
}

// FocusLost implements fyne.Focusable.
func (l *tableList) FocusLost() {
	l.focused, l.quiet = false, false
	l.Refresh()
}

// TypedKey implements fyne.Focusable.
func (l *tableList) TypedKey(e *fyne.KeyEvent) {
	l.quiet = false
	if l.table.OnKey != nil && l.table.OnKey(l.current, e) {
		return
	}
	page := max(1, int(l.Size().Height/l.table.height)-1)
	switch e.Name {
	case fyne.KeyUp:
		l.move(l.current - 1)
	case fyne.KeyDown:
		l.move(l.current + 1)
	case fyne.KeyPageUp:
		l.move(l.current - page)
	case fyne.KeyPageDown:
		l.move(l.current + page)
	case fyne.KeyHome:
		l.move(0)
	case fyne.KeyEnd:
		l.move(l.Length() - 1)
	case fyne.KeyReturn, fyne.KeyEnter:
		l.open(l.current)
	case fyne.KeySpace:
		l.mark(l.current)
	default:
		ForwardKey(l, e)
	}
}

// TypedShortcut implements fyne.Shortcutable.
func (l *tableList) TypedShortcut(s fyne.Shortcut) {
	if l.table.OnShortcut != nil && l.table.OnShortcut(s) {
		return
	}
	ForwardShortcut(l, s)
}

func (l *tableList) move(row int) {
	row = min(max(0, row), max(0, l.Length()-1))
	changed := row != l.current
	l.current = row
	l.ScrollTo(row)
	l.Refresh()
	if changed && l.table.OnMove != nil {
		l.table.OnMove(row)
	}
}

func (l *tableList) open(row int) {
	if l.table.OnOpen != nil && row < l.Length() {
		l.table.OnOpen(row)
	}
}

func (l *tableList) mark(row int) {
	if l.table.OnMark != nil && row < l.Length() {
		l.table.OnMark(row)
		l.Refresh()
	}
}

// tableRow is one visible row, reused while scrolling.
type tableRow struct {
	widget.BaseWidget

	table         *ListTable
	id            int
	clicked       time.Time
	cells         []fyne.CanvasObject
	surface, ring *Surface
	root          fyne.CanvasObject
}

func newTableRow(t *ListTable) *tableRow {
	r := &tableRow{table: t, cells: t.source.NewCells(), surface: NewSurface(SurfaceStyle{}), ring: focusRing(0)}
	r.root = Fixed(0, t.height, container.NewStack(
		r.surface,
		container.New(&cellLayout{t.columns}, r.cells...),
		container.NewBorder(nil, NewLine(), nil, nil),
		Inset(1, r.ring)))
	r.ExtendBaseWidget(r)
	return r
}

// Tapped implements fyne.Tappable: it marks; a second click soon after opens.
func (r *tableRow) Tapped(*fyne.PointEvent) {
	l := r.table.list
	if !l.focused {
		l.quiet = true
		Focus(l)
	}
	now := r.table.now()
	again := l.current == r.id && now.Sub(r.clicked) < doubleClick
	r.clicked = now
	l.move(r.id)
	if again && r.table.OnOpen != nil {
		l.open(r.id)
		return
	}
	l.mark(r.id)
}

// CreateRenderer implements fyne.Widget.
func (r *tableRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.root) }

func (r *tableRow) update(id int) {
	if r.id != id {
		r.clicked = time.Time{}
	}
	r.id = id
	style := SurfaceStyle{}
	if m := r.table.source.Marked; m != nil && m(id) {
		style.Fill = ColorPrimarySoft
	}
	r.surface.SetStyle(style)
	l := r.table.list
	SetVisible(r.ring, l.focused && !l.quiet && id == l.current)
	r.table.source.Update(id, r.cells)
}

// rowTheme draws rows of a native list edge to edge.
type rowTheme struct{ bareTheme }

// Color implements fyne.Theme.
func (r rowTheme) Color(n fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	if n == theme.ColorNameHover {
		n = ColorRowHover
	}
	if n == theme.ColorNameShadow {
		return color.Transparent
	}
	return r.base().Color(n, v)
}

// Size implements fyne.Theme.
func (r rowTheme) Size(n fyne.ThemeSizeName) float32 {
	switch n {
	case theme.SizeNamePadding, theme.SizeNameSelectionRadius:
		return 0
	}
	return r.base().Size(n)
}
