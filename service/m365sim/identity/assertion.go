package identity

import (
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // Entra accepts x5t, a SHA-1 thumbprint, as a name of a certificate
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"cloudappsecurity/service/m365sim/tenant"
)

const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	clockSkew     = 5 * time.Minute
)

// checkAssertion verifies the client assertion of an application: signed by
// one of its certificates, for this authority, and valid now.
func (s *Server) checkAssertion(form url.Values, app tenant.Application, in realm) *failure {
	text := form.Get("client_assertion")
	if text == "" {
		return fail(7000218, invalidClient, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
	}
	if form.Get("client_assertion_type") != assertionType {
		return parameterMissing("client_assertion_type")
	}
	parser := jwt.NewParser(jwt.WithoutClaimsValidation(), jwt.WithValidMethods([]string{"PS256", "RS256"}))
	claims := jwt.MapClaims{}
	unverified, _, err := parser.ParseUnverified(text, claims)
	if err != nil {
		return fail(50027, invalidClient, "JWT token is invalid or malformed.")
	}
	print := thumbprint(unverified.Header)
	key, ok := findKey(app, print)
	if !ok {
		return fail(700027, invalidClient, "The certificate with identifier used to sign the client assertion is not registered on application. "+
			"[Reason - The key was not found., Thumbprint of key used by client: '%s', Please visit the Azure Portal, Graph Explorer or directly use "+
			"MS Graph to see configured keys for app Id '%s'.]", strings.ToUpper(hex.EncodeToString(print)), app.AppID)
	}
	public, expired := s.publicKey(key)
	if public == nil {
		return keyExpired(print, key)
	}
	claims = jwt.MapClaims{}
	if _, err := parser.ParseWithClaims(text, claims, func(*jwt.Token) (any, error) { return public, nil }); err != nil {
		return fail(700027, invalidClient, "Client assertion failed signature validation. [Reason - The provided signature value did not match the expected signature value., "+
			"Thumbprint of key used by client: '%s']", strings.ToUpper(hex.EncodeToString(print)))
	}
	if refusal := s.checkClaims(claims, app, in); refusal != nil {
		return refusal
	}
	if expired {
		return keyExpired(print, key)
	}
	return s.checkReplay(claims)
}

func keyExpired(print []byte, key tenant.KeyCredential) *failure {
	return fail(700027, invalidClient, "Client assertion failed signature validation. [Reason - The key used is expired., Thumbprint of key used by client: '%s', "+
		"Found key 'Start=%s, End=%s']", strings.ToUpper(hex.EncodeToString(print)), stamp(key.Start), stamp(key.End))
}

// checkReplay refuses an assertion which was used before, where that is
// switched on. With which code Entra would is not known.
func (s *Server) checkReplay(claims jwt.MapClaims) *failure {
	if !s.refuseReplay() {
		return nil
	}
	id, _ := claims["jti"].(string)
	expiry, err := claims.GetExpirationTime()
	if id == "" || err != nil {
		return fail(50027, invalidClient, "JWT token is invalid or malformed: no 'jti'.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for old, until := range s.seen {
		if now.After(until) {
			delete(s.seen, old)
		}
	}
	if _, used := s.seen[id]; used {
		return fail(50027, invalidClient, "JWT token is invalid or malformed: the 'jti' was used before.")
	}
	s.seen[id] = expiry.Add(clockSkew)
	return nil
}

// thumbprint reads how the assertion names its certificate. MSAL writes padded
// standard base64, the documentation says base64url: Entra takes both.
func thumbprint(header map[string]any) []byte {
	for _, name := range []string{"x5t#S256", "x5t"} {
		text, _ := header[name].(string)
		text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
		if raw, err := base64.RawURLEncoding.DecodeString(text); err == nil && len(raw) > 0 {
			return raw
		}
	}
	return nil
}

func findKey(app tenant.Application, print []byte) (tenant.KeyCredential, bool) {
	for _, k := range app.KeyCredentials {
		long, short := sha256.Sum256(k.Certificate), sha1.Sum(k.Certificate) //nolint:gosec // see the import
		if slices.Equal(print, long[:]) || slices.Equal(print, short[:]) {
			return k, true
		}
	}
	return tenant.KeyCredential{}, false
}

func (s *Server) publicKey(k tenant.KeyCredential) (public *rsa.PublicKey, expired bool) {
	certificate, err := x509.ParseCertificate(k.Certificate)
	if err != nil {
		return nil, false
	}
	now := s.now()
	public, _ = certificate.PublicKey.(*rsa.PublicKey)
	from, to := k.Start, k.End
	if from.IsZero() {
		from = certificate.NotBefore
	}
	if to.IsZero() {
		to = certificate.NotAfter
	}
	return public, now.Add(clockSkew).Before(from) || now.After(to)
}

// checkClaims holds what a verified assertion says against the request.
func (s *Server) checkClaims(claims jwt.MapClaims, app tenant.Application, in realm) *failure {
	if claims["iss"] != app.AppID || claims["sub"] != app.AppID {
		return fail(700021, invalidClient, "Client assertion application identifier doesn't match 'client_id' parameter. Review the documentation at "+
			"https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials .")
	}
	audiences, err := claims.GetAudience()
	ours := func(audience string) bool { return slices.Contains(s.audiences(in), audience) }
	if err != nil || !slices.ContainsFunc(audiences, ours) {
		return fail(700023, invalidClient, "Client assertion audience claim does not match Realm issuer. Review the documentation at "+
			"https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials .")
	}
	now := s.now()
	expiry, err := claims.GetExpirationTime()
	if err != nil || expiry == nil {
		return fail(50027, invalidClient, "JWT token is invalid or malformed: no 'exp'.")
	}
	from, _ := claims.GetNotBefore()
	if from == nil {
		from = jwt.NewNumericDate(now)
	}
	if now.After(expiry.Add(clockSkew)) || now.Add(clockSkew).Before(from.Time) {
		return fail(700024, invalidClient, "Client assertion is not within its valid time range. Current time: %s, assertion valid from %s, expiry time of assertion %s. "+
			"Review the documentation at https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials .",
			stamp(now), stamp(from.Time), stamp(expiry.Time))
	}
	return nil
}

// audiences are the names of this authority that an assertion may be for.
func (s *Server) audiences(in realm) (list []string) {
	for _, name := range []string{in.name, in.org.ID, in.org.Domain, in.org.InitialDomain} {
		if name != "" {
			list = append(list, s.authority+"/"+name+"/oauth2/v2.0/token", s.authority+"/"+name+"/v2.0")
		}
	}
	return list
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }
