package account

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
	"cloudappsecurity/views/ui/uitest"
)

var now = time.Date(2026, 11, 19, 14, 32, 0, 0, time.UTC)

// office is an organization with three services.
type office struct {
	overview Overview
	err      error
	said     []string
	refused  error
	offline  bool
}

func (o *office) Accounts(context.Context) (Overview, error) { return o.overview, o.err }

func newOffice(option service.Option) *office {
	exchange := service.Account{Service: service.ExchangeOnline, State: service.StateGranted, AppID: "8f3a27c1-0000-0000-0000-0000000091c2",
		GrantedBy: "Anna Lindqvist", GrantedByUPN: "anna@contoso.com", GrantedAt: now.AddDate(0, -8, 0), LastTokenAt: now.Add(-30 * time.Minute), SyncedAt: now.Add(-time.Hour),
		Certificate: service.Certificate{NotAfter: now.AddDate(0, 4, 0)}}
	return &office{overview: Overview{
		Organization: service.Organization{DisplayName: "Contoso Bakery", Option: option},
		Rows: []Row{{Account: exchange, Targets: "Selected users, 37 people"}, {Account: service.Account{Service: service.SharePointOnline, State: service.StateNotGranted}},
			{Account: service.Account{Service: service.OneDrive, State: service.StateNotGranted}}},
	}}
}

func (o *office) open(t *testing.T, width float32) (*View, fyne.Canvas) {
	t.Helper()
	var v *View
	c := uitest.OpenWith(t, width, 700, func(canvas fyne.Canvas) fyne.CanvasObject {
		v = New(Options{Source: o, Removals: o, Canvas: canvas, Online: func() bool { return !o.offline },
			OnExtend: func() { o.said = append(o.said, "extend") },
			Loader:   ui.Inline(), Now: func() time.Time { return now },
			OnGrant:  func(s service.Service) { o.said = append(o.said, "grant "+string(s)) },
			OnUpdate: func(s service.Service) { o.said = append(o.said, "update "+string(s)) }})
		return v
	})
	v.Reload()
	return v, c
}

func wants(t *testing.T, o fyne.CanvasObject, texts ...string) {
	t.Helper()
	for _, want := range texts {
		if !uitest.Shows(o, want) {
			t.Errorf("no %q in %q", want, uitest.Texts(o))
		}
	}
}

func TestARowForEachService(t *testing.T) {
	v, _ := newOffice(service.OptionSelected).open(t, 936)
	wants(t, v, "Exchange Online", "Contoso Bakery", "8f3a27c1…91c2", "Anna Lindqvist", "19 March 2026", "Access granted", "Today 14:02",
		"SharePoint Online", "OneDrive", "Nobody yet", "Not granted")
	if v.pane.Visible() {
		t.Error("details are closed at first")
	}
}

func TestDetailsByKeyboard(t *testing.T) {
	o := newOffice(service.OptionSelected)
	v, c := o.open(t, 736)
	c.Focus(v.Focusable())
	uitest.Key(c, fyne.KeyReturn)
	wants(t, v, "Cloud App Security for Exchange Online", "8f3a27c1-0000-0000-0000-0000000091c2", "Anna Lindqvist (anna@contoso.com)", "19 March 2026, 14:32",
		"Until 19 March 2027", "Mail.ReadWrite", "Selected users, 37 people", "Today 13:32")
	uitest.Button(t, v, "Update Synchronized Users").Activate()
	if got := strings.Join(o.said, ","); got != "update exchange" {
		t.Errorf("opened %q", got)
	}
	if !v.Escape() || v.pane.Visible() || v.Escape() {
		t.Error("Escape closes the details, once")
	}
	if c.Focused() != v.Focusable() {
		t.Error("the list has the focus again")
	}
}

func TestUpdateOnlyWhereThereIsASelection(t *testing.T) {
	for _, c := range []struct {
		name   string
		option service.Option
		row    int
		change func(*service.Account)
		reason string
	}{
		{"everyone", service.OptionAll, 0, nil, "All are synchronized"},
		{"extending", service.OptionExtending, 0, nil, "All are synchronized"},
		{"not granted", service.OptionSelected, 2, nil, "Access is not granted yet"},
		{"unfinished", service.OptionSelected, 0, func(a *service.Account) { a.State = service.StateSynchronizing }, "Grant Access is not finished"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(c.option)
			if c.change != nil {
				c.change(&o.overview.Rows[c.row].Account)
			}
			v, _ := o.open(t, 1136)
			v.openRow(c.row)
			wants(t, v, c.reason)
			if !uitest.Button(t, v, "Update Synchronized Users").Disabled() {
				t.Error("it can be pressed")
			}
		})
	}
}

func TestProblemOffersWhatSolvesIt(t *testing.T) {
	o := newOffice(service.OptionAll)
	o.overview.Rows[0].Account.Problem, o.overview.Rows[0].Account.ProblemText = service.CodeAppMissing, "The application was removed from your tenant."
	v, _ := o.open(t, 1136)
	v.openRow(0)
	wants(t, v, "Action needed", "The application was removed from your tenant.")
	uitest.Button(t, v, "Grant access again").Activate()
	if fmt.Sprint(o.said) != "[grant exchange]" {
		t.Errorf("opened %q", o.said)
	}
}

func TestFailureCanBeTriedAgain(t *testing.T) {
	o := newOffice(service.OptionAll)
	o.err = &service.Error{Code: service.CodeStore, Message: "The data can't be read."}
	v, _ := o.open(t, 936)
	wants(t, v, "The data can't be read. Code: store.")
	o.err = nil
	uitest.Button(t, v, "Try again").Activate()
	wants(t, v, "Exchange Online")
}
