package dlp

import (
	_ "embed" // the templates
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

//go:embed templates.toml
var templateFile string

// Template says which identifiers together violate a law or a standard.
type Template struct {
	Name   string `toml:"name"`
	About  string `toml:"about"`
	Source string `toml:"source"`
	Rule
}

// Rule is one condition on matches, or several. What is set must all hold:
// each of All, one of Any, none of Except, and enough matches of Identifiers.
type Rule struct {
	All    []Rule `toml:"all"`
	Any    []Rule `toml:"any"`
	Except []Rule `toml:"except"`

	Identifiers []string `toml:"identifiers"`
	Confidence  float64  `toml:"confidence"` // at least; 0: any
	Count       int      `toml:"count"`      // matches, at least; 0: one
	Distinct    int      `toml:"distinct"`   // different values, at least; 0: one
}

// Reason is what made a rule hold.
type Reason struct {
	Identifiers []string // those that were found
	Count       int      // matches that are sure enough
	Distinct    int      // different values among them
	Matches     []Match  // the first ten
}

// Part is a text, such as a message's body or an attachment, and what was found
// in it.
type Part struct {
	Text    string
	Matches []Match
}

// Templates gives those which are built in.
func Templates() ([]Template, error) {
	var file struct {
		Template []Template `toml:"template"`
	}
	meta, err := toml.Decode(templateFile, &file)
	if err != nil {
		return nil, fmt.Errorf("templates.toml: %w", err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("templates.toml: unknown key %q", unknown[0])
	}
	if err := CheckTemplates(file.Template, nil); err != nil {
		return nil, fmt.Errorf("templates.toml: %w", err)
	}
	return file.Template, nil
}

// CheckTemplates says which template has no name or no condition, or names an
// identifier which is neither built in nor among own: it would never hold.
func CheckTemplates(list []Template, own []Custom) error {
	identifiers, err := Identifiers()
	if err != nil {
		return err
	}
	var names []string
	for _, id := range identifiers {
		names = append(names, id.Name)
	}
	for _, id := range own {
		names = append(names, id.Name)
	}
	for _, t := range list {
		if t.Name == "" {
			return errors.New("a template without a name")
		}
		if err := t.check(names); err != nil {
			return fmt.Errorf("%s: %w", t.Name, err)
		}
	}
	return nil
}

// check says what is wrong with r where only the names exist.
func (r Rule) check(names []string) error {
	if len(r.All)+len(r.Any)+len(r.Identifiers) == 0 {
		return fmt.Errorf("a rule without a condition")
	}
	for _, id := range r.Identifiers {
		if !slices.Contains(names, id) {
			return fmt.Errorf("unknown identifier %q", id)
		}
	}
	for _, sub := range slices.Concat(r.All, r.Any, r.Except) {
		if err := sub.check(names); err != nil {
			return err
		}
	}
	return nil
}

// Evaluate says whether the matches of a text violate the template, and why.
func (t Template) Evaluate(matches []Match, text string) (hit bool, why []Reason) {
	return t.EvaluateParts(Part{text, matches})
}

// EvaluateParts is the same for a message of several texts: its matches count
// together.
func (t Template) EvaluateParts(parts ...Part) (hit bool, why []Reason) { return t.holds(parts) }

func (r Rule) holds(parts []Part) (hit bool, why []Reason) {
	for _, sub := range r.Except {
		if excepted, _ := sub.holds(parts); excepted {
			return false, nil
		}
	}
	for _, sub := range r.All {
		ok, reasons := sub.holds(parts)
		if !ok {
			return false, nil
		}
		why = append(why, reasons...)
	}
	if len(r.Any) > 0 {
		some := false
		for _, sub := range r.Any {
			ok, reasons := sub.holds(parts)
			some = some || ok
			why = append(why, reasons...)
		}
		if !some {
			return false, nil
		}
	}
	if len(r.Identifiers) > 0 {
		reason := r.count(parts)
		if reason.Count < max(1, r.Count) || reason.Distinct < max(1, r.Distinct) {
			return false, nil
		}
		why = append(why, reason)
	}
	return true, why
}

// count gives the matches of the rule's identifiers which are sure enough.
func (r Rule) count(parts []Part) (reason Reason) {
	values := map[string]bool{}
	for _, p := range parts {
		for _, m := range p.Matches {
			if m.Confidence < r.Confidence || !slices.Contains(r.Identifiers, m.Identifier) {
				continue
			}
			reason.Count++
			values[strings.ToUpper(value(p.Text[m.Start:m.End]))] = true
			if !slices.Contains(reason.Identifiers, m.Identifier) {
				reason.Identifiers = append(reason.Identifiers, m.Identifier)
			}
			if len(reason.Matches) < 10 {
				reason.Matches = append(reason.Matches, m)
			}
		}
	}
	reason.Distinct = len(values)
	slices.Sort(reason.Identifiers)
	return reason
}

// value is a match without what parts it.
func value(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -./:_\u00a0\u202f\t\r\n", r) {
			return -1
		}
		return r
	}, s)
}
