package identity

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"cloudappsecurity/service/m365sim/tenant"
)

// authorize begins a sign-in. A mistake in who asks, or where the answer is to
// go, shows on Entra's own page; later ones are told to the program.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f := &flow{browser: s.sessionOf(w, r)}
	end, refusal := s.startAuthorize(r, f)
	if refusal == nil {
		s.begin(f)
	}
	s.mu.Unlock()
	s.answer(w, r, f, end, refusal)
}

// answer tells how far a new flow came.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, f *flow, end *ending, refusal *failure) {
	switch {
	case refusal != nil:
		s.log.Debug("refused on our own page", "code", refusal.code)
		s.render(w, s.refusedPage(s.report(r, refusal)))
	case end != nil:
		s.finish(w, r, *end)
	default:
		s.mu.Lock()
		page := s.pageOf(f)
		s.mu.Unlock()
		s.render(w, page)
	}
}

func (s *Server) startAuthorize(r *http.Request, f *flow) (*ending, *failure) {
	q := r.URL.Query()
	var refusal *failure
	if f.realm, refusal = s.realm(r.PathValue("tenant")); refusal != nil {
		return nil, refusal
	}
	if f.app, refusal = s.clientOf(q.Get("client_id"), f.realm); refusal != nil {
		return nil, refusal
	}
	if f.realm.any && f.app.SignInAudience == singleTenant {
		return nil, fail(50194, unauthorizedClient, "Application '%s'(%s) is not configured as a multi-tenant application. "+
			"Usage of the /%s endpoint is not supported for such apps created after '10/15/2018'. "+
			"Use a tenant-specific endpoint or configure the application to be multi-tenant.", f.app.AppID, f.app.DisplayName, f.realm.name)
	}
	f.redirect, f.state = q.Get("redirect_uri"), q.Get("state")
	if f.redirect == "" {
		return nil, fail(900971, invalidRequest, "No reply address provided.")
	}
	if f.fault = s.faultAt(atSignIn); early(f.fault) {
		return nil, s.refusalOf(f.fault, f.app, s.directoryName(f))
	}
	if !matchesRedirect(slices.Concat(f.app.PublicRedirectURIs, f.app.WebRedirectURIs), f.redirect) {
		return nil, redirectMismatch(f)
	}
	f.mode = q.Get("response_mode")
	if f.mode != "form_post" && f.mode != "fragment" {
		f.mode = "query"
	}
	if refusal := s.readAuthorize(q, f); refusal != nil {
		return s.goBack(r, f, refusal), nil
	}
	return s.proceed(r, f), nil
}

// readAuthorize reads the parameters whose mistakes the program is told.
func (s *Server) readAuthorize(q url.Values, f *flow) *failure {
	f.nonce, f.prompt, f.hint = q.Get("nonce"), q.Get("prompt"), q.Get("login_hint")
	f.challenge = q.Get("code_challenge")
	switch mode := q.Get("response_mode"); mode {
	case "", "query", "fragment", "form_post":
	default:
		return fail(90023, invalidRequest, "The response_mode '%s' is not valid.", mode)
	}
	switch kind := q.Get("response_type"); kind {
	case "code":
	case "":
		return parameterMissing("response_type")
	case "id_token", "token", "code id_token", "id_token token":
		return fail(700054, unsupportedType, "response_type '%s' is not enabled for the application.", kind)
	default:
		return fail(70005, unsupportedType, "The app sent an unsupported value for the 'response_type' parameter: '%s'.", kind)
	}
	switch f.prompt {
	case "", "login", "none", "consent", "select_account":
	default:
		return fail(90023, invalidRequest, "Unsupported 'prompt' value '%s'.", f.prompt)
	}
	if q.Get("scope") == "" {
		return parameterMissing("scope")
	}
	if isPublic(f.app, f.redirect) && f.challenge == "" {
		return fail(9002325, invalidRequest, "Proof Key for Code Exchange is required for cross-origin authorization code redemption.")
	}
	if f.challenge != "" && q.Get("code_challenge_method") != "S256" {
		return fail(501491, invalidRequest, "Invalid size or method of Code_Challenge parameter: only S256 is supported here.")
	}
	if f.challenge != "" && len(f.challenge) != 43 {
		return fail(501491, invalidRequest, "Invalid size of Code_Challenge parameter.")
	}
	var refusal *failure
	f.scopes, refusal = s.parseScopes(q.Get("scope"), f.app.DisplayName, s.directoryName(f))
	return refusal
}

// clientOf finds the application that asks, as the directory of the realm
// knows it by now.
func (s *Server) clientOf(clientID string, in realm) (tenant.Application, *failure) {
	if clientID == "" {
		return tenant.Application{}, parameterMissing("client_id")
	}
	directory := in.org.DisplayName
	if in.any {
		directory = in.name
	}
	app, ok := s.tenant.SignInApplication(clientID)
	if !ok || !in.any && in.org.ID != s.tenant.ID() && app.SignInAudience == singleTenant {
		return tenant.Application{}, applicationNotFound(clientID, directory)
	}
	return app, nil
}

func redirectMismatch(f *flow) *failure {
	return fail(50011, invalidRequest, "The redirect URI '%s' specified in the request does not match the redirect URIs configured for the application '%s'. "+
		"Make sure the redirect URI sent in the request matches one added to your application in the Azure portal.", f.redirect, f.app.AppID)
}

// isPublic reports whether the redirect is one of a public client, which can't
// keep a secret and needs PKCE instead.
func isPublic(app tenant.Application, redirect string) bool {
	return matchesRedirect(app.PublicRedirectURIs, redirect)
}

// matchesRedirect compares addresses as /authorize does: to the letter, but for
// the port of a loopback address over http.
func matchesRedirect(registered []string, redirect string) bool {
	return slices.ContainsFunc(registered, func(known string) bool {
		return known == redirect || loopback(known) != "" && loopback(known) == loopback(redirect)
	})
}

// loopback is a loopback address without its port, "" for any other address.
func loopback(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.User != nil || u.Fragment != "" {
		return ""
	}
	host := strings.ToLower(u.Hostname())
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return ""
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return host + path + "?" + u.RawQuery
}
