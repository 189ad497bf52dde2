package gallery

import (
	"fyne.io/fyne/v2"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui/uitest"
)

// lost is how a synchronization waits for the connection.
const lost = "Microsoft 365 can't be reached. It goes on by itself when the connection is back."

func granted(w *world) { w.at(service.StateGranted) }

func policyScenes() []scene {
	list := func(s *stage) { s.shell.Open(string(service.ThreatProtection)) }
	edit := func(s *stage) { list(s); uitest.Key(s.canvas, fyne.KeyReturn) }
	add := func(s *stage) { list(s); s.press("Add policy") }
	with := func(n int) func(*world) { return func(w *world) { granted(w); w.named(n) } }
	running := func(p service.SyncProgress) func(*world) {
		return func(w *world) { with(1)(w); p.Done, p.Total, w.sync = w.counts.People/2, w.counts.People, p }
	}
	return []scene{
		{"policies-not-granted", func(*world) {}, list},
		{"policies-defaults", granted, list},
		{"policies-1", with(1), list},
		{"policies-many", with(40), list},
		{"policies-dlp", granted, func(s *stage) { s.shell.Open(string(service.DataLossPrevention)) }},
		{"policies-offline", func(w *world) { with(3)(w); w.offline = true }, list},
		{"policies-who", with(3), func(s *stage) { list(s); s.find(s.w.administrator()) }},
		{"policy-new", granted, add},
		{"policy-default", granted, edit},
		{"policy-targets", with(1), edit},
		{"policy-selected", func(w *world) { with(1)(w); w.choose(37) }, edit},
		{"policy-selected-by-name", func(w *world) { granted(w); w.choose(37) }, func(s *stage) { add(s); s.press("Selected users and groups") }},
		{"policy-synchronizing", running(service.SyncProgress{Phase: service.SyncUsers}), edit},
		{"policy-waits", running(service.SyncProgress{Phase: service.SyncGroups, Waiting: "Microsoft 365 asks to slow down."}), edit},
		{"policy-offline", func(w *world) { with(1)(w); w.offline = true }, edit},
		{"policy-offline-waits", func(w *world) {
			running(service.SyncProgress{Phase: service.SyncGroups, Waiting: lost})(w)
			w.offline, w.waiting = true, 2
		}, edit},
		{"policy-who", with(3), func(s *stage) { edit(s); s.find(s.w.administrator()) }},
		{"policy-discard", with(1), func(s *stage) { add(s); s.enter("Night shift"); s.editor.Escape() }},
	}
}

func administrationScenes() []scene {
	open := func(page string) func(*stage) { return func(s *stage) { s.shell.Open(page) } }
	details := func(s *stage) { s.shell.Open("account"); uitest.Key(s.canvas, fyne.KeyReturn) }
	update := func(s *stage) { s.openUpdate() }
	selected := func(n int) func(*world) { return func(w *world) { granted(w); w.choose(n) } }
	offline := func(set func(*world)) func(*world) { return func(w *world) { set(w); w.offline = true } }
	extending := func(w *world) { granted(w); w.org.Option = service.OptionExtending }
	return []scene{
		{"targets", granted, open("targets")},
		{"targets-sites", granted, func(s *stage) { s.shell.Open("targets"); s.press(service.SharePointOnline.Name()) }},
		{"targets-onedrive", granted, func(s *stage) { s.shell.Open("targets"); s.press(service.OneDrive.Name()) }},
		{"targets-nothing-found", granted, func(s *stage) { s.shell.Open("targets"); s.review.Find(); s.enter("zzz") }},
		{"targets-exported", granted, func(s *stage) { s.shell.Open("targets"); s.press("Export as CSV…") }},
		{"targets-offline", offline(granted), open("targets")},
		{"account-not-granted", func(*world) {}, open("account")},
		{"account", granted, open("account")},
		{"account-details", granted, details},
		{"account-selected", selected(37), details},
		{"account-problem", func(w *world) {
			granted(w)
			w.account.Problem, w.account.ProblemText = service.CodeAppMissing, "The application was deleted in your tenant. Grant access again: what is chosen stays."
		}, details},
		{"account-offline", offline(selected(1)), details},
		{"update-1", selected(1), update},
		{"update-100", selected(100), update},
		{"update-offline", offline(selected(37)), update},
		{"extend", selected(37), open("extend")},
		{"extend-1", selected(1), open("extend")},
		{"extend-submitted", extending, open("extend")},
		{"extend-all", granted, open("extend")},
		{"extend-offline", offline(selected(37)), open("extend")},
	}
}

// enter types into what has the focus.
func (s *stage) enter(text string) {
	s.t.Helper()
	f, ok := s.canvas.Focused().(interface{ SetText(string) })
	if !ok {
		s.t.Fatal("nothing takes text")
	}
	f.SetText(text)
}

// find asks which policy somebody gets; of nobody, nothing is found.
func (s *stage) find(name string) {
	s.t.Helper()
	if s.shell.Current() == "policy" {
		s.editor.Find()
	} else {
		s.lists[service.PolicyKind(s.shell.Current())].Find()
	}
	s.enter(name)
	uitest.Key(s.canvas, fyne.KeyReturn)
}
