package keyring

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/godbus/dbus/v5"

	"cloudappsecurity/service"
)

// fake is a keyring in memory. Its hooks run before the call and may fail it.
type fake struct {
	mu      sync.Mutex
	entries map[string]string
	sets    int
	onGet   func() error
	onSet   func() error
	forget  bool // Set reports success and keeps nothing
}

func (f *fake) Get(s, a string) (string, error) {
	if f.onGet != nil {
		if err := f.onGet(); err != nil {
			return "", err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	text, ok := f.entries[s+"\n"+a]
	if !ok {
		return "", ErrNotFound
	}
	return text, nil
}

func (f *fake) Set(s, a, text string) error {
	if f.onSet != nil {
		if err := f.onSet(); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sets++
	if f.forget {
		return nil
	}
	if f.entries == nil {
		f.entries = map[string]string{}
	}
	f.entries[s+"\n"+a] = text
	return nil
}

func (f *fake) Delete(s, a string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.entries, s+"\n"+a)
	return nil
}

func (f *fake) wipe() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.entries)
}

const entry = "Cloud App Security\ninstallation-1"

func vault(t *testing.T, b Backend) *Vault {
	t.Helper()
	v, err := New(Config{ServiceName: "Cloud App Security", Account: "installation-1", Backend: b})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

func wantCode(t *testing.T, err error, code service.Code) *service.Error {
	t.Helper()
	if got := service.CodeOf(err); got != code {
		t.Fatalf("code = %q, want %q (%v)", got, code, err)
	}
	var e *service.Error
	if !errors.As(err, &e) || e.Message == "" || e.Help == "" {
		t.Fatalf("%v lacks words", err)
	}
	return e
}

func TestSealOpen(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := &fake{}
	v := vault(t, b)
	plain, aad := []byte("a private key"), []byte("tenant|app")
	one, err := v.Seal(ctx, plain, aad)
	if err != nil {
		t.Fatal(err)
	}
	two, err := v.Seal(ctx, plain, aad)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(one, two) {
		t.Error("sealing twice gives the same text")
	}
	if bytes.Contains(one, plain) || one[0] != version {
		t.Error("the sealed text is not sealed")
	}
	if b.sets != 1 {
		t.Errorf("the key was written %d times", b.sets)
	}
	if key, err := base64.StdEncoding.DecodeString(b.entries[entry]); err != nil || len(key) != keySize {
		t.Errorf("the entry is not a key of %d bytes", keySize)
	}
	for name, other := range map[string]*Vault{"same": v, "after a restart": vault(t, b)} {
		for _, sealed := range [][]byte{one, two} {
			got, err := other.Open(ctx, sealed, aad)
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
	}
}

func TestOpenRefusesWhatWasChanged(t *testing.T) {
	t.Parallel()
	b := &fake{}
	v := vault(t, b)
	aad := []byte("tenant|app")
	sealed, err := v.Seal(t.Context(), []byte("a private key"), aad)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Open(t.Context(), sealed, []byte("tenant|other")); service.CodeOf(err) != service.CodeKeyLost {
		t.Errorf("other additional data: %v", err)
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := v.Open(t.Context(), changed, aad); service.CodeOf(err) != service.CodeKeyLost {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
	for n := range sealed {
		if _, err := v.Open(t.Context(), sealed[:n], aad); service.CodeOf(err) != service.CodeKeyLost {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	if b.sets != 1 {
		t.Errorf("opening wrote into the keyring: %d writes", b.sets)
	}
}

func TestLostKey(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := &fake{}
	v := vault(t, b)
	sealed, err := v.Seal(ctx, []byte("a private key"), nil)
	if err != nil {
		t.Fatal(err)
	}
	b.wipe()
	later := vault(t, b)
	_, err = later.Open(ctx, sealed, nil)
	wantCode(t, err, service.CodeKeyLost)
	if b.sets != 1 {
		t.Fatal("opening made a new key")
	}
	// While the program still knows the key, sealing puts it back.
	if _, err := v.Seal(ctx, []byte("another"), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := later.Open(ctx, sealed, nil); err != nil {
		t.Errorf("the key was replaced, not put back: %v", err)
	}
	// Once nobody knows it, granting again makes another, which does not open
	// what was sealed before.
	b.wipe()
	fresh := vault(t, b)
	if _, err := fresh.Seal(ctx, []byte("a new private key"), nil); err != nil {
		t.Fatal(err)
	}
	_, err = fresh.Open(ctx, sealed, nil)
	wantCode(t, err, service.CodeKeyLost)
}

func TestForeignEntryStays(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "not base64!", base64.StdEncoding.EncodeToString([]byte("short")), base64.StdEncoding.EncodeToString(make([]byte, 33))} {
		b := &fake{entries: map[string]string{entry: text}}
		v := vault(t, b)
		_, err := v.Seal(t.Context(), []byte("a private key"), nil)
		e := wantCode(t, err, service.CodeKeyLost)
		if text != "" && strings.Contains(fmt.Sprintf("%v %v", e, e.Cause), text) {
			t.Errorf("%q is in the error", text)
		}
		wantCode(t, v.Check(t.Context()), service.CodeKeyLost)
		if b.sets != 0 || b.entries[entry] != text {
			t.Errorf("%q was replaced", text)
		}
	}
}

func TestSealNeedsAKeyringThatKeeps(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	// A dismissed prompt: go-keyring reports success.
	_, err := vault(t, &fake{forget: true}).Seal(ctx, []byte("x"), nil)
	wantCode(t, err, service.CodeKeyringLocked)
	wantCode(t, vault(t, &fake{forget: true}).Check(ctx), service.CodeKeyringLocked)
	// A panic in the keyring's client.
	_, err = vault(t, &fake{onGet: func() error { panic("nil signal") }}).Seal(ctx, []byte("x"), nil)
	wantCode(t, err, service.CodeKeyringMissing)
	// Any failure but "not found" makes no key.
	b := &fake{onGet: func() error { return dbus.Error{Name: "org.freedesktop.DBus.Error.ServiceUnknown"} }}
	_, err = vault(t, b).Seal(ctx, []byte("x"), nil)
	wantCode(t, err, service.CodeKeyringMissing)
	if b.sets != 0 {
		t.Error("a key was made though the keyring could not be read")
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	b := &fake{}
	v := vault(t, b)
	if err := v.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(b.entries) != 0 {
		t.Errorf("the check left %v", b.entries)
	}
	if _, err := v.Seal(t.Context(), []byte("x"), nil); err != nil {
		t.Fatal(err)
	}
	if err := v.Check(t.Context()); err != nil || b.sets != 2 {
		t.Errorf("with a key the check only reads: %v, %d writes", err, b.sets)
	}
}

func TestSilentKeyring(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		b := &fake{onGet: func() error { <-release; return nil }}
		v, err := New(Config{ServiceName: "s", Account: "a", Backend: b, Timeout: 20 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = v.Seal(t.Context(), []byte("x"), nil)
		wantCode(t, err, service.CodeKeyringLocked)
		if d := time.Since(start); d != 20*time.Second {
			t.Errorf("waited %v", d)
		}
		// The second question waits behind the first, which nobody answered.
		wantCode(t, v.Check(t.Context()), service.CodeKeyringLocked)
		// A caller can stop waiting.
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err = v.Seal(ctx, []byte("x"), nil)
		wantCode(t, err, service.CodeCanceled)
		// Once it is answered, all goes on.
		close(release)
		synctest.Wait()
		if _, err := v.Seal(t.Context(), []byte("x"), nil); err != nil {
			t.Error(err)
		}
		v.Close()
	})
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	b := &fake{}
	v := vault(t, b)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			plain := fmt.Appendf(nil, "key %d", i)
			sealed, err := v.Seal(t.Context(), plain, nil)
			if err != nil {
				t.Error(err)
				return
			}
			if i%5 == 0 {
				v.Close()
			}
			if got, err := v.Open(t.Context(), sealed, nil); err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	wg.Wait()
	if b.sets != 1 {
		t.Errorf("%d keys were made", b.sets)
	}
}

func TestNewWantsAName(t *testing.T) {
	t.Parallel()
	for _, c := range []Config{{}, {ServiceName: "s"}, {Account: "a"}} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		goos string
		err  error
		code service.Code
		help string // a part of it
	}{
		{"no secret service", "linux", dbus.Error{Name: "org.freedesktop.DBus.Error.ServiceUnknown"}, service.CodeKeyringMissing, "gnome-keyring"},
		{"service does not start", "linux", dbus.Error{Name: "org.freedesktop.DBus.Error.Spawn.ChildExited"}, service.CodeKeyringMissing, "gnome-keyring"},
		{"no bus", "linux", &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ENOENT)}, service.CodeKeyringMissing, "dbus-run-session"},
		{"bus is gone", "linux", &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, service.CodeKeyringMissing, "dbus-run-session"},
		{"no dbus-launch", "linux", &exec.Error{Name: "dbus-launch", Err: exec.ErrNotFound}, service.CodeKeyringMissing, "dbus-run-session"},
		{"no display", "linux", errors.New("exit status 1: Cannot autolaunch D-Bus without X11 $DISPLAY"), service.CodeKeyringMissing, "desktop session"},
		{"locked item", "linux", dbus.Error{Name: "org.freedesktop.Secret.Error.IsLocked"}, service.CodeKeyringLocked, "Unlock"},
		{"dismissed", "linux", errors.New("failed to unlock correct collection '/org/freedesktop/secrets/collection/login'"), service.CodeKeyringLocked, "Unlock"},
		{"no answer on the bus", "linux", dbus.Error{Name: "org.freedesktop.DBus.Error.NoReply"}, service.CodeKeyringLocked, "password"},
		{"no answer", "windows", errNoAnswer, service.CodeKeyringLocked, "password"},
		{"deadline", "darwin", context.DeadlineExceeded, service.CodeKeyringLocked, "password"},
		{"not kept", "darwin", errNotKept, service.CodeKeyringLocked, "Keychain Access"},
		{"macOS, unknown", "darwin", errors.New("exit status 1"), service.CodeKeyringMissing, "login keychain"},
		{"Windows, no session", "windows", syscall.Errno(1312), service.CodeKeyringMissing, "Credential Manager"},
		{"malformed", "windows", errMalformed, service.CodeKeyLost, "Credential Manager"},
		{"malformed", "linux", errMalformed, service.CodeKeyLost, "Passwords and Keys"},
		{"canceled", "linux", context.Canceled, service.CodeCanceled, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := wantCode(t, explain(tt.goos, fmt.Errorf("wrapped: %w", tt.err)), tt.code)
			if !strings.Contains(e.Help, tt.help) {
				t.Errorf("help %q lacks %q", e.Help, tt.help)
			}
			if e.Cause == nil || !strings.HasSuffix(e.Cause.Error(), tt.err.Error()) {
				t.Error("the cause is lost")
			}
		})
	}
	for status, want := range map[int]problem{36: locked, 51: locked, 128: locked, 37: missing, 50: missing, 1: missing} {
		if got := diagnoseMacOSStatus(status); got != want {
			t.Errorf("status %d: %v, want %v", status, got, want)
		}
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	backend := &fake{}
	v, err := New(Config{ServiceName: "test", Account: "one", Backend: backend})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := v.Seal(t.Context(), []byte("key"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is none
		if err := v.Remove(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if len(backend.entries) != 0 {
		t.Errorf("%d entries are left", len(backend.entries))
	}
	if _, err := v.Open(t.Context(), sealed, nil); service.CodeOf(err) != service.CodeKeyLost {
		t.Errorf("opening what was sealed: %v", err)
	}
}
