package dlp

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// TestSpans holds what the examples of the files can't: several matches, edges,
// and what lies between identifiers.
func TestSpans(t *testing.T) {
	t.Parallel()
	d := detector(t, Config{})
	for _, c := range []struct {
		name, identifier, text string
		want                   []string
	}{
		{"three notations", "CREDIT_CARD", "4539148803436467, 4539 1488 0343 6467 and 4539-1488-0343-6467", []string{"4539148803436467", "4539 1488 0343 6467", "4539-1488-0343-6467"}},
		{"American Express in its own groups", "CREDIT_CARD", "3782 822463 10005", []string{"3782 822463 10005"}},
		{"Mastercard from 2221", "CREDIT_CARD", "2223 0000 4841 0010 but 2200 0000 0000 0004", []string{"2223 0000 4841 0010"}},
		{"UnionPay of 19 digits", "CREDIT_CARD", "6212345678901232 6205500000000000004", []string{"6212345678901232", "6205500000000000004"}},
		{"milliseconds", "CREDIT_CARD", "1700000000005", nil},
		{"glued to a letter of another script", "CREDIT_CARD", "é4539148803436467 4539148803436467ß", nil},
		{"two accounts, a hyphen and a blank that breaks no line", "IBAN_CODE", "GB82-WEST-1234-5698-7654-32 FR14 2004\u00a01010 0505 0001 3M02 606", []string{"GB82-WEST-1234-5698-7654-32", "FR14 2004\u00a01010 0505 0001 3M02 606"}},
		{"a word behind an account", "IBAN_CODE", "NL91ABNA0417164300 EUR", []string{"NL91ABNA0417164300"}},
		{"groups of another size", "IBAN_CODE", "NL91 ABN A0417164300", nil},
		{"small letters", "IBAN_CODE", "nl91abna0417164300", nil},
		{"Bitcoin, Taproot", "CRYPTO", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", []string{"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"}},
		{"Ethereum with its capitals", "CRYPTO", "0x52908400098527886E0F7030069857D2E4169EE7", []string{"0x52908400098527886E0F7030069857D2E4169EE7"}},
		{"addresses in signs", "EMAIL_ADDRESS", "<ana@contoso.com>,'bob@contoso.com';mailto:eve@contoso.co.uk.", []string{"ana@contoso.com", "bob@contoso.com", "eve@contoso.co.uk"}},
		{"address in another script", "EMAIL_ADDRESS", "用户@例子.中国", []string{"用户@例子.中国"}},
		{"addresses in a sentence without blanks", "EMAIL_ADDRESS", "メールはana.k@contoso.co.jpです", []string{"ana.k@contoso.co.jp"}},
		{"a card in such a sentence", "CREDIT_CARD", "私のカードは4539148803436467です", []string{"4539148803436467"}},
		{"an account in such a sentence", "IBAN_CODE", "请汇款到DE75512108001245126199。", []string{"DE75512108001245126199"}},
		{"address beneath a shared domain", "EMAIL_ADDRESS", "a@b.github.io", []string{"a@b.github.io"}},
		{"links with and without a scheme", "URL", "(https://Contoso.com/a?b=c#d) contoso.shop/x, www.contoso.co.jp.", []string{"https://Contoso.com/a?b=c#d", "contoso.shop/x,", "www.contoso.co.jp"}},
		{"a link in quotes", "URL", `href="https://contoso.com/a"`, []string{"https://contoso.com/a"}},
		{"both versions", "IP_ADDRESS", "10.1.2.3:80, [fe80::1%eth0]/64 ::ffff:10.1.2.3, 2001:db8::/48.", []string{"10.1.2.3", "fe80::1%eth0", "::ffff:10.1.2.3", "2001:db8::/48"}},
		{"an octet too large", "IP_ADDRESS", "1.2.3.456", nil},
		{"telephones", "PHONE_NUMBER", "Call (212) 555-0187 or +44 20 7946 0958 ext. 12, fax 0221 4710800", []string{"(212) 555-0187", "+44 20 7946 0958 ext. 12", "0221 4710800"}},
		{"no telephones", "PHONE_NUMBER", "12/11/2026 2026-11-26 10:30 $5551234567 x5551234567", nil},
		{"times of the day", "DATE_TIME", "at 2026-03-01T08:15:00.250+01:00 and 1.3.26, not 1.13.26", []string{"2026-03-01T08:15:00.250+01:00", "1.3.26"}},
		{"one separator only", "US_SSN", "536-22-8726 536 22 8726 536.22.8726 536-22 8726", []string{"536-22-8726", "536 22 8726", "536.22.8726"}},
		{"never issued", "US_SSN", "900-12-3456 000-12-3456 123-45-6789", nil},
		{"with its key before it", "API_KEY", `aws_secret_access_key = "q7Rw2XkLm9TzBv4NcY8s/HdJ3fGp6Ae1UxKoI+Zt"`, []string{"q7Rw2XkLm9TzBv4NcY8s/HdJ3fGp6Ae1UxKoI+Zt"}},
		{"forty characters without it", "API_KEY", `q7Rw2XkLm9TzBv4NcY8s/HdJ3fGp6Ae1UxKoI+Zt`, nil},
		{"prefixes in capitals", "API_KEY", "GHP_q7Rw2XkLm9TzBv4NcY8sHdJ3fGp6Ae1UxKoI", nil},
		{"a key cut off", "PRIVATE_KEY", "-----BEGIN RSA PRIVATE KEY-----\nMIIE", []string{"-----BEGIN RSA PRIVATE KEY-----"}},
		{"beside another script", "KR_RRN", "번호820701-2409184입니다", []string{"820701-2409184"}},
		{"within more digits", "KR_RRN", "1820701-2409184", nil},
		{"Umlauts", "DE_KFZ", "FÜ-AB 12 und ÖHR-A-1, KÜN X 99H", []string{"FÜ-AB 12", "ÖHR-A-1", "KÜN X 99H"}},
		{"decimals", "CA_BN", "0.123456782 PO-123456782 123456782.", []string{"123456782"}},
	} {
		t.Run(c.identifier+" "+c.name, func(t *testing.T) {
			t.Parallel()
			if found := spans(c.text, c.identifier, d.Find(c.text)); !slices.Equal(found, c.want) {
				t.Errorf("in %q %q was found, not %q", c.text, found, c.want)
			}
		})
	}
}

func confidence(matches []Match, identifier string) float64 {
	for _, m := range matches {
		if m.Identifier == identifier {
			return m.Confidence
		}
	}
	return 0
}

func TestKeywordsRaiseTheConfidence(t *testing.T) {
	t.Parallel()
	d := detector(t, Config{})
	far := strings.Repeat("word ", 61)  // 305 characters
	near := strings.Repeat("wörd ", 59) // 295, in more bytes
	for name, c := range map[string]struct {
		text, identifier string
		want             float64
	}{
		"without":                 {"4539148803436467", "CREDIT_CARD", 0.65},
		"before":                  {"card 4539148803436467", "CREDIT_CARD", 0.85},
		"behind, in capitals":     {"4539148803436467 CARD", "CREDIT_CARD", 0.85},
		"in another language":     {"Kreditkarte: 4539148803436467", "CREDIT_CARD", 0.85},
		"in a script of no words": {"私のカード番号は4539148803436467です。", "CREDIT_CARD", 0.85},
		"beside such a script":    {"クレジットカード 4539148803436467 です", "CREDIT_CARD", 0.85},
		"within 300 characters":   {"card " + near + "4539148803436467", "CREDIT_CARD", 0.85},
		"farther":                 {"card " + far + "4539148803436467", "CREDIT_CARD", 0.65},
		"as part of a word":       {"discard 4539148803436467", "CREDIT_CARD", 0.65},
		"of two words":            {"social-security no. 536-22-8726", "US_SSN", 0.85},
		"half of two words":       {"social life 536-22-8726", "US_SSN", 0.5},
		"Umlaut in capitals":      {"HENKILÖTUNNUS 131052-308T", "FI_PERSONAL_IDENTITY_CODE", 1},
		"a weak one stays weak":   {"account 94545678", "US_BANK_NUMBER", 0.4},
		"within an account":       {"card, IBAN DE75 5121 0800 1245 1261 99", "CREDIT_CARD", 0.3},
		"within a link":           {"card https://contoso.com/?o=4539148803436467", "CREDIT_CARD", 0.65},
		"within the match":        {"HRB 14285", "DE_COMMERCIAL_REGISTER", 0.4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := confidence(d.Find(c.text), c.identifier); got != c.want {
				t.Errorf("%s in %q: %v, not %v", c.identifier, c.text, got, c.want)
			}
		})
	}
}

