package daily

import (
	"testing"
	"time"

	"cloudappsecurity/service"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	if s == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func hour(t *testing.T, s string) service.TimeOfDay {
	t.Helper()
	h, err := service.ParseTimeOfDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestAt(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, zone, day, hour, want string }{
		{"an ordinary day", "Europe/Stockholm", "2026-11-26", "03:15", "2026-11-26T03:15:00+01:00"},
		{"west of Greenwich", "America/Los_Angeles", "2026-11-26", "23:59", "2026-11-26T23:59:00-08:00"},
		{"an hour that doesn't exist", "Europe/Stockholm", "2026-03-29", "02:30", "2026-03-29T03:00:00+02:00"},
		{"right after it", "Europe/Stockholm", "2026-03-29", "03:00", "2026-03-29T03:00:00+02:00"},
		{"right before it", "Europe/Stockholm", "2026-03-29", "01:59", "2026-03-29T01:59:00+01:00"},
		{"an hour that exists twice", "Europe/Stockholm", "2026-10-25", "02:30", "2026-10-25T02:30:00+02:00"},
		{"right after both", "Europe/Stockholm", "2026-10-25", "03:00", "2026-10-25T03:00:00+01:00"},
		{"midnight doesn't exist", "America/Santiago", "2026-09-06", "00:00", "2026-09-06T01:00:00-03:00"},
		{"half an hour", "Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-04T02:30:00+11:00"},
		{"twice in the west", "America/New_York", "2026-11-01", "01:30", "2026-11-01T01:30:00-04:00"},
		{"a day that doesn't exist", "Pacific/Apia", "2011-12-30", "03:15", "2011-12-31T00:00:00+14:00"},
		{"the day after", "Pacific/Apia", "2011-12-31", "03:15", "2011-12-31T03:15:00+14:00"},
		{"a fixed zone", "UTC", "2028-02-29", "00:00", "2028-02-29T00:00:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := At(service.Day(tt.day), hour(t, tt.hour), zone(t, tt.zone))
			if !got.Equal(instant(t, tt.want)) {
				t.Errorf("%s, want %s", got.Format(time.RFC3339), tt.want)
			}
		})
	}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	const stockholm, tokyo, angeles = "Europe/Stockholm", "Asia/Tokyo", "America/Los_Angeles"
	days := func(d ...service.Day) service.DailyState { return service.DailyState{Days: d} }
	retry := func(at string, d ...service.Day) service.DailyState {
		return service.DailyState{Days: d, RetryAt: instant(t, at), Failures: 1}
	}
	tests := []struct {
		name, zone, hour string
		state            service.DailyState
		synced, now      string
		due              bool
		day, next        string
	}{
		{"before the hour", stockholm, "", days("2026-11-25"), "", "2026-11-26T03:14:59+01:00", false, "2026-11-26", "2026-11-26T03:15:00+01:00"},
		{"at the hour", stockholm, "", days("2026-11-25"), "", "2026-11-26T03:15:00+01:00", true, "2026-11-26", ""},
		{"run already", stockholm, "", days("2026-11-25", "2026-11-26"), "", "2026-11-26T03:16:00+01:00", false, "2026-11-27", "2026-11-27T03:15:00+01:00"},
		{"the program was off at the hour", stockholm, "", days("2026-11-25"), "", "2026-11-26T17:40:00+01:00", true, "2026-11-26", ""},
		{"off over the weekend, back before the hour", stockholm, "", days("2026-11-20"), "", "2026-11-23T01:00:00+01:00", true, "2026-11-22", ""},
		{"the same night, at the hour", stockholm, "", days("2026-11-20", "2026-11-22"), "", "2026-11-23T03:15:00+01:00", true, "2026-11-23", ""},
		{"never run, granted today after the hour", stockholm, "", days(), "2026-11-26T09:00:00Z", "2026-11-26T12:00:00Z", false, "2026-11-27", "2026-11-27T03:15:00+01:00"},
		{"never run, granted yesterday", stockholm, "", days(), "2026-11-25T09:00:00Z", "2026-11-26T12:00:00Z", true, "2026-11-26", ""},
		{"by hand before the hour is not today's", stockholm, "", days("2026-11-25"), "2026-11-26T02:00:00+01:00", "2026-11-26T03:15:00+01:00", true, "2026-11-26", ""},
		{"by hand after a missed hour is", stockholm, "", days("2026-11-25"), "2026-11-26T08:00:00+01:00", "2026-11-26T08:01:00+01:00", false, "2026-11-27", "2026-11-27T03:15:00+01:00"},
		{"synchronized in the future", stockholm, "", days(), "2027-01-01T08:00:00+01:00", "2026-11-26T08:01:00+01:00", true, "2026-11-26", ""},

		{"the hour doesn't exist, before the jump", stockholm, "02:30", days("2026-03-28"), "", "2026-03-29T01:59:59+01:00", false, "2026-03-29", "2026-03-29T03:00:00+02:00"},
		{"the hour doesn't exist, after it", stockholm, "02:30", days("2026-03-28"), "", "2026-03-29T03:00:00+02:00", true, "2026-03-29", ""},
		{"the hour exists twice, the first time", stockholm, "02:30", days("2026-10-24"), "", "2026-10-25T02:30:00+02:00", true, "2026-10-25", ""},
		{"the hour exists twice, the second time", stockholm, "02:30", days("2026-10-24", "2026-10-25"), "", "2026-10-25T02:30:00+01:00", false, "2026-10-26", "2026-10-26T02:30:00+01:00"},
		{"the hour exists twice, off the first time", stockholm, "02:30", days("2026-10-24"), "", "2026-10-25T02:10:00+01:00", true, "2026-10-25", ""},

		{"the clock was set back an hour", stockholm, "", days("2026-11-25", "2026-11-26"), "", "2026-11-26T02:20:00+01:00", false, "2026-11-27", "2026-11-27T03:15:00+01:00"},
		{"the clock was set back a day", stockholm, "", days("2026-11-25", "2026-11-26"), "", "2026-11-25T12:00:00+01:00", false, "2026-11-27", "2026-11-27T03:15:00+01:00"},
		{"the clock had been a year ahead", stockholm, "", days("2026-11-25", "2027-11-26"), "", "2026-11-26T12:00:00+01:00", true, "2026-11-26", ""},
		{"the clock jumps ahead", stockholm, "", days("2026-11-26"), "", "2030-01-01T12:00:00+01:00", true, "2030-01-01", ""},

		{"flown west, the day again", angeles, "", days("2026-11-25", "2026-11-26"), "", "2026-11-26T03:15:00-08:00", false, "2026-11-27", "2026-11-27T03:15:00-08:00"},
		{"flown west over the date line", angeles, "", days("2026-11-26", "2026-11-27"), "", "2026-11-26T12:00:00-08:00", false, "2026-11-28", "2026-11-28T03:15:00-08:00"},
		{"flown east", tokyo, "", days("2026-11-26"), "", "2026-11-27T03:15:00+09:00", true, "2026-11-27", ""},

		{"the hour was set later, after today's", stockholm, "14:00", days("2026-11-26"), "", "2026-11-26T14:00:00+01:00", false, "2026-11-27", "2026-11-27T14:00:00+01:00"},
		{"the hour was set to one that has passed", stockholm, "10:00", days("2026-11-25"), "", "2026-11-26T12:00:00+01:00", true, "2026-11-26", ""},
		{"midnight", stockholm, "00:00", days("2026-11-25"), "", "2026-11-26T00:00:00+01:00", true, "2026-11-26", ""},

		{"a failure waits", stockholm, "", retry("2026-11-26T03:20:00+01:00", "2026-11-25"), "", "2026-11-26T03:19:59+01:00", false, "2026-11-26", "2026-11-26T03:20:00+01:00"},
		{"and is tried again", stockholm, "", retry("2026-11-26T03:20:00+01:00", "2026-11-25"), "", "2026-11-26T03:20:00+01:00", true, "2026-11-26", ""},
		{"a failure waits, the clock was set back", stockholm, "", retry("2026-12-26T03:20:00+01:00", "2026-11-25"), "", "2026-11-26T03:19:59+01:00", true, "2026-11-26", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			now := instant(t, tt.now)
			got := Decide(tt.state, hour(t, tt.hour), instant(t, tt.synced), now, zone(t, tt.zone))
			want := now
			if tt.next != "" {
				want = instant(t, tt.next)
			}
			if got.Due != tt.due || got.Day != service.Day(tt.day) || !got.Next.Equal(want) {
				t.Errorf("due %t, %s at %s; want %t, %s at %s", got.Due, got.Day, got.Next.Format(time.RFC3339), tt.due, tt.day, want.Format(time.RFC3339))
			}
		})
	}
}

