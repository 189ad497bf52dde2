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

// stepPermission is the content of step 1.
func (v *View) stepPermission() fyne.CanvasObject {
	column := ui.Column(16, ui.NewWrapped(ui.RoleBody, ui.ColorText2, scanNeeds(v.c.Service)))
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
		if p.Accepted {
			title = "Microsoft activates the permissions"
		}
	case service.GrantIdle, service.GrantPage, service.GrantSignIn, service.GrantDone, service.GrantFailed:
	}
	v.turning = true
	v.showDeadline()
	panel := ui.Column(16,
		ui.Row(12, v.ring, ui.Grow(ui.Column(0, ui.NewWrapped(ui.RoleStrong, ui.ColorText, title), v.deadline))),
		v.subSteps())
	if v.actionErr() != nil {
		panel.Add(ui.RowTop(8, ui.NewIcon("warning", 16, ui.ColorWarning), ui.Grow(ui.NewWrapped(ui.RoleCaption, ui.ColorWarning, sentence(v.actionErr())))))
	}
	panel.Add(ui.NewLine())
	hint := "No page, or the wrong browser? Copy the address and open it in another browser on this computer."
	buttons := []fyne.CanvasObject{v.copy, v.cancelGrant}
	if p.Accepted {
		hint = "Nothing is left to do in the browser. A new permission takes from seconds to minutes to be known everywhere."
		buttons = []fyne.CanvasObject{v.cancelGrant}
	}
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
		words = append(words, "No "+v.c.Service.Content()+" can be read until you press Accept.")
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
