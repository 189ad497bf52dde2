package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"cloudappsecurity/service"
)

// Connection is the transport of all requests to Microsoft 365. It remembers
// whether the latest one reached anybody, which is what Online and Offline mean
// on the screens.
type Connection struct {
	next   http.RoundTripper
	events *service.Events
	now    func() time.Time

	mu      sync.Mutex
	offline bool
	changed time.Time // when offline last changed
	reached time.Time // latest answer of any kind
}

func newConnection(next http.RoundTripper, e *service.Events, now func() time.Time) *Connection {
	return &Connection{next: next, events: e, now: now}
}

// RoundTrip sends r. Any answer, even a refusal, means online; a canceled
// request means nothing.
func (c *Connection) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(r)
	switch {
	case err == nil:
		c.set(false)
	case r.Context().Err() == nil && !errors.Is(err, context.Canceled):
		c.set(true)
	}
	return resp, err
}

// CloseIdleConnections closes what the transport keeps open.
func (c *Connection) CloseIdleConnections() {
	if t, ok := c.next.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

func (c *Connection) set(offline bool) {
	c.mu.Lock()
	if !offline {
		c.reached = c.now()
	}
	flipped := c.offline != offline
	if flipped {
		c.offline, c.changed = offline, c.now()
	}
	c.mu.Unlock()
	if flipped {
		c.events.Connection.Emit()
	}
}

// Online says whether the latest request reached Microsoft 365. Before any
// request it is assumed.
func (c *Connection) Online() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.offline
}

// Since is when Online last changed; zero if it never did.
func (c *Connection) Since() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

// Back waits until it is worth trying again after a request that reached nobody:
// until another one did, for at least a moment.
func (c *Connection) Back(ctx context.Context) error {
	again := make(chan struct{}, 1)
	defer c.events.Connection.Listen(func() {
		select {
		case again <- struct{}{}:
		default:
		}
	})()
	if c.Online() { // as others found it meanwhile: not every host is away
		pause := time.NewTimer(probeOffline)
		defer pause.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-pause.C:
		}
	}
	for !c.Online() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-again:
		}
	}
	return nil
}

// newTransport makes the transport beneath Connection. caFile names a PEM file
// with certification authorities to trust beside the system's.
func newTransport(caFile string) (*http.Transport, error) {
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   8,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   15 * time.Second,
		ResponseHeaderTimeout: time.Minute,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if caFile == "" {
		return t, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, &service.Error{Code: service.CodeInternal, Message: "The file of the certification authority can't be read: " + caFile + ".",
			Help: "Check CAS_CA_FILE.", Cause: err}
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, &service.Error{Code: service.CodeInternal, Message: "The file of the certification authority holds no certificate: " + caFile + ".",
			Help: "Check CAS_CA_FILE: it has to be a PEM file."}
	}
	t.TLSClientConfig.RootCAs = pool
	return t, nil
}
