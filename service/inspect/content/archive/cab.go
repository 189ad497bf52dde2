package archive

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"io"
)

// Cab walks through a cabinet, see
// https://learn.microsoft.com/en-us/previous-versions/bb417343(v=msdn.10)
// Files compressed with Quantum or LZX are listed, but can't be opened.
func Cab(r io.ReaderAt, _ int64, _ Options, visit Visit) error {
	head, err := section(r, 0, 36)
	if err != nil {
		return err
	}
	le := binary.LittleEndian
	folders, files, flags := int(le.Uint16(head[26:])), int(le.Uint16(head[28:])), le.Uint16(head[30:])
	at := int64(36)
	perFolder, perData := 0, 0
	if flags&4 != 0 {
		reserve, err := section(r, at, 4)
		if err != nil {
			return err
		}
		perFolder, perData = int(reserve[2]), int(reserve[3])
		at += 4 + int64(le.Uint16(reserve))
	}
	for range 2 * (int(flags&1) + int(flags>>1&1)) { // names of the cabinets before and after
		if _, at, err = cString(r, at); err != nil {
			return err
		}
	}
	list := make([]cabFolder, folders)
	for i := range list {
		f, err := section(r, at, 8)
		if err != nil {
			return err
		}
		list[i] = cabFolder{r: r, at: int64(le.Uint32(f)), blocks: int(le.Uint16(f[4:])), method: le.Uint16(f[6:]) & 15, reserve: perData}
		at += 8 + int64(perFolder)
	}
	at = int64(le.Uint32(head[16:]))
	for range files {
		f, err := section(r, at, 16)
		if err != nil {
			return err
		}
		name, next, err := cString(r, at+16)
		if err != nil {
			return err
		}
		at = next
		n, from, folder := int64(le.Uint32(f)), int64(le.Uint32(f[4:])), int(le.Uint16(f[8:]))
		e := Entry{Name: name, Size: n, Packed: -1, Again: true, Open: func() (io.Reader, error) {
			if folder >= len(list) || list[folder].method > 1 {
				return nil, ErrUnsupported
			}
			in := list[folder] // a copy: each reading begins at the first block
			if _, err := io.CopyN(io.Discard, &in, from); err != nil {
				return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
			}
			return io.LimitReader(&in, n), nil
		}}
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

// cString reads up to a zero byte, and gives where it goes on.
func cString(r io.ReaderAt, at int64) (string, int64, error) {
	var buf [257]byte
	n, _ := r.ReadAt(buf[:], at) // fewer at the end
	end := bytes.IndexByte(buf[:n], 0)
	if end < 0 {
		return "", 0, ErrDamaged
	}
	return string(buf[:end]), at + int64(end) + 1, nil
}

// cabFolder reads the blocks of a folder one after the other: stored, or MSZIP.
type cabFolder struct {
	r       io.ReaderAt
	at      int64
	blocks  int
	method  uint16
	reserve int
	window  []byte // what the block before unpacked to
	rest    []byte
}

func (f *cabFolder) Read(p []byte) (int, error) {
	for len(f.rest) == 0 {
		if f.blocks == 0 {
			return 0, io.EOF
		}
		if err := f.block(); err != nil {
			return 0, err
		}
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

func (f *cabFolder) block() error {
	head, err := section(f.r, f.at, 8)
	if err != nil {
		return err
	}
	le := binary.LittleEndian
	data, err := section(f.r, f.at+8+int64(f.reserve), int(le.Uint16(head[4:])))
	if err != nil {
		return err
	}
	f.at += 8 + int64(f.reserve) + int64(len(data))
	f.blocks--
	if f.method == 0 {
		f.rest = data
		return nil
	}
	if !bytes.HasPrefix(data, []byte("CK")) {
		return ErrDamaged
	}
	const blockSize = 32 << 10
	out, err := io.ReadAll(io.LimitReader(flate.NewReaderDict(bytes.NewReader(data[2:]), f.window), blockSize))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	f.window, f.rest = out, out
	return nil
}
