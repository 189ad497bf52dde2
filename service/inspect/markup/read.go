package markup

import (
	"bytes"
	"errors"
	"io"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"cloudappsecurity/service/inspect/budget"
)

// Read reads a page, which is UTF-8. Broken markup is read as browsers do, as
// far as a stream allows. The error is one of the budget, or of r; the document
// then holds what was read until there.
func Read(b *budget.Budget, r io.Reader) (*Document, error) {
	p := &page{b: b, visible: text{most: mostVisible}, hidden: text{most: mostHidden}, office: text{most: mostHidden}, loose: -1}
	err := p.read(r, "", 0)
	return p.finish(), err
}

// page is a page while it is read.
type page struct {
	b       *budget.Budget
	doc     Document
	visible text
	hidden  text
	office  text // shown by the classic Outlook only
	title   text
	sheet   sheet
	last    *text // that was written to

	open       []element
	paragraphs int // among them
	islands    int // <xml>: Outlook's settings, which are no text
	floor      int // of them belong to the page around this one
	skipped    int // elements beyond mostDepth that are open
	mode       mode
	link       *openLink // the innermost
	form       int       // index of the open form, from 1
	loose      int       // index of the form of fields outside of forms, -1 for none
	scripts    int       // bytes
	tokens     int
	cut        bool

	attrs attributes // of the tag at hand
}

// mode says who sees what is read at the moment.
type mode uint8

const (
	everybody mode = iota
	officeOnly
	nobody
)

// openLink is a link whose text is being read.
type openLink struct {
	index int // in doc.Links
	start int // where its text begins, in the text that it is written to
	to    *text
	depth int // open elements when it began
}

// read reads one page, or one within it. raw is the element whose raw text r
// begins with.
func (p *page) read(r io.Reader, raw string, nested int) error {
	for {
		if raw != "" { // raw text goes on behind its tag
			r = io.MultiReader(strings.NewReader("<"+raw+">"), r)
		}
		z := html.NewTokenizer(r)
		z.SetMaxBuf(mostToken)
		if raw != "" {
			z.Next()
		}
		last, err := p.tokenize(z, raw, nested)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case !errors.Is(err, html.ErrBufferExceeded):
			return err
		}
		// A tag or a run of text is too large: what was read of it counts, and
		// reading goes on behind it.
		p.cut = true
		rest := io.MultiReader(bytes.NewReader(bytes.Clone(z.Buffered())), r)
		if raw = last; raw == "" && len(z.Raw()) > 0 && z.Raw()[0] == '<' {
			if err := p.hugeTag(z.Raw(), nested); err != nil {
				return err
			}
			rest = &afterTag{r: rest, quote: openQuote(z.Raw())}
		}
		r = rest
	}
}

