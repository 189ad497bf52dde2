package policy

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

const labelWidth = 144

// Editor is the page of one policy. Its tabs but for General come with what they set.
type Editor struct {
	widget.BaseWidget

	o      Options
	ctx    context.Context
	loader *ui.Loader
	stored service.Policy // ID 0: a new one
	saving bool
	dialog *ui.Dialog
	closed bool

	scan        *ui.Switch
	name        *ui.Entry
	description *ui.Entry
	everyone    *ui.RadioCards
	targets     *tokens
	exclusions  *tokens
	chosen      *fyne.Container // the row of targets
	groups      *ui.Text        // why a group matches nobody
	sync        *syncPanel
	who         *who

	status  *ui.Text
	discard *ui.Button
	remove  *ui.Button
	save    *ui.Button
	form    *fyne.Container
	root    *fyne.Container
}

func newEditor(o Options, p service.Policy) *Editor {
	if o.Context == nil {
		o.Context = context.Background()
	}
	e := &Editor{o: o, ctx: o.Context, loader: o.loader(), stored: p}
	e.build()
	e.ExtendBaseWidget(e)
	e.fill()
	return e
}

// Inside implements ui.Holder.
func (e *Editor) Inside() fyne.CanvasObject { return e.root }

// CreateRenderer implements fyne.Widget.
func (e *Editor) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(e.root) }

// Title is what the page is called.
func (e *Editor) Title() string {
	name := e.stored.Name
	if e.stored.ID == 0 {
		name = "New policy"
	}
	return e.stored.Service.Name() + " / " + name
}

// Kind is which list the policy belongs to.
func (e *Editor) Kind() service.PolicyKind { return e.stored.Kind }

// Focusable returns what takes the focus first.
func (e *Editor) Focusable() fyne.Focusable {
	if e.stored.Default {
		return e.description.Focusable()
	}
	return e.name.Focusable()
}

func (e *Editor) build() {
	svc := e.stored.Service
	all, one := kinds(svc)
	e.scan = ui.NewSwitch("Real-time scanning", nil)
	e.scan.Disable()
	e.name = ui.NewEntry("Such as: All staff")
	e.description = ui.NewEntry("What this policy is for")
	find := func(ctx context.Context, text string) ([]Found, error) { return e.o.Source.Find(ctx, svc, text, true) }
	e.targets = newTokens(e.ctx, e.o, "Add "+one, find, e.changed)
	e.exclusions = newTokens(e.ctx, e.o, "Except "+one, find, e.changed)
	e.everyone = ui.NewRadioCards([]ui.RadioOption{
		{Title: "All " + all, Caption: "Those who come later too."}, {Title: "Selected " + all, Caption: "Groups with all their members, nested groups too."},
	}, 0, func(int) { e.changed() })
	if svc.CoversSites() {
		e.everyone.SetCaption(1, "Site collections with the sites beneath them.")
	}
	for _, entry := range []*ui.Entry{e.name, e.description} {
		entry.OnChange = func(string) { e.changed() }
	}
	e.groups = ui.NewWrapped(ui.RoleCaption, ui.ColorWarning, "With selected targets no memberships are synchronized: a group matches nobody here, neither as a target nor as an exception. "+
		"Name users, or extend to all your targets.")
	e.groups.Hide()
	e.sync = newSyncPanel(e.ctx, e.o, svc, func() { e.form.Refresh() })
	e.sync.OnOption = func(o service.Option) {
		ui.SetVisible(e.groups, o == service.OptionSelected && !svc.CoversSites() && !e.stored.Default)
	}
	e.who = newWho(e.ctx, e.o, svc)

	e.chosen = field("", e.targets)
	e.form = ui.Column(20,
		field("Real-time scanning", ui.Fixed(0, 32, ui.Row(8, e.scan, ui.NewText(ui.RoleBody, ui.ColorText2, "Off. This version does not scan yet.")))),
		field("Name", e.name), field("Description", e.description), field("Targets", ui.Column(8, e.everyone, e.groups)), e.chosen, field("Except", e.exclusions),
		field("Synchronization", e.sync.root))
	if e.stored.Default {
		e.form.Objects[4].Hide()
		e.form.Objects[5].Hide()
	}
	// The scroller would cut focus rings and shadows: its content keeps a margin from it.
	form := ui.Bleed(6, container.NewVScroll(ui.Inset(6, ui.AtMost(760, e.form))))
	tab := ui.Column(6, ui.NewText(ui.RoleStrong, ui.ColorPrimary, "General"), ui.Fixed(0, 2, ui.NewSurface(ui.SurfaceStyle{Fill: ui.ColorPrimary})))
	tabs := ui.Column(0, ui.Row(24, tab), ui.NewLine())
	e.root = ui.ColumnWithGrowing(16, 1, tabs, container.New(&sideLayout{sideWidth, 24}, form, e.who.root), e.footer())
}

// field is a label with what is set.
func field(label string, content fyne.CanvasObject) *fyne.Container {
	return ui.RowTop(8, ui.Fixed(labelWidth, 32, ui.NewText(ui.RoleBody, ui.ColorText2, label)), ui.Grow(content))
}

