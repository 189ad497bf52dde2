package graphapi_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudappsecurity/service/m365sim/tenant"
)

// known is what a client knows of the directory by its delta queries.
type known struct {
	objects map[string]map[string]any
	members map[string]map[string]bool // by group
	removed map[string]string          // reason by id
	pages   int
	empty   int
	items   int
}

func newKnown() *known {
	return &known{objects: map[string]map[string]any{}, members: map[string]map[string]bool{}, removed: map[string]string{}}
}

// follow reads a delta to its end, merges it, and returns the deltaLink.
func (k *known) follow(t *testing.T, f *fixture, who claims, link string, headers ...string) string {
	t.Helper()
	for range 1000 {
		a := f.get(t, who, link, headers...)
		k.pages++
		if len(a.items()) == 0 {
			k.empty++
		}
		for _, item := range a.items() {
			k.items++
			k.merge(item)
		}
		if a.text("@odata.deltaLink") != "" {
			return a.text("@odata.deltaLink")
		}
		link = a.text("@odata.nextLink")
	}
	t.Fatal("endless delta")
	return ""
}

func (k *known) merge(item map[string]any) {
	id, _ := item["id"].(string)
	if gone, is := item["@removed"].(map[string]any); is {
		k.removed[id], _ = gone["reason"].(string)
		delete(k.objects, id)
		return
	}
	if k.objects[id] == nil {
		k.objects[id] = map[string]any{}
	}
	maps.Copy(k.objects[id], item)
	changes, _ := item["members@delta"].([]any)
	if k.members[id] == nil {
		k.members[id] = map[string]bool{}
	}
	for _, c := range changes {
		m, _ := c.(map[string]any)
		memberID, _ := m["id"].(string)
		if m["@removed"] != nil {
			delete(k.members[id], memberID)
		} else {
			k.members[id][memberID] = true
		}
	}
}

// truth fails unless the client knows just what is so.
func (k *known) truth(t *testing.T, f *fixture) {
	t.Helper()
	for id := range k.objects {
		if g, is := f.tenant.Group(id); is {
			if k.objects[id]["displayName"] != g.DisplayName {
				t.Errorf("group %s is named %v, not %s", id, k.objects[id]["displayName"], g.DisplayName)
			}
			members, _ := f.tenant.Members(id, 0, 1_000_000)
			var is []string
			for _, m := range members {
				is = append(is, m.ID)
			}
			if slices.Sort(is); !g.Hidden && !slices.Equal(slices.Sorted(maps.Keys(k.members[id])), is) {
				t.Errorf("%s: %d members known, %d there", g.DisplayName, len(k.members[id]), len(is))
			}
			continue
		}
		if u, is := f.tenant.User(id); !is || k.objects[id]["userPrincipalName"] != u.UserPrincipalName {
			t.Errorf("user %v is no more, or renamed to %s", k.objects[id]["userPrincipalName"], u.UserPrincipalName)
		}
	}
}

func TestUsersDelta(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 300, 0)
	who, k := f.scanner(), newKnown()
	const size = "Prefer: odata.maxpagesize=20"
	first := f.get(t, who, "/v1.0/users/delta?$select=id,userPrincipalName,displayName", size)
	if first.header.Get("Preference-Applied") != "odata.maxpagesize=20" || len(first.items()) != 20 {
		t.Errorf("first page: %d, %v", len(first.items()), first.header)
	}
	link := k.follow(t, f, who, "/v1.0/users/delta?$select=id,userPrincipalName,displayName", size)
	if len(k.objects) != 300 || k.empty == 0 || k.items <= 300 {
		t.Fatalf("%d users in %d items on %d pages, %d empty", len(k.objects), k.items, k.pages, k.empty)
	}
	if again := k.follow(t, f, who, link); len(again) == 0 || k.items > 320 {
		t.Error("nothing happened, and is told")
	}
	mehmet, _ := f.tenant.User(f.tenant.SomeUsername())
	users, _ := f.tenant.Users(40, 4)
	added, err := f.tenant.AddUser(tenant.User{UserPrincipalName: "new@contosobakery.example", DisplayName: "New", Enabled: true, Purpose: tenant.PurposeUser, Licensed: true})
	for _, e := range []error{
		err, f.tenant.RenameUser(mehmet.ID, "mehmet.kaya@contosobakery.example", "Mehmet Kaya"), f.tenant.DeleteUser(users[0].ID), f.tenant.PurgeUser(users[1].ID),
		f.tenant.DeleteUser(users[2].ID), f.tenant.RestoreUser(users[2].ID), f.tenant.EditUser(users[3].ID, func(u *tenant.User) { u.Enabled = false }),
	} {
		if e != nil {
			t.Fatal(e)
		}
	}
	before := k.items
	link = k.follow(t, f, who, link, "Prefer: odata.maxpagesize=2")
	k.truth(t, f)
	if k.items-before != 6 || len(k.objects) != 299 || k.objects[added.ID] == nil {
		t.Errorf("%d changes told, %d users known", k.items-before, len(k.objects))
	}
	if k.removed[users[0].ID] != "changed" || k.removed[users[1].ID] != "deleted" || k.removed[users[2].ID] != "" {
		t.Errorf("removed: %v", k.removed)
	}
	if err := f.tenant.RestoreUser(users[0].ID); err != nil {
		t.Fatal(err)
	}
	k.follow(t, f, who, link)
	if len(k.objects) != 300 {
		t.Error("not restored")
	}
}

