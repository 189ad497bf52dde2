// Package picture reads the QR codes that pictures show, within bounds of
// pixels.
package picture

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	_ "image/gif"  // formats which mail programs show
	_ "image/jpeg" // likewise
	_ "image/png"  // likewise
	"io"

	"github.com/makiuchi-d/gozxing"
	multi "github.com/makiuchi-d/gozxing/multi/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode"
	_ "golang.org/x/image/bmp"  // likewise
	_ "golang.org/x/image/tiff" // likewise
	_ "golang.org/x/image/webp" // likewise
)

// The bounds of a picture.
const (
	MostPixels = 5 << 20 // decoded it takes up to eight bytes each
	leastSide  = 21      // the modules of the smallest code
	workSide   = 1200    // larger pictures are made smaller before they are searched
)

// ErrTooLarge is a picture with too many pixels.
var ErrTooLarge = errors.New("picture: too many pixels")

// Codes gives the texts of the QR codes in an encoded picture.
func Codes(data []byte) ([]string, error) {
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	switch {
	case c.Width < leastSide || c.Height < leastSide:
		return nil, nil
	case c.Width > MostPixels/c.Height:
		return nil, ErrTooLarge
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil && (img == nil || !errors.Is(err, io.ErrUnexpectedEOF)) {
		return nil, err
	}
	return Find(Gray(img)), nil
}

// Gray gives a picture as gray on white, made smaller where it is large.
func Gray(img image.Image) *image.Gray {
	b := img.Bounds()
	step := max(1, (max(b.Dx(), b.Dy())+workSide-1)/workSide)
	g := image.NewGray(image.Rect(0, 0, max(1, b.Dx()/step), max(1, b.Dy()/step)))
	for y := range g.Rect.Dy() {
		for x := range g.Rect.Dx() {
			g.Pix[y*g.Stride+x] = average(img, b.Min.X+x*step, b.Min.Y+y*step, step)
		}
	}
	return g
}

// average gives the mean of a square of pixels, what is transparent being white.
func average(img image.Image, x0, y0, step int) uint8 {
	var sum, n uint32
	for y := y0; y < y0+step; y++ {
		for x := x0; x < x0+step; x++ {
			sum += luminance(img, x, y)
			n++
		}
	}
	return uint8(sum / n)
}

func luminance(img image.Image, x, y int) uint32 {
	switch img := img.(type) {
	case *image.Gray:
		return uint32(img.GrayAt(x, y).Y)
	case *image.YCbCr:
		return uint32(img.Y[img.YOffset(x, y)])
	}
	r, g, b, a := img.At(x, y).RGBA()
	white := 0xFFFF - a
	gray := color.Gray16Model.Convert(color.RGBA64{R: uint16(r + white), G: uint16(g + white), B: uint16(b + white), A: 0xFFFF})
	if g, ok := gray.(color.Gray16); ok {
		return uint32(g.Y >> 8)
	}
	return 255
}

// Find gives the texts of the QR codes in a gray picture, light on dark ones
// too.
func Find(g *image.Gray) (texts []string) {
	if !busy(g) {
		return nil
	}
	for _, inverted := range []bool{false, true} {
		src := gozxing.NewLuminanceSourceFromImage(g)
		if inverted {
			src = gozxing.NewInvertedLuminanceSource(src)
		}
		bitmap, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(src))
		if err != nil {
			return nil
		}
		hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
		found, err := multi.NewQRCodeMultiReader().DecodeMultiple(bitmap, hints)
		if err == nil {
			for _, r := range found {
				texts = append(texts, r.GetText())
			}
		}
		if len(texts) == 0 {
			if r, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true}); err == nil {
				texts = append(texts, r.GetText())
			}
		}
		if len(texts) > 0 {
			return texts
		}
	}
	return nil
}

// busy says whether there is enough contrast, in enough places, for a code: most
// logos and photographs' skies are told apart by that at once.
func busy(g *image.Gray) bool {
	low, high := uint8(255), uint8(0)
	for _, p := range g.Pix {
		low, high = min(low, p), max(high, p)
	}
	if high-low < 40 {
		return false
	}
	middle := low + (high-low)/2
	rows := 0
	for y := range g.Rect.Dy() {
		row := g.Pix[y*g.Stride : y*g.Stride+g.Rect.Dx()]
		changes := 0
		for x := 1; x < len(row); x++ {
			if (row[x] > middle) != (row[x-1] > middle) {
				changes++
			}
		}
		if changes >= 6 {
			rows++
		}
	}
	return rows >= leastSide
}
