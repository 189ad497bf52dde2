package policy

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
	"cloudappsecurity/views/ui/uitest"
)

var now = time.Date(2026, 11, 19, 14, 32, 0, 0, time.UTC)

// house is the store and the synchronization behind the screens.
type house struct {
	granted  map[service.Service]bool
	option   service.Option
	list     []service.Policy
	err      error
	progress service.SyncProgress
	asked    []string
	offline  bool
}

func (h *house) State(_ context.Context, s service.Service) (ServiceState, error) {
	a := service.Account{Service: s, State: service.StateNotGranted}
	if h.granted[s] {
		a.State, a.SyncedAt = service.StateGranted, now.Add(-11*time.Hour-17*time.Minute)
	}
	return ServiceState{a, h.option}, nil
}

func (h *house) Policies(context.Context, service.Service, service.PolicyKind) ([]service.Policy, error) {
	for i := range h.list {
		h.list[i].Priority = i + 1
	}
	return slices.Clone(h.list), h.err
}

func (h *house) at(id int64) int {
	return slices.IndexFunc(h.list, func(p service.Policy) bool { return p.ID == id })
}

func (h *house) SavePolicy(_ context.Context, p service.Policy) (service.Policy, error) {
	if h.err != nil {
		return p, h.err
	}
	h.asked = append(h.asked, "save "+p.Name)
	if p.ID == 0 {
		p.ID = 100
		h.list = slices.Insert(h.list, len(h.list)-2, p)
		return p, nil
	}
	h.list[h.at(p.ID)] = p
	return p, nil
}

func (h *house) MovePolicy(_ context.Context, id int64, priority int) error {
	p := h.list[h.at(id)]
	h.list = slices.Insert(slices.Delete(h.list, h.at(id), h.at(id)+1), priority-1, p)
	return nil
}

func (h *house) SetPolicyOn(_ context.Context, id int64, on bool) error {
	h.list[h.at(id)].On = on
	return nil
}

func (h *house) DeletePolicy(_ context.Context, id int64) error {
	h.list = slices.Delete(h.list, h.at(id), h.at(id)+1)
	return nil
}

func (h *house) Find(_ context.Context, s service.Service, text string, groups bool) ([]Found, error) {
	var found []Found
	for _, f := range []Found{
		{service.PolicyTarget{Kind: service.TargetGroup, ID: "bakers", Name: "Bakers"}, "Group"},
		{service.PolicyTarget{Kind: service.TargetUser, ID: "bela", Name: "Bela Kovács"}, "bela@contoso.example"},
		{service.PolicyTarget{Kind: service.TargetSite, ID: "shop", Name: "Shops"}, "https://contoso.sharepoint.com/sites/shops"},
	} {
		fits := s.CoversSites() == (f.Target.Kind == service.TargetSite) && (groups || f.Target.Kind != service.TargetGroup)
		if fits && strings.HasPrefix(strings.ToLower(f.Target.Name), strings.ToLower(text)) {
			found = append(found, f)
		}
	}
	return found, nil
}

func (h *house) Who(_ context.Context, _ service.Service, _ service.PolicyKind, f Found) (Answer, error) {
	h.asked = append(h.asked, "who "+f.Target.ID)
	return Answer{Match: service.Match{Found: true, Policy: h.list[1], By: h.list[1].Targets[0], Passed: []service.Passed{
		{Policy: h.list[0], Excluded: f.Target}}}}, nil
}

func (h *house) Synchronize(s service.Service) error {
	h.asked = append(h.asked, "synchronize "+string(s))
	h.progress = service.SyncProgress{Phase: service.SyncUsers, Done: 36, Total: 60}
	return nil
}

func (h *house) CancelSync(s service.Service) { h.asked = append(h.asked, "cancel "+string(s)) }

func (h *house) SyncProgress(service.Service) service.SyncProgress { return h.progress }

func bakery() *house {
	bakers := service.PolicyTarget{Kind: service.TargetGroup, ID: "bakers", Name: "Bakers"}
	policy := func(id int64, name string, change func(*service.Policy)) service.Policy {
		p := service.Policy{ID: id, Service: service.ExchangeOnline, Kind: service.ThreatProtection, Name: name, On: true, Everyone: true}
		change(&p)
		return p
	}
	return &house{granted: map[service.Service]bool{service.ExchangeOnline: true}, option: service.OptionAll, list: []service.Policy{
		policy(1, "Management", func(p *service.Policy) {
			p.Everyone, p.Description = false, "Quarantines what others only get tagged."
			p.Targets = []service.PolicyTarget{{Kind: service.TargetUser, ID: "bela", Name: "Bela Kovács"}}
		}),
		policy(2, "All staff", func(p *service.Policy) {
			p.Everyone, p.Description = false, "Everybody but the management."
			p.Targets = []service.PolicyTarget{bakers, {Kind: service.TargetGroup, ID: "till", Name: "Shops and tills"},
				{Kind: service.TargetGroup, ID: "office", Name: "Office"}, {Kind: service.TargetUser, ID: "devika", Name: "देविका नायर"}}
			p.Exclusions = []service.PolicyTarget{{Kind: service.TargetGroup, ID: "auditors", Name: "External auditors"}}
		}),
		policy(3, "Default ATP policy (monitor only)", func(p *service.Policy) {
			p.Default, p.MonitorOnly, p.Description = true, true, "Logs what it finds and changes nothing."
		}),
		policy(4, "Default ATP policy", func(p *service.Policy) {
			p.Default, p.On, p.Description = true, false, "Applies to whoever no other policy takes."
		}),
	}}
}

