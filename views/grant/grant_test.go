package grant

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
	"cloudappsecurity/views/ui/uitest"
)

var now = time.Date(2026, 11, 19, 14, 8, 36, 0, time.UTC)

// world is everything around the wizard.
type world struct {
	org      service.Organization
	account  service.Account
	service  service.Service // "" is Exchange Online
	other    service.Account
	progress service.GrantProgress
	sync     service.SyncProgress
	targets  []service.Target
	counts   service.TargetCounts
	offline  bool
	err      error // of the next call
	storeErr error
	did      []string
	sel      []service.Selection
	sites    []service.SiteSelection
	stored   []service.SiteTarget
	copied   string
	closed   int
	loads    int
	events   *service.Events
	ticks    []func()
	clock    time.Time
}

func (w *world) of() service.Service { return cmp.Or(w.service, service.ExchangeOnline) }

func (w *world) Progress(service.Service) service.GrantProgress    { return w.progress }
func (w *world) SyncProgress(service.Service) service.SyncProgress { return w.sync }
func (w *world) do(what string) error {
	w.did = append(w.did, what)
	err := w.err
	w.err = nil
	return err
}

func (w *world) Begin(service.Service) error {
	err := w.do("begin")
	if err == nil {
		w.progress = service.GrantProgress{Step: service.GrantPage, URL: "http://localhost:49731/grant/secret/exchange", Deadline: now.Add(15 * time.Minute)}
		w.events.Grant.Emit()
	}
	return err
}
func (w *world) OpenAgain(service.Service) error { return w.do("open again") }
func (w *world) Cancel(service.Service) {
	_ = w.do("cancel")
	w.progress = service.GrantProgress{Step: service.GrantFailed, Err: &service.Error{Code: service.CodeCanceled, Message: "The grant was canceled.", Help: "Nothing was lost."}}
	w.events.Grant.Emit()
}
func (w *world) AnswerMove(_ service.Service, yes bool) { _ = w.do(fmt.Sprintf("move %v", yes)) }
func (w *world) Synchronize(_ service.Service, o service.Option, sel service.Selected) error {
	w.sel, w.sites = sel.People, sel.Sites
	err := w.do(fmt.Sprintf("synchronize %s %d %v", o, len(sel.People)+len(sel.Sites), sel.Empty()))
	if err == nil {
		w.org.Option, w.account.State = o, service.StateSynchronizing
		w.sync = service.SyncProgress{Phase: service.SyncUsers}
		w.events.Accounts.Emit()
	}
	return err
}
func (w *world) CancelSync(service.Service) {
	_ = w.do("cancel sync")
	w.sync = service.SyncProgress{Phase: service.SyncFailed, Err: &service.Error{Code: service.CodeCanceled, Message: "The synchronization was canceled.", Help: "Nothing was lost. It resumes where it stood."}}
	w.events.Synchronized.Emit()
}

func (w *world) Organization(context.Context) (service.Organization, error) { return w.org, nil }
func (w *world) Account(_ context.Context, s service.Service) (service.Account, error) {
	w.loads++
	if s == w.of() {
		return w.account, w.storeErr
	}
	return w.other, nil
}
func (w *world) Targets(context.Context, service.Service, service.TargetQuery) ([]service.Target, error) {
	return w.targets, nil
}
func (w *world) SiteTargets(_ context.Context, _ service.Service, q service.TargetQuery) (list []service.SiteTarget, _ error) {
	for _, t := range w.stored {
		if t.Origin == q.Origin {
			list = append(list, t)
		}
	}
	return list, nil
}
func (w *world) FindSite(_ context.Context, _ service.Service, url string) (service.Site, error) {
	if url == "https://contoso.example/sites/sales" {
		return service.Site{ID: "sales", URL: url, Title: "Sales"}, nil
	}
	return service.Site{}, service.NotFound(url)
}
func (w *world) SearchSites(context.Context, service.Service, string) ([]service.Site, error) {
	return nil, nil
}
func (w *world) TargetCounts(context.Context, service.Service) (service.TargetCounts, error) {
	return w.counts, nil
}
func (w *world) FindUser(_ context.Context, _ service.Service, upn string) (service.Person, error) {
	if upn == "anna@contoso.example" {
		return service.Person{ID: "anna", DisplayName: "Anna Lindqvist", UserPrincipalName: upn, Mailbox: service.MailboxUser, Enabled: true}, nil
	}
	return service.Person{}, service.NotFound(upn)
}
func (w *world) SearchGroups(context.Context, service.Service, string) ([]service.Group, error) {
	return nil, nil
}
func (w *world) GroupUserCount(context.Context, service.Service, string) (int, error) { return 0, nil }
func (w *world) GroupUsers(context.Context, service.Service, string, func([]service.Person) error) error {
	return nil
}
func (w *world) Resolve(_ context.Context, _ service.Service, p []service.Person) ([]service.Person, error) {
	return p, nil
}
func (w *world) Counts(context.Context, service.Service) (int, int, error) { return 60, 9, nil }

