package service

import "sync"

// Events tells who listens that something stored has changed. It carries no
// data: a listener reads the store.
//
// The contract: a listener runs on the goroutine of whoever emits and only does
// a fast update (set a flag, wake a goroutine). Nothing is dropped and nothing
// is queued. "Ran" apart from "changed": a synchronization that changed nothing
// emits Synchronized, and no Targets.
type Events struct {
	Accounts      Signal // an account or the organization changed
	Targets       Signal // people, groups or coverage changed
	Notifications Signal // a notification was added or read
	Synchronized  Signal // progress or end of a synchronization
	Grant         Signal // progress of a grant
	Removal       Signal // progress of a removal
	Settings      Signal // a setting changed
	Connection    Signal // Microsoft 365 became reachable or unreachable
}

// Signal is one kind of event. Its zero value is ready to use.
type Signal struct {
	mu        sync.Mutex
	next      int
	listeners map[int]func()
}

// Listen adds f and gives what removes it again.
func (s *Signal) Listen(f func()) (remove func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listeners == nil {
		s.listeners = make(map[int]func())
	}
	id := s.next
	s.next++
	s.listeners[id] = f
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.listeners, id)
	}
}

// Emit calls every listener.
func (s *Signal) Emit() {
	s.mu.Lock()
	fs := make([]func(), 0, len(s.listeners))
	for _, f := range s.listeners {
		fs = append(fs, f)
	}
	s.mu.Unlock()
	for _, f := range fs {
		f()
	}
}
