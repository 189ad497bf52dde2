//go:build wine

package realparts

import (
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Wine is a Windows of the test's own: a new drive C, registry and credential
// store. It shares this computer's network.
type Wine struct {
	t      testing.TB
	loader string
	Env    []string // of a program in it
}

//go:embed testdata/bcryptprimitives.c
var shim []byte

// loader is Wine's own of 64-bit programs, where it is found: Debian's "wine"
// also prints that it can't run 32-bit ones.
func loader(t testing.TB) string {
	t.Helper()
	const debian = "/usr/lib/wine/wine64"
	if _, err := os.Stat(debian); err == nil {
		return debian
	}
	path, err := exec.LookPath("wine")
	if err != nil {
		t.Fatal("Wine is not installed: run this by make windows-check")
	}
	return path
}

// NewWine makes a Windows, and ends what runs in it with the test.
func NewWine(t testing.TB, env ...string) *Wine {
	t.Helper()
	w := &Wine{t: t, loader: loader(t)}
	w.Env = append(cleanEnv(t), "WINEPREFIX="+filepath.Join(t.TempDir(), "wine"), "WINEARCH=win64", "WINEDEBUG=-all",
		"LC_ALL=C.UTF-8", // or Wine garbles arguments in other scripts
		// Neither .NET nor a browser to offer, and no menus of this desktop to write.
		"WINEDLLOVERRIDES=mscoree,mshtml=;winemenubuilder.exe=d")
	w.Env = append(w.Env, env...)
	t.Cleanup(func() { w.host("wineserver", "-k", "-w") })
	w.host("wineboot", "--init")
	source := filepath.Join(t.TempDir(), "bcryptprimitives.c")
	if err := os.WriteFile(source, shim, 0o600); err != nil {
		t.Fatal(err)
	}
	dll := w.Unix(`C:\windows\system32\bcryptprimitives.dll`)
	if _, err := os.Stat(dll); err != nil {
		w.host("x86_64-w64-mingw32-gcc", "-shared", "-o", dll, source, "-ladvapi32")
	}
	return w
}

// host runs a program of this computer's.
func (w *Wine) host(program string, args ...string) {
	w.t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = w.Env
	if out, err := cmd.CombinedOutput(); err != nil && program != "wineserver" { // which fails where none runs any more
		w.t.Fatalf("%s: %v: %s", program, err, out)
	}
}

// Program gives the command line of a program that "make windows" built.
func (w *Wine) Program(name string) []string {
	w.t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "bin", "windows", name+".exe"))
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		w.t.Fatalf("%v: run this by make windows-check", err)
	}
	return []string{w.loader, path}
}

// Windows is how a path of this computer's is called in Wine.
func Windows(path string) string { return "Z:" + strings.ReplaceAll(path, "/", `\`) }

// Unix is how a path on drive C is called on this computer.
func (w *Wine) Unix(path string) string {
	w.t.Helper()
	rest, ok := strings.CutPrefix(path, `C:\`)
	if !ok {
		w.t.Fatalf("%s is not on drive C", path)
	}
	return filepath.Join(w.prefix(), "drive_c", filepath.FromSlash(strings.ReplaceAll(rest, `\`, "/")))
}

// Share makes a network share of an empty folder, and gives its path in Wine.
func (w *Wine) Share(server, name string) string {
	w.t.Helper()
	folder := filepath.Join(w.prefix(), "dosdevices", "unc", server)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Symlink(w.t.TempDir(), filepath.Join(folder, name)); err != nil {
		w.t.Fatal(err)
	}
	return `\\` + server + `\` + name
}

func (w *Wine) prefix() string {
	for _, v := range w.Env {
		if path, ok := strings.CutPrefix(v, "WINEPREFIX="); ok {
			return path
		}
	}
	return ""
}

// store is where Wine's credential store stands in the registry.
const store = `HKEY_CURRENT_USER\Software\Wine\Credential Manager`

// Credentials are the names of the entries in Windows' credential store.
func (w *Wine) Credentials() (names []string) {
	w.t.Helper()
	out, _ := w.registry("query", store) // it fails where the store was never used
	for line := range strings.Lines(out) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), store+`\`); ok {
			names = append(names, name)
		}
	}
	return names
}

// Forget removes an entry of the credential store.
func (w *Wine) Forget(name string) {
	w.t.Helper()
	if out, err := w.registry("delete", store+`\`+name, "/f"); err != nil {
		w.t.Fatalf("%v: %s", err, out)
	}
}

func (w *Wine) registry(args ...string) (string, error) {
	cmd := exec.Command(w.loader, append([]string{"reg"}, args...)...)
	cmd.Env = w.Env
	out, err := cmd.CombinedOutput()
	return string(out), err
}
