package loopback

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudappsecurity/service"
)

const (
	signInURL  = "https://login.example/authorize?state=sign-in-state"
	consentURL = "https://login.example/adminconsent?state=consent-state"
)

var consent = service.HandoffPage{Kind: service.HandoffConsent, Consent: service.Consent{URL: consentURL, State: "consent-state"}}

// tab is a browser: it follows no redirect by itself.
type tab struct {
	t *testing.T
	h *handoff
	c *http.Client
}

func open(t *testing.T, change ...func(*Config, *service.HandoffConfig)) *tab {
	t.Helper()
	c := Config{Grace: time.Minute} // longer than any test: what is waited for has to come
	hc := service.HandoffConfig{
		Service:       service.ExchangeOnline,
		SignInAppID:   service.DefaultSignInAppID,
		SignInAppName: "Microsoft Graph Command Line Tools",
		BeginSignIn: func(_ context.Context, redirectURI string) (service.SignIn, error) {
			return service.SignIn{URL: signInURL, State: "sign-in-state", RedirectURI: redirectURI, Verifier: "verifier-canary"}, nil
		},
	}
	for _, f := range change {
		f(&c, &hc)
	}
	opened, err := New(c).Open(t.Context(), hc)
	if err != nil {
		t.Fatal(err)
	}
	h := opened.(*handoff)
	var d net.Dialer
	transport := &http.Transport{DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
		_, port, _ := net.SplitHostPort(address)
		return d.DialContext(ctx, "tcp4", "127.0.0.1:"+port)
	}}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = h.Close(ctx)
		transport.CloseIdleConnections()
	})
	return &tab{t, h, &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

type answer struct {
	Status   int
	Location string
	Body     string
	Header   http.Header
}

func (b *tab) do(method, address, body string, headers ...string) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		} else {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	resp, err := b.c.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	read, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header.Get("Location"), string(read), resp.Header}
}

func (b *tab) origin() string              { return b.h.SignInRedirectURI() }
func (b *tab) load() answer                { b.t.Helper(); return b.do("GET", b.h.URL(), "") }
func (b *tab) press(button string) answer  { b.t.Helper(); return b.do("POST", b.h.URL(), "do="+button) }
func (b *tab) callback(form string) answer { b.t.Helper(); return b.do("POST", b.origin()+"/", form) }
func (b *tab) consentBack(query string) answer {
	b.t.Helper()
	return b.do("GET", b.origin()+"/consent?"+query, "")
}
func (b *tab) next() service.HandoffEvent { b.t.Helper(); return <-b.h.Events() }
func (b *tab) title(a answer) string {
	_, s, _ := strings.Cut(a.Body, "<h1>")
	s, _, _ = strings.Cut(s, "</h1>")
	return s
}
func (b *tab) shows(want string) { b.t.Helper(); b.same("page", b.title(b.load()), want) }
func (b *tab) same(what string, got, want any) {
	b.t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		b.t.Errorf("%s (-want +got):\n%s", what, d)
	}
}
func (b *tab) kind(want service.HandoffEventKind) service.HandoffEvent {
	b.t.Helper()
	e := b.next()
	b.same("event", e.Kind, want)
	return e
}

func (b *tab) silent() {
	b.t.Helper()
	select {
	case e := <-b.h.Events():
		b.t.Errorf("event %q, want none", e.Kind)
	default:
	}
}

// permit walks to Microsoft's sign-in; signIn comes back from there.
func (b *tab) permit() {
	b.t.Helper()
	b.load()
	b.kind(service.HandoffOpened)
	b.same("location", b.press("permit").Location, signInURL)
	b.kind(service.HandoffPermitted)
}

func (b *tab) signIn() {
	b.t.Helper()
	b.permit()
	b.same("location", b.callback("state=sign-in-state&code=code-canary").Location, b.h.URL())
	b.kind(service.HandoffSignedIn)
}

func (b *tab) consenting() {
	b.t.Helper()
	b.signIn()
	b.h.Show(consent)
	b.same("location", b.load().Location, consentURL)
}

