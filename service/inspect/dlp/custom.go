package dlp

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"

	"cloudappsecurity/service"
)

// The limits of custom identifiers. Their expressions take time in proportion
// to the text, whatever they are (RE2), so these bound the work on a message.
const (
	maxCustom         = 100   // identifiers
	maxCustomPattern  = 1_000 // characters of an expression
	maxCustomKeywords = 100   // of one identifier
	maxCustomKeyword  = 64    // characters of one
	maxCustomName     = 64    // characters
	maxCustomProgram  = 5_000 // instructions of an expression: repetitions multiply them
)

// Custom is an identifier which an administrator adds.
type Custom struct {
	Name     string
	Pattern  string // RE2; upper and lower case are the same unless it says (?-i)
	Keywords []string
	// Validator is one of CustomValidators, or "".
	Validator string
	// Confidence of a match without a keyword near it, over 0 to 1; 0 means Low.
	Confidence float64
	// NeedsKeyword drops what has no keyword near it.
	NeedsKeyword bool
}

// CustomValidators are those which a custom identifier may name: they take any
// text.
func CustomValidators() []string { return []string{"credit_card", "iban", "luhn", "mod97", "verhoeff"} }

type compiledCustom struct {
	identifier int
	expression *regexp.Regexp
	validate   validator
	custom     Custom
}

// CheckCustom says what is wrong with a custom identifier, as a *service.Error.
func CheckCustom(c Custom) error {
	_, err := compileCustom(c)
	return err
}

func compileCustom(c Custom) (*regexp.Regexp, error) {
	switch {
	case strings.TrimSpace(c.Name) == "" || utf8.RuneCountInString(c.Name) > maxCustomName:
		return nil, refusal("The name of an identifier has 1 to %d characters.", "Give it a shorter name.", maxCustomName)
	case c.Pattern == "" || utf8.RuneCountInString(c.Pattern) > maxCustomPattern:
		return nil, refusal("The expression of an identifier has 1 to %d characters.", "Split it into two identifiers.", maxCustomPattern)
	case len(c.Keywords) > maxCustomKeywords:
		return nil, refusal("An identifier has at most %d keywords.", "Take out the rarest.", maxCustomKeywords)
	case slices.ContainsFunc(c.Keywords, func(k string) bool {
		return strings.TrimSpace(k) == "" || utf8.RuneCountInString(k) > maxCustomKeyword
	}):
		return nil, refusal("A keyword has 1 to %d characters.", "Shorten it.", maxCustomKeyword)
	case c.NeedsKeyword && len(c.Keywords) == 0:
		return nil, refusal("The identifier needs a keyword, but has none.", "Add a keyword, or find it without.")
	case c.Validator != "" && !slices.Contains(CustomValidators(), c.Validator):
		return nil, refusal("There is no validator %q.", "Use one of "+strings.Join(CustomValidators(), ", ")+", or none.", c.Validator)
	case c.Confidence < 0 || c.Confidence > 1:
		return nil, refusal("The confidence %v isn't between 0 and 1.", "0.65 suits most.", c.Confidence)
	}
	parsed, err := syntax.Parse("(?i)"+c.Pattern, syntax.Perl)
	if err != nil {
		return nil, explain(c.Pattern, err)
	}
	if prog, err := syntax.Compile(parsed.Simplify()); err != nil || len(prog.Inst) > maxCustomProgram {
		return nil, refusal("The expression is too large: its repetitions multiply.", `Use smaller numbers in {…}, or + in place of them.`)
	}
	re, err := regexp.Compile("(?i)" + c.Pattern)
	if err != nil {
		return nil, explain(c.Pattern, err)
	}
	if re.MatchString("") {
		return nil, refusal("The expression matches nothing at all, so it would be found everywhere.", "Let it need at least one character: + in place of *, say.")
	}
	return re, nil
}

// refusal is an error about a custom identifier.
func refusal(message, help string, args ...any) error {
	return &service.Error{Code: service.CodeInvalidIdentifier, Message: fmt.Sprintf(message, args...), Help: help}
}

