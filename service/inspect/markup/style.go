package markup

import (
	"bytes"
	"strconv"
)

// property is a set of what an element's style declares.
type property uint32

const (
	hasDisplay property = 1 << iota
	hasVisibility
	hasOpacity
	hasSize
	hasColor
	hasBackground
	hasOverflow
	hasBox
	hasPosition
	hasOffset
	hasShift
	hasClip
	hasSpace
	hasTransform
	hasMoves
)

// style is what was declared for one element, as far as it decides whether text
// is seen.
type style struct {
	set       property
	none      bool // display:none
	invisible bool // visibility:hidden or collapse
	clear     bool // opacity:0
	tiny      bool // font-size of at most one pixel
	color     color
	back      color
	clips     bool // overflow:hidden
	empty     bool // a box without height or width
	floats    bool // position:absolute or fixed
	away      bool // an offset that leads out of sight
	shifted   bool // an indent or a margin that does
	clipped   bool
	pre       bool
	shrunk    bool // transform:scale(0)
	moves     bool // an animation or a transition may show it after all
}

// merge lays over what o declares.
func (s *style) merge(o *style) {
	s.set |= o.set
	over := func(p property, dst *bool, v bool) {
		if o.set&p != 0 {
			*dst = v
		}
	}
	over(hasDisplay, &s.none, o.none)
	over(hasVisibility, &s.invisible, o.invisible)
	over(hasOpacity, &s.clear, o.clear)
	over(hasSize, &s.tiny, o.tiny)
	over(hasOverflow, &s.clips, o.clips)
	over(hasBox, &s.empty, o.empty)
	over(hasPosition, &s.floats, o.floats)
	over(hasOffset, &s.away, o.away)
	over(hasShift, &s.shifted, o.shifted)
	over(hasClip, &s.clipped, o.clipped)
	over(hasSpace, &s.pre, o.pre)
	over(hasTransform, &s.shrunk, o.shrunk)
	over(hasMoves, &s.moves, o.moves)
	if o.set&hasColor != 0 {
		s.color = o.color
	}
	if o.set&hasBackground != 0 {
		s.back = o.back
	}
}

// reveal lays over only what o shows.
func (s *style) reveal(o *style) {
	show := func(p property, dst *bool, hides bool) {
		if o.set&p != 0 && !hides {
			s.put(p, dst, false)
		}
	}
	show(hasDisplay, &s.none, o.none)
	show(hasVisibility, &s.invisible, o.invisible)
	show(hasOpacity, &s.clear, o.clear)
	show(hasSize, &s.tiny, o.tiny)
	show(hasOverflow, &s.clips, o.clips)
	show(hasBox, &s.empty, o.empty)
	show(hasPosition, &s.floats, o.floats)
	show(hasOffset, &s.away, o.away)
	show(hasShift, &s.shifted, o.shifted)
	show(hasClip, &s.clipped, o.clipped)
	show(hasTransform, &s.shrunk, o.shrunk)
	if o.set&hasMoves != 0 && o.moves {
		s.put(hasMoves, &s.moves, true)
	}
	if o.set&(hasBackground|hasColor) != 0 { // then the colors aren't known
		s.set |= hasBackground
		s.back = color{kind: unknown}
	}
}

// declarations reads "name: value; name: value"; those marked !important go
// into the second style.
func declarations(text []byte, normal, important *style) {
	if bytes.Contains(text, []byte("/*")) {
		text = withoutComments(text)
	}
	for len(text) > 0 {
		var one []byte
		one, text = cutDeclaration(text)
		name, value, ok := bytes.Cut(one, []byte(":"))
		if !ok {
			continue
		}
		name, value = bytes.TrimSpace(name), bytes.TrimSpace(value)
		to := normal
		if i := bytes.LastIndexByte(value, '!'); i >= 0 && foldEqual(bytes.TrimSpace(value[i+1:]), "important") {
			value, to = bytes.TrimSpace(value[:i]), important
		}
		to.declare(lower(name), value)
	}
}

// cutDeclaration cuts at the next semicolon that doesn't stand in quotes or
// parentheses, as in url(data:image/png;base64,…).
func cutDeclaration(text []byte) (one, rest []byte) {
	before, after, ok := bytes.Cut(text, []byte{';'})
	if !ok {
		return text, nil
	}
	if !bytes.ContainsAny(before, `("'`) {
		return before, after
	}
	var quote byte
	depth := 0
	for i, c := range text {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case c == ';' && depth == 0:
			return text[:i], text[i+1:]
		}
	}
	return text, nil
}

func withoutComments(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for {
		i := bytes.Index(text, []byte("/*"))
		if i < 0 {
			return append(out, text...)
		}
		out = append(out, text[:i]...)
		j := bytes.Index(text[i+2:], []byte("*/"))
		if j < 0 {
			return out
		}
		text = text[i+2+j+2:]
	}
}

// lower gives a short name in lower case without an allocation where it is so
// already.
func lower(b []byte) string {
	for _, c := range b {
		if 'A' <= c && c <= 'Z' {
			return string(bytes.ToLower(b))
		}
	}
	return string(b)
}

func foldEqual(b []byte, s string) bool { return len(b) == len(s) && bytes.EqualFold(b, []byte(s)) }

func foldPrefix(b []byte, s string) bool { return len(b) >= len(s) && foldEqual(b[:len(s)], s) }

// farAway is the offset in pixels from which text is out of sight.
const farAway = -400

