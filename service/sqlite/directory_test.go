package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudappsecurity/service"

	"github.com/google/go-cmp/cmp"
)

const ex, od = service.ExchangeOnline, service.OneDrive

func person(id string) service.Person {
	return service.Person{ID: id, UserPrincipalName: id + "@contoso.com", DisplayName: strings.ToUpper(id), Mail: id + "@contoso.com",
		Enabled: true, ExchangePlan: true, Mailbox: service.MailboxUser}
}

func page(next, delta string, ids ...string) service.UserPage {
	p := service.UserPage{Next: next, Delta: delta}
	for _, id := range ids {
		p.People = append(p.People, person(id))
	}
	return p
}

// everyone gives all people by ID.
func everyone(t testing.TB, s *Store) map[string]service.Target {
	t.Helper()
	all := make(map[string]service.Target)
	for _, p := range get[[]service.Target](t)(s.Targets(context.Background(), ex, service.TargetQuery{Limit: 1 << 30})) {
		all[p.ID] = p
	}
	return all
}

// present gives the IDs of those not removed.
func present(t testing.TB, s *Store) string {
	t.Helper()
	var ids []string
	for id, p := range everyone(t, s) {
		if !p.Removed {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

func cursorOf(t testing.TB, s *Store, of service.Service) service.Cursor {
	t.Helper()
	return get[service.Cursor](t)(s.Cursor(context.Background(), of, service.ResourceUsers))
}

func TestRounds(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	if diff := cmp.Diff(service.Cursor{Service: ex, Resource: service.ResourceUsers}, cursorOf(t, s, ex)); diff != "" {
		t.Error(diff)
	}
	apply := func(of service.Service, p service.UserPage) {
		t.Helper()
		must(t, s.ApplyUsers(ctx, of, p, noon))
	}
	want := func(what string, c service.Cursor, ids string) {
		t.Helper()
		c.Service, c.Resource, c.At = ex, service.ResourceUsers, noon
		if diff := cmp.Diff(c, cursorOf(t, s, ex)); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
		if got := present(t, s); got != ids {
			t.Errorf("%s: there are %q, want %q", what, got, ids)
		}
	}
	apply(ex, page("n1", "", "a", "b"))
	want("first page", service.Cursor{Link: "n1", Round: 1, Pages: 1}, "a b")
	apply(ex, page("", "d1", "c", "a"))
	want("end", service.Cursor{Link: "d1", Complete: true, Round: 1, Pages: 2}, "a b c")

	// Changes: nobody is removed for not being brought.
	p := page("", "d2", "d")
	p.Removed = []service.Removal{{ID: "b"}, {ID: "nobody"}}
	apply(ex, p)
	want("changes", service.Cursor{Link: "d2", Complete: true, Round: 1, Pages: 1}, "a c d")
	apply(ex, page("", "d3", "b"))
	want("restored", service.Cursor{Link: "d3", Complete: true, Round: 1, Pages: 1}, "a b c d")

	// A full round cut in the middle and begun anew.
	must2(t)(s.RestartRound(ctx, ex, service.ResourceUsers))
	want("restarted", service.Cursor{Round: 2}, "a b c d")
	apply(ex, page("n2", "", "a", "b"))
	must2(t)(s.RestartRound(ctx, ex, service.ResourceUsers))
	apply(ex, page("n3", "", "a"))
	want("before the end", service.Cursor{Link: "n3", Round: 3, Pages: 1}, "a b c d")
	apply(ex, page("", "d4"))
	want("after the end", service.Cursor{Link: "d4", Complete: true, Round: 3, Pages: 2}, "a")

	// Whom another service brings meanwhile stays; whom it saw before doesn't.
	apply(od, page("", "x", "a", "y"))
	must2(t)(s.RestartRound(ctx, ex, service.ResourceUsers))
	apply(ex, page("n5", "", "c"))
	apply(od, page("", "x2", "z"))
	apply(ex, page("", "d5"))
	want("two services", service.Cursor{Link: "d5", Complete: true, Round: 4, Pages: 2}, "c z")

	for _, bad := range []service.UserPage{page("", ""), page("n", "d")} {
		wantCode(t, s.ApplyUsers(ctx, ex, bad, noon), service.CodeInternal, "how it goes on")
	}
	want("bad pages", service.Cursor{Link: "d5", Complete: true, Round: 4, Pages: 2}, "c z")
}

func must2(t testing.TB) func(service.Cursor, error) {
	return func(_ service.Cursor, err error) { t.Helper(); must(t, err) }
}

func TestMergeDelta(t *testing.T) {
	t.Parallel()
	known := person("a")
	kind := func(p service.Person, m service.Mailbox, plan bool) service.Person {
		p.Mailbox, p.ExchangePlan = m, plan
		return p
	}
	removed := known
	removed.Removed = true
	renamed := known
	renamed.DisplayName = "New"
	disabled := known
	disabled.Enabled = false
	for name, c := range map[string]struct{ old, in, want service.Person }{
		"only an id":             {known, service.Person{ID: "a"}, known},
		"only a name":            {known, service.Person{ID: "a", DisplayName: "New"}, renamed},
		"disabled":               {known, disabled, disabled},
		"restored":               {removed, known, known},
		"unknown keeps shared":   {kind(known, service.MailboxShared, false), kind(known, service.MailboxUnknown, false), kind(known, service.MailboxShared, false)},
		"unknown keeps none":     {kind(known, service.MailboxNone, false), kind(known, service.MailboxUnknown, false), kind(known, service.MailboxNone, false)},
		"unknown keeps asked":    {kind(known, service.MailboxUser, false), kind(known, service.MailboxUnknown, false), kind(known, service.MailboxUser, false)},
		"plan wins over none":    {kind(known, service.MailboxNone, false), kind(known, service.MailboxUser, true), kind(known, service.MailboxUser, true)},
		"plan wins over unknown": {kind(known, service.MailboxUnknown, false), kind(known, service.MailboxUser, true), kind(known, service.MailboxUser, true)},
		"shared with a plan":     {kind(known, service.MailboxShared, false), kind(known, service.MailboxUser, true), kind(known, service.MailboxShared, true)},
		"lost plan":              {kind(known, service.MailboxUser, true), kind(known, service.MailboxUnknown, false), kind(known, service.MailboxUnknown, false)},
		"lost plan, shared":      {kind(known, service.MailboxShared, true), kind(known, service.MailboxUnknown, false), kind(known, service.MailboxUnknown, false)},
		"partial keeps the plan": {kind(known, service.MailboxUser, true), service.Person{ID: "a", Mailbox: service.MailboxUnknown}, kind(known, service.MailboxUser, true)},
	} {
		if diff := cmp.Diff(c.want, mergeDelta(c.old, c.in)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestMergeIsStored(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	must(t, s.ApplyUsers(ctx, ex, page("n", "", "a", "b"), noon))
	must(t, s.SetMailbox(ctx, "b", service.MailboxRoom))
	wantCode(t, s.SetMailbox(ctx, "nobody", service.MailboxRoom), service.CodeNotFound, "")
	later := noon.Add(time.Hour)
	// The same person twice in one page: both count.
	must(t, s.ApplyUsers(ctx, ex, service.UserPage{Delta: "d", People: []service.Person{
		{ID: "a", DisplayName: "Zed"}, {ID: "a", Mail: "zed@contoso.com"}, {ID: "b", Mailbox: service.MailboxUnknown}, {},
	}}, later))
	a, b := person("a"), person("b")
	a.DisplayName, a.Mail, a.SeenAt = "Zed", "zed@contoso.com", later
	b.Mailbox, b.SeenAt = service.MailboxRoom, later
	var got []service.Person
	for _, p := range get[[]service.Target](t)(s.Targets(ctx, ex, service.TargetQuery{})) {
		got = append(got, p.Person)
	}
	if diff := cmp.Diff([]service.Person{b, a}, got); diff != "" {
		t.Error(diff)
	}
}

// SQL and service.Exclude agree over all combinations, when covered and after
// each change.
func TestExclusionAgreesWithDomain(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	mailboxes := []service.Mailbox{service.MailboxUnknown, service.MailboxUser, service.MailboxShared, service.MailboxRoom, service.MailboxEquipment, service.MailboxNone}
	var all []service.Person
	for _, m := range mailboxes {
		for bits := range 16 {
			p := person(fmt.Sprintf("%s-%02d", m, bits))
			p.Mailbox, p.Removed, p.Guest, p.Enabled, p.ExchangePlan = m, bits&1 != 0, bits&2 != 0, bits&4 != 0, bits&8 != 0
			all = append(all, p)
		}
	}
	check := func(t *testing.T, s *Store, chosen bool) {
		t.Helper()
		yes, no := true, false
		var counts service.TargetCounts
		n := 0
		for _, got := range everyone(t, s) {
			want := service.Exclude(ex, got.Person, chosen)
			if got.Reason != want || got.Protected != (want == "") {
				t.Errorf("%+v, chosen %t: reason %q, want %q", got.Person, chosen, got.Reason, want)
			}
			if (got.Origin == "") == (chosen || got.Protected) {
				t.Errorf("%s: origin %q", got.ID, got.Origin)
			}
			n++
			if got.Protected {
				counts.Protected++
			}
			if !got.Removed {
				counts.People++
			}
			switch service.Exclude(ex, got.Person, chosen) {
			case service.ExclusionGuest:
				counts.Guests++
			case service.ExclusionNoMailbox:
				counts.NoMailbox++
			case service.ExclusionRoom, service.ExclusionEquipment:
				counts.Resources++
			case service.ExclusionUnknown:
				counts.Unknown++
			}
		}
		if diff := cmp.Diff(counts, get[service.TargetCounts](t)(s.TargetCounts(ctx, ex))); diff != "" {
			t.Error(diff)
		}
		for _, c := range []struct {
			protected *bool
			want      int
		}{{nil, n}, {&yes, counts.Protected}, {&no, n - counts.Protected}} {
			for _, search := range []string{"", "contoso", "u"} {
				q := service.TargetQuery{Protected: c.protected, Search: search, Limit: 1000}
				list, count := get[[]service.Target](t)(s.Targets(ctx, ex, q)), get[int](t)(s.CountTargets(ctx, ex, q))
				if count != len(list) || search == "" && count != c.want {
					t.Errorf("protected %v, %q: count %d, list %d, want %d", c.protected, search, count, len(list), c.want)
				}
			}
		}
	}
	selection := func(people []service.Person) (sel []service.Selection) {
		for _, p := range people {
			sel = append(sel, service.Selection{Person: p, Origin: service.OriginUser})
		}
		return sel
	}
	t.Run("chosen", func(t *testing.T) {
		t.Parallel()
		s := fresh(t)
		must(t, s.CoverSelected(ctx, ex, selection(all), noon))
		check(t, s, true)
		for i, m := range mailboxes { // each becomes the next
			for _, p := range all {
				if p.Mailbox == m {
					must(t, s.SetMailbox(ctx, p.ID, mailboxes[(i+1)%len(mailboxes)]))
				}
			}
		}
		check(t, s, true)
	})
	t.Run("everyone", func(t *testing.T) {
		t.Parallel()
		s := fresh(t)
		must(t, s.storeForTest(ctx, all))
		must(t, s.CoverAll(ctx, ex, noon))
		// The removed aren't covered, yet listed with that reason.
		check(t, s, false)
		for i, m := range mailboxes {
			for _, p := range all {
				if p.Mailbox == m {
					must(t, s.SetMailbox(ctx, p.ID, mailboxes[(i+1)%len(mailboxes)]))
				}
			}
		}
		check(t, s, false)
		must(t, s.CoverAll(ctx, ex, noon))
		check(t, s, false)
	})
}

func (s *Store) storeForTest(ctx context.Context, people []service.Person) error {
	sel := make([]service.Selection, 0, service.MaxSelected)
	for _, p := range people {
		sel = append(sel, service.Selection{Person: p})
	}
	if err := s.CoverSelected(ctx, od, sel, noon); err != nil {
		return err
	}
	return nil
}

func TestCoverSelected(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	var sel []service.Selection
	for i := range service.MaxSelected + 1 {
		sel = append(sel, service.Selection{Person: person(fmt.Sprintf("p%03d", i)), Origin: service.OriginGroup, GroupID: "g"})
	}
	must(t, s.CoverSelected(ctx, ex, append(sel[:service.MaxSelected:service.MaxSelected], sel[0]), noon)) // one twice
	wantCode(t, s.CoverSelected(ctx, ex, sel, noon), service.CodeTooManyTargets, "At most 100 users can be selected; these are 101.")
	wantCode(t, s.CoverSelected(ctx, ex, []service.Selection{{}}, noon), service.CodeInvalidTargets, "")
	if c := get[service.TargetCounts](t)(s.TargetCounts(ctx, ex)); c.Protected != service.MaxSelected || c.People != service.MaxSelected {
		t.Errorf("counts %+v", c)
	}
	first := get[service.Target](t)(s.FirstProtected(ctx, ex, ""))
	second := get[service.Target](t)(s.FirstProtected(ctx, ex, first.ID))
	if first.ID != "p000" || second.ID != "p001" || first.Origin != service.OriginGroup || first.GroupID != "g" {
		t.Errorf("first %+v, second %+v", first, second)
	}
	_, err := s.FirstProtected(ctx, ex, "p099")
	wantCode(t, err, service.CodeNotFound, "")

	// Shortened: the rest is forgotten, but for whom another service covers.
	must(t, s.CoverSelected(ctx, od, sel[1:3], noon))
	must(t, s.CoverSelected(ctx, ex, sel[:2], noon))
	all := everyone(t, s)
	if len(all) != 3 || !all["p000"].Protected || !all["p001"].Protected || all["p002"].Reason != service.ExclusionNotChosen {
		t.Errorf("left %v", all)
	}
	must(t, s.CoverSelected(ctx, ex, nil, noon))
	if got := present(t, s); got != "p001 p002" {
		t.Errorf("left %q", got)
	}
}

// From selected to all: a chosen room stays chosen, everyone else is covered as
// everyone is.
func TestCoverAllAfterSelected(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	room, other, ann := person("room"), person("other"), person("ann")
	room.Mailbox, other.Mailbox = service.MailboxRoom, service.MailboxRoom
	must(t, s.CoverSelected(ctx, ex, []service.Selection{{Person: room, Origin: service.OriginUser}, {Person: ann, Origin: service.OriginUser}}, noon))
	must(t, s.ApplyUsers(ctx, ex, service.UserPage{Delta: "d", People: []service.Person{room, other, ann, person("ben")}}, noon))
	must(t, s.CoverAll(ctx, ex, noon))
	must(t, s.CoverAll(ctx, ex, noon))
	got := make(map[string]string)
	for id, p := range everyone(t, s) {
		got[id] = fmt.Sprintf("%s %s", p.Origin, p.Reason)
	}
	want := map[string]string{"room": "user ", "other": " room", "ann": "everyone ", "ben": "everyone "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if c := get[service.TargetCounts](t)(s.TargetCounts(ctx, ex)); c.Resources != 1 || c.Protected != 3 {
		t.Errorf("counts %+v", c)
	}
}

func TestUnresolvedMailboxes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	p := page("", "d", "a", "b", "c", "d", "e")
	for i := range p.People {
		p.People[i].ExchangePlan, p.People[i].Mailbox = false, service.MailboxUnknown
	}
	p.People[1].Guest = true
	p.Removed = []service.Removal{{ID: "c"}}
	must(t, s.ApplyUsers(ctx, ex, p, noon))
	var got []string
	for after := ""; ; {
		ps := get[[]service.Person](t)(s.UnresolvedMailboxes(ctx, after, 2))
		if len(ps) == 0 {
			break
		}
		for _, p := range ps {
			got = append(got, p.ID)
			after = p.ID
		}
	}
	if strings.Join(got, " ") != "a d e" {
		t.Errorf("unresolved %v", got)
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	must(t, s.ApplyUsers(ctx, ex, page("", "d", "a", "b", "c", "x"), noon))
	in := func(group string, members ...string) (ms []service.Membership) {
		for _, m := range members {
			ms = append(ms, service.Membership{GroupID: group, MemberID: m, IsGroup: strings.HasPrefix(m, "g")})
		}
		return ms
	}
	// g1 → g2 → g3 → g1, and g4 → g4; "printer" is no user.
	must(t, s.ApplyGroups(ctx, ex, service.GroupPage{Next: "n",
		Groups:  []service.Group{{ID: "g1", DisplayName: "One"}, {ID: "g2", DisplayName: "Two", HiddenMembers: true}},
		Members: slices.Concat(in("g1", "a", "g2", "printer"), in("g2", "b"))}, noon))
	must(t, s.ApplyGroups(ctx, ex, service.GroupPage{Delta: "d",
		Groups:  []service.Group{{ID: "g3", DisplayName: "Three"}, {ID: "g4", DisplayName: "Four"}, {ID: "g2"}},
		Members: slices.Concat(in("g2", "g3"), in("g3", "c", "a", "g1"), in("g4", "x", "g4"))}, noon))
	people := func(of service.Service, group string) string {
		t.Helper()
		var all []string
		for _, p := range get[[]service.Person](t)(s.GroupPeople(ctx, of, group)) {
			all = append(all, p.ID)
		}
		return strings.Join(all, " ")
	}
	want := func(what string, of service.Service, want map[string]string) {
		t.Helper()
		for group, ids := range want {
			if got := people(of, group); got != ids {
				t.Errorf("%s: %s has %q, want %q", what, group, got, ids)
			}
		}
	}
	want("first", ex, map[string]string{"g1": "a b c", "g2": "a b c", "g3": "a b c", "g4": "x", "none": ""})
	want("another service", od, map[string]string{"g1": ""})
	if c := get[service.TargetCounts](t)(s.TargetCounts(ctx, ex)); c.Groups != 4 {
		t.Errorf("%d groups", c.Groups)
	}
	var hidden bool
	var name string
	must(t, s.r.QueryRow("SELECT display_name, hidden_members FROM directory_group WHERE id = 'g2'").Scan(&name, &hidden))
	if name != "Two" || !hidden {
		t.Errorf("a partial row made it %q, hidden %t", name, hidden)
	}
	// Changes.
	must(t, s.ApplyGroups(ctx, ex, service.GroupPage{Delta: "d2", Members: []service.Membership{{GroupID: "g1", MemberID: "g2", IsGroup: true, Removed: true}},
		Removed: []service.Removal{{ID: "g4"}}}, noon))
	want("changes", ex, map[string]string{"g1": "a", "g2": "a b c", "g4": ""})
	// A full round which brings less.
	must2(t)(s.RestartRound(ctx, ex, service.ResourceGroups))
	must(t, s.ApplyGroups(ctx, ex, service.GroupPage{Delta: "d3", Groups: []service.Group{{ID: "g2", DisplayName: "Two"}}, Members: in("g2", "b")}, noon))
	want("new round", ex, map[string]string{"g1": "", "g2": "b", "g3": ""})
	if c := get[service.TargetCounts](t)(s.TargetCounts(ctx, ex)); c.Groups != 1 {
		t.Errorf("%d groups", c.Groups)
	}
}

func TestOrderAndSearch(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	var p service.UserPage
	for i, c := range [][2]string{ // name, address
		{"Ängström, Åsa", "asa@contoso.com"}, {"anna O'Neill", "anna.o'neill+news@contoso.com"}, {"Zoë Weiß", "zoe@fabrikam.com"},
		{"Søren Łukasz", "sl@contoso.com"}, {"山田太郎", "yamada@contoso.com"}, {"やまだ はなこ", "hanako@contoso.com"}, {"김민준", "minjun@contoso.com"},
		{"สมชาย ใจดี", "somchai@contoso.com"}, {"Григорий Петров", "gp@contoso.com"}, {"Room 10", "room10@contoso.com"}, {"Room 2", "room2@contoso.com"},
		{"", "nameless@contoso.com"}, {`"AND" (NEAR) OR * ^ -:`, "syntax@contoso.com"}, {"नमस्ते शर्मा", "sharma@contoso.com"}, {"Ｆｕｌｌ Width", "fw@contoso.com"},
		{"Guest", "pat_partner.com#EXT#@contoso.onmicrosoft.com"}, {"Zed", "z1@contoso.com"},
	} {
		p.People = append(p.People, service.Person{ID: fmt.Sprintf("id%02d", i), DisplayName: c[0], UserPrincipalName: c[1], Mailbox: service.MailboxUser})
	}
	p.People[16].Mail = "other.mail@fabrikam.com"
	p.Delta = "d"
	must(t, s.ApplyUsers(ctx, ex, p, noon))
	names := func(q service.TargetQuery) string {
		t.Helper()
		var all []string
		ts := get[[]service.Target](t)(s.Targets(ctx, ex, q))
		for _, p := range ts {
			all = append(all, p.Name())
		}
		if n := get[int](t)(s.CountTargets(ctx, ex, q)); q.Limit == 0 && n != len(ts) {
			t.Errorf("%q: count %d, list %d", q.Search, n, len(ts))
		}
		return strings.Join(all, "|")
	}
	for search, want := range map[string]string{
		"": `"AND" (NEAR) OR * ^ -:|Ängström, Åsa|anna O'Neill|Ｆｕｌｌ Width|Guest|nameless@contoso.com|Room 2|Room 10|Søren Łukasz|Zed|Zoë Weiß|Григорий Петров|` +
			`नमस्ते शर्मा|สมชาย ใจดี|김민준|やまだ はなこ|山田太郎`,
		"  ": `"AND" (NEAR) OR * ^ -:|Ängström, Åsa|anna O'Neill|Ｆｕｌｌ Width|Guest|nameless@contoso.com|Room 2|Room 10|Søren Łukasz|Zed|Zoë Weiß|Григорий Петров|` +
			`नमस्ते शर्मा|สมชาย ใจดี|김민준|やまだ はなこ|山田太郎`,
		"a":   `"AND" (NEAR) OR * ^ -:|Ängström, Åsa|anna O'Neill`,
		"ang": "Ängström, Åsa", "ANN": "anna O'Neill", "o'ne": "anna O'Neill", "neill": "anna O'Neill", "O’Neill": "anna O'Neill",
		"anna.o'neill+news@contoso.com": "anna O'Neill", "Anna.O'Neill+news@C": "anna O'Neill", "neill anna": "anna O'Neill", "news": "anna O'Neill",
		"weiss": "Zoë Weiß", "WEISS": "Zoë Weiß", "soren": "Søren Łukasz", "lukasz": "Søren Łukasz",
		"山": "山田太郎", "太郎": "山田太郎", "田太": "山田太郎", "山太": "", "はな": "やまだ はなこ", "민준": "김민준", "ใจ": "สมชาย ใจดี",
		"пет": "Григорий Петров", "शर्": "नमस्ते शर्मा", "full": "Ｆｕｌｌ Width", "ｗｉｄ": "Ｆｕｌｌ Width",
		"room": "Room 2|Room 10", "10": "Room 10", "nobody": "", "namel": "nameless@contoso.com",
		"contoso": "", "zoe@fab": "Zoë Weiß", "other.mail@": "Zed", "@contoso.com": "", "other": "Zed", "pat_partner.com#EXT#@": "Guest", "partner": "Guest",
		`"`: "", "'": "", "*": "", "AND": `"AND" (NEAR) OR * ^ -:`, "NEAR(a b)": "", "words:a": "", `a" OR "z`: "", "-a": `"AND" (NEAR) OR * ^ -:|Ängström, Åsa|anna O'Neill`,
		"a\x00b": "", "%": "", "_": "", "\xff": "",
	} {
		if got := names(service.TargetQuery{Search: search}); got != want {
			t.Errorf("search %q gives\n %s, want\n %s", search, got, want)
		}
	}
	if got := names(service.TargetQuery{Offset: 5, Limit: 2}); got != "nameless@contoso.com|Room 2" {
		t.Errorf("page %s", got)
	}
	if got := names(service.TargetQuery{Search: "room", Offset: 1, Limit: 1}); got != "Room 10" {
		t.Errorf("page %s", got)
	}
	// A renamed person moves, and is found by the new name only.
	must(t, s.ApplyUsers(ctx, ex, service.UserPage{Delta: "d", People: []service.Person{{ID: "id09", DisplayName: "Aula"}}}, noon))
	if got := names(service.TargetQuery{Search: "aula"}); got != "Aula" {
		t.Errorf("renamed: %s", got)
	}
	if got := names(service.TargetQuery{Search: "10"}); got != "" {
		t.Errorf("old name finds %q", got)
	}
}

// Whatever comes in whatever order: positions follow names, and the search's
// index is what the table says.
func TestPositions(t *testing.T) {
	t.Parallel()
	const n = 800
	for name, less := range map[string]func(r *rand.Rand, i int) int{
		"ascending":  func(_ *rand.Rand, i int) int { return i },
		"descending": func(_ *rand.Rand, i int) int { return n - i },
		"random":     func(r *rand.Rand, _ int) int { return r.IntN(n) },
		"inward":     func(_ *rand.Rand, i int) int { return map[bool]int{true: i, false: 2*n - i}[i%2 == 0] },
		"same":       func(*rand.Rand, int) int { return 7 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			s := fresh(t)
			r := rand.New(rand.NewPCG(1, 2))
			for i := 0; i < n; {
				p := service.UserPage{Next: "n"}
				for range 1 + r.IntN(20) {
					p.People = append(p.People, service.Person{ID: fmt.Sprintf("%08x", i*2654435761%(1<<32)), DisplayName: fmt.Sprintf("N%06d", less(r, i)), Mailbox: service.MailboxUser})
					if r.IntN(10) == 0 { // rename someone
						p.People = append(p.People, service.Person{ID: fmt.Sprintf("%08x", r.IntN(i+1)*2654435761%(1<<32)), DisplayName: fmt.Sprintf("N%06d", r.IntN(2*n))})
					}
					i++
				}
				must(t, s.ApplyUsers(ctx, ex, p, noon))
			}
			checkPositions(t, s)
		})
	}
}

func checkPositions(t testing.TB, s *Store) {
	t.Helper()
	var wrong, people int
	must(t, s.r.QueryRow(`SELECT count(*), coalesce(sum((sort_key, id) < (before_key, before_id)), 0) FROM
		(SELECT sort_key, id, lag(sort_key) OVER (ORDER BY position) AS before_key, lag(id) OVER (ORDER BY position) AS before_id FROM person)`).Scan(&people, &wrong))
	if wrong > 0 || people == 0 {
		t.Errorf("%d of %d people are out of order", wrong, people)
	}
	if _, err := s.w.Exec("INSERT INTO person_search (person_search, rank) VALUES ('integrity-check', 1)"); err != nil {
		t.Errorf("the search's index: %v", err)
	}
	for _, pragma := range []string{"integrity_check", "foreign_key_check"} {
		rows, err := s.r.Query("PRAGMA " + pragma)
		said, err := collect(rows, err, func(rows *sql.Rows) (text string, err error) {
			if pragma == "foreign_key_check" {
				return "a key that leads nowhere", nil
			}
			return text, rows.Scan(&text)
		})
		must(t, err)
		if pragma == "integrity_check" && len(said) == 1 && said[0] == "ok" {
			continue
		}
		for _, text := range said {
			t.Errorf("%s: %s", pragma, text)
		}
	}
}
