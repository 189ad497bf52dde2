package app

import (
	"context"
	"sync"

	"cloudappsecurity/service"
	"cloudappsecurity/service/grant"
)

// Wizard runs grants in the background for a window: it starts and cancels,
// and the window reads the progress.
type Wizard struct {
	app *App

	mu      sync.Mutex
	cancels map[string]context.CancelFunc
}

// NewWizard makes a Wizard of a.
func NewWizard(a *App) *Wizard {
	return &Wizard{app: a, cancels: make(map[string]context.CancelFunc)}
}

// Progress is where the grant of s stands.
func (w *Wizard) Progress(s service.Service) service.GrantProgress { return w.app.Grants.Progress(s) }

// SyncProgress is where the synchronization of s stands.
func (w *Wizard) SyncProgress(s service.Service) service.SyncProgress {
	return w.app.Grants.SyncProgress(s)
}

// Begin starts a grant and opens the browser.
func (w *Wizard) Begin(s service.Service) error {
	w.mu.Lock()
	busy, removed := w.cancels["synchronize "+string(s)] != nil, w.cancels["remove "+string(s)] != nil
	w.mu.Unlock()
	if removed {
		return &service.Error{Code: service.CodeLocked, Message: "The removal of " + s.Name() + " is running.",
			Help: "Wait until it ends, then grant again."}
	}
	if busy {
		// Run would refuse it too, where nobody sees it.
		return &service.Error{Code: service.CodeLocked, Message: "A synchronization of " + s.Name() + " is running.",
			Help: "Wait until it ends, or cancel it, then grant again."}
	}
	return w.start("grant "+string(s), func(ctx context.Context) error {
		return w.app.Grants.Run(ctx, s, grant.Options{OpenBrowser: true})
	})
}

// OpenAgain opens the permission page of a running grant again.
func (w *Wizard) OpenAgain(s service.Service) error { return w.app.Grants.Reopen(s) }

// Cancel ends a running grant.
func (w *Wizard) Cancel(s service.Service) { w.cancel("grant " + string(s)) }

// Removal is how far the removal of s is.
func (w *Wizard) Removal(ctx context.Context, s service.Service) (service.RemovalProgress, error) {
	return w.app.Grants.Removal(ctx, s)
}

// Remove starts the removal of s, or goes on with it, and opens the browser if
// somebody has to sign in. What can't be removed now is refused at once.
func (w *Wizard) Remove(s service.Service) error {
	return w.remove(s, func(ctx context.Context) error {
		return w.app.Grants.Remove(ctx, s, grant.RemoveOptions{OpenBrowser: true})
	})
}

// RemoveHere starts the removal of what is stored of s on this computer alone.
func (w *Wizard) RemoveHere(s service.Service) error {
	return w.remove(s, func(ctx context.Context) error { return w.app.Grants.RemoveHere(ctx, s) })
}

func (w *Wizard) remove(s service.Service, f func(context.Context) error) error {
	if err := w.app.Grants.CheckRemove(w.app.background.ctx, s); err != nil {
		return err
	}
	return w.start("remove "+string(s), f)
}

// CancelRemoval pauses a running removal.
func (w *Wizard) CancelRemoval(s service.Service) { w.cancel("remove " + string(s)) }

// AnswerRemoval answers whether another computer's protection is stopped, too.
func (w *Wizard) AnswerRemoval(s service.Service, yes bool) { w.app.Grants.AnswerRemoval(s, yes) }

// OpenRemovalAgain opens the page of a running removal again.
func (w *Wizard) OpenRemovalAgain(s service.Service) error { return w.app.Grants.ReopenRemoval(s) }

// AnswerMove answers whether protection moves to this computer.
func (w *Wizard) AnswerMove(s service.Service, yes bool) { w.app.Grants.AnswerMove(s, yes) }

// Synchronize stores the targets and starts the first synchronization. An empty
// selection leaves the stored one. Without a connection it waits for one.
func (w *Wizard) Synchronize(s service.Service, o service.Option, sel service.Selected) error {
	return w.start("synchronize "+string(s), func(ctx context.Context) error {
		return w.app.Grants.Finish(grant.ThroughOutages(ctx, w.app.Connection), s, o, sel)
	})
}

// SynchronizeNow starts a synchronization by hand. What has none is refused at
// once. One whose connection is lost waits, and goes on once it is back.
func (w *Wizard) SynchronizeNow(s service.Service) error {
	if err := w.app.Grants.CheckSynchronize(w.app.background.ctx, s); err != nil {
		return err
	}
	return w.start("synchronize "+string(s), func(ctx context.Context) error {
		return w.app.Grants.SynchronizeNow(grant.ThroughOutages(ctx, w.app.Connection), s)
	})
}

// CancelSync ends a running synchronization, the daily one too. It resumes
// where it stood.
func (w *Wizard) CancelSync(s service.Service) {
	w.cancel("synchronize " + string(s))
	w.app.Grants.CancelSync(s)
}

func (w *Wizard) start(name string, f func(context.Context) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cancels[name] != nil {
		return &service.Error{Code: service.CodeLocked, Message: "This is running already.", Help: "Wait until it ends, or cancel it."}
	}
	ctx, cancel := context.WithCancel(w.app.background.ctx)
	w.cancels[name] = cancel
	w.app.background.task(name, func(context.Context) error {
		defer func() {
			cancel()
			w.mu.Lock()
			delete(w.cancels, name)
			w.mu.Unlock()
		}()
		return f(ctx)
	})
	return nil
}

func (w *Wizard) cancel(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if cancel := w.cancels[name]; cancel != nil {
		cancel()
	}
}

// Resume goes on with a synchronization in which an earlier run of the program
// was cut, and with a removal of which nothing is left in the tenant: any other
// needs somebody who signs in. A consent whose callback was lost is found by the next "Click here",
// which then needs no browser.
func (w *Wizard) Resume(ctx context.Context) error {
	org, err := w.app.Store.Organization(ctx)
	if err != nil && service.CodeOf(err) != service.CodeNotFound {
		return err
	}
	for _, svc := range service.Services() {
		a, err := w.app.Store.Account(ctx, svc)
		if err != nil {
			return err
		}
		if a.State == service.StateRemoving {
			if r, err := w.app.Store.Removal(ctx, svc); err == nil && !r.InTenant() {
				if err := w.Remove(svc); err != nil {
					return err
				}
			}
		}
		if a.State == service.StateSynchronizing && org.Option != service.OptionNone {
			if err := w.Synchronize(a.Service, org.Option, service.Selected{}); err != nil {
				return err
			}
		}
	}
	return nil
}
