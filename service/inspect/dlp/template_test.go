package dlp

import (
	"slices"
	"testing"
)

func templates(t *testing.T) map[string]Template {
	t.Helper()
	list, err := Templates()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]Template{}
	for _, each := range list {
		out[each.Name] = each
	}
	return out
}

// TestTemplatesTakeWhatTheyProtect and leave what isn't sure enough.
func TestTemplatesTakeWhatTheyProtect(t *testing.T) {
	t.Parallel()
	d, all := detector(t, Config{}), templates(t)
	for _, c := range []struct {
		text string
		hits []string
	}{
		{"Good morning, see you at 10:30 on 2026-04-01.", nil},
		{letter(), nil},
		{"My card is 4539 1488 0343 6467, valid thru 04/29", []string{"GDPR", "GLBA", "PCI-DSS", "SB-1386"}},
		{"Order 4539148803436467 has shipped", nil},
		{"Ticket 536-22-8726", nil},
		{"Her social security number is 536-22-8726.", []string{"GLBA", "SB-1386", "US PII"}},
		{"Patient, born 03/04/1961, member ID: XYH884201933, SSN 536-22-8726", []string{"GLBA", "HIPAA", "SB-1386", "US PII"}},
		{"Medicare number 1EG4-TE5-MK73", []string{"HIPAA"}},
		{"Wire to routing number 122105155, account 945456787654", []string{"GLBA", "SB-1386"}},
		{"Account 945456787654", nil},
		{"Driver's license D55512345678", []string{"SB-1386"}},
		{"National insurance number JG 10 37 59 A", []string{"UK PII"}},
		{"Call 943 476 5919", nil},
		{"NHS number 943 476 5919", []string{"UK PII"}},
		{"Codice fiscale MRTMTT91D08F205J", []string{"GDPR"}},
		{"Meine Steuer-ID ist 86095742719", []string{"GDPR"}},
		{"Pay to IBAN DE75 5121 0800 1245 1261 99", nil}, // as every invoice says
		{"IBAN DE89370400440532013000, GB29NWBK60161331926819, FR1420041010050500013M02606, ES9121000418450200051332, NL91ABNA0417164300", []string{"GDPR"}},
		{"-----BEGIN PRIVATE KEY-----\nMIIE", []string{"Secrets"}},
		{"ghp_q7Rw2XkLm9TzBv4NcY8sHdJ3fGp6Ae1UxKoI", []string{"Secrets"}},
		{"Password: q7Rw2XkLm9", nil},
	} {
		matches := d.Find(c.text)
		var hits []string
		for name, template := range all {
			hit, why := template.Evaluate(matches, c.text)
			if hit {
				hits = append(hits, name)
			}
			if hit != (len(why) > 0) || hit && (why[0].Count < 1 || len(why[0].Matches) < 1 || len(why[0].Identifiers) < 1) {
				t.Errorf("%s in %q: %v for %+v", name, c.text, hit, why)
			}
		}
		slices.Sort(hits)
		if !slices.Equal(hits, c.hits) {
			t.Errorf("%.60q hits %q, not %q", c.text, hits, c.hits)
		}
	}
}

func TestRulesCombine(t *testing.T) {
	t.Parallel()
	d := detector(t, Config{})
	one := "card 4539148803436467"
	twice := one + ", again 4539 1488 0343 6467"
	two := one + " and card 4111111111111111"
	cards := func(count, distinct int) Rule {
		return Rule{Identifiers: []string{"CREDIT_CARD"}, Confidence: High, Count: count, Distinct: distinct}
	}
	mail := Rule{Identifiers: []string{"EMAIL_ADDRESS"}}
	for name, c := range map[string]struct {
		rule Rule
		text string
		hit  bool
	}{
		"enough":                {cards(0, 0), one, true},
		"not sure enough":       {cards(0, 0), "4539148803436467", false},
		"too few":               {cards(2, 0), one, false},
		"twice the same":        {cards(2, 0), twice, true},
		"not two different":     {cards(0, 2), twice, false},
		"two different":         {cards(0, 2), two, true},
		"all":                   {Rule{All: []Rule{cards(1, 0), mail}}, one + " ana@contoso.com", true},
		"not all":               {Rule{All: []Rule{cards(1, 0), mail}}, one, false},
		"any":                   {Rule{Any: []Rule{cards(1, 0), mail}}, "ana@contoso.com", true},
		"none of any":           {Rule{Any: []Rule{cards(1, 0), mail}}, "Good morning", false},
		"except":                {Rule{Any: []Rule{cards(1, 0)}, Except: []Rule{mail}}, one + " ana@contoso.com", false},
		"the exception is out":  {Rule{Any: []Rule{cards(1, 0)}, Except: []Rule{mail}}, one, true},
		"own and all":           {Rule{Identifiers: []string{"CREDIT_CARD"}, All: []Rule{mail}}, one + " ana@contoso.com", true},
		"own but not all":       {Rule{Identifiers: []string{"CREDIT_CARD"}, All: []Rule{mail}}, one, false},
		"a condition of itself": {Rule{Any: []Rule{{All: []Rule{cards(1, 0)}, Except: []Rule{cards(2, 0)}}}}, two, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if hit, why := (Template{Rule: c.rule}).Evaluate(d.Find(c.text), c.text); hit != c.hit {
				t.Errorf("%v for %+v", hit, why)
			}
		})
	}
}

func TestPartsCountTogether(t *testing.T) {
	t.Parallel()
	d := detector(t, Config{})
	part := func(text string) Part { return Part{text, d.Find(text)} }
	rule := Template{Rule: Rule{Identifiers: []string{"CREDIT_CARD"}, Confidence: High, Distinct: 2}}
	body, attachment := part("card 4539148803436467"), part("card 4111 1111 1111 1111")
	if hit, _ := rule.EvaluateParts(body, part("card 4539-1488-0343-6467")); hit {
		t.Error("one card in two texts counts as two")
	}
	if hit, why := rule.EvaluateParts(body, attachment); !hit || why[0].Distinct != 2 || why[0].Count != 2 {
		t.Errorf("%v: %+v", hit, why)
	}
}

func TestRulesAreChecked(t *testing.T) {
	t.Parallel()
	names := []string{"CREDIT_CARD"}
	for _, r := range []Rule{{}, {Identifiers: []string{"NO_SUCH"}}, {Any: []Rule{{}}}, {Identifiers: names, Except: []Rule{{Identifiers: []string{"NO_SUCH"}}}}} {
		if err := r.check(names); err == nil {
			t.Errorf("%+v was accepted", r)
		}
	}
}
