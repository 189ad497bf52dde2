package mail

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"

	"cloudappsecurity/service/inspect/markup"
)

// mostTextLinks is how many links of one text are taken.
const mostTextLinks = 2000

// mostShown is how many addresses that are shown for a link are kept apart.
const mostShown = 200

// textLinks adds the addresses that stand in a text, and are none of the links
// already, nor shown for one: with a scheme, with "www.", and without either if
// a path follows the domain, since many mail programs make links of those.
func textLinks(links []markup.Link, text string) []markup.Link {
	if !strings.Contains(text, ".") && !strings.Contains(text, ":") {
		return links
	}
	seen := make(map[string]bool, len(links))
	var shown []string
	for _, l := range links {
		seen[l.URL] = true
		if strings.Contains(l.Text, ".") {
			findURLs(l.Text, func(u string) bool {
				shown = append(shown, u)
				return len(shown) < mostShown
			})
		}
	}
	n := 0
	findURLs(text, func(u string) bool {
		// Text that follows a link without a space seems to belong to it.
		if !seen[u] && !slices.ContainsFunc(shown, func(s string) bool { return strings.HasPrefix(u, s) }) {
			links = append(links, markup.Link{URL: u, Where: "body"})
			n++
		}
		seen[u] = true
		return n < mostTextLinks
	})
	return links
}

// findURLs calls f for each address in a text, until it gives false.
func findURLs(text string, f func(string) bool) {
	for pos := 0; pos < len(text); {
		i := strings.IndexAny(text[pos:], ":./")
		if i < 0 {
			return
		}
		at := pos + i
		start, end := 0, 0
		switch {
		case text[at] == ':':
			start, end = withScheme(text, pos, at)
		case text[at] == '.':
			start, end = withoutScheme(text, pos, at)
		}
		if end <= at {
			pos = at + 1
			continue
		}
		if !f(text[start:end]) {
			return
		}
		pos = end
	}
}

// withScheme gives the address around a colon; an end of 0 if there is none.
func withScheme(text string, from, colon int) (start, end int) {
	start = colon
	for start > from && (isLetter(text[start-1])) {
		start--
	}
	rest := text[colon+1:]
	scheme := strings.ToLower(text[start:colon])
	if i := strings.LastIndex(scheme, "http"); i > 0 && (scheme[i:] == "http" || scheme[i:] == "https") {
		start, scheme = start+i, scheme[i:] // "Visithttps://…"
	}
	switch scheme {
	case "http", "https", "ftp", "hxxp", "hxxps", "file", "tg", "whatsapp", "sms", "skype", "msteams":
		if !strings.HasPrefix(rest, "//") || len(rest) < 3 {
			return 0, 0
		}
	case "mailto", "tel":
	default:
		return 0, 0
	}
	end = urlEnd(text, colon+1)
	if end < colon+4 {
		return 0, 0
	}
	return start, end
}

// withoutScheme gives the address around a dot: www.example.com,
// example.com/path.
func withoutScheme(text string, from, dot int) (start, end int) {
	start = dot
	for start > from {
		r, size := utf8.DecodeLastRuneInString(text[from:start])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' {
			break
		}
		start -= size
	}
	if start == dot || start > 0 && strings.IndexByte("@/.\\_=", text[start-1]) >= 0 {
		return 0, 0
	}
	hostEnd := dot
	for hostEnd < len(text) && hostEnd-start <= mostHost {
		r, size := utf8.DecodeRuneInString(text[hostEnd:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '.' {
			break
		}
		hostEnd += size
	}
	host := text[start:hostEnd]
	if len(host) > 4 && strings.EqualFold(host[:4], "www.") && strings.Contains(host[4:], ".") {
		return start, urlEnd(text, dot)
	}
	if hostEnd == len(text) || text[hostEnd] != '/' {
		return 0, 0
	}
	if _, icann := publicsuffix.PublicSuffix(strings.ToLower(host)); !icann {
		return 0, 0
	}
	return start, urlEnd(text, dot)
}

// mostHost is how long a host's name can be (RFC 1035), mostURL how much of one
// address is taken.
const (
	mostHost = 253
	mostURL  = 16 << 10
)

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// urlEnd gives where an address ends that goes on at pos: at white space, at
// quotes and angle brackets, and before the punctuation of the sentence.
func urlEnd(text string, pos int) int {
	end := pos
loop:
	for end < len(text) && end-pos < mostURL {
		c := text[end]
		if c < utf8.RuneSelf {
			switch {
			case c <= ' ', c == 0x7f, strings.IndexByte("<>\"`{}|^", c) >= 0:
				break loop
			}
			end++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[end:])
		if unicode.IsSpace(r) || r == utf8.RuneError || unicode.Is(unicode.Pi, r) || unicode.Is(unicode.Pf, r) || strings.ContainsRune("。，、；：？！）】」』", r) {
			break
		}
		end += size
	}
	return pos + len(withoutPunctuation(text[pos:end]))
}

// withoutPunctuation leaves out what belongs to the sentence around an address,
// closing brackets among it if they weren't opened within.
func withoutPunctuation(u string) string {
	round := strings.Count(u, "(") - strings.Count(u, ")")
	square := strings.Count(u, "[") - strings.Count(u, "]")
	for u != "" {
		switch u[len(u)-1] {
		case '.', ',', ';', ':', '!', '?', '\'', '*', '_', '~':
		case ')':
			if round >= 0 {
				return u
			}
			round++
		case ']':
			if square >= 0 {
				return u
			}
			square++
		default:
			return u
		}
		u = u[:len(u)-1]
	}
	return u
}
