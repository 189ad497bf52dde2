package review

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// show draws everything anew.
func (v *View) show() {
	v.table.Refresh()
	rows := len(v.page.Rows)
	place := ""
	if rows > 0 {
		place = ui.Number(v.offset+1) + "–" + ui.Number(v.offset+rows) + " of " + counted(v.service(), v.page.Count)
	}
	v.place.SetText(place)
	v.previous.SetEnabled(v.offset > 0 && rows > 0)
	v.next.SetEnabled(v.offset+rows < v.page.Count)
	v.export.SetEnabled(rows > 0 && !v.exporting)
	switch {
	case !v.loaded:
		v.showInstead(ui.LoadingRows())
	case rows > 0:
		v.showInstead(nil)
	case v.asked.Search != "":
		v.showInstead(ui.EmptyState("search", "Nothing found for \""+v.asked.Search+"\"", "", ui.NewButton(ui.Outlined, "Clear", v.clear)))
	case v.asked.Filter != service.FilterNone || v.asked.Origin != "":
		if v.service().CoversSites() {
			v.showInstead(ui.EmptyState("globe", "No site is in this list", "", ui.NewButton(ui.Outlined, "Show all sites", v.clear)))
			break
		}
		v.showInstead(ui.EmptyState("people", "Nobody is in this list", "", ui.NewButton(ui.Outlined, "Show everyone", v.clear)))
	case v.service().CoversSites():
		v.showInstead(ui.EmptyState("globe", "No site is known yet", "Grant access to "+v.service().Name()+" on the Dashboard. Its sites appear here once they are synchronized.", nil))
	default:
		v.showInstead(ui.EmptyState("people", "Nobody is known yet", "Grant access to "+v.service().Name()+" on the Dashboard. Its people appear here once they are synchronized.", nil))
	}
	v.root.Refresh()
}

// showInstead shows o in the place of rows; nil shows the rows.
func (v *View) showInstead(o fyne.CanvasObject) {
	v.instead.Objects = nil
	if o != nil {
		v.instead.Objects = []fyne.CanvasObject{ui.Column(0, ui.Space(0, 32), o)}
	}
	v.instead.Refresh()
}

func (v *View) update(i int, cells []fyne.CanvasObject) {
	if i >= len(v.page.Rows) {
		return
	}
	row := v.page.Rows[i]
	name, okName := cells[0].(*nameCell)
	state, okState := cells[1].(*ui.Status)
	origin, okOrigin := cells[2].(*ui.Text)
	seen, okSeen := cells[3].(*ui.Text)
	if !okName || !okState || !okOrigin || !okSeen {
		return
	}
	name.set(row)
	state.Set(symbol(v.service(), row))
	origin.SetText(row.Origin.Text())
	seen.SetText(ui.Moment(row.SeenAt, v.options.Now()))
}

// symbol is the state of a row: icon, colour and words.
func symbol(s service.Service, r Row) (icon string, color fyne.ThemeColorName, word string) {
	switch {
	case r.Protected:
		return "checkmark_circle-filled", ui.ColorSuccess, "Protected"
	case r.Reason == service.ExclusionRemoved:
		return "person_prohibited", ui.ColorText3, r.Reason.TextOf(s)
	case r.Reason == service.ExclusionUnknown, r.Reason == service.ExclusionUnknownDrive:
		return "question_circle", ui.ColorWarning, r.Reason.TextOf(s)
	default:
		return "circle", ui.ColorText3, r.Reason.TextOf(s)
	}
}

// details shows the whole of what a row cuts.
func (v *View) details(i int) {
	if i >= len(v.page.Rows) {
		return
	}
	r := v.page.Rows[i]
	_, _, state := symbol(v.service(), r)
	fact := func(label, value string) fyne.CanvasObject {
		if value == "" {
			value = "None"
		}
		return ui.FactRow(label, ui.NewWrapped(ui.RoleBody, ui.ColorText, value))
	}
	ui.ShowInfo(v.options.Canvas, r.Name, 520, ui.Column(8, fact("Address", r.Address), fact("Kind", r.Kind), fact("State", state),
		fact("Origin", r.Origin.Text()), fact("Last seen", ui.Moment(r.SeenAt, v.options.Now())), fact("Object ID", r.ID)))
}

// nameCell is a name and the address below it.
type nameCell struct {
	widget.BaseWidget

	name, address *ui.Text
	root          fyne.CanvasObject
}

func newNameCell() *nameCell {
	c := &nameCell{name: ui.NewCut(ui.RoleStrong, ui.ColorText, ""), address: ui.NewCut(ui.RoleCaption, ui.ColorText3, "")}
	c.root = ui.Column(0, c.name, c.address)
	c.ExtendBaseWidget(c)
	return c
}

func (c *nameCell) set(r Row) {
	c.name.SetText(r.Name)
	c.address.SetText(r.Address)
}

// CreateRenderer implements fyne.Widget.
func (c *nameCell) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.root) }

func counted(s service.Service, n int) string {
	if s.CoversSites() {
		return ui.Counted(n, "site", "sites")
	}
	return ui.Counted(n, "person", "people")
}

func failure(err error) string {
	if e := service.AsError(err); e.Code != "" {
		return e.Message + " " + e.Help + " Code: " + string(e.Code) + "."
	}
	return err.Error()
}
