-- +goose Up

-- An account may be 'removing'. SQLite changes no CHECK: the table is made anew.
CREATE TABLE account_new (
    service              TEXT NOT NULL PRIMARY KEY CHECK (service IN ('exchange', 'sharepoint', 'onedrive')),
    tenant_id            TEXT NOT NULL,
    state                TEXT NOT NULL CHECK (state IN ('not_granted', 'granting', 'consented', 'synchronizing', 'granted', 'removing')),
    app_object_id        TEXT NOT NULL,
    app_id               TEXT NOT NULL,
    unique_name          TEXT NOT NULL,
    service_principal_id TEXT NOT NULL,
    cert_der             BLOB,
    cert_sealed_key      BLOB,
    cert_thumbprint      TEXT NOT NULL,
    cert_key_id          TEXT NOT NULL,
    cert_not_before      INTEGER,
    cert_not_after       INTEGER,
    granted_by           TEXT NOT NULL,
    granted_by_upn       TEXT NOT NULL,
    granted_at           INTEGER,
    last_token_at        INTEGER,
    synced_at            INTEGER,
    protected_at         INTEGER,
    problem              TEXT NOT NULL,
    problem_text         TEXT NOT NULL
) STRICT;
INSERT INTO account_new SELECT service, tenant_id, state, app_object_id, app_id, unique_name, service_principal_id,
    cert_der, cert_sealed_key, cert_thumbprint, cert_key_id, cert_not_before, cert_not_after,
    granted_by, granted_by_upn, granted_at, last_token_at, synced_at, protected_at, problem, problem_text FROM account;
DROP TABLE account;
ALTER TABLE account_new RENAME TO account;

-- Removals which are not finished, and the latest step of each that is done.
CREATE TABLE removal (
    service  TEXT    NOT NULL PRIMARY KEY CHECK (service IN ('exchange', 'sharepoint', 'onedrive')),
    begun_at INTEGER NOT NULL,
    done     TEXT    NOT NULL CHECK (done IN ('', 'service_principal', 'application', 'deleted_application')),
    by       TEXT    NOT NULL,
    agreed   INTEGER NOT NULL CHECK (agreed IN (0, 1))
) STRICT, WITHOUT ROWID;
