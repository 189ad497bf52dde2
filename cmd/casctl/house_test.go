package main

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"cloudappsecurity/app/realparts"
	"cloudappsecurity/service/m365sim"
)

func TestKeyring(t *testing.T) {
	t.Parallel()
	t.Run("missing", func(t *testing.T) {
		t.Parallel()
		home := t.TempDir()
		o := &office{t: t, dir: home + "/data", env: []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "DBUS_SESSION_BUS_ADDRESS=unix:path=" + home + "/none"}}
		if end, code := o.silently("--all"); code != 8 || end.Code != "keyring_missing" {
			t.Errorf("ended with %d: %+v", code, end)
		}
	})
	t.Run("locked", func(t *testing.T) {
		t.Parallel()
		o := newOffice(t, nil)
		realparts.LockKeyring(t, o.env)
		if end, code := o.silently("--all"); code != 8 || end.Code != "keyring_locked" {
			t.Errorf("ended with %d: %+v", code, end)
		}
	})
	t.Run("locked after the grant", func(t *testing.T) {
		t.Parallel()
		sim, env := simulate(t, m365sim.Options{})
		o := newOffice(t, env)
		o.protect(administrator(sim), "--all")
		realparts.LockKeyring(t, o.env)
		if end, code := o.silently("--all"); code != 8 || end.Code != "keyring_locked" {
			t.Errorf("ended with %d: %+v", code, end)
		}
		if s := o.status(); s.State != "granted" || s.ProblemText != "" {
			t.Errorf("status %+v", s)
		}
		one(t, sim)
	})
}

// TestBesideAWriter: reading works while a grant waits in the browser, writing
// says who holds the folder.
func TestBesideAWriter(t *testing.T) {
	t.Parallel()
	_, env := simulate(t, m365sim.Options{})
	o := newOffice(t, env)
	holder := o.start("grant", "exchange", "--all")
	pageOf(t, holder)
	for _, command := range []string{"status", "targets", "notifications"} {
		var v any
		o.read(&v, command)
	}
	if s := o.status(); s.State != "not_granted" {
		t.Errorf("status %+v", s)
	}
	out, code := o.run("grant", "exchange", "--all")
	if code != 9 || !strings.Contains(out, `"code":"locked"`) || !strings.Contains(out, "casctl grant") {
		t.Errorf("a second writer ended with %d: %s", code, out)
	}
	// Killed, it leaves no lock behind.
	holder.Signal(syscall.SIGKILL)
	holder.Wait()
	next := o.start("grant", "exchange", "--all")
	pageOf(t, next)
	next.Signal(syscall.SIGINT)
	if code := next.Wait(); code != 130 {
		t.Errorf("after a kill: %d", code)
	}
}

// TestCommandLine: where flags may stand, and what is refused before anything
// is opened.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() + "/data"
	env := []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	for line, want := range map[string]int{
		"--data-dir DIR --json status":                      0,
		"status --json --data-dir DIR":                      0,
		"--json status --data-dir=DIR":                      0,
		"--data-dir DIR targets --json exchange":            0,
		"targets exchange --json --data-dir DIR":            0,
		"--json --data-dir=DIR notifications":               0,
		"--json":                                            0,
		"--version":                                         0,
		"nonsense":                                          2,
		"--nonsense status":                                 2,
		"status --nonsense":                                 2,
		"status exchange":                                   2,
		"policies exchange --kind dlp --data-dir DIR":       0,
		"--kind dlp policies --json --data-dir DIR":         0,
		"policies nonsense":                                 2,
		"policies --kind nonsense":                          2,
		"policies who":                                      2,
		"policies who a@b.c d@e.f":                          2,
		"--service nonsense policies who a@b.c":             2,
		"status --data-dir":                                 2,
		"notifications all":                                 2,
		"targets nonsense":                                  2,
		"targets exchange exchange":                         2,
		"targets --filter nonsense":                         2,
		"targets --origin nobody":                           2,
		"grant":                                             2,
		"grant --all":                                       2,
		"grant exchange":                                    2,
		"grant nonsense --all":                              2,
		"grant exchange sharepoint --all":                   2,
		"grant exchange --all --users FILE":                 2,
		"--all grant exchange --users FILE":                 2,
		"grant exchange --all --timeout 0":                  2,
		"grant exchange --all --timeout -3s":                2,
		"--timeout soon grant exchange --all":               2,
		"grant exchange --users FILE --data-dir DIR --json": 6,
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			p := realparts.Start(t, env, realparts.Program(t, "casctl"), strings.Fields(strings.NewReplacer("DIR", dir, "FILE", dir+"/none").Replace(line))...)
			if code := p.Wait(); code != want {
				t.Errorf("ended with %d, want %d: %s%s", code, want, p.Stdout(), p.Stderr())
			}
			if want == 2 && (p.Stdout() != "" || !strings.HasPrefix(p.Stderr(), "casctl: ")) {
				t.Errorf("stdout %q, stderr %q", p.Stdout(), p.Stderr())
			}
			if _, err := os.Stat(dir); err == nil {
				t.Error("the data folder was made")
			}
		})
	}
}

// TestDemo: the demo organization is granted like a real one, found again as it
// was left, and never shares a folder with one.
func TestDemo(t *testing.T) {
	t.Parallel()
	demo := newOffice(t, nil)
	demo.env = append(demo.env, "CAS_AUTHORITY=https://127.0.0.1:1", "CAS_GRAPH=https://127.0.0.1:1") // the demo has its own
	person := realparts.Administrator{Username: "anna.lindqvist@contosobakery.example", Password: "Bake-Bread-Daily-60"}
	demo.protect(person, "--all", "--demo")
	if end, code := demo.silently("--all", "--demo"); code != 0 || end.Outcome != "protected" {
		t.Errorf("the demo was not found again: %d: %+v", code, end)
	}
	var status struct {
		Demo bool `json:"demo"`
	}
	demo.read(&status, "status", "--demo")
	if !status.Demo {
		t.Error("status doesn't say that it is the demo")
	}
	for _, args := range [][]string{{"status"}, {"grant", "exchange", "--all"}} {
		if out, code := demo.run(args...); code != 9 || !strings.Contains(out, "demo organization") {
			t.Errorf("%v in the demo's folder ended with %d: %s", args, code, out)
		}
	}

	house := newOffice(t, nil)
	p := house.start("grant", "exchange", "--all")
	pageOf(t, p)
	p.Signal(syscall.SIGINT)
	p.Wait()
	before := files(t, house.dir)
	for _, args := range [][]string{{"status", "--demo"}, {"--demo", "grant", "exchange", "--all"}} {
		if out, code := house.run(args...); code != 9 || !strings.Contains(out, "real organization") {
			t.Errorf("%v in a real folder ended with %d: %s", args, code, out)
		}
	}
	after := files(t, house.dir)
	for name, text := range before {
		if after[name] != text {
			t.Errorf("%s was changed", name)
		}
	}
	if len(after) != len(before) {
		t.Errorf("%d files, then %d", len(before), len(after))
	}
}
