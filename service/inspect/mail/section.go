package mail

import (
	"io"
)

// section is a run of a message's octets, read where it lies.
type section struct {
	r        io.ReaderAt
	mem      []byte // all of r, if it is held
	off, end int64
}

// heldSize is the size up to which a message is held in memory whole.
const heldSize = 1 << 20

func newSection(r io.ReaderAt, size int64) (section, error) {
	if size > heldSize {
		return section{r: r, end: size}, nil
	}
	mem := make([]byte, size)
	n, err := r.ReadAt(mem, 0)
	if err != nil && err != io.EOF { // io.ReaderAt gives it bare
		return section{}, err
	}
	return held(mem[:n]), nil
}

func held(mem []byte) section { return section{mem: mem, end: int64(len(mem))} }

func (s section) size() int64 { return s.end - s.off }

func (s section) sub(off, end int64) section {
	s.off, s.end = max(off, s.off), min(end, s.end)
	s.end = max(s.end, s.off)
	return s
}

// head gives at most n of its first bytes.
func (s section) head(n int64) ([]byte, error) {
	n = min(n, s.size())
	if s.mem != nil {
		return s.mem[s.off : s.off+n], nil
	}
	buf := make([]byte, n)
	if n == 0 {
		return buf, nil
	}
	got, err := s.r.ReadAt(buf, s.off)
	if err == io.EOF { // io.ReaderAt gives it bare
		err = nil
	}
	return buf[:got], err
}

// Open reads it from its beginning.
func (s section) Open() io.Reader {
	if s.mem != nil {
		return &memory{s.mem[s.off:s.end]}
	}
	return io.NewSectionReader(s.r, s.off, s.size())
}

// ReadAt reads at a place of the section.
func (s section) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= s.size() {
		return 0, io.EOF
	}
	cut := false
	if rest := s.size() - off; int64(len(p)) > rest {
		p, cut = p[:rest], true
	}
	var n int
	var err error
	if s.mem != nil {
		n = copy(p, s.mem[s.off+off:s.end])
	} else {
		n, err = s.r.ReadAt(p, s.off+off)
	}
	if err == nil && cut {
		err = io.EOF
	}
	return n, err
}

// Size is its size in bytes.
func (s section) Size() int64 { return s.size() }

// memory is a reader of bytes that are held.
type memory struct{ b []byte }

func (m *memory) Read(p []byte) (int, error) {
	if len(m.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, m.b)
	m.b = m.b[n:]
	return n, nil
}

// WriteTo spares a copy.
func (m *memory) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(m.b)
	m.b = m.b[n:]
	return int64(n), err
}
