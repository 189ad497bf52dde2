package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"time"

	"cloudappsecurity/service"
)

// Installation implements service.AccountStore. A store opened for reading
// makes none: it gives CodeNotFound.
func (s *Store) Installation(ctx context.Context, computer string) (service.Installation, error) {
	const get = "SELECT id, computer FROM installation"
	var i service.Installation
	err := s.r.QueryRowContext(ctx, get).Scan(&i.ID, &i.Computer)
	if !errors.Is(err, sql.ErrNoRows) {
		return i, s.logged(err)
	}
	if s.readOnly {
		return i, service.NotFound("An installation in this data folder")
	}
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		return i, s.logged(err)
	}
	err = s.write(ctx, true, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO installation (only, id, computer, created_at) VALUES (1, ?, ?, ?) ON CONFLICT DO NOTHING",
			hex.EncodeToString(id), computer, s.now().UnixMicro())
		if err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, get).Scan(&i.ID, &i.Computer)
	})
	return i, err
}

const getOrganization = "SELECT tenant_id, display_name, default_domain, option, demo FROM organization"

// Organization implements service.AccountStore.
func (s *Store) Organization(ctx context.Context) (service.Organization, error) {
	o, err := scanOrganization(s.r.QueryRowContext(ctx, getOrganization))
	return o, s.logged(err)
}

func scanOrganization(row *sql.Row) (o service.Organization, err error) {
	err = row.Scan(&o.TenantID, &o.DisplayName, &o.DefaultDomain, &o.Option, &o.Demo)
	if errors.Is(err, sql.ErrNoRows) {
		err = service.NotFound("The organization")
	}
	return o, err
}

// SaveOrganization implements service.AccountStore.
func (s *Store) SaveOrganization(ctx context.Context, o service.Organization) error {
	return s.write(ctx, true, func(tx *sql.Tx) error {
		old, err := scanOrganization(tx.QueryRowContext(ctx, getOrganization))
		switch {
		case service.CodeOf(err) == service.CodeNotFound:
		case err != nil:
			return err
		case old.TenantID != o.TenantID || old.Demo != o.Demo:
			return &service.Error{
				Code:    service.CodeWrongTenant,
				Message: "This data folder belongs to " + nameOf(old) + ", not to " + nameOf(o) + ". Nothing was changed.",
				Help:    "Sign in with an account of " + nameOf(old) + ", or use another data folder.",
			}
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO organization (only, tenant_id, display_name, default_domain, option, demo) VALUES (1, ?, ?, ?, ?, ?)
			ON CONFLICT (only) DO UPDATE SET display_name = excluded.display_name, default_domain = excluded.default_domain, option = excluded.option`,
			o.TenantID, o.DisplayName, o.DefaultDomain, o.Option, o.Demo)
		return err
	})
}

func nameOf(o service.Organization) string {
	for _, n := range []string{o.DisplayName, o.DefaultDomain} {
		if n != "" {
			return n
		}
	}
	return "the organization " + o.TenantID
}

// Account implements service.AccountStore.
func (s *Store) Account(ctx context.Context, of service.Service) (service.Account, error) {
	var a service.Account
	var notBefore, notAfter, granted, token, synced, protected sql.NullInt64
	err := s.r.QueryRowContext(ctx, `SELECT service, tenant_id, state, app_object_id, app_id, unique_name, service_principal_id,
			cert_der, cert_sealed_key, cert_thumbprint, cert_key_id, cert_not_before, cert_not_after,
			granted_by, granted_by_upn, granted_at, last_token_at, synced_at, protected_at, problem, problem_text
		FROM account WHERE service = ?`, of).Scan(
		&a.Service, &a.TenantID, &a.State, &a.AppObjectID, &a.AppID, &a.UniqueName, &a.ServicePrincipalID,
		&a.Certificate.DER, &a.Certificate.SealedKey, &a.Certificate.Thumbprint, &a.Certificate.KeyID, &notBefore, &notAfter,
		&a.GrantedBy, &a.GrantedByUPN, &granted, &token, &synced, &protected, &a.Problem, &a.ProblemText)
	if errors.Is(err, sql.ErrNoRows) {
		return service.Account{Service: of, State: service.StateNotGranted}, nil
	}
	a.Certificate.NotBefore, a.Certificate.NotAfter = instant(notBefore), instant(notAfter)
	a.GrantedAt, a.LastTokenAt, a.SyncedAt, a.ProtectedAt = instant(granted), instant(token), instant(synced), instant(protected)
	return a, s.logged(err)
}

// SaveAccount implements service.AccountStore.
func (s *Store) SaveAccount(ctx context.Context, a service.Account, n ...service.Notification) error {
	return s.write(ctx, true, func(tx *sql.Tx) error {
		c := a.Certificate
		_, err := tx.ExecContext(ctx, `INSERT INTO account (service, tenant_id, state, app_object_id, app_id, unique_name, service_principal_id,
				cert_der, cert_sealed_key, cert_thumbprint, cert_key_id, cert_not_before, cert_not_after,
				granted_by, granted_by_upn, granted_at, last_token_at, synced_at, protected_at, problem, problem_text)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (service) DO UPDATE SET tenant_id = excluded.tenant_id, state = excluded.state,
				app_object_id = excluded.app_object_id, app_id = excluded.app_id, unique_name = excluded.unique_name,
				service_principal_id = excluded.service_principal_id, cert_der = excluded.cert_der,
				cert_sealed_key = excluded.cert_sealed_key, cert_thumbprint = excluded.cert_thumbprint,
				cert_key_id = excluded.cert_key_id, cert_not_before = excluded.cert_not_before,
				cert_not_after = excluded.cert_not_after, granted_by = excluded.granted_by,
				granted_by_upn = excluded.granted_by_upn, granted_at = excluded.granted_at,
				last_token_at = excluded.last_token_at, synced_at = excluded.synced_at,
				protected_at = excluded.protected_at, problem = excluded.problem, problem_text = excluded.problem_text`,
			a.Service, a.TenantID, a.State, a.AppObjectID, a.AppID, a.UniqueName, a.ServicePrincipalID,
			c.DER, c.SealedKey, c.Thumbprint, c.KeyID, micros(c.NotBefore), micros(c.NotAfter),
			a.GrantedBy, a.GrantedByUPN, micros(a.GrantedAt), micros(a.LastTokenAt), micros(a.SyncedAt), micros(a.ProtectedAt),
			a.Problem, a.ProblemText)
		if err != nil {
			return err
		}
		return s.notify(ctx, tx, n)
	})
}

// TokenObtained implements service.AccountStore.
func (s *Store) TokenObtained(ctx context.Context, of service.Service, appID string, at time.Time) error {
	return s.write(ctx, false, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE account SET last_token_at = ?3 WHERE service = ?1 AND app_id = ?2 AND coalesce(last_token_at, 0) < ?3",
			of, appID, at.UnixMicro())
		return err
	})
}

// Setting implements service.AccountStore.
func (s *Store) Setting(ctx context.Context, key string) (string, error) {
	var v string
	err := s.r.QueryRowContext(ctx, "SELECT value FROM setting WHERE key = ?", key).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, s.logged(err)
}

// SetSetting implements service.AccountStore.
func (s *Store) SetSetting(ctx context.Context, key, value string) error {
	return s.write(ctx, false, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value)
		return err
	})
}
