//go:build !windows

package realparts

import "syscall"

// stop stops a process, which stays.
func stop(pid int) error { return syscall.Kill(pid, syscall.SIGSTOP) }
