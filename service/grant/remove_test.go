package grant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cloudappsecurity/service"
)

// removals is what a removal meets, in memory: the tenant's objects, and what is
// stored of it.
type removals struct {
	principal, application, deleted bool
	stored                          map[service.Service]service.AccountRemoval
	forgotten                       []service.Service
	keysErr                         error
	// at is called at each point which a walk reaches, such as "tenant
	// service_principal" or "stored application": an error is what happens there.
	at func(point string) error
}

func (w *world) reached(point string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note("%s", point)
	if w.removed.at != nil {
		return w.removed.at(point)
	}
	return nil
}

func (w *world) Removal(_ context.Context, s service.Service) (service.AccountRemoval, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, ok := w.removed.stored[s]
	if !ok {
		return r, service.NotFound("A removal")
	}
	return r, nil
}

func (w *world) BeginRemoval(_ context.Context, s service.Service, now time.Time) (service.AccountRemoval, error) {
	if err := w.reached("stored begin"); err != nil {
		return service.AccountRemoval{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	a := w.accounts[s]
	a.State, a.Problem, a.ProblemText = service.StateRemoving, "", ""
	w.accounts[s] = a
	r, ok := w.removed.stored[s]
	if !ok {
		r = service.AccountRemoval{Service: s, BegunAt: now}
		w.removed.stored[s] = r
	}
	return r, nil
}

func (w *world) SaveRemoval(ctx context.Context, r service.AccountRemoval) error {
	if err := errors.Join(w.reached("stored "+string(r.Done)), ctx.Err()); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.removed.stored[r.Service] = r
	return nil
}

func (w *world) Forget(ctx context.Context, s service.Service, settings []string, notes ...service.Notification) error {
	if err := errors.Join(w.reached("stored forget"), ctx.Err()); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.removed.stored, s)
	delete(w.accounts, s)
	for _, key := range settings {
		delete(w.settings, key)
	}
	w.removed.forgotten = append(w.removed.forgotten, s)
	w.notes = append(w.notes, notes...)
	for _, a := range w.accounts {
		if a.Granted() {
			return nil
		}
	}
	w.stored.Option = service.OptionNone
	return nil
}

// remover is the tenant as a removal meets it: with each step what it needs is
// checked, as the order of the real steps is.
type remover struct{ *world }

func (r remover) Organization(context.Context) (service.Organization, error) { return r.org, nil }

func (r remover) Certificates(context.Context, string) ([]service.KeyCredential, error) {
	return r.app.Keys, r.removed.keysErr
}

func (r remover) do(ctx context.Context, step service.RemovalStep, f func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.notAdmin {
		return &service.Error{Code: service.CodeNotAdministrator, Message: "The account that signed in may not remove the application."}
	}
	if err := r.reached("tenant " + string(step)); err != nil {
		return err
	}
	f()
	return r.reached("done " + string(step))
}

func (r remover) RemoveServicePrincipal(ctx context.Context, appID string) error {
	if appID != "app-1" {
		return fmt.Errorf("the service principal of %q", appID)
	}
	return r.do(ctx, service.RemovalPrincipal, func() { r.removed.principal = false })
}

func (r remover) RemoveApplication(ctx context.Context, objectID string) error {
	if objectID != "object-1" {
		return fmt.Errorf("the application %q", objectID)
	}
	return r.do(ctx, service.RemovalApplication, func() {
		r.removed.deleted = r.removed.deleted || r.removed.application
		r.removed.application = false
	})
}

func (r remover) PurgeApplication(ctx context.Context, objectID string) error {
	if objectID != "object-1" {
		return fmt.Errorf("the deleted application %q", objectID)
	}
	return r.do(ctx, service.RemovalPurge, func() { r.removed.deleted = false })
}

// protectedWorld is one in which Exchange Online is granted, and OneDrive, too.
func protectedWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld()
	g := w.grants(t)
	if err := g.Run(t.Context(), exchange, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := g.Finish(t.Context(), exchange, service.OptionAll, service.Selected{}); err != nil {
		t.Fatal(err)
	}
	w.accounts[service.OneDrive] = service.Account{Service: service.OneDrive, State: service.StateGranted, TenantID: "tenant-1", AppID: "app-2", AppObjectID: "object-2"}
	w.removed.principal, w.removed.application = true, true
	w.notes, w.log, w.pages, w.tabs = nil, nil, nil, 0
	return w
}

// gone holds that nothing of Exchange Online is left, and OneDrive goes on.
func (w *world) gone(t *testing.T) {
	t.Helper()
	if r := w.removed; r.principal || r.application || r.deleted {
		t.Errorf("left in the tenant: %+v", r)
	}
	if _, there := w.accounts[exchange]; there || len(w.removed.stored) > 0 || w.settings[begunKey(exchange)] != "" {
		t.Errorf("left here: %+v, %+v, %q", w.accounts[exchange], w.removed.stored, w.settings)
	}
	if !slices.Equal(w.removed.forgotten, []service.Service{exchange}) {
		t.Errorf("forgotten: %v", w.removed.forgotten)
	}
	if a := w.accounts[service.OneDrive]; a.State != service.StateGranted || w.stored.Option != service.OptionAll {
		t.Errorf("OneDrive is %+v, the option %q", a, w.stored.Option)
	}
	if len(w.notes) != 1 || w.notes[0].Text != "Exchange Online is no longer protected." || !strings.Contains(w.notes[0].Detail, "Anna Lindqvist") {
		t.Errorf("notifications %+v", w.notes)
	}
}

func TestRemoveWalksItsSteps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := protectedWorld(t)
		g := w.grants(t)
		if err := g.Remove(t.Context(), exchange, RemoveOptions{}); err != nil {
			t.Fatal(err)
		}
		w.gone(t)
		want := []string{"stored begin", "tenant service_principal", "done service_principal", "stored service_principal",
			"tenant application", "done application", "stored application",
			"tenant deleted_application", "done deleted_application", "stored deleted_application", "stored forget"}
		if !slices.Equal(w.log, want) {
			t.Errorf("walked %q", w.log)
		}
		p, err := g.Removal(t.Context(), exchange)
		if err != nil || p.Running || p.Err != nil || !strings.Contains(p.Finished, "up to 90 minutes") {
			t.Errorf("ends as %+v, %v", p, err)
		}
		for _, s := range service.RemovalSteps() {
			if done, now := p.State(s); !done || now {
				t.Errorf("%s is done: %t, now: %t", s, done, now)
			}
		}
		for _, page := range w.pages {
			if page.Kind == service.HandoffConsent {
				t.Error("a removal asks for no consent")
			}
		}
		if last := w.pages[len(w.pages)-1]; last.Kind != service.HandoffDone {
			t.Errorf("the tab ends on %q", last.Kind)
		}
		// It can be granted again, and says so again.
		w.app, w.notes = service.Application{}, nil
		if err := g.Run(t.Context(), exchange, Options{}); err != nil {
			t.Fatal(err)
		}
		if err := g.Finish(t.Context(), exchange, service.OptionAll, service.Selected{}); err != nil {
			t.Fatal(err)
		}
		if n := w.notes[len(w.notes)-1]; n.Text != "Exchange Online protected." {
			t.Errorf("the later grant says %+v", w.notes)
		}
		if p, _ := g.Removal(t.Context(), exchange); p.Finished != "" {
			t.Errorf("the end of a removal is told after a grant: %+v", p)
		}
	})
}

