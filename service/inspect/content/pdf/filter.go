package pdf

import (
	"bytes"
	"compress/flate"
	"encoding/ascii85"
	"io"
	"slices"
	"unicode/utf16"
)

// mostDecoded bounds what is kept decoded of one file at a time.
const mostDecoded = 8 << 20

// data gives a stream as it is decoded. Filters of pictures are left: see picture.
func (f *File) data(s *stream) []byte {
	if d, ok := f.done[s.id.id]; ok && len(d) > 0 {
		return d
	}
	data := f.plain(s)
	params := f.list(s.dict["DecodeParms"])
	for i, filter := range f.list(first(s.dict, "Filter", "F")) {
		if f.err != nil || i > 8 {
			return nil
		}
		var parms dict
		if i < len(params) {
			parms = f.dict(params[i])
		}
		n, _ := f.resolve(filter).(name)
		if isPictureFilter(n) {
			return data
		}
		out := f.filter(n, data)
		if f.err = f.opt.Take(int64(len(out))); f.err != nil {
			return nil
		}
		data = f.predict(out, parms)
	}
	if f.held+len(data) < mostDecoded && s.id.id != 0 {
		f.held += len(data)
		f.done[s.id.id] = data
	}
	return data
}

func first(d dict, keys ...name) any {
	for _, k := range keys {
		if v, ok := d[k]; ok {
			return v
		}
	}
	return nil
}

func isPictureFilter(n name) bool {
	switch n {
	case "DCTDecode", "DCT", "JPXDecode", "CCITTFaxDecode", "CCF", "JBIG2Decode":
		return true
	}
	return false
}

// filter undoes one filter; what could be read before an error is taken.
func (f *File) filter(n name, p []byte) []byte {
	var r io.Reader
	switch n {
	case "FlateDecode", "Fl":
		if len(p) < 3 {
			return nil
		}
		r = flate.NewReader(bytes.NewReader(p[2:])) // readers don't look at the checksum
	case "LZWDecode", "LZW":
		return f.lzw(p)
	case "ASCIIHexDecode", "AHx":
		if i := bytes.IndexByte(p, '>'); i >= 0 {
			p = p[:i]
		}
		return unhex(p)
	case "ASCII85Decode", "A85":
		if i := bytes.Index(p, []byte("~>")); i >= 0 {
			p = p[:i]
		}
		r = ascii85.NewDecoder(bytes.NewReader(bytes.TrimPrefix(p, []byte("<~"))))
	case "RunLengthDecode", "RL":
		return f.runs(p)
	case "Crypt":
		return p
	default:
		return nil
	}
	out, _ := io.ReadAll(io.LimitReader(r, f.opt.Limit)) // as far as it goes
	return out
}

func (f *File) runs(p []byte) (out []byte) {
	for i := 0; i < len(p) && int64(len(out)) < f.opt.Limit; {
		n := int(p[i])
		i++
		switch {
		case n < 128:
			end := min(len(p), i+n+1)
			out = append(out, p[i:end]...)
			i = end
		case n > 128 && i < len(p):
			out = append(out, bytes.Repeat(p[i:i+1], 257-n)...)
			i++
		default:
			return out
		}
	}
	return out
}

// lzw undoes LZW as TIFF has it: codes grow one early, which the standard
// library's reader doesn't do.
func (f *File) lzw(p []byte) []byte {
	const clear, end = 256, 257
	table := make([][]byte, 258, 4096)
	for i := range 256 {
		table[i] = []byte{byte(i)}
	}
	var out, last []byte
	width, bits, have := 9, 0, 0
	for _, c := range p {
		bits, have = bits<<8|int(c), have+8
		if have < width {
			continue
		}
		code := bits >> (have - width) & (1<<width - 1)
		have -= width
		bits &= 1<<have - 1
		var entry []byte
		switch {
		case code == clear:
			table, width, last = table[:258], 9, nil
			continue
		case code == end:
			return out
		case code < len(table):
			entry = table[code]
		case code == len(table) && last != nil:
			entry = append(slices.Clip(last), last[0])
		default:
			return out
		}
		out = append(out, entry...)
		if int64(len(out)) > f.opt.Limit {
			return out
		}
		if last != nil && len(table) < 4096 {
			table = append(table, append(slices.Clip(last), entry[0]))
		}
		last = entry
		for width < 12 && len(table)+1 >= 1<<width {
			width++
		}
	}
	return out
}

// predict undoes PNG's predictors; TIFF's isn't used by what matters here.
func (f *File) predict(p []byte, parms dict) []byte {
	if f.number(parms["Predictor"]) < 10 {
		return p
	}
	colors, bits, columns := max(1, f.number(parms["Colors"])), max(1, f.number(parms["BitsPerComponent"])), max(1, f.number(parms["Columns"]))
	if parms["BitsPerComponent"] == nil {
		bits = 8
	}
	if colors > 32 || bits > 16 || columns > 1<<20 {
		return p
	}
	pixel := max(1, colors*bits/8)
	row := (colors*bits*columns + 7) / 8
	if row > len(p) {
		return p
	}
	out := make([]byte, 0, len(p))
	above := make([]byte, row)
	for len(p) > 1 {
		kind := p[0]
		n := min(row, len(p)-1)
		line := make([]byte, row)
		copy(line, p[1:1+n])
		p = p[1+n:]
		unfilter(kind, line, above, pixel)
		out = append(out, line...)
		above = line
	}
	return out
}

func unfilter(kind byte, line, above []byte, pixel int) {
	for i := range line {
		var left, corner byte
		if i >= pixel {
			left, corner = line[i-pixel], above[i-pixel]
		}
		switch kind {
		case 1:
			line[i] += left
		case 2:
			line[i] += above[i]
		case 3:
			line[i] += byte((int(left) + int(above[i])) / 2)
		case 4:
			line[i] += paeth(left, above[i], corner)
		}
	}
}

func paeth(a, b, c byte) byte {
	p := int(a) + int(b) - int(c)
	da, db, dc := abs(p-int(a)), abs(p-int(b)), abs(p-int(c))
	switch {
	case da <= db && da <= dc:
		return a
	case db <= dc:
		return b
	default:
		return c
	}
}

func abs(n int) int { return max(n, -n) }

// decode reads a text string.
func decode(s string) string {
	switch {
	case len(s) >= 2 && s[:2] == "\xFE\xFF":
		units := make([]uint16, 0, len(s)/2)
		for i := 2; i+1 < len(s); i += 2 {
			units = append(units, uint16(s[i])<<8|uint16(s[i+1]))
		}
		return string(utf16.Decode(units))
	case len(s) >= 3 && s[:3] == "\xEF\xBB\xBF":
		return s[3:]
	}
	out := make([]rune, 0, len(s))
	for i := range len(s) {
		out = append(out, winAnsi(s[i]))
	}
	return string(out)
}
