package tenant

import (
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"cloudappsecurity/service/inspect/alike"
	"cloudappsecurity/service/inspect/fold"
)

// Index is a Context made ready to be asked. Make it once for many messages; it
// is safe for concurrent use.
type Index struct {
	Context
	domains map[string]bool   // own
	known   map[string]bool   // correspondents: addresses and domains
	orgs    map[string]bool   // the registered domains of correspondents
	people  map[string][]int  // by nameKey
	address map[string]int    // by address
	alike   alike.Index       // labels of own domains, then of correspondents'
	labels  []string          // by alike's id, the domain
	own     int               // how many of labels are own
	begins  map[string][]int  // by the first letters, the long ones of labels
	words   map[string]string // folded label of an own domain, the domain
}

// minResembled is how long a name has to be for its greater part to tell whose
// it is; prefix is how much of it is looked up, less than that part.
const (
	minResembled = 9
	prefix       = 6
)

// Compile makes an index.
func Compile(c Context) *Index {
	x := &Index{Context: c, domains: map[string]bool{}, known: map[string]bool{}, orgs: map[string]bool{},
		people: map[string][]int{}, address: map[string]int{}, begins: map[string][]int{}, words: map[string]string{}}
	for _, d := range c.Domains {
		d = fold.Domain(strings.TrimPrefix(d, "@"))
		if d == "" {
			continue
		}
		x.domains[d] = true
		x.label(d)
		if label := core(d); len(label) >= 4 {
			x.words[fold.Compact(label)] = d
		}
	}
	x.own = len(x.labels)
	for i, p := range c.People {
		if key := NameKey(p.Name); key != "" {
			x.people[key] = append(x.people[key], i)
		}
		x.address[strings.ToLower(p.Address)] = i
	}
	for _, a := range c.Correspondents {
		a = strings.ToLower(strings.TrimSpace(a))
		x.known[strings.TrimPrefix(a, "@")] = true
		_, d, ok := strings.Cut(a, "@")
		if !ok {
			d = a
		}
		if org := registered(fold.Domain(d)); !Freemail(d) && org != "" && !x.orgs[org] {
			x.orgs[org] = true
			x.label(org)
		}
	}
	return x
}

func (x *Index) label(domain string) {
	if l := core(domain); len(l) >= 4 {
		x.alike.Add(l, len(x.labels))
		if len(l) >= minResembled {
			x.begins[l[:prefix]] = append(x.begins[l[:prefix]], len(x.labels))
		}
		x.labels = append(x.labels, domain)
	}
}

// Own says whether a domain is the organization's, or lies beneath one.
func (x *Index) Own(domain string) bool {
	for d := strings.ToLower(domain); d != ""; {
		if x.domains[d] {
			return true
		}
		_, d, _ = strings.Cut(d, ".")
	}
	return false
}

// Empty says that nothing is known of whom the organization corresponds with, so
// that nobody can be called new.
func (x *Index) Empty() bool { return len(x.Correspondents) == 0 }

// Corresponds says whether the organization corresponds with an address: it, or
// its domain, is known. A freemail host's customers are strangers to each other.
func (x *Index) Corresponds(address string) bool {
	address = strings.ToLower(address)
	if x.known[address] {
		return true
	}
	_, d, _ := strings.Cut(address, "@")
	return d != "" && !Freemail(d) && x.CorrespondsDomain(d)
}

// CorrespondsDomain says whether somebody of a domain is a correspondent.
func (x *Index) CorrespondsDomain(domain string) bool {
	domain = fold.Domain(domain)
	return x.known[domain] || x.orgs[registered(domain)]
}

// Address gives the own person who has an address.
func (x *Index) Address(address string) (Person, bool) {
	i, ok := x.address[strings.ToLower(address)]
	if !ok {
		return Person{}, false
	}
	return x.People[i], true
}

// Named gives the own people of a name, in whichever order its parts stand.
func (x *Index) Named(name string) []Person {
	var out []Person
	for _, i := range x.people[NameKey(name)] {
		out = append(out, x.People[i])
	}
	return out
}

// Mentions gives the own domain whose name stands as a word in a folded text.
func (x *Index) Mentions(folded string) (domain string, ok bool) {
	for w := range strings.FieldsSeq(folded) {
		if d, ok := x.words[w]; ok {
			return d, true
		}
	}
	return "", false
}

// Imitated gives the own or a correspondent's domain which a domain imitates.
func (x *Index) Imitated(domain string) (known string, own bool, how string, ok bool) {
	domain = fold.Domain(domain)
	if x.Own(domain) || x.CorrespondsDomain(domain) {
		return "", false, "", false
	}
	label := core(domain)
	if id, kind := x.alike.Find(label); kind != alike.None {
		how := map[alike.Kind]string{alike.Same: "the same name under another ending", alike.Glyph: "letters that look the same", alike.Typo: "one letter differs"}[kind]
		own := id < x.own
		// A correspondent's name under another ending is mostly its own.
		if kind == alike.Same && !own {
			return "", false, "", false
		}
		return x.labels[id], own, how, true
	}
	// So is a correspondent's name with a word more: its portal's, its consultants'.
	if id, ok := x.withWord(label); ok && id < x.own {
		return x.labels[id], true, "the same name and a word more", true
	}
	return "", false, "", false
}

// withWord finds a known name which is a part of a hyphened one.
func (x *Index) withWord(label string) (id int, ok bool) {
	for i, r := range label {
		if r != '-' {
			continue
		}
		for _, part := range []string{label[:i], label[i+1:]} {
			if id, kind := x.alike.Find(part); kind == alike.Same && (id < x.own || len(part) >= 6) {
				return id, true
			}
		}
	}
	return 0, false
}

// Resembled gives a correspondent's domain which a domain resembles less than
// an imitation does: the same name under another ending, or its greater part.
func (x *Index) Resembled(domain string) (known string, ok bool) {
	domain = fold.Domain(domain)
	if x.Own(domain) || x.CorrespondsDomain(domain) {
		return "", false
	}
	label := core(domain)
	if id, kind := x.alike.Find(label); kind == alike.Same {
		return x.labels[id], true
	}
	if id, ok := x.withWord(label); ok {
		return x.labels[id], true
	}
	if len(label) < minResembled {
		return "", false
	}
	for _, id := range x.begins[label[:prefix]] {
		if l := core(x.labels[id]); common(l, label)*3 >= 2*max(len(l), len(label)) {
			return x.labels[id], true
		}
	}
	return "", false
}

// common is how many bytes two names begin with alike.
func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// NameKey is a person's name without order, titles and punctuation: "Meier,
// Anna" is "anna meier". It is empty for a single word, which is no one's alone.
func NameKey(name string) string {
	if before, _, ok := strings.Cut(name, "("); ok {
		name = before
	}
	words := strings.Fields(strings.ReplaceAll(fold.String(name), string(fold.Break), " "))
	words = slices.DeleteFunc(words, func(w string) bool {
		return len(w) < 2 || strings.Contains(" dr mr mrs ms prof ing dipl mba phd ceo cfo coo cto via ", " "+w+" ")
	})
	if len(words) < 2 {
		return ""
	}
	slices.Sort(words)
	return strings.Join(slices.Compact(words), " ")
}

// registered gives the domain that an owner registered.
func registered(domain string) string {
	org, err := publicsuffix.EffectiveTLDPlusOne(domain)
	if err != nil {
		return domain
	}
	return org
}

// core gives the label that an owner registered: "contoso" of "mail.contoso.co.uk".
func core(domain string) string {
	label, _, _ := strings.Cut(registered(domain), ".")
	return label
}