// granted is the account after consent.
func granted(s service.AccountState) service.Account {
	return service.Account{Service: service.ExchangeOnline, State: s, GrantedBy: "Anna Lindqvist", GrantedAt: now}
}

func open(t *testing.T, w *world) (*View, fyne.Canvas) {
	t.Helper()
	if w.account.State == "" {
		w.account.State = service.StateNotGranted
	}
	if w.events == nil {
		w.events = &service.Events{}
	}
	w.clock = now
	inline := func(f func()) { f() }
	var v *View
	c := uitest.OpenWith(t, 1136, 810, func(fyne.Canvas) fyne.CanvasObject {
		v = New(Config{
			Context: t.Context(), Service: w.of(), Grants: w, Search: w, Store: w, Events: w.events,
			Online: func() bool { return !w.offline }, Clipboard: func(s string) { w.copied = s }, OnClose: func() { w.closed++ },
			Now: func() time.Time { return w.clock }, Do: inline, Off: inline, After: func(_ time.Duration, f func()) { f() },
			Every: func(_ time.Duration, f func()) func() {
				w.ticks = append(w.ticks, f)
				n := len(w.ticks) - 1
				return func() { w.ticks[n] = nil }
			},
		})
		return v.CanvasObject()
	})
	// As the shell does: Escape and what else no control uses.
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			v.Escape()
		}
	})
	v.Shown()
	c.Focus(v.Focusable())
	return v, c
}

func press(t *testing.T, c fyne.Canvas, text string) {
	t.Helper()
	test.Tap(uitest.Button(t, c.Content(), text))
}

func wants(t *testing.T, o fyne.CanvasObject, texts ...string) {
	t.Helper()
	shown := strings.Join(uitest.Texts(o), "\n")
	for _, w := range texts {
		if !strings.Contains(shown, w) {
			t.Errorf("%q isn't shown in:\n%s", w, shown)
		}
	}
}

func wantsNot(t *testing.T, o fyne.CanvasObject, texts ...string) {
	t.Helper()
	shown := strings.Join(uitest.Texts(o), "\n")
	for _, w := range texts {
		if strings.Contains(shown, w) {
			t.Errorf("%q is shown in:\n%s", w, shown)
		}
	}
}

func done(t *testing.T, w *world, want ...string) {
	t.Helper()
	if !slices.Equal(w.did, want) {
		t.Errorf("did %q, want %q", w.did, want)
	}
}

func (w *world) reach(step service.GrantStep) {
	if w.progress.Times == nil {
		w.progress.Times = map[service.GrantStep]time.Time{}
	}
	w.progress.Step = step
	w.progress.Times[step] = now
	w.events.Grant.Emit()
}

// finish is what happens in the browser and in Microsoft 365.
func (w *world) consent() {
	w.reach(service.GrantSignIn)
	w.reach(service.GrantPreparing)
	w.reach(service.GrantConsent)
	w.account = granted(service.StateConsented)
	w.reach(service.GrantDone)
	w.events.Accounts.Emit()
}

func (w *world) protect() {
	w.account.State, w.account.ProtectedAt = service.StateGranted, now
	w.counts = service.TargetCounts{People: 60, Protected: 58, NoMailbox: 2}
	w.sync = service.SyncProgress{Phase: service.SyncDone}
	w.events.Accounts.Emit()
}

