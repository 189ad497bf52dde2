package tenant_test

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudappsecurity/service/m365sim/tenant"
)

// clock is a clock to turn.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	delay time.Duration
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 19, 14, 32, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *clock) Delay() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.delay
}

func (c *clock) setDelay(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.delay = d
}

func newTenant(c *clock, seed uint64, users, groups int) *tenant.Tenant {
	return tenant.New(tenant.Options{Seed: seed, Users: users, Groups: groups, Now: c.Now, ReplicationDelay: c.Delay})
}

func all(t *tenant.Tenant) []tenant.User {
	users, _ := t.Users(0, 1_000_000)
	return users
}

func TestSeedDecides(t *testing.T) {
	t.Parallel()
	c := newClock()
	one, same, other := newTenant(c, 1, 200, 40), newTenant(c, 1, 200, 40), newTenant(c, 2, 200, 40)
	if diff := cmp.Diff(all(one), all(same)); diff != "" {
		t.Errorf("equal seeds differ: %s", diff)
	}
	if one.ID() == other.ID() || all(one)[0].ID == all(other)[0].ID {
		t.Error("different seeds agree")
	}
	larger := newTenant(c, 1, 400, 50)
	if diff := cmp.Diff(all(one), all(larger)[:200]); diff != "" {
		t.Errorf("more people change the first: %s", diff)
	}
	for _, user := range []string{one.AdminUsername(), "info@contosobakery.example"} {
		a, err := one.Messages(user, "")
		b, _ := same.Messages(user, "")
		if diff := cmp.Diff(a, b); diff != "" || err != nil || len(a) != 4 {
			t.Errorf("%s: %d messages, %v: %s", user, len(a), err, diff)
		}
	}
}

func TestDemoOrganization(t *testing.T) {
	t.Parallel()
	o := newTenant(newClock(), 0, 0, 0)
	users := all(o)
	if len(users) != 60 || o.CountUsers() != 60 || o.CountGroups() != 9 {
		t.Fatalf("%d users, %d groups", len(users), o.CountGroups())
	}
	names := map[string]bool{}
	for _, u := range users {
		if names[strings.ToLower(u.UserPrincipalName)] || u.DisplayName == "" {
			t.Errorf("%q %q", u.UserPrincipalName, u.DisplayName)
		}
		names[strings.ToLower(u.UserPrincipalName)] = true
		if found, ok := o.User(strings.ToUpper(u.UserPrincipalName)); !ok || found.ID != u.ID {
			t.Errorf("%s isn't found", u.UserPrincipalName)
		}
		if u.HasMailbox() != (u.Mail != "" && !u.Guest) {
			t.Errorf("%s: mailbox %q, mail %q", u.UserPrincipalName, u.Purpose, u.Mail)
		}
	}
	for _, upn := range []string{"nora.o'brien@contosobakery.example", "dev+test@contosobakery.example", "petra.novak_flourmill.example#EXT#@contosobakery.onmicrosoft.com"} {
		if !names[strings.ToLower(upn)] {
			t.Errorf("%s is missing", upn)
		}
	}
	accounts := []struct {
		upn            string
		enabled, admin bool
		home           bool
	}{
		{o.AdminUsername(), true, true, true}, {o.SomeUsername(), true, false, true},
		{o.DisabledUsername(), false, false, true}, {o.ForeignAdminUsername(), true, true, false},
	}
	for _, w := range accounts {
		a, found := o.Account(w.upn)
		if !found || a.Enabled != w.enabled || a.GlobalAdmin != w.admin || (a.TenantID == o.ID()) != w.home {
			t.Errorf("%s: %+v", w.upn, a)
		}
		if byID, found := o.AccountByID(a.ID); !found || byID != a {
			t.Errorf("%s by id: %+v", w.upn, byID)
		}
		if !o.CheckPassword(w.upn, o.UserPassword()) || o.CheckPassword(w.upn, "guess") {
			t.Errorf("password of %s", w.upn)
		}
	}
	if o.CheckPassword("nobody@contosobakery.example", o.UserPassword()) {
		t.Error("nobody has a password")
	}
	for _, key := range []string{o.ID(), "CONTOSOBAKERY.example", "contosobakery.onmicrosoft.com", o.Foreign().ID, "fabrikam.example"} {
		if _, found := o.Organization(key); !found {
			t.Errorf("organization %s isn't found", key)
		}
	}
}

