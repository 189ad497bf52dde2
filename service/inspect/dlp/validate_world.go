package dlp

import (
	"math"
	"strings"
)

// creditCard checks Luhn and the issuer's prefix and length.
// ISO/IEC 7812; https://en.wikipedia.org/wiki/Payment_card_number
func creditCard(s string) verdict {
	n := digits(s)
	switch {
	case !luhn(n) || same(n):
		return refused
	case len(s) == 13 && n[0] == '1': // milliseconds since 1970
		return refused
	case n[0] == '2' && (len(n) != 16 || n[:4] < "2221" || n[:4] > "2720"):
		return refused
	case len(n) > 17 && n[:2] != "62":
		return refused
	}
	return mayBe(knownIssuer(n))
}

func knownIssuer(n string) bool {
	has := func(from, to string) bool { p := n[:len(from)]; return from <= p && p <= to }
	switch l := len(n); l {
	case 13:
		return has("4", "4")
	case 14:
		return has("300", "305") || has("36", "36") || has("38", "39")
	case 15:
		return has("34", "34") || has("37", "37") || has("1", "1") // American Express; UATP
	case 16:
		if has("4", "4") || has("51", "55") || has("2221", "2720") || has("5019", "5019") {
			return true
		}
		fallthrough
	default:
		return l >= 16 && (has("6011", "6011") || has("62", "62") || has("644", "659") || has("3528", "3589") ||
			has("637", "639") || has("60", "60") ||
			has("5018", "5020") || has("5038", "5038") || has("5893", "5893") || has("6304", "6304") || has("6759", "6763"))
	}
}

// ibanCountries are the structures behind the check digits: n digits, a capital
// letters, c either. SWIFT, IBAN Registry:
// https://www.swift.com/standards/data-standards/iban-international-bank-account-number
var ibanCountries = func() map[string]string {
	const registry = `AD 8n12c AE 19n AL 8n16c AT 16n AZ 4c20n BA 16n BE 12n BG 4a6n8c BH 4a14c BI 23n BR 23n1a1c BY 4c4n16c
CH 5n12c CR 18n CY 8n16c CZ 20n DE 18n DJ 23n DK 14n DO 4c20n EE 16n EG 25n ES 20n FI 14n FK 2a12n FO 14n FR 10n11c2n
GB 4a14n GE 2a16n GI 4a15c GL 14n GR 7n16c GT 20c4c HN 4a20n HR 17n HU 24n IE 4a14n IL 19n IQ 4a15n IS 22n IT 1a10n12c
JO 4a4n18c KW 4a22c KZ 3n13c LB 4n20c LC 4a24c LI 5n12c LT 16n LU 3n13c LV 4a13c LY 21n MC 10n11c2n MD 2c18c ME 18n
MK 3n10c2n MN 16n MR 23n MT 4a5n18c MU 4a19n3a NI 4a20n NL 4a10n NO 11n OM 3n16c PK 4a16c PL 24n PS 4a21c PT 21n
QA 4a21c RO 4a16c RS 18n RU 14n15c SA 2n18c SC 4a20n3a SD 14n SE 20n SI 15n SK 20n SM 1a10n12c SO 19n ST 21n SV 4a20n
TL 19n TN 20n TR 5n17c UA 6n19c VA 18n VG 4a16n XK 16n YE 4a4n18c`
	fields := strings.Fields(registry)
	out := map[string]string{}
	for i := 0; i < len(fields); i += 2 {
		var b strings.Builder // one letter for each character
		count := 0
		for _, r := range fields[i+1] {
			if r <= '9' {
				count = count*10 + int(r-'0')
				continue
			}
			b.WriteString(strings.Repeat(string(r), count))
			count = 0
		}
		out[fields[i]] = b.String()
	}
	return out
}()

// iban checks the country's structure and the check digits.
func iban(s string) verdict {
	n := alnum(s)
	if len(n) < 5 {
		return refused
	}
	structure := ibanCountries[n[:2]]
	if structure == "" || len(n) != 4+len(structure) {
		return refused
	}
	for i := range structure {
		c := n[4+i]
		if structure[i] == 'n' && !isDigit(c) || structure[i] == 'a' && isDigit(c) {
			return refused
		}
	}
	return is(mod97(n[4:]+n[:4]) == 1)
}

// uuid checks version and variant. RFC 9562, section 4.
func uuid(s string) verdict {
	return is('1' <= s[14] && s[14] <= '8' && strings.ContainsRune("89abAB", rune(s[19])))
}

// macAddress refuses the broadcast address, which is nobody's.
func macAddress(s string) verdict { return unless(alnum(s) == "FFFFFFFFFFFF") }

// vin checks the digit in the middle, which only North America prescribes.
// 49 CFR 565.15: https://www.ecfr.gov/current/title-49/section-565.15
func vin(s string) verdict {
	const values = "0123456789.ABCDEFGH..JKLMN.P.R..STUVWXYZ"
	n, sum := alnum(s), 0
	if digits(n) == "" || len(digits(n)) == len(n) {
		return refused
	}
	for i, w := range []int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2} {
		sum += strings.IndexByte(values, n[i]) % 10 * w
	}
	check := "0123456789X"[sum%11]
	if n[8] != check && '1' <= n[0] && n[0] <= '5' {
		return refused
	}
	return mayBe(n[8] == check)
}

// token refuses what looks like a key but isn't random: words, counters,
// placeholders such as xxxx or 12345.
func token(s string) verdict {
	tail := s
	if i := strings.LastIndexAny(s, " =:\"'"); i >= 0 && i < len(s)-8 {
		tail = s[i+1:]
	}
	lower := strings.ToLower(tail)
	for _, word := range []string{"xxxxxx", "your_", "your-", "redacted", "placeholder", "changeme"} {
		if strings.Contains(lower, word) {
			return refused
		}
	}
	return unless(entropy(tail) < 1.2)
}

// entropy is that of the characters of s, in bits each (Shannon).
func entropy(s string) float64 {
	var counts [256]int
	for i := range len(s) {
		counts[s[i]]++
	}
	bits := 0.0
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / float64(len(s))
			bits -= p * math.Log2(p)
		}
	}
	return bits
}

// connectionString refuses an address whose password is a placeholder.
func connectionString(s string) verdict {
	_, password, _ := strings.Cut(s, "://")
	password, _, _ = strings.Cut(password, "@")
	if _, behind, found := strings.Cut(password, ":"); found {
		return token(behind)
	}
	return token(s)
}
