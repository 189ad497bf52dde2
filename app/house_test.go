package app_test

import (
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "cloudappsecurity"

// rule says that the packages beneath who may not import those beneath what,
// but for the exceptions. "std" in only stands for the standard library.
type rule struct {
	who    string   // path prefix within the module; "" is everything
	except []string // packages beneath who which may
	what   []string // import path prefixes that are forbidden
	exact  []string // import paths that are forbidden, but not what lies beneath them
	only   []string // if set, everything but these prefixes is forbidden
	why    string
}

var rules = []rule{
	{who: "service", except: subPackages("service"), only: []string{"std"},
		why: "the domain knows nobody, so that everybody may know it"},
	{who: "service/grant", only: []string{"std", module + "/service"},
		why: "a use case knows the domain and its interfaces, never an adapter"},
	{who: "service/directory", only: []string{"std", module + "/service", "golang.org/x"},
		why: "a use case knows the domain and its interfaces, never an adapter"},
	{who: "service/daily", only: []string{"std", module + "/service"},
		why: "a use case knows the domain and its interfaces, never an adapter"},
	{who: "service/policy", only: []string{"std", module + "/service"},
		why: "a use case knows the domain and its interfaces, never an adapter"},
	{who: "service/inspect", what: append(adapters(""), module+"/service/grant", module+"/service/directory", module+"/service/daily", module+"/service/policy", module+"/service/m365sim"),
		why: "what decides knows nobody who asks it"},
	{who: "service/inspect", except: []string{"service/inspect/measure"}, exact: []string{"net", "os"}, what: []string{"net/http", "net/rpc", "net/smtp", "os/exec", "os/signal", "database/sql"},
		why: "the same message gives the same verdict: no network, no files, no store"},
	{who: "service/inspect", except: []string{"service/inspect/measure"}, exact: []string{module + "/service/inspect"}, why: "families don't know who asks them"},
	{who: "service/inspect/rule", what: inspecting("rule", "fold"), why: "the vocabulary of verdicts stands below everything"},
	{who: "service/inspect/budget", what: inspecting("budget"), why: "limits stand below everything"},
	{who: "service/inspect/markup", what: inspecting("markup", "budget", "fold"), why: "it reads pages, and judges none"},
	{who: "service/inspect/content", what: inspecting("content", "budget", "markup", "fold"), why: "what is within a message knows nothing of the message"},
	{who: "service/inspect/mail", what: inspecting("mail", "content", "budget", "markup", "fold"), why: "it reads messages, and judges none"},
	{who: "service/entra", what: adapters("service/entra"), why: "adapters don't know one another"},
	{who: "service/graph", what: adapters("service/graph"), why: "adapters don't know one another"},
	{who: "service/sqlite", what: adapters("service/sqlite"), why: "adapters don't know one another"},
	{who: "service/keyring", what: adapters("service/keyring"), why: "adapters don't know one another"},
	{who: "service/loopback", what: adapters("service/loopback"), why: "adapters don't know one another"},
	{who: "service/clamav", what: adapters("service/clamav"), why: "adapters don't know one another"},
	{who: "service/amsi", what: adapters("service/amsi"), why: "adapters don't know one another"},
	{who: "service/m365sim", what: []string{module + "/service/entra", module + "/service/graph", module + "/service/sqlite", module + "/service/keyring",
		module + "/service/loopback", module + "/service/grant", module + "/service/directory", module + "/app", module + "/views"},
		why: "the simulated Microsoft 365 shares no code with the client, or both would be wrong together"},
	{who: "service", what: []string{module + "/app", module + "/views", module + "/cmd"},
		why: "services don't know who uses them"},
	{who: "resources", what: []string{module + "/service", module + "/app", module + "/views", "fyne.io"},
		why: "resources are files, without logic"},
	{who: "views", what: append(adapters(""), module+"/service/grant", module+"/service/directory", module+"/service/policy", module+"/service/m365sim", module+"/app"),
		why: "views know the domain and declare the narrow interface which they need"},
	{who: "views/ui", except: []string{"views/ui/uitest"}, what: []string{module + "/views/", module + "/service/"},
		why: "widgets know no screen"},
	{who: "app", except: []string{"app/desktop"}, what: []string{"fyne.io", module + "/views"},
		why: "the program runs without a window, in casctl"},
	{who: "cmd/casctl", what: []string{"fyne.io", module + "/views", module + "/app/desktop"}, why: "casctl needs no display and no cgo"},
	{who: "cmd/m365sim", what: []string{"fyne.io", module + "/views", module + "/app"}, why: "the simulation stands alone"},
	{who: "", except: []string{"views", "app/desktop", "cmd/cloudappsecurity"}, what: []string{"fyne.io"},
		why: "Fyne lives in the views and the thin shell around them"},
	{who: "", except: []string{"app/desktop", "cmd/cloudappsecurity"}, what: []string{"fyne.io/fyne/v2/app"},
		why: "it needs cgo and a display; views don't"},
	{who: "", except: []string{"service/entra"}, what: []string{"github.com/AzureAD/microsoft-authentication-library-for-go"},
		why: "one package walls off MSAL"},
	{who: "", except: []string{"service/graph"}, what: []string{"github.com/microsoftgraph", "github.com/microsoft/kiota"},
		why: "one package walls off the Graph SDK; it also takes minutes to build"},
	{who: "", except: []string{"service/sqlite"}, what: []string{"modernc.org/sqlite"}, why: "one package walls off SQLite"},
	{who: "", except: []string{"service/keyring"}, what: []string{"github.com/zalando/go-keyring"}, why: "one package walls off the keyring"},
}

func subPackages(dir string) []string {
	var out []string
	entries, err := os.ReadDir(filepath.Join("..", filepath.FromSlash(dir)))
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			out = append(out, dir+"/"+e.Name())
		}
	}
	return out
}

