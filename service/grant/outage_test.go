package grant

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"cloudappsecurity/service"
)

var unplugged = &service.Error{Code: service.CodeOffline, Message: "Microsoft 365 can't be reached.", Help: "Check the network."}

// line is a connection that is away until back is closed.
type line struct{ back chan struct{} }

func (l line) Online() bool { return false }

func (l line) Back(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-l.back:
		return nil
	}
}

// A synchronization whose connection is lost says why it waits, counts as
// running, and goes on once; canceled meanwhile, it ends.
func TestASynchronizationWaitsForTheConnection(t *testing.T) {
	t.Parallel()
	for name, granted := range map[string]service.AccountState{"first": service.StateSynchronizing, "by hand": service.StateGranted} {
		for _, cancels := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", canceled"}[cancels], func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					w := newWorld()
					g := w.grants(t)
					if err := g.Run(t.Context(), service.ExchangeOnline, Options{}); err != nil {
						t.Fatal(err)
					}
					w.stored.Option = service.OptionAll
					a := w.accounts[service.ExchangeOnline]
					a.State = granted
					w.accounts[service.ExchangeOnline] = a
					away := true
					w.syncErr = func(context.Context) error {
						switch {
						case !away:
							return nil
						case granted == service.StateGranted: // in the middle of an answer
							return &service.Error{Code: service.CodeUnavailable, Message: "Microsoft 365 can't be reached."}
						default:
							return unplugged
						}
					}
					back := make(chan struct{})
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					ctx = ThroughOutages(ctx, line{back})
					ended := make(chan error, 1)
					go func() { ended <- g.SynchronizeNow(ctx, service.ExchangeOnline) }()
					synctest.Wait()
					p := g.SyncProgress(service.ExchangeOnline)
					if p.Phase != service.SyncUsers || p.Err != nil || !strings.Contains(p.Waiting, "can't be reached. It goes on by itself") {
						t.Errorf("while it waits: %+v", p)
					}
					// The daily one, which doesn't wait, leaves it to this one.
					if err := g.SynchronizeNow(t.Context(), service.ExchangeOnline); service.CodeOf(err) != service.CodeLocked {
						t.Errorf("a second one: %v", err)
					}
					if cancels {
						cancel()
						if err := <-ended; service.CodeOf(err) != service.CodeCanceled {
							t.Errorf("canceled: %v", err)
						}
						return
					}
					away = false
					close(back)
					if err := <-ended; err != nil || w.syncs != 2 {
						t.Errorf("ended with %v after %d tries", err, w.syncs)
					}
					if p := g.SyncProgress(service.ExchangeOnline); p.Phase != service.SyncDone || p.Waiting != "" {
						t.Errorf("at the end: %+v", p)
					}
				})
			})
		}
	}
}

// Where nobody asked for patience, as in casctl, an outage ends it.
func TestWithoutPatienceAnOutageEndsIt(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.stored = &service.Organization{TenantID: "tenant-1", Option: service.OptionAll}
	w.accounts[service.ExchangeOnline] = service.Account{Service: service.ExchangeOnline, TenantID: "tenant-1", AppID: "app", State: service.StateGranted}
	w.syncErr = func(context.Context) error { return unplugged }
	g := w.grants(t)
	if err := g.SynchronizeNow(t.Context(), service.ExchangeOnline); service.CodeOf(err) != service.CodeOffline {
		t.Error(err)
	}
	if p := g.SyncProgress(service.ExchangeOnline); p.Phase != service.SyncFailed || p.Err == nil || w.syncs != 1 {
		t.Errorf("%+v after %d tries", p, w.syncs)
	}
}
