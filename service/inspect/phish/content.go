package phish

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"cloudappsecurity/service/inspect/brand"
	"cloudappsecurity/service/inspect/content"
	"cloudappsecurity/service/inspect/fold"
	"cloudappsecurity/service/inspect/link"
	"cloudappsecurity/service/inspect/markup"
)

// disguises judges how the texts are written.
func (v *view) disguises() {
	for _, t := range []struct {
		text        *fold.Text
		rule, where string
		raw         string
	}{{&v.name, "name_disguised", "sender", v.from.Name}, {&v.subject, "subject_disguised", "subject", v.m.Subject}} {
		if t.text.ZeroWidth > 0 || t.text.Hyphens > 0 || len(t.text.Mixed) > 0 || t.text.Bidi > 0 {
			v.add(t.rule, t.raw, t.where)
		} else if t.text.Styled > 2 {
			v.add("header_styled_letters", t.raw, t.where)
		}
	}
	if n := v.body.ZeroWidth; n >= 3 {
		v.add("body_invisible_letters", strconv.Itoa(n)+" invisible characters within words", "body")
	}
	if len(v.body.Mixed) >= 2 {
		v.add("body_mixed_alphabets", strings.Join(v.body.Mixed[:2], ", "), "body")
	}
	if v.body.Hyphens > 20 && v.body.Hyphens*12 > len(v.body.S) {
		v.add("body_cut_words", strconv.Itoa(v.body.Hyphens)+" soft hyphens", "body")
	}
	if v.body.Styled > 10 {
		v.add("body_styled_letters", strconv.Itoa(v.body.Styled)+" decorative letters", "body")
	}
	if h := v.m.HTML; h != nil && len(h.Hidden) > 400 && len(h.Hidden) > 2*len(h.Visible) {
		v.add("hidden_text", strconv.Itoa(len(h.Hidden))+" bytes that aren't shown", "body")
	}
	v.subjectTokens()
}

// subjectTokens looks for what makes each copy of a subject another.
func (v *view) subjectTokens() {
	for w := range strings.FieldsSeq(v.m.Subject) {
		w = strings.Trim(w, "[](){}<>#:.,!?-_\"'")
		if len(w) >= 10 && fold.Random(w) && strings.ContainsAny(w, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") && !strings.ContainsAny(w, "@/.") {
			v.add("subject_random_token", w, "subject")
			return
		}
	}
}

// maxForeign is to how many organizations the links of a forged message lead at
// most: one page is what it is for. Whoever links to more passes on news.
const maxForeign = 3

// linksOf judges the links as a whole.
func (v *view) linksOf() {
	orgs := map[string]bool{}
	home := "" // a host of the sender's
	for i := range v.links {
		l := &v.links[i]
		if v.x.Own(l.Final.Host) {
			continue
		}
		if l.Class == link.Shortener && l.Final.Web() || l.Tells() {
			v.telling = append(v.telling, l)
		} else {
			continue
		}
		switch {
		case v.related(l.Final.Org):
			home = cmp.Or(home, l.Final.Host)
		case settled(l):
			// Footers lead there, of the forged as of the genuine.
		default:
			v.foreign = append(v.foreign, l)
			orgs[l.Final.Org] = true
		}
	}
	trackers := 0
	for i := range v.links {
		if v.links[i].Class == link.Tracker {
			trackers++
		}
	}
	switch {
	case len(v.telling) == 0 && trackers > 0:
	case len(v.telling) == 0:
		v.add("links_none", "no link leads anywhere", "body")
	case len(v.foreign) == 0 && home == "":
	case len(v.foreign) == 0:
		v.add("links_of_sender", home, "body")
	case v.freemail:
		v.add("links_from_freemail", v.telling[0].Final.Host, v.telling[0].Where)
	case home == "" && len(orgs) > maxForeign:
		v.add("links_scattered", strconv.Itoa(len(orgs))+" organizations", "body")
	case home == "":
		v.add("links_foreign", v.foreign[0].Final.Host, v.foreign[0].Where)
		if len(orgs) == 1 && trackers == 0 {
			v.add("links_one_foreign", v.foreign[0].Final.Host, v.foreign[0].Where)
		}
	}
	if u := v.m.Field("List-Unsubscribe"); u != "" {
		v.add("bulk", clip(u, 80), "List-Unsubscribe")
	} else if v.m.Bulk {
		v.add("bulk", "marked as bulk", "header")
	}
	for _, l := range v.telling {
		if name := linkText(l.Text); name != "" && !l.Image {
			v.add("link_to_act", name, l.Where)
			break
		}
	}
}

