package datafolder

import (
	"errors"
	"fmt"
	"syscall"
)

// Errors of Windows which Go knows by no portable name.
// https://learn.microsoft.com/windows/win32/debug/system-error-codes--0-499-
const (
	windowsWriteProtect   syscall.Errno = 19  // ERROR_WRITE_PROTECT
	windowsHandleDiskFull syscall.Errno = 39  // ERROR_HANDLE_DISK_FULL
	windowsDiskFull       syscall.Errno = 112 // ERROR_DISK_FULL
)

// portable lets errors.Is find in an error of the operating system goos what it
// would find in Linux's.
func portable(goos string, err error) error {
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
	default:
		return err
	}
}
