package dlp

import (
	"strings"
	"unicode/utf8"
)

// finder reads a text by itself, where an expression can't say what to find. It
// leaves the candidates' identifier to its caller.
type finder func(text string) []candidate

// finders are those which the files of identifiers may name.
var finders = map[string]finder{
	"":                nil,
	"email_address":   findEmailAddresses,
	"url":             findURLs,
	"ip_address":      findIPAddresses,
	"iban_code":       findIBANs,
	"crypto":          findCrypto,
	"in_upi":          findPaymentAddresses,
	"phone_number":    func(text string) []candidate { return findPhones(text, phoneRegions, nil) },
	"tw_phone_number": func(text string) []candidate { return findPhones(text, []string{"TW"}, nil) },
	"za_mobile":       func(text string) []candidate { return findPhones(text, []string{"ZA"}, zaMobile) },
	"za_telephone":    func(text string) []candidate { return findPhones(text, []string{"ZA"}, zaTelephone) },
}

// wordBefore and wordAfter say whether part of a word stands next to a place.
func wordBefore(text string, at int) bool {
	r, size := utf8.DecodeLastRuneInString(text[:at])
	return size > 0 && clings(r)
}

func wordAfter(text string, at int) bool {
	r, size := utf8.DecodeRuneInString(text[at:])
	return size > 0 && clings(r)
}

// findIBANs finds international bank account numbers: a country, two check
// digits and as many characters as the country has, in groups of four that a
// blank or hyphen may part.
func findIBANs(text string) (found []candidate) {
	for i := 0; i+15 <= len(text); i++ {
		if !isCapital(text[i]) || !isCapital(text[i+1]) || !isDigit(text[i+2]) || !isDigit(text[i+3]) ||
			i > 0 && (isCapital(text[i-1]) || isDigit(text[i-1])) {
			continue
		}
		structure, known := ibanCountries[text[i:i+2]]
		if !known {
			continue
		}
		end, ok := groups(text, i, 4+len(structure))
		if !ok || iban(text[i:end]) != affirmed {
			continue
		}
		found = append(found, candidate{start: i, end: end, confidence: High})
		if len(found) == maxMatches {
			break
		}
		i = end - 1
	}
	return found
}

// groups gives the end of n capitals and digits from at on, which may be parted
// behind each fourth, and must not go on.
func groups(text string, at, n int) (end int, ok bool) {
	for count := range n {
		if count > 0 && count%4 == 0 && at < len(text) {
			switch {
			case text[at] == ' ' || text[at] == '-':
				at++
			case strings.HasPrefix(text[at:], "\u00a0"):
				at += len("\u00a0")
			}
		}
		if at >= len(text) || !isCapital(text[at]) && !isDigit(text[at]) {
			return 0, false
		}
		at++
	}
	return at, at == len(text) || !isCapital(text[at]) && !isDigit(text[at])
}

func isCapital(b byte) bool { return 'A' <= b && b <= 'Z' }
