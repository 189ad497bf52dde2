package office

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
)

// RTFDocument is what a document in RTF tells.
type RTFDocument struct {
	Document
	Objects    [][]byte // the data of embedded objects
	AutoUpdate bool     // one loads itself
	Obfuscated bool     // the data of an object is broken up as only tools do
	Pictures   int
}

// Most of what is kept of a document in RTF.
const (
	mostRTFText   = 4 << 20
	mostObjects   = 200
	mostObjectAll = 16 << 20
)

// RTF reads a document, tolerant as Word is, see
// https://interoperability.blob.core.windows.net/files/Archive_References/[MSFT-RTF].pdf
func RTF(p []byte) *RTFDocument {
	r := &rtfReader{p: p, stack: []rtfGroup{{unicodeSkip: 1}}}
	r.run()
	return &r.doc
}

type rtfGroup struct {
	dest        string // what the text of the group is: "", "skip", "objdata", "fldinst", "template"
	unicodeSkip int
}

type rtfReader struct {
	p      []byte
	at     int
	doc    RTFDocument
	stack  []rtfGroup
	hex    []byte // of the object that is read
	odd    int    // control words within its data
	nibble int    // -1: none
	total  int
	field  strings.Builder
	templ  strings.Builder
	high   rune
	skip   int  // characters which stand for one in Unicode
	star   bool // the next word is a destination that may be skipped (\*)
}

func (r *rtfReader) group() *rtfGroup { return &r.stack[len(r.stack)-1] }

func (r *rtfReader) run() {
	r.nibble = -1
	for r.at < len(r.p) {
		c := r.p[r.at]
		switch c {
		case '{':
			r.at++
			if len(r.stack) < 2000 {
				r.stack = append(r.stack, *r.group())
			}
			if r.group().dest == "objdata" {
				r.odd++
			}
		case '}':
			r.at++
			r.closeGroup()
		case '\\':
			r.control()
		case '\r', '\n':
			r.at++
		default:
			r.at++
			r.char(c)
		}
	}
	for len(r.stack) > 1 { // groups that never end
		r.closeGroup()
	}
	r.endObject()
}

func (r *rtfReader) closeGroup() {
	closed := *r.group()
	if len(r.stack) > 1 {
		r.stack = r.stack[:len(r.stack)-1]
	}
	if closed.dest == r.group().dest {
		return
	}
	switch closed.dest {
	case "objdata":
		r.endObject()
	case "fldinst":
		r.doc.Field(strings.TrimSpace(r.field.String()))
		r.field.Reset()
	case "template":
		if t := strings.TrimSpace(r.templ.String()); fetched(t) {
			r.doc.Templates = append(r.doc.Templates, t)
		}
		r.templ.Reset()
	}
}

func (r *rtfReader) endObject() {
	if len(r.hex) > 0 && len(r.doc.Objects) < mostObjects {
		r.doc.Objects = append(r.doc.Objects, bytes.Clone(r.hex))
	}
	// A control word or two is what some writers leave; a maze isn't.
	r.doc.Obfuscated = r.doc.Obfuscated || r.odd > 8
	r.hex, r.odd, r.nibble = r.hex[:0], 0, -1
}

