package tenant

import (
	"slices"
	"strings"
	"time"
)

// directory holds users and groups in the order of their creation, deleted
// ones included, and a log of changes.
type directory struct {
	users   []*User
	byID    map[string]*User
	byUPN   map[string]*User // lower case, living ones only
	groups  []*Group
	groupID map[string]*Group
	log     []Change
}

// ChangeKind says what a Change is about.
type ChangeKind string

// The kinds of changes.
const (
	UserChanged   ChangeKind = "user"
	GroupChanged  ChangeKind = "group"
	MemberChanged ChangeKind = "member"
	SiteChanged   ChangeKind = "site"
)

// Change is one entry of the directory's log. Its serial is its place in the
// log, counted from 1.
type Change struct {
	Kind   ChangeKind `json:"k"`
	ID     string     `json:"i"`           // of the user, group or site
	Member string     `json:"m,omitempty"` // for MemberChanged
}

// Serial is the serial of the last change in the directory.
func (t *Tenant) Serial() uint64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return uint64(len(t.dir.log))
}

// Changes returns the changes after a serial.
func (t *Tenant) Changes(after uint64) []Change {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if after >= uint64(len(t.dir.log)) {
		return nil
	}
	return slices.Clone(t.dir.log[after:])
}

func (t *Tenant) note(c Change) {
	t.dir.log = append(t.dir.log, c)
	serial := uint64(len(t.dir.log))
	switch c.Kind {
	case UserChanged:
		t.dir.byID[c.ID].Changed = serial
	case SiteChanged:
		t.sites.byID[strings.ToLower(c.ID)].Changed = serial
	default:
		t.dir.groupID[c.ID].Changed = serial
	}
}

// User finds a living user by object id or user principal name.
func (t *Tenant) User(key string) (User, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if u := t.user(key); u != nil {
		return *u, true
	}
	return User{}, false
}

func (t *Tenant) user(key string) *User {
	if u := t.dir.byID[key]; u != nil && u.Deleted.IsZero() {
		return u
	}
	return t.dir.byUPN[strings.ToLower(key)]
}

// AnyUser finds a user by object id, deleted or not.
func (t *Tenant) AnyUser(id string) (User, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if u := t.dir.byID[id]; u != nil {
		return *u, true
	}
	return User{}, false
}

// Users returns up to limit living users from a place in the order of their
// creation, and the place after them; -1 if there are no more.
func (t *Tenant) Users(from, limit int) (list []User, next int) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for i := max(from, 0); i < len(t.dir.users); i++ {
		if !t.dir.users[i].Deleted.IsZero() {
			continue
		}
		if len(list) == limit {
			return list, i
		}
		list = append(list, *t.dir.users[i])
	}
	return list, -1
}

// CountUsers counts the living users.
func (t *Tenant) CountUsers() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.dir.byUPN)
}

// AddUser adds somebody. ID, Created and an empty Purpose's consequences are
// filled in; the user principal name has to be new.
func (t *Tenant) AddUser(u User) (User, error) {
	err := t.change(func(now time.Time) error {
		if u.UserPrincipalName == "" || t.dir.byUPN[strings.ToLower(u.UserPrincipalName)] != nil {
			return ErrExists
		}
		u.ID, u.Created = t.nextID("user"), now
		if u.Mail == "" && u.HasMailbox() {
			u.Mail = u.UserPrincipalName
		}
		c := u
		t.insertUser(&c)
		t.note(Change{Kind: UserChanged, ID: c.ID})
		u = c
		return nil
	})
	return u, err
}

func (t *Tenant) insertUser(u *User) {
	t.dir.users = append(t.dir.users, u)
	t.dir.byID[u.ID] = u
	if u.Deleted.IsZero() {
		t.dir.byUPN[strings.ToLower(u.UserPrincipalName)] = u
	}
}

// indexNames finds out anew who has which user principal name.
func (t *Tenant) indexNames() {
	clear(t.dir.byUPN)
	for _, u := range t.dir.users {
		if u.Deleted.IsZero() {
			t.dir.byUPN[strings.ToLower(u.UserPrincipalName)] = u
		}
	}
}

// EditUser changes a living user, found by object id. The id can't be changed.
func (t *Tenant) EditUser(id string, edit func(*User)) error {
	return t.change(func(time.Time) error {
		u := t.dir.byID[id]
		if u == nil || !u.Deleted.IsZero() {
			return ErrNotFound
		}
		edited := *u
		edit(&edited)
		edited.ID, edited.Deleted, edited.Gone = u.ID, u.Deleted, u.Gone
		if other := t.dir.byUPN[strings.ToLower(edited.UserPrincipalName)]; other != nil && other != u {
			return ErrExists
		}
		delete(t.dir.byUPN, strings.ToLower(u.UserPrincipalName))
		*u = edited
		t.dir.byUPN[strings.ToLower(u.UserPrincipalName)] = u
		t.note(Change{Kind: UserChanged, ID: id})
		return nil
	})
}

// RenameUser changes a user's names; the object id stays.
func (t *Tenant) RenameUser(id, userPrincipalName, displayName string) error {
	return t.EditUser(id, func(u *User) {
		u.UserPrincipalName, u.DisplayName = userPrincipalName, displayName
		if u.Mail != "" {
			u.Mail = userPrincipalName
		}
	})
}

// DeleteUser deletes a user for 30 days.
func (t *Tenant) DeleteUser(id string) error {
	return t.change(func(now time.Time) error {
		u := t.dir.byID[id]
		if u == nil || !u.Deleted.IsZero() {
			return ErrNotFound
		}
		u.Deleted = now
		delete(t.dir.byUPN, strings.ToLower(u.UserPrincipalName))
		t.noteMemberships(id)
		t.note(Change{Kind: UserChanged, ID: id})
		return nil
	})
}

// RestoreUser brings a deleted user back, with the same id and groups.
func (t *Tenant) RestoreUser(id string) error {
	return t.change(func(time.Time) error {
		u := t.dir.byID[id]
		if u == nil || u.Deleted.IsZero() || u.Gone {
			return ErrNotFound
		}
		if t.dir.byUPN[strings.ToLower(u.UserPrincipalName)] != nil {
			return ErrExists
		}
		u.Deleted = time.Time{}
		t.dir.byUPN[strings.ToLower(u.UserPrincipalName)] = u
		t.noteMemberships(id)
		t.note(Change{Kind: UserChanged, ID: id})
		return nil
	})
}

// PurgeUser deletes a user for good.
func (t *Tenant) PurgeUser(id string) error {
	return t.change(func(now time.Time) error {
		u := t.dir.byID[id]
		if u == nil || u.Gone {
			return ErrNotFound
		}
		if u.Deleted.IsZero() {
			u.Deleted = now
			delete(t.dir.byUPN, strings.ToLower(u.UserPrincipalName))
			t.noteMemberships(id)
		}
		u.Gone = true
		t.note(Change{Kind: UserChanged, ID: id})
		return nil
	})
}

// noteMemberships logs that a user left its groups, or is back in them.
func (t *Tenant) noteMemberships(userID string) {
	for _, g := range t.dir.groups {
		if slices.Contains(g.Members, Member{ID: userID}) {
			t.note(Change{Kind: MemberChanged, ID: g.ID, Member: userID})
		}
	}
}
