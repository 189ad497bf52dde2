package service

import (
	"fmt"
	"time"
)

// SettingSyncHour is the key of the local time of day at which everyone is
// synchronized, such as "03:15"; empty: DefaultSyncHour.
const SettingSyncHour = "sync_hour"

// TimeOfDay is a local time of day, to the minute.
type TimeOfDay struct{ Hour, Minute int }

// DefaultSyncHour is when everyone is synchronized unless something else is set.
func DefaultSyncHour() TimeOfDay { return TimeOfDay{3, 15} }

// ParseTimeOfDay reads "H:MM" or "HH:MM", by 24 hours; "" is the default.
func ParseTimeOfDay(s string) (TimeOfDay, error) {
	if s == "" {
		return DefaultSyncHour(), nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil {
		return TimeOfDay{}, &Error{Code: CodeInvalidTime, Message: "This is not a time of day: " + shorten(s) + ".",
			Help: "Write hours and minutes, such as 03:15. Nothing was changed.", Cause: err}
	}
	return TimeOfDay{t.Hour(), t.Minute()}, nil
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return s
}

// String is the time as ParseTimeOfDay reads it.
func (t TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", t.Hour, t.Minute) }

// Day is a calendar day as it is stored, "2026-11-26".
type Day string

// DayOf is the day which t's clock shows.
func DayOf(t time.Time) Day { return Day(t.Format(time.DateOnly)) }

// Add is the day n days later. Of what is no day it is "".
func (d Day) Add(n int) Day {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return ""
	}
	return DayOf(t.AddDate(0, 0, n))
}

// DailyState is how far the daily synchronization of one service is.
type DailyState struct {
	Service   Service
	AttemptAt time.Time // when the latest one began
	SuccessAt time.Time // when the latest one ended well
	RetryAt   time.Time // when a failed one is tried again; zero: at once
	Failures  int       // in a row
	Problem   Code      // of the latest failure; empty after a success
	Days      []Day     // those which have had theirs: a few of the latest are kept
}

// SyncFailedText is the sentence of a daily synchronization that failed. It is
// said once a day.
func SyncFailedText(s Service) string { return s.Name() + " could not be synchronized today." }

// ExtendText is what stands behind the bell while selected targets are
// protected.
const ExtendText = "Extend to protect all your Office 365 service targets."

// ExtendKey is the key of the notification with ExtendText.
const ExtendKey = "extend"

// Extension is how far extending to everyone is for one granted service.
type Extension struct {
	Service Service
	Done    bool // it has synchronized everyone since Submit
}
