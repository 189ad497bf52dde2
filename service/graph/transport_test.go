package graph

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"cloudappsecurity/service"

	abs "github.com/microsoft/kiota-abstractions-go"
)

const usersDelta = "/v1.0/users/delta?$select=" + personSelect

func emptyDelta() string {
	return `{"value":[],"@odata.deltaLink":"` + fakeBase + `/v1.0/users/delta?$deltatoken=1"}`
}

// The SDK's default middleware sends a retried body with a Content-Encoding
// that it doesn't have.
func TestRetriedBodyIsSentUnchanged(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"POST", "PATCH"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			tenant := f.client().Tenant()
			var target string
			if method == "POST" {
				target = "/v1.0/servicePrincipals"
				f.on("GET", "/v1.0/servicePrincipals(appId='app-1')?$select=id,appId", 404, graphError("Request_ResourceNotFound", ""))
				f.on("POST", target, 429, graphError("TooManyRequests", ""), "Retry-After", "3")
				f.on("POST", target, 503, "<html>", "Content-Type", "text/html")
				f.on("POST", target, 201, `{"id":"sp-1"}`)
				id, err := tenant.EnsureServicePrincipal(t.Context(), "app-1")
				if err != nil || id != "sp-1" {
					t.Fatalf("got %q, %v", id, err)
				}
			} else {
				target = "/v1.0/applications/object-1"
				f.on("GET", target+"?$select=keyCredentials", 200, `{"keyCredentials":[]}`)
				f.on("PATCH", target, 429, graphError("TooManyRequests", ""))
				f.on("PATCH", target, 502, "")
				f.on("PATCH", target, 204, "")
				f.on("GET", target+"?$select=keyCredentials", 200, `{"keyCredentials":[{"keyId":"`+keyID+`"}]}`)
				if err := tenant.SetKeyCredentials(t.Context(), "object-1", testCertificate(), "CAS", nil); err != nil {
					t.Fatal(err)
				}
			}
			var bodies []string
			ids := map[string]bool{}
			for _, r := range f.requests() {
				if r.method != method {
					continue
				}
				bodies = append(bodies, r.body)
				ids[r.header.Get("client-request-id")] = true
				if r.header.Get("Content-Encoding") != "" || r.header.Get("Content-Type") != "application/json" || r.length != int64(len(r.body)) {
					t.Errorf("headers %v, length %d of %d", r.header, r.length, len(r.body))
				}
				if r.header.Get("Authorization") != "Bearer token-1" || r.header.Get("User-Agent") != "test" {
					t.Errorf("headers %v", r.header)
				}
			}
			if len(bodies) != 3 || bodies[0] == "" || bodies[0] != bodies[1] || bodies[1] != bodies[2] || bodies[0][0] != '{' {
				t.Errorf("bodies: %q", bodies)
			}
			if len(ids) != 3 {
				t.Errorf("%d client-request-ids for 3 attempts", len(ids))
			}
		})
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	type answer struct {
		status int
		after  string
		err    error
		cut    bool
	}
	date := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	reset := &net.OpError{Op: "read", Err: syscall.ECONNRESET}
	tests := []struct {
		name     string
		answers  func() []answer // before the good one
		failed   service.Code    // "" if a good one ends it
		min, max time.Duration
	}{
		{"seconds", func() []answer { return []answer{{status: 429, after: "7"}} }, "", 7 * time.Second, 7 * time.Second},
		{"date", func() []answer { return []answer{{status: 503, after: date(9 * time.Second)}} }, "", 8 * time.Second, 9 * time.Second},
		{"no time given", func() []answer { return []answer{{status: 429}, {status: 429}} }, "", 1500 * time.Millisecond, 4500 * time.Millisecond},
		{"asked to wait first, then no time given", func() []answer {
			return []answer{{status: 429, after: "1"}, {status: 429, after: "1"}, {status: 429, after: "1"}, {status: 429, after: "1"}, {status: 503}}
		}, "", 4500 * time.Millisecond, 5500 * time.Millisecond},
		{"slowed down, then failing", func() []answer {
			return []answer{{status: 429, after: "1"}, {status: 503, after: "1"}, {status: 429, after: "1"}, {status: 429, after: "1"}, {status: 500}, {err: reset}, {status: 502}}
		}, "", 6 * time.Second, 15 * time.Second},
		{"gateway", func() []answer { return []answer{{status: 502}, {status: 500}, {status: 504}} }, "", 2 * time.Second, 11 * time.Second},
		{"reset", func() []answer { return []answer{{err: reset}} }, "", 500 * time.Millisecond, 1500 * time.Millisecond},
		{"cut answer", func() []answer { return []answer{{status: 200, cut: true}} }, "", 500 * time.Millisecond, 1500 * time.Millisecond},
		{"too long", func() []answer { return []answer{{status: 429, after: "3600"}} }, service.CodeThrottled, 0, 0},
		{"always failing", func() []answer {
			return []answer{{status: 500}, {status: 500}, {status: 500}, {status: 500}}
		}, service.CodeUnavailable, 3 * time.Second, 11 * time.Second},
		{"offline", func() []answer { return []answer{{err: &net.OpError{Op: "dial", Err: syscall.ENETUNREACH}}} }, service.CodeOffline, 0, 0},
		{"no name", func() []answer { return []answer{{err: &net.DNSError{Err: "no such host"}}} }, service.CodeOffline, 0, 0},
		{"always cut", func() []answer { return []answer{{err: reset}, {err: reset}, {err: io.EOF}, {err: reset}} }, service.CodeOffline, 3 * time.Second, 11 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				for _, a := range tt.answers() {
					s := f.on("GET", usersDelta, a.status, "{", "Retry-After", a.after)
					s.err = a.err
					if a.cut {
						s.header["cut"] = "yes"
					}
				}
				if tt.failed == "" {
					f.on("GET", usersDelta, 200, emptyDelta())
				}
				var said []string
				d := f.client(func(c *Config) {
					c.Sleep = nil
					c.Waiting = func(reason string, _ time.Time) { said = append(said, reason) }
				}).Directory()
				began := time.Now()
				_, err := d.Users(t.Context(), "")
				wantCode(t, err, tt.failed)
				if took := time.Since(began); took < tt.min || took > tt.max {
					t.Errorf("it took %s, want %s to %s", took, tt.min, tt.max)
				}
				if tt.max > 0 && (len(said) < 2 || said[0] == "" || said[len(said)-1] != "") {
					t.Errorf("progress: %q", said)
				}
			})
		})
	}
}

