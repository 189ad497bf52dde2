package ui

import "fyne.io/fyne/v2"

// DialogText is what a dialog says.
type DialogText struct {
	Title   string
	Body    string
	Confirm string // verb + object
	Cancel  string // "" is "Cancel"
	Danger  bool   // Confirm destroys something
}

// Dialog is a modal question: Enter confirms (where the focus is on no other button), Escape cancels.
type Dialog struct {
	confirm, cancel *Button
	o               *overlay
}

// ShowDialog asks, with extra content below the text where it isn't nil, and calls confirmed or cancelled (each may be nil).
// A destructive dialog starts on Cancel.
func ShowDialog(c fyne.Canvas, t DialogText, content fyne.CanvasObject, confirmed, cancelled func()) *Dialog {
	if t.Cancel == "" {
		t.Cancel = "Cancel"
	}
	d := &Dialog{}
	finish := func(then func()) func() {
		return func() {
			d.o.close()
			if then != nil {
				then()
			}
		}
	}
	kind := Primary
	if t.Danger {
		kind = DangerFilled
	}
	d.confirm = NewButton(kind, t.Confirm, finish(confirmed))
	d.cancel = NewButton(Outlined, t.Cancel, finish(cancelled))
	body := Column(8, Title(t.Title), NewWrapped(RoleBody, ColorText2, t.Body))
	if content != nil {
		body.Add(Pad(8, 0, 0, 0, content))
	}
	body.Add(Pad(16, 0, 0, 0, Row(8, Spring(), d.cancel, d.confirm)))
	d.show(c, Inset(24, body), d.cancel.Activate, d.confirm.Activate)
	if t.Danger {
		c.Focus(d.cancel)
	} else {
		c.Focus(d.confirm)
	}
	return d
}

// ShowInfo shows content with a single button which closes it, as does Escape.
func ShowInfo(c fyne.Canvas, title string, width float32, content fyne.CanvasObject) *Dialog {
	d := &Dialog{}
	d.confirm = NewButton(Outlined, "Close", func() { d.o.close() })
	body := Column(16, Title(title), content, Row(8, Spring(), d.confirm))
	d.showWide(c, Inset(24, body), width, d.confirm.Activate, d.confirm.Activate)
	c.Focus(d.confirm)
	return d
}

// Close closes the dialog without calling anything.
func (d *Dialog) Close() { d.o.close() }

// Open tells whether the dialog is shown.
func (d *Dialog) Open() bool { return d.o.open }

// Confirm and Cancel are its buttons; ShowInfo has no Cancel.
func (d *Dialog) Confirm() *Button { return d.confirm }

// Cancel returns the button which closes without doing anything.
func (d *Dialog) Cancel() *Button { return d.cancel }

func (d *Dialog) show(c fyne.Canvas, content fyne.CanvasObject, escape, enter func()) {
	d.showWide(c, content, 480, escape, enter)
}

func (d *Dialog) showWide(c fyne.Canvas, content fyne.CanvasObject, width float32, escape, enter func()) {
	d.o = newOverlay(c, content, true)
	d.o.place = func(s fyne.Size) (fyne.Position, fyne.Size) {
		w := fyne.Min(width, s.Width-32)
		size := fyne.NewSize(w, fyne.Min(heightAt(content, w), s.Height-32))
		return fyne.NewPos((s.Width-w)/2, fyne.Max(16, (s.Height-size.Height)*0.42)), size
	}
	d.o.onKey = func(e *fyne.KeyEvent) {
		switch e.Name {
		case fyne.KeyEscape:
			escape()
		case fyne.KeyReturn, fyne.KeyEnter:
			enter()
		}
	}
	d.o.show()
}
