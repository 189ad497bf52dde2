package desktop

import (
	"context"
	"time"

	"cloudappsecurity/service"
	"cloudappsecurity/views/policy"
	"cloudappsecurity/views/shell"
)

// found is how many of each kind a search for a policy's targets gives at most.
const found = 20

// policies is what the policies' screens ask: the store alone, so that they are
// the same offline.
type policies struct{ s *screens }

// policyPages are the lists of both kinds.
func (s *screens) policyPages() []shell.Page {
	var pages []shell.Page
	for _, kind := range []service.PolicyKind{service.ThreatProtection, service.DataLossPrevention} {
		source := policies{s}
		v := policy.New(policy.Options{Context: s.ctx, Kind: kind, Source: source, Sync: source, Online: s.app.Connection.Online,
			Canvas: s.d.window.Canvas(), Now: time.Now, OnEdit: s.editPolicy, OnList: func() { s.shell.Open(string(kind)) },
			OnGrant: func() { s.shell.Open("dashboard") }})
		icon := map[service.PolicyKind]string{service.ThreatProtection: "shield_task", service.DataLossPrevention: "document_lock"}[kind]
		s.policies[kind] = v
		pages = append(pages, shell.Page{ID: string(kind), Title: kind.Name(), Icon: icon, Content: v, OnShow: v.Reload, OnFind: v.Find, Focus: v.Focusable})
	}
	return pages
}

func (s *screens) editPolicy(e *policy.Editor) {
	s.editor = e
	s.shell.Show(shell.Page{ID: "policy", Title: e.Title(), Crumb: string(e.Kind()), Content: e, Focus: e.Focusable,
		OnShow: e.Reload, OnHide: e.Hidden, OnSubmit: e.Submit, OnEscape: e.Escape, OnFind: e.Find})
}

// State implements policy.Source.
func (p policies) State(ctx context.Context, svc service.Service) (st policy.ServiceState, err error) {
	org, err := p.s.organization(ctx)
	if err != nil {
		return st, err
	}
	st.Option = org.Option
	st.Account, err = p.s.app.Store.Account(ctx, svc)
	return st, err
}

// Policies implements policy.Source.
func (p policies) Policies(ctx context.Context, svc service.Service, k service.PolicyKind) ([]service.Policy, error) {
	return p.s.app.Store.Policies(ctx, svc, k)
}

// SavePolicy implements policy.Source.
func (p policies) SavePolicy(ctx context.Context, v service.Policy) (service.Policy, error) {
	return p.s.app.Store.SavePolicy(ctx, v)
}

// MovePolicy implements policy.Source.
func (p policies) MovePolicy(ctx context.Context, id int64, priority int) error {
	return p.s.app.Store.MovePolicy(ctx, id, priority)
}

// SetPolicyOn implements policy.Source.
func (p policies) SetPolicyOn(ctx context.Context, id int64, on bool) error {
	return p.s.app.Store.SetPolicyOn(ctx, id, on)
}

// DeletePolicy implements policy.Source.
func (p policies) DeletePolicy(ctx context.Context, id int64) error {
	return p.s.app.Store.DeletePolicy(ctx, id)
}

// Find implements policy.Source.
func (p policies) Find(ctx context.Context, svc service.Service, text string, groups bool) (list []policy.Found, err error) {
	if svc.CoversSites() {
		sites, err := p.s.app.Policies.FindSites(ctx, svc, text, found)
		for _, t := range sites {
			list = append(list, policy.Found{Target: service.PolicyTarget{Kind: service.TargetSite, ID: t.ID, Name: t.Name()}, Detail: t.URL})
		}
		return list, err
	}
	if groups {
		all, err := p.s.app.Store.Groups(ctx, svc, text, found)
		if err != nil {
			return nil, err
		}
		for _, g := range all {
			list = append(list, policy.Found{Target: service.PolicyTarget{Kind: service.TargetGroup, ID: g.ID, Name: g.DisplayName}, Detail: "Group"})
		}
	}
	people, err := p.s.app.Store.Targets(ctx, svc, service.TargetQuery{Search: text, Limit: found})
	for _, t := range people {
		if !t.Removed {
			list = append(list, policy.Found{Target: service.PolicyTarget{Kind: service.TargetUser, ID: t.ID, Name: t.Name()}, Detail: t.UserPrincipalName})
		}
	}
	return list, err
}

// Who implements policy.Source.
func (p policies) Who(ctx context.Context, svc service.Service, k service.PolicyKind, f policy.Found) (policy.Answer, error) {
	a, err := p.s.app.Policies.Who(ctx, svc, k, f.Detail)
	return policy.Answer{Match: a.Match, NotProtected: a.NotProtected}, err
}

// Synchronize implements policy.Synchronizer.
func (p policies) Synchronize(svc service.Service) error { return p.s.wizard.SynchronizeNow(svc) }

// CancelSync implements policy.Synchronizer.
func (p policies) CancelSync(svc service.Service) { p.s.wizard.CancelSync(svc) }

// SyncProgress implements policy.Synchronizer.
func (p policies) SyncProgress(svc service.Service) service.SyncProgress {
	return p.s.app.Grants.SyncProgress(svc)
}
