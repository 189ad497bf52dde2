// Package loopback serves the permission page of a grant on this computer, and the two addresses to which Microsoft sends
// the browser back. It listens on loopback only, under one random port and one secret, for as long as one grant lasts.
package loopback

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"cloudappsecurity/service"
)

// Config is what the outside world looks like. Its zero value is the real one.
type Config struct {
	Rand io.Reader
	Now  func() time.Time
	Log  *slog.Logger
	// Grace is how long Close waits until a tab that is open has fetched the last page; 4 s if zero.
	Grace time.Duration
	// Listen is net.Listen unless set.
	Listen func(network, address string) (net.Listener, error)
}

// New gives what opens permission pages.
func New(c Config) service.Handoffs {
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Grace == 0 {
		c.Grace = 4 * time.Second
	}
	if c.Listen == nil {
		c.Listen = net.Listen
	}
	return handoffs{c}
}

type handoffs struct{ Config }

// secretBytes is the length of the one-time secret in the address: 192 bits.
const secretBytes = 24

// Open listens, and serves the permission page from then on.
func (o handoffs) Open(ctx context.Context, c service.HandoffConfig) (service.Handoff, error) {
	if err := ctx.Err(); err != nil {
		return nil, service.AsError(err)
	}
	views, err := parse()
	if err != nil {
		return nil, service.AsError(err)
	}
	secret := make([]byte, secretBytes)
	if _, err := io.ReadFull(o.Rand, secret); err != nil {
		return nil, service.AsError(fmt.Errorf("random secret: %w", err))
	}
	listeners, port, err := o.listen()
	if err != nil {
		return nil, &service.Error{
			Code:    service.CodeInternal,
			Message: "The permission page could not be opened: no program may listen on this computer's own address.",
			Help:    "Nothing was lost. Allow Cloud App Security to listen on localhost, or switch off the software which forbids it, and try again.",
			Cause:   err,
		}
	}
	h := newHandoff(o.Config, c, views, "localhost:"+strconv.Itoa(port), base64.RawURLEncoding.EncodeToString(secret))
	h.serve(listeners)
	return h, nil
}

// listen opens one port on 127.0.0.1 and, where this computer has it, on ::1: "localhost" may mean either.
func (o handoffs) listen() ([]net.Listener, int, error) {
	const tries = 20
	var last error
	for range tries {
		four, err := o.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return nil, 0, err
		}
		address, ok := four.Addr().(*net.TCPAddr)
		if !ok {
			_ = four.Close()
			return nil, 0, errors.New("the listener has no TCP address")
		}
		port := address.Port
		six, err := o.Listen("tcp6", net.JoinHostPort("::1", strconv.Itoa(port)))
		if err == nil {
			return []net.Listener{four, six}, port, nil
		}
		// Either there is no ::1 here, or another program has this port on it: then its pages must not be taken for ours.
		if !o.hasIPv6() {
			return []net.Listener{four}, port, nil
		}
		_ = four.Close()
		last = err
	}
	return nil, 0, fmt.Errorf("no port is free on both 127.0.0.1 and ::1: %w", last)
}

func (o handoffs) hasIPv6() bool {
	six, err := o.Listen("tcp6", "[::1]:0")
	if err != nil {
		return false
	}
	_ = six.Close()
	return true
}

// prefix is how addresses of the pages begin: what they are for can be read in
// the browser's history.
func prefix(c service.HandoffConfig) string {
	if c.Removes != "" {
		return "/remove/"
	}
	return "/grant/"
}

func newHandoff(o Config, c service.HandoffConfig, views *template.Template, host, secret string) *handoff {
	h := &handoff{
		Config:  o,
		config:  c,
		views:   views,
		host:    host,
		secret:  secret,
		base:    prefix(c) + secret + "/",
		events:  make(chan service.HandoffEvent, 16),
		closing: make(chan struct{}),
		closed:  make(chan struct{}),
		page:    page{HandoffPage: service.HandoffPage{Kind: service.HandoffStart}},
		version: 1,
	}
	h.server = &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      beginTimeout + 15*time.Second,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
	return h
}
