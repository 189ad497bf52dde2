package identity

import (
	"errors"
	"net/http"
	"slices"

	"cloudappsecurity/service/m365sim/tenant"
)

// adminConsent begins the consent of an administrator to all that an
// application is registered for. While the application, or its redirect
// address, isn't known here yet, that is said on our own page: there is nowhere
// to go back to.
func (s *Server) adminConsent(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f := &flow{browser: s.sessionOf(w, r), admin: true, mode: "query"}
	end, refusal := s.startAdminConsent(r, f)
	if refusal == nil {
		s.begin(f)
	}
	s.mu.Unlock()
	s.answer(w, r, f, end, refusal)
}

func (s *Server) startAdminConsent(r *http.Request, f *flow) (*ending, *failure) {
	q := r.URL.Query()
	var refusal *failure
	if f.realm, refusal = s.realm(r.PathValue("tenant")); refusal != nil {
		return nil, refusal
	}
	if f.realm.name == "common" {
		return nil, fail(90130, invalidRequest, "Application '%s' is not supported over the /common or /consumers endpoints. "+
			"Please use the /organizations or tenant-specific endpoint.", q.Get("client_id"))
	}
	if f.app, refusal = s.clientOf(q.Get("client_id"), f.realm); refusal != nil {
		return nil, refusal
	}
	f.redirect, f.state = q.Get("redirect_uri"), q.Get("state")
	if f.redirect == "" {
		return nil, fail(900971, invalidRequest, "No reply address provided.")
	}
	if f.fault = s.faultAt(atConsent); early(f.fault) {
		return nil, s.refusalOf(f.fault, f.app, s.directoryName(f))
	}
	// Here the port counts, even of a loopback address.
	if !slices.Contains(slices.Concat(f.app.WebRedirectURIs, f.app.PublicRedirectURIs), f.redirect) {
		return nil, redirectMismatch(f)
	}
	if q.Get("scope") == "" {
		return nil, parameterMissing("scope")
	}
	if f.scopes, refusal = s.parseScopes(q.Get("scope"), f.app.DisplayName, s.directoryName(f)); refusal != nil {
		return nil, refusal
	}
	if !f.scopes.all {
		return nil, fail(70011, invalidScope, "The provided value for the input parameter 'scope' is not valid. "+
			"The scope %s is not valid: this simulation consents to '/.default' only.", q.Get("scope"))
	}
	return s.proceed(r, f), nil
}

// proceedAdmin shows the consent page to administrators only.
func (s *Server) proceedAdmin(r *http.Request, f *flow) *ending {
	if !f.account.GlobalAdmin {
		f.step = stepApproval
		f.refusal = s.report(r, fail(90094, consentRequired, "The grant requires admin permission."))
		return nil
	}
	f.step = stepAdmin
	return nil
}

// required are the permissions that an application is registered for, in
// words.
func required(app tenant.Application) (list []tenant.Permission) {
	for _, resource := range app.RequiredResources {
		for _, access := range resource.ResourceAccess {
			find := tenant.GraphScope
			if access.Type == "Role" {
				find = tenant.GraphRole
			}
			if p, ok := find(access.ID); ok && resource.ResourceAppID == tenant.GraphAppID {
				list = append(list, p)
			}
		}
	}
	return list
}

// takeAdminConsent takes Accept or Cancel.
func (s *Server) takeAdminConsent(r *http.Request, f *flow) *ending {
	if r.PostFormValue("accept") == "" {
		return s.goBack(r, f, declined())
	}
	if f.account.TenantID != s.tenant.ID() {
		return s.refuse(r, f, applicationNotFound(f.app.AppID, s.directoryName(f)))
	}
	switch err := s.tenant.ConsentApplication(f.app.AppID); {
	case errors.Is(err, tenant.ErrUnknownRole):
		return s.refuse(r, f, fail(650053, invalidClient, "The application '%s' asked for a permission that doesn't exist on the resource '%s'. "+
			"Contact the app vendor.", f.app.DisplayName, tenant.GraphAppID))
	case err != nil:
		return s.refuse(r, f, applicationNotFound(f.app.AppID, s.directoryName(f)))
	}
	f.step = stepDone
	if s.noRedirect() {
		return nil
	}
	return s.back(f, map[string]string{
		"admin_consent": "True", "tenant": f.account.TenantID, "scope": f.scopes.written[".default"],
	})
}
