package grant

import (
	"context"
	"log/slog"

	"cloudappsecurity/service"
)

// goesOn stands behind the reason for which a synchronization waits.
const goesOn = " It goes on by itself when the connection is back."

// Connection tells of the way to Microsoft 365.
type Connection interface {
	Online() bool // whether the latest request reached it
	// Back returns when it is worth trying again, or with ctx's error.
	Back(ctx context.Context) error
}

type outageKey struct{}

// ThroughOutages gives a context in which a synchronization that can't reach
// Microsoft 365 doesn't end, but waits and then goes on where it stood.
func ThroughOutages(ctx context.Context, c Connection) context.Context {
	return context.WithValue(ctx, outageKey{}, c)
}

// outage says whether err is one: nobody was reached, or a request that had been
// sent was cut and nobody was reached since.
func outage(c Connection, err error) bool {
	code := service.CodeOf(err)
	return code == service.CodeOffline || code == service.CodeUnavailable && !c.Online()
}

// throughOutages runs f, and again after each outage if ctx says so. Meanwhile
// the service counts as synchronizing: nobody begins a second one.
func (g *Grants) throughOutages(ctx context.Context, s service.Service, f func() error) error {
	connection, patient := ctx.Value(outageKey{}).(Connection)
	for {
		err := f()
		if !patient || !outage(connection, err) {
			return err
		}
		g.c.Log.LogAttrs(ctx, slog.LevelInfo, "synchronization waits for the connection", slog.String("service", string(s)))
		g.Waiting(s, service.AsError(err).Message+goesOn)
		if err := connection.Back(ctx); err != nil {
			return err
		}
		g.Waiting(s, "")
	}
}

// reporting is what a synchronization of s tells its progress. That it failed,
// ended tells, or it isn't over.
func (g *Grants) reporting(s service.Service) func(service.SyncProgress) {
	return func(p service.SyncProgress) {
		if p.Phase != service.SyncFailed {
			g.updateSync(s, p)
		}
	}
}
