package account

import (
	"cmp"
	"context"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"cloudappsecurity/service"
	"cloudappsecurity/views/targets"
	"cloudappsecurity/views/ui"
	"cloudappsecurity/views/ui/uitest"
)

// list is the stored selection, and a directory in which every name is found.
type list struct {
	targets.Search

	service service.Service // "" is Exchange Online
	names   []string
	saved   [][]string
	err     error
	online  bool
	closed  int
}

func chosen(name string) service.Selection {
	return service.Selection{Person: service.Person{ID: "id-" + name, DisplayName: name, UserPrincipalName: strings.ToLower(name) + "@contoso.com", Enabled: true,
		Mailbox: service.MailboxUser}, Origin: service.OriginUser}
}

func (l *list) Selected(context.Context, service.Service) (sel []service.Selection, err error) {
	for _, n := range l.names {
		sel = append(sel, chosen(n))
	}
	return sel, l.err
}

func (l *list) UpdateSelection(_ context.Context, _ service.Service, sel []service.Selection) error {
	if l.err != nil {
		return l.err
	}
	l.names = nil
	for _, s := range sel {
		l.names = append(l.names, s.Person.DisplayName)
	}
	l.saved = append(l.saved, l.names)
	return nil
}

func chosenSite(name string) service.SiteSelection {
	return service.SiteSelection{Site: service.Site{ID: "id-" + name, Title: name, URL: "https://contoso.example/sites/" + name}, Origin: service.OriginURL}
}

func (l *list) SelectedSites(context.Context, service.Service) (sel []service.SiteSelection, err error) {
	for _, n := range l.names {
		sel = append(sel, chosenSite(n))
	}
	return sel, l.err
}

func (l *list) UpdateSites(_ context.Context, _ service.Service, sel []service.SiteSelection) error {
	var names []string
	for _, s := range sel {
		names = append(names, s.Site.Title)
	}
	l.names = names
	l.saved = append(l.saved, names)
	return l.err
}

func (l *list) FindSite(_ context.Context, _ service.Service, url string) (service.Site, error) {
	return chosenSite(url[strings.LastIndexByte(url, '/')+1:]).Site, nil
}

func (l *list) FindUser(_ context.Context, _ service.Service, upn string) (service.Person, error) {
	name, _, _ := strings.Cut(upn, "@")
	return chosen(strings.ToUpper(name[:1]) + name[1:]).Person, nil
}

func (l *list) Resolve(_ context.Context, _ service.Service, people []service.Person) ([]service.Person, error) {
	return people, nil
}

func (l *list) open(t *testing.T) (*Update, fyne.Canvas) {
	t.Helper()
	var u *Update
	c := uitest.OpenWith(t, 936, 600, func(c fyne.Canvas) fyne.CanvasObject {
		u = NewUpdate(UpdateOptions{Service: cmp.Or(l.service, service.ExchangeOnline), Selections: l, Search: l, Canvas: c, Loader: ui.Inline(), Now: func() time.Time { return now },
			Online: func() bool { return l.online }, OnClose: func() { l.closed++ }})
		return u
	})
	u.Shown()
	return u, c
}

// without takes people out of the choice, as Delete in the list does.
func (u *Update) without(names ...string) {
	var kept []service.Selection
	for _, s := range u.picker.Selection() {
		if !strings.Contains(strings.Join(names, " "), s.Person.DisplayName) {
			kept = append(kept, s)
		}
	}
	u.picker.SetSelection(kept)
	u.changed()
}

func TestBeginsWithWhoIsSelected(t *testing.T) {
	l := &list{names: []string{"Ana", "Bo"}, online: true}
	u, _ := l.open(t)
	wants(t, u, "Ana", "Bo", "2 of 100", "Nothing is changed.")
	if !u.save.Disabled() {
		t.Error("there is nothing to save")
	}
}

