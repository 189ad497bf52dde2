package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// Ring turns while something of unknown length is under way. It stands still where animations are off or the theme is still.
type Ring struct {
	widget.BaseWidget

	side        float32
	track, head *canvas.Arc
	turn        *fyne.Animation
}

// NewRing makes a ring; 24 beside a title, 16 in line.
func NewRing(side float32) *Ring {
	cutout := 1 - 6/side
	if side < 20 {
		cutout = 1 - 4/side
	}
	r := &Ring{side: side, track: canvas.NewArc(0, 360, cutout, nil), head: canvas.NewArc(0, 90, cutout, nil)}
	r.ExtendBaseWidget(r)
	r.point(0.11)
	return r
}

// Show implements fyne.CanvasObject and starts the motion.
func (r *Ring) Show() {
	r.BaseWidget.Show()
	r.start()
}

// Hide implements fyne.CanvasObject and stops the motion.
func (r *Ring) Hide() {
	r.BaseWidget.Hide()
	r.stop()
}

// Turning tells whether the ring is moving.
func (r *Ring) Turning() bool { return r.turn != nil }

// CreateRenderer implements fyne.Widget.
func (r *Ring) CreateRenderer() fyne.WidgetRenderer {
	rr := &ringRenderer{r}
	rr.Refresh()
	if r.Visible() {
		r.start()
	}
	return rr
}

func (r *Ring) start() {
	if r.turn != nil || !fyne.CurrentApp().Settings().ShowAnimations() {
		return
	}
	r.turn = fyne.NewAnimation(900*time.Millisecond, func(part float32) {
		if r.Theme().Size(SizeMotion) == 0 {
			return // the window is hidden: redrawing would be for nobody
		}
		r.point(part)
		r.head.Refresh()
	})
	r.turn.Curve = fyne.AnimationLinear
	r.turn.RepeatCount = fyne.AnimationRepeatForever
	r.turn.Start()
}

func (r *Ring) stop() {
	if r.turn != nil {
		r.turn.Stop()
		r.turn = nil
	}
}

func (r *Ring) point(part float32) {
	r.head.StartAngle = part * 360
	r.head.EndAngle = part*360 + 90
}

type ringRenderer struct{ r *Ring }

func (r *ringRenderer) Destroy() { r.r.stop() }

func (r *ringRenderer) Layout(s fyne.Size) {
	for _, a := range []*canvas.Arc{r.r.track, r.r.head} {
		a.Resize(fyne.NewSquareSize(r.r.side))
		a.Move(fyne.NewPos((s.Width-r.r.side)/2, (s.Height-r.r.side)/2))
	}
}

func (r *ringRenderer) MinSize() fyne.Size           { return fyne.NewSquareSize(r.r.side) }
func (r *ringRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.r.track, r.r.head} }

func (r *ringRenderer) Refresh() {
	th, v := r.r.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	r.r.track.FillColor = th.Color(ColorNeutralSoft, v)
	r.r.head.FillColor = th.Color(ColorPrimary, v)
	r.r.track.Refresh()
	r.r.head.Refresh()
}
