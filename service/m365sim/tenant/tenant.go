// Package tenant is the state of the simulated Microsoft 365: an organization
// with its people, groups, applications, consents, mailboxes, sites and files. It knows no
// protocol. Package identity serves it as Entra, package graphapi as Graph.
//
// Everything is derived from a seed, so that two tenants of one seed are equal
// to the last object id. People beyond the sixty of the demo organization are
// made up procedurally. What changes afterwards is kept in a log (for delta
// queries) and can be stored with Snapshot.
//
// Changes to applications, service principals, certificates and consents do
// not show at once everywhere: see replication.go.
//
// All methods may be called from several goroutines. What they return are
// copies.
package tenant

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
)

// What a tenant of the demo organization is made of unless asked otherwise.
const (
	DefaultUsers  = 60
	DefaultGroups = 9
)

// Options say which tenant to make. The zero value is the demo organization
// with seed 0, the clock of the computer and no replication delay.
type Options struct {
	Seed   uint64
	Users  int // 0: DefaultUsers
	Groups int // 0: DefaultGroups

	// Now is the clock. nil: time.Now.
	Now func() time.Time

	// ReplicationDelay is asked whenever it matters, so it may change while
	// the tenant runs. nil: no delay.
	ReplicationDelay func() time.Duration

	// OnChange is called after each change that Snapshot would show, without
	// any lock held. It may be nil and should be quick.
	OnChange func()
}

// Tenant is one organization. Make it with New.
type Tenant struct {
	now      func() time.Time
	delay    func() time.Duration
	onChange func()

	mu       sync.RWMutex
	seed     uint64
	created  time.Time
	numUsers int
	numGroup int
	serial   uint64 // of generated ids
	version  uint64

	dir   directory
	apps  appRegistry
	boxes map[string]*mailbox // by user id, only those opened
	sites sites
}

// New makes a tenant.
func New(o Options) *Tenant {
	t := newTenant(o)
	t.created = t.now().UTC().Truncate(time.Second)
	t.populate()
	return t
}

func newTenant(o Options) *Tenant {
	t := &Tenant{now: o.Now, delay: o.ReplicationDelay, onChange: o.OnChange, seed: o.Seed, numUsers: o.Users, numGroup: o.Groups}
	if t.now == nil {
		t.now = time.Now
	}
	if t.delay == nil {
		t.delay = func() time.Duration { return 0 }
	}
	if t.numUsers <= 0 {
		t.numUsers = DefaultUsers
	}
	if t.numGroup <= 0 {
		t.numGroup = DefaultGroups
	}
	return t
}

// populate makes the state that follows from seed, size and time of creation.
func (t *Tenant) populate() {
	t.serial, t.version = 0, 0
	t.boxes = map[string]*mailbox{}
	t.seedDirectory()
	t.seedSites()
	t.seedApplications()
}

// Version counts the changes. It tells whether a Snapshot is still current.
func (t *Tenant) Version() uint64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.version
}

// change runs f with the tenant locked and counts a change if f succeeds.
func (t *Tenant) change(f func(now time.Time) error) error {
	if err := t.locked(f); err != nil {
		return err
	}
	if t.onChange != nil {
		t.onChange()
	}
	return nil
}

func (t *Tenant) locked(f func(now time.Time) error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := f(t.now().UTC()); err != nil {
		return err
	}
	t.version++
	return nil
}

// hash draws a number from the seed and a name. Equal names give equal
// numbers.
func (t *Tenant) hash(kind string, parts ...any) uint64 {
	sum := t.digest(kind, parts...)
	return binary.BigEndian.Uint64(sum[:8])
}

func (t *Tenant) digest(kind string, parts ...any) [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%d|%s|%v", t.seed, kind, parts))
}

// guid derives an id from the seed and a name.
func (t *Tenant) guid(kind string, parts ...any) string {
	sum := t.digest(kind, parts...)
	var id uuid.UUID
	copy(id[:], sum[:])
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}

// nextID makes the id of an object that is created while the tenant runs.
func (t *Tenant) nextID(kind string) string {
	t.serial++
	return t.guid("new "+kind, t.serial)
}
