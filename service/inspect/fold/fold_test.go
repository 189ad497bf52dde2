package fold_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cloudappsecurity/service/inspect/fold"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, in string
		want     fold.Text
	}{
		{"plain", "Verify  your e-mail, NOW!", fold.Text{S: " verify your e mail now \n "}},
		{"nothing", "", fold.Text{S: " "}},
		{"punctuation alone", "... !", fold.Text{S: " "}},
		{"a domain is no sentence", "at example.com today.", fold.Text{S: " at example com today \n "}},
		{"wrapped lines are one sentence", "your account\r\nis closed\r\n\r\nregards", fold.Text{S: " your account is closed \n regards "}},
		{"accents", "Vérifiez l’accès à votre compte", fold.Text{S: " verifiez l acces a votre compte "}},
		{"latin letters with strokes", "Straße, łódź, smørrebrød", fold.Text{S: " strasse lodz smorrebrod "}},
		{"zero width within a word", "pass\u200bwo\u200brd", fold.Text{S: " password ", ZeroWidth: 2}},
		{"zero width as padding", "Hello\u200c \u200c \u200cthere", fold.Text{S: " hello there "}},
		{"soft hyphens", "Ver\u00adsand", fold.Text{S: " versand ", Hyphens: 1}},
		{"persian joins", "می\u200cخواهم", fold.Text{S: " میخواهم "}},
		{"an override", "invoice\u202efdp.exe", fold.Text{S: " invoicefdp exe ", Bidi: 1}},
		{"cyrillic within latin", "Аmаzon", fold.Text{S: " amazon ", Mixed: []string{"Аmаzon"}}},
		{"all letters look latin", "РауРаӏ", fold.Text{S: " paypal "}},
		{"russian stays russian", "Подтвердите пароль", fold.Text{S: " подтвердите пароль "}},
		{"mathematical letters", "𝐀𝐩𝐩𝐥𝐞 𝓘𝓓", fold.Text{S: " apple id ", Styled: 7}},
		{"full width", "Ａｍａｚｏｎ", fold.Text{S: " amazon "}},
		{"japanese", "アカウントが停止。確認", fold.Text{S: " アカウントが停止 \n 確認 "}},
		{"emoji parts words", "prize🎁won", fold.Text{S: " prize won "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, fold.Fold(tt.in)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A folded phrase must be found in the folded text, so folding twice is folding once.
func FuzzFold(f *testing.F) {
	for _, s := range []string{"Ünï\u200bcödé \u202e İstanbul", "㎏ ﬁ ǅ ß", "가나다 ก็", "\xff\xfe a\xc3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := fold.String(s)
		if !strings.HasPrefix(once, " ") || !strings.HasSuffix(once, " ") {
			t.Errorf("%q is not between spaces", once)
		}
		if strings.Contains(strings.ReplaceAll(once, "\n", ""), "   ") {
			t.Errorf("%q holds wide gaps", once)
		}
	})
}

func TestLabel(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"xn--pypal-4ve": "paypal", "Pay-Pal": "paypal", "аррӏе": "apple"} {
		if got := fold.Label(in); got != want {
			t.Errorf("Label(%q) = %q, want %q", in, got, want)
		}
	}
	if fold.Leet("paypa1") != fold.Leet("paypal") || fold.Leet("rnicrosoft") != fold.Leet("microsoft") {
		t.Error("what looks alike differs")
	}
}

func BenchmarkFold(b *testing.B) {
	text := strings.Repeat("Dear customer, your parcel could not be delivered. Please pay the fee at example.com. ", 60)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		fold.Fold(text)
	}
}
