package identity

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"time"

	"cloudappsecurity/service/m365sim/tenant"
)

// code is an authorization code that was given out.
type code struct {
	clientID, redirect string
	account            tenant.Account
	scopes             scopes
	nonce, challenge   string
	public             bool
	issued             time.Time
	redeemed           bool
}

// refreshToken stands for a consent that goes on.
type refreshToken struct {
	clientID  string
	accountID string
	scopes    scopes
	expires   time.Time
}

// grantCode ends a sign-in with a code. s.mu is held.
func (s *Server) grantCode(f *flow) *ending {
	now := s.now()
	for id, old := range s.codes {
		if now.Sub(old.issued) > sessionLife {
			delete(s.codes, id)
		}
	}
	value := s.secret()
	s.codes[value] = &code{
		clientID: f.app.AppID, redirect: f.redirect, account: *f.account, scopes: f.scopes,
		nonce: f.nonce, challenge: f.challenge, public: isPublic(f.app, f.redirect), issued: now,
	}
	f.step = stepDone
	return s.back(f, map[string]string{"code": value, "session_state": s.guid()})
}

// redeemCode answers a code with tokens, once.
func (s *Server) redeemCode(r *http.Request, app tenant.Application, in realm) (tokens, *failure) {
	form := r.PostForm
	for _, name := range []string{"code", "redirect_uri"} {
		if form.Get(name) == "" {
			return tokens{}, parameterMissing(name)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.codes[form.Get("code")]
	switch {
	case c == nil:
		return tokens{}, fail(9002313, invalidGrant, "Invalid request. Request is malformed or invalid.")
	case c.clientID != app.AppID:
		return tokens{}, fail(70000, invalidGrant, "Provided grant is invalid or malformed: the code was issued to another client than '%s'.", app.AppID)
	case c.redeemed:
		return tokens{}, fail(54005, invalidGrant, "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.")
	case s.now().Sub(c.issued) > codeLife:
		return tokens{}, fail(70008, invalidGrant, "The provided authorization code or refresh token has expired due to inactivity. "+
			"Send a new interactive authorization request for this user and resource.")
	case form.Get("redirect_uri") != c.redirect:
		return tokens{}, fail(500112, invalidClient, "The reply address '%s' does not match the reply address '%s' provided when requesting Authorization code.",
			form.Get("redirect_uri"), c.redirect)
	case !in.any && in.org.ID != c.account.TenantID:
		return tokens{}, fail(700005, invalidGrant, "Provided Authorization Code is intended to use against other tenant, thus rejected.")
	}
	if refusal := checkVerifier(c, form); refusal != nil {
		return tokens{}, refusal
	}
	asked := c.scopes
	if text := form.Get("scope"); text != "" {
		narrowed, refusal := s.parseScopes(text, app.DisplayName, in.org.DisplayName)
		if refusal != nil {
			return tokens{}, refusal
		}
		asked = narrowed
	}
	if code := s.faultAt(atRedeem); code != 0 {
		return tokens{}, s.refusalOf(code, app, in.org.DisplayName)
	}
	c.redeemed = true
	return s.delegated(app, c.account, asked, c.nonce)
}

// checkVerifier holds the verifier against the challenge (RFC 7636).
func checkVerifier(c *code, form url.Values) *failure {
	verifier := form.Get("code_verifier")
	if c.challenge == "" && verifier == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(verifier))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	if verifier == "" || subtle.ConstantTimeCompare([]byte(challenge), []byte(c.challenge)) != 1 {
		return fail(501481, invalidGrant, "The Code_Verifier does not match the code_challenge supplied in the authorization request.")
	}
	return nil
}

// redeemRefresh answers a refresh token with new tokens.
func (s *Server) redeemRefresh(r *http.Request, app tenant.Application, in realm) (tokens, *failure) {
	form := r.PostForm
	if form.Get("refresh_token") == "" {
		return tokens{}, parameterMissing("refresh_token")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.refresh[form.Get("refresh_token")]
	if !ok || known.clientID != app.AppID {
		return tokens{}, fail(9002313, invalidGrant, "Invalid request. Request is malformed or invalid.")
	}
	if s.now().After(known.expires) {
		return tokens{}, fail(700082, invalidGrant, "The refresh token has expired due to inactivity.")
	}
	account, ok := s.tenant.AccountByID(known.accountID)
	switch {
	case !ok:
		return tokens{}, fail(50034, invalidGrant, "The user account does not exist in the directory.")
	case !account.Enabled:
		return tokens{}, fail(50057, invalidGrant, "The user account is disabled.")
	case !in.any && in.org.ID != account.TenantID:
		return tokens{}, fail(50020, invalidGrant, "User account '%s' does not exist in tenant '%s'.", account.UserPrincipalName, in.org.DisplayName)
	}
	asked := known.scopes
	if text := form.Get("scope"); text != "" {
		var refusal *failure
		if asked, refusal = s.parseScopes(text, app.DisplayName, in.org.DisplayName); refusal != nil {
			return tokens{}, refusal
		}
	}
	return s.delegated(app, account, asked, "")
}

// delegated makes the tokens of a person. They carry what was consented to:
// asking for more is refused, but for the scopes of OpenID Connect, which MSAL
// adds when it redeems a code whether or not they were asked for before.
// s.mu is held.
func (s *Server) delegated(app tenant.Application, account tenant.Account, asked scopes, nonce string) (tokens, *failure) {
	if sp, ok := s.tenant.ServicePrincipal(app.AppID); ok && account.TenantID == s.tenant.ID() && !sp.Enabled {
		return tokens{}, s.applicationDisabled(app)
	}
	granted := s.granted(app, account)
	lacking := slices.DeleteFunc(missing(s.wanted(app, asked), granted), signInScope)
	if len(lacking) > 0 || len(granted) == 0 {
		return tokens{}, consentMissing(app)
	}
	out, refusal := s.personTokens(app, account, asked, granted, nonce)
	if refusal == nil && asked.has("offline_access") && slices.Contains(granted, "offline_access") {
		out.Refresh = s.secret()
		s.refresh[out.Refresh] = refreshToken{app.AppID, account.ID, asked, s.now().Add(refreshLife)}
	}
	return out, refusal
}
