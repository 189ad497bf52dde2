package phish

import (
	"slices"
	"strings"

	"cloudappsecurity/service/inspect/brand"
	"cloudappsecurity/service/inspect/fold"
	"cloudappsecurity/service/inspect/link"
	"cloudappsecurity/service/inspect/tenant"
)

// sender judges the sender's address.
func (v *view) sender() {
	address := v.from.Address
	switch {
	case address == "":
		if !v.isReport() {
			v.add("sender_missing", v.from.Raw, "sender")
		}
		return
	case v.own && v.auth == failed:
		v.add("sender_own_forged", address, "sender")
	case v.own && v.auth == untold && !v.internal():
		v.add("sender_own_unproven", address, "sender")
	case v.own:
		v.add("sender_own", address, "sender")
	case v.known:
		v.add("sender_known", address, "sender")
	case !v.x.Empty():
		v.add("sender_new", address, "sender")
	}
	if v.own || v.known {
		return
	}
	if v.freemail {
		v.add("sender_freemail", v.domain, "sender")
	}
	if strings.HasSuffix(v.domain, ".onmicrosoft.com") || link.FreeHost(v.domain) && !v.m.List {
		v.add("sender_free_host", v.domain, "sender")
	}
	if link.CheapEnding(v.domain) {
		v.add("sender_cheap_ending", v.domain, "sender")
	}
	first, _, _ := strings.Cut(v.domain, ".")
	if fold.Random(v.label) || fold.Random(first) || !v.freemail && fold.Random(strings.NewReplacer(".", "", "_", "", "-", "", "+", "").Replace(v.local)) && len(v.local) < 30 && !v.m.List {
		v.add("sender_random", address, "sender")
	}
	if known, _, how, ok := v.x.Imitated(v.org); ok && !v.freemail {
		v.add("sender_imitates_known", v.domain+" for "+known+" ("+how+")", "sender")
	} else if known, ok := v.x.Resembled(v.org); ok && !v.freemail {
		v.add("sender_resembles_known", v.domain+", but you know "+known, "sender")
	}
	if id, how, ok := brand.All().Imitation(v.domain); ok && !v.freemail && !v.m.List {
		switch how {
		case brand.Glyphs, brand.Nested, brand.Typo:
			v.add("sender_imitates_brand", v.domain+" for "+brand.All().Name(id)+" ("+string(how)+")", "sender")
		default:
			v.add("sender_brand_words", v.domain+" for "+brand.All().Name(id)+" ("+string(how)+")", "sender")
		}
	}
}

// internal says that the message never left the organization's own Exchange: a
// header which its edge removes from what comes from outside
// (https://learn.microsoft.com/exchange/header-firewall-exchange-2013-help).
func (v *view) internal() bool {
	return v.m.Auth.Trusted && strings.EqualFold(v.m.Field("X-MS-Exchange-Organization-AuthAs"), "Internal")
}

// names judges the display name.
func (v *view) names() {
	name := strings.TrimSpace(v.from.Name)
	if name == "" || v.own && v.auth != failed {
		return
	}
	v.namedAddress(name)
	if !v.known {
		v.namedPerson(name)
		if d, ok := v.x.Mentions(v.name.S); ok && !v.m.List {
			v.add("name_of_own_organization", name+" (your "+d+")", "sender")
		}
		if v.namesDomain() {
			v.add("name_of_domain", name+" <"+v.from.Address+">", "sender")
		}
		if v.nameUnrelated() {
			v.add("name_unrelated", name+" <"+v.from.Address+">", "sender")
		}
	}
}

// namedAddress looks for another address within the name.
func (v *view) namedAddress(name string) {
	for w := range strings.FieldsSeq(strings.NewReplacer("<", " ", ">", " ", "\"", " ", "'", " ", "(", " ", ")", " ", ",", " ", ";", " ").Replace(strings.ToLower(name))) {
		local, d, ok := strings.Cut(w, "@")
		d = fold.Domain(d)
		if !ok || local == "" || !strings.Contains(d, ".") || v.related(link.Organization(d)) || d == v.domain {
			continue
		}
		switch {
		case v.x.Own(d):
			v.add("name_holds_own_address", w, "sender")
		case !v.m.List:
			v.add("name_holds_address", w, "sender")
		}
		return
	}
}

