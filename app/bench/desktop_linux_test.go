package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
	"golang.org/x/sys/unix"

	"cloudappsecurity/app/realparts"
)

// How long is looked.
const (
	lookEvery  = 2 * time.Millisecond
	settled    = 2 * time.Second  // without a change: the window is complete
	resting    = 5 * time.Second  // before its memory is read
	hiddenRest = 10 * time.Second // before its CPU time is read
	hiddenFor  = 30 * time.Second
	windows    = 3 // of hiddenFor
)

// window is a program with one.
type window struct {
	name, title string
	program     string
	args        []string
}

// seen is what a start showed.
type seen struct {
	first, complete time.Duration
	warm            time.Duration // first, with the program's file in the cache
	rss             int64
}

// desktop measures the desktop program, with the data of all people and the
// simulation in reach, against a bare window.
func (bed *bed) desktop(b *testing.B) {
	bare := filepath.Join(b.TempDir(), "barewindow")
	if out, err := exec.Command("go", "build", "-race=false", "-o", bare, "../../.make/barewindow").CombinedOutput(); err != nil {
		b.Fatalf("building the bare window: %v: %s", err, out)
	}
	all := []window{
		{"Cloud App Security", "Cloud App Security", realparts.Program(b, "cloudappsecurity"), []string{"--data-dir", bed.folder(b)}},
		{"bare window", "Bare window", bare, nil},
	}
	env := append(realparts.Keyring(b), "CAS_AUTHORITY="+bed.place.Authority, "CAS_GRAPH="+bed.place.Graph, "CAS_CA_FILE="+bed.place.CAFile)
	showTray(b, env)
	results := map[string][]seen{}
	for b.Loop() {
		s := newScreen(b)
		for round := range rounds + 1 {
			for _, w := range all {
				shown := w.open(b, s, env, true)
				shown.warm = w.open(b, s, env, false).first
				if round > 0 { // the first one fills the caches of the graphics driver
					results[w.name] = append(results[w.name], shown)
				}
			}
		}
		reportStart(all, results)
		reportHidden(b, all, env)
	}
}

// open starts the program, looks until its window is complete, and ends it.
func (w window) open(b *testing.B, s *screen, env []string, cold bool) (shown seen) {
	b.Helper()
	if cold {
		forget(b, w.program)
	}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	began := time.Now()
	p := realparts.Start(b, append(env, s.Env()...), w.program, w.args...)
	last := s.blank
	for shown.first == 0 || time.Since(began)-shown.complete < settled {
		<-look.C
		if now := s.look(); now != last {
			last, shown.complete = now, time.Since(began)
			if shown.first == 0 {
				shown.first = shown.complete
			}
		}
		if shown.complete > patience || shown.first == 0 && time.Since(began) > realparts.Patience {
			b.Fatalf("%s showed nothing, or never stood still: %s", w.name, p.Stderr())
		}
	}
	<-time.After(resting)
	var err error
	if shown.rss, err = memory(strconv.Itoa(p.PID()), "VmRSS"); err != nil {
		b.Fatal(err)
	}
	if folder := os.Getenv("CAS_BENCH_PROFILES"); folder != "" {
		savePicture(b, s, filepath.Join(folder, filepath.Base(w.program)+".png"))
	}
	p.Signal(syscall.SIGTERM)
	<-p.Ended()
	s.Wait("an empty screen", func() bool { return s.look() == s.blank })
	return shown
}

// forget drops a file from the system's cache.
func forget(b *testing.B, path string) {
	b.Helper()
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		b.Fatalf("%s stays in the cache: %v", path, err)
	}
}

func savePicture(b *testing.B, s *screen, path string) {
	b.Helper()
	cmd := exec.Command("scrot", "--overwrite", path)
	cmd.Env = append(os.Environ(), s.Env()...)
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("scrot: %v: %s", err, out)
	}
}

