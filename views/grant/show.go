package grant

import (
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

const scanNeeds = "Cloud App Security needs your permission once to scan messages after they arrive at or are delivered from protected mailboxes. " +
	"A page opens in your browser which names each permission and why it is needed. There you sign in to Microsoft 365 as Global Administrator " +
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
	if s.org.Option != service.OptionNone {
		v.option = s.org.Option
	}
	v.picker.SetSelection(s.stored)
}

// askCounts asks once how many people and groups there are.
func (v *View) askCounts() {
	if v.counted || v.step != 2 || !v.state.online {
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
			v.radio.SetCaption(0, allCaption(counted(users, "person", "people")+", "+counted(groups, "group", "groups")+"."))
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
	s := v.state
	steps := []ui.Step{
		{Title: "Step 1: Grant permission in your browser", State: ui.StepNow},
		{Title: "Step 2: Choose whom to protect", State: ui.StepLater, Note: "All users and groups, or up to 100 selected users."},
		{Title: "Done", State: ui.StepLater, Note: "Synchronization runs in the background. The bell shows \"" + service.ProtectedText(v.c.Service) + "\" when it is true."},
	}
	if v.step > 1 {
		steps[0] = ui.Step{Title: "Step 1: Permission granted", State: ui.StepDone, Note: v.grantedBy()}
	}
	switch v.step {
	case 1:
		steps[0].Content = v.stepPermission()
	case 2:
		steps[1].State, steps[1].Content = ui.StepNow, v.stepTargets()
		if v.option == service.OptionSelected {
			steps = steps[:2] // the lists take the room
		}
	case 3:
		steps[1] = ui.Step{Title: "Step 2: Targets chosen", State: ui.StepDone, Note: optionWords(s.org.Option, v.option, len(v.picker.Selection()))}
		steps[2] = ui.Step{Title: "Done", State: ui.StepDone, Content: v.stepDone()}
		if s.account.State != service.StateGranted {
			steps[2].Title, steps[2].State = "Step 3: Synchronization", ui.StepNow
		}
	}
	show(v.aside, v.step == 1)
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

// stepPermission is the content of step 1.
func (v *View) stepPermission() fyne.CanvasObject {
	words := scanNeeds
	if v.c.Service != service.ExchangeOnline {
		words = strings.Replace(words, "messages after they arrive at or are delivered from protected mailboxes", "what changes in "+v.c.Service.Name(), 1)
	}
	column := ui.Column(16, ui.NewWrapped(ui.RoleBody, ui.ColorText2, words))
	click := ui.Row(12, ui.Body("To open the page and grant permission:"), v.click)
	if !v.state.online && !v.waiting() {
		click = ui.Row(12, ui.Body("To open the page and grant permission:"), v.click, ui.Caption("Waits for the connection"))
	}
	column.Add(click)
	p := v.state.progress
	switch {
	case v.state.err != nil:
		column.Add(v.failure(service.AsError(v.state.err), nil))
	case v.actionErr() != nil && !v.waiting():
		column.Add(v.failure(v.actionErr(), nil))
	case p.Step == service.GrantFailed && p.Err != nil:
		column.Add(v.failure(p.Err, v.retry))
	case p.Move != nil:
		column.Add(v.moveQuestion(*p.Move))
	case v.waiting():
		column.Add(v.waitingPanel())
	case v.state.account.Problem != "" && v.state.account.Granted():
		column.Add(v.failure(&service.Error{Message: v.state.account.ProblemText, Help: "Grant access again: what is protected and chosen stays as it is."}, nil))
	}
	return column
}

// failure says what happened and what to do, with the code as help, and offers the step again.
func (v *View) failure(e *service.Error, actions ...fyne.CanvasObject) fyne.CanvasObject {
	icon, color := "error_circle-filled", fyne.ThemeColorName(ui.ColorDanger)
	if e.Code == service.CodeCanceled || e.Code == service.CodeDeclined {
		icon, color = "info", ui.ColorText2
	}
	words := ui.Column(4, ui.NewWrapped(ui.RoleStrong, ui.ColorText, e.Message))
	if e.Help != "" {
		words.Add(ui.NewWrapped(ui.RoleBody, ui.ColorText2, e.Help))
	}
	if e.AADSTS != "" {
		words.Add(ui.NewText(ui.RoleMono, ui.ColorText3, e.AADSTS))
	}
	row := ui.Row(8, ui.Spring())
	for _, a := range actions {
		if b, ok := a.(*ui.Button); !ok || b != nil {
			row.Add(a)
		}
	}
	if len(row.Objects) > 1 {
		words.Add(ui.Pad(8, 0, 0, 0, row))
	}
	return ui.InsetPanel(ui.RowTop(12, ui.Pad(0, 0, 0, 0, ui.NewIcon(icon, 20, color)), ui.Grow(words)))
}

func (v *View) moveQuestion(q service.MoveQuestion) fyne.CanvasObject {
	return ui.InsetPanel(ui.RowTop(12, ui.NewIcon("desktop", 20, ui.ColorWarning), ui.Grow(ui.Column(4,
		ui.NewWrapped(ui.RoleStrong, ui.ColorText, q.Text()),
		ui.NewWrapped(ui.RoleBody, ui.ColorText2, "Only one computer protects a service. Moving takes the certificate of "+q.Computer+
			" out of your tenant's application; keeping changes nothing."),
		ui.Pad(8, 0, 0, 0, ui.Row(8, ui.Spring(), v.keep, v.move))))))
}

func (v *View) waitingPanel() fyne.CanvasObject {
	p := v.state.progress
	title := "Waiting for you in the browser"
	switch p.Step {
	case service.GrantPreparing:
		title = "Preparing " + v.c.Service.Name() + " in your tenant"
	case service.GrantConsent:
		title = "Waiting for Accept in the browser"
	case service.GrantIdle, service.GrantPage, service.GrantSignIn, service.GrantDone, service.GrantFailed:
	}
	v.showDeadline()
	panel := ui.Column(16,
		ui.Row(12, ui.NewRing(24), ui.Grow(ui.Column(0, ui.NewWrapped(ui.RoleStrong, ui.ColorText, title), v.deadline))),
		v.subSteps())
	if v.actionErr() != nil {
		panel.Add(ui.RowTop(8, ui.NewIcon("warning", 16, ui.ColorWarning), ui.Grow(ui.NewWrapped(ui.RoleCaption, ui.ColorWarning, sentence(v.actionErr())))))
	}
	panel.Add(ui.NewLine())
	hint := "No page, or the wrong browser? Copy the address and open it in another browser on this computer."
	buttons := []fyne.CanvasObject{v.copy, v.cancelGrant}
	if p.Step == service.GrantPreparing {
		hint = "The page in your browser goes on by itself. Microsoft 365 takes from seconds to minutes to know a new application everywhere."
		buttons = []fyne.CanvasObject{v.cancelGrant}
	}
	if p.Step == service.GrantConsent && p.ConsentSlow {
		hint = "Does Microsoft show an error, or nothing? The application may still be spreading in your tenant."
		buttons = []fyne.CanvasObject{v.reopen, v.cancelGrant}
	}
	panel.Add(ui.Row(8, append([]fyne.CanvasObject{ui.Grow(ui.NewWrapped(ui.RoleCaption, ui.ColorText3, hint))}, buttons...)...))
	return ui.InsetPanel(panel)
}

// showDeadline is the line below the title of the waiting panel: it counts down.
func (v *View) showDeadline() {
	p := v.state.progress
	var words []string
	switch {
	case p.Waiting != "":
		words = append(words, strings.TrimSuffix(p.Waiting, ".")+".")
	case p.Step != service.GrantPreparing:
		words = append(words, "No mail can be read until you press Accept.")
	}
	if left := p.Deadline.Sub(v.c.Now()); !p.Deadline.IsZero() && left > 0 && p.Step != service.GrantPreparing {
		words = append(words, "Gives up in "+clock(left)+" if nothing happens.")
	}
	v.deadline.SetText(strings.Join(words, " "))
}

func clock(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// subSteps lists what happens in the browser, with the times.
func (v *View) subSteps() fyne.CanvasObject {
	p := v.state.progress
	rows := []struct {
		until     service.GrantStep // the row is done from this step on
		now, done string
	}{
		{service.GrantSignIn, "Page opened in your browser", "Page opened in your browser"},
		{service.GrantPreparing, "Grant Permission, then sign in as Global Administrator", "Permission granted, signed in as Global Administrator"},
		{service.GrantConsent, "Application prepared in your tenant", "Application prepared in your tenant"},
		{service.GrantDone, "Permissions accepted on the screen \"" + v.c.Service.ApplicationName() + "\"", "Permissions accepted"},
	}
	order := map[service.GrantStep]int{service.GrantPage: 0, service.GrantSignIn: 1, service.GrantPreparing: 2, service.GrantConsent: 3, service.GrantDone: 4}
	list := ui.Column(8)
	for i, r := range rows {
		switch at := order[p.Step]; {
		case at > i:
			list.Add(subStep(subDone, r.done, v.clockOf(p.Times[r.until])))
		case at == i:
			list.Add(subStep(subNow, r.now, ""))
		default:
			list.Add(subStep(subLater, r.now, ""))
		}
	}
	return list
}

func (v *View) clockOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return ui.ShortMoment(t, v.c.Now())
}

type subState int

const (
	subLater subState = iota
	subNow
	subDone
)

func subStep(state subState, words, end string) fyne.CanvasObject {
	var sign fyne.CanvasObject
	color := fyne.ThemeColorName(ui.ColorText3)
	switch state {
	case subDone:
		sign, color = ui.NewIcon("checkmark_circle-filled", 16, ui.ColorSuccess), ui.ColorText2
	case subNow:
		sign, color = ui.Fixed(16, 16, container.NewCenter(ui.NewDot(ui.ColorPrimary))), ui.ColorText
	case subLater:
		sign = ui.NewIcon("circle", 16, ui.ColorText3)
	}
	return ui.Row(8, sign, ui.Grow(ui.NewCut(ui.RoleBody, color, words)), ui.Caption(end))
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
		column.Add(note("lock_closed", s.other.Name()+" is granted with this choice. It is the organization's, and holds for all services."))
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
		column.Add(note("info", "People without a mailbox and guests are listed, with the reason, and are not protected. Rooms and equipment are off unless they are chosen."))
	}
	return column
}

func note(icon, words string) fyne.CanvasObject {
	return ui.RowTop(8, ui.NewIcon(icon, 16, ui.ColorText3), ui.Grow(ui.NewWrapped(ui.RoleCaption, ui.ColorText3, words)))
}

// starting tells whether Done was pressed and nothing was heard since.
func (v *View) starting() bool {
	return v.started && v.actionErr() == nil && v.state.sync.Phase != service.SyncFailed
}

// stepDone is the content of step 3.
func (v *View) stepDone() fyne.CanvasObject {
	s := v.state
	switch {
	case s.account.State == service.StateGranted && !v.synchronizing():
		return v.protectedPanel()
	case v.synchronizing() || v.starting():
		return v.syncPanel()
	case v.actionErr() != nil:
		return v.failure(v.actionErr(), v.changeTargets, v.resumed)
	case s.err != nil:
		return v.failure(service.AsError(s.err), v.resumed)
	case s.sync.Phase == service.SyncFailed && s.sync.Err != nil:
		e := *s.sync.Err
		return v.failure(&e, v.changeTargets, v.resumed)
	default:
		return v.failure(&service.Error{Code: service.CodeCanceled, Message: "The synchronization was cut short.",
			Help: "Nothing was lost. It goes on where it stood."}, v.changeTargets, v.resumed)
	}
}

func (v *View) protectedPanel() fyne.CanvasObject {
	s := v.state
	words := ui.Column(4, ui.NewWrapped(ui.RoleCardTitle, ui.ColorText, service.ProtectedText(v.c.Service)),
		ui.NewWrapped(ui.RoleBody, ui.ColorText2, countWords(s.org.Option, s.counts)),
		ui.NewWrapped(ui.RoleBody, ui.ColorText2, service.ScanPending))
	if !s.account.ProtectedAt.IsZero() {
		words.Add(ui.NewWrapped(ui.RoleCaption, ui.ColorText3, "First check passed "+lower(ui.Moment(s.account.ProtectedAt, v.c.Now()))+"."))
	}
	return ui.InsetPanel(ui.RowTop(12, ui.NewIcon("checkmark_circle-filled", 24, ui.ColorSuccess), ui.Grow(words)))
}

func (v *View) syncPanel() fyne.CanvasObject {
	p := v.state.sync
	title, words := syncWords(p)
	if p.Waiting != "" {
		words = strings.TrimSuffix(p.Waiting, ".") + "."
	}
	lead := ui.Row(12, ui.NewRing(24), ui.Grow(ui.Column(0, ui.NewWrapped(ui.RoleStrong, ui.ColorText, title),
		ui.NewWrapped(ui.RoleCaption, ui.ColorText3, words))), v.cancelled)
	panel := ui.Column(16, lead)
	if p.Total > 0 && p.Phase != service.SyncCheck {
		v.bar.Set(p.Done, p.Total)
		panel.Add(v.bar)
	}
	panel.Add(v.syncSteps())
	return ui.InsetPanel(panel)
}

func (v *View) syncSteps() fyne.CanvasObject {
	phases := []struct {
		phase service.SyncPhase
		words string
	}{{service.SyncUsers, "Users"}, {service.SyncGroups, "Groups and their members"}, {service.SyncMailboxes, "Kinds of mailboxes"}, {service.SyncCheck, "First check of a mailbox"}}
	if v.chosenOption() == service.OptionSelected {
		phases = append(phases[:0:0], phases[0], phases[3])
		phases[0].words = "Selected users stored"
	}
	list, passed := ui.Column(8), true
	now := v.state.sync.Phase
	switch {
	case !v.synchronizing():
		now = phases[0].phase
	case len(phases) == 2 && now != service.SyncUsers:
		now = service.SyncCheck
	}
	for _, p := range phases {
		switch {
		case p.phase == now:
			passed = false
			list.Add(subStep(subNow, p.words, ""))
		case passed:
			list.Add(subStep(subDone, p.words, ""))
		default:
			list.Add(subStep(subLater, p.words, ""))
		}
	}
	return list
}

func (v *View) chosenOption() service.Option {
	if v.started || v.state.org.Option == service.OptionNone {
		return v.option
	}
	return v.state.org.Option
}

func syncWords(p service.SyncProgress) (title, words string) {
	part := func(one, more string) string {
		if p.Total > 0 {
			return fmt.Sprintf("%s of %s", number(p.Done), counted(p.Total, one, more))
		}
		return counted(p.Done, one, more)
	}
	switch p.Phase {
	case service.SyncGroups:
		return "Synchronizes groups", part("group", "groups") + "."
	case service.SyncMailboxes:
		return "Asks for the kinds of mailboxes", part("person", "people") + "."
	case service.SyncCheck:
		return "Checks the first mailbox", counted(p.Done, "person is a target.", "people are targets.")
	case service.SyncUsers:
		if p.Done > 0 {
			return "Synchronizes users", part("person", "people") + "."
		}
	case service.SyncIdle, service.SyncDone, service.SyncFailed:
	}
	return "Begins to synchronize", "Asks Microsoft 365 who there is."
}

func countWords(o service.Option, c service.TargetCounts) string {
	if o == service.OptionSelected {
		return counted(c.Protected, "selected user is covered.", "selected users are covered.")
	}
	words := fmt.Sprintf("%s of %s covered.", number(c.Protected), counted(c.People, "person is", "people are"))
	add := func(n int, one, more string) {
		if n > 0 {
			words += " " + counted(n, one, more)
		}
	}
	add(c.NoMailbox, "has no mailbox.", "have no mailbox.")
	add(c.Guests, "is a guest.", "are guests.")
	add(c.Resources, "is a room or equipment.", "are rooms or equipment.")
	add(c.Unknown, "has a mailbox whose kind is not known yet.", "have mailboxes whose kind is not known yet.")
	return words
}

func optionWords(stored, chosen service.Option, selected int) string {
	if stored == service.OptionNone {
		stored = chosen
	}
	if stored == service.OptionSelected {
		return counted(selected, "selected user", "selected users")
	}
	return "all users and groups"
}

func (v *View) grantedBy() string {
	a := v.state.account
	if a.GrantedAt.IsZero() {
		return ""
	}
	at := lower(ui.Moment(a.GrantedAt, v.c.Now()))
	if a.GrantedBy == "" {
		return at
	}
	return "by " + a.GrantedBy + ", " + at
}

// lower begins with a small letter what stands inside a sentence: "today 14:12". Names of days keep theirs.
func lower(moment string) string {
	if rest, ok := strings.CutPrefix(moment, "Today"); ok {
		return "today" + rest
	}
	return moment
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
		switch {
		case !v.state.online:
			words = "Done waits for the connection."
		case !on:
			words = "Select at least one person, or synchronize all users and groups."
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

func otherNames(s service.Service) string {
	var names []string
	for _, o := range service.Services() {
		if o != s {
			names = append(names, o.Name())
		}
	}
	return strings.Join(names, " and ")
}

func show(o fyne.CanvasObject, on bool) {
	if on && !o.Visible() {
		o.Show()
	} else if !on && o.Visible() {
		o.Hide()
	}
}

func sentence(e *service.Error) string {
	if e.Help == "" {
		return e.Message
	}
	return e.Message + " " + e.Help
}

func counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + more
}

func number(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
