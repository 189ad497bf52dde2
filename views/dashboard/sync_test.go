package dashboard

import (
	"strings"
	"testing"
	"time"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
	"cloudappsecurity/views/ui/uitest"
)

// hands synchronizes by hand.
type hands struct {
	said    []string
	refused error
}

func (h *hands) SynchronizeNow(s service.Service) error {
	h.said = append(h.said, "now "+string(s))
	return h.refused
}

func (h *hands) CancelSync(s service.Service) { h.said = append(h.said, "cancel "+string(s)) }

func openWithHands(t *testing.T, src *source, h *hands, removals *[]service.Service) *View {
	t.Helper()
	v := New(Options{Source: src, Now: func() time.Time { return now }, Loader: ui.Inline(), Sync: h, OnGrant: func(service.Service) {}, OnShowNotifications: func() {},
		OnRemoval: func(s service.Service) { *removals = append(*removals, s) }})
	uitest.Open(t, v, 1136, 900)
	v.Reload()
	return v
}

func TestSynchronizeNow(t *testing.T) {
	src, h := with(service.Account{State: service.StateGranted, SyncedAt: now}), &hands{}
	v := openWithHands(t, src, h, nil)
	button := uitest.Button(t, v, "Synchronize now")
	button.Activate()
	for _, p := range []struct {
		progress service.SyncProgress
		wants    string
	}{
		{service.SyncProgress{Phase: service.SyncUsers, Done: 20}, "20 people synchronized"},
		{service.SyncProgress{Phase: service.SyncMailboxes, Done: 2, Total: 8}, "2 of 8 mailboxes looked up"},
		{service.SyncProgress{Phase: service.SyncGroups, Waiting: "Microsoft 365 asks to wait."}, "Microsoft 365 asks to wait."},
	} {
		p.progress.Service = service.ExchangeOnline
		v.SetSync(p.progress)
		if !uitest.Shows(v, p.wants) || uitest.Shows(v, "Synchronize now") {
			t.Errorf("no %q, or it can be pressed twice: %q", p.wants, uitest.Texts(v))
		}
	}
	uitest.Button(t, v, "Cancel").Activate()
	v.SetSync(service.SyncProgress{Service: service.ExchangeOnline, Phase: service.SyncDone})
	if !uitest.Shows(v, "Synchronized. Everything is up to date.") || uitest.Button(t, v, "Synchronize now") != button {
		t.Errorf("at the end: %q", uitest.Texts(v))
	}
	v.SetSync(service.SyncProgress{Service: service.ExchangeOnline, Phase: service.SyncFailed, Err: &service.Error{Message: "It stopped.", Help: "Try again."}})
	if !uitest.Shows(v, "It stopped. Try again.") {
		t.Errorf("a failure isn't told: %q", uitest.Texts(v))
	}
	h.refused = &service.Error{Code: service.CodeLocked, Message: "This is running already.", Help: "Wait."}
	button.Activate()
	if !uitest.Shows(v, "This is running already. Wait.") {
		t.Errorf("a refusal isn't told: %q", uitest.Texts(v))
	}
	if got := strings.Join(h.said, ","); got != "now exchange,cancel exchange,now exchange" {
		t.Errorf("pressed %q", got)
	}
	v.SetOffline(true, now)
	if !button.Disabled() || !uitest.Shows(v, "Synchronizing needs a connection.") {
		t.Error("offline it can be pressed, or says no reason")
	}
}

func TestSelectedTargetsHaveNoSynchronization(t *testing.T) {
	src := with(service.Account{State: service.StateGranted})
	src.overview.Organization.Option = service.OptionSelected
	if v := openWithHands(t, src, &hands{}, nil); uitest.Shows(v, "Synchronize now") {
		t.Error("selected targets can be synchronized")
	}
}

func TestCardOfARemoval(t *testing.T) {
	var removals []service.Service
	src := with(service.Account{State: service.StateRemoving})
	v := openWithHands(t, src, &hands{}, &removals)
	for _, want := range []string{"Being removed", "Exchange Online is no longer protected.", "Removal is not finished", "Continue removal"} {
		if !uitest.Shows(v, want) {
			t.Errorf("no %q in %q", want, uitest.Texts(v))
		}
	}
	if uitest.Shows(v, "Synchronize now") {
		t.Error("it can be synchronized")
	}
	v.press(service.ExchangeOnline)
	src.overview.Services[0].Removing = true
	v.Reload()
	if !uitest.Shows(v, "Show removal") || uitest.Shows(v, "Removal is not finished") || len(removals) != 1 {
		t.Errorf("while it is removed: %q, %v", uitest.Texts(v), removals)
	}
}
