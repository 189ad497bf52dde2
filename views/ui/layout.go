package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
)

// Column stacks objects with a gap, each as wide as the column. Wrapped text gets its width before its height is asked for.
func Column(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&columnLayout{gap: gap}, objects...)
}

// ColumnWithGrowing is a Column whose object at index grow takes the height which is left.
func ColumnWithGrowing(gap float32, grow int, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&columnLayout{gap: gap, grow: grow + 1}, objects...)
}

// Row puts objects side by side with a gap, centred vertically. Spacers (see Spring) and growing objects share what is left.
func Row(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&rowLayout{gap: gap}, objects...)
}

// RowTop is a Row aligned at the top.
func RowTop(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&rowLayout{gap: gap, top: true}, objects...)
}

// Spring takes the space which a Row has left.
func Spring() fyne.CanvasObject { return Grow(container.NewWithoutLayout()) }

// Grow lets an object take the width which a Row has left.
func Grow(o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(&growLayout{}, o)
}

// Space is an empty object of a size.
func Space(width, height float32) fyne.CanvasObject {
	r := canvas.NewRectangle(color.Transparent)
	r.SetMinSize(fyne.NewSize(width, height))
	return r
}

// Pad surrounds an object with empty space: top, right, bottom, left.
func Pad(top, right, bottom, left float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&padLayout{top, right, bottom, left}, o)
}

// Inset surrounds an object with the same space at each side.
func Inset(space float32, o fyne.CanvasObject) *fyne.Container {
	return Pad(space, space, space, space, o)
}

// Fixed gives an object a fixed size; 0 leaves a dimension to the object.
func Fixed(width, height float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&fixedLayout{fyne.NewSize(width, height)}, o)
}

// AtMost keeps an object at its leading edge, no wider than width.
func AtMost(width float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&atMostLayout{width}, o)
}

// Columns shares the width equally, with a gap; all are as tall as the tallest.
func Columns(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&columnsLayout{gap: gap}, objects...)
}

// SharedColumns shares the width in the given proportions.
func SharedColumns(gap float32, shares []float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&columnsLayout{gap: gap, shares: shares}, objects...)
}

func visible(objects []fyne.CanvasObject) []fyne.CanvasObject {
	var shown []fyne.CanvasObject
	for _, o := range objects {
		if o.Visible() {
			shown = append(shown, o)
		}
	}
	return shown
}

// heightAt resizes o to a width first, so that wrapped text knows its height.
func heightAt(o fyne.CanvasObject, width float32) float32 {
	if o.Size().Width != width {
		o.Resize(fyne.NewSize(width, o.Size().Height))
	}
	return o.MinSize().Height
}

type columnLayout struct {
	gap  float32
	grow int // 1-based; 0 is none
}

func (l *columnLayout) MinSize(objects []fyne.CanvasObject) (min fyne.Size) {
	for i, o := range visible(objects) {
		m := o.MinSize()
		min.Width = fyne.Max(min.Width, m.Width)
		min.Height += m.Height
		if i > 0 {
			min.Height += l.gap
		}
	}
	return min
}

func (l *columnLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	shown := visible(objects)
	heights, left := make([]float32, len(shown)), size.Height
	for i, o := range shown {
		heights[i] = heightAt(o, size.Width)
		left -= heights[i]
		if i > 0 {
			left -= l.gap
		}
	}
	y := float32(0)
	for i, o := range shown {
		if l.grow > 0 && o == objects[l.grow-1] && left > 0 {
			heights[i] += left
		}
		o.Move(fyne.NewPos(0, y))
		o.Resize(fyne.NewSize(size.Width, heights[i]))
		y += heights[i] + l.gap
	}
}

type growLayout struct{}

func (l *growLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	if len(objects) == 0 || !objects[0].Visible() {
		return fyne.Size{}
	}
	return objects[0].MinSize()
}

func (l *growLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.Position{})
		o.Resize(size)
	}
}

func grows(o fyne.CanvasObject) bool {
	c, ok := o.(*fyne.Container)
	if !ok {
		return false
	}
	_, ok = c.Layout.(*growLayout)
	return ok
}

// abreast is the smallest size of objects side by side.
func abreast(objects []fyne.CanvasObject, gap float32) (min fyne.Size) {
	for i, o := range visible(objects) {
		m := o.MinSize()
		min.Height = fyne.Max(min.Height, m.Height)
		min.Width += m.Width
		if i > 0 {
			min.Width += gap
		}
	}
	return min
}

type rowLayout struct {
	gap float32
	top bool
}

func (l *rowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size { return abreast(objects, l.gap) }

func (l *rowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	shown := visible(objects)
	left, growing := size.Width, 0
	for i, o := range shown {
		left -= o.MinSize().Width
		if i > 0 {
			left -= l.gap
		}
		if grows(o) {
			growing++
		}
	}
	x := float32(0)
	for _, o := range shown {
		w := o.MinSize().Width
		if growing > 0 && grows(o) {
			w = fyne.Max(0, w+left/float32(growing))
		}
		h := fyne.Min(heightAt(o, w), size.Height)
		y := (size.Height - h) / 2
		if l.top {
			y = 0
		}
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(w, h))
		x += w + l.gap
	}
}

type padLayout struct{ top, right, bottom, left float32 }

func (l *padLayout) MinSize(objects []fyne.CanvasObject) (min fyne.Size) {
	for _, o := range visible(objects) {
		min = min.Max(o.MinSize())
	}
	return min.AddWidthHeight(l.left+l.right, l.top+l.bottom)
}

func (l *padLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(l.left, l.top))
		o.Resize(size.SubtractWidthHeight(l.left+l.right, l.top+l.bottom))
	}
}

type fixedLayout struct{ size fyne.Size }

func (l *fixedLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	min := l.size
	for _, o := range visible(objects) {
		if l.size.Width == 0 {
			min.Width = fyne.Max(min.Width, o.MinSize().Width)
		}
		if l.size.Height == 0 {
			min.Height = fyne.Max(min.Height, o.MinSize().Height)
		}
	}
	return min
}

func (l *fixedLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.Position{})
		o.Resize(size)
	}
}

type atMostLayout struct{ width float32 }

func (l *atMostLayout) MinSize(objects []fyne.CanvasObject) (min fyne.Size) {
	for _, o := range visible(objects) {
		min = min.Max(o.MinSize())
	}
	return min
}

func (l *atMostLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		w := fyne.Min(size.Width, l.width)
		o.Move(fyne.Position{})
		o.Resize(fyne.NewSize(w, size.Height))
	}
}

type columnsLayout struct {
	gap    float32
	shares []float32
}

func (l *columnsLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return abreast(objects, l.gap)
}

func (l *columnsLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	shown := visible(objects)
	if len(shown) == 0 {
		return
	}
	share := func(i int) float32 {
		if i < len(l.shares) {
			return l.shares[i]
		}
		return 1
	}
	total := float32(0)
	for i := range shown {
		total += share(i)
	}
	free, x := size.Width-l.gap*float32(len(shown)-1), float32(0)
	for i, o := range shown {
		w := free * share(i) / total
		o.Move(fyne.NewPos(x, 0))
		o.Resize(fyne.NewSize(w, size.Height))
		x += w + l.gap
	}
}
