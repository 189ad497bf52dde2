package m365sim_test

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"cloudappsecurity/service/m365sim"
	"cloudappsecurity/service/m365sim/tenant"
)

// refusal is an error of the token endpoint.
type refusal struct {
	Error         string `json:"error"`
	Description   string `json:"error_description"`
	Codes         []int  `json:"error_codes"`
	Timestamp     string `json:"timestamp"`
	TraceID       string `json:"trace_id"`
	CorrelationID string `json:"correlation_id"`
	URI           string `json:"error_uri"`
	Access        string `json:"access_token"`
	Refresh       string `json:"refresh_token"`
	Scope         string `json:"scope"`
}

func askToken(t *testing.T, s *m365sim.Server, realm string, form url.Values) (int, refusal) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Info().Authority+"/"+realm+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := program(t, s).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer refusal
	if err := json.Unmarshal(data, &answer); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return response.StatusCode, answer
}

// assertion is a client assertion, changed by edit.
func assertion(t *testing.T, c certificate, method jwt.SigningMethod, claims jwt.MapClaims, header map[string]any) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	sum := sha256.Sum256(c.der)
	token.Header["x5t#S256"] = base64.RawURLEncoding.EncodeToString(sum[:])
	maps.Copy(token.Header, header)
	signed, err := token.SignedString(c.key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// credentialCase is a request with a client assertion: a good one but for the
// changes.
type credentialCase struct {
	name    string
	realm   string // "": the tenant
	claims  jwt.MapClaims
	header  map[string]any
	method  jwt.SigningMethod // nil: PS256
	foreign bool              // signed by a key that isn't registered
	form    url.Values
	status  int
	code    int
	oauth   string
}

// assertions are the cases which differ in the assertion.
func assertions(s *m365sim.Server, own certificate) []credentialCase {
	const refused = "invalid_client"
	sum := sha256.Sum256(own.der)
	base := s.Info().Authority + "/" + s.Info().TenantID
	header := func(thumbprint string) map[string]any { return map[string]any{"x5t#S256": thumbprint} }
	past, future := time.Now().Add(-time.Hour).Unix(), time.Now().Add(time.Hour).Unix()
	return []credentialCase{
		{name: "good", status: 200},
		{name: "RS256", method: jwt.SigningMethodRS256, status: 200},
		{name: "padded thumbprint", header: header(base64.StdEncoding.EncodeToString(sum[:])), status: 200},
		{name: "audience is the issuer", claims: jwt.MapClaims{"aud": base + "/v2.0"}, status: 200},
		{name: "unknown certificate", foreign: true, status: 401, code: 700027, oauth: refused},
		{name: "forged signature", foreign: true, header: header(base64.RawURLEncoding.EncodeToString(sum[:])), status: 401, code: 700027, oauth: refused},
		{name: "no thumbprint", header: header(""), status: 401, code: 700027, oauth: refused},
		{name: "PS512", method: jwt.SigningMethodPS512, status: 401, code: 700027, oauth: refused},
		{name: "not a token", form: url.Values{"client_assertion": {"x.y"}}, status: 401, code: 50027, oauth: refused},
		{name: "expired", claims: jwt.MapClaims{"exp": past}, status: 401, code: 700024, oauth: refused},
		{name: "not yet valid", claims: jwt.MapClaims{"nbf": future}, status: 401, code: 700024, oauth: refused},
		{name: "no expiry", claims: jwt.MapClaims{"exp": nil}, status: 401, code: 50027, oauth: refused},
		{name: "other audience", claims: jwt.MapClaims{"aud": "https://localhost:1/oauth2/v2.0/token"}, status: 401, code: 700023, oauth: refused},
		{name: "other issuer", claims: jwt.MapClaims{"iss": "x"}, status: 401, code: 700021, oauth: refused},
		{name: "other subject", claims: jwt.MapClaims{"sub": "x"}, status: 401, code: 700021, oauth: refused},
		{name: "no assertion", form: url.Values{"client_assertion": {""}}, status: 401, code: 7000218, oauth: refused},
	}
}

// requests are the cases which differ in the rest of the request.
func requests(s *m365sim.Server) []credentialCase {
	return []credentialCase{
		{name: "domain", realm: "contosobakery.example", status: 200},
		{name: "unknown tenant", realm: "nowhere.example", status: 400, code: 90002, oauth: "invalid_tenant"},
		{name: "no tenant", realm: "common", status: 400, code: 50059, oauth: "invalid_request"},
		{name: "foreign tenant", realm: s.Tenant().Foreign().ID, status: 400, code: 700016, oauth: "unauthorized_client"},
		{name: "unknown application", form: url.Values{"client_id": {uuid.NewString()}}, status: 400, code: 700016, oauth: "unauthorized_client"},
		{name: "Microsoft's own", form: url.Values{"client_id": {tenant.CommandLineToolsAppID}}, status: 401, code: 700025, oauth: "invalid_client"},
		{name: "single scope", form: url.Values{"scope": {"https://graph.microsoft.com/User.Read.All"}}, status: 400, code: 1002012, oauth: "invalid_scope"},
		{name: "unknown resource", form: url.Values{"scope": {"https://other.example/.default"}}, status: 400, code: 500011, oauth: "invalid_resource"},
		{name: "no scope", form: url.Values{"scope": {""}}, status: 400, code: 900144, oauth: "invalid_request"},
		{name: "no grant type", form: url.Values{"grant_type": {""}}, status: 400, code: 900144, oauth: "invalid_request"},
		{name: "password", form: url.Values{"grant_type": {"password"}}, status: 400, code: 70003, oauth: "unsupported_grant_type"},
	}
}

func TestClientCredentials(t *testing.T) {
	t.Parallel()
	s := start(t, m365sim.Options{})
	own, other := newCertificate(t), newCertificate(t)
	appID, _ := register(t, s, adminToken(t, s, newBrowser(t, s)), own, true)
	id := s.Info().TenantID
	for _, c := range append(assertions(s, own), requests(s)...) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			claims := jwt.MapClaims{
				"aud": s.Info().Authority + "/" + id + "/oauth2/v2.0/token", "iss": appID, "sub": appID, "jti": uuid.NewString(),
				"nbf": time.Now().Unix(), "exp": time.Now().Add(10 * time.Minute).Unix(),
			}
			maps.Copy(claims, c.claims)
			key, method := own, jwt.SigningMethod(jwt.SigningMethodPS256)
			if c.foreign {
				key = other
			}
			if c.method != nil {
				method = c.method
			}
			form := url.Values{
				"grant_type": {"client_credentials"}, "client_id": {appID}, "scope": {"https://graph.microsoft.com/.default"},
				"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
				"client_assertion":      {assertion(t, key, method, claims, c.header)},
			}
			maps.Copy(form, c.form)
			status, answer := askToken(t, s, cmp.Or(c.realm, id), form)
			if status != c.status {
				t.Errorf("%d %+v", status, answer)
			}
			if c.code != 0 {
				checkRefusal(t, answer, c.oauth, c.code)
			}
		})
	}
}