const (
	startTitle     = "Allow Cloud App Security to protect Exchange Online"
	signInTitle    = "Waiting for your sign-in at Microsoft"
	preparingTitle = "Preparing Exchange Online"
	consentTitle   = "Waiting for Accept at Microsoft"
	doneTitle      = "Return to Cloud App Security"
	failedTitle    = "Access was not granted"
)

func TestWholeHandoffInOneTab(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.shows(startTitle)
	b.kind(service.HandoffOpened)
	b.shows(startTitle) // may be reloaded
	b.silent()

	b.same("redirect", b.press("permit").Status, 303)
	b.kind(service.HandoffPermitted)
	b.shows(signInTitle) // back and reload: where it stands
	again := b.press("permit")
	b.same("second press", again.Location, signInURL)
	b.silent()

	back := b.callback("state=sign-in-state&code=code-canary&client_info=x&session_state=y")
	b.same("status", back.Status, 303)
	b.same("location", back.Location, b.h.URL())
	e := b.kind(service.HandoffSignedIn)
	b.same("code", e.Code.Reveal(), "code-canary")
	b.same("verifier", e.SignIn.Verifier.Reveal(), "verifier-canary")
	b.same("redirect URI", e.SignIn.RedirectURI, b.origin())
	b.shows(preparingTitle)

	b.h.Show(service.HandoffPage{Kind: service.HandoffPreparing, Waiting: "Waits for the new application."})
	if a := b.load(); !strings.Contains(a.Body, "Waits for the new application.") {
		t.Error("the preparing page doesn't say what is waited for")
	}
	b.h.Show(consent)
	b.same("first load goes to Microsoft", b.load().Location, consentURL)
	a := b.load()
	b.same("second load", b.title(a), consentTitle)
	if !strings.Contains(a.Body, `href="`+consentURL+`"`) {
		t.Error("the authorization screen can't be opened again")
	}
	b.consentBack("state=consent-state&admin_consent=True&tenant=11111111-2222-3333-4444-555555555555")
	b.same("tenant", b.kind(service.HandoffConsented).Tenant, "11111111-2222-3333-4444-555555555555")
	b.shows(preparingTitle)

	b.h.Show(service.HandoffPage{Kind: service.HandoffDone})
	b.shows(doneTitle)
	b.silent()
}

func TestStartPageNamesEverything(t *testing.T) {
	t.Parallel()
	body := open(t).load().Body
	want := []string{"Microsoft Graph Command Line Tools", "Consent on behalf of your organization", "unticked", "Cloud App Security for Exchange Online",
		"Grant Permission", "Cancel", "What stays in your tenant", "Global Administrator"}
	for _, p := range append(service.ExchangeOnline.Permissions(), service.SignInPermissions()...) {
		want = append(want, p.Value, p.Title, strings.ReplaceAll(p.Why, "'", "&#39;"))
	}
	for _, w := range want {
		if !strings.Contains(body, w) {
			t.Errorf("%q isn't on the page", w)
		}
	}
	for _, remote := range []string{"https://", "//cdn", "@import"} {
		if strings.Contains(body, remote) {
			t.Errorf("%q is on the page", remote)
		}
	}
}

// The names of the tenant's own sign-in application come from outside.
func TestNamesAreEscaped(t *testing.T) {
	t.Parallel()
	b := open(t, func(_ *Config, c *service.HandoffConfig) { c.SignInAppName = "<script>alert(1)</script>" })
	if strings.Contains(b.load().Body, "<script>alert") {
		t.Error("a name was not escaped")
	}
}

