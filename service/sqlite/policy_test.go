package sqlite

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cloudappsecurity/service"

	"github.com/google/go-cmp/cmp"
)

const atp, dlp = service.ThreatProtection, service.DataLossPrevention

func listed(t testing.TB, s *Store) []service.Policy {
	t.Helper()
	return get[[]service.Policy](t)(s.Policies(context.Background(), ex, atp))
}

// order gives the names by priority, and checks that there are no gaps.
func order(t testing.TB, s *Store) string {
	t.Helper()
	var names []string
	for i, p := range listed(t, s) {
		if p.Priority != i+1 {
			t.Errorf("%s has priority %d at place %d", p.Name, p.Priority, i+1)
		}
		name := strings.TrimSuffix(strings.TrimPrefix(p.Name, "Default ATP policy"), " only)")
		names = append(names, strings.TrimPrefix(name, " ("))
	}
	return strings.Join(names, ",")
}

func policyOf(name string) service.Policy {
	return service.Policy{Service: ex, Kind: atp, Name: name, On: true, Everyone: true}
}

func save(t testing.TB, s *Store, p service.Policy) service.Policy {
	t.Helper()
	return get[service.Policy](t)(s.SavePolicy(context.Background(), p))
}

func TestDefaultPolicies(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path, Options{})
	for _, of := range service.Services() {
		for _, k := range []service.PolicyKind{atp, dlp} {
			kind := strings.ToUpper(string(k))
			all := get[[]service.Policy](t)(s.Policies(ctx, of, k))
			for i := range all {
				if all[i].Description == "" || all[i].ID == 0 {
					t.Errorf("%+v lacks its ID or description", all[i])
				}
				all[i].ID, all[i].Description = 0, ""
			}
			want := []service.Policy{
				{Service: of, Kind: k, Name: "Default " + kind + " policy (monitor only)", On: true, Priority: 1, Default: true, MonitorOnly: true, Everyone: true, Version: 1},
				{Service: of, Kind: k, Name: "Default " + kind + " policy", Priority: 2, Default: true, Everyone: true, Version: 1},
			}
			if diff := cmp.Diff(want, all); diff != "" {
				t.Error(diff)
			}
		}
	}
	must(t, s.Close())
	s = open(t, path, Options{})
	if got := order(t, s); got != "monitor," {
		t.Errorf("after opening again: %s", got)
	}
}

func TestPolicyIsStoredDurablyWithItsTargets(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path, Options{})
	var levels []int
	s.began = func(l int) { levels = append(levels, l) }
	p := policyOf(" All staff ")
	p.Everyone, p.Description = false, "Everybody but the management."
	p.Targets = []service.PolicyTarget{{Kind: service.TargetGroup, ID: "g", Name: "Bakers"}, {Kind: service.TargetUser, ID: "g", Name: "Gil"}, {Kind: service.TargetGroup, ID: "g", Name: "Twice"}}
	p.Exclusions = []service.PolicyTarget{{Kind: service.TargetUser, ID: "u", Name: "देविका नायर"}}
	p = save(t, s, p)
	want := p
	want.Name, want.Priority, want.Version, want.ChangedAt = "All staff", 1, 1, noon
	want.Targets = want.Targets[:2]
	if diff := cmp.Diff(want, p); diff != "" {
		t.Error(diff)
	}
	if same := save(t, s, p); same.Version != 1 {
		t.Errorf("saving it unchanged gives version %d", same.Version)
	}
	p.Exclusions = nil
	if p = save(t, s, p); p.Version != 2 || len(p.Exclusions) != 0 {
		t.Errorf("%+v", p)
	}
	must(t, s.SetPolicyOn(ctx, p.ID, false))
	must(t, s.SetPolicyOn(ctx, p.ID, false))
	if p = get[service.Policy](t)(s.Policy(ctx, p.ID)); p.Version != 3 || p.On {
		t.Errorf("%+v", p)
	}
	must(t, s.MovePolicy(ctx, p.ID, 1))
	if slices.Contains(levels, 1) || len(levels) == 0 {
		t.Errorf("synchronous levels %v: all have to be FULL", levels)
	}
	must(t, s.Close())
	s = open(t, path, Options{ReadOnly: true})
	if diff := cmp.Diff(p, get[service.Policy](t)(s.Policy(ctx, p.ID))); diff != "" {
		t.Errorf("after opening again: %s", diff)
	}
	wantCode(t, s.DeletePolicy(ctx, p.ID), service.CodeStore, "reading only")
}

