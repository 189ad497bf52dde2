package grant

import (
	"fmt"

	"fyne.io/fyne/v2"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// scanNeeds is why the permission is needed, in the words of each service.
func scanNeeds(s service.Service) string {
	what := "messages after they arrive at or are delivered from protected mailboxes"
	switch s {
	case service.SharePointOnline:
		what = "files after they change in protected sites"
	case service.OneDrive:
		what = "files after they change in the OneDrive of protected people"
	case service.ExchangeOnline:
	}
	return "Cloud App Security needs your permission once to scan " + what + ". " + grantWords
}

const grantWords = "A page opens in your browser which names each permission and why it is needed. There you sign in to Microsoft 365 as Global Administrator " +
	"and accept. Your password is seen by Microsoft only."

// show takes over what a load found.
func (v *View) show(s state) {
	v.state, v.loaded = s, true
	if s.progress.Step == service.GrantDone || s.progress.Step == service.GrantIdle {
		v.again = v.again && s.progress.Step != service.GrantDone
	}
	if v.moving != nil && s.progress.Move == nil {
		v.moving.Close()
		v.moving = nil
	}
	v.presetChoice()
	v.picker.SetOnline(s.online)
	v.render()
	v.askCounts()
}

// presetChoice shows in step 2 what was chosen before. What is chosen here meanwhile stays.
func (v *View) presetChoice() {
	s := v.state
	if v.preset || s.err != nil || !s.account.Granted() {
		return
	}
	v.preset = true
	switch {
	case s.org.Option == service.OptionSelected:
		v.option = service.OptionSelected
	case s.org.Option.Everyone():
		v.option = service.OptionAll
	}
	v.picker.SetSelected(s.stored)
}

// askCounts asks once how many people and groups there are.
func (v *View) askCounts() {
	if v.counted || v.step != 2 || !v.state.online || v.c.Service.CoversSites() { // nobody counts sites
		return
	}
	v.counted = true
	c := v.c
	v.loader.Act(func() func() {
		users, groups, err := c.Search.Counts(c.Context, c.Service)
		return func() {
			if err != nil {
				v.counted = false // asked again with the next load
				return
			}
			v.radio.SetCaption(0, v.allCaption(ui.Counted(users, "person", "people")+", "+ui.Counted(groups, "group", "groups")+"."))
			v.stepper.Refresh()
		}
	})
}

// where says which step is in sight.
func (v *View) where() int {
	a := v.state.account
	regrant := v.again || v.waiting() || a.Problem != "" || v.state.progress.Step == service.GrantFailed && v.state.progress.Err != nil && !v.synchronizing()
	switch {
	case !a.Granted():
		return 1
	case a.State == service.StateGranted && regrant && !v.started:
		return 1
	case a.State == service.StateGranted:
		return 3
	case v.waiting() && !v.started:
		return 1
	case v.choosing:
		return 2
	case v.started || a.State == service.StateSynchronizing:
		return 3
	default:
		return 2
	}
}

// render draws everything from what is known.
func (v *View) render() {
	show(v.scroll, v.loaded) // the first load takes a moment: nothing is shown rather than the wrong step
	if !v.loaded {
		return
	}
	mine := v.hasFocus()
	v.step = v.where()
	v.showButtons()
	v.turning = false
	s := v.state
	steps := []ui.Step{
		{Title: "Step 1: Grant permission in your browser", State: ui.StepNow},
		{Title: "Step 2: Choose whom to protect", State: ui.StepLater, Note: choiceNote(v.c.Service)},
		{Title: "Done", State: ui.StepLater, Note: "Synchronization runs in the background. The bell shows \"" + service.ProtectedText(v.c.Service) + "\" when it is true."},
	}
	if v.step > 1 {
		steps[0] = ui.Step{Title: "Step 1: Permission granted", State: ui.StepDone, Note: v.grantedBy()}
	}
	switch v.step {
	case 1:
		steps[0].Content = v.stepPermission()
	case 2:
		steps[1].State, steps[1].Number, steps[1].Content = ui.StepNow, 2, v.stepTargets()
		if v.option == service.OptionSelected {
			steps = steps[:2] // the lists take the room
			if v.low() {
				steps = steps[1:]
			}
		}
	case 3:
		steps[1] = ui.Step{Title: "Step 2: Targets chosen", State: ui.StepDone, Note: v.optionWords()}
		steps[2] = ui.Step{Title: "Done", State: ui.StepDone, Content: v.stepDone()}
		if s.account.State != service.StateGranted {
			steps[2].Title, steps[2].State = "Step 3: Synchronization", ui.StepNow
		}
	}
	show(v.aside, v.step == 1)
	show(v.ring, v.turning && v.shown.Load())
	v.stepper.SetSteps(steps...)
	v.showFooter()
	v.tick(v.shown.Load() && v.step == 1 && v.waiting() && !v.state.progress.Deadline.IsZero())
	v.refocus(mine)
	v.root.Refresh()
}

// refocus moves the focus to what goes on now, if the wizard had it: what had it may be gone.
func (v *View) refocus(mine bool) {
	key := fmt.Sprint(v.step, v.primaryName(), v.synchronizing(), v.state.account.State)
	changed := key != v.focus
	v.focus = key
	if c := v.canvas(); mine && changed && v.shown.Load() {
		c.Focus(v.Focusable())
	}
}

// hasFocus tells whether the focus is in the wizard, or nowhere. It is asked before anything is drawn anew.
func (v *View) hasFocus() bool {
	c := v.canvas()
	return c != nil && len(c.Overlays().List()) == 0 && (c.Focused() == nil || v.owns(c.Focused()))
}

// owns tells whether f is one of the wizard's controls.
func (v *View) owns(f fyne.Focusable) bool {
	for _, b := range v.buttons() {
		if f == fyne.Focusable(b) {
			return true
		}
	}
	o, ok := f.(fyne.CanvasObject)
	return ok && inside(v, o)
}

func (v *View) buttons() []*ui.Button {
	return []*ui.Button{v.click, v.copy, v.cancelGrant, v.reopen, v.retry, v.keep, v.move, v.cancelled, v.resumed, v.changeTargets, v.close, v.next}
}

// inside tells whether o is drawn within v now.
func inside(v fyne.CanvasObject, o fyne.CanvasObject) bool {
	d := fyne.CurrentApp().Driver()
	if c := d.CanvasForObject(o); c == nil || c != d.CanvasForObject(v) || !o.Visible() {
		return false
	}
	at, from, size := d.AbsolutePositionForObject(o), d.AbsolutePositionForObject(v), v.Size()
	return at.X >= from.X && at.X < from.X+size.Width && o.Size().Width > 0
}

// primary is the one button inside the step which goes on, or nil.
func (v *View) primary() *ui.Button {
	p := v.state.progress
	switch {
	case v.step == 1 && p.Move != nil:
		return v.move
	case v.step == 1 && p.Step == service.GrantFailed:
		return v.retry
	case v.step == 1:
		return v.click
	case v.step == 3 && v.state.account.State != service.StateGranted && !v.synchronizing() && !v.starting():
		return v.resumed
	}
	return nil
}

func (v *View) primaryName() string {
	if b := v.primary(); b != nil {
		return b.Text()
	}
	return ""
}

func (v *View) showButtons() {
	p := v.state.progress
	kind := ui.Primary
	if v.waiting() || p.Step == service.GrantFailed {
		kind = ui.Outlined
	}
	v.click.SetKind(kind)
	v.click.SetEnabled(v.state.online || v.waiting())
	v.retry.SetEnabled(v.state.online)
	v.resumed.SetEnabled(v.state.online)
	text, icon := "Copy address", "copy"
	if v.copied != "" && v.copied == p.URL {
		text, icon = "Address copied", "checkmark"
	}
	v.copy.SetText(text)
	v.copy.SetIcon(icon)
	v.copy.SetEnabled(p.URL != "")
}

// stepTargets is the content of step 2.
func (v *View) stepTargets() fyne.CanvasObject {
	s := v.state
	locked := s.other != ""
	index := 0
	if v.option == service.OptionSelected {
		index = 1
	}
	v.radio.SetChosen(index)
	v.radio.SetEnabled(0, !locked || index == 0)
	v.radio.SetEnabled(1, !locked || index == 1)
	column := ui.Column(16, v.radio)
	if locked {
		column.Add(note("lock_closed", v.lockWords()))
	}
	switch {
	case v.actionErr() != nil:
		column.Add(v.failure(v.actionErr()))
	case s.err != nil:
		column.Add(v.failure(service.AsError(s.err)))
	}
	if v.option == service.OptionSelected {
		column.Add(v.filled)
	} else {
		column.Add(note("info", leftOutWords(v.c.Service)))
	}
	return column
}

func note(icon, words string) fyne.CanvasObject {
	return ui.RowTop(8, ui.NewIcon(icon, 16, ui.ColorText3), ui.Grow(ui.NewWrapped(ui.RoleCaption, ui.ColorText3, words)))
}

// showFooter is the bar at the bottom.
func (v *View) showFooter() {
	text, kind, on, words := "Next", ui.Primary, false, "You can leave this page. The wizard resumes where it stood."
	closing := ui.Quiet
	switch v.step {
	case 2:
		text, on = "Done", v.canSynchronize()
		others := otherNames(v.c.Service)
		words = "The same choice will hold for " + others + "."
		if v.state.other != "" {
			words = "You can leave this page. The wizard resumes where it stood."
		}
		switch {
		case !v.state.online:
			words = "Done waits for the connection."
		case !on:
			words = "Select at least one person, or synchronize all users and groups."
			if v.c.Service.CoversSites() {
				words = "Select at least one site, or synchronize all sites."
			}
		}
	case 3:
		text = "Next"
		words = "You can leave this page. Synchronization goes on in the background."
		if v.state.account.State == service.StateGranted && !v.synchronizing() {
			words = "Granting again changes nothing."
		} else if !v.synchronizing() && !v.starting() {
			words = "You can leave this page. The wizard resumes where it stood."
		}
	}
	show(v.next, v.step != 3)
	if v.step == 3 && v.state.account.State == service.StateGranted && !v.synchronizing() {
		closing = ui.Primary
	}
	v.next.SetText(text)
	v.next.SetKind(kind)
	v.next.SetEnabled(on)
	v.close.SetKind(closing)
	v.foot.SetText(words)
	v.root.Refresh()
}

func (v *View) advance() {
	if v.step == 2 {
		v.synchronize()
	}
}

func show(o fyne.CanvasObject, on bool) {
	if on && !o.Visible() {
		o.Show()
	} else if !on && o.Visible() {
		o.Hide()
	}
}
