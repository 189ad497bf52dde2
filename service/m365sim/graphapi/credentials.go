package graphapi

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // the thumbprint of a certificate is defined so
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"cloudappsecurity/service/m365sim/tenant"
)

// sentKey is a keyCredential as a client sends it.
type sentKey struct {
	KeyID               string     `json:"keyId"`
	DisplayName         *string    `json:"displayName"`
	CustomKeyIdentifier *string    `json:"customKeyIdentifier"`
	Key                 *string    `json:"key"`
	Type                string     `json:"type"`
	Usage               string     `json:"usage"`
	Start               *time.Time `json:"startDateTime"`
	End                 *time.Time `json:"endDateTime"`
}

// keyCredentials reads a list of certificates. It replaces the stored one:
// what is to stay has to be sent back, where keyId stands for the key.
func (a *api) keyCredentials(raw json.RawMessage) (func(*tenant.Application) *failure, *failure) {
	now := a.Now()
	sent, failed := value[[]sentKey]("keyCredentials", raw)
	if failed != nil {
		return nil, failed
	}
	return func(app *tenant.Application) *failure {
		keys := []tenant.KeyCredential{}
		for _, s := range sent {
			k, failed := s.merge(app.KeyCredentials, now)
			if failed == nil && !slices.ContainsFunc(app.KeyCredentials, func(o tenant.KeyCredential) bool { return o.KeyID == k.KeyID }) {
				failed = a.checkPolicy(k)
			}
			if failed != nil {
				return failed
			}
			if slices.ContainsFunc(keys, func(o tenant.KeyCredential) bool { return o.KeyID == k.KeyID }) {
				return keyFailure("KeyCredentialsInvalidKeyId", "Two key credentials have the same key identifier '%s'.", k.KeyID)
			}
			keys = append(keys, k)
		}
		app.KeyCredentials = keys
		return nil
	}, nil
}

// checkPolicy holds a new certificate against the tenant's policy.
// https://learn.microsoft.com/graph/api/resources/applicationauthenticationmethodpolicy
func (a *api) checkPolicy(k tenant.KeyCredential) *failure {
	longest, on := a.CertificatePolicy()
	switch {
	case !on || longest > 0 && k.End.Sub(k.Start) <= longest:
		return nil
	case longest == 0:
		return keyFailure("CredentialTypeNotAllowedAsPerAppPolicy", "Credential type not allowed as per assigned policy.")
	}
	return keyFailure("CredentialInvalidLifetimeAsPerAppPolicy", "Credential lifetime exceeds the max value allowed as per assigned policy.")
}

func keyFailure(code, format string, args ...any) *failure {
	return fail(http.StatusBadRequest, code, format, args...)
}

// merge makes the certificate to store: one stored already, or a new one.
func (s *sentKey) merge(stored []tenant.KeyCredential, now time.Time) (tenant.KeyCredential, *failure) {
	i := slices.IndexFunc(stored, func(k tenant.KeyCredential) bool { return s.KeyID != "" && strings.EqualFold(k.KeyID, s.KeyID) })
	if s.Type != "AsymmetricX509Cert" {
		return tenant.KeyCredential{}, keyFailure("KeyCredentialsInvalidType", "Key credential type '%s' is invalid. Only 'AsymmetricX509Cert' is supported.", s.Type)
	}
	if s.Usage != "Verify" {
		return tenant.KeyCredential{}, keyFailure("KeyCredentialsInvalidUsage", "Key credential usage '%s' is invalid for a certificate without a private key.", s.Usage)
	}
	if i >= 0 && s.Key == nil {
		k := stored[i]
		if s.DisplayName != nil {
			k.DisplayName = *s.DisplayName
		}
		return k, nil
	}
	if s.Key == nil {
		return tenant.KeyCredential{}, invalid("New key credentials must have the property 'key' set.")
	}
	k, failed := s.create(now)
	if failed == nil && i >= 0 {
		if !bytes.Equal(k.Certificate, stored[i].Certificate) {
			return tenant.KeyCredential{}, invalid("Updates to existing credential with KeyId '%s' is not allowed.", stored[i].KeyID)
		}
		k.Added = stored[i].Added
	}
	return k, failed
}

func (s *sentKey) create(now time.Time) (tenant.KeyCredential, *failure) {
	der, err := base64.StdEncoding.DecodeString(*s.Key)
	if err != nil {
		return tenant.KeyCredential{}, keyFailure("KeyCredentialsInvalidKey", "Key credential value is not properly base64 encoded.")
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return tenant.KeyCredential{}, keyFailure("KeyCredentialsInvalidKey", "Key credential value is not a valid X.509 certificate.")
	}
	thumbprint := sha1.Sum(der) //nolint:gosec // see above
	k := tenant.KeyCredential{
		KeyID: s.KeyID, Certificate: der, DisplayName: certificate.Subject.String(),
		CustomKeyIdentifier: strings.ToUpper(hex.EncodeToString(thumbprint[:])),
		Start:               certificate.NotBefore.UTC(), End: certificate.NotAfter.UTC(),
	}
	if k.KeyID == "" {
		k.KeyID = uuid.NewSHA1(uuid.NameSpaceOID, der).String()
	} else if failed := checkID(k.KeyID); failed != nil {
		return k, failed
	}
	if s.DisplayName != nil && *s.DisplayName != "" {
		k.DisplayName = *s.DisplayName
	}
	if s.CustomKeyIdentifier != nil && *s.CustomKeyIdentifier != "" {
		if _, err := base64.StdEncoding.DecodeString(*s.CustomKeyIdentifier); err != nil {
			return k, invalidValue("keyCredentials/customKeyIdentifier")
		}
		k.CustomKeyIdentifier = *s.CustomKeyIdentifier
	}
	if s.Start != nil {
		k.Start = s.Start.UTC()
	}
	if s.End != nil {
		k.End = s.End.UTC()
	}
	switch {
	case k.Start.Before(certificate.NotBefore.Truncate(time.Second)) || !k.Start.Before(k.End):
		return k, keyFailure("KeyCredentialsInvalidStartDate", "Key credential start date is invalid.")
	case k.End.After(certificate.NotAfter) || !k.End.After(now):
		return k, keyFailure("KeyCredentialsInvalidEndDate", "Key credential end date is invalid.")
	}
	return k, nil
}
