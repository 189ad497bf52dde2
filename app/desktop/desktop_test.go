package desktop

import (
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMetadata holds the program's metadata against FyneApp.toml, which names
// the packages and the installed program.
func TestMetadata(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile(filepath.Join("..", "..", "FyneApp.toml"))
	if err != nil {
		t.Fatal(err)
	}
	stated := map[string]string{}
	for line := range strings.Lines(string(file)) {
		key, value, _ := strings.Cut(line, "=")
		stated[strings.TrimSpace(key)] = strings.Trim(strings.TrimSpace(value), `"`)
	}
	for key, want := range map[string]string{"ID": ID, "Name": Name} {
		if stated[key] != want {
			t.Errorf("FyneApp.toml has %s %q, the program %q", key, stated[key], want)
		}
	}
}

// TestToast: what a notification says is no part of the script that shows it.
func TestToast(t *testing.T) {
	t.Parallel()
	const text = "Two\nlines, \"quotes\" “and” 'these' `n $(Remove-Item C:) \\ %PATH%"
	args, env := toast(Name, text)
	if script := args[len(args)-1]; script != toastScript || strings.ContainsAny(script, "\"`") {
		t.Errorf("the script is %q", script)
	}
	if !slices.Contains(env, "CAS_TOAST_TEXT="+text) || !slices.Contains(env, "CAS_TOAST_TITLE="+Name) {
		t.Errorf("the environment is %q", env)
	}
	for _, v := range []string{"$env:CAS_TOAST_TITLE", "$env:CAS_TOAST_TEXT", "$env:CAS_TOAST_ID"} {
		if !strings.Contains(toastScript, v) {
			t.Errorf("the script doesn't read %s", v)
		}
	}
}

// TestWatched: of all that Fyne logs, that it has no window is noticed once.
func TestWatched(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	failed := 0
	log := log.New(&watched{Writer: &out, failed: func() { failed++ }}, "", 0)
	log.Print("systray error: unable to set icon")
	if failed != 0 {
		t.Error("noticed too early")
	}
	log.Println("Fyne error: ", "window creation error")
	log.Println("Fyne error: ", "window creation error")
	if failed != 1 || strings.Count(out.String(), "\n") != 3 {
		t.Errorf("noticed %d times, logged %q", failed, out.String())
	}
}

func TestNoWindow(t *testing.T) {
	t.Parallel()
	for goos, want := range map[string]string{"windows": "OpenGL", "linux": "no display can be used"} {
		if e := noWindow(goos); !strings.Contains(e.Message, want) || !strings.Contains(e.Help, "casctl") {
			t.Errorf("%s: %+v", goos, e)
		}
	}
}
