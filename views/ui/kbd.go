package ui

import (
	"runtime"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Kbd is the cap of a key, such as "F1".
func Kbd(key string) *fyne.Container {
	return Fixed(0, 18, container.NewStack(
		NewSurface(SurfaceStyle{Fill: ColorSurface, Stroke: ColorLine, StrokeWidth: 1, Radius: 4}),
		Pad(1, 5, 1, 5, NewText(RoleCaption, ColorText3, key))))
}

// Keys writes a combination with the platform's own words: "Ctrl" becomes "Cmd" on macOS.
func Keys(combination string) []string {
	var keys []string
	start := 0
	for i := 0; i <= len(combination); i++ {
		if i < len(combination) && combination[i] != '+' {
			continue
		}
		key := combination[start:i]
		if key == "Ctrl" && runtime.GOOS == "darwin" {
			key = "Cmd"
		}
		keys = append(keys, key)
		start = i + 1
	}
	return keys
}
