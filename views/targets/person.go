package targets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// mark is the check box of a row.
type mark = ui.CheckBox

// personCell is a row's name and address, and at its end what is to be known of the person.
type personCell struct {
	widget.BaseWidget

	name, address, note *ui.Text
	pill                *ui.Surface
	word                *ui.Text
}

func newPersonCell() *personCell {
	c := &personCell{
		name: ui.NewCut(ui.RoleBody, ui.ColorText, ""), address: ui.NewCut(ui.RoleCaption, ui.ColorText3, ""),
		note: ui.NewText(ui.RoleCaption, ui.ColorText3, ""), word: ui.NewText(ui.RoleCaptionBold, ui.ColorText2, ""),
		pill: ui.NewSurface(ui.SurfaceStyle{Radius: 10}),
	}
	c.ExtendBaseWidget(c)
	return c
}

// remark is a chip and a sentence at the end of a row. Both may be empty.
type remark struct {
	tone       ui.Tone
	word, note string
	dim        bool // can't be marked
}

// remarkOf says what is to be known of p, who is available unless why says otherwise.
func remarkOf(p service.Person, why service.Exclusion, selected bool) remark {
	r := remark{}
	switch {
	case selected:
		return remark{note: "Selected already", dim: true}
	case why == service.ExclusionGuest:
		return remark{tone: ui.Warn, word: "Guest", note: "Can't be added", dim: true}
	case why == service.ExclusionNoMailbox:
		return remark{word: "No mailbox", note: "Can't be added", dim: true}
	case why == service.ExclusionNoDrive:
		return remark{word: "No OneDrive", note: "Can't be added", dim: true}
	case why == service.ExclusionPersonal:
		return remark{word: "OneDrive", note: "Can't be added", dim: true}
	case why == service.ExclusionRemoved:
		return remark{tone: ui.Warn, word: "Removed", note: "Can't be added", dim: true}
	}
	switch p.Mailbox {
	case service.MailboxShared:
		r.word = "Shared"
	case service.MailboxRoom:
		r.word = "Room"
	case service.MailboxEquipment:
		r.word = "Equipment"
	case service.MailboxUser, service.MailboxNone, service.MailboxUnknown:
		if !p.Enabled && p.Mailbox == service.MailboxUser {
			r.note = "Sign-in is blocked"
		}
	}
	return r
}

func (c *personCell) set(p service.Person, r remark) {
	color := fyne.ThemeColorName(ui.ColorText)
	if r.dim {
		color = ui.ColorText3
	}
	c.name.Set(p.Name(), color)
	c.address.SetText(p.UserPrincipalName)
	c.note.SetText(r.note)
	c.word.Set(r.word, r.tone.Color())
	c.pill.SetStyle(ui.SurfaceStyle{Fill: r.tone.Soft(), Radius: 10})
	show(c.pill, r.word != "")
	show(c.word, r.word != "")
	c.Refresh()
}

func show(o fyne.CanvasObject, on bool) {
	if on != o.Visible() {
		if on {
			o.Show()
		} else {
			o.Hide()
		}
	}
}

// CreateRenderer implements fyne.Widget.
func (c *personCell) CreateRenderer() fyne.WidgetRenderer { return &personRenderer{c} }

type personRenderer struct{ c *personCell }

func (r *personRenderer) Destroy()           {}
func (r *personRenderer) MinSize() fyne.Size { return fyne.NewSize(80, 36) }
func (r *personRenderer) Refresh()           { r.Layout(r.c.Size()) }

func (r *personRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.c.name, r.c.address, r.c.pill, r.c.word, r.c.note}
}

func (r *personRenderer) Layout(s fyne.Size) {
	end := s.Width
	if r.c.note.Text() != "" {
		w := r.c.note.MinSize().Width
		if end-w > 96 || r.c.word.Text() == "" { // the chip says it where there is no room for both
			end -= w
			r.c.note.Move(fyne.NewPos(end, (s.Height-16)/2))
			r.c.note.Resize(fyne.NewSize(w, 16))
			end -= 8
			show(r.c.note, true)
		} else {
			show(r.c.note, false)
		}
	}
	if r.c.word.Text() != "" {
		w := r.c.word.MinSize().Width
		end -= w + 16
		r.c.pill.Move(fyne.NewPos(end, (s.Height-20)/2))
		r.c.pill.Resize(fyne.NewSize(w+16, 20))
		r.c.word.Move(fyne.NewPos(end+8, (s.Height-16)/2))
		r.c.word.Resize(fyne.NewSize(w, 16))
		end -= 8
	}
	top := (s.Height - 36) / 2
	r.c.name.Move(fyne.NewPos(0, top))
	r.c.name.Resize(fyne.NewSize(fyne.Max(0, end), 20))
	r.c.address.Move(fyne.NewPos(0, top+20))
	r.c.address.Resize(fyne.NewSize(fyne.Max(0, end), 16))
}
