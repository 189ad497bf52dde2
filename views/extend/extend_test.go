package extend

import (
	"context"
	"testing"

	"fyne.io/fyne/v2"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
	"cloudappsecurity/views/ui/uitest"
)

type source struct {
	state State
	err   error // of Submit
	did   int
}

func (s *source) Extending(context.Context) (State, error) { return s.state, nil }

func (s *source) Extend(context.Context) error {
	s.did++
	if s.err == nil {
		s.state = State{Option: service.OptionExtending, Extensions: []service.Extension{{Service: service.ExchangeOnline}, {Service: service.OneDrive, Done: true}}}
	}
	return s.err
}

func open(t *testing.T, s *source) (*View, fyne.Canvas) {
	t.Helper()
	v := New(Options{Context: t.Context(), Source: s, Loader: ui.Inline(), OnClose: func() {}, OnPolicies: func() {}})
	c := uitest.Open(t, v, 900, 600)
	v.Reload()
	return v, c
}

// TestSubmit: by keyboard, once; then each service says how far it is.
func TestSubmit(t *testing.T) {
	s := &source{state: State{Option: service.OptionSelected, Users: 37}}
	v, c := open(t, s)
	if !uitest.Shows(v, service.ExtendText) || s.did != 0 {
		t.Fatalf("before Submit: %q", uitest.Texts(v))
	}
	c.Focus(v.Focusable())
	uitest.Key(c, fyne.KeyReturn)
	for _, want := range []string{"Exchange Online: not synchronized since Submit.", "OneDrive: everyone is taken in."} {
		if !uitest.Shows(v, want) {
			t.Errorf("no %q in %q", want, uitest.Texts(v))
		}
	}
	if uitest.Key(c, fyne.KeyReturn); s.did != 1 {
		t.Errorf("submitted %d times", s.did)
	}
}

func TestSubmitFails(t *testing.T) {
	s := &source{state: State{Option: service.OptionSelected}, err: &service.Error{Code: service.CodeLocked, Message: "A synchronization is running.", Help: "Wait until it ends."}}
	v, _ := open(t, s)
	uitest.Button(t, v, "Submit").OnPress()
	for _, want := range []string{"A synchronization is running.", "Wait until it ends."} {
		if !uitest.Shows(v, want) {
			t.Errorf("no %q in %q", want, uitest.Texts(v))
		}
	}
	uitest.Button(t, v, "Try again").OnPress()
	if uitest.Button(t, v, "Submit").Disabled() {
		t.Error("Submit can't be pressed again")
	}
}

// TestSelectedWords: users and sites are counted apart.
func TestSelectedWords(t *testing.T) {
	t.Parallel()
	for want, st := range map[string]State{
		"Covered: 1 selected user.":                          {Users: 1},
		"Covered: 4 selected sites.":                         {Sites: 4},
		"37 selected users and 1 selected site are covered.": {Users: 37, Sites: 1},
	} {
		if got := selectedWords(st); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

func TestNothingToExtend(t *testing.T) {
	v, _ := open(t, &source{state: State{Option: service.OptionAll}})
	if v.Focusable() != fyne.Focusable(v.leave) {
		t.Error("Submit is offered to an organization of all")
	}
}
