// Package gallery looks at every screen in every state: at the smallest window and a large one, in both themes, with long names, other
// scripts, and from nobody to 100,000 people. Tests assert that nothing is cut, lies upon something else or can't be reached by
// keyboard. With CAS_PICTURES=DIR they draw what they look at, to be held beside the design:
//
//	CAS_PICTURES=/tmp/pictures go test ./views/gallery
package gallery

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
	"cloudappsecurity/views/ui/uitest"
)

// scene is a screen in a state.
type scene struct {
	name string
	set  func(*world) // what is known
	act  func(*stage) // how to get there from the dashboard
}

func failed(code service.Code, message, help, aadsts string) *service.Error {
	return &service.Error{Code: code, Message: message, Help: help, AADSTS: aadsts}
}

var cut = failed(service.CodeOffline, "Microsoft 365 doesn't answer.", "Nothing was lost. Check the connection, then try again: it goes on where it stood.", "")

func dashboardScenes() []scene {
	state := func(st service.AccountState) func(*world) {
		return func(w *world) { w.at(st); w.note(2) }
	}
	return []scene{
		{"dashboard-not-granted", func(*world) {}, nil},
		{"dashboard-demo", func(w *world) { w.demo = true }, func(s *stage) { s.canvas.Focus(s.dashboard.Focusable()) }},
		{"dashboard-granting", func(w *world) {
			w.at(service.StateGranting)
			w.progress = service.GrantProgress{Step: service.GrantSignIn}
		}, nil},
		{"dashboard-consented", state(service.StateConsented), nil},
		{"dashboard-synchronizing", func(w *world) {
			state(service.StateSynchronizing)(w)
			w.sync = service.SyncProgress{Service: service.ExchangeOnline, Phase: service.SyncMailboxes, Done: w.counts.People * 3 / 5, Total: w.counts.People}
		}, nil},
		{"dashboard-synchronization-waits", func(w *world) {
			state(service.StateSynchronizing)(w)
			w.sync = service.SyncProgress{Service: service.ExchangeOnline, Phase: service.SyncUsers, Done: w.counts.People, Waiting: "Microsoft 365 asks to wait: 2 min 30 s, until 14:35"}
		}, nil},
		{"dashboard-synchronization-failed", func(w *world) {
			state(service.StateSynchronizing)(w)
			w.sync = service.SyncProgress{Service: service.ExchangeOnline, Phase: service.SyncFailed, Err: cut}
		}, nil},
		{"dashboard-granted", state(service.StateGranted), nil},
		{"dashboard-selected", func(w *world) {
			w.org.Option, w.counts.Protected = service.OptionSelected, min(100, w.counts.People)
			state(service.StateGranted)(w)
		}, nil},
		{"dashboard-offline", func(w *world) { state(service.StateGranted)(w); w.offline, w.demo = true, true }, nil},
		{"dashboard-action-needed", func(w *world) {
			state(service.StateGranted)(w)
			w.note(7)
			w.offline, w.demo = true, true // as many banners as there can be
			w.account.Problem, w.account.ProblemText = service.CodeAppMissing, "The application \"Cloud App Security for Exchange Online\" was deleted in your tenant. Grant access again: what is chosen stays."
		}, nil},
	}
}

