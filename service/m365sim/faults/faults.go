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
	ReplicationDelay    = "replication_delay"
	Throttle429         = "throttle_429"
	Unavailable503      = "unavailable_503"
	Error500            = "error_500"
	CutBeforeAnswer     = "cut_before_answer"
	CutWithinAnswer     = "cut_within_answer"
	Slow                = "slow"
	DeltaExpired        = "delta_expired"
	ConsentWithdrawn    = "consent_withdrawn"
	ConsentNoRedirect   = "consent_no_redirect"
	ApplicationDeleted  = "application_deleted"
	ApplicationDisabled = "application_disabled"
	PrincipalMissing    = "principal_missing"
	AssertionReplay     = "assertion_replay"
	ClockSkew           = "clock_skew"
	CertificatePolicy   = "certificate_policy"
	SignInError         = "sign_in_error"
	SharePointUnits     = "sharepoint_units"
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

const (
	durationType = `duration such as "8s", or seconds as a number`
	refusalType  = `number, or {"count": number, "retry_after": seconds or null, "path": "substring", "method": "POST"}`
	cutType      = `number, or {"count": number, "path": "substring", "method": "POST"}`
	switchType   = "true or false"
)

func table() []row {
	return slices.Concat(answers(), tenantRows(), signInRows())
}

// answers are the faults of single answers.
func answers() []row {
	const choices = " The same choices as throttle_429."
	return []row{
		{
			Throttle429, refusalType,
			"So many of the next Graph requests are answered 429. retry_after null leaves the Retry-After header out; " +
				"path restricts it to addresses that contain it, and may name sign-in endpoints too; method restricts it likewise.",
			parseRefusal(defaultRetryAfter),
		},
		{
			Unavailable503, refusalType,
			"So many of the next Graph requests are answered 503." + choices,
			parseRefusal(defaultRetryAfter),
		},
		{
			Error500, refusalType,
			"So many of the next Graph requests are answered 500, without Retry-After unless it is given." + choices,
			parseRefusal(-1),
		},
		{
			CutBeforeAnswer, cutType,
			"The connections of so many of the next Graph requests are cut before anything is answered; the request is not carried out. " +
				"path may name sign-in endpoints too.",
			parseCut,
		},
		{
			CutWithinAnswer, cutType,
			"So many of the next Graph requests are carried out, and their connection is cut in the middle of the answer. " +
				"path may name sign-in endpoints too.",
			parseCut,
		},
		{
			Slow, durationType + `, or {"delay": duration, "path": "substring"}`,
			"Answers of Graph and of the sign-in endpoints for programs begin that much later and come in two halves, the second as much later again.",
			parseSlow,
		},
		{
			DeltaExpired, `number, or {"count": number, "list": "users", "groups" or "sites", "at": "begin" or "middle"}`,
			"So many of the next delta or next links are answered 410 with a Location to start over at: " +
				"at the begin of a round those that hold a delta token, in its middle those of a next page.",
			parseExpiry,
		},
		{
			SharePointUnits, "number",
			"So many resource units an application has a minute for sites and drives, in place of what the size of the tenant gives.",
			parseCount,
		},
	}
}

// tenantRows are the faults of what is registered in the tenant.
func tenantRows() []row {
	return []row{
		{
			ReplicationDelay, durationType,
			"New or changed applications, service principals, certificates and consents come and go for that long.",
			parseDuration(0),
		},
		{
			ConsentWithdrawn, switchType,
			"What the tenant's own applications were consented to is withdrawn at once, and again whenever it is given. " +
				"Tokens are issued without roles; Graph answers 403, even to tokens from before, sooner than the real one might.",
			parseSwitch,
		},
		{
			ApplicationDeleted, switchType,
			"The tenant's own applications are deleted (and can be restored) as soon as they have a service principal.",
			parseSwitch,
		},
		{
			ApplicationDisabled, switchType,
			"The service principals of the tenant's own applications are disabled until this is switched off: AADSTS7000112.",
			parseSwitch,
		},
		{
			PrincipalMissing, switchType,
			"The service principals of the tenant's own applications are deleted as soon as there are any: AADSTS7000229.",
			parseSwitch,
		},
		{
			CertificatePolicy, `longest lifetime as a duration such as "2160h", or true to refuse all`,
			"A policy of the tenant refuses new certificates of applications that are valid for longer, or all of them.",
			parsePolicy,
		},
	}
}