func TestPoliciesMove(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	ids := map[string]int64{}
	for _, name := range []string{"a", "b", "c"} {
		ids[name] = save(t, s, policyOf(name)).ID
	}
	for _, p := range listed(t, s) {
		if p.Default {
			ids[map[bool]string{true: "monitor", false: "default"}[p.MonitorOnly]] = p.ID
		}
	}
	for _, c := range []struct {
		who  string
		to   int
		want string
	}{
		{"a", 1, "a,b,c,monitor,"},
		{"c", 1, "c,a,b,monitor,"},
		{"c", 2, "a,c,b,monitor,"},
		{"a", 99, "c,b,a,monitor,"},
		{"a", -3, "a,c,b,monitor,"},
		{"monitor", 1, "a,c,b,monitor,"},
		{"monitor", 5, "a,c,b,,monitor"},
		{"default", 2, "a,c,b,,monitor"},
		{"monitor", 4, "a,c,b,monitor,"},
	} {
		must(t, s.MovePolicy(ctx, ids[c.who], c.to))
		if got := order(t, s); got != c.want {
			t.Fatalf("%s to %d: %s, want %s", c.who, c.to, got, c.want)
		}
	}
	must(t, s.DeletePolicy(ctx, ids["c"]))
	if got := order(t, s); got != "a,b,monitor," {
		t.Errorf("after deleting c: %s", got)
	}
	wantCode(t, s.DeletePolicy(ctx, ids["c"]), service.CodeNotFound, "The policy")
	wantCode(t, s.MovePolicy(ctx, ids["c"], 1), service.CodeNotFound, "The policy")
	wantCode(t, s.SetPolicyOn(ctx, ids["c"], true), service.CodeNotFound, "The policy")
	wantCode(t, s.DeletePolicy(ctx, ids["monitor"]), service.CodeInvalidPolicy, "can't be deleted")
	if got := len(get[[]service.Policy](t)(s.Policies(ctx, ex, dlp))); got != 2 {
		t.Errorf("%d policies in the other list", got)
	}
}

func TestInvalidPolicies(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	save(t, s, policyOf("Taken"))
	byDefault := listed(t, s)[1]
	change := func(p service.Policy, f func(*service.Policy)) service.Policy { f(&p); return p }
	for words, p := range map[string]service.Policy{
		"name is missing":     policyOf(" \t"),
		"longer than 100":     policyOf(strings.Repeat("ä", 101)),
		"is called TAKEN":     policyOf("TAKEN"),
		"No target is chosen": change(policyOf("x"), func(p *service.Policy) { p.Everyone = false }),
		"Shop can't be a target": change(policyOf("x"), func(p *service.Policy) {
			p.Exclusions = []service.PolicyTarget{{Kind: service.TargetSite, ID: "s", Name: "Shop"}}
		}),
		"Ana can't be a target of": change(policyOf("x"), func(p *service.Policy) {
			p.Service = service.SharePointOnline
			p.Exclusions = []service.PolicyTarget{{Kind: service.TargetUser, ID: "s", Name: "Ana"}}
		}),
		"of a default policy":    change(byDefault, func(p *service.Policy) { p.Exclusions = []service.PolicyTarget{{Kind: service.TargetUser, ID: "u"}} }),
		"name and the targets":   change(byDefault, func(p *service.Policy) { p.Name = "Mine" }),
		"belongs to one service": change(byDefault, func(p *service.Policy) { p.Kind = dlp; p.Name = "Mine" }),
	} {
		_, err := s.SavePolicy(ctx, p)
		wantCode(t, err, service.CodeInvalidPolicy, words)
		wantCode(t, err, service.CodeInvalidPolicy, "not saved")
	}
	_, err := s.SavePolicy(ctx, change(policyOf("gone"), func(p *service.Policy) { p.ID = 999 }))
	wantCode(t, err, service.CodeNotFound, "The policy")
	if got := order(t, s); got != "Taken,monitor," {
		t.Errorf("something was stored: %s", got)
	}
	byDefault.Description, byDefault.On = "Mine.", false
	if p := save(t, s, byDefault); p.Description != "Mine." || p.On {
		t.Errorf("%+v", p)
	}
	long := policyOf(strings.Repeat("ä", 100))
	save(t, s, long)
}

// Whatever happens, the priorities have no gaps and the defaults are last.
func TestPrioritiesUnderAnyOrderOfChanges(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	s := fresh(t)
	for step := range 120 {
		all := listed(t, s)
		p := all[random.IntN(len(all))]
		switch random.IntN(4) {
		case 0:
			save(t, s, policyOf(fmt.Sprintf("p%d", step)))
		case 1:
			if !p.Default {
				must(t, s.DeletePolicy(ctx, p.ID))
			}
		default:
			must(t, s.MovePolicy(ctx, p.ID, random.IntN(len(all)+2)))
		}
		all = listed(t, s)
		for i, p := range all {
			if p.Priority != i+1 || p.Default != (i >= len(all)-2) {
				t.Fatalf("seed %d, step %d: %s is at %d of %d with priority %d", seed, step, p.Name, i+1, len(all), p.Priority)
			}
		}
	}
}

func groupPage(members ...string) service.GroupPage {
	p := service.GroupPage{Delta: "d"}
	known := map[string]bool{}
	for _, m := range members {
		group, member, _ := strings.Cut(m, ">")
		is := strings.HasPrefix(member, "g")
		p.Members = append(p.Members, service.Membership{GroupID: group, MemberID: member, IsGroup: is})
		if !known[group] {
			known[group] = true
			p.Groups = append(p.Groups, service.Group{ID: group, DisplayName: "Group " + group})
		}
	}
	return p
}

