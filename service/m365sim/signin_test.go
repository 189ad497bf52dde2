package m365sim_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"cloudappsecurity/service/m365sim"
	"cloudappsecurity/service/m365sim/tenant"
)

const (
	verifier = "a-verifier-of-more-than-forty-three-characters-0123456789"
	redirect = "http://localhost:12345"
	writeAll = "https://graph.microsoft.com/Application.ReadWrite.All"
)

func challenge() string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// authorizeURL is the address that a program opens, with changes.
func authorizeURL(s *m365sim.Server, realm string, changes ...string) string {
	q := url.Values{
		"client_id": {tenant.CommandLineToolsAppID}, "response_type": {"code"}, "response_mode": {"form_post"}, "redirect_uri": {redirect},
		"scope": {writeAll + " openid offline_access profile"}, "state": {"st&te"}, "nonce": {"n"},
		"code_challenge": {challenge()}, "code_challenge_method": {"S256"}, "prompt": {"select_account"},
	}
	for i := 0; i < len(changes); i += 2 {
		q.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			q.Del(changes[i])
		}
	}
	return s.Info().Browser + "/" + realm + "/oauth2/v2.0/authorize?" + q.Encode()
}

// payload reads a token without verifying it.
func payload(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("not a token: %q", token)
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(data, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func publicClient(t *testing.T, s *m365sim.Server, realm string) public.Client {
	t.Helper()
	client, err := public.New(tenant.CommandLineToolsAppID, public.WithAuthority(s.Info().Authority+"/"+realm),
		public.WithHTTPClient(program(t, s)), public.WithInstanceDiscovery(false))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// TestMSALSignsIn goes the way of the product: MSAL makes the address and
// redeems the code, the listener is ours.
func TestMSALSignsIn(t *testing.T) {
	t.Parallel()
	s := start(t, m365sim.Options{})
	client := publicClient(t, s, "organizations")
	address, err := client.AuthCodeURL(t.Context(), tenant.CommandLineToolsAppID, redirect, []string{writeAll})
	if err != nil {
		t.Fatal(err)
	}
	address += "&" + url.Values{
		"code_challenge": {challenge()}, "code_challenge_method": {"S256"}, "state": {"st&te"}, "nonce": {"n"},
		"response_mode": {"form_post"}, "prompt": {"select_account"},
	}.Encode()

	b := newBrowser(t, s)
	b.open(address)
	if !b.has("input", "type", "email") {
		t.Errorf("no field for the address: %s", b.text)
	}
	b.says(s.Info().Admin.Username, s.Info().Admin.Password)
	b.press("Next", "loginfmt", s.Info().Admin.Username)
	if !b.has("input", "type", "password") {
		t.Errorf("no field for the password: %s", b.text)
	}
	b.press("Sign in", "passwd", "wrong")
	b.says("AADSTS50126")
	b.press("Sign in", "passwd", s.Info().Admin.Password)
	b.says("Permissions requested", "Microsoft Graph Command Line Tools", "Read and write all applications", "Consent on behalf of your organization")
	b.press("Accept")
	if b.to != redirect || b.back.Get("state") != "st&te" || b.back.Get("code") == "" {
		t.Fatalf("the program was sent %v at %q", b.back, b.to)
	}
	code := b.back.Get("code")

	result := redeem(t, s, client, code)
	again, err := client.AcquireTokenSilent(t.Context(), []string{writeAll}, public.WithSilentAccount(result.Account))
	if err != nil || again.AccessToken == "" {
		t.Errorf("silently: %v", err)
	}

	b.open(address)
	b.says("Pick an account", s.Info().Admin.Username, "Use another account")
	b.press("Use another account")
	b.signIn(s.Info().Admin.Username, s.Info().Admin.Password)
	if b.back.Get("code") == "" {
		t.Errorf("consent was asked again: %s", b.text)
	}
}

// redeem redeems a code of the administrator, which works once.
func redeem(t *testing.T, s *m365sim.Server, client public.Client, code string) public.AuthResult {
	t.Helper()
	result, err := client.AcquireTokenByAuthCode(t.Context(), code, redirect, []string{writeAll}, public.WithChallenge(verifier))
	if err != nil {
		t.Fatal(err)
	}
	claims := payload(t, result.AccessToken)
	if scp, _ := claims["scp"].(string); !strings.HasPrefix(scp, "Application.ReadWrite.All") {
		t.Errorf("scp is %q", scp)
	}
	if claims["aud"] != "https://graph.microsoft.com" || claims["tid"] != s.Info().TenantID || claims["upn"] != s.Info().Admin.Username || claims["idtyp"] != "user" {
		t.Errorf("claims: %v", claims)
	}
	if result.IDToken.TenantID != s.Info().TenantID || result.Account.PreferredUsername != s.Info().Admin.Username {
		t.Errorf("id token: %+v", result.IDToken)
	}
	if _, err := client.AcquireTokenByAuthCode(t.Context(), code, redirect, []string{writeAll}, public.WithChallenge(verifier)); err == nil || !strings.Contains(err.Error(), "AADSTS54005") {
		t.Errorf("the code was redeemed again: %v", err)
	}
	return result
}

func TestConsentOfTheSignInApplication(t *testing.T) {
	t.Parallel()
	s := start(t, m365sim.Options{})
	admin, password := s.Info().Admin.Username, s.Info().Admin.Password

	t.Run("cancel", func(t *testing.T) {
		b := newBrowser(t, s)
		b.open(authorizeURL(s, s.Info().TenantID))
		b.signIn(admin, password)
		b.says("Maintain access to data you have given it access to")
		b.press("Cancel")
		if b.back.Get("error") != "access_denied" || !strings.HasPrefix(b.back.Get("error_description"), "AADSTS65004:") || b.back.Get("state") != "st&te" {
			t.Errorf("the program was sent %v", b.back)
		}
	})
	t.Run("no administrator", func(t *testing.T) {
		b := newBrowser(t, s)
		b.open(authorizeURL(s, s.Info().TenantID))
		b.signIn(s.Tenant().SomeUsername(), password)
		b.says("Need admin approval", "AADSTS90094", "Have an admin account?")
		b.press("Return to the application")
		if b.back.Get("error") != "access_denied" || !strings.HasPrefix(b.back.Get("error_description"), "AADSTS90094:") {
			t.Errorf("the program was sent %v", b.back)
		}
		b.open(authorizeURL(s, s.Info().TenantID, "prompt", ""))
		b.press("Have an admin account?")
		b.signIn(admin, password)
		b.says("Permissions requested")
	})
	t.Run("own consent of an ordinary user", func(t *testing.T) {
		b := newBrowser(t, s)
		b.open(authorizeURL(s, s.Info().TenantID, "scope", "User.Read openid profile"))
		b.signIn(s.Tenant().SomeUsername(), password)
		b.says("Permissions requested", "Sign in and read user profile")
		if strings.Contains(b.text, "on behalf of your organization") {
			t.Error("an ordinary user is offered to consent for all")
		}
		b.press("Accept")
		if b.back.Get("code") == "" {
			t.Errorf("the program was sent %v", b.back)
		}
	})
	t.Run("on behalf of the organization", func(t *testing.T) {
		b := newBrowser(t, s)
		b.open(authorizeURL(s, s.Info().TenantID))
		b.signIn(admin, password)
		b.press("Accept", "organization", "1")
		grants := s.Tenant().DelegatedGrants()
		if n := len(grants); n == 0 || grants[n-1].ConsentType != "AllPrincipals" || grants[n-1].AppID != tenant.CommandLineToolsAppID {
			t.Errorf("grants: %+v", grants)
		}
	})
}

func TestForeignAdministrator(t *testing.T) {
	t.Parallel()
	s := start(t, m365sim.Options{})
	b := newBrowser(t, s)
	b.open(authorizeURL(s, s.Info().TenantID))
	b.signIn(s.Tenant().ForeignAdminUsername(), s.Tenant().UserPassword())
	b.says("AADSTS50020", "Sign in with a different account")

	client := publicClient(t, s, "organizations")
	b = newBrowser(t, s)
	b.open(authorizeURL(s, "organizations"))
	b.signIn(s.Tenant().ForeignAdminUsername(), s.Tenant().UserPassword())
	b.press("Accept")
	result, err := client.AcquireTokenByAuthCode(t.Context(), b.back.Get("code"), redirect, []string{writeAll}, public.WithChallenge(verifier))
	if err != nil {
		t.Fatal(err)
	}
	foreign := s.Tenant().Foreign().ID
	if tid := payload(t, result.AccessToken)["tid"]; tid != foreign || result.IDToken.TenantID != foreign {
		t.Errorf("the token is of tenant %v", tid)
	}
	if grants := s.Tenant().DelegatedGrants(); len(grants) != 0 {
		t.Errorf("the consent was recorded here: %+v", grants)
	}
}

func TestAuthorizeRefuses(t *testing.T) {
	t.Parallel()
	s := start(t, m365sim.Options{})
	id := s.Info().TenantID
	for _, c := range []struct {
		name, address string
		page, back    string // AADSTS code on the page, or sent back
	}{
		{"unknown tenant", authorizeURL(s, "nowhere.example"), "AADSTS90002", ""},
		{"unknown application", authorizeURL(s, id, "client_id", "11111111-2222-3333-4444-555555555555"), "AADSTS700016", ""},
		{"no application", authorizeURL(s, id, "client_id", ""), "AADSTS900144", ""},
		{"other path", authorizeURL(s, id, "redirect_uri", "http://localhost:1/other"), "AADSTS50011", ""},
		{"other host", authorizeURL(s, id, "redirect_uri", "http://evil.example"), "AADSTS50011", ""},
		{"host with user", authorizeURL(s, id, "redirect_uri", "http://x@localhost:1"), "AADSTS50011", ""},
		{"no redirect", authorizeURL(s, id, "redirect_uri", ""), "AADSTS900971", ""},
		{"no PKCE", authorizeURL(s, id, "code_challenge", ""), "", "AADSTS9002325"},
		{"plain PKCE", authorizeURL(s, id, "code_challenge_method", "plain"), "", "AADSTS501491"},
		{"token", authorizeURL(s, id, "response_type", "token"), "", "AADSTS700054"},
		{"no response type", authorizeURL(s, id, "response_type", ""), "", "AADSTS900144"},
		{"unknown scope", authorizeURL(s, id, "scope", "Mail.Invent"), "", "AADSTS650053"},
		{"unknown resource", authorizeURL(s, id, "scope", "https://other.example/x"), "", "AADSTS500011"},
		{"mixed default", authorizeURL(s, id, "scope", writeAll+" https://graph.microsoft.com/.default"), "", "AADSTS70011"},
		{"no scope", authorizeURL(s, id, "scope", ""), "", "AADSTS900144"},
		{"silent", authorizeURL(s, id, "prompt", "none"), "", "AADSTS50058"},
		{"odd prompt", authorizeURL(s, id, "prompt", "sing"), "", "AADSTS90023"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBrowser(t, s)
			b.open(c.address)
			if c.page != "" {
				b.says(c.page)
				if b.back != nil || b.status != 400 {
					t.Errorf("%d; the program was sent %v", b.status, b.back)
				}
			} else if !strings.HasPrefix(b.back.Get("error_description"), c.back+":") || b.back.Get("state") != "st&te" {
				t.Errorf("the program was sent %v", b.back)
			}
		})
	}
}

func TestSignInPageRefuses(t *testing.T) {
	t.Parallel()
	s := start(t, m365sim.Options{})
	b := newBrowser(t, s)
	b.open(authorizeURL(s, "common", "state", `"><script>alert(1)</script>`))
	b.press("Next", "loginfmt", "nobody<b>@contosobakery.example")
	b.says("AADSTS50034", "nobody<b>@")
	b.signIn(s.Tenant().DisabledUsername(), s.Tenant().UserPassword())
	b.says("AADSTS50057")

	other := newBrowser(t, s) // another browser has no business in this flow
	other.open(authorizeURL(s, "common"))
	other.page = b.page
	other.press("Sign in", "passwd", s.Tenant().UserPassword())
	other.says("no longer valid")
	if other.status != 400 {
		t.Errorf("status %d", other.status)
	}

	b.open(authorizeURL(s, "common", "login_hint", s.Info().Admin.Username))
	if !b.has("input", "type", "password") {
		t.Errorf("the hint wasn't taken: %s", b.text)
	}
	b.press("Use another account")
	if !b.has("input", "type", "email") {
		t.Errorf("there is no way back: %s", b.text)
	}
}

// TestOwnSignInApplication: an organization may sign in with an application of
// its own.
func TestOwnSignInApplication(t *testing.T) {
	t.Parallel()
	s := start(t, m365sim.Options{})
	token := adminToken(t, s, newBrowser(t, s))
	status, app := graph(t, s, token, "POST", "applications", map[string]any{
		"displayName": "Our own sign-in", "signInAudience": "AzureADMyOrg", "publicClient": map[string]any{"redirectUris": []string{"http://localhost"}},
	})
	if status != 201 {
		t.Fatalf("%d %v", status, app)
	}
	appID, _ := app["appId"].(string)
	b := newBrowser(t, s)
	b.open(authorizeURL(s, "organizations", "client_id", appID))
	b.says("AADSTS50194")
	b.open(authorizeURL(s, s.Tenant().Foreign().ID, "client_id", appID))
	b.says("AADSTS700016")
	b.open(authorizeURL(s, s.Info().TenantID, "client_id", appID))
	b.signIn(s.Info().Admin.Username, s.Info().Admin.Password)
	b.says("Our own sign-in", "unverified")
	b.press("Accept")
	client, err := public.New(appID, public.WithAuthority(s.Info().Authority+"/"+s.Info().TenantID),
		public.WithHTTPClient(program(t, s)), public.WithInstanceDiscovery(false))
	if err != nil {
		t.Fatal(err)
	}
	if result := redeem(t, s, client, b.back.Get("code")); payload(t, result.AccessToken)["appid"] != appID {
		t.Error("the token is another application's")
	}
}
