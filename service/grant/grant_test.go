package grant

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cloudappsecurity/service"
)

const exchange = service.ExchangeOnline

func TestRunEndsGranted(t *testing.T) {
	t.Parallel()
	lost := func(w *world, h *handoff, p service.HandoffPage) {
		if p.Kind != service.HandoffConsent {
			accept(w, h, p)
			return
		}
		w.mu.Lock()
		w.consented = true // accepted, but the browser never comes back
		w.mu.Unlock()
	}
	flickers := func() func() error {
		n := 0
		return func() error {
			if n++; n%3 != 0 && n < 12 {
				return &service.Error{Code: service.CodeAppMissing}
			}
			return nil
		}
	}
	for name, prepare := range map[string]func(*world){
		"accepted":                   func(*world) {},
		"the callback is lost":       func(w *world) { w.browser = lost },
		"the application flickers":   func(w *world) { w.tokenErr = flickers() },
		"consented before":           func(w *world) { w.consented = true },
		"the policy allows 200 days": func(w *world) { w.policy = 200 * 24 * time.Hour },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				prepare(w)
				if err := w.grants(t).Run(t.Context(), exchange, Options{}); err != nil {
					t.Fatal(err)
				}
				a := w.accounts[exchange]
				if a.State != service.StateConsented || a.GrantedBy != "Anna Lindqvist" || a.AppID != "app-1" || a.GrantedAt.IsZero() {
					t.Errorf("account %+v", a)
				}
				if w.stored == nil || w.stored.TenantID != "tenant-1" {
					t.Errorf("organization %+v", w.stored)
				}
				if len(w.app.Keys) != 1 || w.app.Keys[0].Thumbprint != a.Certificate.Thumbprint {
					t.Errorf("certificates %+v, ours is %s", w.app.Keys, a.Certificate.Thumbprint)
				}
				if i, j := slices.Index(w.log, "account stored: granting"), slices.Index(w.log, "certificate registered"); i < 0 || j < i {
					t.Errorf("the key has to be stored before its certificate is registered: %v", w.log)
				}
				if len(w.notes) != 1 || w.notes[0].Text != "Access to Exchange Online granted." {
					t.Errorf("notifications %+v", w.notes)
				}
				if last := w.pages[len(w.pages)-1]; last.Kind != service.HandoffDone {
					t.Errorf("the tab ends on %q", last.Kind)
				}
			})
		})
	}
}

func TestRunEndsInWords(t *testing.T) {
	t.Parallel()
	on := func(kind service.HandoffPageKind, e service.HandoffEvent) func(*world, *handoff, service.HandoffPage) {
		return func(w *world, h *handoff, p service.HandoffPage) {
			if p.Kind == kind {
				h.send(e)
			} else {
				accept(w, h, p)
			}
		}
	}
	for name, c := range map[string]struct {
		prepare func(*world)
		want    service.Code
		after   time.Duration // at least this long, at most a minute more
	}{
		"declined at sign-in": {func(w *world) {
			w.browser = on(service.HandoffStart, service.HandoffEvent{Kind: service.HandoffSignInFailed, ErrorCode: "access_denied"})
		}, service.CodeDeclined, 0},
		"declined at consent": {func(w *world) {
			w.browser = on(service.HandoffConsent, service.HandoffEvent{Kind: service.HandoffConsentFailed, ErrorCode: "access_denied"})
		}, service.CodeDeclined, 0},
		"Cancel on the page": {func(w *world) {
			w.browser = on(service.HandoffStart, service.HandoffEvent{Kind: service.HandoffCanceled})
		}, service.CodeDeclined, 0},
		"nobody comes": {func(w *world) {
			w.browser = func(*world, *handoff, service.HandoffPage) {}
		}, service.CodeTimeout, BrowserTimeout},
		"nobody accepts": {func(w *world) {
			w.browser = func(w *world, h *handoff, p service.HandoffPage) {
				if p.Kind == service.HandoffStart {
					accept(w, h, p)
				}
			}
		}, service.CodeTimeout, BrowserTimeout},
		"no administrator": {func(w *world) { w.notAdmin = true }, service.CodeNotAdministrator, 0},
		"another tenant": {func(w *world) {
			w.stored = &service.Organization{TenantID: "tenant-2", DisplayName: "Fabrikam"}
		}, service.CodeWrongTenant, 0},
		"the policy allows no certificate": {func(w *world) { w.policy = time.Hour }, service.CodeCredentialPolicy, 0},
		"the keyring is locked":            {func(w *world) { w.vault.locked = true }, service.CodeKeyringLocked, 0},
		"the application never shows": {func(w *world) {
			w.tokenErr = func() error { return &service.Error{Code: service.CodeAppMissing} }
		}, service.CodeAppMissing, ReplicationTimeout},
		"a role never comes": {func(w *world) { w.roles = []string{"User.Read.All"} }, service.CodeConsentMissing, RolesTimeout},
		"the application is disabled": {func(w *world) {
			w.tokenErr = func() error { return &service.Error{Code: service.CodeAppDisabled} }
		}, service.CodeAppDisabled, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				c.prepare(w)
				g := w.grants(t)
				began := time.Now()
				err := g.Run(t.Context(), exchange, Options{})
				if service.CodeOf(err) != c.want {
					t.Fatalf("got %v (%s), want %s", err, service.CodeOf(err), c.want)
				}
				if took := time.Since(began); took < c.after || took > c.after+time.Minute {
					t.Errorf("it took %v, not %v", took, c.after)
				}
				if a := w.accounts[exchange]; a.Granted() {
					t.Errorf("the account is %s", a.State)
				}
				p := g.Progress(exchange)
				if p.Step != service.GrantFailed || p.Err == nil || p.URL != "" {
					t.Errorf("progress %+v", p)
				}
				if w.tabs > 0 {
					if last := w.pages[len(w.pages)-1]; last.Kind != service.HandoffFailedPage || last.Err.Code != c.want {
						t.Errorf("the tab ends on %+v", last)
					}
				}
			})
		})
	}
}

func TestCancelThenGrantAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.browser = func(w *world, h *handoff, p service.HandoffPage) {
			if p.Kind == service.HandoffStart {
				accept(w, h, p)
			}
		}
		g := w.grants(t)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, cancel)
		if err := g.Run(ctx, exchange, Options{}); service.CodeOf(err) != service.CodeCanceled {
			t.Fatalf("got %v", err)
		}
		first := w.accounts[exchange].Certificate.Thumbprint
		w.browser = accept
		if err := g.Run(t.Context(), exchange, Options{}); err != nil {
			t.Fatal(err)
		}
		if len(w.app.Keys) != 1 || w.accounts[exchange].Certificate.Thumbprint != first {
			t.Errorf("the certificate of the first try has to be used again: %+v", w.app.Keys)
		}
	})
}

// TestKilledAfterAccept: what a killed program didn't store of a grant that was
// consented is known to the next one, which needs no browser.
func TestKilledAfterAccept(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		killed func(*world)
		tabs   int // that the second try needs
	}{
		"before anything was stored":       {func(*world) {}, 0},
		"when the organization was stored": {func(w *world) { o := w.org; w.stored = &o }, 0},
		"and what was known of it is lost": {func(w *world) { clear(w.settings) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				ctx, kill := context.WithCancel(t.Context())
				w.browser = func(w *world, h *handoff, p service.HandoffPage) {
					if p.Kind == service.HandoffConsent {
						kill()
						return
					}
					accept(w, h, p)
				}
				if err := w.grants(t).Run(ctx, exchange, Options{}); service.CodeOf(err) != service.CodeCanceled {
					t.Fatalf("got %v", err)
				}
				w.consented = true
				c.killed(w)
				starts := 0
				w.browser = func(w *world, h *handoff, p service.HandoffPage) {
					if p.Kind == service.HandoffPreparing {
						starts = 1
					}
					accept(w, h, p)
				}
				if err := w.grants(t).Run(t.Context(), exchange, Options{}); err != nil {
					t.Fatal(err)
				}
				if a := w.accounts[exchange]; a.State != service.StateConsented || a.GrantedBy != "Anna Lindqvist" || a.GrantedByUPN == "" {
					t.Errorf("account %+v", a)
				}
				if w.stored == nil || w.stored.TenantID != w.org.TenantID || w.stored.DisplayName != w.org.DisplayName || w.stored.DefaultDomain != w.org.DefaultDomain {
					t.Errorf("organization %+v", w.stored)
				}
				if len(w.notes) != 1 || w.notes[0].Detail != "By Anna Lindqvist." || w.settings[begunKey(exchange)] != "" {
					t.Errorf("notifications %+v, settings %v", w.notes, w.settings)
				}
				if starts != c.tabs {
					t.Errorf("%d sign-ins, want %d", starts, c.tabs)
				}
			})
		})
	}
}

func TestGrantingTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		g := w.grants(t)
		for range 2 {
			if err := g.Run(t.Context(), exchange, Options{}); err != nil {
				t.Fatal(err)
			}
			if err := g.Finish(t.Context(), exchange, service.OptionAll, service.Selected{}); err != nil {
				t.Fatal(err)
			}
			w.browser = func(_ *world, _ *handoff, p service.HandoffPage) {
				if p.Kind != service.HandoffStart && p.Kind != service.HandoffDone {
					t.Errorf("the second grant shows %q", p.Kind)
				}
			}
		}
		if len(w.notes) != 2 || w.notes[1].Text != "Exchange Online protected." || w.notes[1].Detail != service.ScanPending {
			t.Errorf("notifications %+v", w.notes)
		}
		if len(w.app.Keys) != 1 {
			t.Errorf("certificates %+v", w.app.Keys)
		}
	})
}

// TestAccessWhichIsGone: that a granted service needs its administrator is said
// until it is granted again, whatever becomes of the attempts in between.
func TestAccessWhichIsGone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refusal service.Code
		ends    service.Code
		problem service.Code
	}{
		"another certificate is registered": {service.CodeCertificate, service.CodeDeclined, service.CodeCertificate},
		"the application is gone":           {service.CodeAppMissing, service.CodeDeclined, service.CodeAppMissing},
		"offline":                           {service.CodeOffline, service.CodeOffline, ""},
		"too many requests":                 {service.CodeThrottled, service.CodeThrottled, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				g := w.grants(t)
				if err := g.Run(t.Context(), exchange, Options{}); err != nil {
					t.Fatal(err)
				}
				w.tokenErr = func() error { return &service.Error{Code: c.refusal, Message: "Refused."} }
				w.browser = func(_ *world, h *handoff, p service.HandoffPage) {
					if p.Kind == service.HandoffStart {
						h.send(service.HandoffEvent{Kind: service.HandoffCanceled})
					}
				}
				if err := g.Run(t.Context(), exchange, Options{}); service.CodeOf(err) != c.ends {
					t.Fatalf("got %v, want %q", err, c.ends)
				}
				a := w.accounts[exchange]
				if a.Problem != c.problem || (a.ProblemText == "Refused.") != (c.problem != "") || !a.Granted() {
					t.Errorf("account %+v", a)
				}
				w.tokenErr, w.browser = nil, accept
				if err := g.Run(t.Context(), exchange, Options{}); err != nil {
					t.Fatal(err)
				}
				if a := w.accounts[exchange]; a.Problem != "" || a.ProblemText != "" {
					t.Errorf("granted again: %+v", a)
				}
			})
		})
	}
}

// busy is an overloaded sign-in: so many times, asking to wait for so long.
type busy struct {
	times int
	wait  time.Duration
	asked []time.Time
}

func (b *busy) Error() string             { return "busy" }
func (b *busy) RetryAfter() time.Duration { return b.wait }

func (b *busy) do() error {
	b.asked = append(b.asked, time.Now())
	if len(b.asked) <= b.times {
		return &service.Error{Code: service.CodeThrottled, Cause: b}
	}
	return nil
}

func TestPatiently(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		busy  *busy
		asked int
		took  time.Duration
		want  service.Code
	}{
		"at once":              {&busy{}, 1, 0, ""},
		"asks to wait":         {&busy{times: 2, wait: 3 * time.Second}, 3, 6 * time.Second, ""},
		"doesn't say how long": {&busy{times: 3}, 4, 7 * time.Second, ""},
		"too often":            {&busy{times: 9, wait: time.Second}, tries, (tries - 1) * time.Second, service.CodeThrottled},
		"too long":             {&busy{times: 1, wait: time.Hour}, 1, 0, service.CodeThrottled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				if err := patiently(t.Context(), c.busy.do); service.CodeOf(err) != c.want {
					t.Errorf("got %v, want %q", err, c.want)
				}
				if took := time.Since(start); took != c.took || len(c.busy.asked) != c.asked {
					t.Errorf("asked %d times in %v", len(c.busy.asked), took)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		b := &busy{times: 9, wait: 20 * time.Second}
		if err := patiently(ctx, b.do); service.CodeOf(err) != service.CodeThrottled || len(b.asked) != 1 {
			t.Errorf("canceled: %v after %d", err, len(b.asked))
		}
	})
}

