package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"cloudappsecurity/service"
)

// exclusions are the columns of a person that hold service.Exclude(of, person,
// false) and (of, person, true).
func exclusions(of service.Service) *strings.Replacer {
	if of == service.OneDrive {
		return strings.NewReplacer("{exclusion}", "drive_exclusion", "{chosen}", "drive_exclusion")
	}
	return strings.NewReplacer("{exclusion}", "exclusion", "{chosen}", "exclusion_chosen")
}

// CoverSelected implements service.DirectoryStore. People whom no service
// covers nor synchronized are forgotten.
func (s *Store) CoverSelected(ctx context.Context, of service.Service, sel []service.Selection, now time.Time) error {
	var people []service.Person
	chosen := make(map[string]bool, len(sel))
	var unique []service.Selection
	for _, t := range sel {
		if t.Person.ID == "" {
			return &service.Error{
				Code:    service.CodeInvalidTargets,
				Message: "A selected user is not known to Microsoft 365: " + t.Person.Name() + ". Nothing was changed.",
				Help:    "Select the user anew.",
			}
		}
		if chosen[t.Person.ID] {
			continue
		}
		chosen[t.Person.ID] = true
		unique = append(unique, t)
		p := t.Person
		if p.SeenAt.IsZero() {
			p.SeenAt = now
		}
		people = append(people, p)
	}
	if len(unique) > service.MaxSelected {
		return &service.Error{
			Code:    service.CodeTooManyTargets,
			Message: fmt.Sprintf("At most %d users can be selected; these are %d. Nothing was changed.", service.MaxSelected, len(unique)),
			Help:    "Select fewer users, or synchronize all users and groups.",
		}
	}
	return s.write(ctx, true, func(tx *sql.Tx) error {
		if err := s.storePeople(ctx, tx, people, mergeSelected); err != nil {
			return err
		}
		err := execAll(ctx, tx,
			query{"DELETE FROM coverage WHERE service = ?", []any{of}},
			query{"INSERT INTO coverage_due (service, person_id) VALUES (?, ?) ON CONFLICT DO NOTHING", []any{of, dueEveryone}})
		if err != nil {
			return err
		}
		for _, t := range unique {
			origin, group := service.OriginUser, ""
			if t.Origin == service.OriginGroup {
				origin, group = t.Origin, t.GroupID
			}
			_, err := tx.ExecContext(ctx, exclusions(of).Replace(`INSERT INTO coverage (service, person_id, origin, group_id, chosen, reason, covered_at)
				SELECT ?, id, ?, ?, 1, {chosen}, ? FROM person WHERE id = ?`), of, origin, group, now.UnixMicro(), t.Person.ID)
			if err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM person WHERE NOT EXISTS (SELECT 1 FROM coverage WHERE person_id = person.id)
			AND NOT EXISTS (SELECT 1 FROM person_seen WHERE person_id = person.id)`)
		return err
	})
}

// targetColumns are those of a service.Target; c is the coverage, if any.
const targetColumns = personColumns + `, coalesce(c.origin, ''), coalesce(c.group_id, ''), coalesce(c.chosen, 0),
	coalesce(c.reason, nullif(p.{exclusion}, ''), 'not_selected')`

func scanTarget(rows *sql.Rows) (t service.Target, err error) {
	var seen sql.NullInt64
	var chosen bool
	err = rows.Scan(append(personFields(&t.Person, &seen), &t.Origin, &t.GroupID, &chosen, &t.Reason)...)
	t.SeenAt = instant(seen)
	t.Protected = t.Reason == service.ExclusionNone
	if !t.Protected && !chosen {
		t.Origin = "" // everyone is meant, this one isn't covered
	}
	return t, err
}

// find is the query of the positions of everyone whom q selects.
func find(of service.Service, q service.TargetQuery) (text string, args []any) {
	look := parseSearch(q.Search)
	text = "SELECT p.position AS position FROM person p"
	var where []string
	if look.match != "" {
		// The search gives positions in ascending order; CROSS keeps it first.
		text = "SELECT person_search.rowid AS position FROM person_search"
		if q.Protected != nil || len(look.addresses) > 0 || q.Filter != "" || q.Origin != "" {
			text += " CROSS JOIN person p ON p.position = person_search.rowid"
		}
		where = append(where, "person_search MATCH ?")
	}
	if q.Protected != nil || asksCoverage(q) {
		text += " LEFT JOIN coverage c ON c.service = ? AND c.person_id = p.id"
		args = append(args, of)
	}
	if look.match != "" {
		args = append(args, look.match)
	}
	for _, a := range look.addresses {
		where = append(where, `p.position IN (SELECT position FROM person WHERE upn_key >= ? AND upn_key < ?
			UNION SELECT position FROM person WHERE mail_key >= ? AND mail_key < ? AND mail_key <> upn_key)`)
		args = append(args, a, after(a), a, after(a))
	}
	if q.Protected != nil {
		// Not "c.reason = ''": SQLite would begin with the coverage, and sort.
		where = append(where, "coalesce(c.reason, '-') "+map[bool]string{true: "=", false: "<>"}[*q.Protected]+" ''")
	}
	narrowed, values := narrow(of, q)
	where, args = append(where, narrowed...), append(args, values...)
	if look.nothing {
		where = append(where, "false")
	}
	if len(where) > 0 {
		text += " WHERE " + strings.Join(where, " AND ")
	}
	return text, args
}

// Targets implements service.DirectoryStore.
func (s *Store) Targets(ctx context.Context, of service.Service, q service.TargetQuery) ([]service.Target, error) {
	text, args := find(of, q)
	order := "p.position"
	if strings.Contains(text, "MATCH") {
		order = "person_search.rowid"
	}
	limit := q.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	args = append(args, limit, max(q.Offset, 0), of)
	//nolint:gosec // find and order put it together from constants; whatever was typed is among args
	rows, err := s.r.QueryContext(ctx, "SELECT "+exclusions(of).Replace(targetColumns)+" FROM ("+text+" ORDER BY "+order+` LIMIT ? OFFSET ?) f
		CROSS JOIN person p ON p.position = f.position LEFT JOIN coverage c ON c.service = ? AND c.person_id = p.id
		ORDER BY f.position`, args...)
	ts, err := collect(rows, err, scanTarget)
	return ts, s.logged(err)
}

// CountTargets implements service.DirectoryStore.
func (s *Store) CountTargets(ctx context.Context, of service.Service, q service.TargetQuery) (int, error) {
	count := func(text string, args ...any) (n int, err error) {
		err = s.r.QueryRowContext(ctx, text, args...).Scan(&n)
		return n, s.logged(err)
	}
	switch {
	case strings.TrimSpace(q.Search) == "" && q.Protected == nil && (q.Filter == "") != (q.Origin == ""):
		text, args := countNarrowed(of, q)
		return count(text, args...)
	case strings.TrimSpace(q.Search) != "" || q.Filter != "" || q.Origin != "":
		text, args := find(of, q)
		return count("SELECT count(*) FROM ("+text+")", args...)
	case q.Protected == nil:
		return count("SELECT count(*) FROM person")
	case *q.Protected:
		return count("SELECT count(*) FROM coverage WHERE service = ? AND reason = ''", of)
	default:
		return count("SELECT (SELECT count(*) FROM person) - (SELECT count(*) FROM coverage WHERE service = ? AND reason = '')", of)
	}
}

// TargetCounts implements service.DirectoryStore.
func (s *Store) TargetCounts(ctx context.Context, of service.Service) (service.TargetCounts, error) {
	c, err := s.targetCounts(ctx, of)
	return c, s.logged(err)
}

func (s *Store) targetCounts(ctx context.Context, of service.Service) (c service.TargetCounts, err error) {
	// One transaction, so that the numbers are of one moment.
	tx, err := s.r.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, ignoreDone(tx.Rollback())) }()
	if of.CoversSites() {
		c, err = siteCounts(ctx, tx, of)
		return c, err
	}
	rows, err := tx.QueryContext(ctx, exclusions(of).Replace("SELECT {exclusion}, count(*) FROM person GROUP BY {exclusion}"))
	_, err = collect(rows, err, func(rows *sql.Rows) (struct{}, error) {
		var why service.Exclusion
		var n int
		err := rows.Scan(&why, &n)
		switch why {
		case service.ExclusionGuest:
			c.Guests = n
		case service.ExclusionNoMailbox:
			c.NoMailbox = n
		case service.ExclusionRoom, service.ExclusionEquipment:
			c.Resources += n
		case service.ExclusionNoDrive:
			c.NoDrive = n
		case service.ExclusionUnknown, service.ExclusionUnknownDrive:
			c.Unknown = n
		}
		if why != service.ExclusionRemoved {
			c.People += n
		}
		return struct{}{}, err
	})
	if err != nil {
		return c, err
	}
	var chosen int
	err = tx.QueryRowContext(ctx, `SELECT
			(SELECT count(*) FROM coverage WHERE service = ?1 AND reason = ''),
			(SELECT count(*) FROM directory_group WHERE removed = 0),
			(SELECT count(*) FROM coverage c JOIN person p ON p.id = c.person_id
				WHERE c.service = ?1 AND c.chosen = 1 AND c.reason = '' AND p.`+exclusions(of).Replace("{exclusion}")+` IN ('room', 'equipment'))`, of).
		Scan(&c.Protected, &c.Groups, &chosen)
	c.Resources -= chosen
	return c, err
}

// FirstProtected implements service.DirectoryStore.
func (s *Store) FirstProtected(ctx context.Context, of service.Service, after string) (service.Target, error) {
	rows, err := s.r.QueryContext(ctx, exclusions(of).Replace("SELECT "+targetColumns+` FROM coverage c CROSS JOIN person p ON p.id = c.person_id
		WHERE c.service = ? AND c.reason = '' AND c.person_id > ? ORDER BY c.person_id LIMIT 1`), of, after)
	ts, err := collect(rows, err, scanTarget)
	if err == nil && len(ts) == 0 {
		err = service.NotFound("A protected user")
	}
	if err != nil {
		return service.Target{}, s.logged(err)
	}
	return ts[0], nil
}
