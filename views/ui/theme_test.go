package ui

import (
	"fmt"
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"cloudappsecurity/resources"
)

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	linear := func(v uint32) float64 {
		f := float64(v) / 0xffff
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

func contrast(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}

func TestContrast(t *testing.T) {
	pairs := []struct {
		front fyne.ThemeColorName
		backs []fyne.ThemeColorName
		least float64
	}{
		{ColorText, []fyne.ThemeColorName{ColorSurface, ColorBackground, ColorNav, ColorPrimarySoft, ColorInset, ColorRowHover, ColorRaised, ColorDangerSoft, ColorNeutralSoft}, 4.5},
		{ColorText2, []fyne.ThemeColorName{ColorSurface, ColorBackground, ColorNav, ColorPrimarySoft, ColorNeutralSoft, ColorDangerSoft, ColorInset, ColorRowHover}, 4.5},
		{ColorText3, []fyne.ThemeColorName{ColorSurface, ColorBackground, ColorNav, ColorPrimarySoft, ColorNeutralSoft, ColorDangerSoft, ColorInset, ColorRowHover}, 4.5},
		{ColorPrimary, []fyne.ThemeColorName{ColorSurface, ColorBackground, ColorPrimarySoft}, 4.5},
		{ColorOnPrimary, []fyne.ThemeColorName{ColorPrimary}, 4.5},
		{ColorOnDanger, []fyne.ThemeColorName{ColorDanger}, 4.5},
		{ColorLink, []fyne.ThemeColorName{ColorSurface, ColorDangerSoft, ColorNeutralSoft}, 4.5},
		{ColorSuccess, []fyne.ThemeColorName{ColorSurface, ColorSuccessSoft}, 4.5},
		{ColorWarning, []fyne.ThemeColorName{ColorSurface, ColorWarningSoft}, 4.5},
		{ColorDanger, []fyne.ThemeColorName{ColorSurface, ColorDangerSoft}, 4.5},
		{ColorBorder, []fyne.ThemeColorName{ColorSurface, ColorBackground}, 3},
		{ColorDisabled, []fyne.ThemeColorName{ColorSurface, ColorInset}, 3},
		{ColorChart1, []fyne.ThemeColorName{ColorSurface}, 3},
		{ColorChart2, []fyne.ThemeColorName{ColorSurface}, 3},
		{ColorChart3, []fyne.ThemeColorName{ColorSurface}, 3},
	}
	for _, v := range []Variant{VariantLight, VariantDark} {
		th := NewTheme(v)
		for _, p := range pairs {
			for _, back := range p.backs {
				t.Run(fmt.Sprintf("%d/%s on %s", v, p.front, back), func(t *testing.T) {
					got := contrast(th.Color(p.front, theme.VariantLight), th.Color(back, theme.VariantLight))
					if got < p.least {
						t.Errorf("contrast %.2f, want at least %.1f", got, p.least)
					}
				})
			}
		}
	}
}

func TestThemeFollowsSystemUnlessChosen(t *testing.T) {
	for _, c := range []struct {
		choice Variant
		system fyne.ThemeVariant
		dark   bool
	}{
		{VariantSystem, theme.VariantLight, false},
		{VariantSystem, theme.VariantDark, true},
		{VariantLight, theme.VariantDark, false},
		{VariantDark, theme.VariantLight, true},
	} {
		got := luminance(NewTheme(c.choice).Color(ColorBackground, c.system)) < 0.5
		if got != c.dark {
			t.Errorf("choice %d under system %d: dark %v, want %v", c.choice, c.system, got, c.dark)
		}
	}
}

func TestThemeNeverFallsBackToBrokenFonts(t *testing.T) {
	th := NewTheme(VariantLight)
	for name, style := range map[string]fyne.TextStyle{"IBMPlexSans-Regular.ttf": {}, "IBMPlexSans-SemiBold.ttf": {Bold: true}, "IBMPlexMono-Regular.ttf": {Monospace: true}} {
		if got := th.Font(style).Name(); got != name {
			t.Errorf("font of %+v is %s, want %s", style, got, name)
		}
	}
}

func TestIconsDraw(t *testing.T) {
	t.Setenv("LANG", "en_US.UTF-8")
	a := test.NewTempApp(t)
	a.Settings().SetTheme(NewTheme(VariantLight))
	names := resources.IconNames()
	if len(names) < 60 {
		t.Fatalf("only %d icons", len(names))
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			img := canvas.NewImageFromResource(IconResource(name, ColorText))
			img.SetMinSize(fyne.NewSquareSize(40))
			img.Resize(fyne.NewSquareSize(40))
			ink := 0
			picture := software.Render(img, NewTheme(VariantLight))
			for y := range picture.Bounds().Dy() {
				for x := range picture.Bounds().Dx() {
					if luminance(picture.At(x, y)) < 0.3 {
						ink++
					}
				}
			}
			share := float64(ink) / float64(picture.Bounds().Dx()*picture.Bounds().Dy())
			if share < 0.01 || share > 0.75 {
				t.Errorf("%.1f %% of the icon is inked: blank or a blot", share*100)
			}
		})
	}
}

func TestPictures(t *testing.T) {
	for _, name := range []string{"app", "tray", "tray-action", "tray-offline"} {
		if len(PictureResource(name).Content()) < 500 {
			t.Errorf("picture %s is missing", name)
		}
	}
}
