package clamav_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cloudappsecurity/service/clamav"
	"cloudappsecurity/service/inspect/content/contenttest"
)

func TestNew(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{"localhost:3310": true, "tcp://10.0.0.1:3310": true, "unix:/run/clamd.ctl": true, "/run/clamd.ctl": true, "localhost": false, "": false} {
		if _, err := clamav.New(address); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// answering is a daemon that reads all it is sent up to max, and answers.
func answering(t *testing.T, answer string) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				r := bufio.NewReader(conn)
				_, _ = r.ReadString(0)
				var size [4]byte
				for {
					if _, err := io.ReadFull(r, size[:]); err != nil {
						return
					}
					n := int64(size[0])<<24 | int64(size[1])<<16 | int64(size[2])<<8 | int64(size[3])
					if n == 0 {
						break
					}
					_, _ = io.CopyN(io.Discard, r, n)
				}
				_, _ = io.WriteString(conn, answer)
			}()
		}
	}()
	return l.Addr().String()
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		answer string
		want   clamav.Finding
		err    error
	}{
		{"stream: OK\x00", clamav.Finding{}, nil},
		{"stream: Win.Test.EICAR_HDB-1 FOUND\x00", clamav.Finding{Infected: true, Signature: "Win.Test.EICAR_HDB-1"}, nil},
		{"INSTREAM size limit exceeded. ERROR\x00", clamav.Finding{}, clamav.ErrTooLarge},
		{"stream: Can't allocate memory ERROR\x00", clamav.Finding{}, clamav.ErrRefused},
		{"", clamav.Finding{}, clamav.ErrUnavailable},
	} {
		s, err := clamav.New(answering(t, c.answer))
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Scan(t.Context(), strings.NewReader(strings.Repeat("x", 200_000)))
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%q: %+v, %v", c.answer, got, err)
		}
	}
}

func TestUnavailable(t *testing.T) {
	t.Parallel()
	s, err := clamav.New("unix:" + filepath.Join(t.TempDir(), "none"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Scan(t.Context(), strings.NewReader("x")); !errors.Is(err, clamav.ErrUnavailable) {
		t.Error(err)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, clamav.ErrUnavailable) {
		t.Error(err)
	}
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	if s, err = clamav.New(silent.Addr().String()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Scan(ctx, strings.NewReader("x")); !errors.Is(err, clamav.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errBroken }

var errBroken = errors.New("broken")

func TestReaderFails(t *testing.T) {
	t.Parallel()
	s, err := clamav.New(answering(t, "stream: OK\x00"))
	if err != nil {
		t.Fatal(err)
	}
	if f, err := s.Scan(t.Context(), broken{}); !errors.Is(err, errBroken) || f.Infected {
		t.Errorf("%+v, %v", f, err)
	}
}

// TestDaemon asks Debian's own clamd, which knows one signature: that of the
// test file. It needs the package clamav-daemon, and no network.
func TestDaemon(t *testing.T) {
	t.Parallel()
	clamd, err := exec.LookPath("clamd")
	if err != nil {
		if clamd = "/usr/sbin/clamd"; !exists(clamd) {
			t.Skip("clamd isn't installed: make test installs clamav-daemon")
		}
	}
	dir := t.TempDir()
	socket := filepath.Join(dir, "clamd.sock")
	db := filepath.Join(dir, "db")
	if err := os.Mkdir(db, 0o700); err != nil {
		t.Fatal(err)
	}
	hexed := make([]byte, 0, 200)
	for _, c := range []byte(contenttest.EICAR()) {
		hexed = append(hexed, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
	}
	write(t, filepath.Join(db, "local.ndb"), "Local.Test.File:0:*:"+string(hexed)+"\n")
	config := filepath.Join(dir, "clamd.conf")
	write(t, config, "Foreground yes\nLocalSocket "+socket+"\nDatabaseDirectory "+db+"\nTemporaryDirectory "+dir+"\nStreamMaxLength 1M\nMaxThreads 2\nLogFile "+filepath.Join(dir, "log")+"\n")
	cmd := exec.Command(clamd, "--config-file="+config)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	s, err := clamav.New("unix:" + socket)
	if err != nil {
		t.Fatal(err)
	}
	for begin := time.Now(); s.Ping(t.Context()) != nil; time.Sleep(100 * time.Millisecond) {
		if time.Since(begin) > time.Minute {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Fatalf("clamd doesn't answer: %s", log)
		}
	}
	if f, err := s.Scan(t.Context(), strings.NewReader(contenttest.EICAR())); err != nil || !f.Infected || !strings.HasPrefix(f.Signature, "Local.Test.File") {
		t.Errorf("%+v, %v", f, err)
	}
	if f, err := s.Scan(t.Context(), strings.NewReader("a letter")); err != nil || f.Infected {
		t.Errorf("%+v, %v", f, err)
	}
	if f, err := s.Scan(t.Context(), strings.NewReader(strings.Repeat("x", 3<<20))); !errors.Is(err, clamav.ErrTooLarge) {
		t.Errorf("too large: %+v, %v", f, err)
	}
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