type fixture struct {
	*View
	house  *house
	canvas fyne.Canvas
	editor *Editor
	lists  int
}

func open(t *testing.T, h *house) *fixture {
	t.Helper()
	f := &fixture{house: h}
	f.canvas = uitest.OpenWith(t, 1136, 640, func(c fyne.Canvas) fyne.CanvasObject {
		f.View = New(Options{Context: t.Context(), Kind: service.ThreatProtection, Source: h, Sync: h, Online: func() bool { return !h.offline },
			Canvas: c, Now: func() time.Time { return now }, Loader: ui.Inline(), OnEdit: func(e *Editor) { f.editor = e }, OnList: func() { f.lists++ }})
		return ui.Inset(32, f.View)
	})
	f.Reload()
	return f
}

// openEditor opens the editor of a row in the window.
func (f *fixture) openEditor(t *testing.T, row int) *Editor {
	t.Helper()
	f.openRow(row)
	if f.editor == nil {
		t.Fatal("no editor")
	}
	f.place()
	f.editor.Reload()
	return f.editor
}

func (f *fixture) place() {
	test.WidgetRenderer(f.editor)
	for _, w := range fyne.CurrentApp().Driver().AllWindows() {
		if w.Canvas() == f.canvas {
			w.SetContent(ui.Inset(32, f.editor))
		}
	}
}

func (f *fixture) order() string {
	var names []string
	for _, p := range f.house.list {
		names = append(names, p.Name)
	}
	return strings.Join(names, ", ")
}

func (f *fixture) wants(t *testing.T, texts ...string) {
	t.Helper()
	o := f.canvas.Content()
	if top := uitest.Overlay(f.canvas); top != nil {
		o = top
	}
	shown := strings.Join(uitest.Texts(o), "\n")
	for _, w := range texts {
		if !strings.Contains(shown, w) {
			t.Errorf("%q isn't shown in:\n%s", w, shown)
		}
	}
}

func (f *fixture) alt(key fyne.KeyName) {
	if s, ok := f.canvas.Focused().(fyne.Shortcutable); ok {
		s.TypedShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierAlt})
	}
}

func TestListShowsPoliciesByPriority(t *testing.T) {
	f := open(t, bakery())
	f.wants(t, "Management", "Quarantines what others only get tagged.", "Bela Kovács", "Bakers, Shops and tills, 2 more, except External auditors",
		"Default ATP policy (monitor only)", "All", "On", "Off", "Who gets this policy?")
}

func TestOnlyGrantedServicesHavePolicies(t *testing.T) {
	f := open(t, bakery())
	f.services.Choose(1)
	f.wants(t, "SharePoint Online is not granted.", "Open Dashboard")
	if !f.add.Disabled() || !f.edit.Disabled() || !f.remove.Disabled() {
		t.Error("there is nothing to add, edit or delete")
	}
	f.services.Choose(0)
	f.wants(t, "Management")
	if f.add.Disabled() {
		t.Error("a policy can be added")
	}
}

func TestFailureCanBeTriedAgain(t *testing.T) {
	h := bakery()
	h.err = &service.Error{Code: service.CodeStore, Message: "The data folder can't be read."}
	f := open(t, h)
	f.wants(t, "The policies can't be read.", "The data folder can't be read.")
	h.err = nil
	uitest.Button(t, f.canvas.Content(), "Try again").Activate()
	f.wants(t, "Management")
}

func TestPriorityByKeys(t *testing.T) {
	f := open(t, bakery())
	f.canvas.Focus(f.Focusable())
	f.alt(fyne.KeyDown)
	if got := f.order(); !strings.HasPrefix(got, "All staff, Management, Default") {
		t.Fatal(got)
	}
	f.wants(t, "Management has priority 2.")
	if f.table.Current() != 1 {
		t.Errorf("row %d is current: the policy that moved stays so", f.table.Current())
	}
	f.alt(fyne.KeyDown)
	f.wants(t, "The default policies stay last.")
	f.alt(fyne.KeyUp)
	f.alt(fyne.KeyUp) // there is nothing above
	if got := f.order(); !strings.HasPrefix(got, "Management, All staff, Default ATP policy (monitor only), ") {
		t.Error(got)
	}
	uitest.Key(f.canvas, fyne.KeyEnd)
	f.alt(fyne.KeyUp)
	if got := f.order(); !strings.HasSuffix(got, "Default ATP policy, Default ATP policy (monitor only)") {
		t.Errorf("the defaults among themselves: %s", got)
	}
}

