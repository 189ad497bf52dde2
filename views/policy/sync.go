package policy

import (
	"context"

	"fyne.io/fyne/v2"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// syncPanel is "Click here" to synchronize all targets by hand, with the progress and Cancel.
type syncPanel struct {
	o       Options
	ctx     context.Context
	svc     service.Service
	loader  *ui.Loader
	resized func()
	ran     bool // a synchronization was seen running
	refused string

	// OnOption is told the organization's option, when it was read.
	OnOption func(service.Option)

	about    *ui.Text
	click    *ui.Button
	why      *ui.Text // why it is disabled, or how the last one ended
	bar      *ui.ProgressBar
	ring     *ui.Ring
	counts   *ui.Text
	waiting  *ui.Text // why it doesn't go on
	progress *fyne.Container
	root     *fyne.Container
}

func newSyncPanel(ctx context.Context, o Options, svc service.Service, resized func()) *syncPanel {
	s := &syncPanel{o: o, ctx: ctx, svc: svc, loader: o.loader(), resized: resized, about: ui.NewWrapped(ui.RoleBody, ui.ColorText2, ""),
		why: ui.NewWrapped(ui.RoleCaption, ui.ColorText3, ""), bar: ui.NewProgressBar(8, ui.Info), ring: ui.NewRing(16),
		counts: ui.NewText(ui.RoleBody, ui.ColorText2, ""), waiting: ui.NewWrapped(ui.RoleBody, ui.ColorText2, "")}
	s.click = ui.NewButton(ui.Outlined, "Click here", s.start)
	s.click.Disable()
	cancel := ui.NewButton(ui.Outlined, "Cancel", func() { o.Sync.CancelSync(svc) })
	s.progress = ui.InsetPanel(ui.Column(8,
		ui.Row(8, s.ring, ui.Grow(ui.NewCut(ui.RoleStrong, ui.ColorText, "Synchronizing "+svc.Name())), s.counts),
		ui.Row(16, ui.Grow(s.bar), cancel), s.waiting,
		ui.NewWrapped(ui.RoleCaption, ui.ColorText3, "You can go on working and close this policy.")))
	s.progress.Hide()
	s.ring.Hide()
	s.root = ui.Column(8, ui.Pad(6, 0, 0, 0, s.about), ui.Row(8, ui.NewText(ui.RoleBody, ui.ColorText2, "To manually synchronize all your targets:"), s.click), s.why, s.progress)
	return s
}

func (s *syncPanel) start() {
	s.refused = ""
	if err := s.o.Sync.Synchronize(s.svc); err != nil {
		s.refused = sentence(err)
	}
	s.reload()
}

func (s *syncPanel) reload() {
	s.loader.Load(func() func() {
		state, err := s.o.Source.State(s.ctx, s.svc)
		progress := s.o.Sync.SyncProgress(s.svc)
		online := s.o.Online == nil || s.o.Online()
		return func() { s.show(state, progress, online, err) }
	})
}

func (s *syncPanel) show(state ServiceState, p service.SyncProgress, online bool, err error) {
	all, _ := kinds(s.svc)
	runs := syncRuns(p)
	s.ran = s.ran || runs
	enabled, text, color := false, "", fyne.ThemeColorName(ui.ColorText3)
	switch {
	case err != nil:
		text, color = sentence(err), ui.ColorDanger
	case state.Option == service.OptionSelected:
		text = "With selected targets nothing is synchronized, neither by hand nor daily. \"Extend\" in Service Account protects all your targets."
	case !state.Account.Granted():
		text = s.svc.Name() + " is not granted: grant access on the Dashboard first."
	case !online:
		text = "Waits for the connection."
	case runs:
		text = ""
	default:
		enabled = true
		switch {
		case s.refused != "":
			text, color = s.refused, ui.ColorDanger
		case s.ran && p.Phase == service.SyncFailed && p.Err != nil:
			text, color = sentence(p.Err), ui.ColorDanger
		case s.ran && p.Phase == service.SyncDone:
			text, color = "Synchronized. Everybody is up to date.", ui.ColorSuccess
		}
	}
	if err == nil && s.OnOption != nil {
		s.OnOption(state.Option)
	}
	s.about.SetText(synced(state, all, s.o))
	s.click.SetEnabled(enabled)
	s.why.Set(text, color)
	ui.SetVisible(s.why, text != "")
	ui.SetVisible(s.progress, runs)
	ui.SetVisible(s.ring, runs && p.Total == 0)
	ui.SetVisible(s.bar, p.Total > 0)
	s.bar.Set(p.Done, p.Total)
	s.counts.SetText(syncWords(p))
	s.waiting.SetText(p.Waiting)
	ui.SetVisible(s.waiting, p.Waiting != "")
	s.root.Refresh()
	s.resized()
}

// synced says of when what is known is.
func synced(state ServiceState, all string, o Options) string {
	begin := map[bool]string{true: "Sites", false: "Users and groups"}[all == "sites"]
	if state.Account.SyncedAt.IsZero() {
		return begin + " were not synchronized yet."
	}
	return begin + " were synchronized " + ui.MomentWithin(state.Account.SyncedAt, o.Now()) + "."
}
