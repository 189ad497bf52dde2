package ole

import (
	"bytes"
	"compress/zlib"
	"io"
	"strings"
)

// Native is a file that was wrapped into an object by the Object Packager.
type Native struct {
	Label string // shown for it
	Path  string // where it came from
	Data  []byte
}

// Native10 reads a stream "\x01Ole10Native": size, then label, path and data.
// See [MS-OLEDS] 2.3.6 for the stream; what a package holds isn't documented by
// Microsoft: https://github.com/decalage2/oletools/wiki/oleobj
func Native10(p []byte) (Native, bool) {
	if len(p) < 12 {
		return Native{}, false
	}
	return packageOf(p[4:])
}

// packageOf reads what follows the size, which an object in RTF has as well.
func packageOf(p []byte) (n Native, ok bool) {
	if le16(p, 0) != 2 {
		return n, false
	}
	r := &cursor{p: p, at: 2}
	n.Label, n.Path = r.text(), r.text()
	kind := r.number()
	if kind == 0x00030000 { // embedded: its path at the time, then the data
		r.skip(max(0, r.number()))
		size := r.number()
		if r.bad || size < 0 {
			return n, false
		}
		n.Data = p[r.at:min(len(p), r.at+size)]
		return n, true
	}
	return n, !r.bad && (n.Label != "" || n.Path != "") // a link: only its name
}

type cursor struct {
	p   []byte
	at  int
	bad bool
}

func (c *cursor) text() string {
	end := -1
	if c.at <= len(c.p) {
		end = bytes.IndexByte(c.p[c.at:], 0)
	}
	if end < 0 || end > 4096 {
		c.bad = true
		return ""
	}
	s := latin(c.p[c.at : c.at+end])
	c.at += end + 1
	return s
}

func (c *cursor) number() int {
	if c.bad || c.at+4 > len(c.p) {
		c.bad = true
		return 0
	}
	n := le32(c.p, c.at)
	c.at += 4
	return n
}

func (c *cursor) skip(n int) {
	if c.bad || n > len(c.p)-c.at {
		c.bad = true
		return
	}
	c.at += n
}

// Object is an object of OLE 1, as RTF keeps it.
type Object struct {
	Class  string // "Package", "Equation.3", "Word.Document.8", "htmlfile" …
	Topic  string // of a link: where it leads
	Linked bool
	Data   []byte
}

// Object1 reads an ObjectHeader and what follows, see [MS-OLEDS] 2.2.
func Object1(p []byte) (o Object, ok bool) {
	r := &cursor{p: p, at: 4}
	format := r.number()
	o.Class = r.counted()
	o.Topic = r.counted()
	r.counted() // the item
	if r.bad {
		return o, o.Class != ""
	}
	o.Linked = format == 1
	if o.Linked {
		return o, true
	}
	size := r.number()
	if r.bad || size < 0 {
		return o, o.Class != ""
	}
	o.Data = p[r.at:min(len(p), r.at+size)]
	return o, true
}

// counted reads a LengthPrefixedAnsiString.
func (c *cursor) counted() string {
	n := c.number()
	if c.bad || n < 0 || n > len(c.p)-c.at || n > 4096 {
		c.bad = true
		return ""
	}
	s := latin(c.p[c.at : c.at+n])
	c.at += n
	return strings.TrimRight(s, "\x00")
}

// Package reads the data of an Object whose class is "Package".
func (o Object) Package() (Native, bool) { return packageOf(o.Data) }

// Packed unpacks an object of a presentation, ExOleObjStg: with its record's
// header, compressed where the instance says so. It gives at most limit bytes.
func Packed(record []byte, limit int64) ([]byte, error) {
	if len(record) < 8 {
		return nil, ErrDamaged
	}
	if le16(record, 0)>>4 == 0 {
		return record[8:], nil
	}
	if len(record) < 12 {
		return nil, ErrDamaged
	}
	z, err := zlib.NewReader(bytes.NewReader(record[12:]))
	if err != nil {
		return nil, ErrDamaged
	}
	data, err := io.ReadAll(io.LimitReader(z, limit))
	if err != nil && len(data) == 0 {
		return nil, ErrDamaged
	}
	return data, nil
}

// ActiveMime unpacks the macros of an old document in XML: the zlib stream
// stands behind a header whose length varies a little.
func ActiveMime(p []byte, limit int64) ([]byte, error) {
	for at := 0x1E; at < min(len(p), 0x500); at++ {
		if p[at] != 0x78 {
			continue
		}
		z, err := zlib.NewReader(bytes.NewReader(p[at:]))
		if err != nil {
			continue
		}
		data, err := io.ReadAll(io.LimitReader(z, limit))
		if err == nil || len(data) > 512 {
			return data, nil
		}
	}
	return nil, ErrDamaged
}