func TestPriorityByDragging(t *testing.T) {
	f := open(t, bakery())
	handles := uitest.Find[*handle](f.canvas.Content())
	drag := func(row int, by float32) {
		handles[row].Dragged(&fyne.DragEvent{Dragged: fyne.NewDelta(0, by/2)})
		handles[row].Dragged(&fyne.DragEvent{Dragged: fyne.NewDelta(0, by/2)})
		handles[row].DragEnd()
	}
	drag(1, -rowHeight*0.4)
	if got := f.order(); !strings.HasPrefix(got, "Management, All staff") {
		t.Errorf("less than half a row moves nothing: %s", got)
	}
	drag(1, -rowHeight*0.8)
	if got := f.order(); !strings.HasPrefix(got, "All staff, Management") {
		t.Error(got)
	}
	drag(0, rowHeight*9)
	f.wants(t, "The default policies stay last.")
}

func TestSwitch(t *testing.T) {
	f := open(t, bakery())
	f.canvas.Focus(f.Focusable())
	uitest.Key(f.canvas, fyne.KeySpace)
	if f.house.list[0].On {
		t.Error("Space switches off")
	}
	f.wants(t, "Management is off.")
	knobs := uitest.Find[*ui.RowSwitch](f.canvas.Content())
	test.Tap(knobs[3])
	if !f.house.list[3].On {
		t.Error("a click switches on")
	}
	f.wants(t, "Applies to nobody: Default ATP policy (monitor only) takes all targets first.")
}

func TestDeletingIsConfirmed(t *testing.T) {
	f := open(t, bakery())
	f.canvas.Focus(f.Focusable())
	uitest.Key(f.canvas, fyne.KeyDelete)
	f.wants(t, "Delete Management?")
	uitest.Key(f.canvas, fyne.KeyReturn) // it starts on Cancel
	if len(f.house.list) != 4 {
		t.Fatal("deleted without a confirmation")
	}
	f.canvas.Focus(f.Focusable())
	uitest.Key(f.canvas, fyne.KeyDelete)
	uitest.Button(t, uitest.Overlay(f.canvas), "Delete policy").Activate()
	if got := f.order(); strings.Contains(got, "Management") {
		t.Error(got)
	}
	f.canvas.Focus(f.Focusable())
	uitest.Key(f.canvas, fyne.KeyEnd, fyne.KeyDelete)
	f.wants(t, "A default policy can't be deleted. Switch it off instead.")
	if !f.remove.Disabled() {
		t.Error("the button offers to delete a default")
	}
}

func TestWhoGetsThisPolicy(t *testing.T) {
	f := open(t, bakery())
	f.Find()
	test.Type(f.who.finder.entry.Focusable(), "b")
	f.wants(t, "Bela Kovács", "bela@contoso.example")
	if uitest.Shows(f.who.finder, "Bakers") {
		t.Error("a group gets no policy of its own")
	}
	uitest.Key(f.canvas, fyne.KeyDown, fyne.KeyReturn)
	f.wants(t, "Bela Kovács gets", "All staff", "It is on and names the group Bakers, directly or through a group within it.",
		"Not Management", "It excludes Bela Kovács.")
	f.turn(f.list[0], false)
	if n := len(f.house.asked); n != 2 {
		t.Errorf("asked %q: the answer follows the policies", f.house.asked)
	}
	test.Type(f.who.finder.entry.Focusable(), "nobody")
	f.wants(t, "Nothing found for nobody. Only what was synchronized can be found.")
}

