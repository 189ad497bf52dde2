package entra

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"cloudappsecurity/service"
)

const (
	tenant    = "0d6b4c9e-4a4f-4c55-9a31-6f5a2f0f3f11"
	stranger  = "11111111-2222-3333-4444-555555555555"
	appID     = "8a7c2a30-2b4f-4c53-8f2e-7c3f1d2a9b10"
	graphURI  = "https://graph.microsoft.com/"
	canary    = "CANARY-never-in-an-error-or-log"
	signInURI = "http://localhost:49152"
)

// authority plays discovery and the token endpoint, strictly: a request which
// Entra would not understand fails the test.
type authority struct {
	*httptest.Server
	t      *testing.T
	logs   *lockedBuffer
	client *Client
	now    time.Time

	mu       sync.Mutex
	requests []string
	answer   func(w http.ResponseWriter, r *http.Request) // of the token endpoint
	discover func(w http.ResponseWriter, r *http.Request) // instead of discovery
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, logs: &lockedBuffer{}, now: time.Now().Truncate(time.Second)}
	a.Server = httptest.NewUnstartedServer(a)
	a.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	a.StartTLS()
	t.Cleanup(a.Close)
	client, err := New(Config{
		Authority:  a.URL,
		HTTPClient: a.Client(),
		Now:        func() time.Time { return a.now },
		Log:        slog.New(slog.NewTextHandler(a.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	a.client = client
	t.Cleanup(func() {
		if strings.Contains(a.logs.String(), canary) {
			t.Errorf("a secret is in the log: %s", a.logs)
		}
	})
	return a
}

func (a *authority) Client() *http.Client { return a.Server.Client() }

func (a *authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.requests = append(a.requests, r.Method+" "+r.URL.Path)
	a.mu.Unlock()
	w.Header().Set("Date", a.now.UTC().Format(http.TimeFormat))
	parts := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 2)
	if len(parts) != 2 || parts[0] != tenant && parts[0] != organizations {
		a.t.Errorf("unexpected request %s %s", r.Method, r.URL)
		http.NotFound(w, r)
		return
	}
	switch {
	case r.Method == http.MethodGet && parts[1] == "v2.0/.well-known/openid-configuration":
		if a.discover != nil {
			a.discover(w, r)
			return
		}
		reply(w, http.StatusOK, map[string]any{
			"issuer":                 a.URL + "/" + parts[0] + "/v2.0",
			"authorization_endpoint": "http://localhost:8123/" + parts[0] + "/oauth2/v2.0/authorize",
			"token_endpoint":         a.URL + "/" + parts[0] + "/oauth2/v2.0/token",
		})
	case r.Method == http.MethodPost && parts[1] == "oauth2/v2.0/token" && a.answer != nil:
		if err := r.ParseForm(); err != nil {
			a.t.Error(err)
		}
		a.answer(w, r)
	default:
		a.t.Errorf("unexpected request %s %s", r.Method, r.URL)
		http.NotFound(w, r)
	}
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// refuseWith answers as Entra does.
func refuseWith(status int, oauth string, code int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		body := map[string]any{
			"error":             oauth,
			"error_description": "Something with " + canary,
			"trace_id":          "c14a2f4b-0a8c-4b7f-a52d-2f1c5cc51500",
			"correlation_id":    "4d7a9b7e-9e1b-4f40-bc8c-0c36b9b0fc33",
		}
		if code != 0 {
			body["error_description"] = fmt.Sprintf("AADSTS%d: Something with %s. Trace ID: c14a", code, canary)
			body["error_codes"] = []int{code}
		}
		reply(w, status, body)
	}
}

// unsigned makes a token that nobody verifies.
func unsigned(claims map[string]any) string {
	b, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + enc(b) + "." + enc([]byte(canary))
}

// clean fails if an error carries a secret, in words or in its cause.
func clean(t *testing.T, err error) {
	t.Helper()
	for e := err; e != nil; e = errors.Unwrap(e) {
		if text := fmt.Sprintf("%v %+v %#v", e, e, e); strings.Contains(text, canary) {
			t.Errorf("a secret is in the error: %s", text)
		}
	}
}

func wantError(t *testing.T, err error, code service.Code) *service.Error {
	t.Helper()
	var e *service.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *service.Error", err)
	}
	if e.Code != code {
		t.Fatalf("code = %q, want %q (%v; %v)", e.Code, code, e, e.Cause)
	}
	if e.Message == "" || e.Help == "" || e.Cause == nil {
		t.Fatalf("%#v is not whole", e)
	}
	clean(t, err)
	return e
}

func (a *authority) begin(tenantID string) service.SignIn {
	a.t.Helper()
	s, err := a.client.BeginSignIn(a.t.Context(), tenantID, signInURI)
	if err != nil {
		a.t.Fatal(err)
	}
	return s
}

func TestBeginSignIn(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	s := a.begin("")
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	if got := u.Scheme + "://" + u.Host + u.Path; got != "http://localhost:8123/organizations/oauth2/v2.0/authorize" {
		t.Errorf("address %s", got)
	}
	challenge := sha256.Sum256([]byte(s.Verifier.Reveal()))
	want := url.Values{
		"client_id":             {service.DefaultSignInAppID},
		"response_type":         {"code"},
		"redirect_uri":          {signInURI},
		"scope":                 {"openid offline_access profile https://graph.microsoft.com/Application.ReadWrite.All https://graph.microsoft.com/User.Read"},
		"response_mode":         {"form_post"},
		"prompt":                {"select_account"},
		"state":                 {s.State},
		"nonce":                 {s.Nonce.Reveal()},
		"code_challenge":        {base64.RawURLEncoding.EncodeToString(challenge[:])},
		"code_challenge_method": {"S256"},
	}
	if diff := cmp.Diff(want, u.Query()); diff != "" {
		t.Error(diff)
	}
	if s.RedirectURI != signInURI || s.Tenant != "" || len(s.State) != 43 || len(s.Verifier.Reveal()) != 43 {
		t.Errorf("%+v", s)
	}
	other := a.begin("")
	if other.State == s.State || other.Nonce.Reveal() == s.Nonce.Reveal() || other.Verifier.Reveal() == s.Verifier.Reveal() {
		t.Error("two attempts share a secret")
	}
	if got := a.begin(tenant).URL; !strings.HasPrefix(got, "http://localhost:8123/"+tenant+"/oauth2/") {
		t.Errorf("address of one tenant: %s", got)
	}
}

func TestWrongCalls(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	ctx := t.Context()
	for _, uri := range []string{"", "http://localhost", "http://localhost:", "http://localhost:0", "http://localhost:70000", "http://localhost:1/", "http://127.0.0.1:80", "https://localhost:80", "http://localhost:80@evil", "http://localhost:80/consent"} {
		if _, err := a.client.BeginSignIn(ctx, "", uri); service.CodeOf(err) != service.CodeInternal {
			t.Errorf("%q is taken: %v", uri, err)
		}
	}
	for _, uri := range []string{"http://localhost:80", "http://localhost:80/consent/", "http://localhost:80/Consent", "http://localhost:x/consent"} {
		if _, err := a.client.BeginConsent(ctx, tenant, appID, uri); service.CodeOf(err) != service.CodeInternal {
			t.Errorf("%q is taken: %v", uri, err)
		}
	}
	for _, id := range []string{"common", "adfs", "../x", "contoso.com", "{" + tenant + "}", "urn:uuid:" + tenant} {
		if _, err := a.client.BeginSignIn(ctx, id, signInURI); service.CodeOf(err) != service.CodeInternal {
			t.Errorf("tenant %q is taken: %v", id, err)
		}
		if _, err := a.client.BeginConsent(ctx, id, appID, signInURI+"/consent"); service.CodeOf(err) != service.CodeInternal {
			t.Errorf("tenant %q is taken: %v", id, err)
		}
		if _, err := a.client.AppToken(ctx, service.Credential{TenantID: id}); service.CodeOf(err) != service.CodeInternal {
			t.Errorf("tenant %q is taken: %v", id, err)
		}
	}
	if _, err := a.client.BeginConsent(ctx, tenant, "app", signInURI+"/consent"); service.CodeOf(err) != service.CodeInternal {
		t.Errorf("a wrong application ID is taken: %v", err)
	}
	for _, bad := range []string{"http://login.microsoftonline.com", "login.microsoftonline.com", "https://", "https://host/tenant", "https://u@host", "https://host?x"} {
		if _, err := New(Config{Authority: bad}); err == nil {
			t.Errorf("authority %q is taken", bad)
		}
	}
	c, err := New(Config{Authority: a.URL, HTTPClient: a.Client(), SignInAppID: func() string { return "my app" }})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.BeginSignIn(ctx, "", signInURI)
	wantError(t, err, service.CodeSignInAppInvalid)
	if len(a.requests) != 0 {
		t.Errorf("requests were sent: %v", a.requests)
	}
}

// completion is what the token endpoint answers to a right code.
func (a *authority) completion(s service.SignIn, changeID, changeBody map[string]any) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		want := url.Values{
			"grant_type":    {"authorization_code"},
			"code":          {canary + "-code"},
			"code_verifier": {s.Verifier.Reveal()},
			"redirect_uri":  {signInURI},
			"client_id":     {service.DefaultSignInAppID},
			"client_info":   {"1"},
			"scope":         {"https://graph.microsoft.com/Application.ReadWrite.All https://graph.microsoft.com/User.Read openid offline_access profile"},
		}
		if diff := cmp.Diff(want, r.PostForm); diff != "" {
			a.t.Errorf("redemption: %s", diff)
		}
		id := map[string]any{
			"aud": service.DefaultSignInAppID, "iss": a.URL + "/" + tenant + "/v2.0", "tid": tenant, "oid": "f0a1-oid", "sub": "sub",
			"name": "Anna Baker", "preferred_username": "anna@contoso.example", "nonce": s.Nonce.Reveal(),
			"iat": a.now.Unix(), "nbf": a.now.Unix(), "exp": a.now.Add(time.Hour).Unix(),
		}
		apply(id, changeID)
		body := map[string]any{
			"token_type": "Bearer", "expires_in": 3600, "ext_expires_in": 3600,
			"scope":         "openid profile https://graph.microsoft.com/Application.ReadWrite.All https://graph.microsoft.com/User.Read",
			"access_token":  unsigned(map[string]any{"scp": "Application.ReadWrite.All User.Read"}),
			"refresh_token": canary + "-refresh",
			"id_token":      unsigned(id),
			"client_info":   base64.RawURLEncoding.EncodeToString([]byte(`{"uid":"f0a1-oid","utid":"` + tenant + `"}`)),
		}
		apply(body, changeBody)
		reply(w, http.StatusOK, body)
	}
}

