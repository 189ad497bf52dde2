package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"cloudappsecurity/service"
)

var (
	_ service.DailyStore     = (*Store)(nil)
	_ service.ExtensionStore = (*Store)(nil)
)

// Daily implements service.DailyStore.
func (s *Store) Daily(ctx context.Context, of service.Service) (service.DailyState, error) {
	d := service.DailyState{Service: of}
	var attempt, success, retry sql.NullInt64
	err := s.r.QueryRowContext(ctx, "SELECT attempt_at, success_at, retry_at, failures, problem FROM daily_sync WHERE service = ?", of).
		Scan(&attempt, &success, &retry, &d.Failures, &d.Problem)
	if errors.Is(err, sql.ErrNoRows) {
		return d, nil
	}
	if err != nil {
		return d, s.logged(err)
	}
	d.AttemptAt, d.SuccessAt, d.RetryAt = instant(attempt), instant(success), instant(retry)
	rows, err := s.r.QueryContext(ctx, "SELECT day FROM daily_sync_day WHERE service = ? ORDER BY day", of)
	d.Days, err = collect(rows, err, func(rows *sql.Rows) (day service.Day, err error) { return day, rows.Scan(&day) })
	return d, s.logged(err)
}

// SaveDaily implements service.DailyStore.
func (s *Store) SaveDaily(ctx context.Context, d service.DailyState, n ...service.Notification) error {
	days, err := ids(d.Days, func(day service.Day) string { return string(day) })
	if err != nil {
		return err
	}
	return s.write(ctx, true, func(tx *sql.Tx) error {
		err := execAll(ctx, tx,
			query{`INSERT INTO daily_sync (service, attempt_at, success_at, retry_at, failures, problem) VALUES (?, ?, ?, ?, ?, ?)
				ON CONFLICT (service) DO UPDATE SET attempt_at = excluded.attempt_at, success_at = excluded.success_at,
					retry_at = excluded.retry_at, failures = excluded.failures, problem = excluded.problem`,
				[]any{d.Service, micros(d.AttemptAt), micros(d.SuccessAt), micros(d.RetryAt), d.Failures, d.Problem}},
			query{"DELETE FROM daily_sync_day WHERE service = ?1 AND day NOT IN (SELECT value FROM json_each(?2))", []any{d.Service, days}},
			query{"INSERT INTO daily_sync_day (service, day) SELECT ?1, value FROM json_each(?2) WHERE true ON CONFLICT DO NOTHING", []any{d.Service, days}})
		if err != nil {
			return err
		}
		return s.notify(ctx, tx, n)
	})
}

// BeginExtending implements service.ExtensionStore.
func (s *Store) BeginExtending(ctx context.Context) (service.Option, error) {
	var now service.Option
	err := s.write(ctx, true, func(tx *sql.Tx) error {
		o, err := scanOrganization(tx.QueryRowContext(ctx, getOrganization))
		if now = o.Option; err != nil || o.Option != service.OptionSelected {
			return err
		}
		now = service.OptionExtending
		return execAll(ctx, tx,
			query{"UPDATE organization SET option = ?", []any{now}},
			query{"DELETE FROM extended", nil})
	})
	return now, err
}

// grantedAccounts is the condition of an account's row that it is granted, as
// service.Account.Granted says.
const grantedAccounts = "state IN ('consented', 'synchronizing', 'granted')"

// Extended implements service.ExtensionStore. A service whose targets were never
// chosen has nothing to extend: it takes everyone when they are.
func (s *Store) Extended(ctx context.Context, done ...service.Service) (service.Option, error) {
	var now service.Option
	err := s.write(ctx, true, func(tx *sql.Tx) error {
		o, err := scanOrganization(tx.QueryRowContext(ctx, getOrganization))
		if now = o.Option; err != nil || o.Option != service.OptionExtending {
			return err
		}
		for _, d := range done {
			if _, err := tx.ExecContext(ctx, "INSERT INTO extended (service) VALUES (?) ON CONFLICT DO NOTHING", d); err != nil {
				return err
			}
		}
		var left int
		err = tx.QueryRowContext(ctx, `SELECT count(*) FROM account WHERE `+grantedAccounts+` AND state <> 'consented'
			AND service NOT IN (SELECT service FROM extended)`).Scan(&left)
		if err != nil || left > 0 {
			return err
		}
		now = service.OptionAll
		return execAll(ctx, tx,
			query{"UPDATE organization SET option = ?", []any{now}},
			query{"DELETE FROM extended", nil})
	})
	return now, err
}

// Extensions implements service.ExtensionStore.
func (s *Store) Extensions(ctx context.Context) ([]service.Extension, error) {
	rows, err := s.r.QueryContext(ctx, `SELECT service, service IN (SELECT service FROM extended) FROM account
		WHERE `+grantedAccounts+` AND EXISTS (SELECT 1 FROM organization WHERE option = ?)
		ORDER BY CASE service WHEN 'exchange' THEN 1 WHEN 'sharepoint' THEN 2 ELSE 3 END`, service.OptionExtending)
	list, err := collect(rows, err, func(rows *sql.Rows) (e service.Extension, err error) { return e, rows.Scan(&e.Service, &e.Done) })
	return list, s.logged(err)
}

// KeepNotification implements service.ExtensionStore. It writes only where
// something changes.
func (s *Store) KeepNotification(ctx context.Context, n service.Notification, wanted bool) (changed bool, err error) {
	var there bool
	err = s.r.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM notification WHERE key = ?)", n.Key).Scan(&there)
	if err != nil || there == wanted {
		return false, s.logged(err)
	}
	err = s.write(ctx, true, func(tx *sql.Tx) error {
		if wanted {
			return s.notify(ctx, tx, []service.Notification{n})
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM notification WHERE key = ?", n.Key)
		return err
	})
	return err == nil, err
}
