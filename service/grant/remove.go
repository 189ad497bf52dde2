package grant

import (
	"context"
	"errors"
	"time"

	"cloudappsecurity/service"
)

// RemoveOptions are how one removal is walked.
type RemoveOptions struct {
	OpenBrowser bool          // open the page for the sign-in in the system's browser
	Timeout     time.Duration // for a person in the browser; 0 is BrowserTimeout
	AnyComputer bool          // answers the question about another computer with yes
}

// removal is one walk of a removal. The steps that are done are stored: a walk
// that ends early leaves the rest to the next one.
type removal struct {
	g       *Grants
	service service.Service
	opt     RemoveOptions
	answers chan bool

	account service.Account
	stored  service.AccountRemoval
	handoff service.Handoff // under the lock of progress
}

// Removal is how far the removal of s is: as stored, and as walked if it is.
func (g *Grants) Removal(ctx context.Context, s service.Service) (service.RemovalProgress, error) {
	stored, err := g.c.Removals.Removal(ctx, s)
	if err != nil && service.CodeOf(err) != service.CodeNotFound {
		return service.RemovalProgress{Service: s}, err
	}
	p := g.RemovalWalk(s)
	p.Stored = stored
	return p, nil
}

// RemovalWalk is Removal as it is walked, without what is stored.
func (g *Grants) RemovalWalk(s service.Service) service.RemovalProgress {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.removals[s]
	p.Service = s
	return p
}

