package m365sim_test

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"cloudappsecurity/service"
	"cloudappsecurity/service/entra"
	"cloudappsecurity/service/m365sim"
)

// said is what people are told of a refusal.
type said struct {
	code          service.Code
	message, help string // parts of them
}

// TestEveryRefusalIsExplained: for each code of Entra's, as it arrives from the
// simulated service, the sentence, whether anything was lost, and the way on.
func TestEveryRefusalIsExplained(t *testing.T) {
	t.Parallel()
	s, own := start(t, m365sim.Options{}), newCertificate(t)
	b := newBrowser(t, s)
	appID, _ := register(t, s, adminToken(t, s, b), own, true)
	client, err := entra.New(entra.Config{Authority: s.Info().Authority, HTTPClient: program(t, s)})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code int
		at   string
		want said
	}{
		{65004, "sign_in", said{service.CodeDeclined, "were not accepted", "press Accept"}},
		{65004, "consent", said{service.CodeDeclined, "were not accepted", "press Accept"}},
		{65001, "redeem", said{service.CodeConsentMissing, "did not bring every permission", "accept both permissions"}},
		{650056, "consent", said{service.CodeConsentMissing, "has not consented", "Grant access again"}},
		{650051, "consent", said{service.CodeReplication, "still setting up", "Wait two minutes"}},
		{90094, "sign_in", said{service.CodeNotAdministrator, "may not accept the permissions", "Global Administrator"}},
		{90094, "consent", said{service.CodeNotAdministrator, "may not accept the permissions", "Global Administrator"}},
		{90095, "consent", said{service.CodeNotAdministrator, "may not accept the permissions", "Global Administrator"}},
		{50020, "redeem", said{service.CodeWrongTenant, "another organization", "your own organization"}},
		{50105, "redeem", said{service.CodeNotAssigned, "only for assigned people", "Assign the account"}},
		{50076, "redeem", said{service.CodeMultiFactor, "multifactor authentication", "finish the second factor"}},
		{50079, "redeem", said{service.CodeMultiFactor, "multifactor authentication", "register one"}},
		{53003, "redeem", said{service.CodeConditionalAccess, "A Conditional Access policy", "Adjust the policy"}},
		{53003, "app", said{service.CodeConditionalAccess, "A Conditional Access policy", "Adjust the policy"}},
		{530035, "redeem", said{service.CodeConditionalAccess, "security defaults", "multifactor authentication"}},
		{50011, "consent", said{service.CodeReplication, "still setting up", "Wait two minutes"}},
		{700016, "consent", said{service.CodeAppMissing, "is not in the tenant", "wait two minutes"}},
		{700016, "app", said{service.CodeAppMissing, "is not in the tenant", "grant access again"}},
		{700016, "redeem", said{service.CodeSignInAppInvalid, "is not in this organization", "in Settings"}},
		{7000229, "app", said{service.CodePrincipalMissing, "has no service principal", "Grant access again"}},
		{7000112, "app", said{service.CodeAppDisabled, "is disabled in the tenant", "Enable it in Entra"}},
		{7000112, "redeem", said{service.CodeSignInAppInvalid, "sign-in application is disabled", "Enable it in Entra"}},
		{70001, "app", said{service.CodeAppDisabled, "is disabled in the tenant", "Enable it in Entra"}},
		{700024, "app", said{service.CodeClock, "clock is off", "Set date, time and time zone"}},
		{700027, "app", said{service.CodeCertificate, "does not accept the certificate", "registers a new certificate"}},
		{7000222, "app", said{service.CodeCertificate, "credential of the application has expired", "registers a new certificate"}},
		{7000215, "app", said{service.CodeCertificate, "not the right one", "registers a new certificate"}},
		{90002, "redeem", said{service.CodeUnknownTenant, "does not know this organization", "Check the domain"}},
		{50173, "redeem", said{service.CodeSignInExpired, "expired or was revoked", "Sign in again"}},
		{700082, "redeem", said{service.CodeSignInExpired, "expired or was revoked", "Sign in again"}},
		{70043, "redeem", said{service.CodeSignInExpired, "sign in again after a set time", "Sign in again"}},
	} {
		code := strconv.Itoa(c.code)
		t.Run(code+" at "+c.at, func(t *testing.T) { // one after the other: the fault is the service's
			b.t = t
			switchOn(t, s, `{"sign_in_error":{"code":`+code+`,"at":"`+c.at+`"}}`)
			e := service.AsError(refusedAt(t, s, b, client, c.at, service.Credential{
				TenantID: s.Info().TenantID, AppID: appID, CertificateDER: own.der, Key: own.key,
			}))
			explains(t, e, c.want)
			if e.AADSTS != "AADSTS"+code {
				t.Errorf("the code is %q", e.AADSTS)
			}
		})
	}
}

