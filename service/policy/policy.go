// Package policy is the use case of who gets which policy. The decision itself
// is pure: a list of policies and a target in, the policy that applies and the
// reason out. What it takes to ask it is read from the store, so that it answers
// without a network. It knows package service and its interfaces only.
package policy

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"cloudappsecurity/service"
)

// Subject is whom policies are asked about: a person with the groups that they
// belong to, or a site with its site collection.
type Subject struct {
	PersonID     string
	Groups       []string // IDs, through nested groups too
	SiteID       string
	CollectionID string // of a subsite
}

// Decide says which of policies applies to s: the first by priority that is on,
// is meant for s and does not exclude it. All policies are of one service and kind.
func Decide(policies []service.Policy, s Subject) service.Match {
	policies = slices.Clone(policies)
	slices.SortStableFunc(policies, func(a, b service.Policy) int { return a.Priority - b.Priority })
	var m service.Match
	for _, p := range policies {
		passed := service.Passed{Policy: p}
		switch by, named := s.named(p.Targets); {
		case !p.On:
			passed.Off = true
		case !p.Everyone && !named:
		default:
			excluded, is := s.named(p.Exclusions)
			if !is {
				m.Policy, m.Found = p, true
				if !p.Everyone {
					m.By = by
				}
				return m
			}
			passed.Excluded = excluded
		}
		m.Passed = append(m.Passed, passed)
	}
	return m
}

// named gives what of targets names s: by itself rather than through a group.
func (s Subject) named(targets []service.PolicyTarget) (service.PolicyTarget, bool) {
	for _, direct := range []bool{true, false} {
		for _, t := range targets {
			var is bool
			switch t.Kind {
			case service.TargetUser:
				is = direct && s.PersonID != "" && t.ID == s.PersonID
			case service.TargetGroup:
				is = !direct && slices.Contains(s.Groups, t.ID)
			case service.TargetSite:
				is = direct && s.SiteID != "" && t.ID == s.SiteID || !direct && s.CollectionID != "" && t.ID == s.CollectionID
			}
			if is {
				return t, true
			}
		}
	}
	return service.PolicyTarget{}, false
}

// Policies is what the use case reads of the policies.
type Policies interface {
	Policies(ctx context.Context, s service.Service, k service.PolicyKind) ([]service.Policy, error)
	GroupsOf(ctx context.Context, s service.Service, personID string) ([]string, error)
}

// People finds people among those who were synchronized or selected.
type People interface {
	Targets(ctx context.Context, s service.Service, q service.TargetQuery) ([]service.Target, error)
}

// Sites finds site collections likewise.
type Sites interface {
	SiteTargets(ctx context.Context, s service.Service, q service.TargetQuery) ([]service.SiteTarget, error)
}

// Config is what a Policy is made of.
type Config struct {
	Policies Policies
	People   People
	Sites    Sites
}

// Policy is the use case.
type Policy struct{ c Config }

// New makes a Policy.
func New(c Config) *Policy { return &Policy{c} }

// OfPerson says which policy of one kind a person gets in s.
func (p *Policy) OfPerson(ctx context.Context, s service.Service, k service.PolicyKind, personID string) (service.Match, error) {
	all, err := p.c.Policies.Policies(ctx, s, k)
	if err != nil {
		return service.Match{}, err
	}
	groups, err := p.c.Policies.GroupsOf(ctx, s, personID)
	if err != nil {
		return service.Match{}, err
	}
	return Decide(all, Subject{PersonID: personID, Groups: groups}), nil
}

// OfSite says which policy of one kind a site gets.
func (p *Policy) OfSite(ctx context.Context, s service.Service, k service.PolicyKind, site service.Site) (service.Match, error) {
	all, err := p.c.Policies.Policies(ctx, s, k)
	return Decide(all, Subject{SiteID: site.ID, CollectionID: site.ParentID}), err
}

// Answer is what Who found.
type Answer struct {
	Name    string // of the person or site
	Address string // user principal name or URL
	// NotProtected is why the service does not protect the target at all, so
	// that no policy is applied to it; ExclusionNone if it does.
	NotProtected service.Exclusion
	Match        service.Match
}