// CheckRemove refuses what Remove and RemoveHere would refuse at once.
func (g *Grants) CheckRemove(ctx context.Context, s service.Service) error {
	a, err := g.c.Accounts.Account(ctx, s)
	if err != nil {
		return err
	}
	if a.AppID == "" {
		return nothingToRemove(s)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.busy(s)
}

// busy says what of s runs that a removal must not run beside. Under mu.
func (g *Grants) busy(s service.Service) error {
	switch {
	case g.removing[s] != nil:
		return removalRuns(s)
	case g.running[s] != nil:
		return grantRuns(s)
	case g.ending[s]:
		return synchronizationRuns(s)
	default:
		return nil
	}
}

// Remove removes the service account of s, in the tenant and here. It stores
// that it was begun, from when on the service counts as not granted, and goes on
// after the latest step that is done. While something is left in the tenant an
// administrator has to sign in: the token is never stored. Its errors are
// *service.Error; it can be called again until it succeeds.
func (g *Grants) Remove(ctx context.Context, s service.Service, opt RemoveOptions) error {
	r, err := g.beginRemoval(ctx, s, opt)
	if err != nil {
		return err
	}
	defer g.endRemoval(s)
	if r.stored.InTenant() {
		if err := r.inTenant(ctx); err != nil {
			return r.stopped(ctx, err)
		}
	}
	return r.stopped(ctx, r.here(ctx, service.RemovedText(s)+" The application was removed from the tenant, and what was stored of it from this computer. "+
		service.TokensLiveOn+" This computer has dropped its own."))
}

// RemoveHere removes only what is stored on this computer. The application stays
// in the tenant, with a certificate of which the key is gone.
func (g *Grants) RemoveHere(ctx context.Context, s service.Service) error {
	r, err := g.beginRemoval(ctx, s, RemoveOptions{})
	if err != nil {
		return err
	}
	defer g.endRemoval(s)
	words := service.RemovedText(s) + " What was stored of it on this computer was removed."
	if left := service.ByHand(r.account, r.stored.Done); left != "" {
		words += " Its application stays in the tenant until somebody removes it. " + left + ". This computer has dropped its key."
	}
	return r.stopped(ctx, r.here(ctx, words))
}

// beginRemoval registers a walk, and stores that the service is being removed.
func (g *Grants) beginRemoval(ctx context.Context, s service.Service, opt RemoveOptions) (*removal, error) {
	if opt.Timeout <= 0 {
		opt.Timeout = BrowserTimeout
	}
	r := &removal{g: g, service: s, opt: opt, answers: make(chan bool, 1)}
	g.mu.Lock()
	if err := g.busy(s); err != nil {
		g.mu.Unlock()
		return nil, err
	}
	g.removing[s] = r
	g.removals[s] = service.RemovalProgress{Running: true}
	g.mu.Unlock()
	if err := r.begin(ctx); err != nil {
		err = r.stopped(ctx, err)
		g.endRemoval(s)
		return nil, err
	}
	return r, nil
}

func (r *removal) begin(ctx context.Context) (err error) {
	g := r.g
	if r.account, err = g.c.Accounts.Account(ctx, r.service); err != nil {
		return err
	}
	if r.account.AppID == "" {
		return nothingToRemove(r.service)
	}
	if r.stored, err = g.c.Removals.BeginRemoval(ctx, r.service, g.c.Now()); err != nil {
		return err
	}
	g.c.Tokens.Forget(r.service)
	g.update(r.service, func(p *service.GrantProgress) { *p = service.GrantProgress{Service: r.service} })
	g.updateSync(r.service, service.SyncProgress{})
	g.c.Events.Accounts.Emit()
	return nil
}

// endRemoval ends the registration of a walk.
func (g *Grants) endRemoval(s service.Service) {
	g.mu.Lock()
	delete(g.removing, s)
	p := g.removals[s]
	p.Running, p.URL, p.Waiting, p.Other = false, "", "", nil
	g.removals[s] = p
	g.mu.Unlock()
	g.c.Events.Removal.Emit()
}

func (r *removal) update(f func(*service.RemovalProgress)) {
	r.g.mu.Lock()
	p := r.g.removals[r.service]
	f(&p)
	r.g.removals[r.service] = p
	r.g.mu.Unlock()
	r.g.c.Events.Removal.Emit()
}

// tell shows what is waited for, in the window and in the tab.
func (r *removal) tell(words string) {
	r.update(func(p *service.RemovalProgress) { p.Waiting = words })
	r.g.mu.Lock()
	h := r.handoff
	r.g.mu.Unlock()
	if h != nil && words != "" {
		h.Show(service.HandoffPage{Kind: service.HandoffPreparing, Waiting: words})
	}
}

// stopped shows how a walk ended early, and gives err in words.
func (r *removal) stopped(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	e := service.AsError(err)
	if errors.Is(ctx.Err(), context.Canceled) {
		e = removalCanceled(err)
	}
	refused := e.Code == codeRefused(err)
	r.g.c.Log.Warn("removal stopped", "service", r.service, "code", e.Code, "aadsts", e.AADSTS, "done", r.stored.Done, "cause", e.Cause)
	r.update(func(p *service.RemovalProgress) { p.Err, p.Refused = e, refused })
	return e
}

// AnswerRemoval answers whether another computer's protection is stopped, too.
// It has no effect while nothing is asked.
func (g *Grants) AnswerRemoval(s service.Service, yes bool) {
	g.mu.Lock()
	run, asked := g.removing[s], g.removals[s].Other != nil
	g.mu.Unlock()
	if run == nil || !asked {
		return
	}
	select {
	case run.answers <- yes:
	default: // answered already
	}
}

// ReopenRemoval opens the page of a running removal again.
func (g *Grants) ReopenRemoval(s service.Service) error {
	g.mu.Lock()
	url := g.removals[s].URL
	g.mu.Unlock()
	if url == "" {
		return &service.Error{Code: service.CodeNotFound, Message: "No page for the removal is open.", Help: `Press "Continue removal" to open one.`}
	}
	return g.open(url)
}

// here removes what is stored, in one transaction, and ends with words.
func (r *removal) here(ctx context.Context, words string) error {
	g := r.g
	r.update(func(p *service.RemovalProgress) { p.Step, p.Waiting = service.RemovalHere, "" })
	if err := r.forget(ctx); err != nil {
		return err
	}
	g.c.Tokens.Forget(r.service)
	r.update(func(p *service.RemovalProgress) { p.Finished, p.Err, p.Refused = words, nil, false })
	g.c.Events.Accounts.Emit()
	g.c.Events.Targets.Emit()
	g.c.Events.Notifications.Emit()
	return g.settle(context.WithoutCancel(ctx))
}

func (r *removal) forget(ctx context.Context) error {
	g := r.g
	g.option.Lock()
	defer g.option.Unlock()
	detail := "Its service account was removed."
	if r.stored.By != "" {
		detail = "Its service account was removed, by " + r.stored.By + "."
	}
	if r.stored.InTenant() {
		detail = "Its service account was removed from this computer only: the application stays in the tenant."
	}
	return g.c.Removals.Forget(ctx, r.service, []string{begunKey(r.service)}, service.Notification{
		Time: g.c.Now(), Severity: service.SeverityInfo, Text: service.RemovedText(r.service), Detail: detail})
}
