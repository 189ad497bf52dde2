package brand_test

import (
	"testing"

	"cloudappsecurity/service/inspect/brand"
	"cloudappsecurity/service/inspect/fold"
)

func TestOwners(t *testing.T) {
	t.Parallel()
	l := brand.All()
	for host, want := range map[string]string{
		"amazon.com": "Amazon", "www.amazon.co.jp": "Amazon", "amazon.de": "Amazon", "accounts.google.com": "Google",
		"amazon.top": "", "amazon.evil.example": "", "notamazon.com": "", "": "",
	} {
		got := ""
		for _, id := range l.Owners(host) {
			if l.Name(id) == want {
				got = want
			}
		}
		if got != want || want == "" && len(l.Owners(host)) > 0 {
			t.Errorf("%q belongs to %v, want %q", host, l.Owners(host), want)
		}
	}
}

func TestImitation(t *testing.T) {
	t.Parallel()
	l := brand.All()
	for _, tt := range []struct {
		host, name string
		how        brand.Manner
	}{
		{"paypa1.com", "PayPal", brand.Glyphs}, {"xn--pypal-4ve.com", "PayPal", brand.Glyphs},
		{"mircosoft.com", "Microsoft", brand.Typo}, {"netflix.shop", "Netflix", brand.Ending},
		{"paypal-security.net", "PayPal", brand.ExtraWord}, {"loginmicrosoft.net", "Microsoft", brand.ExtraWord},
		{"paypal.com.secure.example", "PayPal", brand.Nested}, {"netflix.shop.example", "Netflix", brand.Subdomain},
		{"paypal.com", "", ""}, {"mail.microsoft.com", "", ""}, {"contoso.com", "", ""}, {"amazonia.org", "", ""},
		{"pineapple.com", "", ""}, {"chaser.com", "", ""}, {"com", "", ""},
	} {
		id, how, ok := l.Imitation(tt.host)
		if ok != (tt.how != "") || how != tt.how || ok && l.Name(id) != tt.name {
			t.Errorf("%s: %v %q", tt.host, ok, how)
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	l := brand.All()
	found := l.Find(fold.String("Your Pаypal account and Wells Fargo"))
	if len(found) != 2 || l.Name(found[0].ID) != "PayPal" || l.Name(found[1].ID) != "Wells Fargo" {
		t.Errorf("found %v", found)
	}
	if l.Len() < 300 {
		t.Errorf("%d brands", l.Len())
	}
}