func TestSignInCallback(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		form   string
		status int
		event  service.HandoffEvent
	}{
		"declined": {"state=sign-in-state&error=access_denied&error_description=AADSTS65004%3A+declined", 303,
			service.HandoffEvent{Kind: service.HandoffSignInFailed, ErrorCode: "access_denied", ErrorDescription: "AADSTS65004: declined"}},
		"error beside a code": {"state=sign-in-state&code=c&error=server_error", 303,
			service.HandoffEvent{Kind: service.HandoffSignInFailed, ErrorCode: "server_error"}},
		"wrong state":      {"state=other&code=c", 404, service.HandoffEvent{}},
		"no state":         {"code=c", 404, service.HandoffEvent{}},
		"empty state":      {"state=&code=c", 404, service.HandoffEvent{}},
		"two states":       {"state=sign-in-state&state=other&code=c", 404, service.HandoffEvent{}},
		"consent's state":  {"state=consent-state&code=c", 404, service.HandoffEvent{}},
		"neither":          {"state=sign-in-state", 404, service.HandoffEvent{}},
		"not a form":       {"%zz", 400, service.HandoffEvent{}},
		"semicolons":       {"state=sign-in-state;code=c", 400, service.HandoffEvent{}},
		"more than a form": {"state=sign-in-state&code=" + strings.Repeat("c", maxBody), 413, service.HandoffEvent{}},
		"long description": {"state=sign-in-state&error=e&error_description=" + strings.Repeat("d", maxText+1), 303,
			service.HandoffEvent{Kind: service.HandoffSignInFailed, ErrorCode: "e", ErrorDescription: strings.Repeat("d", maxText)}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			b.permit()
			b.same("status", b.callback(tt.form).Status, tt.status)
			if tt.event.Kind == "" {
				b.silent()
				b.shows(signInTitle)
				b.callback("state=sign-in-state&code=c") // a forged one takes nothing away
				b.kind(service.HandoffSignedIn)
				return
			}
			e := b.next()
			b.same("state", e.SignIn.State, "sign-in-state")
			e.SignIn = service.SignIn{}
			b.same("event", e, tt.event)
			b.shows(preparingTitle)
		})
	}
}

func TestConsentCallback(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		query  string
		status int
		event  service.HandoffEvent
	}{
		"cancel": {"error=access_denied&error_description=AADSTS65004&admin_consent=True&state=consent-state", 303,
			service.HandoffEvent{Kind: service.HandoffConsentFailed, ErrorCode: "access_denied", ErrorDescription: "AADSTS65004"}},
		"not consented":   {"state=consent-state&admin_consent=False", 303, service.HandoffEvent{Kind: service.HandoffConsentFailed}},
		"lower case":      {"state=consent-state&admin_consent=true&tenant=t", 303, service.HandoffEvent{Kind: service.HandoffConsented, Tenant: "t"}},
		"wrong state":     {"state=other&admin_consent=True&tenant=t", 404, service.HandoffEvent{}},
		"no state":        {"admin_consent=True&tenant=t", 404, service.HandoffEvent{}},
		"two states":      {"state=consent-state&state=consent-state&admin_consent=True", 404, service.HandoffEvent{}},
		"sign-in's state": {"state=sign-in-state&admin_consent=True", 404, service.HandoffEvent{}},
		"broken query":    {"state=consent-state&%zz", 404, service.HandoffEvent{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			b.consenting()
			b.same("status", b.consentBack(tt.query).Status, tt.status)
			if tt.event.Kind == "" {
				b.silent()
				b.shows(consentTitle)
				b.consentBack("state=consent-state&admin_consent=True")
				b.kind(service.HandoffConsented)
				return
			}
			b.same("event", b.next(), tt.event)
			b.shows(preparingTitle)
		})
	}
}

func TestEachCallbackCountsOnce(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.signIn()
	for _, form := range []string{"state=sign-in-state&code=second", "state=sign-in-state&error=access_denied"} {
		b.same("location", b.callback(form).Location, b.h.URL())
		b.silent()
		b.shows(preparingTitle)
	}
	b.h.Show(consent)
	b.load()
	b.consentBack("state=consent-state&admin_consent=True")
	b.kind(service.HandoffConsented)
	for _, query := range []string{"state=consent-state&admin_consent=True", "state=consent-state&error=access_denied"} {
		b.same("location", b.consentBack(query).Location, b.h.URL())
		b.silent()
		b.shows(preparingTitle)
	}
	b.callback("state=sign-in-state&code=third")
	b.silent()
	b.shows(preparingTitle)
}

