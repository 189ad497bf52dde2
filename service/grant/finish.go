package grant

import (
	"context"
	"time"

	"cloudappsecurity/service"
)

// store keeps that a token with every role was obtained. The organization is
// bound to the data folder now, not before: a first attempt in the wrong tenant
// leaves no trace here.
func (g *Grants) store(ctx context.Context, r *session) error {
	now := g.c.Now()
	a := r.account
	fresh := !a.Granted()
	if fresh {
		a.State = service.StateConsented
	}
	if r.admin.TenantID != "" {
		a.GrantedBy, a.GrantedByUPN = r.admin.DisplayName, r.admin.UserPrincipalName
	}
	if a.GrantedAt.IsZero() || fresh {
		a.GrantedAt = now
	}
	a.LastTokenAt, a.Problem, a.ProblemText = now, "", ""
	if r.org.TenantID != "" {
		if err := g.bind(ctx, &r.org); err != nil {
			return err
		}
	}
	var notes []service.Notification
	if r.admin.TenantID != "" {
		notes = append(notes, service.Notification{Time: now, Severity: service.SeverityInfo, Service: a.Service,
			Text: service.GrantedText(a.Service), Detail: "By " + a.GrantedBy + ".",
			Key: "granted:" + string(a.Service) + ":" + a.AppID + ":" + a.Certificate.Thumbprint})
	}
	if err := g.c.Accounts.SaveAccount(ctx, a, notes...); err != nil {
		return err
	}
	if err := g.c.Accounts.SetSetting(ctx, begunKey(a.Service), ""); err != nil {
		return err
	}
	r.account = a
	g.c.Events.Accounts.Emit()
	g.c.Events.Notifications.Emit()
	return nil
}

// bind stores the organization with the option as it is now: another service's
// grant may have chosen it while the browser was open for this one.
func (g *Grants) bind(ctx context.Context, org *service.Organization) error {
	g.option.Lock()
	defer g.option.Unlock()
	stored, err := g.c.Accounts.Organization(ctx)
	if err != nil && service.CodeOf(err) != service.CodeNotFound {
		return err
	}
	org.Option, org.Demo = stored.Option, g.c.Demo
	return g.c.Accounts.SaveOrganization(ctx, *org)
}

// Finish walks the second half of a grant: it stores the option and the
// targets, runs the first synchronization (all) and the first check of a
// mailbox, site or drive, and stores "… protected." with its notification, in
// one transaction. sel is used with OptionSelected only; an empty one leaves
// the stored selection as it is. It resumes where it was cut.
func (g *Grants) Finish(ctx context.Context, s service.Service, o service.Option, sel service.Selected) error {
	end, err := g.beginEnding(ctx, s)
	if err != nil {
		return err
	}
	defer end()
	err = g.throughOutages(ctx, s, func() error { return g.synchronize(g.showsWaiting(ctx, s), s, o, sel) })
	if err == nil {
		err = g.settle(ctx, s)
	}
	return g.ended(ctx, s, err)
}

// showsWaiting lets the progress of a synchronization of s say why Microsoft's
// sign-in is waited for.
func (g *Grants) showsWaiting(ctx context.Context, s service.Service) context.Context {
	return showing(ctx, func(err error) {
		words := ""
		if err != nil {
			words = reason(err)
		}
		g.Waiting(s, words)
	})
}

// ended shows how a synchronization ended, and gives err in words.
func (g *Grants) ended(ctx context.Context, s service.Service, err error) error {
	if err == nil {
		g.updateSync(s, service.SyncProgress{Phase: service.SyncDone})
		return nil
	}
	e := service.AsError(err)
	if ctx.Err() != nil {
		e = &service.Error{Code: service.CodeCanceled, Message: "The synchronization was canceled.",
			Help: "Nothing was lost. It resumes where it stood.", Cause: err}
	}
	g.c.Log.Warn("synchronization ended", "service", s, "code", e.Code, "cause", e.Cause)
	last := g.SyncProgress(s)
	last.Phase, last.Err, last.Waiting = service.SyncFailed, e, ""
	g.updateSync(s, last)
	return e
}

func (g *Grants) synchronize(ctx context.Context, s service.Service, o service.Option, sel service.Selected) error {
	a, err := g.c.Accounts.Account(ctx, s)
	if err != nil {
		return err
	}
	if !a.Granted() {
		return notGrantedNow(a)
	}
	g.updateSync(s, service.SyncProgress{Phase: firstPhase(s)})
	if err := g.choose(ctx, &a, o, sel); err != nil {
		return err
	}
	if o.Everyone() {
		if err := g.c.Directory.Synchronize(ctx, s, g.reporting(s)); err != nil {
			return err
		}
		g.c.Events.Targets.Emit()
	}
	counts, err := g.c.Targets.TargetCounts(ctx, s)
	if err != nil {
		return err
	}
	if counts.Protected == 0 {
		return nobodyToProtect(s)
	}
	g.updateSync(s, service.SyncProgress{Phase: service.SyncCheck, Done: counts.Protected, Total: counts.Protected})
	if err := g.settled(ctx, a); err != nil {
		return err
	}
	if err := g.c.Directory.FirstCheck(ctx, s); err != nil {
		return err
	}
	return g.protected(ctx, s, o)
}