// namedPerson looks for an own person's name from outside. A service that
// writes on people's behalf, and the private mailbox of whom one knows, aren't
// meant.
func (v *view) namedPerson(name string) {
	people := v.x.Named(name)
	if len(people) == 0 && v.local != "" && strings.ContainsAny(v.local, "._") && !strings.Contains(name, " ") {
		people = v.x.Named(strings.NewReplacer(".", " ", "_", " ").Replace(v.local))
	}
	if len(people) == 0 || v.own || len(v.owners) > 0 && !v.freemail && !v.free() {
		return
	}
	for _, p := range people {
		if strings.EqualFold(p.Address, v.from.Address) {
			return
		}
	}
	rule := "name_of_own_person"
	if people[0].VIP {
		rule = "name_of_vip"
	}
	v.add(rule, name+" <"+v.from.Address+">", "sender")
}

// free says that anyone could have the sender's domain as it is.
func (v *view) free() bool {
	return v.freemail || link.FreeHost(v.domain) && !link.Counts(v.domain) || strings.HasSuffix(v.domain, ".onmicrosoft.com")
}

// nameUnrelated says that nothing of the name stands in the address, not even
// its initials. Names in other scripts can't be told.
func (v *view) nameUnrelated() bool {
	local := fold.Compact(v.local)
	if everyones[local] {
		local = ""
	}
	address := local + " " + fold.Compact(strings.TrimSuffix(v.domain, v.org)) + " " + fold.Compact(v.label)
	initials, words := "", 0
	for w := range strings.FieldsSeq(v.name.S) {
		if w[0] >= 0x80 {
			return false
		}
		words++
		initials += w[:1]
		if len(w) >= 3 && strings.Contains(address, w) || len(w) >= 5 && strings.Contains(address, w[:4]) {
			return false
		}
	}
	if words == 0 {
		return false
	}
	compact := fold.Compact(v.from.Name)
	for part := range strings.FieldsSeq(address) {
		if len(initials) >= 2 && strings.Contains(part, initials) || len(part) >= 3 && strings.Contains(compact, part) {
			return false
		}
	}
	return true
}

// namesDomain says that the name is that of the sender's own domain: "SnagList
// Billing" of snaglist.com.
func (v *view) namesDomain() bool {
	label, compact := fold.Label(v.label), fold.Compact(v.from.Name)
	if v.free() || len(label) < 4 {
		return false
	}
	if strings.Contains(compact, label) || len(compact) >= 4 && strings.Contains(label, compact) {
		return true
	}
	for w := range strings.FieldsSeq(v.name.S) {
		if len(w) >= 5 && !brand.IsService(w) && strings.Contains(label, w) {
			return true
		}
	}
	return false
}

// everyones are local parts that any organization has.
var everyones = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq("info noreply donotreply reply contact contacto contato kontakt service services support admin mail email news newsletter hello alert alerts notification notifications notify team office postmaster webmaster no_reply account accounts billing help sales marketing update updates customer customerservice invoice system secure security") {
		m[w] = true
	}
	return m
}()

// replies judges where an answer would go.
func (v *view) replies() {
	for _, r := range v.m.ReplyTo {
		d := fold.Domain(domainOf(r.Address))
		org := link.Organization(d)
		if r.Address == "" || org == "" || r.Address == v.from.Address || v.x.Own(d) && v.own {
			continue
		}
		switch {
		case v.related(org) && !v.freemail, v.m.List && tenant.Freemail(d) == v.freemail && !v.freemail && v.x.Corresponds(r.Address):
		case tenant.Freemail(d):
			v.add("reply_to_freemail", r.Address, "reply-to")
		case !v.related(org):
			v.add("reply_elsewhere", r.Address, "reply-to")
		}
	}
	if rp := v.m.ReturnPath.Address; rp != "" && !v.related(link.Organization(domainOf(rp))) {
		v.add("return_path_elsewhere", rp, "return-path")
	}
	v.addressees()
}

// addressees judges to whom it is written.
func (v *view) addressees() {
	if v.isReport() || v.m.List {
		return
	}
	visible := 0
	self := false
	for _, a := range append(slices.Clip(v.m.To), v.m.Cc...) {
		if a.Address == "" {
			continue
		}
		if a.Address == v.from.Address {
			self = true
			continue
		}
		visible++
	}
	if visible == 0 {
		what := "undisclosed recipients"
		if self {
			what = "the sender alone"
		}
		v.add("recipients_hidden", what, "to")
	}
}

// authentication takes Microsoft's word, where it is Microsoft's.
func (v *view) authentication() {
	a := &v.m.Auth
	if !a.Trusted {
		return
	}
	if v.auth == failed && !v.m.List {
		v.add("auth_failed", "dmarc="+a.DMARC+" compauth="+a.CompAuth, "Microsoft's check of the sender")
	}
	if a.SCL >= 5 {
		v.add("microsoft_marked", "SCL "+string(rune('0'+min(a.SCL, 9))), "Microsoft's own verdict")
	}
}
