package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cloudappsecurity/service"

	"github.com/cenkalti/backoff/v5"
	"github.com/google/uuid"
)

const (
	// maxConcurrent is how many requests run at once. Exchange runs about four
	// for one application and mailbox and refuses more with 429:
	// https://learn.microsoft.com/graph/throttling-limits#outlook-service-limits
	maxConcurrent = 4
	// maxThrottled and maxFailed are how often one request is sent at most: when
	// Graph asks to slow down, and when it fails.
	maxThrottled = 8
	maxFailed    = 4
	// maxWait is how long one request waits in all. A longer Retry-After ends it
	// as throttled, and whoever asked decides when to go on.
	maxWait = 5 * time.Minute
	// attemptTime is for one attempt with its whole answer.
	attemptTime = 100 * time.Second
	// maxBody bounds an answer: a page of 200 people has about 300 kB.
	maxBody = 64 << 20
	// tokenMargin is how long before it expires a token is used at most.
	tokenMargin = 5 * time.Minute
)

// transport is the way of a request, from outside to inside:
//
//	refuse   turns an answer of 300 and more into an error, once all is tried
//	guard    lets through what goes to Graph's own host, makes the body rewindable
//	limit    lets four through; one that waits keeps its place, so that the gap isn't filled
//	retry    the only layer that sends again after 429, 5xx and cut connections
//	bearer   adds the token; after one 401 a fresh one
//	identify adds User-Agent and an ID for each attempt
//	settle   reads the answer whole, so that a cut one fails here, within retry
//	base     the network, or a test's
//
// None of kiota's middleware is among them: its default set takes its order
// from a map, and sends retried bodies with a Content-Encoding they don't have
// (https://github.com/microsoft/kiota-http-go/issues/183).
func transport(c Config, base *url.URL) http.RoundTripper {
	var rt http.RoundTripper = c.Transport
	rt = &settle{next: rt, log: c.Log, now: c.Now}
	rt = &identify{next: rt, userAgent: c.UserAgent}
	rt = &bearer{next: rt, base: base, source: c.Token, now: c.Now, turn: make(chan struct{}, 1)}
	rt = &retry{next: rt, now: c.Now, sleep: c.Sleep, waiting: c.Waiting}
	rt = &limit{next: rt, places: make(chan struct{}, maxConcurrent)}
	rt = &guard{next: rt, base: base}
	return &refuse{next: rt}
}

// errForeign is an address outside Graph: a token must never go there.
var errForeign = errors.New("the address belongs to another host")

// sameOrigin says whether u is on the host that the token is for.
func sameOrigin(base, u *url.URL) bool {
	return u.User == nil && strings.EqualFold(u.Scheme, base.Scheme) && strings.EqualFold(u.Host, base.Host)
}

// answerError is an answer that isn't a success.
type answerError struct {
	Status    int
	Code      string // Graph's
	Inner     string // innerError's code, or Exchange's
	Message   string // Graph's: for the log, and to tell like codes apart
	RequestID string
}

func (e *answerError) Error() string {
	return fmt.Sprintf("Microsoft Graph answered %d %s %s (request-id %s)", e.Status, e.Code, e.Inner, e.RequestID)
}

// is says whether Graph's code, or the inner one, is one of codes.
func (e *answerError) is(codes ...string) bool {
	for _, c := range codes {
		if strings.EqualFold(e.Code, c) || strings.EqualFold(e.Inner, c) {
			return true
		}
	}
	return false
}

type refuse struct{ next http.RoundTripper }

func (t *refuse) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil || resp.StatusCode < 300 {
		return resp, err
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	e := &answerError{Status: resp.StatusCode, RequestID: resp.Header.Get("request-id")}
	// Read leniently: a proxy answers with HTML, and the status has to survive.
	// https://learn.microsoft.com/graph/errors#json-representation
	var v struct {
		Error struct {
			Code       string
			Message    string
			InnerError struct {
				Code      string
				RequestID string `json:"request-id"`
			}
		}
	}
	if json.Unmarshal(body, &v) == nil {
		e.Code, e.Message, e.Inner = v.Error.Code, v.Error.Message, v.Error.InnerError.Code
		if e.RequestID == "" {
			e.RequestID = v.Error.InnerError.RequestID
		}
	}
	return nil, e
}

