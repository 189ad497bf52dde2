package dlp

import (
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// proximity is how far from a match, in characters, a keyword supports it, as
// in Microsoft Purview:
// https://learn.microsoft.com/en-us/purview/sit-functions
const proximity = 300

// longestWord is how many bytes a word of a keyword may have.
const longestWord = 63

// keywordIndex finds the keywords of all identifiers in one pass.
type keywordIndex struct {
	// phrases are the keywords by their first word, in lower case. Between the
	// words of a keyword may stand blanks and punctuation.
	phrases map[string][]phrase
	// lengths are, for each first byte of a keyword, the lengths of first words,
	// a bit each: most words are none.
	lengths [256]uint64
	// parts are the keywords in scripts that write no blanks, or join endings to
	// a word.
	parts []phrase
}

type phrase struct {
	identifier int
	first      string
	rest       []string
}

func newKeywordIndex(identifiers []Identifier) keywordIndex {
	k := keywordIndex{phrases: map[string][]phrase{}}
	for i, id := range identifiers {
		for _, keyword := range id.Keywords {
			keyword = strings.ToLower(keyword)
			if strings.ContainsFunc(keyword, joined) {
				k.parts = append(k.parts, phrase{i, keyword, nil})
				continue
			}
			words := strings.FieldsFunc(keyword, func(r rune) bool { return !isWord(r) })
			if len(words) > 0 {
				k.phrases[words[0]] = append(k.phrases[words[0]], phrase{i, words[0], words[1:]})
				k.note(words[0])
			}
		}
	}
	return k
}

// note enters the first byte and length of a word, also in capitals: beyond
// ASCII these may have other bytes.
func (k *keywordIndex) note(word string) {
	for _, w := range []string{word, strings.ToUpper(word), strings.ToUpper(word[:1]) + word[1:]} {
		first, length := w[0], len(w)
		if length < 64 {
			k.lengths[first] |= 1 << length
		}
		if first >= utf8.RuneSelf || strings.ContainsFunc(w, func(r rune) bool { return r >= utf8.RuneSelf }) {
			k.lengths[first] = ^uint64(0)
		}
	}
}

// joined says whether r belongs to a script in which words aren't told apart by
// blanks.
func joined(r rune) bool {
	return r >= 0xe00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai)
}

// span is a keyword's place in code points.
type span struct{ start, end int }

// hits are the places of keywords, by identifier.
type hits [][]span

// add enters a keyword. Of several close together the outer ones are enough, so
// that a text of nothing but keywords stays small.
func (h hits) add(identifier int, s span) {
	list := h[identifier]
	if n := len(list); n >= 2 && s.end-list[n-2].start < proximity/3 {
		list[n-1] = s
		return
	}
	h[identifier] = append(list, s)
}

// near says whether a keyword of the identifier stands outside the match, at
// most 300 characters from it.
func (h hits) near(identifier, start, end int) bool {
	list := h[identifier]
	i := sort.Search(len(list), func(i int) bool { return list[i].start >= end })
	if i < len(list) && list[i].start-end <= proximity {
		return true
	}
	for i--; i >= 0 && list[i].start+longestWord*4+proximity >= start; i-- {
		if list[i].end <= start && start-list[i].end <= proximity {
			return true
		}
	}
	return false
}

// hits finds the keywords of the wanted identifiers.
func (k keywordIndex) hits(text string, wanted []bool) hits {
	found := make(hits, len(wanted))
	runes := 0 // code points before at
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		if !isWord(r) {
			at, runes = at+size, runes+1
			continue
		}
		end, count := wordEnd(text, at)
		if end-at <= longestWord && k.lengths[text[at]]>>(end-at)&1 == 1 {
			for _, p := range k.lookup(text[at:end]) {
				if !wanted[p.identifier] {
					continue
				}
				if length, ok := follows(text[end:], p.rest); ok {
					found.add(p.identifier, span{runes, runes + count + length})
				}
			}
		}
		at, runes = end, runes+count
	}
	k.findParts(text, wanted, found)
	return found
}

// lookup gives the keywords that begin with word.
func (k keywordIndex) lookup(word string) []phrase {
	var lower [longestWord]byte
	for i := range len(word) {
		b := word[i]
		if b >= utf8.RuneSelf {
			return k.phrases[strings.ToLower(word)]
		}
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		lower[i] = b
	}
	return k.phrases[string(lower[:len(word)])]
}

// wordEnd gives where the word that starts at ends, and its code points.
func wordEnd(text string, at int) (end, runes int) {
	for at < len(text) {
		if b := text[at]; b < utf8.RuneSelf {
			if !isWordByte(b) {
				break
			}
			at, runes = at+1, runes+1
			continue
		}
		r, size := utf8.DecodeRuneInString(text[at:])
		if !isWord(r) {
			break
		}
		at, runes = at+size, runes+1
	}
	return at, runes
}

// follows says whether the words stand at the start of text, with at most four
// other characters before each, and how many code points that takes.
func follows(text string, words []string) (runes int, ok bool) {
	at := 0
	for _, w := range words {
		for gap := 0; ; gap++ {
			r, size := utf8.DecodeRuneInString(text[at:])
			if size == 0 || gap > 4 {
				return 0, false
			}
			if isWord(r) {
				break
			}
			at, runes = at+size, runes+1
		}
		end, count := wordEnd(text, at)
		if end-at > longestWord || !strings.EqualFold(text[at:end], w) {
			return 0, false
		}
		at, runes = end, runes+count
	}
	return runes, true
}

// findParts finds the keywords of scripts without blanks.
func (k keywordIndex) findParts(text string, wanted []bool, found hits) {
	if !strings.ContainsFunc(text, joined) {
		return
	}
	sorted := map[int]bool{}
	for _, p := range k.parts {
		if !wanted[p.identifier] {
			continue
		}
		at, runes := 0, 0
		for {
			i := strings.Index(text[at:], p.first)
			if i < 0 {
				break
			}
			runes += utf8.RuneCountInString(text[at : at+i])
			length := utf8.RuneCountInString(p.first)
			found.add(p.identifier, span{runes, runes + length})
			sorted[p.identifier] = true
			at, runes = at+i+len(p.first), runes+length
		}
	}
	for id := range sorted {
		slices.SortFunc(found[id], func(a, b span) int { return a.start - b.start })
	}
}
