package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
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
	s.root = Fixed(32, 24, Pad(3, 0, 3, 0, container.NewStack(s.track,
		Inset(2, Row(0, Fixed(14, 14, s.knobs[0]), Spring(), Fixed(14, 14, s.knobs[1]))))))
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
func (s *Switch) AccessibilityLabel() string {
	if s.on {
		return s.name + ": on"
	}
	return s.name + ": off"
}

// CreateRenderer implements fyne.Widget.
func (s *Switch) CreateRenderer() fyne.WidgetRenderer {
	r := &ringedRenderer{root: s.root, ring: s.ring, out: 0, refresh: s.show}
	s.show()
	return r
}

func (s *Switch) show() {
	track := SurfaceStyle{Fill: ColorSurface, Stroke: ColorBorder, StrokeWidth: 1, Radius: 9}
	knob := SurfaceStyle{Fill: ColorBorder, Radius: 7}
	switch {
	case s.Disabled():
		track.Fill, track.Stroke, knob.Fill = ColorInset, ColorLine, ColorDisabled
	case s.on:
		track.Fill, track.Stroke, knob.Fill = ColorPrimary, ColorPrimary, ColorSurface
	}
	s.track.SetStyle(track)
	for i, k := range s.knobs {
		k.SetStyle(knob)
		SetVisible(k, s.on == (i == 1))
	}
	SetVisible(s.ring, s.RingVisible())
}
