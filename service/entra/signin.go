package entra

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"cloudappsecurity/service"
)

// BeginSignIn implements service.Identity. PKCE, state and form_post are those
// of https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow,
// RFC 7636 and RFC 9700.
func (c *Client) BeginSignIn(ctx context.Context, tenant, redirectURI string) (service.SignIn, error) {
	const op = opSignIn
	if err := loopbackURI(redirectURI, ""); err != nil {
		return service.SignIn{}, c.wrong(ctx, op, err)
	}
	client, appID, err := c.public(tenant, c.signInAppID())
	if err != nil {
		return service.SignIn{}, c.asError(ctx, op, err)
	}
	state, err1 := c.random()
	nonce, err2 := c.random()
	verifier, err3 := c.random()
	if err := errors.Join(err1, err2, err3); err != nil {
		return service.SignIn{}, c.wrong(ctx, op, errors.New("no randomness"))
	}
	// MSAL asks for these three when it redeems the code, and the scopes of a
	// redemption have to be among those of the sign-in. The refresh token that
	// offline_access brings is dropped with the client.
	scopes := append([]string{"openid", "offline_access", "profile"}, signInScopes()...)
	address, err := client.AuthCodeURL(ctx, appID, redirectURI, scopes)
	if err != nil {
		return service.SignIn{}, c.failed(ctx, op, err)
	}
	u, err := url.Parse(address)
	if err != nil {
		return service.SignIn{}, c.failed(ctx, op, err)
	}
	challenge := sha256.Sum256([]byte(verifier))
	q := u.Query()
	q.Set("response_mode", "form_post")
	q.Set("prompt", "select_account")
	q.Set("state", state)
	q.Set("nonce", nonce)
	q.Set("code_challenge", base64.RawURLEncoding.EncodeToString(challenge[:]))
	q.Set("code_challenge_method", "S256")
	u.RawQuery = q.Encode()
	return service.SignIn{
		URL:         u.String(),
		State:       state,
		RedirectURI: redirectURI,
		Tenant:      tenant,
		Verifier:    service.Secret(verifier),
		Nonce:       service.Secret(nonce),
	}, nil
}

// CompleteSignIn implements service.Identity.
func (c *Client) CompleteSignIn(ctx context.Context, s service.SignIn, code service.Secret) (service.Administrator, error) {
	const op = opSignIn
	var none service.Administrator
	if s.Verifier == "" || s.Nonce == "" || code == "" {
		return none, c.wrong(ctx, op, errors.New("an attempt without verifier, nonce or code"))
	}
	// The application of this attempt, whatever Settings say by now.
	begun, err := url.Parse(s.URL)
	if err != nil {
		return none, c.wrong(ctx, op, errors.New("an attempt without an address"))
	}
	client, appID, err := c.public(s.Tenant, begun.Query().Get("client_id"))
	if err != nil {
		return none, c.asError(ctx, op, err)
	}
	// The two scopes only: MSAL adds the others by itself, and takes an
	// offline_access among these, which is never given back, as declined:
	// https://github.com/AzureAD/microsoft-authentication-library-for-go/pull/445
	scopes := signInScopes()
	res, err := client.AcquireTokenByAuthCode(ctx, code.Reveal(), s.RedirectURI, scopes, public.WithChallenge(s.Verifier.Reveal()))
	if err != nil {
		return none, c.failed(ctx, op, err)
	}
	// The ID token comes from the token endpoint over TLS, which stands for its
	// signature: https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
	var id idToken
	if !payload(res.IDToken.RawToken, &id) || id.TenantID == "" || id.ObjectID == "" {
		return none, c.refuse(ctx, op, signInAnswerInvalid, "the answer has no usable ID token")
	}
	if why, reason := id.wrong(s, appID, c.now()); reason != "" {
		return none, c.refuse(ctx, op, why, reason)
	}
	granted := make([]string, 0, len(res.GrantedScopes))
	for _, scope := range res.GrantedScopes {
		granted = append(granted, bare(scope))
	}
	for _, p := range service.SignInPermissions() {
		if !slices.ContainsFunc(granted, func(g string) bool { return strings.EqualFold(g, p.Value) }) {
			return none, c.refuse(ctx, op, scopesMissing, "a scope is missing")
		}
	}
	name := first(id.Name, id.UPN, id.PreferredUsername, res.Account.PreferredUsername)
	return service.Administrator{
		TenantID:          id.TenantID,
		ObjectID:          id.ObjectID,
		DisplayName:       name,
		UserPrincipalName: first(id.UPN, id.PreferredUsername, res.Account.PreferredUsername),
		Token: service.Token{
			Value:     service.Secret(res.AccessToken),
			ExpiresAt: res.ExpiresOn,
			Scopes:    granted,
		},
	}, nil
}

// idToken are the claims that are read of an ID token.
// https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
type idToken struct {
	Audience          string `json:"aud"`
	TenantID          string `json:"tid"`
	ObjectID          string `json:"oid"`
	Name              string `json:"name"`
	UPN               string `json:"upn"`
	PreferredUsername string `json:"preferred_username"`
	Nonce             string `json:"nonce"`
	IssuedAt          int64  `json:"iat"`
	ExpiresAt         int64  `json:"exp"`
}

// wrong says why id is not the answer to s, made at the application appID; no
// reason if it is.
func (id idToken) wrong(s service.SignIn, appID string, now time.Time) (why refusal, reason string) {
	switch {
	case id.Nonce != s.Nonce.Reveal():
		return signInAnswerInvalid, "the ID token has another nonce"
	case !strings.EqualFold(id.Audience, appID):
		return signInAnswerInvalid, "the ID token is for another application"
	case id.IssuedAt != 0 && now.Add(clockTolerance).Before(time.Unix(id.IssuedAt, 0)):
		return clockIsOff, "the ID token is from the future"
	case now.Add(-clockTolerance).After(time.Unix(id.ExpiresAt, 0)):
		return clockIsOff, "the ID token has expired"
	case s.Tenant != "" && !strings.EqualFold(id.TenantID, s.Tenant):
		return wrongTenant, "the ID token is of another tenant"
	}
	return refusal{}, ""
}
