package desktop

import (
	"context"

	"cloudappsecurity/service"
	"cloudappsecurity/views/account"
	"cloudappsecurity/views/shell"
	"cloudappsecurity/views/ui"
)

// Accounts implements account.Source.
func (s *screens) Accounts(ctx context.Context) (o account.Overview, err error) {
	if o.Organization, err = s.organization(ctx); err != nil {
		return o, err
	}
	states, err := s.states(ctx)
	for _, st := range states {
		removal, err := s.app.Grants.Removal(ctx, st.Account.Service)
		if err != nil {
			return o, err
		}
		o.Rows = append(o.Rows, account.Row{Account: st.Account, Removal: removal, Targets: coveredText(st.Account.Service, o.Organization.Option, st.Counts.Protected)})
	}
	return o, err
}

func coveredText(s service.Service, o service.Option, protected int) string {
	all, selected, covered := "All users and groups", "Selected users", ui.Counted(protected, "person", "people")
	if s.CoversSites() {
		all, selected, covered = "All sites", "Selected sites", ui.Counted(protected, "site", "sites")
	}
	switch {
	case o.Everyone():
		return all + ", " + covered
	case o == service.OptionSelected:
		return selected + ", " + covered
	default:
		return "None"
	}
}

// openRemoval shows the removal of a service, where it stands.
func (s *screens) openRemoval(id service.Service) {
	s.shell.Open("account")
	s.account.Open(id)
}

// removalChanged shows how a removal goes, and brings the window to the front
// when the browser's part is done or somebody is asked.
func (s *screens) removalChanged() {
	for _, id := range service.Services() {
		p, before := s.app.Grants.RemovalWalk(id), s.removing[id]
		if before.Running && (p.Finished != "" && before.Finished == "" || p.Other != nil && before.Other == nil) {
			s.d.front()
		}
		s.removing[id] = p
	}
	if !s.d.visible {
		return
	}
	switch s.shell.Current() {
	case "account":
		s.account.Reload()
	case "dashboard":
		s.dashboard.Reload()
	}
}

// openUpdate opens the change of the selected users. Changes which were left
// unsaved are there again.
func (s *screens) openUpdate(id service.Service) {
	u := s.updates[id]
	if u == nil {
		u = account.NewUpdate(account.UpdateOptions{Context: s.ctx, Service: id, Selections: s.app.Directory, Search: s.app.Directory,
			Canvas: s.d.window.Canvas(), Online: s.app.Connection.Online, OnClose: func() { s.shell.Open("account") }})
		s.updates[id] = u
	}
	s.shell.Show(shell.Page{ID: "update-" + string(id), Title: "Update Synchronized Users of " + id.Name(), Crumb: "account", Content: u,
		OnShow: u.Shown, OnHide: u.Hidden, Focus: u.Focusable, OnSubmit: u.Submit, OnEscape: u.Escape})
}