// explains holds what people are told against what they need.
func explains(t *testing.T, e *service.Error, want said) {
	t.Helper()
	if e == nil {
		t.Fatal("nothing was refused")
	}
	if e.Code != want.code || !strings.Contains(e.Message, want.message) || !strings.Contains(e.Help, want.help) {
		t.Errorf("got %s %q %q, want %+v", e.Code, e.Message, e.Help, want)
	}
	lost := regexp.MustCompile(`Nothing (else )?(is|was) (lost|changed|sent)|data on this computer is kept`)
	if !lost.MatchString(e.Message + " " + e.Help) {
		t.Errorf("whether anything was lost is not said: %q %q", e.Message, e.Help)
	}
}

// refusedAt goes as far as a step and gives what the program makes of its
// refusal. Of a page of Entra's own from which nothing leads back the program
// learns nothing; then it is what the page says.
func refusedAt(t *testing.T, s *m365sim.Server, b *browser, client *entra.Client, step string, own service.Credential) error {
	t.Helper()
	switch step {
	case "app":
		_, err := client.AppToken(t.Context(), own)
		return err
	case "redeem":
		attempt := signInWith(t, b, client)
		_, err := client.CompleteSignIn(t.Context(), attempt, service.Secret(b.back.Get("code")))
		return err
	case "sign_in":
		signInWith(t, b, client)
	case "consent":
		consent, err := client.BeginConsent(t.Context(), s.Info().TenantID, own.AppID, consentRedirect)
		if err != nil {
			t.Fatal(err)
		}
		b.open(consent.URL)
	}
	if b.back == nil && strings.Contains(b.text, "without granting consent") {
		b.press("Return to the application without granting consent")
	}
	if b.back == nil {
		return client.RedirectError("", b.text)
	}
	return client.RedirectError(b.back.Get("error"), b.back.Get("error_description"))
}

// signInWith signs the administrator in, who consented to the sign-in
// application before.
func signInWith(t *testing.T, b *browser, client *entra.Client) service.SignIn {
	t.Helper()
	attempt, err := client.BeginSignIn(t.Context(), "", redirect)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(attempt.URL)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Del("prompt") // the session goes on
	u.RawQuery = q.Encode()
	b.open(u.String())
	if b.back == nil && strings.Contains(b.text, "Permissions requested") {
		b.press("Accept") // User.Read, which was not asked for before
	}
	return attempt
}

// TestFaultsAreExplained: likewise for what is wrong without a code of its own,
// and for codes that arise from the tenant's state.
func TestFaultsAreExplained(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault  string
		want   said
		aadsts string
	}{
		{`{"clock_skew":"-1h"}`, said{service.CodeClock, "This computer's clock is 60 minutes ahead of Microsoft's", "Set date, time and time zone"}, "AADSTS700024"},
		{`{"clock_skew":"1h"}`, said{service.CodeClock, "This computer's clock is 60 minutes behind Microsoft's", "Set date, time and time zone"}, "AADSTS700024"},
		{`{"application_deleted":true}`, said{service.CodeAppMissing, "it was removed", "grant access again"}, "AADSTS700016"},
		{`{"application_disabled":true}`, said{service.CodeAppDisabled, "is disabled in the tenant", "Enable it"}, "AADSTS7000112"},
		{`{"principal_missing":true}`, said{service.CodePrincipalMissing, "no service principal", "Grant access again"}, "AADSTS7000229"},
		{`{"unavailable_503":{"count":1,"path":"/token"}}`, said{service.CodeUnavailable, "has a disruption", "Try again in a few minutes"}, "AADSTS90033"},
		{`{"error_500":{"count":1,"path":"/token"}}`, said{service.CodeUnavailable, "has a disruption", "Try again in a few minutes"}, "AADSTS90033"},
		{`{"throttle_429":{"count":1,"path":"/token"}}`, said{service.CodeThrottled, "too many requests", "Wait a minute"}, "AADSTS90033"},
		{`{"cut_before_answer":{"count":1,"path":"/token"}}`, said{service.CodeUnavailable, "was cut in the middle", "Try again"}, ""},
		{`{"cut_within_answer":{"count":1,"path":"/token"}}`, said{service.CodeUnavailable, "was cut in the middle", "Try again"}, ""},
		{`{"cut_within_answer":{"count":1,"path":"/openid-configuration"}}`, said{service.CodeUnavailable, "was cut in the middle", "Try again"}, ""},
	} {
		t.Run(c.fault, func(t *testing.T) {
			t.Parallel()
			s, appID, own, _ := granted(t, m365sim.Options{})
			client, err := entra.New(entra.Config{Authority: s.Info().Authority, HTTPClient: program(t, s)})
			if err != nil {
				t.Fatal(err)
			}
			cred := service.Credential{TenantID: s.Info().TenantID, AppID: appID, CertificateDER: own.der, Key: own.key}
			switchOn(t, s, c.fault)
			_, err = client.AppToken(t.Context(), cred)
			e := service.AsError(err)
			explains(t, e, c.want)
			if e != nil && e.AADSTS != c.aadsts {
				t.Errorf("the code is %q", e.AADSTS)
			}
		})
	}
}
