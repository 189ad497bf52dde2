//go:build !linux

package realparts

import "testing"

// Disk is a small file system of its own, in memory.
type Disk struct{ Dir string }

// NewDisk skips the test: only Linux has such file systems.
func NewDisk(t testing.TB, _ int) *Disk {
	t.Helper()
	t.Skip("no file system can be mounted here: this needs Linux and root")
	return nil
}

// Resize makes the disk larger or smaller.
func (*Disk) Resize(int) {}

// ReadOnly makes the disk one that can't be written.
func (*Disk) ReadOnly() {}

// Fill takes all space that is left, and gives it back when release is called.
func (*Disk) Fill() (release func()) { return func() {} }
