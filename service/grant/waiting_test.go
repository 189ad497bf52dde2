package grant

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cloudappsecurity/service"
)

// refusing is a token endpoint that refuses from a request on.
func refusing(from int, err *service.Error) func() error {
	n := 0
	return func() error {
		if n++; n >= from {
			return err
		}
		return nil
	}
}

// nobodyAccepts is an administrator who signs in and goes away.
func nobodyAccepts(w *world, h *handoff, p service.HandoffPage) {
	if p.Kind == service.HandoffStart {
		accept(w, h, p)
	}
}

// TestWaitsSayWhy: a wait says its reason from 20 s on and ends when the waiting
// time is over; once the fault is gone, a second try is granted, with one
// application and one certificate.
func TestWaitsSayWhy(t *testing.T) {
	t.Parallel()
	missing := &service.Error{Code: service.CodeAppMissing, Message: "The application is not in the tenant.", AADSTS: "AADSTS700016"}
	unbacked := &service.Error{Code: service.CodePrincipalMissing, Message: "There is no service principal.", AADSTS: "AADSTS7000229"}
	offline := &service.Error{Code: service.CodeOffline, Message: "Microsoft can't be reached."}
	for name, c := range map[string]struct {
		prepare func(*world)
		waiting string // shown at 21 s
		slow    bool   // the authorization screen can be opened again
		want    service.Code
		after   time.Duration
	}{
		"the application never shows": {func(w *world) { w.tokenErr = refusing(1, missing) },
			"Tries again: The application is not in the tenant. (AADSTS700016)", false, service.CodeAppMissing, ReplicationTimeout},
		"the service principal never shows": {func(w *world) { w.tokenErr = refusing(1, unbacked) },
			"Tries again: There is no service principal. (AADSTS7000229)", false, service.CodePrincipalMissing, ReplicationTimeout},
		"the network is gone": {func(w *world) { w.tokenErr = refusing(1, offline) },
			"Tries again: Microsoft can't be reached.", false, service.CodeOffline, ReplicationTimeout},
		"the application is removed while its screen is open": {func(w *world) { w.browser, w.tokenErr = nobodyAccepts, refusing(5, missing) },
			"", true, service.CodeAppMissing, ReplicationTimeout},
		"the permissions are never activated": {func(w *world) { w.roles = []string{"User.Read.All"} },
			waitRoles + " Still missing: Mail.ReadWrite,", false, service.CodeConsentMissing, RolesTimeout},
		"nobody accepts": {func(w *world) { w.browser = nobodyAccepts },
			waitConsent, true, service.CodeTimeout, BrowserTimeout},
		"nobody signs in": {func(w *world) {
			w.browser = func(_ *world, h *handoff, p service.HandoffPage) {
				if p.Kind == service.HandoffStart {
					h.send(service.HandoffEvent{Kind: service.HandoffOpened})
					h.send(service.HandoffEvent{Kind: service.HandoffPermitted})
				}
			}
		}, waitSignInSlow, false, service.CodeTimeout, BrowserTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				c.prepare(w)
				g := w.grants(t)
				began, ended := time.Now(), make(chan error, 1)
				go func() { ended <- g.Run(t.Context(), exchange, Options{}) }()
				time.Sleep(ReasonAfter + 6*time.Second)
				synctest.Wait()
				p := g.Progress(exchange)
				if !strings.HasPrefix(p.Waiting, c.waiting) || p.Waiting == "" || p.ConsentSlow != c.slow || !p.Running() ||
					p.Accepted != strings.HasPrefix(c.waiting, waitRoles) {
					t.Errorf("after 20 s: %+v", p)
				}
				err := <-ended
				if service.CodeOf(err) != c.want {
					t.Errorf("got %v (%s), want %s", err, service.CodeOf(err), c.want)
				}
				if took := time.Since(began); took < c.after || took > c.after+time.Minute {
					t.Errorf("it took %v, not %v", took, c.after)
				}
				first := w.accounts[exchange].Certificate.Thumbprint

				w.tokenErr, w.roles, w.browser = nil, nil, accept
				if err := g.Run(t.Context(), exchange, Options{}); err != nil {
					t.Fatal(err)
				}
				if p := g.Progress(exchange); p.Waiting != "" || p.ConsentSlow || p.Err != nil {
					t.Errorf("the second try ends on %+v", p)
				}
				if len(w.app.Keys) != 1 || first != "" && w.accounts[exchange].Certificate.Thumbprint != first {
					t.Errorf("certificates after the second try: %+v", w.app.Keys)
				}
			})
		})
	}
}