func TestAddingIsSavedAtOnce(t *testing.T) {
	l := &list{names: []string{"Ana"}, online: true}
	u, c := l.open(t)
	c.Focus(u.Focusable())
	test.Type(u.Focusable(), "cid@contoso.com")
	uitest.Key(c, fyne.KeyReturn) // finds
	for _, table := range uitest.Find[*ui.ListTable](u) {
		if table.OnOpen != nil && uitest.Shows(table, "Cid") {
			table.OnOpen(0) // adds
			break           // now the list of the selected shows it, too
		}
	}
	wants(t, u, "1 added, 0 deleted.")
	u.Submit()
	if got := strings.Join(l.names, " "); got != "Ana Cid" || l.closed != 1 {
		t.Errorf("saved %q, closed %d times", got, l.closed)
	}
}

func TestDeletingIsConfirmedAndWorksOffline(t *testing.T) {
	l := &list{names: []string{"Ana", "Bo", "Cid"}}
	u, c := l.open(t)
	wants(t, u, "Adding waits for the connection.")
	u.without("Ana", "Cid")
	u.Submit()
	wants(t, uitest.Overlay(c), "Ana will no longer be protected", "Cid will no longer be protected")
	uitest.Key(c, fyne.KeyEscape)
	if len(l.saved) != 0 || uitest.Overlay(c) != nil {
		t.Fatal("canceling saves nothing")
	}
	u.Submit()
	uitest.Button(t, uitest.Overlay(c), "Delete").Activate()
	if got := strings.Join(l.names, " "); got != "Bo" || l.closed != 1 {
		t.Errorf("saved %q, closed %d times", got, l.closed)
	}
}

func TestNobodyCantBeSaved(t *testing.T) {
	u, _ := (&list{names: []string{"Ana"}}).open(t)
	u.without("Ana")
	wants(t, u, "Select at least one person.")
	if !u.save.Disabled() {
		t.Error("an empty selection can be saved")
	}
}

func TestUnsavedChangesStayUntilTheyAreGivenUp(t *testing.T) {
	l := &list{names: []string{"Ana", "Bo"}}
	u, _ := l.open(t)
	u.without("Ana")
	u.Hidden()
	u.Shown()
	wants(t, u, "0 added, 1 deleted.")
	uitest.Button(t, u, "Cancel").Activate()
	u.Shown()
	wants(t, u, "Nothing is changed.", "Ana")
}

func TestRefusalIsSaidAndNothingIsLost(t *testing.T) {
	l := &list{names: []string{"Ana", "Bo"}}
	u, c := l.open(t)
	u.without("Ana")
	l.err = &service.Error{Code: service.CodeOptionLocked, Message: "All users and groups are synchronized.", Help: "Nothing to do."}
	u.Submit()
	uitest.Button(t, uitest.Overlay(c), "Delete").Activate()
	wants(t, u, "All users and groups are synchronized. Nothing to do. Code: "+string(service.CodeOptionLocked)+".")
	if l.closed != 0 || u.save.Disabled() || len(u.picker.Selection()) != 1 {
		t.Error("the change is still there, and can be saved again")
	}
}

// The selected sites are changed like people.
func TestUpdateSites(t *testing.T) {
	l := &list{service: service.SharePointOnline, names: []string{"hr", "sales"}, online: true}
	u, c := l.open(t)
	c.Focus(u.Focusable())
	test.Type(u.Focusable(), "https://contoso.example/sites/stores")
	uitest.Key(c, fyne.KeyReturn)
	uitest.Key(c, fyne.KeyReturn)
	if !uitest.Shows(u, "1 added, 0 deleted.") {
		t.Errorf("shown: %q", uitest.Texts(u))
	}
	u.Submit()
	if len(l.saved) != 1 || strings.Join(l.saved[0], " ") != "hr sales stores" || l.closed != 1 {
		t.Errorf("saved %q, closed %d times", l.saved, l.closed)
	}
}
