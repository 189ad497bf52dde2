package account

import (
	"slices"

	"fyne.io/fyne/v2"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// Removals is what removes service accounts. Its calls return at once, or with
// what is refused; how a removal goes on comes with the overview.
type Removals interface {
	// Remove begins the removal of s, or goes on with it.
	Remove(s service.Service) error
	// RemoveHere removes only what is stored on this computer.
	RemoveHere(s service.Service) error
	// CancelRemoval pauses a removal that runs.
	CancelRemoval(s service.Service)
	AnswerRemoval(s service.Service, yes bool)
	OpenRemovalAgain(s service.Service) error
}

// removal is the part of the details that shows how a removal goes. Its buttons
// stay the same ones while it changes: one of them may have the focus.
type removal struct {
	view    *View
	service service.Service
	failed  *service.Error // what was pressed last was refused
	running bool           // when it was shown last

	cancel, again, goOn, here, keep, stop *ui.Button
	box                                   *fyne.Container
}

func newRemoval(v *View, s service.Service) *removal {
	r := &removal{view: v, service: s, box: ui.Column(12)}
	act := func(f func() error) func() {
		return func() { r.act(f) }
	}
	removals := v.options.Removals
	r.cancel = ui.NewButton(ui.Outlined, "Cancel", act(func() error { removals.CancelRemoval(s); return nil }))
	r.again = ui.NewIconButton(ui.Quiet, "Open the page again", "open", act(func() error { return removals.OpenRemovalAgain(s) }))
	r.goOn = ui.NewButton(ui.Primary, "Continue removal", act(func() error { return removals.Remove(s) }))
	r.here = ui.NewButton(ui.Outlined, "Remove from this computer only", r.askHere)
	r.keep = ui.NewButton(ui.Outlined, "Keep it", act(func() error { removals.AnswerRemoval(s, false); return nil }))
	r.stop = ui.NewButton(ui.DangerFilled, "Remove it", act(func() error { removals.AnswerRemoval(s, true); return nil }))
	return r
}

// act carries out what was pressed, off the main thread, and shows what came of
// it.
func (r *removal) act(f func() error) {
	r.view.options.Loader.Act(func() func() {
		err := f()
		return func() {
			r.failed = service.AsError(err)
			r.view.Reload()
		}
	})
}

// shows says whether there is something of a removal to show.
func (r *removal) shows(row Row) bool {
	p := row.Removal
	return row.Account.State == service.StateRemoving || p.Running || p.Finished != "" || r.failed != nil
}

// show fills the box.
func (r *removal) show(row Row) {
	p := row.Removal
	r.box.Objects = nil
	add := func(o ...fyne.CanvasObject) {
		for _, x := range o {
			r.box.Add(x)
		}
	}
	defer r.box.Refresh()
	if p.Finished != "" {
		add(ui.NewBanner(ui.BannerText{Tone: ui.Good, Bold: service.RemovedText(r.service), More: afterFirst(p.Finished), Stacked: true}, nil))
		return
	}
	failed := r.failed
	if failed == nil && !p.Running {
		failed = p.Err
	}
	switch {
	case p.Running:
		add(ui.NewText(ui.RoleStrong, ui.ColorText, "Removal"))
	case row.Account.State == service.StateRemoving:
		add(ui.NewBanner(ui.BannerText{Tone: ui.Warn, Bold: "Removal is not finished.", More: paused(row), Stacked: true}, nil))
	}
	if failed != nil {
		add(ui.NewBanner(ui.BannerText{Tone: ui.Bad, Bold: failed.Error(), More: failed.Help, Stacked: true}, nil))
	}
	if p.Running || row.Account.State == service.StateRemoving {
		add(r.steps(p))
	}
	online := r.view.online()
	r.goOn.SetEnabled(online || !p.Stored.InTenant())
	switch {
	case p.Running && p.Other != nil:
		add(ui.NewBanner(ui.BannerText{Tone: ui.Warn, Bold: "Another computer uses this application.", More: p.Other.OtherText(), Stacked: true}, nil),
			ui.Row(8, r.stop, r.keep))
	case p.Running && p.URL != "" && p.Step == service.RemovalSignIn:
		add(ui.NewWrapped(ui.RoleCaption, ui.ColorText3, "No page in your browser? Open it again, or copy its address to a browser on this computer."),
			ui.NewCopyField(p.URL), ui.Row(8, r.cancel, r.again))
	case p.Running:
		add(ui.Row(8, r.cancel))
	case row.Account.State == service.StateRemoving:
		add(ui.Row(8, r.goOn))
		if !r.goOn.Disabled() || online {
			add(ui.Row(8, r.here))
		} else {
			add(ui.NewWrapped(ui.RoleCaption, ui.ColorText3, "Removing the application needs a connection."), ui.Row(8, r.here))
		}
	}
}

// focus gives the focus, where what had it is gone, to what comes next.
func (r *removal) focus(p service.RemovalProgress) {
	began, ended := p.Running && !r.running, !p.Running && r.running
	r.running = p.Running
	c := r.view.options.Canvas
	if c == nil || !began && !ended || c.Overlays().Top() != nil {
		return
	}
	ours := []fyne.Focusable{nil, r.view.remove[r.service], r.cancel, r.again, r.goOn, r.here, r.keep, r.stop}
	switch {
	case !slices.Contains(ours, c.Focused()):
	case began:
		c.Focus(r.cancel)
	case p.Finished != "":
		c.Focus(r.view.close)
	default:
		c.Focus(r.goOn)
	}
}

// steps lists the steps with their states.
func (r *removal) steps(p service.RemovalProgress) fyne.CanvasObject {
	list := ui.Column(8)
	for _, s := range service.RemovalSteps() {
		done, now := p.State(s)
		var sign fyne.CanvasObject = ui.NewIcon("circle", 20, ui.ColorText3)
		color := fyne.ThemeColorName(ui.ColorText2)
		words := ui.Column(0)
		switch {
		case done:
			sign = ui.NewIcon("checkmark_circle-filled", 20, ui.ColorSuccess)
		case now:
			sign, color = ui.NewRing(20), ui.ColorText
		case p.Err != nil && p.Refused && s == p.Step:
			sign, color = ui.NewIcon("error_circle-filled", 20, ui.ColorDanger), ui.ColorText
		}
		words.Add(ui.NewWrapped(ui.RoleBody, color, s.Text()))
		if now && p.Waiting != "" && p.Waiting != s.Text()+"." {
			words.Add(ui.NewWrapped(ui.RoleCaption, ui.ColorText3, p.Waiting))
		}
		if s == service.RemovalSignIn && !done && !p.Running && p.Stored.Done != service.RemovalBegun {
			words.Add(ui.NewWrapped(ui.RoleCaption, ui.ColorText3, "Once more: a sign-in is never stored"))
		}
		list.Add(ui.RowTop(8, sign, ui.Grow(words)))
	}
	return list
}

// paused says what continuing needs.
func paused(row Row) string {
	if !row.Removal.Stored.InTenant() {
		return "Nothing is left in the tenant. What is stored on this computer remains to be removed."
	}
	return row.Account.Service.Name() + " is neither protected nor synchronized until then. A Global Administrator has to sign in for the rest."
}

// ask asks before anything is removed.
func (r *removal) ask(a service.Account) {
	line := func(icon, text string) fyne.CanvasObject {
		return ui.RowTop(8, ui.NewIcon(icon, 16, ui.ColorText3), ui.Grow(ui.NewWrapped(ui.RoleBody, ui.ColorText, text)))
	}
	content := ui.Column(6,
		ui.NewText(ui.RoleStrong, ui.ColorText, "What is removed"),
		line("cloud", `In your tenant: the application "`+a.Service.ApplicationName()+`" with its service principal, for good`),
		line("desktop", "On this computer: its private key, the service account, its list of targets and how far they are synchronized"),
		ui.Space(0, 4), ui.NewText(ui.RoleStrong, ui.ColorText, "What stays"),
		line("shield_checkmark", "The other services, which go on as they are, and your policies"),
		line("key", "The entry of the sign-in application among your enterprise applications: others may use it"),
		line("clock", service.TokensLiveOn+" This computer drops its own at once."))
	ui.ShowDialog(r.view.options.Canvas, ui.DialogText{
		Title: "Remove " + a.Service.Name() + "?",
		Body:  service.RemovedFuture(a.Service) + " A Global Administrator has to sign in, in the browser.", Confirm: "Remove", Danger: true,
	}, content, func() { r.act(func() error { return r.view.options.Removals.Remove(a.Service) }) }, nil)
}

// askHere asks before only what is stored here is removed.
func (r *removal) askHere() {
	row, ok := r.view.row(r.service)
	if !ok {
		return
	}
	left := service.ByHand(row.Account, row.Removal.Stored.Done)
	var content fyne.CanvasObject
	if left != "" {
		content = ui.Column(8, ui.NewWrapped(ui.RoleBody, ui.ColorText, "To remove it later by hand:"), ui.NewWrapped(ui.RoleBody, ui.ColorText2, left+"."), ui.NewCopyField(row.Account.AppID))
	}
	ui.ShowDialog(r.view.options.Canvas, ui.DialogText{
		Title: "Remove " + r.service.Name() + " from this computer only?",
		Body:  "The application stays in your tenant, until somebody removes it there. This computer drops its key and what it stored.", Confirm: "Remove from this computer", Danger: true,
	}, content, func() { r.act(func() error { return r.view.options.Removals.RemoveHere(r.service) }) }, nil)
}

// afterFirst is text without its first sentence.
func afterFirst(text string) string {
	for i := 1; i < len(text)-1; i++ {
		if text[i-1] == '.' && text[i] == ' ' {
			return text[i+1:]
		}
	}
	return ""
}
