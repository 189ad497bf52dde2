package pdf

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// font turns the codes of a text into letters.
type font struct {
	wide  bool           // two bytes a code
	codes map[int]string // of ToUnicode and Differences
	plain bool           // codes that aren't in it are WinAnsi

	widths map[int]float64 // thousandths of the size
	other  float64         // the width of codes that aren't in it
}

// mostCodes bounds the map of a font.
const mostCodes = 70_000

func (w *writer) font(n name, resources dict) *font {
	v := w.f.dict(resources["Font"])[n]
	r, ok := v.(ref)
	if !ok {
		return w.f.readFont(w.f.dict(v))
	}
	f := w.fonts[r]
	if f == nil {
		f = w.f.readFont(w.f.dict(v))
		w.fonts[r] = f
	}
	return f
}

func (f *File) readFont(d dict) *font {
	out := &font{codes: map[int]string{}}
	out.wide = f.resolve(d["Subtype"]) == any(name("Type0"))
	out.plain = !out.wide
	if enc := f.dict(d["Encoding"]); enc != nil {
		code := 0
		for _, v := range f.list(enc["Differences"]) {
			switch v := f.resolve(v).(type) {
			case float64:
				code = int(v)
			case name:
				if s := glyph(string(v)); s != "" {
					out.codes[code] = s
				}
				code++
			}
		}
	}
	if s, ok := f.resolve(d["ToUnicode"]).(*stream); ok {
		out.toUnicode(f.data(s))
	}
	f.readWidths(out, d)
	return out
}

// usualWidth is for fonts that don't tell: that of a letter of Helvetica.
const usualWidth = 520

func (f *File) readWidths(out *font, d dict) {
	out.widths, out.other = map[int]float64{}, usualWidth
	if !out.wide {
		first := f.number(d["FirstChar"])
		for i, w := range f.list(d["Widths"]) {
			out.widths[first+i] = f.float(w)
		}
		return
	}
	descendants := f.list(d["DescendantFonts"])
	if len(descendants) == 0 {
		return
	}
	inner := f.dict(descendants[0])
	if out.other = f.float(inner["DW"]); out.other == 0 {
		out.other = 1000
	}
	list := f.list(inner["W"])
	for i := 0; i+1 < len(list) && len(out.widths) < mostCodes; {
		first := f.number(list[i])
		if group, ok := f.resolve(list[i+1]).(array); ok {
			for j, w := range group {
				out.widths[first+j] = f.float(w)
			}
			i += 2
			continue
		}
		if i+2 >= len(list) {
			return
		}
		for c := first; c <= min(f.number(list[i+1]), first+65535); c++ {
			out.widths[c] = f.float(list[i+2])
		}
		i += 3
	}
}

// toUnicode reads a CMap: pairs of codes and letters, and ranges of them.
func (o *font) toUnicode(p []byte) {
	l := &lexer{p: p}
	var args []any
	for {
		v := l.next()
		if v == nil || len(o.codes) > mostCodes {
			return
		}
		op, ok := v.(keyword)
		if !ok {
			args = append(args, v)
			continue
		}
		switch op {
		case "endbfchar":
			for i := 0; i+1 < len(args); i += 2 {
				code, ok1 := args[i].(text)
				letters, ok2 := args[i+1].(text)
				if ok1 && ok2 {
					o.codes[number(code)] = utf16Of(letters)
				}
			}
		case "endbfrange":
			for i := 0; i+2 < len(args); i += 3 {
				o.unicodeRange(args[i], args[i+1], args[i+2])
			}
		}
		args = args[:0]
	}
}

func (o *font) unicodeRange(from, to, letters any) {
	a, ok1 := from.(text)
	b, ok2 := to.(text)
	if !ok1 || !ok2 {
		return
	}
	first, last := number(a), number(b)
	for i := first; i <= last && i-first < 65536 && len(o.codes) <= mostCodes; i++ {
		switch l := letters.(type) {
		case text:
			r := []rune(utf16Of(l))
			if len(r) == 0 {
				return
			}
			r[len(r)-1] += rune(i - first)
			o.codes[i] = string(r)
		case array:
			if i-first < len(l) {
				if t, ok := l[i-first].(text); ok {
					o.codes[i] = utf16Of(t)
				}
			}
		}
	}
}

