-- +goose Up

-- The option may be 'extending'. SQLite changes no CHECK: the table is made anew.
CREATE TABLE organization_new (
    only           INTEGER PRIMARY KEY CHECK (only = 1),
    tenant_id      TEXT    NOT NULL CHECK (tenant_id <> ''),
    display_name   TEXT    NOT NULL,
    default_domain TEXT    NOT NULL,
    option         TEXT    NOT NULL CHECK (option IN ('', 'selected', 'extending', 'all')),
    demo           INTEGER NOT NULL CHECK (demo IN (0, 1))
) STRICT;
INSERT INTO organization_new SELECT only, tenant_id, display_name, default_domain, option, demo FROM organization;
DROP TABLE organization;
ALTER TABLE organization_new RENAME TO organization;
