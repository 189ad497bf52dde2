package dlp

import (
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

//go:embed identifiers/*.toml
var embedded embed.FS

// Identifier is one kind of sensitive data, as the files of the folder
// identifiers describe it.
type Identifier struct {
	Name   string `toml:"name"`
	About  string `toml:"about"`  // for people
	Source string `toml:"source"` // who defines it: a public address
	// Keywords raise the confidence where one stands within 300 characters.
	Keywords []string `toml:"keywords"`
	// Validator names a function of validators; Finder one of finders, which
	// reads the text itself, without patterns.
	Validator string `toml:"validator"`
	Finder    string `toml:"finder"`
	// Validated is the confidence of what the validator affirmed.
	Validated float64   `toml:"validated"`
	Patterns  []pattern `toml:"pattern"`

	Example  string   `toml:"example"`  // a text in which it is found once,
	Found    string   `toml:"found"`    // exactly this of it,
	Counters []string `toml:"counters"` // and texts in which it isn't found
}

// pattern is one way in which an identifier is written.
type pattern struct {
	Match string `toml:"match"` // RE2, in upper and lower case
	// Lead is what stands before a match without being part of it.
	Lead string `toml:"lead"`
	// Confidence is that of a match which no validator affirmed.
	Confidence float64 `toml:"confidence"`
	// Before and After say what may not stand next to a match: RE2 has no
	// look-around. See boundary.
	Before  boundary `toml:"before"`
	After   boundary `toml:"after"`
	Case    bool     `toml:"case"`    // upper and lower case matter
	Keyed   bool     `toml:"keyed"`   // it counts only where a keyword is near
	Digits  bool     `toml:"digits"`  // a match that counts has a digit among its first characters
	Longest int      `toml:"longest"` // bytes that a match may have; 0: as many as the pattern tells
}

// boundary is what may not stand next to a match.
type boundary string

const (
	atWord   boundary = ""       // the edge of a word, as \b
	atLoose  boundary = "loose"  // no letter, digit or underscore
	atDigit  boundary = "digit"  // no digit
	atAlnum  boundary = "alnum"  // no ASCII letter or digit
	atUpper  boundary = "upper"  // no capital letter or digit
	atPlate  boundary = "plate"  // no letter, digit, underscore or hyphen
	atToken  boundary = "token"  // no letter, digit, underscore, hyphen or slash, nor a full stop and one of them
	atBase64 boundary = "base64" // no letter, digit, plus, slash or equals sign
	atAny    boundary = "any"    // anything may
)

// after is what stands behind a match in its expression: an edge, or one more
// character which isn't part of it.
var after = map[boundary]string{
	atWord:   `\b`,
	atLoose:  `(?:[^0-9A-Za-z_]|\z)`,
	atDigit:  `(?:[^0-9]|\z)`,
	atAlnum:  `(?:[^0-9A-Za-z]|\z)`,
	atUpper:  `(?:[^0-9A-Z]|\z)`,
	atPlate:  `(?:[^0-9A-Za-z_]|\z)`,
	atToken:  `(?:[^0-9A-Za-z_/-]|\z)`,
	atBase64: `(?:[^0-9A-Za-z+/=]|\z)`,
	atAny:    ``,
}

// expression gives p as one expression that starts where it is tried, the match
// as its first group.
func (p pattern) expression() (*regexp.Regexp, error) {
	end, known := after[p.After]
	if _, ok := after[p.Before]; !ok || !known {
		return nil, fmt.Errorf("unknown boundary %q or %q", p.Before, p.After)
	}
	flags := "(?i:"
	if p.Case {
		flags = "(?:"
	}
	return regexp.Compile(`\A` + flags + p.Lead + `)(` + flags + p.Match + `))` + end)
}

// alternatives gives p as several patterns where its expression is a choice:
// each rules out more places by its first bytes than all of them together.
func (p pattern) alternatives() []pattern {
	text := p.Match
	if !p.Case {
		text = "(?i:" + text + ")"
	}
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil || parsed.Op != syntax.OpAlternate {
		return []pattern{p}
	}
	var out []pattern
	for _, sub := range parsed.Sub {
		q := p
		q.Match, q.Case = sub.String(), true
		out = append(out, q)
	}
	return out
}

// Identifiers gives those which are built in, by name.
func Identifiers() ([]Identifier, error) {
	var all []Identifier
	files, err := fs.Glob(embedded, "identifiers/*.toml")
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		var file struct {
			Identifier []Identifier `toml:"identifier"`
		}
		meta, err := toml.DecodeFS(embedded, name, &file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if unknown := meta.Undecoded(); len(unknown) > 0 {
			return nil, fmt.Errorf("%s: unknown key %q", name, unknown[0])
		}
		for _, id := range file.Identifier {
			if err := id.check(); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", name, id.Name, err)
			}
			all = append(all, id)
		}
	}
	slices.SortFunc(all, func(a, b Identifier) int { return strings.Compare(a.Name, b.Name) })
	for i := range all[1:] {
		if all[i].Name == all[i+1].Name {
			return nil, fmt.Errorf("%s stands twice", all[i].Name)
		}
	}
	return all, nil
}

func (id Identifier) check() error {
	if id.Name == "" || id.About == "" || id.Source == "" || id.Example == "" || id.Found == "" || len(id.Counters) == 0 {
		return fmt.Errorf("name, about, source, example, found and counters are needed")
	}
	if _, ok := validators[id.Validator]; !ok && id.Validator != "" {
		return fmt.Errorf("unknown validator %q", id.Validator)
	}
	if _, ok := finders[id.Finder]; !ok && id.Finder != "" {
		return fmt.Errorf("unknown finder %q", id.Finder)
	}
	if (id.Finder == "") == (len(id.Patterns) == 0) {
		return fmt.Errorf("either patterns or a finder are needed")
	}
	for _, p := range id.Patterns {
		if p.Confidence <= 0 || p.Confidence > 1 {
			return fmt.Errorf("the confidence %v isn't over 0 to 1", p.Confidence)
		}
	}
	return nil
}
