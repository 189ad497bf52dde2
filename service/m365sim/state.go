package m365sim

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"cloudappsecurity/service/m365sim/tenant"
)

const (
	tenantFile = "tenant.json"
	saveDelay  = 250 * time.Millisecond // many changes come together
)

// openTenant makes the tenant, or takes up that of the state folder.
func (s *Server) openTenant(o Options) error {
	s.saver = &saver{
		file: filepath.Join(s.dir, tenantFile), log: s.log, changed: make(chan struct{}, 1),
		quit: make(chan struct{}), done: make(chan struct{}),
	}
	made := tenant.Options{
		Seed: o.Seed, Users: o.Users, Groups: o.Groups, Now: s.now,
		ReplicationDelay: s.faults.ReplicationDelay, OnChange: func() { s.saver.notify(); s.enforce() },
	}
	data, err := os.ReadFile(s.saver.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.tenant = tenant.New(made)
	case err != nil:
		return fmt.Errorf("state: %w", err)
	default:
		if s.tenant, err = tenant.Restore(made, data); err != nil {
			return fmt.Errorf("state in %s: %w", s.saver.file, err)
		}
	}
	s.faults.OnChange(s.enforce)
	s.enforce()
	if o.StateDir != "" {
		s.saver.start(s.tenant)
		s.onClose(s.saver.stop)
	}
	return nil
}

// saver writes the tenant's state some time after it changed, and at the end.
type saver struct {
	file    string
	log     *slog.Logger
	changed chan struct{}
	quit    chan struct{}
	done    chan struct{}
	once    sync.Once
	tenant  *tenant.Tenant
	saved   uint64
	written bool
}

// notify says that something changed. It never waits.
func (s *saver) notify() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

func (s *saver) start(t *tenant.Tenant) {
	s.tenant = t
	go func() {
		defer close(s.done)
		for {
			select {
			case <-s.changed:
			case <-s.quit:
				return
			}
			select {
			case <-time.After(saveDelay):
			case <-s.quit:
				return
			}
			if err := s.save(); err != nil {
				s.log.Error("state not saved", "error", err)
			}
		}
	}()
}

// stop ends the saver and saves what it did not yet.
func (s *saver) stop() error {
	s.once.Do(func() { close(s.quit) })
	<-s.done
	return s.save()
}

func (s *saver) save() error {
	version := s.tenant.Version()
	if s.written && version == s.saved {
		return nil
	}
	data, err := s.tenant.Snapshot()
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if err := writeFile(s.file, data, 0o600); err != nil {
		return err
	}
	s.saved, s.written = version, true
	return nil
}

// writeFile replaces a file as a whole or not at all.
func writeFile(path string, data []byte, mode fs.FileMode) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			_ = os.Remove(file.Name())
		}
	}()
	if err := file.Chmod(mode); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if _, err := file.Write(data); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if err := file.Sync(); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	return nil
}
