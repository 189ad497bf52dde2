package gallery

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
	"cloudappsecurity/views/ui/uitest"
)

// plug cuts the network, or mends it, and reloads what app/desktop then reloads: the frame and what is in sight.
func (s *stage) plug(on bool) {
	s.w.offline = !on
	s.connection()
	s.dashboard.Reload()
	s.wizard.Reload()
	s.update.Reload()
	s.review.Reload()
	if s.editor != nil {
		s.editor.Reload()
	}
	for _, reload := range s.reloads {
		reload()
	}
	s.window.Resize(s.canvas.Size().AddWidthHeight(0, 1))
	s.window.Resize(s.canvas.Size().SubtractWidthHeight(0, 1))
}

// enabled tells whether the button that says words can be pressed.
func (s *stage) enabled(words string) bool {
	s.t.Helper()
	return !uitest.Button(s.t, s.canvas.Content(), words).Disabled()
}

// says tells whether a text in sight holds words.
func (s *stage) says(words string) bool {
	return slices.ContainsFunc(uitest.Texts(s.canvas.Content()), func(t string) bool { return strings.Contains(t, words) })
}

// typed are the texts of all inputs in sight.
func (s *stage) typed() (list []string) {
	for _, e := range uitest.Find[*ui.Entry](s.canvas.Content()) {
		list = append(list, e.Text())
	}
	return list
}