// settled says that a link leads to a well-known organization on whose site
// nobody else puts a page.
func settled(l *link.Resolved) bool {
	if l.Class != "" {
		return false
	}
	owners := brand.All().Owners(l.Final.Host)
	return len(owners) > 0 && !slices.ContainsFunc(owners, brand.All().Others)
}

func linkText(s string) string {
	if len(s) > 60 || strings.Contains(s, "://") {
		return ""
	}
	return strings.TrimSpace(s)
}

// maxPoint is how many bytes of text, and maxLinks how many links that tell of
// their owner, a message has that comes to the point.
const (
	maxPoint = 5000
	maxLinks = 30
)

// maxCaption is how many bytes of text a message has at most to be called a
// picture: what stands beneath it says where to unsubscribe.
const maxCaption = 220

// replies are the words before the colon of an answer's subject.
var replies = map[string]bool{"re": true, "aw": true, "sv": true, "antw": true, "odp": true, "rv": true, "rif": true, "vs": true, "ynt": true, "réf": true}

// shape judges what the message is made of.
func (v *view) shape() {
	text := len(strings.TrimSpace(v.body.S))
	if v.isReply() {
		v.add("is_reply", "In-Reply-To", "header")
	} else if first, _, ok := strings.Cut(strings.ToLower(v.m.Subject), ":"); ok && !v.answers() && replies[first] && !v.known && !v.own && !v.m.List {
		v.add("false_reply", clip(v.m.Subject, 60), "subject")
	}
	for _, name := range []string{"X-PHP-Originating-Script", "X-PHP-Script"} {
		if s := v.m.Field(name); s != "" {
			v.add("sent_by_script", clip(s, 80), name)
		}
	}
	if v.isReport() {
		v.add("is_report", "a server wrote it", "header")
		return
	}
	if text > maxPoint || len(v.telling) > maxLinks {
		v.add("long_read", strconv.Itoa(text)+" letters, "+strconv.Itoa(len(v.telling))+" links", "body")
	}
	images := 0
	if v.m.HTML != nil {
		images = len(v.m.HTML.Images)
	}
	linked := false
	for i := range v.links {
		linked = linked || v.links[i].Image && v.links[i].Final.Web()
	}
	if text < maxCaption && images > 0 && linked {
		v.add("image_only", strconv.Itoa(images)+" images, "+strconv.Itoa(text)+" letters", "body")
	}
	if text < 120 && len(v.m.Items) > 0 {
		v.add("body_almost_empty", strconv.Itoa(text)+" letters", "body")
	}
	if text < 400 && len(v.telling) > 0 && len(v.telling) <= 2 {
		v.add("short_with_link", strconv.Itoa(text)+" letters", "body")
	}
	v.attachments()
	if what := money(v.m.Visible); what != "" {
		v.add("amount_of_money", what, "body")
	}
	if phone(clip(v.m.Visible, maxText)) || phone(v.m.Subject) {
		v.add("telephone_number", "a telephone number", "body")
	}
	v.greeting()
}

// leads says that an attached page does something: it asks, runs or leads to
// another's site. A statement of account that is only to be read doesn't.
func (v *view) leads(i *content.Item) bool {
	h := i.HTML
	if h == nil || len(h.Forms)+len(h.Scripts)+len(h.Embedded) > 0 || h.Refresh != "" {
		return true
	}
	return slices.ContainsFunc(h.Links, func(l markup.Link) bool {
		t := link.Parse(l.URL)
		return t.Web() && !v.related(t.Org)
	})
}

// attachments judges the kinds of what is attached.
func (v *view) attachments() {
	for _, i := range v.m.Items {
		if i.Inline && strings.HasPrefix(i.Declared, "image/") {
			continue
		}
		switch ext := strings.ToLower(path.Ext(i.Name)); {
		case i.Type == "pdf" || ext == ".pdf":
			v.add("attached_pdf", i.Name, i.Path)
			v.pdf(i)
		case i.Type == "html" || ext == ".htm" || ext == ".html" || ext == ".shtml" || ext == ".xhtml":
			if !v.leads(i) {
				continue
			}
			v.add("attached_page", i.Name, i.Path)
			if i.HTML != nil && len(i.HTML.Forms) > 0 {
				v.add("attached_form", i.Name, i.Path)
			}
		case i.Type == "eml" || i.Declared == "message/rfc822":
			v.add("attached_message", i.Name, i.Path)
		}
	}
	if h := v.m.HTML; h != nil {
		for _, f := range h.Forms {
			if f.Password {
				v.add("form_for_password", clip(f.Action, 100), "body")
			}
		}
	}
}

