package dashboard

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"cloudappsecurity/service"
	"cloudappsecurity/views/notifications"
	"cloudappsecurity/views/ui"
)

// nextSteps is the card below the services: until one is granted it says how to get there, afterwards what was granted.
type nextSteps struct {
	title *ui.Text
	body  *fyne.Container
	root  *fyne.Container
	shown string // what body was built from
	syncs map[service.Service]*syncRow
}

func newNextSteps(v *View) *nextSteps {
	n := &nextSteps{title: ui.Title("Get started"), body: ui.Column(0), syncs: map[service.Service]*syncRow{}}
	for _, s := range service.Services() {
		if v.options.Sync != nil {
			n.syncs[s] = newSyncRow(v, s)
		}
	}
	head := ui.Fixed(0, 48, ui.Pad(0, 16, 0, 16, n.title))
	n.root = ui.Card(ui.Column(0, head, ui.Pad(4, 24, 24, 16, n.body)))
	return n
}

func (n *nextSteps) show(o Overview, offline bool, now time.Time) {
	// Built anew only when something changed: a control in it may have the focus.
	built := fmt.Sprint(o.Organization.Option, offline, now.Format(time.DateOnly))
	var granted []ServiceState
	begun := ServiceState{Account: service.Account{Service: service.ExchangeOnline}}
	for _, s := range o.Services {
		a := s.Account
		if row := n.syncs[a.Service]; row != nil {
			row.show(s, o.Organization.Option, offline)
		}
		built += fmt.Sprint(a.State, a.AppID, a.GrantedBy, a.GrantedAt, a.LastTokenAt, a.SyncedAt, a.Certificate.NotAfter)
		switch {
		case a.State == service.StateGranted:
			granted = append(granted, s)
		case a.State == service.StateRemoving:
		case a.State != service.StateNotGranted && begun.Account.State == "" || a.Service == begun.Account.Service:
			begun = s
		}
	}
	if built == n.shown {
		n.body.Refresh() // a row of it may have grown
		return
	}
	n.shown = built
	switch len(granted) {
	case 0:
		n.title.SetText("Get started")
		n.body.Objects = []fyne.CanvasObject{ui.NewStepper(steps(begun, offline, now)...)}
	case 1:
		n.title.SetText(granted[0].Account.Service.Name())
		n.body.Objects = []fyne.CanvasObject{n.details("", granted[0], o.Organization, now)}
	default:
		n.title.SetText("Access granted")
		list := ui.Column(24)
		for _, s := range granted {
			list.Add(n.details(s.Account.Service.Name(), s, o.Organization, now))
		}
		n.body.Objects = []fyne.CanvasObject{list}
	}
	n.body.Refresh()
	n.root.Refresh()
}

// details are the facts of a granted service, with its synchronization by hand; name "" where the card is titled so.
func (n *nextSteps) details(name string, s ServiceState, org service.Organization, now time.Time) fyne.CanvasObject {
	column := ui.Column(8)
	row := n.syncs[s.Account.Service]
	switch {
	case name != "" && row != nil:
		column.Add(ui.Row(8, ui.Grow(ui.NewCut(ui.RoleStrong, ui.ColorText, name)), row.now))
	case name != "":
		column.Add(ui.NewText(ui.RoleStrong, ui.ColorText, name))
	case row != nil:
		column.Add(ui.Row(8, row.now))
	}
	if row != nil {
		column.Add(row.root)
	}
	column.Add(facts(s, org, now))
	return column
}

