// Package alike tells which known name a name imitates: by letters that look
// like others, or by one letter that is wrong, missing, added or swapped.
package alike

import (
	"slices"
	"unicode/utf8"

	"cloudappsecurity/service/inspect/fold"
)

// Kind is how a name resembles a known one.
type Kind int

// The kinds, the closest first.
const (
	None  Kind = iota
	Same       // it is the known name
	Glyph      // it only looks the same: "paypa1", "аpple"
	Typo       // one letter differs: "mircosoft"
)

// minTypo is how long a name has to be for one wrong letter to be an imitation:
// short words have too many neighbours that are words themselves.
const minTypo = 6

// Index finds imitations of known names in a time that doesn't grow with their
// number. Build it with Add; afterwards it is safe for concurrent use.
type Index struct {
	same  map[string]int
	glyph map[string]int
	typo  map[string][]string // by a name without one of its letters, the names
}

// Add makes a name known: one label of a domain, or a word. The first of two
// with one name counts.
func (x *Index) Add(name string, id int) {
	name = fold.Label(name)
	if name == "" {
		return
	}
	if x.same == nil {
		x.same, x.glyph, x.typo = map[string]int{}, map[string]int{}, map[string][]string{}
	}
	if _, twice := x.same[name]; twice {
		return
	}
	x.same[name] = id
	if _, twice := x.glyph[fold.Leet(name)]; !twice {
		x.glyph[fold.Leet(name)] = id
	}
	if utf8.RuneCountInString(name) >= minTypo {
		for _, d := range deletions(name) {
			x.typo[d] = append(x.typo[d], name)
		}
	}
}

// Find tells which known name written resembles most closely.
func (x *Index) Find(written string) (id int, kind Kind) {
	if x.same == nil || written == "" {
		return 0, None
	}
	plain := fold.Domain(written)
	if id, ok := x.same[plain]; ok {
		return id, Same
	}
	label := fold.Label(plain)
	if id, ok := x.same[label]; ok {
		if isASCII(plain) {
			return id, Same // hyphens only
		}
		return id, Glyph
	}
	if len(label) < 4 {
		return 0, None
	}
	if id, ok := x.glyph[fold.Leet(label)]; ok {
		return id, Glyph
	}
	if utf8.RuneCountInString(label) < minTypo-1 {
		return 0, None
	}
	for _, d := range append(deletions(label), label) {
		for _, known := range x.typo[d] {
			if oneApart(label, known) && (utf8.RuneCountInString(known) > minTypo || slight(label, known)) {
				return x.same[known], Typo
			}
		}
		if known, ok := x.same[d]; ok && d != label && (utf8.RuneCountInString(d) > minTypo || utf8.RuneCountInString(d) == minTypo && slight(d, label)) {
			return known, Typo // one letter too many
		}
	}
	return 0, None
}

// deletions gives s without each of its letters in turn.
func deletions(s string) []string {
	out := make([]string, 0, len(s))
	for i, r := range s {
		out = append(out, s[:i]+s[i+utf8.RuneLen(r):])
	}
	return out
}

// oneApart says that one letter is added, missing, another, or swapped with its
// neighbour. A plural or a digit at the end is a name of its own more often
// than an imitation.
func oneApart(a, b string) bool {
	x, y := []rune(a), []rune(b)
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	switch {
	case len(x) == 2 && len(y) == 2:
		return x[0] == y[1] && x[1] == y[0]
	default:
		return len(x) <= 1 && len(y) <= 1 && len(x)+len(y) > 0
	}
}

// slight says that the letters are the same but for their order or number: words
// of six letters have neighbours by another letter that are names themselves.
func slight(a, b string) bool {
	set := func(s string) string {
		r := []rune(s)
		slices.Sort(r)
		return string(slices.Compact(r))
	}
	return set(a) == set(b)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
