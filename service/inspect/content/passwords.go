package content

import (
	"regexp"
	"slices"
	"strings"
)

// passwordWord is how a message announces a password, in the languages that
// messages are read in. What follows on the same line, or on the next, may be it.
var passwordWord = regexp.MustCompile(`(?i)(?:pass(?:word|phrase|code|wort|wd)?|pwd|\bpw\b|\bpin\b|kennwort|losung|contrase(?:ñ|n)a|clave|senha|palavra-passe|mot\s+de\s+passe|code\s+d['’]acc[eè]s|\bmdp\b|parola\s+d['’]ordine|wachtwoord|has[łl]o|парол[ья]|heslo|jelszó|lösenord|adgangskode|salasana|şifre|parolă|κωδικός|パスワード|暗証番号|密码|密碼|비밀번호|암호)`)

// Passwords gives the words of a text which may open what comes with it, the
// likeliest first: those that follow the word for a password, then words of
// letters and digits together. At most mostPasswords.
func Passwords(text string) []string {
	text = text[:min(len(text), 256<<10)]
	var list []string
	add := func(word string) {
		for _, w := range []string{strings.Trim(word, `"'“”„«»‘’<>[](){}*_`), strings.Trim(word, `"'“”„«»‘’<>[](){}*_.,:;`), strings.Trim(word, ".,:;")} {
			if w != "" && len(w) <= 64 && len(list) < mostPasswords && !slices.Contains(list, w) {
				list = append(list, w)
			}
		}
	}
	for _, at := range passwordWord.FindAllStringIndex(text, 16) {
		rest := text[at[1]:min(len(text), at[1]+160)]
		rest = strings.TrimLeft(rest, ":：=-–—>) \t*_\"'")
		words := strings.Fields(rest)
		for i, w := range words[:min(len(words), 8)] {
			if i < 4 || letterAndDigit(w) || strings.ContainsAny(w, `"'“”«»„`) {
				add(w)
			}
		}
	}
	for w := range strings.FieldsSeq(text) {
		if len(list) >= mostPasswords {
			break
		}
		if len(w) >= 4 && len(w) <= 40 && letterAndDigit(w) && !strings.Contains(w, "://") && !strings.Contains(w, "@") {
			add(w)
		}
	}
	return list
}

func letterAndDigit(w string) bool {
	letter, digit := false, false
	for _, r := range w {
		digit = digit || r >= '0' && r <= '9'
		letter = letter || r > '9'
	}
	return letter && digit
}
