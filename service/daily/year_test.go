package daily_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"testing"
	"time"

	"cloudappsecurity/service"
)

// How many years are simulated, and from which seed on:
//
//	go test -race ./service/daily -run TestAYear -seeds 200
//	go test -race ./service/daily -run TestAYear -seed 17 -seeds 1
var (
	seeds = flag.Int("seeds", 20, "how many years to simulate")
	first = flag.Uint64("seed", 1, "the first year's seed")
	busy  = flag.Bool("busy", false, "the computer is on every day, and each year has two services: it takes ten times as long")
)

// TestMain lets garbage lie longer: many years are made of little else.
func TestMain(m *testing.M) {
	flag.Parse()
	debug.SetGCPercent(200)
	os.Exit(m.Run())
}

// After each synchronization in a year of joins, leaves, renames, nested
// groups, restores, sleeps, offline spells, expired links, throttling, set
// clocks, travel and crashes the store equals the simulated tenant, and at the
// end of each day on which Microsoft 365 could be reached nothing is due.
func TestAYear(t *testing.T) {
	t.Parallel()
	all := &happened{}
	t.Cleanup(func() {
		if *seeds >= 20 {
			all.check(t)
		}
	})
	for i := range *seeds {
		seed := *first + uint64(i)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			y := newYear(t, seed)
			defer func() {
				if t.Failed() {
					t.Logf("again with: go test -race ./service/daily -run 'TestAYear' -seed %d -seeds 1 (day %d)", seed, y.day)
				}
			}()
			for y.day = range 365 {
				y.liveADay()
				if t.Failed() {
					return
				}
			}
			y.sum(all)
		})
	}
}

// folder is where a year keeps its store: in memory if that is at hand, since
// each synchronization waits for the disk and nothing here is lost by a crash
// of the computer.
func folder(t *testing.T) string {
	t.Helper()
	if info, err := os.Stat("/dev/shm"); err != nil || !info.IsDir() {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("/dev/shm", "year-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// chance is true once in n times.
func (y *year) chance(n int) bool { return y.rand.IntN(n) == 0 }

// liveADay lets 24 hours pass: what happens in the tenant, when the computer
// wakes up, and what goes wrong.
func (y *year) liveADay() {
	y.spells()
	wakes := 1
	if y.chance(8) {
		wakes = 4
	}
	for range wakes {
		y.pass(24 * time.Hour / time.Duration(wakes+1))
		if y.chance(2) {
			y.happen()
		}
		if y.asleep > 0 {
			continue
		}
		if y.chance(3) {
			y.sabotage()
		}
		y.wake()
	}
	y.pass(24 * time.Hour / time.Duration(wakes+1))
	if y.option != service.OptionSelected || y.day < y.submit {
		y.endOfDay()
		return
	}
	y.extend()
	y.endOfDay()
}

// spells begins and ends what lasts for days.
func (y *year) spells() {
	woke := y.asleep == 1
	y.asleep, y.offline = max(y.asleep-1, 0), max(y.offline-1, 0)
	if !*busy && !woke && y.asleep == 0 { // a computer that is on once a week
		y.asleep = 5 + y.rand.IntN(3)
		if y.chance(10) {
			y.asleep += 6
		}
	}
	switch {
	case *busy && y.chance(40):
		y.asleep = 1 + y.rand.IntN(4)
	case y.chance(40):
		y.offline = 1 + y.rand.IntN(10) // links live for seven days
	case y.chance(40):
		y.skew += time.Duration(y.rand.IntN(73)-36) * time.Hour // somebody sets the clock
	case y.chance(40):
		y.skew = 0
	case y.chance(60):
		y.zone = y.zones[y.rand.IntN(len(y.zones))]
	case y.chance(60):
		y.setting(service.SettingSyncHour, service.TimeOfDay{Hour: y.rand.IntN(24), Minute: y.rand.IntN(60)}.String())
	}
	y.wire.setOffline(y.offline > 0)
}

// sabotage decides what goes wrong in the next requests.
func (y *year) sabotage() {
	at := y.rand.IntN(6)
	switch y.rand.IntN(6) {
	case 0:
		y.wire.plan(at, throttled, 1+y.rand.IntN(3))
	case 1:
		y.wire.plan(at, throttled, 100) // more than anybody waits for
	case 2:
		y.wire.plan(at, unavailable, 1+y.rand.IntN(10))
	case 3:
		y.wire.plan(at, expired, 1)
	case 4:
		y.wire.plan(at, crashBefore, 1)
	case 5:
		y.wire.plan(at, crashAfter, 1)
	}
}

// wake runs what is due, as the loop does each minute. A crash ends the
// program, and it is started again.
func (y *year) wake() {
	ctx, cancel := context.WithCancel(y.t.Context())
	defer cancel()
	y.wire.crash = cancel
	err := y.daily.Pass(ctx)
	switch {
	case ctx.Err() != nil:
		y.crashes++
		y.reopen()
	case err != nil:
		y.t.Fatalf("seed %d, day %d: %v (%v)", y.seed, y.day, err, errors.Unwrap(err))
	}
}

// endOfDay wakes until nothing is due, if Microsoft 365 can be reached, and
// then everything has to be right.
func (y *year) endOfDay() {
	y.wire.heal()
	if y.asleep > 0 || y.offline > 0 {
		return
	}
	if y.option == service.OptionSelected {
		if y.syncs != 0 {
			y.t.Errorf("seed %d, day %d: selected targets were synchronized", y.seed, y.day)
		}
		return
	}
	for range 20 {
		y.wake()
		left := time.Duration(0)
		for _, s := range y.services {
			plan, err := y.daily.Plan(y.t.Context(), s)
			if err != nil {
				y.t.Fatal(err)
			}
			if plan.Due || plan.Retry {
				left = max(left, time.Minute, plan.Next.Sub(y.clock()))
			}
		}
		if left == 0 {
			return
		}
		y.pass(min(left, 2*time.Hour))
	}
	y.t.Errorf("seed %d, day %d: something stays due", y.seed, y.day)
}

// sum makes sure that the year was one: a test in which nothing happens can't
// fail.
func (y *year) sum(all *happened) {
	y.t.Logf("seed %d: %d services, %d synchronizations, %d crashes, %d expired links, %d refusals, %d changes",
		y.seed, len(y.services), y.syncs, y.crashes, y.wire.resyncs, y.wire.refused, y.changes)
	if y.syncs < 30 {
		y.t.Errorf("seed %d: only %d synchronizations", y.seed, y.syncs)
	}
	if y.option != service.OptionAll {
		y.t.Errorf("seed %d: the option is %q", y.seed, y.option)
	}
	for kind, n := range map[string]int{"crashes": y.crashes, "expired links": y.wire.resyncs, "refusals": y.wire.refused, "changes": y.changes} {
		all.add(kind, n)
	}
}

// happened counts over all years.
type happened struct {
	mu    sync.Mutex
	kinds map[string]int
}

func (h *happened) add(kind string, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.kinds == nil {
		h.kinds = map[string]int{}
	}
	h.kinds[kind] += n
}

// check says so if something never happened.
func (h *happened) check(t *testing.T) {
	for kind, n := range h.kinds {
		if n == 0 {
			t.Errorf("no %s in %d years", kind, *seeds)
		}
	}
}
