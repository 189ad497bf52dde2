package sqlite

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"cloudappsecurity/service"
)

// reviewed is a store in which every filter and origin finds somebody.
func reviewed(t *testing.T) *Store {
	t.Helper()
	ctx := context.Background()
	s := fresh(t)
	named := func(id, name string, m service.Mailbox) service.Person {
		p := person(id)
		p.DisplayName, p.UserPrincipalName, p.Mail, p.Mailbox = name, id+"@contoso.com", "", m
		return p
	}
	room, groupRoom := named("room", "Room A", service.MailboxRoom), named("room2", "Room B", service.MailboxRoom)
	must(t, s.CoverSelected(ctx, ex, []service.Selection{{Person: room, Origin: service.OriginUser}, {Person: groupRoom, Origin: service.OriginGroup, GroupID: "g"}}, noon))
	guest := named("guest", "Guest", service.MailboxUser)
	guest.Guest = true
	must(t, s.ApplyUsers(ctx, ex, service.UserPage{Delta: "d", People: []service.Person{
		room, groupRoom, named("ann", "Ann", service.MailboxUser), named("ben", "Ben", service.MailboxShared), named("cid", "Cid", service.MailboxNone),
		named("gone", "Gone", service.MailboxUser), guest, named("hall", "Hall", service.MailboxRoom), named("who", "Who", service.MailboxUnknown),
	}}, noon))
	must(t, s.CoverAll(ctx, ex, noon))
	must(t, s.ApplyUsers(ctx, ex, service.UserPage{Delta: "e", Removed: []service.Removal{{ID: "gone"}}}, noon))
	return s
}

func TestTargetsByFilterAndOrigin(t *testing.T) {
	t.Parallel()
	s := reviewed(t)
	ctx := context.Background()
	for _, c := range []struct {
		q    service.TargetQuery
		want string
	}{
		{service.TargetQuery{}, "Ann Ben Cid Gone Guest Hall Room A Room B Who"},
		{service.TargetQuery{Filter: service.FilterProtected}, "Ann Ben Room A Room B"},
		{service.TargetQuery{Filter: service.FilterExcluded}, "Cid Guest Hall Who"},
		{service.TargetQuery{Filter: service.FilterNoMailbox}, "Cid"},
		{service.TargetQuery{Filter: service.FilterRemoved}, "Gone"},
		{service.TargetQuery{Filter: "other"}, ""},
		{service.TargetQuery{Origin: service.OriginEveryone}, "Ann Ben"},
		{service.TargetQuery{Origin: service.OriginUser}, "Room A"},
		{service.TargetQuery{Origin: service.OriginGroup}, "Room B"},
		{service.TargetQuery{Origin: service.OriginGroup, Filter: service.FilterExcluded}, ""},
		{service.TargetQuery{Origin: service.OriginUser, Filter: service.FilterProtected}, "Room A"},
		{service.TargetQuery{Search: "room", Origin: service.OriginGroup}, "Room B"},
		{service.TargetQuery{Search: "a", Filter: service.FilterProtected}, "Ann Room A"},
		{service.TargetQuery{Search: "g", Filter: service.FilterRemoved}, "Gone"},
		{service.TargetQuery{Search: "guest@contoso.com", Filter: service.FilterExcluded}, "Guest"},
		{service.TargetQuery{Search: "hall@", Filter: service.FilterProtected, Origin: service.OriginEveryone}, ""},
		{service.TargetQuery{Search: "b ben@", Filter: service.FilterProtected, Origin: service.OriginEveryone}, "Ben"},
		{service.TargetQuery{Search: "r", Protected: new(true), Origin: service.OriginUser}, "Room A"},
	} {
		var names []string
		list := get[[]service.Target](t)(s.Targets(ctx, ex, c.q))
		for _, p := range list {
			names = append(names, p.Name())
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%+v: %q, want %q", c.q, got, c.want)
		}
		if n := get[int](t)(s.CountTargets(ctx, ex, c.q)); n != len(list) {
			t.Errorf("%+v: counts %d, lists %d", c.q, n, len(list))
		}
	}
}

// The removed and the selected are few among many: they are found by an index,
// in order, and nothing is sorted.
func TestReviewUsesIndexes(t *testing.T) {
	t.Parallel()
	s := reviewed(t)
	ctx := context.Background()
	for _, c := range []struct {
		q    service.TargetQuery
		uses string
	}{
		{service.TargetQuery{Filter: service.FilterRemoved}, "person_by_exclusion"},
		{service.TargetQuery{Filter: service.FilterNoMailbox}, "person_by_exclusion"},
		{service.TargetQuery{Origin: service.OriginUser}, "coverage_chosen"},
		{service.TargetQuery{Filter: service.FilterProtected}, "SCAN p"},
		{service.TargetQuery{Search: "room", Filter: service.FilterRemoved}, "VIRTUAL TABLE"},
	} {
		text, args := find(ex, c.q)
		order := "p.position"
		if c.q.Search != "" {
			order = "person_search.rowid"
		}
		rows, err := s.r.QueryContext(ctx, "EXPLAIN QUERY PLAN "+text+" ORDER BY "+order+" LIMIT 100", args...)
		plan := get[[]string](t)(collect(rows, err, func(rows *sql.Rows) (detail string, err error) {
			var id, parent, unused int
			err = rows.Scan(&id, &parent, &unused, &detail)
			return detail, err
		}))
		if got := strings.Join(plan, "\n"); !strings.Contains(got, c.uses) || strings.Contains(got, "FOR ORDER BY") {
			t.Errorf("%+v:\n%s", c.q, got)
		}
	}
}