func (e *Editor) footer() fyne.CanvasObject {
	e.status = ui.NewCut(ui.RoleCaption, ui.ColorText3, "")
	e.discard = ui.NewButton(ui.Quiet, "Discard", e.askDiscard)
	e.remove = ui.NewButton(ui.Danger, "Delete policy…", e.askRemove)
	e.save = ui.NewButton(ui.Primary, "Save", e.Submit)
	return ui.Column(12, ui.NewLine(), ui.Row(8, ui.Grow(e.status), e.remove, e.discard, e.save))
}

// fill shows what is stored.
func (e *Editor) fill() {
	p := e.stored
	e.name.SetText(p.Name)
	e.description.SetText(p.Description)
	e.everyone.SetChosen(map[bool]int{true: 0, false: 1}[p.Everyone])
	e.targets.set(p.Targets)
	e.exclusions.set(p.Exclusions)
	e.name.SetEnabled(!p.Default)
	if p.Default {
		e.everyone.SetEnabled(1, false)
		e.everyone.SetCaption(1, "A default policy is for all targets.")
	}
	ui.SetVisible(e.remove, p.ID != 0 && !p.Default)
	e.changed()
}

// value is what would be stored now.
func (e *Editor) value() service.Policy {
	p := e.stored
	p.Name, p.Description = strings.TrimSpace(e.name.Text()), strings.TrimSpace(e.description.Text())
	p.Everyone = e.everyone.Chosen() == 0
	p.Targets, p.Exclusions = nil, slices.Clone(e.exclusions.list)
	if !p.Everyone {
		p.Targets = slices.Clone(e.targets.list)
	}
	return p
}

// changes names what differs from what is stored.
func (e *Editor) changes() []string {
	var list []string
	p := e.value()
	add := func(what string, differs bool) {
		if differs {
			list = append(list, what)
		}
	}
	add("name", p.Name != e.stored.Name)
	add("description", p.Description != e.stored.Description)
	add("targets", p.Everyone != e.stored.Everyone || !slices.Equal(p.Targets, e.stored.Targets))
	add("exceptions", !slices.Equal(p.Exclusions, e.stored.Exclusions))
	return list
}

// missing is what has to be set before it can be saved.
func (e *Editor) missing() string {
	p := e.value()
	switch {
	case p.Name == "":
		return "Type a name to save it."
	case !p.Everyone && len(p.Targets) == 0:
		return "Choose at least one target to save it."
	}
	return ""
}

// changed shows what can be saved now.
func (e *Editor) changed() {
	changes, missing := e.changes(), e.missing()
	ui.SetVisible(e.chosen, e.everyone.Chosen() == 1)
	text := "Nothing is changed."
	if e.stored.ID == 0 {
		text = "A new policy comes before the defaults. Not saved yet."
	} else if len(changes) > 0 {
		text = "Changed: " + strings.Join(changes, ", ") + ". Not saved yet."
	}
	if missing != "" {
		text = missing
	}
	e.status.Set(text, ui.ColorText3)
	e.save.SetEnabled(missing == "" && !e.saving && (e.stored.ID == 0 || len(changes) > 0))
	e.form.Refresh()
}

// Submit saves; so does Ctrl+Enter.
func (e *Editor) Submit() {
	if e.save.Disabled() || e.saving {
		return
	}
	e.saving = true
	p := e.value()
	e.changed()
	e.loader.Act(func() func() {
		stored, err := e.o.Source.SavePolicy(e.ctx, p)
		return func() {
			e.saving = false
			if err != nil {
				e.changed()
				e.status.Set(sentence(err), ui.ColorDanger)
				return
			}
			e.stored = stored
			e.close()
		}
	})
}

func (e *Editor) close() {
	e.closed = true
	if e.o.OnList != nil {
		e.o.OnList()
	}
}

// dirty says whether something would be lost.
func (e *Editor) dirty() bool { return !e.closed && !e.saving && len(e.changes()) > 0 }

// Escape closes the page, and asks where something would be lost.
func (e *Editor) Escape() bool {
	e.askDiscard()
	return true
}

func (e *Editor) askDiscard() {
	if e.saving {
		return
	}
	if !e.dirty() {
		e.close()
		return
	}
	e.ask(e.close, nil)
}

// Hidden is called when another page takes the place: what isn't saved is asked about.
func (e *Editor) Hidden() {
	if e.dirty() {
		e.ask(func() { e.closed = true }, func() { e.o.OnEdit(e) })
	}
}

func (e *Editor) ask(discard, keep func()) {
	if e.dialog != nil && e.dialog.Open() {
		return
	}
	e.dialog = ui.ShowDialog(e.o.Canvas, ui.DialogText{Title: "Discard the changes?",
		Body: "Not saved yet: " + strings.Join(e.changes(), ", ") + ".", Confirm: "Discard changes", Cancel: "Keep editing", Danger: true}, nil, discard, keep)
}

func (e *Editor) askRemove() {
	p := e.stored
	askDelete(e.o.Canvas, p, func() {
		e.loader.Act(func() func() {
			err := e.o.Source.DeletePolicy(e.ctx, p.ID)
			return func() {
				if err != nil {
					e.status.Set(sentence(err), ui.ColorDanger)
					return
				}
				e.close()
			}
		})
	})
}

// Reload shows how the service and its synchronization stand. What was typed stays.
func (e *Editor) Reload() { e.sync.reload() }

// Find is what Ctrl+F does.
func (e *Editor) Find() { ui.Focus(e.who.finder.entry.Focusable()) }
