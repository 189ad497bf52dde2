package sqlite

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"cloudappsecurity/service"

	"github.com/google/go-cmp/cmp"
)

func TestDailyStateSurvives(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path, Options{})
	if d := get[service.DailyState](t)(s.Daily(ctx, ex)); !cmp.Equal(d, service.DailyState{Service: ex}) {
		t.Errorf("before the first: %+v", d)
	}
	var levels []int
	s.began = func(level int) { levels = append(levels, level) }
	want := service.DailyState{Service: ex, AttemptAt: noon, SuccessAt: noon.Add(time.Minute), RetryAt: noon.Add(time.Hour), Failures: 3,
		Problem: service.CodeThrottled, Days: []service.Day{"2026-02-28", "2026-03-01"}}
	note := service.Notification{Text: service.SyncFailedText(ex), Severity: service.SeverityWarning, Service: ex, Key: "sync-failed:exchange:2026-03-01"}
	must(t, s.SaveDaily(ctx, want, note))
	want.Days = []service.Day{"2026-03-01", "2026-03-02"}
	must(t, s.SaveDaily(ctx, want, note))
	if !cmp.Equal(levels, []int{2, 2}) {
		t.Errorf("synchronous %v: it has to be on the disk", levels)
	}
	must(t, s.Close())
	s = open(t, path, Options{})
	if d := cmp.Diff(want, get[service.DailyState](t)(s.Daily(ctx, ex))); d != "" {
		t.Error(d)
	}
	if n := get[[]service.Notification](t)(s.Notifications(ctx, 0, 0)); len(n) != 1 {
		t.Errorf("notifications %+v", n)
	}
	if d := get[service.DailyState](t)(s.Daily(ctx, od)); len(d.Days) != 0 {
		t.Errorf("another service's: %+v", d)
	}
	must(t, s.SaveDaily(ctx, service.DailyState{Service: od, AttemptAt: noon})) // no day yet
	if d := get[service.DailyState](t)(s.Daily(ctx, od)); len(d.Days) != 0 || !d.AttemptAt.Equal(noon) {
		t.Errorf("before the first success: %+v", d)
	}
}

func TestExtendingEndsWithTheLastService(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	must(t, s.SaveOrganization(ctx, service.Organization{TenantID: "t", Option: service.OptionSelected}))
	for svc, state := range map[service.Service]service.AccountState{ex: service.StateGranted, od: service.StateGranted, service.SharePointOnline: service.StateConsented} {
		must(t, s.SaveAccount(ctx, service.Account{Service: svc, State: state}))
	}
	step := func(what string, got service.Option, err error, want service.Option) {
		t.Helper()
		must(t, err)
		if stored := get[service.Organization](t)(s.Organization(ctx)).Option; got != want || stored != want {
			t.Errorf("%s: option %q, stored %q, want %q", what, got, stored, want)
		}
	}
	o, err := s.Extended(ctx, ex)
	step("before Submit nothing changes", o, err, service.OptionSelected)
	if l := get[[]service.Extension](t)(s.Extensions(ctx)); l != nil {
		t.Errorf("extensions before Submit: %v", l)
	}
	o, err = s.BeginExtending(ctx)
	step("Submit", o, err, service.OptionExtending)
	o, err = s.Extended(ctx)
	step("nobody is done", o, err, service.OptionExtending)
	o, err = s.Extended(ctx, ex)
	step("the first is done", o, err, service.OptionExtending)
	o, err = s.BeginExtending(ctx)
	step("Submit again forgets nothing", o, err, service.OptionExtending)
	want := []service.Extension{{Service: ex, Done: true}, {Service: service.SharePointOnline}, {Service: od}}
	if d := cmp.Diff(want, get[[]service.Extension](t)(s.Extensions(ctx))); d != "" {
		t.Error(d)
	}
	o, err = s.Extended(ctx, od)
	step("the last is done", o, err, service.OptionAll)
	o, err = s.BeginExtending(ctx)
	step("there is no way back", o, err, service.OptionAll)
	if l := get[[]service.Extension](t)(s.Extensions(ctx)); l != nil {
		t.Errorf("extensions afterwards: %v", l)
	}
}

func TestKeepNotification(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	writes := 0
	s.began = func(int) { writes++ }
	n := service.Notification{Text: service.ExtendText, Key: service.ExtendKey}
	for i, tt := range []struct{ wanted, changed bool }{{false, false}, {true, true}, {true, false}, {false, true}, {false, false}, {true, true}} {
		changed := get[bool](t)(s.KeepNotification(ctx, n, tt.wanted))
		if count := len(get[[]service.Notification](t)(s.Notifications(ctx, 0, 0))); changed != tt.changed || (count == 1) != tt.wanted {
			t.Errorf("step %d: changed %t, %d stored", i, changed, count)
		}
	}
	if writes != 3 {
		t.Errorf("%d writes for 3 changes", writes)
	}
}

