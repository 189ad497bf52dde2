package daily

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"cloudappsecurity/service"
)

const (
	// between is how often the loop looks at the clock: timers stand still while
	// a computer sleeps, and know nothing of a clock that is set.
	between = time.Minute
	// patience is after how many failures in a row one that can pass by itself
	// is told.
	patience = 3
)

// Grants is what the daily synchronization needs of service/grant.
type Grants interface {
	// SynchronizeNow gives CodeLocked while a grant or another synchronization
	// of s runs.
	SynchronizeNow(ctx context.Context, s service.Service) error
	// Settle brings up to date what follows from the option.
	Settle(ctx context.Context) error
}

// Config is what Daily works with. All but Log are required.
type Config struct {
	Accounts service.AccountStore
	Store    service.DailyStore
	Grants   Grants
	Online   func() bool           // whether Microsoft 365 was reached by the latest request
	Zone     func() *time.Location // of this computer now
	Events   *service.Events
	Now      func() time.Time
	Log      *slog.Logger
}

// Daily is the daily synchronization of all services. All that it knows is in
// the store.
type Daily struct {
	c         Config
	unsettled atomic.Bool // the option or what is granted may have changed
}

// New makes a Daily. Nothing runs yet.
func New(c Config) *Daily {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	d := &Daily{c: c}
	d.unsettled.Store(true)
	return d
}

// Run runs what is due until ctx ends.
func (d *Daily) Run(ctx context.Context) error {
	wake := make(chan struct{}, 1)
	for _, signal := range []*service.Signal{&d.c.Events.Connection, &d.c.Events.Settings, &d.c.Events.Accounts} {
		defer signal.Listen(func() {
			select {
			case wake <- struct{}{}:
			default:
			}
		})()
	}
	defer d.c.Events.Accounts.Listen(func() { d.unsettled.Store(true) })()
	for {
		if err := d.Pass(ctx); err != nil {
			return err
		}
		timer := time.NewTimer(between)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// Pass runs what is due now, one service after the other. Its error is of the
// store, or of ctx: what Microsoft 365 refuses is kept and tried again.
func (d *Daily) Pass(ctx context.Context) error {
	if d.unsettled.Swap(false) {
		if err := d.c.Grants.Settle(ctx); err != nil {
			d.unsettled.Store(true)
			return err
		}
	}
	if everyone, err := d.everyone(ctx); err != nil || !everyone {
		return err
	}
	for _, s := range service.Services() {
		plan, err := d.plan(ctx, s)
		if err != nil {
			return err
		}
		if !plan.Due || !d.c.Online() {
			continue // back online, the connection's event wakes the loop
		}
		if err := d.run(ctx, s, plan.Day); err != nil {
			return err
		}
	}
	return nil
}

// Plan says when the next synchronization of s is: a zero Plan if s has none,
// since it isn't granted or selected targets are protected.
func (d *Daily) Plan(ctx context.Context, s service.Service) (Plan, error) {
	if everyone, err := d.everyone(ctx); err != nil || !everyone {
		return Plan{}, err
	}
	return d.plan(ctx, s)
}

// everyone says whether the organization's option covers everyone.
func (d *Daily) everyone(ctx context.Context) (bool, error) {
	org, err := d.c.Accounts.Organization(ctx)
	if service.CodeOf(err) == service.CodeNotFound {
		return false, nil
	}
	return org.Option.Everyone(), err
}

func (d *Daily) plan(ctx context.Context, s service.Service) (Plan, error) {
	a, err := d.c.Accounts.Account(ctx, s)
	if err != nil || a.State != service.StateGranted {
		return Plan{}, err
	}
	stored, err := d.c.Accounts.Setting(ctx, service.SettingSyncHour)
	if err != nil {
		return Plan{}, err
	}
	hour, err := service.ParseTimeOfDay(stored)
	if err != nil {
		hour = service.DefaultSyncHour() // what can't be read must not stop it
	}
	state, err := d.c.Store.Daily(ctx, s)
	if err != nil {
		return Plan{}, err
	}
	return Decide(state, hour, a.SyncedAt, d.now(), d.c.Zone()), nil
}

// now is the wall clock alone: compared by the other one, which Go's times
// carry too, a time would not show that the clock was set.
func (d *Daily) now() time.Time { return d.c.Now().Round(0) }

// run runs the synchronization of day and keeps how it ended.
func (d *Daily) run(ctx context.Context, s service.Service, day service.Day) error {
	state, err := d.c.Store.Daily(ctx, s)
	if err != nil {
		return err
	}
	state.AttemptAt = d.now()
	if err := d.c.Store.SaveDaily(ctx, state); err != nil {
		return err
	}
	failed := d.c.Grants.SynchronizeNow(ctx, s)
	if err := ctx.Err(); err != nil {
		return err // the program ends: it is due at the next start
	}
	var notes []service.Notification
	switch code := service.CodeOf(failed); {
	case failed == nil:
		state = Succeeded(state, day, d.now())
	case code == service.CodeLocked, code == service.CodeRemoving, (code == service.CodeOffline || code == service.CodeUnavailable) && !d.c.Online():
		return nil // due still: another one runs, the service is being removed, or the connection was lost
	case code == service.CodeCanceled:
		// A person said no: not before the longest wait.
		state.RetryAt = d.now().Add(lastRetry)
	default:
		state = Failed(state, code, service.RetryAfter(failed), d.now())
		e := service.AsError(failed)
		if state.Failures >= patience || !e.Transient() {
			notes = append(notes, service.Notification{Time: d.now(), Severity: service.SeverityWarning, Service: s,
				Text: service.SyncFailedText(s), Detail: e.Message + " It is tried again by itself.",
				Key: "sync-failed:" + string(s) + ":" + string(day)})
		}
	}
	d.c.Log.LogAttrs(ctx, slog.LevelInfo, "daily synchronization", slog.String("service", string(s)), slog.String("day", string(day)),
		slog.String("code", string(service.CodeOf(failed))))
	if err := d.c.Store.SaveDaily(ctx, state, notes...); err != nil {
		return err
	}
	if len(notes) > 0 {
		d.c.Events.Notifications.Emit()
	}
	return nil
}