func TestConsentBeforeAndAfterItsTime(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.signIn()
	b.same("before it was begun", b.consentBack("state=consent-state&admin_consent=True").Status, 404)
	b.h.Show(consent)
	b.load()
	// The token came by polling; the tab follows a moment later.
	b.h.Show(service.HandoffPage{Kind: service.HandoffDone})
	b.same("late", b.consentBack("state=consent-state&admin_consent=True").Location, b.h.URL())
	b.silent()
	b.shows(doneTitle)
}

func TestForgedRequests(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.consenting()
	secret := b.h.secret
	port := b.h.host[len("localhost:"):]
	tests := map[string]struct {
		method, path, body string
		headers            []string
		status             int
	}{
		"another Host":               {method: "GET", path: "/grant/SECRET/exchange", headers: []string{"Host", "evil.example"}, status: 421},
		"Host with another port":     {method: "GET", path: "/grant/SECRET/exchange", headers: []string{"Host", "localhost:1"}, status: 421},
		"Host is the address":        {method: "GET", path: "/grant/SECRET/exchange", headers: []string{"Host", "127.0.0.1:" + port}, status: 421},
		"Host with a dot":            {method: "GET", path: "/grant/SECRET/exchange", headers: []string{"Host", "localhost.:" + port}, status: 421},
		"callback to another Host":   {method: "POST", path: "/", body: "state=sign-in-state&code=c", headers: []string{"Host", "evil.example:" + port}, status: 421},
		"consent to another Host":    {method: "GET", path: "/consent?state=consent-state&admin_consent=True", headers: []string{"Host", "evil.example"}, status: 421},
		"wrong secret":               {method: "GET", path: "/grant/" + strings.Repeat("A", len(secret)) + "/exchange", status: 404},
		"half the secret":            {method: "GET", path: "/grant/" + secret[:10] + "/exchange", status: 404},
		"no secret":                  {method: "GET", path: "/grant//exchange", status: 404},
		"wrong secret, permit":       {method: "POST", path: "/grant/x/exchange", body: "do=permit", status: 404},
		"another service":            {method: "GET", path: "/grant/SECRET/sharepoint", status: 404},
		"deeper":                     {method: "GET", path: "/grant/SECRET/exchange/", status: 404},
		"two slashes":                {method: "GET", path: "//grant/SECRET/exchange", status: 404},
		"dots":                       {method: "GET", path: "/grant/SECRET/x/../exchange", status: 404},
		"escaped":                    {method: "GET", path: "/grant/SECRET/%65xchange", status: 404},
		"favicon":                    {method: "GET", path: "/favicon.ico", status: 404},
		"robots":                     {method: "GET", path: "/robots.txt", status: 404},
		"consent, slash":             {method: "GET", path: "/consent/?state=consent-state&admin_consent=True", status: 404},
		"consent, upper case":        {method: "GET", path: "/Consent?state=consent-state&admin_consent=True", status: 404},
		"consent by POST":            {method: "POST", path: "/consent", body: "state=consent-state&admin_consent=True", status: 405},
		"sign-in by GET":             {method: "GET", path: "/?state=sign-in-state&code=c", status: 405},
		"HEAD":                       {method: "HEAD", path: "/grant/SECRET/exchange", status: 405},
		"DELETE":                     {method: "DELETE", path: "/grant/SECRET/exchange", status: 405},
		"state by POST":              {method: "POST", path: "/grant/SECRET/state", body: "x=y", status: 405},
		"callback as JSON":           {method: "POST", path: "/", body: `{"state":"sign-in-state"}`, headers: []string{"Content-Type", "application/json"}, status: 415},
		"callback of no type":        {method: "POST", path: "/", body: "state=sign-in-state", headers: []string{"Content-Type", ""}, status: 415},
		"permit from another site":   {method: "POST", path: "/grant/SECRET/exchange", body: "do=permit", headers: []string{"Sec-Fetch-Site", "cross-site"}, status: 403},
		"permit from another port":   {method: "POST", path: "/grant/SECRET/exchange", body: "do=permit", headers: []string{"Sec-Fetch-Site", "same-site"}, status: 403},
		"permit from another Origin": {method: "POST", path: "/grant/SECRET/exchange", body: "do=permit", headers: []string{"Origin", "https://evil.example"}, status: 403},
		"permit from no Origin":      {method: "POST", path: "/grant/SECRET/exchange", body: "do=permit", headers: []string{"Origin", "null"}, status: 403},
		"unknown button":             {method: "POST", path: "/grant/SECRET/exchange", body: "do=everything", status: 400},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := &tab{t, b.h, b.c}
			a := b.do(tt.method, b.origin()+strings.Replace(tt.path, "SECRET", secret, 1), tt.body, tt.headers...)
			b.same("status", a.Status, tt.status)
			b.same("location", a.Location, "")
			for _, told := range []string{secret, "Cloud App Security", "exchange", "state"} {
				if strings.Contains(a.Body, told) {
					t.Errorf("the answer tells %q: %s", told, a.Body)
				}
			}
			b.silent()
			b.shows(consentTitle)
		})
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	b := open(t)
	for _, a := range []answer{b.load(), b.do("GET", b.origin()+"/nowhere", ""), b.do("GET", b.h.URL(), "", "Host", "evil.example")} {
		for name, want := range map[string]string{"Cache-Control": "no-store", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"} {
			b.same(name, a.Header.Get(name), want)
		}
		csp := a.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("Content-Security-Policy: %s", csp)
		}
	}
}

