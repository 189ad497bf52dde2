package m365sim

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"cloudappsecurity/service/m365sim/identity"
)

const (
	caFile      = "ca.pem"
	caKeyFile   = "ca-key.pem"
	signKeyFile = "signing-key.pem"
	caLife      = 10 * 365 * 24 * time.Hour
	serverLife  = 397 * 24 * time.Hour
)

// signingKey takes up the key that signs tokens, or makes one.
func (s *Server) signingKey() (*rsa.PrivateKey, error) {
	path := filepath.Join(s.dir, signKeyFile)
	kept, err := readKey(path)
	if err != nil {
		return nil, err
	}
	if key, ok := kept.(*rsa.PrivateKey); ok {
		return key, nil
	}
	key, err := identity.NewKey()
	if err != nil {
		return nil, err
	}
	return key, writeKey(path, key)
}

// readKey reads a private key; nil if there is none.
func readKey(path string) (crypto.PrivateKey, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // no key is no failure
	}
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("state: %s holds no key", path)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("state: %s: %w", path, err)
	}
	return key, nil
}

func writeKey(path string, key crypto.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("key: %w", err)
	}
	return writeFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600)
}

// serverTLS makes a server certificate under the certificate authority of the
// state folder, which it makes too if there is none or it runs out.
func (s *Server) serverTLS() (*tls.Config, error) {
	ca, caKey, err := s.authorityCertificate()
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("server key: %w", err)
	}
	now := time.Now() // whoever verifies it goes by the computer's clock
	der, err := sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "localhost"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(serverLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}, ca, &key.PublicKey, caKey)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
	}, nil
}

func (s *Server) authorityCertificate() (*x509.Certificate, *ecdsa.PrivateKey, error) {
	kept, err := readKey(filepath.Join(s.dir, caKeyFile))
	if err != nil {
		return nil, nil, err
	}
	if key, ok := kept.(*ecdsa.PrivateKey); ok {
		data, err := os.ReadFile(filepath.Join(s.dir, caFile))
		block, _ := pem.Decode(data)
		if err == nil && block != nil {
			if ca, err := x509.ParseCertificate(block.Bytes); err == nil && time.Now().Add(serverLife).Before(ca.NotAfter) {
				return ca, key, nil
			}
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("key of the certificate authority: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "Simulated Microsoft 365 on this computer"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(caLife),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: []string{"localhost"},
		PermittedIPRanges: []*net.IPNet{
			{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)}, {IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
		},
	}
	der, err := sign(template, template, &key.PublicKey, key)
	if err != nil {
		return nil, nil, err
	}
	if err := writeKey(filepath.Join(s.dir, caKeyFile), key); err != nil {
		return nil, nil, err
	}
	if err := writeFile(filepath.Join(s.dir, caFile), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		return nil, nil, err
	}
	ca, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, fmt.Errorf("certificate: %w", err)
	}
	return ca, key, nil
}

func sign(template, parent *x509.Certificate, public *ecdsa.PublicKey, key *ecdsa.PrivateKey) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	template.SerialNumber = serial
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return der, nil
}
