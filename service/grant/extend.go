package grant

import (
	"context"

	"cloudappsecurity/service"
)

// CheckSynchronize refuses what SynchronizeNow would refuse. With selected
// targets there is no synchronization, neither by hand nor daily.
func (g *Grants) CheckSynchronize(ctx context.Context, s service.Service) error {
	_, _, err := g.synchronizable(ctx, s)
	return err
}

func (g *Grants) synchronizable(ctx context.Context, s service.Service) (a service.Account, o service.Option, err error) {
	if a, err = g.c.Accounts.Account(ctx, s); err != nil {
		return a, o, err
	}
	if !a.Granted() {
		return a, o, notGrantedNow(a)
	}
	org, err := g.c.Accounts.Organization(ctx)
	if err != nil {
		return a, o, err
	}
	switch {
	case org.Option == service.OptionSelected:
		err = selectedStay()
	case !org.Option.Everyone() || a.State == service.StateConsented:
		err = notChosen(s)
	}
	return a, org.Option, err
}

// SynchronizeNow brings the targets of s up to date, by hand or once a day. It
// shows its progress where Finish shows its own, and never runs beside a Finish
// or a grant of s. A first synchronization that was cut is finished.
func (g *Grants) SynchronizeNow(ctx context.Context, s service.Service) error {
	a, option, err := g.synchronizable(ctx, s)
	if err != nil {
		return err
	}
	if a.State == service.StateSynchronizing {
		return g.Finish(ctx, s, option, service.Selected{})
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	end, err := g.beginEnding(ctx, s)
	if err != nil {
		return err
	}
	defer end()
	defer g.stoppable(s, cancel)()
	ctx = g.showsWaiting(ctx, s)
	err = g.throughOutages(ctx, s, func() error {
		g.updateSync(s, service.SyncProgress{Phase: firstPhase(s)})
		return g.c.Directory.Synchronize(ctx, s, g.reporting(s))
	})
	if err == nil {
		err = g.settle(ctx, s)
	}
	return g.ended(ctx, s, err)
}

// stoppable lets CancelSync call cancel until the returned function is called.
func (g *Grants) stoppable(s service.Service, cancel context.CancelFunc) (done func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stops[s] = cancel
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.stops, s)
	}
}

// CancelSync ends a SynchronizeNow of s that runs, whoever began it.
func (g *Grants) CancelSync(s service.Service) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if cancel := g.stops[s]; cancel != nil {
		cancel()
	}
}

// Extend is what Submit does: from now on the option is extending, until each
// granted service has synchronized everyone. It is idempotent; before it
// nothing changes, and there is no way back.
func (g *Grants) Extend(ctx context.Context) error {
	org, err := g.c.Accounts.Organization(ctx)
	if service.CodeOf(err) == service.CodeNotFound || err == nil && org.Option == service.OptionNone {
		return nothingToExtend()
	} else if err != nil {
		return err
	}
	free, err := g.holdAll()
	if err != nil {
		return err
	}
	defer free()
	g.option.Lock()
	_, err = g.c.Extensions.BeginExtending(ctx)
	g.option.Unlock()
	if err != nil {
		return err
	}
	if org.Option == service.OptionSelected {
		g.c.Events.Accounts.Emit()
	}
	return g.settle(ctx)
}

// holdAll keeps every Finish away, which could store an option of its own.
func (g *Grants) holdAll() (free func(), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for s := range g.ending {
		return nil, synchronizationRuns(s)
	}
	for _, s := range service.Services() {
		g.ending[s] = true
	}
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		clear(g.ending)
	}, nil
}

// Extensions is how far extending is for each granted service; none unless the
// option is extending.
func (g *Grants) Extensions(ctx context.Context) ([]service.Extension, error) {
	return g.c.Extensions.Extensions(ctx)
}

// Settle brings up to date what follows from the option and from what is
// granted: whether extending has ended, which the removal of a service can do
// too, and whether extending is offered behind the bell. It writes only where
// something changed.
func (g *Grants) Settle(ctx context.Context) error { return g.settle(ctx) }

// settle is Settle, after the services done have synchronized everyone.
func (g *Grants) settle(ctx context.Context, done ...service.Service) error {
	org, err := g.c.Accounts.Organization(ctx)
	if service.CodeOf(err) == service.CodeNotFound {
		return nil
	} else if err != nil {
		return err
	}
	option := org.Option
	if option == service.OptionExtending {
		g.option.Lock()
		option, err = g.c.Extensions.Extended(ctx, done...)
		g.option.Unlock()
		if err != nil {
			return err
		}
		if option != org.Option || len(done) > 0 {
			g.c.Events.Accounts.Emit()
		}
	}
	offered := false
	for _, s := range service.Services() {
		if offered || option != service.OptionSelected {
			break
		}
		a, err := g.c.Accounts.Account(ctx, s)
		if err != nil {
			return err
		}
		offered = a.Granted()
	}
	changed, err := g.c.Extensions.KeepNotification(ctx, service.Notification{
		Time: g.c.Now(), Severity: service.SeverityInfo, Text: service.ExtendText, Key: service.ExtendKey,
	}, offered)
	if changed {
		g.c.Events.Notifications.Emit()
	}
	return err
}
