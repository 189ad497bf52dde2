// Package brand knows the brands in whose name mail is forged, and which
// domains are theirs.
package brand

import (
	_ "embed" // the brands
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
	"golang.org/x/net/publicsuffix"

	"cloudappsecurity/service/inspect/alike"
	"cloudappsecurity/service/inspect/fold"
	"cloudappsecurity/service/inspect/rule"
)

//go:embed brands.toml
var file string

// Brand is one brand.
type Brand struct {
	Name    string   `toml:"name"`
	Words   []string `toml:"words"`
	Common  []string `toml:"common"`
	Domains []string `toml:"domains"`
	// Government says that the states' own domains are the brand's too.
	Government bool `toml:"government"`
	// Relay says that anyone can have the service send a message of theirs in
	// its name: a request for money, an invoice, a shared document.
	Relay bool `toml:"relay"`
	// Pages says that customers put pages of their own on its domains.
	Pages bool `toml:"pages"`
}

// List is all brands. It is safe for concurrent use.
type List struct {
	brands  []Brand
	matcher *rule.Matcher // ids: two a brand, the second for Common
	owners  map[string][]int
	labels  alike.Index
	compact map[string]int // "wellsfargo"
}

// All gives the embedded brands.
var All = sync.OnceValue(func() *List {
	l, err := load(file)
	if err != nil {
		panic(err) // a test loads the same file
	}
	return l
})

func load(data string) (*List, error) {
	var f struct {
		Government []string `toml:"government"`
		Brand      []Brand  `toml:"brand"`
	}
	meta, err := toml.Decode(data, &f)
	if err != nil {
		return nil, fmt.Errorf("brands: %w", err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("brands: unknown key %q", unknown[0])
	}
	l := &List{brands: f.Brand, owners: map[string][]int{}, compact: map[string]int{}}
	var b rule.MatcherBuilder
	for i, br := range f.Brand {
		if br.Name == "" || len(br.Words)+len(br.Common) == 0 || len(br.Domains) == 0 && !br.Government {
			return nil, fmt.Errorf("brands: %q wants a name, words and domains", br.Name)
		}
		for n, words := range [][]string{br.Words, br.Common} {
			for _, w := range words {
				if err := b.Add(int32(2*i+n), w); err != nil {
					return nil, fmt.Errorf("brands: %s: %w", br.Name, err)
				}
				c := fold.Compact(w)
				if _, twice := l.compact[c]; n == 0 && len(c) >= 4 && !twice {
					l.compact[c] = i
					l.labels.Add(c, i)
				}
			}
		}
		domains := br.Domains
		if br.Government {
			domains = slices.Concat(domains, f.Government)
		}
		for _, d := range domains {
			l.owners[d] = append(l.owners[d], i)
		}
	}
	l.matcher = b.Build()
	return l, nil
}

// Len is how many brands there are.
func (l *List) Len() int { return len(l.brands) }

// Name gives a brand's name.
func (l *List) Name(id int) string { return l.brands[id].Name }

// Relay says that anyone can have the brand send a message of theirs.
func (l *List) Relay(id int) bool { return l.brands[id].Relay }

// Others says that what others write or put there may lie on the brand's
// domains.
func (l *List) Others(id int) bool { return l.brands[id].Relay || l.brands[id].Pages }

// Labels gives how a brand's name is written as one word.
func (l *List) Labels(id int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, w := range l.brands[id].Words {
			if !yield(fold.Compact(w)) {
				return
			}
		}
	}
}

// Mention is a brand in a text.
type Mention struct {
	ID         int
	Common     bool // the word is an ordinary one too
	Start, End int  // in the folded text
}

// Find finds the brands in a folded text; one that is named twice is there
// twice. The longest name at a place comes last.
func (l *List) Find(folded string) []Mention {
	var out []Mention
	l.matcher.Match(folded, func(id int32, start, end int) {
		out = append(out, Mention{ID: int(id / 2), Common: id%2 == 1, Start: start, End: end})
	})
	return out
}

// Owns says whether a host is the brand's.
func (l *List) Owns(id int, host string) bool {
	return slices.Contains(l.Owners(host), id)
}

// Owners gives the brands to which a host belongs.
func (l *List) Owners(host string) []int {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	for h := host; h != ""; {
		if o := l.owners[h]; o != nil {
			return o
		}
		_, rest, _ := strings.Cut(h, ".")
		h = rest
	}
	if label, suffix, ok := registered(host); ok && ofCountry(suffix) {
		return l.owners[label+".*"]
	}
	return nil
}

// ofCountry says that a suffix is a country's: "de", "co.jp", "com.br".
func ofCountry(suffix string) bool {
	return len(suffix[strings.LastIndexByte(suffix, '.')+1:]) == 2
}

// registered splits off the label that an owner registered, and the suffix.
func registered(host string) (label, suffix string, ok bool) {
	suffix, _ = publicsuffix.PublicSuffix(host)
	rest, ok := strings.CutSuffix(host, "."+suffix)
	return rest[strings.LastIndexByte(rest, '.')+1:], suffix, ok
}
