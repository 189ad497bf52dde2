package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"cloudappsecurity/service"
)

// maxName is how many characters the name of a policy has at most.
const maxName = 100

const policyColumns = "id, service, kind, name, description, is_on, priority, is_default, monitor_only, everyone, version, changed_at"

func scanPolicy(rows *sql.Rows) (p service.Policy, err error) {
	var changed sql.NullInt64
	err = rows.Scan(&p.ID, &p.Service, &p.Kind, &p.Name, &p.Description, &p.On, &p.Priority, &p.Default, &p.MonitorOnly, &p.Everyone, &p.Version, &changed)
	p.ChangedAt = instant(changed)
	return p, err
}

// rowsQueryer is a database or a transaction.
type rowsQueryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// policies reads the policies of where, by priority, with whom they name.
func policies(ctx context.Context, q rowsQueryer, where string, args ...any) ([]service.Policy, error) {
	rows, err := q.QueryContext(ctx, "SELECT "+policyColumns+" FROM policy WHERE "+where+" ORDER BY service, kind, priority", args...)
	all, err := collect(rows, err, scanPolicy)
	if err != nil {
		return nil, err
	}
	at := make(map[int64]int, len(all))
	for i, p := range all {
		at[p.ID] = i
	}
	rows, err = q.QueryContext(ctx, `SELECT policy_id, excluded, kind, target_id, name FROM policy_target
		WHERE policy_id IN (SELECT id FROM policy WHERE `+where+") ORDER BY policy_id, excluded, position", args...)
	_, err = collect(rows, err, func(rows *sql.Rows) (struct{}, error) {
		var id int64
		var excluded bool
		var t service.PolicyTarget
		err := rows.Scan(&id, &excluded, &t.Kind, &t.ID, &t.Name)
		if i, ok := at[id]; ok && excluded {
			all[i].Exclusions = append(all[i].Exclusions, t)
		} else if ok {
			all[i].Targets = append(all[i].Targets, t)
		}
		return struct{}{}, err
	})
	return all, err
}

// Policies implements service.PolicyStore.
func (s *Store) Policies(ctx context.Context, of service.Service, k service.PolicyKind) (all []service.Policy, err error) {
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		all, err = policies(ctx, tx, "service = ? AND kind = ?", of, k)
		return err
	})
	return all, err
}

// Policy implements service.PolicyStore.
func (s *Store) Policy(ctx context.Context, id int64) (p service.Policy, err error) {
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		p, err = policyByID(ctx, tx, id)
		return err
	})
	return p, err
}

func policyByID(ctx context.Context, q rowsQueryer, id int64) (service.Policy, error) {
	all, err := policies(ctx, q, "id = ?", id)
	if err == nil && len(all) == 0 {
		err = service.NotFound("The policy")
	}
	if err != nil {
		return service.Policy{}, err
	}
	return all[0], nil
}

// snapshot runs f on the state of one moment.
func (s *Store) snapshot(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.r.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err == nil {
		err = f(tx)
		err = errors.Join(err, ignoreDone(tx.Rollback()))
	}
	return s.logged(err)
}

// SavePolicy implements service.PolicyStore.
func (s *Store) SavePolicy(ctx context.Context, p service.Policy) (stored service.Policy, err error) {
	p.Name, p.Description = strings.TrimSpace(p.Name), strings.TrimSpace(p.Description)
	if p.Everyone {
		p.Targets = nil
	}
	p.Targets, p.Exclusions = unique(p.Targets), unique(p.Exclusions)
	if err := checkPolicy(p); err != nil {
		return p, err
	}
	err = s.write(ctx, true, func(tx *sql.Tx) error {
		if err := checkName(ctx, tx, p); err != nil {
			return err
		}
		if p.ID == 0 {
			p.ID, err = s.addPolicy(ctx, tx, p)
		} else {
			err = s.changePolicy(ctx, tx, p)
		}
		if err != nil {
			return err
		}
		stored, err = policyByID(ctx, tx, p.ID)
		return err
	})
	return stored, err
}

// unique drops what is named twice.
func unique(all []service.PolicyTarget) []service.PolicyTarget {
	type key struct {
		kind service.PolicyTargetKind
		id   string
	}
	known := map[key]bool{}
	return slices.DeleteFunc(slices.Clone(all), func(t service.PolicyTarget) bool {
		k := key{t.Kind, t.ID}
		twice := known[k]
		known[k] = true
		return twice
	})
}

func invalidPolicy(message, help string) error {
	return &service.Error{Code: service.CodeInvalidPolicy, Message: message + " The policy was not saved.", Help: help}
}

