package archive

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"unicode/utf16"
)

const sector = 2048

// mostFolders bounds a directory that leads back to itself.
const mostFolders = 2000

// ISO walks through an ISO 9660 image, by its Joliet names where it has them:
// those are what Windows shows. See https://wiki.osdev.org/ISO_9660
// An image that has only UDF is ErrUnsupported.
func ISO(r io.ReaderAt, _ int64, _ Options, visit Visit) error {
	var root []byte
	joliet := false
	for n := int64(16); n < 64; n++ {
		d, err := section(r, n*sector, sector)
		if err != nil {
			return err
		}
		if string(d[1:6]) != "CD001" || d[0] == 255 {
			break
		}
		switch {
		case d[0] == 1 && root == nil:
			root = bytes.Clone(d[156:190])
		case d[0] == 2 && d[88] == '%' && d[89] == '/' && (d[90] == '@' || d[90] == 'C' || d[90] == 'E'):
			root, joliet = bytes.Clone(d[156:190]), true
		}
	}
	if root == nil {
		return ErrUnsupported
	}
	w := isoWalk{r: r, joliet: joliet, visit: visit, seen: map[uint32]bool{}}
	return w.folder(binary.LittleEndian.Uint32(root[2:]), binary.LittleEndian.Uint32(root[10:]), "")
}

type isoWalk struct {
	r      io.ReaderAt
	joliet bool
	visit  Visit
	seen   map[uint32]bool
}

func (w *isoWalk) folder(at, size uint32, path string) error {
	if w.seen[at] || len(w.seen) >= mostFolders {
		return nil
	}
	w.seen[at] = true
	const mostBytes = 4 << 20
	dir, err := section(w.r, int64(at)*sector, int(min(size, mostBytes)))
	if err != nil {
		return err
	}
	for i := 0; i < len(dir); {
		n := int(dir[i])
		if n == 0 { // records don't cross sectors
			i = (i/sector + 1) * sector
			continue
		}
		if n < 34 || i+n > len(dir) || 33+int(dir[i+32]) > n {
			return ErrDamaged
		}
		rec := dir[i : i+n]
		i += n
		raw := rec[33 : 33+int(rec[32])]
		if len(raw) == 1 && raw[0] <= 1 {
			continue // itself and its parent
		}
		at, size := binary.LittleEndian.Uint32(rec[2:]), binary.LittleEndian.Uint32(rec[10:])
		name := path + w.name(raw)
		if rec[25]&2 != 0 {
			if err := w.folder(at, size, name+"/"); err != nil {
				return err
			}
			continue
		}
		e := Entry{Name: name, Size: int64(size), Packed: int64(size), Again: true,
			Open: func() (io.Reader, error) { return io.NewSectionReader(w.r, int64(at)*sector, int64(size)), nil }}
		if err := w.visit(e); err != nil {
			return err
		}
	}
	return nil
}

func (w *isoWalk) name(raw []byte) string {
	name := string(raw)
	if w.joliet {
		units := make([]uint16, len(raw)/2)
		for i := range units {
			units[i] = binary.BigEndian.Uint16(raw[2*i:])
		}
		name = string(utf16.Decode(units))
	}
	name, _, _ = strings.Cut(name, ";")
	return strings.TrimSuffix(name, ".")
}
