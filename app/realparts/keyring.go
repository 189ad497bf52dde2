package realparts

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const (
	bus               = "org.freedesktop.DBus"
	secrets           = "org.freedesktop.secrets"
	secretsPath       = "/org/freedesktop/secrets"
	defaultCollection = secretsPath + "/aliases/default"
)

// Keyring starts a D-Bus session with an unlocked gnome-keyring of its own and
// gives the environment of a program in it: HOME, XDG folders and the bus are
// the test's.
func Keyring(t testing.TB) []string {
	t.Helper()
	Need(t, "dbus-daemon", "dbus-send", "gnome-keyring-daemon")
	env := cleanEnv(t)
	daemon := exec.Command("dbus-daemon", "--session", "--nofork", "--print-address=1")
	daemon.Env = env
	out, err := daemon.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	start(t, daemon)
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	env = append(env, "DBUS_SESSION_BUS_ADDRESS="+strings.TrimSpace(address))
	ring := exec.Command("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
	ring.Env = env
	ring.Stdin = strings.NewReader("test")
	start(t, ring)
	awaitKeyring(t, env, false)
	return env
}

// LockKeyring locks the keyring of an environment that Keyring gave. Nobody is
// there to unlock it again.
func LockKeyring(t testing.TB, env []string) {
	t.Helper()
	if out, err := call(t.Context(), env, secrets, secretsPath, "org.freedesktop.Secret.Service.Lock", "array:objpath:"+secretsPath+"/collection/login"); err != nil {
		t.Fatalf("the keyring was not locked: %v: %s", err, out)
	}
	awaitKeyring(t, env, true)
}

// StopKeyring stops the daemon of an environment that Keyring gave, as one that
// hangs: it owns its name, and never answers.
func StopKeyring(t testing.TB, env []string) {
	t.Helper()
	out, err := call(t.Context(), env, bus, "/org/freedesktop/DBus", bus+".GetConnectionUnixProcessID", "string:"+secrets)
	fields := strings.Fields(out)
	if err != nil || len(fields) == 0 {
		t.Fatalf("the keyring's process is not known: %v: %s", err, out)
	}
	pid, err := strconv.Atoi(fields[len(fields)-1])
	if err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if err := stop(pid); err != nil {
		t.Fatal(err)
	}
}

// awaitKeyring waits until the default collection is there, and locked or not:
// the daemon answers before it has made one. Nothing is asked of the keyring
// before somebody owns its name: the bus would start another daemon for it.
func awaitKeyring(t testing.TB, env []string, locked bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	want := "boolean false"
	if locked {
		want = "boolean true"
	}
	for {
		out, err := call(ctx, env, bus, "/org/freedesktop/DBus", bus+".NameHasOwner", "string:"+secrets)
		if err == nil && strings.Contains(out, "boolean true") {
			break
		}
		if ctx.Err() != nil {
			t.Fatalf("the keyring did not start: %v: %s", err, out)
		}
	}
	for {
		out, err := call(ctx, env, secrets, defaultCollection, "org.freedesktop.DBus.Properties.Get", "string:org.freedesktop.Secret.Collection", "string:Locked")
		if err == nil && strings.Contains(out, want) {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("the keyring is not ready: %v: %s", err, out)
		}
	}
}

// call asks something on the bus of env, and gives the answer as dbus-send
// prints it.
func call(ctx context.Context, env []string, name, object, method string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "dbus-send", append([]string{"--session", "--print-reply", "--dest=" + name, object, method}, args...)...)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// start starts a part that is killed when the test ends.
func start(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
}

// cleanEnv is an environment without this machine's home, bus and display.
func cleanEnv(t testing.TB) []string {
	t.Helper()
	home := t.TempDir()
	sockets, err := os.MkdirTemp("", "cas") // short: a socket's path is limited to about 100 characters
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(sockets) })
	return []string{
		"HOME=" + home, "XDG_DATA_HOME=" + filepath.Join(home, "data"), "XDG_CONFIG_HOME=" + filepath.Join(home, "config"),
		"XDG_CACHE_HOME=" + filepath.Join(home, "cache"), "XDG_RUNTIME_DIR=" + sockets,
		"PATH=" + os.Getenv("PATH"), "LANG=en_US.UTF-8", "GORACE=" + os.Getenv("GORACE"),
	}
}
