package sqlite

import (
	"context"
	"database/sql"
	"time"

	"cloudappsecurity/service"
)

// dueEveryone stands for everyone in coverage_due.
const dueEveryone = ""

// CoverAll implements service.DirectoryStore. Rooms and equipment that were
// chosen before stay chosen, also while they are deleted: one that is restored
// comes back as it was.
func (s *Store) CoverAll(ctx context.Context, of service.Service, now time.Time) error {
	return s.write(ctx, false, func(tx *sql.Tx) error {
		_, err := coverEveryone(ctx, tx, of, now)
		return err
	})
}

// Cover implements service.DirectoryStore. What follows from a mailbox or drive
// that became known, triggers do.
func (s *Store) Cover(ctx context.Context, of service.Service, now time.Time) (changed bool, err error) {
	err = s.write(ctx, false, func(tx *sql.Tx) error {
		var everyone bool
		err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM coverage_due WHERE service = ? AND person_id = ?)", of, dueEveryone).Scan(&everyone)
		if err != nil {
			return err
		}
		cover := coverDue
		if everyone {
			cover = coverEveryone
		}
		changed, err = cover(ctx, tx, of, now)
		return err
	})
	return changed, err
}

// notChosen makes one of everyone of whoever was chosen and would be there
// without it. Of a mailbox that Exchange wasn't asked about yet nobody knows
// whether it is a room: it stays chosen, or a room would be lost that somebody
// chose.
const notChosen = `UPDATE coverage SET origin = 'everyone', group_id = '', chosen = 0 WHERE service = ?1 AND chosen = 1
	AND person_id IN (SELECT id FROM person WHERE mailbox NOT IN ('room', 'equipment', 'unknown'))`

// coverEveryone looks at everyone.
func coverEveryone(ctx context.Context, tx *sql.Tx, of service.Service, now time.Time) (changed bool, err error) {
	in := exclusions(of)
	// What is right already stays as it is, with its time.
	changed, err = changing(ctx, tx,
		query{notChosen, []any{of}},
		query{`DELETE FROM coverage WHERE service = ?1 AND chosen = 0 AND person_id IN (SELECT id FROM person WHERE exclusion = 'removed')`, []any{of}},
		query{in.Replace(`INSERT INTO coverage (service, person_id, origin, group_id, chosen, reason, covered_at)
			SELECT ?1, p.id, 'everyone', '', 0, p.{exclusion}, ?2 FROM person p
			WHERE p.removed = 0 AND NOT EXISTS (SELECT 1 FROM coverage c WHERE c.service = ?1 AND c.person_id = p.id)
			ORDER BY p.id`), []any{of, now.UnixMicro()}},
		query{in.Replace(`UPDATE coverage SET reason = iif(chosen, p.{chosen}, p.{exclusion}) FROM person p
			WHERE coverage.service = ?1 AND p.id = coverage.person_id AND coverage.reason <> iif(chosen, p.{chosen}, p.{exclusion})`), []any{of}})
	if err != nil {
		return false, err
	}
	return changed, execAll(ctx, tx, query{"DELETE FROM coverage_due WHERE service = ?", []any{of}})
}

// coverDue does the same for those alone who are due, so that a day's work grows
// with what changed and not with the organization.
func coverDue(ctx context.Context, tx *sql.Tx, of service.Service, now time.Time) (changed bool, err error) {
	in := exclusions(of)
	changed, err = changing(ctx, tx,
		query{notChosen, []any{of}},
		query{`DELETE FROM coverage WHERE service = ?1 AND chosen = 0 AND person_id IN (
			SELECT p.id FROM coverage_due d CROSS JOIN person p ON p.id = d.person_id WHERE d.service = ?1 AND p.removed = 1)`, []any{of}},
		query{in.Replace(`INSERT INTO coverage (service, person_id, origin, group_id, chosen, reason, covered_at)
			SELECT ?1, p.id, 'everyone', '', 0, p.{exclusion}, ?2 FROM coverage_due d CROSS JOIN person p ON p.id = d.person_id
			WHERE d.service = ?1 AND p.removed = 0 AND NOT EXISTS (SELECT 1 FROM coverage c WHERE c.service = ?1 AND c.person_id = p.id)`),
			[]any{of, now.UnixMicro()}})
	if err != nil {
		return false, err
	}
	return changed, execAll(ctx, tx, query{"DELETE FROM coverage_due WHERE service = ?", []any{of}})
}

// changing runs all and says whether a row was changed.
func changing(ctx context.Context, tx *sql.Tx, all ...query) (changed bool, err error) {
	for _, q := range all {
		result, err := tx.ExecContext(ctx, q.text, q.args...)
		if err != nil {
			return false, err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return false, err
		}
		changed = changed || n > 0
	}
	return changed, nil
}

// due notes whose coverage a page of people changes: of every service that
// synchronizes people, since the rows are shared. A full round concerns
// everyone: it also ends with those whom it doesn't tell of.
func due(ctx context.Context, tx *sql.Tx, of service.Service, whole bool, people string) error {
	text := `INSERT INTO coverage_due (service, person_id) SELECT s.service, j.value FROM json_each(?2) j
		CROSS JOIN (SELECT ?1 AS service UNION SELECT service FROM cursor WHERE resource = 'users') s WHERE true ON CONFLICT DO NOTHING`
	if whole {
		people = `["` + dueEveryone + `"]`
	}
	return execAll(ctx, tx, query{text, []any{of, people}})
}
