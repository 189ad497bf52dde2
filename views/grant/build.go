package grant

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"cloudappsecurity/service"
	"cloudappsecurity/views/targets"
	"cloudappsecurity/views/ui"
)

// parts are the controls of the wizard. They are made once and shown where they belong.
type parts struct {
	click, copy, cancelGrant, reopen, retry, keep, move *ui.Button
	deadline                                            *ui.Text
	copied                                              string // the address which was copied last

	radio  *ui.RadioCards
	picker *targets.Picker
	fill   *fillLayout
	filled *fyne.Container

	cancelled, resumed, changeTargets *ui.Button
	bar                               *ui.ProgressBar
	ring                              *ui.Ring // one for all panels: a new one would begin its turn anew

	stepper  *ui.Stepper
	aside    *fyne.Container
	scroll   *container.Scroll
	close    *ui.Button
	next     *ui.Button
	foot     *ui.Text
	footIcon *ui.Icon
	focus    string // what the wizard waited for when the focus was set last
	root     fyne.CanvasObject
}

func (v *View) build() *parts {
	p := &parts{}
	p.click = ui.NewIconButton(ui.Primary, "Click here", "open", v.begin).IconAfter()
	p.copy = ui.NewIconButton(ui.Outlined, "Copy address", "copy", v.copyAddress)
	p.cancelGrant = ui.NewButton(ui.Outlined, "Cancel", v.cancel)
	p.reopen = ui.NewIconButton(ui.Outlined, "Open the authorization screen again", "open", v.openAgain).IconAfter()
	p.retry = ui.NewButton(ui.Primary, "Try again", v.begin)
	p.keep = ui.NewButton(ui.Outlined, "Keep", func() { v.answer(false) })
	p.move = ui.NewButton(ui.Primary, "Move protection…", v.askMove)
	p.deadline = ui.NewWrapped(ui.RoleCaption, ui.ColorText3, "")

	p.radio = ui.NewRadioCards([]ui.RadioOption{
		{Title: v.c.Service.EveryoneText(), Caption: v.allCaption("")},
		{Title: v.c.Service.SelectedText(), Caption: selectedCaption},
	}, 0, func(i int) { v.setOption(i) })
	p.picker = targets.New(targets.Options{Context: v.c.Context, Service: v.c.Service, Search: v.c.Search, Loader: v.loader, Now: v.c.Now, Canvas: v.c.Canvas,
		OnChange: func() { v.showFooter() }})
	p.fill = &fillLayout{floor: 336}
	p.filled = container.New(p.fill, p.picker)

	p.cancelled = ui.NewButton(ui.Outlined, "Cancel", v.cancelSync)
	p.resumed = ui.NewButton(ui.Primary, "Try again", v.resume)
	p.changeTargets = ui.NewButton(ui.Outlined, "Change targets", v.choose)
	p.bar = ui.NewProgressBar(8, ui.Info)
	p.ring = ui.NewRing(24)
	p.ring.Hide()

	p.stepper = ui.NewStepper()
	p.close = ui.NewButton(ui.Quiet, "Close", func() { v.c.OnClose() })
	p.next = ui.NewButton(ui.Primary, "Next", v.advance)
	p.next.Disable()
	p.foot = ui.NewCut(ui.RoleCaption, ui.ColorText3, "")
	p.footIcon = ui.NewIcon("info", 16, ui.ColorText3)
	facts := asideFacts()
	p.aside = container.NewStack(facts)
	body := container.New(&bodyLayout{fill: p.fill, facts: facts}, p.stepper, p.aside)
	p.scroll = container.NewVScroll(ui.Pad(24, 24, 8, 24, body))
	footer := ui.Fixed(0, 64, container.NewStack(container.NewBorder(ui.NewLine(), nil, nil, nil),
		ui.Pad(0, 24, 0, 24, ui.Row(8, p.footIcon, ui.Grow(p.foot), p.close, p.next))))
	p.root = ui.Card(ui.Inset(1, ui.ColumnWithGrowing(0, 0, p.scroll, footer)))
	return p
}

const selectedCaption = "For testing, up to 100. No manual and no scheduled synchronization."

func (v *View) allCaption(counts string) string {
	who, fresh := "Everyone who has a mailbox.", "New people"
	switch v.c.Service {
	case service.SharePointOnline:
		who, fresh = "Every site collection, with its subsites.", "New sites"
	case service.OneDrive:
		who = "Everyone who has a OneDrive."
	case service.ExchangeOnline:
	}
	if counts == "" {
		counts = who
	}
	return counts + " " + fresh + " are protected without anyone doing anything."
}

// setOption is a press on one of the two cards.
func (v *View) setOption(i int) {
	v.option = []service.Option{service.OptionAll, service.OptionSelected}[i]
	v.picker.Stop()
	v.render()
}

func asideFacts() *fyne.Container {
	fact := func(icon, words string) fyne.CanvasObject {
		return ui.RowTop(8, ui.Pad(2, 0, 2, 0, ui.NewIcon(icon, 16, ui.ColorText3)), ui.Grow(ui.NewWrapped(ui.RoleBody, ui.ColorText2, words)))
	}
	heading := func(words string) fyne.CanvasObject { return ui.NewText(ui.RoleStrong, ui.ColorText, words) }
	return container.NewBorder(nil, nil, ui.NewLine(), nil, ui.Pad(0, 0, 0, 32, ui.Column(24,
		ui.Column(8, heading("You need"), fact("person", "A Global Administrator of your organization"), fact("clock", "About five minutes")),
		ui.Column(8, heading("Good to know"), fact("lock_closed", "Nothing it reads leaves this computer"), fact("arrow_undo", "You can take it back at any time"),
			fact("shield_checkmark", "Granting twice changes nothing")))))
}

// bodyLayout puts the steps at the left, and what is good to know at the right where there is room. What fills (the choice of
// people) takes the height that is left.
type bodyLayout struct {
	fill  *fillLayout
	facts fyne.CanvasObject // what is good to know: shown where there is room for it
}

// Widths of the body.
const (
	stepsWidth = 720
	asideWidth = 264
)

func (l *bodyLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	l.fill.height = l.fill.floor
	m := o[0].MinSize()
	return fyne.NewSize(320, m.Height)
}

func (l *bodyLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	steps, aside := s.Width, o[1].Visible() && s.Width >= stepsWidth+asideWidth+32
	if aside {
		steps = s.Width - asideWidth - 32
	}
	l.fill.height = l.fill.floor
	o[0].Resize(fyne.NewSize(steps, s.Height))
	if left := s.Height - o[0].MinSize().Height; left > 0 {
		l.fill.height += left
	}
	o[0].Move(fyne.Position{})
	o[0].Resize(fyne.NewSize(steps, s.Height))
	o[0].Refresh()
	if aside {
		o[1].Move(fyne.NewPos(steps+32, 0))
		o[1].Resize(fyne.NewSize(asideWidth, o[1].MinSize().Height))
	} else {
		o[1].Resize(fyne.NewSize(0, 0))
	}
	show(l.facts, aside)
}

// fillLayout is at least as high as its floor.
type fillLayout struct{ floor, height float32 }

func (l *fillLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(o[0].MinSize().Width, fyne.Max(l.floor, l.height))
}

func (l *fillLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	o[0].Move(fyne.Position{})
	o[0].Resize(s)
}
