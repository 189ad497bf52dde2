package graph

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"cloudappsecurity/service"

	"github.com/cenkalti/backoff/v5"
)

// The reasons given to Config.Waiting.
const (
	waitThrottled   = "Microsoft 365 asks to slow down."
	waitUnavailable = "Microsoft 365 does not answer at the moment."
	waitReplication = "Microsoft 365 is still spreading the change."
)

// repeatable marks, as a context key, a POST that may be done twice: a second
// one is refused, or finds done what the first one did, and its caller knows.
type repeatable struct{}

func mayRepeat(ctx context.Context) context.Context {
	return context.WithValue(ctx, repeatable{}, true)
}

type retry struct {
	next    http.RoundTripper
	now     func() time.Time
	sleep   func(context.Context, time.Duration) error
	waiting func(string, time.Time)
}

func (t *retry) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	var waited time.Duration
	steps := newBackOff(time.Second, 30*time.Second)
	ended := map[string]int{} // attempts, by what they ended in: being slowed down takes nothing from those that may fail
	for {
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
		kind := reason
		if resp != nil && resp.StatusCode == http.StatusServiceUnavailable {
			kind = waitThrottled
		}
		if ended[kind]++; ended[kind] >= atMost {
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
	twice := req.Method == http.MethodGet || req.Method == http.MethodPatch || req.Context().Value(repeatable{}) != nil
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
