package dlp

import (
	"math/bits"
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// openWindow is how many bytes are looked at for a pattern without an end.
const openWindow = 4096

// window is how many bytes a pattern has to see: what it may match, and one
// character more.
func window(p pattern) int {
	longest := p.Longest
	if longest == 0 {
		parsed, err := syntax.Parse("(?:"+p.Lead+")(?:"+p.Match+")", syntax.Perl)
		if err != nil {
			return openWindow
		}
		longest = longestMatch(parsed)
	}
	return min(openWindow, longest+utf8.UTFMax)
}

// longestMatch is how many bytes re may match, at most openWindow.
func longestMatch(re *syntax.Regexp) int {
	n := 0
	switch re.Op {
	case syntax.OpLiteral:
		n = len(string(re.Rune))
	case syntax.OpCharClass:
		n = 1
		for _, r := range re.Rune {
			if r != 0x17f && r != 0x212a { // s and k, where case is ignored
				n = max(n, utf8.RuneLen(r))
			}
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		n = utf8.UTFMax
	case syntax.OpStar, syntax.OpPlus:
		return openWindow
	case syntax.OpRepeat:
		if re.Max < 0 {
			return openWindow
		}
		n = re.Max * longestMatch(re.Sub[0])
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			n = max(n, longestMatch(sub))
		}
	default:
		for _, sub := range re.Sub {
			n += longestMatch(sub)
		}
	}
	return min(n, openWindow)
}

// scan tries the patterns at each place where they may start.
func (d *Detector) scan(text string) []candidate {
	if d.filter.words == 0 {
		return nil
	}
	s := scanner{Detector: d, text: text, left: make([]uint64, d.filter.words), ends: make([]int, len(d.patterns)),
		counts: make([]int, len(d.identifiers))}
	digit := -1 // the next one, at i or behind
	for i := range len(text) {
		if digit < i {
			for digit = i; digit < len(text) && !isDigit(text[digit]); digit++ {
			}
		}
		kind := edgeStart
		if i > 0 {
			if kind = d.edges.kind[text[i-1]]; kind == edgeBeyond {
				kind = edgeKind(text, i)
			}
		}
		starts := &d.edges.dry[kind]
		if digit < i+depth {
			starts = &d.edges.wet[kind]
		}
		if starts.may(text, i) {
			s.try(i, starts.set)
		}
	}
	return s.found
}

// The kinds of what stands before a place.
const (
	edgeStart  = iota // nothing, or neither part of a word nor one of - / .
	edgeDigit         // a digit
	edgeUpper         // a capital letter
	edgeLower         // another letter of ASCII
	edgeLetter        // a letter beyond ASCII, or an underscore
	edgeHyphen        // a hyphen
	edgePoint         // a full stop or slash
	edgeBeyond        // a byte beyond ASCII: edgeKind looks at the character
)

// edges knows, for each kind of what stands before a place, which patterns may
// start there: those which need a digit only where one is near.
type edges struct {
	kind     [256]int // of a byte
	wet, dry [edgeBeyond]starts
}

// starts are patterns that may start at a place, and with which two bytes.
type starts struct {
	set   []uint64
	first [256]bool
	pairs [128 * 128]bool
}

func newEdges(d *Detector) *edges {
	e := &edges{}
	for b := range 256 {
		switch c := byte(b); {
		case isDigit(c):
			e.kind[b] = edgeDigit
		case isCapital(c):
			e.kind[b] = edgeUpper
		case isLetter(c):
			e.kind[b] = edgeLower
		case c == '_':
			e.kind[b] = edgeLetter
		case c == '-':
			e.kind[b] = edgeHyphen
		case c == '.' || c == '/':
			e.kind[b] = edgePoint
		case c >= utf8.RuneSelf:
			e.kind[b] = edgeBeyond
		}
	}
	dry := slices.Clone(d.filter.dry)
	for i, c := range d.patterns {
		if c.pattern.Digits {
			dry[i/64] &^= 1 << (i % 64)
		}
	}
	for kind := range edgeBeyond {
		set := d.edgeSet(kind)
		e.wet[kind].fill(d.filter, slices.Clone(set))
		for w := range set {
			set[w] &= dry[w]
		}
		e.dry[kind].fill(d.filter, set)
	}
	return e
}

func (s *starts) fill(f *prefilter, set []uint64) {
	s.set = set
	for a := range 256 {
		s.first[a] = meet(set, f.at(0, byte(a)), nil)
		for b := 0; b < 128 && a < 128 && s.first[a]; b++ {
			s.pairs[a*128+b] = meet(set, f.at(0, byte(a)), f.at(1, byte(b)))
		}
	}
}

// meet says whether the sets have a member in common. The last may be nil.
func meet(a, b, c []uint64) bool {
	for w := range a {
		both := a[w] & b[w]
		if c != nil {
			both &= c[w]
		}
		if both != 0 {
			return true
		}
	}
	return false
}

// may says whether a pattern may start at place i, from its first two bytes.
func (s *starts) may(text string, i int) bool {
	a := text[i]
	if !s.first[a] || i+1 == len(text) || a >= utf8.RuneSelf || text[i+1] >= utf8.RuneSelf {
		return s.first[a]
	}
	return s.pairs[int(a)*128+int(text[i+1])]
}

// edgeKind looks at a character beyond ASCII before place i.
func edgeKind(text string, i int) int {
	if utf8.RuneStart(text[i]) {
		if r, _ := utf8.DecodeLastRuneInString(text[:i]); clings(r) {
			return edgeLetter
		}
	}
	return edgeStart
}

// isWord says whether r is part of a word, as \w does in Unicode.
func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return isWordByte(byte(r))
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// clings says whether r beside an identifier makes it part of a longer word. In
// scripts without blanks between words numbers stand right beside letters.
func clings(r rune) bool { return isWord(r) && !joined(r) }

// allowedBefore tells for each left edge which kinds may stand before.
var allowedBefore = map[boundary][]int{
	atWord:  {edgeStart, edgeHyphen, edgePoint},
	atLoose: {edgeStart, edgeHyphen, edgePoint},
	atPlate: {edgeStart, edgePoint},
	atToken: {edgeStart},
	atDigit: {edgeStart, edgeUpper, edgeLower, edgeLetter, edgeHyphen, edgePoint},
	atAlnum: {edgeStart, edgeLetter, edgeHyphen, edgePoint},
	atUpper: {edgeStart, edgeLower, edgeLetter, edgeHyphen, edgePoint},
	atAny:   {edgeStart, edgeDigit, edgeUpper, edgeLower, edgeLetter, edgeHyphen, edgePoint},
}

// edgeSet gives the patterns which may start behind kind.
func (d *Detector) edgeSet(kind int) []uint64 {
	set := make([]uint64, d.filter.words)
	for edge, members := range d.before {
		for _, k := range allowedBefore[edge] {
			if k != kind {
				continue
			}
			for w, bits := range members {
				set[w] |= bits
			}
		}
	}
	return set
}

// scanner is one pass over one text.
type scanner struct {
	*Detector
	text   string
	left   []uint64
	ends   []int // for each pattern, where its last match ended
	counts []int // for each identifier, its matches
	found  []candidate
}

// try runs the patterns of set which the prefilter allows at place i.
func (s *scanner) try(i int, set []uint64) {
	f := s.filter
	left := s.left
	copy(left, set)
	for d := range depth {
		allowed := f.atEnd(d)
		over := i+d >= len(s.text)
		if !over {
			allowed = f.at(d, s.text[i+d])
		}
		some := uint64(0)
		for w := range left {
			left[w] &= allowed[w]
			some |= left[w]
		}
		if some == 0 {
			return
		}
		if over {
			break
		}
	}
	for w, set := range left {
		for set != 0 {
			n := w*64 + bits.TrailingZeros64(set)
			set &= set - 1
			s.match(n, i)
		}
	}
}

// match tries pattern number n at place i. As a search would, it goes on behind
// what it matched, even if the validator refused that.
func (s *scanner) match(n, i int) {
	c := &s.patterns[n]
	if i < s.ends[n] || s.counts[c.identifier] >= maxMatches {
		return
	}
	loc := c.expression.FindStringSubmatchIndex(s.text[i:min(len(s.text), i+c.window)])
	if loc == nil || loc[2] == loc[3] {
		return
	}
	start, end := i+loc[2], i+loc[3]
	if !s.edgeAfter(c.pattern.After, end) {
		return
	}
	s.ends[n] = end
	confidence := c.pattern.Confidence
	if c.validate != nil {
		switch v := c.validate(s.text[start:end]); v {
		case refused:
			return
		case affirmed:
			confidence = max(confidence, s.identifiers[c.identifier].Validated)
		}
	}
	s.counts[c.identifier]++
	s.found = append(s.found, candidate{c.identifier, start, end, confidence, c.pattern.Keyed})
}

// edgeAfter looks at a character beyond ASCII behind a match: to an expression
// it is no part of a word.
func (s *scanner) edgeAfter(edge boundary, end int) bool {
	if end >= len(s.text) {
		return true
	}
	if b := s.text[end]; b < utf8.RuneSelf {
		return edge != atToken || b != '.' || end+1 >= len(s.text) || !isWordByte(s.text[end+1])
	}
	if slices.Contains([]boundary{atAny, atDigit, atAlnum, atUpper, atBase64}, edge) {
		return true
	}
	r, _ := utf8.DecodeRuneInString(s.text[end:])
	last, _ := utf8.DecodeLastRuneInString(s.text[:end])
	return !clings(r) || edge == atWord && !isWord(last)
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
