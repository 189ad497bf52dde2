package m365sim_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"cloudappsecurity/service/m365sim"
	"cloudappsecurity/service/m365sim/tenant"
)

// switchOn switches faults by the control address, as testers do.
func switchOn(t *testing.T, s *m365sim.Server, values string) {
	t.Helper()
	if status, body := ask(t, program(t, s), "POST", s.Info().Control+"/faults", values); status != http.StatusOK {
		t.Fatalf("%s: %d %s", values, status, body)
	}
}

func switchOff(t *testing.T, s *m365sim.Server) {
	t.Helper()
	if status, body := ask(t, program(t, s), "DELETE", s.Info().Control+"/faults", ""); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
}

// try sends a request to Graph which may come to nothing.
func try(t *testing.T, s *m365sim.Server, token, method, path, body string) (int, []byte, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.Info().Graph+"/v1.0/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	response, err := program(t, s).Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	return response.StatusCode, data, err
}

// granted is a simulation whose application was consented to, and its token.
func granted(t *testing.T, o m365sim.Options) (s *m365sim.Server, appID string, c certificate, token string) {
	t.Helper()
	s, c = start(t, o), newCertificate(t)
	b := newBrowser(t, s)
	appID, _ = register(t, s, adminToken(t, s, b), c, true)
	b.open(consentURL(s, s.Info().TenantID, appID))
	b.press("Accept")
	token, err := appToken(t, s, appID, c)
	if err != nil {
		t.Fatal(err)
	}
	return s, appID, c, token
}

func TestErrorsAndCutConnections(t *testing.T) {
	t.Parallel()
	s := start(t, m365sim.Options{})
	token := adminToken(t, s, newBrowser(t, s))

	switchOn(t, s, `{"error_500":1}`)
	if status, body, err := try(t, s, token, "GET", "applications", ""); err != nil || status != 500 || !strings.Contains(string(body), `"InternalServerError"`) {
		t.Errorf("%d %s %v", status, body, err)
	}

	switchOn(t, s, `{"cut_before_answer":{"count":1,"path":"/applications"}}`)
	if _, _, err := try(t, s, token, "GET", "me", ""); err != nil {
		t.Errorf("another address: %v", err)
	}
	if status, _, err := try(t, s, token, "GET", "applications", ""); err == nil {
		t.Errorf("an answer came: %d", status)
	}

	switchOn(t, s, `{"cut_within_answer":1}`)
	if status, body, err := try(t, s, token, "GET", "applications", ""); status != 200 || !errors.Is(err, io.ErrUnexpectedEOF) && (err == nil || len(body) == 0) {
		t.Errorf("%d %d bytes, %v", status, len(body), err)
	}
	if _, _, err := try(t, s, token, "GET", "applications", ""); err != nil {
		t.Errorf("past the fault: %v", err)
	}
}

// TestCutBeforeOrAfterTheWork: what is cut within the answer was carried out,
// what is cut before it was not.
func TestCutBeforeOrAfterTheWork(t *testing.T) {
	t.Parallel()
	s := start(t, m365sim.Options{})
	token := adminToken(t, s, newBrowser(t, s))
	for fault, want := range map[string]int{"cut_before_answer": 0, "cut_within_answer": 1} {
		switchOn(t, s, `{"`+fault+`":{"count":1,"method":"POST","path":"/applications"}}`)
		if _, _, err := try(t, s, token, "POST", "applications", `{"displayName":"`+fault+`"}`); err == nil {
			t.Errorf("%s: a whole answer came", fault)
		}
		made := 0
		for _, app := range s.Tenant().OwnApplications() {
			if app.DisplayName == fault {
				made++
			}
		}
		if made != want {
			t.Errorf("%s: %d applications were made, want %d", fault, made, want)
		}
	}
	switchOn(t, s, `{"cut_before_answer":{"count":1,"path":"/oauth2/v2.0/token"}}`)
	r, err := http.NewRequestWithContext(t.Context(), "POST", s.Info().Authority+"/organizations/oauth2/v2.0/token", nil)
	if err != nil {
		t.Fatal(err)
	}
	if response, err := program(t, s).Do(r); err == nil {
		_ = response.Body.Close()
		t.Errorf("the token endpoint answered %d", response.StatusCode)
	}
}