func TestOwnPagesMayPress(t *testing.T) {
	t.Parallel()
	for name, headers := range map[string][]string{
		"browser":       {"Sec-Fetch-Site", "same-origin", "Origin", "null"},
		"older browser": {"Origin", "ORIGIN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			for i := range headers {
				headers[i] = strings.Replace(headers[i], "ORIGIN", b.origin(), 1)
			}
			b.same("location", b.do("POST", b.h.URL(), "do=permit", headers...).Location, signInURL)
			b.kind(service.HandoffPermitted)
		})
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.load()
	b.kind(service.HandoffOpened)
	b.same("location", b.press("cancel").Location, b.h.URL())
	b.kind(service.HandoffCanceled)
	b.shows("Canceled")
	for _, button := range []string{"cancel", "permit", "again", "move"} {
		b.same(button, b.press(button).Location, b.h.URL())
		b.silent()
	}
	b.shows("Canceled")
}

func TestCanceledInTheProgram(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.permit()
	b.h.Show(service.HandoffPage{Kind: service.HandoffFailedPage, Err: &service.Error{Code: service.CodeCanceled, Message: "Canceled."}})
	b.shows("Canceled")
	b.callback("state=sign-in-state&code=c")
	b.silent()
}

func TestSignInThatCannotBegin(t *testing.T) {
	t.Parallel()
	failure := &service.Error{Code: service.CodeOffline, Message: "Microsoft 365 can't be reached.", Help: "Check the connection.", Cause: errors.New("cause-canary")}
	var tries int
	b := open(t, func(_ *Config, c *service.HandoffConfig) {
		begin := c.BeginSignIn
		c.BeginSignIn = func(ctx context.Context, uri string) (service.SignIn, error) {
			if tries++; tries == 1 {
				return service.SignIn{}, failure
			}
			return begin(ctx, uri)
		}
	})
	b.load()
	b.kind(service.HandoffOpened)
	b.same("location", b.press("permit").Location, b.h.URL())
	b.kind(service.HandoffPermitted)
	if e := b.kind(service.HandoffSignInFailed); !errors.Is(e.Err, failure) {
		t.Errorf("error %v, want %v", e.Err, failure)
	}
	a := b.load()
	b.same("page", b.title(a), failedTitle)
	for _, want := range []string{"Microsoft 365 can&#39;t be reached.", "Check the connection.", "Try again"} {
		if !strings.Contains(a.Body, want) {
			t.Errorf("%q isn't on the page", want)
		}
	}
	if strings.Contains(a.Body, "cause-canary") {
		t.Error("the cause is on the page")
	}
	b.press("again")
	b.shows(startTitle)
	b.kind(service.HandoffOpened)
	b.same("location", b.press("permit").Location, signInURL)
	b.kind(service.HandoffPermitted)
}

