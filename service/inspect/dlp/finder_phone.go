package dlp

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

// Telephone numbers are found as Google's libphonenumber finds them; its Go
// port has all but the search:
// https://github.com/google/libphonenumber/blob/master/java/libphonenumber/src/com/google/i18n/phonenumbers/PhoneNumberMatcher.java

// phoneRegions are those whose national notation is understood; a number with
// its country's code is found for any.
var phoneRegions = []string{"US", "GB", "DE", "FR", "IL", "IN", "BR", "JP", "CN"}

// fewest and most are how many digits a telephone number has: E.164 allows 15,
// prefixes come on top.
const (
	fewestPhoneDigits = 7
	mostPhoneDigits   = 17
)

var (
	slashDate   = regexp.MustCompile(`(?:[0-3]?\d/[01]?\d|[01]?\d/[0-3]?\d)/(?:[12]\d)?\d{2}`)
	timeStamp   = regexp.MustCompile(`[12]\d{3}[-/]?[01]\d[-/]?[0-3]\d +[0-2]\d$`)
	minutes     = regexp.MustCompile(`\A:[0-5]\d`)
	pages       = regexp.MustCompile(`\d{1,5}-+\d{1,5}\s{0,4}\(\d{1,4}`)
	secondStart = regexp.MustCompile(`[\\/] *x`)
	extension   = regexp.MustCompile(`(?i)\A(?:;ext=\d{1,20}|[ \t,]*(?:e?xt(?:ensi(?:on|ón))?n?|доб|anexo)[:.]?[ \t,-]*\d{1,20}#?|[ \t,]*[x#~]\.? ?\d{1,9}#?)`)
	// innerSigns are those of which one stands in what an expression of inner
	// matches.
	innerSigns = []string{"/", "(", "-", "\u2012\u2013\u2014\u2015\uff0d", "."}
	// inner are the ways in which a candidate may be two numbers.
	inner = []*regexp.Regexp{
		regexp.MustCompile(`/+(.*)`),
		regexp.MustCompile(`(\([^(]*)`),
		regexp.MustCompile(`(?:\pZ-|-\pZ)\pZ*(.+)`),
		regexp.MustCompile(`[\x{2012}-\x{2015}\x{FF0D}]\pZ*(.+)`),
		regexp.MustCompile(`\.+\pZ*([^.]+)`),
		regexp.MustCompile(`\pZ+(\PZ+)`),
	}
)

// maxPhoneTries is how many candidates are parsed in one text: parsing is dear,
// and a table of numbers offers many. libphonenumber has such a limit too.
const maxPhoneTries = 20_000

// accepts says whether a number counts, beyond being one.
type accepts func(*phonenumbers.PhoneNumber) bool

// phoneSearch is one search in one text.
type phoneSearch struct {
	text    string
	regions []string
	accepts accepts
	tries   int
	found   []candidate
}

// findPhones finds telephone numbers. Those without a country's code are tried
// in the regions.
func findPhones(text string, regions []string, accepts accepts) []candidate {
	s := phoneSearch{text: text, regions: regions, accepts: accepts}
	for i := 0; i < len(text) && len(s.found) < maxMatches && s.tries < maxPhoneTries; {
		if !isDigit(text[i]) && !startsNumber(text[i:]) {
			i++
			continue
		}
		end, count := candidateEnd(text, i)
		if end == i {
			i++
			continue
		}
		if count >= fewestPhoneDigits && (len(regions) > 1 || promising(text[i:end])) {
			s.extract(i, end)
		}
		i = end
	}
	return s.found
}

// startsNumber says whether s begins with a sign that may stand before the first
// digit.
func startsNumber(s string) bool {
	return s[0] == '+' || s[0] == '(' || s[0] == '[' || strings.HasPrefix(s, "＋") || strings.HasPrefix(s, "（")
}

// candidateEnd gives the end of what may be a number, and how many digits it
// has: groups of digits with at most four signs between them.
func candidateEnd(text string, at int) (end, count int) {
	pos := at
	for range 2 {
		if pos < len(text) && startsNumber(text[pos:]) {
			_, size := utf8.DecodeRuneInString(text[pos:])
			pos = skipPunctuation(text, pos+size)
		}
	}
	end = at
	for range 21 {
		first := pos
		for pos < len(text) && isDigit(text[pos]) && pos < first+20 {
			pos++
		}
		if pos == first {
			break
		}
		end, count = pos, count+pos-first
		pos = skipPunctuation(text, pos)
	}
	if end > at && end < len(text) {
		if loc := extension.FindStringIndex(text[end:min(len(text), end+40)]); loc != nil {
			end += loc[1]
		}
	}
	return end, count
}

// skipPunctuation skips at most four signs that may part groups of digits.
func skipPunctuation(text string, at int) int {
	for range 4 {
		r, size := utf8.DecodeRuneInString(text[at:])
		if size == 0 || !strings.ContainsRune("-xX.()[]/~ \u00a0\u00ad\u200b\u2010\u2011\u2012\u2013\u2014\u2015\u2060\u3000", r) {
			break
		}
		at += size
	}
	return at
}

// promising says whether a part of c may be a number where all national ones
// begin with 0: such a group, or a country's code.
func promising(c string) bool {
	for i := range len(c) {
		if (c[i] == '0' || c[i] == '2' || c[i] == '8') && (i == 0 || !isDigit(c[i-1])) {
			return true
		}
	}
	return false
}

