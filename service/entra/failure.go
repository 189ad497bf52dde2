package entra

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	msalerrors "github.com/AzureAD/microsoft-authentication-library-for-go/apps/errors"

	"cloudappsecurity/service"
)

// operation is what was tried. The same code can mean our application or the
// one for signing in.
type operation string

const (
	opSignIn   operation = "sign in"
	opConsent  operation = "consent"
	opApp      operation = "app token"
	opRedirect operation = "redirect" // of either screen
)

// Failure is the cause of every error of this package: what the log may know.
// It is made of parts that can't hold a secret. MSAL's own errors never leave
// the package, since they carry the request with its assertion or code, or the
// whole answer with its tokens.
type Failure struct {
	Reason      string // our own words
	Status      int    // HTTP status, 0 without an answer
	OAuthError  string // RFC 6749, section 5.2
	SubError    string
	AADSTS      int
	Trace       string // Microsoft's support finds the request by these
	Correlation string
	wait        time.Duration
	cause       error // of the network or the context, without the request
}

// Error says what is known, for the log.
func (f *Failure) Error() string {
	parts := []string{"entra"}
	add := func(format string, v any) { parts = append(parts, fmt.Sprintf(format, v)) }
	if f.Reason != "" {
		add(": %s", f.Reason)
	}
	if f.Status != 0 {
		add(": HTTP %d", f.Status)
	}
	if f.OAuthError != "" {
		add(" %s", f.OAuthError)
	}
	if f.SubError != "" {
		add(" (%s)", f.SubError)
	}
	if f.AADSTS != 0 {
		add(" AADSTS%d", f.AADSTS)
	}
	if f.Trace != "" {
		add(" trace %s", f.Trace)
	}
	if f.Correlation != "" {
		add(" correlation %s", f.Correlation)
	}
	if f.cause != nil {
		add(": %v", f.cause)
	}
	return strings.Join(parts, "")
}

// Unwrap gives the failure of the network or the context.
func (f *Failure) Unwrap() error { return f.cause }

// RetryAfter is how long Microsoft asked to wait; 0 if it did not say.
func (f *Failure) RetryAfter() time.Duration { return f.wait }

// maxWait bounds a Retry-After, which could be anything.
const maxWait = time.Hour

// failed translates an error of MSAL's.
func (c *Client) failed(ctx context.Context, op operation, err error) *service.Error {
	e := c.translate(ctx, op, err)
	c.report(ctx, op, e)
	return e
}

// refuse makes an error of our own about an answer of Microsoft's.
func (c *Client) refuse(ctx context.Context, op operation, r refusal, reason string) *service.Error {
	e := r.error(&Failure{Reason: reason})
	c.report(ctx, op, e)
	return e
}

// wrong makes the error of a call that can't be right.
func (c *Client) wrong(ctx context.Context, op operation, reason error) *service.Error {
	return c.refuse(ctx, op, unexpected, reason.Error())
}

// asError reports an error that is translated already.
func (c *Client) asError(ctx context.Context, op operation, err error) *service.Error {
	e := service.AsError(err)
	c.report(ctx, op, e)
	return e
}

func (c *Client) report(ctx context.Context, op operation, e *service.Error) {
	level := slog.LevelInfo // a grant asks again and again while the tenant replicates
	if e.Code == service.CodeCanceled {
		level = slog.LevelDebug
	}
	c.log.Log(ctx, level, "entra: "+string(op), "code", string(e.Code), "cause", e.Cause)
}

func (c *Client) translate(ctx context.Context, op operation, err error) *service.Error {
	// The context first: what the network says then is its consequence.
	if cause := ctx.Err(); cause != nil {
		if errors.Is(cause, context.Canceled) {
			return canceled.error(&Failure{Reason: "canceled", cause: cause})
		}
		return tooLong.error(&Failure{Reason: "the deadline has passed", cause: cause})
	}
	var call msalerrors.CallErr // a value, not a pointer
	if errors.As(err, &call) && call.Resp != nil {
		return c.answered(op, call.Resp)
	}
	if _, ok := errors.AsType[msalerrors.InvalidJsonErr](err); ok {
		// Its text holds the whole answer.
		return strangerAnswers.error(&Failure{Reason: "the answer is not JSON"})
	}
	if network, ok := errors.AsType[*url.Error](err); ok {
		return c.unanswered(network)
	}
	// MSAL reports these in words only.
	text := err.Error()
	switch {
	case strings.Contains(text, "declined scopes are present"):
		return scopesMissing.error(&Failure{Reason: "scopes were declined"})
	case strings.Contains(text, "could not read the body"):
		return cutOff.error(&Failure{Reason: "the answer was cut off"})
	case strings.Contains(text, "TenantDiscoveryResponse"):
		return strangerAnswers.error(&Failure{Reason: "the discovery document is not that of the authority"})
	case op == opSignIn:
		return signInAnswerInvalid.error(&Failure{Reason: fmt.Sprintf("MSAL refuses the answer: %T", err)})
	default:
		return answerInvalid.error(&Failure{Reason: fmt.Sprintf("MSAL refuses the answer: %T", err)})
	}
}