func permissionScenes() []scene {
	wizard := func(s *stage) { s.grant() }
	step := func(p service.GrantProgress) func(*world) {
		return func(w *world) {
			w.at(service.StateGranting)
			p.URL, p.Deadline = "http://localhost:49731/grant/secret/exchange", now.Add(14*time.Minute)
			p.Times = map[service.GrantStep]time.Time{service.GrantSignIn: now.Add(-time.Minute), service.GrantPreparing: now.Add(-30 * time.Second), service.GrantConsent: now}
			w.progress = p
		}
	}
	return []scene{
		{"grant-1", func(*world) {}, wizard},
		{"grant-1-offline", func(w *world) { w.offline = true }, wizard},
		{"grant-1-waiting", step(service.GrantProgress{Step: service.GrantPage}), wizard},
		{"grant-1-preparing", step(service.GrantProgress{Step: service.GrantPreparing, Waiting: "Microsoft 365 doesn't know the new application everywhere yet: asks again in 5 s"}), wizard},
		{"grant-1-consent-slow", step(service.GrantProgress{Step: service.GrantConsent, ConsentSlow: true, Waiting: "AADSTS700016: the application isn't known everywhere yet"}), wizard},
		{"grant-1-failed", func(w *world) {
			w.progress = service.GrantProgress{Step: service.GrantFailed, Err: failed(service.CodeSignInAppInvalid, "Your organization doesn't let anybody consent to this application.",
				"Nothing was changed. Ask whoever manages Microsoft Entra, or register a sign-in application of your own: see Settings.", "AADSTS65002")}
		}, wizard},
		{"grant-1-move", func(w *world) {
			step(service.GrantProgress{Step: service.GrantPreparing})(w)
			w.progress.Move = &service.MoveQuestion{Computer: "DESKTOP-" + w.administrator(), Since: now.AddDate(0, -2, 0)}
		}, wizard},
		{"grant-1-move-asked", func(w *world) {
			step(service.GrantProgress{Step: service.GrantPreparing})(w)
			w.progress.Move = &service.MoveQuestion{Computer: "DESKTOP-4711", Since: now.AddDate(0, -2, 0)}
		}, func(s *stage) { s.grant(); s.press("Move protection…") }},
		{"grant-1-problem", func(w *world) {
			w.at(service.StateGranted)
			w.account.Problem, w.account.ProblemText = service.CodeAppMissing, "The application was deleted in your tenant."
		}, wizard},
	}
}

func targetScenes() []scene {
	consented := func(w *world) { w.at(service.StateConsented); w.demo = true }
	selected := func(s *stage) { s.grant(); s.press("Synchronize selected users") }
	groups := func(s *stage) { selected(s); s.press("By Group"); s.search("bak") }
	full := func(w *world) {
		consented(w)
		for i := range service.MaxSelected {
			w.selected = append(w.selected, service.Selection{Person: person(fmt.Sprintf("Zed %03d", i), fmt.Sprintf("zed%d@contosobakery.example", i), service.MailboxUser), Origin: service.OriginUser})
		}
		w.org.Option = service.OptionSelected
	}
	return []scene{
		{"grant-2-all", consented, func(s *stage) { s.grant() }},
		{"grant-2-selected", consented, selected},
		{"grant-2-by-user", consented, func(s *stage) {
			selected(s)
			if len(s.w.people) > 0 {
				s.search(s.w.people[0].UserPrincipalName)
			}
		}},
		{"grant-2-unknown", consented, func(s *stage) {
			selected(s)
			s.search("somebody.who.is.not.there.and.has.a.long.name@contosobakery.example")
		}},
		{"grant-2-groups", consented, func(s *stage) {
			selected(s)
			s.press("By Group")
			s.wizard.Find()
		}},
		{"grant-2-no-match", consented, func(s *stage) { selected(s); s.press("By Group"); s.search("zzz") }},
		{"grant-2-found-groups", consented, groups},
		{"grant-2-members", consented, func(s *stage) {
			groups(s)
			uitest.Key(s.canvas, fyne.KeyReturn, fyne.KeySpace, fyne.KeyDown, fyne.KeyDown, fyne.KeySpace)
		}},
		{"grant-2-limit", full, func(s *stage) {
			s.grant()
			s.press("By Group")
			s.search("bak")
			uitest.Key(s.canvas, fyne.KeyReturn, fyne.KeyReturn)
		}},
		{"grant-2-offline", func(w *world) { full(w); w.offline = true }, func(s *stage) { s.grant() }},
	}
}