func TestFailedPage(t *testing.T) {
	t.Parallel()
	for name, retry := range map[string]bool{"for good": false, "with another try": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			b.signIn()
			b.h.Show(service.HandoffPage{Kind: service.HandoffFailedPage, Retry: retry,
				Err: &service.Error{Code: service.CodeDeclined, Message: "It was declined.", Help: "Press Accept.", AADSTS: "AADSTS65004"}})
			a := b.load()
			b.same("page", b.title(a), failedTitle)
			for _, want := range []string{"It was declined.", "Press Accept.", "AADSTS65004"} {
				if !strings.Contains(a.Body, want) {
					t.Errorf("%q isn't on the page", want)
				}
			}
			b.same("Try again", strings.Contains(a.Body, "Try again"), retry)
			b.press("again")
			want := failedTitle
			if retry {
				want = startTitle
			}
			b.shows(want)
		})
	}
}

// A sign-in that was given up doesn't count once another one began.
func TestOlderAttempt(t *testing.T) {
	t.Parallel()
	states := []string{"first", "second"}
	b := open(t, func(_ *Config, c *service.HandoffConfig) {
		c.BeginSignIn = func(context.Context, string) (service.SignIn, error) {
			s := service.SignIn{URL: "https://login.example/?state=" + states[0], State: states[0]}
			states = states[1:]
			return s, nil
		}
	})
	b.press("permit")
	b.kind(service.HandoffPermitted)
	b.h.Show(service.HandoffPage{Kind: service.HandoffFailedPage, Retry: true, Err: &service.Error{Code: service.CodeTimeout, Message: "Too long."}})
	b.press("again")
	b.press("permit")
	b.kind(service.HandoffPermitted)
	b.same("older", b.callback("state=first&code=c").Location, b.h.URL())
	b.silent()
	b.shows(signInTitle)
	b.callback("state=second&code=c")
	b.same("state", b.kind(service.HandoffSignedIn).SignIn.State, "second")
}

func TestMove(t *testing.T) {
	t.Parallel()
	for button, yes := range map[string]bool{"move": true, "keep": false} {
		t.Run(button, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			b.signIn()
			q := service.MoveQuestion{Computer: "OFFICE-PC", Since: time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)}
			b.h.Show(service.HandoffPage{Kind: service.HandoffMove, Move: &q})
			if a := b.load(); !strings.Contains(a.Body, "Protected from OFFICE-PC since 16 November 2026. Move protection to this computer?") {
				t.Error("the question isn't on the page")
			}
			b.press(button)
			b.same("answer", b.kind(service.HandoffMoveAnswered).Yes, yes)
			b.press("move")
			b.silent()
			b.shows(preparingTitle)
		})
	}
}

