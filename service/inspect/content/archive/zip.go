package archive

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz/lzma"
)

// Methods of compression, see 4.4.5 of
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
const (
	stored    = 0
	deflated  = 8
	bzipped   = 12
	lzmaed    = 14
	zstandard = 93
	aesMethod = 99 // the real method stands in the extra field 0x9901
)

// Zip walks through a zip archive by its central directory.
func Zip(r io.ReaderAt, size int64, o Options, visit Visit) error {
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		e := Entry{Name: f.Name, Size: int64(f.UncompressedSize64), Packed: int64(f.CompressedSize64), Again: true}
		h := zipHeader{method: f.Method, crc: f.CRC32, flags: f.Flags, time: f.ModifiedTime, packed: e.Packed, extra: f.Extra}
		raw := func() (io.Reader, error) { return f.OpenRaw() }
		if f.Flags&1 != 0 {
			e.Encrypted = true
			h.unlock(&e, raw, o)
		} else {
			e.Open = func() (io.Reader, error) {
				packed, err := raw()
				if err != nil {
					return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
				}
				return inflate(h.method, packed, o)
			}
		}
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

// inflate unpacks what is stored by a method. The checksum isn't looked at: a
// file that a tolerant program would still open is inspected too.
func inflate(method uint16, r io.Reader, o Options) (io.Reader, error) {
	switch method {
	case stored:
		return r, nil
	case deflated:
		return flate.NewReader(r), nil
	case bzipped:
		return bzip2.NewReader(r), nil
	case zstandard:
		return newZstd(r, o)
	case lzmaed:
		return zipLZMA(r, o)
	default:
		return nil, ErrUnsupported
	}
}

func newZstd(r io.Reader, o Options) (io.Reader, error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(uint64(max(o.Memory, 1<<20))))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return d, nil
}

// ZipStream walks through a zip archive by its local headers, for one that can
// only be read from the beginning, or whose central directory is damaged. An
// entry is read within visit, once.
func ZipStream(r io.Reader, o Options, visit Visit) error {
	in := bufio.NewReaderSize(r, 64<<10)
	found := false
	for {
		sig, err := in.Peek(4)
		if err != nil || !bytes.HasPrefix(sig, []byte("PK\x03\x04")) {
			if found && err == nil && (bytes.HasPrefix(sig, []byte("PK\x01\x02")) || bytes.HasPrefix(sig, []byte("PK\x05\x06")) || bytes.HasPrefix(sig, []byte("PK\x06\x06"))) {
				return nil
			}
			return ErrDamaged
		}
		found = true
		if err := localEntry(in, o, visit); err != nil {
			return err
		}
	}
}

// mostSkipped is how much of an entry that visit left unread is unpacked to find
// the next one: nobody counts these bytes.
const mostSkipped = 256 << 20

// localEntry visits the entry whose local header comes next, and reads on to
// what follows it.
func localEntry(in *bufio.Reader, o Options, visit Visit) error {
	var fixed [30]byte
	if _, err := io.ReadFull(in, fixed[:]); err != nil {
		return ErrDamaged
	}
	le := binary.LittleEndian
	rest := make([]byte, int(le.Uint16(fixed[26:]))+int(le.Uint16(fixed[28:])))
	if _, err := io.ReadFull(in, rest); err != nil {
		return ErrDamaged
	}
	name := string(rest[:le.Uint16(fixed[26:])])
	h := zipHeader{method: le.Uint16(fixed[8:]), flags: le.Uint16(fixed[6:]), time: le.Uint16(fixed[10:]), crc: le.Uint32(fixed[14:]),
		packed: int64(le.Uint32(fixed[18:])), extra: rest[len(name):]}
	e := Entry{Name: name, Size: int64(le.Uint32(fixed[22:])), Packed: h.packed, Encrypted: h.flags&1 != 0}
	unsized := h.flags&8 != 0
	if wide := h.field(1); len(wide) >= 16 && h.packed == 0xFFFFFFFF {
		e.Size, h.packed = int64(le.Uint64(wide)), int64(le.Uint64(wide[8:]))
		e.Packed = h.packed
		if h.packed < 0 {
			return ErrDamaged
		}
	}
	if unsized {
		e.Size, e.Packed = -1, -1
	}
	switch {
	case unsized && (h.method != deflated || e.Encrypted):
		return ErrUnsupported // nothing says where it ends
	case unsized:
		body := flate.NewReader(in) // reads a ByteReader byte by byte, so never past the end
		e.Open = func() (io.Reader, error) { return body, nil }
		if err := visitFile(e, visit); err != nil {
			return err
		}
		switch n, err := io.Copy(io.Discard, io.LimitReader(body, mostSkipped)); {
		case err != nil:
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		case n == mostSkipped:
			return ErrTooLarge
		}
		return skipDescriptor(in)
	}
	packed := io.LimitReader(in, h.packed)
	e.Open = func() (io.Reader, error) {
		if e.Encrypted {
			return nil, ErrEncrypted // trying passwords needs more than one reading
		}
		return inflate(h.method, packed, o)
	}
	if err := visitFile(e, visit); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, packed); err != nil {
		return err
	}
	return nil
}

func visitFile(e Entry, visit Visit) error {
	if strings.HasSuffix(e.Name, "/") {
		return nil
	}
	return visit(e)
}

// skipDescriptor reads past a data descriptor: signature (optional), checksum
// and two sizes of four or eight bytes.
func skipDescriptor(in *bufio.Reader) error {
	for _, n := range []int{16, 12, 24, 20} {
		next, err := in.Peek(n + 4)
		if err != nil && len(next) < n {
			continue
		}
		if len(next) >= n+2 && next[n] == 'P' && next[n+1] == 'K' {
			_, err := in.Discard(n)
			return err
		}
	}
	return ErrDamaged
}

// zipLZMA reads LZMA as zip has it: two bytes of version, the size of the
// properties, and these without the unpacked size behind them.
func zipLZMA(r io.Reader, o Options) (io.Reader, error) {
	var head [9]byte
	if _, err := io.ReadFull(r, head[:]); err != nil || binary.LittleEndian.Uint16(head[2:]) != 5 {
		return nil, ErrDamaged
	}
	if int64(binary.LittleEndian.Uint32(head[5:])) > o.Memory {
		return nil, ErrTooLarge
	}
	unknown := bytes.Repeat([]byte{0xFF}, 8) // it ends with a mark, or with what is packed
	z, err := lzma.ReaderConfig{DictCap: int(o.Memory)}.NewReader(io.MultiReader(bytes.NewReader(head[4:]), bytes.NewReader(unknown), r))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return z, nil
}