// firstPhase is with what a synchronization of s begins.
func firstPhase(s service.Service) service.SyncPhase {
	if s.CoversSites() {
		return service.SyncSites
	}
	return service.SyncUsers
}

// settled proves once more that access is granted. What was granted a moment
// ago comes and goes while the tenant replicates: then it asks again.
func (g *Grants) settled(ctx context.Context, a service.Account) error {
	waited := false
	defer func() {
		if waited {
			g.Waiting(a.Service, "")
		}
	}()
	for {
		_, err := g.c.Tokens.Fresh(ctx, a)
		switch service.CodeOf(err) {
		case service.CodeConsentMissing, service.CodeAppMissing, service.CodePrincipalMissing, service.CodeCertificate, service.CodeReplication:
		default:
			return err
		}
		if !g.c.Now().Before(a.LastTokenAt.Add(ReplicationTimeout)) {
			return err
		}
		waited = true
		g.Waiting(a.Service, reason(err))
		wait := time.NewTimer(time.Second)
		select {
		case <-ctx.Done():
			wait.Stop()
			return ctx.Err()
		case <-wait.C:
		}
	}
}

// choose stores the option and the selection before anything runs, so that a
// kill resumes with them.
func (g *Grants) choose(ctx context.Context, a *service.Account, o service.Option, sel service.Selected) error {
	if err := g.CheckOption(ctx, a.Service, o); err != nil {
		return err
	}
	if o == service.OptionSelected && !sel.Empty() {
		var err error
		if a.Service.CoversSites() {
			err = g.c.Directory.StoreSites(ctx, a.Service, sel.Sites)
		} else {
			err = g.c.Directory.StoreSelection(ctx, a.Service, sel.People)
		}
		if err != nil {
			return err
		}
		g.c.Events.Targets.Emit()
	}
	if err := g.hold(ctx, a, o); err != nil {
		return err
	}
	g.c.Events.Accounts.Emit()
	return nil
}

// hold stores the option and that a goes by it. Of two services which choose
// differently at the same time the second one is refused.
func (g *Grants) hold(ctx context.Context, a *service.Account, o service.Option) error {
	g.option.Lock()
	defer g.option.Unlock()
	if err := g.CheckOption(ctx, a.Service, o); err != nil {
		return err
	}
	org, err := g.c.Accounts.Organization(ctx)
	if err != nil {
		return err
	}
	if !sameOption(org.Option, o) {
		org.Option = o
		if err := g.c.Accounts.SaveOrganization(ctx, org); err != nil {
			return err
		}
	}
	if a.State != service.StateConsented {
		return nil
	}
	a.State = service.StateSynchronizing
	return g.c.Accounts.SaveAccount(ctx, *a)
}

// protected stores the sentence, once everything that it claims is true.
func (g *Grants) protected(ctx context.Context, s service.Service, o service.Option) error {
	a, err := g.c.Accounts.Account(ctx, s)
	if err != nil {
		return err
	}
	now := g.c.Now()
	a.State, a.LastTokenAt, a.Problem, a.ProblemText = service.StateGranted, now, "", ""
	if o.Everyone() {
		a.SyncedAt = now
	}
	if a.ProtectedAt.IsZero() {
		a.ProtectedAt = now
	}
	err = g.c.Accounts.SaveAccount(ctx, a, service.Notification{
		Time: now, Severity: service.SeveritySuccess, Service: s,
		Text: service.ProtectedText(s), Detail: service.ScanPending,
		Key: "protected:" + string(s) + ":" + a.AppID,
	})
	if err != nil {
		return err
	}
	g.c.Events.Accounts.Emit()
	g.c.Events.Notifications.Emit()
	return nil
}

// CheckOption refuses an option which Finish would refuse, before any browser
// is needed. The option is the organization's: once a service goes by it, the
// others do.
func (g *Grants) CheckOption(ctx context.Context, s service.Service, o service.Option) error {
	org, err := g.c.Accounts.Organization(ctx)
	if service.CodeOf(err) == service.CodeNotFound {
		return nil
	} else if err != nil {
		return err
	}
	if org.Option == service.OptionNone || sameOption(org.Option, o) {
		return nil
	}
	for _, other := range service.Services() {
		a, err := g.c.Accounts.Account(ctx, other)
		if err != nil {
			return err
		}
		// A first synchronization of its own which was cut may begin anew with
		// another option.
		if a.State == service.StateGranted || a.State == service.StateSynchronizing && other != s {
			return optionLocked(s, other, org.Option)
		}
	}
	return nil
}

// sameOption says whether o chooses what is stored: while extending, a grant of
// everyone takes everyone, and leaves it extending.
func sameOption(stored, o service.Option) bool {
	return stored == o || stored.Everyone() && o.Everyone()
}
