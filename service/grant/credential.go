package grant

import (
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"cloudappsecurity/service"
)

// certificateName is how a certificate of this program is called among an
// application's keyCredentials, so that another computer's can be recognised
// and named.
func certificateName(i service.Installation) string {
	computer := []rune(i.Computer)
	if len(computer) > 40 {
		computer = computer[:40]
	}
	return certificatePrefix + string(computer) + " (" + shortID(i) + ")"
}

const certificatePrefix = "Cloud App Security on "

func shortID(i service.Installation) string { return i.ID[:min(len(i.ID), 12)] }

// parseCertificateName gives the computer and the short installation ID of a
// certificate name; ok is false for a certificate that isn't ours.
func parseCertificateName(name string) (computer, id string, ok bool) {
	rest, found := strings.CutPrefix(name, certificatePrefix)
	if !found {
		return "", "", false
	}
	open := strings.LastIndex(rest, " (")
	if open < 0 || !strings.HasSuffix(rest, ")") {
		return "", "", false
	}
	return rest[:open], rest[open+2 : len(rest)-1], true
}

// sealing binds a sealed key to its tenant and application.
func sealing(tenantID, appID string) []byte {
	return []byte("private key\x00" + tenantID + "\x00" + appID)
}

// openKey opens the private key of a.
func openKey(ctx context.Context, v service.Vault, a service.Account) (crypto.Signer, error) {
	if len(a.Certificate.SealedKey) == 0 {
		return nil, keyLost(nil)
	}
	plain, err := v.Open(ctx, a.Certificate.SealedKey, sealing(a.TenantID, a.AppID))
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	key, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, keyLost(err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, keyLost(fmt.Errorf("a %T can't sign", key))
	}
	return signer, nil
}

func credential(ctx context.Context, v service.Vault, a service.Account) (service.Credential, error) {
	key, err := openKey(ctx, v, a)
	if err != nil {
		return service.Credential{}, err
	}
	return service.Credential{TenantID: a.TenantID, AppID: a.AppID, CertificateDER: a.Certificate.DER, Key: key}, nil
}

// keys is what has to be done with an application's certificates.
type keys struct {
	reuse bool                  // ours is registered and good
	drop  []string              // key IDs which our new certificate replaces
	other *service.MoveQuestion // another installation's certificate is in use
}

// judgeKeys compares the registered certificates with ours. Certificates that
// this program did not make are left alone.
func judgeKeys(registered []service.KeyCredential, own service.Certificate, i service.Installation, now time.Time) keys {
	var k keys
	for _, c := range registered {
		computer, id, ours := parseCertificateName(c.DisplayName)
		switch {
		case own.Thumbprint != "" && c.Thumbprint == own.Thumbprint:
			k.reuse = now.Add(certificateReuse).Before(own.NotAfter)
			if !k.reuse {
				k.drop = append(k.drop, c.KeyID)
			}
		case !ours:
		case id == shortID(i) || !now.Before(c.NotAfter):
			k.drop = append(k.drop, c.KeyID)
		default:
			k.drop = append(k.drop, c.KeyID)
			if k.other == nil || c.NotBefore.After(k.other.Since) {
				k.other = &service.MoveQuestion{Computer: computer, Since: c.NotBefore}
			}
		}
	}
	slices.Sort(k.drop)
	return k
}
