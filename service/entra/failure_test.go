package entra

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"cloudappsecurity/service"
)

// What can't be reached is offline; a connection that was made and ended too
// early is tried again.
func TestUnanswered(t *testing.T) {
	t.Parallel()
	c, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		err  error
		want service.Code
	}{
		"no network":       {&net.OpError{Op: "dial", Err: syscall.ENETUNREACH}, service.CodeOffline},
		"no proxy":         {&net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED}, service.CodeOffline},
		"no name":          {&net.DNSError{Err: "no such host"}, service.CodeOffline},
		"refused by TLS":   {tls.AlertError(40), service.CodeOffline},
		"reset":            {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, service.CodeUnavailable},
		"closed":           {io.EOF, service.CodeUnavailable},
		"cut":              {io.ErrUnexpectedEOF, service.CodeUnavailable},
		"a closed stream":  {errors.New("stream error: stream ID 3; INTERNAL_ERROR; received from peer"), service.CodeUnavailable},
		"broken when sent": {&net.OpError{Op: "write", Err: syscall.EPIPE}, service.CodeUnavailable},
	} {
		e := c.unanswered(&url.Error{Op: "Post", URL: "https://login.example/token", Err: tt.err})
		if e.Code != tt.want || e.Message == "" || e.Help == "" {
			t.Errorf("%s: %s, want %s", name, e.Code, tt.want)
		}
	}
}

// A certificate that was made by a clock which is ahead is refused as one that
// is not valid: the clock is what has to be set.
func TestCertificateOfAClockThatIsAhead(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	c, err := New(Config{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for theirs, want := range map[time.Time]service.Code{
		now: service.CodeCertificate, now.Add(-time.Hour): service.CodeClock, now.Add(time.Hour): service.CodeClock,
	} {
		e := c.answered(opApp, &http.Response{
			StatusCode: http.StatusUnauthorized, Header: http.Header{"Date": {theirs.Format(http.TimeFormat)}},
			Body: io.NopCloser(strings.NewReader(`{"error":"invalid_client","error_codes":[700027],"error_description":"AADSTS700027: The key used is expired."}`)),
		})
		if e.Code != want || e.AADSTS != "AADSTS700027" {
			t.Errorf("%s: %s %s, want %s", theirs, e.Code, e.AADSTS, want)
		}
	}
}
