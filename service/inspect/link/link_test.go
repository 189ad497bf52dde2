package link_test

import (
	"errors"
	"strings"
	"testing"

	"cloudappsecurity/service"
	"cloudappsecurity/service/inspect/link"
	"cloudappsecurity/service/inspect/markup"
	"cloudappsecurity/service/inspect/rule"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, scheme, host, org string }{
		{"https://www.Example.co.uk/a?b#c", "https", "www.example.co.uk", "example.co.uk"},
		{"www.example.com", "http", "www.example.com", "example.com"},
		{"//example.com/x", "https", "example.com", "example.com"},
		{`https:\\example.com\x`, "https", "example.com", "example.com"},
		{"https:example.com/x", "https", "example.com", "example.com"},
		{"ht\ntps://exa\tmple.com/x", "https", "example.com", "example.com"},
		{"https://user:pw@example.com/", "https", "example.com", "example.com"},
		{"http://0x7f000001/", "http", "127.0.0.1", "127.0.0.1"},
		{"http://0300.0250.1/", "http", "192.168.0.1", "192.168.0.1"},
		{"http://3405803783/", "http", "203.0.113.7", "203.0.113.7"},
		{"http://[2001:db8::1]:8080/", "http", "2001:db8::1", "2001:db8::1"},
		{"https://%65xample.com/", "https", "example.com", "example.com"},
		{"https://xn--pypal-4ve.com/", "https", "pаypal.com", "pаypal.com"},
		{"https://example.com./", "https", "example.com", "example.com"},
		{"https://a.web.app/", "https", "a.web.app", "a.web.app"},
		{"mailto:a@example.com", "mailto", "", ""},
		{"javascript:alert(1)", "javascript", "", ""},
		{"page.html", "", "", ""},
		{"", "", "", ""},
		{"https://", "", "", ""},
	} {
		got := link.Parse(tt.in)
		if got.Scheme != tt.scheme || got.Host != tt.host || got.Org != tt.org {
			t.Errorf("Parse(%q) = %q %q %q", tt.in, got.Scheme, got.Host, got.Org)
		}
	}
}

