package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloudappsecurity/app/datafolder"
	"cloudappsecurity/app/realparts"
	"cloudappsecurity/service"
	"cloudappsecurity/service/keyring"
)

// TestResetDemo: nothing of the demo stays, not even its key; a demo that can't
// start any more does so again; a real organization's folder is not touched.
func TestResetDemo(t *testing.T) {
	for _, v := range realparts.Keyring(t) {
		name, value, _ := strings.Cut(v, "=")
		t.Setenv(name, value)
	}
	ctx, c := t.Context(), Config{Demo: true, DataDir: filepath.Join(t.TempDir(), "demo"), Program: "test"}
	open := func() *App {
		t.Helper()
		a, err := Open(ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := open()
	i, err := a.Store.Installation(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	vault, err := keyring.New(keyring.Config{ServiceName: a.keyringService(), Account: i.ID})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := vault.Seal(ctx, []byte("private"), nil)
	if err != nil {
		t.Fatal(err)
	}
	vault.Close() // what it remembers
	if err := ResetDemo(ctx, c); service.CodeOf(err) != service.CodeLocked {
		t.Errorf("while it runs: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(a.Folder.DemoState(), "tenant.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if a, err := Open(ctx, c); err == nil {
		t.Error("the demo started from a damaged file", a.Close())
	}
	if err := ResetDemo(ctx, c); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Open(ctx, sealed, nil); service.CodeOf(err) != service.CodeKeyLost {
		t.Errorf("the key is still there: %v", err)
	}
	a = open()
	defer a.Close()
	if next, err := a.Store.Installation(ctx, ""); err != nil || next.ID == i.ID {
		t.Errorf("the installation is still there: %v", err)
	}

	c.DataDir = filepath.Join(t.TempDir(), "real")
	folder, err := datafolder.Open(c.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	if err := folder.Claim(datafolder.KindReal); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder.Database(), []byte("customers"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := ResetDemo(ctx, c); err == nil {
		t.Error("a real organization was reset")
	}
	if b, err := os.ReadFile(folder.Database()); err != nil || string(b) != "customers" {
		t.Errorf("the database is %q: %v", b, err)
	}
}
