package m365sim_test

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"cloudappsecurity/service"
	adapters "cloudappsecurity/service/graph"
	"cloudappsecurity/service/m365sim"
)

// wire notes what passes beneath the middleware of service/graph.
type wire struct {
	next http.RoundTripper
	mu   sync.Mutex
	sent []string // methods
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.sent = append(w.sent, r.Method)
	w.mu.Unlock()
	return w.next.RoundTrip(r)
}

// TestOneRetryLayer holds the program's own adapter against the faults of real
// connections: each fault costs one more attempt and no more, the wait is the
// one that was asked for, and nothing is done twice.
func TestOneRetryLayer(t *testing.T) {
	t.Parallel()
	s, _, _, token := granted(t, m365sim.Options{Users: 300})
	for _, c := range []struct {
		name, fault string
		attempts    int
		waits       []time.Duration // 0: not said by the service
		want        service.Code
	}{
		{"nothing", `{}`, 1, nil, ""},
		{"429 with a time", `{"throttle_429":{"count":2,"retry_after":7}}`, 3, []time.Duration{7 * time.Second, 7 * time.Second}, ""},
		{"429 without a time", `{"throttle_429":{"count":2,"retry_after":null}}`, 3, []time.Duration{0, 0}, ""},
		{"429 for an hour", `{"throttle_429":{"count":1,"retry_after":3600}}`, 1, nil, service.CodeThrottled},
		{"429 without end", `{"throttle_429":{"count":50,"retry_after":1}}`, 8, []time.Duration{1e9, 1e9, 1e9, 1e9, 1e9, 1e9, 1e9}, service.CodeThrottled},
		{"503 with a time", `{"unavailable_503":{"count":1,"retry_after":9}}`, 2, []time.Duration{9 * time.Second}, ""},
		{"500", `{"error_500":2}`, 3, []time.Duration{0, 0}, ""},
		{"500 without end", `{"error_500":50}`, 4, []time.Duration{0, 0, 0}, service.CodeUnavailable},
		{"cut before the answer", `{"cut_before_answer":3}`, 4, []time.Duration{0, 0, 0}, ""},
		{"cut within the answer", `{"cut_within_answer":3}`, 4, []time.Duration{0, 0, 0}, ""},
		{"slowed down, then failing", `{"throttle_429":{"count":4,"retry_after":1},"error_500":2}`,
			7, []time.Duration{1e9, 1e9, 1e9, 1e9, 0, 0}, ""},
	} {
		t.Run(c.name, func(t *testing.T) { // one after the other: the fault is the service's
			switchOff(t, s)
			switchOn(t, s, c.fault)
			w := &wire{next: program(t, s).Transport}
			var waits []time.Duration
			client := adapter(t, s, w, token, &waits)
			page, err := client.Directory().Users(t.Context(), "")
			if service.CodeOf(err) != c.want || err == nil && len(page.People) == 0 {
				t.Errorf("%d people, %v", len(page.People), err)
			}
			same := slices.EqualFunc(waits, c.waits, func(got, want time.Duration) bool { return want == 0 && got > 0 || got == want })
			if len(w.sent) != c.attempts || !same {
				t.Errorf("%d attempts with the waits %v, want %d with %v", len(w.sent), waits, c.attempts, c.waits)
			}
		})
	}
}

// TestPostsAreDoneOnce: a POST whose answer was lost is repeated where a second
// one can do no harm, and there is one service principal.
func TestPostsAreDoneOnce(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{
		`{"cut_within_answer":{"count":1,"method":"POST"}}`, `{"cut_before_answer":{"count":1,"method":"POST"}}`,
		`{"error_500":{"count":1,"method":"POST"}}`, `{"throttle_429":{"count":1,"method":"POST"}}`,
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			s := start(t, m365sim.Options{})
			token := adminToken(t, s, newBrowser(t, s))
			appID, _ := register(t, s, token, newCertificate(t), false)
			switchOn(t, s, fault)
			w := &wire{next: program(t, s).Transport}
			var waits []time.Duration
			id, err := adapter(t, s, w, token, &waits).Tenant().EnsureServicePrincipal(t.Context(), appID)
			if err != nil {
				t.Fatal(err)
			}
			posts := 0
			for _, method := range w.sent {
				if method == http.MethodPost {
					posts++
				}
			}
			if sp, found := s.Tenant().ServicePrincipal(appID); !found || sp.ID != id || posts != 2 {
				t.Errorf("%d POSTs made %q, the tenant has %q", posts, id, sp.ID)
			}
		})
	}
}

func adapter(t *testing.T, s *m365sim.Server, w *wire, token string, waits *[]time.Duration) *adapters.Client {
	t.Helper()
	client, err := adapters.New(adapters.Config{
		BaseURL: s.Info().Graph, Transport: w,
		Token: func(context.Context) (service.Token, error) { return service.Token{Value: service.Secret(token)}, nil },
		Sleep: func(_ context.Context, d time.Duration) error {
			*waits = append(*waits, d)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}
