package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// TableColumn is a column of a ListTable. Width 0 shares what is left.
type TableColumn struct {
	Title    string
	Width    float32
	Trailing bool // aligned at the right, as numbers are
}

// TableSource is what a ListTable shows. NewCells makes the objects of one row, one for each column; Update fills them.
// Update runs while drawing: it must not load anything.
type TableSource struct {
	Rows     func() int
	NewCells func() []fyne.CanvasObject
	Update   func(row int, cells []fyne.CanvasObject)
	Marked   func(row int) bool // nil marks nothing
}

// ListTable is a table of whole rows with hairlines between them: arrows, Home, End, Page Up and Page Down move, Enter or a
// double click opens, Space or a click marks.
type ListTable struct {
	widget.BaseWidget

	OnOpen     func(row int)                        // Enter, double click
	OnMark     func(row int)                        // Space, click
	OnMove     func(row int)                        // the current row changed
	OnKey      func(row int, e *fyne.KeyEvent) bool // looks at keys first; true means used
	OnShortcut func(s fyne.Shortcut) bool           // looks at shortcuts (Ctrl+A, Alt+Right) first; true means used

	source  TableSource
	columns []TableColumn
	height  float32
	list    *tableList
	now     func() time.Time
	root    fyne.CanvasObject
}

// NewListTable makes a table with rows of a height: 40, or 48 for two lines. Without titles there is no header.
func NewListTable(columns []TableColumn, height float32, source TableSource) *ListTable {
	t := &ListTable{source: source, columns: columns, height: height, now: time.Now}
	t.list = newTableList(t)
	list := container.NewThemeOverride(t.list, rowTheme{bareTheme{}})
	t.root = list
	if header := t.header(); header != nil {
		t.root = ColumnWithGrowing(0, 1, header, list)
	}
	t.ExtendBaseWidget(t)
	return t
}

// Refresh shows the rows anew.
func (t *ListTable) Refresh() {
	if rows := t.source.Rows(); t.list.current >= rows {
		t.list.current = max(0, rows-1)
	}
	t.list.Refresh()
	t.BaseWidget.Refresh()
}

// Current returns the row which keys act on.
func (t *ListTable) Current() int { return t.list.current }

// SetCurrent moves to a row and shows it.
func (t *ListTable) SetCurrent(row int) { t.list.move(row) }

// Focusable returns what takes the focus.
func (t *ListTable) Focusable() fyne.Focusable { return t.list }

// Inside implements Holder.
func (t *ListTable) Inside() fyne.CanvasObject { return t.root }

// CreateRenderer implements fyne.Widget.
func (t *ListTable) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(t.root) }

func (t *ListTable) header() fyne.CanvasObject {
	titled := false
	cells := make([]fyne.CanvasObject, len(t.columns))
	for i, c := range t.columns {
		titled = titled || c.Title != ""
		text := NewCut(RoleCaptionBold, ColorText3, c.Title)
		if c.Trailing {
			text.Align(fyne.TextAlignTrailing)
		}
		cells[i] = text
	}
	if !titled {
		return nil
	}
	return Fixed(0, 32, container.NewStack(
		NewSurface(SurfaceStyle{Fill: ColorInset}),
		container.NewBorder(NewLine(), NewLine(), nil, nil),
		container.New(&cellLayout{t.columns}, cells...)))
}

// cellLayout lays the cells of a row: 16 at both ends and between columns, centred vertically.
type cellLayout struct{ columns []TableColumn }

func (l *cellLayout) MinSize(cells []fyne.CanvasObject) (min fyne.Size) {
	for i, c := range cells {
		m := c.MinSize()
		min.Height = fyne.Max(min.Height, m.Height)
		min.Width += 16 + fyne.Max(l.columns[i].Width, 0)
	}
	return min.AddWidthHeight(16, 0)
}

func (l *cellLayout) Layout(cells []fyne.CanvasObject, size fyne.Size) {
	free, growing := size.Width-16, 0
	for i := range cells {
		free -= 16 + l.columns[i].Width
		if l.columns[i].Width == 0 {
			growing++
		}
	}
	x := float32(16)
	for i, c := range cells {
		w := l.columns[i].Width
		if w == 0 {
			w = fyne.Max(0, free/float32(growing))
		}
		h := heightAt(c, w)
		if h > size.Height {
			h = size.Height
		}
		c.Move(fyne.NewPos(x, (size.Height-h)/2))
		c.Resize(fyne.NewSize(w, h))
		x += w + 16
	}
}
