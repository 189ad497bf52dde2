package content

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"

	"cloudappsecurity/service/inspect/budget"
)

// Bytes is a source that is held in memory.
type Bytes []byte

// Open reads it from the beginning.
func (b Bytes) Open() io.Reader { return bytes.NewReader(b) }

// Size is its size.
func (b Bytes) Size() int64 { return int64(len(b)) }

// ReadAt reads at a place.
func (b Bytes) ReadAt(p []byte, off int64) (int, error) { return bytes.NewReader(b).ReadAt(p, off) }

// once is a source that can be read once only, as an entry of a solid archive.
type once struct {
	r    io.Reader
	size int64
}

func (o *once) Open() io.Reader { return o.r }
func (o *once) Size() int64     { return o.size }

// again is a source that is unpacked anew at each reading.
type again struct {
	open func() (io.Reader, error)
	size int64
}

func (a *again) Open() io.Reader {
	r, err := a.open()
	if err != nil {
		return failed{err}
	}
	return r
}
func (a *again) Size() int64 { return a.size }

type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }

// loaded is what was read of a source: all of it, or its beginning and a way to
// the rest.
type loaded struct {
	head []byte
	data []byte      // all of it; nil if it is too large to be held
	ra   io.ReaderAt // nil if it can only be read from the beginning
	open func() io.Reader
	size int64
}

// metered counts what is read against the budget, and against what it was
// unpacked from.
type metered struct {
	r      io.Reader
	b      *budget.Budget
	packed func() int64 // nil if it isn't known
	read   int64
}

func (m *metered) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.read += int64(n)
	if e := m.b.Take(int64(n)); e != nil {
		return n, e
	}
	if m.packed != nil {
		if e := m.b.Expand(m.packed(), m.read); e != nil {
			return n, e
		}
	}
	return n, err
}

// counted counts what was read from it.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// load reads a source once: it hashes all of it and keeps it in memory where its
// type has to be looked into and there is room. What is kept counts as held
// until release.
func (s *scan) load(item *Item, src Source, packed func() int64) (loaded, error) {
	in := &metered{r: src.Open(), b: s.b, packed: packed}
	hash := sha256.New()
	head := make([]byte, headSize)
	if n := src.Size(); n >= 0 && n < headSize {
		head = make([]byte, n+1) // one more tells that it ends
	}
	n, err := io.ReadFull(in, head)
	head = head[:n]
	hash.Write(head)
	item.Type = sniff(head, item.Name)
	l := loaded{head: head, open: src.Open}
	if random, ok := src.(io.ReaderAt); ok {
		l.ra = random
	}
	if _, ok := src.(*once); ok {
		l.open = nil
	}
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		l.data, err = head, nil
	case err == nil:
		err = s.loadRest(&l, item, src.Size(), in, hash)
	}
	if err != nil {
		return l, err
	}
	l.size = in.read
	item.Size, item.SHA256 = in.read, hex.EncodeToString(hash.Sum(nil))
	if l.data != nil {
		l.head, l.ra, l.open = l.data, Bytes(l.data), Bytes(l.data).Open
	}
	return l, nil
}

// largeSize is the size from which a source that can be read at any place is
// not held.
const largeSize = 2 << 20

func (s *scan) loadRest(l *loaded, item *Item, size int64, in *metered, hash io.Writer) error {
	room := int64(0)
	if opens(item.Type) && (l.ra == nil || item.Type.inMemory()) {
		room = s.room()
	} else if opens(item.Type) {
		room = min(s.room(), largeSize)
	}
	if room <= int64(len(l.head)) || size > room {
		_, err := io.Copy(hash, in)
		return err
	}
	if size < 0 && l.open != nil {
		return s.loadTwice(l, in, hash, room)
	}
	limited := &io.LimitedReader{R: io.TeeReader(in, hash), N: room - int64(len(l.head)) + 1}
	first := 2 * int64(len(l.head))
	if size > 0 {
		first = size + bytes.MinRead // no growing
	}
	buf := bytes.NewBuffer(make([]byte, 0, first))
	buf.Write(l.head)
	if _, err := buf.ReadFrom(limited); err != nil {
		return err
	}
	if int64(buf.Len()) <= room {
		l.data = buf.Bytes()
		s.held += int64(len(l.data))
		return nil
	}
	buf = nil //nolint:wastedassign // the memory is free while the rest is read
	_, err := io.Copy(hash, in)
	return err
}

// loadTwice is for what only reading tells the size of: a buffer that grows would
// need more than twice the memory. What turns out to be larger than the first
// buffer is read a second time, into one of the right size.
func (s *scan) loadTwice(l *loaded, in *metered, hash io.Writer, room int64) error {
	const first = 512 << 10
	buf := bytes.NewBuffer(make([]byte, 0, 2*len(l.head)))
	buf.Write(l.head)
	if _, err := buf.ReadFrom(io.LimitReader(io.TeeReader(in, hash), min(room, first))); err != nil {
		return err
	}
	n, err := io.Copy(hash, in)
	switch {
	case err != nil:
		return err
	case n == 0:
		l.data = buf.Bytes()
	case in.read <= room:
		l.data = make([]byte, in.read)
		if _, err := io.ReadFull(&timed{l.open(), s.b}, l.data); err != nil {
			l.data = nil
			return err
		}
	}
	s.held += int64(len(l.data))
	return nil
}

// timed ends with the budget's time.
type timed struct {
	r io.Reader
	b *budget.Budget
}

func (t *timed) Read(p []byte) (int, error) {
	if err := t.b.Time(); err != nil {
		return 0, err
	}
	return t.r.Read(p[:min(len(p), 256<<10)])
}

// room is how much may still be held in memory at once: of one thing what the
// limits say, of things within things half more.
func (s *scan) room() int64 {
	most := s.b.Limits().Memory
	return max(0, min(most, most+most/2-s.held))
}
