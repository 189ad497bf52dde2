package desktop

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// failure is the window of a program that could not open its data: what
// happened, what to do, "Try again" for whoever did it, "Reset demo" where that
// helps (else nil), and Quit.
func failure(e *service.Error, again, reset, quit func()) fyne.CanvasObject {
	text := ui.Column(8,
		ui.NewWrapped(ui.RolePageTitle, ui.ColorText, "Cloud App Security can't open its data"),
		ui.NewWrapped(ui.RoleBody, ui.ColorText, e.Message))
	if e.Help != "" {
		text.Add(ui.NewWrapped(ui.RoleBody, ui.ColorText2, e.Help))
	}
	text.Add(ui.Space(0, 8))
	buttons := ui.Row(8, ui.NewButton(ui.Primary, "Try again", again))
	if reset != nil {
		buttons.Add(ui.NewButton(ui.Danger, "Reset demo", reset))
	}
	buttons.Add(ui.NewButton(ui.Outlined, "Quit", quit))
	text.Add(buttons)
	icon := ui.Pad(4, 0, 0, 0, ui.NewIcon("error_circle-filled", 24, ui.ColorDanger)) // level with the title
	return page(ui.RowTop(16, icon, ui.Grow(text)))
}

// working is the window while something longer happens to all data. stop ends
// its motion: a ring that was only taken out of the window would go on turning,
// and have the whole window drawn for it.
func working(what string) (content fyne.CanvasObject, stop func()) {
	ring := ui.NewRing(24)
	return page(ui.Row(12, ring, ui.Body(what))), ring.Hide
}

func page(content fyne.CanvasObject) fyne.CanvasObject {
	return container.NewStack(ui.NewSurface(ui.SurfaceStyle{Fill: ui.ColorBackground}), ui.Pad(96, 32, 32, 96, ui.AtMost(560, content)))
}
