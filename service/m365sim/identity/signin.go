package identity

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

func equalName(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// takeUsername takes the first half of the sign-in.
func (s *Server) takeUsername(r *http.Request, f *flow) *ending {
	f.username = strings.TrimSpace(r.PostFormValue("loginfmt"))
	f.problem = ""
	if f.username == "" {
		f.problem = "Enter a valid email address."
		return nil
	}
	if _, ok := s.tenant.Account(f.username); !ok {
		f.problem = fmt.Sprintf("This username may be incorrect. Make sure you typed it correctly. "+
			"AADSTS50034: The user account %s does not exist in the %s directory.", f.username, s.directoryName(f))
		return nil
	}
	f.step = stepPassword
	return nil
}

// takePassword takes the second half, or goes back to the first.
func (s *Server) takePassword(w http.ResponseWriter, r *http.Request, f *flow) *ending {
	f.problem = ""
	if r.PostFormValue("back") != "" {
		f.step = stepUsername
		return nil
	}
	account, ok := s.tenant.Account(f.username)
	switch {
	case !ok:
		f.step = stepUsername
		return nil
	case !s.tenant.CheckPassword(f.username, r.PostFormValue("passwd")):
		f.problem = "Your account or password is incorrect. " +
			"AADSTS50126: Error validating credentials due to invalid username or password."
		return nil
	case !account.Enabled:
		f.problem = "Your account has been locked. Contact your support person to unlock it, then try again. " +
			"AADSTS50057: The user account is disabled."
		return nil
	}
	b := f.browser
	b.accounts = append([]string{account.ID}, slices.DeleteFunc(b.accounts, func(id string) bool { return id == account.ID })...)
	s.rekey(w, b)
	f.account = &account
	return s.proceed(r, f)
}

// takeAccount takes the choice of the account picker.
func (s *Server) takeAccount(r *http.Request, f *flow) *ending {
	id := r.PostFormValue("account")
	for _, a := range s.accounts(f.browser) {
		if a.ID == id {
			f.account = &a
			return s.proceed(r, f)
		}
	}
	f.step, f.username = stepUsername, ""
	return nil
}

// takeWayOut takes the links of the pages that say no: another account, or
// back to the program.
func (s *Server) takeWayOut(r *http.Request, f *flow) *ending {
	if r.PostFormValue("leave") != "" && f.step == stepApproval {
		return s.goBack(r, f, fail(f.refusal.code, accessDenied, "An administrator of %s has set a policy that prevents you from granting %s the permissions it is requesting. "+
			"Contact an administrator of %s, who can grant permissions to this application on your behalf.",
			s.directoryName(f), f.app.DisplayName, s.directoryName(f)))
	}
	f.step, f.account, f.username, f.problem, f.prompt = stepUsername, nil, "", "", "login"
	return nil
}

// admits says whether an account may sign in here at all.
func (s *Server) admits(f *flow) *failure {
	a := f.account
	if !f.realm.any && a.TenantID != f.realm.org.ID {
		home, _ := s.tenant.Organization(a.TenantID)
		return fail(50020, invalidGrant, "User account '%s' from identity provider '%s/' does not exist in tenant '%s' "+
			"and cannot access the application '%s'(%s) in that tenant. The account needs to be added as an external user in the tenant first. "+
			"Sign out and sign in again with a different Azure Active Directory user account.",
			a.UserPrincipalName, s.authority+"/"+home.ID, f.realm.org.DisplayName, f.app.AppID, f.app.DisplayName)
	}
	abroad := a.TenantID != s.tenant.ID()
	if abroad && f.app.SignInAudience == singleTenant {
		home, _ := s.tenant.Organization(a.TenantID)
		return applicationNotFound(f.app.AppID, home.DisplayName)
	}
	if sp, ok := s.tenant.ServicePrincipal(f.app.AppID); ok && !abroad && !sp.Enabled {
		return s.applicationDisabled(f.app)
	}
	return nil
}

// directoryName names the organization that a flow is about.
func (s *Server) directoryName(f *flow) string {
	if f.account != nil {
		if o, ok := s.tenant.Organization(f.account.TenantID); ok {
			return o.DisplayName
		}
	}
	if f.realm.any {
		return f.realm.name
	}
	return f.realm.org.DisplayName
}

// logout forgets the browser.
func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if b := s.known(r); b != nil {
		delete(s.sessions, b.id)
	}
	s.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: s.cookieName(), Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	s.render(w, s.plainPage("Signed out", "You signed out of your account", "It is a good idea to close all browser windows."))
}
