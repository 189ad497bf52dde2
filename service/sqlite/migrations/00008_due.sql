-- +goose Up

-- Whose coverage a synchronization has to look at again: a person, or everyone
-- ('') after a full round or a selection.
CREATE TABLE coverage_due (
    service   TEXT NOT NULL CHECK (service IN ('exchange', 'sharepoint', 'onedrive')),
    person_id TEXT NOT NULL,
    PRIMARY KEY (service, person_id)
) STRICT, WITHOUT ROWID;
INSERT INTO coverage_due (service, person_id) VALUES ('exchange', ''), ('onedrive', '');