func TestMailbox(t *testing.T) {
	t.Parallel()
	o := newTenant(newClock(), 0, 0, 0)
	listing, err := o.Mailbox(o.AdminUsername())
	if err != nil || len(listing.Folders) != 9 || len(listing.Messages) != 4 {
		t.Fatalf("%d folders, %d messages, %v", len(listing.Folders), len(listing.Messages), err)
	}
	for _, m := range listing.Messages {
		if m.Subject == "" || m.ID == "" || m.ImmutableID == "" || m.Categories == nil {
			t.Errorf("message %+v", m)
		}
	}
	for name, w := range map[string]struct {
		user, folder, raw string
		err               error
	}{
		"nobody":       {"nobody@contosobakery.example", "Inbox", "Subject: x\r\n\r\n", tenant.ErrNotFound},
		"no mailbox":   {"oven-control@contosobakery.example", "Inbox", "Subject: x\r\n\r\n", tenant.ErrNoMailbox},
		"no folder":    {o.AdminUsername(), "Attic", "Subject: x\r\n\r\n", tenant.ErrNoFolder},
		"no message":   {o.AdminUsername(), "Inbox", "hello", tenant.ErrNotAMessage},
		"nothing":      {o.AdminUsername(), "Inbox", "", tenant.ErrNotAMessage},
		"display name": {o.AdminUsername(), "junk email", "Subject: x\r\n\r\n", nil},
	} {
		if _, err := o.Deliver(w.user, w.folder, []byte(w.raw)); !errors.Is(err, w.err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := o.AddFolder(o.AdminUsername(), "Quarantine", true); err != nil {
		t.Fatal(err)
	}
	m, err := o.Deliver(o.AdminUsername(), "Quarantine", []byte("Subject: x\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	m, err = o.EditMessage(o.AdminUsername(), m.ID, func(m *tenant.Message) { m.Categories, m.ID = []string{"Suspicious"}, "x" })
	if err != nil || m.ID == "x" || !slices.Equal(m.Categories, []string{"Suspicious"}) {
		t.Errorf("edited %+v, %v", m, err)
	}
	listing, _ = o.Mailbox(o.AdminUsername())
	i := slices.IndexFunc(listing.Messages, func(e tenant.MailboxEntry) bool { return e.ID == m.ID })
	if i < 0 || !listing.Messages[i].Hidden || listing.Messages[i].Folder != "Quarantine" {
		t.Errorf("listing %+v", listing.Messages)
	}
}

func TestManyPeople(t *testing.T) {
	t.Parallel()
	start := time.Now()
	o := newTenant(newClock(), 0, 100_000, 2000)
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	t.Logf("made in %v, heap %d MB", time.Since(start), m.HeapAlloc>>20)
	if o.CountUsers() != 100_000 || o.CountGroups() != 2000 {
		t.Errorf("%d users, %d groups", o.CountUsers(), o.CountGroups())
	}
	if m.HeapAlloc > 300<<20 {
		t.Errorf("heap %d MB", m.HeapAlloc>>20)
	}
	staff, _ := o.Groups("All staff", 0, 1)
	if n := len(o.TransitiveMembers(staff[0].ID)); n < 90_000 {
		t.Errorf("all staff: %d", n)
	}
}

func TestTogether(t *testing.T) {
	t.Parallel()
	o := newTenant(newClock(), 0, 0, 0)
	groups, _ := o.Groups("", 0, 1)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for range 20 {
				u, err := o.AddUser(tenant.User{UserPrincipalName: strings.Repeat("x", i+1) + "@contosobakery.example", Purpose: tenant.PurposeUser})
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = o.Deliver(u.ID, "Inbox", []byte("Subject: x\r\n\r\n"))
				_ = o.AddMember(groups[0].ID, u.ID)
				_ = o.TransitiveMembers(groups[0].ID)
				_, _ = o.Snapshot()
				if err := o.PurgeUser(u.ID); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if o.CountUsers() != 60 {
		t.Errorf("%d users", o.CountUsers())
	}
}
