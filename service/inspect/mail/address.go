package mail

import (
	"strings"
)

// mostAddresses is how many addresses of one field are read.
const mostAddresses = 1000

// parseAddresses reads a list of addresses as mail programs do: groups and
// comments, names with commas or at-signs in quotes or without, angle brackets
// that don't close, nothing between addresses but a semicolon.
func parseAddresses(v, charset string) (list []Address) {
	for _, one := range splitAddresses(v) {
		if len(list) >= mostAddresses {
			break
		}
		if a, ok := parseAddress(one, charset); ok {
			list = append(list, a)
		}
	}
	return list
}

// splitAddresses cuts at commas and semicolons outside of quotes, comments and
// angle brackets, and leaves the name of a group out. What opens and never
// closes doesn't count.
func splitAddresses(v string) (parts []string) {
	lastQuote, lastParen, lastAngle := strings.LastIndexByte(v, '"'), strings.LastIndexByte(v, ')'), strings.LastIndexByte(v, '>')
	start, depth := 0, 0
	quoted, angle, at := false, false, false // at: an address began
	cut := func(i int) {
		if part := strings.TrimSpace(v[start:i]); part != "" && len(parts) < mostAddresses {
			parts = append(parts, part)
		}
		start, at = i+1, false
	}
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c == '\\' && (quoted || depth > 0):
			i++
		case c == '"' && depth == 0:
			quoted = !quoted && i < lastQuote
		case quoted:
		case c == '(' && i < lastParen:
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth > 0:
		case c == '<':
			angle, at = i < lastAngle, true
		case c == '>':
			angle = false
		case c == '@':
			at = true
		case angle:
		case c == ';' || c == ',' && (at || addressEnds(v[i+1:]) || strings.TrimSpace(v[start:i]) == ""):
			cut(i)
		case c == ':' && !at:
			start = i + 1 // a group's name
		}
	}
	cut(len(v))
	return parts
}

// addressEnds says whether a comma ends an address where no address was before
// it: not so in "Doe, Jane <jane@example.com>" without quotes.
func addressEnds(after string) bool {
	next, _, _ := strings.Cut(after, ",")
	i := strings.IndexByte(next, '<')
	return i < 0 || !strings.Contains(next[i:], "@")
}

func parseAddress(v, charset string) (Address, bool) {
	a := Address{Raw: decodeWords([]byte(v), charset)}
	name, spec := v, ""
	if i := angleStart(v); i >= 0 {
		name = v[:i]
		spec, _, _ = strings.Cut(v[i+1:], ">")
		if _, after, ok := strings.Cut(v[i+1:], ">"); ok && strings.TrimSpace(name) == "" {
			name = after // <a@b> Name
		}
	} else if strings.Contains(v, "@") {
		spec, name = stripComments(v), comment(v)
	}
	if i := strings.LastIndexByte(spec, ':'); i >= 0 && strings.HasPrefix(strings.TrimSpace(spec), "@") {
		spec = spec[i+1:] // a route
	}
	spec = strings.ToLower(strings.Trim(strings.TrimSpace(spec), `"'<>`))
	spec = strings.TrimPrefix(spec, "mailto:")
	if i := strings.LastIndexByte(spec, '@'); i > 0 && i < len(spec)-1 && !strings.ContainsAny(spec, " \t<>,") {
		a.Address = decodeWords([]byte(spec), charset)
	} else if fields := strings.Fields(spec); len(fields) > 1 {
		// "Name name@example.com" without brackets
		if last := strings.Trim(fields[len(fields)-1], `"'`); strings.Contains(last, "@") {
			a.Address, name = last, strings.TrimSpace(v[:strings.LastIndex(v, fieldsLast(v))])
		}
	}
	a.Name = displayName(name, charset)
	return a, a.Raw != ""
}

func fieldsLast(v string) string {
	f := strings.Fields(v)
	return f[len(f)-1]
}

// angleStart finds the bracket of the address: the last that isn't quoted.
func angleStart(v string) int {
	at, quoted := -1, false
	for i := 0; i < len(v); i++ {
		switch {
		case v[i] == '\\' && quoted:
			i++
		case v[i] == '"':
			quoted = !quoted
		case v[i] == '<' && !quoted:
			at = i
		}
	}
	if at < 0 && quoted {
		at = strings.LastIndexByte(v, '<')
	}
	return at
}

func comment(v string) string {
	if _, after, ok := strings.Cut(v, "("); ok {
		inner, _, _ := strings.Cut(after, ")")
		return inner
	}
	return ""
}

func displayName(v, charset string) string {
	v = strings.TrimSpace(v)
	if strings.HasPrefix(v, `"`) {
		var b strings.Builder
		for i := 0; i < len(v); i++ {
			switch {
			case v[i] == '"':
				continue
			case v[i] == '\\' && i+1 < len(v):
				i++
			}
			b.WriteByte(v[i])
		}
		v = b.String()
	}
	return strings.TrimSpace(strings.Trim(decodeWords([]byte(v), charset), `"`))
}
