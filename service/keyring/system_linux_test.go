package keyring

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"cloudappsecurity/service"
)

// sessionVariable names, in the process which a test starts within a bus of its
// own, the test that it is there for.
const sessionVariable = "CAS_TEST_KEYRING_SESSION"

// within runs the calling test a second time, in a process whose D-Bus session
// and home are private, so that no keyring of whoever runs the tests is touched.
// In that process it reports true.
func within(t *testing.T, launcher ...string) bool {
	t.Helper()
	if os.Getenv(sessionVariable) == t.Name() {
		return true
	}
	t.Parallel()
	for _, tool := range []string{"dbus-run-session", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed (Debian: dbus, gnome-keyring)", tool)
		}
	}
	home := t.TempDir()
	runtimeDir, err := os.MkdirTemp("", "cas") // short: the path of a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(runtimeDir) })
	command := append(launcher, os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.count=1")
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.WaitDelay = 10 * time.Second
	for _, v := range os.Environ() {
		switch name, _, _ := strings.Cut(v, "="); name {
		case "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "HOME", "GNOME_KEYRING_CONTROL", "SSH_AUTH_SOCK":
		default:
			if !strings.HasPrefix(name, "XDG_") {
				cmd.Env = append(cmd.Env, v)
			}
		}
	}
	cmd.Env = append(cmd.Env, sessionVariable+"="+t.Name(), "HOME="+home, "XDG_RUNTIME_DIR="+runtimeDir,
		"XDG_DATA_HOME="+filepath.Join(home, "data"), "XDG_CONFIG_HOME="+filepath.Join(home, "config"), "XDG_CACHE_HOME="+filepath.Join(home, "cache"))
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Errorf("in a session of its own: %v\n%s", err, out)
	}
	t.Logf("%s", out)
	return false
}

// daemon starts gnome-keyring with an unlocked login keyring. It ends with the
// bus.
func daemon(t *testing.T) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "gnome-keyring-daemon", "--daemonize", "--unlock", "--components=secrets")
	cmd.Stdin = strings.NewReader("a password for this test")
	if err := cmd.Run(); err != nil { // returns once it serves the bus
		t.Fatalf("gnome-keyring-daemon: %v", err)
	}
}

func TestGnomeKeyring(t *testing.T) {
	if !within(t, "dbus-run-session", "--") {
		return
	}
	daemon(t)
	ctx := t.Context()
	open := func() *Vault {
		v, err := New(Config{ServiceName: "Cloud App Security test", Account: "installation-1", Timeout: 20 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	v := open()
	if err := v.Check(ctx); err != nil {
		t.Fatal(err, service.AsError(err).Cause)
	}
	plain, aad := bytes.Repeat([]byte("key"), 1000), []byte("tenant|app")
	sealed, err := v.Seal(ctx, plain, aad)
	if err != nil {
		t.Fatal(err, service.AsError(err).Cause)
	}
	if err := v.Check(ctx); err != nil {
		t.Error(err)
	}
	got, err := open().Open(ctx, sealed, aad)
	if err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("after a restart: %v", err)
	}
	if err := (system{}).Delete("Cloud App Security test", "installation-1"); err != nil {
		t.Fatal(err)
	}
	_, err = open().Open(ctx, sealed, aad)
	wantCode(t, err, service.CodeKeyLost)
	// The vault that knows the key puts it back.
	if _, err := v.Seal(ctx, plain, aad); err != nil {
		t.Fatal(err)
	}
	if _, err := open().Open(ctx, sealed, aad); err != nil {
		t.Error(err)
	}

	// Locked, and nobody there to ask for the password.
	conn, err := dbus.SessionBus()
	if err != nil {
		t.Fatal(err)
	}
	login := dbus.ObjectPath("/org/freedesktop/secrets/collection/login")
	if err := conn.Object("org.freedesktop.secrets", "/org/freedesktop/secrets").Call("org.freedesktop.Secret.Service.Lock", 0, []dbus.ObjectPath{login}).Err; err != nil {
		t.Fatal(err)
	}
	_, err = open().Open(ctx, sealed, aad)
	e := wantCode(t, err, service.CodeKeyringLocked)
	t.Logf("locked: %v", e.Cause)
	_, err = open().Seal(ctx, plain, aad)
	wantCode(t, err, service.CodeKeyringLocked)
	wantCode(t, open().Check(ctx), service.CodeKeyringLocked)
	// What is known is opened without asking.
	if _, err := v.Open(ctx, sealed, aad); err != nil {
		t.Error(err)
	}
}

// A keyring service that has no keyring yet, and nobody there to make one.
func TestNoDefaultKeyring(t *testing.T) {
	if !within(t, "dbus-run-session", "--") {
		return
	}
	v, err := New(Config{ServiceName: "Cloud App Security test", Account: "installation-1", Timeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	e := wantCode(t, v.Check(t.Context()), service.CodeKeyringLocked)
	t.Logf("%v", e.Cause)
	_, err = v.Seal(t.Context(), []byte("a private key"), nil)
	wantCode(t, err, service.CodeKeyringLocked)
}

func TestBusWithoutKeyring(t *testing.T) {
	// An own configuration: Debian's would start gnome-keyring when it is asked.
	config := filepath.Join(t.TempDir(), "bus.conf")
	if err := os.WriteFile(config, []byte(`<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`), 0o600); err != nil {
		t.Fatal(err)
	}
	if !within(t, "dbus-run-session", "--config-file="+config, "--") {
		return
	}
	unusable(t)
}

func TestNoBus(t *testing.T) {
	if !within(t, "env", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent/bus") {
		return
	}
	unusable(t)
}

func TestNoBusAddress(t *testing.T) {
	// Without a path, so that no dbus-launch starts a bus.
	if !within(t, "env", "-u", "DBUS_SESSION_BUS_ADDRESS", "PATH=/nonexistent") {
		return
	}
	unusable(t)
}

// unusable wants words instead of a fallback.
func unusable(t *testing.T) {
	t.Helper()
	v, err := New(Config{ServiceName: "Cloud App Security test", Account: "installation-1", Timeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	err = v.Check(t.Context())
	e := wantCode(t, err, service.CodeKeyringMissing)
	t.Logf("%v", e.Cause)
	sealed, err := v.Seal(t.Context(), []byte("a private key"), nil)
	wantCode(t, err, service.CodeKeyringMissing)
	if sealed != nil {
		t.Error("something was sealed")
	}
	_, err = v.Open(t.Context(), append([]byte{version}, make([]byte, 100)...), nil)
	wantCode(t, err, service.CodeKeyringMissing)
}
