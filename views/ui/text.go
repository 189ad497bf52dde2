package ui

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Role is what a text is for; it decides size, weight and line height.
type Role int

// The roles of the design.
const (
	RoleBody        Role = iota // 13 / 20
	RoleRow                     // 13 / 16, the first of two lines in a row
	RoleStrong                  // 13 / 20, SemiBold
	RoleCaption                 // 12 / 16
	RoleCaptionBold             // 12 / 16, SemiBold
	RoleCardTitle               // 15 / 24, SemiBold
	RolePageTitle               // 20 / 32, SemiBold
	RoleCrumb                   // 20 / 32
	RoleFigure                  // 24 / 32, SemiBold
	RoleMono                    // 12 / 20, monospaced
	RoleBadge                   // 11 / 16, SemiBold, for counts on icons
)

// Flow is what happens to text which is wider than its place.
type Flow int

// The flows.
const (
	FlowLine Flow = iota // never breaks: the text sets the width
	FlowWrap             // breaks between words
	FlowCut              // ends in "…"
)

// Text is text without padding, in exact line heights.
type Text struct {
	widget.BaseWidget

	text      string
	role      Role
	color     fyne.ThemeColorName
	flow      Flow
	alignment fyne.TextAlign
	most      int // lines; 0 is any number
	lines     []*canvas.Text
	laidWidth float32
}

// NewText shows one line of text.
func NewText(role Role, color fyne.ThemeColorName, text string) *Text {
	t := &Text{text: text, role: role, color: color}
	t.ExtendBaseWidget(t)
	t.build(0)
	return t
}

// NewWrapped shows text which breaks into lines between words.
func NewWrapped(role Role, color fyne.ThemeColorName, text string) *Text {
	t := &Text{text: text, role: role, color: color, flow: FlowWrap}
	t.ExtendBaseWidget(t)
	t.build(0)
	return t
}

// NewCut shows one line which ends in "…" where it doesn't fit.
func NewCut(role Role, color fyne.ThemeColorName, text string) *Text {
	t := &Text{text: text, role: role, color: color, flow: FlowCut}
	t.ExtendBaseWidget(t)
	t.build(0)
	return t
}

// NewClamped shows text which breaks into at most a number of lines, the last of which may end in "…".
func NewClamped(role Role, color fyne.ThemeColorName, lines int, text string) *Text {
	t := NewWrapped(role, color, text)
	t.most = lines
	return t
}

// Body is text of the usual size; Caption is small and quiet; Title heads a card.
func Body(text string) *Text { return NewText(RoleBody, ColorText, text) }

// Caption is small, quiet text.
func Caption(text string) *Text { return NewText(RoleCaption, ColorText3, text) }

// Title heads a card.
func Title(text string) *Text { return NewText(RoleCardTitle, ColorText, text) }

// Natural is the width which shows the whole text in one line.
func (t *Text) Natural() float32 {
	size, style, _ := t.metrics()
	return float32(math.Ceil(float64(fyne.MeasureText(t.text, size, style).Width)))
}

// Text returns the whole text, also where it is cut.
func (t *Text) Text() string { return t.text }

// SetText changes the text.
func (t *Text) SetText(text string) {
	if t.text == text {
		return
	}
	t.text = text
	t.Refresh()
}

// SetColor changes the colour.
func (t *Text) SetColor(color fyne.ThemeColorName) {
	if t.color == color {
		return
	}
	t.color = color
	t.Refresh()
}

// SetRole changes size and weight.
func (t *Text) SetRole(role Role) {
	if t.role == role {
		return
	}
	t.role = role
	t.Refresh()
}

// Set changes text and colour at once.
func (t *Text) Set(text string, color fyne.ThemeColorName) {
	if t.text == text && t.color == color {
		return
	}
	t.text, t.color = text, color
	t.Refresh()
}

// Align sets where lines stand and returns t.
func (t *Text) Align(a fyne.TextAlign) *Text {
	t.alignment = a
	t.Refresh()
	return t
}

// AccessibilityLabel implements fyne.Accessible.
func (t *Text) AccessibilityLabel() string { return t.text }

// AccessibilityRole implements fyne.Accessible.
func (t *Text) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// Resize breaks the text anew where the width changed.
func (t *Text) Resize(s fyne.Size) {
	if t.flow != FlowLine && s.Width != t.laidWidth {
		t.build(s.Width)
	}
	t.BaseWidget.Resize(s)
}

