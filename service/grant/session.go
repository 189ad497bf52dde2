package grant

import (
	"context"
	"errors"
	"time"

	"cloudappsecurity/service"
)

// Options are how one grant is run.
type Options struct {
	OpenBrowser bool          // open the permission page in the system's browser
	Move        bool          // answers the question about another computer with yes
	Timeout     time.Duration // for a person in the browser; 0 is BrowserTimeout
	// Option is what is going to be chosen, if that is known: what Finish would
	// refuse is refused before a page is served.
	Option service.Option
}

// session is one running grant.
type session struct {
	g       *Grants
	service service.Service
	opt     Options
	answers chan bool
	ended   chan struct{} // closed when Run returns

	handoff  service.Handoff
	account  service.Account
	admin    service.Administrator // without its token once the application is prepared
	org      service.Organization
	returned bool // the consent came back

	told, before string // by tell, under the lock of progress
}

// outcome is what a goroutine of a session came to.
type outcome struct {
	prepared bool // if false, and err is nil, a token with every role was obtained
	err      error
}

// Run walks the first half of a grant and returns when a token with every role
// was obtained and stored, or with a *service.Error. Where an earlier grant
// already left a token with every role, no browser is needed.
func (g *Grants) Run(ctx context.Context, s service.Service, opt Options) error {
	if opt.Option != service.OptionNone {
		if a, err := g.c.Accounts.Account(ctx, s); err == nil && a.State == service.StateRemoving {
			return removing(s)
		}
		if err := g.CheckOption(ctx, s, opt.Option); err != nil {
			return err
		}
	}
	run, err := g.begin(s)
	if err != nil {
		return err
	}
	defer g.end(s)
	if opt.Timeout <= 0 {
		opt.Timeout = BrowserTimeout
	}
	run.opt = opt
	g.update(s, func(p *service.GrantProgress) { *p = service.GrantProgress{Service: s} })
	err = run.walk(ctx)
	if err != nil {
		err = run.fail(ctx, err)
	}
	return err
}

func (r *session) walk(ctx context.Context) error {
	g := r.g
	ctx = showing(ctx, r.tell)
	if err := g.c.Vault.Check(ctx); err != nil {
		return err
	}
	account, err := g.c.Accounts.Account(ctx, r.service)
	if err != nil {
		return err
	}
	if account.State == service.StateRemoving {
		return removing(r.service)
	}
	r.account = account
	if err := r.openPage(ctx); err != nil {
		return err
	}
	defer r.closePage(ctx)
	if err := r.inBrowser(ctx); err != nil {
		e := endOf(ctx, err)
		r.handoff.Show(service.HandoffPage{Kind: service.HandoffFailedPage, Err: e})
		return e
	}
	return nil
}

// inBrowser is the grant while the permission page is served.
func (r *session) inBrowser(ctx context.Context) error {
	g := r.g
	if inPlace, err := r.silent(ctx); err != nil {
		return err
	} else if inPlace {
		return r.finish(ctx)
	}
	if r.opt.OpenBrowser {
		if err := g.open(r.handoff.URL()); err != nil {
			g.update(r.service, func(p *service.GrantProgress) {
				p.Waiting = "No browser could be opened. Copy the address and open it in a browser on this computer."
			})
		}
	}
	return r.follow(ctx)
}

func (r *session) openPage(ctx context.Context) error {
	id, name := r.g.c.SignInApp()
	org, err := r.g.c.Accounts.Organization(ctx)
	if err != nil && service.CodeOf(err) != service.CodeNotFound {
		return err
	}
	r.org = org
	h, err := r.g.c.Handoffs.Open(ctx, service.HandoffConfig{
		Service: r.service, SignInAppID: id, SignInAppName: name, SignInHost: r.g.c.SignInHost,
		BeginSignIn: func(ctx context.Context, redirectURI string) (signIn service.SignIn, err error) {
			// Any organization may sign in, also where one is known already:
			// Microsoft would say on a page of its own that the account belongs to
			// another one, and never come back; here it is said in the wizard.
			err = patiently(showing(ctx, r.tell), func() error {
				signIn, err = r.g.c.Identity.BeginSignIn(ctx, "", redirectURI)
				return err
			})
			return signIn, err
		},
	})
	if err != nil {
		return err
	}
	r.handoff = h
	deadline := r.g.c.Now().Add(r.opt.Timeout)
	r.g.update(r.service, func(p *service.GrantProgress) {
		p.Step, p.URL, p.Deadline = service.GrantPage, h.URL(), deadline
	})
	return nil
}

func (r *session) closePage(ctx context.Context) {
	// The page that says how it ended is delivered even after a cancel.
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer stop()
	if err := r.handoff.Close(ctx); err != nil {
		r.g.c.Log.Debug("closing the permission page", "error", err)
	}
	r.g.update(r.service, func(p *service.GrantProgress) { p.URL = "" })
}

