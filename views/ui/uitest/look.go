package uitest

import (
	"errors"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
)

// PicturesTo is the environment variable which names the folder that Picture writes to. Without it, no picture is drawn.
const PicturesTo = "CAS_PICTURES"

// Picture draws the canvas into a file of the folder that PicturesTo names.
func Picture(t *testing.T, c fyne.Canvas, name string) {
	t.Helper()
	dir := os.Getenv(PicturesTo)
	if dir == "" {
		return
	}
	f, err := os.Create(filepath.Join(dir, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(png.Encode(f, c.Capture()), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// rect is a place on the canvas.
type rect struct{ x, y, right, bottom float32 }

func at(p fyne.Position, s fyne.Size) rect { return rect{p.X, p.Y, p.X + s.Width, p.Y + s.Height} }

func (r rect) and(o rect) rect {
	return rect{max(r.x, o.x), max(r.y, o.y), min(r.right, o.right), min(r.bottom, o.bottom)}
}

// holds tells whether o lies within r, but for what nobody sees.
func (r rect) holds(o rect) bool {
	return o.x >= r.x-slack && o.y >= r.y-slack && o.right <= r.right+slack && o.bottom <= r.bottom+slack
}

func (r rect) empty() bool { return r.right-r.x <= slack || r.bottom-r.y <= slack }

func (r rect) String() string {
	return fmt.Sprintf("(%.0f,%.0f to %.0f,%.0f)", r.x, r.y, r.right, r.bottom)
}

// slack is what rounding to whole pixels, and letters which lean out of their line, may take.
const slack = 1.5

// piece is something that is drawn: where, and which part of it is in sight.
type piece struct {
	object     fyne.CanvasObject
	text       string
	full, seen rect
}

// surveyor walks what is on a canvas.
type surveyor struct {
	faults    []string
	pieces    []piece
	focusable []piece
	typed     int // how many entries are around what is looked at
}

// Faults tells what is wrong with what the canvas shows: text that reaches out of its place, is cut without "…" or lies upon other
// text, and targets that are too small. Each layer (the window, a dialog above it) is looked at by itself.
func Faults(c fyne.Canvas) []string {
	var all []string
	for _, layer := range layers(c) {
		s := survey(c, layer)
		s.overlaps()
		all = append(all, s.faults...)
	}
	return all
}

func layers(c fyne.Canvas) []fyne.CanvasObject {
	return append([]fyne.CanvasObject{c.Content()}, c.Overlays().List()...)
}

func survey(c fyne.Canvas, layer fyne.CanvasObject) *surveyor {
	s := &surveyor{}
	whole := at(fyne.Position{}, c.Size())
	s.walk(layer, layer.Position(), whole, []rect{whole})
	return s
}

// walk looks at o, whose place is given. around are the places of all that is above it, up to what scrolls.
func (s *surveyor) walk(o fyne.CanvasObject, pos fyne.Position, clip rect, around []rect) {
	if !o.Visible() {
		return
	}
	here := at(pos, o.Size())
	switch w := o.(type) {
	case *canvas.Text:
		s.letters(w, pos, clip, around)
	case *canvas.Image:
		s.pieces = append(s.pieces, piece{object: o, full: here, seen: here.and(clip)})
	}
	if _, ok := o.(fyne.Focusable); ok && !disabled(o) {
		s.target(o, here, clip)
	}
	var children []fyne.CanvasObject
	around = append(slices.Clip(around), here)
	switch w := o.(type) {
	case *fyne.Container:
		children = w.Objects
	case *container.Scroll:
		if s.typed > 0 {
			return // what is typed may be longer than its line
		}
		s.walk(w.Content, pos.Add(w.Content.Position()), clip.and(here), nil)
		return
	case fyne.Widget:
		if _, ok := w.(interface{ SelectedText() string }); ok {
			s.typed++
			defer func() { s.typed-- }()
		}
		children = test.WidgetRenderer(w).Objects()
	}
	for _, child := range children {
		s.walk(child, pos.Add(child.Position()), clip, around)
	}
}

func disabled(o fyne.CanvasObject) bool {
	d, ok := o.(fyne.Disableable)
	return ok && d.Disabled()
}

// letters looks at one line of text.
func (s *surveyor) letters(l *canvas.Text, pos fyne.Position, clip rect, around []rect) {
	if strings.TrimSpace(l.Text) == "" {
		return
	}
	size, base := fyne.CurrentApp().Driver().RenderedTextSize(l.Text, l.TextSize, l.TextStyle, nil)
	x := pos.X
	switch l.Alignment {
	case fyne.TextAlignCenter:
		x += (l.Size().Width - size.Width) / 2
	case fyne.TextAlignTrailing:
		x += l.Size().Width - size.Width
	case fyne.TextAlignLeading:
	}
	// From the top of capital letters to the end of those which hang below the line.
	ink := rect{x, pos.Y + base - 0.7*l.TextSize, x + size.Width, pos.Y + base + 0.2*l.TextSize}
	for _, a := range around {
		if !a.holds(ink) {
			s.fault("%q %v reaches out of %v", l.Text, ink, a)
			break
		}
	}
	seen := ink.and(clip)
	if !seen.empty() && (seen.x > ink.x+slack || seen.right < ink.right-slack) {
		s.fault("%q %v is cut at the edge of %v", l.Text, ink, clip)
	}
	s.pieces = append(s.pieces, piece{object: l, text: l.Text, full: ink, seen: seen})
}

// target looks at what can be pressed.
func (s *surveyor) target(o fyne.CanvasObject, here, clip rect) {
	p := piece{object: o, text: Name(o), full: here, seen: here.and(clip)}
	s.focusable = append(s.focusable, p)
	if here.right-here.x < 24-slack || here.bottom-here.y < 20 {
		s.fault("%s is a target of %.0f by %.0f", p.text, here.right-here.x, here.bottom-here.y)
	}
}

func (s *surveyor) fault(format string, a ...any) {
	s.faults = append(s.faults, fmt.Sprintf(format, a...))
}

// overlaps finds text which lies upon text or an icon.
func (s *surveyor) overlaps() {
	for i, a := range s.pieces {
		for _, b := range s.pieces[i+1:] {
			if a.text == "" && b.text == "" || badge(a) || badge(b) || a.seen.and(b.seen).empty() {
				continue
			}
			s.fault("%q %v lies upon %q %v", a.text, a.seen, b.text, b.seen)
		}
	}
}

// badge tells whether p is the count on an icon.
func badge(p piece) bool {
	l, ok := p.object.(*canvas.Text)
	return ok && l.TextSize == 11
}

// Name is what a screen reader says of o, or else its type.
func Name(o any) string {
	if a, ok := o.(fyne.Accessible); ok && a.AccessibilityLabel() != "" {
		return a.AccessibilityLabel()
	}
	return fmt.Sprintf("%T", o)
}

// TabFaults walks with Tab through the topmost layer and tells what is wrong: a control that Tab never reaches, or that has the focus
// where nobody sees it.
func TabFaults(c fyne.Canvas) []string {
	list := layers(c)
	top := list[len(list)-1]
	want := survey(c, top).focusable
	var faults []string
	reached := map[fyne.Focusable]bool{}
	c.Unfocus()
	for range len(want) + 2 {
		c.FocusNext()
		f := c.Focused()
		if f == nil || reached[f] {
			break
		}
		reached[f] = true
		for _, p := range survey(c, top).focusable {
			if p.object == f.(fyne.CanvasObject) && !seenEnough(p) { //nolint:forcetypeassert // what is focused is drawn
				faults = append(faults, fmt.Sprintf("%s has the focus at %v, of which %v is in sight", p.text, p.full, p.seen))
			}
		}
	}
	for _, p := range want {
		if f, ok := p.object.(fyne.Focusable); ok && !reached[f] && !p.full.empty() {
			faults = append(faults, fmt.Sprintf("Tab never reaches %s %v", p.text, p.full))
		}
	}
	c.Unfocus()
	return faults
}

// seenEnough tells whether p is in sight, or, where it is higher than what scrolls it, fills it.
func seenEnough(p piece) bool {
	return p.seen.right-p.seen.x >= p.full.right-p.full.x-slack && p.seen.bottom-p.seen.y >= min(p.full.bottom-p.full.y, 120)-slack
}
