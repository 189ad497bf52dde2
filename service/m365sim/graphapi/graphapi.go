// Package graphapi serves a simulated tenant as Microsoft Graph v1.0, as far
// as the product asks for it. What it does not know gets an error of Graph's
// own, never an invented success.
//
// A request passes through ServeHTTP: authenticate, find the route (route.go,
// table.go), check the token's permissions against those of the route
// (access.go), read the query options (query.go), then the handler. Handlers
// return a reply or a failure; neither is written elsewhere.
package graphapi

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"cloudappsecurity/service/m365sim/tenant"
)

// Caller is who a token speaks for.
type Caller struct {
	AppID    string
	TenantID string
	UserID   string   // object id; "" for an application by itself
	Roles    []string // of an application by itself
	Scopes   []string // of an application on behalf of a user
}

// AuthError says why a request has no caller.
type AuthError struct {
	Status  int    // 0: 401
	Code    string // "": InvalidAuthenticationToken
	Message string
}

// Options are what New needs. Log and what follows it may be missing.
type Options struct {
	Tenant       *tenant.Tenant
	Authenticate func(*http.Request) (Caller, *AuthError)
	BaseURL      func() string // scheme and host at which clients reach this
	Now          func() time.Time
	Log          *slog.Logger
	Rendered     bool // each page of a delta is rendered once (rendered.go)

	// ExpireDelta says whether the token of a delta query over a list has
	// expired before its time; middle is set for one of a next page. nil: never.
	ExpireDelta func(list string, middle bool) bool

	// CertificatePolicy is the longest lifetime of a certificate that a policy
	// of the tenant allows, 0 for none at all. nil: there is no policy.
	CertificatePolicy func() (longest time.Duration, on bool)

	// SharePointUnits is how many resource units an application has a minute;
	// nil or 0: as many as SharePoint grants a tenant of that size.
	SharePointUnits func() int
}

// api is the handler.
type api struct {
	Options
	routes   []route
	entities entities
	rendered rendered
	usage    usage
}

// New makes the handler. It expects paths that begin with /v1.0.
func New(o Options) http.Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.ExpireDelta == nil {
		o.ExpireDelta = func(string, bool) bool { return false }
	}
	if o.CertificatePolicy == nil {
		o.CertificatePolicy = func() (time.Duration, bool) { return 0, false }
	}
	a := &api{Options: o, entities: newEntities(), usage: usage{apps: map[string]*spent{}}}
	a.routes = a.table()
	return a
}

// request is a request on its way to a handler.
type request struct {
	*http.Request
	caller Caller
	vars   []string // what stood in the variable places of the path
	query  query
}

// reply is what a handler answers.
type reply struct {
	status int
	body   object // nil: none
	data   []byte // instead of body: it is rendered already
	text   string // instead of body
	header map[string]string
}

// object is a JSON object.
type object = map[string]any

func ok(body object) (*reply, *failure) { return &reply{status: http.StatusOK, body: body}, nil }

func noContent() (*reply, *failure) { return &reply{status: http.StatusNoContent}, nil }

// ServeHTTP answers one request.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	requestID := uuid.NewString()
	clientID := r.Header.Get("client-request-id")
	if clientID == "" {
		clientID = requestID
	}
	w.Header().Set("request-id", requestID)
	w.Header().Set("client-request-id", clientID)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Date", a.Now().UTC().Format(http.TimeFormat))

	if r.URL.Path == downloadPath && r.Method == http.MethodGet {
		a.download(w, r)
		return
	}
	answer, failed := a.answer(w, r)
	if failed != nil {
		a.Log.Debug("graph refused", "method", r.Method, "path", r.URL.Path, "status", failed.status, "code", failed.code)
		failed.write(w, a.Now(), requestID, clientID)
		return
	}
	answer.write(w)
}

func (a *api) answer(w http.ResponseWriter, r *http.Request) (*reply, *failure) {
	caller, denied := a.Authenticate(r)
	if denied != nil {
		return nil, unauthenticated(denied)
	}
	path, isV1 := strings.CutPrefix(r.URL.EscapedPath(), "/v1.0/")
	if !isV1 {
		return nil, badRequest("Invalid version: %s", strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 2)[0])
	}
	route, vars, failed := a.match(r.Method, path)
	if failed != nil {
		return nil, failed
	}
	if failed := a.authorize(caller, route); failed != nil {
		return nil, failed
	}
	headers, failed := a.spend(caller, route)
	for name, value := range headers {
		w.Header().Set(name, value)
	}
	if failed != nil {
		return nil, failed
	}
	q, failed := parseQuery(r, route)
	if failed != nil {
		return nil, failed
	}
	one := &request{Request: r, caller: caller, vars: vars, query: q}
	if a.Rendered && strings.HasSuffix(route.pattern, "/delta") {
		return a.rendered.kept(a, one, route.handle)
	}
	return route.handle(one)
}

func (p *reply) write(w http.ResponseWriter) {
	for name, value := range p.header {
		w.Header().Set(name, value)
	}
	switch {
	case p.body != nil || p.data != nil:
		body := p.data
		if body == nil {
			var err error
			if body, err = json.Marshal(p.body); err != nil { // bodies are made of plain maps, lists and texts
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
		}
		w.Header().Set("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
		w.Header().Set("OData-Version", "4.0")
		w.WriteHeader(p.status)
		_, _ = w.Write(body) // the client has gone, if this fails
	case p.text != "":
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(p.status)
		_, _ = w.Write([]byte(p.text))
	default:
		w.WriteHeader(p.status)
	}
}

// context is the @odata.context of an answer.
func (a *api) context(of string) string { return a.BaseURL() + "/v1.0/$metadata#" + of }
