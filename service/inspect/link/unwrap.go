package link

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// How one address stands within another.
type via string

const (
	wrapper    via = "wrapper"    // a mail filter rewrote the link
	redirector via = "redirector" // a well-known site passes on whoever comes
	nested     via = "nested"     // an address within another's parameters
)

// maxUnwrap is how deep addresses are taken out of one another.
const maxUnwrap = 5

// parameter is a host (and what lies beneath) that passes on to what a
// parameter names, as the vendors' and sites' links show. path narrows it.
type parameter struct {
	host, path, name string
	how              via
}

var parameters = []parameter{
	{"safelinks.protection.outlook.com", "", "url", wrapper},
	{"safelinks.protection.office365.us", "", "url", wrapper},
	{"statics.teams.cdn.office.net", "/evergreen-assets/safelinks", "url", wrapper},
	{"linkprotect.cudasvc.com", "", "a", wrapper},
	{"urldefense.proofpoint.com", "/v1", "u", wrapper},
	{"trendmicro.com", "/wis/clicktime", "url", wrapper},
	{"urlsand.esvalabs.com", "", "u", wrapper},
	{"fireeye.com", "/", "u", wrapper},
	{"fireeye.com", "/url", "u", wrapper},
	{"avanan.click", "", "url", wrapper},
	{"protection.sophos.com", "", "u", wrapper},
	{"deref-gmx.net", "", "redirectUrl", wrapper},
	{"deref-web.de", "", "redirectUrl", wrapper},
	{"deref-mail.com", "", "redirectUrl", wrapper},
	{"emailprotection.link", "", "url", wrapper},
	{"google.com", "/url", "q", redirector},
	{"google.com", "/url", "url", redirector},
	{"google.com", "/travel/clk", "pcurl", redirector},
	{"google.com", "/pagead/aclk", "adurl", redirector},
	{"googleadservices.com", "", "adurl", redirector},
	{"doubleclick.net", "", "adurl", redirector},
	{"doubleclick.net", "", "ds_dest_url", redirector},
	{"bing.com", "/ck/a", "u", redirector},
	{"bing.com", "/aclick", "u", redirector},
	{"youtube.com", "/redirect", "q", redirector},
	{"youtube.com", "/attribution_link", "u", redirector},
	{"linkedin.com", "/redir", "url", redirector},
	{"linkedin.com", "/safety/go", "url", redirector},
	{"l.facebook.com", "/l.php", "u", redirector},
	{"lm.facebook.com", "/l.php", "u", redirector},
	{"l.instagram.com", "", "u", redirector},
	{"vk.com", "/away.php", "to", redirector},
	{"t.umblr.com", "/redirect", "z", redirector},
	{"slack-redir.net", "/link", "url", redirector},
	{"steamcommunity.com", "/linkfilter", "url", redirector},
	{"medium.com", "/r/", "url", redirector},
	{"disq.us", "/url", "url", redirector},
	{"out.reddit.com", "", "url", redirector},
	{"duckduckgo.com", "/l/", "uddg", redirector},
	{"search.yahoo.com", "", "RU", redirector},
	{"awin1.com", "/cread.php", "ued", redirector},
	{"anrdoezrs.net", "", "url", redirector},
	{"shareasale.com", "", "urllink", redirector},
	{"linksynergy.com", "", "murl", redirector},
	{"viglink.com", "", "u", redirector},
	{"skimresources.com", "", "url", redirector},
	{"translate.google.com", "", "u", redirector},
	{"web.archive.org", "", "url", redirector},
	{"baidu.com", "/link", "url", redirector},
	{"naver.com", "", "url", redirector},
	{"yandex.ru", "", "url", redirector},
	{"yandex.com", "", "url", redirector},
}

// unwrap takes the next address out of t; false where there is none.
func unwrap(t *Target) (string, via, bool) {
	if inner, ok := opaque(t); ok {
		return inner, wrapper, true
	}
	if inner, ok := inPath(t); ok {
		return inner, redirector, true
	}
	query := parse(t.Query)
	for _, p := range parameters {
		if !under(t.Host, p.host) || !strings.HasPrefix(t.Path, p.path) {
			continue
		}
		if inner, ok := address(query.get(p.name)); ok {
			return inner, p.how, true
		}
	}
	for _, kv := range query {
		if inner, ok := whole(kv[1]); ok {
			return inner, nested, true
		}
	}
	if inner, ok := whole(t.Fragment); ok {
		return inner, nested, true
	}
	return "", "", false
}

