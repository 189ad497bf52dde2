package faults

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func set(t *testing.T, r *Registry, text string) error {
	t.Helper()
	var values map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		t.Fatal(err)
	}
	return r.Set(values)
}

func TestSet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, values, want string }{
		{"duration text", `{"replication_delay":"8s"}`, ""},
		{"seconds", `{"replication_delay":1.5}`, ""},
		{"off", `{"replication_delay":null}`, ""},
		{"number", `{"throttle_429":3}`, ""},
		{"object", `{"throttle_429":{"count":1,"retry_after":null,"path":"/users"}}`, ""},
		{"unknown", `{"thunder":1}`, "there are: replication_delay, sharepoint_units, throttle_429, unavailable_503"},
		{"wrong type", `{"replication_delay":true}`, "it takes a duration"},
		{"wrong text", `{"replication_delay":"soon"}`, `not a duration: "soon"`},
		{"negative", `{"throttle_429":-1}`, "negative"},
		{"unknown field", `{"unavailable_503":{"count":1,"when":2}}`, "unknown field"},
		{"fraction", `{"unavailable_503":1.5}`, "it takes a number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := set(t, New(), c.values)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestAllOrNothing(t *testing.T) {
	t.Parallel()
	r := New()
	if err := set(t, r, `{"replication_delay":"8s","throttle_429":"x"}`); err == nil {
		t.Fatal("no error")
	}
	if d := r.ReplicationDelay(); d != 0 {
		t.Errorf("delay is %v", d)
	}
	if err := set(t, r, `{"replication_delay":"8s"}`); err != nil || r.ReplicationDelay() != 8*time.Second {
		t.Errorf("delay is %v, %v", r.ReplicationDelay(), err)
	}
	r.Clear()
	if d := r.ReplicationDelay(); d != 0 {
		t.Errorf("after Clear the delay is %v", d)
	}
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	r := New()
	if err := set(t, r, `{"throttle_429":2,"unavailable_503":{"count":1,"retry_after":null,"path":"/token"}}`); err != nil {
		t.Fatal(err)
	}
	if _, ok := r.RefuseSignIn("/t/v2.0/keys"); ok {
		t.Error("a sign-in request was refused without being named")
	}
	if f, ok := r.RefuseSignIn("/t/oauth2/v2.0/token"); !ok || f.Status != 503 || f.RetryAfter != nil {
		t.Errorf("token: %+v %v", f, ok)
	}
	for i := range 3 {
		f, ok := r.Refuse("/v1.0/users")
		if want := i < 2; ok != want || ok && (f.Status != 429 || f.RetryAfter == nil) {
			t.Errorf("request %d: %+v %v", i, f, ok)
		}
	}
	for _, f := range r.List() {
		if f.Value != nil || f.Doc == "" || f.Type == "" {
			t.Errorf("%+v", f)
		}
	}
}