// TestTheNetworkIsCutOnEveryScreen: it stays readable, the header says since when, adding is refused with the reason, and nothing that was
// chosen or typed is lost; back online, all is as before.
func TestTheNetworkIsCutOnEveryScreen(t *testing.T) {
	program(t)
	list := func(s *stage) { s.shell.Open(string(service.ThreatProtection)) }
	selected := func(w *world) { granted(w); w.choose(37) }
	for _, c := range []struct {
		name    string
		set     func(*world)
		act     func(*stage)
		reads   []string // what is readable before, meanwhile and afterwards
		refuses string   // the button which adds or begins something that needs Microsoft 365
		reason  string   // why it doesn't meanwhile
	}{
		{"dashboard", granted, nil, []string{"Exchange Online", "58", "of 60 people covered"}, "", "Granting access needs a connection"},
		{"dashboard, synchronizing", func(w *world) {
			w.org.Option = service.OptionAll
			w.at(service.StateSynchronizing)
			w.sync = service.SyncProgress{Service: service.ExchangeOnline, Phase: service.SyncUsers, Done: 40, Total: 60}
		}, nil, []string{"40"}, "", "Goes on when the connection is back"},
		{"grant, step 1", func(*world) {}, func(s *stage) { s.grant() }, []string{"To open the page and grant permission:"}, "Click here", "Waits for the connection"},
		{"grant, step 2, all", func(w *world) { w.at(service.StateConsented) }, func(s *stage) { s.grant() },
			[]string{"Synchronize all users and groups"}, "Done", "Done waits for the connection."},
		{"grant, step 2, selected", func(w *world) { w.at(service.StateConsented); w.choose(37) }, func(s *stage) { s.grant(); s.search("person1") },
			[]string{"37 of 100", "Zed 000"}, "Done", "Adding waits for the connection."},
		{"grant, step 3", func(w *world) {
			w.org.Option = service.OptionAll
			w.at(service.StateSynchronizing)
			w.sync = service.SyncProgress{Service: service.ExchangeOnline, Phase: service.SyncGroups, Done: 4, Total: 9, Waiting: lost}
		}, func(s *stage) { s.grant() }, []string{lost}, "", "It goes on by itself"},
		{"notifications", func(w *world) { granted(w); w.note(3) }, func(s *stage) { s.shell.Open("notifications") },
			[]string{"Exchange Online protected."}, "", "Nothing new arrives until the connection is back."},
		{"targets", granted, func(s *stage) { s.shell.Open("targets"); s.review.Find(); s.enter("a") }, []string{"Anna Lindqvist"}, "", "Works offline, too."},
		{"account", selected, func(s *stage) { s.shell.Open("account"); uitest.Key(s.canvas, fyne.KeyReturn) }, []string{"Anna Lindqvist", "Application ID"}, "", "You are offline."},
		{"account, update", selected, func(s *stage) { s.openUpdate() }, []string{"37 of 100", "Zed 000"}, "", "Adding waits for the connection."},
		{"policies", func(w *world) { granted(w); w.named(3) }, list, []string{"Policy 1 of Contoso Bakery", "Default policy"}, "", "You are offline."},
		{"policy", func(w *world) { granted(w); w.named(1) }, func(s *stage) {
			list(s)
			uitest.Key(s.canvas, fyne.KeyReturn)
			s.enter("Night shift")
		}, []string{"Bakers, night shift"}, "Click here", "Waits for the connection."},
		{"who gets this policy", func(w *world) { granted(w); w.named(3) }, func(s *stage) { list(s); s.find("Anna Lindqvist") },
			[]string{"Anna Lindqvist gets"}, "", "You are offline."},
		{"extend", selected, func(s *stage) { s.shell.Open("extend") }, []string{"Submit"}, "", "You are offline."},
		{"settings", granted, func(s *stage) { s.shell.Open("settings") }, []string{"/home/anna/.local/share/cloudappsecurity"}, "", "You are offline."},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t, scene{c.name, c.set, c.act}, bakery, look{1024, 700, 1, ui.VariantLight})
			const header = "Offline: showing data of "
			reads := func(when string) {
				t.Helper()
				for _, words := range c.reads {
					if !s.says(words) {
						t.Errorf("%s: %q isn't there: %q", when, words, uitest.Texts(s.canvas.Content()))
					}
				}
			}
			reads("before")
			before := s.typed()
			if c.refuses != "" && c.name != "grant, step 2, selected" && !s.enabled(c.refuses) {
				t.Errorf("before, %q can't be pressed", c.refuses)
			}
			if s.says(header) || !s.says("Online") {
				t.Error("before, the header says offline")
			}

			s.w.waiting = 1
			s.plug(false)
			reads("offline")
			if !s.says(header+ui.ShortMoment(dataOf, now)) || !s.says("You are offline.") || !s.says("1 synchronization waits for it.") {
				t.Errorf("the frame doesn't say since when: %q", uitest.Texts(s.canvas.Content()))
			}
			if !s.says(c.reason) {
				t.Errorf("it doesn't say %q: %q", c.reason, uitest.Texts(s.canvas.Content()))
			}
			if c.refuses != "" && s.enabled(c.refuses) {
				t.Errorf("%q can be pressed", c.refuses)
			}
			if typed := s.typed(); !slices.Equal(typed, before) {
				t.Errorf("what was typed is %q, it was %q", typed, before)
			}
			for _, f := range uitest.Faults(s.canvas) {
				t.Error(f)
			}

			s.plug(true)
			reads("afterwards")
			if s.says(header) || s.says("You are offline.") || c.refuses != "" && !s.enabled(c.refuses) {
				t.Errorf("back online: %q", uitest.Texts(s.canvas.Content()))
			}
			if typed := s.typed(); !slices.Equal(typed, before) {
				t.Errorf("what was typed is %q, it was %q", typed, before)
			}
		})
	}
}

// TestTheSelectionIsShortenedOffline: who is selected can be removed without a network, in the wizard and later.
func TestTheSelectionIsShortenedOffline(t *testing.T) {
	program(t)
	for name, act := range map[string]func(*stage){
		"wizard": func(s *stage) { s.w.at(service.StateConsented); s.grant() },
		"update": func(s *stage) { s.openUpdate() },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, scene{name, func(w *world) { granted(w); w.choose(2); w.offline = true }, act}, bakery, look{1024, 700, 1, ui.VariantLight})
			if !s.says("2 of 100") {
				t.Fatalf("texts %q", uitest.Texts(s.canvas.Content()))
			}
			tables := uitest.Find[*ui.ListTable](s.canvas.Content())
			ui.Focus(tables[len(tables)-1].Focusable())
			uitest.Key(s.canvas, fyne.KeyDelete)
			if !s.says("1 of 100") {
				t.Errorf("texts %q", uitest.Texts(s.canvas.Content()))
			}
		})
	}
}
