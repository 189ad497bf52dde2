package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Holder is a widget that is made of other objects, some of which may take the focus. Fyne shows what it scrolls to nobody else:
// without this, what has the focus could not be brought into sight.
type Holder interface {
	Inside() fyne.CanvasObject
}

// parts lists what is directly within o, as far as it can hold what takes the focus.
func parts(o fyne.CanvasObject) []fyne.CanvasObject {
	switch c := o.(type) {
	case *fyne.Container:
		return c.Objects
	case *container.Scroll:
		return []fyne.CanvasObject{c.Content}
	case *container.ThemeOverride:
		return []fyne.CanvasObject{c.Content}
	case Holder:
		return []fyne.CanvasObject{c.Inside()}
	}
	return nil
}

// path leads from o down to target, both included; nil where target isn't within o.
func path(o, target fyne.CanvasObject) []fyne.CanvasObject {
	if o == nil || !o.Visible() {
		return nil
	}
	if o == target {
		return []fyne.CanvasObject{o}
	}
	for _, part := range parts(o) {
		if way := path(part, target); way != nil {
			return append([]fyne.CanvasObject{o}, way...)
		}
	}
	return nil
}

// revealRoom stays free around what is brought into sight: its focus ring, and a hint that there is more.
const revealRoom = 16

// reveal scrolls whatever o lies in so that o is in sight, as the focus does when it comes by keyboard.
func reveal(o fyne.CanvasObject) {
	c := fyne.CurrentApp().Driver().CanvasForObject(o)
	if c == nil {
		return
	}
	root := c.Content()
	if top := c.Overlays().Top(); top != nil {
		root = top
	}
	way := path(root, o)
	place := fyne.Position{}
	for _, part := range slices.Backward(way) {
		if s, ok := part.(*container.Scroll); ok {
			place = intoSight(s, place, o.Size().Height)
		}
		place = place.Add(part.Position())
	}
}

// intoSight scrolls s as little as shows what stands at a place in it, and gives the place where that stands then. Of what is higher
// than s, the top is shown.
func intoSight(s *container.Scroll, place fyne.Position, height float32) fyne.Position {
	by, top := float32(0), place.Y-revealRoom
	if over := place.Y + height + revealRoom - s.Size().Height; over > 0 {
		by = over
	}
	if top < 0 || by > 0 {
		by = fyne.Min(by, top)
	}
	if by == 0 {
		return place
	}
	before := s.Offset
	s.ScrollToOffset(s.Offset.AddXY(0, by))
	return place.Add(before.Subtract(s.Offset))
}

// ScrollBy answers the keys which scroll a page where nothing else used them: arrows by a few lines, Page Up and Page Down, Home and
// End. It tells whether o has something that scrolls.
func ScrollBy(o fyne.CanvasObject, key fyne.KeyName) bool {
	s := firstScroll(o)
	if s == nil {
		return false
	}
	const line = 40
	page := fyne.Max(line, s.Size().Height-2*line)
	switch key {
	case fyne.KeyUp:
		s.ScrollToOffset(s.Offset.AddXY(0, -line))
	case fyne.KeyDown:
		s.ScrollToOffset(s.Offset.AddXY(0, line))
	case fyne.KeyPageUp:
		s.ScrollToOffset(s.Offset.AddXY(0, -page))
	case fyne.KeyPageDown:
		s.ScrollToOffset(s.Offset.AddXY(0, page))
	case fyne.KeyHome:
		s.ScrollToTop()
	case fyne.KeyEnd:
		s.ScrollToBottom()
	default:
		return false
	}
	return true
}

func firstScroll(o fyne.CanvasObject) *container.Scroll {
	if o == nil || !o.Visible() {
		return nil
	}
	if s, ok := o.(*container.Scroll); ok {
		return s
	}
	for _, part := range parts(o) {
		if s := firstScroll(part); s != nil {
			return s
		}
	}
	return nil
}