func TestByMouse(t *testing.T) {
	w := &world{}
	_, c := open(t, w)
	wants(t, c.Content(), "Step 1: Grant permission in your browser", "Click here", "You need")
	press(t, c, "Click here")
	wants(t, c.Content(), "Waiting for you in the browser", "Gives up in 15:00 if nothing happens.", "Page opened in your browser")
	press(t, c, "Copy address")
	wants(t, c.Content(), "Address copied")
	if w.copied != w.progress.URL {
		t.Errorf("copied %q", w.copied)
	}
	w.consent()
	wants(t, c.Content(), "Step 1: Permission granted", "by Anna Lindqvist, today 14:08", "Step 2: Choose whom to protect",
		"60 people, 9 groups. New people are protected without anyone doing anything.")
	press(t, c, "Done")
	wants(t, c.Content(), "Step 2: Targets chosen", "all users and groups", "Begins to synchronize")
	w.sync = service.SyncProgress{Phase: service.SyncMailboxes, Done: 36, Total: 60}
	w.events.Synchronized.Emit()
	wants(t, c.Content(), "Asks for the kinds of mailboxes", "36 of 60 people.")
	wantsNot(t, c.Content(), service.ScanPending, "Exchange Online protected.")
	w.protect()
	wants(t, c.Content(), "Exchange Online protected.", "58 of 60 people are covered. 2 have no mailbox.", service.ScanPending)
	press(t, c, "Close")
	done(t, w, "begin", "synchronize all 0 true")
	if w.closed != 1 {
		t.Error("not closed")
	}
}

func TestByKeyboard(t *testing.T) {
	w := &world{}
	v, c := open(t, w)
	uitest.Key(c, fyne.KeyReturn) // Click here
	w.consent()
	uitest.Key(c, fyne.KeyRight) // from "all" to "selected"
	if v.option != service.OptionSelected {
		t.Fatalf("option %q, focus on %T", v.option, c.Focused())
	}
	uitest.Key(c, fyne.KeyTab) // By User
	uitest.Key(c, fyne.KeyTab) // the search
	test.Type(c.Focused(), "anna@contoso.example")
	uitest.Key(c, fyne.KeyReturn) // finds, marks and goes to the list
	uitest.Key(c, fyne.KeyReturn) // adds
	wants(t, c.Content(), "1 of 100")
	v.Submit() // Ctrl+Enter
	w.protect()
	wants(t, c.Content(), "Exchange Online protected.")
	uitest.Key(c, fyne.KeyReturn) // Close has the focus
	done(t, w, "begin", "synchronize selected 1 false")
	if w.closed != 1 || w.sel[0].Person.ID != "anna" || w.sel[0].Origin != service.OriginUser {
		t.Errorf("closed %d times, selected %v", w.closed, w.sel)
	}
}