func TestSlow(t *testing.T) {
	t.Parallel()
	s := start(t, m365sim.Options{})
	token := adminToken(t, s, newBrowser(t, s))
	switchOn(t, s, `{"slow":{"delay":"300ms","path":"/applications"}}`)
	began := time.Now()
	if status, _, err := try(t, s, token, "GET", "applications", ""); status != 200 || err != nil || time.Since(began) < 600*time.Millisecond {
		t.Errorf("%d %v after %v", status, err, time.Since(began))
	}
}

// TestDeltaExpires: tokens expire at the begin and in the middle of a round,
// for users and groups, and the Location given starts over.
func TestDeltaExpires(t *testing.T) {
	t.Parallel()
	s, _, _, token := granted(t, m365sim.Options{Users: 700, Groups: 300})
	for _, list := range []string{"users", "groups"} {
		next, delta := "", ""
		for link := list + "/delta?$select=id"; delta == ""; link = strings.TrimPrefix(next, s.Info().Graph+"/v1.0/") {
			status, page := graph(t, s, token, "GET", link, nil)
			if status != 200 {
				t.Fatalf("%s: %d %v", link, status, page)
			}
			if l, more := page["@odata.nextLink"].(string); more {
				next = l
			}
			delta, _ = page["@odata.deltaLink"].(string)
		}
		for at, link := range map[string]string{"middle": next, "begin": delta} {
			switchOn(t, s, `{"delta_expired":{"count":1,"list":"`+list+`","at":"`+at+`"}}`)
			r, err := http.NewRequestWithContext(t.Context(), "GET", link, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+token)
			response, err := program(t, s).Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			location := response.Header.Get("Location")
			if response.StatusCode != http.StatusGone || !strings.Contains(location, "/"+list+"/delta?") {
				t.Fatalf("%s at the %s: %d %q", list, at, response.StatusCode, location)
			}
			for _, again := range []string{location, link} {
				if status, page := graph(t, s, token, "GET", strings.TrimPrefix(again, s.Info().Graph+"/v1.0/"), nil); status != 200 {
					t.Errorf("%s: %d %v", again, status, page)
				}
			}
		}
	}
}

// TestFaultsOfTheTenant: what is registered is taken away, while the fault is
// on and as long as nobody mends it.
func TestFaultsOfTheTenant(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault   string
		refused string // what the token endpoint says; "": a token without roles
		mend    func(*m365sim.Server, tenant.Application) error
	}{
		{"consent_withdrawn", "", func(s *m365sim.Server, a tenant.Application) error { return s.Tenant().ConsentApplication(a.AppID) }},
		{"application_deleted", "AADSTS700016", func(s *m365sim.Server, a tenant.Application) error {
			_, err := s.Tenant().RestoreApplication(a.ID)
			return errors.Join(err, s.Tenant().ConsentApplication(a.AppID))
		}},
		{"application_disabled", "AADSTS7000112", func(*m365sim.Server, tenant.Application) error { return nil }},
		{"principal_missing", "AADSTS7000229", func(s *m365sim.Server, a tenant.Application) error { return s.Tenant().ConsentApplication(a.AppID) }},
	} {
		t.Run(c.fault, func(t *testing.T) {
			t.Parallel()
			s, appID, own, old := granted(t, m365sim.Options{})
			app, _ := s.Tenant().Application(appID)
			taken := func() {
				t.Helper()
				token, err := appToken(t, s, appID, own)
				switch {
				case c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused)):
					t.Errorf("got %v, want %s", err, c.refused)
				case c.refused == "" && err != nil:
					t.Error(err)
				case c.refused == "":
					if roles := payload(t, token)["roles"]; roles != nil {
						t.Errorf("the token has roles %v", roles)
					}
					for _, token := range []string{token, old} {
						if status, answer := graph(t, s, token, "GET", "users?$top=1", nil); status != http.StatusForbidden {
							t.Errorf("%d %v", status, answer)
						}
					}
				}
			}
			switchOn(t, s, `{"`+c.fault+`":true}`)
			taken()
			_ = c.mend(s, app) // it is taken away again
			taken()
			switchOff(t, s)
			if err := c.mend(s, app); err != nil {
				t.Fatal(err)
			}
			token, err := appToken(t, s, appID, own)
			if err != nil {
				t.Fatal(err)
			}
			if status, answer := graph(t, s, token, "GET", "users?$top=1", nil); status != 200 {
				t.Errorf("after it was mended: %d %v", status, answer)
			}
		})
	}
}

