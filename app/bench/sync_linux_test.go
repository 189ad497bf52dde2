package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"cloudappsecurity/app/realparts"
	"cloudappsecurity/service"
)

const (
	rounds   = 5
	patience = 10 * time.Minute // of one client: the machine may be busy
	// The organizations that are compared.
	many, fewer             = 100_000, 10_000
	manyGroups, fewerGroups = 2_000, 200
)

// client runs one client and says what it took, and what it took the service.
func client(b *testing.B, p place, server *realparts.Process, way, dir string) (outcome, time.Duration) {
	b.Helper()
	plan := clientPlan{Place: p, Way: way, Dir: dir, Service: service.ExchangeOnline}
	return run(b, plan, server)
}

// run runs the client of plan and says what it took, and what it took the service.
func run(b *testing.B, plan clientPlan, server *realparts.Process) (outcome, time.Duration) {
	b.Helper()
	if folder := os.Getenv("CAS_BENCH_PROFILES"); folder != "" {
		plan.Profile = filepath.Join(folder, fmt.Sprintf("%s-%s-%d.pprof", plan.Way, filepath.Base(plan.Dir), plan.Day))
	}
	before := cpu(b, server.PID())
	var o outcome
	c := start(b, "client", plan, &o)
	if code := c.Wait(); code != 0 {
		b.Fatalf("the client ended with %d: %s", code, c.Stderr())
	}
	return o, cpu(b, server.PID()) - before
}

// bed is what the benchmarks run on.
type bed struct {
	parent *testing.B
	place  place
	server *realparts.Process
	people outcome // what the first client read
	synced string  // a data folder that was synchronized; "" before
}

// BenchmarkProgram measures one after the other; "make bench" runs it once.
func BenchmarkProgram(b *testing.B) {
	bed := &bed{parent: b}
	bed.place, bed.server = simulate(b, many, manyGroups)
	bed.people, _ = client(b, bed.place, bed.server, waySDK, "") // renders the pages
	b.Run("Synchronize", bed.synchronize)
	b.Run("Search", bed.search)
	b.Run("Desktop", bed.desktop)
}

// folder is a data folder with everybody in it.
func (bed *bed) folder(b *testing.B) string {
	b.Helper()
	if bed.synced == "" {
		dir := filepath.Join(bed.parent.TempDir(), "data")
		client(b, bed.place, bed.server, waySync, dir)
		bed.synced = dir
	}
	return bed.synced
}

// synchronize measures a full synchronization of 100,000 people and 2,000 groups
// against merely paging the same data, and its memory against that of 10,000
// people.
func (bed *bed) synchronize(b *testing.B) {
	small, smallServer := simulate(b, fewer, fewerGroups)
	client(b, small, smallServer, waySDK, "")
	ways := []string{waySync, waySDK, wayJSON}
	results, spent := map[string][]outcome{}, map[string][]time.Duration{}
	var peaks, smallPeaks []int64
	for b.Loop() {
		for round := range rounds {
			for _, way := range ways {
				o, served := client(b, bed.place, bed.server, way, filepath.Join(b.TempDir(), fmt.Sprint(round)))
				if o.People != bed.people.People || o.Groups != bed.people.Groups || o.Asked != bed.people.Asked {
					b.Fatalf("%s read %d people, %d groups, %d mailboxes; the first client %d, %d, %d",
						way, o.People, o.Groups, o.Asked, bed.people.People, bed.people.Groups, bed.people.Asked)
				}
				results[way], spent[way] = append(results[way], o), append(spent[way], served)
			}
			o, _ := client(b, small, smallServer, waySync, filepath.Join(b.TempDir(), fmt.Sprint("small", round)))
			peaks, smallPeaks = append(peaks, results[waySync][round].Peak), append(smallPeaks, o.Peak)
		}
	}
	reportSynchronize(ways, results, spent)
	last := results[waySync][rounds-1]
	t := table{title: fmt.Sprintf("Memory of a synchronization, medians of %d rounds (database: %d MB)", rounds, last.Stored>>20), head: []string{"people", "peak (VmHWM)", "ratio"}}
	t.row("10,000", mb(median(smallPeaks)), "1")
	t.row("100,000", mb(median(peaks)), ratio(pairs(peaks, smallPeaks)))
	t.print()
}

func reportSynchronize(ways []string, results map[string][]outcome, served map[string][]time.Duration) {
	one := results[waySync][0]
	t := table{title: fmt.Sprintf("%d people, %d groups, %d members, %d mailboxes asked for; medians of %d rounds, ratios within each round",
		one.People, one.Groups, results[waySDK][0].Members, one.Asked, rounds),
		head: []string{"", "wall", "client CPU", "service CPU", "wall against paging", "CPU against paging", "wall against encoding/json", "CPU against encoding/json"}}
	pick := func(way string, of func(outcome) time.Duration) (list []time.Duration) {
		for _, o := range results[way] {
			list = append(list, of(o))
		}
		return list
	}
	wall := func(o outcome) time.Duration { return o.Total.Wall }
	used := func(o outcome) time.Duration { return o.Total.CPU }
	against := func(way, other string, of func(outcome) time.Duration) string {
		return ratio(pairs(pick(way, of), pick(other, of)))
	}
	for _, way := range ways {
		t.row(way, seconds(median(pick(way, wall))), seconds(median(pick(way, used))), seconds(median(served[way])),
			against(way, waySDK, wall), against(way, waySDK, used), against(way, wayJSON, wall), against(way, wayJSON, used))
	}
	t.print()
	t = table{title: "The same by phase: wall / client CPU", head: []string{"", "users", "groups", "mailboxes"}}
	for _, way := range ways {
		cells := []string{way}
		for _, phase := range []service.SyncPhase{service.SyncUsers, service.SyncGroups, service.SyncMailboxes} {
			cells = append(cells, seconds(median(pick(way, func(o outcome) time.Duration { return o.Phases[phase].Wall })))+" / "+
				seconds(median(pick(way, func(o outcome) time.Duration { return o.Phases[phase].CPU }))))
		}
		t.row(cells...)
	}
	t.print()
}
