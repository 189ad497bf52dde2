package measure_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content"
	"cloudappsecurity/service/inspect/link"
	"cloudappsecurity/service/inspect/mail"
	"cloudappsecurity/service/inspect/malware"
	"cloudappsecurity/service/inspect/markup"
	"cloudappsecurity/service/inspect/measure"
	"cloudappsecurity/service/inspect/phish"
	"cloudappsecurity/service/inspect/rule"
	"cloudappsecurity/service/inspect/tenant"
)

var (
	dir   = flag.String("dir", "../testdata/dev", "the sets: a folder for each kind, and tenant.json")
	wrong = flag.Bool("wrong", false, "print the messages that are judged wrongly")
)

// TestTable prints the table of all rules on the development sets:
//
//	go test ./service/inspect/measure -v -run Table -args -dir DIR -wrong
func TestTable(t *testing.T) {
	if !measure.Exists(*dir) {
		t.Fatal("there are no sets at " + *dir)
	}
	judge, rules := judge(t, *dir)
	results, err := measure.Run(*dir, 2, judge)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := measure.Table(&out, rules, results); err != nil {
		t.Fatal(err)
	}
	if *wrong {
		measure.Wrong(&out, results)
	}
	t.Log("\n" + out.String())
	for kind, r := range measure.Rates(results) {
		switch kind {
		case "phish", "bec":
			if r.Threats*100 < r.All*65 {
				t.Errorf("%s: %d of %d found", kind, r.Threats, r.All)
			}
		case "notice", "newsletter", "letter", "bounce", "template", "hard":
			if r.Threats*100 > r.All*4 {
				t.Errorf("%s: %d of %d are taken for threats", kind, r.Threats, r.All)
			}
		}
	}
}

// judge makes a judge of this family's detectors for the tenant of a set.
func judge(t *testing.T, dir string) (measure.Judge, []rule.Rule) {
	t.Helper()
	var c tenant.Context
	if data, err := os.ReadFile(filepath.Join(dir, "tenant.json")); err == nil {
		if err := json.Unmarshal(data, &c); err != nil {
			t.Fatal(err)
		}
	}
	x := tenant.Compile(c)
	book, err := rule.NewBook(phish.Rules(), link.Rules(), malware.Rules())
	if err != nil {
		t.Fatal(err)
	}
	p, err := phish.New(phish.Config{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := link.New(link.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return func(path string) ([]rule.Hit, error) {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		b := budget.New(context.Background(), budget.Default())
		m, parts, err := mail.Read(b, bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return nil, err
		}
		for _, part := range parts {
			item := content.Inspect(b, part.Source, content.Input{Name: part.Name, Declared: part.Declared, Path: part.Path, Inline: part.Inline, Depth: part.Depth}, content.Options{})
			if part.Parent != nil {
				part.Parent.Children = append(part.Parent.Children, item)
			} else {
				m.Items = append(m.Items, item)
			}
		}
		links := m.Links
		content.Walk(m.Items, func(i *content.Item) { links = append(slices.Clip(links), i.Links...) })
		resolved := link.ResolveAll(append([]markup.Link(nil), links...))
		hits := p.Inspect(m, resolved, x)
		hits = append(hits, l.Inspect(resolved, phish.About(m, x))...)
		hits = append(hits, malware.Inspect(m.Items)...)
		return book.Combine(hits), nil
	}, book.Rules()
}
