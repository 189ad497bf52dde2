package m365sim_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
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
	for name, value := range header {
		token.Header[name] = value
	}
	signed, err := token.SignedString(c.key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestClientCredentials(t *testing.T) {
	t.Parallel()
	s := start(t, m365sim.Options{})
	own, other := newCertificate(t), newCertificate(t)
	admin := adminToken(t, s, newBrowser(t, s))
	appID, _ := register(t, s, admin, own, true)
	id := s.Info().TenantID
	endpoint := s.Info().Authority + "/" + id + "/oauth2/v2.0/token"
	sum := sha256.Sum256(own.der)
	claims := func(changes ...any) jwt.MapClaims {
		m := jwt.MapClaims{
			"aud": endpoint, "iss": appID, "sub": appID, "jti": uuid.NewString(),
			"nbf": time.Now().Unix(), "exp": time.Now().Add(10 * time.Minute).Unix(),
		}
		for i := 0; i < len(changes); i += 2 {
			m[changes[i].(string)] = changes[i+1] //nolint:forcetypeassert // the table below is ours
		}
		return m
	}
	good := func(changes ...any) string { return assertion(t, own, jwt.SigningMethodPS256, claims(changes...), nil) }
	forged := assertion(t, other, jwt.SigningMethodPS256, claims(), map[string]any{"x5t#S256": base64.RawURLEncoding.EncodeToString(sum[:])})
	hour := time.Hour
	for _, c := range []struct {
		name, realm, assertion string
		form                   url.Values // changes
		status, code           int
		oauth                  string
	}{
		{"good", id, good(), nil, 200, 0, ""},
		{"domain", "contosobakery.example", good(), nil, 200, 0, ""},
		{"RS256", id, assertion(t, own, jwt.SigningMethodRS256, claims(), nil), nil, 200, 0, ""},
		{"padded thumbprint", id, assertion(t, own, jwt.SigningMethodPS256, claims(), map[string]any{"x5t#S256": base64.StdEncoding.EncodeToString(sum[:])}), nil, 200, 0, ""},
		{"audience is the issuer", id, good("aud", s.Info().Authority+"/"+id+"/v2.0"), nil, 200, 0, ""},
		{"unknown certificate", id, assertion(t, other, jwt.SigningMethodPS256, claims(), nil), nil, 401, 700027, "invalid_client"},
		{"forged signature", id, forged, nil, 401, 700027, "invalid_client"},
		{"no thumbprint", id, assertion(t, own, jwt.SigningMethodPS256, claims(), map[string]any{"x5t#S256": ""}), nil, 401, 700027, "invalid_client"},
		{"PS512", id, assertion(t, own, jwt.SigningMethodPS512, claims(), nil), nil, 401, 700027, "invalid_client"},
		{"not a token", id, "x.y", nil, 401, 50027, "invalid_client"},
		{"expired", id, good("exp", time.Now().Add(-hour).Unix()), nil, 401, 700024, "invalid_client"},
		{"not yet valid", id, good("nbf", time.Now().Add(hour).Unix()), nil, 401, 700024, "invalid_client"},
		{"no expiry", id, good("exp", nil), nil, 401, 50027, "invalid_client"},
		{"other audience", id, good("aud", "https://localhost:1/"+id+"/oauth2/v2.0/token"), nil, 401, 700023, "invalid_client"},
		{"other issuer", id, good("iss", "x"), nil, 401, 700021, "invalid_client"},
		{"other subject", id, good("sub", "x"), nil, 401, 700021, "invalid_client"},
		{"unknown tenant", "nowhere.example", good(), nil, 400, 90002, "invalid_tenant"},
		{"no tenant", "common", good(), nil, 400, 50059, "invalid_request"},
		{"foreign tenant", s.Tenant().Foreign().ID, good(), nil, 400, 700016, "unauthorized_client"},
		{"unknown application", id, good(), url.Values{"client_id": {uuid.NewString()}}, 400, 700016, "unauthorized_client"},
		{"Microsoft's own", id, good(), url.Values{"client_id": {tenant.CommandLineToolsAppID}}, 401, 700025, "invalid_client"},
		{"single scope", id, good(), url.Values{"scope": {"https://graph.microsoft.com/User.Read.All"}}, 400, 1002012, "invalid_scope"},
		{"unknown resource", id, good(), url.Values{"scope": {"https://other.example/.default"}}, 400, 500011, "invalid_resource"},
		{"no scope", id, good(), url.Values{"scope": {""}}, 400, 900144, "invalid_request"},
		{"no assertion", id, "", nil, 401, 7000218, "invalid_client"},
		{"no grant type", id, good(), url.Values{"grant_type": {""}}, 400, 900144, "invalid_request"},
		{"password", id, good(), url.Values{"grant_type": {"password"}}, 400, 70003, "unsupported_grant_type"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			form := url.Values{
				"grant_type": {"client_credentials"}, "client_id": {appID}, "scope": {"https://graph.microsoft.com/.default"},
				"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {c.assertion},
			}
			for name, value := range c.form {
				form[name] = value
			}
			status, answer := askToken(t, s, c.realm, form)
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
	if err := s.Tenant().SetServicePrincipalEnabled(principal["id"].(string), false); err != nil { //nolint:forcetypeassert // the test fails either way
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
