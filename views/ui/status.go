package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Tone is the meaning of a colour. Colour never speaks alone: an icon and a word stand beside it.
type Tone int

// The tones.
const (
	Neutral Tone = iota
	Info
	Good
	Warn
	Bad
)

// Color returns the colour for text and icons of the tone.
func (t Tone) Color() fyne.ThemeColorName {
	switch t {
	case Info:
		return ColorPrimary
	case Good:
		return ColorSuccess
	case Warn:
		return ColorWarning
	case Bad:
		return ColorDanger
	case Neutral:
	}
	return ColorText2
}

// Soft returns the background which the tone's colour stands on.
func (t Tone) Soft() fyne.ThemeColorName {
	switch t {
	case Info:
		return ColorPrimarySoft
	case Good:
		return ColorSuccessSoft
	case Warn:
		return ColorWarningSoft
	case Bad:
		return ColorDangerSoft
	case Neutral:
	}
	return ColorNeutralSoft
}

// StateTile is the tinted square of 40 with an icon of 24 which opens a card.
type StateTile struct {
	widget.BaseWidget

	surface *Surface
	icon    *Icon
	root    fyne.CanvasObject
}

// NewStateTile draws a tile.
func NewStateTile(icon string, tone Tone) *StateTile {
	t := &StateTile{surface: NewSurface(SurfaceStyle{Radius: 8}), icon: NewIcon(icon, 24, ColorText3)}
	t.root = Fixed(40, 40, container.NewStack(t.surface, container.NewCenter(t.icon)))
	t.ExtendBaseWidget(t)
	t.Set(icon, tone)
	return t
}

// Set changes icon and tone.
func (t *StateTile) Set(icon string, tone Tone) {
	t.surface.SetStyle(SurfaceStyle{Fill: tone.Soft(), Radius: 8})
	color := tone.Color()
	if tone == Neutral {
		color = ColorText3
	}
	t.icon.Set(icon, color)
}

// CreateRenderer implements fyne.Widget.
func (t *StateTile) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(t.root) }

// Status is a state as icon (or spinning ring) and word.
type Status struct {
	widget.BaseWidget

	icon *Icon
	ring *Ring
	word *Text
	root fyne.CanvasObject
}

// NewStatus draws a state. An icon named "" draws the ring of something under way.
func NewStatus(icon string, color fyne.ThemeColorName, word string) *Status {
	s := &Status{icon: NewIcon("circle", 16, color), ring: NewRing(16), word: NewText(RoleCaptionBold, color, word)}
	s.root = Row(4, container.NewStack(s.icon, s.ring), s.word)
	s.ExtendBaseWidget(s)
	s.Set(icon, color, word)
	return s
}

// Set changes the state.
func (s *Status) Set(icon string, color fyne.ThemeColorName, word string) {
	showIf(s.ring, icon == "")
	showIf(s.icon, icon != "")
	if icon != "" {
		s.icon.Set(icon, color)
	}
	s.word.Set(word, color)
	s.root.Refresh()
}

// Word returns the word which is shown.
func (s *Status) Word() string { return s.word.Text() }

// CreateRenderer implements fyne.Widget.
func (s *Status) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(s.root) }

// Chip is a word on a soft pill, with an icon where one is named. In rows it is 20 high, else 24.
func Chip(tone Tone, icon, word string, inRow bool) *fyne.Container {
	height, left := float32(24), float32(8)
	parts := []fyne.CanvasObject{}
	if icon != "" {
		parts, left = append(parts, NewIcon(icon, 16, tone.Color())), 6
	}
	if inRow {
		height = 20
	}
	parts = append(parts, NewText(RoleCaptionBold, tone.Color(), word))
	return Row(0, Fixed(0, height, container.NewStack(
		NewSurface(SurfaceStyle{Fill: tone.Soft(), Radius: height / 2}),
		Pad(0, 8, 0, left, Row(4, parts...)))))
}

// Dot is a filled circle of 8 in a colour of the theme.
type Dot struct {
	widget.BaseWidget

	color  fyne.ThemeColorName
	circle *canvas.Circle
}

// NewDot draws a dot.
func NewDot(color fyne.ThemeColorName) *Dot {
	d := &Dot{color: color, circle: canvas.NewCircle(nil)}
	d.ExtendBaseWidget(d)
	return d
}

// SetColor changes the colour.
func (d *Dot) SetColor(color fyne.ThemeColorName) {
	d.color = color
	d.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (d *Dot) CreateRenderer() fyne.WidgetRenderer {
	r := &dotRenderer{d}
	r.Refresh()
	return r
}

type dotRenderer struct{ d *Dot }

func (r *dotRenderer) Destroy()                     {}
func (r *dotRenderer) MinSize() fyne.Size           { return fyne.NewSquareSize(8) }
func (r *dotRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.d.circle} }

func (r *dotRenderer) Layout(s fyne.Size) {
	r.d.circle.Resize(fyne.NewSquareSize(8))
	r.d.circle.Move(fyne.NewPos((s.Width-8)/2, (s.Height-8)/2))
}

func (r *dotRenderer) Refresh() {
	r.d.circle.FillColor = r.d.Theme().Color(r.d.color, fyne.CurrentApp().Settings().ThemeVariant())
	r.d.circle.Refresh()
}
