package account

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
	"cloudappsecurity/views/ui/uitest"
)

// Removals of the office.

func (o *office) Remove(s service.Service) error {
	o.said = append(o.said, "remove "+string(s))
	return o.refused
}

func (o *office) RemoveHere(s service.Service) error {
	o.said = append(o.said, "remove here "+string(s))
	return nil
}

func (o *office) CancelRemoval(s service.Service) { o.said = append(o.said, "cancel "+string(s)) }

func (o *office) AnswerRemoval(s service.Service, yes bool) {
	o.said = append(o.said, map[bool]string{true: "yes ", false: "no "}[yes]+string(s))
}

func (o *office) OpenRemovalAgain(s service.Service) error {
	o.said = append(o.said, "again "+string(s))
	return nil
}

func (o *office) saidNow() string {
	all := strings.Join(o.said, ",")
	o.said = nil
	return all
}

// removing is an office whose Exchange Online is being removed.
func removing(p service.RemovalProgress) *office {
	o := newOffice(service.OptionAll)
	p.Service, p.Stored.Service, p.Stored.BegunAt = service.ExchangeOnline, service.ExchangeOnline, now
	o.overview.Rows[0].Account.State = service.StateRemoving
	o.overview.Rows[0].Removal = p
	return o
}

func lacks(t *testing.T, o fyne.CanvasObject, texts ...string) {
	t.Helper()
	for _, not := range texts {
		if uitest.Shows(o, not) {
			t.Errorf("%q in %q", not, uitest.Texts(o))
		}
	}
}

func dialogButton(t *testing.T, c fyne.Canvas, name string) *ui.Button {
	t.Helper()
	return uitest.Button(t, c.Overlays().Top(), name)
}

func TestRemoveAsksFirst(t *testing.T) {
	o := newOffice(service.OptionAll)
	v, c := o.open(t, 736)
	c.Focus(v.Focusable())
	uitest.Key(c, fyne.KeyReturn)
	uitest.Button(t, v, "Remove").Activate()
	top := c.Overlays().Top()
	wants(t, top, "Remove Exchange Online?", "What is removed", "What stays")
	said := strings.Join(uitest.Texts(top), " ")
	for _, words := range []string{"Exchange Online will no longer be protected.", "Cloud App Security for Exchange Online", "The other services", "sign-in application", "up to 90 minutes"} {
		if !strings.Contains(said, words) {
			t.Errorf("the dialog doesn't say %q: %q", words, said)
		}
	}
	uitest.Key(c, fyne.KeyReturn) // a destructive dialog begins on Cancel
	if got := o.saidNow(); got != "" || c.Overlays().Top() != nil {
		t.Errorf("Enter did %q", got)
	}
	uitest.Button(t, v, "Remove").Activate()
	dialogButton(t, c, "Remove").Activate()
	if got := o.saidNow(); got != "remove exchange" {
		t.Errorf("began %q", got)
	}
	o.refused = &service.Error{Code: service.CodeLocked, Message: "A synchronization of Exchange Online is running already.", Help: "Wait until it ends, or cancel it."}
	uitest.Button(t, v, "Remove").Activate()
	dialogButton(t, c, "Remove").Activate()
	wants(t, v, "A synchronization of Exchange Online is running already.", "Wait until it ends, or cancel it.")
}

func TestRemovalShowsItsSteps(t *testing.T) {
	p := service.RemovalProgress{Running: true, Step: service.RemovalSignIn, URL: "http://localhost:1/remove/s/exchange", Waiting: "Microsoft's sign-in is open in your browser."}
	o := removing(p)
	v, _ := o.open(t, 936)
	v.Open(service.ExchangeOnline)
	for _, s := range service.RemovalSteps() {
		wants(t, v, s.Text())
	}
	wants(t, v, "Being removed", "Microsoft's sign-in is open in your browser.", "http://localhost:1/remove/s/exchange")
	lacks(t, v, "Continue removal", "Remove", "Update Synchronized Users")
	uitest.Button(t, v, "Open the page again").Activate()
	uitest.Button(t, v, "Cancel").Activate()
	if got := o.saidNow(); got != "again exchange,cancel exchange" {
		t.Errorf("pressed %q", got)
	}
	q := service.MoveQuestion{Computer: "BACKOFFICE", Since: now}
	o.overview.Rows[0].Removal = service.RemovalProgress{Running: true, Step: service.RemovalSignIn, Other: &q}
	v.Reload()
	wants(t, v, q.OtherText())
	uitest.Button(t, v, "Keep it").Activate()
	uitest.Button(t, v, "Remove it").Activate()
	if got := o.saidNow(); got != "no exchange,yes exchange" {
		t.Errorf("pressed %q", got)
	}
}

