package mail

import (
	"strconv"
	"strings"
	"time"
)

// date reads a date as mail programs do: with or without weekday, seconds and
// zone, in the orders that are met ("Thu, 1 Jan 2026 10:00:00 +0100", "Thu Jan
// 1 10:00:00 2026", "2026-01-01T10:00:00Z"). It is the zero time if that is no
// date; a zone that isn't known is taken for UTC.
func date(v string) time.Time {
	v, _, _ = strings.Cut(v, "(")
	if t, err := time.Parse(time.RFC3339, strings.TrimSpace(v)); err == nil {
		return t
	}
	var p dateParts
	p.hour = -1
	for f := range strings.FieldsFuncSeq(v, func(r rune) bool { return r <= ' ' || r == ',' }) {
		p.field(f)
	}
	if p.month == 0 || p.day < 1 || p.day > 31 || p.year == 0 {
		return time.Time{}
	}
	return time.Date(p.year, p.month, p.day, max(p.hour, 0), p.minute, p.second, 0, time.FixedZone("", p.zone)).UTC()
}

type dateParts struct {
	year, day            int
	month                time.Month
	hour, minute, second int // hour is -1 until it was read
	zone                 int // seconds east of UTC
}

func (p *dateParts) field(f string) {
	n, err := strconv.Atoi(f)
	switch {
	case strings.Contains(f, ":"):
		p.clock(f)
	case p.hour >= 0 && (f[0] == '+' || f[0] == '-'):
		p.offset(f)
	case err == nil:
		p.number(f, n)
	case strings.Count(f, "-") == 2 || strings.Count(f, "/") == 2: // 2-Jan-2026, 2026/01/02
		parts := strings.FieldsFunc(f, func(r rune) bool { return r == '-' || r == '/' })
		if len(parts) == 3 {
			p.dashed(parts)
		}
	case p.month == 0 && len(f) >= 3:
		p.month = months[strings.ToLower(f[:3])]
	case p.hour >= 0 && p.zone == 0:
		p.zone = zones[strings.ToUpper(f)] * 3600
	}
}

func (p *dateParts) clock(f string) {
	if p.hour >= 0 {
		return
	}
	f = strings.TrimSuffix(strings.TrimSuffix(f, "Z"), "z")
	var n [3]int
	for i, part := range strings.SplitN(f, ":", 3) {
		part, _, _ = strings.Cut(part, ".")
		v, err := strconv.Atoi(part)
		if err != nil || v < 0 || v > 60 {
			return
		}
		n[i] = v
	}
	p.hour, p.minute, p.second = n[0], n[1], n[2]
}

// offset reads +0100, and what was meant by +-0500.
func (p *dateParts) offset(f string) {
	sign := 1
	if strings.Contains(f, "-") {
		sign = -1
	}
	n, err := strconv.Atoi(strings.ReplaceAll(strings.TrimLeft(f, "+-"), ":", ""))
	if err == nil && n <= 1400 && p.zone == 0 {
		p.zone = sign * (n/100*3600 + n%100*60)
	}
}

// number takes a number without a sign for the day or the year.
func (p *dateParts) number(f string, n int) {
	switch {
	case n < 0:
	case len(f) <= 2 && p.day == 0:
		p.day = n
	case len(f) == 4 && p.year == 0:
		p.year = n
	case len(f) == 2 && p.year == 0: // RFC 5322, 4.3
		if p.year = 1900 + n; n < 50 {
			p.year = 2000 + n
		}
	}
}

func (p *dateParts) dashed(parts []string) {
	for i, f := range parts {
		n, err := strconv.Atoi(f)
		switch {
		case err != nil && len(f) >= 3:
			p.month = months[strings.ToLower(f[:3])]
		case i == 1 && n >= 1 && n <= 12:
			p.month = time.Month(n)
		default:
			p.number(f, n)
		}
	}
}

var months = map[string]time.Month{"jan": time.January, "feb": time.February, "mar": time.March, "apr": time.April, "may": time.May, "jun": time.June,
	"jul": time.July, "aug": time.August, "sep": time.September, "oct": time.October, "nov": time.November, "dec": time.December}

// zones are those of RFC 5322, 4.3, in hours east of UTC.
var zones = map[string]int{"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "CET": 1, "CEST": 2}
