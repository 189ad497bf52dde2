package policy

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// tokens is the list of what a policy names, with the input that adds to it.
type tokens struct {
	widget.BaseWidget

	changed func()
	list    []service.PolicyTarget
	chips   *fyne.Container
	finder  *finder
	root    *fyne.Container
}

func newTokens(ctx context.Context, o Options, placeholder string, find func(context.Context, string) ([]Found, error), changed func()) *tokens {
	t := &tokens{changed: changed, chips: container.New(layout.NewRowWrapLayoutWithCustomPadding(6, 6))}
	t.finder = newFinder(ctx, o, placeholder, find, func(f Found) { t.add(f.Target) })
	t.finder.resized = t.Refresh
	t.root = ui.Column(6, t.chips, t.finder)
	t.ExtendBaseWidget(t)
	t.set(nil)
	return t
}

// Inside implements ui.Holder.
func (t *tokens) Inside() fyne.CanvasObject { return t.root }

// CreateRenderer implements fyne.Widget.
func (t *tokens) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(t.root) }

// set shows other targets silently.
func (t *tokens) set(list []service.PolicyTarget) {
	t.list, t.chips.Objects = slices.Clone(list), nil
	for _, each := range list {
		chip := ui.NewIconButton(ui.Outlined, shortened(each.Name), "dismiss", func() { t.remove(each) }).IconAfter().Named("Remove " + each.Name)
		chip.OnKey = func(e *fyne.KeyEvent) bool {
			if e.Name != fyne.KeyDelete && e.Name != fyne.KeyBackspace {
				return false
			}
			t.remove(each)
			return true
		}
		t.chips.Add(chip)
	}
	ui.SetVisible(t.chips, len(list) > 0)
	t.root.Refresh()
}

func (t *tokens) add(target service.PolicyTarget) {
	if slices.ContainsFunc(t.list, func(has service.PolicyTarget) bool { return has.Kind == target.Kind && has.ID == target.ID }) {
		return
	}
	t.set(append(t.list, target))
	t.changed()
}

func (t *tokens) remove(target service.PolicyTarget) {
	t.set(slices.DeleteFunc(slices.Clone(t.list), func(has service.PolicyTarget) bool { return has == target }))
	ui.Focus(t.finder.entry.Focusable())
	t.changed()
}

// longestName is how much of a name a chip shows, in characters: a button is as wide as its words.
const longestName = 32

func shortened(name string) string {
	if runes := []rune(name); len(runes) > longestName {
		return string(runes[:longestName-1]) + "…"
	}
	return name
}
