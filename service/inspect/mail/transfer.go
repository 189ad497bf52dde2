package mail

import (
	"bytes"
	"io"
	"strings"
)

// transfer is how a part is encoded.
type transfer uint8

const (
	identity transfer = iota
	base64Transfer
	quotedPrintable
	uuTransfer
	unknownTransfer
)

func transferOf(v string) transfer {
	v = strings.ToLower(strings.Trim(v, " \t\"';"))
	v, _, _ = strings.Cut(v, ";")
	switch {
	case strings.HasPrefix(v, "base64"), v == "base-64", v == "b":
		return base64Transfer
	case strings.HasPrefix(v, "quoted"), v == "q":
		return quotedPrintable
	case v == "", strings.HasPrefix(v, "7"), strings.HasPrefix(v, "8"), v == "binary", v == "none", v == "utf-8", v == "plain", v == "text":
		return identity
	case v == "uuencode", v == "x-uuencode", v == "x-uue", v == "uue":
		return uuTransfer
	}
	return unknownTransfer
}

// decoder decodes a stream, whatever is wrong with it.
type decoder struct {
	r    io.Reader
	step func(dst, src []byte, end bool) (out []byte, used int)
	in   []byte
	out  []byte
	err  error
}

const chunk = 16 << 10

func newDecoder(r io.Reader, t transfer) io.Reader {
	switch t {
	case base64Transfer:
		var q quantum
		return &decoder{r: r, step: q.decode}
	case quotedPrintable:
		return &decoder{r: r, step: stepQuoted}
	case uuTransfer:
		u := uudecoder{}
		return &decoder{r: r, step: u.decode}
	}
	return r
}

func (d *decoder) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(d.out) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		if d.in == nil {
			d.in = make([]byte, 0, chunk)
		}
		n, err := d.r.Read(d.in[len(d.in):cap(d.in)])
		d.in = d.in[:len(d.in)+n]
		d.err = err
		var used int
		if d.out, used = d.step(d.out[:0], d.in, err != nil); used == 0 && len(d.in) == cap(d.in) {
			d.out, used = d.step(d.out[:0], d.in, true) // a line without an end
		}
		d.in = append(d.in[:0], d.in[used:]...)
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}

// base64Value gives what a character of base64 stands for; 64 for none, 65 for
// the padding.
var base64Value = func() (t [256]byte) {
	for i := range t {
		t[i] = 64
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = byte(i)
	}
	t['-'], t['_'] = 62, 63 // the alphabet of URLs
	t['='] = 65
	return t
}()

// quantum are the bits of base64 that are waiting. Characters that don't belong
// there are left out; behind a padding it begins anew, as programs do that
// decode what was put together of several.
type quantum struct {
	bits uint32
	n    uint8
}

func (q *quantum) decode(dst, src []byte, end bool) ([]byte, int) {
	for i := 0; i < len(src); {
		if q.n == 0 {
			for i+4 <= len(src) {
				a, b, c, d := base64Value[src[i]], base64Value[src[i+1]], base64Value[src[i+2]], base64Value[src[i+3]]
				if a|b|c|d >= 64 {
					break
				}
				dst = append(dst, a<<2|b>>4, b<<4|c>>2, c<<6|d)
				i += 4
			}
			if i == len(src) {
				break
			}
		}
		v := base64Value[src[i]]
		i++
		switch {
		case v < 64:
			q.bits = q.bits<<6 | uint32(v)
			if q.n++; q.n == 4 {
				dst = append(dst, byte(q.bits>>16), byte(q.bits>>8), byte(q.bits))
				q.bits, q.n = 0, 0
			}
		case v == 65:
			dst = q.flush(dst)
		}
	}
	if end {
		dst = q.flush(dst)
	}
	return dst, len(src)
}

// flush gives the whole bytes of an unfinished quantum.
func (q *quantum) flush(dst []byte) []byte {
	switch q.n {
	case 2:
		dst = append(dst, byte(q.bits>>4))
	case 3:
		dst = append(dst, byte(q.bits>>10), byte(q.bits>>2))
	}
	q.bits, q.n = 0, 0
	return dst
}

func decodeBase64(v []byte) []byte {
	var q quantum
	out, _ := q.decode(make([]byte, 0, len(v)*3/4+3), v, true)
	return out
}

// stepQuoted decodes quoted-printable (RFC 2045). What is no code stays as it
// is.
func stepQuoted(dst, src []byte, end bool) ([]byte, int) {
	for i := 0; i < len(src); {
		e := bytes.IndexByte(src[i:], '=')
		if e < 0 {
			return append(dst, src[i:]...), len(src)
		}
		dst = append(dst, src[i:i+e]...)
		i += e
		rest := src[i:]
		if len(rest) < 3 && !end {
			return dst, i
		}
		if len(rest) >= 3 && unhex(rest[1]) >= 0 && unhex(rest[2]) >= 0 {
			dst = append(dst, byte(unhex(rest[1])<<4|unhex(rest[2])))
			i += 3
			continue
		}
		// A soft end of the line, with white space before it.
		j := 1
		for j < len(rest) && (rest[j] == ' ' || rest[j] == '\t') {
			j++
		}
		switch {
		case j == len(rest) && !end && j < 1000:
			return dst, i
		case j == len(rest):
			i += j
		case rest[j] == '\n':
			i += j + 1
		case rest[j] == '\r' && j+1 < len(rest) && rest[j+1] == '\n':
			i += j + 2
		case rest[j] == '\r' && j+1 == len(rest) && !end:
			return dst, i
		case rest[j] == '\r':
			i += j + 1
		default:
			dst = append(dst, '=')
			i++
		}
	}
	return dst, len(src)
}

// uudecoder decodes uuencoded lines, from "begin" to "end" where they are
// there.
type uudecoder struct{ done bool }

func (u *uudecoder) decode(dst, src []byte, end bool) ([]byte, int) {
	used := 0
	for used < len(src) {
		i := bytes.IndexByte(src[used:], '\n')
		if i < 0 && !end {
			break
		}
		if i < 0 {
			i = len(src) - used
		}
		line := bytes.TrimRight(src[used:used+i], "\r")
		used = min(used+i+1, len(src))
		if u.done || bytes.HasPrefix(line, []byte("begin ")) {
			continue
		}
		if bytes.Equal(bytes.TrimSpace(line), []byte("end")) {
			u.done = true
			continue
		}
		dst = uuLine(dst, line)
	}
	return dst, used
}

func uuLine(dst, line []byte) []byte {
	if len(line) == 0 {
		return dst
	}
	n := int(line[0]-' ') & 0x3f
	line = line[1:]
	at := func(i int) byte {
		if i < len(line) {
			return (line[i] - ' ') & 0x3f
		}
		return 0
	}
	for i := 0; n > 0; i += 4 {
		a, b, c, d := at(i), at(i+1), at(i+2), at(i+3)
		out := []byte{a<<2 | b>>4, b<<4 | c>>2, c<<6 | d}
		dst = append(dst, out[:min(n, 3)]...)
		n -= 3
	}
	return dst
}
