package ole

import (
	"strings"
)

// WordDocument is what an old document tells (.doc).
type WordDocument struct {
	Encrypted bool
	Text      string   // with the marks of fields left out
	Fields    []string // instructions of fields: "DDEAUTO c:\\…", "HYPERLINK \"…\""
	Template  string   // the attached template
}

// Word reads the main stream and the table stream, see [MS-DOC],
// https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-doc/
func Word(main []byte, table func(name string) []byte) (WordDocument, error) {
	var w WordDocument
	const (
		flagsAt, encrypted, whichTable = 0x0A, 0x0100, 0x0200
		sttbfAssocAt, clxAt            = 0x19A, 0x1A2
	)
	if len(main) < clxAt+8 {
		return w, ErrDamaged
	}
	flags := le16(main, flagsAt)
	if flags&encrypted != 0 {
		w.Encrypted = true
		return w, nil
	}
	name := "0Table"
	if flags&whichTable != 0 {
		name = "1Table"
	}
	t := table(name)
	raw := pieces(main, slice(t, le32(main, clxAt), le32(main, clxAt+4)))
	w.Text, w.Fields = fields(raw)
	w.Template = assocTemplate(slice(t, le32(main, sttbfAssocAt), le32(main, sttbfAssocAt+4)))
	return w, nil
}

func slice(p []byte, at, n int) []byte {
	if at < 0 || n < 0 || at > len(p) || n > len(p)-at {
		return nil
	}
	return p[at : at+n]
}

// mostPieces bounds the text that is put together, in bytes.
const mostPieces = 8 << 20

// pieces puts the text together by the piece table (Clx).
func pieces(main, clx []byte) string {
	for len(clx) > 3 && clx[0] == 1 { // Prc: skipped
		n := le16(clx, 1)
		if n+3 > len(clx) {
			return ""
		}
		clx = clx[3+n:]
	}
	if len(clx) < 5 || clx[0] != 2 {
		return ""
	}
	plc := slice(clx, 5, le32(clx, 1))
	n := (len(plc) - 4) / 12
	var b strings.Builder
	for i := range max(n, 0) {
		count := le32(plc, 4*i+4) - le32(plc, 4*i)
		at := le32(plc, 4*(n+1)+8*i+2)
		const compressed = 1 << 30
		if count <= 0 || count > mostPieces || b.Len() > mostPieces {
			continue
		}
		if at&compressed != 0 {
			b.WriteString(latin(slice(main, (at&^compressed)/2, count)))
		} else {
			b.WriteString(UTF16(slice(main, at, 2*count)))
		}
	}
	return b.String()
}

// fields parts text and fields: 0x13 begins one, 0x14 parts its instruction
// from what is shown, 0x15 ends it.
func fields(raw string) (text string, list []string) {
	var out strings.Builder
	type open struct {
		b     strings.Builder
		shown bool
	}
	var stack []*open
	for _, r := range raw {
		switch {
		case r == 0x13:
			if len(stack) < 64 {
				stack = append(stack, &open{})
			}
		case r == 0x14 && len(stack) > 0:
			stack[len(stack)-1].shown = true
		case r == 0x15 && len(stack) > 0:
			f := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			instruction := strings.TrimSpace(f.b.String())
			if instruction != "" && len(list) < 5000 {
				list = append(list, instruction)
			}
			if len(stack) > 0 && !stack[len(stack)-1].shown {
				stack[len(stack)-1].b.WriteString(instruction)
			}
		case len(stack) > 0 && !stack[len(stack)-1].shown:
			if r >= ' ' || r == '\t' {
				stack[len(stack)-1].b.WriteRune(r)
			}
		case r == '\r', r == 7, r == 11, r == 12:
			out.WriteByte('\n')
		case r >= 32 || r == '\t':
			out.WriteRune(r)
		}
	}
	for _, f := range stack { // one that never ends still begins
		if s := strings.TrimSpace(f.b.String()); s != "" {
			list = append(list, s)
		}
	}
	return out.String(), list
}

// assocTemplate gives the second string of SttbfAssoc, the template.
func assocTemplate(p []byte) string {
	if len(p) < 6 || le16(p, 0) != 0xFFFF {
		return ""
	}
	at := 6
	for i := range le16(p, 2) {
		n := 2 * le16(p, at)
		at += 2
		if i == 1 {
			return UTF16(slice(p, at, n))
		}
		at += n
	}
	return ""
}

// PowerPointDocument is what an old presentation tells (.ppt).
type PowerPointDocument struct {
	Text     string
	Links    []string
	Programs []string // what an action starts
	Objects  [][]byte // embedded objects, as they are stored: see Packed
}

// PowerPoint reads the records of the stream "PowerPoint Document", see [MS-PPT],
// https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-ppt/
func PowerPoint(p []byte) PowerPointDocument {
	var d PowerPointDocument
	var text strings.Builder
	d.records(p, &text, 0)
	d.Text = text.String()
	return d
}

func (d *PowerPointDocument) records(p []byte, text *strings.Builder, depth int) {
	const (
		textChars, textBytes, cString = 0x0FA0, 0x0FA8, 0x0FBA
		interactive, object           = 0x0FF3, 0x1011
	)
	for i := 0; i+8 <= len(p); {
		version, id, n := le16(p, i), le16(p, i+2), le32(p, i+4)
		i += 8
		if n < 0 || n > len(p)-i {
			n = len(p) - i
		}
		body := p[i : i+n]
		i += n
		switch {
		case id == object:
			if len(d.Objects) < 200 {
				d.Objects = append(d.Objects, p[i-n-8:i])
			}
		case version&15 == 15 && depth < 32:
			d.records(body, text, depth+1)
		case id == textChars:
			text.WriteString(UTF16(body) + "\n")
		case id == textBytes:
			text.WriteString(latin(body) + "\n")
		case id == cString:
			if s := UTF16(body); strings.Contains(s, "://") || strings.HasPrefix(s, `\\`) {
				d.Links = append(d.Links, s)
			}
		case id == interactive && len(body) > 8 && body[8] == 2:
			d.Programs = append(d.Programs, "an action on a slide")
		}
	}
}
