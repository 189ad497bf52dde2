package identity

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"

	"github.com/golang-jwt/jwt/v5"
)

// NewKey makes a key to sign tokens with.
func NewKey() (*rsa.PrivateKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	return key, nil
}

// signer signs and verifies tokens.
type signer struct {
	key *rsa.PrivateKey
	id  string
}

func newSigner(key *rsa.PrivateKey) signer {
	sum := sha256.Sum256(key.N.Bytes())
	return signer{key, base64.RawURLEncoding.EncodeToString(sum[:20])}
}

func (k signer) sign(claims jwt.MapClaims) (string, error) {
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	t.Header["kid"], t.Header["x5t"] = k.id, k.id
	signed, err := t.SignedString(k.key)
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	return signed, nil
}

// public is the key function for the verification of our own tokens.
func (k signer) public(t *jwt.Token) (any, error) {
	if t.Header["kid"] != k.id {
		return nil, fmt.Errorf("unknown key %v", t.Header["kid"])
	}
	return &k.key.PublicKey, nil
}

func (k signer) jwk() map[string]any {
	return map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": k.id, "x5t": k.id,
		"n": base64.RawURLEncoding.EncodeToString(k.key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.key.E)).Bytes()),
	}
}
