package realparts

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// signed is a token with its signature, as it must never be written.
var signed = regexp.MustCompile(`eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}`)

// NoSecrets holds that no text, by name, has a secret, by name, or anything that
// looks like a key or a token.
func NoSecrets(t testing.TB, secrets, texts map[string]string) {
	t.Helper()
	for where, text := range texts {
		for what, secret := range secrets {
			for _, form := range []string{secret, url.QueryEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret))} {
				if strings.Contains(text, form) {
					t.Errorf("%s is in %s", what, where)
				}
			}
		}
		if strings.Contains(text, "PRIVATE KEY") {
			t.Errorf("a private key is in %s", where)
		}
		if token := signed.FindString(text); token != "" {
			t.Errorf("a token with its signature is in %s: %.20s…", where, token)
		}
	}
}