// checkPolicy says what of p alone keeps it from being stored.
func checkPolicy(p service.Policy) error {
	switch {
	case p.Name == "":
		return invalidPolicy("The name is missing.", "Type a name.")
	case utf8.RuneCountInString(p.Name) > maxName:
		return invalidPolicy("The name is longer than 100 characters.", "Shorten it.")
	case !p.Everyone && len(p.Targets) == 0:
		return invalidPolicy("No target is chosen.", "Choose at least one target, or all.")
	}
	for _, t := range slices.Concat(p.Targets, p.Exclusions) {
		if t.ID == "" || p.Service.CoversSites() != (t.Kind == service.TargetSite) {
			return invalidPolicy(t.Name+" can't be a target of a policy of "+p.Service.Name()+".", "Remove it.")
		}
	}
	return nil
}

func checkName(ctx context.Context, tx *sql.Tx, p service.Policy) error {
	var taken int
	err := tx.QueryRowContext(ctx, "SELECT count(*) FROM policy WHERE service = ? AND kind = ? AND name_key = ? AND id <> ?",
		p.Service, p.Kind, fold(p.Name), p.ID).Scan(&taken)
	if err == nil && taken > 0 {
		err = invalidPolicy("Another policy of "+p.Service.Name()+" is called "+p.Name+".", "Choose another name.")
	}
	return err
}