func TestOffsetsCountBytesAndCodePoints(t *testing.T) {
	t.Parallel()
	d := detector(t, Config{Enabled: []string{"US_SSN"}})
	text := "\xff日本\xc3 💳 536-22-8726 é 219-09-9999"
	matches := d.Find(text)
	if len(matches) != 2 {
		t.Fatalf("%+v", matches)
	}
	for _, m := range matches {
		if m.RuneStart != utf8.RuneCountInString(text[:m.Start]) || m.RuneEnd != utf8.RuneCountInString(text[:m.End]) {
			t.Errorf("%+v", m)
		}
		if got := []rune(text)[m.RuneStart:m.RuneEnd]; string(got) != text[m.Start:m.End] {
			t.Errorf("%q, not %q", string(got), text[m.Start:m.End])
		}
		if m.Masked != "*******"+text[m.End-4:m.End] {
			t.Errorf("masked: %q", m.Masked)
		}
	}
}

func TestMaskHidesShortOnes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "ab": "**", "abcd": "****", "abcde": "*bcde", " ébcdéf ": "**cdéf", strings.Repeat("k", 900): strings.Repeat("*", 60) + "kkkk"} {
		if got := mask(text); got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}

func TestFindIsOrderedAndTheSameForAll(t *testing.T) {
	t.Parallel()
	d, text := detector(t, Config{}), letter()
	first := d.Find(text)
	if !slices.IsSortedFunc(first, func(a, b Match) int { return a.Start - b.Start }) {
		t.Error("the matches aren't ordered by start")
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if again := d.Find(text); !reflect.DeepEqual(again, first) {
				t.Error("another run found something else")
			}
		})
	}
	all.Wait()
}

