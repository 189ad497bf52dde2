// Package ole reads compound files (OLE) and what Office keeps in them: Word,
// Excel and PowerPoint's binary documents, VBA projects, and embedded objects.
package ole

import (
	"errors"
	"io"
	"strings"
	"unicode/utf16"

	"github.com/richardlehane/mscfb"
)

// ErrDamaged is a structure that can't be followed.
var ErrDamaged = errors.New("ole: damaged")

// File is a compound file.
type File struct {
	Class   string // of the root, as a GUID: what the file belongs to
	Streams []Stream
	Stores  []Store
}

// Store is a folder within a compound file.
type Store struct {
	Path  []string
	Class string
}

// Stream is one stream. Control characters at the beginning of its name are
// kept: "\x01Ole10Native".
type Stream struct {
	Path []string // the last is the name
	Size int64
	f    *mscfb.File
}

// Name is the last part of the path.
func (s *Stream) Name() string { return s.Path[len(s.Path)-1] }

// padded lets a last sector that was cut off be read: Office opens such files.
type padded struct {
	r    io.ReaderAt
	size int64
	time func() error
}

func (p padded) ReadAt(b []byte, off int64) (int, error) {
	if err := p.time(); err != nil {
		return 0, err
	}
	n, err := p.r.ReadAt(b, off)
	const slack = 4096
	if n < len(b) && off < p.size && off+int64(len(b)) <= p.size+slack && (err == nil || errors.Is(err, io.EOF)) {
		clear(b[n:])
		return len(b), nil
	}
	return n, err
}

// Open reads the directory. An error of time ends whatever is read.
func Open(r io.ReaderAt, size int64, time func() error) (*File, error) {
	doc, err := mscfb.New(padded{r, size, time})
	if err != nil {
		return nil, errors.Join(ErrDamaged, err)
	}
	f := &File{Class: doc.ID()}
	for entry, err := doc.Next(); err == nil; entry, err = doc.Next() {
		path := append(append([]string(nil), entry.Path...), entry.Name)
		if entry.Initial < 32 && entry.Initial > 0 {
			path[len(path)-1] = string(rune(entry.Initial)) + entry.Name
		}
		if entry.FileInfo().IsDir() {
			f.Stores = append(f.Stores, Store{path, entry.ID()})
			continue
		}
		f.Streams = append(f.Streams, Stream{path, entry.Size, entry})
	}
	return f, nil
}

// Read gives a stream, at most limit bytes of it.
func (s *Stream) Read(limit int64) ([]byte, error) {
	if s.Size < 0 {
		return nil, ErrDamaged
	}
	if _, err := s.f.Seek(0, io.SeekStart); err != nil && s.Size > 0 {
		return nil, errors.Join(ErrDamaged, err)
	}
	data, err := io.ReadAll(io.LimitReader(s.f, min(limit, s.Size)))
	if err != nil && len(data) == 0 {
		return nil, errors.Join(ErrDamaged, err)
	}
	return data, nil // a stream that was cut off is read as far as it goes
}

// Stream gives the first stream of that path, case ignored; nil if there is none.
func (f *File) Stream(path ...string) *Stream {
	for i := range f.Streams {
		if samePath(f.Streams[i].Path, path) {
			return &f.Streams[i]
		}
	}
	return nil
}

// Has says whether there is a stream of that path.
func (f *File) Has(path ...string) bool { return f.Stream(path...) != nil }

func samePath(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !strings.EqualFold(a[i], b[i]) {
			return false
		}
	}
	return true
}

// UTF16 reads little-endian text.
func UTF16(p []byte) string {
	units := make([]uint16, len(p)/2)
	for i := range units {
		units[i] = uint16(p[2*i]) | uint16(p[2*i+1])<<8
	}
	return string(utf16.Decode(units))
}

func le16(p []byte, at int) int {
	if at < 0 || at+2 > len(p) {
		return 0
	}
	return int(p[at]) | int(p[at+1])<<8
}

func le32(p []byte, at int) int {
	if at < 0 || at+4 > len(p) {
		return 0
	}
	return int(p[at]) | int(p[at+1])<<8 | int(p[at+2])<<16 | int(p[at+3])<<24
}
