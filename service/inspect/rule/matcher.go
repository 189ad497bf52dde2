package rule

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"cloudappsecurity/service/inspect/fold"
)

// Gap is how many bytes of folded text at most stand between the parts of a
// phrase; a sentence's end never does.
const Gap = 60

// maxForms is how many forms one part of a phrase may have.
const maxForms = 4000

// Matcher finds many phrases in one pass. A phrase can only begin where a word
// does, so a tree that is walked from each word's beginning does the work of
// an automaton with a fraction of its memory. It is safe for concurrent use.
type Matcher struct {
	nodes []node
	edges []edge
	roots [256]int32 // by first byte; 0 is none
	slots []slot
}

type node struct {
	first int32 // of edges
	count int32
	slots []int32 // what ends here
}

type edge struct {
	b    byte
	next int32
}

// slot is one part of a phrase: "account .. suspended" has two.
type slot struct {
	phrase int32
	before int32 // the part before it; -1 if none
	last   bool
}

// MatcherBuilder collects phrases. The zero value is ready.
type MatcherBuilder struct {
	literals []literal
	slots    []slot
}

// literal is one form of one part.
type literal struct {
	text string
	slot int32
}

// Add adds a phrase under an id. A phrase is words, folded as texts are;
// "(a|b|)" is one of several, " .. " a gap within the sentence (Gap), "*" at a
// word's end any ending of it. After "*" there is always a gap.
func (b *MatcherBuilder) Add(id int32, phrase string) error {
	var parts []string
	for part := range strings.SplitSeq(phrase, " .. ") {
		parts = append(parts, splitStems(part)...)
	}
	before := int32(-1)
	for i, part := range parts {
		forms, err := expand(part)
		if err != nil {
			return err
		}
		n := int32(len(b.slots))
		b.slots = append(b.slots, slot{phrase: id, before: before, last: i == len(parts)-1})
		before = n
		for _, form := range forms {
			text := literalOf(form)
			if strings.TrimSpace(text) == "" {
				return fmt.Errorf("phrase %q: %q is nothing", phrase, form)
			}
			b.literals = append(b.literals, literal{text, n})
		}
	}
	return nil
}

// splitStems parts "dear* (customer|client*) today" after each word, or group,
// that has open endings.
func splitStems(part string) []string {
	var out []string
	start, open, inside := 0, false, 0
	for i := range len(part) {
		switch c := part[i]; {
		case c == '(':
			inside++
		case c == ')':
			inside--
		case c == '*':
			open = true
		case c == ' ' && inside == 0:
			if open {
				out = append(out, part[start:i])
				start = i + 1
			}
			open = false
		}
	}
	return append(out, part[start:])
}

// expand gives each form of a part: "(your|the) mailbox" has two. Brackets may
// stand within brackets.
func expand(part string) ([]string, error) {
	forms, rest, err := sequence(part, 0)
	if err == nil && rest != "" {
		err = fmt.Errorf("phrase %q: a bracket isn't opened", part)
	}
	return forms, err
}

// sequence reads up to what ends it: a "|" or ")" within brackets, or the end.
func sequence(s string, depth int) (forms []string, rest string, err error) {
	forms = []string{""}
	for s != "" {
		i := strings.IndexAny(s, "(|)")
		if i < 0 {
			i = len(s)
		}
		for j := range forms {
			forms[j] += s[:i]
		}
		s = s[i:]
		if s == "" {
			break
		}
		if s[0] != '(' {
			if depth == 0 {
				return nil, "", fmt.Errorf("phrase: %q stands outside of brackets", s[:1])
			}
			return forms, s, nil
		}
		choices, after, err := choice(s, depth)
		if err != nil {
			return nil, "", err
		}
		if len(forms)*len(choices) > maxForms {
			return nil, "", fmt.Errorf("phrase %q has more than %d forms", s, maxForms)
		}
		longer := make([]string, 0, len(forms)*len(choices))
		for _, f := range forms {
			for _, c := range choices {
				longer = append(longer, f+c)
			}
		}
		forms, s = longer, after
	}
	return forms, "", nil
}

// choice reads brackets.
func choice(s string, depth int) (choices []string, rest string, err error) {
	rest = s
	for {
		forms, after, err := sequence(rest[1:], depth+1)
		if err != nil {
			return nil, "", err
		}
		if after == "" {
			return nil, "", fmt.Errorf("phrase %q: a bracket isn't closed, or has a gap within", s)
		}
		choices = append(choices, forms...)
		rest = after
		if rest[0] == ')' {
			return choices, rest[1:], nil
		}
	}
}

