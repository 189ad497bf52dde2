package rule

import (
	"fmt"
	"slices"
	"strings"
)

// Book is the rules of all families. It is safe for concurrent use.
type Book struct {
	rules      []Rule
	examples   map[string]string
	composites []definition // each after those which it names
}

// NewBook joins the families. It is an error if two rules have one name, or if a
// composite names a rule that there isn't, or itself by way of others.
func NewBook(sets ...*Set) (*Book, error) {
	b := &Book{examples: map[string]string{}}
	known := map[string]bool{}
	var open []definition
	for _, s := range sets {
		for _, d := range s.defs {
			if known[d.Name] {
				return nil, fmt.Errorf("rules: %s is there twice", d.Name)
			}
			known[d.Name] = true
			b.rules = append(b.rules, d.Rule)
			b.examples[d.Name] = d.Example
			if d.composite() {
				open = append(open, d)
			}
		}
	}
	pending := map[string]bool{}
	for _, d := range open {
		pending[d.Name] = true
		for _, name := range d.names() {
			if !known[name] {
				return nil, fmt.Errorf("rules: %s names %q, and there is no such rule", d.Name, name)
			}
		}
	}
	for len(open) > 0 {
		i := slices.IndexFunc(open, func(d definition) bool {
			return !slices.ContainsFunc(d.names(), func(n string) bool { return pending[n] })
		})
		if i < 0 {
			return nil, fmt.Errorf("rules: %s depends on itself", open[0].Name)
		}
		delete(pending, open[i].Name)
		b.composites = append(b.composites, open[i])
		open = slices.Delete(open, i, i+1)
	}
	return b, nil
}

func (d *definition) names() []string {
	return slices.Concat(d.All, d.Any, d.Of, d.None)
}

// Rules gives all rules, family by family, in the order of their files.
func (b *Book) Rules() []Rule { return b.rules }

// Example gives a rule's example, "" if there is none.
func (b *Book) Example(name string) string { return b.examples[name] }

// Combine adds the composites of what fired and sorts: the heaviest first, then
// by name. A rule that fired twice is there once, with the evidence of both.
func (b *Book) Combine(hits []Hit) []Hit {
	at := make(map[string]int, len(hits)+8)
	out := make([]Hit, 0, len(hits)+8)
	for _, h := range hits {
		if i, twice := at[h.Rule.Name]; twice {
			both := slices.Concat(out[i].Evidence, h.Evidence)
			out[i].Evidence = both[:min(len(both), 8)]
			continue
		}
		at[h.Rule.Name] = len(out)
		out = append(out, h)
	}
	for i := range b.composites {
		d := &b.composites[i]
		members, ok := d.fires(at)
		if !ok {
			continue
		}
		at[d.Name] = len(out)
		out = append(out, hit(d.Rule, evidenceOf(members, out)))
	}
	slices.SortStableFunc(out, func(x, y Hit) int {
		switch {
		case x.Rule.Weight > y.Rule.Weight:
			return -1
		case x.Rule.Weight < y.Rule.Weight:
			return 1
		}
		return strings.Compare(x.Rule.Name, y.Rule.Name)
	})
	return out
}

// fires says whether a composite holds, and by which hits.
func (d *definition) fires(at map[string]int) (members []int, ok bool) {
	count := func(names []string) int {
		n := 0
		for _, name := range names {
			if i, fired := at[name]; fired {
				members = append(members, i)
				n++
			}
		}
		return n
	}
	for _, name := range d.None {
		if _, fired := at[name]; fired {
			return nil, false
		}
	}
	all, anyOf, of := count(d.All), count(d.Any), count(d.Of)
	return members, all == len(d.All) && (len(d.Any) == 0 || anyOf > 0) && of >= d.AtLeast
}

// evidenceOf takes the first piece of evidence of each member.
func evidenceOf(members []int, hits []Hit) []Evidence {
	var out []Evidence
	for _, i := range members {
		if e := hits[i].Evidence; len(e) > 0 && !slices.Contains(out, e[0]) {
			out = append(out, e[0])
		}
	}
	return out
}

// Score adds the weights.
func Score(hits []Hit) float64 {
	sum := 0.0
	for _, h := range hits {
		sum += h.Rule.Weight
	}
	return sum
}
