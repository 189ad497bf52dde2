package alike_test

import (
	"testing"

	"cloudappsecurity/service/inspect/alike"
)

func TestFind(t *testing.T) {
	t.Parallel()
	var x alike.Index
	for i, name := range []string{"paypal", "microsoft", "contoso", "ups", "chase"} {
		x.Add(name, i)
	}
	for _, tt := range []struct {
		in   string
		id   int
		kind alike.Kind
	}{
		{"paypal", 0, alike.Same}, {"pay-pal", 0, alike.Same},
		{"paypa1", 0, alike.Glyph}, {"xn--pypal-4ve", 0, alike.Glyph}, {"paypaI", 0, alike.Glyph}, {"rnicrosoft", 1, alike.Glyph},
		{"mircosoft", 1, alike.Typo}, {"microsft", 1, alike.Typo}, {"micrrosoft", 1, alike.Typo}, {"contoco", 2, alike.Typo},
		{"contoso-mail", 0, alike.None}, {"upps", 0, alike.None}, {"chaise", 0, alike.None}, {"pineapple", 0, alike.None}, {"", 0, alike.None},
	} {
		if id, kind := x.Find(tt.in); id != tt.id || kind != tt.kind {
			t.Errorf("Find(%q) = %d, %d; want %d, %d", tt.in, id, kind, tt.id, tt.kind)
		}
	}
}

func TestFindInNothing(t *testing.T) {
	t.Parallel()
	if _, kind := new(alike.Index).Find("paypal"); kind != alike.None {
		t.Errorf("found %d among nothing", kind)
	}
}