// TestHostileTextsEnd: a page of whatever offers the most work, as large as is
// bearable beneath the race detector.
func TestHostileTextsEnd(t *testing.T) {
	t.Parallel()
	const size = 1 << 16
	d := detector(t, Config{})
	for name, piece := range map[string]string{
		"digits": "1", "zeros": "0", "cards": "4539148803436467 ", "groups": "12 ", "dots": ".", "at signs": "a@", "colons": "a:", "hex": "0123456789abcdef",
		"keywords": "card id bank account ", "brackets": "((((1", "letters": "A1", "begins": "-----BEGIN PRIVATE KEY-----\n", "jwt": "eyJ", "zero bytes": "\x00", "no UTF-8": "\xff1",
	} {
		start := time.Now()
		matches := d.Find(strings.Repeat(piece, size/len(piece)))
		t.Logf("%s: %v, %d matches", name, time.Since(start).Round(time.Millisecond), len(matches))
		counts := map[string]int{}
		for _, m := range matches {
			if counts[m.Identifier]++; counts[m.Identifier] > maxMatches {
				t.Fatalf("%s: more than %d of %s", name, maxMatches, m.Identifier)
			}
		}
	}
}

func TestEnabledNarrows(t *testing.T) {
	t.Parallel()
	d := detector(t, Config{Enabled: []string{"US_SSN", "EMAIL_ADDRESS"}})
	text := "card 4539148803436467, 536-22-8726, ana@contoso.com"
	var names []string
	for _, m := range d.Find(text) {
		names = append(names, m.Identifier)
	}
	if !slices.Equal(names, []string{"US_SSN", "EMAIL_ADDRESS"}) {
		t.Errorf("found %q", names)
	}
	if none := detector(t, Config{Enabled: []string{}}).Find(text); len(none) > 0 {
		t.Errorf("with none enabled %v was found", none)
	}
	if _, err := New(Config{Enabled: []string{"NO_SUCH"}}); err == nil {
		t.Error("an unknown identifier was accepted")
	}
}

// TestPrefilterMissesNothing compares with trying each pattern at each place.
func TestPrefilterMissesNothing(t *testing.T) {
	t.Parallel()
	d := detector(t, Config{})
	var texts []string
	for _, id := range d.identifiers {
		texts = append(texts, id.Example, "ü"+id.Found+"ü "+id.Found, strings.ToLower(id.Found)+"\n"+strings.ToUpper(id.Found))
	}
	for _, text := range texts {
		type place struct{ start, end, identifier int }
		quick, slow := map[place]bool{}, map[place]bool{}
		for _, c := range d.scan(text) {
			quick[place{c.start, c.end, c.identifier}] = true
		}
		s := scanner{Detector: d, text: text, ends: make([]int, len(d.patterns)), counts: make([]int, len(d.identifiers))}
		for i := range len(text) {
			for n, c := range d.patterns {
				kind := edgeStart
				if i > 0 {
					if kind = d.edges.kind[text[i-1]]; kind == edgeBeyond {
						kind = edgeKind(text, i)
					}
				}
				if slices.Contains(allowedBefore[c.pattern.Before], kind) {
					s.match(n, i)
				}
			}
		}
		for _, c := range s.found {
			// What needs a digit among its first characters isn't told without.
			if p := (place{c.start, c.end, c.identifier}); strings.ContainsAny(text[c.start:c.end], "0123456789") || !needsDigit(d, c.identifier) {
				slow[p] = true
			}
		}
		if !reflect.DeepEqual(quick, slow) {
			t.Errorf("%q: %s", text, fmt.Sprint(quick, slow))
		}
	}
}

func needsDigit(d *Detector, identifier int) bool {
	return slices.ContainsFunc(d.identifiers[identifier].Patterns, func(p pattern) bool { return p.Digits })
}

func FuzzFind(f *testing.F) {
	d := detector(f, Config{Custom: []Custom{{Name: "Order", Pattern: `\bORD-\d{4}\b`, Keywords: []string{"order"}}}})
	for _, id := range d.identifiers {
		f.Add(id.Example)
	}
	f.Add("\xff\x00(((1 +1 ::1 a@b.c ZZ99 \u00a0 eyJ.eyJ.")
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, m := range d.Find(text) {
			if m.Start < last || m.Start >= m.End || m.End > len(text) || m.Confidence <= 0 || m.Confidence > 1 {
				t.Fatalf("%+v in %q", m, text)
			}
			if m.RuneStart != utf8.RuneCountInString(text[:m.Start]) || m.RuneEnd != utf8.RuneCountInString(text[:m.End]) {
				t.Fatalf("%+v in %q", m, text)
			}
			last = m.Start
		}
	})
}
