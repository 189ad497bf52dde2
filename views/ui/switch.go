package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Switch turns something on or off at once. What its state means stands beside it in words.
type Switch struct {
	Press

	OnChange func(bool)

	name  string
	on    bool
	track *Surface
	knobs [2]*Surface // at the left and at the right
	ring  *Surface
	root  fyne.CanvasObject
}

// NewSwitch makes a switch which is off, named for screen readers.
func NewSwitch(name string, change func(bool)) *Switch {
	s := &Switch{OnChange: change, name: name, track: NewSurface(SurfaceStyle{}), ring: focusRing(8)}
	for i := range s.knobs {
		s.knobs[i] = NewSurface(SurfaceStyle{})
	}
	s.root = switchRoot(s.track, s.knobs)
	s.OnPress = func() {
		s.Set(!s.on)
		if s.OnChange != nil {
			s.OnChange(s.on)
		}
	}
	s.Extend(s)
	return s
}

// On tells the state.
func (s *Switch) On() bool { return s.on }

// Set changes the state silently.
func (s *Switch) Set(on bool) {
	s.on = on
	s.Refresh()
}

// SetName changes the name for screen readers.
func (s *Switch) SetName(name string) { s.name = name }

// AccessibilityLabel implements fyne.Accessible.
func (s *Switch) AccessibilityLabel() string { return switchLabel(s.name, s.on) }

// CreateRenderer implements fyne.Widget.
func (s *Switch) CreateRenderer() fyne.WidgetRenderer {
	r := &ringedRenderer{root: s.root, ring: s.ring, out: 0, refresh: s.show}
	s.show()
	return r
}

func (s *Switch) show() {
	styleSwitch(s.track, s.knobs, s.on, s.Disabled())
	SetVisible(s.ring, s.RingVisible())
}

func styleSwitch(surface *Surface, knobs [2]*Surface, on, disabled bool) {
	track := SurfaceStyle{Fill: ColorSurface, Stroke: ColorBorder, StrokeWidth: 1, Radius: 9}
	knob := SurfaceStyle{Fill: ColorBorder, Radius: 7}
	switch {
	case disabled:
		track.Fill, track.Stroke, knob.Fill = ColorInset, ColorLine, ColorDisabled
	case on:
		track.Fill, track.Stroke, knob.Fill = ColorPrimary, ColorPrimary, ColorSurface
	}
	surface.SetStyle(track)
	for i, k := range knobs {
		k.SetStyle(knob)
		SetVisible(k, on == (i == 1))
	}
}

// RowSwitch is a switch in a row of a table, for the mouse. It takes no focus: rows come and go while a list scrolls, and Tab would never
// leave them. The table's keys switch its current row.
type RowSwitch struct {
	widget.BaseWidget

	OnChange func(bool)

	name  string
	on    bool
	track *Surface
	knobs [2]*Surface // at the left and at the right
	root  fyne.CanvasObject
}

// NewRowSwitch makes a switch which is off.
func NewRowSwitch() *RowSwitch {
	s := &RowSwitch{track: NewSurface(SurfaceStyle{}), knobs: [2]*Surface{NewSurface(SurfaceStyle{}), NewSurface(SurfaceStyle{})}}
	s.root = switchRoot(s.track, s.knobs)
	styleSwitch(s.track, s.knobs, false, false)
	s.ExtendBaseWidget(s)
	return s
}

func switchRoot(track *Surface, knobs [2]*Surface) fyne.CanvasObject {
	return Fixed(32, 24, Pad(3, 0, 3, 0, container.NewStack(track, Inset(2, Row(0, Fixed(14, 14, knobs[0]), Spring(), Fixed(14, 14, knobs[1]))))))
}

// On tells the state.
func (s *RowSwitch) On() bool { return s.on }

// Set changes the state silently.
func (s *RowSwitch) Set(on bool) {
	s.on = on
	styleSwitch(s.track, s.knobs, on, false)
}

// SetName changes the name for screen readers.
func (s *RowSwitch) SetName(name string) { s.name = name }

// AccessibilityLabel implements fyne.Accessible.
func (s *RowSwitch) AccessibilityLabel() string { return switchLabel(s.name, s.on) }

// Tapped implements fyne.Tappable.
func (s *RowSwitch) Tapped(*fyne.PointEvent) {
	s.Set(!s.on)
	if s.OnChange != nil {
		s.OnChange(s.on)
	}
}

// CreateRenderer implements fyne.Widget.
func (s *RowSwitch) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(s.root) }

func switchLabel(name string, on bool) string {
	if on {
		return name + ": on"
	}
	return name + ": off"
}