// By keyboard alone: what has the focus is never gone.
func TestRemovalKeepsTheFocus(t *testing.T) {
	o := newOffice(service.OptionAll)
	v, c := o.open(t, 936)
	v.Open(service.ExchangeOnline)
	c.Focus(uitest.Button(t, v, "Remove"))
	has := func(name string) {
		t.Helper()
		v.Reload()
		if c.Focused() != uitest.Button(t, v, name) {
			t.Errorf("the focus is on %v, not on %s", c.Focused(), name)
		}
	}
	row := &o.overview.Rows[0]
	row.Account.State, row.Removal = service.StateRemoving, service.RemovalProgress{Running: true, Step: service.RemovalSignIn, URL: "http://localhost:1"}
	has("Cancel")
	row.Removal.Step = service.RemovalPrincipal
	has("Cancel")
	row.Removal.Running = false
	has("Continue removal")
	row.Removal.Running = true
	has("Cancel")
	*row = Row{Account: service.Account{Service: service.ExchangeOnline}, Removal: service.RemovalProgress{Finished: "Exchange Online is no longer protected. x"}}
	v.Reload()
	if c.Focused() != v.close {
		t.Errorf("at the end the focus is on %v", c.Focused())
	}
}

// A removal that was paused, refused or cut by the end of the program.
func TestRemovalGoesOn(t *testing.T) {
	refused := &service.Error{Code: service.CodeForbidden, Message: "Microsoft 365 did not remove the application.", Help: "In the Microsoft Entra admin center: by hand."}
	for _, c := range []struct {
		name   string
		p      service.RemovalProgress
		online bool
		wants  []string
		goesOn bool
	}{
		{"cut", service.RemovalProgress{}, true, []string{"Removal is not finished."}, true},
		{"refused", service.RemovalProgress{Step: service.RemovalApplication, Err: refused, Refused: true}, true, []string{"Removal is not finished.", refused.Message, refused.Help}, true},
		{"offline", service.RemovalProgress{}, false, []string{"Removing the application needs a connection."}, false},
		{"offline, nothing left in the tenant", service.RemovalProgress{Stored: service.AccountRemoval{Done: service.RemovalPurge}}, false,
			[]string{"Nothing is left in the tenant. What is stored on this computer remains to be removed."}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := removing(c.p)
			o.offline = !c.online
			v, canvas := o.open(t, 936)
			v.Open(service.ExchangeOnline)
			wants(t, v, c.wants...)
			goOn := uitest.Button(t, v, "Continue removal")
			if goOn.Disabled() == c.goesOn {
				t.Errorf("Continue removal is disabled: %t", goOn.Disabled())
			}
			canvas.Focus(goOn)
			v.Reload()
			if c.goesOn && canvas.Focused() != goOn {
				t.Error("it lost the focus by a change")
			}
			if c.goesOn {
				uitest.Button(t, v, "Continue removal").Activate()
			}
			uitest.Button(t, v, "Remove from this computer only").Activate()
			top := canvas.Overlays().Top()
			if by := uitest.Shows(top, "To remove it later by hand:"); by == (c.p.Stored.Done == service.RemovalPurge) {
				t.Errorf("tells what to do by hand: %t", by)
			}
			dialogButton(t, canvas, "Remove from this computer").Activate()
			if got := o.saidNow(); got != map[bool]string{true: "remove exchange,", false: ""}[c.goesOn]+"remove here exchange" {
				t.Errorf("pressed %q", got)
			}
		})
	}
}

func TestRemovalEnds(t *testing.T) {
	o := newOffice(service.OptionAll)
	o.overview.Rows[0] = Row{Account: service.Account{Service: service.ExchangeOnline, State: service.StateNotGranted},
		Removal: service.RemovalProgress{Finished: service.RemovedText(service.ExchangeOnline) + " " + service.TokensLiveOn}}
	v, _ := o.open(t, 936)
	v.Open(service.ExchangeOnline)
	wants(t, v, "Exchange Online is no longer protected.", service.TokensLiveOn, "Grant access", "Not granted")
	lacks(t, v, "Remove", "Removal is not finished.", "Continue removal")
}

func TestExtendOnlyWithSelectedTargets(t *testing.T) {
	for option, want := range map[service.Option]bool{service.OptionSelected: true, service.OptionAll: false, service.OptionExtending: false} {
		o := newOffice(option)
		v, _ := o.open(t, 936)
		v.Open(service.ExchangeOnline)
		if got := uitest.Shows(v, "Extend"); got != want {
			t.Errorf("%s: Extend is there: %t", option, got)
		}
		if want {
			uitest.Button(t, v, "Extend").Activate()
			if got := o.saidNow(); got != "extend" {
				t.Errorf("pressed %q", got)
			}
		}
		v.Open(service.OneDrive)
		lacks(t, v, "Extend", "Remove")
	}
}
