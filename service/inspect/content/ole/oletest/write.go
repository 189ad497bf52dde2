// Package oletest writes compound files, VBA projects and old documents for
// tests: small ones, as far as the formats ask for it.
package oletest

import (
	"bytes"
	"encoding/binary"
	"sort"
	"strings"
	"unicode/utf16"
)

var le = binary.LittleEndian

// Stream is one stream, by its path: "Macros/VBA/dir".
type Stream struct {
	Path string
	Data []byte
}

// Class is the class of a storage; "" is the root.
type Class struct {
	Path string
	ID   [16]byte
}

const (
	sector     = 512
	miniSector = 64
	cutoff     = 4096
	endOfChain = 0xFFFFFFFE
	free       = 0xFFFFFFFF
	fatMark    = 0xFFFFFFFD
)

type entry struct {
	name     string
	dir      bool
	data     []byte
	children []*entry
	class    [16]byte

	id, start, right, child uint32
	size                    int
}

func (e *entry) folder(path []string) *entry {
	for _, name := range path {
		var next *entry
		for _, c := range e.children {
			if c.dir && c.name == name {
				next = c
			}
		}
		if next == nil {
			next = &entry{name: name, dir: true}
			e.children = append(e.children, next)
		}
		e = next
	}
	return e
}

// File writes a compound file.
func File(streams []Stream, classes ...Class) []byte {
	root := &entry{name: "Root Entry", dir: true}
	for _, s := range streams {
		path := strings.Split(s.Path, "/")
		f := root.folder(path[:len(path)-1])
		f.children = append(f.children, &entry{name: path[len(path)-1], data: s.Data})
	}
	for _, c := range classes {
		if c.Path == "" {
			root.class = c.ID
			continue
		}
		root.folder(strings.Split(c.Path, "/")).class = c.ID
	}
	var list []*entry
	number(root, &list)

	var big, mini area
	big.unit, mini.unit = sector, miniSector
	for _, e := range list[1:] {
		e.size = len(e.data)
		switch {
		case e.dir:
		case len(e.data) >= cutoff:
			e.start = big.add(e.data)
		default:
			e.start = mini.add(e.data)
		}
	}
	root.size = mini.body.Len()
	root.start = big.add(mini.body.Bytes())
	miniStart := big.add(words(mini.table))
	dirStart := big.add(directory(list))
	return finish(big.body.Bytes(), big.table, dirStart, miniStart, (4*len(mini.table)+sector-1)/sector)
}

// area is a row of sectors with the table that chains them.
type area struct {
	body  bytes.Buffer
	table []uint32
	unit  int
}

// add gives the first sector of data.
func (a *area) add(data []byte) uint32 {
	if len(data) == 0 {
		return endOfChain
	}
	first := uint32(len(a.table))
	n := (len(data) + a.unit - 1) / a.unit
	for i := range n {
		next := uint32(len(a.table) + 1)
		if i == n-1 {
			next = endOfChain
		}
		a.table = append(a.table, next)
	}
	a.body.Write(data)
	a.body.Write(make([]byte, n*a.unit-len(data)))
	return first
}

// number gives each entry its place, siblings chained to the right in order.
func number(e *entry, list *[]*entry) {
	e.id, e.right, e.child = uint32(len(*list)), free, free
	*list = append(*list, e)
	sort.SliceStable(e.children, func(i, j int) bool {
		a, b := e.children[i].name, e.children[j].name
		if len(a) != len(b) {
			return len(a) < len(b)
		}
		return strings.ToUpper(a) < strings.ToUpper(b)
	})
	var last *entry
	for _, c := range e.children {
		number(c, list)
		if last == nil {
			e.child = c.id
		} else {
			last.right = c.id
		}
		last = c
	}
}

func directory(list []*entry) []byte {
	var out bytes.Buffer
	for i, e := range list {
		var rec [128]byte
		name := utf16.Encode([]rune(e.name))
		for j, u := range name {
			le.PutUint16(rec[2*j:], u)
		}
		le.PutUint16(rec[64:], uint16(2*len(name)+2))
		rec[66], rec[67] = 2, 1
		if e.dir {
			rec[66] = 1
		}
		if i == 0 {
			rec[66] = 5
		}
		le.PutUint32(rec[68:], free)
		le.PutUint32(rec[72:], e.right)
		le.PutUint32(rec[76:], e.child)
		copy(rec[80:], e.class[:])
		le.PutUint32(rec[116:], e.start)
		le.PutUint64(rec[120:], uint64(e.size))
		out.Write(rec[:])
	}
	for out.Len()%sector != 0 {
		var rec [128]byte
		le.PutUint32(rec[68:], free)
		le.PutUint32(rec[72:], free)
		le.PutUint32(rec[76:], free)
		out.Write(rec[:])
	}
	return out.Bytes()
}

func words(list []uint32) []byte {
	out := make([]byte, 0, 4*len(list)+sector)
	for _, w := range list {
		out = le.AppendUint32(out, w)
	}
	for len(out)%sector != 0 {
		out = le.AppendUint32(out, free)
	}
	return out
}

func finish(body []byte, fat []uint32, dirStart, miniStart uint32, miniSectors int) []byte {
	const perSector = sector / 4
	n := 1
	for n*perSector < len(fat)+n {
		n++
	}
	first := uint32(len(fat))
	for range n {
		fat = append(fat, fatMark)
	}
	head := make([]byte, sector)
	copy(head, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	le.PutUint16(head[24:], 0x3E)
	le.PutUint16(head[26:], 3)
	le.PutUint16(head[28:], 0xFFFE)
	le.PutUint16(head[30:], 9)
	le.PutUint16(head[32:], 6)
	le.PutUint32(head[44:], uint32(n))
	le.PutUint32(head[48:], dirStart)
	le.PutUint32(head[56:], cutoff)
	le.PutUint32(head[60:], miniStart)
	le.PutUint32(head[64:], uint32(miniSectors))
	le.PutUint32(head[68:], endOfChain)
	for i := range 109 {
		mark := uint32(free)
		if i < n {
			mark = first + uint32(i)
		}
		le.PutUint32(head[76+4*i:], mark)
	}
	return append(append(head, body...), words(fat)...)
}