func TestCertificatePolicy(t *testing.T) {
	t.Parallel()
	s := start(t, m365sim.Options{})
	token := adminToken(t, s, newBrowser(t, s))
	_, objectID := register(t, s, token, newCertificate(t), false)
	for _, c := range []struct {
		policy, code string
		status       int
	}{
		{"true", "CredentialTypeNotAllowedAsPerAppPolicy", 400},
		{`"24h"`, "CredentialInvalidLifetimeAsPerAppPolicy", 400}, // the certificate is valid for 25
		{`"26h"`, "", 204},
	} {
		switchOn(t, s, `{"certificate_policy":`+c.policy+`}`)
		status, answer := graph(t, s, token, http.MethodPatch, "applications/"+objectID, map[string]any{"keyCredentials": []any{
			map[string]any{"type": "AsymmetricX509Cert", "usage": "Verify", "key": newCertificate(t).der},
		}})
		code := ""
		if e, refused := answer["error"].(map[string]any); refused {
			code, _ = e["code"].(string)
		}
		if status != c.status || code != c.code {
			t.Errorf("%s: %d %v", c.policy, status, answer)
		}
	}
}

func TestConsentDoesNotRedirect(t *testing.T) {
	t.Parallel()
	s := start(t, m365sim.Options{Faults: map[string]json.RawMessage{"consent_no_redirect": []byte("true")}})
	b, c := newBrowser(t, s), newCertificate(t)
	appID, _ := register(t, s, adminToken(t, s, b), c, true)
	b.back = nil
	b.open(consentURL(s, s.Info().TenantID, appID))
	b.press("Accept")
	if b.back != nil {
		t.Errorf("the program was told %v", b.back)
	}
	b.says("This sign-in is finished")
	if len(s.Tenant().GrantedRoles(appID)) != 4 {
		t.Error("the consent was not recorded")
	}
}

func TestReplayedAssertion(t *testing.T) {
	t.Parallel()
	s, appID, own, _ := granted(t, m365sim.Options{})
	form := func(id string) url.Values {
		return url.Values{
			"grant_type": {"client_credentials"}, "client_id": {appID}, "scope": {"https://graph.microsoft.com/.default"},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
			"client_assertion": {assertion(t, own, jwt.SigningMethodPS256, jwt.MapClaims{
				"aud": s.Info().Authority + "/" + s.Info().TenantID + "/oauth2/v2.0/token", "iss": appID, "sub": appID, "jti": id,
				"nbf": time.Now().Unix(), "exp": time.Now().Add(10 * time.Minute).Unix(),
			}, nil)},
		}
	}
	same := form(uuid.NewString())
	for i, want := range []int{200, 200} {
		if status, answer := askToken(t, s, s.Info().TenantID, same); status != want {
			t.Errorf("not switched on, %d: %d %+v", i, status, answer)
		}
	}
	switchOn(t, s, `{"assertion_replay":true}`)
	for i, want := range []int{200, 401} {
		status, answer := askToken(t, s, s.Info().TenantID, same)
		if status != want {
			t.Errorf("switched on, %d: %d %+v", i, status, answer)
		}
		if want != 200 {
			checkRefusal(t, answer, "invalid_client", 50027)
		}
	}
	for _, id := range []string{uuid.NewString(), uuid.NewString()} {
		if status, answer := askToken(t, s, s.Info().TenantID, form(id)); status != 200 {
			t.Errorf("another jti: %d %+v", status, answer)
		}
	}
	if status, _ := askToken(t, s, s.Info().TenantID, form("")); status != 401 {
		t.Errorf("no jti: %d", status)
	}
	for range 2 { // MSAL makes an assertion for each request
		if _, err := appToken(t, s, appID, own); err != nil {
			t.Error(err)
		}
	}
}

// TestClockSkew: the assertion is checked against the other clock, and the
// answer's date tells it.
func TestClockSkew(t *testing.T) {
	t.Parallel()
	s, appID, own, token := granted(t, m365sim.Options{})
	for _, skew := range []string{"-1h", "1h"} {
		switchOn(t, s, `{"clock_skew":"`+skew+`"}`)
		if _, err := appToken(t, s, appID, own); err == nil || !strings.Contains(err.Error(), "AADSTS700024") {
			t.Errorf("%s: %v", skew, err)
		}
		d, err := time.ParseDuration(skew)
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), "GET", s.Info().Authority+"/organizations/v2.0/.well-known/openid-configuration", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := program(t, s).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		date, err := http.ParseTime(response.Header.Get("Date"))
		if off := time.Until(date) - d; err != nil || off.Abs() > time.Minute {
			t.Errorf("%s: the answer is of %s, %v", skew, response.Header.Get("Date"), err)
		}
	}
	switchOff(t, s)
	if status, _ := graph(t, s, token, "GET", "users?$top=1", nil); status != 200 {
		t.Errorf("set right: %d", status)
	}
}

