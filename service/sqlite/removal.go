package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"cloudappsecurity/service"
)

var _ service.RemovalStore = (*Store)(nil)

const getRemoval = "SELECT service, begun_at, done, by, agreed FROM removal WHERE service = ?"

func scanRemoval(row *sql.Row) (r service.AccountRemoval, err error) {
	var begun sql.NullInt64
	err = row.Scan(&r.Service, &begun, &r.Done, &r.By, &r.Agreed)
	r.BegunAt = instant(begun)
	if errors.Is(err, sql.ErrNoRows) {
		err = service.NotFound("A removal")
	}
	return r, err
}

// Removal implements service.RemovalStore.
func (s *Store) Removal(ctx context.Context, of service.Service) (service.AccountRemoval, error) {
	r, err := scanRemoval(s.r.QueryRowContext(ctx, getRemoval, of))
	return r, s.logged(err)
}

// BeginRemoval implements service.RemovalStore.
func (s *Store) BeginRemoval(ctx context.Context, of service.Service, now time.Time) (r service.AccountRemoval, err error) {
	err = s.write(ctx, true, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, "UPDATE account SET state = 'removing', problem = '', problem_text = '' WHERE service = ?", of)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, &service.Error{Code: service.CodeNotGranted, Message: "There is no service account of " + of.Name() + " to remove.",
				Help: "Nothing was changed."})
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO removal (service, begun_at, done, by, agreed) VALUES (?, ?, '', '', 0) ON CONFLICT DO NOTHING",
			of, now.UnixMicro())
		if err != nil {
			return err
		}
		r, err = scanRemoval(tx.QueryRowContext(ctx, getRemoval, of))
		return err
	})
	return r, err
}

// SaveRemoval implements service.RemovalStore.
func (s *Store) SaveRemoval(ctx context.Context, r service.AccountRemoval) error {
	return s.write(ctx, true, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE removal SET done = ?, by = ?, agreed = ? WHERE service = ?", r.Done, r.By, r.Agreed, r.Service)
		return err
	})
}

// ofService are the tables of which each row belongs to one service.
var ofService = []string{"account", "removal", "cursor", "coverage", "person_seen", "group_seen", "membership", "site_coverage", "site_seen",
	"daily_sync", "daily_sync_day", "extended", "notification"}

// Forget implements service.RemovalStore. Policies stay: they are the
// administrator's own work.
func (s *Store) Forget(ctx context.Context, of service.Service, settings []string, n ...service.Notification) error {
	keys, err := json.Marshal(settings)
	if err != nil {
		return err
	}
	return s.write(ctx, true, func(tx *sql.Tx) error {
		for _, table := range ofService {
			//nolint:gosec // the table is a constant of this file
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE service = ?", of); err != nil {
				return err
			}
		}
		if of == service.OneDrive { // who stays has no drive that anybody follows
			_, err := tx.ExecContext(ctx, "UPDATE person SET drive_state = '', drive_id = '', drive_url = '', drive_asked_at = NULL WHERE drive_state <> ''")
			if err != nil {
				return err
			}
		}
		err := execAll(ctx, tx,
			query{"DELETE FROM setting WHERE key IN (SELECT value FROM json_each(?))", []any{string(keys)}},
			// Granted again, it looks at everyone.
			query{"DELETE FROM coverage_due WHERE service = ?", []any{of}},
			query{"INSERT INTO coverage_due (service, person_id) VALUES (?, ?)", []any{of, dueEveryone}},
			query{unneededPeople, nil}, query{unneededGroups, nil}, query{unneededSites, nil}, query{unneededSubsites, nil},
			query{"UPDATE organization SET option = '' WHERE NOT EXISTS (SELECT 1 FROM account WHERE " + grantedAccounts + ")", nil})
		if err != nil {
			return err
		}
		return s.notify(ctx, tx, n)
	})
}

// What no service covers nor synchronized. Who left the directory is seen by
// nobody any more: such rows stay while another service has any, since its list
// of the removed shows them and they may be restored.
const (
	unneededPeople = `DELETE FROM person WHERE NOT EXISTS (SELECT 1 FROM coverage WHERE person_id = person.id)
		AND NOT EXISTS (SELECT 1 FROM person_seen WHERE person_id = person.id)
		AND (removed = 0 OR NOT EXISTS (SELECT 1 FROM coverage))`
	unneededGroups = `DELETE FROM directory_group WHERE NOT EXISTS (SELECT 1 FROM group_seen WHERE group_id = directory_group.id)
		AND (removed = 0 OR NOT EXISTS (SELECT 1 FROM group_seen))`
	unneededSites = `DELETE FROM site WHERE parent_id = '' AND NOT EXISTS (SELECT 1 FROM site_coverage WHERE site_id = site.id)
		AND NOT EXISTS (SELECT 1 FROM site_seen WHERE site_id = site.id)
		AND (removed = 0 OR NOT EXISTS (SELECT 1 FROM site_coverage))`
	unneededSubsites = "DELETE FROM site WHERE parent_id <> '' AND NOT EXISTS (SELECT 1 FROM site x WHERE x.id = site.parent_id)"
)