// inspecting are the packages of service/inspect but those.
func inspecting(but ...string) (out []string) {
	for _, p := range subPackages("service/inspect") {
		if !slices.Contains(but, filepath.Base(p)) {
			out = append(out, module+"/"+p)
		}
	}
	return out
}

func adapters(but string) []string {
	var out []string
	for _, a := range []string{"service/entra", "service/graph", "service/sqlite", "service/keyring", "service/loopback", "service/clamav", "service/amsi"} {
		if a != but {
			out = append(out, module+"/"+a)
		}
	}
	return out
}

// beneath says whether path is prefix or lies beneath it. A prefix that ends
// with a slash means only what lies beneath.
func beneath(path, prefix string) bool {
	if prefix == "" {
		return true
	}
	if strings.HasSuffix(prefix, "/") {
		return strings.HasPrefix(path, prefix)
	}
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

func (r rule) forbids(pkg, imported string) bool {
	if !beneath(pkg, r.who) {
		return false
	}
	for _, e := range r.except {
		if beneath(pkg, e) {
			return false
		}
	}
	if beneath(imported, module+"/"+pkg) {
		return false // its own sub-packages
	}
	if slices.Contains(r.exact, imported) {
		return true
	}
	if len(r.only) > 0 {
		for _, allowed := range r.only {
			std := !strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") && !beneath(imported, module)
			if allowed == "std" && std || allowed == imported || strings.Contains(allowed, ".") && beneath(imported, allowed) {
				return false
			}
		}
		return true
	}
	for _, w := range r.what {
		if beneath(imported, w) {
			return true
		}
	}
	return false
}

func TestWhoMayImportWhom(t *testing.T) {
	t.Parallel()
	for _, path := range sources(t) {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		pkg := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../")
		for _, spec := range file.Imports {
			imported := strings.Trim(spec.Path.Value, `"`)
			for _, r := range rules {
				if r.forbids(pkg, imported) {
					t.Errorf("%s imports %s: %s", path, imported, r.why)
				}
			}
		}
	}
}

// sources are the Go files of the program, without its tests.
func sources(t *testing.T) (paths []string) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != ".." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) < 50 {
		t.Fatalf("only %d files were read", len(paths))
	}
	return paths
}

