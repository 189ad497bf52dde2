package m365sim_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"cloudappsecurity/service/m365sim"
	"cloudappsecurity/service/m365sim/tenant"
)

const consentRedirect = "http://localhost:23456/consent"

// certificate is a key with its certificate.
type certificate struct {
	key *rsa.PrivateKey
	der []byte
}

func newCertificate(t *testing.T) certificate {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return certificate{key, der}
}

// adminToken signs the administrator in and consents.
func adminToken(t *testing.T, s *m365sim.Server, b *browser) string {
	t.Helper()
	b.open(authorizeURL(s, s.Info().TenantID))
	b.signIn(s.Info().Admin.Username, s.Info().Admin.Password)
	b.press("Accept")
	result, err := publicClient(t, s, s.Info().TenantID).AcquireTokenByAuthCode(t.Context(), b.back.Get("code"), redirect, []string{writeAll}, public.WithChallenge(verifier))
	if err != nil {
		t.Fatal(err)
	}
	return result.AccessToken
}

// graph sends a request to Graph and returns its status and body.
func graph(t *testing.T, s *m365sim.Server, token, method, path string, body any, header ...string) (int, map[string]any) {
	t.Helper()
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), method, s.Info().Graph+"/v1.0/"+path, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := program(t, s).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var answer map[string]any
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	return response.StatusCode, answer
}

// register registers an application with a certificate, through Graph.
func register(t *testing.T, s *m365sim.Server, token string, c certificate, withPrincipal bool) (appID, objectID string) {
	t.Helper()
	var roles []map[string]string
	for _, name := range []string{"User.Read.All", "GroupMember.Read.All", "Mail.ReadWrite", "MailboxSettings.Read"} {
		role, _ := tenant.GraphRole(name)
		roles = append(roles, map[string]string{"id": role.ID, "type": "Role"})
	}
	status, app := graph(t, s, token, http.MethodPatch, "applications(uniqueName='cas-exchange')", map[string]any{
		"displayName": "Cloud App Security for Exchange Online", "signInAudience": "AzureADMyOrg",
		"web":                    map[string]any{"redirectUris": []string{"http://localhost/consent", consentRedirect}},
		"requiredResourceAccess": []any{map[string]any{"resourceAppId": tenant.GraphAppID, "resourceAccess": roles}},
	}, "Prefer", "create-if-missing")
	if status != http.StatusCreated {
		t.Fatalf("%d %v", status, app)
	}
	appID, _ = app["appId"].(string)
	objectID, _ = app["id"].(string)
	if status, answer := graph(t, s, token, http.MethodPatch, "applications/"+objectID, map[string]any{
		"keyCredentials": []any{map[string]any{
			"type": "AsymmetricX509Cert", "usage": "Verify", "key": base64.StdEncoding.EncodeToString(c.der), "displayName": "test",
		}},
	}); status != http.StatusNoContent {
		t.Fatalf("%d %v", status, answer)
	}
	if withPrincipal {
		if status, answer := graph(t, s, token, http.MethodPost, "servicePrincipals", map[string]any{"appId": appID}); status != http.StatusCreated {
			t.Fatalf("%d %v", status, answer)
		}
	}
	return appID, objectID
}

func consentURL(s *m365sim.Server, realm, appID string, changes ...string) string {
	q := url.Values{
		"client_id": {appID}, "redirect_uri": {consentRedirect}, "state": {"st&te"}, "scope": {"https://graph.microsoft.com/.default"},
	}
	for i := 0; i < len(changes); i += 2 {
		q.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			q.Del(changes[i])
		}
	}
	return s.Info().Browser + "/" + realm + "/v2.0/adminconsent?" + q.Encode()
}

// appToken asks for a token with MSAL, as the product does.
func appToken(t *testing.T, s *m365sim.Server, appID string, c certificate) (string, error) {
	t.Helper()
	parsed, err := x509.ParseCertificate(c.der)
	if err != nil {
		t.Fatal(err)
	}
	credential, err := confidential.NewCredFromCert([]*x509.Certificate{parsed}, c.key)
	if err != nil {
		t.Fatal(err)
	}
	client, err := confidential.New(s.Info().Authority+"/"+s.Info().TenantID, appID, credential,
		confidential.WithHTTPClient(program(t, s)), confidential.WithInstanceDiscovery(false))
	if err != nil {
		t.Fatal(err)
	}
	result, err := client.AcquireTokenByCredential(t.Context(), []string{"https://graph.microsoft.com/.default"})
	return result.AccessToken, err
}

