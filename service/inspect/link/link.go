package link

import (
	_ "embed" // the rules
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"cloudappsecurity/service/inspect/brand"
	"cloudappsecurity/service/inspect/fold"
	"cloudappsecurity/service/inspect/rule"
	"cloudappsecurity/service/inspect/tenant"
)

//go:embed rules.toml
var rulesFile []byte

// Rules gives the family's rules.
var Rules = sync.OnceValue(func() *rule.Set {
	s, err := rule.Load(rulesFile)
	if err != nil {
		panic(err) // a test loads the same file
	}
	return s
})

// Detector judges links by the tenant's lists and what they show themselves. It
// is safe for concurrent use.
type Detector struct {
	block, allow matchList
}

// New makes a detector; its error says which line of which list is wrong.
func New(c Config) (*Detector, error) {
	block, err := newList("block", c.Block)
	if err != nil {
		return nil, err
	}
	allow, err := newList("allow", c.Allow)
	if err != nil {
		return nil, err
	}
	return &Detector{block: block, allow: allow}, nil
}

// About is what is known of the message around the links.
type About struct {
	From       string // the sender's domain
	Related    func(org string) bool
	Recipients []string // addresses
	Tenant     *tenant.Index
}

// Inspect judges links. Those on the allow list say nothing, for or against.
func (d *Detector) Inspect(links []Resolved, about About) []rule.Hit {
	c := collector{about: about, named: map[string]bool{}, found: map[string][]rule.Evidence{}}
	if about.Related == nil {
		c.about.Related = func(org string) bool { return org == Organization(about.From) }
	}
	qr, other := 0, 0
	for i := range links {
		l := &links[i]
		if d.block.has(&l.First) || d.block.has(&l.Final) {
			c.add("link_blocked", l)
			continue
		}
		if d.allow.has(&l.Final) {
			continue
		}
		if strings.Contains(l.Where, "QR") {
			qr++
			c.add("link_in_qr_code", l)
		} else if l.Final.Web() {
			other++
		}
		c.inspect(l)
	}
	if qr > 0 && other == 0 {
		c.found["link_only_qr_code"] = c.found["link_in_qr_code"]
	}
	var hits []rule.Hit
	for _, r := range Rules().Rules() {
		if e := c.found[r.Name]; e != nil {
			hits = append(hits, Rules().Hit(r.Name, slices.Clone(e)...))
		}
	}
	return hits
}

type collector struct {
	about About
	named map[string]bool // hosts whose names were judged
	found map[string][]rule.Evidence
}

func (c *collector) add(name string, l *Resolved) {
	e := rule.Evidence{What: l.Final.Host, Where: l.Where}
	if e.What == "" {
		e.What = l.Final.Scheme + ":"
	}
	if e.Where == "" {
		e.Where = "body"
	}
	if len(c.found[name]) < 3 && !slices.Contains(c.found[name], e) {
		c.found[name] = append(c.found[name], e)
	}
}

// inspect judges one link.
func (c *collector) inspect(l *Resolved) {
	t := &l.Final
	switch t.Scheme {
	case "data", "javascript", "vbscript", "blob":
		if t.Scheme != "data" || hasFold(strings.TrimSpace(t.Path), "text/html") || strings.Contains(t.Path, "svg") {
			c.add("link_data", l)
		}
		return
	case "http", "https":
	default:
		return
	}
	own := c.about.Related(t.Org)
	if c.about.Tenant != nil && c.about.Tenant.Own(t.Host) {
		return
	}
	c.writing(l)
	c.name(l)
	if !own {
		c.thrownAway(l)
		c.class(l)
		c.page(l)
	}
	c.shown(l, own)
	c.recipient(l, own)
}

// writing judges how the address is written.
func (c *collector) writing(l *Resolved) {
	t := &l.Final
	if t.IP.IsValid() && !t.Inside() {
		c.add("link_ip_address", l)
	}
	if l.First.Disguise != "" || t.Disguise != "" {
		c.add("link_disguised_host", l)
	}
	if strings.Contains(t.User, ".") {
		c.add("link_userinfo", l)
	}
	if t.Port != "" && t.Port != "80" && t.Port != "443" && !t.Inside() {
		c.add("link_odd_port", l)
	}
	for _, p := range l.Passes {
		if p.Open && !c.about.Related(p.Org) && !c.about.Related(t.Org) {
			c.add("link_open_redirect", l)
		}
	}
}

// name judges the host's name.
func (c *collector) name(l *Resolved) {
	t := &l.Final
	if brand.All().InPath(t.Path) && len(brand.All().Owners(t.Host)) == 0 {
		c.add("link_brand_in_path", l)
	}
	if c.named[t.Host] || t.IP.IsValid() || l.Class == Tracker || l.Class == Common || len(brand.All().Owners(t.Host)) > 0 {
		return
	}
	c.named[t.Host] = true
	if x := c.about.Tenant; x != nil {
		if _, _, _, ok := x.Imitated(t.Org); ok {
			c.add("link_lookalike_own", l)
		}
	}
	switch _, how, ok := brand.All().Imitation(t.Host); {
	case !ok, c.about.Related(t.Org) && how != brand.Nested && how != brand.Subdomain: // the sender's domain is judged as such
	case how == brand.Glyphs, how == brand.Nested:
		c.add("link_lookalike_brand", l)
	case how == brand.Typo, how == brand.ExtraWord, how == brand.Ending, how == brand.Subdomain:
		c.add("link_brand_words", l)
	}
	if len(fold.Fold(t.Host).Mixed) > 0 {
		c.add("link_mixed_alphabets", l)
	}
}