func TestStepOneShowsWhatHappens(t *testing.T) {
	for _, tt := range []struct {
		name     string
		progress service.GrantProgress
		want     []string
		not      []string
		button   string
		did      string
	}{
		{"no browser", service.GrantProgress{Step: service.GrantPage, URL: "x", Waiting: "No browser could be opened. Copy the address and open it in a browser on this computer."},
			[]string{"No browser could be opened. Copy the address"}, nil, "Click here", "open again"},
		{"sign-in", service.GrantProgress{Step: service.GrantSignIn, Deadline: now.Add(13*time.Minute + 24*time.Second), Times: map[service.GrantStep]time.Time{service.GrantSignIn: now}},
			[]string{"Waiting for you in the browser", "Gives up in 13:24 if nothing happens.", "14:08"}, []string{"Open the authorization screen again"}, "Cancel", "cancel"},
		{"preparing", service.GrantProgress{Step: service.GrantPreparing, Waiting: "Preparing the service principal", Deadline: now.Add(time.Minute)},
			[]string{"Preparing Exchange Online in your tenant", "Preparing the service principal."}, []string{"Gives up"}, "Cancel", "cancel"},
		{"preparing takes long", service.GrantProgress{Step: service.GrantPreparing, Waiting: "Tries again: The application of Cloud App Security is not in the tenant. (AADSTS700016)"},
			[]string{"Tries again: The application of Cloud App Security is not in the tenant. (AADSTS700016)."}, nil, "Cancel", "cancel"},
		{"the permissions take long", service.GrantProgress{Step: service.GrantConsent, Accepted: true, Waiting: "Microsoft activates the permissions. Still missing: Mail.ReadWrite.", Deadline: now.Add(4 * time.Minute)},
			[]string{"Microsoft activates the permissions. Still missing: Mail.ReadWrite. Gives up in 4:00 if nothing happens.", "Microsoft activates the permissions"},
			[]string{"Waiting for Accept in the browser", "Copy address"}, "Cancel", "cancel"},
		{"the sign-in shows an error", service.GrantProgress{Step: service.GrantSignIn, Waiting: "Microsoft's sign-in is open in your browser. If it shows an error, press Cancel."},
			[]string{"If it shows an error, press Cancel."}, nil, "Cancel", "cancel"},
		{"a policy", service.GrantProgress{Step: service.GrantFailed, Err: &service.Error{Code: service.CodeConditionalAccess, Message: "A policy blocks this sign-in.", Help: "Adjust the policy.", AADSTS: "AADSTS53003"}},
			[]string{"A policy blocks this sign-in.", "Adjust the policy.", "AADSTS53003"}, nil, "Try again", "begin"},
		{"consent", service.GrantProgress{Step: service.GrantConsent}, []string{"Waiting for Accept in the browser"}, []string{"Open the authorization screen again"}, "Cancel", "cancel"},
		{"slow consent", service.GrantProgress{Step: service.GrantConsent, ConsentSlow: true}, []string{"Open the authorization screen again"}, nil, "Open the authorization screen again", "open again"},
		{"declined", service.GrantProgress{Step: service.GrantFailed, Err: &service.Error{Code: service.CodeDeclined, Message: "It was declined.", Help: "Press Accept.", AADSTS: "AADSTS65004"}},
			[]string{"It was declined.", "Press Accept.", "AADSTS65004"}, nil, "Try again", "begin"},
		{"timed out", service.GrantProgress{Step: service.GrantFailed, Err: &service.Error{Code: service.CodeTimeout, Message: "Nobody finished.", Help: "Nothing was lost."}},
			[]string{"Nobody finished.", "Nothing was lost."}, []string{"AADSTS"}, "Try again", "begin"},
		{"other computer, kept", service.GrantProgress{Step: service.GrantPreparing, Move: &service.MoveQuestion{Computer: "OFFICE-PC", Since: now}},
			[]string{"Protected from OFFICE-PC since 19 November 2026. Move protection to this computer?"}, nil, "Keep", "move false"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := &world{progress: tt.progress}
			_, c := open(t, w)
			wants(t, c.Content(), tt.want...)
			wantsNot(t, c.Content(), tt.not...)
			press(t, c, tt.button)
			done(t, w, tt.did)
		})
	}
}

func TestMoveAsksOnceMore(t *testing.T) {
	w := &world{progress: service.GrantProgress{Step: service.GrantPreparing, Move: &service.MoveQuestion{Computer: "OFFICE-PC", Since: now}}}
	_, c := open(t, w)
	press(t, c, "Move protection…")
	done(t, w)
	wants(t, uitest.Overlay(c), "Move protection to this computer?")
	test.Tap(uitest.Button(t, uitest.Overlay(c), "Move protection"))
	done(t, w, "move true")
}

// The question can be answered in the browser, too: then the dialog goes.
func TestMoveAnsweredElsewhere(t *testing.T) {
	w := &world{progress: service.GrantProgress{Step: service.GrantPreparing, Move: &service.MoveQuestion{Computer: "OFFICE-PC", Since: now}}}
	_, c := open(t, w)
	press(t, c, "Move protection…")
	w.progress.Move = nil
	w.events.Grant.Emit()
	if uitest.Overlay(c) != nil {
		t.Error("the dialog is still there")
	}
	wants(t, c.Content(), "Preparing Exchange Online in your tenant")
}

func TestBeginFails(t *testing.T) {
	w := &world{err: &service.Error{Code: service.CodeKeyringLocked, Message: "The keyring is locked.", Help: "Unlock it and try again."}}
	_, c := open(t, w)
	press(t, c, "Click here")
	wants(t, c.Content(), "The keyring is locked.", "Unlock it and try again.")
	press(t, c, "Click here")
	wants(t, c.Content(), "Waiting for you in the browser")
	done(t, w, "begin", "begin")
}

// What failed in one step isn't said in the next.
func TestErrorStaysInItsStep(t *testing.T) {
	w := &world{progress: service.GrantProgress{Step: service.GrantConsent, ConsentSlow: true}, err: &service.Error{Code: service.CodeNoBrowser, Message: "No browser could be opened."}}
	_, c := open(t, w)
	press(t, c, "Open the authorization screen again")
	wants(t, c.Content(), "No browser could be opened.")
	w.consent()
	wants(t, c.Content(), "Step 2: Choose whom to protect")
	wantsNot(t, c.Content(), "No browser could be opened.")
}

