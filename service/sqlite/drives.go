package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"cloudappsecurity/service"
)

// UnresolvedDrives implements service.SiteStore.
func (s *Store) UnresolvedDrives(ctx context.Context, after string, limit int) ([]service.Person, error) {
	if limit <= 0 {
		limit = defaultLimit
	}
	rows, err := s.r.QueryContext(ctx, "SELECT "+personColumns+` FROM person p
		WHERE p.drive_state = 'unknown' AND p.guest = 0 AND p.removed = 0 AND p.id > ? ORDER BY p.id LIMIT ?`, after, limit)
	people, err := collect(rows, err, scanPerson)
	return people, s.logged(err)
}

// MissingDrives implements service.SiteStore. A run that was cut finds here what
// it had left, and a second one of the same day nobody.
func (s *Store) MissingDrives(ctx context.Context, since time.Time) ([]service.Person, error) {
	rows, err := s.r.QueryContext(ctx, "SELECT "+personColumns+` FROM person p
		WHERE p.drive_state = 'none' AND p.guest = 0 AND p.removed = 0 AND p.drive_asked_at < ?1
		ORDER BY p.drive_asked_at, p.id
		LIMIT (SELECT max(0, (count(*) + 6) / 7 - count(*) FILTER (WHERE drive_asked_at >= ?1))
			FROM person WHERE drive_state = 'none' AND guest = 0 AND removed = 0)`, since.UnixMicro())
	people, err := collect(rows, err, scanPerson)
	return people, s.logged(err)
}

// SetDrive implements service.SiteStore.
func (s *Store) SetDrive(ctx context.Context, userID string, state service.DriveState, d service.Drive, now time.Time) error {
	if state != service.DrivePresent {
		d = service.Drive{}
	}
	return s.write(ctx, false, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, "UPDATE person SET drive_state = ?, drive_id = ?, drive_url = ?, drive_asked_at = ? WHERE id = ?",
			state, d.ID, d.URL, now.UnixMicro(), userID)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, service.NotFound("The user"))
		}
		return nil
	})
}

// DriveOf implements service.SiteStore.
func (s *Store) DriveOf(ctx context.Context, userID string) (service.Drive, error) {
	var d service.Drive
	err := s.r.QueryRowContext(ctx, "SELECT drive_id, drive_url FROM person WHERE id = ? AND drive_state = 'present'", userID).Scan(&d.ID, &d.URL)
	if errors.Is(err, sql.ErrNoRows) {
		return d, &service.Error{Code: service.CodeNoDrive, Message: "No OneDrive of this person is known.",
			Help: "It is looked for again when OneDrive is synchronized."}
	}
	return d, s.logged(err)
}
