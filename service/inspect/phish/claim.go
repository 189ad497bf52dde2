package phish

import (
	"slices"
	"strings"

	"cloudappsecurity/service/inspect/brand"
	"cloudappsecurity/service/inspect/fold"
	"cloudappsecurity/service/inspect/link"
	"cloudappsecurity/service/inspect/rule"
)

// claim is a brand in whose name the message seems to be.
type claim struct {
	id    int
	rule  string
	what  string
	where string
}

// brands looks for brands that the message claims to be of, while neither the
// sender nor what it links to is theirs.
func (v *view) brands() {
	if v.own && v.auth != failed || v.isReport() {
		return
	}
	service := len(v.owners) > 0 && !v.free() && v.auth != failed // others write through it: it may name them
	claims := v.claims()
	named := slices.ContainsFunc(claims, func(c claim) bool { return c.rule == "brand_in_name" && brand.All().Owns(c.id, v.domain) })
	for _, c := range claims {
		if c.rule == "brand_in_name" && !v.free() && len(v.telling) > 0 && len(v.owners) == 0 && v.honest(c.id) && !v.known {
			v.add("identity_of_links", brand.All().Name(c.id)+", "+v.telling[0].Final.Host, "body")
		}
		if v.honest(c.id) || service && (named || c.rule != "brand_in_name" && c.rule != "brand_in_body" && c.rule != "brand_in_attachment") {
			continue
		}
		if v.near(c.id) {
			if c.rule != "brand_in_name" {
				continue
			}
			c.rule = "brand_in_name_and_domain"
		}
		v.add(c.rule, brand.All().Name(c.id)+", from "+v.domain, c.where)
		if len(v.telling) > 0 && !v.linksTo(c.id) {
			v.add("brand_links_elsewhere", brand.All().Name(c.id)+", but "+v.telling[0].Final.Host, v.telling[0].Where)
		}
	}
}

// claims finds the brands by where they stand.
func (v *view) claims() []claim {
	var out []claim
	l := brand.All()
	words := strings.Count(strings.TrimSpace(v.name.S), " ") + 1
	for _, m := range l.Find(v.name.S) {
		if m.Common && !actsAs(v.name.S, m.Start, m.End, words) {
			continue
		}
		out = append(out, claim{m.ID, "brand_in_name", v.from.Name, "sender"})
	}
	if len(out) == 0 && len(v.name.S) > 1 {
		if id, ok := v.leet(); ok {
			out = append(out, claim{id, "brand_in_name", v.from.Name, "sender"})
		}
	}
	if c, ok := v.signs(); ok && !v.linksSomewhere(c.id) {
		out = append(out, c)
	}
	for _, t := range v.texts {
		switch t.Field {
		case rule.Subject:
			out = append(out, mentions(t.Text, "brand_in_subject", "subject")...)
		case rule.Image:
			out = append(out, mentions(t.Text, "brand_in_image", t.Where)...)
		case rule.Body:
			out = append(out, mentions(clip(t.Text, 4<<10), "brand_in_body", "body")...)
		case rule.Attachment:
			out = append(out, mentions(clip(t.Text, 4<<10), "brand_in_attachment", t.Where)...)
		}
	}
	return out
}

// near says that the sender's domain bears the brand's name: a branch's, an
// agency's, or a forger's.
func (v *view) near(id int) bool {
	if v.free() {
		return false
	}
	label := fold.Label(v.label)
	if link.Counts(v.domain) {
		label = fold.Compact(v.domain) // of whoever sends for others, each customer has a name beneath
	}
	for w := range brand.All().Labels(id) {
		if len(w) >= 5 && strings.Contains(label, w) {
			return true
		}
	}
	return false
}

// signs finds the brand that signs the message: the only one which is named in
// its last lines, in a line of a few words, as a signature is. A shop's footer
// names several.
func (v *view) signs() (claim, bool) {
	tail := v.m.Visible
	if len(tail) > 320 {
		tail = tail[len(tail)-320:]
	}
	id := -1
	for line := range strings.Lines(tail) {
		if len(line) > 90 || len(strings.TrimSpace(line)) < 3 {
			continue
		}
		folded := fold.String(line)
		for _, m := range brand.All().Find(folded) {
			if m.Common || strings.Count(folded, " ") > 9 {
				continue
			}
			if id >= 0 && m.ID != id {
				return claim{}, false
			}
			id = m.ID
		}
	}
	return claim{id, "brand_signs", "", "the end of the body"}, id >= 0
}

func mentions(folded, rule, where string) []claim {
	var out []claim
	seen := map[int]bool{}
	for _, m := range brand.All().Find(folded) {
		if m.Common || seen[m.ID] || len(out) >= 6 {
			continue
		}
		seen[m.ID] = true
		out = append(out, claim{m.ID, rule, strings.TrimSpace(folded[m.Start:m.End]), where})
	}
	return out
}

// actsAs says that an ordinary word which is a brand's name too stands as the
// sender: alone, or beside a word of service.
func actsAs(name string, start, end, words int) bool {
	if words == 1 {
		return true
	}
	if words > 4 {
		return false
	}
	for w := range strings.FieldsSeq(name[:start] + " " + name[end:]) {
		if !brand.IsService(w) && len(w) > 3 {
			return false
		}
	}
	return true
}