func TestOpenPageFollows(t *testing.T) {
	t.Parallel()
	b := open(t)
	type state struct {
		Version int
		Waiting string
	}
	ask := func() (s state) {
		t.Helper()
		if err := json.Unmarshal([]byte(b.do("GET", strings.TrimSuffix(b.h.URL(), "exchange")+"state", "").Body), &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	b.signIn()
	before := ask()
	b.h.Show(service.HandoffPage{Kind: service.HandoffPreparing, Waiting: "Waits."})
	b.same("another sentence is no new page", ask(), state{before.Version, "Waits."})
	b.h.Show(consent)
	if after := ask(); after.Version == before.Version {
		t.Error("an open page doesn't learn of the consent")
	}
	b.load()
	shown := ask()
	b.h.Show(consent)
	b.same("the same consent again", ask(), shown)
	if a := b.load(); !strings.Contains(a.Body, `<noscript><meta http-equiv="refresh"`) || !strings.Contains(a.Body, "follow.js") {
		t.Error("the page doesn't follow")
	}
	b.h.Show(service.HandoffPage{Kind: service.HandoffDone})
	if a := b.load(); strings.Contains(a.Body, "follow.js") || strings.Contains(a.Body, "refresh") {
		t.Error("the last page asks on")
	}
}

func TestFilesOfThePages(t *testing.T) {
	t.Parallel()
	b := open(t)
	base := strings.TrimSuffix(b.h.URL(), "exchange")
	for name, kind := range map[string]string{"follow.js": "text/javascript; charset=utf-8", "font/sans": "font/ttf", "font/semibold": "font/ttf", "font/mono": "font/ttf"} {
		a := b.do("GET", base+name, "")
		b.same(name, []any{a.Status, a.Header.Get("Content-Type")}, []any{200, kind})
	}
	b.same("other", b.do("GET", base+"font/", "").Status, 404)
}

func TestBothLoopbacks(t *testing.T) {
	t.Parallel()
	b := open(t)
	port := b.h.host[len("localhost:"):]
	if c, err := net.Dial("tcp6", "[::1]:"+port); err == nil {
		_ = c.Close()
	} else if l, err := net.Listen("tcp6", "[::1]:0"); err == nil {
		_ = l.Close()
		t.Error("nobody listens on ::1")
	}
}

func TestPortOfTheOtherLoopback(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		refuse    func(address string, n int) bool
		listeners int
		fails     bool
	}{
		"no ::1":         {func(a string, _ int) bool { return strings.HasPrefix(a, "[::1]") }, 1, false},
		"taken on ::1":   {func(a string, n int) bool { return strings.HasPrefix(a, "[::1]") && a != "[::1]:0" && n < 4 }, 2, false},
		"always taken":   {func(a string, _ int) bool { return strings.HasPrefix(a, "[::1]") && a != "[::1]:0" }, 0, true},
		"nothing at all": {func(string, int) bool { return true }, 0, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 0
			o := handoffs{Config{Listen: func(_, address string) (net.Listener, error) {
				n++
				if tt.refuse(address, n) {
					return nil, errors.New("refused")
				}
				if address != "127.0.0.1:0" { // stands for ::1, which not every computer has
					address = "127.0.0.1:0"
				}
				return net.Listen("tcp4", address)
			}}}
			ls, _, err := o.listen()
			if len(ls) != tt.listeners || (err != nil) != tt.fails {
				t.Errorf("%d listeners, %v", len(ls), err)
			}
			for _, l := range ls {
				_ = l.Close()
			}
		})
	}
	_, err := New(Config{Listen: func(string, string) (net.Listener, error) { return nil, errors.New("refused") }}).Open(t.Context(), service.HandoffConfig{})
	if service.AsError(err).Help == "" || service.CodeOf(err) != service.CodeInternal {
		t.Errorf("error %v", err)
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	a, b := open(t), open(t)
	if a.h.secret == b.h.secret || len(a.h.secret) < 22 {
		t.Errorf("secrets %q and %q", a.h.secret, b.h.secret)
	}
	if u, err := url.Parse(a.h.URL()); err != nil || u.Hostname() != "localhost" || u.Path != "/grant/"+a.h.secret+"/exchange" {
		t.Errorf("URL %s, %v", a.h.URL(), err)
	}
	if _, err := New(Config{Rand: strings.NewReader("short")}).Open(t.Context(), service.HandoffConfig{}); err == nil {
		t.Error("opened without a random secret")
	}
}

func TestCloseDeliversTheLastPage(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		walk func(*tab)
		last service.HandoffPage
		see  func(*tab)
	}{
		"an open tab": {
			func(b *tab) {
				b.signIn()
				b.h.Show(consent)
				b.load()
				b.consentBack("state=consent-state&admin_consent=True")
				b.kind(service.HandoffConsented)
				b.load()
			},
			service.HandoffPage{Kind: service.HandoffDone},
			func(b *tab) { b.shows(doneTitle) },
		},
		"a tab on its way back": {
			func(b *tab) { b.consenting(); b.h.mu.Lock(); b.h.seen = time.Time{}; b.h.mu.Unlock() },
			service.HandoffPage{Kind: service.HandoffDone},
			func(b *tab) { b.consentBack("state=consent-state&admin_consent=True"); b.shows(doneTitle) },
		},
		"a failure": {
			func(b *tab) { b.signIn() },
			service.HandoffPage{Kind: service.HandoffFailedPage, Err: &service.Error{Code: service.CodeDeclined, Message: "No."}},
			func(b *tab) { b.shows(failedTitle) },
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			tt.walk(b)
			b.h.Show(tt.last)
			closed := make(chan struct{})
			go func() { _ = b.h.Close(context.Background()); close(closed) }()
			<-b.h.closing
			tt.see(b)
			<-closed // the grace is longer than the test may run
			if _, ok := <-b.h.Events(); ok {
				t.Error("an event after Close")
			}
			if resp, err := b.c.Get(b.h.URL()); err == nil {
				_ = resp.Body.Close()
				t.Error("still served after Close")
			}
		})
	}
}