func number(t text) int {
	n := 0
	for i := range min(len(t), 4) {
		n = n<<8 | int(t[i])
	}
	return n
}

func utf16Of(t text) string {
	units := make([]uint16, 0, len(t)/2)
	for i := 0; i+1 < len(t); i += 2 {
		units = append(units, uint16(t[i])<<8|uint16(t[i+1]))
	}
	if len(t) == 1 {
		units = append(units, uint16(t[0]))
	}
	return string(utf16.Decode(units))
}

// decode gives the letters, and how wide they are in thousandths of the size.
func (o *font) decode(s string) (string, float64) {
	width := 0.0
	var b strings.Builder
	if o == nil {
		o = &font{plain: true, other: usualWidth}
	}
	step := 1
	if o.wide {
		step = 2
	}
	for i := 0; i+step <= len(s); i += step {
		code := int(s[i])
		if o.wide {
			code = code<<8 | int(s[i+1])
		}
		if w, ok := o.widths[code]; ok {
			width += w
		} else {
			width += o.other
		}
		if letters, ok := o.codes[code]; ok {
			b.WriteString(letters)
		} else if o.plain {
			if r := winAnsi(byte(code)); r >= 32 || r == '\t' || r == '\n' {
				b.WriteRune(r)
			}
		}
	}
	return b.String(), width
}

// winAnsi are the letters of Windows-1252 that aren't those of Latin-1.
func winAnsi(c byte) rune {
	if c >= 0x80 && c < 0xA0 {
		return [...]rune{'€', '•', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '•', 'Ž', '•', '•', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '•', 'ž', 'Ÿ'}[c-0x80]
	}
	return rune(c)
}

// glyphs are names of glyphs beside letters, which name themselves, see
// https://github.com/adobe-type-tools/agl-specification
var glyphs = map[string]string{
	"space": " ", "exclam": "!", "quotedbl": `"`, "numbersign": "#", "dollar": "$", "percent": "%", "ampersand": "&", "quotesingle": "'", "quoteright": "’", "quoteleft": "‘", "parenleft": "(", "parenright": ")",
	"asterisk": "*", "plus": "+", "comma": ",", "hyphen": "-", "minus": "-", "period": ".", "slash": "/", "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
	"colon": ":", "semicolon": ";", "less": "<", "equal": "=", "greater": ">", "question": "?", "at": "@", "bracketleft": "[", "backslash": `\`, "bracketright": "]", "underscore": "_", "braceleft": "{", "bar": "|", "braceright": "}",
	"asciitilde": "~", "Euro": "€", "endash": "–", "emdash": "—", "bullet": "•", "ellipsis": "…", "quotedblleft": "“", "quotedblright": "”", "fi": "fi", "fl": "fl", "ff": "ff", "ffi": "ffi", "ffl": "ffl", "nbspace": " ",
	"adieresis": "ä", "odieresis": "ö", "udieresis": "ü", "Adieresis": "Ä", "Odieresis": "Ö", "Udieresis": "Ü", "germandbls": "ß", "eacute": "é", "egrave": "è", "agrave": "à", "aacute": "á", "acircumflex": "â", "ccedilla": "ç", "ecircumflex": "ê",
	"iacute": "í", "icircumflex": "î", "ntilde": "ñ", "oacute": "ó", "ocircumflex": "ô", "otilde": "õ", "atilde": "ã", "uacute": "ú", "ugrave": "ù", "ucircumflex": "û", "aring": "å", "oslash": "ø", "ae": "æ", "sterling": "£", "section": "§", "degree": "°", "copyright": "©", "registered": "®",
}

func glyph(n string) string {
	base, _, _ := strings.Cut(n, ".")
	if len(base) == 1 {
		return base
	}
	if s, ok := glyphs[base]; ok {
		return s
	}
	for _, prefix := range []string{"uni", "u"} {
		if digits, ok := strings.CutPrefix(base, prefix); ok && len(digits) >= 4 && len(digits) <= 6 {
			if r, err := strconv.ParseUint(digits, 16, 21); err == nil {
				return string(rune(r))
			}
		}
	}
	return ""
}
