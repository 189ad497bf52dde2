package phish_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content"
	"cloudappsecurity/service/inspect/link"
	"cloudappsecurity/service/inspect/mail"
	"cloudappsecurity/service/inspect/phish"
	"cloudappsecurity/service/inspect/rule"
	"cloudappsecurity/service/inspect/tenant"
)

// contoso is the organization to which the rules' examples are sent.
var contoso = tenant.Context{
	Domains: []string{"contoso.com"},
	People: []tenant.Person{
		{Name: "Anna Meier", Address: "anna.meier@contoso.com", VIP: true},
		{Name: "Bruno Costa", Address: "bruno.costa@contoso.com"},
	},
	Correspondents: []string{"orders@fabrikam-tools.com", "jo.park@gmail.com"},
}

var blocked = phish.Config{Blocked: []string{"*@blocked.example"}, Approved: []string{"*@approved.example"}}

// example makes a message of a rule's example: a whole one begins with "From:".
func example(text string) []byte {
	if !strings.HasPrefix(text, "From:") {
		text = "From: \"Someone\" <someone@elsewhere.example>\nSubject: Hello\n\n" + text
	}
	header, body, _ := strings.Cut(text, "\n\n")
	if !strings.Contains(header, "\nTo:") {
		header += "\nTo: user@contoso.com"
	}
	if strings.HasPrefix(strings.TrimSpace(body), "<") && !strings.Contains(header, "Content-Type") {
		header += "\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8"
	} else if !strings.Contains(header, "Content-Type") {
		header += "\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8"
	}
	return []byte(strings.ReplaceAll(header+"\n\n"+body, "\n", "\r\n"))
}

func inspect(t testing.TB, raw []byte, c phish.Config, known tenant.Context) []rule.Hit {
	t.Helper()
	b := budget.New(context.Background(), budget.Default())
	m, parts, err := mail.Read(b, bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		m.Items = append(m.Items, content.Inspect(b, p.Source, content.Input{Name: p.Name, Declared: p.Declared, Path: p.Path, Inline: p.Inline, Depth: p.Depth}, content.Options{}))
	}
	links := m.Links
	content.Walk(m.Items, func(i *content.Item) { links = append(slices.Clip(links), i.Links...) })
	resolved := link.ResolveAll(links)
	x := tenant.Compile(known)
	p, err := phish.New(c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := link.New(link.Config{Block: []string{"blocked.example"}})
	if err != nil {
		t.Fatal(err)
	}
	book, err := book()
	if err != nil {
		t.Fatal(err)
	}
	hits := append(p.Inspect(m, resolved, x), l.Inspect(resolved, phish.About(m, x))...)
	return book.Combine(hits)
}

var book = sync.OnceValues(func() (*rule.Book, error) { return rule.NewBook(phish.Rules(), link.Rules()) })

func names(hits []rule.Hit) []string {
	var out []string
	for _, h := range hits {
		out = append(out, h.Rule.Name)
	}
	return out
}

// Every rule has an example, which fires it.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, s := range []*rule.Set{phish.Rules(), link.Rules()} {
		for _, r := range s.Rules() {
			t.Run(r.Name, func(t *testing.T) {
				t.Parallel()
				text := s.Examples()[r.Name]
				if text == "" {
					t.Fatal("there is no example")
				}
				for _, h := range inspect(t, example(text), blocked, contoso) {
					if h.Rule.Name == r.Name {
						return
					}
				}
				t.Errorf("the example fires only %v", names(inspect(t, example(text), blocked, contoso)))
			})
		}
	}
}
