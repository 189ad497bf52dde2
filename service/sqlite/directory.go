package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"cloudappsecurity/service"
)

// Cursor implements service.DirectoryStore.
func (s *Store) Cursor(ctx context.Context, of service.Service, r service.Resource) (service.Cursor, error) {
	c, err := getCursor(ctx, s.r, of, r)
	return c.Cursor, s.logged(err)
}

// cursor is a service.Cursor and whether a full round is under way.
type cursor struct {
	service.Cursor
	whole bool
}

type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func getCursor(ctx context.Context, q queryer, of service.Service, r service.Resource) (cursor, error) {
	c := cursor{Cursor: service.Cursor{Service: of, Resource: r}, whole: true}
	var at sql.NullInt64
	err := q.QueryRowContext(ctx, "SELECT link, complete, whole, round, pages, at FROM cursor WHERE service = ? AND resource = ?", of, r).
		Scan(&c.Link, &c.Complete, &c.whole, &c.Round, &c.Pages, &at)
	c.At = instant(at)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return c, err
}

func setCursor(ctx context.Context, tx *sql.Tx, c cursor) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO cursor (service, resource, link, complete, whole, round, pages, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (service, resource) DO UPDATE SET link = excluded.link, complete = excluded.complete, whole = excluded.whole,
			round = excluded.round, pages = excluded.pages, at = excluded.at`,
		c.Service, c.Resource, c.Link, c.Complete, c.whole, c.Round, c.Pages, c.At.UnixMicro())
	return err
}

// RestartRound implements service.DirectoryStore.
func (s *Store) RestartRound(ctx context.Context, of service.Service, r service.Resource) (service.Cursor, error) {
	var c cursor
	err := s.write(ctx, false, func(tx *sql.Tx) (err error) {
		if c, err = getCursor(ctx, tx, of, r); err != nil {
			return err
		}
		c.Link, c.Complete, c.whole, c.Pages, c.At = "", false, true, 0, s.now()
		c.Round++
		return setCursor(ctx, tx, c)
	})
	c.At = time.UnixMicro(c.At.UnixMicro()).UTC()
	return c.Cursor, err
}

// page runs store in a transaction with the cursor as it stands after the page;
// begin before it if a full round begins with the page, and end after it if one
// ends.
func (s *Store) page(ctx context.Context, of service.Service, r service.Resource, next, delta string, now time.Time, begin, store, end func(*sql.Tx, cursor) error) error {
	if (next == "") == (delta == "") {
		return &service.Error{
			Code:    service.CodeInternal,
			Message: "Microsoft 365 sent a list that doesn't say how it goes on. Nothing was changed.",
			Help:    "Synchronize again.",
			Cause:   fmt.Errorf("sqlite: page of %s: next link %t, delta link %t", r, next != "", delta != ""),
		}
	}
	return s.write(ctx, false, func(tx *sql.Tx) error {
		c, err := getCursor(ctx, tx, of, r)
		if err != nil {
			return err
		}
		c.Round = max(c.Round, 1)
		if c.Complete {
			c.Pages = 0 // of the changes since
		}
		c.Pages++
		c.At = now
		c.Link, c.Complete = next+delta, delta != ""
		if c.whole && c.Pages == 1 {
			if err := begin(tx, c); err != nil {
				return err
			}
		}
		if err := store(tx, c); err != nil {
			return err
		}
		if c.Complete && c.whole {
			if err := end(tx, c); err != nil {
				return err
			}
			c.whole = false
		}
		return setCursor(ctx, tx, c)
	})
}

// ApplyUsers implements service.DirectoryStore.
func (s *Store) ApplyUsers(ctx context.Context, of service.Service, p service.UserPage, now time.Time) error {
	people := slices.Clone(p.People)
	for i := range people {
		people[i].SeenAt = now
		if of == service.OneDrive && people[i].DriveState == "" {
			people[i].DriveState = service.DriveUnknown // to be asked for
		}
	}
	people = slices.DeleteFunc(people, func(p service.Person) bool { return p.ID == "" })
	store := func(tx *sql.Tx, c cursor) error {
		if err := s.storePeople(ctx, tx, people, mergeDelta); err != nil {
			return err
		}
		list, err := ids(people, func(p service.Person) string { return p.ID })
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO person_seen (service, person_id, round) SELECT ?, value, ? FROM json_each(?) WHERE true
			ON CONFLICT DO UPDATE SET round = excluded.round WHERE round <> excluded.round`, of, c.Round, list)
		if err != nil {
			return err
		}
		if err := due(ctx, tx, of, c.whole, list); err != nil {
			return err
		}
		if len(p.Removed) == 0 {
			return nil
		}
		gone, err := ids(p.Removed, func(r service.Removal) string { return r.ID })
		if err != nil {
			return err
		}
		if err := due(ctx, tx, of, c.whole, gone); err != nil {
			return err
		}
		return execAll(ctx, tx,
			query{"UPDATE person SET removed = 1 WHERE removed = 0 AND id IN (SELECT value FROM json_each(?))", []any{gone}},
			query{"DELETE FROM person_seen WHERE service = ? AND person_id IN (SELECT value FROM json_each(?))", []any{of, gone}})
	}
	// A full round tells of everyone who was known when it began, whichever
	// service brought them: who isn't told of is gone. Whom another service
	// brings meanwhile, it may miss.
	begin := func(tx *sql.Tx, _ cursor) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO person_seen (service, person_id, round) SELECT ?, id, 0 FROM person WHERE removed = 0
			ON CONFLICT DO NOTHING`, of)
		return err
	}
	end := func(tx *sql.Tx, c cursor) error {
		return execAll(ctx, tx,
			query{"UPDATE person SET removed = 1 WHERE removed = 0 AND id IN (SELECT person_id FROM person_seen WHERE service = ? AND round < ?)", []any{of, c.Round}},
			query{"DELETE FROM person_seen WHERE service = ? AND round < ?", []any{of, c.Round}})
	}
	return s.page(ctx, of, service.ResourceUsers, p.Next, p.Delta, now, begin, store, end)
}

// ApplyGroups implements service.DirectoryStore.
func (s *Store) ApplyGroups(ctx context.Context, of service.Service, p service.GroupPage, now time.Time) error {
	store := func(tx *sql.Tx, c cursor) error {
		for _, g := range p.Groups {
			if g.ID == "" {
				continue
			}
			// A row without a name carries only what changed.
			err := execAll(ctx, tx,
				query{`INSERT INTO directory_group (id, display_name, hidden_members, removed) VALUES (?, ?, ?, 0)
					ON CONFLICT (id) DO UPDATE SET removed = 0,
						display_name = iif(excluded.display_name = '', display_name, excluded.display_name),
						hidden_members = iif(excluded.display_name = '', max(hidden_members, excluded.hidden_members), excluded.hidden_members)`,
					[]any{g.ID, g.DisplayName, g.HiddenMembers}},
				query{`INSERT INTO group_seen (service, group_id, round) VALUES (?, ?, ?)
					ON CONFLICT DO UPDATE SET round = excluded.round`, []any{of, g.ID, c.Round}})
			if err != nil {
				return err
			}
		}
		if err := storeMembers(ctx, tx, of, c.Round, p.Members); err != nil {
			return err
		}
		if len(p.Removed) == 0 {
			return nil
		}
		gone, err := ids(p.Removed, func(r service.Removal) string { return r.ID })
		if err != nil {
			return err
		}
		return execAll(ctx, tx,
			query{"UPDATE directory_group SET removed = 1 WHERE id IN (SELECT value FROM json_each(?))", []any{gone}},
			query{"DELETE FROM group_seen WHERE service = ? AND group_id IN (SELECT value FROM json_each(?))", []any{of, gone}},
			query{"DELETE FROM membership WHERE service = ? AND group_id IN (SELECT value FROM json_each(?))", []any{of, gone}})
	}
	// As with people: a full round tells of every group known when it began.
	begin := func(tx *sql.Tx, _ cursor) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO group_seen (service, group_id, round) SELECT ?, id, 0 FROM directory_group WHERE removed = 0
			ON CONFLICT DO NOTHING`, of)
		return err
	}
	end := func(tx *sql.Tx, c cursor) error {
		return execAll(ctx, tx,
			query{"UPDATE directory_group SET removed = 1 WHERE removed = 0 AND id IN (SELECT group_id FROM group_seen WHERE service = ? AND round < ?)", []any{of, c.Round}},
			query{"DELETE FROM group_seen WHERE service = ? AND round < ?", []any{of, c.Round}},
			query{"DELETE FROM membership WHERE service = ? AND round < ?", []any{of, c.Round}})
	}
	return s.page(ctx, of, service.ResourceGroups, p.Next, p.Delta, now, begin, store, end)
}