func apply(m, change map[string]any) {
	for k, v := range change {
		if v == nil {
			delete(m, k)
		} else {
			m[k] = v
		}
	}
}

func TestCompleteSignIn(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		tenant string
		id     map[string]any
		body   map[string]any
		code   service.Code // "": none
	}{
		{"any organization", "", nil, nil, ""},
		{"the given organization", tenant, nil, nil, ""},
		{"another organization", tenant, map[string]any{"tid": stranger}, nil, service.CodeWrongTenant},
		{"another nonce", "", map[string]any{"nonce": "other"}, nil, service.CodeSignInFailed},
		{"no nonce", "", map[string]any{"nonce": nil}, nil, service.CodeSignInFailed},
		{"another application", "", map[string]any{"aud": appID}, nil, service.CodeSignInFailed},
		{"no tenant", "", map[string]any{"tid": nil}, nil, service.CodeSignInFailed},
		{"no object ID", "", map[string]any{"oid": nil}, nil, service.CodeSignInFailed},
		{"expired", "", map[string]any{"exp": 1}, nil, service.CodeClock},
		{"from the future", "", map[string]any{"iat": time.Now().Add(3 * time.Hour).Unix()}, nil, service.CodeClock},
		{"no ID token", "", nil, map[string]any{"id_token": nil}, service.CodeSignInFailed},
		{"a broken ID token", "", nil, map[string]any{"id_token": "x." + canary + ".y"}, service.CodeOffline},
		{"one scope only", "", nil, map[string]any{"scope": "openid profile https://graph.microsoft.com/User.Read"}, service.CodeConsentMissing},
		{"scopes in another case", "", nil, map[string]any{"scope": "https://graph.microsoft.com/application.readwrite.all HTTPS://graph.microsoft.com/user.read"}, ""},
		{"scopes left out mean all", "", nil, map[string]any{"scope": nil}, ""},
		{"no access token", "", nil, map[string]any{"access_token": nil}, service.CodeSignInFailed},
		{"no lifetime", "", nil, map[string]any{"expires_in": nil}, service.CodeOffline},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newAuthority(t)
			s := a.begin(tt.tenant)
			a.answer = a.completion(s, tt.id, tt.body)
			admin, err := a.client.CompleteSignIn(t.Context(), s, canary+"-code")
			if tt.code != "" {
				wantError(t, err, tt.code)
				if admin.Token.Value != "" {
					t.Error("a token came with the error")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if admin.TenantID != tenant || admin.ObjectID != "f0a1-oid" || admin.DisplayName != "Anna Baker" || admin.UserPrincipalName != "anna@contoso.example" {
				t.Errorf("%+v", admin)
			}
			if admin.Token.Value == "" || time.Until(admin.Token.ExpiresAt) < 50*time.Minute {
				t.Errorf("token %+v", admin.Token)
			}
		})
	}
}

