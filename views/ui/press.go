package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// Press is what every clickable widget embeds: hover, focus, and activation by click, Enter and Space.
// Keys which it doesn't use go on to the canvas.
//
// A click focuses the widget, too, but shows no ring until a key is typed.
type Press struct {
	widget.DisableableWidget

	OnPress func()                    // clicked, Enter or Space
	OnKey   func(*fyne.KeyEvent) bool // looks at other keys first; true means used
	OnState func()                    // hover or focus changed
	self    focusableWidget           // the outer widget
	hovered bool
	focused bool
	quiet   bool // focused by a click: no ring yet
}

type focusableWidget interface {
	fyne.Widget
	fyne.Focusable
}

// Extend makes outer the widget which takes focus and refreshes.
func (p *Press) Extend(outer focusableWidget) {
	p.self = outer
	p.ExtendBaseWidget(outer)
}

// Hovered tells whether the pointer is over the widget.
func (p *Press) Hovered() bool { return p.hovered && !p.Disabled() }

// Focused tells whether keys go to the widget.
func (p *Press) Focused() bool { return p.focused }

// RingVisible tells whether the focus ring is to be drawn.
func (p *Press) RingVisible() bool { return p.focused && !p.quiet }

// Activate does what a click does.
func (p *Press) Activate() {
	if !p.Disabled() && p.OnPress != nil {
		p.OnPress()
	}
}

// Tapped implements fyne.Tappable.
func (p *Press) Tapped(*fyne.PointEvent) {
	if p.Disabled() {
		return
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(p.self); c != nil && c.Focused() != p.self {
		p.quiet = true
		c.Focus(p.self)
	}
	p.Activate()
}

// FocusGained implements fyne.Focusable.
func (p *Press) FocusGained() {
	p.focused = true
	p.changed()
	if !p.quiet {
		reveal(p.self) // a click found it in sight
	}
}

// FocusLost implements fyne.Focusable.
func (p *Press) FocusLost() {
	p.focused, p.quiet = false, false
	p.changed()
}

// TypedRune implements fyne.Focusable.
func (p *Press) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (p *Press) TypedKey(e *fyne.KeyEvent) {
	if p.quiet {
		p.quiet = false
		p.changed()
	}
	if p.OnKey != nil && p.OnKey(e) {
		return
	}
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		p.Activate()
	default:
		ForwardKey(p.self, e)
	}
}

// MouseIn implements desktop.Hoverable.
func (p *Press) MouseIn(*desktop.MouseEvent) {
	p.hovered = true
	p.changed()
}

// MouseMoved implements desktop.Hoverable.
func (p *Press) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (p *Press) MouseOut() {
	p.hovered = false
	p.changed()
}

// Cursor implements desktop.Cursorable.
func (p *Press) Cursor() desktop.Cursor {
	if p.Disabled() {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// AccessibilityRole implements fyne.Accessible.
func (p *Press) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

func (p *Press) changed() {
	if p.OnState != nil {
		p.OnState()
	}
	p.Refresh()
}

// ForwardKey hands a key which from doesn't use to whoever listens on the canvas, so that F1, F6 and Escape work everywhere.
func ForwardKey(from fyne.CanvasObject, e *fyne.KeyEvent) {
	c := fyne.CurrentApp().Driver().CanvasForObject(from)
	if c == nil {
		return
	}
	if f := c.OnTypedKey(); f != nil {
		f(e)
	}
}

// ForwardShortcut hands a shortcut which from doesn't use to the canvas.
func ForwardShortcut(from fyne.CanvasObject, s fyne.Shortcut) {
	if c, ok := fyne.CurrentApp().Driver().CanvasForObject(from).(fyne.Shortcutable); ok {
		c.TypedShortcut(s)
	}
}

// Focus gives the focus to o, if it is on a canvas.
func Focus(o fyne.Focusable) {
	object, ok := o.(fyne.CanvasObject)
	if !ok {
		return
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(object); c != nil {
		c.Focus(o)
	}
}

// focusRing is the ring of 2 in Primary, 2 outside of what it surrounds (or 2 inside, where a scroller would cut it).
func focusRing(radius float32) *Surface {
	s := NewSurface(SurfaceStyle{Stroke: ColorPrimary, StrokeWidth: 2, Radius: radius + 4})
	s.Hide()
	return s
}

func layRing(ring *Surface, size fyne.Size, out float32) {
	ring.Move(fyne.NewPos(-out, -out))
	ring.Resize(size.AddWidthHeight(2*out, 2*out))
}

// SetVisible shows or hides without a needless redraw.
func SetVisible(o fyne.CanvasObject, visible bool) {
	switch {
	case visible && !o.Visible():
		o.Show()
	case !visible && o.Visible():
		o.Hide()
	}
}
