// Package m365sim is a simulated Microsoft 365: a tenant (package tenant) with
// its sign-in (package identity) and Microsoft Graph (package graphapi) on
// loopback listeners, faults to switch on (package faults) and a recording of
// what was said (package har).
//
// There are four listeners: authority and graph speak https under a
// certificate authority of their own, as programs want it; browser serves the
// sign-in pages over plain http, so that no browser warns of a certificate;
// control is for those who test (control.go).
//
// A request passes, in this order: the check of its Host header, the faults of
// connections, the recording, the count, the other faults, the service.
package m365sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"cloudappsecurity/service/m365sim/faults"
	"cloudappsecurity/service/m365sim/har"
	"cloudappsecurity/service/m365sim/identity"
	"cloudappsecurity/service/m365sim/tenant"
)

// ErrInUse says that another simulation keeps its state in that folder.
var ErrInUse = errors.New("the state folder is in use by another simulation")

// Options say what to simulate. The zero value is the demo organization,
// forgotten at the end.
type Options struct {
	Seed   uint64
	Users  int // 0: those of the demo organization
	Groups int // likewise

	// HARFile is where to record all exchanges but those with control.
	HARFile string

	// StateDir keeps the tenant, the certificate authority, the signing key
	// and the ports from one start to the next. What is in it goes before
	// Seed, Users and Groups. "": nothing is kept.
	StateDir string

	// Rendered renders each page of a delta once and then serves the same
	// bytes, for who measures a client.
	Rendered bool

	// Faults are switched on from the beginning, by name.
	Faults map[string]json.RawMessage

	Now    func() time.Time // nil: time.Now
	Random io.Reader        // nil: crypto/rand; safe for several goroutines
	Log    *slog.Logger     // nil: none
}

// Info says where a Server is to be found.
type Info struct {
	Authority   string `json:"authority"` // scheme and host, likewise the next two
	Browser     string `json:"browser"`
	Graph       string `json:"graph"`
	CAFile      string `json:"ca_file"`
	Control     string `json:"control"` // with its secret
	TenantID    string `json:"tenant_id"`
	SignInAppID string `json:"sign_in_app_id"`
	Admin       Admin  `json:"admin"`
}

// Admin is the Global Administrator of the simulated organization.
type Admin struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// Server is a running simulation. Make it with Start.
type Server struct {
	now      func() time.Time
	log      *slog.Logger
	info     Info
	tenant   *tenant.Tenant
	identity *identity.Server
	faults   *faults.Registry
	har      *har.File
	rendered bool
	stats    *stats
	dir      string // of the state, or a temporary one
	saver    *saver
	cleanup  []func() error // in reverse
	closing  sync.Once
	closed   error

	mu       sync.Mutex
	disabled []string // service principals that a fault disabled
}

// Start begins a simulation. It ends with Close, or when ctx does.
func Start(ctx context.Context, o Options) (*Server, error) {
	s := &Server{now: o.Now, log: o.Log, faults: faults.New(), stats: newStats(), rendered: o.Rendered}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := s.start(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	context.AfterFunc(ctx, func() { _ = s.Close() })
	return s, nil
}

func (s *Server) start(ctx context.Context, o Options) error {
	if err := s.faults.Set(o.Faults); err != nil {
		return fmt.Errorf("faults: %w", err)
	}
	if err := s.openDir(o.StateDir); err != nil {
		return err
	}
	if err := s.openTenant(o); err != nil {
		return err
	}
	if o.HARFile != "" {
		file, err := har.Create(o.HARFile, s.now, s.log)
		if err != nil {
			return err
		}
		s.har = file
		s.onClose(file.Close)
	}
	return s.serve(ctx, o)
}

// openDir makes the folder of the state, for its owner only.
func (s *Server) openDir(dir string) error {
	if dir == "" {
		temporary, err := os.MkdirTemp("", "m365sim-")
		if err != nil {
			return fmt.Errorf("temporary folder: %w", err)
		}
		s.dir = temporary
		s.onClose(func() error { return os.RemoveAll(temporary) })
		return nil
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("state folder: %w", err)
	}
	if err := os.MkdirAll(absolute, 0o700); err != nil {
		return fmt.Errorf("state folder: %w", err)
	}
	// Two simulations in one folder would overwrite each other's state.
	lock := flock.New(filepath.Join(absolute, "lock"))
	switch held, err := lock.TryLock(); {
	case err != nil:
		return fmt.Errorf("state folder: %w", err)
	case !held:
		return fmt.Errorf("%w: %s", ErrInUse, absolute)
	}
	s.onClose(lock.Unlock)
	s.dir = absolute
	return nil
}

// serviceNow is the time as sign-in and Graph take it to be.
func (s *Server) serviceNow() time.Time { return s.now().Add(s.faults.ClockSkew()) }

func (s *Server) onClose(f func() error) { s.cleanup = append(s.cleanup, f) }

// Info says where the simulation is to be found.
func (s *Server) Info() Info { return s.info }

// Tenant is the state of the simulation.
func (s *Server) Tenant() *tenant.Tenant { return s.tenant }

// Faults are what goes wrong in the simulation.
func (s *Server) Faults() *faults.Registry { return s.faults }
