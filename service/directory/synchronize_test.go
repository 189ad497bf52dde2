package directory

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cloudappsecurity/service"

	"github.com/google/go-cmp/cmp"
)

// contoso fills b with three pages of users and two of groups.
func contoso(b *bench) {
	guest := person("u5", service.MailboxNone)
	guest.Guest = true
	b.graph.users = map[string]service.UserPage{
		"":        {People: []service.Person{person("u1", service.MailboxUser), person("u2", service.MailboxUnknown)}, Next: "users-2"},
		"users-2": {Next: "users-3"}, // an empty page is real
		"users-3": {People: []service.Person{person("u3", service.MailboxUnknown), person("u4", service.MailboxUnknown), guest, person("u2", service.MailboxUnknown)}, Delta: "users-d1"},
		"users-d1": {
			People: []service.Person{person("u6", service.MailboxUser)}, Removed: []service.Removal{{ID: "u1"}}, Delta: "users-d2",
		},
		"users-d2": {Delta: "users-d3"},
	}
	b.graph.groups = map[string]service.GroupPage{
		"":          {Groups: []service.Group{{ID: "g1"}}, Members: []service.Membership{{GroupID: "g1", MemberID: "u1"}}, Next: "groups-2"},
		"groups-2":  {Groups: []service.Group{{ID: "g2"}}, Delta: "groups-d1"},
		"groups-d1": {Delta: "groups-d2"},
		"groups-d2": {Delta: "groups-d3"},
	}
	b.graph.mailboxes = map[string]any{"u2": service.MailboxShared, "u3": service.MailboxRoom, "u4": oops(service.CodeForbidden)}
}

func covered(b *bench) []string {
	var ids []string
	for id := range b.store.covered {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func TestSynchronize(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		contoso(b)
		var said []service.SyncProgress
		progress := func(p service.SyncProgress) { said = append(said, p) }
		if err := b.Synchronize(t.Context(), service.ExchangeOnline, progress); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]string{"u1", "u2"}, covered(b)); d != "" {
			t.Error(d)
		}
		if m := b.store.people["u4"].Mailbox; m != service.MailboxUnknown {
			t.Errorf("a refused mailbox is %s", m)
		}
		if b.emit.targets != 1 || b.emit.accounts != 1 || b.emit.synchronized != len(said) || b.store.account.SyncedAt.IsZero() {
			t.Errorf("events %+v, %d reports, synced %s", b.emit, len(said), b.store.account.SyncedAt)
		}
		var phases []service.SyncPhase
		for _, p := range said {
			if len(phases) == 0 || phases[len(phases)-1] != p.Phase {
				phases = append(phases, p.Phase)
			}
			if p.Service != service.ExchangeOnline || p.Err != nil {
				t.Errorf("progress: %+v", p)
			}
		}
		if d := cmp.Diff([]service.SyncPhase{service.SyncUsers, service.SyncGroups, service.SyncMailboxes, service.SyncDone}, phases); d != "" {
			t.Error(d)
		}
		if !slices.ContainsFunc(said, func(p service.SyncProgress) bool {
			return p.Phase == service.SyncUsers && p.Done == 6 && p.Total == 6
		}) || !slices.ContainsFunc(said, func(p service.SyncProgress) bool {
			return p.Phase == service.SyncMailboxes && p.Done == 3 && p.Total == 3
		}) {
			t.Errorf("the last state of a phase is missing: %+v", said)
		}

		// What changed comes by the delta link, and who got no answer is asked again.
		b.graph.asked = nil
		b.graph.mailboxes["u4"] = service.MailboxUser
		if err := b.Synchronize(t.Context(), service.ExchangeOnline, nil); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]string{"users users-d1", "groups groups-d1", "mailbox u4"}, b.graph.asked); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]string{"u2", "u4", "u6"}, covered(b)); d != "" {
			t.Error(d)
		}

		// "Ran" apart from "changed".
		b.emit.targets, b.emit.synchronized = 0, 0
		if err := b.Synchronize(t.Context(), service.ExchangeOnline, nil); err != nil {
			t.Fatal(err)
		}
		if b.emit.targets != 0 || b.emit.synchronized == 0 {
			t.Errorf("nothing changed, and the events are %+v", b.emit)
		}
	})
}