func TestPostIsNotRepeatedWhenItMayHaveWorked(t *testing.T) {
	t.Parallel()
	for _, s := range []stub{{status: 500}, {status: 502}, {status: 504}, {err: io.ErrUnexpectedEOF}} {
		f := newFake(t)
		f.on("POST", "/v1.0/something", s.status, "").err = s.err
		c := f.client()
		_, err := c.bytes(t.Context(), call{method: abs.POST, url: c.at("/something"), raw: map[string]any{}})
		if err == nil {
			t.Errorf("%+v passed", s)
		}
	}
}

// A service principal exists once for an application, and what is restored is
// no longer deleted: their POSTs are repeated, and nothing is made twice.
func TestPostsWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	const principal = "/v1.0/servicePrincipals(appId='app-1')?$select=id,appId"
	for _, s := range []stub{{status: 500}, {status: 502}, {status: 504}, {err: io.ErrUnexpectedEOF}} {
		f := newFake(t)
		f.on("GET", principal, 404, graphError("Request_ResourceNotFound", ""))
		f.on("POST", "/v1.0/servicePrincipals", s.status, "").err = s.err
		f.on("POST", "/v1.0/servicePrincipals", 409, graphError("Request_MultipleObjectsWithSameKeyValue", ""))
		f.on("GET", principal, 200, `{"id":"sp-1"}`)
		if id, err := f.client().Tenant().EnsureServicePrincipal(t.Context(), "app-1"); err != nil || id != "sp-1" {
			t.Errorf("%+v: %q, %v", s, id, err)
		}
	}
	const deleted = "/v1.0/directory/deletedItems/microsoft.graph.application?$select=id,uniqueName"
	f := newFake(t)
	f.on("GET", deleted, 200, `{"value":[{"id":"object-1","uniqueName":"cas"}]}`)
	f.on("POST", "/v1.0/directory/deletedItems/object-1/restore", 0, "").err = io.ErrUnexpectedEOF
	f.on("POST", "/v1.0/directory/deletedItems/object-1/restore", 404, graphError("Request_ResourceNotFound", ""))
	if err := f.client().Tenant().restore(t.Context(), "cas"); err != nil {
		t.Error(err)
	}
}

func TestWaitEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.on("GET", usersDelta, 429, "", "Retry-After", "60")
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Second, cancel)
		began := time.Now()
		_, err := f.client(func(c *Config) { c.Sleep = nil }).Directory().Users(ctx, "")
		wantCode(t, err, service.CodeCanceled)
		if time.Since(began) != 5*time.Second {
			t.Errorf("it took %s", time.Since(began))
		}
	})
}

func TestThrottledPastTheDeadlineIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.on("GET", usersDelta, 429, "", "Retry-After", "60")
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := f.client(func(c *Config) { c.Sleep = nil }).Directory().Users(ctx, "")
		wantCode(t, err, service.CodeThrottled)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestSlowAttemptIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var attempts atomic.Int32
		c, err := New(Config{
			BaseURL: fakeBase, Token: func(context.Context) (service.Token, error) { return service.Token{Value: "t"}, nil },
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				attempts.Add(1)
				<-r.Context().Done()
				return nil, r.Context().Err()
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Directory().Users(t.Context(), "")
		wantCode(t, err, service.CodeUnavailable)
		if attempts.Load() != maxFailed {
			t.Errorf("%d attempts", attempts.Load())
		}
	})
}

func TestFourAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int32
		c, err := New(Config{
			BaseURL: fakeBase, Token: func(context.Context) (service.Token, error) { return service.Token{Value: "t"}, nil },
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				n := running.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				time.Sleep(time.Second)
				running.Add(-1)
				return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}},
					Body: io.NopCloser(strings.NewReader(emptyDelta())), Request: r}, nil
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if _, err := c.Directory().Users(t.Context(), ""); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if most.Load() != maxConcurrent {
			t.Errorf("%d at once", most.Load())
		}
	})
}

func TestTokenIsKeptAndRenewed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		var n int
		d := f.client(func(c *Config) {
			c.Token = func(context.Context) (service.Token, error) {
				n++
				return service.Token{Value: service.Secret("token-" + string(rune('0'+n))), ExpiresAt: time.Now().Add(time.Hour)}, nil
			}
		}).Directory()
		read := func(want string) {
			t.Helper()
			f.on("GET", usersDelta, 200, emptyDelta())
			if _, err := d.Users(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
			if r := f.requests(); r[len(r)-1].header.Get("Authorization") != "Bearer "+want {
				t.Errorf("sent %s, want %s", r[len(r)-1].header.Get("Authorization"), want)
			}
		}
		read("token-1")
		time.Sleep(54 * time.Minute)
		read("token-1")
		time.Sleep(2 * time.Minute)
		read("token-2")
		f.on("GET", usersDelta, 401, graphError("InvalidAuthenticationToken", ""))
		read("token-3")
		f.on("GET", usersDelta, 401, graphError("InvalidAuthenticationToken", ""), "WWW-Authenticate", `Bearer claims=unquoted`)
		f.on("GET", usersDelta, 401, graphError("InvalidAuthenticationToken", ""))
		_, err := d.Users(t.Context(), "")
		wantCode(t, err, service.CodeUnauthorized)
	})
}

func TestRefusalOfTheTokenSourceIsPassedOn(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	want := &service.Error{Code: service.CodeConsentMissing, Message: "Consent is missing."}
	d := f.client(func(c *Config) {
		c.Token = func(context.Context) (service.Token, error) { return service.Token{}, want }
	}).Directory()
	_, err := d.Users(t.Context(), "")
	if got := wantCode(t, err, service.CodeConsentMissing); got != want {
		t.Errorf("got %v", got)
	}
}

