package mail

import (
	"bytes"
	"io"
	"strings"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content"
	"cloudappsecurity/service/inspect/markup"
)

// Part is something that a message carries, to be looked into: an attachment,
// a picture within the body. It is read where it lies, each time anew.
type Part struct {
	content.Source

	Name     string // as sent, decoded; may be hostile
	Path     string // for people: "forwarded.eml > invoice.zip"
	Declared string // media type, lower case; empty if none
	Inline   bool
	Depth    int           // 0 in the message itself, 1 in a message attached to it …
	Parent   *content.Item // the attached message that carries it; nil: the message itself
}

// Read reads a message of size bytes. What it carries comes back as parts, whose
// content is read from r only when it is asked for: r has to stay open until
// then. A message up to 1 MB, and a body, are held in memory; so is, up to the
// budget's Memory in all, what has to be decoded to find the parts within it.
//
// Attached messages are read as well: each is among Items, with its text and
// links, and their parts come with it as Parent. The parts themselves are not
// among Items: who looks into them adds them, to Items or to Parent.Children.
//
// What is wrong with a message is in its Problems. The error is one of r, or of
// the budget's time; the message then holds what was read until there.
func Read(b *budget.Budget, r io.ReaderAt, size int64) (*Message, []Part, error) {
	s, err := newSection(r, size)
	if err != nil {
		return &Message{Size: size, Auth: Auth{SCL: noSCL}}, nil, err
	}
	rd := &reader{b: b, held: new(int64), texts: new(int64), msg: &Message{Size: size}}
	err = rd.message(s)
	return rd.msg, rd.parts, err
}

// Attached reads a message that was found in something else: it sets the item's
// text, links and markup, adds the messages attached to it to its children, and
// gives its parts, whose Parent is never nil. depth is the item's own.
func Attached(b *budget.Budget, src content.Source, item *content.Item, depth int) ([]Part, error) {
	rd := &reader{b: b, held: new(int64), texts: new(int64), depth: depth, path: item.Path}
	if err := b.Enter(depth); err != nil {
		item.Problems = append(item.Problems, budget.Problem{Reason: budget.ReasonOf(err), Where: item.Path, Detail: tooDeep})
		return nil, nil // it stands in the problems
	}
	s, err := rd.hold(src)
	if err != nil {
		return nil, err
	}
	return rd.attach(s, item, depth)
}

const tooDeep = "Messages are nested too deeply, or there are too many parts. What is further within was not read."

// reader reads one message.
type reader struct {
	b     *budget.Budget
	msg   *Message
	parts []Part
	held  *int64 // bytes that were decoded into memory, of all messages together
	texts *int64 // bytes of the bodies that are kept, of all messages together

	depth  int    // of this message
	path   string // of this message, for people
	count  int    // parts, for those without a name
	bodies []body
	groups int      // multipart/alternative, counted
	ids    []string // Content-IDs of parts
}

// place says where in the tree of parts one stands.
type place struct {
	level  int // multiparts around it
	group  int // the outermost multipart/alternative around it; 0 for none
	digest bool
}

func (r *reader) message(s section) error {
	h, err := readHeader(s)
	if err != nil {
		return err
	}
	if h.cut {
		r.problem(budget.TooLarge, "", "The header is larger than what is read of one.")
	}
	r.fields(&h)
	err = r.entity(&h, s.sub(s.off+h.length, s.end), place{})
	r.compose()
	return err
}

// fields fills in what the header says.
func (r *reader) fields(h *header) {
	m := r.msg
	charset := parseMedia(h.get("Content-Type")).get("charset")
	m.Fields = make([]Field, 0, len(h.fields))
	for _, f := range h.fields {
		m.Fields = append(m.Fields, Field{f.name, decodeWords(f.value, charset)})
	}
	list := func(name string) (all []Address) {
		for _, v := range h.all(name) {
			all = append(all, parseAddresses(v, charset)...)
		}
		return all
	}
	one := func(name string) Address {
		if l := list(name); len(l) > 0 {
			return l[0]
		}
		return Address{}
	}
	m.From, m.ReplyTo, m.To, m.Cc = list("From"), list("Reply-To"), list("To"), list("Cc")
	m.Sender, m.ReturnPath = one("Sender"), one("Return-Path")
	m.Subject = strings.TrimSpace(m.Field("Subject"))
	m.Date = date(h.get("Date"))
	m.MessageID = first(identifiers(h.get("Message-ID")))
	m.InReplyTo = first(identifiers(h.get("In-Reply-To")))
	m.References = identifiers(h.get("References"))
	unsubscribe := h.get("List-Unsubscribe") != ""
	m.List = unsubscribe || h.get("List-Id") != ""
	precedence := strings.ToLower(h.get("Precedence"))
	m.Bulk = unsubscribe || precedence == "bulk" || precedence == "list" || h.get("Feedback-ID") != ""
	m.Auth = readAuth(m.Fields)
	for _, name := range []string{"From", "Subject", "Content-Type", "Content-Disposition", "Content-Transfer-Encoding"} {
		if len(h.all(name)) > 1 {
			r.problem(budget.Damaged, "", "The header has different "+name+" fields: programs may take either.")
		}
	}
}

