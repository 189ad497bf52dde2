package mail

import (
	"errors"
	"path"
	"slices"
	"strings"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content"
)

// entity reads a message's content, or a part, whose header was read.
func (r *reader) entity(h *header, s section, at place) error {
	if err := r.b.Enter(max(at.level, r.depth)); err != nil {
		if r.b.Time() != nil {
			return err
		}
		r.problem(budget.ReasonOf(err), r.path, tooDeep)
		return nil
	}
	p := r.part(h, s, at)
	switch kind := p.declared.value; {
	case strings.HasPrefix(kind, "multipart/"):
		return r.multipart(&p, at)
	case kind == "message/rfc822" || kind == "message/global" || kind == "message/news":
		return r.rfc822(&p)
	case isPKCS7(kind) || strings.EqualFold(path.Ext(p.name()), ".p7m"):
		return r.smime(&p, at)
	case kind == "message/partial":
		r.problem(budget.Unknown, p.where, "It is a fragment of a message which is sent in several pieces.")
	case kind == "message/external-body":
		r.problem(budget.Unknown, p.where, "Its content lies elsewhere and is fetched when it is opened.")
	case kind == "text/x-amp-html" && !p.attached:
		// A page for other programs than Outlook. Where it leads counts.
		return r.amp(&p)
	case (kind == "text/plain" || kind == "text/html" || kind == "application/xhtml+xml" || kind == "text/enriched") && !p.attached:
		if len(p.names) == 0 || !r.has(kind == "text/html") {
			if err := r.body(&p, at); err != nil {
				return err
			}
		}
		if len(p.names) == 0 {
			return nil
		}
	}
	r.add(&p)
	return nil
}

// has says whether a body of that kind was read.
func (r *reader) has(html bool) bool {
	return slices.ContainsFunc(r.bodies, func(b body) bool { return (b.doc != nil) == html })
}

// part is one part with what its header says.
type part struct {
	section

	declared   media
	boundaries []string
	transfer   transfer
	names      []string // the different names that programs may see
	attached   bool
	inline     bool
	id         string
	where      string
}

func (p *part) name() string {
	if len(p.names) == 0 {
		return ""
	}
	return p.names[0]
}

// part reads a part's header. Where fields are there twice, what carries more
// is taken, and all names are.
func (r *reader) part(h *header, s section, at place) part {
	p := part{section: s}
	types := h.all("Content-Type")
	for i, v := range types {
		m := parseMedia(v)
		p.boundaries = append(p.boundaries, m.all("boundary")...)
		if b := m.get("boundary"); b != "" && !slices.Contains(p.boundaries, b) {
			p.boundaries = append(p.boundaries, b)
		}
		if i == 0 || strings.HasPrefix(m.value, "multipart/") && !strings.HasPrefix(p.declared.value, "multipart/") {
			p.declared = m
		}
		p.names = append(p.names, m.all("name")...)
	}
	if p.declared.value == "" || !strings.Contains(p.declared.value, "/") {
		p.declared.value = "text/plain"
		if at.digest {
			p.declared.value = "message/rfc822"
		}
	}
	var names []string
	dispositions := h.all("Content-Disposition")
	for i, v := range dispositions {
		m := parseMedia(v)
		names = append(names, m.all("filename")...)
		p.attached = p.attached || m.value == "attachment"
		p.inline = p.inline || i == 0 && m.value == "inline"
	}
	p.names = unique(append(names, p.names...))
	encodings := h.all("Content-Transfer-Encoding")
	if len(encodings) > 0 {
		p.transfer = transferOf(encodings[0])
	}
	p.id = strings.Trim(h.get("Content-ID"), " <>\t")
	r.count++
	p.where = r.where(p.label(r.count))
	if at.level > 0 || r.path != "" {
		if len(types) > 1 || len(dispositions) > 1 || len(encodings) > 1 {
			r.problem(budget.Damaged, p.where, "Its header has fields twice, with different content: programs may take either.")
		}
	}
	return p
}

// unique leaves out names that are there already, or are empty.
func unique(names []string) []string {
	out := names[:0:0]
	for _, n := range names {
		if n = strings.TrimSpace(strings.Map(printable, n)); n != "" && !slices.Contains(out, n) && len(out) < 4 {
			out = append(out, n)
		}
	}
	return out
}

// printable leaves out control characters, which names lose when they are
// saved. Those that turn the direction of writing stay: they are what a rule
// looks for.
func printable(c rune) rune {
	if c < ' ' || c == 0x7f {
		return -1
	}
	return c
}

