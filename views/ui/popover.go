package ui

import "fyne.io/fyne/v2"

// Popover shows content below a control until Escape, a click outside, or Close.
type Popover struct {
	OnClosed func()

	o      *overlay
	anchor fyne.CanvasObject
	pinned bool
}

// ShowPopover opens content of a width below anchor, aligned with its right edge, as tall as it needs but within the canvas.
// Opened by hovering (pinned false), it also closes when the pointer leaves, until a click pins it.
func ShowPopover(anchor, content fyne.CanvasObject, width float32, pinned bool) *Popover {
	c := fyne.CurrentApp().Driver().CanvasForObject(anchor)
	if c == nil {
		return nil
	}
	p := &Popover{anchor: anchor, pinned: pinned, o: newOverlay(c, content, false)}
	p.o.place = func(s fyne.Size) (fyne.Position, fyne.Size) {
		pos := fyne.CurrentApp().Driver().AbsolutePositionForObject(anchor).AddXY(anchor.Size().Width+8-width, anchor.Size().Height+12)
		pos.X = fyne.Max(8, fyne.Min(pos.X, s.Width-width-8))
		height := fyne.Min(heightAt(content, width), s.Height-pos.Y-16)
		return pos, fyne.NewSize(width, height)
	}
	p.o.onKey = func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			p.Close()
		}
	}
	p.o.onTap = func(at fyne.Position) {
		if p.overAnchor(at, 0) && !p.pinned {
			p.pinned = true
			return
		}
		p.Close()
	}
	p.o.onMove = func(at fyne.Position) {
		if !p.pinned && !p.o.inside(at) && !p.overAnchor(at, 16) {
			p.Close()
		}
	}
	p.o.onClosed = func() {
		if p.OnClosed != nil {
			p.OnClosed()
		}
	}
	p.o.show()
	return p
}

// Close closes the popover.
func (p *Popover) Close() { p.o.close() }

// Refresh fits the popover to content which changed.
func (p *Popover) Refresh() { p.o.Refresh() }

func (p *Popover) overAnchor(at fyne.Position, margin float32) bool {
	pos := fyne.CurrentApp().Driver().AbsolutePositionForObject(p.anchor).SubtractXY(margin, margin)
	size := p.anchor.Size().AddWidthHeight(2*margin, 2*margin)
	return at.X >= pos.X && at.Y >= pos.Y && at.X < pos.X+size.Width && at.Y < pos.Y+size.Height
}
