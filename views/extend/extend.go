// Package extend is the screen on which selected targets are extended to everyone: what that means, Submit, and how far each
// service is afterwards.
package extend

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// State is what the screen shows.
type State struct {
	Option     service.Option
	Users      int                 // who are selected; the same ones may be for two services
	Sites      int                 // that are selected
	Extensions []service.Extension // of the granted services, while extending
}

// Source is what the screen needs.
type Source interface {
	Extending(ctx context.Context) (State, error)
	// Extend is Submit.
	Extend(ctx context.Context) error
}

// Options builds a View. OnClose leaves the screen, OnPolicies opens the policies.
type Options struct {
	Context    context.Context
	Source     Source
	Loader     *ui.Loader
	OnClose    func()
	OnPolicies func()
}

// View is the screen.
type View struct {
	widget.BaseWidget

	options  Options
	body     *fyne.Container
	submit   *ui.Button
	policies *ui.Button
	leave    *ui.Button
	root     fyne.CanvasObject
}

// New makes the screen. Reload fills it.
func New(o Options) *View {
	if o.Loader == nil {
		o.Loader = &ui.Loader{}
	}
	v := &View{options: o, body: ui.Column(16)}
	v.submit = ui.NewButton(ui.Primary, "Submit", v.extend)
	v.policies = ui.NewButton(ui.Outlined, "Open Advanced Threat Protection", o.OnPolicies)
	v.leave = ui.NewButton(ui.Quiet, "Close", o.OnClose)
	v.submit.Disable()
	v.body.Add(ui.LoadingRows())
	v.root = ui.Bleed(6, container.NewVScroll(ui.Inset(6, ui.AtMost(880, ui.Column(0, ui.Card(ui.Inset(24, v.body)))))))
	v.ExtendBaseWidget(v)
	return v
}

// Inside implements ui.Holder.
func (v *View) Inside() fyne.CanvasObject { return v.root }

// CreateRenderer implements fyne.Widget.
func (v *View) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(v.root) }

// Focusable is what takes the focus first.
func (v *View) Focusable() fyne.Focusable {
	if v.submit.Disabled() {
		return v.leave
	}
	return v.submit
}

// Reload reads how far extending is, and shows it.
func (v *View) Reload() {
	v.options.Loader.Load(func() func() {
		st, err := v.options.Source.Extending(v.options.Context)
		return func() { v.show(st, err) }
	})
}

func (v *View) extend() {
	v.submit.Disable()
	v.options.Loader.Act(func() func() {
		err := v.options.Source.Extend(v.options.Context)
		return func() {
			if err != nil {
				v.show(State{Option: service.OptionSelected}, err)
				return
			}
			v.Reload()
		}
	})
}

func (v *View) show(st State, err error) {
	v.submit.SetEnabled(err == nil && st.Option == service.OptionSelected)
	v.body.Objects = nil
	v.body.Add(ui.Title(service.ExtendText))
	switch {
	case err != nil:
		e := service.AsError(err)
		v.body.Add(ui.EmptyState("warning", e.Error(), e.Help, ui.NewIconButton(ui.Outlined, "Try again", "arrow_clockwise", v.Reload)))
	case st.Option == service.OptionSelected:
		v.before(st)
	case st.Option == service.OptionExtending:
		v.after(st)
	default:
		v.body.Add(wrapped("All targets are covered already, and new ones without anyone doing anything. There is nothing to extend."))
		v.body.Add(ui.Row(8, v.leave))
	}
	v.body.Refresh()
	v.Refresh()
}

func (v *View) before(st State) {
	v.body.Add(wrapped(selectedWords(st) + " Extending takes in all users, groups and sites, and new ones without anyone doing anything."))
	v.body.Add(ui.NewStepper(
		ui.Step{Title: "Press Submit", State: ui.StepNow, Content: wrapped("Nothing changes before. There is no way back to selected targets.")},
		ui.Step{Title: "Synchronize everyone", Note: "In a policy of each service: General, then \"Click here\". Or wait: the next daily synchronization does it."}))
	v.body.Add(ui.Row(8, v.submit, v.leave))
}

func selectedWords(st State) string {
	users := ui.Counted(st.Users, "selected user", "selected users")
	sites := ui.Counted(st.Sites, "selected site", "selected sites")
	switch {
	case st.Users > 0 && st.Sites > 0:
		return users + " and " + sites + " are covered."
	case st.Sites > 0:
		return "Covered: " + sites + "."
	default:
		return "Covered: " + users + "."
	}
}

func (v *View) after(st State) {
	v.body.Add(wrapped("Submitted. Each service takes in everyone at its next synchronization: in a policy under General, with \"Click here\", or by the next daily one."))
	for _, e := range st.Extensions {
		icon, color, words := "circle", ui.ColorText3, "not synchronized since Submit"
		if e.Done {
			icon, color, words = "checkmark_circle-filled", ui.ColorSuccess, "everyone is taken in"
		}
		v.body.Add(ui.Row(8, ui.NewIcon(icon, 20, color), ui.Grow(wrapped(e.Service.Name()+": "+words+"."))))
	}
	v.body.Add(ui.Row(8, v.policies, v.leave))
}

func wrapped(text string) *ui.Text { return ui.NewWrapped(ui.RoleBody, ui.ColorText2, text) }
