package dlp

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"unicode/utf8"
)

// Config says what a detector looks for.
type Config struct {
	Enabled []string // names of identifiers that are built in; nil: all
	Custom  []Custom
}

// Detector finds identifiers. It may be used by several goroutines at once.
type Detector struct {
	identifiers []Identifier
	custom      []compiledCustom // their identifiers stand last
	patterns    []compiled
	filter      *prefilter
	// before holds, for each kind of left edge, the set of patterns with it.
	before   map[boundary][]uint64
	edges    *edges
	keywords keywordIndex
}

// compiled is a pattern ready to be tried.
type compiled struct {
	identifier int
	expression *regexp.Regexp
	validate   validator // nil: none
	pattern    pattern
	window     int // bytes that are looked at
}

// New makes a detector. An error is a *service.Error about a custom identifier,
// or names an unknown identifier.
func New(cfg Config) (*Detector, error) {
	all, err := Identifiers()
	if err != nil {
		return nil, err
	}
	d := &Detector{identifiers: all, before: map[boundary][]uint64{}}
	if cfg.Enabled != nil {
		d.identifiers = nil
		for _, name := range cfg.Enabled {
			i := slices.IndexFunc(all, func(id Identifier) bool { return id.Name == name })
			if i < 0 {
				return nil, fmt.Errorf("unknown identifier %q", name)
			}
			d.identifiers = append(d.identifiers, all[i])
		}
	}
	if err := d.addCustom(cfg.Custom); err != nil {
		return nil, err
	}
	if err := d.compile(); err != nil {
		return nil, err
	}
	d.keywords = newKeywordIndex(d.identifiers)
	return d, nil
}

func (d *Detector) compile() error {
	var expressions []*regexp.Regexp
	for i, id := range d.identifiers {
		if id.Finder != "" {
			continue
		}
		for _, whole := range id.Patterns {
			for _, p := range whole.alternatives() {
				re, err := p.expression()
				if err != nil {
					return fmt.Errorf("%s: %w", id.Name, err)
				}
				d.patterns = append(d.patterns, compiled{i, re, validators[id.Validator], p, window(p)})
				expressions = append(expressions, re)
			}
		}
	}
	filter, err := newPrefilter(expressions)
	if err != nil {
		return err
	}
	d.filter = filter
	for i, c := range d.patterns {
		set := d.before[c.pattern.Before]
		if set == nil {
			set = make([]uint64, filter.words)
			d.before[c.pattern.Before] = set
		}
		set[i/64] |= 1 << (i % 64)
	}
	d.edges = newEdges(d)
	return nil
}

// Find gives all matches of all identifiers, of any confidence, ordered by
// start, end and name; those of different identifiers may overlap. Of one
// identifier at most 10,000 are told. The work grows with the length of text.
func (d *Detector) Find(text string) []Match {
	found := d.scan(text)
	for i, id := range d.identifiers {
		if find := finders[id.Finder]; find != nil {
			found = append(found, limit(find(text), i)...)
		}
	}
	found = append(found, d.findCustom(text)...)
	found = distinct(found)
	if len(found) == 0 {
		return nil
	}
	return d.finish(text, found)
}

// limit gives the first matches of one identifier.
func limit(list []candidate, identifier int) []candidate {
	if len(list) > maxMatches {
		list = list[:maxMatches]
	}
	for i := range list {
		list[i].identifier = identifier
	}
	return list
}

// finish raises what keywords support, drops what needs one and has none, and
// counts code points.
func (d *Detector) finish(text string, found []candidate) []Match {
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end), cmp.Compare(a.identifier, b.identifier))
	})
	offsets := runeOffsets(text, found)
	wanted := make([]bool, len(d.identifiers))
	for _, c := range found {
		wanted[c.identifier] = true
	}
	near := d.keywords.hits(text, wanted)
	ceilings := d.ceilings(found)
	var out []Match
	for i, c := range found {
		m := Match{Identifier: d.identifiers[c.identifier].Name, Start: c.start, End: c.end,
			RuneStart: offsets[2*i], RuneEnd: offsets[2*i+1], Confidence: c.confidence}
		switch {
		case near.near(c.identifier, m.RuneStart, m.RuneEnd):
			m.Confidence = supported(c.confidence)
		case c.keyword:
			continue
		}
		m.Confidence = min(m.Confidence, ceilings[i])
		m.Masked = mask(text[c.start:c.end])
		out = append(out, m)
	}
	return out
}

// containers are identifiers in whose text numbers stand by chance, and the
// confidence that such a number may have at most: an account holds what looks
// like a card, a link's token anything.
var containers = map[string]float64{"IBAN_CODE": 0.3, "CRYPTO": 0.3, "UUID": 0.3, "API_KEY": 0.3, "PRIVATE_KEY": 0.3, "URL": Low, "EMAIL_ADDRESS": Low}

// ceilings gives the highest confidence of each match: less than 1 within a
// longer one of a container. The matches are ordered by start.
func (d *Detector) ceilings(found []candidate) []float64 {
	out := make([]float64, len(found))
	for i := range out {
		out[i] = 1
	}
	for i, c := range found {
		ceiling, ok := containers[d.identifiers[c.identifier].Name]
		if !ok {
			continue
		}
		inside := func(j int) {
			if in := found[j]; in.start >= c.start && in.end <= c.end && in.end-in.start < c.end-c.start {
				out[j] = min(out[j], ceiling)
			}
		}
		for j := i - 1; j >= 0 && found[j].start == c.start; j-- {
			inside(j)
		}
		for j := i + 1; j < len(found) && found[j].start < c.end; j++ {
			inside(j)
		}
	}
	return out
}

// supported is the confidence of a match with a keyword near it: what is rare
// by itself or was validated (from 0.5) becomes High, what is weak stays below
// Medium, so that a run of digits next to "account" violates nothing.
func supported(confidence float64) float64 {
	switch {
	case confidence >= Low:
		return min(1, math.Round(100*confidence+20)/100)
	case confidence >= 0.5:
		return High
	case confidence >= 0.3:
		return Low
	default:
		return max(0.4, confidence)
	}
}

// runeOffsets gives start and end of each match in code points. The matches are
// ordered by start.
func runeOffsets(text string, found []candidate) []int {
	type mark struct{ at, slot int }
	marks := make([]mark, 0, 2*len(found))
	for i, c := range found {
		marks = append(marks, mark{c.start, 2 * i}, mark{c.end, 2*i + 1})
	}
	slices.SortFunc(marks, func(a, b mark) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.slot, b.slot)) })
	out := make([]int, len(marks))
	at, runes := 0, 0
	for _, m := range marks {
		runes += utf8.RuneCountInString(text[at:m.at])
		at = m.at
		out[m.slot] = runes
	}
	return out
}