func TestCloseWaitsForNobody(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*tab){
		"never opened": func(b *tab) { b.h.Show(service.HandoffPage{Kind: service.HandoffDone}) },
		"tab was closed": func(b *tab) {
			b.signIn()
			b.h.Show(service.HandoffPage{Kind: service.HandoffDone})
			b.h.mu.Lock()
			b.h.seen = time.Time{}
			b.h.mu.Unlock()
		},
		"in the middle":          func(b *tab) { b.permit() },
		"delivered already":      func(b *tab) { b.signIn(); b.h.Show(service.HandoffPage{Kind: service.HandoffDone}); b.load() },
		"events nobody receives": func(b *tab) { b.press("cancel") },
	}
	for name, walk := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			walk(b)
			var both sync.WaitGroup
			for range 2 {
				both.Go(func() { _ = b.h.Close(context.Background()) })
			}
			both.Wait()
			for range b.h.Events() { // until it is closed
			}
		})
	}
}

func TestCloseGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.signIn()
	b.h.Show(service.HandoffPage{Kind: service.HandoffDone})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := b.h.Close(ctx); err != nil {
		t.Error(err)
	}
}

// Nobody reads the events: presses are answered nevertheless once Close begins, and Close ends.
func TestCloseFreesAFullChannel(t *testing.T) {
	t.Parallel()
	b := open(t)
	for range cap(b.h.events) {
		b.h.events <- service.HandoffEvent{}
	}
	r := httptest.NewRequest("POST", b.h.URL(), strings.NewReader("do=cancel"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	var both sync.WaitGroup
	both.Go(func() { b.h.ServeHTTP(w, r) })
	both.Go(func() { _ = b.h.Close(context.Background()) })
	both.Wait()
	b.same("status", w.Code, 303)
}

func TestCloseEndsABeginningSignIn(t *testing.T) {
	t.Parallel()
	began := make(chan struct{})
	b := open(t, func(_ *Config, c *service.HandoffConfig) {
		c.BeginSignIn = func(ctx context.Context, _ string) (service.SignIn, error) {
			close(began)
			<-ctx.Done()
			return service.SignIn{}, ctx.Err()
		}
	})
	pressed := make(chan answer)
	go func() { pressed <- b.press("permit") }()
	<-began
	go func() { _ = b.h.Close(context.Background()) }()
	b.same("status", (<-pressed).Status, 303)
	<-b.h.closed
}
