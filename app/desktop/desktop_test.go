package desktop

import (
	"os"
	"path/filepath"
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

func TestFileURL(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/home/anna/a b?#%": "file:///home/anna/a%20b%3F%23%25",
		"C:/Users/Anna":     "file:///C:/Users/Anna",
		"//server/share/x":  "file://server/share/x",
	} {
		if got := fileURL(path).String(); got != want {
			t.Errorf("%s is %s, not %s", path, got, want)
		}
	}
}
