package dlp

import (
	"slices"
	"strings"
	"testing"
)

func detector(t testing.TB, cfg Config) *Detector {
	t.Helper()
	d, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// spans gives what of text was found as the identifier.
func spans(text, identifier string, matches []Match) (found []string) {
	for _, m := range matches {
		if m.Identifier == identifier {
			found = append(found, text[m.Start:m.End])
		}
	}
	return found
}

// TestExamples holds what each identifier's file says of it: its example is
// found once, with the exact span, its counterexamples aren't.
func TestExamples(t *testing.T) {
	t.Parallel()
	d := detector(t, Config{})
	for _, id := range d.identifiers {
		t.Run(id.Name, func(t *testing.T) {
			t.Parallel()
			if found := spans(id.Example, id.Name, d.Find(id.Example)); !slices.Equal(found, []string{id.Found}) {
				t.Errorf("in %q %q was found, not %q", id.Example, found, id.Found)
			}
			for _, text := range id.Counters {
				if found := spans(text, id.Name, d.Find(text)); len(found) > 0 {
					t.Errorf("in %q %q was found", text, found)
				}
			}
			// It doesn't hang on what stands around it.
			for _, around := range []string{"(%s)", "\t%s\n", "“%s”", "ürgent: %s, ünd", "%s."} {
				if !strings.Contains(id.Example, " "+id.Found) {
					continue
				}
				text := strings.Replace(around, "%s", id.Example, 1)
				if found := spans(text, id.Name, d.Find(text)); !slices.Equal(found, []string{id.Found}) {
					t.Errorf("in %q %q was found, not %q", text, found, id.Found)
				}
			}
		})
	}
}
