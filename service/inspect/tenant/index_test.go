package tenant_test

import (
	"testing"

	"cloudappsecurity/service/inspect/tenant"
)

func TestIndex(t *testing.T) {
	t.Parallel()
	x := tenant.Compile(tenant.Context{
		Domains:        []string{"contoso.com", "@contoso.co.uk"},
		People:         []tenant.Person{{Name: "Anna Meier", Address: "Anna.Meier@contoso.com", VIP: true}, {Name: "Info", Address: "info@contoso.com"}},
		Correspondents: []string{"jo.park@gmail.com", "Orders@fabrikam-tools.com", "@northwind.example"},
	})
	for d, want := range map[string]bool{"contoso.com": true, "mail.contoso.com": true, "contoso.co.uk": true, "notcontoso.com": false, "": false} {
		if x.Own(d) != want {
			t.Errorf("Own(%q) = %v", d, !want)
		}
	}
	for a, want := range map[string]bool{"jo.park@gmail.com": true, "eve@gmail.com": false, "new@fabrikam-tools.com": true, "a@mail.northwind.example": true, "a@other.example": false, "": false} {
		if x.Corresponds(a) != want {
			t.Errorf("Corresponds(%q) = %v", a, !want)
		}
	}
	for name, want := range map[string]int{"Anna Meier": 1, "MEIER, Anna": 1, "Dr. Anna Meier (CEO)": 1, "Аnna Meier": 1, "Anna": 0, "Info": 0, "Anna Maier": 0, "": 0} {
		if got := len(x.Named(name)); got != want {
			t.Errorf("Named(%q): %d", name, got)
		}
	}
	if p, ok := x.Address("anna.meier@CONTOSO.com"); !ok || !p.VIP {
		t.Error("an own address isn't known")
	}
	for d, want := range map[string]string{
		"c0ntoso.com": "contoso.com", "contoso.net": "contoso.com", "contoso-mail.com": "contoso.com", "contosso.com": "contoso.com", "cоntoso.com": "contoso.com",
		"fabrikam-to0ls.com": "fabrikam-tools.com", "fabrikam-tools-eu.com": "",
		"fabrikam-tools.net": "", "contoso.com": "", "northwind.example": "", "gmail.com": "", "unrelated.com": "",
	} {
		if got, _, _, ok := x.Imitated(d); got != want || ok != (want != "") {
			t.Errorf("Imitated(%q) = %q", d, got)
		}
	}
	for _, d := range []string{"fabrikam-tools.net", "fabrikam-tools-eu.com", "portal-fabrikam-tools.com"} {
		if known, ok := x.Resembled(d); !ok || known != "fabrikam-tools.com" {
			t.Errorf("%s resembles %q", d, known)
		}
	}
	if _, ok := x.Resembled("unrelated.com"); ok {
		t.Error("an unrelated name resembles one")
	}
}

// What is known of nobody is evidence against nobody.
func TestEmpty(t *testing.T) {
	t.Parallel()
	x := tenant.Compile(tenant.Context{})
	if _, _, _, ok := x.Imitated("contoso.com"); ok || x.Own("contoso.com") || !x.Empty() || x.Corresponds("a@b.example") || len(x.Named("Anna Meier")) > 0 {
		t.Error("nothing is known, but something is said")
	}
}
