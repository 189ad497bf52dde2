package app

import (
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// TestOpenBrowserTwice: "Open the page again" comes while an opener still runs.
func TestOpenBrowserTwice(t *testing.T) {
	if runtime.GOOS != "linux" {
		return // the opener is a program which a test can stand in for
	}
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "xdg-open"), []byte("#!/bin/sh\nexit 0\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if err := openBrowser("http://localhost:1/"); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
}
