// Package uitest drives views in tests with Fyne's test driver: it types keys as a window would, and reads what is on screen.
package uitest

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"cloudappsecurity/views/ui"
)

// Open shows content in a window with the program's light theme.
func Open(t *testing.T, content fyne.CanvasObject, width, height float32) fyne.Canvas {
	t.Helper()
	return OpenWith(t, width, height, func(fyne.Canvas) fyne.CanvasObject { return content })
}

// OpenWith is Open for content that needs its canvas.
func OpenWith(t *testing.T, width, height float32, content func(fyne.Canvas) fyne.CanvasObject) fyne.Canvas {
	t.Helper()
	t.Setenv("LANG", "en_US.UTF-8")
	a := test.NewTempApp(t)
	a.Settings().SetTheme(ui.NewTheme(ui.VariantLight))
	w := test.NewTempWindow(t, nil)
	w.SetPadded(false)
	w.SetContent(content(w.Canvas()))
	w.Resize(fyne.NewSize(width, height))
	return w.Canvas()
}

// Key types a key: to what has the focus, or else to the canvas.
func Key(c fyne.Canvas, names ...fyne.KeyName) {
	for _, name := range names {
		e := &fyne.KeyEvent{Name: name}
		switch f := c.Focused(); {
		case name == fyne.KeyTab:
			c.FocusNext()
		case f != nil:
			f.TypedKey(e)
		case c.OnTypedKey() != nil:
			c.OnTypedKey()(e)
		}
	}
}

// Objects lists what is visible, in the order in which it is drawn.
func Objects(o fyne.CanvasObject) []fyne.CanvasObject {
	if o == nil || !o.Visible() {
		return nil
	}
	list := []fyne.CanvasObject{o}
	switch c := o.(type) {
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(c).Objects() {
			list = append(list, Objects(child)...)
		}
	case *fyne.Container:
		for _, child := range c.Objects {
			list = append(list, Objects(child)...)
		}
	}
	return list
}

// Find lists the visible objects of a type.
func Find[T fyne.CanvasObject](o fyne.CanvasObject) []T {
	var found []T
	for _, c := range Objects(o) {
		if match, ok := c.(T); ok {
			found = append(found, match)
		}
	}
	return found
}

// Texts lists the visible texts.
func Texts(o fyne.CanvasObject) []string {
	var texts []string
	for _, t := range Find[*ui.Text](o) {
		if t.Text() != "" {
			texts = append(texts, strings.ReplaceAll(t.Text(), "\u00a0", " ")) // spaces are spaces to who reads
		}
	}
	return texts
}

// Shows tells whether a text is visible.
func Shows(o fyne.CanvasObject, text string) bool {
	return strings.Contains("\n"+strings.Join(Texts(o), "\n")+"\n", "\n"+text+"\n")
}

// Button finds a visible button by its words, or fails.
func Button(t *testing.T, o fyne.CanvasObject, text string) *ui.Button {
	t.Helper()
	for _, b := range Find[*ui.Button](o) {
		if b.Text() == text {
			return b
		}
	}
	t.Fatalf("no button %q; texts: %q", text, Texts(o))
	return nil
}

// Overlay is the topmost popover or dialog, or nil.
func Overlay(c fyne.Canvas) fyne.CanvasObject {
	if top := c.Overlays().Top(); top != nil {
		return top
	}
	return nil
}
