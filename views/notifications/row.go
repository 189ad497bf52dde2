package notifications

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// row is one notification. Pressing it marks it as read.
type row struct {
	ui.Press

	entry         service.Notification
	surface, ring *ui.Surface
	root          fyne.CanvasObject
}

func newRow(n service.Notification, now time.Time, last bool) *row {
	r := &row{entry: n, surface: ui.NewSurface(ui.SurfaceStyle{})}
	r.ring = ui.NewSurface(ui.SurfaceStyle{Stroke: ui.ColorPrimary, StrokeWidth: 2, Radius: 4})
	r.ring.Hide()
	icon, color := Symbol(n.Severity)
	role, text := ui.RoleStrong, fyne.ThemeColorName(ui.ColorText)
	switch {
	case n.Key == service.ExtendKey:
		text = ui.ColorLink // pressing it leads somewhere
	case n.Read:
		role, text = ui.RoleBody, ui.ColorText2
	case n.Severity == service.SeverityError:
		role = ui.RoleBody // its background speaks already
	}
	words := ui.Column(2, ui.NewWrapped(role, text, n.Text), ui.NewWrapped(ui.RoleCaption, ui.ColorText3, secondLine(n, now)))
	dot := ui.NewDot(ui.ColorPrimary)
	if n.Read {
		dot.Hide()
	}
	line := ui.NewLine()
	bottom := float32(12)
	if last {
		bottom = 16
	}
	r.root = ui.Column(0, line,
		ui.Pad(11, 16, bottom, 16, ui.RowTop(12, ui.NewIcon(icon, 20, color), ui.Grow(words), ui.Pad(6, 0, 0, 0, ui.Fixed(8, 8, dot)))))
	r.Extend(r)
	return r
}

// Symbol is the icon of a severity and its colour.
func Symbol(s service.Severity) (icon string, color fyne.ThemeColorName) {
	switch s {
	case service.SeveritySuccess:
		return "checkmark_circle-filled", ui.ColorSuccess
	case service.SeverityWarning:
		return "warning", ui.ColorWarning
	case service.SeverityError:
		return "error_circle-filled", ui.ColorDanger
	case service.SeverityInfo:
	}
	return "info", ui.ColorText2
}

func secondLine(n service.Notification, now time.Time) string {
	when := strings.ReplaceAll(ui.Moment(n.Time, now), " ", "\u00a0") // the time stays together where the line breaks
	if n.Detail == "" {
		return when
	}
	return n.Detail + " " + when
}

// AccessibilityLabel implements fyne.Accessible.
func (r *row) AccessibilityLabel() string { return r.entry.Text }

// CreateRenderer implements fyne.Widget.
func (r *row) CreateRenderer() fyne.WidgetRenderer {
	rr := &rowRenderer{r}
	rr.Refresh()
	return rr
}

type rowRenderer struct{ r *row }

func (r *rowRenderer) Destroy()           {}
func (r *rowRenderer) MinSize() fyne.Size { return r.r.root.MinSize() }

func (r *rowRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.r.surface, r.r.root, r.r.ring}
}

func (r *rowRenderer) Layout(s fyne.Size) {
	r.r.surface.Move(fyne.NewPos(0, 1))
	r.r.surface.Resize(s.SubtractWidthHeight(0, 1))
	r.r.root.Resize(s)
	r.r.ring.Move(fyne.NewPos(3, 4))
	r.r.ring.Resize(s.SubtractWidthHeight(6, 7))
}

func (r *rowRenderer) Refresh() {
	style := ui.SurfaceStyle{}
	switch {
	case r.r.entry.Severity == service.SeverityError && !r.r.entry.Read:
		style.Fill = ui.ColorDangerSoft
	case r.r.Hovered() && !r.r.entry.Read:
		style.Fill = ui.ColorRowHover
	}
	r.r.surface.SetStyle(style)
	if r.r.RingVisible() {
		r.r.ring.Show()
	} else {
		r.r.ring.Hide()
	}
}
