package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// BannerText is what a banner says. Bold is its first sentence.
type BannerText struct {
	Tone       Tone
	Icon       string // "" takes the tone's
	Bold, More string
	Stacked    bool // More stands below Bold instead of behind it
}

// NewBanner is a strip across the page with at most one control which solves what it says.
func NewBanner(t BannerText, action fyne.CanvasObject) *fyne.Container {
	icon, color := t.Icon, t.Tone.Color()
	if icon == "" {
		icon = toneIcon(t.Tone)
	}
	style := SurfaceStyle{Fill: t.Tone.Soft(), Radius: 10}
	if t.Tone == Bad {
		style.Stroke, style.StrokeWidth = ColorDangerLine, 1
	}
	parts := []fyne.CanvasObject{NewIcon(icon, 20, color), Grow(bannerWords(t))}
	if action != nil {
		parts = append(parts, action)
	}
	pad := float32(12)
	if !t.Stacked {
		pad = 8
	}
	return container.NewStack(NewSurface(style), Pad(pad, 16, pad, 16, Row(12, parts...)))
}

func bannerWords(t BannerText) fyne.CanvasObject {
	if t.More == "" {
		return NewWrapped(RoleStrong, ColorText, t.Bold)
	}
	if t.Stacked {
		return Column(0, NewWrapped(RoleStrong, ColorText, t.Bold), NewWrapped(RoleBody, ColorText2, t.More))
	}
	return RowTop(6, NewText(RoleStrong, ColorText, t.Bold), Grow(NewWrapped(RoleBody, ColorText2, t.More)))
}

func toneIcon(t Tone) string {
	switch t {
	case Good:
		return "checkmark_circle-filled"
	case Warn:
		return "warning"
	case Bad:
		return "error_circle-filled"
	case Neutral, Info:
	}
	return "info"
}
