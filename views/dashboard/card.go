package dashboard

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

const cardHeight = 192

// card is the card of one service. It never changes size.
type card struct {
	service service.Service
	target  *ui.HoverCard
	face    face
	body    *fyne.Container

	tile      *ui.StateTile
	state     *ui.Status
	figure    *ui.Text
	words     *ui.Text
	bar       *ui.ProgressBar
	caption   *ui.Text
	synced    *fyne.Container
	scanned   *fyne.Container
	syncWord  *ui.Text
	scanWord  *ui.Text
	wide      *fyne.Container // times side by side
	narrow    *fyne.Container // times stacked
	button    *fyne.Container
	press     *fyne.Container // around it
	buttonTxt *ui.Text
}

func newCard(s service.Service, grant func()) *card {
	c := &card{
		service:  s,
		tile:     ui.NewStateTile(serviceIcon(s), ui.Neutral),
		state:    ui.NewStatus("circle", ui.ColorText3, ""),
		figure:   ui.NewText(ui.RoleFigure, ui.ColorText, ""),
		words:    ui.NewCut(ui.RoleBody, ui.ColorText2, ""),
		bar:      ui.NewProgressBar(4, ui.Good),
		caption:  ui.NewClamped(ui.RoleCaption, ui.ColorText3, 2, ""),
		syncWord: ui.Caption(""),
		scanWord: ui.Caption(""),
	}
	c.synced = ui.Row(4, ui.NewIcon("arrow_sync", 16, ui.ColorText3), c.syncWord)
	c.scanned = ui.Row(4, ui.NewIcon("history", 16, ui.ColorText3), c.scanWord)
	c.wide, c.narrow = ui.Row(16), ui.Column(0)
	// Only the look of a button: the whole card is the target, and a button of its own would take the hover away.
	c.buttonTxt = ui.NewText(ui.RoleStrong, ui.ColorOnPrimary, "")
	c.button = ui.Fixed(0, 32, container.NewStack(ui.NewSurface(ui.SurfaceStyle{Fill: ui.ColorPrimary, Radius: 6}),
		ui.Pad(6, 12, 6, 12, c.buttonTxt)))
	c.press = ui.Row(0, c.button)
	head := ui.RowTop(12, c.tile, ui.Grow(ui.Column(0, ui.NewCut(ui.RoleCardTitle, ui.ColorText, s.Name()), c.state)))
	foot := container.NewStack(
		container.NewBorder(nil, c.wide, nil, nil), container.NewBorder(nil, c.narrow, nil, nil), c.press)
	// A caption of two lines takes the room above the foot.
	c.body = ui.ColumnWithGrowing(0, 7, head, ui.Space(0, 8),
		ui.Fixed(0, 32, ui.Row(8, c.figure, ui.Grow(c.words))), ui.Space(0, 4), c.bar, ui.Space(0, 4), c.caption, ui.Space(0, 0), ui.Fixed(0, 32, foot))
	c.target = ui.NewHoverCard(s.Name(), ui.Fixed(0, cardHeight, ui.Inset(16, c.body)), grant)
	c.target.OnState = c.showFoot
	c.stack(false)
	return c
}

func (c *card) show(f face, compact bool) {
	c.face = f
	c.tile.Set(serviceIcon(c.service), f.tileTone)
	c.state.Set(f.icon, f.color, f.state)
	c.figure.SetText(f.figure)
	ui.SetVisible(c.figure, f.figure != "")
	c.words.SetText(f.words)
	c.bar.SetTone(f.barTone)
	c.bar.Set(f.done, f.all)
	c.caption.SetText(f.caption)
	c.syncWord.SetText(f.synced)
	c.scanWord.SetText(f.scanned)
	c.buttonTxt.SetText(f.action)
	if f.action == "" {
		c.target.Disable()
	} else {
		c.target.Enable()
	}
	c.stack(compact)
	c.body.Refresh()
}

// stack puts the times below one another where the card is narrow.
func (c *card) stack(compact bool) {
	c.wide.Objects, c.narrow.Objects = nil, nil
	into := c.wide
	if compact {
		into = c.narrow
	}
	ui.SetVisible(c.synced, c.face.synced != "")
	ui.SetVisible(c.scanned, c.face.scanned != "")
	into.Objects = []fyne.CanvasObject{c.synced, c.scanned}
	c.showFoot()
}

func (c *card) showFoot() {
	action := c.face.action != "" && (c.face.showsAction || c.target.Hot())
	ui.SetVisible(c.button, action)
	c.press.Refresh() // what was hidden has no place yet
	ui.SetVisible(c.wide, !action)
	ui.SetVisible(c.narrow, !action)
	c.target.Refresh()
}
