package grant

import (
	"context"
	"sync"
	"time"

	"cloudappsecurity/service"
)

// tokenMargin is how long before its end a cached token is renewed.
const tokenMargin = 5 * time.Minute

// Tokens gives the app-only tokens of all services. A token is only given out
// if it carries every role: a withdrawn consent shows as a token without roles.
type Tokens struct {
	identity service.Identity
	vault    service.Vault
	accounts service.AccountStore
	now      func() time.Time

	mu     sync.Mutex
	cached map[service.Service]cachedToken
}

type cachedToken struct {
	token      service.Token
	appID      string
	thumbprint string
}

// NewTokens makes Tokens.
func NewTokens(i service.Identity, v service.Vault, a service.AccountStore, now func() time.Time) *Tokens {
	return &Tokens{identity: i, vault: v, accounts: a, now: now, cached: make(map[service.Service]cachedToken)}
}

// Token gives a token of s that is valid for at least five minutes.
func (t *Tokens) Token(ctx context.Context, s service.Service) (service.Token, error) {
	a, err := t.accounts.Account(ctx, s)
	if err != nil {
		return service.Token{}, err
	}
	if a.AppID == "" || a.State == service.StateRemoving {
		return service.Token{}, notGrantedNow(a)
	}
	t.mu.Lock()
	c, ok := t.cached[s]
	t.mu.Unlock()
	if ok && c.appID == a.AppID && c.thumbprint == a.Certificate.Thumbprint && t.now().Add(tokenMargin).Before(c.token.ExpiresAt) {
		return c.token, nil
	}
	return t.Fresh(ctx, a)
}

// Fresh obtains a new token for a and verifies its roles.
func (t *Tokens) Fresh(ctx context.Context, a service.Account) (service.Token, error) {
	token, err := t.obtain(ctx, a)
	if err != nil {
		return service.Token{}, err
	}
	if missing := a.Service.MissingRoles(token.Roles); len(missing) > 0 {
		return service.Token{}, rolesMissing(a.Service, missing)
	}
	t.mu.Lock()
	t.cached[a.Service] = cachedToken{token, a.AppID, a.Certificate.Thumbprint}
	t.mu.Unlock()
	// For Service Account to tell; a grant stores the first one itself.
	if a.Granted() {
		if err := t.accounts.TokenObtained(ctx, a.Service, a.AppID, t.now()); err != nil {
			return service.Token{}, err
		}
	}
	return token, nil
}

// Forget drops the cached token of s, so that the next one is fresh.
func (t *Tokens) Forget(s service.Service) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.cached, s)
}

// obtain gets a token, whatever roles it carries.
func (t *Tokens) obtain(ctx context.Context, a service.Account) (service.Token, error) {
	c, err := credential(ctx, t.vault, a)
	if err != nil {
		return service.Token{}, err
	}
	var token service.Token
	err = patiently(ctx, func() error {
		token, err = t.identity.AppToken(ctx, c)
		return err
	})
	return token, err
}

const (
	// tries is how often Microsoft's sign-in is asked while it is overloaded.
	tries = 5
	// longest is the longest wait between two tries.
	longest = 30 * time.Second
)

// patiently runs f again while Microsoft's sign-in is overloaded or cuts
// connections, after the time for which it asks. What was refused that way was
// mostly not done: a code can be redeemed again. Where it was done and only its
// answer was lost, the code is refused as used, and the cut is what is told.
func patiently(ctx context.Context, f func() error) error {
	pause, tell := time.Second, teller(ctx)
	var before error
	for try := 1; ; try++ {
		err := f()
		if service.CodeOf(err) == service.CodeSignInExpired && before != nil {
			return before
		}
		before = err
		code, wait := service.CodeOf(err), service.RetryAfter(err)
		if code != service.CodeThrottled && code != service.CodeUnavailable || try == tries || wait > longest {
			if try > 1 {
				tell(nil)
			}
			return err
		}
		if wait == 0 {
			wait, pause = pause, 2*pause
		}
		tell(err)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return err
		case <-timer.C:
		}
	}
}
