package contenttest

import (
	"image"
	"image/color"

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
