package grant

import (
	"context"
	"time"

	"cloudappsecurity/service"
)

// inTenant walks the steps that need the administrator, while a page in the
// browser is served.
func (r *removal) inTenant(ctx context.Context) (err error) {
	g := r.g
	r.update(func(p *service.RemovalProgress) { p.Step = service.RemovalSignIn })
	ctx = showing(ctx, func(err error) {
		words := ""
		if err != nil {
			words = reason(err)
		}
		r.tell(words)
	})
	id, name := g.c.SignInApp()
	h, err := g.c.Handoffs.Open(ctx, service.HandoffConfig{
		Service: r.service, SignInAppID: id, SignInAppName: name, SignInHost: g.c.SignInHost, Removes: r.account.AppID,
		BeginSignIn: func(ctx context.Context, redirectURI string) (signIn service.SignIn, err error) {
			err = patiently(ctx, func() error {
				// Any organization, as a grant asks: Microsoft would keep who belongs
				// to another one on a page of its own.
				signIn, err = g.c.Identity.BeginSignIn(ctx, "", redirectURI)
				return err
			})
			return signIn, err
		},
	})
	if err != nil {
		return err
	}
	defer r.closePage(ctx, h)
	deadline := g.c.Now().Add(r.opt.Timeout)
	r.update(func(p *service.RemovalProgress) { p.URL, p.Deadline, r.handoff = h.URL(), deadline, h })
	if r.opt.OpenBrowser {
		if err := g.open(h.URL()); err != nil {
			r.update(func(p *service.RemovalProgress) {
				p.Waiting = "No browser could be opened. Copy the address and open it in a browser on this computer."
			})
		}
	}
	if err = r.follow(ctx, h); err != nil {
		e := service.AsError(err)
		if ctx.Err() != nil {
			e = removalCanceled(err)
		}
		h.Show(service.HandoffPage{Kind: service.HandoffFailedPage, Err: e})
	}
	return err
}

func (r *removal) closePage(ctx context.Context, h service.Handoff) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer stop()
	if err := h.Close(ctx); err != nil {
		r.g.c.Log.Debug("closing the page of a removal", "error", err)
	}
	r.update(func(p *service.RemovalProgress) { p.URL, r.handoff = "", nil })
}

// follow drives the removal by what the browser does, until the steps in the
// tenant are done.
func (r *removal) follow(ctx context.Context, h service.Handoff) error {
	work, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	working := false
	defer func() {
		stop()
		if working {
			<-done //nolint:errcheck // a step that was begun is awaited, so that its outcome is stored
		}
	}()
	giveUp := time.NewTimer(r.opt.Timeout)
	defer giveUp.Stop()
	for {
		select {
		case <-ctx.Done():
			return removalCanceled(ctx.Err())
		case <-giveUp.C:
			if !working {
				return removalTimedOut(r.opt.Timeout)
			}
		case e, open := <-h.Events():
			switch {
			case !open:
				return removalDeclined()
			case e.Kind == service.HandoffSignedIn && !working:
				working = true
				go func() { done <- r.signedIn(work, h, e.SignIn, e.Code) }()
			default:
				if err := r.handle(e); err != nil {
					return err
				}
			}
		case err := <-done:
			working = false
			if err == nil {
				h.Show(service.HandoffPage{Kind: service.HandoffDone})
			}
			return err
		}
	}
}

func (r *removal) handle(e service.HandoffEvent) error {
	switch e.Kind {
	case service.HandoffPermitted:
		r.update(func(p *service.RemovalProgress) { p.Waiting = waitSignIn })
	case service.HandoffSignInFailed:
		if e.Err != nil {
			return e.Err
		}
		return r.g.c.Identity.RedirectError(e.ErrorCode, e.ErrorDescription)
	case service.HandoffMoveAnswered:
		r.g.AnswerRemoval(r.service, e.Yes)
	case service.HandoffCanceled:
		return removalDeclined()
	case service.HandoffOpened, service.HandoffSignedIn, service.HandoffConsented, service.HandoffConsentFailed:
	}
	return nil
}

