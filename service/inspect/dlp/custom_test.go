package dlp

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"cloudappsecurity/service"
)

func TestCustomIdentifiersAreFound(t *testing.T) {
	t.Parallel()
	d := detector(t, Config{Enabled: []string{}, Custom: []Custom{
		{Name: "Project", Pattern: `\bPRJ-\d{4}\b`, Keywords: []string{"project"}},
		{Name: "Member card", Pattern: `\b\d{16}\b`, Validator: "luhn", Confidence: 0.3},
		{Name: "Case", Pattern: `\bC\d{5}\b`, Keywords: []string{"case file"}, NeedsKeyword: true},
	}})
	for _, c := range []struct {
		text, identifier string
		want             []string
		confidence       float64
	}{
		{"prj-1234 and PRJ-12345", "Project", []string{"prj-1234"}, 0.65},
		{"project PRJ-1234", "Project", []string{"PRJ-1234"}, 0.85},
		{"4539148803436467 4539148803436468", "Member card", []string{"4539148803436467"}, 0.3},
		{"C12345", "Case", nil, 0},
		{"the case file C12345", "Case", []string{"C12345"}, 0.85},
	} {
		matches := d.Find(c.text)
		if found := spans(c.text, c.identifier, matches); !slices.Equal(found, c.want) {
			t.Errorf("in %q %q was found, not %q", c.text, found, c.want)
		}
		if got := confidence(matches, c.identifier); got != c.confidence {
			t.Errorf("in %q: confidence %v, not %v", c.text, got, c.confidence)
		}
	}
}

func TestCustomIdentifiersAreRefusedInWords(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		custom      Custom
		says, helps string
	}{
		"look-ahead":         {Custom{Name: "A", Pattern: `\d{4}(?!\d)`}, "(?!", `\b`},
		"look-behind":        {Custom{Name: "A", Pattern: `(?<=a)\d{4}`}, "(?<=", `\b`},
		"back-reference":     {Custom{Name: "A", Pattern: `\d{3}([- ])\d{2}\1\d{4}`}, `\1`, "alternatives"},
		"named reference":    {Custom{Name: "A", Pattern: `(?P<s>-)\d(?P=s)`}, "(?P=", "alternatives"},
		"possessive":         {Custom{Name: "A", Pattern: `\d++`}, "++", "plain group"},
		"atomic":             {Custom{Name: "A", Pattern: `(?>\d+)`}, "(?>", "plain group"},
		"condition":          {Custom{Name: "A", Pattern: `(a)?(?(1)b|c)`}, "(?(", "alternatives"},
		"end of text":        {Custom{Name: "A", Pattern: `\d\Z`}, `\Z`, `\z`},
		"round bracket":      {Custom{Name: "A", Pattern: `(\d`}, "round bracket", `\(`},
		"square bracket":     {Custom{Name: "A", Pattern: `[\d`}, "square bracket", `\[`},
		"repeats nothing":    {Custom{Name: "A", Pattern: `*a`}, "* repeats nothing", `\`},
		"repeats too often":  {Custom{Name: "A", Pattern: `a{2000}`}, "too often", "1,000"},
		"unknown escape":     {Custom{Name: "A", Pattern: `\y`}, `\y`, `\\`},
		"too large":          {Custom{Name: "A", Pattern: `\w{1000}\d{1000}[a-z]{1000}\s{1000}\S{1000}\W{1000}`}, "too large", "+"},
		"matches nothing":    {Custom{Name: "A", Pattern: `\d*`}, "matches nothing", "+"},
		"no name":            {Custom{Pattern: `\d`}, "name", "shorter"},
		"no expression":      {Custom{Name: "A"}, "expression", ""},
		"long expression":    {Custom{Name: "A", Pattern: strings.Repeat("a", 1001)}, "1000", "two"},
		"many keywords":      {Custom{Name: "A", Pattern: `\d`, Keywords: make([]string, 101)}, "100 keywords", ""},
		"empty keyword":      {Custom{Name: "A", Pattern: `\d`, Keywords: []string{" "}}, "keyword", ""},
		"keyword is missing": {Custom{Name: "A", Pattern: `\d`, NeedsKeyword: true}, "needs a keyword", ""},
		"unknown validator":  {Custom{Name: "A", Pattern: `\d`, Validator: "us_ssn"}, "us_ssn", "luhn"},
		"confidence":         {Custom{Name: "A", Pattern: `\d`, Confidence: 2}, "between 0 and 1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := CheckCustom(c.custom)
			var e *service.Error
			if !errors.As(err, &e) || e.Code != service.CodeInvalidIdentifier {
				t.Fatalf("%v", err)
			}
			if !strings.Contains(e.Message, c.says) || !strings.Contains(e.Help, c.helps) || e.Help == "" {
				t.Errorf("%q, %q", e.Message, e.Help)
			}
		})
	}
}

func TestCustomIdentifiersHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	for _, list := range [][]Custom{
		{{Name: "credit_card", Pattern: `\d`}},
		{{Name: "A", Pattern: `\d`}, {Name: "a", Pattern: `\d`}},
		make([]Custom, 101),
	} {
		if _, err := New(Config{Custom: list}); service.CodeOf(err) != service.CodeInvalidIdentifier {
			t.Errorf("%d: %v", len(list), err)
		}
	}
}

// TestCustomValidatorsTakeAnything: a custom expression may match any text.
func TestCustomValidatorsTakeAnything(t *testing.T) {
	t.Parallel()
	for _, name := range CustomValidators() {
		for _, text := range []string{"", "a", "0", "18", "é", "-", "DE", "ZZ99", "2", "0000", strings.Repeat("9", 100)} {
			if v := validators[name](text); v != refused && v != affirmed && v != unsure {
				t.Errorf("%s of %q: %v", name, text, v)
			}
		}
	}
}