// TestSignInErrors: each code is answered where Entra answers it.
func TestSignInErrors(t *testing.T) {
	t.Parallel()
	s, own := start(t, m365sim.Options{}), newCertificate(t)
	b := newBrowser(t, s)
	appID, _ := register(t, s, adminToken(t, s, b), own, true)
	for _, c := range []struct {
		code     int
		at, form string // page, redirect, json
		oauth    string // told to the program
	}{
		{65004, "sign_in", "redirect", "access_denied"},
		{65004, "consent", "redirect", "access_denied"},
		{90094, "sign_in", "approval", "access_denied"},
		{90095, "consent", "approval", "access_denied"},
		{50020, "consent", "page", ""},
		{50105, "sign_in", "page", ""},
		{50105, "redeem", "json", "invalid_grant"},
		{53003, "sign_in", "page", ""},
		{53003, "app", "json", "invalid_grant"},
		{530035, "redeem", "json", "invalid_grant"},
		{650056, "sign_in", "page", ""},
		{650051, "consent", "page", ""},
		{50011, "consent", "page", ""},
		{700016, "consent", "page", ""},
		{700016, "sign_in", "page", ""},
		{700016, "app", "json", "unauthorized_client"},
		{7000112, "app", "json", "unauthorized_client"},
		{70001, "app", "json", "unauthorized_client"},
		{7000229, "app", "json", "unauthorized_client"},
		{700024, "app", "json", "invalid_client"},
		{700027, "app", "json", "invalid_client"},
		{7000222, "app", "json", "invalid_client"},
		{7000215, "app", "json", "invalid_client"},
		{65001, "redeem", "json", "invalid_grant"},
		{50076, "redeem", "json", "invalid_grant"},
		{50079, "redeem", "json", "invalid_grant"},
		{90002, "redeem", "json", "invalid_tenant"},
		{50173, "redeem", "json", "invalid_grant"},
		{700082, "redeem", "json", "invalid_grant"},
		{70043, "redeem", "json", "invalid_grant"},
	} {
		code := strconv.Itoa(c.code)
		t.Run(code+" at "+c.at, func(t *testing.T) {
			b.t = t
			switchOn(t, s, `{"sign_in_error":{"code":`+code+`,"at":"`+c.at+`","count":1}}`)
			b.back = nil
			walk := func() {
				switch c.at {
				case "consent":
					b.open(consentURL(s, s.Info().TenantID, appID))
				case "sign_in":
					b.open(authorizeURL(s, s.Info().TenantID, "prompt", ""))
				}
			}
			walk()
			switch c.form {
			case "json":
				err := tokenOf(t, s, b, c.at, appID, own)
				if err == nil || !strings.Contains(err.Error(), "AADSTS"+code) || !strings.Contains(err.Error(), c.oauth) {
					t.Errorf("got %v", err)
				}
				if err := tokenOf(t, s, b, c.at, appID, own); err != nil {
					t.Errorf("the second time: %v", err)
				}
				return
			case "approval":
				b.says("AADSTS" + code)
				b.press("Return to the application without granting consent")
				fallthrough
			case "redirect":
				if b.back.Get("error") != c.oauth || !strings.HasPrefix(b.back.Get("error_description"), "AADSTS"+code+":") {
					t.Errorf("the program was told %v", b.back)
				}
			case "page":
				b.says("AADSTS" + code)
				if b.back != nil {
					t.Errorf("the program was told %v", b.back)
				}
			}
			b.back = nil
			walk()
			if c.at == "consent" {
				b.says("Permissions requested")
			} else if b.back.Get("code") == "" {
				t.Errorf("the second time the program was told %v", b.back)
			}
		})
	}
}

// tokenOf asks the token endpoint for a token of a step.
func tokenOf(t *testing.T, s *m365sim.Server, b *browser, step, appID string, own certificate) error {
	t.Helper()
	if step == "app" {
		_, err := appToken(t, s, appID, own)
		return err
	}
	b.open(authorizeURL(s, s.Info().TenantID, "prompt", ""))
	_, err := publicClient(t, s, s.Info().TenantID).AcquireTokenByAuthCode(t.Context(), b.back.Get("code"), redirect, []string{writeAll}, public.WithChallenge(verifier))
	return err
}
