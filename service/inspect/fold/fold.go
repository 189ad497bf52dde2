// Package fold makes texts comparable: what reads alike becomes alike, however
// it was written, so that one phrase finds every disguise of itself.
package fold

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Break stands between the sentences of a folded text, a word of its own.
const Break = '\n'

// Text is a text as rules match it, and what its disguise was.
type Text struct {
	// S holds the words in lower case, without accents and punctuation, each
	// after one space; the last is followed by one. Sentences end with Break.
	S string

	ZeroWidth int      // invisible characters between two letters of a word of Latin, Cyrillic or Greek
	Hyphens   int      // soft hyphens between two letters
	Bidi      int      // characters that turn the direction of what follows
	Styled    int      // letters of mathematical and other decorative alphabets
	Mixed     []string // words of letters of several alphabets, as written; at most eight
}

// Fold folds s. Its cost grows with the length of s alone.
func Fold(s string) Text {
	f := folder{src: s}
	f.out.Grow(len(s) + 2)
	f.out.WriteByte(' ')
	f.run()
	f.text.S = f.out.String()
	return f.text
}

// String folds s, for what needs no more than the text: names, phrases.
func String(s string) string { return Fold(s).S }

// Compact folds s to its letters and digits alone: "Micro-Soft" is "microsoft".
func Compact(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == Break {
			return -1
		}
		return r
	}, String(s))
}

type folder struct {
	src  string
	pos  int
	out  strings.Builder
	last byte // the last byte written
	text Text
}

func (f *folder) run() {
	f.last = ' '
	for f.pos < len(f.src) {
		c := f.src[f.pos]
		switch {
		case isAlnum(c):
			if !f.asciiWord() {
				f.wideWord()
			}
		case c >= utf8.RuneSelf:
			f.wideWord()
		default:
			f.separator(c)
			f.pos++
		}
	}
	f.space()
}

func (f *folder) space() {
	if f.last != ' ' {
		f.out.WriteByte(' ')
		f.last = ' '
	}
}

// sentence ends a sentence, once.
func (f *folder) sentence() {
	f.space()
	if s := f.out.String(); strings.HasSuffix(s, " \n ") || len(s) == 1 {
		return
	}
	f.out.WriteString("\n ")
}

// separator is whatever parts words. A full stop within a number or a domain
// ends no sentence.
func (f *folder) separator(c byte) {
	f.space()
	switch c {
	case '.', '!', '?', ';':
		if f.pos+1 == len(f.src) || f.src[f.pos+1] <= ' ' {
			f.sentence()
		}
	case '\n':
		rest := strings.TrimLeft(f.src[f.pos+1:min(len(f.src), f.pos+8)], " \t\r")
		if strings.HasPrefix(rest, "\n") {
			f.sentence()
		}
	}
}

// asciiWord writes a word of ASCII; false, and nothing written, if it isn't one.
func (f *folder) asciiWord() bool {
	end := f.pos
	for end < len(f.src) && isAlnum(f.src[end]) {
		end++
	}
	if end < len(f.src) && f.src[end] >= utf8.RuneSelf {
		return false
	}
	for _, c := range []byte(f.src[f.pos:end]) {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		f.out.WriteByte(c)
	}
	f.last = f.src[end-1]
	f.pos = end
	return true
}

// wideWord takes one run of letters, of which some aren't ASCII.
func (f *folder) wideWord() {
	var letters []rune
	start, hidden, soft := f.pos, 0, 0
	var before rune
	for f.pos < len(f.src) {
		r, n := utf8.DecodeRuneInString(f.src[f.pos:])
		if kind := invisible(r); kind != visible {
			switch kind {
			case zeroWidth:
				hidden++
			case softHyphen:
				soft++
			case direction:
				f.text.Bidi++
			}
			f.pos += n
			continue
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.So, r) && !unicode.Is(unicode.No, r) {
			break
		}
		if parted(before) && parted(r) {
			f.text.ZeroWidth += hidden
			f.text.Hyphens += soft
		}
		hidden, soft, before = 0, 0, r
		letters = append(letters, r)
		f.pos += n
	}
	if len(letters) == 0 {
		f.wideSeparator(start)
		return
	}
	f.word(letters, f.src[start:f.pos])
}

func (f *folder) wideSeparator(start int) {
	if f.pos > start {
		return // only invisible ones: "a​b" is one word
	}
	r, n := utf8.DecodeRuneInString(f.src[f.pos:])
	f.pos += max(n, 1)
	f.space()
	if strings.ContainsRune("。！？｡．…", r) {
		f.sentence()
	}
}

// word folds one word of several alphabets and writes it.
func (f *folder) word(letters []rune, written string) {
	text := string(letters)
	plain := norm.NFKD.String(text)
	var alphabets alphabet
	mappable := true
	for _, r := range plain {
		a := alphabetOf(r)
		alphabets |= a
		if a&^latin != 0 && looksLike(r) == "" {
			mappable = false
		}
	}
	for _, r := range letters {
		if styled(r) {
			f.text.Styled++
		}
	}
	mixed := alphabets&latin != 0 && alphabets&(cyrillic|greek|armenian|cherokee) != 0
	if mixed && len(letters) > 2 && len(f.text.Mixed) < 8 {
		f.text.Mixed = append(f.text.Mixed, written)
	}
	b := make([]byte, 0, len(plain)+8)
	for _, r := range plain {
		switch a := alphabetOf(r); {
		case unicode.Is(unicode.Mn, r) && r < 0x0483: // accents; those of kana and Indic scripts belong to the letter
			continue
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r):
			b = append(b, ' ') // what a ligature or a symbol is made of
			continue
		case r >= utf8.RuneSelf && (a == latin || mappable || mixed):
			if like := looksLike(r); like != "" {
				b = append(b, like...)
				continue
			}
			fallthrough
		default:
			b = utf8.AppendRune(b, unicode.ToLower(r))
		}
	}
	s := strings.Join(strings.Fields(norm.NFC.String(string(b))), " ")
	if s == "" {
		f.space()
		return
	}
	f.out.WriteString(s)
	f.last = s[len(s)-1]
}

func isAlnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
