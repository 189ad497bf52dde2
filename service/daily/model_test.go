package daily_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"slices"

	"cloudappsecurity/service"
	"cloudappsecurity/service/m365sim/tenant"

	"github.com/google/go-cmp/cmp"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func (y *year) name(kind string) string {
	y.names++
	return fmt.Sprintf("%s%d.%d", kind, y.names, y.rand.IntN(1000))
}

func (y *year) someone() string { return y.users[y.rand.IntN(len(y.users))] }
func (y *year) group() string   { return y.groups[y.rand.IntN(len(y.groups))] }

// happen changes something in the tenant. What can't be, since somebody is
// deleted already or a member, is not.
func (y *year) happen() {
	var err error
	id := y.someone()
	switch y.rand.IntN(17) {
	case 0, 1:
		err = y.join()
	case 2:
		err = y.sim.DeleteUser(id)
	case 3, 4:
		err = y.sim.RestoreUser(id)
	case 5:
		err = y.sim.PurgeUser(id)
	case 6:
		name := y.name("renamed")
		err = y.sim.RenameUser(id, name+"@contosobakery.example", name)
	case 7:
		err = y.sim.EditUser(id, func(u *tenant.User) { u.Enabled = !u.Enabled })
	case 8:
		err = y.sim.EditUser(id, licence)
	case 9:
		var g tenant.Group
		g, err = y.sim.AddGroup(tenant.Group{DisplayName: y.name("group"), Unified: y.chance(2), Hidden: y.chance(5)})
		y.groups = append(y.groups, g.ID)
	case 10:
		if y.chance(3) {
			err = y.sim.DeleteGroup(y.group())
		} else {
			err = y.sim.RenameGroup(y.group(), y.name("group"))
		}
	case 11:
		err = y.sim.AddMember(y.group(), id)
	case 12:
		err = y.sim.AddMember(y.group(), y.group()) // in a circle, now and then
	case 13:
		g := y.group()
		if list, _ := y.sim.Members(g, 0, 1000); len(list) > 0 {
			err = y.sim.RemoveMember(g, list[y.rand.IntN(len(list))].ID)
		}
	case 14:
		_, err = y.sim.ProvisionDrive(id) // somebody opens OneDrive for the first time
	case 15, 16:
		err = y.changeSite()
	}
	if err == nil {
		y.changes++
	}
}

func (y *year) changeSite() (err error) {
	id := y.sitesOf[y.rand.IntN(len(y.sitesOf))]
	var made tenant.Site
	switch y.rand.IntN(6) {
	case 0:
		name := y.name("site")
		made, err = y.sim.AddSite(tenant.NewSite{Path: "/sites/" + name, Title: name})
	case 1:
		name := y.name("beneath")
		made, err = y.sim.AddSubsite(id, name, name)
	case 2:
		err = y.sim.DeleteSite(id)
	case 3, 4:
		err = y.sim.RestoreSite(id)
	case 5:
		err = y.sim.RenameSite(id, y.name("renamed"))
	}
	if err == nil && made.ID != "" {
		y.sitesOf = append(y.sitesOf, made.ID)
	}
	return err
}

// licence gives or takes one. With it somebody without a mailbox gets one;
// without it a mailbox becomes a shared one.
func licence(u *tenant.User) {
	switch {
	case u.Guest || u.Purpose == tenant.PurposeRoom || u.Purpose == tenant.PurposeShared:
	case u.Licensed:
		u.Licensed, u.Purpose = false, tenant.PurposeShared
	default:
		u.Licensed, u.Purpose, u.Mail = true, tenant.PurposeUser, u.UserPrincipalName
	}
}

func (y *year) join() error {
	name := y.name("new")
	u := tenant.User{UserPrincipalName: name + "@contosobakery.example", DisplayName: name, Enabled: true}
	switch y.rand.IntN(6) {
	case 0:
		u.Purpose = tenant.PurposeShared
	case 1:
		u.Purpose = tenant.PurposeRoom
	case 2:
		u.Guest, u.Mail = true, name+"@elsewhere.example"
	case 3: // neither licence nor mailbox
	default:
		u.Licensed, u.Purpose = true, tenant.PurposeUser
	}
	u, err := y.sim.AddUser(u)
	if err == nil {
		y.users = append(y.users, u.ID)
	}
	return err
}

// mailbox is the kind that a user has to have in the store once Exchange was
// asked.
func mailbox(u tenant.User) service.Mailbox {
	switch {
	case u.Guest || !u.HasMailbox():
		return service.MailboxNone
	case u.Licensed:
		return service.MailboxUser
	default:
		return service.Mailbox(u.Purpose)
	}
}

