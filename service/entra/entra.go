// Package entra is Microsoft Entra: the administrator's sign-in, the address of
// the consent page, app-only tokens and the certificates of this computer. It
// is the only package that imports MSAL.
//
// Nothing is cached: every attempt has a client of its own, which is dropped
// with its tokens. MSAL's cache would keep a token without roles for an hour
// after a consent, and the administrator's token serves once.
package entra

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"
	"github.com/google/uuid"

	"cloudappsecurity/service"
)

// DefaultAuthority is the authority of the global cloud.
// https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
const DefaultAuthority = "https://login.microsoftonline.com"

// graphResource precedes the name of a permission in the scopes that are asked
// for. Entra gives scopes back in the form in which they were asked for:
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
const graphResource = "https://graph.microsoft.com/"

// organizations lets in the accounts of any organization, and no personal ones.
const organizations = "organizations"

// clockTolerance is how far this computer's clock may be off.
const clockTolerance = 5 * time.Minute

// requestTimeout is how long one request may take where Config.HTTPClient sets
// no limit of its own.
const requestTimeout = 30 * time.Second

// Config is what a Client works with. Its zero value is the global cloud.
type Config struct {
	// Authority is scheme and host of the identity service; DefaultAuthority if
	// empty. MSAL takes https only.
	Authority string
	// SignInAppID gives the application with which administrators sign in. It is
	// asked at each attempt, since it can be changed in Settings;
	// service.DefaultSignInAppID if nil or empty.
	SignInAppID func() string
	// HTTPClient sends the requests. It is never told to follow a redirect.
	HTTPClient *http.Client
	// InstanceDiscovery lets MSAL ask Microsoft whether it knows the authority.
	// It is off for an authority that Microsoft does not know.
	InstanceDiscovery bool
	Now               func() time.Time
	Rand              io.Reader
	Log               *slog.Logger
}

// Client is Microsoft Entra. It implements service.Identity and
// service.CertificateAuthority, and may be used by many goroutines at once.
type Client struct {
	authority   string
	signInAppID func() string
	http        *http.Client
	discovery   bool
	now         func() time.Time
	rand        io.Reader
	log         *slog.Logger
}

var (
	_ service.Identity             = (*Client)(nil)
	_ service.CertificateAuthority = (*Client)(nil)
)

// New makes a Client. It connects to nothing.
func New(c Config) (*Client, error) {
	if c.Authority == "" {
		c.Authority = DefaultAuthority
	}
	u, err := url.Parse(c.Authority)
	if err != nil || u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, errors.New("entra: the authority is not https:// and a host")
	}
	if c.SignInAppID == nil {
		c.SignInAppID = func() string { return "" }
	}
	client := &http.Client{Timeout: requestTimeout}
	if c.HTTPClient != nil {
		copied := *c.HTTPClient
		client = &copied
	}
	// No endpoint of Entra's that is called here redirects. Following one would
	// send a code or an assertion to whoever answers in Microsoft's place.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Client{
		authority:   u.Scheme + "://" + u.Host,
		signInAppID: c.SignInAppID,
		http:        client,
		discovery:   c.InstanceDiscovery,
		now:         c.Now,
		rand:        c.Rand,
		log:         c.Log,
	}, nil
}

// BeginConsent implements service.Identity. The consent page lies at the origin
// at which the administrator signs in:
// https://learn.microsoft.com/entra/identity-platform/v2-admin-consent
func (c *Client) BeginConsent(ctx context.Context, tenantID, appID, redirectURI string) (service.Consent, error) {
	const op = opConsent
	if err := loopbackURI(redirectURI, "/consent"); err != nil {
		return service.Consent{}, c.wrong(ctx, op, err)
	}
	if _, err := uuid.Parse(appID); err != nil {
		return service.Consent{}, c.wrong(ctx, op, errors.New("the application ID is not a GUID"))
	}
	authority, err := c.tenanted(tenantID)
	if err != nil {
		return service.Consent{}, c.wrong(ctx, op, err)
	}
	client, err := public.New(appID, c.publicOptions(authority)...)
	if err != nil {
		return service.Consent{}, c.failed(ctx, op, err)
	}
	scopes := []string{graphResource + ".default"}
	authorize, err := client.AuthCodeURL(ctx, appID, redirectURI, scopes)
	if err != nil {
		return service.Consent{}, c.failed(ctx, op, err)
	}
	origin, err := url.Parse(authorize)
	if err != nil || origin.Host == "" {
		return service.Consent{}, c.wrong(ctx, op, errors.New("the discovered authorization endpoint is not an address"))
	}
	state, err := c.random()
	if err != nil {
		return service.Consent{}, c.wrong(ctx, op, errors.New("no randomness"))
	}
	u := url.URL{Scheme: origin.Scheme, Host: origin.Host, Path: "/" + tenantID + "/v2.0/adminconsent", RawQuery: url.Values{
		"client_id":    {appID},
		"scope":        scopes,
		"redirect_uri": {redirectURI},
		"state":        {state},
	}.Encode()}
	return service.Consent{URL: u.String(), State: state}, nil
}

