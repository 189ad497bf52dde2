package phish_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"cloudappsecurity/service"
	"cloudappsecurity/service/inspect/phish"
	"cloudappsecurity/service/inspect/rule"
	"cloudappsecurity/service/inspect/tenant"
)

const genuine = "From: \"PayPal\" <service@paypal.com>\nSubject: Please confirm your account\nList-Unsubscribe: <https://www.paypal.com/u>\n\n<html><body><p>Dear customer, please verify your account within 24 hours.</p><p><a href=\"https://www.paypal.com/signin\">Verify now</a></p></body></html>"

// The same words are harmless from whom they belong to, and a threat from others.
func TestWhoSaysIt(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, message string
		threat        bool
	}{
		{"the brand itself", genuine, false},
		{"its site, from elsewhere", strings.Replace(genuine, "service@paypal.com", "news@bakery.example", 1), false},
		{"another's site, from elsewhere", strings.NewReplacer("service@paypal.com", "news@bakery.example", "www.paypal.com/signin", "harbour-site.example/x", "List-Unsubscribe", "X-Other").Replace(genuine), true},
		{"its look-alike", strings.NewReplacer("service@paypal.com", "service@paypa1.com", "www.paypal.com", "www.paypa1.com").Replace(genuine), true},
		{"the name in other letters", strings.NewReplacer("\"PayPal\"", "\"Pаyраl\"", "service@paypal.com", "news@bakery.example", "www.paypal.com/signin", "bakery.example/x").Replace(genuine), true},
		{"a superior's name, from a free mailbox", "From: \"Anna Meier\" <a.meier.office@gmail.com>\nSubject: Today\n\nAre you available? I need you to process a wire transfer of 18,400 EUR today.", true},
		{"a superior", "From: \"Anna Meier\" <anna.meier@contoso.com>\nSubject: Today\n\nAre you available? I need you to process a wire transfer of 18,400 EUR today.", false},
		{"a correspondent", "From: \"Jo Park\" <jo.park@gmail.com>\nSubject: Invoice\n\nPlease find attached the invoice: https://drive.google.com/file/d/1", false},
		{"a correspondent's look-alike", "From: \"Fabrikam\" <orders@fabrikam-t0ols.com>\nSubject: Invoice\n\nOur bank details have changed. Please pay the invoice to our new account.", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			hits := inspect(t, example(tt.message), phish.Config{}, contoso)
			if score := rule.Score(hits); (score >= rule.Threshold) != tt.threat {
				t.Errorf("%.1f: %v", score, names(hits))
			}
		})
	}
}

func TestSenders(t *testing.T) {
	t.Parallel()
	c := phish.Config{
		Approved: []string{"news@shop.example", "*@partner.example", "billing@*.com"},
		Blocked:  []string{"*@*.top", "spam*@mass.example"},
	}
	for address, want := range map[string]string{
		"news@shop.example": "sender_approved", "other@shop.example": "", "a@partner.example": "sender_approved", "a@mail.partner.example": "",
		"billing@a.com": "sender_approved", "billing@a.net": "", "x@y.top": "sender_blocked", "spammer@mass.example": "sender_blocked", "a@mass.example": "",
	} {
		got := ""
		for _, h := range inspect(t, example("From: "+address+"\nSubject: x\n\nHello"), c, contoso) {
			if h.Rule.Name == "sender_approved" || h.Rule.Name == "sender_blocked" {
				got = h.Rule.Name
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

// A forged address isn't approved, though it stands on the list.
func TestApprovedButForged(t *testing.T) {
	t.Parallel()
	forged := phish.Rules().Examples()["sender_own_forged"]
	hits := inspect(t, example(forged), phish.Config{Approved: []string{"*@contoso.com"}}, contoso)
	if slices.Contains(names(hits), "sender_approved") {
		t.Errorf("%v", names(hits))
	}
}

func TestSendersRefuse(t *testing.T) {
	t.Parallel()
	for entry, want := range map[string]string{
		"*@*": "every sender", "*@*.*": "every sender", "example.com": "no address", "@example.com": "no address", "a@b": "no domain",
		"a@b.example, c@d.example": "more than one", "*@*.com": "whole ending",
	} {
		_, err := phish.New(phish.Config{Approved: []string{entry}})
		var e *service.Error
		if !errors.As(err, &e) || e.Code != service.CodeInvalidPolicy || !strings.Contains(e.Message, want) || e.Help == "" {
			t.Errorf("%q: %v", entry, err)
		}
	}
	many := make([]string, phish.MaxSenders)
	for i := range many {
		many[i] = "a@example.com"
	}
	if _, err := phish.New(phish.Config{Blocked: many}); err != nil {
		t.Errorf("%d senders: %v", len(many), err)
	}
	if _, err := phish.New(phish.Config{Blocked: append(many, "b@example.com")}); err == nil {
		t.Error("a sender too many is accepted")
	}
}

// The same message gives the same hits, from whichever goroutine.
func TestSameTwice(t *testing.T) {
	t.Parallel()
	raw := example(phish.Rules().Examples()["brand_and_lure"])
	want := names(inspect(t, raw, phish.Config{}, contoso))
	for range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			if got := names(inspect(t, raw, phish.Config{}, contoso)); !slices.Equal(got, want) {
				t.Errorf("%v, then %v", want, got)
			}
		})
	}
}

// TestWhereLinksLead: links to a site on which nobody else puts a page say
// nothing of who wrote; those to a site where anybody does, do.
func TestWhereLinksLead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ links, want string }{
		"none":                          {"", "links_none"},
		"the sender's":                  {"https://elsewhere.example/a", "links_of_sender"},
		"another's":                     {"https://harbour-site.example/a", "links_foreign"},
		"a well-known site alone":       {"https://www.post.ch/help", ""},
		"the sender's and a known one":  {"https://elsewhere.example/a https://www.disneyplus.com/help", "links_of_sender"},
		"another's and a known one":     {"https://harbour-site.example/a https://www.disneyplus.com/help", "links_foreign"},
		"an authority's":                {"https://www.nfe.fazenda.gov.br/portal", ""},
		"a site that passes on letters": {"https://www.docusign.net/a", "links_foreign"},
		"a hoster's":                    {"https://customer.ovh.net/a", "links_foreign"},
	} {
		got := names(inspect(t, example("From: a@elsewhere.example\nSubject: Hi\n\nSee "+c.links), phish.Config{}, contoso))
		got = slices.DeleteFunc(got, func(n string) bool { return n != "links_none" && n != "links_of_sender" && n != "links_foreign" })
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %q", name, got, c.want)
		}
	}
}