// extract takes a candidate for one number or, failing that, for parts of it.
func (s *phoneSearch) extract(start, end int) {
	c := s.text[start:end]
	slash := strings.ContainsAny(c, `/\`)
	if slash {
		if loc := secondStart.FindStringIndex(c); loc != nil {
			c = c[:loc[0]]
		}
	}
	c = trimEnd(c)
	if slash && slashDate.MatchString(c) || minutes.MatchString(s.text[start+len(c):]) && timeStamp.MatchString(c) {
		return
	}
	if s.verify(start, c) {
		return
	}
	for i, re := range inner {
		if i < len(innerSigns) && !strings.ContainsAny(c, innerSigns[i]) {
			continue
		}
		first := true
		for at := 0; at < len(c); {
			loc := re.FindStringSubmatchIndex(c[at:])
			if loc == nil {
				break
			}
			if first {
				if s.verify(start, trimEnd(c[:at+loc[0]])) {
					return
				}
				first = false
			}
			if s.verify(start+at+loc[2], trimEnd(c[at+loc[2]:at+loc[3]])) {
				return
			}
			at += max(loc[1], 1)
		}
	}
}

// trimEnd takes off what no number ends with.
func trimEnd(c string) string {
	return strings.TrimRightFunc(c, func(r rune) bool { return r != '#' && !unicode.IsLetter(r) && !unicode.IsNumber(r) })
}

// verify enters a candidate if it is a number.
func (s *phoneSearch) verify(start int, c string) bool {
	n := digits(c)
	most := mostPhoneDigits
	if strings.ContainsAny(c, "xX#~;") { // an extension
		most += 9
	}
	if len(n) < fewestPhoneDigits || len(n) > most || strings.Contains(c, "(") && pages.MatchString(c) || !balanced(c) {
		return false
	}
	end := start + len(c)
	if !startsNumber(c) && start > 0 {
		if r, _ := utf8.DecodeLastRuneInString(s.text[:start]); invalidNeighbour(r) {
			return false
		}
	}
	if end < len(s.text) {
		if r, _ := utf8.DecodeRuneInString(s.text[end:]); invalidNeighbour(r) {
			return false
		}
	}
	if r := c[0]; r == '(' || r == '[' { // a bracket that encloses all isn't part of it
		if !strings.ContainsAny(c, ")]") {
			return false
		}
	}
	regions := s.regions
	international := strings.ContainsAny(c, "+＋")
	if international {
		regions = regions[:1]
	}
	for _, region := range regions {
		if international || plausible(region, n) {
			if s.parse(start, c, region) {
				return true
			}
		}
	}
	return false
}

func (s *phoneSearch) parse(start int, c, region string) bool {
	s.tries++
	number, err := phonenumbers.ParseAndKeepRawInput(c, region)
	if err != nil || !phonenumbers.VALID.Verify(number, c) || s.accepts != nil && !s.accepts(number) {
		return false
	}
	s.found = append(s.found, candidate{start: start, end: start + len(c), confidence: 0.4})
	return true
}

// invalidNeighbour says whether r stands next to no telephone number: a letter
// of the Latin script, a percent sign or a currency's.
func invalidNeighbour(r rune) bool {
	return r == '%' || unicode.Is(unicode.Sc, r) || unicode.IsLetter(r) && unicode.Is(unicode.Latin, r) || unicode.Is(unicode.Mn, r)
}

// balanced says whether brackets open and close in turn.
func balanced(c string) bool {
	open := 0
	for _, r := range c {
		switch r {
		case '(', '[', '（':
			open++
		case ')', ']', '）':
			if open--; open < 0 {
				return false
			}
		}
		if open > 1 {
			return false
		}
	}
	return open == 0
}

// plausible says whether digits may be a number of the region: parsing is dear.
func plausible(region, n string) bool {
	l, zero := len(n), n[0] == '0'
	switch region {
	case "US":
		return l == 10 && n[0] >= '2' || l >= 11 && n[0] == '1' || l > 11 && n[0] >= '2'
	case "GB":
		return l >= 10 && (zero || strings.HasPrefix(n, "44"))
	case "DE":
		return l >= 7 && (zero || strings.HasPrefix(n, "49"))
	case "FR":
		return l >= 10 && (zero || strings.HasPrefix(n, "33"))
	case "IL":
		return zero && l >= 9 || n[0] == '1' || strings.HasPrefix(n, "972")
	case "IN":
		return l >= 10
	case "BR":
		return l >= 8
	case "JP":
		return zero && l >= 10 || strings.HasPrefix(n, "81")
	case "TW":
		return zero && l >= 9 && l <= 10 || strings.HasPrefix(n, "886")
	case "ZA":
		return zero && l <= 10 || strings.HasPrefix(n, "27") && l >= 11
	case "CN":
		return l >= 11 && (zero || n[0] == '1' || strings.HasPrefix(n, "86"))
	}
	return true
}

// zaMobile and zaTelephone tell South Africa's numbers apart.
// https://en.wikipedia.org/wiki/Telephone_numbers_in_South_Africa
func zaMobile(n *phonenumbers.PhoneNumber) bool {
	kind := phonenumbers.GetNumberType(n)
	return phonenumbers.GetRegionCodeForNumber(n) == "ZA" && (kind == phonenumbers.MOBILE || kind == phonenumbers.FIXED_LINE_OR_MOBILE)
}

func zaTelephone(n *phonenumbers.PhoneNumber) bool {
	return phonenumbers.GetRegionCodeForNumber(n) == "ZA" && !zaMobile(n)
}
