package mail

import (
	"bytes"
	"io"
	"strings"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content"
	"cloudappsecurity/service/inspect/markup"
)

// mostBody is how many bytes of a plain text body are read; mostHeldBody up to
// which size an HTML body is held, so that its charset can be guessed.
const (
	mostBody     = 4 << 20
	mostHeldBody = 1 << 20
)

// mostTexts is how many bytes of bodies are kept, those of attached messages
// among them. Further ones are looked at as attachments are.
const mostTexts = 12 << 20

// body reads a part that the message shows as its text.
func (r *reader) body(p *part, at place) error {
	if *r.texts > mostTexts {
		r.problem(budget.TooLarge, p.where, "There is more text than is kept of one message. It is looked at as an attachment.")
		p.inline = true
		r.add(p)
		return nil
	}
	if p.declared.value == "text/html" || p.declared.value == "application/xhtml+xml" {
		doc, err := r.html(p)
		if doc != nil {
			r.bodies = append(r.bodies, body{doc: doc, group: at.group})
			*r.texts += int64(len(doc.Visible) + len(doc.Hidden))
			for _, problem := range doc.Problems {
				r.problem(budget.TooLarge, r.where("body"), problem)
			}
		}
		return err
	}
	raw, cut, err := r.readAll(p, mostBody)
	if err != nil {
		return err
	}
	if cut {
		r.problem(budget.TooLarge, r.where("body"), "The text is larger than what is read of one. It is looked at as an attachment as well.")
		p.inline = true
		r.add(p)
	}
	text := plainText(toUTF8(raw, p.declared.get("charset")))
	if p.declared.value == "text/enriched" {
		text = enriched(text)
	}
	if strings.EqualFold(p.declared.get("format"), "flowed") {
		text = flowed(text, strings.EqualFold(p.declared.get("delsp"), "yes"))
	}
	text = r.uuencoded(text)
	if armoredPGP(text) {
		r.problem(budget.Encrypted, r.where("body"), "The text is encrypted. It can only be read with the recipient's key.")
	}
	r.bodies = append(r.bodies, body{text: text, group: at.group})
	*r.texts += int64(len(text))
	return nil
}

// readAll decodes up to most bytes of a part.
func (r *reader) readAll(p *part, most int64) (raw []byte, cut bool, err error) {
	if p.transfer != quotedPrintable && p.transfer != base64Transfer && p.transfer != uuTransfer {
		raw, err = p.head(most)
		cut = p.size() > most
	} else if p.mem != nil && p.size() <= most {
		raw = decodeAll(p.mem[p.off:p.end], p.transfer)
	} else {
		raw, err = io.ReadAll(io.LimitReader(p.source().Open(), most+1))
		if cut = int64(len(raw)) > most; cut {
			raw = raw[:most]
		}
	}
	if err != nil {
		return nil, false, err
	}
	if err = r.b.Take(int64(len(raw))); err != nil && r.b.Time() == nil {
		r.problem(budget.ReasonOf(err), r.where("body"), "The message is too large.")
		return nil, false, nil
	}
	return raw, cut, err
}

func decodeAll(raw []byte, t transfer) []byte {
	switch t {
	case base64Transfer:
		return decodeBase64(raw)
	case quotedPrintable:
		out, _ := stepQuoted(make([]byte, 0, len(raw)), raw, true)
		return out
	}
	u := uudecoder{}
	out, _ := u.decode(make([]byte, 0, len(raw)), raw, true)
	return out
}

func (r *reader) html(p *part) (*markup.Document, error) {
	charset := p.declared.get("charset")
	if p.size() > mostHeldBody {
		in := &taken{decodeCharset(p.source().Open(), charset), r.b}
		doc, err := markup.Read(r.b, in)
		return doc, r.pass(err, r.where("body"))
	}
	raw, _, err := r.readAll(p, 2*mostHeldBody)
	if err != nil {
		return nil, err
	}
	if charset == "" {
		charset = metaCharset(raw)
	}
	doc, err := markup.Read(r.b, strings.NewReader(toUTF8(raw, charset)))
	return doc, r.pass(err, r.where("body"))
}

// pass makes a problem of a limit that was met; errors of time and of reading
// stay.
func (r *reader) pass(err error, where string) error {
	if err == nil || r.b.Time() != nil {
		return err
	}
	r.problem(budget.ReasonOf(err), where, "It could not be read to its end.")
	return nil
}

