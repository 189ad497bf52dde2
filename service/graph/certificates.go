package graph

import (
	"bytes"
	"context"
	"crypto/sha1" //nolint:gosec // Graph names certificates by it
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"cloudappsecurity/service"

	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

// keyCredential reads one of an application's certificates.
func keyCredential(k models.KeyCredentialable) service.KeyCredential {
	c := service.KeyCredential{DisplayName: text(k.GetDisplayName())}
	if id := k.GetKeyId(); id != nil {
		c.KeyID = id.String()
	}
	if at := k.GetStartDateTime(); at != nil {
		c.NotBefore = *at
	}
	if at := k.GetEndDateTime(); at != nil {
		c.NotAfter = *at
	}
	switch {
	case len(k.GetKey()) > 0:
		sum := sha256.Sum256(k.GetKey())
		c.Thumbprint = hex.EncodeToString(sum[:])
	case len(k.GetCustomKeyIdentifier()) == sha256.Size:
		c.Thumbprint = hex.EncodeToString(k.GetCustomKeyIdentifier())
	}
	return c
}

// entry is one of an application's keyCredentials as Graph sent it. It is sent
// back unchanged but for its key: Graph refuses an entry of which anything else
// differs, so that not even a time is parsed and formatted again.
type entry map[string]json.RawMessage

func (e entry) text(name string) string {
	var s string
	if json.Unmarshal(e[name], &s) != nil {
		return ""
	}
	return s
}

// is says whether e is the certificate.
func (e entry) is(cert service.Certificate) bool {
	if cert.KeyID != "" && strings.EqualFold(e.text("keyId"), cert.KeyID) {
		return true
	}
	if key, err := base64.StdEncoding.DecodeString(e.text("key")); err == nil && len(key) > 0 {
		return bytes.Equal(key, cert.DER)
	}
	// Without a key, Graph's default identifier is the SHA-1 thumbprint.
	id, err := base64.StdEncoding.DecodeString(e.text("customKeyIdentifier"))
	sum := sha1.Sum(cert.DER) //nolint:gosec // as above
	return err == nil && bytes.Equal(id, sum[:])
}

func (t *Tenant) entries(ctx context.Context, objectID string) ([]entry, error) {
	b, err := t.c.bytes(ctx, call{method: abs.GET, url: t.c.at(byID(objectID), "$select", "keyCredentials")})
	if err != nil {
		return nil, err
	}
	var v struct{ KeyCredentials []entry }
	if err := json.Unmarshal(b, &v); err != nil {
		return nil, errors.New("the certificates of the application can't be read")
	}
	return v.KeyCredentials, nil
}

// SetKeyCredentials adds cert and drops the entries with the given key IDs.
// The list is replaced whole, so all others are sent back.
// https://learn.microsoft.com/graph/api/application-update
func (t *Tenant) SetKeyCredentials(ctx context.Context, objectID string, cert service.Certificate, displayName string, drop []string) error {
	const what = "registering the certificate"
	dropped := func(e entry) bool {
		return slices.ContainsFunc(drop, func(id string) bool { return strings.EqualFold(id, e.text("keyId")) }) && !e.is(cert)
	}
	ours := func(e entry) bool { return e.is(cert) }
	settled := func(list []entry) bool { return slices.ContainsFunc(list, ours) && !slices.ContainsFunc(list, dropped) }

	set := func() error {
		list, err := t.entries(ctx, objectID)
		if err != nil || settled(list) {
			return err
		}
		added := slices.ContainsFunc(list, ours)
		list = slices.DeleteFunc(list, dropped)
		for _, e := range list {
			e["key"] = json.RawMessage("null")
		}
		body := make([]any, 0, len(list)+1)
		for _, e := range list {
			body = append(body, e)
		}
		if !added {
			body = append(body, newEntry(cert, displayName))
		}
		_, err = t.c.bytes(ctx, call{method: abs.PATCH, url: t.c.at(byID(objectID)), raw: map[string]any{"keyCredentials": body}})
		if status(err) == 400 && !policy(err) {
			// A PATCH whose answer was lost is sent again, and refused since the
			// certificate is there.
			if list, readErr := t.entries(ctx, objectID); readErr == nil && settled(list) {
				return nil
			}
		}
		return err
	}
	if err := t.c.eventually(ctx, set, changing); err != nil {
		if policy(err) {
			_ = t.c.fail(ctx, what, err) // for the log
			return &service.Error{Code: service.CodeCredentialPolicy,
				Message: "A policy of this organization does not accept the certificate of Cloud App Security.",
				Help:    "Policies for applications can limit how long a certificate lasts, or who issues it. Allow it for this application in Microsoft Entra, then try again.", Cause: err}
		}
		return t.admin(ctx, what, err)
	}
	errUnseen := errors.New("the certificate is not shown yet")
	return t.admin(ctx, what, t.c.eventually(ctx, func() error {
		list, err := t.entries(ctx, objectID)
		if err == nil && !settled(list) {
			err = errUnseen
		}
		return err
	}, func(err error) bool { return errors.Is(err, errUnseen) || notThere(err) }))
}

func newEntry(cert service.Certificate, displayName string) map[string]any {
	e := map[string]any{
		"type": "AsymmetricX509Cert", "usage": "Verify", "displayName": displayName,
		"key":           base64.StdEncoding.EncodeToString(cert.DER),
		"startDateTime": cert.NotBefore.UTC().Format(time.RFC3339),
		"endDateTime":   cert.NotAfter.UTC().Format(time.RFC3339),
	}
	if cert.KeyID != "" {
		e["keyId"] = cert.KeyID
	}
	return e
}

// policy says whether the tenant's application management policy refused a
// certificate, such as CredentialInvalidLifetimeAsPerAppPolicy.
// https://learn.microsoft.com/graph/api/resources/applicationauthenticationmethodpolicy
func policy(err error) bool {
	a := answer(err)
	return a != nil && (a.Status == 400 || a.Status == 403) &&
		(strings.Contains(strings.ToLower(a.Code+" "+a.Inner), "policy") || strings.Contains(strings.ToLower(a.Message), "policy"))
}
