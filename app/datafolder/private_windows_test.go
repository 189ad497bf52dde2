package datafolder

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/windows"
)

// TestPrivate runs on Windows only: Wine keeps of such rights what fits a mode.
func TestPrivate(t *testing.T) {
	t.Parallel()
	f := open(t, filepath.Join(t.TempDir(), "data"))
	sd, err := windows.GetNamedSecurityInfo(f.Dir(), windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		t.Fatal(err)
	}
	// Protected from inheritance, with three entries.
	if text := sd.String(); !strings.HasPrefix(text, "D:P") || strings.Count(text, "(A;OICI;FA;;;") != 3 || strings.Count(text, "(") != 3 {
		t.Errorf("the folder's rights are %s", text)
	}
}