func (v *view) pdf(i *content.Item) {
	hosts := map[string]bool{}
	for _, l := range i.Links {
		if r := link.Resolve(l); r.Final.Web() && !v.related(r.Final.Org) && !settled(&r) {
			hosts[r.Final.Org] = true
		}
	}
	if len(hosts) == 1 {
		for h := range hosts {
			v.add("pdf_one_link", h, i.Path)
		}
	}
	if phone(clip(i.Text, maxText)) {
		v.add("telephone_number", "a telephone number", i.Path)
	}
}

// greeting looks for a greeting by the address instead of the name: "Dear
// j.smith". Templates know no more of whom they were sent to.
func (v *view) greeting() {
	if v.m.List {
		return // the recipient is a list
	}
	head := clip(v.m.Visible, 300)
	if i := strings.IndexAny(head, "@"); i < 0 && len(v.recipients) == 0 {
		return
	}
	folded := fold.String(head)
	for _, r := range v.recipients {
		local, domain, _ := strings.Cut(r, "@")
		if local == "" || domain == "" {
			continue
		}
		whole := strings.TrimSpace(strings.ReplaceAll(fold.String(r), "\n", ""))
		if strings.Contains(strings.ToLower(head), r) {
			v.add("recipient_address_in_text", r, "body")
		}
		for _, w := range []string{"dear", "hello", "hi", "hola", "estimado", "bonjour", "hallo", "ciao", "gentile", "geachte", "beste", "ola", "prezado", "drogi", "attention", "attn", "sehr geehrter"} {
			if strings.Contains(folded, " "+w+" "+whole+" ") || len(local) >= 4 && strings.ContainsAny(local, "0123456789._") && strings.Contains(folded, " "+w+" "+strings.TrimSpace(fold.String(local))+" ") {
				v.add("greeting_by_address", w+" "+r, "body")
				return
			}
		}
	}
	if v.m.Subject != "" {
		subject := strings.ToLower(v.m.Subject)
		for _, r := range v.recipients {
			local, _, _ := strings.Cut(r, "@")
			if strings.Contains(subject, r) || len(local) >= 6 && strings.Contains(subject, local) {
				v.add("recipient_in_subject", r, "subject")
				return
			}
		}
	}
}

// currencies stand before or behind an amount.
var currencies = []string{"$", "€", "£", "¥", "₹", "円", "元", "zł", "usd", "eur", "gbp", "chf", "pln", "brl", "inr", "cad", "aud", "dollar", "pound", "dólar", "million", "millones", "milhões", "milioni", "miljoen"}

// money looks for an amount of at least three digits, with a currency before or
// behind it.
func money(s string) string {
	s = clip(s, 8<<10)
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			continue
		}
		start, digits := i, 0
		for i < len(s) && (s[i] >= '0' && s[i] <= '9' || (s[i] == '.' || s[i] == ',' || s[i] == ' ' || s[i] == '\'') && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9') {
			if s[i] >= '0' && s[i] <= '9' {
				digits++
			}
			i++
		}
		if digits < 3 && !strings.HasPrefix(strings.ToLower(clip(s[i:], 10)), " million") || digits > 12 {
			continue
		}
		before := strings.ToLower(strings.TrimRight(s[max(0, start-5):start], " "))
		behind := strings.ToLower(strings.TrimLeft(clip(s[i:], 10), " k"))
		for _, c := range currencies {
			if strings.HasSuffix(before, c) || strings.HasPrefix(behind, c) {
				return strings.TrimSpace(strings.ToValidUTF8(s[max(0, start-3):min(len(s), i+4)], ""))
			}
		}
	}
	return ""
}

// phone looks for a telephone number: ten to fifteen digits with the signs that
// stand between them, beginning with "+", "(", "0" or "1".
func phone(s string) bool {
	digits, start := 0, -1
	signs := 0
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			if start < 0 {
				start, digits, signs = i, 0, 0
			}
			digits++
			if digits >= 10 && digits <= 15 && signs >= 2 && (i+1 == len(s) || !isDigitOrSign(s[i+1])) {
				first := s[start]
				if start > 0 && (s[start-1] == '+' || s[start-1] == '(') || first == '0' || first == '1' {
					return true
				}
			}
		case start >= 0 && (c == ' ' || c == '-' || c == '.' || c == '(' || c == ')'):
			signs++
			if i > 0 && s[i-1] == ' ' && c == ' ' {
				start = -1
			}
		default:
			start = -1
		}
	}
	return false
}

func isDigitOrSign(c byte) bool { return c >= '0' && c <= '9' || c == '-' || c == '/' || c == ':' }
