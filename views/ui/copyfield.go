package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// CopyField shows an id, an address or a path in the fixed-width font with a button which copies it whole.
type CopyField struct {
	widget.BaseWidget

	text   *Text
	button *Button
	root   fyne.CanvasObject
}

// NewCopyField makes the field.
func NewCopyField(text string) *CopyField {
	f := &CopyField{text: NewCut(RoleMono, ColorText, text)}
	f.button = NewIconButton(Quiet, "", "copy", f.copy).Named("Copy")
	f.button.OnState = func() {
		if !f.button.Hovered() && !f.button.Focused() {
			f.button.SetIcon("copy")
		}
	}
	f.root = container.New(&copyLayout{f.text}, f.text, f.button)
	f.ExtendBaseWidget(f)
	return f
}

// SetText changes what is shown and copied.
func (f *CopyField) SetText(text string) { f.text.SetText(text) }

// Button returns the control which copies.
func (f *CopyField) Button() *Button { return f.button }

// Inside implements Holder.
func (f *CopyField) Inside() fyne.CanvasObject { return f.root }

// CreateRenderer implements fyne.Widget.
func (f *CopyField) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(f.root) }

func (f *CopyField) copy() {
	fyne.CurrentApp().Clipboard().SetContent(f.text.Text())
	f.button.SetIcon("checkmark")
}

// copyLayout keeps the button right behind the text, which is cut only where it must be.
type copyLayout struct{ text *Text }

func (l *copyLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(120, 32) }

func (l *copyLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	size, style, _ := l.text.metrics()
	w := fyne.Min(s.Width-40, fyne.MeasureText(l.text.text, size, style).Width+1)
	o[0].Move(fyne.NewPos(0, 0))
	o[0].Resize(fyne.NewSize(w, s.Height))
	o[1].Move(fyne.NewPos(w+8, (s.Height-32)/2))
	o[1].Resize(fyne.NewSquareSize(32))
}
