package markup

import (
	"unicode"
	"unicode/utf8"
)

// text is text as it is put together: white space folded, lines apart.
type text struct {
	b     []byte
	space byte // what stands before the next character: 0, ' ' or '\n'
	most  int
	cut   bool
}

// line ends the line.
func (t *text) line() { t.space = '\n' }

// gap sets words apart.
func (t *text) gap() {
	if t.space == 0 {
		t.space = ' '
	}
}

func (t *text) flush() {
	if t.space != 0 {
		if len(t.b) > 0 {
			t.b = append(t.b, t.space)
		}
		t.space = 0
	}
}

// write adds text. In pre-formatted text lines are kept.
func (t *text) write(s []byte, pre bool) {
	if len(t.b)+len(s) > t.most {
		t.cut = true
		s = s[:max(0, t.most-len(t.b))]
	}
	for i := 0; i < len(s); {
		c := s[i]
		if c > ' ' && c < utf8.RuneSelf {
			start := i
			for i < len(s) && s[i] > ' ' && s[i] < utf8.RuneSelf {
				i++
			}
			t.flush()
			t.b = append(t.b, s[start:i]...)
			continue
		}
		if c < utf8.RuneSelf {
			switch {
			case pre && c == '\n':
				t.line()
			case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v':
				t.gap()
			} // other control characters aren't shown
			i++
			continue
		}
		r, size := utf8.DecodeRune(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			t.flush()
			t.b = append(t.b, "\uFFFD"...)
		case r == '\u2028' || r == '\u2029':
			t.line()
		case unicode.IsSpace(r) || unicode.Is(unicode.Zs, r):
			t.gap()
		default:
			t.flush()
			t.b = append(t.b, s[i:i+size]...)
		}
		i += size
	}
}
