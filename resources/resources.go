// Package resources holds the files which the program carries with it: icons, fonts and pictures of the program itself.
// It is embedded data and how to reach it by name; it decides nothing and knows no user interface library.
//
// The files are drawn by resources/assets (see build.mjs there) and committed.
package resources

import (
	"embed"
	"io/fs"
)

//go:embed icons/*.svg icons/*.png
var icons embed.FS

//go:embed fonts/*.ttf
var fonts embed.FS

// Icon returns the SVG of an icon, such as "mail" or "checkmark_circle-filled".
func Icon(name string) ([]byte, error) { return icons.ReadFile("icons/" + name + ".svg") }

// Picture returns a PNG: "app" (512), or for the tray "tray", "tray-action", "tray-offline" (64).
func Picture(name string) ([]byte, error) { return icons.ReadFile("icons/" + name + ".png") }

// Font returns a TrueType font: "IBMPlexSans-Regular", "IBMPlexSans-SemiBold" or "IBMPlexMono-Regular".
func Font(name string) ([]byte, error) { return fonts.ReadFile("fonts/" + name + ".ttf") }

// IconNames lists all icons by file name without ".svg".
func IconNames() []string {
	var names []string
	files, err := fs.Glob(icons, "icons/*.svg")
	if err != nil {
		return nil
	}
	for _, f := range files {
		names = append(names, f[len("icons/"):len(f)-len(".svg")])
	}
	return names
}
