package ui

import (
	"sort"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
)

// wrap breaks text at spaces (and inside words that are too long) so that no line is wider than width. 0 keeps paragraphs whole.
func wrap(text string, width, size float32, style fyne.TextStyle) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		if width <= 0 {
			lines = append(lines, paragraph)
			continue
		}
		lines = append(lines, wrapParagraph(paragraph, width, size, style)...)
	}
	return lines
}

func wrapParagraph(text string, width, size float32, style fyne.TextStyle) []string {
	fits := func(s string) bool { return fyne.MeasureText(s, size, style).Width <= width+0.5 }
	if fits(text) {
		return []string{text}
	}
	var lines []string
	line := ""
	for word := range strings.FieldsFuncSeq(text, breaks) {
		candidate := word
		if line != "" {
			candidate = line + " " + word
		}
		if fits(candidate) {
			line = candidate
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for !fits(word) {
			n := prefix(word, fits)
			lines = append(lines, string([]rune(word)[:n]))
			word = string([]rune(word)[n:])
		}
		line = word
	}
	return append(lines, line)
}

// breaks tells whether a line may break at r: not at a space which holds together what stands around it, as in "20 000".
func breaks(r rune) bool { return unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f' }

// prefix returns how many runes of word fit, at least one.
func prefix(word string, fits func(string) bool) int {
	runes := []rune(word)
	n := sort.Search(len(runes), func(i int) bool { return !fits(string(runes[:i+1])) })
	return max(1, n)
}

// cut shortens text so that it fits width with "…" at its end.
func cut(text string, width, size float32, style fyne.TextStyle) string {
	text = strings.ReplaceAll(text, "\n", " ")
	fits := func(s string) bool { return fyne.MeasureText(s, size, style).Width <= width+0.5 }
	if fits(text) {
		return text
	}
	runes := []rune(text)
	n := sort.Search(len(runes), func(i int) bool { return !fits(string(runes[:i+1]) + "…") })
	return strings.TrimRight(string(runes[:n]), " ") + "…"
}

// clamp keeps at most a number of lines; what is left out shows as "…".
func clamp(lines []string, most int, width, size float32, style fyne.TextStyle) []string {
	if most == 0 || len(lines) <= most {
		return lines
	}
	rest := strings.Join(lines[most-1:], " ")
	return append(lines[:most-1:most-1], cut(rest, width, size, style))
}
