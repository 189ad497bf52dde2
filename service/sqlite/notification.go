package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"

	"cloudappsecurity/service"
)

// defaultLimit is how many rows a page has where none is given.
const defaultLimit = 100

// Notifications implements service.NotificationStore.
func (s *Store) Notifications(ctx context.Context, offset, limit int) ([]service.Notification, error) {
	if limit <= 0 {
		limit = defaultLimit
	}
	rows, err := s.r.QueryContext(ctx, `SELECT id, time, severity, service, text, detail, read, coalesce(key, '')
		FROM notification ORDER BY time DESC, id DESC LIMIT ? OFFSET ?`, limit, max(offset, 0))
	ns, err := collect(rows, err, func(rows *sql.Rows) (n service.Notification, err error) {
		var at sql.NullInt64
		err = rows.Scan(&n.ID, &at, &n.Severity, &n.Service, &n.Text, &n.Detail, &n.Read, &n.Key)
		n.Time = instant(at)
		return n, err
	})
	return ns, s.logged(err)
}

// Unread implements service.NotificationStore.
func (s *Store) Unread(ctx context.Context) (int, error) {
	var n int
	err := s.r.QueryRowContext(ctx, "SELECT count(*) FROM notification WHERE read = 0").Scan(&n)
	return n, s.logged(err)
}

// MarkRead implements service.NotificationStore.
func (s *Store) MarkRead(ctx context.Context, ids ...int64) error {
	return s.write(ctx, false, func(tx *sql.Tx) error {
		if len(ids) == 0 {
			_, err := tx.ExecContext(ctx, "UPDATE notification SET read = 1 WHERE read = 0")
			return err
		}
		list, err := json.Marshal(ids)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE notification SET read = 1 WHERE read = 0 AND id IN (SELECT value FROM json_each(?))", string(list))
		return err
	})
}

// Notify implements service.NotificationStore.
func (s *Store) Notify(ctx context.Context, n ...service.Notification) error {
	return s.write(ctx, false, func(tx *sql.Tx) error { return s.notify(ctx, tx, n) })
}

func (s *Store) notify(ctx context.Context, tx *sql.Tx, ns []service.Notification) error {
	for _, n := range ns {
		if n.Time.IsZero() {
			n.Time = s.now()
		}
		if n.Severity == "" {
			n.Severity = service.SeverityInfo
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO notification (time, severity, service, text, detail, read, key) VALUES (?, ?, ?, ?, ?, ?, nullif(?, ''))
			ON CONFLICT (key) DO NOTHING`, n.Time.UnixMicro(), n.Severity, n.Service, n.Text, n.Detail, n.Read, n.Key)
		if err != nil {
			return err
		}
	}
	return nil
}

// collect reads all rows of a query.
func collect[T any](rows *sql.Rows, err error, scan func(*sql.Rows) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}
