package gallery

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"cloudappsecurity/service"
	"cloudappsecurity/views/account"
	"cloudappsecurity/views/extend"
	"cloudappsecurity/views/policy"
	"cloudappsecurity/views/review"
	"cloudappsecurity/views/shell"
	"cloudappsecurity/views/ui"
)

// What the screens beyond the grant ask the world for, each in the words of its own interface.
type (
	policies   struct{ w *world }
	reviewed   struct{ w *world }
	accounts   struct{ w *world }
	extending  struct{ w *world }
	selections struct{ w *world }
)

// State implements policy.Source.
func (p policies) State(context.Context, service.Service) (policy.ServiceState, error) {
	return policy.ServiceState{Account: p.w.account, Option: p.w.org.Option}, nil
}

// Policies implements policy.Source: the two defaults, and those of the world before them.
func (p policies) Policies(_ context.Context, s service.Service, k service.PolicyKind) (list []service.Policy, err error) {
	if k == service.ThreatProtection {
		list = slices.Clone(p.w.policies)
	}
	for i, name := range []string{"Default policy (monitor only)", "Default policy"} {
		list = append(list, service.Policy{ID: int64(100 + i), Name: name, On: i == 0, Default: true, MonitorOnly: i == 0, Everyone: true, Description: "As it came."})
	}
	for i := range list {
		list[i].Service, list[i].Kind, list[i].Priority = s, k, i+1
	}
	return list, nil
}

func (p policies) SavePolicy(_ context.Context, v service.Policy) (service.Policy, error) {
	return v, nil
}
func (p policies) MovePolicy(context.Context, int64, int) error   { return nil }
func (p policies) SetPolicyOn(context.Context, int64, bool) error { return nil }
func (p policies) DeletePolicy(context.Context, int64) error      { return nil }

// Find implements policy.Source.
func (p policies) Find(_ context.Context, _ service.Service, text string, groups bool) (list []policy.Found, err error) {
	for _, one := range p.w.people[:min(20, len(p.w.people))] {
		if strings.HasPrefix(strings.ToLower(one.DisplayName), strings.ToLower(text)) {
			list = append(list, policy.Found{Target: service.PolicyTarget{Kind: service.TargetUser, ID: one.ID, Name: one.Name()}, Detail: one.UserPrincipalName})
		}
	}
	for _, g := range p.w.groups {
		if groups {
			list = append(list, policy.Found{Target: service.PolicyTarget{Kind: service.TargetGroup, ID: g.ID, Name: g.DisplayName}, Detail: "Group"})
		}
	}
	return list, nil
}

// Who implements policy.Source.
func (p policies) Who(_ context.Context, s service.Service, k service.PolicyKind, f policy.Found) (policy.Answer, error) {
	all, _ := p.Policies(context.Background(), s, k)
	a := policy.Answer{Match: service.Match{Policy: all[len(all)-2], Found: true}, NotProtected: service.ExclusionNoMailbox}
	for _, one := range all[:len(all)-2] {
		a.Match.Passed = append(a.Match.Passed, service.Passed{Policy: one, Off: !one.On, Excluded: f.Target})
	}
	return a, nil
}

func (p policies) Synchronize(service.Service) error                       { return nil }
func (p policies) CancelSync(service.Service)                              {}
func (p policies) SyncProgress(s service.Service) (r service.SyncProgress) { return p.w.sync }

// Page implements review.Source.
func (r reviewed) Page(_ context.Context, s service.Service, q service.TargetQuery) (p review.Page, err error) {
	reasons := []service.Exclusion{"", "", service.ExclusionGuest, service.ExclusionNoMailbox, service.ExclusionRemoved, service.ExclusionUnknown, service.ExclusionNotChosen}
	origins := []service.Origin{service.OriginEveryone, service.OriginUser, service.OriginGroup}
	if s.CoversSites() {
		reasons, origins = []service.Exclusion{"", service.ExclusionPersonal, service.ExclusionRemoved}, []service.Origin{service.OriginEveryone, service.OriginURL, service.OriginTitle}
	}
	if q.Search == "zzz" {
		return p, nil
	}
	p.Count = len(r.w.people)
	for i, one := range r.w.people[min(q.Offset, p.Count):min(q.Offset+q.Limit, p.Count)] {
		row := review.Row{Name: one.Name(), Address: one.UserPrincipalName, ID: one.ID, Kind: "Shared mailbox", Reason: reasons[i%len(reasons)],
			Origin: origins[i%len(origins)], SeenAt: now.Add(-time.Duration(i) * time.Hour)}
		if s.CoversSites() {
			row.Address, row.Kind = "https://contosobakery.sharepoint.example/sites/"+one.UserPrincipalName, "Site collection with 12 subsites"
		}
		row.Protected = row.Reason == ""
		p.Rows = append(p.Rows, row)
	}
	return p, nil
}

func (r reviewed) Export(context.Context, service.Service, service.TargetQuery, string) (int, error) {
	return len(r.w.people), nil
}

// Accounts implements account.Source.
func (a accounts) Accounts(context.Context) (o account.Overview, err error) {
	o.Organization = a.w.org
	for _, s := range service.Services() {
		row := account.Row{Account: service.Account{Service: s, State: service.StateNotGranted}, Targets: "None"}
		if s == service.ExchangeOnline {
			row = account.Row{Account: a.w.account, Targets: "All users and groups, " + ui.Counted(a.w.counts.Protected, "person", "people")}
		}
		o.Rows = append(o.Rows, row)
	}
	return o, nil
}

