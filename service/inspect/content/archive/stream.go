package archive

import (
	"archive/tar"
	"bufio"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/nwaples/rardecode/v2"
	"github.com/ulikunitz/xz"
)

// Tar walks through a tar archive.
func Tar(r io.Reader, _ Options, visit Visit) error {
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		e := Entry{Name: h.Name, Size: h.Size, Packed: -1, Open: func() (io.Reader, error) { return t, nil }}
		if err := visit(e); err != nil {
			return err
		}
	}
}

// Gzip gives what was compressed, with the name that it had if that is stored.
func Gzip(r io.Reader, _ Options) (io.Reader, string, error) {
	z, err := gzip.NewReader(bufio.NewReader(r))
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return z, z.Name, nil
}

// Bzip2 gives what was compressed.
func Bzip2(r io.Reader, _ Options) (io.Reader, string, error) { return bzip2.NewReader(r), "", nil }

// XZ gives what was compressed.
func XZ(r io.Reader, o Options) (io.Reader, string, error) {
	in := bufio.NewReader(r)
	// The dictionary's size stands in the first block's header: 12 bytes of
	// stream header, then size, flags, and a filter of id 0x21 with one byte of
	// properties. The library would make room for all that is asked, see
	// https://tukaani.org/xz/xz-file-format.txt (5.3.1)
	if head, err := in.Peek(12 + 64); err == nil || len(head) > 16 {
		for i := 14; i+2 < len(head); i++ {
			if head[i] == 0x21 && head[i+1] == 1 {
				if lzma2Dictionary(head[i+2]) > o.Memory {
					return nil, "", ErrTooLarge
				}
				break
			}
		}
	}
	z, err := xz.ReaderConfig{SingleStream: false}.NewReader(in)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return z, "", nil
}

// lzma2Dictionary gives the bytes of a dictionary by the property of LZMA2.
func lzma2Dictionary(p byte) int64 {
	if p > 40 {
		return 4 << 30
	}
	return (2 | int64(p)&1) << (p/2 + 11)
}

// Zstd gives what was compressed.
func Zstd(r io.Reader, o Options) (io.Reader, string, error) {
	z, err := newZstd(r, o)
	return z, "", err
}

// RAR walks through a rar archive, old or new. Each password is a walk of its
// own where headers or entries are encrypted, so open gives it again.
func RAR(open func() io.Reader, o Options, visit Visit) error {
	password, encrypted := "", false
	if rarEncrypted(open(), o) {
		encrypted = true
		password = rarPassword(open, o)
	}
	r, err := rardecode.NewReader(open(), rarOptions(o, password)...)
	if err != nil {
		return rarError(err)
	}
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return rarError(err)
		}
		if h.IsDir {
			continue
		}
		locked := h.Encrypted || h.HeaderEncrypted
		e := Entry{Name: h.Name, Size: h.UnPackedSize, Packed: h.PackedSize, Encrypted: locked, Unlocked: locked && encrypted && password != ""}
		if h.UnKnownSize {
			e.Size = -1
		}
		if h.Solid {
			e.Packed = -1
		}
		e.Open = func() (io.Reader, error) {
			if locked && password == "" {
				return nil, ErrEncrypted
			}
			return rarReader{r}, nil
		}
		if err := visit(e); err != nil {
			return err
		}
	}
}

func rarOptions(o Options, password string) []rardecode.Option {
	opts := []rardecode.Option{rardecode.MaxDictionarySize(max(o.Memory, 1<<20))}
	if password != "" {
		opts = append(opts, rardecode.Password(password))
	}
	return opts
}

// rarEncrypted says whether headers or any of the first entries are encrypted.
func rarEncrypted(in io.Reader, o Options) bool {
	r, err := rardecode.NewReader(in, rarOptions(o, "")...)
	if err != nil {
		return errors.Is(rarError(err), ErrEncrypted)
	}
	for range 100 {
		h, err := r.Next()
		if err != nil {
			return errors.Is(rarError(err), ErrEncrypted)
		}
		if h.Encrypted || h.HeaderEncrypted {
			return true
		}
	}
	return false
}

// rarPassword gives the first password that reads an encrypted entry.
func rarPassword(open func() io.Reader, o Options) string {
	for _, p := range o.Passwords {
		if r, err := rardecode.NewReader(open(), rarOptions(o, p)...); err == nil && rarOpens(r) {
			return p
		}
	}
	return ""
}

func rarOpens(r *rardecode.Reader) bool {
	for range 100 {
		h, err := r.Next()
		if err != nil {
			return false
		}
		if h.IsDir || !(h.Encrypted || h.HeaderEncrypted) {
			continue
		}
		n, err := io.Copy(io.Discard, io.LimitReader(r, mostTried))
		return err == nil && n == min(h.UnPackedSize, mostTried)
	}
	return false
}

type rarReader struct{ r *rardecode.Reader }

func (r rarReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = rarError(err)
	}
	return n, err
}

func rarError(err error) error {
	switch {
	case errors.Is(err, rardecode.ErrArchiveEncrypted), errors.Is(err, rardecode.ErrArchivedFileEncrypted), errors.Is(err, rardecode.ErrBadPassword):
		return ErrEncrypted
	case errors.Is(err, rardecode.ErrDictionaryTooLarge):
		return ErrTooLarge
	case errors.Is(err, rardecode.ErrUnknownDecoder), errors.Is(err, rardecode.ErrUnknownVersion), errors.Is(err, rardecode.ErrMultiVolume):
		return ErrUnsupported
	default:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
}