// compare holds the store against the tenant right after a synchronization of s.
func (y *year) compare(s service.Service) {
	if s.CoversSites() {
		y.compareSites(s)
		return
	}
	y.comparePeople(s)
	// Where nothing happened since the last look, nothing can have changed.
	happened := fmt.Sprint(y.sim.Serial(), y.wire.resyncs, y.crashes)
	if y.looked[s] != happened {
		y.compareGroups(s)
		y.looked[s] = happened
	}
}

func (y *year) comparePeople(s service.Service) {
	targets, err := y.store.Targets(y.t.Context(), s, service.TargetQuery{Limit: 10_000})
	y.must(err)
	there := make(map[string]service.Target, len(targets))
	for _, p := range targets {
		there[p.ID] = p
	}
	living, _ := y.sim.Users(0, 10_000)
	for _, u := range living {
		got, found := there[u.ID]
		delete(there, u.ID)
		want := service.Person{ID: u.ID, UserPrincipalName: u.UserPrincipalName, DisplayName: u.DisplayName, Mail: u.Mail,
			Enabled: u.Enabled, Guest: u.Guest, ExchangePlan: u.Licensed, Mailbox: mailbox(u)}
		if !found {
			y.t.Errorf("seed %d, day %d, %s: %s is not in the store", y.seed, y.day, s, u.DisplayName)
			continue
		}
		is := service.Person{ID: got.ID, UserPrincipalName: got.UserPrincipalName, DisplayName: got.DisplayName, Mail: got.Mail,
			Enabled: got.Enabled, Guest: got.Guest, ExchangePlan: got.ExchangePlan, Mailbox: got.Mailbox, Removed: got.Removed}
		if s != service.ExchangeOnline || is.Mailbox == service.MailboxUnknown && y.wire.unasked[u.ID] {
			want.Mailbox = is.Mailbox // the others may not ask Exchange; who got no answer is asked next time
		}
		if d := cmp.Diff(want, is); d != "" {
			y.t.Errorf("seed %d, day %d, %s: %s", y.seed, y.day, s, d)
		}
		if s == service.OneDrive {
			y.compareDrive(got)
			continue
		}
		chosen := y.chosen[u.ID]
		if why := service.Exclude(s, want, chosen); got.Protected != (why == "") || got.Reason != why {
			y.t.Errorf("seed %d, day %d, %s: %s is protected %t (%q), want %q", y.seed, y.day, s, u.DisplayName, got.Protected, got.Reason, why)
		}
	}
	for _, p := range there {
		if !p.Removed || p.Protected {
			y.t.Errorf("seed %d, day %d, %s: %s is gone, and in the store", y.seed, y.day, s, p.DisplayName)
		}
	}
}

