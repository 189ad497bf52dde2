package realparts

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Disk is a small file system of its own, in memory.
type Disk struct {
	t   testing.TB
	Dir string
}

// NewDisk mounts one of size bytes, or skips the test where nothing can be
// mounted.
func NewDisk(t testing.TB, size int) *Disk {
	t.Helper()
	d := &Disk{t, t.TempDir()}
	if err := syscall.Mount("tmpfs", d.Dir, "tmpfs", 0, options(size)); err != nil {
		t.Skipf("no file system can be mounted here (%v): this needs root with CAP_SYS_ADMIN", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(d.Dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmounting %s: %v", d.Dir, err)
		}
	})
	return d
}

func options(size int) string { return fmt.Sprintf("size=%d,mode=0700", size) }

// Resize makes the disk larger or smaller.
func (d *Disk) Resize(size int) {
	d.t.Helper()
	d.remount(0, options(size))
}

// ReadOnly makes the disk one that can't be written.
func (d *Disk) ReadOnly() {
	d.t.Helper()
	d.remount(syscall.MS_RDONLY, "")
}

func (d *Disk) remount(flags uintptr, data string) {
	d.t.Helper()
	if err := syscall.Mount("tmpfs", d.Dir, "tmpfs", syscall.MS_REMOUNT|flags, data); err != nil {
		d.t.Fatal(err)
	}
}

// Fill takes all space that is left, and gives it back when release is called.
func (d *Disk) Fill() (release func()) {
	d.t.Helper()
	path := filepath.Join(d.Dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4096); err == nil; {
		_, err = f.Write(block)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			d.t.Error(err)
		}
	}
}
