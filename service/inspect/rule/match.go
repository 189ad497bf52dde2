package rule

import (
	"maps"
	"slices"
	"strings"
)

// Field is a part of a message in which phrases are looked for.
type Field string

// The fields.
const (
	Subject    Field = "subject"
	Sender     Field = "sender" // the display name
	Body       Field = "body"   // what a person sees of it
	Attachment Field = "attachment"
	Image      Field = "image" // what is shown where an image isn't
	LinkText   Field = "link"  // what is shown for a link
)

var fields = []Field{Subject, Sender, Body, Attachment, Image, LinkText}

func (f Field) bit() uint8 {
	if i := slices.Index(fields, f); i >= 0 {
		return 1 << i
	}
	return 0
}

// Text is one field's text, folded (package fold).
type Text struct {
	Field Field
	Where string // for people
	Text  string
}

// Match looks for the phrases of all rules, in one pass over each text.
func (s *Set) Match(texts []Text) []Hit {
	if len(s.owner) == 0 {
		return nil
	}
	found := map[int32][]Evidence{}
	for _, t := range texts {
		bit := t.Field.bit()
		s.matcher.Match(t.Text, func(phrase int32, start, end int) {
			r := s.owner[phrase]
			if s.fields(r)&bit == 0 || len(found[r]) >= 3 {
				return
			}
			what := strings.TrimSpace(t.Text[start:end])
			for _, e := range found[r] {
				if e.What == what && e.Where == t.Where {
					return
				}
			}
			found[r] = append(found[r], Evidence{What: what, Where: t.Where})
		})
	}
	hits := make([]Hit, 0, len(found))
	for _, r := range slices.Sorted(maps.Keys(found)) {
		hits = append(hits, hit(s.rules[r], found[r]))
	}
	return hits
}

func (s *Set) fields(r int32) uint8 {
	in := s.defs[r].In
	if len(in) == 0 {
		return Subject.bit() | Body.bit() | Attachment.bit()
	}
	var bits uint8
	for _, f := range in {
		bits |= f.bit()
	}
	return bits
}

func sortedPhrases(byLanguage map[string][]string) []string {
	var out []string
	for _, language := range slices.Sorted(maps.Keys(byLanguage)) {
		out = append(out, byLanguage[language]...)
	}
	return out
}
