package phish_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/link"
	"cloudappsecurity/service/inspect/mail"
	"cloudappsecurity/service/inspect/phish"
	"cloudappsecurity/service/inspect/rule"
	"cloudappsecurity/service/inspect/tenant"
)

// newsletter is some 5 KB of ordinary HTML with a dozen links.
func newsletter() []byte {
	var b strings.Builder
	b.WriteString("From: \"Harbour News\" <news@harbour-news.example>\r\nTo: user@contoso.com\r\nSubject: What's new on the quay\r\nList-Unsubscribe: <https://harbour-news.example/u>\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body>")
	for i := range 12 {
		fmt.Fprintf(&b, "<p>The crane on pier %d was repainted, and the customers of the café find new opening hours. We thank everybody who helped last week; a longer report with pictures follows, also about the account that the treasurer gave.</p><p><a href=\"https://harbour-news.example/story/%d?utm_source=mail&amp;utm_campaign=week%d\">Read the whole story</a></p>\r\n", i, i, i)
	}
	b.WriteString("<p><a href=\"https://www.facebook.com/harbour\">Facebook</a></p></body></html>")
	return []byte(b.String())
}

// BenchmarkInspect is what this family, the links' and the composites cost,
// without reading the message; of one whose body has 5 KB.
func BenchmarkInspect(b *testing.B) {
	raw := newsletter()
	m, _, err := mail.Read(budget.New(context.Background(), budget.Default()), bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		b.Fatal(err)
	}
	x := tenant.Compile(contoso)
	p, _ := phish.New(phish.Config{})
	l, _ := link.New(link.Config{})
	book, err := rule.NewBook(phish.Rules(), link.Rules())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		links := link.ResolveAll(m.Links)
		hits := p.Inspect(m, links, x)
		hits = append(hits, l.Inspect(links, phish.About(m, x))...)
		book.Combine(hits)
	}
}
