package ole

import (
	"math"
	"strconv"
	"strings"
)

// Workbook is what an old workbook's records tell (.xls).
type Workbook struct {
	Encrypted   bool
	MacroSheets []string // names of sheets of Excel 4 macros, hidden ones too
	AutoOpen    bool     // a macro runs when it is opened or closed
	DDE         []string // "program|topic" of links by DDE
	Text        string
	Links       []string
}

// Excel reads a stream of BIFF records, see [MS-XLS],
// https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-xls/
func Excel(p []byte) Workbook {
	var w Workbook
	var text strings.Builder
	ole := ""
	for i := 0; i+4 <= len(p); {
		id, n := le16(p, i), le16(p, i+2)
		i += 4
		if id == 0 && n == 0 || i+n > len(p) {
			break
		}
		body := p[i : i+n]
		i += n
		switch id {
		case 0x002F: // FilePass
			w.Encrypted = true
			return w
		case 0x0009, 0x0209, 0x0409, 0x0809: // BOF
			if le16(body, 2) == 0x0040 {
				w.sheet("(a sheet of macros)")
			}
		case 0x0085: // BoundSheet8: position, state, kind, name
			if len(body) > 7 && body[5] == 1 {
				w.sheet(shortString(body[6:]))
			}
		case 0x0018, 0x0218: // Lbl
			w.name(body)
		case 0x01AE: // SupBook
			ole = supBook(body)
		case 0x0023, 0x0223: // ExternName; fOleLink says OLE, else DDE
			if ole != "" && le16(body, 0)&0x10 == 0 {
				w.DDE = append(w.DDE, ole)
				ole = ""
			}
		case 0x00FC: // SST
			sharedStrings(p, i-n, n, &text)
		case 0x0204: // Label
			if len(body) > 8 {
				text.WriteString(latin(body[8:]) + "\n")
			}
		case 0x0203, 0x027E, 0x00BD: // Number, RK, MulRk
			numbers(id, body, &text)
		case 0x01B8: // HLink
			w.Links = append(w.Links, linkTargets(body)...)
		}
	}
	w.Text = text.String()
	return w
}

func (w *Workbook) sheet(name string) {
	if len(w.MacroSheets) < 20 {
		w.MacroSheets = append(w.MacroSheets, name)
	}
}

// name looks for Auto_Open and Auto_Close: built-in names 1 and 2, or spelled.
func (w *Workbook) name(body []byte) {
	if len(body) < 16 {
		return
	}
	const builtIn = 0x20
	n := int(body[3])
	name := body[14:]
	if le16(body, 0)&builtIn != 0 && n == 1 {
		code := name[0]
		if code == 0 && len(name) > 1 {
			code = name[1] // after a byte that says how wide the letters are
		}
		w.AutoOpen = w.AutoOpen || code == 1 || code == 2
		return
	}
	spelled := strings.ToLower(strings.ReplaceAll(string(name[:min(len(name), 2*n+1)]), "\x00", ""))
	w.AutoOpen = w.AutoOpen || strings.HasPrefix(spelled, "auto_open") || strings.HasPrefix(spelled, "auto_close")
}

// supBook gives "program|topic" where the record names a link by OLE or DDE:
// its path has the character 3 in the middle.
func supBook(body []byte) string {
	if len(body) < 5 || le16(body, 2) == 0x0401 || le16(body, 2) == 0x3A01 {
		return ""
	}
	path := wideString(body[2:])
	program, topic, found := strings.Cut(path, "\x03")
	if !found {
		return ""
	}
	return program + "|" + topic
}

// shortString reads a ShortXLUnicodeString: length, width, letters.
func shortString(p []byte) string {
	if len(p) < 2 {
		return ""
	}
	return letters(p[2:], int(p[0]), p[1]&1 != 0)
}

// wideString reads an XLUnicodeString: its length has two bytes.
func wideString(p []byte) string {
	if len(p) < 3 {
		return ""
	}
	return letters(p[3:], le16(p, 0), p[2]&1 != 0)
}

func letters(p []byte, n int, wide bool) string {
	if wide {
		return UTF16(p[:min(len(p), 2*n)])
	}
	return latin(p[:min(len(p), n)])
}

