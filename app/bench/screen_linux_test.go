package bench

import (
	"encoding/binary"
	"hash/fnv"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"cloudappsecurity/app/realparts"
)

// screen is a display whose pixels can be read without asking its server: a
// look costs microseconds, and no process.
type screen struct {
	*realparts.Display
	pixels                []byte
	stride, width, height int
	blank                 uint64 // what look gives while nothing is shown
}

// newScreen starts a display which maps its pixels into a file, in the format of
// xwd: https://gitlab.freedesktop.org/xorg/proto/xorgproto/-/blob/master/include/X11/XWDFile.h
func newScreen(b *testing.B) *screen {
	b.Helper()
	dir := b.TempDir()
	s := &screen{Display: realparts.NewDisplay(b, "-fbdir", dir)}
	f, err := os.Open(filepath.Join(dir, "Xvfb_screen0"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	data, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = syscall.Munmap(data) })
	field := func(i int) int { return int(binary.BigEndian.Uint32(data[4*i:])) }
	const colour = 12 // bytes of an entry of the colour map
	s.width, s.height, s.stride = field(4), field(5), field(12)
	s.pixels = data[field(0)+field(19)*colour:]
	if s.width != 1440 || s.height != 900 || len(s.pixels) < s.stride*s.height {
		b.Fatalf("the screen is %d by %d, %d bytes", s.width, s.height, len(s.pixels))
	}
	s.blank = s.look()
	return s
}

// look gives a number for what is shown: every seventh pixel of every ninth row.
func (s *screen) look() uint64 {
	h := fnv.New64a()
	for y := 0; y < s.height; y += 9 {
		row := s.pixels[y*s.stride:]
		for x := 0; x < s.width; x += 7 {
			_, _ = h.Write(row[4*x : 4*x+3])
		}
	}
	return h.Sum64()
}
