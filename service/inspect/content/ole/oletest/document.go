package oletest

import (
	"bytes"
	"strings"
	"unicode/utf16"
)

func wide(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = le.AppendUint16(out, u)
	}
	return out
}

// Word gives the streams of an old document with this text. In it, a field is
// "\x13instruction\x14result\x15".
func Word(text, template string) []Stream {
	main := make([]byte, 1024)
	le.PutUint16(main, 0xA5EC)
	le.PutUint16(main[2:], 0x00C1)
	le.PutUint16(main[0x0A:], 0x0200) // 1Table
	textAt := len(main)
	letters := wide(text)
	main = append(main, letters...)
	main = append(main, make([]byte, 4096)...) // not in the small streams

	var clx []byte
	clx = append(clx, 2)
	clx = le.AppendUint32(clx, 16)
	clx = le.AppendUint32(clx, 0)
	clx = le.AppendUint32(clx, uint32(len(letters)/2))
	clx = le.AppendUint16(clx, 0)
	clx = le.AppendUint32(clx, uint32(textAt))
	clx = le.AppendUint16(clx, 0)

	var assoc []byte
	assoc = le.AppendUint16(assoc, 0xFFFF)
	assoc = le.AppendUint16(assoc, 2)
	assoc = le.AppendUint16(assoc, 0)
	assoc = le.AppendUint16(assoc, 0)
	assoc = le.AppendUint16(assoc, uint16(len(wide(template))/2))
	assoc = append(assoc, wide(template)...)

	table := append(make([]byte, 8), clx...)
	le.PutUint32(main[0x1A2:], 8)
	le.PutUint32(main[0x1A6:], uint32(len(clx)))
	le.PutUint32(main[0x19A:], uint32(len(table)))
	le.PutUint32(main[0x19E:], uint32(len(assoc)))
	table = append(table, assoc...)
	return []Stream{{"WordDocument", main}, {"1Table", table}, {"\x05SummaryInformation", make([]byte, 64)}}
}

// Record is a record of BIFF.
func Record(id uint16, data ...[]byte) []byte {
	body := bytes.Join(data, nil)
	out := le.AppendUint16(nil, id)
	out = le.AppendUint16(out, uint16(len(body)))
	return append(out, body...)
}

// Sheet is a BoundSheet record of a sheet (kind 0) or a sheet of macros (1).
func Sheet(name string, kind byte) []byte {
	return Record(0x85, []byte{0, 0, 0, 0, 0, kind, byte(len(name)), 0}, []byte(name))
}

// Excel gives the stream of an old workbook: these records between its own, and
// shared strings.
func Excel(strs []string, records ...[]byte) []Stream {
	var out []byte
	out = append(out, Record(0x809, []byte{0, 6, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})...)
	for _, r := range records {
		out = append(out, r...)
	}
	var sst []byte
	sst = le.AppendUint32(sst, uint32(len(strs)))
	sst = le.AppendUint32(sst, uint32(len(strs)))
	for _, s := range strs {
		sst = le.AppendUint16(sst, uint16(len(wide(s))/2))
		sst = append(append(sst, 1), wide(s)...)
	}
	out = append(out, Record(0xFC, sst)...)
	out = append(out, Record(0x0A)...)
	out = append(out, make([]byte, max(0, 4096-len(out)))...)
	return []Stream{{"Workbook", out}}
}

// PowerPoint gives the streams of an old presentation with a slide's text, and
// an embedded object if there is one.
func PowerPoint(text string, object []byte) []Stream {
	rec := func(version, id uint16, body []byte) []byte {
		out := le.AppendUint16(nil, version)
		out = le.AppendUint16(out, id)
		out = le.AppendUint32(out, uint32(len(body)))
		return append(out, body...)
	}
	body := rec(0, 0x0FA0, wide(text))
	if object != nil {
		body = append(body, rec(0, 0x1011, object)...)
	}
	doc := rec(0x000F, 0x03E8, body)
	doc = append(doc, make([]byte, max(0, 4096-len(doc)))...)
	user := make([]byte, 64)
	copy(user[12:], "\x5F\xC0\x91\xE3")
	return []Stream{{"PowerPoint Document", doc}, {"Current User", user}}
}

// Native gives a stream "\x01Ole10Native" which wraps a file.
func Native(name string, data []byte) []byte {
	var p []byte
	p = le.AppendUint16(p, 2)
	p = append(p, name+"\x00"+`C:\Temp\`+name+"\x00"...)
	p = le.AppendUint32(p, 0x00030000)
	path := `C:\Temp\` + name + "\x00"
	p = le.AppendUint32(p, uint32(len(path)))
	p = append(p, path...)
	p = le.AppendUint32(p, uint32(len(data)))
	p = append(p, data...)
	return append(le.AppendUint32(nil, uint32(len(p))), p...)
}

// Object1 gives an object of OLE 1, as RTF holds it in hexadecimal.
func Object1(class string, data []byte) []byte {
	p := le.AppendUint32(nil, 0x0501)
	p = le.AppendUint32(p, 2)
	for _, s := range []string{class, "", ""} {
		if s != "" {
			s += "\x00"
		}
		p = le.AppendUint32(p, uint32(len(s)))
		p = append(p, s...)
	}
	p = le.AppendUint32(p, uint32(len(data)))
	return append(p, data...)
}

// Message gives the streams of a message as Outlook saves it; files are its
// attachments, name and content in turn.
func Message(subject, body string, files ...string) []Stream {
	out := []Stream{{"__properties_version1.0", make([]byte, 32)}, {"__substg1.0_0037001F", wide(subject)}, {"__substg1.0_1000001F", wide(body)}}
	for i := 0; i+1 < len(files); i += 2 {
		folder := "__attach_version1.0_#0000000" + string(rune('0'+i/2))
		out = append(out, Stream{folder + "/__substg1.0_3707001F", wide(files[i])}, Stream{folder + "/__substg1.0_37010102", []byte(files[i+1])},
			Stream{folder + "/__properties_version1.0", make([]byte, 8)})
	}
	return out
}

// Hex writes as RTF does, in lines.
func Hex(p []byte) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for i, c := range p {
		if i%64 == 0 {
			b.WriteByte('\n')
		}
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}
