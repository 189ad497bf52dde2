package main

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"cloudappsecurity/app/realparts"
	"cloudappsecurity/service/m365sim"
)

// TestGrantUnderFaults: whatever can pass is waited out or tried again, and the
// grant ends protected. Faults are switched on as testers do it.
func TestGrantUnderFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		faults string
		lasts  []string // faults that stay switched on; the others are used up
		users  int
	}{
		"replication takes 8 s":      {`{"replication_delay": "8s"}`, []string{"replication_delay"}, 0},
		"429 and 503":                {`{"throttle_429": {"count": 4, "retry_after": 1}, "unavailable_503": {"count": 3, "retry_after": null}}`, nil, 0},
		"429 at the sign-in":         {`{"throttle_429": {"count": 2, "retry_after": 1, "path": "/oauth2/v2.0/token"}}`, nil, 0},
		"500":                        {`{"error_500": 3}`, nil, 0},
		"cut connections":            {`{"cut_before_answer": 2, "cut_within_answer": {"count": 3, "path": "/users"}}`, nil, 0},
		"a POST without its answer":  {`{"cut_within_answer": {"count": 1, "method": "POST"}, "error_500": {"count": 1, "method": "POST"}}`, nil, 0},
		"cut at the sign-in":         {`{"cut_before_answer": {"count": 2, "path": "/organizations/"}}`, nil, 0},
		"slow connections":           {`{"slow": "400ms"}`, []string{"slow"}, 0},
		"links expire in the middle": {`{"delta_expired": {"count": 2, "list": "users", "at": "middle"}}`, nil, 700},
		"the consent doesn't return": {`{"consent_no_redirect": true}`, []string{"consent_no_redirect"}, 0},
		"no assertion serves twice":  {`{"assertion_replay": true}`, []string{"assertion_replay"}, 0},
		"certificates of 100 days":   {`{"certificate_policy": "2400h"}`, []string{"certificate_policy"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, env := simulate(t, m365sim.Options{Users: c.users})
			request(t, http.MethodPost, sim.Info().Control+"/faults", c.faults)
			o := newOffice(t, env)
			o.protect(administrator(sim), "--all")
			for _, f := range faultsOf(t, sim.Info().Control) {
				if f.Value != nil && !slices.Contains(c.lasts, f.Name) {
					t.Errorf("%s was never met: %v", f.Name, f.Value)
				}
			}
			one(t, sim)
		})
	}
}

// TestGrantUnderAllFaults: all that can pass at once, given to m365sim as flags;
// then links that have expired when the next synchronization begins.
func TestGrantUnderAllFaults(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	sim := realparts.Simulate(t, "--state-dir", state, "--users", "500",
		"--fault-replication_delay", "6s", "--fault-throttle_429", "3", "--fault-unavailable_503", "2", "--fault-error_500", "2",
		"--fault-cut_before_answer", "1", "--fault-cut_within_answer", `{"count": 2, "path": "/users"}`, "--fault-slow", "100ms",
		"--fault-delta_expired", `{"count": 1, "at": "middle"}`, "--fault-consent_no_redirect", "true", "--fault-assertion_replay", "true",
		"--fault-certificate_policy", "2400h")
	o := newOffice(t, sim.Env())
	o.protect(realparts.Administrator{Username: sim.Admin.Username, Password: sim.Admin.Password}, "--all")
	for _, f := range faultsOf(t, sim.Control) {
		if _, counts := f.Value.(map[string]any); counts && f.Name != "slow" {
			t.Errorf("%s was never met: %v", f.Name, f.Value)
		}
	}
	request(t, http.MethodPost, sim.Control+"/faults", `{"delta_expired": {"count": 2, "at": "begin"}}`)
	if end, code := o.silently("--all"); code != 0 || end.Outcome != "protected" {
		t.Errorf("with expired links it ended with %d: %+v", code, end)
	}
	sim.Signal(syscall.SIGINT)
	if code := sim.Wait(); code != 0 {
		t.Errorf("m365sim ended with %d", code)
	}
	after, _ := simulate(t, m365sim.Options{StateDir: state})
	one(t, after)
}

// TestGrantEndsUnderFaults: what can't pass ends the grant within a minute, in
// its words; once it is gone, a second try ends protected.
func TestGrantEndsUnderFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		faults string
		want   event
		exit   int
		says   string
	}{
		"the clock is behind": {`{"clock_skew": "1h"}`, event{Code: "clock", Outcome: "refused"}, 5, "clock is"},
		"the clock is ahead":  {`{"clock_skew": "-50m"}`, event{Code: "clock", Outcome: "refused", AADSTS: "AADSTS700024"}, 5, "50 minutes ahead of Microsoft's"},
		"the application is disabled": {`{"application_disabled": true}`,
			event{Code: "app_disabled", Outcome: "refused", AADSTS: "AADSTS7000112"}, 5, "is disabled in the tenant"},
		"no certificate is allowed": {`{"certificate_policy": true}`,
			event{Code: "credential_policy", Outcome: "refused"}, 5, "A policy of this organization does not accept the certificate"},
		"Conditional Access": {`{"sign_in_error": {"code": 53003, "at": "redeem"}}`,
			event{Code: "conditional_access", Outcome: "refused", AADSTS: "AADSTS53003"}, 5, "A Conditional Access policy"},
		"not assigned": {`{"sign_in_error": {"code": 50105, "at": "redeem"}}`,
			event{Code: "not_assigned", Outcome: "refused", AADSTS: "AADSTS50105"}, 5, "only for assigned people"},
		"no second factor": {`{"sign_in_error": 50076}`,
			event{Code: "multi_factor", Outcome: "refused", AADSTS: "AADSTS50076"}, 5, "multifactor authentication"},
		"an administrator has to approve": {`{"sign_in_error": 90095}`,
			event{Code: "not_administrator", Outcome: "refused", AADSTS: "AADSTS90095"}, 5, "may not accept the permissions"},
		"the answer of the code is lost": {`{"cut_within_answer": {"count": 1, "path": "/organizations/oauth2/v2.0/token"}}`,
			event{Code: "unavailable", Outcome: "failed"}, 7, "was cut in the middle"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, env := simulate(t, m365sim.Options{})
			o := newOffice(t, env)
			v := o.grant("--all") // the browser is open: from here on the time counts
			request(t, http.MethodPost, sim.Info().Control+"/faults", c.faults)
			a := administrator(sim)
			began := time.Now()
			v.walk(&a)
			end, exit := v.end()
			if took := time.Since(began); took > time.Minute {
				t.Errorf("it took %v", took)
			}
			explained(t, v, end)
			if exit != c.exit || end.Code != c.want.Code || end.Outcome != c.want.Outcome || end.AADSTS != c.want.AADSTS || !strings.Contains(end.Message, c.says) {
				t.Errorf("ended with %d: %+v", exit, end)
			}
			request(t, http.MethodDelete, sim.Info().Control+"/faults", "")
			o.protect(administrator(sim), "--all")
			one(t, sim)
		})
	}
}

