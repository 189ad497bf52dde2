package link

import (
	"net/netip"
	"strings"

	"cloudappsecurity/service/inspect/markup"
)

// Resolved is a link and where it leads in the end.
type Resolved struct {
	markup.Link
	First  Target // as written
	Final  Target // behind what passes on
	Passes []Pass // who passes on, in order
	Class  Class  // of the final host
}

// Pass is one step on the way to the final target.
type Pass struct {
	Org  string
	Open bool // a site that passes on whoever comes, not a mail filter
}

// Resolve follows a link as far as its own text tells.
func Resolve(l markup.Link) Resolved {
	r := Resolved{Link: l, First: Parse(l.URL)}
	r.Final = r.First
	for range maxUnwrap {
		if !r.Final.Web() {
			break
		}
		inner, how, ok := unwrap(&r.Final)
		if !ok {
			break
		}
		next := Parse(inner)
		if !next.Web() || next.Host == "" || next.Org == r.Final.Org {
			break
		}
		if how == nested && classOf(next.Host, next.Path) == Common {
			break // a page that was shared, not one that is passed on to
		}
		r.Passes = append(r.Passes, Pass{Org: r.Final.Org, Open: how == redirector})
		r.Final = next
	}
	r.Class = classOf(r.Final.Host, r.Final.Path)
	return r
}

// ResolveAll resolves links, each address once, in order.
func ResolveAll(links []markup.Link) []Resolved {
	out := make([]Resolved, 0, min(len(links), maxLinks))
	seen := make(map[string]int, len(links))
	for _, l := range links {
		if i, twice := seen[l.URL]; twice {
			if out[i].Text == "" {
				out[i].Text = l.Text
			}
			out[i].Image = out[i].Image || l.Image
			continue
		}
		if len(out) == maxLinks {
			break
		}
		seen[l.URL] = len(out)
		out = append(out, Resolve(l))
	}
	return out
}

// maxLinks is how many different links of one message are looked at. The longest
// newsletters have some 200.
const maxLinks = 500

// Tells says that the link's final host tells something of who wrote: it isn't
// a counter of clicks, a shortener or a place where every footer leads.
func (r *Resolved) Tells() bool {
	return r.Final.Web() && r.Final.Host != "" && !r.Final.Inside() && r.Class != Tracker && r.Class != Common && !placeholder(r.Final.Host)
}

// placeholder says that a host was never filled in: templates hold the names that
// RFC 2606 reserves for documents (https://www.rfc-editor.org/rfc/rfc2606).
func placeholder(host string) bool {
	switch organization(host, netip.Addr{}) {
	case "example.com", "example.net", "example.org", "localhost":
		return true
	}
	return strings.ContainsAny(host, "{}[]%$")
}

// ShownHost gives the host of the web address that is shown for the link; "" if
// none is.
func (r *Resolved) ShownHost() string {
	text := strings.Trim(r.Text, " \t\r\n<>()[]\"'.,;:")
	if text == "" || strings.ContainsAny(text, " \n@") || !strings.Contains(text, ".") {
		return ""
	}
	t := Parse(text)
	if !t.Web() {
		if !looksHost(text) {
			return ""
		}
		t = Parse("https://" + text)
	}
	if !t.Web() || t.Org == t.Host && !t.IP.IsValid() && !strings.Contains(t.Org, ".") {
		return ""
	}
	return t.Host
}

// looksHost says that a text without a scheme is meant as an address: it ends as
// most sites do, and not as files and frameworks do ("invoice.zip", "Node.js").
func looksHost(text string) bool {
	host, _, _ := strings.Cut(text, "/")
	ending := strings.ToLower(host[strings.LastIndexByte(host, '.')+1:])
	if hasFold(host, "www.") {
		return true
	}
	return len(ending) >= 2 && strings.Contains(" com net org info biz edu gov co de fr es it nl pl uk br jp ca au ch at be us eu ru cn mx ar cl pt se no dk fi cz ", " "+ending+" ")
}
