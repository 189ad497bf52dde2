//go:build wine

package main

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"cloudappsecurity/app/realparts"
	"cloudappsecurity/service/m365sim"
)

// TestWindows runs casctl.exe in Wine, with its key in Windows' credential
// store. The browser is this computer's.
func TestWindows(t *testing.T) {
	wine := realparts.NewWine(t)
	for name, test := range map[string]func(*testing.T, *realparts.Wine){
		"all": windowsAll, "selected": windowsSelected, "lock": windowsLock, "paths": windowsPaths,
		"default folder": windowsDefault, "killed grants": windowsKilledGrants, "killed synchronizations": windowsKilledSynchronizations,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, wine)
		})
	}
}

// pc is one computer with Windows. All of a test share Wine's credential store,
// in which each data folder has an entry of its own.
func pc(t *testing.T, wine *realparts.Wine, env []string) *office {
	t.Helper()
	for i, v := range env {
		if path, ok := strings.CutPrefix(v, "CAS_CA_FILE=/"); ok {
			env[i] = "CAS_CA_FILE=" + realparts.Windows("/"+path)
		}
	}
	dir := `C:\data\` + strings.NewReplacer("/", "-", " ", "-").Replace(t.Name())
	return &office{t: t, env: append(slices.Clone(wine.Env), env...), dir: dir, launch: wine.Program("casctl")}
}

// entry is the credential which holds a data folder's key: it is named after
// the installation.
func (o *office) entry(wine *realparts.Wine) string {
	o.t.Helper()
	db, err := os.ReadFile(filepath.Join(wine.Unix(o.dir), "cloudappsecurity.db"))
	if err != nil {
		o.t.Fatal(err)
	}
	for _, name := range wine.Credentials() {
		if _, id, ok := strings.Cut(name, "Cloud App Security:"); ok && strings.Contains(string(db), id) {
			return name
		}
	}
	o.t.Fatalf("the key of %s is not among %q", o.dir, wine.Credentials())
	return ""
}

func windowsAll(t *testing.T, wine *realparts.Wine) {
	sim, env := simulate(t, m365sim.Options{})
	o := pc(t, wine, env)
	o.protect(administrator(sim), "--all")
	one(t, sim)
	if s := o.status(); s.State != "granted" || s.Protected == 0 {
		t.Errorf("status %+v", s)
	}
	key := o.entry(wine)
	if end, code := o.silently("--all"); code != 0 || end.Outcome != "protected" {
		t.Fatalf("the second run ended with %d: %+v", code, end)
	}
	// Without its entry nothing opens the certificate's key: access is granted
	// anew, in the browser.
	wine.Forget(key)
	p := o.start("grant", "exchange", "--all", "--timeout", "2s")
	if code := p.Wait(); code != 4 {
		t.Errorf("without its key it ended with %d: %+v", code, outcome(t, p))
	}
}

func windowsSelected(t *testing.T, wine *realparts.Wine) {
	program := wine.Program("m365sim")
	// Its own temporary folder Wine 8 can't remove: it lacks the call that
	// os.RemoveAll makes since Go 1.26.
	sim := realparts.Start(t, wine.Env, program[0], program[1], "--state-dir", `C:\the tenant`)
	line, ok := sim.Line()
	var s realparts.Simulation
	if err := json.Unmarshal([]byte(line), &s); !ok || err != nil || !strings.HasPrefix(s.CAFile, `C:\`) {
		t.Fatalf("m365sim.exe said %q: %v", line, err)
	}
	o := pc(t, wine, s.Env())
	file := realparts.Windows(o.file("\ufeff" + s.Admin.Username + "\r\n\r\n"))
	o.protect(realparts.Administrator{Username: s.Admin.Username, Password: s.Admin.Password}, "--users", file)
	list := o.targets()
	if len(list) != 1 || list[0].UPN != s.Admin.Username || !list[0].Protected {
		t.Errorf("targets %+v", list)
	}
	o.entry(wine)
	// It ends on Ctrl+C like everywhere.
	sim.Signal(syscall.SIGINT)
	if code := sim.Wait(); code != 0 {
		t.Errorf("m365sim.exe ended with %d: %s", code, sim.Stderr())
	}
}

func windowsLock(t *testing.T, wine *realparts.Wine) {
	_, env := simulate(t, m365sim.Options{})
	o := pc(t, wine, env)
	holder := o.start("grant", "exchange", "--all")
	pageOf(t, holder)
	for _, command := range []string{"status", "targets", "notifications"} {
		var v any
		o.read(&v, command)
	}
	b, err := os.ReadFile(filepath.Join(wine.Unix(o.dir), "writer.json"))
	var who struct {
		PID int `json:"pid"`
	}
	if err != nil || json.Unmarshal(b, &who) != nil || who.PID == 0 {
		t.Fatalf("the holder is %q: %v", b, err)
	}
	out, code := o.run("grant", "exchange", "--all")
	if code != 9 || !strings.Contains(out, `"code":"locked"`) || !strings.Contains(out, "casctl grant (process ") {
		t.Errorf("a second writer ended with %d: %s", code, out)
	}
	holder.Signal(syscall.SIGKILL)
	holder.Wait()
	next := o.start("grant", "exchange", "--all")
	pageOf(t, next)
	next.Signal(syscall.SIGINT) // Ctrl+C
	if code := next.Wait(); code != 130 || outcome(t, next).Outcome != "canceled" {
		t.Errorf("interrupted: %d: %s", code, next.Stdout())
	}
}

// windowsPaths: a data folder may be called anything that Windows allows.
func windowsPaths(t *testing.T, wine *realparts.Wine) {
	_, env := simulate(t, m365sim.Options{})
	const folder = "a long name of a folder 東京"
	t.Cleanup(func() { _ = os.RemoveAll(folder) }) // the relative one lies beside the tests
	long := `C:\long\` + strings.Repeat(folder+`\`, 12) + "end"
	for name, dir := range map[string]string{
		"blanks and signs":   `C:\Fürst & Söhne\100 % #1 [é] (copy)+;=@%41`,
		"other scripts":      `C:\données\東京 Ωμέγα\Данные`,
		"forward slashes":    `C:/slashes/data`,
		"another drive":      realparts.Windows(t.TempDir()) + `\data`,
		"a trailing one":     `C:\trailing\`,
		"longer than 260":    long,
		"extended":           `\\?\C:\extended\data`,
		"extended and long":  `\\?\` + long + " extended",
		"of this drive":      `\of this drive`,
		"a network share":    wine.Share("server", "share") + `\data %20`,
		"extended share":     `\\?\UNC\` + strings.TrimPrefix(wine.Share("server", "other"), `\\`) + `\data`,
		"relative, long too": strings.Repeat(folder+`\`, 12) + "end",
	} {
		t.Run(name, func(t *testing.T) {
			o := pc(t, wine, env)
			o.dir = dir
			p := o.start("grant", "exchange", "--all")
			pageOf(t, p)
			o.status()
			p.Signal(syscall.SIGINT)
			if code := p.Wait(); code != 130 {
				t.Errorf("ended with %d: %s", code, p.Stdout())
			}
			var s struct {
				Dir string `json:"data_dir"`
			}
			o.read(&s, "status")
			if !strings.HasSuffix(s.Dir, strings.TrimRight(dir[strings.LastIndexAny(strings.TrimRight(dir, `\`), `\/`)+1:], `\`)) {
				t.Errorf("the folder is called %q, not %q", s.Dir, dir)
			}
		})
	}
}

// windowsDefault: without --data-dir the data lies in this user's local folder.
func windowsDefault(t *testing.T, wine *realparts.Wine) {
	_, env := simulate(t, m365sim.Options{})
	o := pc(t, wine, env)
	p := realparts.Start(t, o.env, o.launch[0], o.launch[1], "--json", "grant", "exchange", "--all")
	pageOf(t, p)
	p.Signal(syscall.SIGINT)
	p.Wait()
	found, err := filepath.Glob(wine.Unix(`C:\users\*\AppData\Local\CloudAppSecurity\cloudappsecurity.db`))
	if err != nil || len(found) != 1 {
		t.Errorf("databases %q: %v", found, err)
	}
}

// moment is when a process is killed: any that a grant passes through.
func moment(t *testing.T, most time.Duration) time.Duration {
	t.Helper()
	d := rand.N(most)
	t.Logf("killed after %v", d.Round(time.Millisecond))
	return d
}

// killAfter kills a process unless it has ended by itself.
func killAfter(p *realparts.Process, d time.Duration) (killed bool) {
	select {
	case <-p.Ended():
		return false
	case <-time.After(d):
		p.Signal(syscall.SIGKILL)
		<-p.Ended()
		return true
	}
}

func windowsKilledGrants(t *testing.T, wine *realparts.Wine) {
	sim, env := simulate(t, m365sim.Options{})
	o := pc(t, wine, env)
	for range 6 {
		v, a := o.grant("--all"), administrator(sim)
		walked := make(chan struct{})
		go func() {
			defer close(walked)
			_, _ = a.Walk(v.ctx, v.url) // it ends with the process
		}()
		killAfter(v.Process, moment(t, 5*time.Second))
		<-walked
	}
	o.protect(administrator(sim), "--all")
	one(t, sim)
	if s := o.status(); s.State != "granted" || s.Protected == 0 || s.ProblemText != "" {
		t.Errorf("status %+v", s)
	}
	if end, code := o.silently("--all"); code != 0 {
		t.Errorf("afterwards it ended with %d: %+v", code, end)
	}
}

func windowsKilledSynchronizations(t *testing.T, wine *realparts.Wine) {
	const users = 20000
	sim, env := simulate(t, m365sim.Options{Users: users})
	o := pc(t, wine, env)
	v, a := o.grant("--all"), administrator(sim)
	a.Until = "Return to Cloud App Security"
	v.walk(&a)
	v.Signal(syscall.SIGKILL)
	v.Wait()
	kills := 0
	for range 8 {
		p := o.start("grant", "exchange", "--all")
		for line, ok := p.Line(); ok && !strings.Contains(line, `"synchronizing"`); {
			line, ok = p.Line()
		}
		if killAfter(p, moment(t, 500*time.Millisecond)) {
			kills++
		}
	}
	if kills < 3 {
		t.Errorf("only %d times it was killed before it ended", kills)
	}
	end, code := o.silently("--all")
	if code != 0 || end.Outcome != "protected" {
		t.Fatalf("ended with %d: %+v", code, end)
	}
	one(t, sim)
	if n := len(o.targets()); n != users {
		t.Errorf("%d people, not %d", n, users)
	}
}