func TestCountdown(t *testing.T) {
	w := &world{progress: service.GrantProgress{Step: service.GrantSignIn, Deadline: now.Add(61 * time.Second)}}
	v, c := open(t, w)
	wants(t, c.Content(), "Gives up in 1:01")
	w.clock = now.Add(2 * time.Second)
	w.ticks[0]()
	wants(t, c.Content(), "Gives up in 0:59")
	v.Hidden()
	if w.ticks[0] != nil {
		t.Error("it counts down while nobody looks")
	}
}

func TestResumes(t *testing.T) {
	for _, tt := range []struct {
		name string
		w    world
		want []string
		not  []string
	}{
		{"application prepared only", world{account: service.Account{State: service.StateGranting}}, []string{"Click here"}, []string{"Step 1: Permission granted"}},
		{"consented", world{account: granted(service.StateConsented)}, []string{"Step 2: Choose whom to protect", "Synchronize all users and groups"}, []string{"Available Targets"}},
		{"selected before", world{account: granted(service.StateConsented), org: service.Organization{Option: service.OptionSelected},
			targets: []service.Target{{Person: service.Person{ID: "a", DisplayName: "Ana", Mailbox: service.MailboxUser}, Origin: service.OriginUser}, {Person: service.Person{ID: "b"}}}},
			[]string{"Available Targets", "1 of 100", "Ana"}, nil},
		{"synchronization runs", world{account: granted(service.StateSynchronizing), org: service.Organization{Option: service.OptionAll}, sync: service.SyncProgress{Phase: service.SyncUsers, Done: 1200}},
			[]string{"Synchronizes users", "1,200 people."}, []string{"Try again"}},
		{"throttled", world{account: granted(service.StateSynchronizing), org: service.Organization{Option: service.OptionAll}, sync: service.SyncProgress{Phase: service.SyncGroups, Waiting: "Microsoft 365 asks to wait 20 seconds"}},
			[]string{"Synchronizes groups", "Microsoft 365 asks to wait 20 seconds."}, nil},
		{"killed in the middle", world{account: granted(service.StateSynchronizing), org: service.Organization{Option: service.OptionAll}},
			[]string{"The synchronization was cut short.", "Try again", "Change targets"}, nil},
		{"failed", world{account: granted(service.StateSynchronizing), sync: service.SyncProgress{Phase: service.SyncFailed, Err: &service.Error{Code: service.CodeUnavailable, Message: "No answer.", Help: "Try again."}}},
			[]string{"No answer.", "Try again."}, nil},
		{"granted", world{account: granted(service.StateGranted), org: service.Organization{Option: service.OptionSelected}, counts: service.TargetCounts{Protected: 37}},
			[]string{"Exchange Online protected.", "37 selected users are covered.", service.ScanPending}, []string{"Next"}},
		{"needs granting again", world{account: service.Account{State: service.StateGranted, Problem: service.CodeAppMissing, ProblemText: "The application was removed."}},
			[]string{"Click here", "The application was removed."}, []string{service.ScanPending}},
		{"data folder unreadable", world{storeErr: &service.Error{Code: service.CodeStore, Message: "The data folder can't be read.", Help: "Free some space."}},
			[]string{"The data folder can't be read.", "Free some space."}, nil},
		{"offline", world{offline: true}, []string{"Waits for the connection"}, nil},
		{"offline, targets", world{offline: true, account: granted(service.StateConsented), org: service.Organization{Option: service.OptionSelected}},
			[]string{"Adding waits for the connection.", "Done waits for the connection."}, nil},
		{"nobody selected", world{account: granted(service.StateConsented), org: service.Organization{Option: service.OptionSelected}},
			[]string{"Select at least one person, or synchronize all users and groups.", "0 of 100"}, nil},
		{"option locked", world{account: granted(service.StateConsented), org: service.Organization{Option: service.OptionAll}, other: granted(service.StateGranted)},
			[]string{"The same option holds for Exchange Online as for SharePoint Online: it is the organization's."}, []string{"To protect all targets, extend"}},
		{"option locked, selected", world{account: granted(service.StateConsented), org: service.Organization{Option: service.OptionSelected}, other: granted(service.StateGranted)},
			[]string{"The same option holds for Exchange Online as for SharePoint Online", "To protect all targets, extend: Notifications leads there."}, nil},
		{"SharePoint Online", world{service: service.SharePointOnline, account: granted(service.StateConsented)},
			[]string{"Synchronize all sites", "Synchronize selected sites", "Every site collection, with its subsites.", "The sites of people's OneDrive are listed"}, []string{"users"}},
		{"SharePoint Online, synchronizing", world{service: service.SharePointOnline, account: granted(service.StateSynchronizing), org: service.Organization{Option: service.OptionAll},
			sync: service.SyncProgress{Service: service.SharePointOnline, Phase: service.SyncSites, Done: 12}},
			[]string{"Synchronizes sites", "12 sites.", "Sites and subsites", "First check of a site"}, []string{"Groups", "mailbox"}},
		{"OneDrive, synchronizing", world{service: service.OneDrive, account: granted(service.StateSynchronizing), org: service.Organization{Option: service.OptionAll},
			sync: service.SyncProgress{Service: service.OneDrive, Phase: service.SyncDrives, Done: 12, Total: 60}},
			[]string{"Asks who has a OneDrive", "12 of 60 people.", "Who has a OneDrive", "First check of a OneDrive"}, []string{"mailbox"}},
		{"OneDrive, granted", world{service: service.OneDrive, account: granted(service.StateGranted), org: service.Organization{Option: service.OptionAll},
			counts: service.TargetCounts{Protected: 50, People: 60, NoDrive: 8, Guests: 2}},
			[]string{"50 of 60 people are covered. 8 have no OneDrive. 2 are guests."}, []string{"mailbox"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, c := open(t, &tt.w)
			wants(t, c.Content(), tt.want...)
			wantsNot(t, c.Content(), tt.not...)
		})
	}
}

