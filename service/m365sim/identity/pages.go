package identity

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"

	"cloudappsecurity/service/m365sim/tenant"
)

//go:embed pages
var files embed.FS

// pages are the templates of what a browser shows.
type pages struct {
	templates *template.Template
	style     []byte
}

func loadPages() (*pages, error) {
	templates, err := template.ParseFS(files, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	style, err := files.ReadFile("pages/style.css")
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	return &pages{templates, style}, nil
}

// page is one page: the name of its template and what it shows.
type page struct {
	Template string
	Title    string
	Status   int
	Nonce    string // of the one script that there is, in formpost.html

	Flow     string
	Problem  string
	Username string
	Account  *tenant.Account
	Accounts []tenant.Account
	Demo     *credentials

	App          tenant.Application
	Organization string
	Permissions  []tenant.Permission
	ForAll       bool // whether the box "on behalf of your organization" shows
	Admin        bool

	Heading, Text string
	Report        *shownReport
	Retry         bool // whether another account can be chosen

	Action string
	Values map[string]string
}

// credentials are the account to try the simulation with.
type credentials struct{ Username, Password string }

type shownReport struct {
	Code                          int
	Text                          string
	Trace, Correlation, Timestamp string
}

func shown(r report) *shownReport {
	return &shownReport{r.code, r.text, r.trace, r.correlation, r.timestamp()}
}

// pageOf is the page at which a flow stands. s.mu is held.
func (s *Server) pageOf(f *flow) page {
	p := page{
		Flow: f.id, Problem: f.problem, Username: f.username, Account: f.account, App: f.app,
		Organization: s.directoryName(f), Admin: f.admin,
	}
	switch f.step {
	case stepUsername, stepPassword:
		p.Template, p.Title = string(f.step), "Sign in to your account"
		p.Demo = &credentials{s.tenant.AdminUsername(), s.tenant.AdminPassword()}
	case stepPick:
		p.Template, p.Title, p.Accounts = "account", "Pick an account", s.accounts(f.browser)
	case stepConsent:
		p.Template, p.Title = "consent", "Permissions requested"
		p.Permissions, p.ForAll = s.asked(f), f.account.GlobalAdmin && f.account.TenantID == s.tenant.ID()
	case stepAdmin:
		p.Template, p.Title, p.Permissions = "consent", "Permissions requested", required(f.app)
	case stepApproval:
		p.Template, p.Title, p.Report = "approval", "Need admin approval", shown(f.refusal)
	case stepRefused:
		refused := s.refusedPage(f.refusal)
		refused.Flow, refused.Retry, refused.Account = f.id, true, f.account
		return refused
	case stepDone:
		return s.plainPage("Finished", "This sign-in is finished", "Return to the program that opened this page. You can close this page.")
	}
	return p
}

func (s *Server) refusedPage(told report) page {
	return page{
		Template: "refused", Title: "Sign in to your account", Status: http.StatusBadRequest, Report: shown(told),
	}
}

func (s *Server) expiredPage() page {
	p := s.plainPage("Sign in to your account", "This page is no longer valid",
		"It was finished, it expired, or it belongs to another browser. Begin again in the program that opened it.")
	p.Status = http.StatusBadRequest
	return p
}

func (s *Server) plainPage(title, heading, text string) page {
	return page{Template: "plain", Title: title, Heading: heading, Text: text}
}

func (s *Server) front(w http.ResponseWriter, _ *http.Request) {
	s.render(w, s.plainPage("Simulated Microsoft 365", "Simulated Microsoft 365",
		"The sign-in pages of "+s.tenant.DisplayName()+" are served here. Programs open them when they need a sign-in."))
}

func (s *Server) style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "max-age=300")
	_, _ = w.Write(s.pages.style)
}

// render writes a page. It may not be framed or cached, and runs no script but
// the one with its nonce.
func (s *Server) render(w http.ResponseWriter, p page) {
	p.Nonce = s.secret()
	var out bytes.Buffer
	if err := s.pages.templates.ExecuteTemplate(&out, p.Template+".html", p); err != nil {
		s.log.Error("page not made", "page", p.Template, "error", err)
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; script-src 'nonce-"+p.Nonce+"'")
	if p.Status == 0 {
		p.Status = http.StatusOK
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(out.Bytes())
}

// finish sends the browser back to the program.
func (s *Server) finish(w http.ResponseWriter, r *http.Request, end ending) {
	w.Header().Set("Cache-Control", "no-store")
	if end.mode == "form_post" {
		s.render(w, page{Template: "formpost", Title: "Working...", Action: end.to, Values: end.values})
		return
	}
	u, err := url.Parse(end.to)
	if err != nil {
		s.render(w, s.plainPage("Sign in to your account", "The program's address can't be read", ""))
		return
	}
	values := url.Values{}
	for name, value := range end.values {
		values.Set(name, value)
	}
	if end.mode == "fragment" {
		u.Fragment = ""
		http.Redirect(w, r, u.String()+"#"+values.Encode(), http.StatusFound)
		return
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += values.Encode()
	http.Redirect(w, r, u.String(), http.StatusFound)
}

func (s *Server) errorURI(code int) string { return fmt.Sprintf("%s/error?code=%d", s.authority, code) }