func latin(p []byte) string {
	r := make([]rune, len(p))
	for i, c := range p {
		r[i] = rune(c)
	}
	return string(r)
}

// mostShared bounds the shared strings that are read, in bytes.
const mostShared = 2 << 20

// sharedStrings reads the SST record at i and those that continue it. Each
// continuation says anew how wide its letters are.
func sharedStrings(p []byte, i, n int, out *strings.Builder) {
	const continued = 0x003C
	s := sst{p: p, at: i, end: i + n}
	s.next = func() bool {
		if s.end+4 > len(p) || le16(p, s.end) != continued {
			return false
		}
		size := le16(p, s.end+2)
		s.at, s.end = s.end+4, min(s.end+4+size, len(p))
		return true
	}
	head, ok := s.take(8)
	if !ok {
		return
	}
	for range max(0, le32(head, 4)) {
		if !s.text(out) || out.Len() > mostShared {
			return
		}
	}
}

type sst struct {
	p       []byte
	at, end int
	next    func() bool
}

func (s *sst) take(n int) ([]byte, bool) {
	if s.at+n <= s.end {
		s.at += n
		return s.p[s.at-n : s.at], true
	}
	var out []byte
	for len(out) < n {
		if s.at >= s.end && !s.next() {
			return nil, false
		}
		k := min(n-len(out), s.end-s.at)
		out = append(out, s.p[s.at:s.at+k]...)
		s.at += k
		if k == 0 && s.at >= s.end && !s.next() {
			return nil, false
		}
	}
	return out, true
}

func (s *sst) text(out *strings.Builder) bool {
	head, ok := s.take(3)
	if !ok {
		return false
	}
	n, flags := le16(head, 0), head[2]
	skip := 0
	if flags&8 != 0 {
		runs, ok := s.take(2)
		if !ok {
			return false
		}
		skip += 4 * le16(runs, 0)
	}
	if flags&4 != 0 {
		ext, ok := s.take(4)
		if !ok {
			return false
		}
		skip += max(0, le32(ext, 0))
	}
	for n > 0 {
		if s.at >= s.end {
			if !s.next() || s.at >= s.end {
				return false
			}
			flags = flags&^1 | s.p[s.at]&1
			s.at++
		}
		width := 1 + int(flags&1)
		k := min(n, (s.end-s.at)/width)
		if k == 0 {
			return false
		}
		out.WriteString(letters(s.p[s.at:s.at+k*width], k, width == 2))
		s.at += k * width
		n -= k
	}
	out.WriteByte('\n')
	if skip > len(s.p) {
		return false
	}
	_, ok = s.take(skip)
	return ok
}

// numbers writes the numbers of cells.
func numbers(id int, body []byte, out *strings.Builder) {
	write := func(f float64) {
		if out.Len() < mostShared {
			out.WriteString(strconv.FormatFloat(f, 'f', -1, 64) + "\n")
		}
	}
	switch {
	case id == 0x0203 && len(body) >= 14:
		write(math.Float64frombits(uint64(uint32(le32(body, 6))) | uint64(uint32(le32(body, 10)))<<32))
	case id == 0x027E && len(body) >= 10:
		write(rk(uint32(le32(body, 6))))
	case id == 0x00BD:
		for i := 6; i+4 <= len(body)-2; i += 6 {
			write(rk(uint32(le32(body, i))))
		}
	}
}

// rk unpacks an RkNumber: 30 bits, whole or the top of a float, perhaps a
// hundredth.
func rk(v uint32) float64 {
	f := float64(int32(v) >> 2)
	if v&2 == 0 {
		f = math.Float64frombits(uint64(v&^3) << 32)
	}
	if v&1 != 0 {
		f /= 100
	}
	return f
}

// linkTargets finds addresses in a hyperlink object: they are in UTF-16.
func linkTargets(p []byte) (urls []string) {
	for _, scheme := range []string{"http", "file", "ftp", "mailto"} {
		wide := make([]byte, 0, 2*len(scheme))
		for i := range len(scheme) {
			wide = append(wide, scheme[i], 0)
		}
		if i := strings.Index(string(p), string(wide)); i >= 0 {
			url := UTF16(p[i:min(len(p), i+4096)])
			url, _, _ = strings.Cut(url, "\x00")
			urls = append(urls, url)
		}
	}
	return urls
}
