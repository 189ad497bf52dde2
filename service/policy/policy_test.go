package policy

import (
	"context"
	"slices"
	"strings"
	"testing"

	"cloudappsecurity/service"

	"github.com/google/go-cmp/cmp"
)

func user(id string) service.PolicyTarget {
	return service.PolicyTarget{Kind: service.TargetUser, ID: id, Name: strings.ToUpper(id)}
}

func group(id string) service.PolicyTarget {
	return service.PolicyTarget{Kind: service.TargetGroup, ID: id, Name: strings.ToUpper(id)}
}

func site(id string) service.PolicyTarget {
	return service.PolicyTarget{Kind: service.TargetSite, ID: id, Name: strings.ToUpper(id)}
}

type change func(*service.Policy)

func off(p *service.Policy) { p.On = false }
func to(t ...service.PolicyTarget) change {
	return func(p *service.Policy) { p.Targets, p.Everyone = t, false }
}
func but(t ...service.PolicyTarget) change { return func(p *service.Policy) { p.Exclusions = t } }

func named(name string, priority int, changes ...change) service.Policy {
	p := service.Policy{Name: name, Priority: priority, On: true, Everyone: true}
	for _, c := range changes {
		c(&p)
	}
	return p
}

func TestDecide(t *testing.T) {
	t.Parallel()
	ana := Subject{PersonID: "ana", Groups: []string{"bakers", "staff"}}
	subsite := Subject{SiteID: "sub", CollectionID: "shop"}
	for name, c := range map[string]struct {
		policies []service.Policy
		who      Subject
		want     string // "" for none
		by       service.PolicyTarget
		reason   string
		passed   []string // reasons
	}{
		"no policies": {who: ana, reason: "No policy that is on matches."},
		"everyone":    {policies: []service.Policy{named("all", 1)}, who: ana, want: "all", reason: "It is on and is meant for all targets."},
		"first by priority, not by place": {policies: []service.Policy{named("second", 2), named("first", 1)}, who: ana, want: "first",
			reason: "It is on and is meant for all targets."},
		"off is passed": {policies: []service.Policy{named("off", 1, off), named("on", 2)}, who: ana, want: "on",
			reason: "It is on and is meant for all targets.", passed: []string{"It is off."}},
		"all off": {policies: []service.Policy{named("off", 1, off)}, who: ana, reason: "No policy that is on matches.", passed: []string{"It is off."}},
		"by name": {policies: []service.Policy{named("hers", 1, to(user("bob"), user("ana")))}, who: ana, want: "hers", by: user("ana"),
			reason: "It is on and names ANA."},
		"someone else": {policies: []service.Policy{named("his", 1, to(user("bob"))), named("all", 2)}, who: ana, want: "all",
			reason: "It is on and is meant for all targets.", passed: []string{"It does not name this target."}},
		"through a group": {policies: []service.Policy{named("staff", 1, to(group("staff")))}, who: ana, want: "staff", by: group("staff"),
			reason: "It is on and names the group STAFF, directly or through a group within it."},
		"by name rather than through a group": {policies: []service.Policy{named("both", 1, to(group("staff"), user("ana")))}, who: ana, want: "both",
			by: user("ana"), reason: "It is on and names ANA."},
		"excluded by name": {policies: []service.Policy{named("but ana", 1, to(group("staff")), but(user("ana"))), named("all", 2)}, who: ana, want: "all",
			reason: "It is on and is meant for all targets.", passed: []string{"It excludes ANA."}},
		"excluded through a group": {policies: []service.Policy{named("but bakers", 1, but(group("bakers"))), named("all", 2)}, who: ana, want: "all",
			reason: "It is on and is meant for all targets.", passed: []string{"It excludes the group BAKERS."}},
		"an exclusion beats being named": {policies: []service.Policy{named("ana, but not bakers", 1, to(user("ana")), but(group("bakers")))}, who: ana,
			reason: "No policy that is on matches.", passed: []string{"It excludes the group BAKERS."}},
		"excluded somebody else": {policies: []service.Policy{named("but bob", 1, but(user("bob")))}, who: ana, want: "but bob",
			reason: "It is on and is meant for all targets."},
		"an exclusion of who isn't named says nothing": {policies: []service.Policy{named("bob's", 1, to(user("bob")), but(user("ana")))}, who: ana,
			reason: "No policy that is on matches.", passed: []string{"It does not name this target."}},
		"a group's ID is no person's": {policies: []service.Policy{named("odd", 1, to(group("ana"), user("staff")))}, who: ana,
			reason: "No policy that is on matches.", passed: []string{"It does not name this target."}},
		"a site": {policies: []service.Policy{named("shop", 1, to(site("shop")))}, who: Subject{SiteID: "shop"}, want: "shop", by: site("shop"),
			reason: "It is on and names the site SHOP."},
		"a subsite by its collection": {policies: []service.Policy{named("shop", 1, to(site("shop")))}, who: subsite, want: "shop", by: site("shop"),
			reason: "It is on and names the site SHOP."},
		"a subsite excluded by its collection": {policies: []service.Policy{named("not the shop", 1, but(site("shop")))}, who: subsite,
			reason: "No policy that is on matches.", passed: []string{"It excludes the site SHOP."}},
		"nothing without an ID": {policies: []service.Policy{named("broken", 1, to(user(""), site("")))}, who: Subject{},
			reason: "No policy that is on matches.", passed: []string{"It does not name this target."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := Decide(c.policies, c.who)
			if m.Found != (c.want != "") || m.Policy.Name != c.want || m.By != c.by || m.Reason() != c.reason {
				t.Errorf("got %q (found %v) by %+v: %s", m.Policy.Name, m.Found, m.By, m.Reason())
			}
			var passed []string
			for _, p := range m.Passed {
				passed = append(passed, p.Reason())
			}
			if diff := cmp.Diff(c.passed, passed); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecideLeavesTheListAsItIs(t *testing.T) {
	t.Parallel()
	list := []service.Policy{named("b", 2), named("a", 1)}
	Decide(list, Subject{PersonID: "x"})
	if list[0].Name != "b" {
		t.Error("the caller's list was sorted")
	}
}

func TestNeverApplies(t *testing.T) {
	t.Parallel()
	all := []service.Policy{named("off", 1, off), named("but ana", 2, but(user("ana"))), named("all", 3), named("last", 4)}
	for i, want := range []string{"", "", "", "all"} {
		by, never := service.NeverApplies(all, all[i])
		if by.Name != want || never != (want != "") {
			t.Errorf("%s: kept away by %q (%v)", all[i].Name, by.Name, never)
		}
	}
}

// house is a store with people, sites and policies.
type house struct {
	people   []service.Target
	sites    []service.SiteTarget
	policies []service.Policy
	groups   map[string][]string
}

func (h *house) Policies(context.Context, service.Service, service.PolicyKind) ([]service.Policy, error) {
	return h.policies, nil
}

func (h *house) GroupsOf(_ context.Context, _ service.Service, id string) ([]string, error) {
	return h.groups[id], nil
}

func (h *house) Targets(_ context.Context, _ service.Service, q service.TargetQuery) ([]service.Target, error) {
	var found []service.Target
	for _, p := range h.people {
		if strings.HasPrefix(p.UserPrincipalName, strings.ToLower(q.Search)) || strings.HasPrefix(p.Mail, strings.ToLower(q.Search)) {
			found = append(found, p)
		}
	}
	return found[min(q.Offset, len(found)):min(q.Offset+q.Limit, len(found))], nil
}

func (h *house) SiteTargets(_ context.Context, _ service.Service, q service.TargetQuery) ([]service.SiteTarget, error) {
	return slices.Clone(h.sites[min(q.Offset, len(h.sites)):]), nil
}

func person(upn, mail string, why service.Exclusion) service.Target {
	return service.Target{Person: service.Person{ID: upn, UserPrincipalName: upn, Mail: mail}, Protected: why == "", Reason: why}
}

func TestWho(t *testing.T) {
	t.Parallel()
	at := func(id, url string) service.SiteTarget {
		return service.SiteTarget{Site: service.Site{ID: id, URL: url}, Protected: true}
	}
	h := &house{
		people: []service.Target{person("ana@contoso.com.au", "", ""), person("ana@contoso.com", "a.sala@contoso.com", ""), person("petra@contoso.com", "", service.ExclusionGuest)},
		groups: map[string][]string{"ana@contoso.com": {"bakers"}},
		sites: []service.SiteTarget{at("root", "https://contoso.sharepoint.com"), at("shop", "https://contoso.sharepoint.com/sites/Shop"),
			at("shoplift", "https://contoso.sharepoint.com/sites/shoplift")},
		policies: []service.Policy{named("bakers", 1, to(group("bakers"))), named("shop", 2, to(site("shop"))), named("all", 3)},
	}
	p := New(Config{Policies: h, People: h, Sites: h})
	for _, c := range []struct {
		svc          service.Service
		address      string
		want         string
		notProtected service.Exclusion
		code         service.Code
	}{
		{svc: service.ExchangeOnline, address: " Ana@Contoso.com ", want: "bakers"},
		{svc: service.ExchangeOnline, address: "ana@contoso.com.au", want: "all"},
		{svc: service.ExchangeOnline, address: "a.sala@contoso.com", want: "bakers"},
		{svc: service.OneDrive, address: "petra@contoso.com", want: "all", notProtected: service.ExclusionGuest},
		{svc: service.ExchangeOnline, address: "ana@contoso.co", code: service.CodeNotFound},
		{svc: service.ExchangeOnline, address: "ana", code: service.CodeInvalidTargets},
		{svc: service.SharePointOnline, address: "https://CONTOSO.sharepoint.com/sites/shop/", want: "shop"},
		{svc: service.SharePointOnline, address: "https://contoso.sharepoint.com/sites/shop/tills/Lists/x", want: "shop"},
		{svc: service.SharePointOnline, address: "https://contoso.sharepoint.com/sites/shoplift", want: "all"},
		{svc: service.SharePointOnline, address: "https://contoso.sharepoint.com/sub", want: "all"},
		{svc: service.SharePointOnline, address: "https://contoso.sharepoint.com/sites/new", code: service.CodeNotFound},
		{svc: service.SharePointOnline, address: "https://fabrikam.sharepoint.com/sites/shop", code: service.CodeNotFound},
		{svc: service.SharePointOnline, address: "sites/shop", code: service.CodeInvalidTargets},
	} {
		a, err := p.Who(t.Context(), c.svc, service.ThreatProtection, c.address)
		if service.CodeOf(err) != c.code || a.Match.Policy.Name != c.want || a.NotProtected != c.notProtected {
			t.Errorf("%s: %q, %q, %v", c.address, a.Match.Policy.Name, a.NotProtected, err)
		}
	}
}
