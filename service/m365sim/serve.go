package m365sim

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"cloudappsecurity/service/m365sim/faults"
	"cloudappsecurity/service/m365sim/identity"
	"cloudappsecurity/service/m365sim/tenant"
)

// How long a client may take.
const (
	headerTime   = 10 * time.Second
	idleTime     = 2 * time.Minute
	shutdownTime = 3 * time.Second
)

// serve opens the listeners and begins to serve.
func (s *Server) serve(ctx context.Context, o Options) error {
	var authority, browser, graph, control place
	last := s.readPorts()
	for _, l := range []struct {
		place *place
		port  int
	}{{&authority, last.Authority}, {&browser, last.Browser}, {&graph, last.Graph}, {&control, last.Control}} {
		p, err := listen(ctx, l.port)
		if err != nil {
			return err
		}
		*l.place = p
		s.onClose(p.close)
	}
	if err := s.writePorts(ports{authority.port, browser.port, graph.port, control.port}); err != nil {
		return err
	}
	config, err := s.serverTLS()
	if err != nil {
		return err
	}
	secret, err := controlSecret(o.Random)
	if err != nil {
		return err
	}
	s.info = Info{
		Authority: authority.address("https"), Browser: browser.address("http"), Graph: graph.address("https"),
		CAFile: filepath.Join(s.dir, caFile), Control: control.address("http") + "/" + secret,
		TenantID: s.tenant.ID(), SignInAppID: tenant.CommandLineToolsAppID,
		Admin: Admin{s.tenant.AdminUsername(), s.tenant.AdminPassword()},
	}
	s.har.Secret(secret, s.tenant.AdminPassword(), s.tenant.UserPassword())
	key, err := s.signingKey()
	if err != nil {
		return err
	}
	s.identity, err = identity.New(identity.Options{
		Tenant: s.tenant, Authority: s.info.Authority, Browser: s.info.Browser, Graph: s.info.Graph,
		Key: key, Now: s.serviceNow, Random: o.Random, Log: s.log,
		Refuse:       func(step string) int { return s.faults.SignInError(faults.Step(step)) },
		NoRedirect:   func() bool { return s.faults.On(faults.ConsentNoRedirect) },
		RefuseReplay: func() bool { return s.faults.On(faults.AssertionReplay) },
	})
	if err != nil {
		return err
	}
	s.run(authority, config, s.disturb(s.watch(s.info.Authority, s.failSignIn(s.identity.Authority())), s.faults.CutSignIn))
	s.run(browser, nil, s.watch(s.info.Browser, s.identity.Browser()))
	s.run(graph, config, s.disturb(s.watch(s.info.Graph, s.failGraph(s.graph())), s.faults.Cut))
	s.run(control, nil, s.control("/"+secret))
	return nil
}

// watch records and counts.
func (s *Server) watch(origin string, next http.Handler) http.Handler {
	return s.har.Handler(origin, s.stats.handler(next))
}

// run serves at a place until Close.
func (s *Server) run(p place, config *tls.Config, handler http.Handler) {
	server := &http.Server{
		Handler: p.onlyHere(handler), TLSConfig: config.Clone(), ReadHeaderTimeout: headerTime, IdleTimeout: idleTime,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	var running sync.WaitGroup
	for _, l := range p.listeners {
		running.Go(func() {
			serve := server.Serve
			if config != nil {
				serve = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
			}
			if err := serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
				s.log.Error("a listener ended", "error", err)
			}
		})
	}
	s.onClose(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
		defer cancel()
		err := server.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = server.Close() // somebody holds a connection: let it go
		}
		running.Wait()
		return err
	})
}

func (p place) close() error {
	for _, l := range p.listeners {
		_ = l.Close() // mostly closed by its server before
	}
	return nil
}

// Close ends the simulation, its state saved and its recording complete. It
// may be called again.
func (s *Server) Close() error {
	s.closing.Do(func() {
		var failures []error
		for _, f := range slices.Backward(s.cleanup) {
			failures = append(failures, f())
		}
		s.closed = errors.Join(failures...)
	})
	return s.closed
}

func controlSecret(random io.Reader) (string, error) {
	if random == nil {
		random = rand.Reader
	}
	data := make([]byte, 24)
	if _, err := io.ReadFull(random, data); err != nil {
		return "", fmt.Errorf("randomness: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(data), nil
}
