//go:build soak

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"cloudappsecurity/app/realparts"
	"cloudappsecurity/service/m365sim"
)

// "make soak" runs these: casctl is killed at random moments, and run again
// until it has ended by itself.

// kills is how many there are of each kind.
const kills = 50

// crowd is how many people a first synchronization brings.
const crowd = 20_000

// dice are the same for the same SOAK_SEED.
func dice(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("SOAK_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("SOAK_SEED: %v", err)
		}
	}
	t.Logf("SOAK_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, uint64(len(t.Name()))))
}

// organization is a Microsoft 365 in a process of its own, which keeps its state in a
// folder.
type organization struct {
	*realparts.Simulation
	state string
}

func found(t *testing.T, args ...string) *organization {
	t.Helper()
	state := filepath.Join(t.TempDir(), "tenant")
	return &organization{realparts.Simulate(t, append(args, "--state-dir", state)...), state}
}

func (o *organization) administrator() *realparts.Administrator {
	return &realparts.Administrator{Username: o.Admin.Username, Password: o.Admin.Password}
}

// one ends the process and holds that one application with one certificate is
// in the tenant which it leaves.
func (o *organization) one(t *testing.T) {
	t.Helper()
	o.Signal(syscall.SIGTERM)
	if code := o.Wait(); code != 0 {
		t.Fatalf("m365sim ended with %d: %s", code, o.Stderr())
	}
	s, err := m365sim.Start(t.Context(), m365sim.Options{StateDir: o.state})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	one(t, s)
}

// run is a grant that runs, with somebody in front of the browser.
type run struct {
	*realparts.Process
	walked chan struct{}
}

func (o *office) soak(who *realparts.Administrator) *run {
	o.t.Helper()
	r := &run{o.start("grant", "exchange", "--all", "--timeout", "50s"), make(chan struct{})}
	browser := realparts.NewForms(o.t)
	go func() {
		defer close(r.walked)
		line, ok := r.Line()
		if _, url, found := strings.Cut(line, `"url":"`); ok && found {
			url, _, _ = strings.Cut(url, `"`)
			// Microsoft's pages stay when the program is killed: somebody may
			// press Accept there, and come back to nobody.
			_, _ = who.WalkForms(o.t.Context(), browser, url)
		}
	}()
	return r
}

// kill kills the run a time after it has printed so many lines, and says whether
// it still ran.
func (r *run) kill(lines int, after time.Duration) bool {
	for strings.Count(r.Stdout(), "\n") < lines {
		select {
		case <-r.Ended():
			return false
		case <-time.After(time.Millisecond):
		}
	}
	select {
	case <-r.Ended():
		return false
	case <-time.After(after):
	}
	r.Signal(syscall.SIGKILL)
	<-r.Ended()
	<-r.walked
	return r.Wait() < 0
}

// end waits until the run has ended by itself, which has to be protected.
func (r *run) end(t *testing.T) {
	t.Helper()
	select {
	case <-r.Ended():
	case <-time.After(5 * realparts.Patience):
		t.Fatalf("it did not end: %s", r.Stdout())
	}
	code := r.Wait()
	<-r.walked
	if e := outcome(t, r.Process); code != 0 || e.Outcome != "protected" {
		t.Fatalf("ended with %d: %+v", code, e)
	}
}

