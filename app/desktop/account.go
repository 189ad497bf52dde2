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
		o.Rows = append(o.Rows, account.Row{Account: st.Account, Targets: coveredText(st.Account.Service, o.Organization.Option, st.Counts.Protected)})
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
