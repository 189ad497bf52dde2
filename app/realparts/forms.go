package realparts

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// Forms is a browser without a window and without scripts: it keeps cookies,
// follows redirects, reads pages and sends their forms. It walks the same pages
// as Chromium in a hundredth of the time, for tests that need many walks.
type Forms struct {
	client  *http.Client
	address *url.URL
	page    *html.Node

	// Sent are the forms that were sent: passwords, and the codes with which a
	// sign-in comes back.
	Sent []url.Values
}

// NewForms opens such a browser.
func NewForms(t testing.TB) *Forms {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &Forms{client: &http.Client{Transport: transport, Jar: jar, Timeout: Patience}}
}

// reload is how long a page without a script waits before it asks again.
const reload = 100 * time.Millisecond

// WalkForms is Walk in a browser without scripts: it opens url and does what
// each page asks for until the tab says how it ended or ctx ends.
func (a *Administrator) WalkForms(ctx context.Context, b *Forms, url string) (string, error) {
	err := b.open(ctx, http.MethodGet, url, nil)
	for err == nil {
		text := b.text()
		for _, end := range []string{"Return to Cloud App Security", "Access was not granted", "The removal is not finished", "Canceled"} {
			if strings.HasPrefix(b.title(), end) {
				return text, nil
			}
		}
		if a.Until != "" && strings.Contains(text, a.Until) {
			return text, nil
		}
		err = a.fill(ctx, b, text)
	}
	return b.text(), err
}

// fill acts on the page as Administrator.act does.
func (a *Administrator) fill(ctx context.Context, b *Forms, text string) error {
	if f := b.answer(); f != nil { // the page that sends itself back to the program
		return b.send(ctx, f, nil, nil)
	}
	if f, button := b.button("Grant Permission"); f != nil {
		return b.send(ctx, f, button, nil)
	}
	for _, name := range []string{removes, "Move protection here", "Remove it", "Keep it there", "Keep it"} {
		if f, button := b.button(name); f != nil && (a.Move || name != "Move protection here" && name != "Remove it") {
			return b.send(ctx, f, button, nil)
		}
	}
	for kind, typed := range map[string]string{"password": a.Password, "email": a.Username} {
		if f, field := b.field(kind); f != nil {
			_, button := b.button(map[string]string{"password": "Sign in", "email": "Next"}[kind])
			return b.send(ctx, f, button, map[string]string{attribute(field, "name"): typed})
		}
	}
	for _, name := range []string{"Accept", a.Username, leave, another} {
		if f, button := b.button(name); f != nil {
			return b.send(ctx, f, button, nil)
		}
	}
	for _, name := range []string{onward, reopen} {
		if to := b.link(name); to != "" {
			return b.open(ctx, http.MethodGet, to, nil)
		}
	}
	select {
	case <-time.After(reload):
		return b.open(ctx, http.MethodGet, b.address.String(), nil)
	case <-ctx.Done():
		return fmt.Errorf("on %q: %w", text, ctx.Err())
	}
}

func (b *Forms) open(ctx context.Context, method, to string, form url.Values) error {
	address, err := url.Parse(to)
	if err != nil {
		return err
	}
	if b.address != nil {
		address = b.address.ResolveReference(address)
	}
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, method, address.String(), body)
	if err != nil {
		return err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := b.client.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	b.address = response.Request.URL
	b.page, err = html.Parse(response.Body)
	return err
}

// send sends a form as a press on button does, with what was typed.
func (b *Forms) send(ctx context.Context, form, button *html.Node, typed map[string]string) error {
	values := url.Values{}
	for input := range elements(form, "input") {
		if name := attribute(input, "name"); name != "" && attribute(input, "type") != "checkbox" {
			values.Set(name, attribute(input, "value"))
		}
	}
	for name, value := range typed {
		values.Set(name, value)
	}
	if button != nil && attribute(button, "name") != "" {
		values.Set(attribute(button, "name"), attribute(button, "value"))
	}
	b.Sent = append(b.Sent, values)
	return b.open(ctx, http.MethodPost, attribute(form, "action"), values)
}

// answer is the form that a script would send at once.
func (b *Forms) answer() *html.Node {
	for form := range elements(b.page, "form") {
		if attribute(form, "id") == "answer" {
			return form
		}
	}
	return nil
}

func (b *Forms) button(name string) (form, button *html.Node) {
	for form := range elements(b.page, "form") {
		for button := range elements(form, "button") {
			if strings.Contains(content(button), name) {
				return form, button
			}
		}
	}
	return nil, nil
}

func (b *Forms) field(kind string) (form, field *html.Node) {
	for form := range elements(b.page, "form") {
		for field := range elements(form, "input") {
			if attribute(field, "type") == kind {
				return form, field
			}
		}
	}
	return nil, nil
}

func (b *Forms) link(name string) string {
	for a := range elements(b.page, "a") {
		if strings.Contains(content(a), name) {
			return attribute(a, "href")
		}
	}
	return ""
}

func (b *Forms) title() string {
	for title := range elements(b.page, "title") {
		return content(title)
	}
	return ""
}

// text is what the page says.
func (b *Forms) text() string {
	if b.page == nil {
		return ""
	}
	return content(b.page)
}

// elements are those of a name beneath n, in their order.
func elements(n *html.Node, name string) func(func(*html.Node) bool) {
	return func(yield func(*html.Node) bool) {
		for d := range n.Descendants() {
			if d.Type == html.ElementNode && d.Data == name && !yield(d) {
				return
			}
		}
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func content(n *html.Node) string {
	var text strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && d.Parent.Data != "script" && d.Parent.Data != "style" {
			text.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(text.String()), " ")
}