// leet finds a brand whose name is written with digits: "Paypa1".
func (v *view) leet() (int, bool) {
	for w := range strings.FieldsSeq(v.name.S) {
		if !strings.ContainsAny(w, "0123456789") || len(w) < 5 {
			continue
		}
		if id, how, ok := brand.All().Imitation(w + ".invalid"); ok && how == brand.Glyphs {
			return id, true
		}
	}
	return 0, false
}

// honest says that a brand's name is rightly borne, or no more than mentioned:
// the sender's domain is the brand's or bears its name as its own; a
// correspondent writes about it; or every link leads to it.
func (v *view) honest(id int) bool {
	l := brand.All()
	if l.Owns(id, v.domain) || v.known && v.auth != failed {
		return true
	}
	for _, d := range v.m.Auth.Aligned {
		if v.m.Auth.Trusted && l.Owns(id, d) {
			return true
		}
	}
	if len(v.telling) == 0 {
		return false
	}
	for _, t := range v.telling {
		if !l.Owns(id, t.Final.Host) {
			return false
		}
	}
	return !v.free() || len(v.telling) > 0
}

// linksSomewhere says that any link at all leads to the brand, as "powered by"
// does.
func (v *view) linksSomewhere(id int) bool {
	for i := range v.links {
		if brand.All().Owns(id, v.links[i].Final.Host) {
			return true
		}
	}
	return false
}

// linksTo says that the first link, or most links, are the brand's.
func (v *view) linksTo(id int) bool {
	n := 0
	for i, t := range v.telling {
		if brand.All().Owns(id, t.Final.Host) {
			n++
			if i == 0 && len(v.telling) == 1 {
				return true
			}
		}
	}
	return n*2 > len(v.telling)
}

// identity sums up who the sender is, for composites.
func (v *view) identity() {
	switch {
	case v.has("sender_own_forged"), v.has("sender_missing"):
		v.add("identity_unproven", v.from.Raw, "sender")
	case v.own, v.known, v.has("identity_of_links"):
		return
	case v.discussion():
		v.add("identity_of_list", v.m.Field("List-Id"), "List-Id")
	case len(v.owners) > 0 && !v.free() && v.auth != failed && !v.has("brand_in_name"):
		v.add("identity_of_brand", brand.All().Name(v.owners[0])+", "+v.domain, "sender")
		if slices.ContainsFunc(v.owners, brand.All().Relay) {
			v.add("sender_relays", v.domain, "sender")
		}
	case v.consistent():
		v.add("identity_consistent", v.from.Name+" <"+v.from.Address+">", "sender")
	default:
		v.add("identity_unproven", v.from.Address, "sender")
	}
}

// discussion says that a mailing list passed the message on, whose own host sent
// it: what people write there is as free as talk, with links to wherever.
func (v *view) discussion() bool {
	post := v.m.Field("List-Post")
	if post == "" {
		post = v.m.Field("X-Mailman-Version")
		if post == "" || v.m.Field("List-Id") == "" && v.m.Field("X-BeenThere") == "" {
			return false
		}
		return true
	}
	_, list, _ := strings.Cut(strings.Trim(post, " <>"), "@")
	list, _, _ = strings.Cut(list, "?")
	org := link.Organization(list)
	for _, a := range []string{v.m.ReturnPath.Address, v.m.Sender.Address} {
		if org != "" && link.Organization(domainOf(a)) == org {
			return true
		}
	}
	return v.m.ReturnPath.Address == "" && v.m.Sender.Address == ""
}

// consistent says that name, domain, links and answers are one organization's,
// which has a name of its own.
func (v *view) consistent() bool {
	if v.free() || v.auth == failed || v.has("sender_random") || v.has("sender_imitates_brand") || v.has("sender_imitates_known") || v.has("brand_in_name") ||
		v.has("reply_to_freemail") || v.has("name_disguised") || v.has("name_of_vip") || v.has("name_holds_address") || v.has("name_holds_own_address") {
		return false
	}
	if (v.has("name_unrelated") || v.has("brand_signs") || v.has("sender_cheap_ending") || v.has("brand_in_name_and_domain") || v.has("sender_brand_words")) && !v.unsubscribesAtHome() {
		return false
	}
	return len(v.telling) == 0 || len(v.foreign)*2 <= len(v.telling)
}

// unsubscribesAtHome says that List-Unsubscribe names the sender's own
// organization.
func (v *view) unsubscribesAtHome() bool {
	for u := range strings.SplitSeq(v.m.Field("List-Unsubscribe"), ",") {
		u = strings.Trim(u, " \t<>")
		if a, ok := strings.CutPrefix(u, "mailto:"); ok {
			a, _, _ = strings.Cut(a, "?")
			if v.related(link.Organization(fold.Domain(domainOf(a)))) {
				return true
			}
			continue
		}
		if t := link.Parse(u); t.Web() && v.related(t.Org) {
			return true
		}
	}
	return false
}