// TestTakenAway: what was granted is taken away in the tenant. The next grant
// says so or asks again, and ends protected with the application that there is.
func TestTakenAway(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"consent_withdrawn", "principal_missing"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			sim, env := simulate(t, m365sim.Options{})
			o := newOffice(t, env)
			o.protect(administrator(sim), "--all")
			before := one(t, sim)
			request(t, http.MethodPost, sim.Info().Control+"/faults", `{"`+fault+`": true}`)
			request(t, http.MethodDelete, sim.Info().Control+"/faults", "")
			o.protect(administrator(sim), "--all")
			if after := one(t, sim); after.ID != before.ID || after.KeyCredentials[0].KeyID != before.KeyCredentials[0].KeyID {
				t.Error("another application or certificate was made")
			}
		})
	}
	t.Run("application_disabled", func(t *testing.T) {
		t.Parallel()
		sim, env := simulate(t, m365sim.Options{})
		o := newOffice(t, env)
		o.protect(administrator(sim), "--all")
		request(t, http.MethodPost, sim.Info().Control+"/faults", `{"application_disabled": true}`)
		end, exit := o.silently("--all")
		if exit != 5 || end.Code != "app_disabled" || end.AADSTS != "AADSTS7000112" {
			t.Errorf("ended with %d: %+v", exit, end)
		}
		if s := o.status(); s.ProblemText == "" {
			t.Errorf("status %+v", s)
		}
		request(t, http.MethodDelete, sim.Info().Control+"/faults", "")
		if end, exit := o.silently("--all"); exit != 0 {
			t.Errorf("enabled again it ended with %d: %+v", exit, end)
		}
		if s := o.status(); s.ProblemText != "" {
			t.Errorf("status %+v", s)
		}
		one(t, sim)
	})
}

// explained holds that casctl says the same on both of its streams, and what to
// do.
func explained(t *testing.T, v *visit, end event) {
	t.Helper()
	said := v.Stderr()
	if end.Message == "" || end.Help == "" || !strings.Contains(said, "casctl: "+end.Message) || !strings.Contains(said, end.Help) ||
		end.AADSTS != "" && !strings.Contains(said, "("+end.AADSTS+")") {
		t.Errorf("stderr %q, outcome %+v", said, end)
	}
}

// TestApplicationIsDeletedAllTheTime: what the tenant may still be spreading is
// waited for as long as the facts say, two minutes, with the reason from the
// first seconds on. Then it ends in its words, and once nobody deletes the
// application any more, it is restored and protected.
func TestApplicationIsDeletedAllTheTime(t *testing.T) {
	t.Parallel()
	sim, env := simulate(t, m365sim.Options{})
	o := newOffice(t, env)
	v := o.grant("--all")
	request(t, http.MethodPost, sim.Info().Control+"/faults", `{"application_deleted": true}`)
	a := administrator(sim)
	began := time.Now()
	v.walk(&a) // to the end
	end, exit := v.end()
	if took := time.Since(began); took < 2*time.Minute || took > 3*time.Minute {
		t.Errorf("it took %v", took)
	}
	explained(t, v, end)
	if exit != 5 || end.Code != "app_missing" || end.AADSTS != "AADSTS700016" {
		t.Errorf("ended with %d: %+v", exit, end)
	}
	if !slices.ContainsFunc(events(t, v.Process), func(e event) bool {
		return e.Event == "waiting" && strings.HasPrefix(e.Text, "Tries again: The application of Cloud App Security is not in the tenant") && strings.Contains(e.Text, "AADSTS700016")
	}) {
		t.Errorf("the reason is not in %s", v.Stdout())
	}
	request(t, http.MethodDelete, sim.Info().Control+"/faults", "")
	o.protect(administrator(sim), "--all")
	one(t, sim)
}

type fault struct {
	Name  string
	Value any
}

func faultsOf(t *testing.T, control string) []fault {
	t.Helper()
	var list struct{ Faults []fault }
	if err := json.Unmarshal([]byte(request(t, http.MethodGet, control+"/faults", "")), &list); err != nil || len(list.Faults) == 0 {
		t.Fatalf("%v, %d faults", err, len(list.Faults))
	}
	return list.Faults
}

func request(t *testing.T, method, address, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode/100 != 2 {
		t.Fatalf("%s %s: %d %s %v", method, address, response.StatusCode, b, err)
	}
	return string(b)
}