func TestGroupsDelta(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 6000, 60)
	who, k := f.scanner(), newKnown()
	link := k.follow(t, f, who, "/v1.0/groups/delta?$select=id,displayName,visibility,members", "Prefer: odata.maxpagesize=10")
	k.truth(t, f)
	if len(k.objects) != 60 || k.items <= 70 {
		t.Fatalf("%d groups in %d items", len(k.objects), k.items)
	}
	groups, _ := f.tenant.Groups("", 0, 60)
	night, tills, salary := groups[1], groups[2], groups[7]
	if len(k.members[salary.ID]) != 0 {
		t.Error("hidden members told")
	}
	user, _ := f.tenant.Users(30, 1)
	members, _ := f.tenant.Members(night.ID, 0, 10)
	added, err := f.tenant.AddGroup(tenant.Group{DisplayName: "New ones", Members: []tenant.Member{{ID: user[0].ID}}})
	for _, e := range []error{
		err, f.tenant.AddMember(night.ID, user[0].ID), f.tenant.RemoveMember(night.ID, members[0].ID), f.tenant.RenameGroup(tills.ID, "Tills"),
		f.tenant.AddMember(salary.ID, user[0].ID), f.tenant.DeleteUser(members[1].ID), f.tenant.DeleteGroup(groups[5].ID),
	} {
		if e != nil {
			t.Fatal(e)
		}
	}
	before := k.items
	link = k.follow(t, f, who, link, "Prefer: odata.maxpagesize=2")
	k.truth(t, f)
	if len(k.objects) != 60 || k.objects[added.ID] == nil || k.removed[groups[5].ID] != "deleted" || !k.members[night.ID][user[0].ID] {
		t.Errorf("known: %d groups, removed %v", len(k.objects), k.removed)
	}
	if k.items-before > 10 {
		t.Errorf("%d items for a few changes", k.items-before)
	}
	if strings.Contains(f.get(t, who, link).raw, "members@delta") {
		t.Error("told twice")
	}
	plain := f.get(t, who, "/v1.0/groups/delta?$select=id,displayName")
	if strings.Contains(plain.raw, "members@delta") {
		t.Error("members unasked")
	}
	if !strings.Contains(f.get(t, f.app("GroupMember.Read.All", "Member.Read.Hidden"), "/v1.0/groups/delta").raw, "members@delta") {
		t.Error("members come by default")
	}
}

func TestDeltaTokens(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 0, 0)
	who := f.scanner()
	latest := f.get(t, who, "/v1.0/users/delta?$deltatoken=latest&$select=displayName")
	link := latest.text("@odata.deltaLink")
	if len(latest.items()) != 0 || link == "" {
		t.Fatalf("latest: %s", latest.raw)
	}
	if err := f.tenant.EditUser(mustUser(t, f).ID, func(u *tenant.User) { u.DisplayName = "Renamed" }); err != nil {
		t.Fatal(err)
	}
	items := f.get(t, who, link).items()
	if len(items) != 1 || items[0]["displayName"] != "Renamed" || items[0]["mail"] != nil {
		t.Fatalf("since then: %v", items)
	}
	f.pass(7*24*time.Hour - time.Second)
	f.get(t, who, link)
	f.pass(time.Second)
	expired := f.call(t, who, "GET", link, "")
	want(t, "after a week", expired, 410, "syncStateNotFound")
	location := expired.header.Get("Location")
	if !strings.HasPrefix(location, base+"/v1.0/users/delta?") {
		t.Fatalf("Location %q", location)
	}
	k := newKnown()
	k.follow(t, f, who, location)
	if len(k.objects) != 60 {
		t.Errorf("%d users from %s", len(k.objects), location)
	}
	token := link[strings.Index(link, "=")+1:]
	for name, path := range map[string]string{
		"of another kind": "/v1.0/groups/delta?$deltatoken=" + token,
		"altered":         "/v1.0/users/delta?$deltatoken=" + token[:len(token)-4] + "AAAA",
		"cut":             "/v1.0/users/delta?$deltatoken=" + token[:8],
	} {
		want(t, name, f.call(t, who, "GET", path, ""), 400, "Request_BadRequest")
	}
}

func mustUser(t *testing.T, f *fixture) tenant.User {
	t.Helper()
	u, found := f.tenant.User(f.tenant.SomeUsername())
	if !found {
		t.Fatal("no such user")
	}
	return u
}