// TestAttachedPage: a page that is only to be read is no trap.
func TestAttachedPage(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]bool{
		"<h1>Statement</h1><table><tr><td>12.50</td></tr></table>":                 false,
		"<p>See <a href='https://elsewhere.example/a'>our site</a></p>":            false,
		"<p>See <a href='https://harbour-site.example/a'>our site</a></p>":         true,
		"<form action='/x'><input name='a'></form>":                                true,
		"<script>go()</script>":                                                    true,
		"<meta http-equiv=refresh content='0;url=https://harbour-site.example/a'>": true,
		"<iframe src='https://harbour-site.example/a'></iframe>":                   true,
	} {
		raw := "From: a@elsewhere.example\nSubject: Hi\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n--b\nContent-Type: text/html; name=a.html\n" +
			"Content-Disposition: attachment; filename=a.html\n\n<html><body>" + page + "</body></html>\n--b--\n"
		if got := slices.Contains(names(inspect(t, example(raw), phish.Config{}, contoso)), "attached_page"); got != want {
			t.Errorf("%s: %t", page, got)
		}
	}
}

// TestReply: a stranger doesn't get trust by claiming to answer just anything.
func TestReply(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		header string
		about  tenant.Context
		want   string // of is_reply and false_reply
	}{
		"to the organization":       {"In-Reply-To: <1@contoso.com>", contoso, "is_reply"},
		"to Exchange Online":        {"References: <x@elsewhere.example> <1@AM0PR01MB1.eurprd01.prod.outlook.com>", contoso, "is_reply"},
		"to a stranger":             {"In-Reply-To: <1@elsewhere.example>", contoso, ""},
		"to nothing":                {"X-Nothing: 1", contoso, "false_reply"},
		"to anyone, nobody is told": {"In-Reply-To: <1@elsewhere.example>", tenant.Context{}, "is_reply"},
		"to a name that is damaged": {"In-Reply-To: contoso.com", contoso, "false_reply"},
	} {
		got := names(inspect(t, example("From: a@elsewhere.example\nSubject: Re: Hi\n"+c.header+"\n\nHello"), phish.Config{}, c.about))
		got = slices.DeleteFunc(got, func(n string) bool { return n != "is_reply" && n != "false_reply" })
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %q", name, got, c.want)
		}
	}
}

// Nothing that a message could hold stops the program, even where nothing is
// known of the organization.
func FuzzInspect(f *testing.F) {
	for _, e := range phish.Rules().Examples() {
		f.Add(example(e))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, h := range inspect(t, raw, phish.Config{}, contoso) {
			if len(h.Evidence) == 0 {
				t.Errorf("%s has no evidence", h.Rule.Name)
			}
		}
	})
}
