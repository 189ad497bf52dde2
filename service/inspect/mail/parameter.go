package mail

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// media is a value with parameters: Content-Type, Content-Disposition.
type media struct {
	value  string // lower case
	params []param
}

// mostParameters is how many parameters of one field are read.
const mostParameters = 100

type param struct{ name, value string }

// parseMedia reads "text/plain; charset=utf-8; name*0*=utf-8”…" with what
// programs do wrong: quotes without an end, values with spaces without quotes,
// encoded words, commas or nothing between parameters.
func parseMedia(v string) media {
	head, rest := cutParam(v)
	m := media{value: strings.ToLower(strings.Trim(stripComments(head), " \t\""))}
	if i := strings.IndexAny(m.value, " \t"); i >= 0 && !strings.Contains(m.value[:i], "=") {
		// text/html charset=utf-8
		rest = m.value[i+1:] + ";" + rest
		m.value = m.value[:i]
	}
	for range mostParameters {
		if rest == "" {
			break
		}
		var one string
		one, rest = cutParam(rest)
		name, value, ok := strings.Cut(one, "=")
		name = strings.ToLower(strings.TrimSpace(stripComments(name)))
		if !ok || name == "" {
			continue
		}
		m.params = append(m.params, param{name, unquote(strings.TrimSpace(value))})
	}
	return m
}

// cutParam cuts at the next semicolon outside of quotes.
func cutParam(v string) (one, rest string) {
	quoted := false
	for i := 0; i < len(v); i++ {
		switch v[i] {
		case '\\':
			if quoted {
				i++
			}
		case '"':
			quoted = !quoted
		case ';':
			if !quoted {
				return v[:i], v[i+1:]
			}
		}
	}
	if quoted { // the quote has no end: semicolons count
		if before, after, ok := strings.Cut(v, ";"); ok {
			return before, after
		}
	}
	return v, ""
}

func unquote(v string) string {
	if len(v) == 0 || v[0] != '"' {
		if i := strings.IndexByte(v, '('); i > 0 && v[i-1] == ' ' && strings.HasSuffix(v, ")") {
			v = strings.TrimSpace(v[:i]) // a comment
		}
		return strings.Trim(v, "'\"")
	}
	var out strings.Builder
	for i := 1; i < len(v); i++ {
		switch {
		case v[i] == '"':
			return out.String()
		case v[i] == '\\' && i+1 < len(v) && (v[i+1] == '"' || v[i+1] == '\\'):
			i++
		}
		out.WriteByte(v[i])
	}
	return out.String()
}

func stripComments(v string) string {
	if strings.IndexByte(v, '(') < 0 {
		return v
	}
	var out strings.Builder
	depth := 0
	for i := range len(v) {
		switch {
		case v[i] == '(':
			depth++
		case v[i] == ')' && depth > 0:
			depth--
		case depth == 0:
			out.WriteByte(v[i])
		}
	}
	return out.String()
}

// get gives a plain parameter.
func (m media) get(name string) string {
	for _, p := range m.params {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// all gives the different values that a parameter has in any of its forms: of
// RFC 2231 (name*, name*0, name*0*), plain, and again.
func (m media) all(name string) (values []string) {
	add := func(v string) {
		if v != "" && !slices.Contains(values, v) && len(values) < 8 {
			values = append(values, v)
		}
	}
	add(m.continued(name))
	for _, p := range m.params {
		switch p.name {
		case name:
			add(decodeWords([]byte(p.value), ""))
		case name + "*":
			add(decodeExtended(p.value))
		}
	}
	return values
}

// continued puts together name*0, name*1*, … (RFC 2231), in the order of their
// numbers.
func (m media) continued(name string) string {
	type piece struct {
		n        int
		value    string
		extended bool
	}
	var pieces []piece
	for _, p := range m.params {
		number, ok := strings.CutPrefix(p.name, name+"*")
		if !ok {
			continue
		}
		number, extended := strings.CutSuffix(number, "*")
		if n, err := strconv.Atoi(number); err == nil {
			pieces = append(pieces, piece{n, p.value, extended})
		}
	}
	if len(pieces) == 0 {
		return ""
	}
	slices.SortStableFunc(pieces, func(a, b piece) int { return a.n - b.n })
	charset := ""
	var raw []byte
	for i, p := range pieces {
		v := p.value
		if p.extended {
			if i == 0 {
				charset, v = cutCharset(v)
			}
			v = unescape(v)
		}
		raw = append(raw, v...)
	}
	return decodeWords(raw, charset)
}

// decodeExtended reads utf-8'en'%e2%82%ac.
func decodeExtended(v string) string {
	charset, rest := cutCharset(v)
	return toUTF8([]byte(unescape(rest)), charset)
}

func cutCharset(v string) (charset, rest string) {
	charset, rest, ok := strings.Cut(v, "'")
	if !ok {
		return "", v
	}
	if _, after, ok := strings.Cut(rest, "'"); ok {
		return charset, after
	}
	return charset, rest
}

func unescape(v string) string {
	if out, err := url.PathUnescape(v); err == nil {
		return out
	}
	return v
}
