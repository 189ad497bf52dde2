package account

import (
	"context"
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"cloudappsecurity/service"
	"cloudappsecurity/views/targets"
	"cloudappsecurity/views/ui"
)

// Selections keeps the selected users. Its calls are made off the main thread.
type Selections interface {
	Selected(ctx context.Context, s service.Service) ([]service.Selection, error)
	UpdateSelection(ctx context.Context, s service.Service, sel []service.Selection) error
	// SelectedSites and UpdateSites are likewise for a service that covers sites.
	SelectedSites(ctx context.Context, s service.Service) ([]service.SiteSelection, error)
	UpdateSites(ctx context.Context, s service.Service, sel []service.SiteSelection) error
}

// UpdateOptions builds an Update. All but Context, Loader and Now are required.
type UpdateOptions struct {
	Context    context.Context
	Service    service.Service
	Selections Selections
	Search     targets.Search
	Canvas     fyne.Canvas
	Loader     *ui.Loader
	Now        func() time.Time
	Online     func() bool
	OnClose    func() // saved, or canceled
}

// Update is the change of the selected users: the same choice as in the wizard, beginning with who is selected now. Adding needs a
// connection; deleting is asked about once more, and works offline.
type Update struct {
	widget.BaseWidget

	options UpdateOptions
	stored  map[string]service.Selection
	loaded  bool
	saving  bool

	picker       *targets.Picker
	note         *ui.Text
	save, cancel *ui.Button
	root         fyne.CanvasObject
}

// NewUpdate builds the screen. Shown fills it.
func NewUpdate(o UpdateOptions) *Update {
	if o.Context == nil {
		o.Context = context.Background()
	}
	if o.Loader == nil {
		o.Loader = &ui.Loader{}
	}
	u := &Update{options: o, stored: map[string]service.Selection{}}
	u.picker = targets.New(targets.Options{Context: o.Context, Service: o.Service, Search: o.Search, Loader: o.Loader, Now: o.Now, Canvas: o.Canvas,
		OnChange: u.changed})
	u.note = ui.NewCut(ui.RoleCaption, ui.ColorText3, "")
	u.save = ui.NewButton(ui.Primary, "Save", u.Submit)
	u.cancel = ui.NewButton(ui.Outlined, "Cancel", u.drop)
	footer := ui.Fixed(0, 64, container.NewStack(container.NewBorder(ui.NewLine(), nil, nil, nil),
		ui.Pad(0, 24, 0, 24, ui.Row(8, ui.Grow(u.note), u.cancel, u.save))))
	u.root = ui.Card(ui.Inset(1, ui.ColumnWithGrowing(0, 0, ui.Pad(24, 24, 8, 24, u.picker), footer)))
	u.ExtendBaseWidget(u)
	u.changed()
	return u
}

// CreateRenderer implements fyne.Widget.
func (u *Update) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(u.root) }

// Inside is what the screen is drawn with.
func (u *Update) Inside() fyne.CanvasObject { return u.root }

// Focusable returns what takes the focus first.
func (u *Update) Focusable() fyne.Focusable { return u.picker.Focusable() }

// Hidden ends what is searched for.
func (u *Update) Hidden() { u.picker.Stop() }

// Shown reads who is selected, unless there are changes that were not saved.
func (u *Update) Shown() {
	u.picker.SetOnline(u.options.Online())
	added, removed := u.changes()
	if u.saving || u.loaded && len(added)+len(removed) > 0 {
		return
	}
	o := u.options
	o.Loader.Load(func() func() {
		list, err := o.selected()
		return func() {
			if err != nil {
				u.loaded = false
				u.changed()
				u.note.Set(failure(err), ui.ColorDanger)
				return
			}
			u.preset(list)
		}
	})
}

// Reload follows the connection. What was chosen stays.
func (u *Update) Reload() { u.picker.SetOnline(u.options.Online()) }

// selected reads what is stored.
func (o UpdateOptions) selected() (sel service.Selected, err error) {
	if o.Service.CoversSites() {
		sel.Sites, err = o.Selections.SelectedSites(o.Context, o.Service)
	} else {
		sel.People, err = o.Selections.Selected(o.Context, o.Service)
	}
	return sel, err
}

// update stores what is selected.
func (o UpdateOptions) update(sel service.Selected) error {
	if o.Service.CoversSites() {
		return o.Selections.UpdateSites(o.Context, o.Service, sel.Sites)
	}
	return o.Selections.UpdateSelection(o.Context, o.Service, sel.People)
}

func (u *Update) preset(sel service.Selected) {
	u.loaded = true
	u.stored = map[string]service.Selection{}
	u.picker.SetSelected(sel)
	for _, s := range u.picker.Selection() {
		u.stored[s.Person.ID] = s
	}
	u.changed()
}

// changes are those not saved yet.
func (u *Update) changes() (added, removed []service.Selection) {
	kept := map[string]bool{}
	for _, s := range u.picker.Selection() {
		kept[s.Person.ID] = true
		if _, ok := u.stored[s.Person.ID]; !ok {
			added = append(added, s)
		}
	}
	for id, s := range u.stored {
		if !kept[id] {
			removed = append(removed, s)
		}
	}
	sortByName(removed)
	return added, removed
}

func (u *Update) changed() {
	if u.save == nil {
		return // the choice is being built
	}
	added, removed := u.changes()
	words := fmt.Sprintf("%d added, %d deleted.", len(added), len(removed))
	ready := false
	switch {
	case u.saving:
		words = "Saving."
	case !u.loaded:
		words = ""
	case u.picker.Empty() && u.options.Service.CoversSites():
		words = "Select at least one site."
	case u.picker.Empty():
		words = "Select at least one person."
	case len(added)+len(removed) == 0:
		words = "Nothing is changed."
	default:
		ready = true
	}
	u.note.Set(words, ui.ColorText3)
	u.save.SetEnabled(ready)
}

// Submit is Ctrl+Enter and Save. Who was deleted is asked about first.
func (u *Update) Submit() {
	if u.save.Disabled() {
		return
	}
	_, removed := u.changes()
	if len(removed) == 0 {
		u.store()
		return
	}
	text := ui.DialogText{Title: "Delete from the targets?", Body: "Everything else stays as it is.", Confirm: "Delete", Danger: true}
	lines := ui.Column(4)
	for _, s := range removed {
		lines.Add(ui.NewWrapped(ui.RoleBody, ui.ColorText, s.Person.Name()+" will no longer be protected"))
	}
	ui.ShowDialog(u.options.Canvas, text, ui.ScrollUpTo(240, lines), u.store, nil)
}

func (u *Update) store() {
	o, list := u.options, u.picker.Selected()
	u.saving = true
	u.changed()
	o.Loader.Act(func() func() {
		err := o.update(list)
		return func() {
			u.saving = false
			if err != nil {
				u.changed()
				u.note.Set(failure(err), ui.ColorDanger)
				return
			}
			u.preset(list)
			o.OnClose()
		}
	})
}

// drop gives the changes up.
func (u *Update) drop() {
	u.picker.Stop()
	u.loaded = false // read anew when it is shown again
	u.options.OnClose()
}

// Escape is Escape where no control used it. A search is ended first.
func (u *Update) Escape() bool {
	if u.picker.Searching() {
		u.picker.Stop()
		return true
	}
	return false
}