// Wherever it is cut, the next run goes on where it stood.
func TestSynchronizeResumes(t *testing.T) {
	t.Parallel()
	cuts := []string{"users ", "users users-2", "users users-3", "groups ", "groups groups-2"}
	for i, cut := range cuts {
		t.Run(cut, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				contoso(b)
				b.graph.fail[cut] = oops(service.CodeOffline)
				var last service.SyncProgress
				err := b.Synchronize(t.Context(), service.ExchangeOnline, func(p service.SyncProgress) { last = p })
				wantCode(t, err, service.CodeOffline)
				if last.Phase != service.SyncFailed || last.Err == nil || last.Err.Code != service.CodeOffline {
					t.Errorf("progress: %+v", last)
				}
				if !b.store.account.SyncedAt.IsZero() || b.store.all {
					t.Error("half a synchronization passed for a whole one")
				}
				b.graph.asked = nil
				if err := b.Synchronize(t.Context(), service.ExchangeOnline, nil); err != nil {
					t.Fatal(err)
				}
				// The users of a finished round are asked for what changed since.
				want := cuts[i:]
				if i >= 3 {
					want = append([]string{"users users-d1"}, want...)
				}
				if d := cmp.Diff(want, b.graph.asked[:len(want)]); d != "" {
					t.Error(d)
				}
			})
		})
	}
}

func TestSynchronizeStartsOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		contoso(b)
		if err := b.Synchronize(t.Context(), service.ExchangeOnline, nil); err != nil {
			t.Fatal(err)
		}
		gone := b.store.people["u1"]
		gone.ID = "u0"
		b.store.people["u0"], b.store.seen["u0"] = gone, 1
		b.graph.fail["users users-d1"] = oops(service.CodeResync)
		b.graph.fail["groups groups-d1"] = oops(service.CodeResync)
		b.graph.asked = nil
		if err := b.Synchronize(t.Context(), service.ExchangeOnline, nil); err != nil {
			t.Fatal(err)
		}
		want := []string{"users users-d1", "users ", "users users-2", "users users-3", "groups groups-d1", "groups ", "groups groups-2"}
		if d := cmp.Diff(want, b.graph.asked[:len(want)]); d != "" {
			t.Error(d)
		}
		if !b.store.people["u0"].Removed {
			t.Error("who is gone stayed")
		}
		// The links of one run may expire at its begin and in its middle. A third
		// time is no expired link.
		b.graph.fail["users users-d1"] = oops(service.CodeResync)
		b.graph.fail["users users-2"] = oops(service.CodeResync)
		if err := b.Synchronize(t.Context(), service.ExchangeOnline, nil); err != nil {
			t.Error(err)
		}
		b.graph.fail["users users-d1"] = oops(service.CodeResync)
		b.graph.fail["users users-2"] = oops(service.CodeResync)
		b.graph.fail["users users-3"] = oops(service.CodeResync)
		wantCode(t, b.Synchronize(t.Context(), service.ExchangeOnline, nil), service.CodeResync)
	})
}

func TestSynchronizeStops(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		set  func(*bench)
		svc  service.Service
		code service.Code
	}{
		{"throttled at a mailbox", func(b *bench) { b.graph.mailboxes["u2"] = oops(service.CodeThrottled) }, service.ExchangeOnline, service.CodeThrottled},
		{"offline at a mailbox", func(b *bench) { b.graph.mailboxes["u2"] = oops(service.CodeOffline) }, service.ExchangeOnline, service.CodeOffline},
		{"no token at a mailbox", func(b *bench) { b.graph.mailboxes["u2"] = oops(service.CodeConsentMissing) }, service.ExchangeOnline, service.CodeConsentMissing},
		{"a full disk", func(b *bench) { b.store.applyErr = oops(service.CodeStore) }, service.ExchangeOnline, service.CodeStore},
		{"an unknown failure of the store", func(b *bench) { b.store.applyErr = errCut }, service.ExchangeOnline, service.CodeInternal},
		{"offline at the counts", func(b *bench) { b.graph.counts = oops(service.CodeOffline) }, service.ExchangeOnline, service.CodeOffline},
		{"the same page again", func(b *bench) { b.graph.users["users-2"] = service.UserPage{Next: "users-2"} }, service.ExchangeOnline, service.CodeInternal},
		{"selected users", func(b *bench) { b.store.org.Option = service.OptionSelected }, service.ExchangeOnline, service.CodeOptionLocked},
		{"not granted", func(*bench) {}, service.OneDrive, service.CodeNotGranted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				contoso(b)
				tt.set(b)
				wantCode(t, b.Synchronize(t.Context(), tt.svc, nil), tt.code)
				if b.store.all {
					t.Error("everyone was covered")
				}
			})
		})
	}
	t.Run("canceled", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t)
			contoso(b)
			ctx, cancel := context.WithCancel(t.Context())
			err := b.Synchronize(ctx, service.ExchangeOnline, func(p service.SyncProgress) {
				if p.Phase == service.SyncMailboxes {
					cancel()
				}
			})
			cancel()
			wantCode(t, err, service.CodeCanceled)
		})
	})
	t.Run("counts that fail for themselves are done without", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t)
			contoso(b)
			b.graph.counts = oops(service.CodeInternal)
			wantCode(t, b.Synchronize(t.Context(), service.ExchangeOnline, nil), "")
		})
	})
}