func (s *style) declare(name string, value []byte) {
	number, isNumber := pixels(value)
	switch name {
	case "display":
		s.put(hasDisplay, &s.none, foldEqual(value, "none"))
	case "visibility":
		s.put(hasVisibility, &s.invisible, foldEqual(value, "hidden") || foldEqual(value, "collapse"))
	case "content-visibility":
		s.put(hasVisibility, &s.invisible, foldEqual(value, "hidden"))
	case "opacity":
		s.put(hasOpacity, &s.clear, isNumber && number < 0.05)
	case "font-size":
		if isNumber || !foldEqual(value, "inherit") {
			s.put(hasSize, &s.tiny, isNumber && number <= 1)
		}
	case "font":
		s.font(value)
	case "all":
		*s = style{set: hasDisplay | hasVisibility | hasOpacity | hasSize | hasOverflow | hasBox | hasPosition | hasOffset | hasShift | hasClip | hasTransform}
	case "animation", "animation-name", "-webkit-animation", "-webkit-animation-name", "transition":
		s.put(hasMoves, &s.moves, !foldEqual(value, "none"))
	case "color":
		s.set |= hasColor
		s.color = parseColor(value)
	case "background-color", "background", "background-image":
		s.background(name, value)
	case "overflow", "overflow-x", "overflow-y":
		s.put(hasOverflow, &s.clips, foldPrefix(value, "hidden") || foldPrefix(value, "clip"))
	case "max-height", "height", "max-width", "width":
		if isNumber && number <= 1 {
			s.put(hasBox, &s.empty, true)
		} else if s.set&hasBox == 0 {
			s.put(hasBox, &s.empty, false)
		}
	case "min-height", "min-width": // newsletters: width:1px; min-width:100%
		if isNumber && number > 1 {
			s.put(hasBox, &s.empty, false)
		}
	case "position":
		s.put(hasPosition, &s.floats, foldEqual(value, "absolute") || foldEqual(value, "fixed"))
	case "left", "top", "right", "bottom":
		if isNumber && number <= farAway {
			s.put(hasOffset, &s.away, true)
		} else if s.set&hasOffset == 0 {
			s.put(hasOffset, &s.away, false)
		}
	case "text-indent", "margin-left", "margin-top":
		s.put(hasShift, &s.shifted, isNumber && number <= farAway)
	case "clip", "clip-path":
		s.put(hasClip, &s.clipped, clipsAll(value))
	case "white-space":
		s.put(hasSpace, &s.pre, foldPrefix(value, "pre"))
	case "transform", "-webkit-transform":
		s.put(hasTransform, &s.shrunk, foldPrefix(value, "scale(0)") || foldPrefix(value, "scale(0,"))
	}
}

func (s *style) put(p property, dst *bool, v bool) {
	s.set |= p
	*dst = v
}

// font reads the size of the shorthand, the first thing with a unit.
func (s *style) font(value []byte) {
	for f := range bytes.FieldsSeq(value) {
		size, _, _ := bytes.Cut(f, []byte("/"))
		if len(size) > 1 && (size[0] >= '0' && size[0] <= '9' || size[0] == '.') && !allDigits(size) || bytes.Equal(size, []byte("0")) {
			if n, ok := pixels(size); ok {
				s.put(hasSize, &s.tiny, n <= 1)
				return
			}
		}
	}
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func (s *style) background(name string, value []byte) {
	picture := name != "background-color" && (bytes.IndexByte(value, '(') >= 0 && !foldPrefix(value, "rgb") && !foldPrefix(value, "hsl") || bytes.Contains(value, []byte("var(")))
	if name == "background-image" && !picture {
		return
	}
	s.set |= hasBackground
	s.back = color{kind: unknown}
	if picture {
		return
	}
	if name == "background-color" {
		s.back = parseColor(value)
		return
	}
	for f := range bytes.FieldsSeq(value) {
		if c := parseColor(f); c.kind != unknown {
			s.back = c
			return
		}
	}
	if c := parseColor(value); c.kind != unknown {
		s.back = c
	}
}

func clipsAll(value []byte) bool {
	if foldPrefix(value, "inset(100%") || foldPrefix(value, "inset(50%") || foldPrefix(value, "circle(0") {
		return true
	}
	if !foldPrefix(value, "rect(") {
		return false
	}
	for _, c := range value[len("rect("):] {
		if c >= '2' && c <= '9' {
			return false
		}
	}
	return !bytes.Contains(value, []byte("auto"))
}

// pixels reads a length in CSS pixels, taking 16 to the em. A share of
// something else counts as a number only where it is nothing.
func pixels(value []byte) (float64, bool) {
	end := 0
	for end < len(value) && (value[end] >= '0' && value[end] <= '9' || value[end] == '.' || end == 0 && (value[end] == '-' || value[end] == '+')) {
		end++
	}
	if end == 0 || end > 12 {
		return 0, false
	}
	n, err := strconv.ParseFloat(string(value[:end]), 64)
	if err != nil {
		return 0, false
	}
	switch unit := value[end:]; {
	case foldPrefix(unit, "pt"):
		n *= 4.0 / 3
	case foldPrefix(unit, "em"), foldPrefix(unit, "rem"):
		n *= 16
	case foldPrefix(unit, "in"):
		n *= 96
	case foldPrefix(unit, "cm"):
		n *= 38
	case foldPrefix(unit, "%"), foldPrefix(unit, "vw"), foldPrefix(unit, "vh"):
		if n < 0 {
			n *= 10
		} else if n > 0 {
			n = 16
		}
	}
	return n, true
}
