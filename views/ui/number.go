package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// Number writes a count as the locale of this computer does: "20,000", "20.000", "20 000". Digits are always 0 to 9, which the program's
// font draws in one width.
func Number(n int) string {
	if t, ok := fyne.CurrentApp().Settings().Theme().(*Theme); ok {
		return written(t.numbers, n)
	}
	return written(numbersOf("en"), n)
}

// Counted is a number with what it counts: "1 person", "20,000 people".
func Counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(n) + " " + more
}

func written(p *message.Printer, n int) string {
	return strings.ReplaceAll(p.Sprint(number.Decimal(n)), "\u202f", "\u00a0") // the narrow space isn't in the font
}

// numbersOf gives what writes numbers in a locale.
func numbersOf(locale string) *message.Printer {
	tag, err := language.Parse(locale)
	if err != nil {
		tag = language.English
	}
	if latin, err := tag.SetTypeForKey("nu", "latn"); err == nil {
		tag = latin
	}
	return message.NewPrinter(tag)
}

func systemNumbers() *message.Printer { return numbersOf(lang.SystemLocale().LanguageString()) }
