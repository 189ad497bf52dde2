package dlp

import (
	"regexp"
	"regexp/syntax"
	"slices"
)

// depth is how many bytes of a candidate the prefilter looks at.
const depth = 16

// prefilter tells which of many patterns may match at a place, from its first
// bytes: for each distance and each byte, the set of patterns that allow it
// there. The sets that remain after depth bytes are few, and only those
// patterns are run. It never leaves one out that would match.
type prefilter struct {
	words int // of a set
	// allowed holds the sets, words for each distance and byte; end those for a
	// text that ends at a distance.
	allowed []uint64
	end     []uint64
	dry     []uint64 // the patterns that may go depth bytes, or match, without a digit
}

func newPrefilter(patterns []*regexp.Regexp) (*prefilter, error) {
	words := (len(patterns) + 63) / 64
	f := &prefilter{words: words, allowed: make([]uint64, depth*256*words), end: make([]uint64, depth*words), dry: make([]uint64, words)}
	for i, re := range patterns {
		if err := f.add(i, re); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *prefilter) at(distance int, b byte) []uint64 {
	i := (distance*256 + int(b)) * f.words
	return f.allowed[i : i+f.words]
}

func (f *prefilter) atEnd(distance int) []uint64 {
	return f.end[distance*f.words : (distance+1)*f.words]
}

// add enters pattern number n: it runs the program of the expression over all
// texts at once, as far as depth.
func (f *prefilter) add(n int, re *regexp.Regexp) error {
	parsed, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return err
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return err
	}
	word, bit := n/64, uint64(1)<<(n%64)
	s := step{states: reach(prog, uint32(prog.Start), true).runes}
	if s.dry(prog) {
		f.dry[word] |= bit
	}
	for d := range depth {
		s = s.next(prog)
		for b := range 256 {
			if s.bytes[b] {
				f.at(d, byte(b))[word] |= bit
			}
		}
		if s.end {
			f.atEnd(d)[word] |= bit
		}
	}
	return nil
}

// step is what may stand at one distance, and where the program is behind it.
type step struct {
	states []uint32  // instructions that take the next character
	bytes  [256]bool // what may stand here
	end    bool      // the text may end here
	open   bool      // anything may follow: a match ended, or left ASCII
	edge   bool      // the next is no part of a word, or the text ends: a match may have ended here
}

// next goes one character on.
func (s step) next(prog *syntax.Prog) step {
	n := step{open: s.open || s.edge, end: s.open || s.edge}
	for b := range 256 {
		n.bytes[b] = s.open || s.edge && !isWordByte(byte(b))
	}
	for _, pc := range s.states {
		inst := &prog.Inst[pc]
		high := accept(inst, &n.bytes)
		n.open = n.open || high
		to := reach(prog, inst.Out, false)
		n.states = append(n.states, to.runes...)
		if to.match || to.edge && takesNonWord(inst) {
			n.open = true
		}
		n.edge = n.edge || to.edge || to.atEnd
	}
	slices.Sort(n.states)
	n.states = slices.Compact(n.states)
	return n
}

// dry says whether the program may go on for depth characters, or match, without
// a digit.
func (s step) dry(prog *syntax.Prog) bool {
	for range depth {
		var next step
		for _, pc := range s.states {
			inst := &prog.Inst[pc]
			if !takesOther(inst) {
				continue
			}
			to := reach(prog, inst.Out, false)
			if to.match || to.edge || to.atEnd {
				return true
			}
			next.states = append(next.states, to.runes...)
		}
		slices.Sort(next.states)
		s.states = slices.Compact(next.states)
	}
	return len(s.states) > 0
}

// takesOther says whether inst takes a character that is no digit.
func takesOther(inst *syntax.Inst) bool {
	for b := range 0x80 {
		if !isDigit(byte(b)) && inst.MatchRune(rune(b)) {
			return true
		}
	}
	return inst.MatchRune('ä') || inst.MatchRune(0x3042)
}

// accept marks the bytes with which a character may begin that inst takes, and
// says whether one beyond ASCII may follow.
func accept(inst *syntax.Inst, bytes *[256]bool) (high bool) {
	for b := range 0x80 {
		if inst.MatchRune(rune(b)) {
			bytes[b] = true
		}
	}
	// U+017F and U+212A are s and k to a comparison that ignores case. Nobody
	// writes an identifier with them.
	for _, r := range []rune{'ä', 'ö', 'ü', 'Ä', 'Ö', 'Ü', 0xa0, 0x202f, 0x3042, 0x1f600} {
		high = high || inst.MatchRune(r)
	}
	if high {
		for b := 0x80; b < 0x100; b++ {
			bytes[b] = true
		}
	}
	return high
}

func takesNonWord(inst *syntax.Inst) bool {
	for b := range 0x80 {
		if !isWordByte(byte(b)) && inst.MatchRune(rune(b)) {
			return true
		}
	}
	return false
}

// isWordByte says whether b is part of a word, ASCII only.
func isWordByte(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z'
}

// reached is where a program comes without taking a character.
type reached struct {
	runes []uint32 // instructions that take one
	match bool     // to a match,
	edge  bool     // to a match where a word ends,
	atEnd bool     // to a match where the text ends
}

// reach follows the empty transitions from pc.
func reach(prog *syntax.Prog, pc uint32, start bool) (r reached) {
	type place struct {
		pc        uint32
		edge, end bool
	}
	seen := map[place]bool{}
	var follow func(place)
	follow = func(p place) {
		if seen[p] {
			return
		}
		seen[p] = true
		inst := &prog.Inst[p.pc]
		on := place{inst.Out, p.edge, p.end}
		switch inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			follow(on)
			follow(place{inst.Arg, p.edge, p.end})
		case syntax.InstCapture, syntax.InstNop:
			follow(on)
		case syntax.InstEmptyWidth:
			op := syntax.EmptyOp(inst.Arg)
			if op&syntax.EmptyBeginText != 0 && !start {
				return
			}
			on.edge = on.edge || op&syntax.EmptyWordBoundary != 0
			on.end = on.end || op&syntax.EmptyEndText != 0
			follow(on)
		case syntax.InstMatch:
			r.match = r.match || !p.edge && !p.end
			r.edge = r.edge || p.edge
			r.atEnd = r.atEnd || p.end
		case syntax.InstFail:
		default:
			r.runes = append(r.runes, p.pc)
		}
	}
	follow(place{pc: pc})
	return r
}
