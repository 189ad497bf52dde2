package identity

import (
	"net/http"
	"slices"

	"cloudappsecurity/service/m365sim/tenant"
)

// proceedConsent asks for what the person's account did not consent to yet,
// and ends the sign-in with a code if there is nothing.
func (s *Server) proceedConsent(r *http.Request, f *flow) *ending {
	lacking := missing(s.wanted(f.app, f.scopes), s.granted(f.app, *f.account))
	if len(lacking) == 0 && (f.prompt != "consent" || f.consented) {
		return s.grantCode(f)
	}
	if f.prompt == "none" {
		return s.goBack(r, f, consentMissing(f.app))
	}
	needsAdmin := func(name string) bool { p, _ := findScope(name); return p.AdminOnly }
	if !f.account.GlobalAdmin && slices.ContainsFunc(lacking, needsAdmin) {
		f.step = stepApproval
		f.refusal = s.report(r, fail(90094, consentRequired, "The grant requires admin permission."))
		return nil
	}
	f.step = stepConsent
	return nil
}

func consentMissing(app tenant.Application) *failure {
	f := fail(65001, invalidGrant, "The user or administrator has not consented to use the application with ID '%s' named '%s'. "+
		"Send an interactive authorization request for this user and resource.", app.AppID, app.DisplayName)
	f.suberror = "consent_required"
	return f
}

// asked are the permissions of the consent page of a sign-in, in its order.
func (s *Server) asked(f *flow) (list []tenant.Permission) {
	for _, p := range tenant.GraphScopes() {
		switch p.Value {
		case "openid", "email": // Entra's page has one line for these and profile
			continue
		case "profile":
			if s.lists(f, "User.Read") {
				continue
			}
		}
		if s.lists(f, p.Value) {
			list = append(list, p)
		}
	}
	return list
}

func (s *Server) lists(f *flow, name string) bool {
	return slices.Contains(s.wanted(f.app, f.scopes), name)
}

// takeConsent takes Accept or Cancel of a sign-in's consent page.
func (s *Server) takeConsent(r *http.Request, f *flow) *ending {
	if r.PostFormValue("accept") == "" {
		return s.goBack(r, f, declined())
	}
	forAll := r.PostFormValue("organization") != "" && f.account.GlobalAdmin
	if refusal := s.recordConsent(f, forAll); refusal != nil {
		return s.refuse(r, f, refusal)
	}
	f.consented = true
	return s.proceed(r, f)
}

func (s *Server) recordConsent(f *flow, forAll bool) *failure {
	names := s.wanted(f.app, f.scopes)
	if f.account.TenantID != s.tenant.ID() {
		key := f.account.ID + " " + f.app.AppID
		s.abroad[key] = append(s.abroad[key], missing(names, s.abroad[key])...)
		return nil
	}
	user := f.account.ID
	if forAll {
		user = ""
	}
	if err := s.tenant.ConsentDelegated(f.app.AppID, user, names); err != nil {
		s.log.Warn("consent not recorded", "error", err)
		return applicationNotFound(f.app.AppID, s.directoryName(f))
	}
	return nil
}

func declined() *failure {
	return fail(65004, accessDenied, "User declined to consent to access the app.")
}

func (s *Server) applicationDisabled(app tenant.Application) *failure {
	return fail(7000112, unauthorizedClient, "Application '%s'(%s) is disabled.", app.AppID, app.DisplayName)
}
