package policy

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// who is the card that tells which policy a person or site gets.
type who struct {
	o      Options
	svc    service.Service
	asked  Found
	finder *finder
	answer *fyne.Container
	root   *fyne.Container // the card in a scroller
}

func newWho(ctx context.Context, o Options, svc service.Service) *who {
	w := &who{o: o, svc: svc, answer: ui.Column(8)}
	placeholder, about := "Name or address of a person", "The highest-priority policy which matches a target applies."
	if svc.CoversSites() {
		placeholder = "Title or address of a site"
	}
	w.finder = newFinder(ctx, o, placeholder, func(ctx context.Context, text string) ([]Found, error) {
		return o.Source.Find(ctx, svc, text, false)
	}, func(f Found) { w.ask(ctx, f) })
	w.answer.Hide()
	card := ui.Card(ui.Inset(16, ui.Column(12, ui.Title("Who gets this policy?"), w.finder, w.answer, ui.NewWrapped(ui.RoleCaption, ui.ColorText3, about))))
	// The scroller would cut the card's shadow: its content keeps a margin from it.
	w.root = ui.Bleed(6, container.NewVScroll(ui.Inset(6, ui.Column(0, card))))
	w.finder.resized = w.refresh
	return w
}

// refresh lays the card out twice: wrapped text knows its height once it has its width.
func (w *who) refresh() {
	w.root.Refresh()
	w.root.Refresh()
}

// again asks about the same target: the policies changed.
func (w *who) again(ctx context.Context) {
	if w.asked != (Found{}) {
		w.ask(ctx, w.asked)
	}
}

func (w *who) ask(ctx context.Context, f Found) {
	w.asked = f
	w.o.loader().Load(func() func() {
		answer, err := w.o.Source.Who(ctx, w.svc, w.o.Kind, f)
		return func() {
			if w.asked == f {
				w.show(f.Target, answer, err)
			}
		}
	})
}

func (w *who) show(t service.PolicyTarget, a Answer, err error) {
	w.answer.Objects = nil
	w.answer.Show()
	defer w.refresh()
	if err != nil {
		w.answer.Add(ui.NewWrapped(ui.RoleBody, ui.ColorDanger, sentence(err)))
		return
	}
	name, state := a.Match.Policy.Name, "checkmark_circle-filled"
	if !a.Match.Found {
		name, state = "No policy", "circle"
	}
	color := fyne.ThemeColorName(ui.ColorText3)
	if a.Match.Found {
		color = ui.ColorSuccess
	}
	w.answer.Add(ui.NewLine())
	w.answer.Add(ui.NewWrapped(ui.RoleCaption, ui.ColorText3, t.Name+" gets"))
	w.answer.Add(reasoned(state, color, ui.RoleStrong, name, a.Match.Reason()))
	if a.NotProtected != service.ExclusionNone {
		w.answer.Add(reasoned("warning", ui.ColorWarning, ui.RoleBody, "Not protected", a.NotProtected.TextOf(w.svc)+". No policy is applied until that changes."))
	}
	for _, p := range a.Match.Passed {
		w.answer.Add(reasoned("subtract", ui.ColorText3, ui.RoleBody, "Not "+p.Policy.Name, p.Reason()))
	}
}

func reasoned(icon string, color fyne.ThemeColorName, role ui.Role, title, reason string) fyne.CanvasObject {
	return ui.RowTop(8, ui.Pad(2, 0, 0, 0, ui.NewIcon(icon, 16, color)),
		ui.Grow(ui.Column(0, ui.NewWrapped(role, ui.ColorText, title), ui.NewWrapped(ui.RoleCaption, ui.ColorText3, reason))))
}
