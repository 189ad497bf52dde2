package sqlite

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A folder in which this user may make nothing. Root may everything, so the
// other process is nobody's.
func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "sqlite-read-only-")
	must(t, err)
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700); _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "store.db")
	s := open(t, path, Options{})
	must(t, s.ApplyUsers(context.Background(), ex, page("1", "", "ann"), noon))
	must(t, s.Close())
	must(t, os.Chmod(path, 0o444))

	exe := filepath.Join(dir, "child")
	// Linked rather than copied, where possible: a file just written may be
	// "busy" to exec while another test forks.
	if self := get[string](t)(os.Executable()); os.Link(self, exe) != nil {
		copyFile(t, exe, self)
	}
	must(t, os.Chmod(dir, 0o555))

	run := func(role, in string) string {
		t.Helper()
		cmd := exec.Command(exe)
		cmd.Dir = "/"
		cmd.Env = append(os.Environ(), childRole+"="+role+" "+path)
		cmd.Stdin = strings.NewReader(in)
		if os.Getuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		out, _ := cmd.CombinedOutput()
		return string(out)
	}
	if got := run("write", ""); !strings.Contains(got, "failed: store The data folder can't be written. Nothing was lost.") {
		t.Errorf("writing: %s", got)
	}
	if got := run("read", "a\n"); got != "1\n" {
		t.Errorf("reading: %s", got)
	}
	must(t, os.Chmod(path, 0o600))
	if os.Getuid() == 0 {
		if got := run("read", "a\n"); !strings.Contains(got, "failed: store The data folder can't be read.") &&
			!strings.Contains(got, "can't be opened") {
			t.Errorf("reading another user's: %s", got)
		}
	}
	if entries := get[[]os.DirEntry](t)(os.ReadDir(dir)); len(entries) != 2 {
		t.Errorf("left %s", fmt.Sprint(entries))
	}
}

func copyFile(t *testing.T, to, from string) {
	t.Helper()
	in, err := os.Open(from)
	must(t, err)
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	must(t, err)
	_, err = io.Copy(out, in)
	must(t, err)
	must(t, out.Close())
	must(t, os.Chmod(to, 0o755))
}
