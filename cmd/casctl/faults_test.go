package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"cloudappsecurity/app/realparts"
)

// TestGrantUnderFaults: a tenant that replicates slowly and refuses now and then
// is granted all the same. Faults are switched on as testers do it.
func TestGrantUnderFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ faults, refused string }{
		"replication takes 8 s": {`{"replication_delay": "8s"}`, ""},
		"429 and 503":           {`{"throttle_429": {"count": 4, "retry_after": 1}, "unavailable_503": {"count": 3, "retry_after": null}}`, "429"},
		"429 at the sign-in":    {`{"throttle_429": {"count": 2, "retry_after": 1, "path": "/oauth2/v2.0/token"}}`, "429"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := realparts.Simulate(t)
			request(t, http.MethodPost, sim.Control+"/faults", c.faults)
			o := newOffice(t, sim.Env())
			o.protect(realparts.Administrator{Username: sim.Admin.Username, Password: sim.Admin.Password}, "--all")
			var stats struct {
				Requests []struct{ Status int }
			}
			if err := json.Unmarshal([]byte(request(t, http.MethodGet, sim.Control+"/stats", "")), &stats); err != nil {
				t.Fatal(err)
			}
			refused := map[int]bool{}
			for _, r := range stats.Requests {
				refused[r.Status] = true
			}
			if c.refused == "429" && !refused[429] {
				t.Errorf("nothing was refused: %v", refused)
			}
		})
	}
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