// TestRemoveIsFinishedLater stops a removal at each point by an error, by Cancel
// and by a crash, after which nothing is stored any more; a fresh program goes
// on from what is stored.
func TestRemoveIsFinishedLater(t *testing.T) {
	t.Parallel()
	points := []string{"stored begin"}
	for _, s := range service.RemovalSteps()[1:4] {
		points = append(points, "tenant "+string(s), "done "+string(s), "stored "+string(s))
	}
	points = append(points, "stored forget")
	for _, point := range points {
		for _, how := range []string{"error", "cancel", "crash"} {
			t.Run(point+" "+how, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					w := protectedWorld(t)
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					dead := false
					w.removed.at = func(at string) error {
						switch {
						case dead:
							return errors.New("the program is gone")
						case at != point:
							return nil
						case how == "crash":
							dead = true
							return errors.New("killed")
						case how == "cancel":
							cancel()
							return nil
						}
						return &service.Error{Code: service.CodeUnavailable, Message: "Microsoft 365 has a problem."}
					}
					g := w.grants(t)
					err := g.Remove(ctx, exchange, RemoveOptions{})
					began := point != "stored begin" || how == "cancel"
					if how != "crash" && err == nil {
						t.Fatal("it went through")
					}
					if began {
						w.betweenTwoWalks(t, g, how, strings.HasPrefix(point, "stored"))
					}
					w.removed.at, w.log = nil, nil
					if err := w.grants(t).Remove(t.Context(), exchange, RemoveOptions{}); err != nil {
						t.Fatal(err)
					}
					w.gone(t)
					if signedIn := w.tabs > 1; point == "stored forget" && signedIn {
						t.Error("the last step asked for a sign-in")
					}
				})
			})
		}
	}
}

