package faults

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
)

// Cut is where a connection ends too early.
type Cut int

// The places.
const (
	NoCut Cut = iota
	CutBefore
	CutWithin
)

// cut ends a number of connections.
type cut struct {
	Count int `json:"count"`
	matching
}

func parseCut(raw json.RawMessage) (any, error) {
	var value cut
	if err := numberOrObject(raw, &value.Count, &value); err != nil {
		return nil, err
	}
	return counted(value, value.Count)
}

// Cut says whether the connection of this Graph request is cut, and counts it.
func (r *Registry) Cut(method, uri string) Cut { return r.cut(method, uri, false) }

// CutSignIn says the same for the sign-in endpoints, which only faults with a
// matching path concern.
func (r *Registry) CutSignIn(method, uri string) Cut { return r.cut(method, uri, true) }

func (r *Registry) cut(method, uri string, pathOnly bool) Cut {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range []struct {
		name string
		at   Cut
	}{{CutBeforeAnswer, CutBefore}, {CutWithinAnswer, CutWithin}} {
		value, ok := r.values[f.name].(cut)
		if !ok || pathOnly && value.Path == "" || !value.concerns(method, uri) {
			continue
		}
		value.Count--
		r.keep(f.name, value, value.Count)
		return f.at
	}
	return NoCut
}

// slow holds answers back.
type slow struct {
	Delay jsonDuration `json:"delay"`
	Path  string       `json:"path,omitempty"`
}

// jsonDuration is a duration as faults are given one.
type jsonDuration time.Duration

// UnmarshalJSON reads a text such as "8s", or seconds.
func (d *jsonDuration) UnmarshalJSON(raw []byte) error {
	value, err := parseDuration(0)(raw)
	if parsed, ok := value.(time.Duration); ok {
		*d = jsonDuration(parsed)
	}
	return err
}

// MarshalJSON writes it as a text.
func (d jsonDuration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

func parseSlow(raw json.RawMessage) (any, error) {
	var value slow
	if strings.HasPrefix(strings.TrimSpace(string(raw)), "{") {
		if err := object(raw, &value); err != nil {
			return nil, err
		}
	} else if err := value.Delay.UnmarshalJSON(raw); err != nil {
		return nil, err
	}
	if value.Delay == 0 {
		return nil, nil
	}
	return value, nil
}

// Delay is how long the answer to a request is held back.
func (r *Registry) Delay(uri string) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if value, ok := r.values[Slow].(slow); ok && strings.Contains(uri, value.Path) {
		return time.Duration(value.Delay)
	}
	return 0
}

// expiry makes the tokens of delta queries expire.
type expiry struct {
	Count int    `json:"count"`
	List  string `json:"list,omitempty"`
	At    string `json:"at,omitempty"`
}

func parseExpiry(raw json.RawMessage) (any, error) {
	var value expiry
	if err := numberOrObject(raw, &value.Count, &value); err != nil {
		return nil, err
	}
	if value.List != "" && !slices.Contains([]string{"users", "groups", "sites"}, value.List) {
		return nil, errors.New(`list is none of "users", "groups" and "sites"`)
	}
	if value.At != "" && value.At != "begin" && value.At != "middle" {
		return nil, errors.New(`at is neither "begin" nor "middle"`)
	}
	return counted(value, value.Count)
}

// ExpireDelta says whether the token of a delta query over a list has expired,
// and counts it. middle is set for one that leads to the next page of a round.
func (r *Registry) ExpireDelta(list string, middle bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := "begin"
	if middle {
		at = "middle"
	}
	value, ok := r.values[DeltaExpired].(expiry)
	if !ok || value.List != "" && value.List != list || value.At != "" && value.At != at {
		return false
	}
	value.Count--
	r.keep(DeltaExpired, value, value.Count)
	return true
}
