package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"cloudappsecurity/service"
)

// Members of a page are stored in its order, however many they are: who is
// added, removed and added again is there.
func TestMembersKeepTheirOrder(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	const n = 2*batchRows + 7
	p := service.UserPage{Delta: "d", People: people(0, n)}
	must(t, s.ApplyUsers(ctx, ex, p, noon))
	g := service.GroupPage{Delta: "d", Groups: []service.Group{{ID: "g", DisplayName: "G"}}}
	for i, one := range p.People {
		m := service.Membership{GroupID: "g", MemberID: one.ID}
		g.Members = append(g.Members, m)
		if i%100 == 3 { // left again
			m.Removed = true
			g.Members = append(g.Members, m)
		}
		if i%200 == 3 { // and came back
			m.Removed = false
			g.Members = append(g.Members, m, m)
		}
	}
	must(t, s.ApplyGroups(ctx, ex, g, noon))
	in := map[string]bool{}
	for _, one := range get[[]service.Person](t)(s.GroupPeople(ctx, ex, "g")) {
		in[one.ID] = true
	}
	for i, one := range p.People {
		if want := i%100 != 3 || i%200 == 3; in[one.ID] != want {
			t.Errorf("member %d: %t", i, in[one.ID])
		}
	}
}

// A page of more people than a statement takes, known and new ones mixed.
func TestPagesLargerThanABatch(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	all := people(0, 3*batchRows+1)
	must(t, s.ApplyUsers(ctx, ex, service.UserPage{Next: "n", People: all[:batchRows/2]}, noon))
	all[1].DisplayName = "Another name"
	later := noon.AddDate(0, 0, 1)
	must(t, s.ApplyUsers(ctx, ex, service.UserPage{Delta: "d", People: all}, later))
	got := everyone(t, s)
	for _, p := range all {
		if q := got[p.ID]; q.DisplayName != p.DisplayName || !q.SeenAt.Equal(later) {
			t.Errorf("%s is %q, seen %v", p.ID, q.DisplayName, q.SeenAt)
		}
	}
	if len(got) != len(all) {
		t.Errorf("%d people, want %d", len(got), len(all))
	}
	checkPositions(t, s)
}

// Names in no order find room: nobody who was placed has to move.
func TestRoomForNamesInNoOrder(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	var all []*row // in order
	for range 5_000 {
		one := &row{Person: service.Person{ID: fmt.Sprintf("%08x", r.Uint32())}}
		at, _ := slices.BinarySearchFunc(all, one, func(a, b *row) int { return cmp.Compare(a.ID, b.ID) })
		lo, hi := int64(0), lastPosition
		if at > 0 {
			lo = all[at-1].position
		}
		if at < len(all) {
			hi = all[at].position
		}
		if hi-lo <= 1 {
			t.Fatalf("no room after %d people", len(all))
		}
		share([]*row{one}, lo, hi)
		all = slices.Insert(all, at, one)
	}
}
