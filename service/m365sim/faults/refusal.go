package faults

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// matching says which requests a fault concerns: Path is in their address,
// Method is theirs.
type matching struct {
	Path   string `json:"path,omitempty"`
	Method string `json:"method,omitempty"`
}

func (m matching) concerns(method, uri string) bool {
	return strings.Contains(uri, m.Path) && (m.Method == "" || m.Method == method)
}

// refusal answers a number of requests with an error status.
type refusal struct {
	Count      int  `json:"count"`
	RetryAfter *int `json:"retry_after"`
	matching
}

// Refusal is the answer that a fault gives in place of the service.
type Refusal struct {
	Status     int
	RetryAfter *int // seconds; nil: no header
}

const defaultRetryAfter = 1 // seconds: real services say 1 to 300, tests wait

// parseRefusal reads a refusal which says to retry after some seconds unless
// told otherwise, or says nothing of it (-1).
func parseRefusal(seconds int) func(json.RawMessage) (any, error) {
	return func(raw json.RawMessage) (any, error) {
		var value refusal
		if seconds >= 0 {
			after := seconds
			value.RetryAfter = &after
		}
		if err := numberOrObject(raw, &value.Count, &value); err != nil {
			return nil, err
		}
		if value.RetryAfter != nil && *value.RetryAfter < 0 {
			return nil, errors.New("retry_after is negative")
		}
		return counted(value, value.Count)
	}
}

// Refuse says whether a fault answers this Graph request, and counts it.
func (r *Registry) Refuse(method, uri string) (Refusal, bool) { return r.refuse(method, uri, false) }

// RefuseSignIn says the same for the sign-in endpoints, which only faults with
// a matching path concern.
func (r *Registry) RefuseSignIn(method, uri string) (Refusal, bool) {
	return r.refuse(method, uri, true)
}

func (r *Registry) refuse(method, uri string, pathOnly bool) (Refusal, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range []struct {
		name   string
		status int
	}{
		{Throttle429, http.StatusTooManyRequests},
		{Unavailable503, http.StatusServiceUnavailable},
		{Error500, http.StatusInternalServerError},
	} {
		value, ok := r.values[f.name].(refusal)
		if !ok || pathOnly && value.Path == "" || !value.concerns(method, uri) {
			continue
		}
		value.Count--
		r.keep(f.name, value, value.Count)
		return Refusal{Status: f.status, RetryAfter: value.RetryAfter}, true
	}
	return Refusal{}, false
}

// keep stores what is left of a fault that counts. r.mu is held.
func (r *Registry) keep(name string, value any, left int) {
	if left == 0 {
		delete(r.values, name)
		return
	}
	r.values[name] = value
}