// signedIn redeems the sign-in and walks the steps in the tenant. The
// administrator's token lives in this call only.
func (r *removal) signedIn(ctx context.Context, h service.Handoff, signIn service.SignIn, code service.Secret) error {
	r.tell("Signing in")
	var admin service.Administrator
	err := patiently(ctx, func() (err error) {
		admin, err = r.g.c.Identity.CompleteSignIn(ctx, signIn, code)
		return err
	})
	if err != nil {
		return err
	}
	if admin.TenantID != r.account.TenantID {
		return r.wrongTenant(ctx)
	}
	tenant, err := r.g.c.Deprovision(r.service, admin.Token)
	if err != nil {
		return err
	}
	r.stored.By = admin.DisplayName
	if err := r.othersAgreed(ctx, h, tenant); err != nil {
		return err
	}
	for _, s := range []struct {
		step service.RemovalStep
		do   func() error
	}{
		{service.RemovalPrincipal, func() error { return tenant.RemoveServicePrincipal(ctx, r.account.AppID) }},
		{service.RemovalApplication, func() error { return tenant.RemoveApplication(ctx, r.account.AppObjectID) }},
		{service.RemovalPurge, func() error { return tenant.PurgeApplication(ctx, r.account.AppObjectID) }},
	} {
		if r.stored.Past(s.step) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return removalCanceled(err)
		}
		r.update(func(p *service.RemovalProgress) { p.Step = s.step })
		r.tell(s.step.Text() + ".")
		if err := s.do(); err != nil {
			return r.notRemoved(s.step, err)
		}
		if err := r.save(ctx, func(a *service.AccountRemoval) { a.Done = s.step }); err != nil {
			return err
		}
	}
	return nil
}

// save stores how far the removal is, also when it is being canceled: what was
// removed is known from then on.
func (r *removal) save(ctx context.Context, f func(*service.AccountRemoval)) error {
	f(&r.stored)
	if err := r.g.c.Removals.SaveRemoval(context.WithoutCancel(ctx), r.stored); err != nil {
		return err
	}
	r.g.c.Events.Removal.Emit()
	return nil
}

func (r *removal) wrongTenant(ctx context.Context) error {
	org, err := r.g.c.Accounts.Organization(ctx)
	if err != nil && service.CodeOf(err) != service.CodeNotFound {
		return err
	}
	return removalWrongTenant(org)
}

// othersAgreed asks before it stops what another computer does, unless that was
// agreed to. Once the service principal is gone, that computer has stopped.
func (r *removal) othersAgreed(ctx context.Context, h service.Handoff, tenant service.Deprovisioner) error {
	if r.stored.Done != service.RemovalBegun || r.stored.Agreed {
		return nil
	}
	installation, err := r.g.c.Accounts.Installation(ctx, r.g.c.Computer)
	if err != nil {
		return err
	}
	r.tell("Reading whose certificates the application has.")
	keys, err := tenant.Certificates(ctx, r.account.AppObjectID)
	if err != nil {
		return r.notRemoved(service.RemovalPrincipal, err)
	}
	other := judgeKeys(keys, r.account.Certificate, installation, r.g.c.Now()).other
	if other == nil {
		return nil
	}
	if !r.opt.AnyComputer {
		if err := r.ask(ctx, h, *other); err != nil {
			return err
		}
	}
	return r.save(ctx, func(a *service.AccountRemoval) { a.Agreed = true })
}

// ask asks in the window and in the tab; one answer is enough.
func (r *removal) ask(ctx context.Context, h service.Handoff, q service.MoveQuestion) error {
	h.Show(service.HandoffPage{Kind: service.HandoffMove, Move: &q})
	r.update(func(p *service.RemovalProgress) { p.Other, p.Waiting = &q, "" })
	defer r.update(func(p *service.RemovalProgress) { p.Other = nil })
	giveUp := time.NewTimer(r.opt.Timeout)
	defer giveUp.Stop()
	select {
	case <-giveUp.C:
		return removalTimedOut(r.opt.Timeout)
	case <-ctx.Done():
		return removalCanceled(ctx.Err())
	case yes := <-r.answers:
		if !yes {
			return otherKept(q)
		}
		return nil
	}
}