// CreateRenderer implements fyne.Widget.
func (t *Text) CreateRenderer() fyne.WidgetRenderer { return &textRenderer{t} }

func (t *Text) build(width float32) {
	t.laidWidth = width
	size, style, _ := t.metrics()
	var parts []string
	switch {
	case t.flow == FlowWrap && width > 0:
		parts = clamp(wrap(t.text, width, size, style), t.most, width, size, style)
	case t.flow == FlowCut && width > 0:
		parts = []string{cut(t.text, width, size, style)}
	default:
		parts = wrap(t.text, 0, size, style)
	}
	th, v := t.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	for len(t.lines) < len(parts) {
		t.lines = append(t.lines, &canvas.Text{})
	}
	t.lines = t.lines[:len(parts)]
	for i, p := range parts {
		l := t.lines[i]
		l.Text, l.TextSize, l.TextStyle, l.Alignment = p, size, style, t.alignment
		l.Color = th.Color(t.color, v)
	}
}

func (t *Text) metrics() (size float32, style fyne.TextStyle, line float32) {
	th := t.Theme()
	bold := fyne.TextStyle{Bold: true}
	switch t.role {
	case RoleStrong:
		return th.Size(theme.SizeNameText), bold, 20
	case RoleRow:
		return th.Size(theme.SizeNameText), fyne.TextStyle{}, 16
	case RoleCaption:
		return th.Size(theme.SizeNameCaptionText), fyne.TextStyle{}, 16
	case RoleCaptionBold:
		return th.Size(theme.SizeNameCaptionText), bold, 16
	case RoleCardTitle:
		return th.Size(theme.SizeNameSubHeadingText), bold, 24
	case RolePageTitle:
		return th.Size(theme.SizeNameHeadingText), bold, 32
	case RoleCrumb:
		return th.Size(theme.SizeNameHeadingText), fyne.TextStyle{}, 32
	case RoleFigure:
		return th.Size(SizeFigure), bold, 32
	case RoleBadge:
		return 11, bold, 16
	case RoleMono:
		return th.Size(SizeMono), fyne.TextStyle{Monospace: true}, 20
	case RoleBody:
	}
	return th.Size(theme.SizeNameText), fyne.TextStyle{}, 20
}

// plexCapital is the height of capital letters of IBM Plex Sans, in parts of the text size.
const plexCapital = 0.698

type textRenderer struct{ t *Text }

func (r *textRenderer) Destroy() {}

func (r *textRenderer) Objects() []fyne.CanvasObject {
	objects := make([]fyne.CanvasObject, len(r.t.lines))
	for i, l := range r.t.lines {
		objects[i] = l
	}
	return objects
}

func (r *textRenderer) Layout(s fyne.Size) {
	size, style, line := r.t.metrics()
	top := float32(0)
	if r.t.flow != FlowWrap {
		top = (s.Height - line*float32(len(r.t.lines))) / 2
	}
	// Capital letters stand in the middle of their line. Fyne rounds the ascent up to a whole pixel when it draws.
	scale := float32(1)
	if c := fyne.CurrentApp().Driver().CanvasForObject(r.t); c != nil && c.Scale() > 0 {
		scale = c.Scale()
	}
	base := line/2 + plexCapital*size/2 - 0.25
	for i, l := range r.t.lines {
		min, baseline := fyne.CurrentApp().Driver().RenderedTextSize(l.Text, size, style, nil)
		drawn := float32(math.Ceil(float64(baseline*scale))) / scale
		l.Move(fyne.NewPos(0, top+float32(i)*line+base-drawn))
		l.Resize(fyne.NewSize(s.Width, min.Height))
	}
}

func (r *textRenderer) MinSize() fyne.Size {
	_, _, line := r.t.metrics()
	min := fyne.NewSize(0, line*float32(max(1, len(r.t.lines))))
	if r.t.flow == FlowLine {
		for _, l := range r.t.lines {
			min.Width = fyne.Max(min.Width, l.MinSize().Width)
		}
	}
	return min
}

func (r *textRenderer) Refresh() {
	r.t.build(r.t.Size().Width)
	r.Layout(r.t.Size())
	for _, l := range r.t.lines {
		l.Refresh()
	}
}
