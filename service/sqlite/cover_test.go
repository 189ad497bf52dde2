package sqlite

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cloudappsecurity/service"
)

// coverageOf is what is stored of whom a service covers, but for the time.
func coverageOf(t *testing.T, s *Store, of service.Service) (list []string) {
	t.Helper()
	rows, err := s.r.QueryContext(context.Background(), `SELECT person_id || ' ' || origin || ' ' || chosen || ' ' || reason
		FROM coverage WHERE service = ? ORDER BY person_id`, of)
	return get[[]string](t)(collect(rows, err, scanText))
}

func dueOf(t *testing.T, s *Store, of service.Service) (list []string) {
	t.Helper()
	rows, err := s.r.QueryContext(context.Background(), "SELECT person_id FROM coverage_due WHERE service = ? ORDER BY person_id", of)
	return get[[]string](t)(collect(rows, err, scanText))
}

// Of a round of changes only those are looked at whom it told of, for each
// service that synchronizes people; of a full round, everyone.
func TestCoverLooksAtWhoChanged(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	must(t, s.ApplyUsers(ctx, ex, page("", "d", "a", "b", "c"), noon))
	if due := dueOf(t, s, ex); !slices.Equal(due, []string{""}) {
		t.Errorf("after a full round %q are due", due)
	}
	if !get[bool](t)(s.Cover(ctx, ex, noon)) {
		t.Error("it changed nothing")
	}
	must(t, s.ApplyUsers(ctx, od, page("", "d", "a", "b", "c"), noon))
	get[bool](t)(s.Cover(ctx, od, noon))
	get[bool](t)(s.Cover(ctx, ex, noon))
	must(t, s.ApplyUsers(ctx, ex, service.UserPage{People: []service.Person{person("a"), person("new")}, Removed: []service.Removal{{ID: "b"}}, Delta: "d2"}, noon))
	for _, svc := range []service.Service{ex, od} {
		if due := dueOf(t, s, svc); !slices.Equal(due, []string{"a", "b", "new"}) {
			t.Errorf("%s: %q are due", svc, due)
		}
	}
	for range 2 {
		get[bool](t)(s.Cover(ctx, ex, noon))
		if diff := cmp.Diff([]string{"a everyone 0 ", "c everyone 0 ", "new everyone 0 "}, coverageOf(t, s, ex)); diff != "" {
			t.Error(diff)
		}
	}
	if get[bool](t)(s.Cover(ctx, ex, noon)) || len(dueOf(t, s, ex)) != 0 {
		t.Error("covered twice, it changed something")
	}
	must(t, s.CoverSelected(ctx, ex, []service.Selection{{Person: person("a"), Origin: service.OriginUser}}, noon))
	get[bool](t)(s.Cover(ctx, ex, noon))
	if list := coverageOf(t, s, ex); len(list) != 3 {
		t.Errorf("after a selection %q are covered", list)
	}
}

// Whatever comes, in whatever order, for two services over the same rows: who is
// due leads to what looking at everyone would.
func TestCoverEqualsCoverAll(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		s := fresh(t)
		names := []string{"a", "b", "c", "d", "e", "f"}
		kinds := []service.Mailbox{service.MailboxUser, service.MailboxNone, service.MailboxRoom, service.MailboxUnknown, service.MailboxShared}
		for range 40 {
			of := []service.Service{ex, od}[random.IntN(2)]
			switch random.IntN(8) {
			case 0:
				get[service.Cursor](t)(s.RestartRound(ctx, of, service.ResourceUsers))
			case 1:
				_ = s.SetMailbox(ctx, names[random.IntN(len(names))], kinds[random.IntN(len(kinds))]) // may be unknown yet
			case 2:
				_ = s.SetDrive(ctx, names[random.IntN(len(names))], service.DrivePresent, service.Drive{ID: "d"}, noon)
			case 3:
				get[bool](t)(s.Cover(ctx, of, noon))
			default:
				p := service.UserPage{Delta: "d"}
				if random.IntN(3) == 0 {
					p = service.UserPage{Next: "n"}
				}
				for _, name := range names {
					switch random.IntN(4) {
					case 0:
						one := person(name)
						one.Mailbox, one.Guest = kinds[random.IntN(len(kinds))], random.IntN(5) == 0
						p.People = append(p.People, one)
					case 1:
						p.Removed = append(p.Removed, service.Removal{ID: name})
					}
				}
				must(t, s.ApplyUsers(ctx, of, p, noon))
			}
		}
		for _, of := range []service.Service{ex, od} {
			get[bool](t)(s.Cover(ctx, of, noon))
			got := coverageOf(t, s, of)
			must(t, s.CoverAll(ctx, of, noon))
			if diff := cmp.Diff(coverageOf(t, s, of), got); diff != "" {
				t.Errorf("seed %d, %s: %s", seed, of, diff)
			}
		}
	}
}

func scanText(rows *sql.Rows) (text string, err error) { return text, rows.Scan(&text) }
