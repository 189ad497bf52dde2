package identity

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"cloudappsecurity/service/m365sim/tenant"
)

// How long things live.
const (
	flowLife    = time.Hour
	sessionLife = 24 * time.Hour
	codeLife    = 10 * time.Minute
	refreshLife = 90 * 24 * time.Hour
)

// cookieName differs for each simulation: cookies don't tell ports apart.
func (s *Server) cookieName() string {
	_, port, _ := strings.Cut(hostOf(s.browser), ":")
	return "m365sim_session_" + port
}

// session is a browser, and who is signed in there.
type session struct {
	id       string
	accounts []string // object ids, the latest first
	seen     time.Time
}

// step is where a flow stands: which page shows, and which form it takes.
type step string

const (
	stepUsername step = "username"
	stepPassword step = "password"
	stepPick     step = "account"
	stepConsent  step = "consent"
	stepAdmin    step = "adminconsent"
	stepApproval step = "approval" // only an administrator can consent
	stepRefused  step = "refused"  // ends on Entra's own page
	stepDone     step = "done"
)

// flow is one walk through the pages. It belongs to the browser that began it:
// its id, which the forms carry, is of no use with another session.
type flow struct {
	id      string
	browser *session
	expires time.Time

	realm     realm
	app       tenant.Application
	admin     bool // admin consent instead of a sign-in to an application
	redirect  string
	mode      string
	state     string
	scopes    scopes
	nonce     string
	challenge string
	prompt    string
	hint      string

	step      step
	username  string // as typed
	problem   string // shown beside the field
	account   *tenant.Account
	consented bool // in this flow
	refusal   report
	fault     int // the code with which it is refused although nothing is wrong
}

// ending is how a flow ends: a redirect to the program.
type ending struct {
	to     string
	mode   string
	values map[string]string
}

// sessionOf finds the browser's session or begins one. s.mu is held.
func (s *Server) sessionOf(w http.ResponseWriter, r *http.Request) *session {
	now := s.now()
	if b := s.known(r); b != nil {
		b.seen = now
		return b
	}
	for id, old := range s.sessions {
		if now.Sub(old.seen) > sessionLife {
			delete(s.sessions, id)
		}
	}
	b := &session{seen: now}
	s.rekey(w, b)
	return b
}

func (s *Server) known(r *http.Request) *session {
	for _, c := range r.CookiesNamed(s.cookieName()) {
		if b := s.sessions[c.Value]; b != nil {
			return b
		}
	}
	return nil
}

// rekey gives a session a new id, as after each sign-in. s.mu is held.
func (s *Server) rekey(w http.ResponseWriter, b *session) {
	delete(s.sessions, b.id)
	b.id = s.secret()
	s.sessions[b.id] = b
	http.SetCookie(w, &http.Cookie{Name: s.cookieName(), Value: b.id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// begin registers a flow. s.mu is held.
func (s *Server) begin(f *flow) {
	now := s.now()
	for id, old := range s.flows {
		if now.After(old.expires) {
			delete(s.flows, id)
		}
	}
	f.id, f.expires = s.secret(), now.Add(flowLife)
	s.flows[f.id] = f
}

// flowOf finds the flow that a request of its own browser names. s.mu is held.
func (s *Server) flowOf(r *http.Request) *flow {
	f := s.flows[r.FormValue("flow")]
	if f == nil || s.now().After(f.expires) || f.browser != s.known(r) {
		return nil
	}
	return f
}

// showFlow shows the page at which a flow stands.
func (s *Server) showFlow(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f := s.flowOf(r)
	page := s.expiredPage()
	if f != nil {
		page = s.pageOf(f)
	}
	s.mu.Unlock()
	s.render(w, page)
}

// advanceFlow takes a form.
func (s *Server) advanceFlow(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	s.mu.Lock()
	f := s.flowOf(r)
	var end *ending
	if f != nil && string(f.step) == r.PathValue("step") {
		end = s.take(w, r, f)
	}
	s.mu.Unlock()
	switch {
	case f == nil:
		s.render(w, s.expiredPage())
	case end != nil:
		s.finish(w, r, *end)
	default:
		http.Redirect(w, r, "/login?flow="+f.id, http.StatusSeeOther)
	}
}

// take handles the form of the page that shows. s.mu is held.
func (s *Server) take(w http.ResponseWriter, r *http.Request, f *flow) *ending {
	switch f.step {
	case stepUsername:
		return s.takeUsername(r, f)
	case stepPassword:
		return s.takePassword(w, r, f)
	case stepPick:
		return s.takeAccount(r, f)
	case stepConsent:
		return s.takeConsent(r, f)
	case stepAdmin:
		return s.takeAdminConsent(r, f)
	case stepApproval, stepRefused:
		return s.takeWayOut(r, f)
	}
	return nil
}

// proceed moves a flow on as far as it goes without the person: to the next
// page, or to its end. s.mu is held.
func (s *Server) proceed(r *http.Request, f *flow) *ending {
	f.problem = ""
	if f.account == nil {
		return s.choose(r, f)
	}
	if refusal := s.admits(f); refusal != nil {
		return s.refuse(r, f, refusal)
	}
	if f.fault != 0 {
		return s.refuseByFault(r, f)
	}
	if f.admin {
		return s.proceedAdmin(r, f)
	}
	return s.proceedConsent(r, f)
}

// refuse ends a flow on a page of Entra's own.
func (s *Server) refuse(r *http.Request, f *flow, why *failure) *ending {
	f.step, f.refusal = stepRefused, s.report(r, why)
	return nil
}

// goBack ends a flow with a refusal that the program is told.
func (s *Server) goBack(r *http.Request, f *flow, why *failure) *ending {
	f.step = stepDone
	values := map[string]string{"error": why.oauth, "error_description": s.report(r, why).description(true)}
	if f.admin {
		values["admin_consent"] = "True"
	} else {
		values["error_uri"] = s.errorURI(why.code)
	}
	return s.back(f, values)
}

func (s *Server) back(f *flow, values map[string]string) *ending {
	if f.state != "" {
		values["state"] = f.state
	}
	return &ending{f.redirect, f.mode, values}
}

// choose finds out who the person is: from the session, or by asking.
func (s *Server) choose(r *http.Request, f *flow) *ending {
	signedIn := s.accounts(f.browser)
	i := slices.IndexFunc(signedIn, func(a tenant.Account) bool { return f.hint != "" && equalName(a.UserPrincipalName, f.hint) })
	switch {
	case f.prompt == "login":
	case f.prompt == "none" && len(signedIn) == 0:
		return s.goBack(r, f, fail(50058, loginRequired, "A silent sign-in request was sent but no user is signed in."))
	case f.prompt == "select_account" && len(signedIn) > 0:
		f.step = stepPick
		return nil
	case i >= 0:
		f.account = &signedIn[i]
		return s.proceed(r, f)
	case len(signedIn) == 1 && f.hint == "":
		f.account = &signedIn[0]
		return s.proceed(r, f)
	case f.prompt == "none":
		return s.goBack(r, f, fail(16000, interactionNeeded, "Either multiple user identities are available for the current request "+
			"or selected account is not supported for the scenario."))
	case len(signedIn) > 1 && f.hint == "":
		f.step = stepPick
		return nil
	}
	f.step, f.username = stepUsername, f.hint
	if _, ok := s.tenant.Account(f.hint); ok {
		f.step = stepPassword
	}
	return nil
}

func (s *Server) accounts(b *session) (list []tenant.Account) {
	for _, id := range b.accounts {
		if a, ok := s.tenant.AccountByID(id); ok && a.Enabled {
			list = append(list, a)
		}
	}
	return list
}