// signInRows are the faults of the sign-in.
func signInRows() []row {
	return []row{
		{
			ConsentNoRedirect, switchType,
			"After Accept the consent is recorded, but the browser stays on Microsoft's page: the program is told nothing.",
			parseSwitch,
		},
		{
			AssertionReplay, switchType,
			"A client assertion whose jti was seen before is refused. That the real Entra does so is not proved, nor with which code: here AADSTS50027.",
			parseSwitch,
		},
		{
			ClockSkew, durationType + "; negative: behind",
			"Sign-in and Graph take it to be so much later than it is, as if the clock of the client's computer were behind: AADSTS700024.",
			parseDuration(-24 * time.Hour),
		},
		{
			SignInError, `AADSTS code as a number, or {"code": number, "at": "sign_in", "redeem", "consent" or "app", "count": number}`,
			"Entra refuses with that code, where and how it does so: on a page of its own, by redirect, or as JSON of the token endpoint. " +
				"at chooses among the steps which the code can refuse; without count until switched off.",
			parseSignInError,
		},
	}
}

// Registry holds the faults that are switched on.
type Registry struct {
	mu     sync.Mutex
	rows   map[string]row
	values map[string]any
	notify func()
}

// New returns a registry with all faults off.
func New() *Registry {
	r := &Registry{rows: map[string]row{}, values: map[string]any{}, notify: func() {}}
	for _, row := range table() {
		r.rows[row.name] = row
	}
	return r
}

// OnChange says what is called after faults were set or cleared. It is given
// before the registry is shared.
func (r *Registry) OnChange(notify func()) { r.notify = notify }

// Set switches faults: null, false, 0 and "0s" switch one off. It sets all of
// them, or none and returns an error.
func (r *Registry) Set(values map[string]json.RawMessage) error {
	err := r.set(values)
	if err == nil {
		r.notify()
	}
	return err
}

func (r *Registry) set(values map[string]json.RawMessage) error {
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
	clear(r.values)
	r.mu.Unlock()
	r.notify()
}

// List returns all faults, by name, with their values.
func (r *Registry) List() []Fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []Fault
	for _, name := range slices.Sorted(maps.Keys(r.rows)) {
		f := Fault{Name: name, Type: r.rows[name].typ, Doc: r.rows[name].doc}
		if d, isDuration := r.values[name].(time.Duration); isDuration {
			f.Value = d.String()
		} else {
			f.Value = r.values[name]
		}
		list = append(list, f)
	}
	return list
}

// ReplicationDelay is how long changes take to be seen everywhere.
func (r *Registry) ReplicationDelay() time.Duration { return r.duration(ReplicationDelay) }

// ClockSkew is how much later the service takes it to be.
func (r *Registry) ClockSkew() time.Duration { return r.duration(ClockSkew) }

func (r *Registry) duration(name string) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	d, _ := r.values[name].(time.Duration)
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

// On reports whether a fault that is only switched on or off is on.
func (r *Registry) On(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	on, _ := r.values[name].(bool)
	return on
}

// CertificatePolicy is the longest lifetime of a certificate that the tenant
// allows, 0 for none at all. It is on only if the tenant has such a policy.
func (r *Registry) CertificatePolicy() (longest time.Duration, on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch v := r.values[CertificatePolicy].(type) {
	case bool:
		return 0, v
	case time.Duration:
		return v, true
	}
	return 0, false
}
