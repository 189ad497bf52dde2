package fold

import "strings"

// Random says that a name looks like letters and digits drawn by chance, which
// names people and organizations give don't: many consonants in a row, digits
// between letters, or a long hexadecimal run. Short names are never called so.
func Random(name string) bool {
	name = strings.ToLower(name)
	if len(name) < 8 || strings.HasPrefix(name, "xn--") {
		return false
	}
	var letters, digits, vowels, run, longest, changes int
	hex := true
	var before byte
	for i := range len(name) {
		c := name[i]
		kind := byte(0)
		switch {
		case c >= '0' && c <= '9':
			digits++
			run = 0
			kind = 1
		case c >= 'a' && c <= 'z':
			letters++
			kind = 2
			if strings.IndexByte("aeiouy", c) >= 0 {
				vowels++
				run = 0
			} else {
				run++
				longest = max(longest, run)
			}
		default:
			run = 0
		}
		if !strings.ContainsRune("0123456789abcdef", rune(c)) {
			hex = false
		}
		if before != 0 && kind != 0 && before != kind {
			changes++
		}
		before = kind
	}
	switch {
	case hex && len(name) >= 12 && digits >= 3:
		return true
	case changes >= 4 && digits >= 2:
		return true
	case letters >= 8 && longest >= 7:
		return true
	case letters >= 12 && vowels*6 < letters:
		return true
	}
	return false
}
