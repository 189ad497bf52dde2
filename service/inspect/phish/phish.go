// Package phish judges who a message says it is from, what it says, and whether
// the two go together: Advanced Spam Protection.
package phish

import (
	_ "embed" // the rules
	"slices"
	"strings"
	"sync"

	"cloudappsecurity/service/inspect/link"
	"cloudappsecurity/service/inspect/mail"
	"cloudappsecurity/service/inspect/rule"
	"cloudappsecurity/service/inspect/tenant"
)

//go:embed rules.toml
var rulesFile string

//go:embed lures.toml
var luresFile string

// Rules gives the family's rules.
var Rules = sync.OnceValue(func() *rule.Set {
	s, err := rule.Load([]byte(rulesFile + "\n" + luresFile))
	if err != nil {
		panic(err) // a test loads the same files
	}
	return s
})

// Detector judges messages by the tenant's lists of senders. It is safe for
// concurrent use.
type Detector struct {
	approved, blocked senders
}

// New makes a detector; its error says which sender of which list is wrong.
func New(c Config) (*Detector, error) {
	approved, err := newSenders("approved", c.Approved)
	if err != nil {
		return nil, err
	}
	blocked, err := newSenders("blocked", c.Blocked)
	if err != nil {
		return nil, err
	}
	return &Detector{approved: approved, blocked: blocked}, nil
}

// Inspect judges a message. links are those of its body and its attachments
// (link.ResolveAll); x may be nil, if nothing is known of the organization.
// Composites aren't among the hits: rule.Book adds them over all families.
func (d *Detector) Inspect(m *mail.Message, links []link.Resolved, x *tenant.Index) []rule.Hit {
	v := newView(m, links, x)
	v.read()
	d.lists(v)
	v.sender()
	v.names()
	v.replies()
	v.authentication()
	v.disguises()
	v.linksOf()
	v.shape()
	v.brands()
	v.identity()
	return append(v.hits(), v.phrases()...)
}

// About tells the links' judge what is known of the message.
func About(m *mail.Message, x *tenant.Index) link.About {
	v := newView(m, nil, x)
	return link.About{From: v.domain, Related: v.related, Recipients: v.recipients, Tenant: v.x}
}

// lists judges by the tenant's own lists. A sender's name is easily forged, so
// approval counts only where nothing says that it was.
func (d *Detector) lists(v *view) {
	if d.blocked.has(v.from.Address) {
		v.add("sender_blocked", v.from.Address, "sender")
	}
	if d.approved.has(v.from.Address) && v.auth != failed && !(v.own && v.auth != proven) {
		v.add("sender_approved", v.from.Address, "sender")
	}
}

// phrases gives what the texts say. A name that holds more than a department's
// names an organization or a person.
func (v *view) phrases() []rule.Hit {
	return slices.DeleteFunc(Rules().Match(v.texts), func(h rule.Hit) bool {
		return h.Rule.Name == "department_name" && (v.own || v.known || len(h.Evidence[0].What)*10 < len(strings.TrimSpace(v.name.S))*7)
	})
}

// hits gives what was found, in the order of the rules.
func (v *view) hits() []rule.Hit {
	var out []rule.Hit
	for _, r := range Rules().Rules() {
		if e := v.found[r.Name]; e != nil {
			out = append(out, Rules().Hit(r.Name, slices.Clone(e)...))
		}
	}
	return out
}

func (v *view) add(name, what, where string) {
	if what == "" {
		what = "(nothing)"
	}
	e := rule.Evidence{What: what, Where: where}
	if len(v.found[name]) < 3 && !slices.Contains(v.found[name], e) {
		v.found[name] = append(v.found[name], e)
	}
}

func (v *view) has(name string) bool { return v.found[name] != nil }

// domainOf gives what stands behind the "@".
func domainOf(address string) string {
	return address[strings.LastIndexByte(address, '@')+1:]
}
