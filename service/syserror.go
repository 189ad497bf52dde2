package service

import (
	"errors"
	"fmt"
	"syscall"
)

// Errors of Windows which Go knows by no portable name.
// https://learn.microsoft.com/windows/win32/debug/system-error-codes--0-499-
const (
	windowsWriteProtect     syscall.Errno = 19  // ERROR_WRITE_PROTECT
	windowsSharingViolation syscall.Errno = 32  // ERROR_SHARING_VIOLATION
	windowsLockViolation    syscall.Errno = 33  // ERROR_LOCK_VIOLATION
	windowsHandleDiskFull   syscall.Errno = 39  // ERROR_HANDLE_DISK_FULL
	windowsDiskFull         syscall.Errno = 112 // ERROR_DISK_FULL
)

// ErrHeld says that another program has the file open and shares it with nobody.
var ErrHeld = errors.New("the file is held by another program")

// PortableError lets errors.Is find in an error of the operating system goos
// (runtime.GOOS) what it would find in Linux's: syscall.ENOSPC, syscall.EROFS,
// and ErrHeld.
func PortableError(goos string, err error) error {
	if goos != "windows" {
		return err
	}
	number, ok := errors.AsType[syscall.Errno](err)
	if !ok {
		return err
	}
	switch number {
	case windowsHandleDiskFull, windowsDiskFull:
		return fmt.Errorf("%w (%w)", err, syscall.ENOSPC)
	case windowsWriteProtect:
		return fmt.Errorf("%w (%w)", err, syscall.EROFS)
	case windowsSharingViolation, windowsLockViolation:
		return fmt.Errorf("%w (%w)", err, ErrHeld)
	default:
		return err
	}
}
