// Package pdf reads what PDF files hold, as far as it matters to safety: their
// text, links, actions, embedded files and pictures. It is tolerant as readers
// are: it finds objects where they lie and needs no cross-reference table, which
// a hostile file can have broken or forged. See ISO 32000-1,
// https://opensource.adobe.com/dc-acrobat-sdk-docs/standards/pdfstandards/pdf/PDF32000_2008.pdf
package pdf

import (
	"bytes"
	"strconv"
)

// The kinds of objects. A number is float64, a truth value or null is keyword.
type (
	name    string
	text    string // of bytes
	keyword string
	ref     struct{ id, gen int }
	array   []any
	dict    map[name]any
	stream  struct {
		dict dict
		raw  []byte
		id   ref // for decryption
	}
)

// mostDepth bounds arrays and dictionaries within one another.
const mostDepth = 64

type lexer struct {
	p     []byte
	at    int
	depth int
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func isDelimiter(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

func (l *lexer) space() {
	for l.at < len(l.p) {
		switch c := l.p[l.at]; {
		case isSpace(c):
			l.at++
		case c == '%':
			for l.at < len(l.p) && l.p[l.at] != '\n' && l.p[l.at] != '\r' {
				l.at++
			}
		default:
			return
		}
	}
}

// next reads an object or an operator; nil at the end.
func (l *lexer) next() any {
	l.space()
	if l.at >= len(l.p) {
		return nil
	}
	switch c := l.p[l.at]; c {
	case '/':
		l.at++
		return l.name()
	case '(':
		l.at++
		return l.literal()
	case '[':
		l.at++
		return l.array()
	case '<':
		l.at++
		if l.at < len(l.p) && l.p[l.at] == '<' {
			l.at++
			return l.dict()
		}
		return l.hex()
	case ']', '>', '}', ')', '{':
		l.at++
		if c == '>' && l.at < len(l.p) && l.p[l.at] == '>' {
			l.at++
			return keyword(">>")
		}
		return keyword([]byte{c})
	}
	start := l.at
	for l.at < len(l.p) && !isSpace(l.p[l.at]) && !isDelimiter(l.p[l.at]) {
		l.at++
	}
	word := l.p[start:l.at]
	if c := word[0]; c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.' {
		if f, err := strconv.ParseFloat(string(word), 64); err == nil {
			return f
		}
	}
	return keyword(word)
}

func (l *lexer) name() name {
	var out []byte
	for l.at < len(l.p) && !isSpace(l.p[l.at]) && !isDelimiter(l.p[l.at]) {
		c := l.p[l.at]
		l.at++
		if c == '#' && l.at+2 <= len(l.p) { // names are written that way to hide them
			if n, err := strconv.ParseUint(string(l.p[l.at:l.at+2]), 16, 8); err == nil {
				c = byte(n)
				l.at += 2
			}
		}
		out = append(out, c)
	}
	return name(out)
}

func (l *lexer) literal() text {
	var out []byte
	for depth := 1; l.at < len(l.p); {
		c := l.p[l.at]
		l.at++
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return text(out)
			}
		case '\\':
			out = l.escape(out)
			continue
		}
		out = append(out, c)
	}
	return text(out)
}

func (l *lexer) escape(out []byte) []byte {
	if l.at >= len(l.p) {
		return out
	}
	c := l.p[l.at]
	l.at++
	switch c {
	case 'n':
		return append(out, '\n')
	case 'r':
		return append(out, '\r')
	case 't':
		return append(out, '\t')
	case 'b':
		return append(out, '\b')
	case 'f':
		return append(out, '\f')
	case '\r':
		if l.at < len(l.p) && l.p[l.at] == '\n' {
			l.at++
		}
		return out
	case '\n':
		return out
	}
	if c < '0' || c > '7' {
		return append(out, c)
	}
	n := int(c - '0')
	for i := 0; i < 2 && l.at < len(l.p) && l.p[l.at] >= '0' && l.p[l.at] <= '7'; i++ {
		n = n<<3 | int(l.p[l.at]-'0')
		l.at++
	}
	return append(out, byte(n))
}

func (l *lexer) hex() text {
	end := bytes.IndexByte(l.p[l.at:], '>')
	if end < 0 {
		end = len(l.p) - l.at
	}
	out := unhex(l.p[l.at : l.at+end])
	l.at = min(len(l.p), l.at+end+1)
	return text(out)
}

func unhex(p []byte) []byte {
	out := make([]byte, 0, len(p)/2+1)
	nibble, half := byte(0), false
	for _, c := range p {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			continue
		}
		if half {
			out = append(out, nibble<<4|c)
		}
		nibble, half = c, !half
	}
	if half {
		out = append(out, nibble<<4)
	}
	return out
}

func (l *lexer) array() array {
	out := array{}
	if l.depth++; l.depth > mostDepth {
		l.at = len(l.p)
		return out
	}
	defer func() { l.depth-- }()
	for {
		switch v := l.next().(type) {
		case nil:
			return out
		case keyword:
			switch v {
			case "]", "endobj", "endstream":
				return out
			case "R":
				out = reference(out)
				continue
			}
			out = append(out, v)
		default:
			out = append(out, v)
		}
	}
}

// reference puts the last two numbers together.
func reference(list []any) []any {
	n := len(list)
	if n < 2 {
		return list
	}
	id, ok := list[n-2].(float64)
	gen, ok2 := list[n-1].(float64)
	if !ok || !ok2 {
		return list
	}
	return append(list[:n-2], ref{int(id), int(gen)})
}

func (l *lexer) dict() dict {
	out := dict{}
	if l.depth++; l.depth > mostDepth {
		l.at = len(l.p)
		return out
	}
	defer func() { l.depth-- }()
	key, values := name(""), []any(nil)
	flush := func() {
		if len(values) > 0 && key != "" {
			out[key] = values[0]
		}
		values = values[:0]
	}
	for {
		switch v := l.next().(type) {
		case nil:
			flush()
			return out
		case name:
			if key != "" && len(values) == 0 {
				values = append(values, v)
				continue
			}
			flush()
			key = v
		case keyword:
			switch v {
			case ">>", "endobj", "stream":
				flush()
				if v == "stream" {
					l.at -= len("stream")
				}
				return out
			case "R":
				values = reference(values)
				continue
			}
			values = append(values, v)
		default:
			values = append(values, v)
		}
	}
}
