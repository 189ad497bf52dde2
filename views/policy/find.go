package policy

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// suggestions is how many of what was found are shown.
const suggestions = 6

// finder is an input that lists what it finds below itself. Down goes into the list, Enter takes the first.
type finder struct {
	widget.BaseWidget

	find    func(ctx context.Context, text string) ([]Found, error)
	take    func(Found)
	resized func()
	ctx     context.Context
	loader  *ui.Loader
	entry   *ui.Entry
	list    *fyne.Container
	note    *ui.Text
	found   []Found
	rows    []*suggestion
	wants   bool // Enter was pressed before the answer came
	root    *fyne.Container
}

func newFinder(ctx context.Context, o Options, placeholder string, find func(context.Context, string) ([]Found, error), take func(Found)) *finder {
	f := &finder{find: find, take: take, ctx: ctx, loader: o.loader(), entry: ui.NewSearchField(placeholder), list: ui.Column(0),
		note: ui.NewWrapped(ui.RoleCaption, ui.ColorText3, "")}
	f.note.Hide()
	f.list.Hide()
	f.entry.OnChange = func(string) { f.wants = false; f.search() }
	f.entry.OnSubmit = func(string) { f.submit() }
	f.entry.OnKey = f.key
	f.root = ui.Column(4, f.entry, f.note, f.list)
	f.ExtendBaseWidget(f)
	return f
}

// Inside implements ui.Holder.
func (f *finder) Inside() fyne.CanvasObject { return f.root }

// CreateRenderer implements fyne.Widget.
func (f *finder) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(f.root) }

func (f *finder) search() {
	text := strings.TrimSpace(f.entry.Text())
	if text == "" {
		f.show(nil, nil)
		return
	}
	f.loader.Load(func() func() {
		found, err := f.find(f.ctx, text)
		return func() {
			if strings.TrimSpace(f.entry.Text()) == text {
				f.show(found, err)
			}
		}
	})
}

func (f *finder) show(found []Found, err error) {
	f.found, f.rows, f.list.Objects = found, nil, nil
	text := ""
	switch {
	case err != nil:
		text = sentence(err)
	case len(found) == 0 && strings.TrimSpace(f.entry.Text()) != "":
		text = "Nothing found for " + strings.TrimSpace(f.entry.Text()) + ". Only what was synchronized can be found."
	case len(found) > suggestions:
		text = "More are found: type more of the name."
	}
	for i, each := range found[:min(len(found), suggestions)] {
		row := newSuggestion(each)
		row.OnPress = func() { f.choose(each) }
		row.OnKey = func(e *fyne.KeyEvent) bool { return f.rowKey(i, e) }
		f.rows = append(f.rows, row)
		f.list.Add(row)
	}
	f.note.SetText(text)
	ui.SetVisible(f.note, text != "")
	ui.SetVisible(f.list, len(f.rows) > 0)
	f.root.Refresh()
	if f.resized != nil {
		f.resized()
	}
	if f.wants && len(f.rows) > 0 {
		f.choose(found[0])
	}
}

func (f *finder) choose(found Found) {
	f.wants = false
	f.entry.SetText("")
	f.show(nil, nil)
	f.take(found)
	ui.Focus(f.entry.Focusable())
}

func (f *finder) submit() {
	if len(f.found) > 0 {
		f.choose(f.found[0])
		return
	}
	f.wants = strings.TrimSpace(f.entry.Text()) != ""
}

func (f *finder) key(e *fyne.KeyEvent) bool {
	switch {
	case e.Name == fyne.KeyDown && len(f.rows) > 0:
		ui.Focus(f.rows[0])
		return true
	case e.Name == fyne.KeyEscape && f.entry.Text() != "":
		f.entry.SetText("")
		return true
	}
	return false
}

func (f *finder) rowKey(i int, e *fyne.KeyEvent) bool {
	switch e.Name {
	case fyne.KeyUp:
		i--
	case fyne.KeyDown:
		i++
	case fyne.KeyEscape:
		i = -1
	default:
		return false
	}
	if i < 0 {
		ui.Focus(f.entry.Focusable())
	} else if i < len(f.rows) {
		ui.Focus(f.rows[i])
	}
	return true
}

// icon of what a policy can name.
func icon(k service.PolicyTargetKind) string {
	switch k {
	case service.TargetGroup:
		return "people"
	case service.TargetSite:
		return "globe"
	default:
		return "person"
	}
}

// suggestion is one row of what was found.
type suggestion struct {
	ui.Press

	found   Found
	surface *ui.Surface
	root    fyne.CanvasObject
}

func newSuggestion(f Found) *suggestion {
	s := &suggestion{found: f, surface: ui.NewSurface(ui.SurfaceStyle{Radius: 6})}
	s.root = ui.Fixed(0, 32, container.NewStack(s.surface, ui.Pad(0, 8, 0, 8, ui.Row(8, ui.NewIcon(icon(f.Target.Kind), 16, ui.ColorText2),
		ui.Grow(ui.NewCut(ui.RoleBody, ui.ColorText, f.Target.Name)), ui.Grow(ui.NewCut(ui.RoleCaption, ui.ColorText3, f.Detail))))))
	s.Extend(s)
	return s
}

// AccessibilityLabel implements fyne.Accessible.
func (s *suggestion) AccessibilityLabel() string { return s.found.Target.Name + ", " + s.found.Detail }

// CreateRenderer implements fyne.Widget.
func (s *suggestion) CreateRenderer() fyne.WidgetRenderer { return &suggestionRenderer{s} }

type suggestionRenderer struct{ s *suggestion }

func (r *suggestionRenderer) Destroy()           {}
func (r *suggestionRenderer) MinSize() fyne.Size { return r.s.root.MinSize() }
func (r *suggestionRenderer) Layout(s fyne.Size) { r.s.root.Resize(s) }
func (r *suggestionRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.s.root}
}

func (r *suggestionRenderer) Refresh() {
	style := ui.SurfaceStyle{Radius: 6}
	if r.s.Hovered() {
		style.Fill = ui.ColorRowHover
	}
	if r.s.Focused() {
		style.Fill, style.Stroke, style.StrokeWidth = ui.ColorPrimarySoft, ui.ColorPrimary, 2
	}
	r.s.surface.SetStyle(style)
}