func TestMailboxesFourAtOnceAndTenReportsASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		var people []service.Person
		for i := range 1200 {
			people = append(people, person(string(rune('a'+i/100))+string(rune('a'+i/10%10))+string(rune('a'+i%10)), service.MailboxUnknown))
		}
		b.graph.users = map[string]service.UserPage{"": {People: people, Delta: "d"}}
		b.graph.groups = map[string]service.GroupPage{"": {Delta: "d"}}
		reports := 0
		began := time.Now()
		if err := b.Synchronize(t.Context(), service.ExchangeOnline, func(service.SyncProgress) { reports++ }); err != nil {
			t.Fatal(err)
		}
		if b.graph.mostAtOnce != concurrent {
			t.Errorf("%d at once", b.graph.mostAtOnce)
		}
		// One report as each of the phases begins and ends, else ten a second.
		if most := int(time.Since(began)/between) + 8; reports > most {
			t.Errorf("%d reports in %s", reports, time.Since(began))
		}
		for id, p := range b.store.people {
			if p.Mailbox != service.MailboxNone {
				t.Fatalf("%s was not asked", id)
			}
		}
	})
}

func TestSynchronizeOneAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		contoso(b)
		var running, most int // of one goroutine at a time, if the test passes
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				err := b.Synchronize(t.Context(), service.ExchangeOnline, func(p service.SyncProgress) {
					if p.Phase == service.SyncUsers && p.Done == 0 && p.Total == 0 {
						running++
						most = max(most, running)
						time.Sleep(time.Second)
						running--
					}
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if most != 1 {
			t.Errorf("%d at once", most)
		}
	})
}

func TestFirstCheck(t *testing.T) {
	t.Parallel()
	three := func(b *bench, option service.Option) {
		b.store.org.Option = option
		var sel []service.Selection
		for _, id := range []string{"u1", "u2", "u3"} {
			sel = append(sel, service.Selection{Person: person(id, service.MailboxUser), Origin: service.OriginUser})
		}
		_ = b.store.CoverSelected(t.Context(), service.ExchangeOnline, sel, noon)
	}
	none := oops(service.CodeNoMailbox)
	tests := []struct {
		name    string
		folders map[string]error
		option  service.Option
		code    service.Code
		asked   []string
		covered []string
	}{
		{"the first", nil, service.OptionAll, "", []string{"folders u1"}, []string{"u1", "u2", "u3"}},
		{"the second, of all", map[string]error{"u1": none}, service.OptionAll, "", []string{"folders u1", "folders u2"}, []string{"u2", "u3"}},
		{"the second, of selected", map[string]error{"u1": none}, service.OptionSelected, "", []string{"folders u1", "folders u2"}, []string{"u1", "u2", "u3"}},
		{"nobody", map[string]error{"u1": none, "u2": none, "u3": none}, service.OptionAll, service.CodeNoMailbox, []string{"folders u1", "folders u2", "folders u3"}, nil},
		{"refused", map[string]error{"u1": oops(service.CodeForbidden)}, service.OptionAll, service.CodeForbidden, []string{"folders u1"}, []string{"u1", "u2", "u3"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			three(b, tt.option)
			b.graph.folders = tt.folders
			wantCode(t, b.FirstCheck(t.Context(), service.ExchangeOnline), tt.code)
			if d := cmp.Diff(tt.asked, b.graph.asked); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tt.covered, covered(b)); d != "" {
				t.Error(d)
			}
			for id, err := range tt.folders {
				if service.CodeOf(err) == service.CodeNoMailbox && b.store.people[id].Mailbox != service.MailboxNone {
					t.Errorf("%s was not recorded", id)
				}
			}
		})
	}
}