// TestSoakGrant kills grants.
func TestSoakGrant(t *testing.T) {
	random, env := dice(t), realparts.Keyring(t)
	begin := func(t *testing.T) (*organization, *office) {
		m365 := found(t)
		return m365, &office{t: t, env: slices.Concat(env, m365.Env()), dir: filepath.Join(t.TempDir(), "data")}
	}
	var took time.Duration
	var steps int
	var targets []target
	for range 2 { // the second time everything is warm
		m365, o := begin(t)
		started := time.Now()
		r := o.soak(m365.administrator())
		r.end(t)
		took, steps, targets = time.Since(started), strings.Count(r.Stdout(), "\n"), o.targets()
		m365.one(t)
	}
	t.Logf("undisturbed: %d targets in %v", len(targets), took.Round(time.Millisecond))
	started := time.Now()
	for killed := 0; killed < kills; {
		// Half of them at any time, half soon after any step: most of the time is
		// spent in a few of them.
		lines, after := 0, time.Duration(random.Int64N(int64(took)))
		if random.IntN(2) == 0 {
			lines, after = random.IntN(steps), after/20
		}
		t.Run(fmt.Sprintf("%v after line %d", after.Round(time.Millisecond), lines), func(t *testing.T) {
			m365, o := begin(t)
			r := o.soak(m365.administrator())
			if !r.kill(lines, after) {
				return // it had ended before
			}
			killed++
			said := "nothing"
			if list := strings.Split(strings.TrimSpace(r.Stdout()), "\n"); list[0] != "" {
				said = list[len(list)-1]
			}
			t.Logf("kill %d, when it had said %s", killed, said)
			o.t = t
			o.soak(m365.administrator()).end(t)
			if got := o.targets(); !reflect.DeepEqual(got, targets) {
				t.Errorf("%d targets, not the same as undisturbed: %v", len(got), got)
			}
			if s := o.status(); s.State != "granted" || s.Problem != "" {
				t.Errorf("status %+v", s)
			}
			// What is in use is the certificate of the tenant.
			if e, code := o.silently("--all"); code != 0 || e.Outcome != "protected" {
				t.Errorf("once more: %d: %+v", code, e)
			}
			m365.one(t)
		})
		if t.Failed() {
			t.FailNow() // the seed repeats it
		}
	}
	t.Logf("%d kills in %v", kills, time.Since(started).Round(time.Second))
}

// complete is how many rounds had been complete when the run was killed: the next
// one asks for what has changed since, a page that nobody had before.
func (r *run) complete() int {
	said := r.Stdout()
	switch {
	case strings.Contains(said, `"phase":"mailboxes"`), strings.Contains(said, `"phase":"check"`):
		return 2
	case strings.Contains(said, `"phase":"groups"`):
		return 1
	default:
		return 0
	}
}

// deltas are the pages which a first synchronization brings.
var deltas = [...]string{"/v1.0/users/delta", "/v1.0/groups/delta"}

// TestSoakSynchronization kills first synchronizations, each of them several
// times.
func TestSoakSynchronization(t *testing.T) {
	random := dice(t)
	m365 := found(t, "--users", strconv.Itoa(crowd))
	granted := newOffice(t, m365.Env())
	// Killed when access is granted: from there each synchronization begins.
	r := granted.soak(m365.administrator())
	<-r.walked
	if s := granted.status(); s.State != "consented" && s.State != "synchronizing" {
		t.Fatalf("status %+v", s)
	}
	r.Signal(syscall.SIGKILL)
	r.Wait()

	started := time.Now()
	before := asked(t, m365.Simulation, deltas[:]...)
	whole := granted.copyTo(t, filepath.Join(t.TempDir(), "data"))
	whole.soak(m365.administrator()).end(t)
	took, pages, targets := time.Since(started), asked(t, m365.Simulation, deltas[:]...)-before, whole.targets()
	t.Logf("undisturbed: %d people, %d pages in %v", len(targets), pages, took.Round(time.Millisecond))
	if len(targets) != crowd {
		t.Fatalf("%d people", len(targets))
	}
	killed, again := 0, 0
	for killed < kills {
		t.Run("synchronization", func(t *testing.T) {
			o := granted.copyTo(t, filepath.Join(t.TempDir(), "data"))
			before := asked(t, m365.Simulation, deltas[:]...)
			here, anew := 0, 0
			r := o.soak(m365.administrator())
			for range 1 + random.IntN(4) {
				if killed == kills || !r.kill(0, time.Duration(random.Int64N(int64(took)))) {
					break
				}
				killed, here, anew = killed+1, here+1, anew+r.complete()
				r = o.soak(m365.administrator())
			}
			r.end(t)
			if got := o.targets(); !reflect.DeepEqual(got, targets) {
				t.Errorf("%d targets, not the same as undisturbed", len(got))
			}
			fetched := asked(t, m365.Simulation, deltas[:]...) - before - pages - anew
			again += max(fetched, 0)
			t.Logf("%d kills, %d pages fetched again; asked %d times what changed since a round that was complete", here, fetched, anew)
			if fetched > here {
				t.Errorf("%d pages were fetched again after %d kills", fetched, here)
			}
		})
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("%d kills in %v: %d pages of %d fetched again", killed, time.Since(started).Round(time.Second), again, pages)
	m365.one(t)
}
