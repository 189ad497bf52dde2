package tenant_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudappsecurity/service/m365sim/tenant"
)

func TestSnapshot(t *testing.T) {
	t.Parallel()
	c := newClock()
	changes := 0
	o := tenant.New(tenant.Options{Seed: 3, Users: 100, Groups: 12, Now: c.Now, OnChange: func() { changes++ }})
	if changes != 0 || o.Version() != 0 {
		t.Errorf("making it counts %d changes", changes)
	}
	groups, _ := o.Groups("", 0, 3)
	users := all(o)
	app, _, err := o.UpsertApplication("exchange", func(a *tenant.Application) error { a.DisplayName = "Exchange"; return nil })
	added, err2 := o.AddUser(tenant.User{UserPrincipalName: "new@contosobakery.example", DisplayName: "New", Purpose: tenant.PurposeUser})
	delivered, err3 := o.Deliver(o.AdminUsername(), "Inbox", []byte("Subject: Hello\r\n\r\nBody\r\n"))
	for _, e := range []error{
		err, err2, err3, o.DeleteUser(users[20].ID), o.RenameUser(users[21].ID, "other@contosobakery.example", "Other"),
		o.AddMember(groups[1].ID, added.ID), o.ConsentDelegated(tenant.CommandLineToolsAppID, "", []string{"User.Read"}),
	} {
		if e != nil {
			t.Fatal(e)
		}
	}
	if changes != 7 || o.Version() != 7 {
		t.Errorf("%d changes, version %d", changes, o.Version())
	}
	data, err := o.Snapshot()
	if err != nil || len(data) > 50_000 {
		t.Fatalf("%d bytes for a few changes, %v", len(data), err)
	}
	c.pass(24 * time.Hour)
	r, err := tenant.Restore(tenant.Options{Now: c.Now}, data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all(o), all(r)); diff != "" {
		t.Errorf("users: %s", diff)
	}
	if diff := cmp.Diff(o.TransitiveMembers(groups[1].ID), r.TransitiveMembers(groups[1].ID)); diff != "" {
		t.Errorf("members: %s", diff)
	}
	if diff := cmp.Diff(o.Changes(0), r.Changes(0)); diff != "" {
		t.Errorf("log: %s", diff)
	}
	back, _ := r.Application("exchange")
	if diff := cmp.Diff(app, back); diff != "" {
		t.Errorf("application: %s", diff)
	}
	before, _ := o.Messages(o.AdminUsername(), "")
	after, _ := r.Messages(o.AdminUsername(), "")
	if diff := cmp.Diff(before, after); diff != "" || len(after) != 5 {
		t.Errorf("mail: %s", diff)
	}
	next, err := r.Deliver(o.AdminUsername(), "Inbox", []byte("Subject: Next\r\n\r\nBody\r\n"))
	if err != nil || next.ID == delivered.ID {
		t.Errorf("ids are used twice: %v", err)
	}
	if _, found := r.User(users[21].UserPrincipalName); found {
		t.Error("the old name is known")
	}
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "{}", "[]", `{"Version":9}`} {
		if _, err := tenant.Restore(tenant.Options{}, []byte(bad)); !errors.Is(err, tenant.ErrBadSnapshot) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