func TestDisabledUntilItCan(t *testing.T) {
	for _, tt := range []struct {
		name, button string
		w            world
	}{
		{"Next waits for the permission", "Next", world{}},
		{"no connection", "Click here", world{offline: true}},
		{"nobody selected", "Done", world{account: granted(service.StateConsented), org: service.Organization{Option: service.OptionSelected}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, c := open(t, &tt.w)
			if !uitest.Button(t, c.Content(), tt.button).Disabled() {
				t.Error("enabled")
			}
		})
	}
}

func TestSyncCanceledAndResumed(t *testing.T) {
	w := &world{account: granted(service.StateConsented)}
	v, c := open(t, w)
	press(t, c, "Done")
	press(t, c, "Cancel")
	wants(t, c.Content(), "The synchronization was canceled.")
	if v.Focusable() != fyne.Focusable(v.resumed) {
		t.Error("Try again isn't what goes on")
	}
	press(t, c, "Try again")
	wants(t, c.Content(), "Begins to synchronize")
	press(t, c, "Cancel")
	press(t, c, "Change targets")
	wants(t, c.Content(), "Step 2: Choose whom to protect")
	press(t, c, "Done")
	done(t, w, "synchronize all 0 true", "cancel sync", "synchronize all 0 true", "cancel sync", "synchronize all 0 true")
}

func TestSyncRefused(t *testing.T) {
	w := &world{account: granted(service.StateConsented), err: errors.New("raw-canary")}
	_, c := open(t, w)
	press(t, c, "Done")
	wants(t, c.Content(), "Something unexpected happened.")
	wantsNot(t, c.Content(), "raw-canary")
	press(t, c, "Try again")
	wants(t, c.Content(), "Begins to synchronize")
	done(t, w, "synchronize all 0 true", "synchronize all 0 true")
}

func TestHiddenIsNotRefreshed(t *testing.T) {
	w := &world{}
	v, c := open(t, w)
	v.Hidden()
	before := w.loads
	w.consent()
	if w.loads != before {
		t.Errorf("%d loads while hidden", w.loads-before)
	}
	v.Shown()
	wants(t, c.Content(), "Step 2: Choose whom to protect")
	v.Release()
	before = w.loads
	w.events.Grant.Emit()
	if w.loads != before {
		t.Error("listens after Release")
	}
}