func doneScenes() []scene {
	wizard := func(s *stage) { s.grant() }
	synchronizing := func(p service.SyncProgress) func(*world) {
		return func(w *world) {
			w.org.Option = service.OptionAll
			w.at(service.StateSynchronizing)
			p.Service, p.Done, p.Total = service.ExchangeOnline, w.counts.People*3/5, w.counts.People
			w.sync = p
		}
	}
	return []scene{
		{"grant-3-synchronizing", synchronizing(service.SyncProgress{Phase: service.SyncMailboxes}), wizard},
		{"grant-3-waits", synchronizing(service.SyncProgress{Phase: service.SyncUsers, Waiting: "Microsoft 365 asks to wait: 2 min 30 s, until 14:35"}), wizard},
		{"grant-3-failed", synchronizing(service.SyncProgress{Phase: service.SyncFailed, Err: cut}), wizard},
		{"grant-3-done", func(w *world) { w.at(service.StateGranted); w.demo = true }, wizard},
	}
}

func otherScenes() []scene {
	notes := func(n int) func(*world) { return func(w *world) { w.at(service.StateConsented); w.note(n) } }
	return []scene{
		{"notifications-0", func(*world) {}, func(s *stage) { s.shell.Open("notifications") }},
		{"notifications-1", notes(1), func(s *stage) { s.shell.Open("notifications") }},
		{"notifications-many", notes(30), func(s *stage) { s.shell.Open("notifications") }},
		{"bell-0", func(*world) {}, func(s *stage) { s.shell.ShowNotifications() }},
		{"bell-1", notes(1), func(s *stage) { s.shell.ShowNotifications() }},
		{"bell-many", notes(30), func(s *stage) { s.shell.ShowNotifications() }},
		{"settings", func(w *world) { w.demo = true }, func(s *stage) { s.shell.Open("settings"); s.press("Open folder") }},
		{"settings-end", func(w *world) { w.demo = true }, func(s *stage) { s.shell.Open("settings"); s.end() }},
		{"settings-reset", func(w *world) { w.demo = true }, func(s *stage) { s.shell.Open("settings"); s.press("Reset demo…") }},
		{"shortcuts", func(*world) {}, func(s *stage) { s.shell.ShowShortcuts() }},
	}
}

func scenes() (all []scene) {
	for _, list := range [][]scene{dashboardScenes(), permissionScenes(), targetScenes(), doneScenes(), otherScenes(), policyScenes(), administrationScenes()} {
		all = append(all, list...)
	}
	return all
}

func worlds() map[string]func() *world {
	return map[string]func() *world{"bakery": bakery, "long": long, "scripts": scripts, "many": many, "one": one, "nobody": nobody}
}

func open(t *testing.T, sc scene, make func() *world, l look) *stage {
	t.Helper()
	w := make()
	sc.set(w)
	s := newStage(t, w, l)
	if sc.act != nil {
		sc.act(s)
	}
	// A window is laid out anew when something in it needs another size; the test driver leaves that out.
	s.window.Resize(fyne.NewSize(l.width, l.height+1))
	s.window.Resize(fyne.NewSize(l.width, l.height))
	return s
}

