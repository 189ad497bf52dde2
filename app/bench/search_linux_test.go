package bench

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"cloudappsecurity/app/datafolder"
	"cloudappsecurity/service"
	"cloudappsecurity/service/sqlite"
)

// sample is how many people are looked for, evenly spread over the alphabet,
// and how many pages are turned.
const sample = 200

// keys is how many characters of a name are typed.
const keys = 12

// search measures what screens and casctl ask of the store: a page of targets
// and their number after each key that is typed, pages far down the list, and
// the counts on the Dashboard.
func (bed *bed) search(b *testing.B) {
	ctx := context.Background()
	folder, err := datafolder.Look(bed.folder(b))
	if err != nil {
		b.Fatal(err)
	}
	store, err := sqlite.Open(ctx, folder.Database(), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	protected := true
	runtime.LockOSThread() // a query runs on the thread that asks
	defer runtime.UnlockOSThread()
	took, used := map[string][]time.Duration{}, map[string][]time.Duration{}
	timed := func(what string, ask func() error) {
		b.Helper()
		began, before := time.Now(), threadCPU(b)
		if err := ask(); err != nil {
			b.Fatal(err)
		}
		took[what], used[what] = append(took[what], time.Since(began)), append(used[what], threadCPU(b)-before)
	}
	targets := func(q service.TargetQuery) func() error {
		return func() error { _, err := store.Targets(ctx, service.ExchangeOnline, q); return err }
	}
	count := func(q service.TargetQuery) func() error {
		return func() error { _, err := store.CountTargets(ctx, service.ExchangeOnline, q); return err }
	}
	for b.Loop() {
		for i := range sample {
			q := service.TargetQuery{Offset: i * many / sample, Limit: 1}
			found, err := store.Targets(ctx, service.ExchangeOnline, q)
			if err != nil || len(found) != 1 {
				b.Fatalf("%d people at %d: %v", len(found), q.Offset, err)
			}
			for _, name := range []string{found[0].DisplayName, found[0].UserPrincipalName} {
				for n := range min(keys, len([]rune(name))) {
					q := service.TargetQuery{Search: string([]rune(name)[:n+1])}
					timed("a page of whom a search finds", targets(q))
					timed("how many a search finds", count(q))
					q.Protected = &protected
					timed("a page of the protected whom a search finds", targets(q))
				}
			}
			q.Limit = 100
			timed("a page of 100 anywhere in the list", targets(q))
			timed("the counts of the Dashboard", func() error { _, err := store.TargetCounts(ctx, service.ExchangeOnline); return err })
		}
	}
	t := table{title: fmt.Sprintf("Queries over %d people", many), head: []string{"", "queries", "median", "p99", "longest", "CPU median", "CPU p99", "CPU longest"}}
	for _, what := range []string{"a page of whom a search finds", "a page of the protected whom a search finds", "how many a search finds",
		"a page of 100 anywhere in the list", "the counts of the Dashboard"} {
		cells := []string{what, fmt.Sprint(len(took[what]))}
		for _, list := range [][]time.Duration{took[what], used[what]} {
			slices.Sort(list)
			cells = append(cells, millis(median(list)), millis(list[len(list)*99/100]), millis(list[len(list)-1]))
		}
		t.row(cells...)
	}
	t.print()
}

// threadCPU is the CPU time of this thread, which other programs don't add to.
// Its rusage would be as coarse as the kernel's tick.
func threadCPU(b *testing.B) time.Duration {
	b.Helper()
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		b.Fatal(err)
	}
	return time.Duration(t.Nano())
}
