package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Elevation is how far a surface stands above what is below it.
type Elevation int

// The two shadows of the design, and none.
const (
	Flat   Elevation = iota
	Low              // cards
	Raised           // popovers, hovered cards
)

// SurfaceStyle is how a Surface is drawn. Empty colours draw nothing.
type SurfaceStyle struct {
	Fill, Stroke fyne.ThemeColorName
	StrokeWidth  float32
	Radius       float32
	Elevation    Elevation
}

// Surface is a rectangle whose colours come from the theme.
type Surface struct {
	widget.BaseWidget

	style SurfaceStyle
	rect  *canvas.Rectangle
}

// NewSurface draws a rectangle in the given style.
func NewSurface(style SurfaceStyle) *Surface {
	s := &Surface{style: style, rect: canvas.NewRectangle(nil)}
	s.ExtendBaseWidget(s)
	s.apply()
	return s
}

// NewLine is a hairline, horizontal or vertical as its layout stretches it.
func NewLine() *Surface { return NewSurface(SurfaceStyle{Fill: ColorLine}) }

// SetStyle changes how the surface is drawn.
func (s *Surface) SetStyle(style SurfaceStyle) {
	if s.style == style {
		return
	}
	s.style = style
	s.Refresh()
}

// Style returns how the surface is drawn.
func (s *Surface) Style() SurfaceStyle { return s.style }

// MinSize is one unit, so that lines keep their thickness.
func (s *Surface) MinSize() fyne.Size { return fyne.NewSquareSize(1) }

// CreateRenderer implements fyne.Widget.
func (s *Surface) CreateRenderer() fyne.WidgetRenderer { return &surfaceRenderer{s} }

func (s *Surface) apply() {
	th, v := s.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	named := func(n fyne.ThemeColorName) fyne.ThemeColorName {
		if n == "" {
			return ColorNone
		}
		return n
	}
	s.rect.FillColor = th.Color(named(s.style.Fill), v)
	s.rect.StrokeColor = th.Color(named(s.style.Stroke), v)
	s.rect.StrokeWidth = s.style.StrokeWidth
	s.rect.CornerRadius = s.style.Radius
	switch s.style.Elevation {
	case Low:
		s.rect.Shadow = canvas.Shadow{Color: th.Color(ColorShadow1, v), BlurRadius: 2, Offset: fyne.NewPos(0, 1)}
	case Raised:
		s.rect.Shadow = canvas.Shadow{Color: th.Color(theme.ColorNameShadow, v), BlurRadius: 24, Offset: fyne.NewPos(0, 8)}
	case Flat:
		s.rect.Shadow = canvas.Shadow{}
	}
}

type surfaceRenderer struct{ s *Surface }

func (r *surfaceRenderer) Destroy()                     {}
func (r *surfaceRenderer) Layout(size fyne.Size)        { r.s.rect.Resize(size) }
func (r *surfaceRenderer) MinSize() fyne.Size           { return fyne.NewSquareSize(1) }
func (r *surfaceRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.s.rect} }

func (r *surfaceRenderer) Refresh() {
	r.s.apply()
	r.s.rect.Refresh()
}