// substitutes say for what RE2 lacks what to write in place of it.
// https://github.com/google/re2/wiki/Syntax
var substitutes = []struct {
	construct *regexp.Regexp
	message   string
	help      string
}{
	{regexp.MustCompile(`\(\?<?[=!]`), "Look-ahead and look-behind, such as %s, aren't supported.",
		`For "no digit or letter next to it" write \b at both ends. To require something near it, add it as a keyword; to exclude more, use a validator.`},
	{regexp.MustCompile(`\\[1-9]|\\k<|\(\?P=`), "References back to a group, such as %s, aren't supported.",
		`Write the alternatives out: for the same separator twice, \d{3}-\d{2}-\d{4}|\d{3} \d{2} \d{4}.`},
	{regexp.MustCompile(`\(\?>|[*+?}]\+`), "Atomic groups and possessive repetitions, such as %s, aren't supported.",
		`Write a plain group (?:…) and + or *: here they never run away.`},
	{regexp.MustCompile(`\(\?\(`), "Conditions within a group, such as %s, aren't supported.", `Write both cases as alternatives: (?:A|B).`},
	{regexp.MustCompile(`\(\?#`), "Comments, such as %s, aren't supported.", `Take them out.`},
	{regexp.MustCompile(`\\[ZGKR]`), "%s isn't supported.", `For the end of the text write \z, for a line break \r?\n.`},
}

// explain turns an error of the regexp package into one for people.
func explain(pattern string, err error) error {
	for _, s := range substitutes {
		if construct := s.construct.FindString(pattern); construct != "" {
			return refusal(s.message, s.help, construct)
		}
	}
	var e *syntax.Error
	if !errors.As(err, &e) {
		return refusal("The expression can't be read.", "Check its brackets.")
	}
	switch e.Code {
	case syntax.ErrMissingParen, syntax.ErrUnexpectedParen:
		return refusal("A round bracket is missing or stands alone.", `Each ( needs its ); a bracket that is meant itself is written \( or \).`)
	case syntax.ErrMissingBracket:
		return refusal("A square bracket is missing.", `Each [ needs its ]; one that is meant itself is written \[.`)
	case syntax.ErrMissingRepeatArgument, syntax.ErrInvalidRepeatOp:
		return refusal("%s repeats nothing.", `Put what it repeats before it; a sign that is meant itself is written with \ before it.`, e.Expr)
	case syntax.ErrInvalidRepeatSize, syntax.ErrLarge:
		return refusal("%s repeats too often.", "A repetition may count to 1,000, and nested ones to as much together.", e.Expr)
	case syntax.ErrInvalidEscape, syntax.ErrTrailingBackslash:
		return refusal("%s isn't known.", `A backslash that is meant itself is written \\.`, e.Expr)
	default:
		return refusal("The expression can't be read at %s.", "The syntax is RE2's: https://github.com/google/re2/wiki/Syntax", e.Expr)
	}
}

// addCustom compiles the custom identifiers; they stand behind the others.
func (d *Detector) addCustom(list []Custom) error {
	if len(list) > maxCustom {
		return refusal("There may be %d identifiers of your own.", "Delete those which no policy uses.", maxCustom)
	}
	for _, c := range list {
		re, err := compileCustom(c)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(d.identifiers, func(id Identifier) bool { return strings.EqualFold(id.Name, c.Name) }) {
			return refusal("There is an identifier %q already.", "Give it another name.", c.Name)
		}
		if c.Confidence == 0 {
			c.Confidence = Low
		}
		d.custom = append(d.custom, compiledCustom{len(d.identifiers), re, validators[c.Validator], c})
		d.identifiers = append(d.identifiers, Identifier{Name: c.Name, Keywords: c.Keywords})
	}
	return nil
}

// findCustom finds the custom identifiers.
func (d *Detector) findCustom(text string) (found []candidate) {
	for _, c := range d.custom {
		var mine []candidate
		for _, loc := range c.expression.FindAllStringIndex(text, maxMatches) {
			if loc[0] == loc[1] || c.validate != nil && c.validate(text[loc[0]:loc[1]]) == refused {
				continue
			}
			mine = append(mine, candidate{start: loc[0], end: loc[1], confidence: c.custom.Confidence, keyword: c.custom.NeedsKeyword})
		}
		found = append(found, limit(mine, c.identifier)...)
	}
	return found
}
