package ui

import (
	"fyne.io/fyne/v2"
)

// ButtonKind is how much a button wants to be pressed.
type ButtonKind int

// The kinds. One Primary a view; Danger is outlined, DangerFilled is for the confirmation of what Danger began.
const (
	Outlined ButtonKind = iota
	Primary
	Quiet // no outline
	Danger
	DangerFilled
	Link // text in the colour of links, no outline
)

// Button is 32 high, shows a focus ring and answers Enter and Space.
type Button struct {
	Press

	kind     ButtonKind
	text     string
	iconName string
	trailing bool

	surface, ring *Surface
	label         *Text
	icon          *Icon
}

// NewButton makes a button; OnPress may be set later.
func NewButton(kind ButtonKind, text string, press func()) *Button {
	return NewIconButton(kind, text, "", press)
}

// NewIconButton makes a button with an icon before its text, or an icon alone where text is "". Give such a button a Name.
func NewIconButton(kind ButtonKind, text, icon string, press func()) *Button {
	b := &Button{kind: kind, text: text, iconName: icon}
	b.OnPress = press
	b.surface = NewSurface(SurfaceStyle{})
	b.ring = focusRing(6)
	b.label = NewText(RoleStrong, ColorText, text)
	if icon != "" {
		b.icon = NewIcon(icon, 16, ColorText)
	}
	b.Extend(b)
	b.apply()
	return b
}

// IconAfter moves the icon behind the text and returns b.
func (b *Button) IconAfter() *Button {
	b.trailing = true
	b.Refresh()
	return b
}

// Text returns what the button says.
func (b *Button) Text() string { return b.text }

// SetText changes what the button says.
func (b *Button) SetText(text string) {
	if b.text == text {
		return
	}
	b.text = text
	b.label.SetText(text)
	b.Refresh()
}

// SetKind changes how much the button wants to be pressed.
func (b *Button) SetKind(kind ButtonKind) {
	if b.kind == kind {
		return
	}
	b.kind = kind
	b.Refresh()
}

// SetIcon changes the icon of a button which was made with one.
func (b *Button) SetIcon(name string) {
	if b.icon == nil || b.iconName == name {
		return
	}
	b.iconName = name
	b.Refresh()
}

// Kind returns how much the button wants to be pressed.
func (b *Button) Kind() ButtonKind { return b.kind }

// SetEnabled enables or disables.
func (b *Button) SetEnabled(on bool) {
	if on {
		b.Enable()
	} else {
		b.Disable()
	}
}

// AccessibilityLabel implements fyne.Accessible.
func (b *Button) AccessibilityLabel() string {
	if b.text == "" {
		return b.iconName
	}
	return b.text
}

// CreateRenderer implements fyne.Widget.
func (b *Button) CreateRenderer() fyne.WidgetRenderer { return &buttonRenderer{b} }

func (b *Button) style() (SurfaceStyle, fyne.ThemeColorName) {
	s, text := SurfaceStyle{Radius: 6, StrokeWidth: 1, Fill: ColorSurface, Stroke: ColorBorder}, fyne.ThemeColorName(ColorText)
	bare := b.kind == Quiet || b.kind == Link
	switch b.kind {
	case Primary:
		s.Fill, s.Stroke, text = ColorPrimary, ColorPrimary, ColorOnPrimary
	case Danger:
		s.Stroke, text = ColorDanger, ColorDanger
	case DangerFilled:
		s.Fill, s.Stroke, text = ColorDanger, ColorDanger, ColorOnDanger
	case Quiet:
		s.Fill, s.Stroke, text = "", "", ColorText2
	case Link:
		s.Fill, s.Stroke, text = "", "", ColorLink
	case Outlined:
	}
	if b.Disabled() {
		text = ColorDisabled
		if !bare {
			s.Fill, s.Stroke = ColorInset, ColorLine
		}
		return s, text
	}
	if b.Hovered() && b.kind != Primary && b.kind != DangerFilled {
		s.Fill = ColorRowHover
	}
	return s, text
}

func (b *Button) apply() {
	style, text := b.style()
	b.surface.SetStyle(style)
	b.label.Set(b.text, text)
	if b.icon != nil {
		b.icon.Set(b.iconName, text)
	}
	showIf(b.ring, b.RingVisible() && !b.Disabled())
}

type buttonRenderer struct{ b *Button }

func (r *buttonRenderer) Destroy() {}

func (r *buttonRenderer) Objects() []fyne.CanvasObject {
	objects := []fyne.CanvasObject{r.b.ring, r.b.surface, r.b.label}
	if r.b.icon != nil {
		objects = append(objects, r.b.icon)
	}
	return objects
}

func (r *buttonRenderer) widths() (pad, icon, gap, label float32) {
	pad = 12
	if r.b.icon != nil {
		icon = 16
		if r.b.text != "" {
			gap = 8
		} else {
			pad = 8
		}
	}
	if r.b.text != "" {
		label = r.b.label.MinSize().Width
	}
	return pad, icon, gap, label
}

func (r *buttonRenderer) MinSize() fyne.Size {
	pad, icon, gap, label := r.widths()
	return fyne.NewSize(2*pad+icon+gap+label, 32)
}

func (r *buttonRenderer) Layout(s fyne.Size) {
	_, icon, gap, label := r.widths()
	r.b.surface.Resize(s)
	layRing(r.b.ring, s, 4)
	x := (s.Width - icon - gap - label) / 2
	iconX, labelX := x, x+icon+gap
	if r.b.trailing {
		iconX, labelX = x+label+gap, x
	}
	if r.b.icon != nil {
		r.b.icon.Resize(fyne.NewSquareSize(icon))
		r.b.icon.Move(fyne.NewPos(iconX, (s.Height-icon)/2))
	}
	r.b.label.Resize(fyne.NewSize(label, 20))
	r.b.label.Move(fyne.NewPos(labelX, (s.Height-20)/2))
}

func (r *buttonRenderer) Refresh() {
	r.b.apply()
	r.Layout(r.b.Size())
	r.b.surface.Refresh()
	r.b.label.Refresh()
}