type guard struct {
	next http.RoundTripper
	base *url.URL
}

func (t *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if !sameOrigin(t.base, req.URL) {
		return nil, errForeign
	}
	req = req.Clone(req.Context())
	if req.Body != nil && req.Body != http.NoBody {
		body, err := io.ReadAll(req.Body)
		req.Body.Close()
		if err != nil {
			return nil, err
		}
		req.ContentLength = int64(len(body))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	}
	return t.next.RoundTrip(req)
}

// again clones req for one more attempt, with its body from the beginning.
func again(req *http.Request) (*http.Request, error) {
	r := req.Clone(req.Context())
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		r.Body = body
	}
	return r, nil
}

type limit struct {
	next   http.RoundTripper
	places chan struct{}
}

func (t *limit) RoundTrip(req *http.Request) (*http.Response, error) {
	select {
	case t.places <- struct{}{}:
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	defer func() { <-t.places }()
	return t.next.RoundTrip(req)
}

type retry struct {
	next    http.RoundTripper
	now     func() time.Time
	sleep   func(context.Context, time.Duration) error
	waiting func(string, time.Time)
}

// The reasons given to Config.Waiting.
const (
	waitThrottled   = "Microsoft 365 asks to slow down."
	waitUnavailable = "Microsoft 365 does not answer at the moment."
	waitReplication = "Microsoft 365 is still spreading the change."
)

func (t *retry) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	var waited time.Duration
	steps := newBackOff(time.Second, 30*time.Second)
	for attempt := 1; ; attempt++ {
		r, err := again(req)
		if err != nil {
			return nil, err
		}
		resp, err := t.next.RoundTrip(r)
		if ctx.Err() != nil {
			if err == nil {
				resp.Body.Close()
			}
			return nil, ctx.Err()
		}
		reason, atMost := t.retryable(req, resp, err)
		if attempt >= atMost {
			return resp, err
		}
		delay, asked := time.Duration(0), false
		if resp != nil {
			delay, asked = retryAfter(resp.Header.Get("Retry-After"), t.now())
		}
		if !asked { // a 429 without Retry-After is real
			delay = steps.NextBackOff()
		}
		deadline, limited := ctx.Deadline()
		if waited+delay > maxWait || limited && t.now().Add(delay).After(deadline) {
			return resp, err
		}
		if err == nil {
			resp.Body.Close()
		}
		waited += delay
		t.waiting(reason, t.now().Add(delay))
		err = t.sleep(ctx, delay)
		t.waiting("", time.Time{})
		if err != nil {
			return nil, err
		}
	}
}

// retryable gives how often req may be sent at most after this outcome, and
// why it waits.
//
// 429 and 503 say that nothing was done. 504 says so only where it names a time
// to come back; else it may have been done, like 500, 502 and a cut
// connection: then only what may be done twice is sent again.
func (t *retry) retryable(req *http.Request, resp *http.Response, err error) (reason string, atMost int) {
	twice := req.Method == http.MethodGet || req.Method == http.MethodPatch
	if err != nil {
		if twice && interrupted(err) {
			return waitUnavailable, maxFailed
		}
		return "", 0
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		return waitThrottled, maxThrottled
	case http.StatusServiceUnavailable:
		return waitUnavailable, maxThrottled
	case http.StatusGatewayTimeout:
		if twice || resp.Header.Get("Retry-After") != "" {
			return waitUnavailable, maxThrottled
		}
	case http.StatusInternalServerError, http.StatusBadGateway:
		if twice {
			return waitUnavailable, maxFailed
		}
	}
	return "", 0
}

// errSlow is an attempt that took longer than attemptTime, errLong an answer
// longer than maxBody.
var (
	errSlow = errors.New("the answer did not come in time")
	errLong = errors.New("the answer is too long")
)

// interrupted says whether err is a connection that was made and then cut: it
// may work at once. One that can't be made is reported without trying again.
func interrupted(err error) bool {
	var own *service.Error
	if errors.Is(err, errForeign) || errors.Is(err, errLong) || errors.As(err, &own) {
		return false
	}
	var op *net.OpError
	var dns *net.DNSError
	if errors.As(err, &dns) || errors.As(err, &op) && op.Op == "dial" {
		return false
	}
	return !untrusted(err)
}

