// Command barewindow is the least that a program with Fyne can be: one window
// with one text, as large as the desktop program's, which Ctrl+W hides. "make
// bench" measures the desktop program against it.
package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

func main() {
	a := app.NewWithID("cloudappsecurity.barewindow")
	w := a.NewWindow("Bare window")
	w.SetMaster()
	w.Resize(fyne.NewSize(1240, 700))
	w.SetContent(widget.NewLabel("A window, and nothing else."))
	w.Canvas().AddShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyW, Modifier: fyne.KeyModifierControl},
		func(fyne.Shortcut) { w.Hide() })
	w.ShowAndRun()
}
