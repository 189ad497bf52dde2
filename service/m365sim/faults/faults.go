// Package faults is the list of what can be made to go wrong in the simulated
// Microsoft 365 while it runs: each fault has a name, a type, a description
// and a value, which is set as JSON.
//
// To add a fault, add a row to table and a method that reads it.
package faults

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// The names of the faults.
const (
	ReplicationDelay = "replication_delay"
	Throttle429      = "throttle_429"
	Unavailable503   = "unavailable_503"
	SharePointUnits  = "sharepoint_units"
)

// Fault describes one fault and its present value (nil: switched off).
type Fault struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Doc   string `json:"doc"`
	Value any    `json:"value"`
}

// row is one kind of fault: parse validates a JSON value and gives what the
// registry stores, nil for "off".
type row struct {
	name, typ, doc string
	parse          func(json.RawMessage) (any, error)
}

const refusalType = `number, or {"count": number, "retry_after": seconds or null, "path": "substring"}`

func table() []row {
	return []row{
		{
			ReplicationDelay, `duration such as "8s", or seconds as a number`,
			"New or changed applications, service principals, certificates and consents come and go for that long.",
			parseDuration,
		},
		{
			Throttle429, refusalType,
			"So many of the next Graph requests are answered 429. retry_after null leaves the Retry-After header out; " +
				"path restricts it to addresses that contain it, and may name sign-in endpoints too.",
			parseRefusal,
		},
		{
			Unavailable503, refusalType,
			"So many of the next Graph requests are answered 503, with the same choices as throttle_429.",
			parseRefusal,
		},
		{
			SharePointUnits, "number",
			"So many resource units an application has a minute for sites and drives, in place of what the size of the tenant gives.",
			parseCount,
		},
	}
}

// Registry holds the faults that are switched on.
type Registry struct {
	mu     sync.Mutex
	rows   map[string]row
	values map[string]any
}

// New returns a registry with all faults off.
func New() *Registry {
	r := &Registry{rows: map[string]row{}, values: map[string]any{}}
	for _, row := range table() {
		r.rows[row.name] = row
	}
	return r
}

// Set switches faults: null, 0 and "0s" switch one off. It sets all of them,
// or none and returns an error.
func (r *Registry) Set(values map[string]json.RawMessage) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	parsed := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		row, ok := r.rows[name]
		if !ok {
			return fmt.Errorf("there is no fault %q; there are: %s", name, strings.Join(slices.Sorted(maps.Keys(r.rows)), ", "))
		}
		if string(values[name]) == "null" {
			parsed[name] = nil
			continue
		}
		value, err := row.parse(values[name])
		if err != nil {
			return fmt.Errorf("%s: %w; it takes a %s", name, err, row.typ)
		}
		parsed[name] = value
	}
	for name, value := range parsed {
		if value == nil {
			delete(r.values, name)
		} else {
			r.values[name] = value
		}
	}
	return nil
}

// Clear switches all faults off.
func (r *Registry) Clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.values)
}

// List returns all faults, by name, with their values.
func (r *Registry) List() []Fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []Fault
	for _, name := range slices.Sorted(maps.Keys(r.rows)) {
		f := Fault{Name: name, Type: r.rows[name].typ, Doc: r.rows[name].doc}
		switch v := r.values[name].(type) {
		case nil:
		case time.Duration:
			f.Value = v.String()
		case refusal:
			f.Value = v
		default:
			f.Value = v
		}
		list = append(list, f)
	}
	return list
}

// ReplicationDelay is how long changes take to be seen everywhere.
func (r *Registry) ReplicationDelay() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	d, _ := r.values[ReplicationDelay].(time.Duration)
	return d
}

// Units is how many resource units of SharePoint an application has a minute;
// 0: as many as usual.
func (r *Registry) Units() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, _ := r.values[SharePointUnits].(int)
	return n
}

func parseCount(raw json.RawMessage) (any, error) {
	var n int
	if err := json.Unmarshal(raw, &n); err != nil || n < 0 {
		return nil, fmt.Errorf("not a count: %s", raw)
	}
	if n == 0 {
		return nil, nil
	}
	return n, nil
}

func parseDuration(raw json.RawMessage) (any, error) {
	var seconds float64
	var text string
	var d time.Duration
	if err := json.Unmarshal(raw, &seconds); err == nil {
		d = time.Duration(seconds * float64(time.Second))
	} else if err := json.Unmarshal(raw, &text); err != nil {
		return nil, fmt.Errorf("not a duration: %s", raw)
	} else if d, err = time.ParseDuration(text); err != nil {
		return nil, fmt.Errorf("not a duration: %q", text)
	}
	if d < 0 || d > 24*time.Hour {
		return nil, fmt.Errorf("out of range: %s", d)
	}
	if d == 0 {
		return nil, nil
	}
	return d, nil
}