// literalOf folds a form to what stands in a folded text: between spaces, but
// for scripts that write without them, and for a word of any ending.
func literalOf(form string) string {
	open := strings.HasSuffix(form, "*")
	s := strings.ReplaceAll(fold.String(strings.TrimSuffix(form, "*")), "\n ", "")
	if r, _ := utf8.DecodeRuneInString(strings.TrimSpace(s)); unspaced(r) {
		s = strings.TrimLeft(s, " ")
	}
	if r, _ := utf8.DecodeLastRuneInString(strings.TrimSpace(s)); open || unspaced(r) {
		s = strings.TrimRight(s, " ")
	}
	return s
}

// unspaced says that r belongs to a script which writes no spaces between words,
// or joins endings to them.
func unspaced(r rune) bool {
	return r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai)
}

// Build makes the matcher. The builder is of no use afterwards.
func (b *MatcherBuilder) Build() *Matcher {
	slices.SortFunc(b.literals, func(x, y literal) int {
		return cmp.Or(strings.Compare(x.text, y.text), cmp.Compare(x.slot, y.slot))
	})
	b.literals = slices.Compact(b.literals)
	m := &Matcher{slots: b.slots, nodes: make([]node, 1)}
	for lo := 0; lo < len(b.literals); {
		c := b.literals[lo].text[0]
		hi := group(b.literals, lo, 0)
		m.roots[c] = m.grow(b.literals[lo:hi], 1)
		lo = hi
	}
	b.literals = nil
	return m
}

// grow makes the node of literals which are the same up to depth.
func (m *Matcher) grow(literals []literal, depth int) int32 {
	n := int32(len(m.nodes))
	m.nodes = append(m.nodes, node{})
	lo := 0
	for lo < len(literals) && len(literals[lo].text) == depth {
		m.nodes[n].slots = append(m.nodes[n].slots, literals[lo].slot)
		lo++
	}
	first := int32(len(m.edges))
	for i := lo; i < len(literals); i = group(literals, i, depth) {
		m.edges = append(m.edges, edge{b: literals[i].text[depth]})
	}
	m.nodes[n].first, m.nodes[n].count = first, int32(len(m.edges))-first
	for e := first; lo < len(literals); e++ {
		hi := group(literals, lo, depth)
		next := m.grow(literals[lo:hi], depth+1)
		m.edges[e].next = next
		lo = hi
	}
	return n
}

// group gives where the literals end that have the same byte at depth as the
// one at lo.
func group(literals []literal, lo, depth int) int {
	hi := lo + 1
	for hi < len(literals) && literals[hi].text[depth] == literals[lo].text[depth] {
		hi++
	}
	return hi
}

func (m *Matcher) step(n int32, c byte) int32 {
	if n == 0 {
		return m.roots[c]
	}
	from := &m.nodes[n]
	for _, e := range m.edges[from.first : from.first+from.count] {
		if e.b == c {
			return e.next
		}
	}
	return 0
}

// Match calls found for each phrase in a folded text, in the order of where
// their last part begins, with the bounds of the whole.
func (m *Matcher) Match(text string, found func(phrase int32, start, end int)) {
	progress := map[int32][2]int{} // by slot: start of the phrase, end of this part
	for i := 0; i < len(text); i++ {
		if c := text[i]; c != ' ' && c < 0xE0 {
			continue
		}
		n := int32(0)
		for j := i; j < len(text); j++ {
			if n = m.step(n, text[j]); n == 0 {
				break
			}
			for _, s := range m.nodes[n].slots {
				m.reached(text, s, i, j+1, progress, found)
			}
		}
	}
}

func (m *Matcher) reached(text string, s int32, start, end int, progress map[int32][2]int, found func(int32, int, int)) {
	at := m.slots[s]
	if at.before >= 0 {
		p, ok := progress[at.before]
		if !ok || start < p[1]-1 || start > p[1]+Gap || strings.IndexByte(text[p[1]-1:max(start, p[1])], fold.Break) >= 0 {
			return
		}
		start = p[0]
	}
	if at.last {
		found(at.phrase, start, end)
		return
	}
	progress[s] = [2]int{start, end}
}
