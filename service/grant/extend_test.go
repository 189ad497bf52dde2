package grant

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"cloudappsecurity/service"
)

// ExtensionStore, as service/sqlite keeps it.

func (w *world) BeginExtending(context.Context) (service.Option, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stored.Option == service.OptionSelected {
		w.stored.Option, w.extended = service.OptionExtending, nil
	}
	return w.stored.Option, nil
}

func (w *world) Extended(_ context.Context, done ...service.Service) (service.Option, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stored.Option != service.OptionExtending {
		return w.stored.Option, nil
	}
	w.extended = append(w.extended, done...)
	for s, a := range w.accounts {
		if a.Granted() && a.State != service.StateConsented && !slices.Contains(w.extended, s) {
			return w.stored.Option, nil
		}
	}
	w.stored.Option = service.OptionAll
	return w.stored.Option, nil
}

func (w *world) Extensions(context.Context) (list []service.Extension, err error) {
	for s := range w.accounts {
		list = append(list, service.Extension{Service: s, Done: slices.Contains(w.extended, s)})
	}
	return list, nil
}

func (w *world) KeepNotification(_ context.Context, n service.Notification, wanted bool) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.notes, func(o service.Notification) bool { return o.Key == n.Key })
	if (i >= 0) == wanted {
		return false, nil
	}
	if wanted {
		w.notes = append(w.notes, n)
	} else {
		w.notes = slices.Delete(w.notes, i, i+1)
	}
	return true, nil
}

func (w *world) offered() bool {
	return slices.ContainsFunc(w.notes, func(n service.Notification) bool { return n.Text == service.ExtendText })
}

// with is an organization of this option with these accounts.
func with(o service.Option, states map[service.Service]service.AccountState) *world {
	w := newWorld()
	w.stored = &service.Organization{TenantID: w.org.TenantID, Option: o}
	for s, state := range states {
		w.accounts[s] = service.Account{Service: s, State: state, AppID: "app"}
	}
	return w
}

func TestWhatHasNoSynchronization(t *testing.T) {
	t.Parallel()
	granted := map[service.Service]service.AccountState{exchange: service.StateGranted}
	for name, tt := range map[string]struct {
		w    *world
		s    service.Service
		code service.Code
	}{
		"selected targets":            {with(service.OptionSelected, granted), exchange, service.CodeOptionLocked},
		"not granted":                 {with(service.OptionAll, granted), service.OneDrive, service.CodeNotGranted},
		"no targets chosen":           {with(service.OptionAll, map[service.Service]service.AccountState{exchange: service.StateConsented}), exchange, service.CodeNotGranted},
		"everyone":                    {with(service.OptionAll, granted), exchange, ""},
		"everyone, still extending":   {with(service.OptionExtending, granted), exchange, ""},
		"no organization, no account": {newWorld(), exchange, service.CodeNotGranted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := tt.w.grants(t).SynchronizeNow(t.Context(), tt.s)
			if service.CodeOf(err) != tt.code {
				t.Fatalf("error %v", err)
			}
			if want := 0; tt.code == "" {
				want = 1
				if tt.w.syncs != want {
					t.Errorf("%d synchronizations", tt.w.syncs)
				}
			} else if tt.w.syncs != want {
				t.Errorf("%d synchronizations of what has none", tt.w.syncs)
			}
		})
	}
}

func TestExtendTakesEveryoneInServiceByService(t *testing.T) {
	t.Parallel()
	w := with(service.OptionSelected, map[service.Service]service.AccountState{exchange: service.StateGranted, service.OneDrive: service.StateGranted})
	g := w.grants(t)
	step := func(what string, err error, option service.Option, offered bool) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if w.stored.Option != option || w.offered() != offered {
			t.Errorf("%s: option %q, offered %t", what, w.stored.Option, w.offered())
		}
	}
	step("selected targets", g.Settle(t.Context()), service.OptionSelected, true)
	step("again", g.Settle(t.Context()), service.OptionSelected, true)
	step("Submit", g.Extend(t.Context()), service.OptionExtending, false)
	step("Submit again", g.Extend(t.Context()), service.OptionExtending, false)
	step("the first service", g.SynchronizeNow(t.Context(), exchange), service.OptionExtending, false)
	step("the first service again", g.SynchronizeNow(t.Context(), exchange), service.OptionExtending, false)
	step("the last service", g.SynchronizeNow(t.Context(), service.OneDrive), service.OptionAll, false)
	step("Submit afterwards", g.Extend(t.Context()), service.OptionAll, false)
}