// Extending implements extend.Source.
func (e extending) Extending(context.Context) (extend.State, error) {
	st := extend.State{Option: e.w.org.Option, Users: len(e.w.selected), Sites: 3}
	if e.w.org.Option == service.OptionExtending {
		for i, s := range service.Services() {
			st.Extensions = append(st.Extensions, service.Extension{Service: s, Done: i == 0})
		}
	}
	return st, nil
}

func (e extending) Extend(context.Context) error { return nil }

// Selected implements account.Selections.
func (s selections) Selected(context.Context, service.Service) ([]service.Selection, error) {
	return s.w.selected, nil
}

func (s selections) UpdateSelection(context.Context, service.Service, []service.Selection) error {
	return nil
}

func (s selections) SelectedSites(context.Context, service.Service) ([]service.SiteSelection, error) {
	return nil, nil
}

func (s selections) UpdateSites(context.Context, service.Service, []service.SiteSelection) error {
	return nil
}

// choose selects n people.
func (w *world) choose(n int) {
	w.org.Option = service.OptionSelected
	for i := range n {
		w.selected = append(w.selected, service.Selection{Person: person(fmt.Sprintf("Zed %03d", i), fmt.Sprintf("zed%d@contosobakery.example", i), service.MailboxUser), Origin: service.OriginUser})
	}
}

// named gives the world n policies, which name groups and people.
func (w *world) named(n int) {
	for i := range n {
		p := service.Policy{ID: int64(i + 1), Name: fmt.Sprintf("Policy %d of %s", i+1, w.org.DisplayName), Description: "For those who bake at night.", On: i%2 == 0}
		for _, g := range w.groups {
			p.Targets = append(p.Targets, service.PolicyTarget{Kind: service.TargetGroup, ID: g.ID, Name: g.DisplayName})
		}
		for _, one := range w.people[:min(3, len(w.people))] {
			p.Exclusions = append(p.Exclusions, service.PolicyTarget{Kind: service.TargetUser, ID: one.ID, Name: one.Name()})
		}
		p.Everyone = len(p.Targets) == 0
		w.policies = append(w.policies, p)
	}
}

// later builds the pages beyond the grant.
func (s *stage) later(clock func() time.Time) (pages []shell.Page) {
	for _, kind := range []service.PolicyKind{service.ThreatProtection, service.DataLossPrevention} {
		source := policies{s.w}
		v := policy.New(policy.Options{Kind: kind, Source: source, Sync: source, Online: s.online, Canvas: s.canvas, Now: clock, Loader: ui.Inline(),
			OnEdit: s.editPolicy, OnList: func() { s.shell.Open(string(kind)) }, OnGrant: func() { s.shell.Open("dashboard") }})
		s.lists[kind] = v
		s.reloads = append(s.reloads, v.Reload)
		pages = append(pages, shell.Page{ID: string(kind), Title: kind.Name(), Icon: "shield_task", Content: v, OnShow: v.Reload, OnFind: v.Find, Focus: v.Focusable})
	}
	accountView := account.New(account.Options{Source: accounts{s.w}, Loader: ui.Inline(), Now: clock, OnGrant: func(service.Service) { s.grant() },
		OnUpdate: func(service.Service) { s.openUpdate() }})
	s.review = review.New(review.Options{Source: reviewed{s.w}, Services: service.Services(), Canvas: s.canvas, Loader: ui.Inline(), Now: clock,
		ChooseFile: func(name string, chosen func(string)) { chosen("/home/anna/" + name) }})
	extendView := extend.New(extend.Options{Source: extending{s.w}, Loader: ui.Inline(), OnClose: func() { s.shell.Open("dashboard") },
		OnPolicies: func() { s.shell.Open(string(service.ThreatProtection)) }})
	s.update = account.NewUpdate(account.UpdateOptions{Service: service.ExchangeOnline, Selections: selections{s.w}, Search: s.w, Canvas: s.canvas,
		Loader: ui.Inline(), Now: clock, Online: s.online, OnClose: func() { s.shell.Open("account") }})
	s.reloads = append(s.reloads, accountView.Reload, extendView.Reload)
	return append(pages,
		shell.Page{ID: "account", Title: "Service Account", Icon: "key", Section: "Administration", Content: accountView, OnShow: accountView.Reload,
			Focus: accountView.Focusable, OnEscape: accountView.Escape},
		shell.Page{ID: "targets", Title: "Targets", Icon: "people", Section: "Administration", Content: s.review, OnShow: s.review.Reload,
			OnFind: s.review.Find, Focus: s.review.Focusable},
		shell.Page{ID: "extend", Title: "Extend", Crumb: "dashboard", Content: extendView, OnShow: extendView.Reload, Focus: extendView.Focusable})
}

func (s *stage) editPolicy(e *policy.Editor) {
	s.editor = e
	s.shell.Show(shell.Page{ID: "policy", Title: e.Title(), Crumb: string(e.Kind()), Content: e, Focus: e.Focusable,
		OnShow: e.Reload, OnHide: e.Hidden, OnSubmit: e.Submit, OnEscape: e.Escape, OnFind: e.Find})
}

func (s *stage) openUpdate() {
	u := s.update
	s.shell.Show(shell.Page{ID: "update-exchange", Title: "Update Synchronized Users of Exchange Online", Crumb: "account", Content: u,
		OnShow: u.Shown, OnHide: u.Hidden, Focus: u.Focusable, OnSubmit: u.Submit, OnEscape: u.Escape})
}

func (s *stage) online() bool { return !s.w.offline }
