package graph

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"cloudappsecurity/service"

	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/authentication"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	kiotahttp "github.com/microsoft/kiota-http-go"
	kiotajson "github.com/microsoft/kiota-serialization-json-go"
)

// DefaultBaseURL is Microsoft Graph of the global cloud.
const DefaultBaseURL = "https://graph.microsoft.com"

// Config is what a Client is made of. Only Token is required.
type Config struct {
	// BaseURL is scheme and host of Graph; DefaultBaseURL if empty. Plain http
	// is taken for this computer only.
	BaseURL string
	// Transport carries the requests; http.DefaultTransport if nil.
	Transport http.RoundTripper
	// Token obtains a token. It is kept until five minutes before it expires,
	// and obtained anew when Graph refuses it.
	Token func(ctx context.Context) (service.Token, error)
	// UserAgent names the program.
	UserAgent string
	// Waiting is told why a request waits and until when, and is called with
	// "" when the wait is over. It may be called by several goroutines.
	Waiting func(reason string, until time.Time)
	// Now and Sleep are the clock; the system's if nil.
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error
	Log   *slog.Logger
}

// Client speaks with Microsoft Graph with one token.
type Client struct {
	base    *url.URL
	adapter *kiotahttp.NetHttpRequestAdapter
	waiting func(string, time.Time)
	now     func() time.Time
	sleep   func(context.Context, time.Duration) error
	log     *slog.Logger
}

// New makes a Client. It sends nothing.
func New(c Config) (*Client, error) {
	if c.Token == nil {
		return nil, errors.New("graph: no source of tokens")
	}
	base, err := parseBase(c.BaseURL)
	if err != nil {
		return nil, err
	}
	if c.Transport == nil {
		c.Transport = http.DefaultTransport
	}
	if c.Waiting == nil {
		c.Waiting = func(string, time.Time) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Sleep == nil {
		c.Sleep = sleep
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	client := &http.Client{
		Transport: transport(c, base),
		// A redirect is never followed: it would be answered by another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	// Kiota authenticates nothing: its token provider silently sends no token
	// to hosts outside its list, where ours refuses them.
	adapter, err := kiotahttp.NewNetHttpRequestAdapterWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		&authentication.AnonymousAuthenticationProvider{},
		kiotajson.NewJsonParseNodeFactory(), kiotajson.NewJsonSerializationWriterFactory(), client)
	if err != nil {
		return nil, err
	}
	return &Client{base: base, adapter: adapter, waiting: c.Waiting, now: c.Now, sleep: c.Sleep, log: c.Log}, nil
}

// Tenant gives the operations with an administrator's delegated token.
func (c *Client) Tenant() *Tenant { return &Tenant{c} }

// Directory gives the operations with an app-only token.
func (c *Client) Directory() *Directory { return &Directory{c} }

// Sites gives the operations on sites with an app-only token.
func (c *Client) Sites() *Sites { return &Sites{c: c, roots: map[string]string{}} }

// Drives gives the operations on drives with an app-only token.
func (c *Client) Drives() *Drives { return &Drives{c} }

func parseBase(s string) (*url.URL, error) {
	if s == "" {
		s = DefaultBaseURL
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, errors.New("graph: the address of Microsoft Graph can't be read")
	}
	if u.Host == "" || u.User != nil || u.RawQuery != "" || strings.Trim(u.Path, "/") != "" {
		return nil, errors.New("graph: the address of Microsoft Graph has to be scheme and host")
	}
	ip := net.ParseIP(u.Hostname())
	loopback := u.Hostname() == "localhost" || (ip != nil && ip.IsLoopback())
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback) {
		return nil, errors.New("graph: the address of Microsoft Graph has to begin with https://")
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// The request headers in use.
const (
	headerPrefer      = "Prefer"
	headerConsistency = "ConsistencyLevel"
)

// advanced is the header without which Graph refuses $count and casts:
// https://learn.microsoft.com/graph/aad-advanced-queries
var advanced = map[string]string{headerConsistency: "eventual"}

// immutable goes with every request for mail, so that IDs survive a move:
// https://learn.microsoft.com/graph/outlook-immutable-id
var immutable = map[string]string{headerPrefer: `IdType="ImmutableId"`}

// call is one request to Graph.
type call struct {
	method  abs.HttpMethod
	url     string
	headers map[string]string
	model   serialization.Parsable // body
	raw     any                    // body, as encoding/json writes it
}

// at gives the address of a path below /v1.0, whose parts are escaped already.
// Query options come as name, value, name, value.
func (c *Client) at(path string, query ...string) string {
	var b strings.Builder
	b.WriteString(c.base.String())
	b.WriteString("/v1.0")
	b.WriteString(path)
	for i := 0; i+1 < len(query); i += 2 {
		b.WriteByte("?&"[min(i, 1)])
		b.WriteString(query[i])
		b.WriteByte('=')
		b.WriteString(escapeQuery(query[i+1]))
	}
	return b.String()
}

// escapeQuery escapes everything that is special in a query: the # of a
// guest's name and the + of an address foremost. Commas and apostrophes stay,
// so that addresses read like Microsoft's.
func escapeQuery(s string) string {
	return strings.NewReplacer("+", "%20", "%2C", ",", "%27", "'", "%28", "(", "%29", ")").Replace(url.QueryEscape(s))
}

// quote writes s as a string of OData: a quote within is doubled.
// https://learn.microsoft.com/graph/query-parameters#escaping-single-quotes
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// quotePath is quote for use within a path.
func quotePath(s string) string {
	return "'" + url.PathEscape(strings.ReplaceAll(s, "'", "''")) + "'"
}

func (c *Client) request(ctx context.Context, q call) (*abs.RequestInformation, error) {
	u, err := url.Parse(q.url)
	if err != nil {
		return nil, errors.New("an address can't be read")
	}
	r := abs.NewRequestInformation()
	r.Method = q.method
	r.SetUri(*u)
	r.Headers.Add("Accept", "application/json")
	for name, value := range q.headers {
		r.Headers.Add(name, value)
	}
	switch {
	case q.model != nil:
		if err := r.SetContentFromParsable(ctx, c.adapter, "application/json", q.model); err != nil {
			return nil, err
		}
	case q.raw != nil:
		body, err := json.Marshal(q.raw)
		if err != nil {
			return nil, err
		}
		r.SetStreamContentAndContentType(body, "application/json")
	}
	return r, nil
}

// object sends q and reads the answer as a model; nil if it has no body.
func (c *Client) object(ctx context.Context, q call, f serialization.ParsableFactory) (serialization.Parsable, error) {
	r, err := c.request(ctx, q)
	if err != nil {
		return nil, err
	}
	return c.adapter.Send(ctx, r, f, nil)
}

// bytes sends q and gives the body of the answer.
func (c *Client) bytes(ctx context.Context, q call) ([]byte, error) {
	r, err := c.request(ctx, q)
	if err != nil {
		return nil, err
	}
	v, err := c.adapter.SendPrimitive(ctx, r, "[]byte", nil)
	if err != nil {
		return nil, err
	}
	b, _ := v.([]byte)
	return b, nil
}
