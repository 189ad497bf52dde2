package markup

import (
	"bytes"
	"cmp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// attributes are those of a tag that are looked at.
type attributes struct {
	named    [attributeCount]string
	given    [attributeCount]bool
	style    []byte
	class    []byte
	id       []byte
	hidden   bool
	handlers []string
	location string // href of another namespace, formaction
}

// attribute is one whose value is looked at.
type attribute uint8

const (
	attrNone attribute = iota
	attrHref
	attrSrc
	attrAlt
	attrWidth
	attrHeight
	attrAction
	attrTyp
	attrValue
	attrPlaceholder
	attrContent
	attrHttpEquiv
	attrData
	attrInk
	attrBgcolor
	attrBackground
	attrSrcdoc
	attributeCount
)

func attributeOf(key []byte) attribute {
	switch string(key) {
	case "href":
		return attrHref
	case "src":
		return attrSrc
	case "alt":
		return attrAlt
	case "width":
		return attrWidth
	case "height":
		return attrHeight
	case "action":
		return attrAction
	case "type":
		return attrTyp
	case "value":
		return attrValue
	case "placeholder":
		return attrPlaceholder
	case "content":
		return attrContent
	case "http-equiv":
		return attrHttpEquiv
	case "data":
		return attrData
	case "color":
		return attrInk
	case "bgcolor":
		return attrBgcolor
	case "background":
		return attrBackground
	case "srcdoc":
		return attrSrcdoc
	}
	return attrNone
}

// read takes the attributes that count, of each name the first, as browsers do.
func (a *attributes) read(z *html.Tokenizer, more bool) {
	*a = attributes{style: a.style[:0], class: a.class[:0], id: a.id[:0]}
	for more { // all of them: what counts may stand behind thousands
		var key, value []byte
		key, value, more = z.TagAttr()
		switch string(key) {
		case "style":
			if len(a.style) == 0 {
				a.style = append(a.style, value...)
			}
		case "class":
			if len(a.class) == 0 {
				a.class = append(a.class, value...)
			}
		case "id":
			if len(a.id) == 0 {
				a.id = append(a.id, value...)
			}
		case "hidden":
			a.hidden = true
		case "xlink:href", "formaction":
			a.location = address(value)
		default:
			if i := attributeOf(key); i != attrNone {
				a.keep(i, value)
			} else if foldPrefix(key, "on") && len(key) > 3 && len(value) > 0 && len(a.handlers) < 100 {
				a.handlers = append(a.handlers, string(value[:min(len(value), 64<<10)]))
			}
		}
	}
}

func (a *attributes) keep(key attribute, value []byte) {
	if a.given[key] {
		return
	}
	most := mostURL
	if key == attrSrcdoc {
		most = mostToken
	}
	a.given[key] = true
	a.named[key] = string(value[:min(len(value), most)])
}

// address gives a URL as browsers take it: without the white space around it,
// and without tabs and line ends within.
func address(v []byte) string {
	v = bytes.TrimFunc(v, func(r rune) bool { return r <= ' ' || r == '\u00a0' })
	if bytes.ContainsAny(v, "\t\r\n\x00") {
		v = bytes.Map(func(r rune) rune {
			if r == '\t' || r == '\r' || r == '\n' || r == 0 {
				return -1
			}
			return r
		}, v)
	}
	return strings.ToValidUTF8(string(v[:min(len(v), mostURL)]), "\uFFFD")
}

// ownStyle puts together what is declared for the tag at hand.
func (p *page) ownStyle(tag atom.Atom, label string) style {
	var s, important, inline, inlineImportant style
	a := &p.attrs
	if v := a.named[attrBgcolor]; v != "" {
		s.set, s.back = s.set|hasBackground, parseColor([]byte(v))
	}
	if v := a.named[attrInk]; v != "" && tag == atom.Font {
		s.set, s.color = s.set|hasColor, parseColor([]byte(v))
	}
	if v := a.named[attrBackground]; v != "" {
		s.set, s.back = s.set|hasBackground, color{kind: unknown}
	}
	switch tag {
	case atom.Pre, atom.Xmp, atom.Plaintext, atom.Textarea:
		s.set, s.pre = s.set|hasSpace, true
	case atom.A: // a browser's own color, unless another is given
		s.set, s.color = s.set|hasColor, color{solid, 0, 0, 238}
	case atom.Template, atom.Datalist, atom.Head:
		s.none = true
		s.set |= hasDisplay
	}
	if tag == 0 && strings.HasPrefix(label, "v:") { // a shape of Outlook's, filled in its own way
		s.set, s.back = s.set|hasBackground, color{kind: unknown}
	}
	if a.hidden {
		s.none = true
		s.set |= hasDisplay
	}
	p.sheet.apply(label, a.id, a.class, &s, &important)
	if len(a.style) > 0 {
		declarations(a.style, &inline, &inlineImportant)
		s.merge(&inline)
	}
	s.merge(&important)
	s.merge(&inlineImportant)
	return s
}

// startTag reads a start tag with its attributes.
func (p *page) startTag(tag atom.Atom, label string, nested int) error {
	p.imply(tag)
	if block(tag) || tag == atom.Br {
		p.out().line()
	}
	own := p.ownStyle(tag, label)
	for _, h := range p.attrs.handlers {
		p.script(h)
	}
	if !void(tag) {
		p.push(tag, label, own)
	}
	switch tag {
	case atom.A, atom.Area, atom.Form, atom.Button, atom.Base, atom.Meta:
		p.leads(tag)
	case atom.Img, atom.Image:
		if !p.hides() && !own.none {
			p.image()
		}
	case atom.Input, atom.Select, atom.Textarea:
		p.field(tag)
	case atom.Td, atom.Th:
		p.out().gap()
	case atom.Iframe, atom.Frame, atom.Embed, atom.Object, atom.Applet, atom.Script, atom.Source, atom.Video, atom.Audio:
		return p.embed(tag, nested)
	default:
		p.other(label)
	}
	return nil
}

// other are links of tags that don't lead in plain HTML: v:roundrect of
// Outlook, svg's own, whatever has a handler that leads away.
func (p *page) other(label string) {
	to := p.attrs.location
	if strings.Contains(label, ":") {
		if href := p.attrs.named[attrHref]; href != "" {
			to = address([]byte(href))
		}
	}
	if to == "" {
		to = p.handlerTarget()
	}
	if to != "" {
		p.beginLink(to)
	}
}

func (p *page) leads(tag atom.Atom) {
	to := address([]byte(p.attrs.named[attrHref]))
	switch tag {
	case atom.A:
		if to == "" {
			to = p.attrs.location
		}
		if to == "" || to == "#" {
			to = cmp.Or(p.handlerTarget(), to)
		}
		if to != "" {
			p.beginLink(to)
		}
	case atom.Area:
		if to != "" {
			p.addLink(Link{URL: to, Image: true, Text: fold(p.attrs.named[attrAlt])})
		}
	case atom.Form:
		action := address([]byte(p.attrs.named[attrAction]))
		if len(p.doc.Forms) < mostOthers {
			p.doc.Forms = append(p.doc.Forms, Form{Action: action})
			p.form = len(p.doc.Forms)
		}
		if action != "" {
			p.addLink(Link{URL: action})
		}
	case atom.Button:
		if to = cmp.Or(p.attrs.location, p.handlerTarget()); to != "" {
			p.beginLink(to)
		}
	case atom.Base:
		if p.doc.Base == "" {
			p.doc.Base = to
		}
	case atom.Meta:
		p.meta()
	}
}

// meta reads where <meta http-equiv="refresh" content="0; url=…"> leads.
func (p *page) meta() {
	if !strings.EqualFold(p.attrs.named[attrHttpEquiv], "refresh") {
		return
	}
	_, to, ok := strings.Cut(p.attrs.named[attrContent], ";")
	if !ok {
		_, to, _ = strings.Cut(p.attrs.named[attrContent], ",")
	}
	to = strings.TrimSpace(to)
	if len(to) > 3 && strings.EqualFold(to[:3], "url") {
		to = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(to[3:]), "="))
	}
	if to = address([]byte(strings.Trim(to, `"'`))); to != "" {
		p.doc.Refresh = to
		p.addLink(Link{URL: to})
	}
}

