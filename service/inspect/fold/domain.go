package fold

import (
	"strings"

	"golang.org/x/net/idna"
)

// leet undoes digits and pairs of letters that stand for a letter in names which
// can't hold other alphabets.
var leet = strings.NewReplacer("0", "o", "1", "l", "3", "e", "4", "a", "5", "s", "7", "t", "8", "b", "9", "g",
	"rn", "m", "vv", "w", "cl", "d", "i", "l")

// Leet gives what a name is taken for at a glance: "paypa1" and "paypai" are the
// same as Leet("paypal"). Compare only what both went through it.
func Leet(s string) string { return leet.Replace(s) }

// Domain gives a domain name in lower case as people see it: without the
// encoding of other alphabets (punycode), without a trailing dot.
func Domain(s string) string {
	s = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(s), "."))
	if !strings.Contains(s, "xn--") {
		return s
	}
	u, err := idna.Punycode.ToUnicode(s)
	if err != nil {
		return s
	}
	return u
}

// Label gives one label of a domain name as it reads: look-alike letters are
// the Latin ones, hyphens and the like are left out.
func Label(s string) string { return Compact(Domain(s)) }