// betweenTwoWalks holds what has to be true while a removal isn't finished.
func (w *world) betweenTwoWalks(t *testing.T, g *Grants, how string, store bool) {
	t.Helper()
	a := w.accounts[exchange]
	if a.State != service.StateRemoving || a.Granted() || a.Problem != "" {
		t.Errorf("account %+v", a)
	}
	p, err := g.Removal(t.Context(), exchange)
	if err != nil || p.Running || p.Err == nil || p.Refused != (how == "crash" && !store) || p.Finished != "" {
		t.Errorf("stopped as %+v, %v", p, err)
	}
	if how == "cancel" && p.Err.Code != service.CodeCanceled || p.Err.Message == "" || how != "crash" && !(store && how == "error") && !strings.Contains(p.Err.Help, "goes on where it stood") {
		t.Errorf("says %+v", p.Err)
	}
	for name, f := range map[string]func() error{
		"a grant": func() error { return g.Run(t.Context(), exchange, Options{}) },
		"a grant of all": func() error {
			return g.Run(t.Context(), exchange, Options{Option: service.OptionAll})
		},
		"a Finish":          func() error { return g.Finish(t.Context(), exchange, service.OptionAll, service.Selected{}) },
		"a synchronization": func() error { return g.SynchronizeNow(t.Context(), exchange) },
		"a token": func() error {
			_, err := g.c.Tokens.Token(t.Context(), exchange)
			return err
		},
	} {
		if err := f(); service.CodeOf(err) != service.CodeRemoving {
			t.Errorf("%s beside a removal: %v", name, err)
		}
	}
}

func TestRemoveIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(*world)
		code    service.Code
		words   []string
		refused bool
		tenant  int // steps of the tenant that were walked
	}{
		"wrong tenant": {func(w *world) { w.org.TenantID = "tenant-2" }, service.CodeWrongTenant, []string{"Contoso Bakery", "Nothing was removed"}, false, 0},
		"no administrator": {func(w *world) { w.notAdmin = true }, service.CodeNotAdministrator,
			[]string{`"Cloud App Security for Exchange Online" (application ID app-1)`, "entra.microsoft.com", "Global Administrator"}, true, 0},
		"the application is refused": {func(w *world) {
			w.removed.at = func(point string) error {
				if point == "tenant application" {
					return &service.Error{Code: service.CodeForbidden, Message: "Microsoft 365 refused it."}
				}
				return nil
			}
		}, service.CodeForbidden, []string{"did not remove the application", "app-1", "App registrations", "Delete permanently", "this computer only"}, true, 1},
		"declined at Microsoft": {func(w *world) {
			w.browser = func(_ *world, h *handoff, p service.HandoffPage) {
				if p.Kind == service.HandoffStart {
					h.send(service.HandoffEvent{Kind: service.HandoffSignInFailed, ErrorCode: "access_denied"})
				}
			}
		}, service.CodeDeclined, nil, false, 0},
		"canceled in the browser": {func(w *world) {
			w.browser = func(_ *world, h *handoff, p service.HandoffPage) {
				if p.Kind == service.HandoffStart {
					h.send(service.HandoffEvent{Kind: service.HandoffCanceled})
				}
			}
		}, service.CodeDeclined, []string{"paused"}, false, 0},
		"nobody comes": {func(w *world) { w.browser = func(*world, *handoff, service.HandoffPage) {} }, service.CodeTimeout, []string{"15 minutes"}, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := protectedWorld(t)
				c.prepare(w)
				g := w.grants(t)
				err := g.Remove(t.Context(), exchange, RemoveOptions{})
				e := service.AsError(err)
				if e == nil || e.Code != c.code {
					t.Fatalf("ended with %+v", e)
				}
				for _, words := range c.words {
					if !strings.Contains(e.Message+" "+e.Help, words) {
						t.Errorf("no %q in %q, %q", words, e.Message, e.Help)
					}
				}
				steps := 0
				for _, line := range w.log {
					if strings.HasPrefix(line, "done ") {
						steps++
					}
				}
				if p, _ := g.Removal(t.Context(), exchange); p.Refused != c.refused || steps != c.tenant {
					t.Errorf("%d steps, %+v", steps, p)
				}
				// What is stored here can be removed all the same.
				if err := g.RemoveHere(t.Context(), exchange); err != nil {
					t.Fatal(err)
				}
				p, _ := g.Removal(t.Context(), exchange)
				if _, there := w.accounts[exchange]; there || !strings.Contains(p.Finished, "stays in the tenant") || !strings.Contains(p.Finished, "app-1") {
					t.Errorf("account there: %t; %q", there, p.Finished)
				}
				if w.removed.application != (c.tenant < 2) || !strings.Contains(w.notes[len(w.notes)-1].Detail, "this computer only") {
					t.Errorf("%+v, %+v", w.removed, w.notes)
				}
			})
		})
	}
}

