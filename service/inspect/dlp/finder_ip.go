package dlp

import (
	"net/netip"
	"strings"
)

// findIPAddresses finds addresses of both versions, with a zone and the length
// of a prefix where they have one. RFC 4291, section 2.2; RFC 4632.
func findIPAddresses(text string) (found []candidate) {
	for i := 0; i < len(text) && len(found) < maxMatches; {
		if !isAddressByte(text[i]) {
			i++
			continue
		}
		run := i
		for i < len(text) && isAddressByte(text[i]) {
			i++
		}
		found = append(found, addresses(text, run, i)...)
	}
	return found
}

func isAddressByte(b byte) bool {
	return b == '.' || b == ':' || isDigit(b) || 'a' <= b && b <= 'f' || 'A' <= b && b <= 'F'
}

// addresses finds those in a run of hexadecimal digits, colons and full stops.
func addresses(text string, from, to int) (found []candidate) {
	run := strings.TrimRight(text[from:to], ".")
	if strings.HasSuffix(run, ":") && !strings.HasSuffix(run, "::") {
		run = run[:len(run)-1]
	}
	if end := from + len(run); strings.Count(run, ":") >= 2 && len(run) <= 45 && !wordBefore(text, from) {
		if c, ok := version6(text, from, end); ok {
			return []candidate{c}
		}
	}
	for at := from; at < to; {
		end := version4(text[at:to])
		if end == 0 || wordBefore(text, at) || wordAfter(text, at+end) {
			at++
			continue
		}
		if _, err := netip.ParseAddr(text[at : at+end]); err == nil {
			found = append(found, candidate{start: at, end: prefixEnd(text, at+end, 32), confidence: 0.6})
		}
		at += end
	}
	return found
}

// version6 takes the run for one address.
func version6(text string, from, end int) (candidate, bool) {
	address, err := netip.ParseAddr(text[from:end])
	if err != nil || !address.Is6() {
		return candidate{}, false
	}
	confidence := 0.6
	if address.IsUnspecified() && end-from == 2 {
		confidence = 0.1 // two colons are seldom an address
	}
	if zone := end + 1; end < len(text) && text[end] == '%' {
		for zone < len(text) && (isWordByte(text[zone]) || text[zone] == '-') {
			zone++
		}
		if zone > end+1 {
			end = zone
		}
	}
	if wordAfter(text, end) {
		return candidate{}, false
	}
	return candidate{start: from, end: prefixEnd(text, end, 128), confidence: confidence}, true
}

// version4 gives the length of four numbers up to 255 at the start of s, 0 if
// there are none.
func version4(s string) int {
	at := 0
	for part := range 4 {
		if part > 0 {
			if at >= len(s) || s[at] != '.' {
				return 0
			}
			at++
		}
		first := at
		for at < len(s) && at < first+3 && isDigit(s[at]) {
			at++
		}
		if at == first || number(s[first:at]) > 255 {
			return 0
		}
	}
	return at
}

// prefixEnd gives the end of the length of a prefix, at most most, that stands
// at at.
func prefixEnd(text string, at, most int) int {
	if at >= len(text) || text[at] != '/' {
		return at
	}
	end := at + 1
	for end < len(text) && end < at+5 && isDigit(text[end]) {
		end++
	}
	if n := text[at+1 : end]; n == "" || len(n) > 3 || number(n) > most || wordAfter(text, end) {
		return at
	}
	return end
}