func TestRulesForbid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ pkg, imported string }{
		{"service", "github.com/google/uuid"},
		{"service/grant", module + "/service/sqlite"},
		{"service/graph", module + "/service/entra"},
		{"views/dashboard", module + "/service/sqlite"},
		{"views/ui", module + "/views/dashboard"},
		{"app/cli", "fyne.io/fyne/v2"},
		{"views/shell", "fyne.io/fyne/v2/app"},
		{"service/m365sim/identity", module + "/service/entra"},
		{"resources/pages", module + "/service"},
		{"service/inspect/mail", module + "/service/sqlite"},
		{"service/inspect/content/archive", "os"},
		{"service/inspect", "net/http"},
		{"service/inspect/markup", module + "/service/inspect/mail"},
		{"service/inspect/content", module + "/service/inspect/mail"},
		{"service/inspect/mail", module + "/service/inspect"},
	} {
		forbidden := false
		for _, r := range rules {
			forbidden = forbidden || r.forbids(c.pkg, c.imported)
		}
		if !forbidden {
			t.Errorf("%s may import %s", c.pkg, c.imported)
		}
	}
}

// TestInspectionHasNoClock holds that a verdict doesn't depend on when it is
// asked for: time comes in as the tenant's context, the deadline as the
// budget's.
func TestInspectionHasNoClock(t *testing.T) {
	t.Parallel()
	read := 0
	for _, path := range sources(t) {
		slashed := filepath.ToSlash(path)
		if !strings.HasPrefix(slashed, "../service/inspect/") || strings.HasPrefix(slashed, "../service/inspect/measure/") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		read++
		for _, call := range []string{"time.Now(", "time.Since(", "time.Until(", "time.After(", "math/rand"} {
			if strings.Contains(string(text), call) {
				t.Errorf("%s has %s", path, strings.TrimSuffix(call, "("))
			}
		}
	}
	if read < 10 {
		t.Fatalf("only %d files were read", read)
	}
}

// TestPinnedVersions holds the versions that were chosen with care, so that no
// update of something else moves them unseen.
func TestPinnedVersions(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile(filepath.Join("..", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	pinned := map[string]string{}
	for line := range strings.Lines(string(mod)) {
		if fields := strings.Fields(line); len(fields) >= 2 {
			pinned[fields[0]] = fields[1]
		}
	}
	for _, p := range []struct{ path, version, why string }{
		{"fyne.io/fyne/v2", "v2.8.0", "the widgets and the window were tried with it"},
		{"github.com/microsoftgraph/msgraph-sdk-go", "v1.89.0", "requests were held against Microsoft's schema with it"},
		{"github.com/AzureAD/microsoft-authentication-library-for-go", "v1.10.1", "its errors are translated by their shape"},
		{"github.com/zalando/go-keyring", "v0.2.8", "its errors are told apart on three systems"},
		{"modernc.org/sqlite", "v1.61.1", "it keeps the data of customers"},
		{"modernc.org/libc", "v1.79.0", "modernc.org/sqlite must have the version that its own go.mod names"},
	} {
		if pinned[p.path] != p.version {
			t.Errorf("go.mod has %s %q, not %s: %s", p.path, pinned[p.path], p.version, p.why)
		}
	}
}

// TestWithoutCgo holds that casctl and m365sim build with CGO_ENABLED=0: every
// package that they need has files for that.
func TestWithoutCgo(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("go", "list", "-e", "-deps", "-json=ImportPath,Error,Standard", "../cmd/casctl", "../cmd/m365sim")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	packages := 0
	for {
		var p struct {
			ImportPath string
			Standard   bool
			Error      *struct{ Err string }
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages++
		if p.Error != nil {
			t.Errorf("%s: %s", p.ImportPath, p.Error.Err)
		}
		if beneath(p.ImportPath, "fyne.io") {
			t.Errorf("casctl or m365sim needs %s", p.ImportPath)
		}
	}
	if packages < 100 {
		t.Fatalf("only %d packages were listed", packages)
	}
}