// control reads a control word or symbol.
func (r *rtfReader) control() {
	r.at++
	if r.at >= len(r.p) {
		return
	}
	start := r.at
	for r.at < len(r.p) && isLetter(r.p[r.at]) && r.at-start < 64 {
		r.at++
	}
	if r.at == start {
		r.symbol()
		return
	}
	word := string(r.p[start:r.at])
	number, has := 0, false
	begin := r.at
	if r.at < len(r.p) && r.p[r.at] == '-' {
		r.at++
	}
	for r.at < len(r.p) && r.p[r.at] >= '0' && r.p[r.at] <= '9' && r.at-begin < 20 {
		r.at++
	}
	if n, err := strconv.Atoi(string(r.p[begin:r.at])); err == nil {
		number, has = n, true
	}
	if r.at < len(r.p) && r.p[r.at] == ' ' {
		r.at++
	}
	r.word(word, number, has)
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func (r *rtfReader) symbol() {
	c := r.p[r.at]
	r.at++
	switch c {
	case '\'':
		if r.at+2 <= len(r.p) {
			if n, err := strconv.ParseUint(string(r.p[r.at:r.at+2]), 16, 8); err == nil {
				r.at += 2
				if r.group().dest != "objdata" { // within data Word drops it
					r.char(byte(n))
				} else {
					r.odd++
				}
			}
		}
	case '\\', '{', '}':
		r.char(c)
	case '~':
		r.char(' ')
	case '*':
		r.star = true
		return
	case '\n', '\r':
		r.text("\n")
	}
}

func (r *rtfReader) word(word string, n int, has bool) {
	g := r.group()
	if g.dest == "objdata" && word != "bin" {
		r.odd++
	}
	if r.star && g.dest != "objdata" {
		g.dest = "skip" // unless it is one that is known
	}
	r.star = false
	switch word {
	case "objdata":
		g.dest = "objdata"
	case "objupdate", "objautlink":
		r.doc.AutoUpdate = r.doc.AutoUpdate || word == "objupdate"
	case "fldinst":
		g.dest = "fldinst"
	case "template":
		g.dest = "template"
	case "fldrslt":
		g.dest = ""
	case "pict":
		r.doc.Pictures++
		g.dest = "skip"
	case "fonttbl", "colortbl", "stylesheet", "info", "themedata", "colorschememapping", "datastore", "latentstyles", "generator", "listtable", "listoverridetable", "rsidtbl", "xmlnstbl", "filetbl", "revtbl", "objclass", "objname", "pnseclvl", "bkmkstart", "bkmkend", "mmathPr", "shppict", "nonshppict", "blipuid", "sp", "sn", "sv", "passwordhash", "wgrffmtfilter", "ftnsep", "ftnsepc":
		g.dest = "skip"
	case "par", "line", "row", "page", "sect":
		r.text("\n")
	case "tab", "cell":
		r.text("\t")
	case "bin":
		if has && n > 0 {
			end := min(len(r.p), r.at+n)
			if g.dest == "objdata" && r.total+n < mostObjectAll {
				r.hex = append(r.hex, r.p[r.at:end]...)
				r.total += n
			}
			r.at = end
		}
	case "uc":
		g.unicodeSkip = min(max(n, 0), 8)
	case "u":
		r.unicode(n)
	}
}

func (r *rtfReader) unicode(n int) {
	if n < 0 {
		n += 1 << 16
	}
	c := rune(n)
	switch {
	case utf16.IsSurrogate(c) && r.high == 0:
		r.high = c
	case r.high != 0:
		r.text(string(utf16.DecodeRune(r.high, c)))
		r.high = 0
	default:
		r.text(string(c))
	}
	r.skip = r.group().unicodeSkip
}

// char takes a character of text, or a digit of an object's data.
func (r *rtfReader) char(c byte) {
	if r.group().dest != "objdata" {
		if r.skip > 0 {
			r.skip--
			return
		}
		r.text(string(rune(c)))
		return
	}
	var digit int
	switch {
	case c >= '0' && c <= '9':
		digit = int(c - '0')
	case c >= 'a' && c <= 'f':
		digit = int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		digit = int(c-'A') + 10
	default:
		if c != ' ' && c != '\t' {
			r.odd++
		}
		return
	}
	if r.nibble < 0 {
		r.nibble = digit
		return
	}
	if r.total < mostObjectAll {
		r.hex = append(r.hex, byte(r.nibble<<4|digit))
		r.total++
	}
	r.nibble = -1
}

func (r *rtfReader) text(s string) {
	switch r.group().dest {
	case "fldinst":
		if r.field.Len() < 64<<10 {
			r.field.WriteString(s)
		}
	case "template":
		if r.templ.Len() < 4<<10 {
			r.templ.WriteString(s)
		}
	case "":
		if r.doc.Text.Len() < mostRTFText {
			r.doc.Text.WriteString(s)
		}
	}
}