// TestAnswerOfTheCodeIsLost: the code was redeemed, and the tokens never came.
// The second try is refused since the code was used, which says nothing to
// anybody.
func TestAnswerOfTheCodeIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		codes := []service.Code{service.CodeUnavailable, service.CodeSignInExpired}
		err := patiently(t.Context(), func() error {
			code := codes[0]
			codes = codes[1:]
			return &service.Error{Code: code}
		})
		if service.CodeOf(err) != service.CodeUnavailable {
			t.Errorf("got %v", service.CodeOf(err))
		}
	})
}

func TestMoveFromAnotherComputer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		opt    Options
		answer func(*Grants, *handoff)
		want   service.Code
	}{
		"yes in the wizard": {answer: func(g *Grants, _ *handoff) { g.AnswerMove(exchange, true) }},
		"no in the wizard":  {answer: func(g *Grants, _ *handoff) { g.AnswerMove(exchange, false) }, want: service.CodeMoveRequired},
		"yes on the page": {answer: func(_ *Grants, h *handoff) {
			h.send(service.HandoffEvent{Kind: service.HandoffMoveAnswered, Yes: true})
		}},
		"no on the page": {answer: func(_ *Grants, h *handoff) {
			h.send(service.HandoffEvent{Kind: service.HandoffMoveAnswered})
		}, want: service.CodeMoveRequired},
		"answered before": {opt: Options{Move: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				other := service.Installation{ID: "ffffffffffffffffffffffffffffffff", Computer: "OLD-PC"}
				foreign := service.KeyCredential{KeyID: "mine", DisplayName: "made by hand", Thumbprint: "x", NotAfter: time.Now().Add(time.Hour)}
				w.app = service.Application{ObjectID: "object-1", AppID: "app-1", UniqueName: exchange.UniqueName(), Keys: []service.KeyCredential{
					{KeyID: "old", DisplayName: certificateName(other), Thumbprint: "old", NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}, foreign}}
				g := w.grants(t)
				w.browser = func(w *world, h *handoff, p service.HandoffPage) {
					if p.Kind == service.HandoffMove {
						if p.Move.Computer != "OLD-PC" {
							t.Errorf("asked about %q", p.Move.Computer)
						}
						go func() {
							synctest.Wait() // until the wizard shows the question too
							c.answer(g, h)
						}()
						return
					}
					accept(w, h, p)
				}
				if err := g.Run(t.Context(), exchange, c.opt); service.CodeOf(err) != c.want {
					t.Fatalf("got %v, want %q", err, c.want)
				}
				ids := []string{}
				for _, k := range w.app.Keys {
					ids = append(ids, k.KeyID)
				}
				if moved := !slices.Contains(ids, "old"); moved != (c.want == "") || !slices.Contains(ids, "mine") || len(ids) != 2 {
					t.Errorf("certificates afterwards: %v", ids)
				}
			})
		})
	}
}

func TestFinish(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(*world)
		option  service.Option
		sel     []service.Selection
		want    service.Code
	}{
		"all":      {option: service.OptionAll},
		"selected": {option: service.OptionSelected, sel: []service.Selection{{Person: service.Person{ID: "1"}}}},
		"nobody has a mailbox": {option: service.OptionAll, want: service.CodeInvalidTargets,
			prepare: func(w *world) { w.counts.Protected = 0 }},
		"the first check is refused": {option: service.OptionAll, want: service.CodeForbidden,
			prepare: func(w *world) { w.checkErr = &service.Error{Code: service.CodeForbidden} }},
		"the roles come and go": {option: service.OptionAll,
			prepare: func(w *world) {
				time.AfterFunc(10*time.Second, func() {
					w.mu.Lock()
					defer w.mu.Unlock()
					w.consented = true
				})
				w.consented = false
			}},
		"the consent was withdrawn": {option: service.OptionAll, want: service.CodeConsentMissing,
			prepare: func(w *world) { w.consented = false }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				g := w.grants(t)
				if err := g.Run(t.Context(), exchange, Options{}); err != nil {
					t.Fatal(err)
				}
				if c.prepare != nil {
					c.prepare(w)
				}
				if err := g.Finish(t.Context(), exchange, c.option, service.Selected{People: c.sel}); service.CodeOf(err) != c.want {
					t.Fatalf("got %v, want %q", err, c.want)
				}
				said := slices.ContainsFunc(w.notes, func(n service.Notification) bool { return n.Text == "Exchange Online protected." })
				if said != (c.want == "") || (w.accounts[exchange].State == service.StateGranted) != said {
					t.Errorf("protected was said: %v; state %s", said, w.accounts[exchange].State)
				}
				if len(w.selected) != len(c.sel) || (w.syncs > 0) != (c.option == service.OptionAll) {
					t.Errorf("%d selected, %d synchronizations", len(w.selected), w.syncs)
				}
				if c.want == "" {
					other := service.OptionAll
					if c.option == other {
						other = service.OptionSelected
					}
					if err := g.Finish(t.Context(), exchange, other, service.Selected{}); service.CodeOf(err) != service.CodeOptionLocked {
						t.Errorf("another option: %v", err)
					}
				}
			})
		})
	}
}

func TestOnlyOneGrantAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.browser = func(*world, *handoff, service.HandoffPage) {}
		g := w.grants(t)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- g.Run(ctx, exchange, Options{}) }()
		synctest.Wait()
		if err := g.Run(t.Context(), exchange, Options{}); service.CodeOf(err) != service.CodeLocked {
			t.Errorf("a second grant: %v", err)
		}
		cancel()
		if err := <-ended; service.CodeOf(err) != service.CodeCanceled {
			t.Errorf("the first: %v", err)
		}
	})
}

// TestHalvesAreApart: both halves store the account whole, so that one beside
// the other would undo what it stored.
func TestHalvesAreApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		g := w.grants(t)
		w.closing = func() { time.Sleep(4 * time.Second) } // the tab fetches the last page
		ended := make(chan error)
		go func() { ended <- g.Run(t.Context(), exchange, Options{}) }()
		synctest.Wait()
		for g.Progress(exchange).Step != service.GrantDone {
			if service.CodeOf(g.Finish(t.Context(), exchange, service.OptionAll, service.Selected{})) != service.CodeLocked {
				t.Error("targets were stored while the grant ran")
			}
			time.Sleep(10 * time.Millisecond)
			synctest.Wait()
		}
		w.syncing = func() {
			if err := g.Run(t.Context(), exchange, Options{}); service.CodeOf(err) != service.CodeLocked {
				t.Errorf("a grant while the synchronization ran: %v", err)
			}
			if err := g.Finish(t.Context(), exchange, service.OptionAll, service.Selected{}); service.CodeOf(err) != service.CodeLocked {
				t.Errorf("a second synchronization: %v", err)
			}
		}
		if err := g.Finish(t.Context(), exchange, service.OptionAll, service.Selected{}); err != nil { // waits for the page
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if a := w.accounts[exchange]; a.State != service.StateGranted || w.syncs != 1 {
			t.Errorf("account %s after %d synchronizations", a.State, w.syncs)
		}
	})
}

func TestCertificateNames(t *testing.T) {
	t.Parallel()
	for _, computer := range []string{"FRONTDESK", "Anna's PC (old)", "収納棚", ""} {
		i := service.Installation{ID: "0123456789abcdef0123456789abcdef", Computer: computer}
		got, id, ok := parseCertificateName(certificateName(i))
		if !ok || got != computer || id != "0123456789ab" {
			t.Errorf("%q came back as %q, %q, %v", computer, got, id, ok)
		}
	}
	if _, _, ok := parseCertificateName("Contoso certificate"); ok {
		t.Error("a certificate made by hand was taken for ours")
	}
}

// TestMoveUnanswered: the sentence names the time that really passed.
func TestMoveUnanswered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		other := service.Installation{ID: "ffffffffffffffffffffffffffffffff", Computer: "OLD-PC"}
		w.app = service.Application{ObjectID: "object-1", AppID: "app-1", UniqueName: exchange.UniqueName(), Keys: []service.KeyCredential{
			{KeyID: "old", DisplayName: certificateName(other), Thumbprint: "old", NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)}}}
		err := w.grants(t).Run(t.Context(), exchange, Options{})
		if service.CodeOf(err) != service.CodeTimeout || !strings.Contains(err.Error(), "within 7 minutes") {
			t.Errorf("got %v", err)
		}
		if len(w.app.Keys) != 1 || w.app.Keys[0].KeyID != "old" {
			t.Errorf("certificates %+v", w.app.Keys)
		}
	})
}
