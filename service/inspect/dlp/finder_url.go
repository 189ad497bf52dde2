package dlp

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// longestHost is how many characters a host may have before its suffix.
// RFC 1035, section 2.3.4.
const longestHost = 253

// findURLs finds links, with or without http in front: a host beneath a
// top-level domain that exists, and the path.
func findURLs(text string) (found []candidate) {
	for i := 0; i < len(text) && len(found) < maxMatches; {
		if !isHostByte(text[i]) {
			i++
			continue
		}
		start := i
		for i < len(text) && isHostByte(text[i]) {
			i++
		}
		for start < i && !isDigit(text[start]) && !isLetter(text[start]) {
			start++
		}
		host := hostEnd(text[start:i])
		if host == 0 {
			continue
		}
		c := candidate{start: start, end: pathEnd(text, start+host), confidence: 0.5}
		if scheme := schemeBefore(text, start); scheme > 0 {
			c.start, c.confidence = start-scheme, Low
		}
		found = append(found, c)
		i = max(i, c.end)
	}
	return found
}

// isHostByte says whether b may stand in a host.
func isHostByte(b byte) bool { return b == '.' || b == '-' || isDigit(b) || isLetter(b) }

// hostEnd gives where the host at the start of run ends, 0 if there is none: at
// the last label that is a top-level domain, with something before it.
func hostEnd(run string) int {
	for end := len(run); end > 0; {
		dot := strings.LastIndexByte(run[:end], '.')
		if dot < 1 {
			return 0
		}
		// Companies have top-level domains of their own: www alone isn't a host there.
		if dot <= longestHost && topLevel(run[dot+1:end]) && !strings.EqualFold(run[:dot], "www") {
			return end
		}
		end = dot
	}
	return 0
}

// topLevel says whether label is a top-level domain.
func topLevel(label string) bool {
	if len(label) < 2 || len(label) > 24 {
		return false
	}
	for i := range len(label) {
		if !isLetter(label[i]) {
			return false
		}
	}
	label = strings.ToLower(label)
	suffix, icann := publicsuffix.PublicSuffix("x." + label)
	return icann && (suffix == label || strings.HasSuffix(suffix, "."+label)) && label != "zip"
}

// schemeBefore gives the length of http:// or https:// before a host.
func schemeBefore(text string, host int) int {
	for _, scheme := range []string{"https://", "http://"} {
		if from := host - len(scheme); from >= 0 && strings.EqualFold(text[from:host], scheme) {
			return len(scheme)
		}
	}
	return 0
}

// pathEnd gives where a path ends that begins with a slash at at.
func pathEnd(text string, at int) int {
	if at >= len(text) || text[at] != '/' {
		return at
	}
	if i := strings.IndexAny(text[at:], " \t\r\n\v\f()<>\"'"); i >= 0 {
		return at + i
	}
	return len(text)
}
