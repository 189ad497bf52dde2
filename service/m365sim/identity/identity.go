// Package identity is the simulated Microsoft Entra ID: the endpoints which
// programs call (discovery, keys, tokens) and the pages which a browser shows
// (sign-in, account picker, consent, admin consent).
//
// It grants what Entra grants and refuses what Entra refuses, with the same
// AADSTS codes. Whom and what there is to know it reads from package tenant.
//
// A walk through the pages is a flow (flow.go). It begins at /authorize
// (authorize.go) or /adminconsent (adminconsent.go), goes through the sign-in
// (signin.go) and a consent (consent.go), and ends in a redirect to the
// program. Package-internal failures (failure.go) either stay on Entra's own
// page or go back with the redirect.
package identity

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"cloudappsecurity/service/m365sim/tenant"
)

// Options say what a Server serves.
type Options struct {
	Tenant *tenant.Tenant

	// Scheme and host of the endpoints for programs, of the pages for
	// browsers, and of Graph.
	Authority, Browser, Graph string

	// Key signs the tokens. nil: a new one.
	Key *rsa.PrivateKey

	// Now is the clock. nil: time.Now.
	Now func() time.Time

	// Random is the source of codes and session ids; it has to be safe for
	// several goroutines. nil: crypto/rand.
	Random io.Reader

	// Log may be nil.
	Log *slog.Logger

	// Refuse is the code with which a step is refused although nothing is
	// wrong with it, 0 for none. nil: never. The steps are those of refusals.go.
	Refuse func(step string) int

	// NoRedirect says whether the browser stays on our page after an
	// administrator's consent. nil: no.
	NoRedirect func() bool

	// RefuseReplay says whether an assertion is good for one request only.
	// nil: no.
	RefuseReplay func() bool
}

// Server is the simulated Entra.
type Server struct {
	tenant                    *tenant.Tenant
	authority, browser, graph string
	now                       func() time.Time
	random                    io.Reader
	log                       *slog.Logger
	keys                      signer
	pages                     *pages
	faultAt                   func(step string) int
	noRedirect, refuseReplay  func() bool

	mu       sync.Mutex
	sessions map[string]*session
	flows    map[string]*flow
	codes    map[string]*code
	refresh  map[string]refreshToken
	abroad   map[string][]string  // consents in the other organization: user and client → scopes
	seen     map[string]time.Time // ids of assertions, until they expire
}

// New makes a Server.
func New(o Options) (*Server, error) {
	s := &Server{
		tenant: o.Tenant, authority: o.Authority, browser: o.Browser, graph: o.Graph, now: o.Now, random: o.Random, log: o.Log,
		sessions: map[string]*session{}, flows: map[string]*flow{}, codes: map[string]*code{},
		refresh: map[string]refreshToken{}, abroad: map[string][]string{}, seen: map[string]time.Time{},
		faultAt: o.Refuse, noRedirect: o.NoRedirect, refuseReplay: o.RefuseReplay,
	}
	never := func() bool { return false }
	if s.faultAt == nil {
		s.faultAt = func(string) int { return 0 }
	}
	if s.noRedirect == nil {
		s.noRedirect = never
	}
	if s.refuseReplay == nil {
		s.refuseReplay = never
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.random == nil {
		s.random = rand.Reader
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	key := o.Key
	if key == nil {
		var err error
		if key, err = NewKey(); err != nil {
			return nil, err
		}
	}
	s.keys = newSigner(key)
	var err error
	s.pages, err = loadPages()
	return s, err
}

// Authority serves the endpoints that programs call.
func (s *Server) Authority() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", s.discovery)
	mux.HandleFunc("GET /{tenant}/discovery/v2.0/keys", s.jwks)
	mux.HandleFunc("GET /common/discovery/instance", s.instances)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", s.token)
	return mux
}

// Browser serves the pages.
func (s *Server) Browser() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{tenant}/oauth2/v2.0/authorize", s.authorize)
	mux.HandleFunc("GET /{tenant}/v2.0/adminconsent", s.adminConsent)
	mux.HandleFunc("GET /{tenant}/oauth2/v2.0/logout", s.logout)
	mux.HandleFunc("GET /login", s.showFlow)
	mux.HandleFunc("POST /login/{step}", s.advanceFlow)
	mux.HandleFunc("GET /style.css", s.style)
	mux.HandleFunc("GET /{$}", s.front)
	return mux
}

// secret makes a value that can't be guessed.
func (s *Server) secret() string {
	data := make([]byte, 32)
	if _, err := io.ReadFull(s.random, data); err != nil {
		panic(fmt.Sprintf("no randomness: %v", err)) // crypto/rand does the same
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

func (s *Server) guid() string {
	id, err := uuid.NewRandomFromReader(s.random)
	if err != nil {
		panic(fmt.Sprintf("no randomness: %v", err))
	}
	return id.String()
}

// realm is what the first part of an address names: an organization, or any.
type realm struct {
	name string // as in the address
	any  bool   // common, organizations
	org  tenant.Organization
}

func (s *Server) realm(name string) (realm, *failure) {
	switch strings.ToLower(name) {
	case "common", "organizations":
		return realm{name: strings.ToLower(name), any: true}, nil
	}
	org, ok := s.tenant.Organization(name)
	if !ok {
		return realm{}, tenantNotFound(name)
	}
	return realm{name: name, org: org}, nil
}

func (s *Server) issuer(tenantID string) string { return s.authority + "/" + tenantID + "/v2.0" }