// TestWaitAsLongAsAsked: Microsoft's sign-in is not asked again before the time
// that it names, also where that is longer than one request waits.
func TestWaitAsLongAsAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		b := &busy{times: 1, wait: 50 * time.Second}
		w.tokenErr = b.do
		if err := w.grants(t).Run(t.Context(), exchange, Options{}); err != nil {
			t.Fatal(err)
		}
		if wait := b.asked[1].Sub(b.asked[0]); wait < 50*time.Second {
			t.Errorf("asked again after %v", wait)
		}
	})
}

// TestPreparingTakesTooLong: the person is done, and Microsoft is not.
func TestPreparingTakesTooLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.stuck = true
		began := time.Now()
		err := w.grants(t).Run(t.Context(), exchange, Options{})
		if service.CodeOf(err) != service.CodeReplication || time.Since(began) != RolesTimeout+ReplicationTimeout {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
	})
}

// TestDisabledNeedsNoBrowser: no sign-in changes what somebody decided in the
// tenant.
func TestDisabledNeedsNoBrowser(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		g := w.grants(t)
		if err := g.Run(t.Context(), exchange, Options{}); err != nil {
			t.Fatal(err)
		}
		w.tokenErr = refusing(1, &service.Error{Code: service.CodeAppDisabled, Message: "It is disabled."})
		w.browser = func(_ *world, _ *handoff, p service.HandoffPage) {
			if p.Kind == service.HandoffConsent || p.Kind == service.HandoffPreparing {
				t.Errorf("the tab shows %s", p.Kind)
			}
		}
		began := time.Now()
		if err := g.Run(t.Context(), exchange, Options{}); service.CodeOf(err) != service.CodeAppDisabled || time.Since(began) > time.Minute {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		if a := w.accounts[exchange]; a.Problem != service.CodeAppDisabled {
			t.Errorf("the problem stored is %q", a.Problem)
		}
	})
}

// TestOverloadIsSaid: what the sign-in waits for is shown while it waits, and
// no longer.
func TestOverloadIsSaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		b := &busy{times: 1, wait: 20 * time.Second}
		w.tokenErr = b.do
		g := w.grants(t)
		ended := make(chan error, 1)
		go func() { ended <- g.Run(t.Context(), exchange, Options{}) }()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if p := g.Progress(exchange); !strings.HasPrefix(p.Waiting, "Tries again:") {
			t.Errorf("while it waits: %+v", p)
		}
		time.Sleep(10*time.Second + time.Millisecond)
		synctest.Wait()
		if p := g.Progress(exchange); p.Waiting != waitKnown {
			t.Errorf("after the wait: %+v", p)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// TestOverloadIsSaidByHand: a synchronization by hand, or the daily one, says it
// as the first one does.
func TestOverloadIsSaidByHand(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := with(service.OptionAll, map[service.Service]service.AccountState{exchange: service.StateGranted})
		b := &busy{times: 1, wait: 20 * time.Second}
		w.syncErr = func(ctx context.Context) error { return patiently(ctx, b.do) } // as a token is asked for
		g := w.grants(t)
		ended := make(chan error, 1)
		go func() { ended <- g.SynchronizeNow(t.Context(), exchange) }()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if p := g.SyncProgress(exchange); !strings.HasPrefix(p.Waiting, "Tries again:") {
			t.Errorf("while it waits: %+v", p)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if p := g.SyncProgress(exchange); p.Waiting != "" {
			t.Errorf("after the wait: %+v", p)
		}
	})
}
