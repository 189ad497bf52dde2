-- +goose Up

-- Policies by priority, from 1, without gaps within service and kind. The two
-- defaults come last.
CREATE TABLE policy (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    service      TEXT    NOT NULL CHECK (service IN ('exchange', 'sharepoint', 'onedrive')),
    kind         TEXT    NOT NULL CHECK (kind IN ('atp', 'dlp')),
    name         TEXT    NOT NULL CHECK (name <> ''),
    name_key     TEXT    NOT NULL, -- folded: two policies of one list differ in more than case
    description  TEXT    NOT NULL,
    is_on        INTEGER NOT NULL CHECK (is_on IN (0, 1)),
    priority     INTEGER NOT NULL CHECK (priority <> 0), -- negative only within a transaction
    is_default   INTEGER NOT NULL CHECK (is_default IN (0, 1)),
    monitor_only INTEGER NOT NULL CHECK (monitor_only IN (0, 1)),
    everyone     INTEGER NOT NULL CHECK (everyone IN (0, 1)),
    version      INTEGER NOT NULL CHECK (version > 0),
    changed_at   INTEGER, -- NULL: as it came with the program
    UNIQUE (service, kind, priority),
    UNIQUE (service, kind, name_key)
) STRICT;

-- Whom a policy names, and whom it excludes. Not foreign keys: a person, group
-- or site may leave the directory and come back.
CREATE TABLE policy_target (
    policy_id INTEGER NOT NULL REFERENCES policy (id) ON DELETE CASCADE,
    excluded  INTEGER NOT NULL CHECK (excluded IN (0, 1)),
    position  INTEGER NOT NULL,
    kind      TEXT    NOT NULL CHECK (kind IN ('user', 'group', 'site')),
    target_id TEXT    NOT NULL CHECK (target_id <> ''),
    name      TEXT    NOT NULL,
    PRIMARY KEY (policy_id, excluded, position),
    UNIQUE (policy_id, excluded, kind, target_id)
) STRICT, WITHOUT ROWID;

-- Which groups a group belongs to. Nested groups are few; an index of all
-- members took as long to keep as the memberships themselves.
CREATE INDEX membership_nested ON membership (service, member_id) WHERE is_group = 1;

INSERT INTO policy (service, kind, name, name_key, description, is_on, priority, is_default, monitor_only, everyone, version)
SELECT s.service, k.kind, 'Default ' || upper(k.kind) || ' policy' || d.suffix, 'default ' || k.kind || ' policy' || d.suffix,
    d.description, d.is_on, d.priority, 1, d.monitor_only, 1, 1
FROM (SELECT 1 AS n, 'exchange' AS service UNION SELECT 2, 'sharepoint' UNION SELECT 3, 'onedrive') s
CROSS JOIN (SELECT 'atp' AS kind UNION SELECT 'dlp') k
CROSS JOIN (
    SELECT 1 AS priority, ' (monitor only)' AS suffix, 1 AS is_on, 1 AS monitor_only, 'Logs what it finds and changes nothing.' AS description
    UNION SELECT 2, '', 0, 0, 'Applies to whoever no other policy takes.'
) d
ORDER BY s.n, k.kind, d.priority;