func TestCompleteSignInNeedsItsAttempt(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	s := a.begin("")
	for _, broken := range []service.SignIn{{}, {Verifier: s.Verifier}, {Nonce: s.Nonce}} {
		_, err := a.client.CompleteSignIn(t.Context(), broken, "code")
		wantError(t, err, service.CodeInternal)
	}
	_, err := a.client.CompleteSignIn(t.Context(), s, "")
	wantError(t, err, service.CodeInternal)
}

// Settings change while the browser is open.
func TestSignInKeepsItsApplication(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	var mu sync.Mutex
	id := service.DefaultSignInAppID
	a.client.signInAppID = func() string {
		mu.Lock()
		defer mu.Unlock()
		return id
	}
	s := a.begin("")
	mu.Lock()
	id = appID
	mu.Unlock()
	a.answer = a.completion(s, nil, nil)
	if _, err := a.client.CompleteSignIn(t.Context(), s, canary+"-code"); err != nil {
		t.Error(err)
	}
	if got := a.begin("").URL; !strings.Contains(got, "client_id="+appID) {
		t.Errorf("the next attempt: %s", got)
	}
}

func TestBeginConsent(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	c, err := a.client.BeginConsent(t.Context(), tenant, appID, signInURI+"/consent")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		t.Fatal(err)
	}
	if got := u.Scheme + "://" + u.Host + u.Path; got != "http://localhost:8123/"+tenant+"/v2.0/adminconsent" {
		t.Errorf("address %s", got)
	}
	want := url.Values{"client_id": {appID}, "scope": {graphURI + ".default"}, "redirect_uri": {signInURI + "/consent"}, "state": {c.State}}
	if diff := cmp.Diff(want, u.Query()); diff != "" {
		t.Error(diff)
	}
	if len(c.State) != 43 {
		t.Errorf("state %q", c.State)
	}
}

