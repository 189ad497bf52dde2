-- +goose Up

-- Marks the file as this program's ("CAS1").
PRAGMA application_id = 1128354609;

-- Times are microseconds since 1970 in UTC; NULL is "never". Booleans are 0 or 1.

CREATE TABLE installation (
    only       INTEGER PRIMARY KEY CHECK (only = 1),
    id         TEXT    NOT NULL CHECK (length(id) = 32),
    computer   TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE organization (
    only           INTEGER PRIMARY KEY CHECK (only = 1),
    tenant_id      TEXT    NOT NULL CHECK (tenant_id <> ''),
    display_name   TEXT    NOT NULL,
    default_domain TEXT    NOT NULL,
    option         TEXT    NOT NULL CHECK (option IN ('', 'selected', 'all')),
    demo           INTEGER NOT NULL CHECK (demo IN (0, 1))
) STRICT;

CREATE TABLE account (
    service              TEXT NOT NULL PRIMARY KEY CHECK (service IN ('exchange', 'sharepoint', 'onedrive')),
    tenant_id            TEXT NOT NULL,
    state                TEXT NOT NULL CHECK (state IN ('not_granted', 'granting', 'consented', 'synchronizing', 'granted')),
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

CREATE TABLE setting (
    key   TEXT NOT NULL PRIMARY KEY CHECK (key <> ''),
    value TEXT NOT NULL
) STRICT;

CREATE TABLE notification (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    time     INTEGER NOT NULL,
    severity TEXT    NOT NULL CHECK (severity IN ('info', 'success', 'warning', 'error')),
    service  TEXT    NOT NULL CHECK (service IN ('', 'exchange', 'sharepoint', 'onedrive')),
    text     TEXT    NOT NULL,
    detail   TEXT    NOT NULL,
    read     INTEGER NOT NULL CHECK (read IN (0, 1)),
    key      TEXT    UNIQUE CHECK (key <> '') -- NULL: always new
) STRICT;
CREATE INDEX notification_by_time ON notification (time DESC, id DESC);
CREATE INDEX notification_unread ON notification (id) WHERE read = 0;

-- People are shared by all services, keyed by object ID. position follows the
-- order by name (sort_key, id), with gaps: a page of names, searched or not, is
-- read in order of the primary key and never sorted. exclusion and
-- exclusion_chosen are service.Exclude(person, false) and (person, true).
CREATE TABLE person (
    position      INTEGER PRIMARY KEY,
    id            TEXT    NOT NULL UNIQUE CHECK (id <> ''),
    upn           TEXT    NOT NULL,
    display_name  TEXT    NOT NULL,
    mail          TEXT    NOT NULL,
    enabled       INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    guest         INTEGER NOT NULL CHECK (guest IN (0, 1)),
    exchange_plan INTEGER NOT NULL CHECK (exchange_plan IN (0, 1)),
    mailbox       TEXT    NOT NULL CHECK (mailbox IN ('unknown', 'user', 'shared', 'room', 'equipment', 'none')),
    removed       INTEGER NOT NULL CHECK (removed IN (0, 1)),
    seen_at       INTEGER,
    sort_key      BLOB    NOT NULL, -- of the name, by Unicode collation
    words         TEXT    NOT NULL, -- what the search looks through
    upn_key       TEXT    NOT NULL, -- folded, for search by address
    mail_key      TEXT    NOT NULL,
    exclusion_chosen TEXT NOT NULL GENERATED ALWAYS AS (CASE
        WHEN removed THEN 'removed'
        WHEN guest THEN 'guest'
        WHEN mailbox = 'none' THEN 'no_mailbox'
        WHEN mailbox = 'unknown' THEN 'unknown_mailbox'
        ELSE '' END) VIRTUAL,
    exclusion TEXT NOT NULL GENERATED ALWAYS AS (CASE
        WHEN removed THEN 'removed'
        WHEN guest THEN 'guest'
        WHEN mailbox = 'none' THEN 'no_mailbox'
        WHEN mailbox IN ('room', 'equipment') THEN mailbox
        WHEN mailbox = 'unknown' THEN 'unknown_mailbox'
        ELSE '' END) VIRTUAL
) STRICT;
CREATE INDEX person_by_name ON person (sort_key, id);
CREATE INDEX person_by_upn ON person (upn_key);
CREATE INDEX person_by_mail ON person (mail_key) WHERE mail_key <> upn_key;
CREATE INDEX person_by_exclusion ON person (exclusion);
CREATE INDEX person_unresolved ON person (id) WHERE mailbox = 'unknown' AND guest = 0 AND removed = 0;

-- The search: words by prefix, in order of position.
CREATE VIRTUAL TABLE person_search USING fts5 (
    words,
    content = 'person', content_rowid = 'position', columnsize = 0,
    tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co M*'",
    prefix = '1 2 3'
);
-- +goose StatementBegin
CREATE TRIGGER person_search_insert AFTER INSERT ON person BEGIN
    INSERT INTO person_search (rowid, words) VALUES (new.position, new.words);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER person_search_delete AFTER DELETE ON person BEGIN
    INSERT INTO person_search (person_search, rowid, words) VALUES ('delete', old.position, old.words);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER person_search_update AFTER UPDATE OF position, words ON person
WHEN old.position <> new.position OR old.words <> new.words BEGIN
    INSERT INTO person_search (person_search, rowid, words) VALUES ('delete', old.position, old.words);
    INSERT INTO person_search (rowid, words) VALUES (new.position, new.words);
END;
-- +goose StatementEnd

-- Which service's synchronization saw a person, and in which of its rounds.
CREATE TABLE person_seen (
    service   TEXT    NOT NULL CHECK (service IN ('exchange', 'sharepoint', 'onedrive')),
    person_id TEXT    NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    round     INTEGER NOT NULL,
    PRIMARY KEY (service, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_seen_by_person ON person_seen (person_id);

-- Whom a service covers. reason is '' for the protected, else why not; it
-- follows the person.
CREATE TABLE coverage (
    service    TEXT    NOT NULL CHECK (service IN ('exchange', 'sharepoint', 'onedrive')),
    person_id  TEXT    NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    origin     TEXT    NOT NULL CHECK (origin IN ('everyone', 'user', 'group')),
    group_id   TEXT    NOT NULL CHECK (origin = 'group' OR group_id = ''),
    chosen     INTEGER NOT NULL CHECK (chosen = (origin <> 'everyone')),
    reason     TEXT    NOT NULL,
    covered_at INTEGER NOT NULL,
    PRIMARY KEY (service, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX coverage_by_reason ON coverage (service, reason, person_id);
CREATE INDEX coverage_by_person ON coverage (person_id);
CREATE INDEX coverage_chosen ON coverage (service, person_id) WHERE chosen = 1;
-- +goose StatementBegin
CREATE TRIGGER coverage_follows_person AFTER UPDATE OF removed, guest, mailbox ON person
WHEN old.exclusion <> new.exclusion OR old.exclusion_chosen <> new.exclusion_chosen BEGIN
    UPDATE coverage SET reason = iif(chosen, new.exclusion_chosen, new.exclusion) WHERE person_id = new.id;
END;
-- +goose StatementEnd

CREATE TABLE directory_group (
    id             TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
    display_name   TEXT    NOT NULL,
    hidden_members INTEGER NOT NULL CHECK (hidden_members IN (0, 1)),
    removed        INTEGER NOT NULL CHECK (removed IN (0, 1))
) STRICT;
CREATE INDEX directory_group_removed ON directory_group (removed);

CREATE TABLE group_seen (
    service  TEXT    NOT NULL CHECK (service IN ('exchange', 'sharepoint', 'onedrive')),
    group_id TEXT    NOT NULL REFERENCES directory_group (id) ON DELETE CASCADE,
    round    INTEGER NOT NULL,
    PRIMARY KEY (service, group_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_seen_by_group ON group_seen (group_id);

-- Direct members as each service's synchronization saw them. Neither side is a
-- foreign key: members come before their group, and some are neither users nor
-- groups.
CREATE TABLE membership (
    service   TEXT    NOT NULL CHECK (service IN ('exchange', 'sharepoint', 'onedrive')),
    group_id  TEXT    NOT NULL CHECK (group_id <> ''),
    member_id TEXT    NOT NULL CHECK (member_id <> ''),
    is_group  INTEGER NOT NULL CHECK (is_group IN (0, 1)),
    round     INTEGER NOT NULL,
    PRIMARY KEY (service, group_id, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX membership_by_member ON membership (service, member_id);

CREATE TABLE cursor (
    service  TEXT    NOT NULL CHECK (service IN ('exchange', 'sharepoint', 'onedrive')),
    resource TEXT    NOT NULL CHECK (resource IN ('users', 'groups')),
    link     TEXT    NOT NULL,
    complete INTEGER NOT NULL CHECK (complete IN (0, 1)),
    whole    INTEGER NOT NULL CHECK (whole IN (0, 1)), -- a full round is under way, not one of changes
    round    INTEGER NOT NULL CHECK (round > 0),
    pages    INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (service, resource)
) STRICT, WITHOUT ROWID;
