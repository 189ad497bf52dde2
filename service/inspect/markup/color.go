package markup

import (
	"bytes"
	"strconv"

	"golang.org/x/image/colornames"
)

type colorKind uint8

const (
	inherit     colorKind = iota // nothing was said
	solid                        // r, g and b
	transparent                  // what is behind it
	unknown                      // a picture, a variable
)

type color struct {
	kind    colorKind
	r, g, b uint8
}

var (
	white = color{solid, 255, 255, 255}
	black = color{solid, 0, 0, 0}
)

// near says whether text of one color on the other can't be read.
func (c color) near(o color) bool {
	d := func(a, b uint8) bool { return max(a, b)-min(a, b) <= 10 }
	return c.kind == solid && o.kind == solid && d(c.r, o.r) && d(c.g, o.g) && d(c.b, o.b)
}

func parseColor(v []byte) color {
	v = bytes.TrimSpace(v)
	switch {
	case len(v) == 0, foldEqual(v, "inherit"), foldEqual(v, "currentcolor"):
		return color{}
	case foldEqual(v, "transparent"), foldEqual(v, "none"), foldEqual(v, "initial"):
		return color{kind: transparent}
	case v[0] == '#':
		return hexColor(v[1:])
	case foldPrefix(v, "rgb"):
		return rgbColor(v)
	}
	if len(v) > 24 {
		return color{kind: unknown}
	}
	if c, ok := colornames.Map[lower(v)]; ok {
		return color{solid, c.R, c.G, c.B}
	}
	if len(v) == 6 || len(v) == 3 { // bgcolor=ffffff
		return hexColor(v)
	}
	return color{kind: unknown}
}

func hexColor(v []byte) color {
	var d [8]uint8
	if len(v) != 3 && len(v) != 4 && len(v) != 6 && len(v) != 8 {
		return color{kind: unknown}
	}
	for i, c := range v {
		switch {
		case '0' <= c && c <= '9':
			d[i] = c - '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			d[i] = c | 0x20 - 'a' + 10
		default:
			return color{kind: unknown}
		}
	}
	if len(v) < 6 {
		if len(v) == 4 && d[3] == 0 {
			return color{kind: transparent}
		}
		return color{solid, d[0] * 17, d[1] * 17, d[2] * 17}
	}
	if len(v) == 8 && d[6] == 0 && d[7] == 0 {
		return color{kind: transparent}
	}
	return color{solid, d[0]<<4 | d[1], d[2]<<4 | d[3], d[4]<<4 | d[5]}
}

// rgbColor reads rgb(1,2,3), rgb(1 2 3) and rgba(1,2,3,0).
func rgbColor(v []byte) color {
	open, end := bytes.IndexByte(v, '('), bytes.IndexByte(v, ')')
	if open < 0 || end < open {
		return color{kind: unknown}
	}
	fields := bytes.FieldsFunc(v[open+1:end], func(r rune) bool { return r == ',' || r == ' ' || r == '/' })
	if len(fields) < 3 || len(fields) > 4 {
		return color{kind: unknown}
	}
	var n [4]float64
	for i, f := range fields {
		share := bytes.HasSuffix(f, []byte("%"))
		x, err := strconv.ParseFloat(string(bytes.TrimSuffix(f, []byte("%"))), 64)
		if err != nil {
			return color{kind: unknown}
		}
		if share && i < 3 {
			x *= 2.55
		}
		n[i] = min(max(x, 0), 255)
	}
	if len(fields) == 4 && n[3] == 0 {
		return color{kind: transparent}
	}
	return color{solid, uint8(n[0]), uint8(n[1]), uint8(n[2])}
}