// compareSites holds that every site collection is there, protected unless it is
// somebody's OneDrive, with its subsites, and nothing else.
func (y *year) compareSites(s service.Service) {
	webs, _ := y.sim.Sites(0, 10_000)
	host, _ := y.sim.Hosts() // what lies on the other one is people's
	want, below := map[string]string{}, map[string]int{}
	for _, w := range webs {
		if !w.Root() {
			below[w.Collection]++
		}
	}
	for _, w := range webs {
		if w.Root() {
			want[w.ID] = fmt.Sprintf("%s, protected %t, %d beneath", w.Title, w.Host == host, below[w.Collection])
		}
	}
	list, err := y.store.SiteTargets(y.t.Context(), s, service.TargetQuery{Limit: 10_000})
	y.must(err)
	got := map[string]string{}
	for _, site := range list {
		if !site.Removed {
			got[site.ID] = fmt.Sprintf("%s, protected %t, %d beneath", site.Title, site.Protected, site.Subsites)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		y.t.Errorf("seed %d, day %d: sites: %s", y.seed, y.day, d)
	}
}

// compareDrive holds that a drive that is in the store is the person's, that
// nobody is left out who was not asked about, and that the protection follows.
// Who got a drive later is found within a week of synchronizations.
func (y *year) compareDrive(got service.Target) {
	if why := service.Exclude(service.OneDrive, got.Person, false); got.Protected != (why == "") || got.Reason != why {
		y.t.Errorf("seed %d, day %d: %s is protected %t (%q), want %q", y.seed, y.day, got.Name(), got.Protected, got.Reason, why)
	}
	web, err := y.sim.PersonalSite(got.ID)
	switch {
	case got.Guest:
	case got.DriveState == service.DrivePresent && (err != nil || got.Drive.ID != web.DriveID()):
		y.t.Errorf("seed %d, day %d: %s has drive %s, %v", y.seed, y.day, got.Name(), got.Drive.ID, err)
	case got.DriveState == service.DriveUnknown || got.DriveState == "":
		y.t.Errorf("seed %d, day %d: %s was not asked about a drive", y.seed, y.day, got.Name())
	case got.DriveState == service.DriveNone && err == nil:
		if y.late[got.ID]++; y.late[got.ID] > 9 {
			y.t.Errorf("seed %d, day %d: the drive of %s is not found", y.seed, y.day, got.Name())
		}
	default:
		delete(y.late, got.ID)
	}
}

// memberships reads what only policies ask for, at its source.
func (y *year) memberships(s service.Service) (names map[string]string, members map[string][]tenant.Member) {
	ctx := context.Background()
	each := func(query string, scan func(rows *sql.Rows) error, args ...any) {
		rows, err := y.raw.QueryContext(ctx, query, args...)
		y.must(err)
		defer rows.Close()
		for rows.Next() {
			y.must(scan(rows))
		}
		y.must(rows.Err())
	}
	names, members = map[string]string{}, map[string][]tenant.Member{}
	each("SELECT id, display_name FROM directory_group WHERE removed = 0", func(rows *sql.Rows) error {
		var id, name string
		err := rows.Scan(&id, &name)
		names[id] = name
		return err
	})
	each("SELECT group_id, member_id, is_group FROM membership WHERE service = ?", func(rows *sql.Rows) error {
		var id string
		var m tenant.Member
		err := rows.Scan(&id, &m.ID, &m.Group)
		members[id] = append(members[id], m)
		return err
	}, s)
	return names, members
}

func (y *year) compareGroups(s service.Service) {
	names, members := y.memberships(s)
	living, _ := y.sim.Groups("", 0, 10_000)
	for _, g := range living {
		if names[g.ID] != g.DisplayName {
			y.t.Errorf("seed %d, day %d, %s: group %q is %q in the store", y.seed, y.day, s, g.DisplayName, names[g.ID])
		}
		delete(names, g.ID)
		want, _ := y.sim.Members(g.ID, 0, 10_000)
		if g.Hidden {
			want = nil
		}
		// That a group within was deleted isn't told to the one around it.
		is := slices.DeleteFunc(members[g.ID], func(m tenant.Member) bool {
			inner, _ := y.sim.AnyGroup(m.ID)
			return m.Group && !inner.Deleted.IsZero()
		})
		if d := cmp.Diff(sorted(want), sorted(is)); d != "" {
			y.t.Errorf("seed %d, day %d, %s: members of %q: %s", y.seed, y.day, s, g.DisplayName, d)
		}
		delete(members, g.ID)
	}
	for id, name := range names {
		y.t.Errorf("seed %d, day %d, %s: group %q (%s) is gone, and in the store", y.seed, y.day, s, name, id)
	}
	for id := range members {
		y.t.Errorf("seed %d, day %d, %s: members of the group %s, which is gone", y.seed, y.day, s, id)
	}
	y.compareNested(s, living)
}

// compareNested looks at one group with everyone beneath it.
func (y *year) compareNested(s service.Service, living []tenant.Group) {
	if len(living) == 0 {
		return
	}
	g := living[y.syncs%len(living)]
	people, err := y.store.GroupPeople(y.t.Context(), s, g.ID)
	y.must(err)
	var is, want []tenant.Member
	for _, p := range people {
		is = append(is, tenant.Member{ID: p.ID})
	}
	seen := map[string]bool{}
	var walk func(id string)
	walk = func(id string) {
		inner, alive := y.sim.Group(id)
		if seen[id] || !alive || inner.Hidden {
			return
		}
		seen[id] = true
		list, _ := y.sim.Members(id, 0, 10_000)
		for _, m := range list {
			if m.Group {
				walk(m.ID)
			} else if !slices.Contains(want, m) {
				want = append(want, m)
			}
		}
	}
	walk(g.ID)
	if d := cmp.Diff(sorted(want), sorted(is)); d != "" {
		y.t.Errorf("seed %d, day %d, %s: everyone in %q: %s", y.seed, y.day, s, g.DisplayName, d)
	}
}

func sorted(list []tenant.Member) []string {
	out := make([]string, 0, len(list))
	for _, m := range list {
		out = append(out, fmt.Sprint(m))
	}
	slices.Sort(out)
	return out
}
