// Package link judges where links lead: as a browser would follow them, through
// wrappers and redirectors, without asking the network.
package link

import (
	"net/netip"
	"net/url"
	"strings"

	whatwg "github.com/nlnwa/whatwg-url/url"
	"golang.org/x/net/publicsuffix"

	"cloudappsecurity/service/inspect/fold"
)

// Target is where a link leads, as a browser understands it.
type Target struct {
	Scheme   string // lower case; "" if it is no URL that a browser follows
	Host     string // lower case, as people see it; "" where there is none
	Port     string
	User     string // what stands before an "@" that precedes the host
	Path     string
	Query    string
	Fragment string
	Org      string     // the domain which an owner registered; an IP address stands for itself
	IP       netip.Addr // where the host is an address
	Disguise string     // how the writing hides the host; empty if it doesn't
	Raw      string
}

// Web says that a browser would fetch it.
func (t *Target) Web() bool { return t.Scheme == "http" || t.Scheme == "https" }

// Inside says that the target lies within the reader's own network or computer,
// where no stranger has a page: RFC 1918, RFC 4193, RFC 6762, RFC 8375.
func (t *Target) Inside() bool {
	if t.IP.IsValid() {
		return t.IP.IsPrivate() || t.IP.IsLoopback() || t.IP.IsLinkLocalUnicast()
	}
	if !strings.Contains(t.Host, ".") {
		return true
	}
	for _, ending := range []string{".local", ".lan", ".internal", ".localhost", ".home.arpa"} {
		if strings.HasSuffix(t.Host, ending) {
			return true
		}
	}
	return false
}

// maxURL is how much of a URL is read. Longer ones exist to hide their host.
const maxURL = 8 << 10

// Parse reads a URL as the URL Standard tells browsers to (https://url.spec.whatwg.org):
// tabs and line breaks are nothing, a backslash is a slash, a host may be
// encoded, numbers may be an address.
func Parse(raw string) Target {
	raw = strings.Trim(raw, " \t\r\n\x00")
	if len(raw) > maxURL {
		raw = raw[:maxURL]
	}
	t := Target{Raw: raw}
	rest := raw
	switch {
	case strings.HasPrefix(raw, "//"):
		rest = "https:" + raw
	case hasFold(raw, "www."):
		rest = "http://" + raw
	}
	scheme, after, ok := strings.Cut(rest, ":")
	if !ok {
		return t
	}
	scheme = strings.ToLower(strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(scheme))
	if strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz0123456789+-.") != "" || scheme == "" {
		return t
	}
	t.Scheme = scheme
	if !t.Web() {
		t.Path = after
		return t
	}
	if !t.plain(after) {
		t.standard(rest)
	}
	t.Org = organization(t.Host, t.IP)
	return t
}

// plain reads the URLs of which nearly all mail is made, without the standard's
// machine. It is false, and nothing is set, where one isn't plain.
func (t *Target) plain(after string) bool {
	rest, ok := strings.CutPrefix(after, "//")
	if !ok {
		return false
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	host := rest[:end]
	last := byte(0)
	for i := range len(host) {
		c := host[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-') {
			return false
		}
		if c != '.' {
			last = c
		}
	}
	if host == "" || last >= '0' && last <= '9' || strings.IndexByte(rest, '\\') >= 0 || strings.ContainsAny(rest, "\t\r\n") {
		return false
	}
	t.Host = fold.Domain(host)
	path, fragment, _ := strings.Cut(rest[end:], "#")
	t.Path, t.Query, _ = strings.Cut(path, "?")
	t.Fragment = fragment
	return true
}

func (t *Target) standard(raw string) {
	u, err := whatwg.Parse(raw)
	if err != nil {
		t.Scheme = ""
		t.Disguise = ""
		t.looseHost(raw)
		return
	}
	host := strings.Trim(u.Hostname(), "[]")
	if ip, err := netip.ParseAddr(host); err == nil {
		t.IP = ip.Unmap()
	}
	t.Host, t.Port, t.User = fold.Domain(host), u.Port(), u.Username()
	t.Path, t.Query, t.Fragment = u.Pathname(), u.Query(), u.Fragment()
	t.Disguise = disguise(raw, t)
}

// looseHost keeps what stands where the host would be, for a URL which browsers
// refuse but some mail programs open.
func (t *Target) looseHost(raw string) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return
	}
	t.Scheme, t.Host, t.Path, t.Query, t.Fragment = u.Scheme, fold.Domain(u.Hostname()), u.Path, u.RawQuery, u.Fragment
}

// disguise names the way in which a URL hides its host.
func disguise(raw string, t *Target) string {
	_, authority, _ := strings.Cut(raw, ":")
	switch {
	case strings.ContainsAny(raw, "\t\r\n"):
		return "line breaks or tabs within the address"
	case strings.HasPrefix(authority, `\`), strings.HasPrefix(authority, `/\`), !strings.HasPrefix(authority, "//"):
		return "slashes that aren't where they belong"
	}
	authority = strings.TrimLeft(authority, `/\`)
	if end := strings.IndexAny(authority, `/\?#`); end >= 0 {
		authority = authority[:end]
	}
	host := authority[strings.LastIndexByte(authority, '@')+1:]
	switch {
	case strings.Contains(host, "%"):
		return "an encoded host"
	case t.IP.Is4() && !strings.HasPrefix(host, t.IP.String()):
		return "an IP address written as other numbers"
	}
	return ""
}

// organization gives the domain that an owner registered.
func organization(host string, ip netip.Addr) string {
	if host == "" || ip.IsValid() {
		return host
	}
	if org, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return org
	}
	return host
}

// Organization gives the domain that an owner registered: "example.co.uk" of
// "mail.example.co.uk". It is "" for what is no domain.
func Organization(host string) string {
	host = fold.Domain(host)
	if !strings.Contains(host, ".") {
		return ""
	}
	return organization(host, netip.Addr{})
}

func hasFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
