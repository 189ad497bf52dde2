package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// EmptyState says why there is nothing, and what to do or where it will come from. Action may be nil.
func EmptyState(icon, title, sentence string, action fyne.CanvasObject) *fyne.Container {
	parts := []fyne.CanvasObject{NewIcon(icon, 24, ColorText3), Space(0, 4), NewText(RoleStrong, ColorText, title).Align(fyne.TextAlignCenter)}
	if sentence != "" {
		parts = append(parts, NewWrapped(RoleBody, ColorText2, sentence).Align(fyne.TextAlignCenter))
	}
	if action != nil {
		parts = append(parts, Pad(8, 0, 0, 0, container.NewCenter(action)))
	}
	return Inset(24, Column(4, parts...))
}

// LoadingRows are three quiet rows which stand for a list that takes more than a moment.
func LoadingRows() *fyne.Container {
	column := Column(16)
	for _, share := range []float32{1, 0.8, 0.6} {
		bar := NewSurface(SurfaceStyle{Fill: ColorNeutralSoft, Radius: 6})
		column.Add(Fixed(0, 16, SharedColumns(0, []float32{share, 1.01 - share}, bar, Space(0, 0))))
	}
	return Inset(16, column)
}

// FactRow is a label 112 wide and its value, as details show them.
func FactRow(label string, value fyne.CanvasObject) *fyne.Container {
	return RowTop(16, Fixed(112, 0, NewCut(RoleBody, ColorText3, label)), Grow(value))
}
