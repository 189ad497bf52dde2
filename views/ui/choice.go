package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// CheckBox is the square of 16 alone; a row or CheckRow reacts for it.
type CheckBox struct {
	widget.BaseWidget

	surface *Surface
	mark    *Icon
	root    fyne.CanvasObject
}

// NewCheckBox draws an unchecked box.
func NewCheckBox() *CheckBox {
	b := &CheckBox{surface: NewSurface(SurfaceStyle{}), mark: NewIcon("checkmark", 12, ColorOnPrimary)}
	b.root = Fixed(16, 16, container.NewStack(b.surface, container.NewCenter(b.mark)))
	b.ExtendBaseWidget(b)
	b.Set(false, true)
	return b
}

// Set shows the state.
func (b *CheckBox) Set(checked, enabled bool) {
	style := SurfaceStyle{Fill: ColorSurface, Stroke: ColorBorder, StrokeWidth: 1, Radius: 4}
	color := fyne.ThemeColorName(ColorOnPrimary)
	switch {
	case !enabled:
		style.Fill, style.Stroke, color = ColorInset, ColorLine, ColorDisabled
	case checked:
		style.Fill, style.Stroke = ColorPrimary, ColorPrimary
	}
	b.surface.SetStyle(style)
	b.mark.Set("checkmark", color)
	SetVisible(b.mark, checked)
}

// CreateRenderer implements fyne.Widget.
func (b *CheckBox) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(b.root) }

// CheckRow is a check box with words; the whole row is the target.
type CheckRow struct {
	Press

	OnChange func(bool)

	words   string
	checked bool
	box     *CheckBox
	label   *Text
	ring    *Surface
	root    fyne.CanvasObject
}

// NewCheckRow makes an unchecked row.
func NewCheckRow(words string, change func(bool)) *CheckRow {
	c := &CheckRow{OnChange: change, words: words, box: NewCheckBox(), label: Body(words), ring: focusRing(2)}
	c.root = Fixed(0, 32, Row(8, c.box, c.label))
	c.OnPress = func() {
		c.SetChecked(!c.checked)
		if c.OnChange != nil {
			c.OnChange(c.checked)
		}
	}
	c.Extend(c)
	return c
}

// Checked tells the state.
func (c *CheckRow) Checked() bool { return c.checked }

// SetChecked changes the state silently.
func (c *CheckRow) SetChecked(on bool) {
	c.checked = on
	c.Refresh()
}

// AccessibilityLabel implements fyne.Accessible.
func (c *CheckRow) AccessibilityLabel() string { return c.words }

// CreateRenderer implements fyne.Widget.
func (c *CheckRow) CreateRenderer() fyne.WidgetRenderer {
	return &ringedRenderer{root: c.root, ring: c.ring, out: 0, refresh: func() {
		c.box.Set(c.checked, !c.Disabled())
		color := fyne.ThemeColorName(ColorText)
		if c.Disabled() {
			color = ColorDisabled
		}
		c.label.SetColor(color)
		SetVisible(c.ring, c.RingVisible())
	}}
}

// RadioOption is one option of RadioCards.
type RadioOption struct{ Title, Caption string }

// RadioCards offers a few options side by side, each as a card with a title and a line of what it means.
// Arrow keys move the choice.
type RadioCards struct {
	widget.BaseWidget

	OnChange func(int)

	cards  []*radioCard
	chosen int
	root   fyne.CanvasObject
}

// NewRadioCards shows options; chosen -1 chooses none yet.
func NewRadioCards(options []RadioOption, chosen int, change func(int)) *RadioCards {
	g := &RadioCards{OnChange: change, chosen: chosen}
	var objects []fyne.CanvasObject
	for i, o := range options {
		c := newRadioCard(o)
		c.OnPress = func() { g.Choose(i) }
		c.OnKey = func(e *fyne.KeyEvent) bool { return g.key(i, e) }
		g.cards = append(g.cards, c)
		objects = append(objects, c)
	}
	g.root = Columns(16, objects...)
	g.ExtendBaseWidget(g)
	g.show()
	return g
}

// Chosen returns the index of the chosen option, or -1.
func (g *RadioCards) Chosen() int { return g.chosen }

// Choose chooses an option and tells OnChange.
func (g *RadioCards) Choose(i int) {
	if i == g.chosen || i < 0 || i >= len(g.cards) || g.cards[i].Disabled() {
		return
	}
	g.SetChosen(i)
	if g.OnChange != nil {
		g.OnChange(i)
	}
}

