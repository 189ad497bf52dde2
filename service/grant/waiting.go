package grant

import (
	"context"
	"errors"
	"strings"
	"time"

	"cloudappsecurity/service"
)

// The sentences for what a grant waits for.
const (
	waitSignIn     = "Microsoft's sign-in is open in your browser."
	waitSignInSlow = "Microsoft's sign-in is open in your browser. If it shows an error, press Cancel, mend what the error names and start again."
	waitConsent    = "Microsoft does not report the consent yet. If its page shows an error, your tenant may still be spreading the application."
	waitRoles      = "Microsoft activates the permissions. This takes up to five minutes."
	waitKnown      = "Microsoft 365 makes the application known everywhere. This takes up to two minutes."
)

// missingRoles are the roles that a token lacks.
type missingRoles []string

func (m missingRoles) Error() string { return "roles are missing: " + strings.Join(m, ", ") }

// reason says why a wait goes on.
func reason(err error) string {
	if m, ok := errors.AsType[missingRoles](err); ok {
		return waitRoles + " Still missing: " + strings.Join(m, ", ") + "."
	}
	return "Tries again: " + service.AsError(err).Error()
}

type waitingKey struct{}

// showing gives a context in which patiently tells why it waits, and nil when
// the wait is over.
func showing(ctx context.Context, tell func(error)) context.Context {
	return context.WithValue(ctx, waitingKey{}, tell)
}

func teller(ctx context.Context) func(error) {
	if tell, ok := ctx.Value(waitingKey{}).(func(error)); ok {
		return tell
	}
	return func(error) {}
}

// tell shows in the wizard why Microsoft's sign-in is waited for; nil shows
// what stood there before.
func (r *session) tell(err error) {
	r.g.update(r.service, func(p *service.GrantProgress) {
		if err == nil {
			if r.told != "" && p.Waiting == r.told {
				p.Waiting = r.before
			}
			r.told = ""
			return
		}
		if r.told == "" || p.Waiting != r.told {
			r.before = p.Waiting
		}
		r.told = reason(err)
		p.Waiting = r.told
	})
}

// still shows why a wait that began a while ago goes on, in the tab as well if
// that shows what is waited for.
func (r *session) still(began time.Time, err error, tab bool) {
	words := reason(err)
	if r.g.c.Now().Sub(began) < ReasonAfter || r.g.Progress(r.service).Waiting == words {
		return
	}
	if tab {
		r.handoff.Show(service.HandoffPage{Kind: service.HandoffPreparing, Waiting: words})
	}
	r.g.update(r.service, func(p *service.GrantProgress) { p.Waiting = words })
}

// pauseAfter is pause, or longer if Microsoft asked for that.
func pauseAfter(err error, pause time.Duration) time.Duration {
	return max(pause, service.RetryAfter(err))
}