// unanswered translates a request without an answer.
func (c *Client) unanswered(network *url.Error) *service.Error {
	// Of the *url.Error only what it wraps: its text repeats the address.
	f := &Failure{Reason: "no answer", cause: network.Err}
	var invalid x509.CertificateInvalidError
	if errors.As(network, &invalid) && invalid.Reason == x509.Expired {
		return clockIsOff.error(f)
	}
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	if errors.As(network, &verification) || errors.As(network, &authority) || errors.As(network, &hostname) || errors.Is(network, http.ErrSchemeMismatch) {
		return notTrusted.error(f)
	}
	if _, ok := errors.AsType[*net.DNSError](network); ok {
		return noName.error(f)
	}
	var operation *net.OpError
	dialing := errors.As(network, &operation) && (operation.Op == "dial" || operation.Op == "proxyconnect")
	if !dialing && network.Timeout() {
		return noAnswer.error(f)
	}
	if _, handshake := errors.AsType[tls.AlertError](network); dialing || handshake {
		return offline.error(f)
	}
	// It was made, and ended too early: EOF, a reset, a stream of HTTP/2 closed.
	return cutOff.error(f)
}

// answered translates a refusal of Microsoft's.
func (c *Client) answered(op operation, resp *http.Response) *service.Error {
	f := &Failure{Status: resp.StatusCode, wait: c.retryAfter(resp.Header)}
	var body struct {
		Error       string `json:"error"`
		SubError    string `json:"suberror"`
		Description string `json:"error_description"`
		Codes       []int  `json:"error_codes"`
		Trace       string `json:"trace_id"`
		Correlation string `json:"correlation_id"`
	}
	understood := false
	if b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20)); err == nil { // reads once
		understood = json.Unmarshal(b, &body) == nil && body.Error != ""
	}
	if understood {
		f.OAuthError, f.SubError = word(body.Error), word(body.SubError)
		f.Trace, f.Correlation = guid(body.Trace), guid(body.Correlation)
		f.AADSTS = aadsts(body.Description)
		if f.AADSTS == 0 && len(body.Codes) > 0 {
			f.AADSTS = body.Codes[0]
		}
	}
	r, known := refusalOf(op, f)
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		r = throttled
	case resp.StatusCode >= 500:
		r = unavailable
	case !understood:
		// A proxy, or the sign-in page of a hotel's network.
		r = strangerAnswers
	case !known && op == opApp:
		r = appRefused
	case !known:
		r = signInRefused
	}
	e := r.error(f)
	switch e.Code {
	case service.CodeClock:
		e.Message = c.clockMessage(resp.Header, e.Message)
	case service.CodeCertificate:
		// A certificate made by a clock that is ahead is not valid yet.
		if message := c.clockMessage(resp.Header, ""); message != "" {
			e = clockIsOff.error(f)
			e.Message = message
		}
	}
	return e
}

// RedirectError implements service.Identity. The description comes HTML-escaped
// in some answers; of it only Microsoft's code is kept.
func (c *Client) RedirectError(code, description string) *service.Error {
	f := &Failure{Reason: "the browser came back with an error", OAuthError: word(code), AADSTS: aadsts(html.UnescapeString(description))}
	r, known := refusalOf(opRedirect, f)
	if !known {
		r = signInRefused
	}
	e := r.error(f)
	c.report(context.Background(), opRedirect, e)
	return e
}

// refusalOf finds the words for a refusal. Microsoft asks programs to react to
// the OAuth error alone, because its own codes may become finer: so an unknown
// code falls back to what the OAuth error says.
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes#handling-error-codes-in-your-application
func refusalOf(op operation, f *Failure) (refusal, bool) {
	for _, table := range []map[int]refusal{refusalsOf[op], refusals} {
		if r, ok := table[f.AADSTS]; ok && f.AADSTS != 0 {
			return r, true
		}
	}
	for _, table := range []map[string]refusal{oauthRefusalsOf[op], oauthRefusals} {
		if r, ok := table[f.OAuthError]; ok {
			return r, true
		}
	}
	return refusal{}, false
}

// clockMessage says by how much the clock is off, if the answer tells.
func (c *Client) clockMessage(h http.Header, otherwise string) string {
	theirs, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return otherwise
	}
	off := c.now().Sub(theirs).Round(time.Minute)
	direction := "ahead of"
	if off < 0 {
		off, direction = -off, "behind"
	}
	if off < clockTolerance {
		return otherwise
	}
	return fmt.Sprintf("This computer's clock is %s %s Microsoft's, so Microsoft refuses its requests. Nothing is lost.", spell(off), direction)
}

// spell writes a duration of minutes in words.
func spell(d time.Duration) string {
	unit := func(n int, name string) string {
		if n == 1 {
			return "1 " + name
		}
		return strconv.Itoa(n) + " " + name + "s"
	}
	switch minutes := int(d / time.Minute); {
	case minutes < 120:
		return unit(minutes, "minute")
	case minutes < 48*60:
		return unit(minutes/60, "hour")
	default:
		return unit(minutes/(24*60), "day")
	}
}

// retryAfter reads seconds or a date:
// https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
func (c *Client) retryAfter(h http.Header) time.Duration {
	v := h.Get("Retry-After")
	var d time.Duration
	if n, err := strconv.ParseUint(v, 10, 31); err == nil {
		d = time.Duration(n) * time.Second
	} else if t, err := http.ParseTime(v); err == nil {
		d = t.Sub(c.now())
	}
	return min(max(d, 0), maxWait)
}

var (
	aadstsPattern = regexp.MustCompile(`AADSTS(\d{4,9})\b`)
	wordPattern   = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)
	guidPattern   = regexp.MustCompile(`^[0-9A-Fa-f-]{36}$`)
)

// aadsts is the first of Microsoft's codes in a text; 0 if there is none.
func aadsts(text string) int {
	m := aadstsPattern.FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1]) // nine digits at most
	return n
}

// word is s if it looks like an error code, so that nothing else gets logged.
func word(s string) string {
	if wordPattern.MatchString(s) {
		return s
	}
	return ""
}

func guid(s string) string {
	if guidPattern.MatchString(s) {
		return s
	}
	return ""
}
