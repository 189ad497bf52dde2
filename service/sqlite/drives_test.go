package sqlite

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudappsecurity/service"

	"github.com/google/go-cmp/cmp"
)

// SQL and service.Exclude agree on drives, when covered and after each change,
// and what concerns mailboxes changes nothing.
func TestDriveExclusionAgreesWithDomain(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	states := []service.DriveState{"", service.DriveUnknown, service.DrivePresent, service.DriveNone}
	var sel []service.Selection
	for _, d := range states {
		for bits := range 4 {
			p := person(fmt.Sprintf("%s-%d", d, bits))
			p.DriveState, p.Removed, p.Guest = d, bits&1 != 0, bits&2 != 0
			if d == service.DrivePresent {
				p.Drive = service.Drive{ID: "drive of " + p.ID, URL: "https://contoso-my.sharepoint.com/" + p.ID}
			}
			sel = append(sel, service.Selection{Person: p, Origin: service.OriginUser})
		}
	}
	check := func(what string) {
		t.Helper()
		var want service.TargetCounts
		for _, got := range get[[]service.Target](t)(s.Targets(ctx, od, service.TargetQuery{})) {
			why := service.Exclude(od, got.Person, false)
			if got.Reason != why || got.Protected != (why == "") {
				t.Errorf("%s: %+v has reason %q, want %q", what, got.Person, got.Reason, why)
			}
			if !got.Removed {
				want.People++
			}
			switch why {
			case service.ExclusionNone:
				want.Protected++
				if d := get[service.Drive](t)(s.DriveOf(ctx, got.ID)); d != got.Drive || d.ID == "" {
					t.Errorf("%s: %s has drive %+v, stored %+v", what, got.ID, got.Drive, d)
				}
			case service.ExclusionGuest:
				want.Guests++
			case service.ExclusionNoDrive:
				want.NoDrive++
			case service.ExclusionUnknownDrive:
				want.Unknown++
			}
		}
		if d := cmp.Diff(want, get[service.TargetCounts](t)(s.TargetCounts(ctx, od))); d != "" {
			t.Errorf("%s: %s", what, d)
		}
	}
	must(t, s.CoverSelected(ctx, od, sel, noon))
	check("chosen")
	for i, one := range sel { // each becomes the next
		next := states[1:][i%3]
		must(t, s.SetDrive(ctx, one.Person.ID, next, service.Drive{ID: "new"}, noon))
		must(t, s.SetMailbox(ctx, one.Person.ID, service.MailboxNone))
	}
	check("changed")
	must(t, s.CoverAll(ctx, od, noon))
	check("everyone")
	_, err := s.DriveOf(ctx, "-0")
	wantCode(t, err, service.CodeNoDrive, "")
	wantCode(t, s.SetDrive(ctx, "nobody", service.DriveNone, service.Drive{}, noon), service.CodeNotFound, "")
}

// Only those whom OneDrive brought are asked about, the newly licensed again.
func TestDrivesToAskFor(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	unlicensed := page("", "d", "a", "b", "c")
	unlicensed.People[2].Guest = true
	must(t, s.ApplyUsers(ctx, ex, page("", "d", "a", "b", "c", "z"), noon))
	unresolved := func(want string) {
		t.Helper()
		var got []string
		for after := ""; ; {
			list := get[[]service.Person](t)(s.UnresolvedDrives(ctx, after, 1))
			if len(list) == 0 {
				break
			}
			after = list[0].ID
			got = append(got, after)
		}
		if g := strings.Join(got, " "); g != want {
			t.Errorf("to ask for: %q, want %q", g, want)
		}
	}
	unresolved("")
	must(t, s.ApplyUsers(ctx, od, unlicensed, noon))
	unresolved("a b")
	must(t, s.SetDrive(ctx, "a", service.DrivePresent, service.Drive{ID: "1", URL: "u"}, noon))
	must(t, s.SetDrive(ctx, "b", service.DriveNone, service.Drive{ID: "never"}, noon))
	must(t, s.ApplyUsers(ctx, od, unlicensed, noon))
	unresolved("")
	licensed := page("", "d", "a", "b")
	licensed.People[0].DrivePlan, licensed.People[1].DrivePlan = true, true
	must(t, s.ApplyUsers(ctx, od, licensed, noon))
	unresolved("b")
	if d := get[service.Drive](t)(s.DriveOf(ctx, "a")); d != (service.Drive{ID: "1", URL: "u"}) {
		t.Errorf("the drive became %+v", d)
	}
	must(t, s.SetDrive(ctx, "b", service.DriveNone, service.Drive{}, noon))
	must(t, s.ApplyUsers(ctx, od, licensed, noon))
	unresolved("")
}

// Each day a seventh of those without a drive, each within a week; a run that
// was cut finishes its part, and a second one of a day asks nobody.
func TestMissingDrives(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	const people = 30
	var ids []string
	for i := range people {
		ids = append(ids, fmt.Sprintf("p%02d", i))
	}
	must(t, s.ApplyUsers(ctx, od, page("", "d", ids...), noon))
	for _, id := range ids {
		must(t, s.SetDrive(ctx, id, service.DriveNone, service.Drive{}, noon))
	}
	last := make(map[string]time.Time)
	for day := 1; day <= 14; day++ {
		now := noon.AddDate(0, 0, day)
		asked := 0
		for _, part := range []int{2, people, people} { // cut after two, finished, once more
			for _, p := range get[[]service.Person](t)(s.MissingDrives(ctx, now.Add(-20*time.Hour)))[:] {
				if part--; part < 0 {
					break
				}
				must(t, s.SetDrive(ctx, p.ID, service.DriveNone, service.Drive{}, now))
				last[p.ID] = now
				asked++
			}
		}
		if asked != 5 {
			t.Errorf("day %d: %d were asked about", day, asked)
		}
		for _, id := range ids {
			if at, ok := last[id]; day >= 7 && (!ok || now.Sub(at) > 6*24*time.Hour) {
				t.Errorf("day %d: %s was asked about %v", day, id, at)
			}
		}
	}
	slices.Sort(ids)
	// One who gets a drive is asked about no more.
	must(t, s.SetDrive(ctx, ids[0], service.DrivePresent, service.Drive{ID: "x"}, noon))
	for _, p := range get[[]service.Person](t)(s.MissingDrives(ctx, noon.AddDate(1, 0, 0))) {
		if p.ID == ids[0] {
			t.Error("somebody with a drive is asked about")
		}
	}
}