func checkRefusal(t *testing.T, answer refusal, oauth string, code int) {
	t.Helper()
	if answer.Error != oauth || len(answer.Codes) != 1 || answer.Codes[0] != code || answer.Access != "" || answer.TraceID == "" || answer.CorrelationID == "" ||
		answer.Timestamp == "" || answer.URI == "" || !strings.Contains(answer.Description, " Trace ID: "+answer.TraceID+" Correlation ID: ") {
		t.Errorf("want %s AADSTS%d, got %+v", oauth, code, answer)
	}
}

// TestServicePrincipal: an application signs in only where it has one that is
// not switched off.
func TestServicePrincipal(t *testing.T) {
	t.Parallel()
	s := start(t, m365sim.Options{})
	c := newCertificate(t)
	admin := adminToken(t, s, newBrowser(t, s))
	appID, objectID := register(t, s, admin, c, false)
	_, err := appToken(t, s, appID, c)
	if err == nil || !strings.Contains(err.Error(), "AADSTS7000229") {
		t.Errorf("without a service principal: %v", err)
	}
	status, principal := graph(t, s, admin, http.MethodPost, "servicePrincipals", map[string]any{"appId": appID})
	if status != http.StatusCreated {
		t.Fatalf("%d %v", status, principal)
	}
	if err := s.Tenant().SetServicePrincipalEnabled(principal["id"].(string), false); err != nil {
		t.Fatal(err)
	}
	if _, err = appToken(t, s, appID, c); err == nil || !strings.Contains(err.Error(), "AADSTS7000112") {
		t.Errorf("disabled: %v", err)
	}
	if status, _ := graph(t, s, admin, http.MethodDelete, "applications/"+objectID, nil); status != http.StatusNoContent {
		t.Fatal(status)
	}
	if _, err = appToken(t, s, appID, c); err == nil || !strings.Contains(err.Error(), "AADSTS700016") {
		t.Errorf("deleted: %v", err)
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := start(t, m365sim.Options{Now: clock.now})
	id := s.Info().TenantID
	b := newBrowser(t, s)
	adminToken(t, s, b)
	code := func() string {
		t.Helper()
		b.open(authorizeURL(s, id, "prompt", "", "response_mode", "query"))
		if b.back.Get("code") == "" {
			t.Fatalf("no code: %v %s", b.back, b.text)
		}
		return b.back.Get("code")
	}
	form := func(code string, changes ...string) url.Values {
		v := url.Values{
			"grant_type": {"authorization_code"}, "client_id": {tenant.CommandLineToolsAppID}, "code": {code},
			"redirect_uri": {redirect}, "code_verifier": {verifier}, "client_info": {"1"},
		}
		for i := 0; i < len(changes); i += 2 {
			v.Set(changes[i], changes[i+1])
		}
		return v
	}
	late := code()
	clock.advance(11 * time.Minute)
	for _, c := range []struct {
		name  string
		form  url.Values
		code  int
		oauth string
	}{
		{"late", form(late), 70008, "invalid_grant"},
		{"invented", form("x"), 9002313, "invalid_grant"},
		{"no verifier", form(code(), "code_verifier", ""), 501481, "invalid_grant"},
		{"other verifier", form(code(), "code_verifier", verifier+"x"), 501481, "invalid_grant"},
		{"other redirect", form(code(), "redirect_uri", "http://localhost:1"), 500112, "invalid_client"},
		{"more than consented", form(code(), "scope", "https://graph.microsoft.com/Directory.Read.All"), 65001, "invalid_grant"},
		{"a secret", form(code(), "client_secret", "x"), 7000215, "invalid_client"},
	} {
		_, answer := askToken(t, s, id, c.form)
		t.Run(c.name, func(t *testing.T) { checkRefusal(t, answer, c.oauth, c.code) })
	}
	status, answer := askToken(t, s, id, form(code()))
	if status != http.StatusOK || answer.Refresh == "" || !strings.Contains(answer.Scope, writeAll) {
		t.Fatalf("%d %+v", status, answer)
	}
	refresh := url.Values{"grant_type": {"refresh_token"}, "client_id": {tenant.CommandLineToolsAppID}, "refresh_token": {answer.Refresh}}
	if status, answer := askToken(t, s, id, refresh); status != http.StatusOK || answer.Access == "" || answer.Refresh == "" {
		t.Errorf("refresh: %d %+v", status, answer)
	}
	refresh.Set("scope", "Directory.Read.All")
	_, answer = askToken(t, s, id, refresh)
	checkRefusal(t, answer, "invalid_grant", 65001)
	clock.advance(100 * 24 * time.Hour)
	_, answer = askToken(t, s, id, refresh)
	checkRefusal(t, answer, "invalid_grant", 700082)
}
