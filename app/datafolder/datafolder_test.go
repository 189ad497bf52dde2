package datafolder

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"cloudappsecurity/service"
)

// The test binary is also the other process: it locks the folder named here and
// waits to be killed.
const lockDir = "CAS_TEST_LOCK_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(lockDir); dir != "" {
		f, err := Open(dir)
		if err == nil {
			_, err = f.Lock("casctl grant")
		}
		fmt.Println("locked", err)
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		os.Exit(3)
	}
	os.Exit(m.Run())
}

func open(t *testing.T, dir string) *Folder {
	t.Helper()
	f, err := Open(dir)
	if err != nil {
		t.Fatalf("%v (%v)", err, errors.Unwrap(err))
	}
	return f
}

func wantCode(t *testing.T, err error, code service.Code, words string) {
	t.Helper()
	if service.CodeOf(err) != code || code != "" && !strings.Contains(err.Error(), words) {
		t.Errorf("error %v has code %q, want %q and %q", err, service.CodeOf(err), code, words)
	}
}

func TestDefault(t *testing.T) {
	t.Parallel()
	root, other := t.TempDir(), t.TempDir()
	none := func() (string, error) { return "", errors.New("no home") }
	home := func() (string, error) { return root, nil }
	for _, c := range []struct {
		goos       string
		env        map[string]string
		home       func() (string, error)
		real, demo string
	}{
		{"linux", nil, home, root + "/.local/share/cloudappsecurity", root + "/.local/share/cloudappsecurity-demo"},
		{"linux", map[string]string{"XDG_DATA_HOME": other}, none, other + "/cloudappsecurity", other + "/cloudappsecurity-demo"},
		{"linux", map[string]string{"XDG_DATA_HOME": "relative"}, home, root + "/.local/share/cloudappsecurity", root + "/.local/share/cloudappsecurity-demo"},
		{"darwin", map[string]string{"XDG_DATA_HOME": other}, home, root + "/Library/Application Support/CloudAppSecurity", root + "/Library/Application Support/CloudAppSecurityDemo"},
		{"windows", map[string]string{"LOCALAPPDATA": other}, none, other + "/CloudAppSecurity", other + "/CloudAppSecurityDemo"},
		{"windows", nil, home, root + "/AppData/Local/CloudAppSecurity", root + "/AppData/Local/CloudAppSecurityDemo"},
		{"linux", nil, none, "", ""},
	} {
		for suffix, want := range map[string]string{"": c.real, "demo": c.demo} {
			got, err := defaultDir(c.goos, func(k string) string { return c.env[k] }, c.home, suffix)
			if got != filepath.FromSlash(want) {
				t.Errorf("%s %v: %s, want %s", c.goos, c.env, got, want)
			}
			if (err != nil) != (want == "") {
				t.Errorf("%s %v: %v", c.goos, c.env, err)
			}
		}
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a b", "データ 100%")
	f := open(t, dir)
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("left %v, %v", entries, err)
	}
	for _, p := range []string{f.Database(), f.Log(), f.DemoState()} {
		if filepath.Dir(p) != f.Dir() {
			t.Errorf("%s is not in %s", p, f.Dir())
		}
	}

	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{file, filepath.Join(file, "below")} {
		_, err := Open(bad)
		wantCode(t, err, service.CodeStore, "can't be used")
	}
}

func TestLookMakesNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "none")
	f, err := Look(dir)
	if err != nil {
		t.Fatal(err)
	}
	if k, err := f.Kind(); k != KindNone || err != nil {
		t.Errorf("kind %q, %v", k, err)
	}
	wantCode(t, f.Check(KindDemo), "", "")
	if exists(dir) {
		t.Error("the folder was made")
	}
}

func TestKind(t *testing.T) {
	t.Parallel()
	write := func(t *testing.T, path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		prepare    func(*testing.T, *Folder)
		kind       Kind
		real, demo string // what a claim is refused with
	}{
		"empty":         {func(*testing.T, *Folder) {}, KindNone, "", ""},
		"claimed real":  {func(t *testing.T, f *Folder) { wantCode(t, f.Claim(KindReal), "", "") }, KindReal, "", "real organization's data"},
		"claimed demo":  {func(t *testing.T, f *Folder) { wantCode(t, f.Claim(KindDemo), "", "") }, KindDemo, "holds the demo", ""},
		"mark lost":     {func(t *testing.T, f *Folder) { write(t, f.Database(), "x") }, KindReal, "", "real organization's data"},
		"mark cut":      {func(t *testing.T, f *Folder) { write(t, f.kindFile(), ""); write(t, f.Database(), "x") }, KindReal, "", "real organization's data"},
		"demo's lost":   {func(t *testing.T, f *Folder) { write(t, f.DemoState(), "{}"); write(t, f.Database(), "x") }, KindDemo, "holds the demo", ""},
		"from a future": {func(t *testing.T, f *Folder) { write(t, f.kindFile(), "martian\n") }, KindNone, "unknown kind", "unknown kind"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := open(t, t.TempDir())
			c.prepare(t, f)
			if k, _ := f.Kind(); k != c.kind {
				t.Errorf("kind %q, want %q", k, c.kind)
			}
			for kind, refusal := range map[Kind]string{KindReal: c.real, KindDemo: c.demo} {
				if refusal == "" {
					wantCode(t, f.Check(kind), "", "")
				} else {
					wantCode(t, f.Check(kind), service.CodeStore, refusal)
					wantCode(t, f.Claim(kind), service.CodeStore, refusal)
				}
			}
			if k, _ := f.Kind(); k != c.kind {
				t.Errorf("kind became %q", k)
			}
		})
	}
}

func TestLockWithinOneProcess(t *testing.T) {
	t.Parallel()
	f := open(t, t.TempDir())
	unlock, err := f.Lock("Cloud App Security")
	if err != nil {
		t.Fatal(err)
	}
	_, err = open(t, f.Dir()).Lock("casctl")
	wantCode(t, err, service.CodeLocked, fmt.Sprintf("is in use by Cloud App Security (process %d) since ", os.Getpid()))
	unlock()
	if exists(f.holderFile()) {
		t.Error("the holder's name is left")
	}
	unlock, err = f.Lock("Cloud App Security")
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

// A killed process leaves no lock, though it leaves its name.
func TestLockDiesWithItsProcess(t *testing.T) {
	t.Parallel()
	f := open(t, t.TempDir())
	f.now = func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), lockDir+"="+f.Dir())
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil { // held open: it waits
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	if line != "locked <nil>\n" {
		t.Errorf("child said %q", line)
	}
	_, err = f.Lock("Cloud App Security")
	wantCode(t, err, service.CodeLocked, fmt.Sprintf("is in use by casctl grant (process %d) since ", cmd.Process.Pid))
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if !exists(f.holderFile()) {
		t.Error("the killed process left no name: it was not killed")
	}
	unlock, err := f.Lock("Cloud App Security")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if h, ok := f.holder(); !ok || h.PID != os.Getpid() || !h.Since.Equal(f.now()) {
		t.Errorf("holder %+v", h)
	}
}
