package pdf

import (
	"bytes"
	"math"
	"slices"
	"strings"
)

// writer puts the text of pages together, and what a page paints.
type writer struct {
	f     *File
	fonts map[ref]*font
	paint *shapes // of this page
	out   strings.Builder
	calls int
	last  byte
}

// Bounds of one file: forms drawn, and operators read.
const (
	mostForms     = 2000
	mostOperators = 5_000_000
	mostOperands  = 512
)

func (w *writer) line() {
	if w.out.Len() > 0 && w.last != '\n' {
		w.put("\n")
	}
}

func (w *writer) gap() {
	if w.out.Len() > 0 && w.last != '\n' && w.last != ' ' {
		w.put(" ")
	}
}

func (w *writer) put(s string) {
	if s != "" && w.out.Len() <= mostText {
		w.out.WriteString(s)
		w.last = s[len(s)-1]
	}
}

// show is the state of text within a page.
type show struct {
	font        *font
	size, scale float64 // of the font, and what the text matrix makes of it
	x, y        float64 // where the line begins
	advance     float64 // how far text went on it since
	endX, endY  float64 // where text was last shown
	any         bool
}

// page reads a content stream. Where text begins on another line is told by the
// operators that move it; how far apart letters stand, by the numbers in TJ.
func (w *writer) page(content []byte, resources dict, depth int) {
	if depth > 12 || w.calls > mostForms {
		return
	}
	w.calls++
	l := &lexer{p: content}
	s := show{size: 10, scale: 1}
	var args []any
	for n := 0; ; n++ {
		if n%4096 == 0 {
			if err := w.f.opt.Take(0); err != nil {
				w.f.err = err
				return
			}
		}
		v := l.next()
		if v == nil || n > mostOperators || w.out.Len() > mostText {
			return
		}
		op, ok := v.(keyword)
		if !ok {
			if len(args) < mostOperands {
				args = append(args, v)
			}
			continue
		}
		if op == "ID" { // a picture within the page: skipped to its end
			skipInline(l)
		} else {
			w.operator(op, args, &s, resources, depth)
		}
		args = args[:0]
	}
}

func skipInline(l *lexer) {
	for l.at < len(l.p) {
		i := bytes.Index(l.p[l.at:], []byte("EI"))
		if i < 0 {
			l.at = len(l.p)
			return
		}
		l.at += i + 2
		if l.at >= len(l.p) || isSpace(l.p[l.at]) {
			return
		}
	}
}

func (w *writer) operator(op keyword, args []any, s *show, resources dict, depth int) {
	num := func(i int) float64 {
		if i < len(args) {
			n, _ := args[i].(float64)
			return n
		}
		return 0
	}
	switch op {
	case "Tf":
		if len(args) > 0 {
			n, _ := args[0].(name)
			s.font, s.size = w.font(n, resources), math.Abs(num(1))
		}
	case "Tj":
		w.text(last(args), s)
	case "'", `"`:
		w.line()
		w.text(last(args), s)
	case "TJ":
		w.spaced(last(args), s)
	case "Td", "TD":
		s.x, s.y, s.advance = s.x+num(0)*s.scale, s.y+num(1)*s.scale, 0
	case "Tm":
		s.x, s.y, s.advance = num(4), num(5), 0
		s.scale = math.Max(math.Hypot(num(0), num(1)), 0.001)
	case "T*":
		w.line()
	case "BT":
		s.x, s.y, s.advance, s.scale = 0, 0, 0, 1
	case "Do":
		n, _ := last(args).(name)
		if form, ok := w.f.resolve(w.f.dict(resources["XObject"])[n]).(*stream); ok && w.f.resolve(form.dict["Subtype"]) == any(name("Form")) {
			inner := w.f.dict(form.dict["Resources"])
			if inner == nil {
				inner = resources
			}
			w.form(form, inner, depth)
		}
	default:
		nums := make([]float64, 0, 6)
		for _, a := range args[:min(len(args), 6)] {
			if n, ok := a.(float64); ok {
				nums = append(nums, n)
			}
		}
		w.paint.operator(op, nums)
	}
}

// form draws what is kept to be drawn more than once.
func (w *writer) form(form *stream, resources dict, depth int) {
	before, saved := w.paint.now, slices.Clone(w.paint.saved)
	if m := w.f.list(form.dict["Matrix"]); len(m) == 6 {
		var matrix [6]float64
		for i := range matrix {
			matrix[i] = w.f.float(m[i])
		}
		w.paint.concat(matrix)
	}
	w.page(w.f.data(form), resources, depth+1)
	w.paint.now, w.paint.saved = before, saved
}

func last(args []any) any {
	if len(args) == 0 {
		return nil
	}
	return args[len(args)-1]
}

// place begins a new line where text stands higher or lower than what was shown
// before, and a new word where there is room between them.
func (w *writer) place(s *show) {
	em := s.size * s.scale
	x := s.x + s.advance
	switch {
	case !s.any:
	case math.Abs(s.y-s.endY) > 0.4*em:
		w.line()
	case x > s.endX+0.15*em || x < s.endX-2*em:
		w.gap()
	}
}

func (w *writer) text(v any, s *show) {
	t, ok := v.(text)
	if !ok || t == "" {
		return
	}
	w.place(s)
	letters, width := s.font.decode(string(t))
	w.put(letters)
	s.advance += width / 1000 * s.size * s.scale
	s.endX, s.endY, s.any = s.x+s.advance, s.y, true
}

func (w *writer) spaced(v any, s *show) {
	list, _ := v.(array)
	for _, e := range list {
		switch e := e.(type) {
		case text:
			w.text(e, s)
		case float64: // thousandths of the font's size, to the left
			s.advance -= e / 1000 * s.size * s.scale
		}
	}
}
