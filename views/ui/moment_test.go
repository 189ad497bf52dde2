package ui

import (
	"testing"
	"time"
)

func TestMoment(t *testing.T) {
	zone := time.FixedZone("CET", 3600)
	now := time.Date(2026, 11, 19, 14, 32, 0, 0, zone) // a Thursday
	for _, c := range []struct {
		name        string
		t           time.Time
		long, short string
	}{
		{"unknown", time.Time{}, "Unknown", "Unknown"},
		{"now", now, "Today 14:32", "14:32"},
		{"midnight", time.Date(2026, 11, 19, 0, 0, 0, 0, zone), "Today 00:00", "00:00"},
		{"another zone, same day here", time.Date(2026, 11, 18, 23, 30, 0, 0, time.UTC), "Today 00:30", "00:30"},
		{"yesterday", time.Date(2026, 11, 18, 23, 59, 0, 0, zone), "Wednesday 23:59", "Wed 23:59"},
		{"six days ago", time.Date(2026, 11, 13, 8, 5, 0, 0, zone), "Friday 08:05", "Fri 08:05"},
		{"a week ago", time.Date(2026, 11, 12, 23, 0, 0, 0, zone), "12 November", "12 November"},
		{"last year", time.Date(2025, 3, 2, 1, 0, 0, 0, zone), "2 March 2025", "2 March 2025"},
		{"tomorrow", time.Date(2026, 11, 20, 1, 0, 0, 0, zone), "20 November", "20 November"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Moment(c.t, now); got != c.long {
				t.Errorf("Moment: %q, want %q", got, c.long)
			}
			if got := ShortMoment(c.t, now); got != c.short {
				t.Errorf("ShortMoment: %q, want %q", got, c.short)
			}
		})
	}
}