// Who answers for the user principal name of a person, or the URL of a site:
// one beneath a site collection, too.
func (p *Policy) Who(ctx context.Context, s service.Service, k service.PolicyKind, address string) (Answer, error) {
	address = strings.TrimSpace(address)
	if s.CoversSites() {
		t, err := p.site(ctx, s, address)
		if err != nil {
			return Answer{}, err
		}
		m, err := p.OfSite(ctx, s, k, t.Site)
		return Answer{t.Name(), t.URL, t.Reason, m}, err
	}
	t, err := p.person(ctx, s, address)
	if err != nil {
		return Answer{}, err
	}
	m, err := p.OfPerson(ctx, s, k, t.ID)
	return Answer{t.Name(), t.UserPrincipalName, t.Reason, m}, err
}

func (p *Policy) person(ctx context.Context, s service.Service, upn string) (service.Target, error) {
	if !strings.Contains(upn, "@") {
		return service.Target{}, &service.Error{Code: service.CodeInvalidTargets, Message: upn + " is no user principal name.",
			Help: "Type the whole user principal name, such as ana@contoso.com."}
	}
	var mail *service.Target
	const limit = 100
	for offset := 0; ; offset += limit {
		page, err := p.c.People.Targets(ctx, s, service.TargetQuery{Search: upn, Offset: offset, Limit: limit})
		if err != nil {
			return service.Target{}, err
		}
		for _, t := range page {
			if strings.EqualFold(t.UserPrincipalName, upn) && !t.Removed {
				return t, nil
			}
			if strings.EqualFold(t.Mail, upn) && mail == nil {
				mail = &t
			}
		}
		if len(page) < limit {
			break
		}
	}
	if mail != nil {
		return *mail, nil
	}
	return service.Target{}, unknown(upn, "user")
}

// site finds the site collection at or above an address.
func (p *Policy) site(ctx context.Context, s service.Service, address string) (service.SiteTarget, error) {
	wanted, ok := parts(address)
	if !ok {
		return service.SiteTarget{}, &service.Error{Code: service.CodeInvalidTargets, Message: address + " is no address of a site.",
			Help: "Type the whole address, such as https://contoso.sharepoint.com/sites/bakery."}
	}
	const limit = 1000
	var best service.SiteTarget
	length := 0
	for offset := 0; p.c.Sites != nil; offset += limit {
		page, err := p.c.Sites.SiteTargets(ctx, s, service.TargetQuery{Offset: offset, Limit: limit})
		if err != nil {
			return best, err
		}
		for _, t := range page {
			has, ok := parts(t.URL)
			if ok && len(has) > length && len(has) <= len(wanted) && slices.Equal(has, wanted[:len(has)]) {
				best, length = t, len(has)
			}
		}
		if len(page) < limit {
			break
		}
	}
	// The root site is no collection of /sites/x and /teams/x: those are
	// collections of their own, which would have been found.
	if length == 0 || length == 1 && len(wanted) > 1 && (wanted[1] == "sites" || wanted[1] == "teams" || wanted[1] == "personal") {
		return service.SiteTarget{}, unknown(address, "site")
	}
	return best, nil
}

// FindSites gives site collections by title or address.
func (p *Policy) FindSites(ctx context.Context, s service.Service, text string, limit int) ([]service.SiteTarget, error) {
	if p.c.Sites == nil {
		return nil, nil
	}
	return p.c.Sites.SiteTargets(ctx, s, service.TargetQuery{Search: text, Limit: limit})
}

// parts are the host of an address and the names of its path, folded:
// SharePoint does not tell upper from lower case.
func parts(address string) ([]string, bool) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, false
	}
	out := []string{strings.ToLower(u.Host)}
	for name := range strings.SplitSeq(u.Path, "/") {
		if name != "" {
			out = append(out, strings.ToLower(name))
		}
	}
	return out, true
}

func unknown(what, kind string) error {
	return &service.Error{Code: service.CodeNotFound, Message: what + " is not known here.",
		Help: "Check the spelling. A new " + kind + " is known after the next synchronization."}
}
