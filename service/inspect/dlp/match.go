package dlp

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Match is one place where an identifier was found. The text itself isn't kept.
type Match struct {
	Identifier         string
	Start, End         int     // bytes of the text, the end exclusive
	RuneStart, RuneEnd int     // the same in code points; a byte that isn't UTF-8 counts as one
	Confidence         float64 // over 0 to 1; see the package's levels
	Masked             string  // all but the last four characters as stars
}

// The levels of confidence, as Microsoft Purview has them: 0.85 where a keyword
// supports a pattern that was validated or is rare, 0.65 where none does.
// https://learn.microsoft.com/en-us/purview/sit-sensitive-information-type-learn-about#more-on-confidence-levels
const (
	High   = 0.85
	Medium = 0.75
	Low    = 0.65
)

// maxMatches is how many matches of one identifier are told for one text. More
// say nothing new, and a hostile text could hold millions.
const maxMatches = 10_000

// visible is how many characters at its end a masked match shows.
const visible = 4

// mask replaces all but the last four characters of s by stars. Blanks around
// it, which some spans hold, go. A short one is hidden whole.
func mask(s string) string {
	s = strings.TrimSpace(s)
	n := utf8.RuneCountInString(s)
	if n <= visible {
		return strings.Repeat("*", n)
	}
	hidden := min(n-visible, 60) // a key of thousands of characters needs no thousand stars
	tail := len(s)
	for range visible {
		_, size := utf8.DecodeLastRuneInString(s[:tail])
		tail -= size
	}
	return strings.Repeat("*", hidden) + s[tail:]
}

// candidate is a match in the making.
type candidate struct {
	identifier int // index into the detector's identifiers
	start, end int
	confidence float64
	keyword    bool // it counts only with a keyword near
}

// distinct drops, within one identifier, what lies within a match that is at
// least as sure, and orders the rest by identifier and start.
func distinct(list []candidate) []candidate {
	slices.SortFunc(list, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.identifier, b.identifier), cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end),
			cmp.Compare(b.confidence, a.confidence))
	})
	var kept, open []candidate // open are the kept ones that may still hold a later one
	for i, c := range list {
		if i > 0 && c.identifier != list[i-1].identifier {
			open = open[:0]
		}
		open = slices.DeleteFunc(open, func(o candidate) bool { return o.end <= c.start })
		within := slices.ContainsFunc(open, func(o candidate) bool {
			return o.start <= c.start && c.end <= o.end && o.confidence >= c.confidence
		})
		if !within {
			open, kept = append(open, c), append(kept, c)
		}
	}
	return kept
}
