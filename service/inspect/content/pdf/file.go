package pdf

import (
	"bytes"
	"errors"
	"maps"
	"slices"
)

// What a file can be.
var (
	ErrDamaged   = errors.New("pdf: damaged")
	ErrEncrypted = errors.New("pdf: encrypted")
)

// Options are what reading may use.
type Options struct {
	Passwords []string            // tried after none at all
	Take      func(n int64) error // counts what is unpacked; its error ends the reading
	Limit     int64               // the most bytes of one stream
}

// File is a file whose objects were found.
type File struct {
	Encrypted bool // by a password or none
	Unlocked  bool // a password of the options was needed

	opt     Options
	objects map[int]any
	order   []int
	trailer dict
	crypt   *crypt
	err     error // of Take
	done    map[int][]byte
	held    int
}

// mostObjects bounds a file.
const mostObjects = 300_000

// Open finds the objects of a file.
func Open(p []byte, o Options) (*File, error) {
	f := &File{opt: o, objects: map[int]any{}, trailer: dict{}, done: map[int][]byte{}}
	f.scan(p)
	if f.err != nil {
		return f, f.err
	}
	if len(f.objects) == 0 {
		return f, ErrDamaged
	}
	if enc, ok := f.resolve(f.trailer["Encrypt"]).(dict); ok {
		f.Encrypted = true
		if !f.unlock(enc) {
			return f, ErrEncrypted
		}
	}
	f.expand()
	return f, f.err
}

// scan finds "1 0 obj" and trailers in the order of the file: a later object
// takes the place of an earlier one, as it does after an update.
func (f *File) scan(p []byte) {
	for at := 0; ; {
		i := bytes.Index(p[at:], []byte("obj"))
		t := bytes.Index(p[at:], []byte("trailer"))
		if t >= 0 && (i < 0 || t < i) {
			l := &lexer{p: p, at: at + t + len("trailer")}
			at = l.at
			if d, ok := l.next().(dict); ok {
				f.addTrailer(d)
				at = l.at
			}
			continue
		}
		if i < 0 || len(f.objects) >= mostObjects {
			return
		}
		start := at + i
		at = start + 3
		id, ok := objectNumber(p, start)
		if !ok {
			continue
		}
		if f.err = f.opt.Take(0); f.err != nil {
			return
		}
		at = f.object(p, at, id)
	}
}

// objectNumber reads the two numbers before "obj" backwards.
func objectNumber(p []byte, at int) (r ref, ok bool) {
	number := func() (int, bool) {
		end := at
		for at > 0 && isSpace(p[at-1]) {
			at--
		}
		if end == at && end != 0 && (p[at-1] < '0' || p[at-1] > '9') {
			return 0, false
		}
		n, scale, digits := 0, 1, 0
		for at > 0 && p[at-1] >= '0' && p[at-1] <= '9' && digits < 9 {
			at--
			n += int(p[at]-'0') * scale
			scale *= 10
			digits++
		}
		return n, digits > 0
	}
	if r.gen, ok = number(); !ok {
		return r, false
	}
	r.id, ok = number()
	return r, ok
}

// object reads the object at a place and gives where to go on.
func (f *File) object(p []byte, at int, id ref) int {
	l := &lexer{p: p, at: at}
	value := l.next()
	d, ok := value.(dict)
	if !ok {
		f.set(id.id, value)
		return max(l.at, at)
	}
	l.space()
	if !bytes.HasPrefix(p[min(l.at, len(p)):], []byte("stream")) {
		f.set(id.id, d)
		return l.at
	}
	start := l.at + len("stream")
	if start < len(p) && p[start] == '\r' {
		start++
	}
	if start < len(p) && p[start] == '\n' {
		start++
	}
	end := streamEnd(p, start, d)
	if d["Type"] == name("XRef") {
		f.addTrailer(d)
	}
	f.set(id.id, &stream{d, p[start:end], id})
	return end
}

// streamEnd takes the length that is told if the stream does end there, and else
// looks for its end.
func streamEnd(p []byte, start int, d dict) int {
	if n, ok := d["Length"].(float64); ok && n >= 0 && int(n) <= len(p)-start {
		end := start + int(n)
		if bytes.HasPrefix(bytes.TrimLeft(p[end:min(len(p), end+16)], " \r\n\t"), []byte("endstream")) {
			return end
		}
	}
	if i := bytes.Index(p[start:], []byte("endstream")); i >= 0 {
		return start + i
	}
	if i := bytes.Index(p[start:], []byte("endobj")); i >= 0 {
		return start + i
	}
	return len(p)
}

func (f *File) set(id int, v any) {
	if _, ok := f.objects[id]; !ok {
		f.order = append(f.order, id)
	}
	f.objects[id] = v
}

func (f *File) addTrailer(d dict) {
	maps.Copy(f.trailer, d)
}

// expand reads the objects that are packed into streams.
func (f *File) expand() {
	for _, id := range slices.Clone(f.order) {
		s, ok := f.objects[id].(*stream)
		if !ok || s.dict["Type"] != name("ObjStm") {
			continue
		}
		data := f.data(s)
		n, first := f.number(s.dict["N"]), f.number(s.dict["First"])
		if first < 0 || first > len(data) {
			continue
		}
		heads := &lexer{p: data[:first]}
		for range min(n, mostObjects) {
			id, ok := heads.next().(float64)
			off, ok2 := heads.next().(float64)
			if !ok || !ok2 || int(off) < 0 || int(off) > len(data)-first {
				break
			}
			if len(f.objects) >= mostObjects || f.err != nil {
				return
			}
			l := &lexer{p: data, at: first + int(off)}
			if v := l.next(); f.objects[int(id)] == nil {
				f.set(int(id), v)
			}
		}
	}
}

// resolve follows references, those that don't lead in a circle.
func (f *File) resolve(v any) any {
	for range 16 {
		r, ok := v.(ref)
		if !ok {
			return v
		}
		v = f.objects[r.id]
	}
	return nil
}

func (f *File) dict(v any) dict {
	switch v := f.resolve(v).(type) {
	case dict:
		return v
	case *stream:
		return v.dict
	}
	return nil
}

func (f *File) number(v any) int {
	n, ok := f.resolve(v).(float64)
	if !ok || n < -1<<31 || n > 1<<31 {
		return 0
	}
	return int(n)
}

func (f *File) list(v any) array {
	switch v := f.resolve(v).(type) {
	case array:
		return v
	case nil:
		return nil
	default:
		return array{v}
	}
}

// string gives a text string: as UTF-16 or UTF-8 where it says so.
func (f *File) string(v any) string {
	switch v := f.resolve(v).(type) {
	case text:
		return decode(string(v))
	case name:
		return string(v)
	case *stream:
		data := f.data(v)
		return decode(string(data[:min(len(data), 256<<10)]))
	}
	return ""
}