func (p *page) image() {
	a := &p.attrs
	src := a.named[attrSrc]
	if foldPrefix([]byte(src[:min(len(src), 5)]), "data:") {
		if i := strings.IndexAny(src, ";,"); i >= 0 {
			src = src[:i]
		}
	}
	if p.link != nil {
		p.doc.Links[p.link.index].Image = true
	}
	if len(p.doc.Images) >= mostOthers {
		p.cut = true
		return
	}
	p.doc.Images = append(p.doc.Images, Image{Source: address([]byte(src)), Alt: fold(a.named[attrAlt]),
		Width: declared(a.named[attrWidth]), Height: declared(a.named[attrHeight])})
}

// declared reads width="120" and width="120px"; 0 for a share of the page.
func declared(v string) int {
	v = strings.TrimSuffix(strings.TrimSpace(v), "px")
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > 1<<20 {
		return 0
	}
	return n
}

func (p *page) field(tag atom.Atom) {
	a := &p.attrs
	kind := strings.ToLower(a.named[attrTyp])
	if tag == atom.Input {
		switch kind {
		case "hidden":
			return
		case "submit", "button", "reset", "image":
			p.out().gap()
			p.write([]byte(a.named[attrValue]))
			p.out().gap()
			if to := a.location; to != "" {
				p.addLink(Link{URL: to, Text: fold(a.named[attrValue])})
			} else if to := p.handlerTarget(); to != "" {
				p.addLink(Link{URL: to, Text: fold(a.named[attrValue])})
			}
			return
		}
	}
	i := p.form - 1
	if i < 0 {
		if p.loose < 0 {
			if len(p.doc.Forms) >= mostOthers {
				return
			}
			p.doc.Forms = append(p.doc.Forms, Form{})
			p.loose = len(p.doc.Forms) - 1
		}
		i = p.loose
	}
	p.doc.Forms[i].Fields++
	p.doc.Forms[i].Password = p.doc.Forms[i].Password || kind == "password"
	p.out().gap()
	p.write([]byte(a.named[attrPlaceholder]))
	p.out().gap()
}

func (p *page) embed(tag atom.Atom, nested int) error {
	src := p.attrs.named[attrSrc]
	if tag == atom.Object {
		src = p.attrs.named[attrData]
	}
	if src != "" {
		if len(p.doc.Embedded) < mostOthers {
			p.doc.Embedded = append(p.doc.Embedded, address([]byte(src)))
		} else {
			p.cut = true
		}
	}
	if tag == atom.Iframe && p.attrs.named[attrSrcdoc] != "" && nested < mostNested {
		inner := p.attrs.named[attrSrcdoc]
		p.visible.line()
		err := p.within(strings.NewReader(inner), nested)
		p.visible.line()
		return err
	}
	return nil
}