// A full round is the whole truth: who isn't in it is gone, though another
// service saw them, and whom another service brought meanwhile stays.
func TestAFullRoundRemovesWhomAnotherServiceSaw(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	must(t, s.ApplyUsers(ctx, ex, page("", "d1", "a", "b"), noon))
	must(t, s.ApplyUsers(ctx, od, page("", "d1", "a", "b", "c"), noon))
	get[service.Cursor](t)(s.RestartRound(ctx, ex, service.ResourceUsers))
	must(t, s.ApplyUsers(ctx, ex, page("n1", "", "a"), noon))
	must(t, s.ApplyUsers(ctx, od, page("", "d2", "new"), noon))
	must(t, s.ApplyUsers(ctx, ex, page("", "d2"), noon))
	if got := present(t, s); got != "a new" {
		t.Errorf("present: %s", got)
	}
	g := func(id string) service.GroupPage {
		return service.GroupPage{Groups: []service.Group{{ID: id, DisplayName: id}}, Delta: "d"}
	}
	must(t, s.ApplyGroups(ctx, ex, g("g1"), noon))
	must(t, s.ApplyGroups(ctx, od, g("g1"), noon))
	get[service.Cursor](t)(s.RestartRound(ctx, ex, service.ResourceGroups))
	must(t, s.ApplyGroups(ctx, ex, g("g2"), noon))
	if c := get[service.TargetCounts](t)(s.TargetCounts(ctx, ex)); c.Groups != 1 {
		t.Errorf("%d groups", c.Groups)
	}
}

func TestARestoredRoomIsChosenAsBefore(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	room := person("room")
	room.ExchangePlan, room.Mailbox = false, service.MailboxRoom
	must(t, s.CoverSelected(ctx, ex, []service.Selection{{Person: room, Origin: service.OriginUser}}, noon))
	must(t, s.ApplyUsers(ctx, ex, service.UserPage{People: []service.Person{room, person("a")}, Delta: "d"}, noon))
	must(t, s.CoverAll(ctx, ex, noon))
	must(t, s.ApplyUsers(ctx, ex, service.UserPage{Removed: []service.Removal{{ID: "room"}, {ID: "a"}}, Delta: "d"}, noon))
	must(t, s.CoverAll(ctx, ex, noon))
	if r := everyone(t, s)["room"]; r.Protected || r.Reason != service.ExclusionRemoved {
		t.Errorf("deleted: %+v", r)
	}
	back := room
	back.Mailbox = service.MailboxUnknown // as a delta tells it
	must(t, s.ApplyUsers(ctx, ex, service.UserPage{People: []service.Person{back, person("a")}, Delta: "d"}, noon))
	must(t, s.CoverAll(ctx, ex, noon))
	if r := everyone(t, s)["room"]; !r.Protected || r.Origin != service.OriginUser || r.Mailbox != service.MailboxRoom {
		t.Errorf("restored: %+v", r)
	}
	if a := everyone(t, s)["a"]; !a.Protected || a.Origin != service.OriginEveryone {
		t.Errorf("restored: %+v", a)
	}
}

// TestARoomChosenBeforeExchangeWasAsked: everyone is taken in while nobody knows
// yet that one of the chosen is a room (seed 66 of a busy year).
func TestARoomChosenBeforeExchangeWasAsked(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, cover := range map[string]func(*Store) error{
		"everyone": func(s *Store) error { return s.CoverAll(ctx, ex, noon) },
		"due":      func(s *Store) error { _, err := s.Cover(ctx, ex, noon); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fresh(t)
			room, ann := person("room"), person("ann")
			room.ExchangePlan, ann.ExchangePlan = false, false
			room.Mailbox, ann.Mailbox = service.MailboxUnknown, service.MailboxUnknown
			must(t, s.CoverSelected(ctx, ex, []service.Selection{{Person: room, Origin: service.OriginUser}, {Person: ann, Origin: service.OriginUser}}, noon))
			must(t, s.ApplyUsers(ctx, ex, service.UserPage{People: []service.Person{room, ann}, Delta: "d"}, noon))
			must(t, cover(s))
			must(t, s.SetMailbox(ctx, "room", service.MailboxRoom))
			must(t, s.SetMailbox(ctx, "ann", service.MailboxUser))
			must(t, cover(s))
			got := everyone(t, s)
			if r := got["room"]; !r.Protected || r.Origin != service.OriginUser {
				t.Errorf("the room: %+v", r)
			}
			if a := got["ann"]; !a.Protected || a.Origin != service.OriginEveryone {
				t.Errorf("the person: %+v", a)
			}
		})
	}
}