// addPolicy stores a new policy right before the defaults.
func (s *Store) addPolicy(ctx context.Context, tx *sql.Tx, p service.Policy) (int64, error) {
	var last int
	err := tx.QueryRowContext(ctx, "SELECT count(*) FROM policy WHERE service = ? AND kind = ?", p.Service, p.Kind).Scan(&last)
	if err != nil {
		return 0, err
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO policy (service, kind, name, name_key, description, is_on, priority, is_default, monitor_only, everyone, version, changed_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, ?, 1, ?)`,
		p.Service, p.Kind, p.Name, fold(p.Name), p.Description, p.On, last+1, p.Everyone, s.now().UnixMicro())
	if err != nil {
		return 0, err
	}
	id, err := res.LastInsertId()
	if err != nil {
		return 0, err
	}
	if err := storeTargets(ctx, tx, id, p); err != nil {
		return 0, err
	}
	p.ID = id
	return id, reorder(ctx, tx, p, last+1)
}

// changePolicy stores what changed of a policy. Nothing changed is no change.
func (s *Store) changePolicy(ctx context.Context, tx *sql.Tx, p service.Policy) error {
	old, err := policyByID(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	if old.Service != p.Service || old.Kind != p.Kind {
		return invalidPolicy("A policy belongs to one service and one kind.", "Make a new one.")
	}
	whom := old.Everyone == p.Everyone && slices.Equal(old.Targets, p.Targets) && slices.Equal(old.Exclusions, p.Exclusions)
	if old.Default && (old.Name != p.Name || !whom) {
		return invalidPolicy("The name and the targets of a default policy can't be changed.", "Make a policy of your own: it comes before the defaults.")
	}
	if whom && old.Name == p.Name && old.Description == p.Description && old.On == p.On {
		return nil
	}
	_, err = tx.ExecContext(ctx, `UPDATE policy SET name = ?, name_key = ?, description = ?, is_on = ?, everyone = ?, version = version + 1, changed_at = ?
		WHERE id = ?`, p.Name, fold(p.Name), p.Description, p.On, p.Everyone, s.now().UnixMicro(), p.ID)
	if err != nil {
		return err
	}
	return storeTargets(ctx, tx, p.ID, p)
}

func storeTargets(ctx context.Context, tx *sql.Tx, id int64, p service.Policy) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM policy_target WHERE policy_id = ?", id); err != nil {
		return err
	}
	for excluded, list := range [][]service.PolicyTarget{p.Targets, p.Exclusions} {
		for i, t := range list {
			_, err := tx.ExecContext(ctx, "INSERT INTO policy_target (policy_id, excluded, position, kind, target_id, name) VALUES (?, ?, ?, ?, ?, ?)",
				id, excluded, i, t.Kind, t.ID, t.Name)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// MovePolicy implements service.PolicyStore.
func (s *Store) MovePolicy(ctx context.Context, id int64, priority int) error {
	return s.write(ctx, true, func(tx *sql.Tx) error {
		p, err := policyByID(ctx, tx, id)
		if err != nil {
			return err
		}
		return reorder(ctx, tx, p, priority)
	})
}

// reorder numbers the list of p from 1, with p at the given place, or the
// nearest where the defaults are still last. ID 0 is none: the others close up.
func reorder(ctx context.Context, tx *sql.Tx, p service.Policy, priority int) error {
	rows, err := tx.QueryContext(ctx, "SELECT id, is_default FROM policy WHERE service = ? AND kind = ? AND id <> ? ORDER BY priority", p.Service, p.Kind, p.ID)
	type entry struct {
		id        int64
		isDefault bool
	}
	list, err := collect(rows, err, func(rows *sql.Rows) (e entry, err error) { return e, rows.Scan(&e.id, &e.isDefault) })
	if err != nil {
		return err
	}
	if p.ID != 0 {
		defaults := slices.IndexFunc(list, func(e entry) bool { return e.isDefault })
		if defaults < 0 {
			defaults = len(list)
		}
		lo, hi := 0, defaults
		if p.Default {
			lo, hi = defaults, len(list)
		}
		list = slices.Insert(list, min(max(priority-1, lo), hi), entry{p.ID, p.Default})
	}
	// By way of negative numbers, so that no two meet.
	for i, e := range list {
		if _, err := tx.ExecContext(ctx, "UPDATE policy SET priority = ? WHERE id = ?", -(i + 1), e.id); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, "UPDATE policy SET priority = -priority WHERE service = ? AND kind = ?", p.Service, p.Kind)
	return err
}

// SetPolicyOn implements service.PolicyStore.
func (s *Store) SetPolicyOn(ctx context.Context, id int64, on bool) error {
	return s.write(ctx, true, func(tx *sql.Tx) error {
		if _, err := policyByID(ctx, tx, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE policy SET is_on = ?, version = version + 1, changed_at = ? WHERE id = ? AND is_on <> ?",
			on, s.now().UnixMicro(), id, on)
		return err
	})
}

// DeletePolicy implements service.PolicyStore.
func (s *Store) DeletePolicy(ctx context.Context, id int64) error {
	return s.write(ctx, true, func(tx *sql.Tx) error {
		p, err := policyByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if p.Default {
			return &service.Error{Code: service.CodeInvalidPolicy, Message: "A default policy can't be deleted. Nothing was changed.", Help: "Switch it off instead."}
		}
		err = execAll(ctx, tx,
			query{"DELETE FROM policy_target WHERE policy_id = ?", []any{id}},
			query{"DELETE FROM policy WHERE id = ?", []any{id}})
		if err != nil {
			return err
		}
		p.ID = 0
		return reorder(ctx, tx, p, 0)
	})
}

// GroupsOf implements service.PolicyStore. Groups may contain one another.
func (s *Store) GroupsOf(ctx context.Context, of service.Service, personID string) ([]string, error) {
	// Which groups name the person is asked of each group: an index of all
	// members would cost each synchronization more than this does. Nested groups
	// are few, and have one.
	rows, err := s.r.QueryContext(ctx, `WITH RECURSIVE around (id) AS (
			SELECT g.group_id FROM group_seen g CROSS JOIN membership m ON m.service = g.service AND m.group_id = g.group_id AND m.member_id = ?2
				WHERE g.service = ?1 AND m.is_group = 0
			UNION -- not ALL: a cycle ends where it began
			SELECT m.group_id FROM around CROSS JOIN membership m ON m.service = ?1 AND m.member_id = around.id AND m.is_group = 1
				CROSS JOIN group_seen g ON g.service = ?1 AND g.group_id = m.group_id
		) SELECT id FROM around ORDER BY id`, of, personID)
	all, err := collect(rows, err, func(rows *sql.Rows) (id string, err error) { return id, rows.Scan(&id) })
	return all, s.logged(err)
}

// Groups implements service.PolicyStore.
func (s *Store) Groups(ctx context.Context, of service.Service, search string, limit int) ([]service.Group, error) {
	if limit <= 0 {
		limit = defaultLimit
	}
	rows, err := s.r.QueryContext(ctx, `SELECT g.id, g.display_name, g.hidden_members FROM group_seen seen JOIN directory_group g ON g.id = seen.group_id
		WHERE seen.service = ? AND g.removed = 0`, of)
	all, err := collect(rows, err, func(rows *sql.Rows) (g service.Group, err error) {
		return g, rows.Scan(&g.ID, &g.DisplayName, &g.HiddenMembers)
	})
	if err != nil {
		return nil, s.logged(err)
	}
	// There are some thousands at most: no index of their own.
	wanted := strings.Fields(searchable(search))
	names := newCollator()
	keys := make(map[string][]byte, len(all))
	all = slices.DeleteFunc(all, func(g service.Group) bool {
		keys[g.ID] = names.key(g.DisplayName)
		return !beginWords(strings.FieldsFunc(searchable(g.DisplayName), func(r rune) bool { return !wordRune(r) }), wanted)
	})
	slices.SortFunc(all, func(a, b service.Group) int {
		if c := bytes.Compare(keys[a.ID], keys[b.ID]); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all[:min(len(all), limit)], nil
}

// beginWords says whether each of wanted is the beginning of a word.
func beginWords(words, wanted []string) bool {
	for _, w := range wanted {
		if !slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, w) }) {
			return false
		}
	}
	return true
}
