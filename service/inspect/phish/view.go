package phish

import (
	"slices"
	"strings"

	"cloudappsecurity/service/inspect/brand"
	"cloudappsecurity/service/inspect/content"
	"cloudappsecurity/service/inspect/fold"
	"cloudappsecurity/service/inspect/link"
	"cloudappsecurity/service/inspect/mail"
	"cloudappsecurity/service/inspect/rule"
	"cloudappsecurity/service/inspect/tenant"
)

// authState is whether the sender's domain is proved.
type authState int

const (
	untold authState = iota // nobody who can be trusted says anything
	proven                  // SPF or DKIM passed for the sender's own organization
	failed
)

// view is a message as the rules of this family see it, folded once.
type view struct {
	m     *mail.Message
	x     *tenant.Index
	links []link.Resolved
	found map[string][]rule.Evidence

	from       mail.Address
	local      string
	domain     string
	org        string
	label      string // of org, without its ending
	auth       authState
	own        bool // the sender's domain is the organization's
	known      bool // a correspondent
	freemail   bool
	owners     []int // brands to whom the sender's domain belongs
	recipients []string

	name    fold.Text
	subject fold.Text
	body    fold.Text
	texts   []rule.Text

	telling []*link.Resolved // links that tell who wrote
	foreign []*link.Resolved // of these, the ones that aren't the sender's
}

// maxText is how much of a body is folded, in bytes; maxLure is how much of it,
// and of each attachment, is read for what it says: a lure comes to the point,
// while in a long text all words are found.
const (
	maxText = 48 << 10
	maxLure = 3 << 10
)

func newView(m *mail.Message, links []link.Resolved, x *tenant.Index) *view {
	if x == nil {
		x = tenant.Compile(tenant.Context{})
	}
	v := &view{m: m, x: x, links: links, found: map[string][]rule.Evidence{}}
	if len(m.From) > 0 {
		v.from = m.From[0]
	} else {
		v.from = m.Sender
	}
	v.domain = fold.Domain(domainOf(v.from.Address))
	v.local, _, _ = strings.Cut(v.from.Address, "@")
	v.org = link.Organization(v.domain)
	v.label, _, _ = strings.Cut(v.org, ".")
	v.own = x.Own(v.domain)
	v.freemail = tenant.Freemail(v.domain)
	v.owners = brand.All().Owners(v.domain)
	v.auth = v.authState()
	v.known = v.from.Address != "" && v.auth != failed && !v.own && x.Corresponds(v.from.Address)
	for _, list := range [][]mail.Address{m.To, m.Cc} {
		for _, a := range list {
			if a.Address != "" && len(v.recipients) < 10 {
				v.recipients = append(v.recipients, a.Address)
			}
		}
	}
	for _, name := range []string{"Delivered-To", "X-MS-Exchange-Organization-OriginalEnvelopeRecipients"} {
		if a := strings.ToLower(strings.Trim(m.Field(name), " <>")); strings.Contains(a, "@") && !strings.ContainsAny(a, " ,") {
			v.recipients = append(v.recipients, a)
		}
	}
	return v
}

// authState reads what Microsoft said of the sender.
func (v *view) authState() authState {
	a := &v.m.Auth
	if !a.Trusted {
		return untold
	}
	for _, d := range a.Aligned {
		if v.org != "" && link.Organization(d) == v.org {
			return proven
		}
	}
	switch {
	case a.DMARC == "pass":
		return proven
	case a.CompAuth == "fail", a.DMARC == "fail" && a.CompAuth != "pass":
		return failed
	}
	return untold
}

// read folds the texts. It is apart from newView, for the links' judge needs none.
func (v *view) read() {
	v.name = fold.Fold(v.from.Name)
	v.subject = fold.Fold(clip(v.m.Subject, maxLure))
	v.body = fold.Fold(clip(v.m.Visible, maxText))
	v.text(rule.Sender, "sender", v.name.S)
	v.text(rule.Subject, "subject", v.subject.S)
	v.text(rule.Body, "body", clipWord(v.body.S, maxLure))
	if v.m.HTML != nil {
		var alt strings.Builder
		for i, img := range v.m.HTML.Images {
			if img.Alt != "" && i < 100 {
				alt.WriteString(img.Alt)
				alt.WriteString(". ")
			}
		}
		if alt.Len() > 0 {
			v.text(rule.Image, "an image's description", fold.String(clip(alt.String(), 4<<10)))
		}
	}
	if v.isReport() {
		return // what a bounce returns was written by others
	}
	rest := maxText
	content.Walk(v.m.Items, func(i *content.Item) {
		if i.Text == "" || i.Type == "eml" || rest <= 0 {
			return
		}
		text := clip(i.Text, min(rest, 2*maxLure))
		rest -= len(text)
		v.text(rule.Attachment, i.Path, clipWord(fold.String(text), maxLure))
	})
}

func (v *view) text(f rule.Field, where, folded string) {
	if strings.TrimSpace(folded) != "" {
		v.texts = append(v.texts, rule.Text{Field: f, Where: where, Text: folded})
	}
}

// isReport says that it is a bounce, or another message that a server wrote.
func (v *view) isReport() bool {
	kind := strings.ToLower(v.m.Field("Content-Type"))
	return strings.HasPrefix(kind, "multipart/report") || v.from.Address == "" && v.m.ReturnPath.Address == "" ||
		(v.local == "mailer-daemon" || v.local == "postmaster") && (strings.TrimSpace(v.m.Field("Return-Path")) == "<>" || v.m.Field("X-Failed-Recipients") != "" || v.m.Field("Auto-Submitted") != "")
}

// answers says that the message names one that it answers: RFC 5322, 3.6.4.
func (v *view) answers() bool { return v.m.InReplyTo != "" || len(v.m.References) > 0 }

// isReply says that the message answers one of the recipient's organization, as
// far as a message can show that by itself: any other name in the header costs a
// stranger nothing. Exchange Online names its customers' messages after its own
// servers.
func (v *view) isReply() bool {
	if v.x.Empty() || v.known || v.m.List {
		return v.answers()
	}
	for _, id := range append(slices.Clip(v.m.References), v.m.InReplyTo) {
		_, host, _ := strings.Cut(strings.Trim(id, "<> "), "@")
		if host = strings.ToLower(host); v.x.Own(host) || strings.HasSuffix(host, ".prod.outlook.com") {
			return true
		}
	}
	return false
}

// related says that an organization is the sender's as well: the same domain,
// the same name under another ending or with a word more, or the same brand's.
func (v *view) related(org string) bool {
	if org == "" || v.org == "" {
		return false
	}
	if org == v.org {
		return true
	}
	label, _, _ := strings.Cut(org, ".")
	a, b := fold.Label(label), fold.Label(v.label)
	if len(a) >= 4 && a == b && !link.FreeHost(org) {
		return true
	}
	if min(len(a), len(b)) >= 5 && (strings.Contains(a, b) || strings.Contains(b, a)) && !v.freemail && !link.FreeHost(org) {
		return true
	}
	for _, id := range v.owners {
		if brand.All().Owns(id, org) {
			return true
		}
	}
	return false
}

// clip cuts a text to n bytes. Half a character at the end folds to nothing.
func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// clipWord cuts a folded text behind a word, at n bytes or before.
func clipWord(folded string, n int) string {
	if len(folded) <= n {
		return folded
	}
	if i := strings.LastIndexByte(folded[:n], ' '); i > n/2 {
		return folded[:i+1]
	}
	return folded[:n]
}