func TestRemovingTheLastServiceLeftEndsExtending(t *testing.T) {
	t.Parallel()
	w := with(service.OptionSelected, map[service.Service]service.AccountState{exchange: service.StateGranted, service.OneDrive: service.StateGranted})
	g := w.grants(t)
	if err := g.Extend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := g.SynchronizeNow(t.Context(), exchange); err != nil {
		t.Fatal(err)
	}
	delete(w.accounts, service.OneDrive)
	if err := g.Settle(t.Context()); err != nil || w.stored.Option != service.OptionAll {
		t.Errorf("%v, option %q", err, w.stored.Option)
	}
}

func TestNothingToExtend(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]*world{"no organization": newWorld(), "no targets": with(service.OptionNone, nil)} {
		if err := w.grants(t).Extend(t.Context()); service.CodeOf(err) != service.CodeNotGranted {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOneSynchronizationOfAServiceAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := with(service.OptionAll, map[service.Service]service.AccountState{exchange: service.StateGranted})
		g := w.grants(t)
		release := make(chan struct{})
		w.syncing = func() { <-release }
		done := make(chan error)
		go func() { done <- g.SynchronizeNow(t.Context(), exchange) }()
		synctest.Wait()
		if err := g.SynchronizeNow(t.Context(), exchange); service.CodeOf(err) != service.CodeLocked {
			t.Errorf("a second one: %v", err)
		}
		if err := g.Run(t.Context(), exchange, Options{}); service.CodeOf(err) != service.CodeLocked {
			t.Errorf("a grant beside it: %v", err)
		}
		if err := g.Extend(t.Context()); service.CodeOf(err) != service.CodeLocked {
			t.Errorf("Submit beside it: %v", err)
		}
		if p := g.SyncProgress(exchange); p.Phase != service.SyncUsers {
			t.Errorf("progress %+v", p)
		}
		close(release)
		if err := <-done; err != nil {
			t.Error(err)
		}
		if p := g.SyncProgress(exchange); p.Phase != service.SyncDone {
			t.Errorf("progress %+v", p)
		}
	})
}

func TestCancelSync(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := with(service.OptionAll, map[service.Service]service.AccountState{exchange: service.StateGranted})
		g := w.grants(t)
		w.syncErr = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		done := make(chan error)
		go func() { done <- g.SynchronizeNow(t.Context(), exchange) }()
		synctest.Wait()
		g.CancelSync(exchange)
		if err := <-done; service.CodeOf(err) != service.CodeCanceled {
			t.Errorf("%v", err)
		}
		if p := g.SyncProgress(exchange); p.Phase != service.SyncFailed || p.Err.Code != service.CodeCanceled {
			t.Errorf("progress %+v", p)
		}
		g.CancelSync(exchange) // nothing runs
	})
}

func TestANewGrantTakesEveryoneWhileExtending(t *testing.T) {
	t.Parallel()
	for _, chosen := range []service.Option{service.OptionAll, service.OptionExtending} {
		w := with(service.OptionExtending, map[service.Service]service.AccountState{service.OneDrive: service.StateGranted})
		g := w.grants(t)
		if err := g.Run(t.Context(), exchange, Options{}); err != nil {
			t.Fatal(err)
		}
		if err := g.Finish(t.Context(), exchange, chosen, service.Selected{}); err != nil {
			t.Fatal(err)
		}
		if w.syncs != 1 || w.stored.Option != service.OptionExtending || w.accounts[exchange].State != service.StateGranted {
			t.Errorf("%q: %d synchronizations, option %q, %q", chosen, w.syncs, w.stored.Option, w.accounts[exchange].State)
		}
		if err := g.SynchronizeNow(t.Context(), service.OneDrive); err != nil || w.stored.Option != service.OptionAll {
			t.Errorf("%q: %v, option %q at the end", chosen, err, w.stored.Option)
		}
	}
}