var (
	sharedOnce sync.Once
	sharedCert service.Certificate
	sharedKey  crypto.Signer
)

// credential is one for all tests: making a key takes long under the race
// detector.
func credential(t *testing.T) service.Credential {
	t.Helper()
	sharedOnce.Do(func() {
		c, err := New(Config{})
		if err != nil {
			t.Fatal(err)
		}
		sharedCert, sharedKey, err = c.NewCertificate(service.Installation{ID: "0123456789abcdef0123456789abcdef", Computer: "ANNAS-PC"}, service.ExchangeOnline, 0)
		if err != nil {
			t.Fatal(err)
		}
	})
	return service.Credential{TenantID: tenant, AppID: appID, CertificateDER: sharedCert.DER, Key: sharedKey}
}

// checkAssertion verifies a client assertion as Entra does:
// https://learn.microsoft.com/entra/identity-platform/certificate-credentials
func (a *authority) checkAssertion(r *http.Request) {
	cert, err := x509.ParseCertificate(sharedCert.DER)
	if err != nil {
		a.t.Error(err)
		return
	}
	sum := sha256.Sum256(cert.Raw)
	token, err := jwt.Parse(r.PostForm.Get("client_assertion"), func(tok *jwt.Token) (any, error) {
		x5t, _ := tok.Header["x5t#S256"].(string)
		if got, err := base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(x5t)); err != nil || !bytes.Equal(got, sum[:]) {
			return nil, errors.New("x5t#S256")
		}
		return cert.PublicKey, nil
	}, jwt.WithValidMethods([]string{"PS256"}), jwt.WithAudience(a.URL+"/"+tenant+"/oauth2/v2.0/token"), jwt.WithIssuer(appID), jwt.WithSubject(appID), jwt.WithExpirationRequired())
	if err != nil || !token.Valid {
		a.t.Errorf("assertion: %v", err)
	}
	for k, want := range map[string]string{
		"grant_type": "client_credentials", "client_id": appID, "scope": graphURI + ".default openid offline_access profile",
		"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
	} {
		if got := r.PostForm.Get(k); got != want {
			a.t.Errorf("%s = %q, want %q", k, got, want)
		}
	}
}

func TestAppTokenIsFresh(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	cred := credential(t)
	var roles []string
	a.answer = func(w http.ResponseWriter, r *http.Request) {
		a.checkAssertion(r)
		reply(w, http.StatusOK, map[string]any{"token_type": "Bearer", "expires_in": 3599, "access_token": unsigned(map[string]any{"roles": roles, "tid": tenant})})
	}
	one, err := a.client.AppToken(t.Context(), cred)
	if err != nil {
		t.Fatal(err)
	}
	if len(one.Roles) != 0 || one.Value == "" {
		t.Errorf("%+v", one)
	}
	roles = []string{"Mail.ReadWrite", "User.Read.All"}
	two, err := a.client.AppToken(t.Context(), cred)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(two.Roles, roles) {
		t.Errorf("the second token has the roles %v: cached?", two.Roles)
	}
	if d := time.Until(two.ExpiresAt); d < 50*time.Minute || d > time.Hour {
		t.Errorf("expires in %v", d)
	}
	a.answer = func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, map[string]any{"token_type": "Bearer", "expires_in": 3599, "access_token": "opaque"})
	}
	opaque, err := a.client.AppToken(t.Context(), cred)
	if err != nil || opaque.Roles != nil || opaque.Value.Reveal() != "opaque" {
		t.Errorf("an opaque token: %+v, %v", opaque, err)
	}
}

