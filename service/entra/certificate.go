package entra

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"strings"
	"time"

	"github.com/google/uuid"

	"cloudappsecurity/service"
)

const (
	keyBits = 3072
	// defaultLifetime is that of a certificate for which none was asked.
	defaultLifetime = 365 * 24 * time.Hour
	// maxName is the upper bound of X.520's common and organization names, in
	// characters: https://www.rfc-editor.org/rfc/rfc5280#appendix-A.1
	maxName = 64
)

// NewCertificate implements service.CertificateAuthority. The private key is
// given beside the certificate, whose SealedKey is empty: sealing is the
// vault's. The certificate is valid for exactly the lifetime, since a tenant's
// policy measures it from start to end; it begins a few minutes ago, because
// clocks differ.
func (c *Client) NewCertificate(i service.Installation, s service.Service, lifetime time.Duration) (service.Certificate, crypto.Signer, error) {
	if lifetime <= 0 {
		lifetime = defaultLifetime
	}
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return service.Certificate{}, nil, unexpected.error(fmt.Errorf("entra: generate key: %w", err))
	}
	keyID, err := uuid.NewRandomFromReader(c.rand)
	if err != nil {
		return service.Certificate{}, nil, unexpected.error(fmt.Errorf("entra: key ID: %w", err))
	}
	serial := make([]byte, 16)
	if _, err := io.ReadFull(c.rand, serial); err != nil {
		return service.Certificate{}, nil, unexpected.error(fmt.Errorf("entra: serial number: %w", err))
	}
	serial[0] = serial[0]&0x7f | 0x40 // positive, never zero
	subject := pkix.Name{CommonName: "Cloud App Security", OrganizationalUnit: []string{s.Name()}}
	if i.ID != "" {
		subject.CommonName += " " + cut(i.ID, 8)
	}
	if i.Computer != "" {
		subject.Organization = []string{cut(strings.ToValidUTF8(i.Computer, "?"), maxName)}
	}
	begin := c.now().Add(-clockTolerance).UTC().Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber:          new(big.Int).SetBytes(serial),
		Subject:               subject,
		NotBefore:             begin,
		NotAfter:              begin.Add(lifetime.Truncate(time.Second)),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		SignatureAlgorithm:    x509.SHA256WithRSA,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return service.Certificate{}, nil, unexpected.error(fmt.Errorf("entra: create certificate: %w", err))
	}
	thumbprint := sha256.Sum256(der)
	return service.Certificate{
		DER:        der,
		Thumbprint: hex.EncodeToString(thumbprint[:]),
		KeyID:      keyID.String(),
		NotBefore:  template.NotBefore,
		NotAfter:   template.NotAfter,
	}, key, nil
}

// cut is the first n characters of s.
func cut(s string, n int) string {
	r := []rune(s)
	if len(r) > n {
		r = r[:n]
	}
	return string(r)
}
