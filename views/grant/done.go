package grant

import (
	"strings"

	"fyne.io/fyne/v2"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

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
		ui.NewWrapped(ui.RoleBody, ui.ColorText2, countWords(v.c.Service, s.org.Option, s.counts)),
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
	v.turning = true
	lead := ui.Row(12, v.ring, ui.Grow(ui.Column(0, ui.NewWrapped(ui.RoleStrong, ui.ColorText, title),
		ui.NewWrapped(ui.RoleCaption, ui.ColorText3, words))), v.cancelled)
	panel := ui.Column(16, lead)
	if p.Total > 0 && p.Phase != service.SyncCheck {
		v.bar.Set(p.Done, p.Total)
		panel.Add(v.bar)
	}
	panel.Add(v.syncSteps())
	return ui.InsetPanel(panel)
}

// phase is one step of a synchronization, in words.
type phase struct {
	phase service.SyncPhase
	words string
}

func phasesOf(s service.Service) []phase {
	check := phase{service.SyncCheck, "First check of a " + thing(s)}
	people := []phase{{service.SyncUsers, "Users"}, {service.SyncGroups, "Groups and their members"}}
	switch s {
	case service.SharePointOnline:
		return []phase{{service.SyncSites, "Sites and subsites"}, check}
	case service.OneDrive:
		return append(people, phase{service.SyncDrives, "Who has a OneDrive"}, check)
	case service.ExchangeOnline:
	}
	return append(people, phase{service.SyncMailboxes, "Kinds of mailboxes"}, check)
}

func (v *View) syncSteps() fyne.CanvasObject {
	phases := phasesOf(v.c.Service)
	if v.chosenOption() == service.OptionSelected {
		phases = append(phases[:0:0], phases[0], phases[len(phases)-1])
		phases[0].words = "Selected users stored"
		if v.c.Service.CoversSites() {
			phases[0].words = "Selected sites stored"
		}
	}
	list, passed := ui.Column(8), true
	now := v.state.sync.Phase
	switch {
	case !v.synchronizing():
		now = phases[0].phase
	case len(phases) == 2 && now != phases[0].phase:
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