// opaque undoes the notations of mail filters that aren't plain parameters.
func opaque(t *Target) (string, bool) {
	switch {
	case under(t.Host, "urldefense.proofpoint.com") && strings.HasPrefix(t.Path, "/v2"):
		// Version 2 writes "-" for "%" and "_" for "/".
		u, err := url.PathUnescape(strings.NewReplacer("-", "%", "_", "/").Replace(parse(t.Query).get("u")))
		return u, err == nil && u != ""
	case under(t.Host, "urldefense.com") || under(t.Host, "urldefense.us") || under(t.Host, "urldefense.proofpoint.com"):
		// Version 3 holds it between "__" and "__;".
		_, after, ok := strings.Cut(t.Path+"?"+t.Query, "/v3/__")
		inner, _, end := strings.Cut(after, "__;")
		return inner, ok && end && inner != ""
	case under(t.Host, "secure-web.cisco.com"):
		i := strings.LastIndex(t.Path, "/http")
		if i < 0 {
			return "", false
		}
		u, err := url.PathUnescape(t.Path[i+1:])
		return u, err == nil
	case under(t.Host, "mimecast.com") && parse(t.Query).get("domain") != "":
		return "https://" + parse(t.Query).get("domain") + "/", true
	case under(t.Host, "translate.goog"):
		// "--" stands for "-", "-" for "."; see the host of a translated page.
		name := strings.TrimSuffix(t.Host, ".translate.goog")
		name = strings.NewReplacer("--", "-", "-", ".").Replace(name)
		return "https://" + name + t.Path, name != "" && strings.Contains(name, ".")
	}
	return "", false
}

// inPath undoes pages that are served by way of another's, named in the path.
func inPath(t *Target) (string, bool) {
	for _, p := range []struct{ host, path string }{
		{"google.com", "/amp/s/"}, {"google.com", "/amp/"}, {"cdn.ampproject.org", "/c/s/"}, {"cdn.ampproject.org", "/c/"},
	} {
		if rest, ok := strings.CutPrefix(t.Path, p.path); ok && under(t.Host, p.host) {
			return address(rest)
		}
	}
	if under(t.Host, "web.archive.org") {
		if i := strings.Index(t.Path, "/http"); i >= 0 {
			return whole(t.Path[i+1:])
		}
	}
	return "", false
}

// pairs are a query's parameters in order; the standard library's map has none.
type pairs [][2]string

func parse(query string) pairs {
	var out pairs
	for kv := range strings.SplitSeq(query, "&") {
		k, v, _ := strings.Cut(kv, "=")
		if v != "" && len(out) < 64 {
			out = append(out, [2]string{k, v})
		}
	}
	return out
}

func (p pairs) get(name string) string {
	for _, kv := range p {
		if strings.EqualFold(kv[0], name) {
			if v, err := url.QueryUnescape(kv[1]); err == nil {
				return v
			}
			return kv[1]
		}
	}
	return ""
}

// whole takes a value that is a web address, as it is, percent-encoded, in
// base64 (also with Bing's "a1" before it) or in hexadecimal.
func whole(value string) (string, bool) {
	if len(value) < 8 {
		return "", false
	}
	for range 3 {
		if isWeb(value) {
			return value, true
		}
		u, err := url.QueryUnescape(value)
		if err != nil || u == value {
			break
		}
		value = u
	}
	trimmed := strings.TrimRight(strings.TrimPrefix(value, "a1"), "=")
	if hasFold(trimmed, "aHR0c") {
		for _, enc := range []*base64.Encoding{base64.RawURLEncoding, base64.RawStdEncoding} {
			if b, err := enc.DecodeString(trimmed); err == nil && isWeb(string(b)) {
				return string(b), true
			}
		}
	}
	if hasFold(value, "68747470") {
		if b, err := hex.DecodeString(value); err == nil && isWeb(string(b)) {
			return string(b), true
		}
	}
	return "", false
}

// address takes a value that is an address, or a host without a scheme.
func address(value string) (string, bool) {
	if inner, ok := whole(value); ok {
		return inner, true
	}
	host, _, _ := strings.Cut(value, "/")
	if _, icann := publicsuffix.PublicSuffix(host); icann && strings.Contains(host, ".") && !strings.ContainsAny(host, " @?&=%") {
		return "https://" + value, true
	}
	return "", false
}

func isWeb(s string) bool {
	return hasFold(s, "https://") || hasFold(s, "http://") || strings.HasPrefix(s, "//")
}

// under says that host is parent or lies beneath it.
func under(host, parent string) bool {
	return host == parent || len(host) > len(parent) && host[len(host)-len(parent)-1] == '.' && strings.HasSuffix(host, parent)
}