// showTray plays the desktop that shows icons, on the session bus of env.
func showTray(b *testing.B, env []string) {
	b.Helper()
	const watcher = "org.kde.StatusNotifierWatcher"
	var address string
	for _, v := range env {
		if rest, ok := strings.CutPrefix(v, "DBUS_SESSION_BUS_ADDRESS="); ok {
			address = rest
		}
	}
	bus, err := dbus.Connect(address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = bus.Close() })
	register := func(string) *dbus.Error { return nil }
	if err := bus.ExportMethodTable(map[string]any{"RegisterStatusNotifierItem": register}, "/StatusNotifierWatcher", watcher); err != nil {
		b.Fatal(err)
	}
	if _, err := prop.Export(bus, "/StatusNotifierWatcher", prop.Map{watcher: {"IsStatusNotifierHostRegistered": {Value: true}}}); err != nil {
		b.Fatal(err)
	}
	if reply, err := bus.RequestName(watcher, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		b.Fatalf("%s: %v, %v", watcher, reply, err)
	}
}

func reportStart(all []window, results map[string][]seen) {
	t := table{title: fmt.Sprintf("From start to window, and at rest %v later; medians of %d starts in turn. Cold is without the program's file in the system's cache", resting, rounds),
		head: []string{"", "first frame, cold", "complete, cold", "first frame, warm", "memory (VmRSS)"}}
	of := func(w window, pick func(seen) int64) (list []int64) {
		for _, s := range results[w.name] {
			list = append(list, pick(s))
		}
		return list
	}
	first := func(s seen) int64 { return int64(s.first) }
	complete := func(s seen) int64 { return int64(s.complete) }
	warm := func(s seen) int64 { return int64(s.warm) }
	rss := func(s seen) int64 { return s.rss }
	for _, w := range all {
		t.row(w.name, seconds(time.Duration(median(of(w, first)))), seconds(time.Duration(median(of(w, complete)))),
			seconds(time.Duration(median(of(w, warm)))), mb(median(of(w, rss))))
	}
	ours, bare := all[0], all[1]
	t.row("against it", ratio(pairs(of(ours, first), of(bare, first))), ratio(pairs(of(ours, complete), of(bare, complete))),
		ratio(pairs(of(ours, warm), of(bare, warm))), "+"+mb(median(of(ours, rss))-median(of(bare, rss))))
	t.print()
}

// reportHidden hides both windows and watches them at the same time.
func reportHidden(b *testing.B, all []window, env []string) {
	b.Helper()
	var running []*realparts.Process
	for _, w := range all {
		s := newScreen(b)
		p := realparts.Start(b, append(env, s.Env()...), w.program, w.args...)
		s.Window(w.title)
		s.Do("mousemove", "1200", "660") // without a window manager, keys go where the pointer is
		s.Wait("the window gone", func() bool {
			s.Do("key", "ctrl+w")
			return !s.Shows(w.title)
		})
		running = append(running, p)
	}
	<-time.After(hiddenRest)
	shares := make([][]float64, len(all))
	for range windows {
		began, before := time.Now(), make([]time.Duration, len(all))
		for i, p := range running {
			before[i] = cpu(b, p.PID())
		}
		<-time.After(hiddenFor)
		for i, p := range running {
			shares[i] = append(shares[i], float64(cpu(b, p.PID())-before[i])/float64(time.Since(began))*100)
		}
	}
	for i, p := range running {
		select {
		case <-p.Ended():
			b.Fatalf("%s ended", all[i].name)
		default:
		}
	}
	var more []float64
	for i := range windows {
		more = append(more, shares[0][i]-shares[1][i])
	}
	t := table{title: fmt.Sprintf("CPU while hidden, of one core; median of %d times %v, both at once", windows, hiddenFor), head: []string{"", "CPU"}}
	for i, w := range all {
		t.row(w.name, fmt.Sprintf("%.2f %%", median(shares[i])))
	}
	t.row("more than it", fmt.Sprintf("%+.2f %%", median(more)))
	t.print()
}