// TestEveryScreenFits opens every screen where it is hardest: long names and other scripts in the smallest window. In a large window,
// and from nobody to 100,000 people, those screens follow on which that shows.
func TestEveryScreenFits(t *testing.T) {
	program(t)
	small, large := look{1024, 700, 1, ui.VariantLight}, look{1440, 900, 2, ui.VariantDark}
	places := map[look]string{} // of the cards
	for _, c := range []struct {
		name  string
		make  func() *world
		look  look
		parts [][]scene
	}{
		{"long", long, small, [][]scene{scenes()}},
		{"scripts", scripts, small, [][]scene{targetScenes()}},
		{"scripts", scripts, small, [][]scene{policyScenes(), administrationScenes()}},
		{"bakery", bakery, large, [][]scene{dashboardScenes(), targetScenes()[:3], doneScenes(), otherScenes(), policyScenes(), administrationScenes()}},
		{"many", many, small, [][]scene{dashboardScenes()[4:9], targetScenes()[6:9], doneScenes(), administrationScenes()}},
		{"nobody", nobody, small, [][]scene{dashboardScenes()[4:9], targetScenes()[6:8], policyScenes(), administrationScenes()}},
		{"one", one, small, [][]scene{dashboardScenes()[4:9], administrationScenes()}},
	} {
		for _, sc := range slices.Concat(c.parts...) {
			t.Run(c.name+"/"+sc.name, func(t *testing.T) {
				s := open(t, sc, c.make, c.look)
				cards := placed(s)
				if want := places[c.look]; want == "" {
					places[c.look] = cards
				} else if cards != "" && cards != want {
					t.Errorf("the cards are %s, not %s as in other states", cards, want)
				}
				for _, f := range uitest.Faults(s.canvas) {
					t.Error(f)
				}
				if min := s.canvas.Content().MinSize(); min.Width > 1024 || min.Height > 700 {
					t.Errorf("it needs a window of %v", min)
				}
			})
		}
	}
}

// placed tells where the Dashboard's cards stand, and how large they are. Banners move them down.
func placed(s *stage) (places string) {
	for _, card := range uitest.Find[*ui.HoverCard](s.canvas.Content()) {
		places += fmt.Sprint(card.Position().X, card.Size())
	}
	return places
}

// TestKeyboardReachesEverything walks with Tab through every screen in the smallest window: what has the focus is in sight.
func TestKeyboardReachesEverything(t *testing.T) {
	program(t)
	for _, sc := range scenes() {
		t.Run(sc.name, func(t *testing.T) {
			s := open(t, sc, bakery, look{1024, 700, 1, ui.VariantLight})
			for _, f := range uitest.TabFaults(s.canvas) {
				t.Error(f)
			}
		})
	}
}

// TestRingTurnsOnInPlace: progress draws the wizard anew ten times a second, and its ring must neither begin anew each time nor go on
// turning where nobody sees it.
func TestRingTurnsOnInPlace(t *testing.T) {
	program(t)
	for _, sc := range doneScenes()[:1] {
		s := open(t, sc, bakery, look{1024, 700, 1, ui.VariantLight})
		rings := uitest.Find[*ui.Ring](s.wizard)
		if len(rings) != 1 {
			t.Fatalf("%d rings", len(rings))
		}
		s.w.sync.Done++
		s.wizard.Reload()
		if again := uitest.Find[*ui.Ring](s.wizard); len(again) != 1 || again[0] != rings[0] {
			t.Error("another ring took its place")
		}
		s.shell.Open("settings")
		if rings[0].Turning() || rings[0].Visible() {
			t.Error("it turns behind another page")
		}
	}
}

// TestPictures draws every screen in every look, if it is asked to.
func TestPictures(t *testing.T) {
	if os.Getenv(uitest.PicturesTo) == "" {
		return // there is nothing to assert
	}
	program(t)
	themes := map[ui.Variant]string{ui.VariantLight: "light", ui.VariantDark: "dark"}
	for name, make := range worlds() {
		for _, sc := range scenes() {
			for _, l := range []look{{1024, 700, 1, ui.VariantLight}, {1440, 900, 1, ui.VariantLight}, {1024, 700, 2, ui.VariantLight}, {1024, 700, 1, ui.VariantDark}, {1440, 900, 1, ui.VariantDark}} {
				if l.scale > 1 && name != "bakery" {
					continue
				}
				file := fmt.Sprintf("%s-%s-%.0f-%.0fx-%s", name, sc.name, l.width, l.scale, themes[l.variant])
				t.Run(file, func(t *testing.T) { uitest.Picture(t, open(t, sc, make, l).canvas, file) })
			}
		}
	}
}
