package daily

import (
	"slices"
	"time"

	"cloudappsecurity/service"
)

const (
	// firstRetry is how long after a failure it is tried again; each further
	// failure doubles it, up to lastRetry.
	firstRetry = 5 * time.Minute
	lastRetry  = time.Hour
	// keptDays is how many days behind and ahead of today are remembered. Of
	// days further ahead only a wrong clock can have told.
	keptDays, aheadDays = 10, 2
)

// Plan is what the schedule says about one service.
type Plan struct {
	Day   service.Day // whose synchronization is due, or comes next
	Due   bool        // now
	Retry bool        // a failed one waits until Next
	Next  time.Time   // when to run if nothing changes; now if Due
}

// At is when the clock of zone first shows hour on day. Where it jumps over
// hour, that is right after the jump.
func At(day service.Day, hour service.TimeOfDay, zone *time.Location) time.Time {
	d, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return time.Time{}
	}
	// As if the place were at Greenwich; the offsets before and after any
	// change of clocks on that day then give the two candidates.
	wall := d.Add(time.Duration(hour.Hour)*time.Hour + time.Duration(hour.Minute)*time.Minute)
	shows := func(t time.Time) bool {
		t = t.In(zone)
		return service.DayOf(t) == day && t.Hour() == hour.Hour && t.Minute() == hour.Minute
	}
	var before time.Time
	var right []time.Time
	for i, around := range []time.Duration{-36 * time.Hour, 36 * time.Hour} {
		_, offset := wall.Add(around).In(zone).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second)
		if i == 0 {
			before = t
		}
		if shows(t) {
			right = append(right, t)
		}
	}
	if len(right) > 0 {
		return slices.MinFunc(right, time.Time.Compare).In(zone)
	}
	start, _ := before.In(zone).ZoneBounds()
	return start
}

// Decide says when the next synchronization is. synced is the end of the latest
// complete one, by whatever way. It goes by the days stored and by what the
// clock shows, never by how much time seems to have passed: a computer sleeps,
// clocks are set and people travel.
func Decide(s service.DailyState, hour service.TimeOfDay, synced, now time.Time, zone *time.Location) Plan {
	now = now.In(zone)
	day := service.DayOf(now)
	if now.Before(At(day, hour, zone)) {
		day = day.Add(-1)
	}
	had := func(d service.Day) bool { return slices.Contains(s.Days, d) }
	switch {
	case had(day), !synced.Before(At(day, hour, zone)) && !synced.After(now):
		// Today's was run. A synced in the future tells of a wrong clock.
	case wait(s, now):
		return Plan{Day: day, Retry: true, Next: s.RetryAt}
	default:
		return Plan{Day: day, Due: true, Next: now}
	}
	for next := day.Add(1); ; next = next.Add(1) {
		if !had(next) {
			return Plan{Day: next, Next: At(next, hour, zone)}
		}
	}
}

// wait says whether a failed one waits still. A time further away than any
// that was ever set tells of a clock that was set back since.
func wait(s service.DailyState, now time.Time) bool {
	return now.Before(s.RetryAt) && !now.Add(maxWait).Before(s.RetryAt)
}

// maxWait is the longest wait which Failed sets.
const maxWait = 6 * time.Hour

// Succeeded is the state after the synchronization of day ended well.
func Succeeded(s service.DailyState, day service.Day, now time.Time) service.DailyState {
	s.SuccessAt, s.RetryAt, s.Failures, s.Problem = now, time.Time{}, 0, ""
	s.Days = slices.DeleteFunc(slices.Clone(s.Days), func(d service.Day) bool {
		return d < day.Add(-keptDays) || d > day.Add(aheadDays)
	})
	if !slices.Contains(s.Days, day) {
		s.Days = append(s.Days, day)
	}
	slices.Sort(s.Days)
	return s
}

// Failed is the state after one failed with code. asked is how long Microsoft
// asked to wait, 0 if it didn't.
func Failed(s service.DailyState, code service.Code, asked time.Duration, now time.Time) service.DailyState {
	s.Failures++
	s.Problem = code
	pause := firstRetry
	for i := 1; i < s.Failures && pause < lastRetry; i++ {
		pause *= 2
	}
	s.RetryAt = now.Add(min(max(min(pause, lastRetry), asked), maxWait))
	return s
}