func TestAppTokenRefusesACredentialThatCannotSign(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	good := credential(t)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*service.Credential){
		"no certificate": func(c *service.Credential) { c.CertificateDER = nil },
		"no key":         func(c *service.Credential) { c.Key = nil },
		"another kind":   func(c *service.Credential) { c.Key = ec },
		"another key":    func(c *service.Credential) { c.Key = other },
	} {
		cred := good
		change(&cred)
		_, err := a.client.AppToken(t.Context(), cred)
		e := wantError(t, err, service.CodeInternal)
		if e.Transient() {
			t.Errorf("%s would be tried again", name)
		}
	}
	if len(a.requests) != 0 {
		t.Errorf("requests were sent: %v", a.requests)
	}
}

func TestNewCertificate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 19, 14, 32, 5, 600, time.FixedZone("", 3600))
	c, err := New(Config{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	computer := "PC of " + strings.Repeat("é", 80) + "\xff"
	got, key, err := c.NewCertificate(service.Installation{ID: "0123456789abcdef0123456789abcdef", Computer: computer}, service.ExchangeOnline, 180*24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(got.DER)
	if err != nil {
		t.Fatal(err)
	}
	if err := cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature); err != nil || cert.SignatureAlgorithm != x509.SHA256WithRSA {
		t.Errorf("signature: %v, %v", cert.SignatureAlgorithm, err)
	}
	pub, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok || pub.N.BitLen() != 3072 || !pub.Equal(key.Public()) {
		t.Errorf("key %T", cert.PublicKey)
	}
	if cert.Subject.CommonName != "Cloud App Security 01234567" || len([]rune(cert.Subject.Organization[0])) != 64 || cert.Subject.OrganizationalUnit[0] != "Exchange Online" {
		t.Errorf("subject %v", cert.Subject)
	}
	if cert.IsCA || cert.KeyUsage != x509.KeyUsageDigitalSignature || cert.SerialNumber.Sign() <= 0 || cert.SerialNumber.BitLen() > 127 {
		t.Errorf("CA %v, usage %v, serial %v", cert.IsCA, cert.KeyUsage, cert.SerialNumber)
	}
	begin := time.Date(2026, 11, 19, 13, 27, 5, 0, time.UTC)
	if !cert.NotBefore.Equal(begin) || !cert.NotAfter.Equal(begin.Add(180*24*time.Hour)) || !got.NotBefore.Equal(cert.NotBefore) || !got.NotAfter.Equal(cert.NotAfter) {
		t.Errorf("valid %v to %v, said %v to %v", cert.NotBefore, cert.NotAfter, got.NotBefore, got.NotAfter)
	}
	sum := sha256.Sum256(got.DER)
	if got.Thumbprint != hex.EncodeToString(sum[:]) || len(got.KeyID) != 36 || got.SealedKey != nil {
		t.Errorf("%q %q %v", got.Thumbprint, got.KeyID, got.SealedKey)
	}
}

func TestAppTokenRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status    int
		oauth     string
		aadsts    int
		code      service.Code
		transient bool
	}{
		{400, "unauthorized_client", 700016, service.CodeAppMissing, true},
		{400, "unauthorized_client", 700011, service.CodeAppMissing, true},
		{401, "invalid_client", 7000229, service.CodePrincipalMissing, true},
		{401, "unauthorized_client", 7000112, service.CodeAppDisabled, false},
		{400, "unauthorized_client", 70001, service.CodeAppDisabled, false},
		{401, "invalid_client", 700024, service.CodeClock, false},
		{401, "invalid_client", 700027, service.CodeCertificate, true},
		{401, "invalid_client", 50012, service.CodeCertificate, true},
		{401, "invalid_client", 7000222, service.CodeCertificate, true},
		{401, "invalid_client", 7000215, service.CodeCertificate, true},
		{400, "invalid_grant", 65001, service.CodeConsentMissing, true},
		{400, "invalid_client", 650056, service.CodeConsentMissing, true},
		{400, "invalid_request", 90002, service.CodeUnknownTenant, false},
		{400, "invalid_grant", 53003, service.CodeConditionalAccess, false},
		{400, "access_denied", 0, service.CodeConditionalAccess, false},
		{400, "invalid_client", 123456, service.CodeCertificate, true},
		{400, "unauthorized_client", 0, service.CodeAppMissing, true},
		{400, "invalid_request", 900144, service.CodeUnauthorized, false},
		{429, "invalid_request", 90055, service.CodeThrottled, true},
		{400, "invalid_grant", 50196, service.CodeThrottled, true},
		{500, "server_error", 90033, service.CodeUnavailable, true},
		{400, "temporarily_unavailable", 0, service.CodeUnavailable, true},
		{503, "temporarily_unavailable", 0, service.CodeUnavailable, true},
		{504, "temporarily_unavailable", 90006, service.CodeUnavailable, true},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%d %s %d", tt.status, tt.oauth, tt.aadsts), func(t *testing.T) {
			t.Parallel()
			a := newAuthority(t)
			a.answer = refuseWith(tt.status, tt.oauth, tt.aadsts)
			_, err := a.client.AppToken(t.Context(), credential(t))
			e := wantError(t, err, tt.code)
			if e.Transient() != tt.transient {
				t.Errorf("transient = %v", e.Transient())
			}
			want := ""
			if tt.aadsts != 0 {
				want = fmt.Sprintf("AADSTS%d", tt.aadsts)
			}
			if e.AADSTS != want {
				t.Errorf("AADSTS = %q", e.AADSTS)
			}
			if !strings.Contains(a.logs.String(), "correlation 4d7a9b7e-9e1b-4f40-bc8c-0c36b9b0fc33") {
				t.Errorf("the log lacks the correlation ID: %s", a.logs)
			}
		})
	}
}

func TestSignInRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		oauth  string
		aadsts int
		code   service.Code
	}{
		{"invalid_grant", 65004, service.CodeDeclined},
		{"invalid_grant", 65001, service.CodeConsentMissing},
		{"invalid_grant", 90094, service.CodeNotAdministrator},
		{"invalid_grant", 90095, service.CodeNotAdministrator},
		{"invalid_grant", 50020, service.CodeWrongTenant},
		{"invalid_grant", 50105, service.CodeNotAssigned},
		{"interaction_required", 50076, service.CodeMultiFactor},
		{"interaction_required", 50079, service.CodeMultiFactor},
		{"access_denied", 53003, service.CodeConditionalAccess},
		{"invalid_grant", 530035, service.CodeConditionalAccess},
		{"invalid_grant", 53000, service.CodeConditionalAccess},
		{"invalid_grant", 50173, service.CodeSignInExpired},
		{"invalid_grant", 700082, service.CodeSignInExpired},
		{"invalid_grant", 70043, service.CodeSignInExpired},
		{"invalid_grant", 70008, service.CodeSignInExpired},
		{"invalid_grant", 54005, service.CodeSignInExpired},
		{"invalid_grant", 0, service.CodeSignInExpired},
		{"invalid_grant", 50057, service.CodeSignInFailed},
		{"invalid_grant", 501481, service.CodeSignInFailed},
		{"unauthorized_client", 700016, service.CodeSignInAppInvalid},
		{"invalid_client", 7000218, service.CodeSignInAppInvalid},
		{"invalid_request", 9002327, service.CodeSignInAppInvalid},
		{"invalid_request", 50011, service.CodeSignInAppInvalid},
		{"invalid_request", 65002, service.CodeSignInAppInvalid},
		{"unauthorized_client", 70001, service.CodeSignInAppInvalid},
		{"invalid_request", 50194, service.CodeSignInAppInvalid},
		{"invalid_client", 0, service.CodeSignInAppInvalid},
		{"invalid_request", 0, service.CodeSignInFailed},
		{"something_new", 99999999, service.CodeSignInFailed},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s %d", tt.oauth, tt.aadsts), func(t *testing.T) {
			t.Parallel()
			a := newAuthority(t)
			s := a.begin("")
			a.answer = refuseWith(400, tt.oauth, tt.aadsts)
			_, err := a.client.CompleteSignIn(t.Context(), s, canary+"-code")
			wantError(t, err, tt.code)
		})
	}
}

