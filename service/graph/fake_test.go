package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"cloudappsecurity/service"
)

const fakeBase = "https://graph.example"

// fake stands for the network, beneath the real middleware. It is strict: a
// request that nothing was said about fails the test, and so does an answer
// that nobody asked for.
type fake struct {
	t    *testing.T
	mu   sync.Mutex
	want []*stub
	seen []seen
}

type stub struct {
	method, target string // target: path and decoded query
	status         int
	body           string
	header         map[string]string
	err            error
	used           bool
}

type seen struct {
	method, target, body string
	header               http.Header
	length               int64
	host                 string
}

func newFake(t *testing.T) *fake {
	f := &fake{t: t}
	t.Cleanup(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, s := range f.want {
			if !s.used {
				t.Errorf("nobody asked for %s %s", s.method, s.target)
			}
		}
	})
	return f
}

// on says what the next request of that kind gets.
func (f *fake) on(method, target string, status int, body string, header ...string) *stub {
	s := &stub{method: method, target: target, status: status, body: body, header: map[string]string{}}
	for i := 0; i+1 < len(header); i += 2 {
		s.header[header[i]] = header[i+1]
	}
	f.want = append(f.want, s)
	return s
}

func (f *fake) RoundTrip(req *http.Request) (*http.Response, error) {
	target := req.URL.EscapedPath()
	if req.URL.RawQuery != "" {
		q, err := url.PathUnescape(req.URL.RawQuery)
		if err != nil {
			f.t.Errorf("query %q: %v", req.URL.RawQuery, err)
		}
		target += "?" + q
	}
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
		req.Body.Close()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = append(f.seen, seen{req.Method, target, string(body), req.Header.Clone(), req.ContentLength, req.URL.Host})
	for _, s := range f.want {
		if s.used || s.method != req.Method || s.target != target {
			continue
		}
		s.used = true
		if s.err != nil {
			return nil, s.err
		}
		resp := &http.Response{
			StatusCode: s.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
			Header: http.Header{"Content-Type": {"application/json;odata.metadata=minimal"}, "Request-Id": {"request-1"}},
			Body:   io.NopCloser(strings.NewReader(s.body)), ContentLength: int64(len(s.body)),
		}
		for k, v := range s.header {
			resp.Header.Set(k, v)
		}
		if v, ok := s.header["cut"]; ok && v != "" {
			resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(s.body), failing{}))
			resp.ContentLength = -1
		}
		return resp, nil
	}
	f.t.Errorf("unexpected request: %s %s", req.Method, target)
	return nil, fmt.Errorf("no stub for %s %s", req.Method, target)
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// requests lists what was sent.
func (f *fake) requests() []seen {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen
}

type clientOption func(*Config)

// client makes a Client over f. Waits take no time unless an option says else.
func (f *fake) client(options ...clientOption) *Client {
	f.t.Helper()
	c := Config{
		BaseURL: fakeBase, Transport: f, UserAgent: "test",
		Token: func(context.Context) (service.Token, error) { return service.Token{Value: "token-1"}, nil },
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
	for _, o := range options {
		o(&c)
	}
	client, err := New(c)
	if err != nil {
		f.t.Fatal(err)
	}
	return client
}

// logTo writes the log to b.
func logTo(b *bytes.Buffer) clientOption {
	return func(c *Config) {
		c.Log = slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
}

func graphError(code, message string) string {
	b, _ := json.Marshal(map[string]any{"error": map[string]any{
		"code": code, "message": message,
		// A date which the SDK's own error model would stumble over.
		"innerError": map[string]any{"date": "not a date", "request-id": "request-2", "client-request-id": "client-2"},
	}})
	return string(b)
}

func wantCode(t *testing.T, err error, code service.Code) *service.Error {
	t.Helper()
	if service.CodeOf(err) != code {
		t.Fatalf("error %v has code %q, want %q", err, service.CodeOf(err), code)
	}
	if code == "" {
		return nil
	}
	e := service.AsError(err)
	if e.Message == "" {
		t.Errorf("code %q comes without a sentence", code)
	}
	return e
}
