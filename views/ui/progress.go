package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// ProgressBar is a bar of known length: 8 high for work under way, 4 high for shares. Unknown length is a Ring, never a bar.
type ProgressBar struct {
	widget.BaseWidget

	height      float32
	share       float32
	track, fill *Surface
}

// NewProgressBar makes a bar of a height (8 or 4) in the colour of the tone.
func NewProgressBar(height float32, tone Tone) *ProgressBar {
	b := &ProgressBar{
		height: height,
		track:  NewSurface(SurfaceStyle{Fill: ColorNeutralSoft, Radius: height / 2}),
		fill:   NewSurface(SurfaceStyle{Fill: tone.Color(), Radius: height / 2}),
	}
	b.fill.Hide()
	b.ExtendBaseWidget(b)
	return b
}

// Set shows done of all.
func (b *ProgressBar) Set(done, all int) {
	share := float32(0)
	if all > 0 {
		share = min(1, float32(done)/float32(all))
	}
	if share == b.share {
		return
	}
	b.share = share
	b.Refresh()
}

// SetTone changes the colour.
func (b *ProgressBar) SetTone(tone Tone) {
	b.fill.SetStyle(SurfaceStyle{Fill: tone.Color(), Radius: b.height / 2})
}

// Share returns the part which is filled, 0 to 1.
func (b *ProgressBar) Share() float32 { return b.share }

// CreateRenderer implements fyne.Widget.
func (b *ProgressBar) CreateRenderer() fyne.WidgetRenderer { return &progressRenderer{b} }

type progressRenderer struct{ b *ProgressBar }

func (r *progressRenderer) Destroy()           {}
func (r *progressRenderer) MinSize() fyne.Size { return fyne.NewSize(32, r.b.height) }

func (r *progressRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.b.track, r.b.fill}
}

func (r *progressRenderer) Layout(s fyne.Size) {
	y := (s.Height - r.b.height) / 2
	r.b.track.Move(fyne.NewPos(0, y))
	r.b.track.Resize(fyne.NewSize(s.Width, r.b.height))
	r.b.fill.Move(fyne.NewPos(0, y))
	r.b.fill.Resize(fyne.NewSize(fyne.Max(r.b.height, s.Width*r.b.share), r.b.height))
	showIf(r.b.fill, r.b.share > 0)
}

func (r *progressRenderer) Refresh() {
	r.Layout(r.b.Size())
	r.b.track.Refresh()
	r.b.fill.Refresh()
}
