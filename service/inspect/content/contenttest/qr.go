package contenttest

import (
	"fmt"
	"image"
	"image/color"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// QR is a picture of a QR code, 200 pixels wide.
func QR(text string) *image.Gray {
	const size = 200
	m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, size, size, nil)
	if err != nil {
		panic(err) // a text that is too long for one
	}
	g := image.NewGray(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			if !m.Get(x, y) {
				g.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return g
}

// Drawn is a QR code as the operators of a PDF that fill its modules, each run
// of dark ones a rectangle with its lower left corner at 0 0, one unit for a
// pixel of QR. paint ends each run, or all of them where it stands behind "all ".
func Drawn(text, paint string) string {
	g := QR(text)
	one, all := strings.CutPrefix(paint, "all ")
	var out strings.Builder
	// Modules are as wide as the finder's frame: a seventh of its first run.
	step := 1
	for y := range g.Rect.Dy() {
		run := 0
		for x := range g.Rect.Dx() {
			if g.GrayAt(x, y).Y == 0 {
				run++
			} else if run > 0 {
				break
			}
		}
		if run > 0 {
			step = run / 7
			break
		}
	}
	for y := 0; y < g.Rect.Dy(); y += step {
		at := min(y+step/2, g.Rect.Dy()-1)
		for x := 0; x < g.Rect.Dx(); {
			from := x
			for x < g.Rect.Dx() && g.GrayAt(x, at).Y == 0 {
				x++
			}
			if x > from {
				fmt.Fprintf(&out, "%d %d %d %d re\n", from, g.Rect.Dy()-y-step, x-from, step)
				if !all {
					out.WriteString(paint + "\n")
				}
			}
			x++
		}
	}
	if all {
		out.WriteString(one + "\n")
	}
	return out.String()
}