// amp keeps where a page for other programs leads.
func (r *reader) amp(p *part) error {
	doc, err := r.html(p)
	if doc != nil {
		r.msg.Links = append(r.msg.Links, doc.Links...)
	}
	return err
}

// taken takes what is read from the budget.
type taken struct {
	r io.Reader
	b *budget.Budget
}

func (t *taken) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	if e := t.b.Take(int64(n)); e != nil {
		return n, e
	}
	return n, err
}

// metaCharset gives the charset that a page claims for itself.
func metaCharset(page []byte) string {
	head := bytes.ToLower(page[:min(len(page), 2048)])
	before, after, ok := bytes.Cut(head, []byte("charset="))
	if !ok || !bytes.Contains(before, []byte("<meta")) {
		return ""
	}
	v := bytes.TrimLeft(after, `"' `)
	if end := bytes.IndexAny(v, `"' ;/>`); end >= 0 {
		v = v[:end]
	}
	return string(v)
}

// plainText gives lines that end in LF, without characters that aren't shown as
// anything but a space.
func plainText(s string) string {
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	if strings.Contains(s, "\u00a0") {
		s = strings.ReplaceAll(s, "\u00a0", " ")
	}
	return strings.ReplaceAll(s, "\x00", "")
}

// flowed joins the lines of a paragraph (RFC 3676).
func flowed(s string, deleteSpace bool) string {
	var out strings.Builder
	out.Grow(len(s))
	joined := false // the line before goes on
	depth := 0
	for line := range strings.SplitSeq(s, "\n") {
		quoted := strings.TrimLeft(line, ">")
		d := len(line) - len(quoted)
		if joined && d != depth {
			out.WriteByte('\n')
			joined = false
		}
		depth = d
		quoted = strings.TrimPrefix(quoted, " ")
		if !joined && d > 0 {
			out.WriteString(line[:d] + " ")
		}
		if strings.HasSuffix(quoted, " ") && quoted != "-- " {
			if deleteSpace {
				quoted = quoted[:len(quoted)-1]
			}
			out.WriteString(quoted)
			joined = true
			continue
		}
		out.WriteString(quoted + "\n")
		joined = false
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// enriched leaves out the commands of text/enriched (RFC 1896).
func enriched(s string) string {
	var out strings.Builder
	for {
		before, after, ok := strings.Cut(s, "<")
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		if strings.HasPrefix(after, "<") {
			out.WriteByte('<')
			s = after[1:]
			continue
		}
		if _, s, ok = strings.Cut(after, ">"); !ok {
			return out.String()
		}
	}
}

// mostUU is how many uuencoded files of one text are looked for.
const mostUU = 100

// uuencoded takes uuencoded files out of a text, as Outlook does, and adds them
// to the parts.
func (r *reader) uuencoded(text string) string {
	for range mostUU {
		start, name := beginLine(text)
		if start < 0 {
			return text
		}
		end := strings.Index(text[start:], "\nend")
		whole := end >= 0
		if !whole {
			end = len(text) - start
		} else {
			end += len("\nend")
		}
		where := r.where(name)
		r.carry(Part{Source: encoded{held([]byte(text[start : start+end])), uuTransfer}, Name: name, Path: where, Depth: r.depth}, "")
		if !whole {
			r.problem(budget.Damaged, where, "The file has no end.")
		}
		text = text[:start] + text[start+end:]
	}
	r.problem(budget.TooMany, r.where("body"), "The text has more files within it than are looked at.")
	return text
}

// beginLine finds "begin 644 name" with an encoded line below it.
func beginLine(text string) (start int, name string) {
	for pos := 0; ; {
		i := strings.Index(text[pos:], "begin ")
		if i < 0 {
			return -1, ""
		}
		start = pos + i
		pos = start + 6
		if start > 0 && text[start-1] != '\n' {
			continue
		}
		line, rest, ok := strings.Cut(text[start:], "\n")
		mode, name, _ := strings.Cut(strings.TrimSpace(line[6:]), " ")
		if !ok || name == "" || len(mode) < 3 || len(mode) > 4 || strings.Trim(mode, "01234567") != "" {
			continue
		}
		next, _, _ := strings.Cut(rest, "\n")
		if next = strings.TrimRight(next, " \r"); len(next) > 1 && len(next) >= (int(next[0]-' ')&0x3f)*4/3 {
			return start, name
		}
	}
}

var _ content.Source = section{}