func TestNewPolicy(t *testing.T) {
	f := open(t, bakery())
	f.add.Activate()
	f.place()
	e := f.editor
	e.Reload()
	f.wants(t, "Off. This version does not scan yet.", "Type a name to save it.", "Users and groups were synchronized today 03:15.")
	if !e.scan.Disabled() || e.scan.On() || !e.save.Disabled() {
		t.Error("scanning is off and disabled, and nothing can be saved yet")
	}
	f.canvas.Focus(e.Focusable())
	test.Type(e.name.Focusable(), "Night shift")
	e.everyone.Choose(1)
	f.wants(t, "Choose at least one target to save it.")
	test.Type(e.targets.finder.entry.Focusable(), "ba")
	f.canvas.Focus(e.targets.finder.entry.Focusable())
	uitest.Key(f.canvas, fyne.KeyReturn)
	test.Type(e.exclusions.finder.entry.Focusable(), "bel")
	f.canvas.Focus(e.exclusions.finder.entry.Focusable())
	uitest.Key(f.canvas, fyne.KeyReturn)
	e.Submit()
	p := f.house.list[2]
	if p.Name != "Night shift" || p.Everyone || !p.On || len(p.Targets) != 1 || p.Targets[0].ID != "bakers" || len(p.Exclusions) != 1 || p.Exclusions[0].ID != "bela" {
		t.Errorf("%+v", p)
	}
	if f.lists != 1 {
		t.Error("saved, the list is shown again")
	}
	e.Hidden()
	if uitest.Overlay(f.canvas) != nil {
		t.Error("nothing is to be asked")
	}
}

func TestUnsavedChangesAreAskedAbout(t *testing.T) {
	f := open(t, bakery())
	e := f.openEditor(t, 1)
	e.Escape()
	if f.lists != 1 || uitest.Overlay(f.canvas) != nil {
		t.Fatal("nothing is changed: Escape closes")
	}
	e = f.openEditor(t, 1)
	e.description.SetText("Changed.")
	test.Tap(uitest.Button(t, e, "Office"))
	f.wants(t, "Changed: description, targets. Not saved yet.")
	e.Escape()
	f.wants(t, "Discard the changes?", "Not saved yet: description, targets.")
	uitest.Button(t, uitest.Overlay(f.canvas), "Keep editing").Activate()
	if f.lists != 1 {
		t.Fatal("it goes on")
	}
	f.editor = nil
	e.Hidden()
	uitest.Button(t, uitest.Overlay(f.canvas), "Keep editing").Activate()
	if f.editor != e {
		t.Fatal("the editor comes back")
	}
	e.Hidden()
	uitest.Button(t, uitest.Overlay(f.canvas), "Discard changes").Activate()
	e.Hidden()
	if uitest.Overlay(f.canvas) != nil || len(f.house.asked) != 0 {
		t.Error("discarded is discarded")
	}
}

func TestARefusalKeepsWhatWasTyped(t *testing.T) {
	f := open(t, bakery())
	e := f.openEditor(t, 1)
	f.house.err = &service.Error{Code: service.CodeInvalidPolicy, Message: "Another policy is called Management.", Help: "Choose another name."}
	e.name.SetText("Management")
	e.Submit()
	f.wants(t, "Another policy is called Management. Choose another name.")
	if e.name.Text() != "Management" || e.save.Disabled() || f.lists != 0 {
		t.Error("it can be corrected")
	}
}

func TestADefaultKeepsItsNameAndTargets(t *testing.T) {
	f := open(t, bakery())
	e := f.openEditor(t, 2)
	f.wants(t, "A default policy is for all targets.")
	e.everyone.Choose(1)
	if e.value().Everyone != true || e.remove.Visible() || e.Focusable() != e.description.Focusable() {
		t.Errorf("%+v", e.value())
	}
}

func TestManualSynchronization(t *testing.T) {
	f := open(t, bakery())
	e := f.openEditor(t, 1)
	uitest.Button(t, e, "Click here").Activate()
	f.wants(t, "Synchronizing Exchange Online", "36 of 60 people", "You can go on working and close this policy.")
	if !e.sync.click.Disabled() {
		t.Error("it runs already")
	}
	uitest.Button(t, e, "Cancel").Activate()
	if got := strings.Join(f.house.asked, ", "); got != "synchronize exchange, cancel exchange" {
		t.Error(got)
	}
	f.house.progress = service.SyncProgress{Phase: service.SyncFailed, Err: &service.Error{Message: "The synchronization was canceled.", Help: "It resumes where it stood."}}
	e.Reload()
	f.wants(t, "The synchronization was canceled. It resumes where it stood.")
	f.house.progress = service.SyncProgress{Phase: service.SyncDone}
	e.Reload()
	f.wants(t, "Synchronized. Everybody is up to date.")
}

func TestWhyNothingIsSynchronized(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*house)
		want   string
	}{
		"selected targets": {func(h *house) { h.option = service.OptionSelected }, "With selected targets nothing is synchronized"},
		"offline":          {func(h *house) { h.offline = true }, "Waits for the connection."},
		"not granted":      {func(h *house) { h.granted = nil }, "Exchange Online is not granted"},
	} {
		t.Run(name, func(t *testing.T) {
			f := open(t, bakery())
			e := f.openEditor(t, 1)
			c.change(f.house)
			e.Reload()
			f.wants(t, c.want)
			e.sync.click.Activate()
			if !e.sync.click.Disabled() || len(f.house.asked) != 0 {
				t.Errorf("asked %q", f.house.asked)
			}
		})
	}
}