// Whatever clocks, zones and hours do, no day has two, and after each the next
// lies ahead.
func TestNoDayHasTwo(t *testing.T) {
	t.Parallel()
	zones := []*time.Location{zone(t, "Europe/Stockholm"), zone(t, "America/Los_Angeles"), zone(t, "Asia/Tokyo"), zone(t, "Pacific/Kiritimati")}
	var s service.DailyState
	ran := map[service.Day]int{}
	now := instant(t, "2026-01-01T00:00:00Z")
	for step := range 40_000 {
		now = now.Add(17 * time.Minute)
		if step%2003 == 2002 {
			now = now.Add(time.Duration(step%7-3) * 5 * time.Hour) // set by up to 15 hours
		}
		z := zones[step/900%len(zones)]
		h := service.TimeOfDay{Hour: step / 1500 % 24, Minute: 30}
		p := Decide(s, h, time.Time{}, now, z)
		if !p.Due {
			if !p.Next.After(now) {
				t.Fatalf("%s: the next at %s lies behind", now, p.Next)
			}
			continue
		}
		if ran[p.Day]++; ran[p.Day] > 1 {
			t.Fatalf("%s: %s has two", now, p.Day)
		}
		s = Succeeded(s, p.Day, now)
	}
	if len(ran) < 400 {
		t.Errorf("only %d days", len(ran))
	}
}

func TestFailuresBackOff(t *testing.T) {
	t.Parallel()
	now := instant(t, "2026-11-26T03:15:00Z")
	var s service.DailyState
	for i, want := range []int{5, 10, 20, 40, 60, 60} {
		s = Failed(s, service.CodeUnavailable, 0, now)
		if got := s.RetryAt.Sub(now); got != time.Duration(want)*time.Minute {
			t.Errorf("after failure %d it waits %s, want %d min", i+1, got, want)
		}
	}
	if got := Failed(s, service.CodeThrottled, 2*time.Hour, now).RetryAt.Sub(now); got != 2*time.Hour {
		t.Errorf("asked to wait two hours it waits %s", got)
	}
	if got := Failed(s, service.CodeThrottled, 48*time.Hour, now).RetryAt.Sub(now); got != maxWait {
		t.Errorf("asked to wait two days it waits %s", got)
	}
	s = Succeeded(s, "2026-11-26", now)
	if s.Failures != 0 || !s.RetryAt.IsZero() || s.Problem != "" {
		t.Errorf("after a success: %+v", s)
	}
}
