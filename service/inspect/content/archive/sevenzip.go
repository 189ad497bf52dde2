package archive

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/bodgit/sevenzip"
	"github.com/ulikunitz/xz/lzma"
)

// SevenZip walks through a 7z archive.
func SevenZip(r io.ReaderAt, size int64, o Options, visit Visit) error {
	if err := sevenZipMemory(r, size, o.Memory); err != nil {
		return err
	}
	z, err := sevenzip.NewReader(r, size)
	encrypted := sevenZipEncrypted(err) || err == nil && !sevenZipReads(z)
	unlocked := false
	if encrypted {
		for _, p := range o.Passwords {
			if with, e := sevenzip.NewReaderWithPassword(r, size, p); e != nil || !sevenZipFits(with) {
				continue
			}
			z, err = sevenzip.NewReaderWithPassword(r, size, p)
			unlocked = true
			break
		}
	}
	if err != nil {
		if encrypted {
			return ErrEncrypted
		}
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	for _, f := range z.File {
		if f.FileInfo().IsDir() {
			continue
		}
		e := Entry{Name: f.Name, Size: int64(f.UncompressedSize), Packed: -1, Encrypted: encrypted, Unlocked: unlocked}
		e.Open = func() (io.Reader, error) {
			if encrypted && !unlocked {
				return nil, ErrEncrypted
			}
			in, err := f.Open()
			if err != nil {
				return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
			}
			return in, nil
		}
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

func sevenZipEncrypted(err error) bool {
	var e *sevenzip.ReadError
	return errors.As(err, &e) && e.Encrypted
}

// sevenZipReads says whether the first file needs no password. One that is
// damaged is told when it is read.
func sevenZipReads(z *sevenzip.Reader) bool {
	f := sevenZipFirst(z)
	if f == nil {
		return true
	}
	_, err := sevenZipSum(f)
	return !sevenZipEncrypted(err)
}

// sevenZipFits says whether a password is the right one: a wrong one is only
// seen by what comes out.
func sevenZipFits(z *sevenzip.Reader) bool {
	f := sevenZipFirst(z)
	if f == nil {
		return true
	}
	sum, err := sevenZipSum(f)
	return err == nil && (f.UncompressedSize > mostTried || sum == f.CRC32)
}

func sevenZipFirst(z *sevenzip.Reader) *sevenzip.File {
	for _, f := range z.File {
		if !f.FileInfo().IsDir() && f.UncompressedSize > 0 {
			return f
		}
	}
	return nil
}

func sevenZipSum(f *sevenzip.File) (uint32, error) {
	in, err := f.Open()
	if err != nil {
		return 0, err
	}
	defer in.Close()
	sum := crc32.NewIEEE()
	_, err = io.Copy(sum, io.LimitReader(in, mostTried))
	return sum.Sum32(), err
}

// sevenZipMemory is an error where the archive asks for larger dictionaries, or
// a larger header, than memory allows: the library makes room for all that is
// asked. The coders are found by their bytes, see
// https://py7zr.readthedocs.io/en/latest/archive_format.html
func sevenZipMemory(r io.ReaderAt, size, memory int64) error {
	start, err := section(r, 0, 32)
	if err != nil {
		return err
	}
	le := binary.LittleEndian
	off, n := le.Uint64(start[12:]), le.Uint64(start[20:])
	if n > uint64(memory)/4 || off > uint64(size) || int64(off)+32+int64(n) > size {
		return ErrDamaged
	}
	header, err := section(r, 32+int64(off), int(n))
	if err != nil {
		return err
	}
	if dictionaries(header) > memory {
		return ErrTooLarge
	}
	const encodedHeader = 0x17
	if len(header) == 0 || header[0] != encodedHeader {
		return nil
	}
	at := bytes.Index(header, []byte{0x23, 3, 1, 1, 5})
	packInfo := bytes.IndexByte(header, 6)
	if at < 0 || packInfo < 0 || at+10 > len(header) {
		return nil // not LZMA: another method keeps no dictionary, or is encrypted
	}
	pos, _ := sevenZipNumber(header[packInfo+1:])
	props := append(bytes.Clone(header[at+5:at+10]), 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF)
	packed := io.NewSectionReader(r, 32+int64(pos), max(0, size-32-int64(pos)))
	z, err := lzma.ReaderConfig{DictCap: int(memory)}.NewReader(io.MultiReader(bytes.NewReader(props), packed))
	if err != nil {
		return nil //nolint:nilerr // the library will say what is wrong with it
	}
	inner, _ := io.ReadAll(io.LimitReader(z, memory/4)) // it ends with an error where the stream does
	if dictionaries(inner) > memory {
		return ErrTooLarge
	}
	return nil
}

// sevenZipNumber reads 7z's numbers: the leading ones of the first byte say how
// many bytes follow.
func sevenZipNumber(p []byte) (uint64, int) {
	if len(p) == 0 {
		return 0, 0
	}
	first, value, mask := p[0], uint64(0), byte(0x80)
	for i := range 8 {
		if first&mask == 0 {
			return value + uint64(first&(mask-1))<<(8*i), i + 1
		}
		if i+1 >= len(p) {
			return 0, 0
		}
		value |= uint64(p[i+1]) << (8 * i)
		mask >>= 1
	}
	return value, 9
}

// dictionaries gives the largest dictionary that the coders in a header name.
func dictionaries(header []byte) (most int64) {
	for i := range header {
		h := header[i:]
		switch {
		case len(h) >= 10 && h[0]&0x2F == 0x23 && h[1] == 3 && h[2] == 1 && h[3] == 1 && h[4] == 5: // LZMA
			most = max(most, int64(binary.LittleEndian.Uint32(h[6:])))
		case len(h) >= 10 && h[0]&0x2F == 0x23 && h[1] == 3 && h[2] == 4 && h[3] == 1 && h[4] == 5: // PPMd
			most = max(most, int64(binary.LittleEndian.Uint32(h[6:])))
		case len(h) >= 4 && h[0]&0x2F == 0x21 && h[1] == 0x21 && h[2] == 1: // LZMA2
			most = max(most, lzma2Dictionary(h[3]))
		}
	}
	return most
}
