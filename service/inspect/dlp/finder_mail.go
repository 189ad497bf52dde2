package dlp

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// findEmailAddresses finds addresses as RFC 5322 writes them without quotes, in
// a domain beneath a suffix that exists.
func findEmailAddresses(text string) (found []candidate) {
	from := 0
	for {
		i := strings.IndexByte(text[from:], '@')
		if i < 0 || len(found) == maxMatches {
			return found
		}
		at := from + i
		start, end := localStart(text, from, at), domainEnd(text, at+1)
		from = at + 1
		if start < at && end > 0 && registered(text[at+1:end]) {
			found = append(found, candidate{start: start, end: end, confidence: Low})
			from = end
		}
	}
}

// longestLocal is how many characters may stand before an @; RFC 5321 allows 64.
const longestLocal = 256

// localStart gives where the part before the @ begins, at if there is none. It
// begins and ends with a letter, digit or sign, but not a full stop, and stands
// at the edge of a word.
func localStart(text string, from, at int) int {
	start := at
	nearest, _ := utf8.DecodeLastRuneInString(text[from:at])
	for start > from && at-start < longestLocal {
		r, size := utf8.DecodeLastRuneInString(text[from:start])
		if joined(r) && !joined(nearest) {
			break // a word of the sentence, in a script without blanks
		}
		if !isWord(r) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~.", r) {
			break
		}
		start -= size
	}
	if start == at || text[at-1] == '.' {
		return at
	}
	for p := start; p < at; {
		r, size := utf8.DecodeRuneInString(text[p:])
		before, width := utf8.DecodeLastRuneInString(text[:p])
		if r != '.' && isWord(r) != (width > 0 && isWord(before) && joined(before) == joined(r)) {
			return p
		}
		p += size
	}
	return at
}

// domainEnd gives where the domain ends that begins at, 0 if there is none: at
// least two labels, each of which begins and ends with a letter or digit.
func domainEnd(text string, at int) (end int) {
	labels := 0
	for {
		label, beyond := at, false
		for at < len(text) {
			r, size := utf8.DecodeRuneInString(text[at:])
			if !isWord(r) && (r != '-' || at == label) || at > label && joined(r) && !beyond {
				break
			}
			beyond = r >= utf8.RuneSelf
			at += size
		}
		last := label + len(strings.TrimRight(text[label:at], "-"))
		if last == label {
			return end
		}
		if labels++; labels > 1 {
			end = last
		}
		if last != at || at == len(text) || text[at] != '.' {
			return end
		}
		at++
	}
}

// registered says whether domain lies beneath a public suffix that exists.
// https://publicsuffix.org
func registered(domain string) bool {
	ascii := strings.ToLower(domain)
	for i := range len(ascii) {
		if ascii[i] >= utf8.RuneSelf {
			converted, err := idna.Lookup.ToASCII(ascii)
			if err != nil {
				return false
			}
			ascii = converted
			break
		}
	}
	suffix, icann := publicsuffix.PublicSuffix(ascii)
	if !icann && !strings.Contains(suffix, ".") {
		return false // a suffix that nobody manages
	}
	return len(ascii) > len(suffix)
}

// upiHandles are the best known providers of India's payment addresses.
// https://www.npci.org.in/what-we-do/upi/3rd-party-apps
const upiHandles = " okicici okhdfcbank okaxis oksbi paytm ybl upi apl ibl axl waicici wahdfcbank timecosmos rapl mbk ikwik freecharge "

// findPaymentAddresses finds India's payment addresses: a name and a provider,
// which isn't a domain.
func findPaymentAddresses(text string) (found []candidate) {
	from := 0
	for len(found) < maxMatches {
		i := strings.IndexByte(text[from:], '@')
		if i < 0 {
			break
		}
		at := from + i
		start, end := at, at+1
		for start > from && at-start < longestLocal && (isWordByte(text[start-1]) || text[start-1] == '.' || text[start-1] == '-') {
			start--
		}
		for start < at && (text[start] == '.' || text[start] == '-') {
			start++
		}
		for end < len(text) && isLetter(text[end]) && end-at <= longestWord {
			end++
		}
		from = at + 1
		handle := strings.ToLower(text[at+1 : end])
		host := end+1 < len(text) && (text[end] == '.' || text[end] == '-') && isWordByte(text[end+1])
		if at-start < 2 || len(handle) < 2 || handle == "localhost" || host || wordAfter(text, end) || wordBefore(text, start) {
			continue
		}
		confidence := 0.2
		if strings.Contains(upiHandles, " "+handle+" ") {
			confidence = 0.5
		}
		found = append(found, candidate{start: start, end: end, confidence: confidence})
		from = end
	}
	return found
}
