package dashboard

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
	"cloudappsecurity/views/ui/uitest"
)

var now = time.Date(2026, 11, 19, 14, 32, 0, 0, time.UTC)

type source struct {
	overview Overview
	err      error
}

func (s *source) Overview(context.Context) (Overview, error) { return s.overview, s.err }

func open(t *testing.T, s *source, granted *[]service.Service) (*View, fyne.Canvas) {
	v := New(Options{Source: s, Now: func() time.Time { return now }, Loader: ui.Inline(),
		OnGrant: func(which service.Service) {
			if granted != nil {
				*granted = append(*granted, which)
			}
		}, OnShowNotifications: func() {}})
	c := uitest.Open(t, v, 1136, 800)
	v.Reload()
	return v, c
}

func with(a service.Account) *source {
	a.Service = service.ExchangeOnline
	return &source{overview: Overview{Organization: service.Organization{Option: service.OptionAll}, Services: []ServiceState{{Account: a,
		Counts: service.TargetCounts{People: 60, Protected: 58, NoMailbox: 2}}}}}
}

func TestCardWords(t *testing.T) {
	for _, c := range []struct {
		name    string
		account service.Account
		offline bool
		want    []string
	}{
		{"not granted", service.Account{State: service.StateNotGranted}, false,
			[]string{"Not granted", "Mail is not scanned.", "Needs a Global Administrator and about five minutes", "Get started"}},
		{"not granted, offline", service.Account{State: service.StateNotGranted}, true, []string{"Not granted", "Granting access needs a connection"}},
		{"granting", service.Account{State: service.StateGranting}, false, []string{"Granting", "Continue"}},
		{"consented", service.Account{State: service.StateConsented, GrantedBy: "Anna Lindqvist", GrantedAt: now}, false,
			[]string{"Access granted", "Choose whom to protect", "by Anna Lindqvist, today 14:32"}},
		{"synchronizing", service.Account{State: service.StateSynchronizing}, false, []string{"Access granted", "Synchronization begins."}},
		{"granted", service.Account{State: service.StateGranted, SyncedAt: now.Add(-time.Hour)}, false,
			[]string{"Access granted", "58", "of 60 people covered", "Not covered: 2 without a mailbox", "Synchronized 13:32", "Not scanned yet", service.ScanPending}},
		{"granted, offline", service.Account{State: service.StateGranted}, true, []string{"Granted as of 14:00"}},
		{"action needed", service.Account{State: service.StateGranted, Problem: service.CodeAppMissing, ProblemText: "The application was removed."}, false,
			[]string{"Action needed", "The application was removed.", "0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, _ := open(t, with(c.account), nil)
			v.SetOffline(c.offline, time.Date(2026, 11, 19, 14, 0, 0, 0, time.UTC))
			for _, want := range c.want {
				if !uitest.Shows(v, want) {
					t.Errorf("no %q in %q", want, uitest.Texts(v))
				}
			}
			for _, text := range uitest.Texts(v) {
				if text == "Protected" {
					t.Error("says Protected, but nothing is scanned")
				}
			}
		})
	}
}

// Each of the three services can be granted, and says how it stands in its own words.
func TestThreeServices(t *testing.T) {
	var granted []service.Service
	state := func(s service.Service, state service.AccountState, c service.TargetCounts) ServiceState {
		return ServiceState{Account: service.Account{Service: s, State: state, SyncedAt: now, AppID: "id of " + string(s)}, Counts: c}
	}
	src := &source{overview: Overview{Organization: service.Organization{Option: service.OptionAll}, Services: []ServiceState{
		state(service.ExchangeOnline, service.StateNotGranted, service.TargetCounts{}), state(service.SharePointOnline, service.StateNotGranted, service.TargetCounts{}),
		state(service.OneDrive, service.StateNotGranted, service.TargetCounts{})}}}
	v, c := open(t, src, &granted)
	for _, card := range v.cards {
		card.target.MouseIn(&desktop.MouseEvent{})
		if !uitest.Shows(card.target, "Grant access") {
			t.Errorf("%s can't be granted", card.service.Name())
		}
		card.target.MouseOut()
		c.Focus(card.target)
		uitest.Key(c, fyne.KeyReturn)
	}
	if !slices.Equal(granted, service.Services()) {
		t.Errorf("granted %v", granted)
	}
	shows := func(texts ...string) {
		t.Helper()
		for _, want := range texts {
			if !uitest.Shows(v, want) {
				t.Errorf("no %q in %q", want, uitest.Texts(v))
			}
		}
	}
	src.overview.Services[1] = state(service.SharePointOnline, service.StateGranted, service.TargetCounts{Protected: 12,
		SiteCounts: service.SiteCounts{Collections: 12, Subsites: 3, Personal: 60}})
	v.Reload()
	shows("12", "of 12 sites covered", "With 3 subsites", "SharePoint Online", "All sites", "id of sharepoint")
	src.overview.Services[2] = state(service.OneDrive, service.StateGranted, service.TargetCounts{Protected: 50, People: 60, NoDrive: 8, Guests: 2})
	src.overview.Organization.Option = service.OptionSelected
	v.Reload()
	shows("selected sites covered", "selected users covered", "Access granted", "id of sharepoint", "id of onedrive", "Selected sites", "None: selected sites are not synchronized again")
	src.overview.Organization.Option = service.OptionAll
	v.Reload()
	shows("of 60 people covered", "Not covered: 8 without a OneDrive, 2 guests")
}

