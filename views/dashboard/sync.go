package dashboard

import (
	"fyne.io/fyne/v2"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// Synchronizer synchronizes by hand.
type Synchronizer interface {
	// SynchronizeNow starts a synchronization of s, and refuses at once what has none.
	SynchronizeNow(s service.Service) error
	// CancelSync ends one that runs, the daily one too.
	CancelSync(s service.Service)
}

// syncRow is "Synchronize now" among the details of a granted service, with the progress and Cancel. Its buttons stay the same ones
// while it changes: one of them may have the focus.
type syncRow struct {
	service service.Service
	refused *service.Error // what was pressed last was refused
	pressed bool           // how the latest one ended is of interest

	now, cancel *ui.Button
	ring        *ui.Ring
	bar         *ui.ProgressBar
	words       *ui.Text
	progress    *fyne.Container
	root        *fyne.Container // below the button: how it goes, or ended
}

func newSyncRow(v *View, s service.Service) *syncRow {
	r := &syncRow{service: s, ring: ui.NewRing(16), bar: ui.NewProgressBar(8, ui.Info), words: ui.NewWrapped(ui.RoleCaption, ui.ColorText3, "")}
	act := func(f func() error) func() {
		return func() {
			v.options.Loader.Act(func() func() {
				err := f()
				return func() {
					r.refused, r.pressed = service.AsError(err), true
					v.Reload()
				}
			})
		}
	}
	r.now = ui.NewIconButton(ui.Outlined, "Synchronize now", "arrow_sync", act(func() error { return v.options.Sync.SynchronizeNow(s) }))
	r.cancel = ui.NewButton(ui.Outlined, "Cancel", act(func() error { v.options.Sync.CancelSync(s); return nil }))
	r.progress = ui.Row(8, r.ring, ui.Grow(r.bar), r.cancel)
	r.root = ui.Column(8, r.progress, r.words)
	r.now.Hide()
	r.root.Hide()
	return r
}

// runs says whether a synchronization is under way.
func runs(p service.SyncProgress) bool {
	switch p.Phase {
	case service.SyncIdle, service.SyncDone, service.SyncFailed:
		return false
	case service.SyncUsers, service.SyncGroups, service.SyncMailboxes, service.SyncDrives, service.SyncSites, service.SyncCheck:
	}
	return true
}

// show shows how the synchronization stands. With selected targets there is none.
func (r *syncRow) show(s ServiceState, option service.Option, offline bool) {
	running, text, color := runs(s.Sync), "", fyne.ThemeColorName(ui.ColorText3)
	switch {
	case running:
		f := synchronizing(s, offline)
		if text = f.words; f.figure != "" {
			text = f.figure + " " + f.words
		}
		if s.Sync.Waiting != "" {
			text = s.Sync.Waiting
		}
	case offline:
		text = "Synchronizing needs a connection."
	case r.refused != nil:
		text, color = r.refused.Error()+" "+r.refused.Help, ui.ColorDanger
	case r.pressed && s.Sync.Phase == service.SyncFailed && s.Sync.Err != nil:
		text, color = s.Sync.Err.Error()+" "+s.Sync.Err.Help, ui.ColorDanger
	case r.pressed && s.Sync.Phase == service.SyncDone:
		text, color = "Synchronized. Everything is up to date.", ui.ColorSuccess
	}
	can := option.Everyone() && s.Account.State == service.StateGranted && s.Account.Problem == ""
	r.now.SetEnabled(!offline)
	ui.SetVisible(r.now, can && !running)
	ui.SetVisible(r.progress, running)
	ui.SetVisible(r.ring, running && s.Sync.Total == 0)
	ui.SetVisible(r.bar, s.Sync.Total > 0)
	r.bar.Set(s.Sync.Done, s.Sync.Total)
	r.words.Set(text, color)
	ui.SetVisible(r.words, text != "")
	ui.SetVisible(r.root, can && (running || text != ""))
	r.root.Refresh()
}