func TestGrant(t *testing.T) {
	t.Parallel()
	s := start(t, m365sim.Options{})
	b := newBrowser(t, s)
	c := newCertificate(t)
	appID, _ := register(t, s, adminToken(t, s, b), c, true)

	token, err := appToken(t, s, appID, c)
	if err != nil {
		t.Fatal(err)
	}
	if roles := payload(t, token)["roles"]; roles != nil {
		t.Errorf("roles before the consent: %v", roles)
	}
	if status, answer := graph(t, s, token, http.MethodGet, "users", nil); status != http.StatusForbidden {
		t.Errorf("%d %v", status, answer)
	}

	b.open(consentURL(s, s.Info().TenantID, appID)) // the session goes on: no sign-in
	b.says("Permissions requested", "Cloud App Security for Exchange Online", "unverified", "Read all group memberships",
		"Read and write mail in all mailboxes", "Allows the app to read user's mailbox settings", "Read all users' full profiles")
	b.press("Cancel")
	if b.to != consentRedirect || b.back.Get("error") != "access_denied" || b.back.Get("admin_consent") != "True" || b.back.Has("tenant") ||
		!strings.HasPrefix(b.back.Get("error_description"), "AADSTS65004:") || b.back.Get("state") != "st&te" {
		t.Errorf("after Cancel the program was sent %v at %q", b.back, b.to)
	}
	b.open(consentURL(s, s.Info().TenantID, appID))
	b.press("Accept")
	if b.to != consentRedirect || b.back.Get("admin_consent") != "True" || b.back.Get("tenant") != s.Info().TenantID || b.back.Has("error") ||
		b.back.Get("state") != "st&te" {
		t.Errorf("after Accept the program was sent %v at %q", b.back, b.to)
	}
	if token, err = appToken(t, s, appID, c); err != nil {
		t.Fatal(err)
	}
	claims := payload(t, token)
	var roles []string
	for _, role := range claims["roles"].([]any) {
		roles = append(roles, role.(string))
	}
	slices.Sort(roles)
	if got := strings.Join(roles, " "); got != "GroupMember.Read.All Mail.ReadWrite MailboxSettings.Read User.Read.All" {
		t.Errorf("roles: %s", got)
	}
	life := time.Duration((claims["exp"].(float64) - claims["iat"].(float64)) * float64(time.Second))
	if claims["idtyp"] != "app" || claims["appid"] != appID || claims["scp"] != nil || life < time.Hour || life > 90*time.Minute {
		t.Errorf("claims: %v", claims)
	}
	if status, answer := graph(t, s, token, http.MethodGet, "users?$top=5", nil); status != http.StatusOK {
		t.Errorf("%d %v", status, answer)
	}
	if status, _ := graph(t, s, token+"x", http.MethodGet, "users", nil); status != http.StatusUnauthorized {
		t.Errorf("a token with a wrong signature: %d", status)
	}
}

func TestAdminConsentRefuses(t *testing.T) {
	t.Parallel()
	s := start(t, m365sim.Options{})
	id, password := s.Info().TenantID, s.Info().Admin.Password
	appID, _ := register(t, s, adminToken(t, s, newBrowser(t, s)), newCertificate(t), true)
	for _, c := range []struct{ name, address, user, want string }{
		{"common", consentURL(s, "common", appID), "", "AADSTS90130"},
		{"unknown tenant", consentURL(s, "nowhere.example", appID), "", "AADSTS90002"},
		{"unknown application", consentURL(s, id, "11111111-2222-3333-4444-555555555555"), "", "AADSTS700016"},
		{"other port", consentURL(s, id, appID, "redirect_uri", "http://localhost:1/consent"), "", "AADSTS50011"},
		{"no redirect", consentURL(s, id, appID, "redirect_uri", ""), "", "AADSTS900971"},
		{"no scope", consentURL(s, id, appID, "scope", ""), "", "AADSTS900144"},
		{"no administrator", consentURL(s, id, appID), s.Tenant().SomeUsername(), "AADSTS90094"},
		{"foreign administrator", consentURL(s, id, appID), s.Tenant().ForeignAdminUsername(), "AADSTS50020"},
		{"foreign administrator, any organization", consentURL(s, "organizations", appID), s.Tenant().ForeignAdminUsername(), "AADSTS700016"},
		{"administrator, any organization", consentURL(s, "organizations", appID), s.Info().Admin.Username, "Permissions requested"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBrowser(t, s)
			b.open(c.address)
			if c.user != "" {
				b.signIn(c.user, password)
			}
			b.says(c.want)
			if b.back != nil {
				t.Errorf("the program was sent %v", b.back)
			}
		})
	}
}

// TestReplicationDelay: what was just registered isn't there at first, and is
// after a while.
func TestReplicationDelay(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := start(t, m365sim.Options{Now: clock.now})
	b, c := newBrowser(t, s), newCertificate(t)
	token := adminToken(t, s, b)
	appID, _ := register(t, s, token, c, true)
	if err := s.Faults().Set(map[string]json.RawMessage{"replication_delay": []byte(`"8s"`)}); err != nil {
		t.Fatal(err)
	}
	if _, err := appToken(t, s, appID, c); err == nil || !strings.Contains(err.Error(), "AADSTS700016") {
		t.Errorf("too early for a token: %v", err)
	}
	b.open(consentURL(s, s.Info().TenantID, appID))
	b.says("AADSTS700016")
	if b.back != nil {
		t.Errorf("the program was sent %v", b.back)
	}
	clock.advance(9 * time.Second)
	b.open(consentURL(s, s.Info().TenantID, appID))
	b.press("Accept")
	token, err := appToken(t, s, appID, c)
	if err != nil {
		t.Fatal(err)
	}
	if roles := payload(t, token)["roles"]; roles != nil {
		t.Errorf("roles at once: %v", roles)
	}
	clock.advance(9 * time.Second)
	if token, err = appToken(t, s, appID, c); err != nil || payload(t, token)["roles"] == nil {
		t.Errorf("no roles: %v", err)
	}
	clock.advance(2 * time.Hour)
	if status, answer := graph(t, s, token, http.MethodGet, "users", nil); status != http.StatusUnauthorized {
		t.Errorf("an expired token: %d %v", status, answer)
	}
}