func steps(s ServiceState, offline bool, now time.Time) []ui.Step {
	a := s.Account
	at := 0
	switch a.State {
	case service.StateConsented:
		at = 1
	case service.StateSynchronizing:
		at = 2
	case service.StateNotGranted, service.StateGranting, service.StateGranted, service.StateRemoving:
	}
	first := "In your browser, as Global Administrator. A page names each permission and why it is needed."
	if offline {
		first = "In your browser, as Global Administrator. It waits for the connection."
	}
	list := []ui.Step{
		{Title: "Grant access to " + a.Service.Name(), Note: first},
		{Title: "Choose whom to protect", Note: choices(a.Service)},
		{Title: "Synchronize in the background", Note: `The bell shows "` + service.ProtectedText(a.Service) + `" when it is true.`},
	}
	for i := range list {
		switch {
		case i < at:
			list[i].State = ui.StepDone
		case i == at:
			list[i].State = ui.StepNow
			list[i].Content = ui.NewWrapped(ui.RoleBody, ui.ColorText2, list[i].Note)
		}
	}
	if at > 0 {
		list[0].Note = "by " + unknown(a.GrantedBy) + ", " + ui.MomentWithin(a.GrantedAt, now)
	}
	if at > 1 {
		list[1].Note = ""
	}
	return list
}

func choices(s service.Service) string {
	if s.CoversSites() {
		return "All sites, or up to 100 selected sites."
	}
	return "All users and groups, or up to 100 selected users."
}

func facts(s ServiceState, org service.Organization, now time.Time) fyne.CanvasObject {
	a := s.Account
	everyone, user := "All users and groups", noun(a.Service).user
	if a.Service.CoversSites() {
		everyone = "All sites"
	}
	whom, synchronized := everyone, ui.Moment(a.SyncedAt, now)
	if org.Option == service.OptionSelected {
		whom, synchronized = "Selected "+user+"s", "None: selected "+user+"s are not synchronized again"
	}
	value := func(text string) fyne.CanvasObject { return ui.NewWrapped(ui.RoleBody, ui.ColorText, text) }
	id := ui.NewCopyField(unknown(a.AppID))
	return ui.Column(8,
		ui.FactRow("Application", value(a.Service.ApplicationName())),
		ui.FactRow("Application ID", ui.Pad(-6, 0, -6, 0, id)),
		ui.FactRow("Granted by", value(unknown(a.GrantedBy))),
		ui.FactRow("Granted on", value(ui.Moment(a.GrantedAt, now))),
		ui.FactRow("Last token", value(ui.Moment(a.LastTokenAt, now))),
		ui.FactRow("Certificate", value(until(a.Certificate.NotAfter, now))),
		ui.FactRow("Targets", value(whom)),
		ui.FactRow("Synchronized", value(synchronized)),
		ui.FactRow("Scanning", value(service.ScanPending)),
	)
}

func until(t, now time.Time) string {
	if t.IsZero() {
		return "Unknown"
	}
	return "Until " + ui.FullDate(t, now.Location())
}

// latest is the card of the newest notifications.
type latest struct {
	rows *fyne.Container
	all  *ui.Button
	root *fyne.Container
}

const latestRows = 5

func newLatest(showAll func()) *latest {
	l := &latest{rows: ui.Column(0), all: ui.NewButton(ui.Link, "Show all", showAll)}
	l.root = ui.TitledCard("Latest notifications", container.NewStack(l.rows), ui.Pad(0, -12, 0, 0, l.all))
	return l
}

func (l *latest) show(entries []service.Notification, now time.Time) {
	l.rows.Objects = nil
	ui.SetVisible(l.all, len(entries) > 0)
	if len(entries) == 0 {
		l.rows.Add(ui.NewLine())
		l.rows.Add(ui.EmptyState("alert", "No notifications yet.", "What the program does in the background appears here.", nil))
	}
	for i, n := range entries {
		if i == latestRows {
			break
		}
		icon, color := notifications.Symbol(n.Severity)
		second := ui.Moment(n.Time, now)
		if n.Detail != "" {
			second = n.Detail + " " + second
		}
		l.rows.Add(ui.NewLine())
		l.rows.Add(ui.Pad(10, 16, 10, 16, ui.RowTop(12, ui.Pad(2, 0, 0, 0, ui.NewIcon(icon, 16, color)),
			ui.Grow(ui.Column(0, ui.NewCut(ui.RoleBody, ui.ColorText, n.Text), ui.NewCut(ui.RoleCaption, ui.ColorText3, second))))))
	}
	l.rows.Refresh()
	l.root.Refresh()
}
