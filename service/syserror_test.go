package service

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"
)

func TestPortableError(t *testing.T) {
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
		{"windows", 32, ErrHeld, true},
		{"windows", 33, ErrHeld, true},
		{"linux", 32, ErrHeld, false}, // EPIPE there
		{"windows", 5, syscall.ENOSPC, false},
		{"linux", 112, syscall.ENOSPC, false}, // EHOSTDOWN there
	} {
		given := &fs.PathError{Op: "write", Path: `D:\data`, Err: c.is}
		err := PortableError(c.goos, given)
		if errors.Is(err, c.want) != c.ok || !errors.Is(err, c.is) {
			t.Errorf("%s %d: %v", c.goos, c.is, err)
		}
	}
	if err := PortableError("windows", fs.ErrExist); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
}
