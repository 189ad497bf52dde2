package faults

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// refusal answers a number of requests with an error status.
type refusal struct {
	Count      int    `json:"count"`
	RetryAfter *int   `json:"retry_after"`
	Path       string `json:"path,omitempty"`
}

// Refusal is the answer that a fault gives in place of the service.
type Refusal struct {
	Status     int
	RetryAfter *int // seconds; nil: no header
}

const defaultRetryAfter = 1 // seconds: real services say 1 to 300, tests wait

func parseRefusal(raw json.RawMessage) (any, error) {
	seconds := defaultRetryAfter
	value := refusal{RetryAfter: &seconds}
	if err := json.Unmarshal(raw, &value.Count); err != nil {
		value.Count = 0
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields()
		if err := d.Decode(&value); err != nil {
			return nil, fmt.Errorf("not understood: %w", err)
		}
	}
	if value.Count < 0 {
		return nil, errors.New("count is negative")
	}
	if value.RetryAfter != nil && *value.RetryAfter < 0 {
		return nil, errors.New("retry_after is negative")
	}
	if value.Count == 0 {
		return nil, nil
	}
	return value, nil
}

// Refuse says whether a fault answers this Graph request, and counts it.
func (r *Registry) Refuse(uri string) (Refusal, bool) { return r.refuse(uri, false) }

// RefuseSignIn says the same for the sign-in endpoints, which only faults with
// a matching path concern.
func (r *Registry) RefuseSignIn(uri string) (Refusal, bool) { return r.refuse(uri, true) }

func (r *Registry) refuse(uri string, pathOnly bool) (Refusal, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range []struct {
		name   string
		status int
	}{
		{Throttle429, http.StatusTooManyRequests},
		{Unavailable503, http.StatusServiceUnavailable},
	} {
		value, ok := r.values[f.name].(refusal)
		if !ok || pathOnly && value.Path == "" || !strings.Contains(uri, value.Path) {
			continue
		}
		if value.Count--; value.Count == 0 {
			delete(r.values, f.name)
		} else {
			r.values[f.name] = value
		}
		return Refusal{Status: f.status, RetryAfter: value.RetryAfter}, true
	}
	return Refusal{}, false
}
