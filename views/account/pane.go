package account

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// showPane shows the details of the open row, or none.
func (v *View) showPane() {
	v.pane.Objects = nil
	for _, r := range v.overview.Rows {
		if r.Account.Service == v.open {
			v.pane.Add(ui.Card(ui.Inset(1, container.NewVScroll(ui.Inset(23, v.details(r))))))
		}
	}
	ui.SetVisible(v.pane, len(v.pane.Objects) > 0)
	v.pane.Refresh()
	if row, ok := v.row(v.open); ok {
		v.removal[v.open].focus(row.Removal)
	}
}

func (v *View) details(r Row) fyne.CanvasObject {
	a := r.Account
	icon, color, word := symbol(a)
	tone := ui.Neutral
	switch {
	case a.Problem != "":
		tone = ui.Bad
	case a.Granted():
		tone = ui.Good
	case a.State == service.StateRemoving:
		tone = ui.Warn
	}
	v.close = ui.NewIconButton(ui.Quiet, "", "dismiss", v.closePane).Named("Close details")
	name := ui.Column(0, ui.NewCut(ui.RoleCardTitle, ui.ColorText, a.Service.Name()), ui.NewStatus(icon, color, word))
	body := ui.Column(8, ui.Pad(0, 0, 8, 0, ui.RowTop(12, ui.NewStateTile(serviceIcon(a.Service), tone), ui.Grow(name), v.close)))
	if a.Problem != "" {
		again := ui.NewButton(ui.Primary, "Grant access again", func() { v.options.OnGrant(a.Service) })
		body.Add(ui.NewBanner(ui.BannerText{Tone: ui.Bad, Bold: a.ProblemText, Stacked: true}, nil))
		body.Add(ui.Row(0, again))
	}
	panel := v.removal[a.Service]
	removal := panel.shows(r)
	if removal {
		panel.show(r)
		body.Add(ui.Pad(0, 0, 8, 0, panel.box))
	}
	for _, f := range v.facts(r) {
		body.Add(f)
	}
	if a.State != service.StateRemoving && !r.Removal.Running {
		body.Add(ui.Pad(8, 0, 8, 0, ui.NewLine()))
		body.Add(v.actions(a))
	}
	return body
}

func (v *View) facts(r Row) []fyne.CanvasObject {
	a, now := r.Account, v.options.Now()
	fact := func(label, value string) fyne.CanvasObject {
		return ui.FactRow(label, ui.NewWrapped(ui.RoleBody, ui.ColorText, value))
	}
	id := fact("Application ID", "None")
	if a.AppID != "" {
		id = ui.FactRow("Application ID", ui.NewCopyField(a.AppID))
	}
	certificate := "None"
	if !a.Certificate.NotAfter.IsZero() {
		certificate = "Until " + ui.FullDate(a.Certificate.NotAfter, now.Location())
	}
	application := "None"
	if a.AppID != "" {
		application = a.Service.ApplicationName()
	}
	by := nobody(a.GrantedBy)
	if a.GrantedByUPN != "" {
		by += " (" + a.GrantedByUPN + ")"
	}
	permissions := ui.Column(0)
	for _, p := range a.Service.Permissions() {
		permissions.Add(ui.NewCut(ui.RoleMono, ui.ColorText, p.Value))
	}
	list := []fyne.CanvasObject{fact("Organization", v.organization(a)), fact("Application", application), id, fact("Granted by", by),
		fact("Granted on", onDateTime(a.GrantedAt, now)), fact("Last token", none(a.LastTokenAt, now)), fact("Certificate", certificate)}
	if a.Granted() {
		list = append(list, ui.FactRow("Permissions", permissions), fact("Targets", r.Targets), fact("Synchronized", none(a.SyncedAt, now)))
	}
	return list
}

// actions are what can be done, each beside the reason where it can't.
func (v *View) actions(a service.Account) fyne.CanvasObject {
	v.update = ui.NewButton(ui.Outlined, "Update Synchronized Users", func() { v.options.OnUpdate(a.Service) })
	can, words := v.canUpdate(a)
	v.update.SetEnabled(can)
	what := "Users"
	if a.Service.CoversSites() {
		what = "Sites"
	}
	list := ui.Column(16)
	if !a.Granted() {
		list.Add(action("Protect it", "", ui.NewButton(ui.Primary, "Grant access", func() { v.options.OnGrant(a.Service) })))
	}
	list.Add(action(what, words, v.update))
	if a.Granted() && v.overview.Organization.Option == service.OptionSelected && v.options.OnExtend != nil {
		list.Add(action("All targets", "Extend to protect everyone", ui.NewButton(ui.Outlined, "Extend", v.options.OnExtend)))
	}
	if a.AppID != "" && v.options.Removals != nil {
		remove, why := v.remove[a.Service], "The application in your tenant, too"
		remove.SetEnabled(v.online())
		if !v.online() {
			why = "Needs a connection"
		}
		list.Add(action("Service account", why, remove))
	}
	return list
}

