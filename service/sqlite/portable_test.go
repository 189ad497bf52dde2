package sqlite

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"
)

func TestPortable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		goos string
		is   syscall.Errno
		want error
		ok   bool
	}{
		{"windows", 112, syscall.ENOSPC, true},
		{"windows", 39, syscall.ENOSPC, true},
		{"windows", 19, syscall.EROFS, true},
		{"windows", 19, syscall.ENOSPC, false},
		{"windows", 32, errHeld, true},
		{"windows", 33, errHeld, true},
		{"linux", 32, errHeld, false}, // EPIPE there
		{"windows", 5, syscall.ENOSPC, false},
		{"linux", 112, syscall.ENOSPC, false}, // EHOSTDOWN there
	} {
		given := &fs.PathError{Op: "write", Path: `D:\data`, Err: c.is}
		err := portable(c.goos, given)
		if errors.Is(err, c.want) != c.ok || !errors.Is(err, c.is) {
			t.Errorf("%s %d: %v", c.goos, c.is, err)
		}
	}
	if err := portable("windows", fs.ErrExist); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
}
