package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// ScrollUpTo is as tall as its content, up to a height from which on it scrolls.
func ScrollUpTo(height float32, content fyne.CanvasObject) *fyne.Container {
	scroll := container.NewVScroll(content)
	return container.New(&upToLayout{height, content}, scroll)
}

type upToLayout struct {
	height  float32
	content fyne.CanvasObject
}

func (l *upToLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	m := l.content.MinSize()
	return fyne.NewSize(m.Width, fyne.Min(l.height, m.Height))
}

func (l *upToLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	heightAt(l.content, size.Width)
	for _, o := range objects {
		o.Move(fyne.Position{})
		o.Resize(size)
	}
}

// ByWidth lays out a page for its width: it calls choose whenever the width changes and shows what it returns.
func ByWidth(choose func(width float32) fyne.CanvasObject) *fyne.Container {
	return container.New(&byWidthLayout{choose: choose}, choose(1200))
}

type byWidthLayout struct {
	choose func(float32) fyne.CanvasObject
}

func (l *byWidthLayout) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

func (l *byWidthLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0] = l.choose(size.Width)
	objects[0].Move(fyne.Position{})
	objects[0].Resize(size)
}

// Bleed lets an object reach beyond its place by a space at each side. A scroller which bleeds by the padding of its
// content cuts neither shadows nor focus rings.
func Bleed(space float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&bleedLayout{space}, o)
}

type bleedLayout struct{ space float32 }

func (l *bleedLayout) MinSize(o []fyne.CanvasObject) fyne.Size { return o[0].MinSize() }

func (l *bleedLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	o[0].Move(fyne.NewPos(-l.space, -l.space))
	o[0].Resize(s.AddWidthHeight(2*l.space, 2*l.space))
}