// action is what can be done, with a word about it, and its button.
func action(what, words string, button fyne.CanvasObject) fyne.CanvasObject {
	text := ui.Column(0, ui.NewCut(ui.RoleBody, ui.ColorText, what))
	if words != "" {
		text.Add(ui.NewWrapped(ui.RoleCaption, ui.ColorText3, words))
	}
	return ui.Row(8, ui.Grow(text), button)
}

// canUpdate says whether the selected users can be changed, and why not.
func (v *View) canUpdate(a service.Account) (bool, string) {
	switch {
	case a.State == service.StateRemoving:
		return false, "It is being removed"
	case !a.Granted():
		return false, "Access is not granted yet"
	case v.overview.Organization.Option.Everyone():
		return false, "All are synchronized"
	case a.State != service.StateGranted:
		return false, "Grant Access is not finished"
	default:
		return true, "Add and delete"
	}
}

func symbol(a service.Account) (icon string, color fyne.ThemeColorName, word string) {
	switch {
	case a.Problem != "":
		return "error_circle-filled", ui.ColorDanger, a.StateText()
	case a.Granted():
		return "checkmark_circle-filled", ui.ColorSuccess, a.StateText()
	case a.State == service.StateRemoving:
		return "warning-filled", ui.ColorWarning, a.StateText()
	default:
		return "circle", ui.ColorText3, a.StateText()
	}
}

func serviceIcon(s service.Service) string {
	return map[service.Service]string{service.ExchangeOnline: "mail", service.SharePointOnline: "globe", service.OneDrive: "cloud"}[s]
}

// shortID is an application ID as a row shows it: the details show it whole.
func shortID(id string) string {
	if id == "" {
		return "None"
	}
	if len(id) < 13 {
		return id
	}
	return id[:8] + "…" + id[len(id)-4:]
}

func nobody(name string) string {
	if name == "" {
		return "Nobody yet"
	}
	return name
}

func none(t, now time.Time) string {
	if t.IsZero() {
		return "None"
	}
	return ui.Moment(t, now)
}

func onDate(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return ui.FullDate(t, time.Local)
}

func onDateTime(t, now time.Time) string {
	if t.IsZero() {
		return "None"
	}
	return ui.FullDate(t, now.Location()) + ", " + t.In(now.Location()).Format("15:04")
}

func failure(err error) string {
	e := service.AsError(err)
	return strings.TrimSpace(e.Message+" "+e.Help) + " Code: " + string(e.Code) + "."
}

// twoLines is a text with a quieter one below it.
type twoLines struct {
	widget.BaseWidget

	first, second *ui.Text
	root          *fyne.Container
}

func newTwoLines() *twoLines {
	c := &twoLines{first: ui.NewCut(ui.RoleBody, ui.ColorText, ""), second: ui.NewCut(ui.RoleCaption, ui.ColorText3, "")}
	c.root = ui.Column(0, c.first, c.second)
	c.ExtendBaseWidget(c)
	return c
}

func (c *twoLines) set(first, second string) {
	c.first.SetText(first)
	c.second.SetText(second)
	ui.SetVisible(c.second, second != "")
	c.root.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (c *twoLines) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.root) }

// serviceCell is a service with its icon, and the organization below its name.
type serviceCell struct {
	widget.BaseWidget

	icon  *ui.Icon
	lines *twoLines
	root  fyne.CanvasObject
}

func newServiceCell() *serviceCell {
	c := &serviceCell{icon: ui.NewIcon("mail", 20, ui.ColorText2), lines: newTwoLines()}
	c.lines.first.SetRole(ui.RoleStrong)
	c.root = ui.Row(8, c.icon, ui.Grow(c.lines))
	c.ExtendBaseWidget(c)
	return c
}

func (c *serviceCell) set(s service.Service, organization string) {
	c.icon.Set(serviceIcon(s), ui.ColorText2)
	c.lines.set(s.Name(), organization)
}

// CreateRenderer implements fyne.Widget.
func (c *serviceCell) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.root) }