func TestGrantByHoverAndKeyboard(t *testing.T) {
	var granted []service.Service
	v, c := open(t, with(service.Account{State: service.StateNotGranted}), &granted)
	card := v.cards[0]
	size := card.target.MinSize()
	if uitest.Shows(v, "Grant access") {
		t.Error("at rest the card offers nothing")
	}
	card.target.MouseIn(&desktop.MouseEvent{})
	if !uitest.Shows(card.target, "Grant access") {
		t.Error("hovering shows Grant access")
	}
	card.target.MouseOut()
	if uitest.Shows(card.target, "Grant access") {
		t.Error("it stays")
	}
	c.Focus(v.Focusable())
	if !uitest.Shows(card.target, "Grant access") {
		t.Error("focus shows Grant access")
	}
	if card.target.MinSize() != size || size.Height != cardHeight {
		t.Errorf("the card changed its size: %v, %v", size, card.target.MinSize())
	}
	uitest.Key(c, fyne.KeyReturn, fyne.KeySpace)
	if len(granted) != 2 || granted[0] != service.ExchangeOnline {
		t.Errorf("granted %v", granted)
	}
}

func TestSynchronizationProgress(t *testing.T) {
	v, _ := open(t, with(service.Account{State: service.StateSynchronizing}), nil)
	v.SetSync(service.SyncProgress{Service: service.ExchangeOnline, Phase: service.SyncMailboxes, Done: 36, Total: 60})
	if !uitest.Shows(v, "36") || !uitest.Shows(v, "of 60 mailboxes looked up") {
		t.Errorf("%q", uitest.Texts(v))
	}
	if got := v.cards[0].bar.Share(); got != 0.6 {
		t.Errorf("bar at %v", got)
	}
	v.SetSync(service.SyncProgress{Service: service.ExchangeOnline, Phase: service.SyncUsers, Done: 36})
	if v.cards[0].bar.Share() != 0 {
		t.Error("a bar of unknown length")
	}
	v.SetSync(service.SyncProgress{Service: service.ExchangeOnline, Phase: service.SyncFailed, Err: &service.Error{Message: "Microsoft 365 doesn't answer."}})
	if !uitest.Shows(v, "Synchronization stopped.") || !uitest.Shows(v, "Microsoft 365 doesn't answer.") {
		t.Errorf("%q", uitest.Texts(v))
	}
}

func TestProgressKeepsTheFocus(t *testing.T) {
	v, c := open(t, with(service.Account{State: service.StateGranted, AppID: "8f3a27c1"}), nil)
	button := uitest.Find[*ui.CopyField](v)[0].Button()
	c.Focus(button)
	v.SetSync(service.SyncProgress{Service: service.ExchangeOnline, Phase: service.SyncUsers, Done: 3})
	if now := uitest.Find[*ui.CopyField](v)[0].Button(); now != button || c.Focused() != button {
		t.Error("the focused control was replaced")
	}
}

func TestSelectedUsers(t *testing.T) {
	s := with(service.Account{State: service.StateGranted})
	s.overview.Organization.Option = service.OptionSelected
	s.overview.Services[0].Counts = service.TargetCounts{People: 60, Protected: 37}
	v, _ := open(t, s, nil)
	if !uitest.Shows(v, "selected users covered") || !uitest.Shows(v, "23 of 60 people known are not selected") {
		t.Errorf("%q", uitest.Texts(v))
	}
}

func TestFailureKeepsWhatWasShown(t *testing.T) {
	s := with(service.Account{State: service.StateGranted})
	v, _ := open(t, s, nil)
	s.err = errors.New("disk gone")
	v.Reload()
	if !uitest.Shows(v, "disk gone") || !uitest.Shows(v, "of 60 people covered") {
		t.Errorf("%q", uitest.Texts(v))
	}
	s.err = nil
	uitest.Button(t, v, "Try again").Activate()
	if uitest.Shows(v, "disk gone") {
		t.Error("the failure stays")
	}
}

func TestLatest(t *testing.T) {
	s := with(service.Account{})
	v, _ := open(t, s, nil)
	if !uitest.Shows(v, "No notifications yet.") || uitest.Shows(v, "Show all") {
		t.Errorf("%q", uitest.Texts(v))
	}
	s.overview.Latest = []service.Notification{{Time: now, Text: "Exchange Online protected.", Detail: service.ScanPending}}
	v.Reload()
	if !uitest.Shows(v, "Exchange Online protected.") || !uitest.Shows(v, "This version does not scan yet. Today 14:32") {
		t.Errorf("%q", uitest.Texts(v))
	}
}

func TestNarrowStacksTimes(t *testing.T) {
	v, _ := open(t, with(service.Account{State: service.StateGranted}), nil)
	v.Resize(fyne.NewSize(736, 600))
	if len(v.cards[0].narrow.Objects) != 2 || len(v.cards[0].wide.Objects) != 0 {
		t.Error("times stand side by side in a narrow window")
	}
}

// A grant that only waits for somebody in the browser has stored nothing yet.
func TestRunningGrant(t *testing.T) {
	src := with(service.Account{State: service.StateNotGranted})
	src.overview.Services[0].Running = true
	v, _ := open(t, src, nil)
	for _, want := range []string{"Granting", "Continue"} {
		if !uitest.Shows(v.cards[0].target, want) {
			t.Errorf("no %q in %q", want, uitest.Texts(v.cards[0].target))
		}
	}
}