// SetChosen chooses silently.
func (g *RadioCards) SetChosen(i int) {
	g.chosen = i
	g.show()
}

// SetCaption changes the line below an option's title.
func (g *RadioCards) SetCaption(i int, caption string) { g.cards[i].caption.SetText(caption) }

// SetEnabled enables or disables an option. Its caption says why.
func (g *RadioCards) SetEnabled(i int, on bool) {
	if on {
		g.cards[i].Enable()
	} else {
		g.cards[i].Disable()
	}
}

// Focusable returns what takes the focus.
func (g *RadioCards) Focusable() fyne.Focusable { return g.cards[max(0, g.chosen)] }

// Inside implements Holder.
func (g *RadioCards) Inside() fyne.CanvasObject { return g.root }

// CreateRenderer implements fyne.Widget.
func (g *RadioCards) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(g.root) }

func (g *RadioCards) key(i int, e *fyne.KeyEvent) bool {
	switch e.Name {
	case fyne.KeyLeft, fyne.KeyUp:
		i--
	case fyne.KeyRight, fyne.KeyDown:
		i++
	default:
		return false
	}
	if i >= 0 && i < len(g.cards) && !g.cards[i].Disabled() {
		Focus(g.cards[i])
		g.Choose(i)
	}
	return true
}

func (g *RadioCards) show() {
	for i, c := range g.cards {
		c.on = i == g.chosen
		c.Refresh()
	}
}

type radioCard struct {
	Press

	on                          bool
	name                        string
	surface, ring, circle, core *Surface
	title, caption              *Text
	root                        fyne.CanvasObject
}

func newRadioCard(o RadioOption) *radioCard {
	c := &radioCard{
		name: o.Title, surface: NewSurface(SurfaceStyle{}), ring: focusRing(8), circle: NewSurface(SurfaceStyle{}),
		core:  NewSurface(SurfaceStyle{Fill: ColorSurface, Radius: 3}),
		title: NewWrapped(RoleStrong, ColorText, o.Title), caption: NewWrapped(RoleCaption, ColorText3, o.Caption),
	}
	radio := Pad(2, 0, 2, 0, Fixed(16, 16, container.NewStack(c.circle, container.NewCenter(Fixed(6, 6, c.core)))))
	c.root = container.NewStack(c.surface, Pad(12, 16, 12, 16, RowTop(12, radio, Grow(Column(0, c.title, c.caption)))))
	c.Extend(c)
	return c
}

// AccessibilityLabel implements fyne.Accessible.
func (c *radioCard) AccessibilityLabel() string { return c.name }

// CreateRenderer implements fyne.Widget.
func (c *radioCard) CreateRenderer() fyne.WidgetRenderer {
	return &ringedRenderer{root: c.root, ring: c.ring, out: 4, refresh: c.show}
}

func (c *radioCard) show() {
	style := SurfaceStyle{Fill: ColorSurface, Stroke: ColorLine, StrokeWidth: 1, Radius: 8}
	circle := SurfaceStyle{Fill: ColorSurface, Stroke: ColorBorder, StrokeWidth: 1, Radius: 8}
	title := fyne.ThemeColorName(ColorText)
	switch {
	case c.on:
		style.Fill, style.Stroke = ColorPrimarySoft, ColorPrimary
		circle.Fill, circle.Stroke = ColorPrimary, ColorPrimary
	case c.Disabled():
		style.Fill, circle.Fill, circle.Stroke, title = ColorInset, ColorInset, ColorLine, ColorDisabled
	case c.Hovered():
		style.Stroke = ColorBorder
	}
	c.surface.SetStyle(style)
	c.circle.SetStyle(circle)
	SetVisible(c.core, c.on)
	c.title.SetColor(title)
	SetVisible(c.ring, c.RingVisible())
}

// ringedRenderer draws content with a focus ring around it.
type ringedRenderer struct {
	root    fyne.CanvasObject
	ring    *Surface
	out     float32
	refresh func()
}

func (r *ringedRenderer) Destroy()           {}
func (r *ringedRenderer) MinSize() fyne.Size { return r.root.MinSize() }

func (r *ringedRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.root, r.ring}
}

func (r *ringedRenderer) Layout(s fyne.Size) {
	r.root.Resize(s)
	layRing(r.ring, s, r.out)
}

func (r *ringedRenderer) Refresh() { r.refresh() }
