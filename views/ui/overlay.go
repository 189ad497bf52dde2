package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// overlay floats above the window, takes the keys meanwhile, and gives them back when it closes.
type overlay struct {
	widget.BaseWidget

	canvas   fyne.Canvas
	content  fyne.CanvasObject
	surface  *Surface
	dim      *canvas.Rectangle // nil unless modal
	place    func(canvas fyne.Size) (fyne.Position, fyne.Size)
	onKey    func(*fyne.KeyEvent)
	onTap    func(fyne.Position) // outside of the content
	onMove   func(fyne.Position)
	onClosed func()
	before   func(*fyne.KeyEvent)
	open     bool
}

func newOverlay(c fyne.Canvas, content fyne.CanvasObject, modal bool) *overlay {
	o := &overlay{canvas: c, content: content}
	o.surface = NewSurface(SurfaceStyle{Fill: ColorSurface, Stroke: ColorLine, StrokeWidth: 1, Radius: 12, Elevation: Raised})
	if modal {
		o.dim = canvas.NewRectangle(nil)
	}
	o.ExtendBaseWidget(o)
	return o
}

func (o *overlay) show() {
	if o.open {
		return
	}
	o.open = true
	o.before = o.canvas.OnTypedKey()
	o.canvas.SetOnTypedKey(o.onKey)
	o.Resize(o.canvas.Size())
	o.canvas.Overlays().Add(o)
	o.BaseWidget.Show()
}

func (o *overlay) close() {
	if !o.open {
		return
	}
	o.open = false
	o.canvas.Overlays().Remove(o)
	o.canvas.SetOnTypedKey(o.before)
	if o.onClosed != nil {
		o.onClosed()
	}
}

func (o *overlay) inside(p fyne.Position) bool {
	pos, size := o.surface.Position(), o.surface.Size()
	return p.X >= pos.X && p.Y >= pos.Y && p.X < pos.X+size.Width && p.Y < pos.Y+size.Height
}

// Tapped implements fyne.Tappable.
func (o *overlay) Tapped(e *fyne.PointEvent) {
	if !o.inside(e.Position) && o.onTap != nil {
		o.onTap(e.Position)
	}
}

// MouseIn implements desktop.Hoverable.
func (o *overlay) MouseIn(*desktop.MouseEvent) {}

// MouseMoved implements desktop.Hoverable.
func (o *overlay) MouseMoved(e *desktop.MouseEvent) {
	if o.onMove != nil {
		o.onMove(e.Position)
	}
}

// MouseOut implements desktop.Hoverable.
func (o *overlay) MouseOut() {}

// Inside implements Holder.
func (o *overlay) Inside() fyne.CanvasObject { return o.content }

// CreateRenderer implements fyne.Widget.
func (o *overlay) CreateRenderer() fyne.WidgetRenderer {
	r := &overlayRenderer{o}
	r.paint()
	return r
}

type overlayRenderer struct{ o *overlay }

func (r *overlayRenderer) Destroy()           {}
func (r *overlayRenderer) MinSize() fyne.Size { return r.o.content.MinSize() }

func (r *overlayRenderer) Objects() []fyne.CanvasObject {
	if r.o.dim != nil {
		return []fyne.CanvasObject{r.o.dim, r.o.surface, r.o.content}
	}
	return []fyne.CanvasObject{r.o.surface, r.o.content}
}

func (r *overlayRenderer) Layout(s fyne.Size) {
	if r.o.dim != nil {
		r.o.dim.Resize(s)
	}
	pos, size := r.o.place(s)
	for _, c := range []fyne.CanvasObject{r.o.surface, r.o.content} {
		c.Move(pos)
		c.Resize(size)
	}
}

func (r *overlayRenderer) paint() {
	if r.o.dim != nil {
		r.o.dim.FillColor = r.o.Theme().Color(theme.ColorNameShadow, fyne.CurrentApp().Settings().ThemeVariant())
	}
}

func (r *overlayRenderer) Refresh() {
	r.paint()
	r.Layout(r.o.Size())
	if r.o.dim != nil {
		r.o.dim.Refresh()
	}
	r.o.surface.Refresh()
	r.o.content.Refresh()
}