func TestRedirectError(t *testing.T) {
	t.Parallel()
	c, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		oauth, description string
		code               service.Code
		aadsts             string
	}{
		{"access_denied", "AADSTS65004: User declined to consent to access the app.", service.CodeDeclined, "AADSTS65004"},
		{"access_denied", "AADSTS65004&#x3a; User declined &quot;" + canary + "&quot;", service.CodeDeclined, "AADSTS65004"},
		{"access_denied", "&#65;ADSTS90094: The grant requires admin permission.", service.CodeNotAdministrator, "AADSTS90094"},
		{"access_denied", "the user canceled the authentication", service.CodeDeclined, ""},
		{"access_denied", "AADSTS53003: Access has been blocked.", service.CodeConditionalAccess, "AADSTS53003"},
		{"consent_required", "", service.CodeConsentMissing, ""},
		{"interaction_required", "AADSTS50076", service.CodeMultiFactor, "AADSTS50076"},
		{"invalid_request", "AADSTS650051: in progress", service.CodeReplication, "AADSTS650051"},
		{"unauthorized_client", "AADSTS700016: not found", service.CodeAppMissing, "AADSTS700016"},
		{"server_error", "", service.CodeUnavailable, ""},
		{"<b>" + canary, canary, service.CodeSignInFailed, ""},
		{"", "", service.CodeSignInFailed, ""},
		{"x", "AADSTS99999999999999999999", service.CodeSignInFailed, ""},
	}
	for _, tt := range tests {
		e := wantError(t, c.RedirectError(tt.oauth, tt.description), tt.code)
		if e.AADSTS != tt.aadsts {
			t.Errorf("%q: AADSTS = %q, want %q", tt.description, e.AADSTS, tt.aadsts)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 503} {
		for _, tt := range []struct {
			header func(now time.Time) string
			want   time.Duration
		}{
			{func(time.Time) string { return "" }, 0},
			{func(time.Time) string { return "17" }, 17 * time.Second},
			{func(time.Time) string { return "-5" }, 0},
			{func(time.Time) string { return "1000000" }, time.Hour},
			{func(n time.Time) string { return n.Add(40 * time.Second).UTC().Format(http.TimeFormat) }, 40 * time.Second},
			{func(n time.Time) string { return n.Add(-time.Hour).UTC().Format(http.TimeFormat) }, 0},
		} {
			a := newAuthority(t)
			a.answer = func(w http.ResponseWriter, r *http.Request) {
				if h := tt.header(a.now); h != "" {
					w.Header().Set("Retry-After", h)
				}
				w.WriteHeader(status) // no body
			}
			_, err := a.client.AppToken(t.Context(), credential(t))
			wantError(t, err, map[int]service.Code{429: service.CodeThrottled, 503: service.CodeUnavailable}[status])
			if got := service.RetryAfter(err); got != tt.want {
				t.Errorf("%d: wait %v, want %v", status, got, tt.want)
			}
		}
	}
	if service.RetryAfter(errors.New("x")) != 0 {
		t.Error("a wait out of nothing")
	}
}

func TestClockIsSaid(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		off  time.Duration
		want string
	}{
		{-2 * time.Hour, "This computer's clock is 2 hours behind Microsoft's"},
		{7 * time.Minute, "This computer's clock is 7 minutes ahead of Microsoft's"},
		{72 * time.Hour, "This computer's clock is 3 days ahead of Microsoft's"},
		{time.Minute, "This computer's clock is off"},
	} {
		a := newAuthority(t)
		theirs := a.now
		a.now = theirs.Add(tt.off)
		a.answer = func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", theirs.UTC().Format(http.TimeFormat))
			refuseWith(401, "invalid_client", 700024)(w, r)
		}
		_, err := a.client.AppToken(t.Context(), credential(t))
		if e := wantError(t, err, service.CodeClock); !strings.HasPrefix(e.Message, tt.want) {
			t.Errorf("%v: %q", tt.off, e.Message)
		}
	}
}

