package rule_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cloudappsecurity/service/inspect/fold"
	"cloudappsecurity/service/inspect/rule"
)

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	const good = "[[rule]]\nname = \"a\"\nreason = \"r\"\n"
	for _, tt := range []struct{ name, in, want string }{
		{"no TOML", "[[rule", "rules: "},
		{"an unknown key", good + "wieght = 2\n", "unknown key"},
		{"twice", good + good, "a is there twice"},
		{"no name", "[[rule]]\nreason = \"r\"\n", "no name"},
		{"a name for people", "[[rule]]\nname = \"Some rule\"\nreason = \"r\"\n", "no name in snake_case"},
		{"no reason", "[[rule]]\nname = \"a\"\n", "no reason"},
		{"too heavy", good + "weight = 100\n", "weighs 100"},
		{"an unknown category", good + "category = \"fishing\"\n", "category"},
		{"fields without phrases", good + "in = [\"subject\"]\n", "no phrases"},
		{"an unknown field", good + "in = [\"header\"]\n[rule.phrases]\nen = [\"x y\"]\n", "header"},
		{"no phrase", good + "[rule.phrases]\nen = []\n", "no phrase"},
		{"an open bracket", good + "[rule.phrases]\nen = [\"(a|b\"]\n", "closed"},
		{"a gap within brackets", good + "[rule.phrases]\nen = [\"(a .. b|c) d\"]\n", "gap within"},
		{"a bracket too many", good + "[rule.phrases]\nen = [\"a) b\"]\n", "outside of brackets"},
		{"nothing to look for", good + "[rule.phrases]\nen = [\"!\"]\n", "nothing"},
		{"too many forms", good + "[rule.phrases]\nen = [\"" + strings.Repeat("(a|b|c|d|e|f|g|h|i|j) ", 5) + "\"]\n", "forms"},
		{"phrases and others", good + "all = [\"b\"]\n[rule.phrases]\nen = [\"x\"]\n", "both"},
		{"only none", good + "none = [\"b\"]\n", "not which must"},
		{"more than there are", good + "of = [\"b\"]\nat_least = 2\n", "at least 2 of 1"},
		{"a number without a list", good + "at_least = 2\n", "at least 2 of 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := rule.Load([]byte(tt.in))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func set(t *testing.T, data string) *rule.Set {
	t.Helper()
	s, err := rule.Load([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		phrase, text string
		want         bool
	}{
		{"verify your account", "Please VERIFY  your\naccount.", true},
		{"verify your account", "verify your accounts", false},
		{"verify your account", "verify our account", false},
		{"verify your account*", "verify your accounts", true},
		{"(verify|confirm) your (account|mailbox)", "Confirm your mailbox", true},
		{"(please|) verify", "verify", true},
		{"your (new |)account", "your new account", true},
		{"account .. suspended", "your account has been suspended", true},
		{"account .. suspended", "your account. Trains are suspended", false},
		{"account .. suspended", "suspended account", false},
		{"account .. suspended", "account " + strings.Repeat("x ", 40) + "suspended", false},
		{"account .. account", "one account", false},
		{"konto .. gesperrt", "Ihr Kоnto wurde ge\u200bsperrt", true}, // a Cyrillic letter, an invisible one
		{"dear* (customer|client*)", "Dearest clients", true},
		{"アカウント(が|は)停止", "お客様のアカウントが停止されました", true},
		{"verification", "再verification", false},
		{"compte suspendu", "COMPTE SUSPENDU", true},
	} {
		s := set(t, "[[rule]]\nname = \"a\"\nreason = \"r\"\n[rule.phrases]\nx = [\""+tt.phrase+"\"]\n")
		hits := s.Match([]rule.Text{{Field: rule.Body, Where: "body", Text: fold.String(tt.text)}})
		if got := len(hits) == 1; got != tt.want {
			t.Errorf("%q in %q: %v", tt.phrase, tt.text, got)
		}
	}
}

func TestMatchSaysWhere(t *testing.T) {
	t.Parallel()
	s := set(t, "[[rule]]\nname = \"a\"\nreason = \"r\"\nin = [\"subject\"]\n[rule.phrases]\nen = [\"free .. money\", \"now\"]\n")
	hits := s.Match([]rule.Text{
		{Field: rule.Body, Where: "body", Text: fold.String("free money")},
		{Field: rule.Subject, Where: "subject", Text: fold.String("Free, free money! Now and now")},
	})
	want := []rule.Hit{{Rule: s.Rules()[0], Evidence: []rule.Evidence{{What: "free money", Where: "subject"}, {What: "now", Where: "subject"}}}}
	if diff := cmp.Diff(want, hits); diff != "" {
		t.Error(diff)
	}
}

const family = `
[[rule]]
name = "a"
weight = 1.0
reason = "r"
[[rule]]
name = "b"
weight = 2.0
reason = "r"
[[rule]]
name = "c"
weight = -1.0
reason = "r"
[[rule]]
name = "both_again"
weight = 1.0
reason = "r"
all = ["both"]
any = ["b", "c"]
[[rule]]
name = "both"
weight = 3.0
reason = "r"
all = ["a", "b"]
none = ["c"]
[[rule]]
name = "two_of_three"
weight = 0.5
reason = "r"
of = ["a", "b", "c"]
at_least = 2
`

func TestCombine(t *testing.T) {
	t.Parallel()
	s := set(t, family)
	b, err := rule.NewBook(s)
	if err != nil {
		t.Fatal(err)
	}
	at := func(what string) rule.Evidence { return rule.Evidence{What: what, Where: "body"} }
	for _, tt := range []struct {
		fired []string
		want  string
		score float64
	}{
		{nil, "", 0},
		{[]string{"a"}, "a", 1},
		{[]string{"b", "a"}, "both b a both_again two_of_three", 7.5},
		{[]string{"a", "b", "c"}, "b a two_of_three c", 2.5},
		{[]string{"a", "a"}, "a", 1},
	} {
		var hits []rule.Hit
		for _, name := range tt.fired {
			hits = append(hits, s.Hit(name, at("seen "+name)))
		}
		out := b.Combine(hits)
		var got []string
		for _, h := range out {
			got = append(got, h.Rule.Name)
			if len(h.Evidence) == 0 {
				t.Errorf("%v: %s has no evidence", tt.fired, h.Rule.Name)
			}
		}
		if strings.Join(got, " ") != tt.want || rule.Score(out) != tt.score {
			t.Errorf("%v: %v, %g; want %s, %g", tt.fired, got, rule.Score(out), tt.want, tt.score)
		}
	}
}

func TestBookRefuses(t *testing.T) {
	t.Parallel()
	const r = "[[rule]]\nname = %q\nreason = \"r\"\n"
	one := func(name, more string) *rule.Set {
		return set(t, strings.Replace(r, "%q", `"`+name+`"`, 1)+more)
	}
	for _, tt := range []struct {
		name string
		sets []*rule.Set
		want string
	}{
		{"twice", []*rule.Set{one("a", ""), one("a", "")}, "twice"},
		{"a missing one", []*rule.Set{one("a", "all = [\"b\"]\n")}, `names "b"`},
		{"itself", []*rule.Set{one("a", "all = [\"b\"]\n"), one("b", "any = [\"a\"]\n")}, "depends on itself"},
	} {
		if _, err := rule.NewBook(tt.sets...); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(family))
	f.Add([]byte("[[rule]]\nname = \"a\"\nreason = \"r\"\n[rule.phrases]\nen = [\"(a|b*) .. c\"]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := rule.Load(data)
		if err != nil {
			return
		}
		s.Match([]rule.Text{{Field: rule.Body, Text: fold.String(string(data))}})
	})
}
