package daily

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"cloudappsecurity/service"
)

// world is a store, and a Microsoft 365 that can be told to fail. It is used by
// one goroutine at a time: that of the loop, or of the test while the loop waits.
type world struct {
	service.AccountStore // only what stands here is asked for

	option   service.Option
	accounts map[service.Service]service.Account
	settings map[string]string
	states   map[service.Service]service.DailyState
	notes    []service.Notification
	events   service.Events
	offline  bool
	fails    func(service.Service) error
	ran      []time.Time
	settled  int
}

func newWorld() *world {
	return &world{option: service.OptionAll, settings: map[string]string{}, states: map[service.Service]service.DailyState{},
		accounts: map[service.Service]service.Account{service.ExchangeOnline: {Service: service.ExchangeOnline, State: service.StateGranted}}}
}

func (w *world) Organization(context.Context) (service.Organization, error) {
	if w.option == "" {
		return service.Organization{}, service.NotFound("The organization")
	}
	return service.Organization{TenantID: "t", Option: w.option}, nil
}

func (w *world) Account(_ context.Context, s service.Service) (service.Account, error) {
	return w.accounts[s], nil
}
func (w *world) Setting(_ context.Context, key string) (string, error) { return w.settings[key], nil }
func (w *world) Daily(_ context.Context, s service.Service) (service.DailyState, error) {
	d := w.states[s]
	d.Service = s
	return d, nil
}

func (w *world) SaveDaily(_ context.Context, d service.DailyState, ns ...service.Notification) error {
	w.states[d.Service] = d
	for _, n := range ns {
		if !slices.ContainsFunc(w.notes, func(o service.Notification) bool { return o.Key == n.Key }) {
			w.notes = append(w.notes, n)
		}
	}
	return nil
}

func (w *world) Settle(context.Context) error { w.settled++; return nil }

func (w *world) SynchronizeNow(ctx context.Context, s service.Service) error {
	w.ran = append(w.ran, time.Now())
	if w.fails != nil {
		if err := w.fails(s); err != nil {
			return err
		}
	}
	a := w.accounts[s]
	a.SyncedAt = time.Now()
	w.accounts[s] = a
	w.events.Accounts.Emit()
	return ctx.Err()
}

func (w *world) daily() *Daily {
	return New(Config{Accounts: w, Store: w, Grants: w, Online: func() bool { return !w.offline }, Zone: func() *time.Location { return time.UTC },
		Events: &w.events, Now: time.Now})
}

// run runs the loop until the returned function is called.
func (w *world) run(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- w.daily().Run(ctx) }()
	synctest.Wait()
	return func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("the loop ended: %v", err)
		}
	}
}

// pass lets time pass, to the quarter of a minute after d.
func pass(d time.Duration) { time.Sleep(d); synctest.Wait() }

// A bubble's clock begins at midnight of 2000-01-01, UTC.

func TestEveryDayOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		began := time.Now()
		stop := w.run(t)
		pass(10 * 24 * time.Hour)
		stop()
		if len(w.ran) != 11 { // that of the day before was missed
			t.Fatalf("%d times: %v", len(w.ran), w.ran)
		}
		for i, at := range w.ran[1:] {
			due := began.Add(time.Duration(i)*24*time.Hour + 3*time.Hour + 15*time.Minute)
			if at.Before(due) || at.After(due.Add(2*time.Minute)) {
				t.Errorf("run at %s, due at %s", at, due)
			}
		}
	})
}

func TestWhatIsNotSynchronizedDaily(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*world){
		"selected targets": func(w *world) { w.option = service.OptionSelected },
		"no organization":  func(w *world) { w.option = "" },
		"not granted":      func(w *world) { w.accounts = map[service.Service]service.Account{} },
		"the first is under way": func(w *world) {
			w.accounts[service.ExchangeOnline] = service.Account{State: service.StateSynchronizing}
		},
		"offline all the time":    func(w *world) { w.offline = true },
		"targets not chosen yet ": func(w *world) { w.accounts[service.ExchangeOnline] = service.Account{State: service.StateConsented} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				set(w)
				stop := w.run(t)
				pass(50 * time.Hour)
				stop()
				if len(w.ran) != 0 {
					t.Errorf("ran %v", w.ran)
				}
			})
		})
	}
}

func TestAtOnceWhenTheNetworkIsBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.offline = true
		stop := w.run(t)
		pass(5*time.Hour + 10*time.Second)
		w.offline = false
		w.events.Connection.Emit()
		synctest.Wait()
		if len(w.ran) != 1 || !w.ran[0].Equal(time.Now()) {
			t.Errorf("ran %v at %s", w.ran, time.Now())
		}
		stop()
	})
}

func TestTheNetworkGoesWhileItRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.fails = func(service.Service) error {
			w.offline = true
			return &service.Error{Code: service.CodeOffline}
		}
		stop := w.run(t)
		pass(time.Hour)
		if len(w.ran) != 1 || len(w.notes) != 0 || w.states[service.ExchangeOnline].Failures != 0 {
			t.Errorf("ran %v, told %v", w.ran, w.notes)
		}
		w.offline, w.fails = false, nil
		w.events.Connection.Emit()
		synctest.Wait()
		stop()
		if len(w.ran) != 2 {
			t.Errorf("ran %v", w.ran)
		}
	})
}

func TestFailuresAreToldOnceADayAndTriedAgain(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		code       service.Code
		heals      int // after so many failures
		runs, told int
	}{
		"overloaded, and well again": {service.CodeUnavailable, 1, 2, 0},
		"overloaded for long":        {service.CodeUnavailable, 1000, 26, 1},
		"no longer allowed":          {service.CodeForbidden, 1, 2, 1},
		"canceled by a person":       {service.CodeCanceled, 1, 2, 0},
		"a grant runs":               {service.CodeLocked, 7, 8, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				time.Sleep(4 * time.Hour)
				failures := 0
				w.fails = func(service.Service) error {
					if failures++; failures > tt.heals {
						return nil
					}
					return &service.Error{Code: tt.code, Message: "It failed."}
				}
				stop := w.run(t)
				pass(23 * time.Hour)
				stop()
				if len(w.ran) != tt.runs || len(w.notes) != tt.told {
					t.Errorf("ran %d times, told %+v", len(w.ran), w.notes)
				}
				if tt.told > 0 && (w.notes[0].Text != "Exchange Online could not be synchronized today." || w.notes[0].Service != service.ExchangeOnline) {
					t.Errorf("told %+v", w.notes[0])
				}
			})
		})
	}
}

func TestANewHourCountsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.accounts[service.ExchangeOnline] = service.Account{State: service.StateGranted, SyncedAt: time.Now()}
		stop := w.run(t)
		pass(2*time.Hour + time.Second)
		w.settings[service.SettingSyncHour] = "01:30"
		w.events.Settings.Emit()
		synctest.Wait()
		stop()
		if len(w.ran) != 1 || !w.ran[0].Equal(time.Now()) {
			t.Errorf("ran %v", w.ran)
		}
	})
}

// A program that is killed within a synchronization runs it at the next start.
func TestKilledWithinIsRunAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		ctx, cancel := context.WithCancel(t.Context())
		w.fails = func(service.Service) error { cancel(); return ctx.Err() }
		if err := w.daily().Pass(ctx); err == nil {
			t.Error("a pass that was cut passed for a whole one")
		}
		w.fails = nil
		for range 3 {
			if err := w.daily().Pass(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if len(w.ran) != 2 {
			t.Errorf("ran %v", w.ran)
		}
	})
}

func TestAnUnreadableHourIsTheDefault(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.settings[service.SettingSyncHour] = "noon"
	p, err := w.daily().Plan(t.Context(), service.ExchangeOnline)
	if err != nil || !p.Due {
		t.Errorf("%+v %v", p, err)
	}
}