func TestDisguise(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{
		"https://example.com/": false, "http://203.0.113.7/": false, "https://example.com:444/": false,
		"http://3405803783/": true, `https:/\example.com/`: true, "https://%65xample.com/": true, "https://exa\tmple.com/": true, "https:example.com": true,
	} {
		if got := link.Parse(in).Disguise; (got != "") != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestUnwrap(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.com%2Fa&data=05":                                            "example.com",
		"https://urldefense.proofpoint.com/v1/url?u=https://example.com/a&k=x":                                                                 "example.com",
		"https://urldefense.proofpoint.com/v2/url?u=https-3A__example.com_a&d=x":                                                               "example.com",
		"https://urldefense.com/v3/__https://example.com/a__;!!abc$":                                                                           "example.com",
		"https://protect-eu.mimecast.com/s/abc?domain=example.com":                                                                             "example.com",
		"https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fexample.com&c=E":                                                                  "example.com",
		"https://secure-web.cisco.com/1abc/https%3A%2F%2Fexample.com%2Fa":                                                                      "example.com",
		"https://imsva91-ctp.trendmicro.com:443/wis/clicktime/v1/query?url=https%3a%2f%2fexample.com&umid=1":                                   "example.com",
		"https://eu-central-1.protection.sophos.com?d=example.com&u=aHR0cHM6Ly9leGFtcGxlLmNvbS9h&i=1":                                          "example.com",
		"https://www.google.com/url?q=https://example.com/a&sa=D":                                                                              "example.com",
		"https://www.google.com/amp/s/example.com/a":                                                                                           "example.com",
		"https://www.bing.com/ck/a?!&&p=1&u=a1aHR0cHM6Ly9leGFtcGxlLmNvbS9h&ntb=1":                                                              "example.com",
		"https://www.youtube.com/redirect?event=x&q=https%3A%2F%2Fexample.com":                                                                 "example.com",
		"https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.com&h=1":                                                                         "example.com",
		"https://adclick.g.doubleclick.net/pcs/click?xai=1&adurl=https://example.com":                                                          "example.com",
		"https://example-com.translate.goog/a?_x_tr_sl=en":                                                                                     "example.com",
		"https://tracker.test/c?to=https%253A%252F%252Fexample.com%252Fa":                                                                      "example.com",
		"https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttps%253A%252F%252Fexample.com&data=05": "example.com",
		"https://example.com/share?u=https://www.facebook.com/x":                                                                               "example.com",
		"https://example.com/a?next=/b":                                                                                                        "example.com",
		"https://example.com/#https://example.com/loop":                                                                                        "example.com",
	} {
		if got := link.Resolve(markup.Link{URL: in}).Final.Host; got != want {
			t.Errorf("%s leads to %q", in, got)
		}
	}
}

func fired(d *link.Detector, l markup.Link, from string) string {
	var out []string
	for _, h := range d.Inspect(link.ResolveAll([]markup.Link{l}), link.About{From: from, Recipients: []string{"user@contoso.com"}}) {
		out = append(out, strings.TrimPrefix(h.Rule.Name, "link_"))
	}
	return strings.Join(out, " ")
}

// What ordinary mail links to says nothing.
func TestHarmless(t *testing.T) {
	t.Parallel()
	d, err := link.New(link.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []markup.Link{
		{URL: "https://www.shop.example/login", Text: "Sign in"},
		{URL: "https://u123.ct.sendgrid.net/ls/click?upn=abc", Text: "www.shop.example"},
		{URL: "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.shop.example%2F", Text: "https://www.shop.example/"},
		{URL: "https://www.paypal.com/signin", Text: "www.paypal.com"},
		{URL: "https://www.facebook.com/shop", Text: "facebook.com/shop"},
		{URL: "mailto:info@shop.example", Text: "info@shop.example"},
		{URL: "tel:+15550100", Text: "+1 555 0100"},
		{URL: "https://news.example/report.pdf", Text: "report.pdf"},
		{URL: "https://news.example/wp-content/uploads/a.jpg", Text: ""},
		{URL: "cid:logo", Image: true},
		{URL: "", Text: ""},
	} {
		if got := fired(d, l, "mail.shop.example"); got != "" {
			t.Errorf("%s: %s", l.URL, got)
		}
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	d, err := link.New(link.Config{
		Block: []string{"# partners", "", "bad.example", "https://mixed.example/only/this"},
		Allow: []string{"*.203-0-113-7.example", "forms.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		"https://www.bad.example/x":                             "blocked",
		"https://mixed.example/only/this/page":                  "blocked",
		"https://mixed.example/other":                           "",
		"https://notbad.example/":                               "",
		"https://forms.example/wp-admin/x.php":                  "",
		"https://www.google.com/url?q=https://www.bad.example/": "blocked",
	} {
		if got := fired(d, markup.Link{URL: url}, "shop.example"); got != want {
			t.Errorf("%s: %q", url, got)
		}
	}
}

func TestListsRefuse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ entry, want string }{
		{"com", "ending"}, {"co.uk", "ending"}, {"example com", "neither"}, {"a@example.com", "neither"}, {"https://", "no web address"}, {"exa*mple.com", "*"},
	} {
		_, err := link.New(link.Config{Block: []string{"ok.example", tt.entry}})
		var e *service.Error
		if !errors.As(err, &e) || !strings.Contains(e.Message, "Line 2") || !strings.Contains(e.Message, tt.want) || e.Help == "" {
			t.Errorf("%q: %v", tt.entry, err)
		}
	}
	if _, err := link.New(link.Config{Allow: make([]string, link.MaxList+1)}); err == nil {
		t.Error("a list without end is accepted")
	}
}

func TestEveryClassHasHosts(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{"a.web.app": true, "web.app": false, "contoso.com": false, "x.duckdns.org": true} {
		if got := link.FreeHost(host); got != want {
			t.Errorf("FreeHost(%s) = %v", host, got)
		}
	}
	if !link.CheapEnding("a.top") || !link.CheapEnding("a.ru.com") || link.CheapEnding("a.com") {
		t.Error("cheap endings")
	}
}

func FuzzResolve(f *testing.F) {
	for _, s := range []string{"https://a:b@c.example:1/x?u=https%3A%2F%2Fd#e", `\\x`, "http://0x.1/", "https://[::1", "https://xn--a/", "data:text/html,x", "https://urldefense.com/v3/__https:/x__;"} {
		f.Add(s)
	}
	d, err := link.New(link.Config{Block: []string{"bad.example"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, h := range d.Inspect(link.ResolveAll([]markup.Link{{URL: s, Text: s}}), link.About{From: "shop.example", Recipients: []string{"user@contoso.com"}}) {
			if len(h.Evidence) == 0 || len(h.Evidence[0].What) > rule.MaxEvidence {
				t.Errorf("%s: evidence %v", h.Rule.Name, h.Evidence)
			}
		}
	})
}

// TestInside: what lies in the reader's own network is no stranger's.
func TestInside(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]bool{
		"http://192.168.10.4:8080/log": true, "http://10.0.0.1/": true, "http://127.0.0.1/": true, "http://[fd00::1]/": true, "http://[fe80::1]/": true, "http://nas/x": true,
		"http://printer.local/": true, "http://router.lan/": true, "http://a.home.arpa/": true, "http://198.51.100.7/": false, "http://[2001:db8::1]/": false, "https://local.example/": false,
	} {
		r := link.Resolve(markup.Link{URL: url})
		if r.Final.Inside() != want || r.Tells() == want {
			t.Errorf("%s: inside %t, tells %t", url, r.Final.Inside(), r.Tells())
		}
	}
}
