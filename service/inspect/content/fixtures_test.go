package content_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content"
)

// fixtures gives the files of testdata that fit: see testdata/README.md for how
// each was made.
func fixtures(t testing.TB, patterns ...string) (list [][]byte) {
	t.Helper()
	for _, p := range patterns {
		names, err := filepath.Glob(filepath.Join("testdata", p))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			data, err := os.ReadFile(n)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, data)
		}
	}
	return list
}

// TestFixtures reads files that other programs wrote. Those that are encrypted
// open with a password of the message, and are told without it.
func TestFixtures(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || name == "README.md" {
			continue
		}
		seen++
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		locked := strings.Contains(name, "locked")
		item := inspect(t, name, data, "wrong", "Secret1", "other")
		var want []content.Kind
		if strings.Contains(name, "-open") {
			want = []content.Kind{content.OpenToAll}
		}
		var told []budget.Reason // an Office document that is encrypted is never clean
		if locked && item.Type == "encrypted_office" {
			told = []budget.Reason{budget.Encrypted}
		}
		if p := problems(item); !slices.Equal(p, told) || !slices.Equal(kinds(item), want) {
			t.Errorf("%s: problems %v, kinds %v", name, p, kinds(item))
		}
		if item.Unlocked != locked || item.Encrypted {
			t.Errorf("%s: unlocked %t, encrypted %t", name, item.Unlocked, item.Encrypted)
		}
		text := ""
		content.Walk([]*content.Item{item}, func(i *content.Item) { text += i.Text + "\n" })
		switch {
		case strings.HasPrefix(name, "letter") && (!strings.Contains(text, "Grüße aus Köln") || !slices.ContainsFunc(urls(item), func(u string) bool { return strings.HasPrefix(u, "https://example.com/pay @") })):
			t.Errorf("%s: text %q, links %q", name, text, urls(item))
		case strings.HasPrefix(name, "table") && (!strings.Contains(text, "Summe") || !strings.Contains(text, "12.5")):
			t.Errorf("%s: text %q", name, text)
		case strings.HasPrefix(name, "note") && !strings.Contains(text, "hello inside"):
			t.Errorf("%s: text %q", name, text)
		}
		if locked {
			if without := inspect(t, name, data, "wrong"); !slices.Contains(problems(without), "encrypted") {
				t.Errorf("%s without its password: problems %v", name, problems(without))
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d files", seen)
	}
}
