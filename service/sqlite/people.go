package sqlite

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"cloudappsecurity/service"
)

// mergeDelta is a person after a delta brought in. Such a row may carry only
// what changed: one without a user principal name is partial, and adds to what
// is known. Being brought at all means being there.
func mergeDelta(old, in service.Person) service.Person {
	p := in
	p.Removed = false
	partial := in.UserPrincipalName == ""
	if partial {
		p.UserPrincipalName = old.UserPrincipalName
		p.DisplayName = cmp.Or(in.DisplayName, old.DisplayName)
		p.Mail = cmp.Or(in.Mail, old.Mail)
		p.Enabled = in.Enabled || old.Enabled
		p.Guest = in.Guest || old.Guest
		p.ExchangePlan = in.ExchangePlan || old.ExchangePlan
		p.DrivePlan = in.DrivePlan || old.DrivePlan
	}
	p.DriveState, p.Drive = mergeDrive(old, in, p.DrivePlan && !old.DrivePlan)
	lostPlan := old.ExchangePlan && !p.ExchangePlan
	switch kind := cmp.Or(in.Mailbox, service.MailboxUnknown); {
	case kind == service.MailboxUnknown && lostPlan:
		p.Mailbox = service.MailboxUnknown // asked anew
	case kind == service.MailboxUnknown:
		p.Mailbox = old.Mailbox
	case kind == service.MailboxUser && asked(old.Mailbox):
		p.Mailbox = old.Mailbox // a shared mailbox or a room with a plan
	default:
		p.Mailbox = kind
	}
	return p
}

// mergeDrive is the drive after in was brought. Who had none and got a plan is
// asked about anew.
func mergeDrive(old, in service.Person, licensed bool) (service.DriveState, service.Drive) {
	switch {
	case in.DriveState == service.DrivePresent || in.DriveState == service.DriveNone:
		return in.DriveState, in.Drive
	case old.DriveState == service.DriveNone && licensed:
		return service.DriveUnknown, service.Drive{}
	default:
		return cmp.Or(old.DriveState, in.DriveState), old.Drive
	}
}

// asked says whether Exchange told a kind which a plan can't tell.
func asked(m service.Mailbox) bool {
	return m == service.MailboxShared || m == service.MailboxRoom || m == service.MailboxEquipment
}

// mergeSelected is a person after being selected as in: it has been read from
// Microsoft 365 a moment ago, or from this store.
func mergeSelected(old, in service.Person) service.Person {
	p := mergeDelta(old, in)
	p.Removed = in.Removed
	if in.Mailbox != "" && in.Mailbox != service.MailboxUnknown {
		p.Mailbox = in.Mailbox
	}
	return p
}

// row is a person on the way into the store.
type row struct {
	service.Person
	position int64
	key      []byte
	old      *service.Person // nil: a new one
	moved    bool
}

const personColumns = `p.id, p.upn, p.display_name, p.mail, p.enabled, p.guest, p.exchange_plan, p.mailbox, p.removed, p.seen_at,
	p.drive_plan, p.drive_state, p.drive_id, p.drive_url`

func personFields(p *service.Person, seen *sql.NullInt64) []any {
	return []any{&p.ID, &p.UserPrincipalName, &p.DisplayName, &p.Mail, &p.Enabled, &p.Guest, &p.ExchangePlan, &p.Mailbox, &p.Removed, seen,
		&p.DrivePlan, &p.DriveState, &p.Drive.ID, &p.Drive.URL}
}

func scanPerson(rows *sql.Rows) (p service.Person, err error) {
	var seen sql.NullInt64
	err = rows.Scan(personFields(&p, &seen)...)
	p.SeenAt = instant(seen)
	return p, err
}