func TestGroupsOf(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	for name, c := range map[string]struct{ members, want string }{
		"direct":       {"g1>a g2>b", "g1"},
		"nested":       {"g1>a g2>g1 g3>g2 g4>b", "g1 g2 g3"},
		"by two ways":  {"g1>a g2>a g3>g1 g3>g2", "g1 g2 g3"},
		"a cycle":      {"g1>a g2>g1 g3>g2 g1>g3", "g1 g2 g3"},
		"itself":       {"g1>g1 g1>a", "g1"},
		"only beneath": {"g1>a g1>g2 g2>b", "g1"},
		"no group":     {"g1>b", ""},
		"a deep nesting": {"g0>a " + strings.Join(func() (deep []string) {
			for i := range 60 {
				deep = append(deep, fmt.Sprintf("g%d>g%d", i+1, i))
			}
			return deep
		}(), " "), "60 more"},
	} {
		must2(t)(s.RestartRound(ctx, ex, service.ResourceGroups))
		must(t, s.ApplyGroups(ctx, ex, groupPage(strings.Fields(c.members)...), noon))
		got := get[[]string](t)(s.GroupsOf(ctx, ex, "a"))
		if c.want == "60 more" && len(got) == 61 {
			continue
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if other := get[[]string](t)(s.GroupsOf(ctx, od, "a")); len(other) != 0 {
			t.Errorf("%s: another service knows %q", name, other)
		}
	}
	// A group that was removed takes its nesting with it.
	must2(t)(s.RestartRound(ctx, ex, service.ResourceGroups))
	must(t, s.ApplyGroups(ctx, ex, groupPage("g1>a", "g2>g1", "g3>g2"), noon))
	must(t, s.ApplyGroups(ctx, ex, service.GroupPage{Removed: []service.Removal{{ID: "g2"}}, Delta: "d2"}, noon))
	if got := get[[]string](t)(s.GroupsOf(ctx, ex, "a")); strings.Join(got, " ") != "g1" {
		t.Errorf("after g2 was removed: %q", got)
	}
}

func TestGroupsAreFoundByWords(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	must(t, s.ApplyGroups(ctx, ex, service.GroupPage{Delta: "d", Groups: []service.Group{
		{ID: "1", DisplayName: "shop 10"}, {ID: "2", DisplayName: "Shop 9"}, {ID: "3", DisplayName: "Bäcker, night-shift"}, {ID: "4", DisplayName: "Gone"},
	}}, noon))
	must(t, s.ApplyGroups(ctx, ex, service.GroupPage{Delta: "e", Removed: []service.Removal{{ID: "4"}}}, noon))
	for search, want := range map[string]string{"": "3 2 1", "SHO": "2 1", "bäc": "3", "shi nig": "3", "hop": "", "shop 1": "1", "gone": ""} {
		var got []string
		for _, g := range get[[]service.Group](t)(s.Groups(ctx, ex, search, 10)) {
			got = append(got, g.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q finds %q, want %q", search, got, want)
		}
	}
	if got := get[[]service.Group](t)(s.Groups(ctx, ex, "", 2)); len(got) != 2 {
		t.Errorf("%d with a limit of 2", len(got))
	}
	if got := get[[]service.Group](t)(s.Groups(ctx, od, "", 0)); len(got) != 0 {
		t.Errorf("another service knows %v", got)
	}
}

// Asking who a person's groups are reads no list of all members.
func TestGroupsOfAsksIndexes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	const groups, each = 300, 100
	p := service.GroupPage{Delta: "d"}
	for g := range groups {
		id := fmt.Sprintf("g%03d", g)
		p.Groups = append(p.Groups, service.Group{ID: id, DisplayName: id})
		for m := range each {
			p.Members = append(p.Members, service.Membership{GroupID: id, MemberID: fmt.Sprintf("p%05d", g*each+m)})
		}
		p.Members = append(p.Members, service.Membership{GroupID: id, MemberID: fmt.Sprintf("g%03d", g+1), IsGroup: true})
	}
	must(t, s.ApplyGroups(ctx, ex, p, noon))
	if got := get[[]string](t)(s.GroupsOf(ctx, ex, fmt.Sprintf("p%05d", groups*each-1))); len(got) != groups {
		t.Errorf("%d groups, want the last one and all above it", len(got))
	}
	rows, err := s.r.QueryContext(ctx, "EXPLAIN QUERY PLAN SELECT group_id FROM membership WHERE service = 'exchange' AND member_id = 'x' AND is_group = 1")
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var a, b, c int
		var plan string
		must(t, rows.Scan(&a, &b, &c, &plan))
		if !strings.Contains(plan, "membership_nested") {
			t.Errorf("plan: %s", plan)
		}
	}
	must(t, rows.Err())
}
