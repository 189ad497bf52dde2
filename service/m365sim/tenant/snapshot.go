package tenant

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// snapshotVersion changes with the form of snapshot.
const snapshotVersion = 1

// snapshot is what distinguishes a tenant from one newly made of the same seed
// and size.
type snapshot struct {
	Version int
	Seed    uint64
	Users   int
	Groups  int
	Created time.Time
	Serial  uint64
	Apps    appRegistry
	Log     []Change
	People  []*User  `json:",omitempty"` // changed or added
	Teams   []*Group `json:",omitempty"`
	Boxes   []*mailbox
	Sites   []*Site  `json:",omitempty"` // changed or added
	Drives  []*drive `json:",omitempty"` // likewise
}

// Snapshot stores the state as JSON. People, groups and mailboxes are in it
// only as far as they changed.
func (t *Tenant) Snapshot() ([]byte, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	s := snapshot{
		Version: snapshotVersion, Seed: t.seed, Users: t.numUsers, Groups: t.numGroup, Created: t.created, Serial: t.serial,
		Apps: t.apps, Log: t.dir.log,
	}
	for _, u := range t.dir.users {
		if u.Changed > 0 {
			s.People = append(s.People, u)
		}
	}
	for _, g := range t.dir.groups {
		if g.Changed > 0 {
			s.Teams = append(s.Teams, g)
		}
	}
	for _, u := range t.dir.users {
		if b := t.boxes[u.ID]; b != nil && b.Touched {
			s.Boxes = append(s.Boxes, b)
		}
	}
	for _, w := range t.sites.all {
		if w.Changed > 0 {
			s.Sites = append(s.Sites, w)
		}
		if d := t.sites.files[w.DriveID()]; d != nil && d.Touched {
			s.Drives = append(s.Drives, d)
		}
	}
	return json.Marshal(s)
}

// Restore makes a tenant from a Snapshot. Seed and size come from there; the
// rest of the options are as with New.
func Restore(o Options, data []byte) (*Tenant, error) {
	var s snapshot
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadSnapshot, err)
	}
	if s.Version != snapshotVersion || s.Users <= 0 || len(s.Apps.Apps) == 0 || s.Created.IsZero() {
		return nil, fmt.Errorf("%w: version %d", ErrBadSnapshot, s.Version)
	}
	t := newTenant(o)
	t.seed, t.numUsers, t.numGroup, t.created = s.Seed, s.Users, s.Groups, s.Created
	t.populate()
	t.serial, t.apps, t.dir.log = s.Serial, s.Apps, s.Log
	for _, u := range s.People {
		t.replaceUser(u)
	}
	for _, g := range s.Teams {
		if old := t.dir.groupID[g.ID]; old != nil {
			*old = *g
		} else {
			t.insertGroup(g)
		}
	}
	for _, b := range s.Boxes {
		t.boxes[b.UserID] = b
	}
	t.restoreSites(s.Sites, s.Drives)
	t.indexNames()
	return t, nil
}

// restoreSites puts changed and added sites in place, and finds out anew who has
// which address.
func (t *Tenant) restoreSites(changed []*Site, drives []*drive) {
	for _, w := range changed {
		if old := t.sites.byID[strings.ToLower(w.ID)]; old != nil {
			*old = *w
		} else {
			t.sites.all = append(t.sites.all, w)
		}
	}
	clear(t.sites.byPath)
	clear(t.sites.byUser)
	for _, w := range t.sites.all {
		t.indexSite(w)
	}
	for _, d := range drives {
		t.sites.files[d.ID] = d
	}
}

func (t *Tenant) replaceUser(u *User) {
	if old := t.dir.byID[u.ID]; old != nil {
		*old = *u
		return
	}
	t.insertUser(u)
}