// storePeople merges people into the store. Their SeenAt is the caller's.
func (s *Store) storePeople(ctx context.Context, tx *sql.Tx, people []service.Person, merge func(old, in service.Person) service.Person) error {
	list, err := ids(people, func(p service.Person) string { return p.ID })
	if err != nil {
		return err
	}
	known := make(map[string]*row, len(people))
	rows, err := tx.QueryContext(ctx, "SELECT p.position, "+personColumns+" FROM person p WHERE p.id IN (SELECT value FROM json_each(?))", list)
	_, err = collect(rows, err, func(rows *sql.Rows) (struct{}, error) {
		var r row
		var seen sql.NullInt64
		err := rows.Scan(append([]any{&r.position}, personFields(&r.Person, &seen)...)...)
		r.SeenAt = instant(seen)
		old := r.Person
		r.old = &old
		known[r.ID] = &r
		return struct{}{}, err
	})
	if err != nil {
		return err
	}
	// A page may bring a person twice.
	var all []*row
	taken := make(map[string]bool, len(people))
	for _, in := range people {
		r := known[in.ID]
		if r == nil {
			r = &row{Person: service.Person{ID: in.ID, Mailbox: service.MailboxUnknown}}
			known[in.ID] = r
		}
		r.Person = merge(r.Person, in)
		if !taken[in.ID] {
			taken[in.ID] = true
			all = append(all, r)
		}
	}
	var moved []*row
	for _, r := range all {
		if r.old == nil || r.Name() != r.old.Name() {
			r.moved = true
			r.key = s.names.key(r.Name())
			moved = append(moved, r)
		}
	}
	if err := place(ctx, tx, moved); err != nil {
		return err
	}
	// In order of the primary key, which the search's index wants too.
	slices.SortFunc(all, func(a, b *row) int { return cmp.Compare(a.position, b.position) })
	return writePeople(ctx, tx, all)
}

func writePeople(ctx context.Context, tx *sql.Tx, all []*row) error {
	insert := batch{tx: tx, columns: 20, into: `INSERT INTO person (position, sort_key, words, upn_key, mail_key,
			id, upn, display_name, mail, enabled, guest, exchange_plan, mailbox, removed, seen_at,
			drive_plan, drive_state, drive_id, drive_url, drive_asked_at)`}
	defer insert.close()
	seen := make(map[sql.NullInt64][]string) // who stayed as they were, by when they were seen
	for _, r := range all {
		p := r.Person
		var err error
		switch {
		case r.old == nil:
			err = insert.add(ctx, r.position, r.key, words(p), fold(p.UserPrincipalName), fold(p.Mail),
				p.ID, p.UserPrincipalName, p.DisplayName, p.Mail, p.Enabled, p.Guest, p.ExchangePlan, p.Mailbox, p.Removed, micros(p.SeenAt),
				p.DrivePlan, p.DriveState, p.Drive.ID, p.Drive.URL, askedAt(p))
		case same(*r.old, p):
			seen[micros(p.SeenAt)] = append(seen[micros(p.SeenAt)], p.ID)
		default:
			_, err = tx.ExecContext(ctx, `UPDATE person SET words = ?, upn_key = ?, mail_key = ?,
					upn = ?, display_name = ?, mail = ?, enabled = ?, guest = ?, exchange_plan = ?, mailbox = ?, removed = ?, seen_at = ?,
					drive_plan = ?, drive_state = ?, drive_id = ?, drive_url = ?, drive_asked_at = iif(drive_state = ?14, drive_asked_at, ?17)
				WHERE id = ?18`, words(p), fold(p.UserPrincipalName), fold(p.Mail),
				p.UserPrincipalName, p.DisplayName, p.Mail, p.Enabled, p.Guest, p.ExchangePlan, p.Mailbox, p.Removed, micros(p.SeenAt),
				p.DrivePlan, p.DriveState, p.Drive.ID, p.Drive.URL, askedAt(p), p.ID)
			if err == nil && r.moved {
				_, err = tx.ExecContext(ctx, "UPDATE person SET position = ?, sort_key = ? WHERE id = ?", r.position, r.key, p.ID)
			}
		}
		if err != nil {
			return err
		}
	}
	for at, people := range seen {
		list, err := ids(people, func(id string) string { return id })
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE person SET seen_at = ? WHERE id IN (SELECT value FROM json_each(?))", at, list); err != nil {
			return err
		}
	}
	return insert.flush(ctx)
}

// askedAt is when the drive of somebody who is stored was asked for.
func askedAt(p service.Person) sql.NullInt64 {
	if p.DriveState == service.DrivePresent || p.DriveState == service.DriveNone {
		return micros(p.SeenAt)
	}
	return sql.NullInt64{}
}

// same compares but for SeenAt.
func same(a, b service.Person) bool {
	a.SeenAt, b.SeenAt = time.Time{}, time.Time{}
	return a == b
}

// Positions leave room on both sides of the first person, and between
// neighbours who came one after the other.
const (
	firstPosition = int64(1) << 61
	lastPosition  = int64(1) << 62 // exclusive
	positionStep  = int64(1) << 44
)

