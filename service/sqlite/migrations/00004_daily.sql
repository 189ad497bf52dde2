-- +goose Up

-- How far the daily synchronization of each service is.
CREATE TABLE daily_sync (
    service    TEXT    NOT NULL PRIMARY KEY CHECK (service IN ('exchange', 'sharepoint', 'onedrive')),
    attempt_at INTEGER,
    success_at INTEGER,
    retry_at   INTEGER,
    failures   INTEGER NOT NULL CHECK (failures >= 0),
    problem    TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- The local days which have had theirs: none has two.
CREATE TABLE daily_sync_day (
    service TEXT NOT NULL CHECK (service IN ('exchange', 'sharepoint', 'onedrive')),
    day     TEXT NOT NULL CHECK (length(day) = 10),
    PRIMARY KEY (service, day)
) STRICT, WITHOUT ROWID;

-- The services which have synchronized everyone since Submit.
CREATE TABLE extended (
    service TEXT NOT NULL PRIMARY KEY CHECK (service IN ('exchange', 'sharepoint', 'onedrive'))
) STRICT, WITHOUT ROWID;
