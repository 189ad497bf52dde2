package block_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"cloudappsecurity/service/inspect/block"
	"cloudappsecurity/service/inspect/content"
)

func TestInspect(t *testing.T) {
	t.Parallel()
	sum := strings.Repeat("ab", 32)
	inZip := []*content.Item{{Name: "a.zip", Path: "a.zip", Type: "zip", Children: []*content.Item{{Name: "docs/Invoice-7.DOCX", Path: "a.zip > Invoice-7.DOCX", Type: "exe", SHA256: sum}}}}
	for _, c := range []struct {
		name   string
		config block.Config
		items  []*content.Item
		want   []string
	}{
		{"type", block.Config{Types: []content.Type{"EXE"}, Archives: true}, inZip, []string{"blocked_type exe a.zip > Invoice-7.DOCX"}},
		{"outside only", block.Config{Types: []content.Type{"exe"}}, inZip, nil},
		{"extension", block.Config{Extensions: []string{".docx"}, Archives: true}, inZip, []string{"blocked_extension .docx a.zip > Invoice-7.DOCX"}},
		{"name", block.Config{Names: []string{"invoice-?.*"}, Archives: true}, inZip, []string{"blocked_name invoice-?.* a.zip > Invoice-7.DOCX"}},
		{"other name", block.Config{Names: []string{"invoice-??.*"}, Archives: true}, inZip, nil},
		{"hash", block.Config{Hashes: []string{strings.ToUpper(sum)}, Archives: true}, inZip, []string{"blocked_hash " + sum + " a.zip > Invoice-7.DOCX"}},
		{"default", block.Default(), []*content.Item{{Name: "x.scr. ", Path: "x.scr", Type: "exe"}}, []string{"blocked_type exe x.scr", "blocked_extension .scr x.scr"}},
		{"harmless", block.Default(), []*content.Item{{Name: "a.pdf", Path: "a.pdf", Type: "pdf"}, {Name: "a.docx", Type: "docx"}, {Name: "noname", Type: "txt"}}, nil},
	} {
		l, err := block.New(c.config)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for _, h := range l.Inspect(c.items) {
			got = append(got, h.Rule.Name+" "+h.Evidence[0].What+" "+h.Evidence[0].Where)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		config block.Config
		want   string
	}{
		{block.Config{Extensions: []string{"*.e*"}}, "no extension"},
		{block.Config{Names: []string{"*.*"}}, "every file"},
		{block.Config{Hashes: []string{"abc"}}, "SHA-256"},
		{block.Config{Names: make([]string, 2000)}, "at most"},
	} {
		if _, err := block.New(c.config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c.config, err)
		}
	}
}

// TestJSON holds the form that a policy carries.
func TestJSON(t *testing.T) {
	t.Parallel()
	var c block.Config
	if err := json.Unmarshal([]byte(`{"types":["exe"],"extensions":["js"],"names":["a*"],"hashes":[],"archives":true}`), &c); err != nil || len(c.Types) != 1 || !c.Archives {
		t.Errorf("%+v, %v", c, err)
	}
}
