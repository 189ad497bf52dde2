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
		{"unknown", `{"thunder":1}`, "there are: application_deleted, application_disabled,"},
		{"wrong type", `{"replication_delay":true}`, "it takes a duration"},
		{"wrong text", `{"replication_delay":"soon"}`, `not a duration: "soon"`},
		{"negative", `{"throttle_429":-1}`, "negative"},
		{"unknown field", `{"unavailable_503":{"count":1,"when":2}}`, "unknown field"},
		{"fraction", `{"unavailable_503":1.5}`, "it takes a number"},
		{"500 with a method", `{"error_500":{"count":2,"method":"POST"}}`, ""},
		{"cut", `{"cut_before_answer":1,"cut_within_answer":{"count":2,"path":"/users"}}`, ""},
		{"cut with Retry-After", `{"cut_before_answer":{"count":1,"retry_after":1}}`, "unknown field"},
		{"slow", `{"slow":"2s"}`, ""},
		{"slow at one place", `{"slow":{"delay":0.5,"path":"/users"}}`, ""},
		{"slow by nothing", `{"slow":true}`, "it takes a duration"},
		{"delta", `{"delta_expired":{"count":1,"list":"groups","at":"middle"}}`, ""},
		{"delta of nothing", `{"delta_expired":{"count":1,"list":"mail"}}`, "none of"},
		{"delta at no time", `{"delta_expired":{"count":1,"at":"end"}}`, "neither"},
		{"switch", `{"consent_withdrawn":true,"application_deleted":false}`, ""},
		{"switch by number", `{"consent_withdrawn":1}`, "it takes a true or false"},
		{"clock behind", `{"clock_skew":"-1h"}`, ""},
		{"another century", `{"clock_skew":"90000h"}`, "out of range"},
		{"policy", `{"certificate_policy":"2160h"}`, ""},
		{"policy that refuses all", `{"certificate_policy":true}`, ""},
		{"no policy", `{"certificate_policy":"-1h"}`, "not a lifetime"},
		{"code", `{"sign_in_error":53003}`, ""},
		{"code at a step", `{"sign_in_error":{"code":50105,"at":"redeem","count":1}}`, ""},
		{"code that Entra doesn't have", `{"sign_in_error":1}`, "does not refuse with that code"},
		{"code at another step", `{"sign_in_error":{"code":700024,"at":"consent"}}`, "does not refuse that step"},
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
	if _, ok := r.RefuseSignIn("GET", "/t/v2.0/keys"); ok {
		t.Error("a sign-in request was refused without being named")
	}
	if f, ok := r.RefuseSignIn("GET", "/t/oauth2/v2.0/token"); !ok || f.Status != 503 || f.RetryAfter != nil {
		t.Errorf("token: %+v %v", f, ok)
	}
	for i := range 3 {
		f, ok := r.Refuse("GET", "/v1.0/users")
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

func TestCountedFaults(t *testing.T) {
	t.Parallel()
	r := New()
	if err := set(t, r, `{"cut_before_answer":{"count":1,"path":"/token"},"cut_within_answer":{"count":1,"method":"POST"},
		"delta_expired":{"count":1,"list":"groups","at":"middle"},"sign_in_error":{"code":53003,"at":"app","count":2},
		"slow":{"delay":"3s","path":"/users"}}`); err != nil {
		t.Fatal(err)
	}
	if at := r.CutSignIn("GET", "/t/keys"); at != NoCut {
		t.Errorf("keys: %v", at)
	}
	if at := r.Cut("POST", "/v1.0/servicePrincipals"); at != CutWithin {
		t.Errorf("POST: %v", at)
	}
	if at := r.Cut("POST", "/v1.0/servicePrincipals"); at != NoCut {
		t.Errorf("the second POST: %v", at)
	}
	if at := r.CutSignIn("POST", "/t/oauth2/v2.0/token"); at != CutBefore {
		t.Errorf("token: %v", at)
	}
	for _, c := range []struct {
		list         string
		middle, want bool
	}{{"users", true, false}, {"groups", false, false}, {"groups", true, true}, {"groups", true, false}} {
		if got := r.ExpireDelta(c.list, c.middle); got != c.want {
			t.Errorf("delta of %+v: %v", c, got)
		}
	}
	for i, want := range []int{53003, 53003, 0} {
		if code := r.SignInError(StepApp); code != want || r.SignInError(StepSignIn) != 0 {
			t.Errorf("token %d: %d", i, code)
		}
	}
	if r.Delay("/v1.0/users") != 3*time.Second || r.Delay("/v1.0/groups") != 0 {
		t.Error("slow at the wrong place")
	}
}

// TestEveryFaultIsListed: each says what it takes and does, and shows its value
// as it can be given.
func TestEveryFaultIsListed(t *testing.T) {
	t.Parallel()
	r := New()
	values := map[string]string{"slow": `"2s"`, "replication_delay": `"8s"`, "clock_skew": `"-1h0m0s"`, "certificate_policy": `"2160h0m0s"`, "sign_in_error": "53003"}
	for _, f := range r.List() {
		value := values[f.Name]
		switch {
		case value != "":
		case f.Type == switchType:
			value = "true"
		default:
			value = "2"
		}
		if err := set(t, r, `{"`+f.Name+`":`+value+`}`); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	for _, f := range r.List() {
		text, err := json.Marshal(f.Value)
		if err != nil || f.Value == nil || f.Doc == "" || f.Type == "" {
			t.Fatalf("%+v %v", f, err)
		}
		if err := set(t, New(), `{"`+f.Name+`":`+string(text)+`}`); err != nil {
			t.Errorf("the value shown of %s can't be given: %v", f.Name, err)
		}
	}
}
