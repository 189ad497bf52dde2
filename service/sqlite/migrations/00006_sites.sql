-- +goose Up

-- A cursor may be of sites.
CREATE TABLE cursor_new (
    service  TEXT    NOT NULL CHECK (service IN ('exchange', 'sharepoint', 'onedrive')),
    resource TEXT    NOT NULL CHECK (resource IN ('users', 'groups', 'sites')),
    link     TEXT    NOT NULL,
    complete INTEGER NOT NULL CHECK (complete IN (0, 1)),
    whole    INTEGER NOT NULL CHECK (whole IN (0, 1)), -- a full round is under way, not one of changes
    round    INTEGER NOT NULL CHECK (round > 0),
    pages    INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (service, resource)
) STRICT, WITHOUT ROWID;
INSERT INTO cursor_new SELECT service, resource, link, complete, whole, round, pages, at FROM cursor;
DROP TABLE cursor;
ALTER TABLE cursor_new RENAME TO cursor;

-- Whether people have a drive. drive_state is '' until a synchronization of
-- OneDrive, or a selection, brings the person. drive_exclusion is
-- service.Exclude(OneDrive, person, …), chosen or not.
ALTER TABLE person ADD COLUMN drive_plan INTEGER NOT NULL DEFAULT 0 CHECK (drive_plan IN (0, 1));
ALTER TABLE person ADD COLUMN drive_state TEXT NOT NULL DEFAULT '' CHECK (drive_state IN ('', 'unknown', 'present', 'none'));
ALTER TABLE person ADD COLUMN drive_id TEXT NOT NULL DEFAULT '' CHECK (drive_id = '' OR drive_state = 'present');
ALTER TABLE person ADD COLUMN drive_url TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN drive_asked_at INTEGER;
ALTER TABLE person ADD COLUMN drive_exclusion TEXT NOT NULL GENERATED ALWAYS AS (CASE
    WHEN removed THEN 'removed'
    WHEN guest THEN 'guest'
    WHEN drive_state = 'present' THEN ''
    WHEN drive_state = 'none' THEN 'no_drive'
    ELSE 'unknown_drive' END) VIRTUAL;
CREATE INDEX person_by_drive_exclusion ON person (drive_exclusion);
CREATE INDEX person_drive_unknown ON person (id) WHERE drive_state = 'unknown' AND guest = 0 AND removed = 0;
CREATE INDEX person_drive_none ON person (drive_asked_at, id) WHERE drive_state = 'none' AND guest = 0 AND removed = 0;

-- The coverage of OneDrive follows the drive, not the mailbox.
DROP TRIGGER coverage_follows_person;
-- +goose StatementBegin
CREATE TRIGGER coverage_follows_person AFTER UPDATE OF removed, guest, mailbox ON person
WHEN old.exclusion <> new.exclusion OR old.exclusion_chosen <> new.exclusion_chosen BEGIN
    UPDATE coverage SET reason = iif(chosen, new.exclusion_chosen, new.exclusion) WHERE person_id = new.id AND service <> 'onedrive';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER coverage_follows_drive AFTER UPDATE OF removed, guest, drive_state ON person
WHEN old.drive_exclusion <> new.drive_exclusion BEGIN
    UPDATE coverage SET reason = new.drive_exclusion WHERE person_id = new.id AND service = 'onedrive';
END;
-- +goose StatementEnd

-- Sites: site collections, and the subsites beneath them, of which parent_id
-- is the site collection's id. exclusion is service.ExcludeSite(site).
CREATE TABLE site (
    id          TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
    url         TEXT    NOT NULL,
    title       TEXT    NOT NULL,
    parent_id   TEXT    NOT NULL CHECK (parent_id <> id),
    personal    INTEGER NOT NULL CHECK (personal IN (0, 1)),
    removed     INTEGER NOT NULL CHECK (removed IN (0, 1)),
    seen_at     INTEGER,
    sort_key    BLOB    NOT NULL, -- of the name, by Unicode collation
    words       TEXT    NOT NULL, -- what the search looks through, a blank before each word
    url_key     TEXT    NOT NULL, -- folded, for search by address
    exclusion   TEXT    NOT NULL GENERATED ALWAYS AS (CASE
        WHEN removed THEN 'removed'
        WHEN personal THEN 'personal_site'
        ELSE '' END) VIRTUAL
) STRICT;
CREATE INDEX site_by_name ON site (sort_key, id) WHERE parent_id = '';
CREATE INDEX site_by_parent ON site (parent_id, exclusion);

-- Which service's synchronization saw a site, and in which of its rounds.
CREATE TABLE site_seen (
    service TEXT    NOT NULL CHECK (service IN ('exchange', 'sharepoint', 'onedrive')),
    site_id TEXT    NOT NULL REFERENCES site (id) ON DELETE CASCADE,
    round   INTEGER NOT NULL,
    PRIMARY KEY (service, site_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX site_seen_by_site ON site_seen (site_id);

-- Which site collections a service covers. reason is '' for the protected, else
-- why not; it follows the site. Subsites follow their site collection.
CREATE TABLE site_coverage (
    service    TEXT    NOT NULL CHECK (service IN ('exchange', 'sharepoint', 'onedrive')),
    site_id    TEXT    NOT NULL REFERENCES site (id) ON DELETE CASCADE,
    origin     TEXT    NOT NULL CHECK (origin IN ('everyone', 'url', 'title')),
    reason     TEXT    NOT NULL,
    covered_at INTEGER NOT NULL,
    PRIMARY KEY (service, site_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX site_coverage_by_reason ON site_coverage (service, reason, site_id);
CREATE INDEX site_coverage_by_site ON site_coverage (site_id);
-- +goose StatementBegin
CREATE TRIGGER site_coverage_follows_site AFTER UPDATE OF removed, personal ON site
WHEN old.exclusion <> new.exclusion BEGIN
    UPDATE site_coverage SET reason = new.exclusion WHERE site_id = new.id;
END;
-- +goose StatementEnd
