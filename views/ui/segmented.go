package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// SegmentedControl chooses one of a few words. Left and Right move the choice; Tab passes it as one control.
type SegmentedControl struct {
	widget.BaseWidget

	OnChange func(int)

	segments []*segment
	chosen   int
	root     fyne.CanvasObject
}

// NewSegmentedControl shows the words with the first chosen.
func NewSegmentedControl(words []string, change func(int)) *SegmentedControl {
	s := &SegmentedControl{OnChange: change}
	row := Row(0)
	for i, word := range words {
		seg := newSegment(word)
		seg.OnPress = func() { s.Choose(i) }
		seg.OnKey = s.key
		s.segments = append(s.segments, seg)
		row.Add(seg)
	}
	s.root = container.NewStack(NewSurface(SurfaceStyle{Fill: ColorNeutralSoft, Radius: 8}), Inset(2, row))
	s.ExtendBaseWidget(s)
	s.show()
	return s
}

// Chosen returns the index of the chosen word.
func (s *SegmentedControl) Chosen() int { return s.chosen }

// Choose chooses a word and tells OnChange.
func (s *SegmentedControl) Choose(i int) {
	if i == s.chosen || i < 0 || i >= len(s.segments) {
		return
	}
	s.SetChosen(i)
	if s.OnChange != nil {
		s.OnChange(i)
	}
}

// SetChosen chooses a word silently.
func (s *SegmentedControl) SetChosen(i int) {
	hadFocus := s.segments[s.chosen].Focused()
	s.chosen = i
	s.show()
	if hadFocus {
		Focus(s.segments[i])
	}
}

// Focusable returns what takes the focus.
func (s *SegmentedControl) Focusable() fyne.Focusable { return s.segments[s.chosen] }

// Inside implements Holder.
func (s *SegmentedControl) Inside() fyne.CanvasObject { return s.root }

// CreateRenderer implements fyne.Widget.
func (s *SegmentedControl) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(s.root)
}

func (s *SegmentedControl) key(e *fyne.KeyEvent) bool {
	switch e.Name {
	case fyne.KeyLeft:
		s.Choose(s.chosen - 1)
	case fyne.KeyRight:
		s.Choose(s.chosen + 1)
	default:
		return false
	}
	return true
}

func (s *SegmentedControl) show() {
	for i, seg := range s.segments {
		seg.on = i == s.chosen
		seg.Refresh()
	}
}

type segment struct {
	Press

	word          string
	on            bool
	surface, ring *Surface
	label         *Text
}

func newSegment(word string) *segment {
	s := &segment{word: word, surface: NewSurface(SurfaceStyle{Radius: 6}), ring: focusRing(2), label: NewText(RoleCaption, ColorText2, word)}
	s.Extend(s)
	return s
}

// Disabled keeps Tab from stopping at words which aren't chosen: arrows reach them.
func (s *segment) Disabled() bool { return !s.on }

// AccessibilityLabel implements fyne.Accessible.
func (s *segment) AccessibilityLabel() string { return s.word }

// CreateRenderer implements fyne.Widget.
func (s *segment) CreateRenderer() fyne.WidgetRenderer {
	r := &segmentRenderer{s}
	r.Refresh()
	return r
}

type segmentRenderer struct{ s *segment }

func (r *segmentRenderer) Destroy() {}

func (r *segmentRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.s.surface, r.s.ring, r.s.label}
}

// MinSize reserves the width of the bold word, so that choosing moves nothing.
func (r *segmentRenderer) MinSize() fyne.Size {
	w := fyne.MeasureText(r.s.word, 12, fyne.TextStyle{Bold: true}).Width
	return fyne.NewSize(w+20, 24)
}

func (r *segmentRenderer) Layout(s fyne.Size) {
	r.s.surface.Resize(s)
	layRing(r.s.ring, s, 0)
	w := r.s.label.MinSize().Width
	r.s.label.Move(fyne.NewPos((s.Width-w)/2, 4))
	r.s.label.Resize(fyne.NewSize(w, 16))
}

func (r *segmentRenderer) Refresh() {
	style, role, color := SurfaceStyle{Radius: 6}, RoleCaption, fyne.ThemeColorName(ColorText2)
	if r.s.on {
		style.Fill, style.Elevation, role, color = ColorRaised, Low, RoleCaptionBold, ColorText
	} else if r.s.Hovered() {
		color = ColorText
	}
	r.s.surface.SetStyle(style)
	r.s.surface.Refresh()
	r.s.label.SetRole(role)
	r.s.label.SetColor(color)
	SetVisible(r.s.ring, r.s.RingVisible())
	r.Layout(r.s.Size())
}