func first(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return ids[0]
}

// mostProblems is how many problems of one message are kept.
const mostProblems = 100

func (r *reader) problem(reason budget.Reason, where, detail string) {
	for _, p := range r.msg.Problems {
		if p.Reason == reason && p.Where == where && p.Detail == detail {
			return
		}
	}
	if len(r.msg.Problems) < mostProblems {
		r.msg.Problems = append(r.msg.Problems, budget.Problem{Reason: reason, Where: where, Detail: detail})
	}
}

// where gives a part's path for people.
func (r *reader) where(name string) string {
	if r.path == "" {
		return name
	}
	return r.path + " > " + name
}

// hold gives a source's content as a section: where it lies, or decoded into
// memory while there is room.
func (r *reader) hold(src content.Source) (section, error) {
	if s, ok := src.(section); ok {
		return s, nil
	}
	if at, ok := src.(io.ReaderAt); ok && src.Size() >= 0 {
		return newSection(at, src.Size())
	}
	room := r.b.Limits().Memory - *r.held
	mem, err := io.ReadAll(io.LimitReader(src.Open(), room+1))
	if err != nil {
		return section{}, err
	}
	if int64(len(mem)) > room {
		return section{}, &budget.Error{Reason: budget.TooLarge}
	}
	*r.held += int64(len(mem))
	return held(mem), r.b.Take(int64(len(mem)))
}

// attach reads a message that this one carries, into its item.
func (r *reader) attach(s section, item *content.Item, depth int) ([]Part, error) {
	in := &reader{b: r.b, held: r.held, texts: r.texts, msg: &Message{Size: s.size()}, depth: depth + 1, path: item.Path}
	err := in.message(s)
	m := in.msg
	item.HTML, item.Links = m.HTML, m.Links
	for i := range item.Links {
		item.Links[i].Where = item.Path
	}
	item.Text = summary(m)
	item.Children = append(item.Children, m.Items...)
	item.Problems = append(item.Problems, m.Problems...)
	for i := range in.parts {
		if in.parts[i].Parent == nil {
			in.parts[i].Parent = item
		}
	}
	return in.parts, err
}

// summary is what a person sees of an attached message when it is opened.
func summary(m *Message) string {
	var out strings.Builder
	for _, a := range m.From {
		out.WriteString("From: " + a.Raw + "\n")
	}
	if m.Subject != "" {
		out.WriteString("Subject: " + m.Subject + "\n")
	}
	out.WriteString("\n" + m.Visible)
	if m.HTML != nil && m.Text != "" {
		out.WriteString("\n\n" + m.Text)
	}
	return out.String()
}

// body is one text that the message shows.
type body struct {
	text  string
	doc   *markup.Document // nil for plain text
	group int
}

// compose puts the bodies together as a mail program shows them.
func (r *reader) compose() {
	m := r.msg
	html := map[int]bool{}
	for _, b := range r.bodies {
		html[b.group] = html[b.group] || b.doc != nil
	}
	var plain, visible []string
	for _, b := range r.bodies {
		if b.doc == nil {
			plain = append(plain, b.text)
			if b.group == 0 || !html[b.group] {
				visible = append(visible, b.text)
			}
			continue
		}
		visible = append(visible, b.doc.Visible)
		if m.HTML == nil {
			m.HTML = b.doc
		} else {
			join(m.HTML, b.doc)
		}
	}
	m.Text, m.Visible = strings.Join(plain, "\n"), strings.Join(visible, "\n")
	if m.HTML != nil {
		m.Links = append(m.Links, m.HTML.Links...)
	}
	m.Links = textLinks(m.Links, m.Text)
	if m.HTML != nil {
		m.Links = textLinks(m.Links, m.HTML.Visible)
	}
	r.markInline()
}

// join adds a further page that is shown below the first.
func join(d, more *markup.Document) {
	d.Visible += "\n" + more.Visible
	d.Hidden += " " + more.Hidden
	d.Links = append(d.Links, more.Links...)
	d.Images = append(d.Images, more.Images...)
	d.Forms = append(d.Forms, more.Forms...)
	d.Scripts = append(d.Scripts, more.Scripts...)
	d.Embedded = append(d.Embedded, more.Embedded...)
	d.Problems = append(d.Problems, more.Problems...)
	if d.Refresh == "" {
		d.Refresh = more.Refresh
	}
}

// blank says whether nothing but white space is there.
func blank(s section) bool {
	if s.size() > 4<<10 {
		return false
	}
	text, err := s.head(4 << 10)
	return err == nil && len(bytes.TrimSpace(text)) == 0
}
