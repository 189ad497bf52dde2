package sqlite

import (
	"bytes"
	"strings"
	"unicode"

	"cloudappsecurity/service"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// collator makes the keys by which names are sorted: by Unicode's collation,
// without regard to case, with numbers by value. It is not safe for concurrent
// use.
type collator struct {
	c   *collate.Collator
	buf collate.Buffer
}

func newCollator() *collator {
	return &collator{c: collate.New(language.Und, collate.IgnoreCase, collate.Numeric)}
}

func (c *collator) key(name string) []byte {
	c.buf.Reset()
	return bytes.Clone(c.c.KeyFromString(&c.buf, name))
}

// letters which no decomposition takes apart, as people type them without.
var plain = strings.NewReplacer(
	"ø", "o", "ł", "l", "đ", "d", "ħ", "h", "ı", "i", "ß", "ss", "æ", "ae", "œ", "oe", "þ", "th", "ð", "d")

// fold is s without case and compatibility forms.
func fold(s string) string { return strings.ToLower(norm.NFKC.String(s)) }

// unspaced are the scripts whose words aren't kept apart by blanks: each
// character is searched as a word, and several as a phrase.
var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
	unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// searchable is s as it is indexed and looked for.
func searchable(s string) string {
	s = plain.Replace(fold(s))
	var b strings.Builder
	apart := false
	for _, r := range s {
		if r < 0x0e00 {
			if apart {
				b.WriteByte(' ')
			}
			apart = false
		} else if !unicode.Is(unicode.M, r) {
			now := r == 'ー' || unicode.In(r, unspaced...)
			if now || apart {
				b.WriteByte(' ')
			}
			apart = now
		}
		b.WriteRune(r)
	}
	return b.String()
}

// local is the part of an address before the @. The domain is no word of the
// search: it would find everyone.
func local(address string) string {
	l, _, _ := strings.Cut(address, "@")
	return l
}

// words is what the search looks through.
func words(p service.Person) string {
	w := p.DisplayName + "\n" + local(p.UserPrincipalName)
	if m := local(p.Mail); !strings.EqualFold(m, local(p.UserPrincipalName)) {
		w += "\n" + m
	}
	return searchable(w)
}

// search is a TargetQuery's Search taken apart.
type search struct {
	match     string   // an FTS5 query; "" matches everyone
	addresses []string // folded prefixes of an address
	nothing   bool     // nothing in it can be found
}

func parseSearch(text string) search {
	var s search
	var phrases []string
	for w := range strings.FieldsSeq(text) {
		if strings.Contains(w, "@") {
			s.addresses = append(s.addresses, fold(w))
			continue
		}
		w = searchable(w)
		if strings.IndexFunc(w, wordRune) < 0 {
			continue
		}
		// In quotes nothing but a quote means anything to FTS5; its tokenizer
		// takes the phrase apart as it did the text. NUL would end the query.
		w = strings.ReplaceAll(strings.ReplaceAll(w, "\x00", " "), `"`, `""`)
		phrases = append(phrases, `"`+w+`"*`)
	}
	s.match = strings.Join(phrases, " ")
	s.nothing = s.match == "" && len(s.addresses) == 0 && strings.TrimSpace(text) != ""
	return s
}

func wordRune(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.Co, unicode.M) }

// after is the smallest text beyond all which begin with prefix.
func after(prefix string) string { return prefix + "\U0010ffff" }
