package policy

import (
	"fmt"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// handle is what a row is dragged by.
type handle struct {
	widget.BaseWidget

	row    int
	by     float32
	moving func(row, to int)
	done   func(row, to int)
	icon   *ui.Icon
}

func newHandle(moving, done func(row, to int)) *handle {
	h := &handle{moving: moving, done: done, icon: ui.NewIcon("re_order", 16, ui.ColorText3)}
	h.ExtendBaseWidget(h)
	return h
}

// CreateRenderer implements fyne.Widget.
func (h *handle) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(ui.Fixed(16, 32, h.icon))
}

// Cursor implements desktop.Cursorable.
func (h *handle) Cursor() desktop.Cursor { return desktop.VResizeCursor }

// Dragged implements fyne.Draggable.
func (h *handle) Dragged(e *fyne.DragEvent) {
	h.by += e.Dragged.DY
	h.moving(h.row, h.to())
}

// DragEnd implements fyne.Draggable.
func (h *handle) DragEnd() {
	to := h.to()
	h.by = 0
	h.done(h.row, to)
}

func (h *handle) to() int { return h.row + int(math.Round(float64(h.by)/rowHeight)) }

// nameCell is the name of a policy, with a line of what it is for.
type nameCell struct {
	widget.BaseWidget

	name, detail *ui.Text
	root         fyne.CanvasObject
}

func newNameCell() *nameCell {
	c := &nameCell{name: ui.NewCut(ui.RoleRow, ui.ColorText, ""), detail: ui.NewCut(ui.RoleCaption, ui.ColorText3, "")}
	c.root = ui.Column(0, c.name, c.detail)
	c.ExtendBaseWidget(c)
	return c
}

// CreateRenderer implements fyne.Widget.
func (c *nameCell) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.root) }

// onCell is the switch of one row and its word.
type onCell struct {
	widget.BaseWidget

	knob *ui.RowSwitch
	word *ui.Text
	root fyne.CanvasObject
}

func newOnCell() *onCell {
	c := &onCell{knob: ui.NewRowSwitch(), word: ui.NewText(ui.RoleCaption, ui.ColorText2, "Off")}
	c.root = ui.Row(8, c.knob, c.word)
	c.ExtendBaseWidget(c)
	return c
}

// CreateRenderer implements fyne.Widget.
func (c *onCell) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.root) }

func (v *View) newCells() []fyne.CanvasObject {
	return []fyne.CanvasObject{newHandle(v.dragging, v.drop), ui.NewText(ui.RoleBody, ui.ColorText2, ""), newNameCell(),
		ui.NewCut(ui.RoleBody, ui.ColorText2, ""), newOnCell()}
}

// dragging shows the row that would be taken. The defaults stay last: nothing else goes there.
func (v *View) dragging(_, to int) {
	v.dragged = min(max(0, to), len(v.list)-1)
	v.table.Refresh()
}

func (v *View) drop(row, to int) {
	v.dragged = -1
	v.move(row, min(max(0, to), len(v.list)-1))
}

//nolint:forcetypeassert // made by newCells
func (v *View) update(i int, cells []fyne.CanvasObject) {
	if i >= len(v.list) {
		return
	}
	p := v.list[i]
	cells[0].(*handle).row = i
	cells[1].(*ui.Text).SetText(fmt.Sprint(p.Priority))
	name := cells[2].(*nameCell)
	name.name.SetText(p.Name)
	name.detail.Set(p.Description, ui.ColorText3)
	if higher, never := service.NeverApplies(v.list, p); never && p.On {
		name.detail.Set("Applies to nobody: "+higher.Name+" takes all targets first.", ui.ColorWarning)
	}
	cells[3].(*ui.Text).SetText(whom(p))
	on := cells[4].(*onCell)
	on.knob.OnChange = func(is bool) { v.turn(p, is) }
	on.knob.SetName(p.Name)
	on.knob.Set(p.On)
	on.word.SetText(map[bool]string{true: "On", false: "Off"}[p.On])
}
