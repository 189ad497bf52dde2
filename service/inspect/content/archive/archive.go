// Package archive walks through archives, compressed files and disk images
// without unpacking more than is asked for. It keeps no budget of its own: who
// reads an entry counts, and stops by returning an error.
package archive

import (
	"errors"
	"io"
)

// Entry is one entry of an archive. Folders are left out.
type Entry struct {
	Name      string // as stored; may be hostile
	Size      int64  // unpacked, as the archive says; -1 if it doesn't
	Packed    int64  // -1 if unknown, as in a solid archive
	Encrypted bool
	Unlocked  bool // encrypted, and one of the passwords opens it
	// Open reads it, unpacked. The error is ErrEncrypted where no password
	// opens it and ErrUnsupported where its method isn't known.
	Open func() (io.Reader, error)
	// Again says that Open may be called more than once.
	Again bool
}

// Options are what a walk may use.
type Options struct {
	Passwords []string // tried for what is encrypted
	Memory    int64    // the most bytes of a dictionary
}

// Visit is called for each entry. An error ends the walk, which returns it.
type Visit func(Entry) error

// What an archive can say of itself.
var (
	ErrEncrypted   = errors.New("archive: encrypted")
	ErrUnsupported = errors.New("archive: method not known")
	ErrDamaged     = errors.New("archive: damaged")
	ErrTooLarge    = errors.New("archive: needs more memory than it may have")
)

// section reads n bytes at off; an error if they aren't there.
func section(r io.ReaderAt, off int64, n int) ([]byte, error) {
	if off < 0 || n < 0 {
		return nil, ErrDamaged
	}
	buf := make([]byte, n)
	if got, err := r.ReadAt(buf, off); got < n {
		if err == nil || errors.Is(err, io.EOF) {
			err = ErrDamaged
		}
		return nil, err
	}
	return buf, nil
}