func (p *part) label(n int) string {
	if name := p.name(); name != "" {
		return name
	}
	return "part " + itoa(n)
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

// multipart reads the parts of one.
func (r *reader) multipart(p *part, at place) error {
	parts, preamble, epilogue, odd, err := split(r.b, p.section, p.boundaries)
	if err != nil {
		return err
	}
	if len(parts) == 0 && p.transfer != identity && p.transfer != unknownTransfer {
		// Encoded as a whole, which the standard forbids and programs read.
		s, err := r.hold(p.source())
		switch {
		case r.b.Time() != nil:
			return r.b.Time()
		case err == nil:
			if parts, preamble, epilogue, _, err = split(r.b, s, p.boundaries); err != nil {
				return err
			}
		}
		odd = true
	}
	if len(parts) == 0 {
		r.problem(budget.Damaged, r.path, "It says that it has several parts, but they could not be told apart.")
		p.declared = media{value: "text/plain"}
		p.names = nil
		return r.body(p, at)
	}
	if odd {
		r.problem(budget.Damaged, r.path, "Its parts are set apart in a way that programs read differently.")
	}
	in := place{level: at.level + 1, group: at.group, digest: p.declared.value == "multipart/digest"}
	switch p.declared.value {
	case "multipart/alternative":
		if in.group == 0 {
			r.groups++
			in.group = r.groups
		}
	case "multipart/encrypted":
		r.problem(budget.Encrypted, r.path, "The message is encrypted. It can only be read with the recipient's key.")
	}
	for i, s := range parts {
		h, err := readHeader(s)
		if err != nil {
			return err
		}
		inner := s.sub(s.off+h.length, s.end)
		if len(h.fields) == 0 && blank(inner) && i > 0 {
			continue
		}
		if err := r.entity(&h, inner, in); err != nil {
			return err
		}
	}
	r.outside(preamble, "before the first part")
	r.outside(epilogue, "behind the last part")
	return nil
}

// outside keeps what stands outside of the parts where a program might take it
// for one.
func (r *reader) outside(s section, name string) {
	if s.size() < 64 {
		return
	}
	text, err := s.head(64 << 10)
	if err != nil || s.size() < 8<<10 && !strings.Contains(strings.ToLower(string(text)), "\ncontent-") && !strings.Contains(string(text), "begin 6") {
		return
	}
	r.problem(budget.Damaged, r.where(name), "There is content outside of the parts, which programs read differently.")
	r.carry(Part{Source: s, Name: name, Path: r.where(name), Declared: "text/plain", Depth: r.depth}, "")
}

// source is the part's content, decoded.
func (p *part) source() content.Source {
	if p.transfer == identity || p.transfer == unknownTransfer {
		return p.section
	}
	return encoded{p.section, p.transfer}
}

func (r *reader) carry(p Part, id string) {
	r.parts, r.ids = append(r.parts, p), append(r.ids, id)
}

// add gives the part to who looks into it; where programs may take different
// names, whose ends say different things of it, under each of them.
func (r *reader) add(p *part) {
	part := Part{Source: p.source(), Name: p.name(), Path: p.where, Declared: p.declared.value, Inline: p.inline && !p.attached, Depth: r.depth}
	r.carry(part, p.id)
	ends := []string{strings.ToLower(path.Ext(part.Name))}
	for _, n := range p.names[min(1, len(p.names)):] {
		end := strings.ToLower(path.Ext(n))
		if slices.Contains(ends, end) {
			continue
		}
		ends = append(ends, end)
		part.Name, part.Path = n, r.where(n)
		r.carry(part, p.id)
	}
	if p.transfer == unknownTransfer {
		r.problem(budget.Unknown, p.where, "It is encoded in a way that isn't known.")
	}
}

// markInline marks what the body shows by its Content-ID.
func (r *reader) markInline() {
	if r.msg.HTML == nil {
		return
	}
	shown := map[string]bool{}
	for _, i := range r.msg.HTML.Images {
		if id, ok := strings.CutPrefix(i.Source, "cid:"); ok {
			shown[id] = true
		}
	}
	for i := range r.ids {
		if r.ids[i] != "" && shown[r.ids[i]] && i < len(r.parts) {
			r.parts[i].Inline = true
		}
	}
}

// rfc822 reads an attached message.
func (r *reader) rfc822(p *part) error {
	if err := r.b.Enter(r.depth + 1); err != nil {
		if r.b.Time() != nil {
			return err
		}
		r.problem(budget.ReasonOf(err), p.where, tooDeep)
		return nil
	}
	s, err := r.hold(p.source())
	var limit *budget.Error
	switch {
	case errors.As(err, &limit):
		r.problem(limit.Reason, p.where, "The attached message is too large to be read.")
		r.add(p)
		return nil
	case err != nil:
		return err
	}
	item := &content.Item{Name: p.name(), Path: p.where, Declared: p.declared.value, Inline: !p.attached, Type: "eml", Size: s.size()}
	r.msg.Items = append(r.msg.Items, item)
	parts, err := r.attach(s, item, r.depth)
	for _, in := range parts {
		r.carry(in, "")
	}
	return err
}