// TestRemoveAsksAboutAnotherComputer: the application carries another
// computer's certificate.
func TestRemoveAsksAboutAnotherComputer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		opt    RemoveOptions
		yes    bool
		silent bool
		code   service.Code
	}{
		"yes": {yes: true}, "no": {code: service.CodeMoveRequired}, "no answer": {silent: true, code: service.CodeTimeout}, "told before": {opt: RemoveOptions{AnyComputer: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := protectedWorld(t)
				w.app.Keys = append(w.app.Keys, service.KeyCredential{KeyID: "k", DisplayName: certificatePrefix + "BACKOFFICE (fedcba987654)",
					NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)})
				g := w.grants(t)
				asked := ""
				g.c.Events.Removal.Listen(func() {
					if p, err := g.Removal(context.Background(), exchange); err == nil && p.Other != nil && asked == "" {
						asked = p.Other.OtherText()
						if !c.silent {
							g.AnswerRemoval(exchange, c.yes)
						}
					}
				})
				err := g.Remove(t.Context(), exchange, c.opt)
				if service.CodeOf(err) != c.code {
					t.Fatalf("ended with %v", err)
				}
				if c.opt.AnyComputer != (asked == "") || asked != "" && !strings.Contains(asked, "BACKOFFICE") {
					t.Errorf("asked %q", asked)
				}
				if c.code == "" {
					w.gone(t)
				} else if p, _ := g.Removal(t.Context(), exchange); !w.removed.principal || !w.removed.application || p.Refused == c.silent {
					t.Errorf("something was removed: %+v, %+v", w.removed, p)
				}
			})
		})
	}
}

// TestRemoveRunsAlone: not beside a grant, a synchronization or another removal
// of the same service.
func TestRemoveRunsAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := protectedWorld(t)
		g := w.grants(t)
		var beside error
		w.syncing = func() { beside = g.Remove(t.Context(), exchange, RemoveOptions{}) }
		if err := g.SynchronizeNow(t.Context(), exchange); err != nil || service.CodeOf(beside) != service.CodeLocked {
			t.Errorf("%v; a removal beside it: %v", err, beside)
		}
		w.syncing = nil
		var again, grant, sync, here error
		w.removed.at = func(point string) error {
			if point == "tenant application" {
				w.mu.Unlock()
				again, here = g.Remove(t.Context(), exchange, RemoveOptions{}), g.RemoveHere(t.Context(), exchange)
				grant, sync = g.Run(t.Context(), exchange, Options{}), g.Finish(t.Context(), exchange, service.OptionAll, service.Selected{})
				w.mu.Lock()
			}
			return nil
		}
		if err := g.Remove(t.Context(), exchange, RemoveOptions{}); err != nil {
			t.Fatal(err)
		}
		for what, c := range map[string]struct {
			err  error
			code service.Code
		}{"a removal": {again, service.CodeLocked}, "one here": {here, service.CodeLocked}, "a grant": {grant, service.CodeLocked}, "a Finish": {sync, service.CodeRemoving}} {
			if service.CodeOf(c.err) != c.code {
				t.Errorf("%s beside a removal: %v", what, c.err)
			}
		}
		w.gone(t)
		if err := g.Remove(t.Context(), exchange, RemoveOptions{}); service.CodeOf(err) != service.CodeNotGranted {
			t.Errorf("nothing is left: %v", err)
		}
		if err := g.CheckRemove(t.Context(), exchange); service.CodeOf(err) != service.CodeNotGranted {
			t.Errorf("nothing is left: %v", err)
		}
	})
}

// TestRemovalSettlesExtending: the service that was still missing went.
func TestRemovalSettlesExtending(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := protectedWorld(t)
		w.stored.Option = service.OptionExtending
		w.extended = []service.Service{service.OneDrive}
		g := w.grants(t)
		if err := g.Remove(t.Context(), exchange, RemoveOptions{}); err != nil {
			t.Fatal(err)
		}
		if w.stored.Option != service.OptionAll {
			t.Errorf("option %q", w.stored.Option)
		}
	})
}

// TestLastTokenIsNoted: what Service Account tells of the latest token is true
// after each one.
func TestLastTokenIsNoted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := protectedWorld(t)
		g := w.grants(t)
		time.Sleep(2 * time.Hour)
		if _, err := g.c.Tokens.Token(t.Context(), exchange); err != nil {
			t.Fatal(err)
		}
		if got := w.accounts[exchange].LastTokenAt; !got.Equal(time.Now()) {
			t.Errorf("the latest token was noted at %s", got)
		}
	})
}