// place gives rows their positions by name. Rows which come between the same
// two neighbours share the gap evenly; where it is too narrow its surroundings
// are spread first.
func place(ctx context.Context, tx *sql.Tx, rows []*row) error {
	slices.SortFunc(rows, func(a, b *row) int {
		return cmp.Or(bytes.Compare(a.key, b.key), cmp.Compare(a.ID, b.ID))
	})
	next, err := tx.PrepareContext(ctx, "SELECT position FROM person WHERE (sort_key, id) > (?, ?) ORDER BY sort_key, id LIMIT 1")
	if err != nil {
		return err
	}
	defer next.Close()
	before, err := tx.PrepareContext(ctx, "SELECT coalesce(max(position), 0) FROM person WHERE position < ?")
	if err != nil {
		return err
	}
	defer before.Close()
	for left := rows; len(left) > 0; {
		lo, hi, n, err := gap(ctx, next, before, left)
		if err != nil {
			return err
		}
		if hi-lo <= int64(n) {
			if err := spread(ctx, tx, lo, hi, int64(n)); err != nil {
				return err
			}
			left = rows // what was placed may have been beside what moved
			continue
		}
		share(left[:n], lo, hi)
		left = left[n:]
	}
	return nil
}

// gap gives the positions of the neighbours between which the first of rows
// comes, and how many of rows, which are sorted, come between the same two.
func gap(ctx context.Context, next, before *sql.Stmt, rows []*row) (lo, hi int64, n int, err error) {
	for ; n < len(rows); n++ {
		var after int64
		err = next.QueryRowContext(ctx, rows[n].key, rows[n].ID).Scan(&after)
		if errors.Is(err, sql.ErrNoRows) {
			after, err = lastPosition, nil
		}
		if err != nil {
			return 0, 0, 0, err
		}
		if n == 0 {
			hi = after
		} else if after != hi {
			break
		}
	}
	err = before.QueryRowContext(ctx, hi).Scan(&lo)
	return lo, hi, n, err
}

// share gives rows even distances between lo and hi.
func share(rows []*row, lo, hi int64) {
	n := int64(len(rows))
	// Nearer to the row before: names that come in order (numbered rooms,
	// an alphabetical list) all go into the rest of the gap. Not much nearer, or
	// names in no order fill the narrow side: 100,000 of them at one fifteenth
	// spread 20,000 rows, at a quarter none.
	step := max((hi-lo)/(n+3), 1)
	start := lo
	switch {
	case lo == 0 && hi == lastPosition:
		start, step = firstPosition, min(step, positionStep)
		start -= step
	case hi == lastPosition:
		step = min(step, positionStep)
	case lo == 0 && step > positionStep:
		step = positionStep
		start = hi - step*(n+1)
	}
	for i, r := range rows {
		r.position = start + step*int64(i+1)
	}
}

// spread makes room for n rows between lo and hi: the rows around are put at
// even distances, as many of them as it takes.
func spread(ctx context.Context, tx *sql.Tx, lo, hi, n int64) error {
	for around := int64(64); ; around *= 8 {
		rows, err := tx.QueryContext(ctx, `SELECT position FROM (SELECT position FROM person WHERE position <= ? ORDER BY position DESC LIMIT ?)
			UNION SELECT position FROM (SELECT position FROM person WHERE position >= ? ORDER BY position LIMIT ?) ORDER BY position`,
			lo, around, hi, around)
		at, err := collect(rows, err, func(rows *sql.Rows) (p int64, err error) { return p, rows.Scan(&p) })
		if err != nil {
			return err
		}
		if len(at) == 0 {
			return errors.New("sqlite: no room for a person's position")
		}
		var from, to int64
		err = tx.QueryRowContext(ctx, `SELECT (SELECT coalesce(max(position), 0) FROM person WHERE position < ?),
			(SELECT coalesce(min(position), ?) FROM person WHERE position > ?)`, at[0], lastPosition, at[len(at)-1]).Scan(&from, &to)
		if err != nil {
			return err
		}
		step := (to - from) / int64(len(at)+1)
		everyone := from == 0 && to == lastPosition
		if step <= 2*n || step < 1<<16 && !everyone {
			if everyone {
				return errors.New("sqlite: no room for a person's position")
			}
			continue
		}
		// By way of negative numbers, so that no two meet.
		if _, err := tx.ExecContext(ctx, "UPDATE person SET position = -position WHERE position BETWEEN ? AND ?", at[0], at[len(at)-1]); err != nil {
			return err
		}
		for i, p := range at {
			if _, err := tx.ExecContext(ctx, "UPDATE person SET position = ? WHERE position = ?", from+step*int64(i+1), -p); err != nil {
				return err
			}
		}
		return nil
	}
}

// ids gives the IDs as one JSON array, for json_each.
func ids[T any](all []T, id func(T) string) (string, error) {
	list := make([]string, len(all))
	for i, v := range all {
		list[i] = id(v)
	}
	b, err := json.Marshal(list)
	return string(b), err
}