// thrownAway judges whether anybody would keep the host's name.
func (c *collector) thrownAway(l *Resolved) {
	t := &l.Final
	if t.IP.IsValid() || l.Class == Tracker || l.Class == Common || len(brand.All().Owners(t.Host)) > 0 {
		return
	}
	if CheapEnding(t.Host) {
		c.add("link_cheap_ending", l)
	}
	label, _, _ := strings.Cut(t.Org, ".")
	if fold.Random(label) {
		c.add("link_random_name", l)
	}
	if strings.Count(strings.TrimSuffix(t.Host, t.Org), ".") >= 4 {
		c.add("link_many_labels", l)
	}
}

// class judges what kind of host it is.
func (c *collector) class(l *Resolved) {
	switch l.Class {
	case Shortener:
		c.add("link_shortener", l)
	case Hosting:
		c.add("link_free_hosting", l)
	case FormHost:
		c.add("link_form_builder", l)
	case Storage:
		if e := strings.ToLower(path.Ext(l.Final.Path)); e == ".html" || e == ".htm" || e == ".shtml" || e == ".xhtml" {
			c.add("link_page_in_storage", l)
		} else {
			c.add("link_storage", l)
		}
	case IPFS:
		c.add("link_ipfs", l)
	case Tunnel:
		c.add("link_tunnel", l)
	case Dynamic:
		c.add("link_dynamic_name", l)
	}
}

var programs = map[string]bool{".exe": true, ".scr": true, ".msi": true, ".js": true, ".jse": true, ".vbs": true, ".vbe": true, ".wsf": true, ".hta": true, ".lnk": true,
	".bat": true, ".cmd": true, ".ps1": true, ".jar": true, ".apk": true, ".iso": true, ".img": true, ".vhd": true, ".vhdx": true, ".dll": true, ".cpl": true, ".com": true, ".pif": true, ".dmg": true, ".pkg": true, ".appx": true, ".msix": true, ".xll": true, ".one": true, ".docm": true, ".xlsm": true}

var archives = map[string]bool{".zip": true, ".rar": true, ".7z": true, ".gz": true, ".tgz": true, ".cab": true, ".ace": true, ".arj": true}

// page judges the path on a site that isn't the sender's.
func (c *collector) page(l *Resolved) {
	p := strings.ToLower(l.Final.Path)
	ext := path.Ext(p)
	switch {
	case programs[ext] && strings.Count(p, "/") > 0 && len(p) > len(ext)+1:
		c.add("link_program", l)
	case archives[ext]:
		c.add("link_archive", l)
	}
	for _, folder := range []string{"/wp-content/", "/wp-includes/", "/wp-admin/", "/.well-known/", "/cgi-bin/", "/administrator/", "/components/com_", "/sites/default/files/", "/vendor/", "/node_modules/"} {
		if strings.Contains(p, folder) && (ext == "" || ext == ".php" || ext == ".html" || ext == ".htm") {
			c.add("link_broken_in_site", l)
			break
		}
	}
	if len(brand.All().Owners(l.Final.Host)) > 0 {
		return // one signs in there, or whoever puts pages there is judged by the class
	}
	words := strings.FieldsFunc(p, func(r rune) bool { return strings.ContainsRune("/-_.?=", r) })
	for _, w := range words {
		if signIn[w] {
			c.add("link_sign_in_path", l)
			break
		}
	}
}

var signIn = map[string]bool{"login": true, "logon": true, "signin": true, "sign-in": true, "verify": true, "verification": true, "webmail": true, "owa": true, "secure": true,
	"confirm": true, "unlock": true, "reactivate": true, "validate": true, "banking": true, "wallet": true, "connexion": true, "anmelden": true, "acceso": true, "accedi": true, "inloggen": true, "logowanie": true, "entrar": true}

// shown compares the address that is shown with where the link leads.
func (c *collector) shown(l *Resolved, own bool) {
	host := l.ShownHost()
	if host == "" || own || l.Class == Tracker {
		return
	}
	org := Organization(host)
	if org == l.Final.Org || org == l.First.Org || c.about.Related(org) && l.Class == Shortener {
		return
	}
	owners := brand.All().Owners(host)
	for _, id := range owners {
		if brand.All().Owns(id, l.Final.Host) || brand.All().Owns(id, c.about.From) {
			return
		}
	}
	if len(owners) > 0 {
		c.add("link_text_brand", l)
		return
	}
	if !c.about.Related(org) {
		c.add("link_text_differs", l)
	}
}

// recipient looks for the recipient's address in the link.
func (c *collector) recipient(l *Resolved, own bool) {
	if own || l.Class == Tracker {
		return
	}
	fragment, err := url.QueryUnescape(l.Final.Fragment)
	if err != nil {
		fragment = l.Final.Fragment
	}
	for _, r := range c.about.Recipients {
		switch {
		case r == "":
		case holds(fragment, r):
			c.add("link_address_in_fragment", l)
		case holds(l.Final.Path+"?"+l.Final.Query, r):
			c.add("link_address_in_url", l)
		}
	}
}
