package ui

import "testing"

func TestNumberInTheFormOfALocale(t *testing.T) {
	t.Parallel()
	for locale, want := range map[string]string{
		"en-US": "100,000", "de-DE": "100.000", "fr-FR": "100\u00a0000", "de-CH": "100’000", "hi-IN": "1,00,000", "ar-EG": "100,000", "ja-JP": "100,000", "nonsense!": "100,000",
	} {
		if got := written(numbersOf(locale), 100000); got != want {
			t.Errorf("%s: %q, not %q", locale, got, want)
		}
	}
	if got := written(numbersOf("de"), 60); got != "60" {
		t.Errorf("%q", got)
	}
}