// tokenize reads until an error, and gives the element whose raw text was cut.
func (p *page) tokenize(z *html.Tokenizer, raw string, nested int) (string, error) {
	for {
		if p.tokens++; p.tokens&0xff == 0 {
			if err := p.b.Time(); err != nil {
				return "", err
			}
		}
		switch z.Next() {
		case html.ErrorToken:
			return raw, z.Err()
		case html.TextToken:
			p.text(z, raw)
		case html.CommentToken:
			if err := p.comment(z.Text(), nested); err != nil {
				return "", err
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			var err error
			if raw, err = p.tag(z, nested); err != nil {
				return "", err
			}
		case html.EndTagToken:
			raw = ""
			name, _ := z.TagName()
			p.endTag(name)
		}
	}
}

// tag reads a start tag, and gives its name if raw text follows.
func (p *page) tag(z *html.Tokenizer, nested int) (string, error) {
	name, more := z.TagName()
	tag := atom.Lookup(name)
	label := tag.String()
	if tag == 0 {
		label = string(name[:min(len(name), 64)])
	}
	p.attrs.read(z, more)
	switch tag {
	case atom.Noscript, atom.Noframes:
		// Mail programs run no scripts and show no frames, so they show this.
		z.NextIsNotRawText()
	}
	if err := p.startTag(tag, label, nested); err != nil {
		return "", err
	}
	switch tag {
	case atom.Script, atom.Style, atom.Title, atom.Textarea, atom.Iframe, atom.Noembed, atom.Xmp, atom.Plaintext:
		return label, nil
	}
	return "", nil
}

// text takes a run of text, raw or not.
func (p *page) text(z *html.Tokenizer, raw string) {
	switch raw {
	case "script":
		p.script(string(z.Raw()))
	case "style":
		p.sheet.add(z.Raw())
	case "title":
		p.title.most = 4 << 10
		p.title.write(z.Text(), false)
	case "iframe", "noembed": // shown by nothing that knows the element
		p.hidden.write(z.Text(), false)
	default:
		p.write(z.Text())
	}
}

// out is where text goes that stands at this place.
func (p *page) out() *text {
	switch {
	case p.hides():
		return &p.hidden
	case p.mode == officeOnly:
		return &p.office
	}
	return &p.visible
}

func (p *page) hides() bool {
	return p.mode == nobody || len(p.open) > 0 && p.open[len(p.open)-1].look.hides()
}

func (p *page) write(s []byte) {
	if p.islands > 0 && p.mode != everybody {
		return
	}
	to := p.out()
	if to == &p.hidden && p.last != to {
		to.gap() // it stood elsewhere
	}
	p.last = to
	to.write(s, len(p.open) > 0 && p.open[len(p.open)-1].look.pre)
}

// comment reads conditional comments: <!--[if mso]> … <![endif]-->.
func (p *page) comment(text []byte, nested int) error {
	text = bytes.TrimSpace(text)
	if !foldPrefix(text, "[if") || nested >= mostNested {
		return nil
	}
	end := bytes.Index(text, []byte("]>"))
	if end < 0 {
		return nil
	}
	condition := bytes.ToLower(text[:end])
	inner := text[end+2:]
	if i := bytes.LastIndex(inner, []byte("<!")); i >= 0 {
		inner = inner[:i]
	}
	was := p.mode
	if p.mode = nobody; bytes.Contains(condition, []byte("mso")) && !bytes.Contains(condition, []byte("!mso")) && !bytes.Contains(condition, []byte("!(mso")) {
		p.mode = officeOnly
	}
	if was == nobody {
		p.mode = nobody
	}
	p.office.line()
	err := p.within(bytes.NewReader(bytes.Clone(inner)), nested)
	p.mode = was
	return err
}

// script keeps a script, as far as there is room.
func (p *page) script(s string) {
	if s = strings.TrimSpace(s); s == "" {
		return
	}
	if room := mostScripts - p.scripts; len(s) > room || len(p.doc.Scripts) >= mostOthers {
		p.cut = true
		if room <= 0 || len(p.doc.Scripts) >= mostOthers {
			return
		}
		s = s[:room]
	}
	p.scripts += len(s)
	p.doc.Scripts = append(p.doc.Scripts, strings.ToValidUTF8(s, "\uFFFD"))
}

func (p *page) finish() *Document {
	p.closeLink(0)
	d := &p.doc
	d.Title = string(p.title.b)
	d.Visible = string(p.visible.b)
	d.Hidden = strings.TrimLeft(string(p.hidden.b), " ")
	if len(p.office.b) > 0 {
		d.Visible = withLines(d.Visible, string(p.office.b))
	}
	if d.Base != "" {
		p.resolve()
	}
	if p.cut || p.visible.cut {
		d.Problems = append(d.Problems, "The page is larger than what is read of one.")
	}
	return d
}

// withLines adds those lines of more which don't stand in text.
func withLines(text, more string) string {
	seen := 0
	for line := range strings.SplitSeq(more, "\n") {
		if seen++; line == "" || seen < 500 && strings.Contains(text, line) {
			continue
		}
		if text != "" {
			text += "\n"
		}
		text += line
		if len(text) > 2*mostVisible || seen > 2000 {
			break
		}
	}
	return text
}

// resolve applies the page's base to its relative links.
func (p *page) resolve() {
	base, err := url.Parse(p.doc.Base)
	if err != nil || base.Host == "" {
		return
	}
	for i := range p.doc.Links {
		l := &p.doc.Links[i]
		l.URL = against(base, l.URL)
	}
	for i := range p.doc.Forms {
		p.doc.Forms[i].Action = against(base, p.doc.Forms[i].Action)
	}
	p.doc.Refresh = against(base, p.doc.Refresh)
}

func against(base *url.URL, address string) string {
	if u, err := url.Parse(address); err == nil && u.Scheme == "" && address != "" && address[0] != '#' {
		return base.ResolveReference(u).String()
	}
	return address
}
