package fold

import (
	_ "embed" // the table of look-alikes
	"strings"
	"sync"
	"unicode"
)

//go:embed confusables.txt
var confusablesFile string

// confusables gives what a letter looks like.
var confusables = sync.OnceValue(func() map[rune]string {
	table := make(map[rune]string, 512)
	for line := range strings.Lines(confusablesFile) {
		letter, likes, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		for _, r := range likes {
			table[r] = letter
		}
	}
	return table
})

// looksLike gives the Latin letters in lower case which r looks like, "" if none.
func looksLike(r rune) string {
	if r < 0x80 {
		return ""
	}
	return confusables()[r]
}

// alphabet is a set of alphabets.
type alphabet uint8

const (
	latin alphabet = 1 << iota
	cyrillic
	greek
	armenian
	cherokee
	other
)

func alphabetOf(r rune) alphabet {
	switch {
	case 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z':
		return latin
	case r < 0x80 || !unicode.IsLetter(r):
		return 0
	case unicode.Is(unicode.Latin, r):
		return latin
	case unicode.Is(unicode.Cyrillic, r):
		return cyrillic
	case r == 'µ' || r == 'μ' || r == 'Ω' || r == 'π':
		return 0 // units and mathematics stand beside Latin letters
	case unicode.Is(unicode.Greek, r):
		return greek
	case unicode.Is(unicode.Armenian, r):
		return armenian
	case unicode.Is(unicode.Cherokee, r):
		return cherokee
	default:
		return other
	}
}

// parted says that invisible characters have no business beside r: scripts
// whose letters join, and emoji, need them.
func parted(r rune) bool {
	return alphabetOf(r)&(latin|cyrillic|greek) != 0 || '0' <= r && r <= '9'
}

// styled says that r is a letter of a decorative alphabet, which people don't
// type: mathematical letters, circled and squared ones. Full-width letters are
// ordinary in East Asia.
func styled(r rune) bool {
	return 0x1D400 <= r && r <= 0x1D7FF || 0x24B6 <= r && r <= 0x24E9 || 0x1F130 <= r && r <= 0x1F189
}

type visibility uint8

const (
	visible visibility = iota
	zeroWidth
	softHyphen
	direction
	ignorable
)

// invisible says how r is not seen. The characters are those of Unicode's
// Default_Ignorable_Code_Point (https://www.unicode.org/reports/tr44/).
func invisible(r rune) visibility {
	switch {
	case r < 0x80:
		return visible
	case r == 0xAD:
		return softHyphen
	case r == 0x034F, r == 0x180E, 0x200B <= r && r <= 0x200D, 0x2060 <= r && r <= 0x2064, r == 0xFEFF,
		r == 0x115F, r == 0x1160, r == 0x17B4, r == 0x17B5, r == 0x3164, r == 0xFFA0:
		return zeroWidth
	case 0x202A <= r && r <= 0x202E, 0x2066 <= r && r <= 0x2069:
		return direction
	case r == 0x061C, r == 0x200E, r == 0x200F, 0xFE00 <= r && r <= 0xFE0F, 0xE0000 <= r && r <= 0xE0FFF:
		return ignorable
	default:
		return visible
	}
}