// silent tries whether an earlier grant left everything in place: a lost
// callback, a killed program or a second grant then needs no browser.
func (r *session) silent(ctx context.Context) (inPlace bool, err error) {
	if r.account.AppID == "" || len(r.account.Certificate.SealedKey) == 0 {
		return false, nil
	}
	if _, err = r.g.c.Tokens.Fresh(ctx, r.account); err == nil {
		return r.recall(ctx)
	}
	switch service.CodeOf(err) {
	case service.CodeAppDisabled:
		// Somebody decided so in the tenant. No sign-in here would change it.
		return false, errors.Join(r.needsAdministrator(ctx, err), err)
	case service.CodeOffline, service.CodeThrottled, service.CodeUnavailable, service.CodeClock, service.CodeCanceled,
		service.CodeKeyringLocked, service.CodeKeyringMissing:
		return false, err
	}
	r.g.c.Log.Info("an earlier grant does not serve", "service", r.service, "code", service.CodeOf(err))
	return false, r.needsAdministrator(ctx, err)
}

// needsAdministrator stores that access which was granted is gone, such as to
// another computer, so that it is said even if this grant comes to nothing.
func (r *session) needsAdministrator(ctx context.Context, err error) error {
	if !r.account.Granted() {
		return nil
	}
	e := service.AsError(err)
	r.account.Problem, r.account.ProblemText = e.Code, e.Message
	if err := r.g.c.Accounts.SaveAccount(ctx, r.account); err != nil {
		return err
	}
	r.g.c.Events.Accounts.Emit()
	return nil
}

// follow drives the grant by what the browser does and by what the work in the
// background comes to.
func (r *session) follow(ctx context.Context) error {
	work, stop := context.WithCancel(ctx)
	results := make(chan outcome)
	pending := 0
	defer func() {
		stop()
		for ; pending > 0; pending-- {
			<-results
		}
	}()
	start := func(f func(context.Context) outcome) {
		pending++
		go func() { results <- f(work) }()
	}
	allowed := r.opt.Timeout
	giveUp := time.NewTimer(allowed)
	defer giveUp.Stop()
	var slow <-chan time.Time
	callback := make(chan struct{}) // closed when the consent came back
	for {
		select {
		case <-ctx.Done():
			return canceled(ctx.Err())
		case <-giveUp.C:
			return r.gaveUp(allowed)
		case <-slow:
			r.slow()
		case event, open := <-r.handoff.Events():
			if !open {
				return canceledInBrowser()
			}
			if err := r.handle(event, start, callback); err != nil {
				return err
			}
			if event.Kind == service.HandoffPermitted {
				slow = time.After(ReasonAfter)
			}
			if event.Kind == service.HandoffSignedIn || event.Kind == service.HandoffConsented {
				// The person is done for now, but for a question: the work has deadlines of its own.
				allowed = RolesTimeout + ReplicationTimeout
				giveUp.Reset(allowed)
			}
		case o := <-results:
			pending--
			switch {
			case o.err != nil:
				return o.err
			case o.prepared:
				allowed = r.opt.Timeout
				giveUp.Reset(allowed)
				slow = time.After(ConsentSlowAfter)
				if err := r.askConsent(ctx); err != nil {
					return err
				}
				start(func(ctx context.Context) outcome { return r.awaitRoles(ctx, callback) })
			default:
				return r.finish(ctx)
			}
		}
	}
}

// gaveUp says what the time ran out for: somebody in the browser, or Microsoft.
func (r *session) gaveUp(allowed time.Duration) error {
	p := r.g.Progress(r.service)
	if r.returned || p.Step == service.GrantPreparing && p.Move == nil {
		return preparingTooLong(allowed)
	}
	return timedOut(allowed, p.Step != service.GrantPage)
}

// slow says, once a screen of Microsoft's has been open for a while, what may
// be the matter: nothing comes back from an error that it shows.
func (r *session) slow() {
	r.g.update(r.service, func(p *service.GrantProgress) {
		switch {
		case p.Step == service.GrantConsent && !r.returned:
			p.ConsentSlow = true
			if p.Waiting == "" {
				p.Waiting = waitConsent
			}
		case p.Step == service.GrantSignIn && p.Waiting == waitSignIn:
			p.Waiting = waitSignInSlow
		}
	})
}