// AppToken implements service.Identity. A token that lacks roles is no error
// here: who asked knows which roles it needs.
func (c *Client) AppToken(ctx context.Context, cred service.Credential) (service.Token, error) {
	const op = opApp
	authority, err := c.tenanted(cred.TenantID)
	if err != nil {
		return service.Token{}, c.wrong(ctx, op, err)
	}
	cert, err := x509.ParseCertificate(cred.CertificateDER)
	if err != nil {
		return service.Token{}, c.refuse(ctx, op, credentialUnusable, "the certificate can't be parsed")
	}
	key, ok := cred.Key.(*rsa.PrivateKey) // all that MSAL signs with
	if !ok {
		return service.Token{}, c.refuse(ctx, op, credentialUnusable, "the private key is not an RSA key")
	}
	credential, err := confidential.NewCredFromCert([]*x509.Certificate{cert}, key)
	if err != nil {
		return service.Token{}, c.refuse(ctx, op, credentialUnusable, "the private key is not that of the certificate")
	}
	client, err := confidential.New(authority, cred.AppID, credential,
		confidential.WithHTTPClient(c.http),
		confidential.WithInstanceDiscovery(c.discovery),
		// Whatever MSAL_FORCE_REGION says: a region's endpoint is not that of
		// the configured authority.
		confidential.WithAzureRegion("DisableMsalForceRegion"),
	)
	if err != nil {
		return service.Token{}, c.failed(ctx, op, err)
	}
	res, err := client.AcquireTokenByCredential(ctx, []string{graphResource + ".default"})
	if err != nil {
		return service.Token{}, c.failed(ctx, op, err)
	}
	// Microsoft says that an access token is opaque to clients. Its roles are
	// read all the same, because nothing else tells whether the consent has
	// arrived; without them the grant goes on waiting.
	// https://learn.microsoft.com/entra/identity-platform/access-tokens
	var claims struct {
		Roles []string `json:"roles"`
	}
	payload(res.AccessToken, &claims)
	return service.Token{Value: service.Secret(res.AccessToken), ExpiresAt: res.ExpiresOn, Roles: claims.Roles}, nil
}

// public makes the client of one sign-in attempt.
func (c *Client) public(tenant, appID string) (public.Client, string, error) {
	if appID = strings.TrimSpace(appID); appID == "" {
		appID = service.DefaultSignInAppID
	}
	if _, err := uuid.Parse(appID); err != nil {
		return public.Client{}, "", signInAppInvalid.error(&Failure{Reason: "the sign-in application ID is not a GUID"})
	}
	authority := c.authority + "/" + organizations
	if tenant != "" {
		var err error
		if authority, err = c.tenanted(tenant); err != nil {
			return public.Client{}, "", unexpected.error(&Failure{Reason: err.Error()})
		}
	}
	client, err := public.New(appID, c.publicOptions(authority)...)
	if err != nil {
		return public.Client{}, "", unexpected.error(&Failure{Reason: "MSAL refuses the authority"})
	}
	return client, appID, nil
}

func (c *Client) publicOptions(authority string) []public.Option {
	return []public.Option{
		public.WithAuthority(authority),
		public.WithHTTPClient(c.http),
		public.WithInstanceDiscovery(c.discovery),
	}
}

// tenanted is the authority of one tenant. Nothing but a GUID may stand in its
// path, where "common" or "adfs" would mean something else.
func (c *Client) tenanted(tenantID string) (string, error) {
	if id, err := uuid.Parse(tenantID); err != nil || !strings.EqualFold(id.String(), tenantID) {
		return "", errors.New("the tenant ID is not a GUID")
	}
	return c.authority + "/" + tenantID, nil
}

// random gives 256 bits as 43 characters, what RFC 7636 (section 4.1) wants of
// a verifier.
func (c *Client) random() (string, error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(c.rand, b); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// payload reads the claims of a token without verifying it; false if there are
// none to read.
func payload(token string, claims any) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return false
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	return err == nil && json.Unmarshal(b, claims) == nil
}

func signInScopes() []string {
	var scopes []string
	for _, p := range service.SignInPermissions() {
		scopes = append(scopes, graphResource+p.Value)
	}
	return scopes
}

// bare is a scope without its resource.
func bare(scope string) string {
	if len(scope) > len(graphResource) && strings.EqualFold(scope[:len(graphResource)], graphResource) {
		return scope[len(graphResource):]
	}
	return scope
}

// loopbackURI checks that a redirect URI is exactly http://localhost:PORT and
// path: the sign-in application has nothing else registered.
func loopbackURI(uri, path string) error {
	port, ok := strings.CutPrefix(uri, "http://localhost:")
	if ok {
		port, ok = strings.CutSuffix(port, path)
	}
	if n, err := strconv.ParseUint(port, 10, 16); !ok || err != nil || n == 0 {
		return errors.New("the redirect URI is not http://localhost:PORT" + path)
	}
	return nil
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
