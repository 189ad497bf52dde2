package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Card puts content on a raised surface with rounded corners. Padding is up to the content (16 as a rule, 24 in wizards).
func Card(content fyne.CanvasObject) *fyne.Container {
	return container.NewStack(NewSurface(cardStyle()), content)
}

// TitledCard is a card with a header 48 high: title, and what stands at its trailing edge.
func TitledCard(title string, content fyne.CanvasObject, trailing ...fyne.CanvasObject) *fyne.Container {
	head := Row(8, append([]fyne.CanvasObject{Grow(NewCut(RoleCardTitle, ColorText, title))}, trailing...)...)
	return Card(ColumnWithGrowing(0, 1, Fixed(0, 48, Pad(0, 16, 0, 16, head)), content))
}

// InsetPanel is a quieter surface inside a card.
func InsetPanel(content fyne.CanvasObject) *fyne.Container {
	return container.NewStack(
		NewSurface(SurfaceStyle{Fill: ColorInset, Stroke: ColorLine, StrokeWidth: 1, Radius: 8}),
		Inset(16, content))
}

func cardStyle() SurfaceStyle {
	return SurfaceStyle{Fill: ColorSurface, Stroke: ColorLine, StrokeWidth: 1, Radius: 10, Elevation: Low}
}

// HoverCard is a card which is one target as a whole: it can be hovered, focused and pressed. Nothing in it may take the
// pointer. Disabled, it is a plain card.
type HoverCard struct {
	Press

	name          string
	content       fyne.CanvasObject
	surface, ring *Surface
}

// NewHoverCard makes a card named for screen readers. Watch OnState for hover and focus.
func NewHoverCard(name string, content fyne.CanvasObject, press func()) *HoverCard {
	c := &HoverCard{name: name, content: content, surface: NewSurface(cardStyle()), ring: focusRing(10)}
	c.OnPress = press
	c.Extend(c)
	return c
}

// Hot tells whether the card is hovered or focused, and can be pressed.
func (c *HoverCard) Hot() bool { return !c.Disabled() && (c.Hovered() || c.Focused()) }

// AccessibilityLabel implements fyne.Accessible.
func (c *HoverCard) AccessibilityLabel() string { return c.name }

// CreateRenderer implements fyne.Widget.
func (c *HoverCard) CreateRenderer() fyne.WidgetRenderer {
	return &hoverCardRenderer{c}
}

type hoverCardRenderer struct{ c *HoverCard }

func (r *hoverCardRenderer) Destroy() {}

func (r *hoverCardRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.c.surface, r.c.ring, r.c.content}
}

func (r *hoverCardRenderer) MinSize() fyne.Size { return r.c.content.MinSize() }

func (r *hoverCardRenderer) Layout(s fyne.Size) {
	r.c.surface.Resize(s)
	layRing(r.c.ring, s, 4)
	r.c.content.Resize(s)
}

func (r *hoverCardRenderer) Refresh() {
	style := cardStyle()
	if r.c.Hot() {
		style.Stroke, style.Elevation = ColorPrimary, Raised
	}
	r.c.surface.SetStyle(style)
	showIf(r.c.ring, r.c.RingVisible() && !r.c.Disabled())
	r.c.surface.Refresh()
}

var _ fyne.Widget = (*HoverCard)(nil)