// Many events in a moment are shown together.
func TestProgressIsCoalesced(t *testing.T) {
	w := &world{events: &service.Events{}}
	v, _ := open(t, w)
	var later []func()
	var waits []time.Duration
	v.c.After = func(d time.Duration, f func()) { waits, later = append(waits, d), append(later, f) }
	for range 50 {
		w.events.Synchronized.Emit()
	}
	if len(later) != 1 || waits[0] < 0 || waits[0] > atMost {
		t.Fatalf("%d reloads wait %v", len(later), waits)
	}
	before := w.loads
	later[0]()
	if w.loads == before {
		t.Error("not reloaded")
	}
	w.events.Synchronized.Emit()
	if len(later) != 2 || waits[1] != atMost {
		t.Errorf("%d reloads wait %v", len(later), waits)
	}
}

func TestEscapeCloses(t *testing.T) {
	w := &world{}
	_, c := open(t, w)
	uitest.Key(c, fyne.KeyEscape)
	if w.closed != 1 {
		t.Error("not closed")
	}
}

// Choosing another card keeps what was found and selected.
func TestOptionKeepsSelection(t *testing.T) {
	w := &world{account: granted(service.StateConsented), org: service.Organization{Option: service.OptionSelected},
		targets: []service.Target{{Person: service.Person{ID: "a", DisplayName: "Ana", Mailbox: service.MailboxUser}, Origin: service.OriginGroup, GroupID: "g"}}}
	v, c := open(t, w)
	v.radio.Choose(0)
	wantsNot(t, c.Content(), "Available Targets")
	v.radio.Choose(1)
	wants(t, c.Content(), "1 of 100")
	press(t, c, "Done")
	done(t, w, "synchronize selected 1 false")
	if w.sel[0].GroupID != "g" || w.sel[0].Origin != service.OriginGroup {
		t.Errorf("origin lost: %+v", w.sel[0])
	}
}

func TestFocusStaysInSight(t *testing.T) {
	w := &world{}
	v, c := open(t, w)
	if c.Focused() != fyne.Focusable(v.click) {
		t.Fatalf("focus on %T at first", c.Focused())
	}
	press(t, c, "Click here")
	w.consent()
	if c.Focused() != v.radio.Focusable() {
		t.Errorf("focus on %T in step 2", c.Focused())
	}
	v.Submit()
	w.protect()
	if c.Focused() != fyne.Focusable(v.close) {
		t.Errorf("focus on %T at the end", c.Focused())
	}
}

func TestSmallWindow(t *testing.T) {
	w := &world{account: granted(service.StateConsented), org: service.Organization{Option: service.OptionSelected}}
	_, c := open(t, w)
	for _, size := range []fyne.Size{fyne.NewSize(736, 588), fyne.NewSize(1136, 810)} {
		c.Content().Resize(size)
		for _, e := range uitest.Find[*ui.Entry](c.Content()) {
			if e.Size().Width < 120 {
				t.Errorf("an input is %v wide at %v", e.Size().Width, size)
			}
		}
	}
}

// Sites are selected by address, and stored ones are there again.
func TestSelectSites(t *testing.T) {
	w := &world{service: service.SharePointOnline, account: granted(service.StateConsented)}
	w.stored = []service.SiteTarget{{Site: service.Site{ID: "hr", Title: "People", URL: "https://contoso.example/sites/hr"}, Origin: service.OriginTitle}}
	w.org.Option = service.OptionSelected
	v, c := open(t, w)
	wants(t, c.Content(), "By URL", "By Title", "People", "1 of 100")
	c.Focus(v.picker.Focusable())
	test.Type(v.picker.Focusable(), "https://contoso.example/sites/sales")
	uitest.Key(c, fyne.KeyReturn)
	uitest.Key(c, fyne.KeyReturn)
	wants(t, c.Content(), "2 of 100")
	press(t, c, "Done")
	done(t, w, "synchronize selected 2 false")
	if len(w.sel) != 0 || len(w.sites) != 2 || w.sites[1].Site.ID != "sales" || w.sites[1].Origin != service.OriginURL || w.sites[0].Origin != service.OriginTitle {
		t.Errorf("selected %+v, %+v", w.sel, w.sites)
	}
}

// While the organization extends, a new grant takes all: Done is there.
func TestGrantWhileExtending(t *testing.T) {
	w := &world{service: service.OneDrive, account: granted(service.StateConsented), org: service.Organization{Option: service.OptionExtending}, other: granted(service.StateGranted)}
	_, c := open(t, w)
	wants(t, c.Content(), "The same option holds for OneDrive")
	press(t, c, "Done")
	done(t, w, "synchronize all 0 true")
}
