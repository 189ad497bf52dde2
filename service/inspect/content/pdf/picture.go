package pdf

import (
	"image"
	"image/color"
)

// Picture is a picture of a page: encoded (JPEG), or decoded.
type Picture struct {
	JPEG []byte
	Gray *image.Gray
}

// Bounds of a picture that is worth a look.
const (
	mostPixels = 5 << 20
	leastSide  = 21
)

// picture keeps a picture which may show a code.
func (f *File) picture(s *stream, d *Document) {
	w, h := f.number(s.dict["Width"]), f.number(s.dict["Height"])
	if w < leastSide || h < leastSide || w > mostPixels/h || w > 6*h || h > 6*w {
		return
	}
	if len(d.Pictures) >= mostPictures {
		d.Cut = true
		return
	}
	filters := f.list(s.dict["Filter"])
	if len(filters) > 0 {
		switch n, _ := f.resolve(filters[len(filters)-1]).(name); {
		case n == "DCTDecode" || n == "DCT":
			d.Pictures = append(d.Pictures, Picture{JPEG: f.data(s)})
			return
		case isPictureFilter(n):
			return
		}
	}
	bits := f.number(s.dict["BitsPerComponent"])
	if mask, ok := f.resolve(s.dict["ImageMask"]).(keyword); ok && mask == "true" {
		bits = 1
	}
	space := f.colorSpace(s.dict["ColorSpace"], 0)
	if bits != 1 && bits != 2 && bits != 4 && bits != 8 || space.colors == 0 {
		return
	}
	data := f.data(s)
	row := (w*bits*space.colors + 7) / 8
	if len(data) < row*h {
		return
	}
	invert := false
	if dec := f.list(s.dict["Decode"]); len(dec) >= 2 {
		invert = f.float(dec[0]) > f.float(dec[1])
	}
	g := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		line := data[y*row : (y+1)*row]
		for x := range w {
			g.Pix[y*g.Stride+x] = space.gray(line, x, bits, invert)
		}
	}
	d.Pictures = append(d.Pictures, Picture{Gray: g})
}

// colorSpace is how many numbers a pixel has, and the palette if there is one.
type colorSpace struct {
	colors  int
	palette []byte // gray
}

func (f *File) colorSpace(v any, depth int) colorSpace {
	switch v := f.resolve(v).(type) {
	case nil:
		return colorSpace{colors: 1}
	case name:
		switch v {
		case "DeviceGray", "G", "CalGray":
			return colorSpace{colors: 1}
		case "DeviceRGB", "RGB", "CalRGB":
			return colorSpace{colors: 3}
		case "DeviceCMYK", "CMYK":
			return colorSpace{colors: 4}
		}
	case array:
		if len(v) < 2 || depth > 1 {
			return colorSpace{}
		}
		switch f.resolve(v[0]) {
		case any(name("ICCBased")):
			return colorSpace{colors: f.number(f.dict(v[1])["N"])}
		case any(name("CalGray")), any(name("Separation")):
			return colorSpace{colors: 1}
		case any(name("CalRGB")), any(name("Lab")):
			return colorSpace{colors: 3}
		case any(name("Indexed")), any(name("I")):
			if len(v) < 4 {
				return colorSpace{}
			}
			var table []byte
			switch t := f.resolve(v[3]).(type) {
			case text:
				table = []byte(t)
			case *stream:
				table = f.data(t)
			}
			return colorSpace{colors: 1, palette: grays(table, f.colorSpace(v[1], depth+1).colors)}
		}
	}
	return colorSpace{}
}

func grays(table []byte, n int) []byte {
	if n < 1 {
		return nil
	}
	out := make([]byte, 0, len(table)/n)
	for i := 0; i+n <= len(table); i += n {
		out = append(out, toGray(table[i:i+n]))
	}
	return out
}

func toGray(p []byte) byte {
	switch len(p) {
	case 1:
		return p[0]
	case 4:
		r, g, b := color.CMYKToRGB(p[0], p[1], p[2], p[3])
		return toGray([]byte{r, g, b})
	case 3:
		y, _, _ := color.RGBToYCbCr(p[0], p[1], p[2])
		return y
	default:
		return 255
	}
}

func (c colorSpace) gray(line []byte, x, bits int, invert bool) (g byte) {
	if bits == 8 {
		at := x * c.colors
		if c.palette == nil {
			g = toGray(line[at : at+c.colors])
		} else {
			g = c.lookUp(int(line[at]))
		}
	} else {
		at := x * bits * c.colors
		v := int(line[at/8]) >> (8 - bits - at%8) & (1<<bits - 1)
		if c.palette == nil {
			g = byte(v * 255 / (1<<bits - 1))
		} else {
			g = c.lookUp(v)
		}
	}
	if invert {
		return 255 - g
	}
	return g
}

func (c colorSpace) lookUp(i int) byte {
	if i < len(c.palette) {
		return c.palette[i]
	}
	return 255
}
