package app

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/thejerf/suture/v4"
)

// background is the one supervisor: loops are restarted with back-off, tasks
// run once; all are stopped and awaited before the store closes.
type background struct {
	ctx        context.Context
	cancel     context.CancelFunc
	supervisor *suture.Supervisor
	ended      <-chan error
	tasks      sync.WaitGroup
	log        *slog.Logger
}

func newBackground(log *slog.Logger) *background {
	ctx, cancel := context.WithCancel(context.Background())
	b := &background{ctx: ctx, cancel: cancel, log: log}
	b.supervisor = suture.New("app", suture.Spec{
		EventHook: func(e suture.Event) { log.Warn("supervisor", "event", e.String()) },
		Timeout:   10 * time.Second,
	})
	b.ended = b.supervisor.ServeBackground(ctx)
	return b
}

// loop runs f, named, and again with back-off when it fails.
func (b *background) loop(name string, f func(context.Context) error) {
	b.supervisor.Add(named{name, f})
}

// task runs f once.
func (b *background) task(name string, f func(context.Context) error) {
	b.tasks.Go(func() {
		if err := f(b.ctx); err != nil && !errors.Is(err, context.Canceled) {
			b.log.Warn("task ended", "task", name, "error", err)
		}
	})
}

// stop cancels everything and waits for it.
func (b *background) stop() error {
	b.cancel()
	b.tasks.Wait()
	if err := <-b.ended; err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

type named struct {
	name string
	f    func(context.Context) error
}

// Serve implements suture.Service.
func (n named) Serve(ctx context.Context) error { return n.f(ctx) }

// String names the loop in the log.
func (n named) String() string { return n.name }
