package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLogThatStays: a log that is long and can't be put aside is written on.
func TestLogThatStays(t *testing.T) {
	t.Parallel()
	for name, stays := range map[string]bool{"put aside": false, "in use": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "cloudappsecurity.log")
			if err := os.WriteFile(path, []byte(strings.Repeat("x", logLimit+1)), 0o600); err != nil {
				t.Fatal(err)
			}
			if stays { // a folder in its way is what refuses on every system
				if err := os.MkdirAll(filepath.Join(path+".1", "full"), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			log, closeLog, err := openLog(path)
			if err != nil {
				t.Fatal(err)
			}
			log.Info("a line")
			if err := closeLog(); err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(path)
			if err != nil || !strings.Contains(string(b), "a line") || (len(b) > logLimit) != stays {
				t.Errorf("%d bytes: %v", len(b), err)
			}
		})
	}
}