func storeMembers(ctx context.Context, tx *sql.Tx, of service.Service, round int64, members []service.Membership) error {
	add := batch{tx: tx, columns: 5, into: "INSERT INTO membership (service, group_id, member_id, is_group, round)",
		on: " ON CONFLICT DO UPDATE SET is_group = excluded.is_group, round = excluded.round"}
	defer add.close()
	for _, m := range members {
		var err error
		if m.Removed {
			// What came before it has to be there.
			if err = add.flush(ctx); err == nil {
				_, err = tx.ExecContext(ctx, "DELETE FROM membership WHERE service = ? AND group_id = ? AND member_id = ?", of, m.GroupID, m.MemberID)
			}
		} else {
			err = add.add(ctx, of, m.GroupID, m.MemberID, m.IsGroup, round)
		}
		if err != nil {
			return err
		}
	}
	return add.flush(ctx)
}

// GroupPeople gives the people of a group as s synchronized it, those of nested
// groups included, by name. Groups may contain one another.
func (s *Store) GroupPeople(ctx context.Context, of service.Service, groupID string) ([]service.Person, error) {
	rows, err := s.r.QueryContext(ctx, `WITH RECURSIVE nested (id) AS (
			VALUES (?2)
			UNION -- not ALL: a cycle ends where it began
			SELECT m.member_id FROM nested JOIN membership m ON m.service = ?1 AND m.group_id = nested.id AND m.is_group = 1
		)
		SELECT `+personColumns+` FROM person p WHERE p.removed = 0 AND p.id IN (
			SELECT m.member_id FROM nested JOIN membership m ON m.service = ?1 AND m.group_id = nested.id AND m.is_group = 0
		) ORDER BY p.position`, of, groupID)
	people, err := collect(rows, err, scanPerson)
	return people, s.logged(err)
}

// UnresolvedMailboxes implements service.DirectoryStore.
func (s *Store) UnresolvedMailboxes(ctx context.Context, after string, limit int) ([]service.Person, error) {
	if limit <= 0 {
		limit = defaultLimit
	}
	rows, err := s.r.QueryContext(ctx, "SELECT "+personColumns+` FROM person p
		WHERE p.mailbox = 'unknown' AND p.guest = 0 AND p.removed = 0 AND p.id > ? ORDER BY p.id LIMIT ?`, after, limit)
	people, err := collect(rows, err, scanPerson)
	return people, s.logged(err)
}

// SetMailbox implements service.DirectoryStore.
func (s *Store) SetMailbox(ctx context.Context, id string, m service.Mailbox) error {
	return s.write(ctx, false, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, "UPDATE person SET mailbox = ? WHERE id = ?", m, id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, service.NotFound("The user"))
		}
		return nil
	})
}

type query struct {
	text string
	args []any
}

func execAll(ctx context.Context, tx *sql.Tx, all ...query) error {
	for _, q := range all {
		if _, err := tx.ExecContext(ctx, q.text, q.args...); err != nil {
			return err
		}
	}
	return nil
}