func (r *session) handle(e service.HandoffEvent, start func(func(context.Context) outcome), callback chan struct{}) error {
	g := r.g
	switch e.Kind {
	case service.HandoffOpened:
		g.update(r.service, func(p *service.GrantProgress) {
			if p.Step == service.GrantPage {
				p.Step, p.Waiting = service.GrantSignIn, ""
			}
		})
	case service.HandoffPermitted:
		g.update(r.service, func(p *service.GrantProgress) {
			p.Step, p.Waiting = service.GrantSignIn, waitSignIn
		})
	case service.HandoffSignedIn:
		r.preparing("Signing in")
		start(func(ctx context.Context) outcome { return r.prepare(ctx, e.SignIn, e.Code) })
	case service.HandoffSignInFailed:
		if e.Err != nil {
			return e.Err
		}
		return g.c.Identity.RedirectError(e.ErrorCode, e.ErrorDescription)
	case service.HandoffConsentFailed:
		return g.c.Identity.RedirectError(e.ErrorCode, e.ErrorDescription)
	case service.HandoffConsented:
		if !r.returned {
			r.returned = true
			close(callback)
			r.handoff.Show(service.HandoffPage{Kind: service.HandoffPreparing, Waiting: waitRoles})
			deadline := g.c.Now().Add(RolesTimeout)
			g.update(r.service, func(p *service.GrantProgress) {
				p.Waiting, p.ConsentSlow, p.Accepted, p.Deadline = waitRoles, false, true, deadline
			})
		}
	case service.HandoffMoveAnswered:
		g.AnswerMove(r.service, e.Yes)
	case service.HandoffCanceled:
		return canceledInBrowser()
	}
	return nil
}

// preparing shows, in the tab and in the wizard, what is waited for.
func (r *session) preparing(what string) {
	r.handoff.Show(service.HandoffPage{Kind: service.HandoffPreparing, Waiting: what})
	r.g.update(r.service, func(p *service.GrantProgress) { p.Step, p.Waiting = service.GrantPreparing, what })
}

func (r *session) askConsent(ctx context.Context) error {
	var consent service.Consent
	err := patiently(ctx, func() (err error) {
		consent, err = r.g.c.Identity.BeginConsent(ctx, r.account.TenantID, r.account.AppID, r.handoff.ConsentRedirectURI())
		return err
	})
	if err != nil {
		return err
	}
	r.handoff.Show(service.HandoffPage{Kind: service.HandoffConsent, Consent: consent})
	deadline := r.g.c.Now().Add(r.opt.Timeout)
	r.g.update(r.service, func(p *service.GrantProgress) {
		p.Step, p.Deadline, p.Waiting = service.GrantConsent, deadline, ""
	})
	return nil
}

// awaitRoles polls with the certificate until a token carries every role: that
// proves the consent, whether or not its callback arrives. A failure that can
// pass ends it RolesTimeout after the callback. Before, where somebody still has
// to press Accept, no token at all for ReplicationTimeout ends it.
func (r *session) awaitRoles(ctx context.Context, callback <-chan struct{}) outcome {
	var limit <-chan time.Time
	var failing, returned time.Time // since when
	pause := time.Second
	for {
		_, err := r.g.c.Tokens.Fresh(ctx, r.account)
		now := r.g.c.Now()
		switch {
		case err == nil:
			return outcome{}
		case !service.AsError(err).Transient():
			return outcome{err: err}
		case !returned.IsZero():
			r.still(returned, err, true)
		case service.CodeOf(err) == service.CodeConsentMissing:
			failing = time.Time{}
		case failing.IsZero():
			failing = now
		case now.Sub(failing) >= ReplicationTimeout:
			return outcome{err: err}
		default:
			r.still(failing, err, false)
		}
		wait := time.NewTimer(pauseAfter(err, pause))
		pause = min(pause*3/2, 5*time.Second)
		select {
		case <-ctx.Done():
			wait.Stop()
			return outcome{err: canceled(ctx.Err())}
		case <-limit:
			wait.Stop()
			return outcome{err: err}
		case <-callback:
			callback, limit, pause, returned = nil, time.After(RolesTimeout), time.Second, r.g.c.Now()
		case <-wait.C:
		}
		wait.Stop()
	}
}

// finish stores that access is granted.
func (r *session) finish(ctx context.Context) error {
	if err := r.g.store(ctx, r); err != nil {
		return err
	}
	r.handoff.Show(service.HandoffPage{Kind: service.HandoffDone})
	r.g.update(r.service, func(p *service.GrantProgress) {
		p.Step, p.Waiting, p.Move, p.ConsentSlow, p.GrantedBy = service.GrantDone, "", nil, false, r.account.GrantedBy
	})
	return nil
}

// fail shows in the tab and in the wizard how the grant ended.
func (r *session) fail(ctx context.Context, err error) error {
	e := endOf(ctx, err)
	r.g.c.Log.Warn("grant ended", "service", r.service, "code", e.Code, "aadsts", e.AADSTS, "cause", e.Cause)
	r.g.update(r.service, func(p *service.GrantProgress) {
		p.Step, p.Err, p.Waiting, p.Move, p.URL = service.GrantFailed, e, "", nil, ""
	})
	return e
}

// endOf is err in words: whatever failed because of a cancel is a cancel.
func endOf(ctx context.Context, err error) *service.Error {
	e := service.AsError(err)
	if errors.Is(ctx.Err(), context.Canceled) && e.Code != service.CodeCanceled {
		return canceled(err)
	}
	return e
}