// newBackOff gives waits which double from first to most, each varied by half
// so that several waiters part.
func newBackOff(first, most time.Duration) *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval, b.Multiplier = first, most, 2
	b.Reset()
	return b
}

// retryAfter reads the header, which is a number of seconds or a date.
// https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
func retryAfter(s string, now time.Time) (time.Duration, bool) {
	const least = 100 * time.Millisecond
	if n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 32); err == nil && n >= 0 {
		return max(time.Duration(n)*time.Second, least), true
	}
	if at, err := http.ParseTime(s); err == nil {
		return max(at.Sub(now), least), true
	}
	return 0, false
}

type bearer struct {
	next   http.RoundTripper
	base   *url.URL
	source func(context.Context) (service.Token, error)
	now    func() time.Time
	turn   chan struct{} // one goroutine at a time looks at token
	token  service.Token
}

func (t *bearer) RoundTrip(req *http.Request) (*http.Response, error) {
	if !sameOrigin(t.base, req.URL) {
		return nil, errForeign
	}
	token, err := t.obtain(req.Context(), "")
	if err != nil {
		return nil, err
	}
	resp, err := t.send(req, token)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	fresh, err := t.obtain(req.Context(), token)
	if err != nil {
		resp.Body.Close()
		return nil, err
	}
	if fresh == token {
		return resp, nil
	}
	resp.Body.Close()
	return t.send(req, fresh)
}

func (t *bearer) send(req *http.Request, token service.Secret) (*http.Response, error) {
	r, err := again(req)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+token.Reveal())
	return t.next.RoundTrip(r)
}

// obtain gives the kept token, or a new one if it is about to expire or is the
// refused one.
func (t *bearer) obtain(ctx context.Context, refused service.Secret) (service.Secret, error) {
	select {
	case t.turn <- struct{}{}:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	defer func() { <-t.turn }()
	kept := t.token
	usable := kept.Value != "" && kept.Value != refused &&
		(kept.ExpiresAt.IsZero() || t.now().Add(tokenMargin).Before(kept.ExpiresAt))
	if usable {
		return kept.Value, nil
	}
	token, err := t.source(ctx)
	if err != nil {
		return "", err
	}
	if token.Value == "" {
		return "", &service.Error{Code: service.CodeUnauthorized, Message: "There is no access token for Microsoft 365.",
			Help: "Grant access again."}
	}
	t.token = token
	return token.Value, nil
}

type identify struct {
	next      http.RoundTripper
	userAgent string
}

func (t *identify) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.userAgent != "" {
		req.Header.Set("User-Agent", t.userAgent)
	}
	// Microsoft asks for an ID of the client's with each request, for support:
	// https://learn.microsoft.com/graph/best-practices-concept#reliability-and-support
	req.Header.Set("client-request-id", uuid.NewString())
	return t.next.RoundTrip(req)
}

type settle struct {
	next http.RoundTripper
	log  *slog.Logger
	now  func() time.Time
}

func (t *settle) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeoutCause(req.Context(), attemptTime, errSlow)
	defer cancel()
	began := t.now()
	resp, body, err := t.read(req.WithContext(ctx))
	attrs := []slog.Attr{
		slog.String("method", req.Method), slog.String("path", req.URL.Path),
		slog.Duration("took", t.now().Sub(began)), slog.String("client_request_id", req.Header.Get("client-request-id")),
	}
	if err != nil {
		if req.Context().Err() == nil && errors.Is(context.Cause(ctx), errSlow) {
			err = errSlow
		}
		t.log.LogAttrs(req.Context(), slog.LevelWarn, "graph request failed", append(attrs, slog.String("error", plain(err)))...)
		return nil, err
	}
	level := slog.LevelDebug
	if resp.StatusCode >= 400 {
		level = slog.LevelInfo
	}
	t.log.LogAttrs(req.Context(), level, "graph request", append(attrs,
		slog.Int("status", resp.StatusCode), slog.String("request_id", resp.Header.Get("request-id")))...)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	resp.Header.Del("Content-Length")
	return resp, nil
}

func (t *settle) read(req *http.Request) (*http.Response, []byte, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return nil, nil, err
	}
	if len(body) > maxBody {
		return nil, nil, errLong
	}
	return resp, body, nil
}