// failing sends nothing.
type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func TestNetwork(t *testing.T) {
	t.Parallel()
	cred := credential(t)
	dial := func(err error) *http.Client {
		return &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, err }}}
	}
	tests := []struct {
		name   string
		client func(t *testing.T, a *authority) *http.Client
		code   service.Code
		words  string
	}{
		{"no network", func(*testing.T, *authority) *http.Client {
			return dial(&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("network is unreachable")})
		}, service.CodeOffline, "can't be reached"},
		{"no name", func(*testing.T, *authority) *http.Client {
			return dial(&net.DNSError{Err: "no such host", IsNotFound: true})
		}, service.CodeOffline, "does not find"},
		{"another certificate", func(*testing.T, *authority) *http.Client { return &http.Client{Transport: &http.Transport{}} }, service.CodeOffline, "can't be trusted"},
		{"a clock beside the certificate", func(t *testing.T, a *authority) *http.Client {
			t.Helper()
			c := a.Client()
			tr := c.Transport.(*http.Transport).Clone()
			tr.TLSClientConfig.Time = func() time.Time { return time.Now().AddDate(200, 0, 0) }
			return &http.Client{Transport: tr}
		}, service.CodeClock, "clock"},
		{"plain HTTP answers", func(t *testing.T, _ *authority) *http.Client {
			t.Helper()
			plain := httptest.NewServer(http.NotFoundHandler())
			t.Cleanup(plain.Close)
			return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, n, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, n, plain.Listener.Addr().String())
			}}}
		}, service.CodeOffline, "can't be trusted"},
		{"a sign-in page of the network", func(_ *testing.T, a *authority) *http.Client {
			a.discover = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>" + canary)) }
			return a.Client()
		}, service.CodeOffline, "in Microsoft's place"},
		{"a redirect to such a page", func(_ *testing.T, a *authority) *http.Client {
			a.discover = func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://portal.example/", http.StatusFound)
			}
			return a.Client()
		}, service.CodeOffline, "in Microsoft's place"},
		{"another authority's discovery", func(_ *testing.T, a *authority) *http.Client {
			a.discover = func(w http.ResponseWriter, _ *http.Request) {
				reply(w, 200, map[string]any{"issuer": "https://evil.example/x", "authorization_endpoint": "https://evil.example/a", "token_endpoint": "https://evil.example/t"})
			}
			return a.Client()
		}, service.CodeOffline, "in Microsoft's place"},
		{"an unknown tenant at discovery", func(_ *testing.T, a *authority) *http.Client {
			a.discover = refuseWith(400, "invalid_tenant", 90002)
			return a.Client()
		}, service.CodeUnknownTenant, "does not know"},
		{"an answer cut off", func(_ *testing.T, a *authority) *http.Client {
			a.discover = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "1000")
				_, _ = w.Write([]byte("{"))
			}
			return a.Client()
		}, service.CodeUnavailable, "cut"},
		{"no answer", func(*testing.T, *authority) *http.Client {
			return &http.Client{Transport: failing{os.ErrDeadlineExceeded}}
		}, service.CodeUnavailable, "does not answer in time"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newAuthority(t)
			c, err := New(Config{Authority: a.URL, HTTPClient: tt.client(t, a), Log: slog.New(slog.NewTextHandler(a.logs, nil))})
			if err != nil {
				t.Fatal(err)
			}
			for name, call := range map[string]func() error{
				"app token": func() error { _, err := c.AppToken(t.Context(), cred); return err },
				"sign in":   func() error { _, err := c.BeginSignIn(t.Context(), "", signInURI); return err },
				"consent": func() error {
					_, err := c.BeginConsent(t.Context(), tenant, appID, signInURI+"/consent")
					return err
				},
			} {
				e := wantError(t, call(), tt.code)
				if !strings.Contains(e.Message, tt.words) {
					t.Errorf("%s: %q", name, e.Message)
				}
			}
		})
	}
}

func TestSecretsStayOutOfBrokenAnswers(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	for _, body := range []string{`{"access_token":"` + canary + `",`, `{"access_token":"` + canary + `"}`, `{"access_token":"` + canary + `","expires_in":"` + canary + `"}`, `["` + canary + `"]`} {
		a.answer = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }
		_, err := a.client.AppToken(t.Context(), credential(t))
		wantError(t, err, service.CodeOffline)
		s := a.begin("")
		_, err = a.client.CompleteSignIn(t.Context(), s, canary+"-code")
		wantError(t, err, service.CodeOffline)
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := a.client.BeginSignIn(canceled, "", signInURI)
	wantError(t, err, service.CodeCanceled)
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	_, err = a.client.AppToken(late, credential(t))
	wantError(t, err, service.CodeTimeout)
}

// The words: no failure without a way on, and none that promises or pleads.
func TestWords(t *testing.T) {
	t.Parallel()
	all := []refusal{canceled, tooLong, offline, noName, notTrusted, strangerAnswers, noAnswer, cutOff, throttled, unavailable, unexpected, answerInvalid, signInAnswerInvalid, signInRefused, appRefused, scopesMissing, credentialUnusable}
	tables := []map[int]refusal{refusals}
	for _, m := range refusalsOf {
		tables = append(tables, m)
	}
	for _, m := range tables {
		for _, r := range m {
			all = append(all, r)
		}
	}
	for _, r := range all {
		text := r.message + " " + r.help
		for _, bad := range []string{"lease ", "!", "oops", "uccessful", "AADSTS", "  "} {
			if strings.Contains(text, bad) {
				t.Errorf("%q contains %q", text, bad)
			}
		}
		if r.code == "" || !strings.HasSuffix(r.message, ".") || !strings.HasSuffix(r.help, ".") {
			t.Errorf("%+v is not whole", r)
		}
	}
}
