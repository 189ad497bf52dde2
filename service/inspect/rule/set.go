package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Set is the rules of one family, in the order of their file.
type Set struct {
	rules   []Rule
	defs    []definition
	byName  map[string]int
	matcher *Matcher
	owner   []int32 // for each phrase of matcher, the rule
}

// definition is a rule as its file has it. Besides what people are told, it
// holds an example and, where the condition is data, that.
type definition struct {
	Rule

	// Example fires the rule: the text of a body, or a whole message, which
	// begins with "From:". A test of each family runs it.
	Example string `toml:"example"`

	// Phrases by language (for those who read them; each is looked for in
	// every message, for a message doesn't tell its language truly), and the
	// fields in which they are looked for; subject, body and attachment if
	// none is named.
	Phrases map[string][]string `toml:"phrases"`
	In      []Field             `toml:"in"`

	// A composite: all of All, one of Any, AtLeast of Of, and none of None fired.
	All     []string `toml:"all"`
	Any     []string `toml:"any"`
	None    []string `toml:"none"`
	Of      []string `toml:"of"`
	AtLeast int      `toml:"at_least"`
}

func (d *definition) composite() bool {
	return len(d.All)+len(d.Any)+len(d.Of) > 0
}

// Load reads a family's rules.toml. Whatever is wrong with it is an error that
// names the rule: an unknown key, a missing reason, a name given twice, a
// condition that can't hold.
func Load(data []byte) (*Set, error) {
	var file struct {
		Rule []definition `toml:"rule"`
	}
	meta, err := toml.Decode(string(data), &file)
	if err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("rules: unknown key %q", unknown[0])
	}
	s := &Set{defs: file.Rule, byName: make(map[string]int, len(file.Rule))}
	for i := range s.defs {
		d := &s.defs[i]
		if _, twice := s.byName[d.Name]; twice {
			return nil, fmt.Errorf("rules: %s is there twice", d.Name)
		}
		if err := d.check(); err != nil {
			return nil, fmt.Errorf("rules: rule %d (%q) %w", i+1, d.Name, err)
		}
		s.byName[d.Name] = i
		s.rules = append(s.rules, d.Rule)
	}
	return s, s.compile()
}

// check says what is wrong with a rule, as a part of a sentence.
func (d *definition) check() error {
	switch {
	case d.Name == "" || strings.ToLower(d.Name) != d.Name || strings.ContainsAny(d.Name, " -"):
		return fmt.Errorf("has no name in snake_case")
	case d.Reason == "":
		return fmt.Errorf("has no reason")
	case d.Category != "" && !slices.Contains(append(Threats(), DataLoss, NotInspected), d.Category):
		return fmt.Errorf("has no known category: %q", d.Category)
	case d.Weight < -10 || d.Weight > 10:
		return fmt.Errorf("weighs %g; from -10 to 10 is sensible", d.Weight)
	case len(d.In) > 0 && len(d.Phrases) == 0:
		return fmt.Errorf("names fields but no phrases")
	case len(d.Phrases) > 0 && d.composite():
		return fmt.Errorf("has both phrases and other rules; give them a rule each")
	case len(d.None) > 0 && !d.composite():
		return fmt.Errorf("says which rules must not fire, but not which must")
	case d.AtLeast != 0 && (d.AtLeast < 1 || d.AtLeast > len(d.Of)), d.AtLeast == 0 && len(d.Of) > 0:
		return fmt.Errorf("wants at least %d of %d", d.AtLeast, len(d.Of))
	}
	for _, f := range d.In {
		if f.bit() == 0 {
			return fmt.Errorf("names a field %q; there are %v", f, fields)
		}
	}
	return nil
}

// compile makes one matcher of all phrases.
func (s *Set) compile() error {
	var b MatcherBuilder
	for i, d := range s.defs {
		for language, phrases := range d.Phrases {
			if len(phrases) == 0 {
				return fmt.Errorf("rules: %s has no phrase for %q", d.Name, language)
			}
		}
		for _, p := range sortedPhrases(d.Phrases) {
			if err := b.Add(int32(len(s.owner)), p); err != nil {
				return fmt.Errorf("rules: %s: %w", d.Name, err)
			}
			s.owner = append(s.owner, int32(i))
		}
	}
	s.matcher = b.Build()
	return nil
}

// Rules gives the rules in the order of the file.
func (s *Set) Rules() []Rule { return s.rules }

// Has says whether there is a rule of that name.
func (s *Set) Has(name string) bool { _, ok := s.byName[name]; return ok }

// Examples gives each rule's example, "" where it has none.
func (s *Set) Examples() map[string]string {
	out := make(map[string]string, len(s.defs))
	for _, d := range s.defs {
		out[d.Name] = d.Example
	}
	return out
}

// Hit says that the named rule fired; it panics if there is none: a test of
// each family fires every rule.
func (s *Set) Hit(name string, evidence ...Evidence) Hit {
	i, ok := s.byName[name]
	if !ok {
		panic("rule: no rule is named " + name)
	}
	return hit(s.rules[i], evidence)
}

func hit(r Rule, evidence []Evidence) Hit {
	for j := range evidence {
		evidence[j].What = shorten(evidence[j].What)
	}
	return Hit{Rule: r, Evidence: evidence[:min(len(evidence), 8)]}
}

// shorten cuts s to MaxEvidence bytes, between characters.
func shorten(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= MaxEvidence {
		return s
	}
	end := 0
	for i := range s {
		if i > MaxEvidence-len("…") {
			break
		}
		end = i
	}
	return s[:end] + "…"
}
