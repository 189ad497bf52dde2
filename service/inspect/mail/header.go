package mail

import (
	"bytes"
	"strings"
)

// mostHeader is how many bytes of one header are read.
const mostHeader = 256 << 10

// rawField is a field as it stands there, its value folded.
type rawField struct {
	name  string
	value []byte
	own   bool // value isn't the message's own memory
}

// header is that of a message or a part.
type header struct {
	fields []rawField
	length int64 // of the header with the empty line behind it
	cut    bool  // it is longer than mostHeader
	broken bool  // it holds lines that are no fields, or ends without an empty line
}

// readHeader reads the header that s begins with. Lines may end in CR LF, LF or
// CR. A line that is no field, and isn't followed by one, begins the body.
func readHeader(s section) (header, error) {
	text, err := s.head(4 << 10)
	if err != nil {
		return header{}, err
	}
	h, whole := parseHeader(text, int64(len(text)) == s.size())
	if whole {
		return h, nil
	}
	if text, err = s.head(mostHeader); err != nil {
		return header{}, err
	}
	h, whole = parseHeader(text, int64(len(text)) == s.size())
	h.cut = !whole
	return h, nil
}

// parseHeader gives the header that text begins with, and whether it ends
// there.
func parseHeader(text []byte, all bool) (h header, whole bool) {
	pos := 0
	for first := true; ; first = false {
		line, next, ended := cutLine(text, pos)
		if !ended && !all {
			h.length = int64(pos)
			return h, false
		}
		if first {
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")) // of files that an editor saved
		}
		switch {
		case len(line) == 0:
			h.length = int64(next)
			h.broken = h.broken || !ended && len(h.fields) > 0 && pos >= len(text)
			return h, true
		case first && (bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From "))):
			// A mailbox file's line before the message.
		case (line[0] == ' ' || line[0] == '\t') && len(h.fields) > 0:
			// A line of white space only goes on, too: it begins the body for
			// some programs, and they see what follows as text.
			f := &h.fields[len(h.fields)-1]
			if len(f.value) < mostHeader {
				if !f.own {
					f.value, f.own = append(make([]byte, 0, len(f.value)+len(line)+128), f.value...), true
				}
				f.value = append(append(f.value, ' '), bytes.TrimSpace(line)...)
			}
		default:
			name, value, ok := cutField(line)
			if ok {
				h.fields = append(h.fields, rawField{name: string(name), value: bytes.TrimSpace(value)})
				break
			}
			h.broken = true
			after, _, _ := cutLine(text, next)
			if _, _, ok := cutField(after); !ok || len(h.fields) == 0 && line[0] == '-' {
				h.length = int64(pos)
				return h, true
			}
		}
		if next >= len(text) && all {
			h.broken = true
			h.length = int64(next)
			return h, true
		}
		pos = next
	}
}

// cutLine gives the line at pos without its end (CR LF, LF or CR), where the
// next begins, and whether its end was seen.
func cutLine(text []byte, pos int) (line []byte, next int, ended bool) {
	rest := text[min(pos, len(text)):]
	i := lineEnd(rest)
	switch {
	case i < 0:
		return rest, len(text), false
	case rest[i] == '\n':
		return rest[:i], pos + i + 1, true
	case i+1 == len(rest): // a CR, and who knows what follows
		return rest[:i], len(text), false
	case rest[i+1] == '\n':
		return rest[:i], pos + i + 2, true
	}
	return rest[:i], pos + i + 1, true
}

// lineEnd gives the place of the first CR or LF. It looks at short pieces, since
// the one may be near and the other far away.
func lineEnd(text []byte) int {
	for from, size := 0, 128; from < len(text); size *= 4 {
		piece := text[from:min(from+size, len(text))]
		i := bytes.IndexByte(piece, '\n')
		if i >= 0 {
			piece = piece[:i]
		}
		if j := bytes.IndexByte(piece, '\r'); j >= 0 {
			i = j
		}
		if i >= 0 {
			return from + i
		}
		from += len(piece)
	}
	return -1
}

// cutField splits "Name: value". White space before the colon is let pass, as
// mail programs do.
func cutField(line []byte) (name, value []byte, ok bool) {
	i := bytes.IndexByte(line, ':')
	if i <= 0 || i > 200 {
		return nil, nil, false
	}
	name = bytes.TrimRight(line[:i], " \t")
	if len(name) == 0 {
		return nil, nil, false
	}
	for _, c := range name {
		if c <= ' ' || c >= 0x7f {
			return nil, nil, false
		}
	}
	return name, line[i+1:], true
}

// get gives the first field of that name.
func (h *header) get(name string) string {
	for i := range h.fields {
		if equalFold(h.fields[i].name, name) {
			return string(h.fields[i].value)
		}
	}
	return ""
}

// all gives the different values of all fields of that name.
func (h *header) all(name string) (values []string) {
	for i := range h.fields {
		if !equalFold(h.fields[i].name, name) {
			continue
		}
		v := string(h.fields[i].value)
		if len(values) > 0 && values[len(values)-1] == v || len(values) >= 8 {
			continue
		}
		values = append(values, v)
	}
	return values
}

// identifiers gives the ids in angle brackets, those without them where there
// are none.
func identifiers(v string) (ids []string) {
	rest := v
	for len(ids) < 100 {
		_, after, ok := strings.Cut(rest, "<")
		if !ok {
			break
		}
		id, behind, ok := strings.Cut(after, ">")
		if !ok {
			break
		}
		ids, rest = append(ids, strings.TrimSpace(id)), behind
	}
	if len(ids) == 0 {
		for f := range strings.FieldsSeq(v) {
			if strings.Contains(f, "@") && len(ids) < 100 {
				ids = append(ids, f)
			}
		}
	}
	return ids
}