// A token must never leave for another host: not by a link, not by a redirect,
// not by plain http.
func TestTokenGoesNowhereElse(t *testing.T) {
	t.Parallel()
	for _, link := range []string{
		"https://evil.example/v1.0/users/delta?$skiptoken=1",
		"http://graph.example/v1.0/users/delta?$skiptoken=1",
		"https://graph.example:444/v1.0/users/delta",
		"https://user@graph.example/v1.0/users/delta",
		"https://graph.example.evil.example/v1.0/users/delta",
		"/v1.0/users/delta", "://", "",
	} {
		f := newFake(t)
		c := f.client()
		if link != "" {
			_, err := c.Directory().Users(t.Context(), link)
			wantCode(t, err, service.CodeResync)
			_, err = c.Directory().Groups(t.Context(), link)
			wantCode(t, err, service.CodeResync)
		}
		if len(f.requests()) != 0 {
			t.Errorf("%s: sent %v", link, f.requests())
		}
	}
	f := newFake(t)
	f.on("GET", "/v1.0/groups/g/transitiveMembers/microsoft.graph.user?$select="+personSelect+"&$count=true&$top=200", 200,
		`{"value":[{"id":"1"}],"@odata.nextLink":"https://evil.example/v1.0/next"}`)
	err := f.client().Directory().GroupUsers(t.Context(), "g", func([]service.Person) error { return nil })
	wantCode(t, err, service.CodeInternal)

	f = newFake(t)
	f.on("GET", usersDelta, 200, `{"value":[{"id":"1"}],"@odata.nextLink":"https://evil.example/v1.0/next"}`)
	page, err := f.client().Directory().Users(t.Context(), "")
	wantCode(t, err, service.CodeInternal)
	if len(page.People) != 0 || page.Next != "" {
		t.Errorf("a page with a foreign link was given: %+v", page)
	}

	f = newFake(t)
	f.on("GET", usersDelta, 302, "", "Location", "https://evil.example/")
	_, err = f.client().Directory().Users(t.Context(), "")
	wantCode(t, err, service.CodeInternal)
	for _, r := range f.requests() {
		if r.host != "graph.example" {
			t.Errorf("sent to %s", r.host)
		}
	}
}

func TestBaseURL(t *testing.T) {
	t.Parallel()
	for base, ok := range map[string]bool{
		"": true, "https://graph.microsoft.us": true, "https://graph.microsoft.us/": true, "http://127.0.0.1:8080": true,
		"http://localhost:1": true, "http://[::1]:1": true, "http://graph.microsoft.com": false, "https://graph.microsoft.com/v1.0": false,
		"graph.microsoft.com": false, "https://a:b@c": false, "ftp://127.0.0.1": false,
	} {
		_, err := New(Config{BaseURL: base, Token: func(context.Context) (service.Token, error) { return service.Token{}, nil }})
		if (err == nil) != ok {
			t.Errorf("%q: %v", base, err)
		}
	}
	if _, err := New(Config{}); err == nil {
		t.Error("made without a source of tokens")
	}
}

func TestErrorsAreTranslated(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status int
		body   string
		code   service.Code
	}{
		{403, graphError("Authorization_RequestDenied", "x"), service.CodeForbidden},
		{404, graphError("Request_ResourceNotFound", "x"), service.CodeNotFound},
		{410, graphError("syncStateNotFound", "x"), service.CodeResync},
		{410, "", service.CodeResync},
		{400, graphError("Directory_ExpiredPageToken", "x"), service.CodeResync},
		{400, graphError("ResyncRequired", "x"), service.CodeResync},
		{400, graphError("Request_BadRequest", "x"), service.CodeInternal},
		{418, "<html>not json", service.CodeInternal},
		{403, "<html>a proxy", service.CodeForbidden},
		{501, `{"error":{"code":7}}`, service.CodeUnavailable},
		{400, `{"error":"text"}`, service.CodeInternal},
	}
	for _, tt := range tests {
		f := newFake(t)
		f.on("GET", usersDelta, tt.status, tt.body)
		_, err := f.client().Directory().Users(t.Context(), "")
		e := wantCode(t, err, tt.code)
		if strings.Contains(e.Error(), "request-") {
			t.Errorf("the sentence holds a request ID: %s", e)
		}
	}
}

func TestLogHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	var log bytes.Buffer
	f.on("GET", usersDelta, 500, graphError("x", "graph said so"))
	f.on("GET", usersDelta, 200, `{"value":[{"id":"1","displayName":"CANARY-NAME"}],"@odata.nextLink":"`+fakeBase+`/CANARY-LINK"}`)
	f.on("GET", "/v1.0/users/delta?$skiptoken=CANARY-LINK", 0, "").err = errors.New("reset")
	f.on("GET", "/v1.0/users/delta?$skiptoken=CANARY-LINK", 404, graphError("gone", "graph said so"))
	d := f.client(logTo(&log), func(c *Config) {
		c.Token = func(context.Context) (service.Token, error) { return service.Token{Value: "CANARY-TOKEN"}, nil }
	}).Directory()
	if _, err := d.Users(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	_, err := d.Users(t.Context(), fakeBase+"/v1.0/users/delta?$skiptoken=CANARY-LINK")
	wantCode(t, err, service.CodeNotFound)
	if strings.Contains(log.String(), "CANARY") {
		t.Errorf("log: %s", log.String())
	}
	if !strings.Contains(log.String(), "request-1") || !strings.Contains(log.String(), "graph said so") {
		t.Errorf("the log lacks what support asks for: %s", log.String())
	}
}
