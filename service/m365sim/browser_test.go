package m365sim_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"cloudappsecurity/service/m365sim"
)

// clock is a clock that tests set.
type clock struct{ at chan time.Time }

func newClock() clock {
	c := clock{make(chan time.Time, 1)}
	c.at <- time.Now()
	return c
}

func (c clock) now() time.Time {
	t := <-c.at
	c.at <- t
	return t
}

func (c clock) advance(d time.Duration) { c.at <- (<-c.at).Add(d) }

// start starts a simulation that ends with the test.
func start(t *testing.T, o m365sim.Options) *m365sim.Server {
	t.Helper()
	s, err := m365sim.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// program is an HTTP client as programs have it: it trusts the simulation's CA
// only.
func program(t *testing.T, s *m365sim.Server) *http.Client {
	t.Helper()
	data, err := os.ReadFile(s.Info().CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		t.Fatal("no certificate in the CA file")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// browser goes through the pages as a person does. It stops where the pages
// lead back to a program.
type browser struct {
	t      *testing.T
	client *http.Client
	host   string

	status int
	page   *html.Node
	text   string     // what the page says
	back   url.Values // what a program was sent
	to     string     // and where
}

func newBrowser(t *testing.T, s *m365sim.Server) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{t: t, host: strings.TrimPrefix(s.Info().Browser, "http://"), client: &http.Client{
		Transport: transport, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (b *browser) open(address string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	b.do(r)
}

func (b *browser) do(r *http.Request) {
	b.t.Helper()
	b.back, b.to = nil, ""
	response, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		b.t.Fatal(err)
	}
	b.status = response.StatusCode
	if response.StatusCode/100 == 3 {
		location, err := response.Location()
		if err != nil {
			b.t.Fatal(err)
		}
		if location.Host == b.host {
			b.open(location.String())
			return
		}
		b.back = location.Query()
		if location.Fragment != "" {
			b.back, _ = url.ParseQuery(location.Fragment)
		}
		location.RawQuery, location.Fragment = "", ""
		b.to, b.text = location.String(), ""
		return
	}
	b.read(response, string(body))
}

func (b *browser) read(response *http.Response, body string) {
	b.t.Helper()
	if cached := response.Header.Get("Cache-Control"); cached != "no-store" {
		b.t.Errorf("%s: Cache-Control is %q", response.Request.URL.Path, cached)
	}
	var err error
	if b.page, err = html.Parse(strings.NewReader(body)); err != nil {
		b.t.Fatal(err)
	}
	b.text = words(b.page)
	if !strings.Contains(b.text, "This is a simulated Microsoft 365 on this computer.") {
		b.t.Errorf("the page doesn't say what it is: %s", b.text)
	}
	for _, form := range find(b.page, "form", nil) {
		if attr(form, "id") == "answer" {
			b.back, b.to = fields(form), attr(form, "action")
		}
	}
}

// press sends the form with that button, its fields filled in.
func (b *browser) press(button string, filled ...string) {
	b.t.Helper()
	for _, form := range find(b.page, "form", nil) {
		for _, node := range find(form, "button", nil) {
			if !strings.Contains(words(node), button) {
				continue
			}
			values := fields(form)
			for i := 0; i < len(filled); i += 2 {
				values.Set(filled[i], filled[i+1])
			}
			if name := attr(node, "name"); name != "" {
				values.Set(name, attr(node, "value"))
			}
			r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, "http://"+b.host+attr(form, "action"), strings.NewReader(values.Encode()))
			if err != nil {
				b.t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			b.do(r)
			return
		}
	}
	b.t.Fatalf("there is no button %q on the page: %s", button, b.text)
}

// signIn goes through both halves of the sign-in.
func (b *browser) signIn(username, password string) {
	b.t.Helper()
	b.press("Next", "loginfmt", username)
	b.press("Sign in", "passwd", password)
}

// says checks that the page holds each text.
func (b *browser) says(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		if !strings.Contains(b.text, text) {
			b.t.Errorf("the page doesn't say %q: %s", text, b.text)
		}
	}
}

// has reports whether there is an element with such an attribute.
func (b *browser) has(element, name, value string) bool {
	for _, node := range find(b.page, element, nil) {
		if attr(node, name) == value {
			return true
		}
	}
	return false
}

func find(n *html.Node, element string, list []*html.Node) []*html.Node {
	if n.Type == html.ElementNode && n.Data == element {
		list = append(list, n)
	}
	for c := range n.ChildNodes() {
		list = find(c, element, list)
	}
	return list
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// fields are those that a form sends without a button: boxes are not ticked.
func fields(form *html.Node) url.Values {
	values := url.Values{}
	for _, input := range find(form, "input", nil) {
		if name := attr(input, "name"); name != "" && attr(input, "type") != "checkbox" {
			values.Set(name, attr(input, "value"))
		}
	}
	return values
}

func words(n *html.Node) string {
	var text strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode && n.Parent != nil && n.Parent.Data != "script" && n.Parent.Data != "style" {
			text.WriteString(n.Data + " ")
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
	}
	walk(n)
	return strings.Join(strings.Fields(text.String()), " ")
}
