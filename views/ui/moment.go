package ui

import "time"

// Moment writes a time as people say it: "Today 14:31", "Monday 14:31" within the last six days, else "2 March" or
// "2 March 2025". A time which is not known is "Unknown".
func Moment(t, now time.Time) string {
	if t.IsZero() {
		return "Unknown"
	}
	t = t.In(now.Location())
	switch days := daysBetween(t, now); {
	case days == 0:
		return "Today " + t.Format("15:04")
	case days > 0 && days < 7:
		return t.Format("Monday 15:04")
	case t.Year() == now.Year():
		return t.Format("2 January")
	default:
		return t.Format("2 January 2006")
	}
}

// ShortMoment is Moment for narrow places: "14:31", "Wed 17:40", "2 March".
func ShortMoment(t, now time.Time) string {
	if t.IsZero() {
		return "Unknown"
	}
	t = t.In(now.Location())
	switch days := daysBetween(t, now); {
	case days == 0:
		return t.Format("15:04")
	case days > 0 && days < 7:
		return t.Format("Mon 15:04")
	default:
		return Moment(t, now)
	}
}

// FullDate writes a date with its year, or "Unknown".
func FullDate(t time.Time, in *time.Location) string {
	if t.IsZero() {
		return "Unknown"
	}
	return t.In(in).Format("2 January 2006")
}

// daysBetween counts midnights from t to now; it is negative for the future.
func daysBetween(t, now time.Time) int {
	day := func(x time.Time) time.Time { return time.Date(x.Year(), x.Month(), x.Day(), 12, 0, 0, 0, time.UTC) }
	return int(day(now).Sub(day(t)) / (24 * time.Hour))
}
