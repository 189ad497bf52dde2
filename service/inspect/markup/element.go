package markup

import (
	"io"
	"slices"

	"golang.org/x/net/html/atom"
)

// element is one that is open.
type element struct {
	tag   atom.Atom
	label string
	own   style
	look  look
}

// look is how text within an element is shown.
type look struct {
	gone      bool // nothing within can be seen
	invisible bool // visibility, which an element within may turn back
	tiny      bool
	ink       color
	paper     color
	pre       bool
}

func (l look) hides() bool {
	return l.gone || l.invisible || l.tiny || l.ink.kind == transparent || l.ink.near(l.paper)
}

// within gives how an element with that style looks within l.
func (l look) within(s *style) look {
	if s.set == 0 {
		return l
	}
	if s.moves {
		l.gone = l.gone || s.none
		return l.colored(s)
	}
	l.gone = l.gone || s.none || s.clear || s.clips && s.empty || s.floats && s.away || s.shifted || s.clipped && s.floats || s.shrunk
	if s.set&hasVisibility != 0 {
		l.invisible = s.invisible
	}
	if s.set&hasSize != 0 {
		l.tiny = s.tiny
	}
	if s.set&hasSpace != 0 {
		l.pre = s.pre
	}
	return l.colored(s)
}

func (l look) colored(s *style) look {
	if s.set&hasColor != 0 && s.color.kind != inherit {
		l.ink = s.color
	}
	if s.set&hasBackground != 0 && (s.back.kind == solid || s.back.kind == unknown) {
		l.paper = s.back
	}
	return l
}

func (p *page) look() look {
	if len(p.open) == 0 {
		return look{ink: black, paper: white}
	}
	return p.open[len(p.open)-1].look
}

func (p *page) push(tag atom.Atom, label string, own style) {
	if len(p.open) >= mostDepth {
		p.skipped++
		return
	}
	p.open = append(p.open, element{tag, label, own, p.look().within(&own)})
	p.count(tag, label, 1)
}

// count counts the open elements that are asked for at every tag.
func (p *page) count(tag atom.Atom, label string, n int) {
	switch {
	case tag == atom.P:
		p.paragraphs += n
	case tag == 0 && label == "xml":
		p.islands += n
	}
}

// void elements have no content.
func void(tag atom.Atom) bool {
	switch tag {
	case atom.Area, atom.Base, atom.Basefont, atom.Bgsound, atom.Br, atom.Col, atom.Embed, atom.Frame, atom.Hr, atom.Image, atom.Img,
		atom.Input, atom.Keygen, atom.Link, atom.Meta, atom.Param, atom.Source, atom.Track, atom.Wbr:
		return true
	}
	return false
}

// block elements stand on lines of their own.
func block(tag atom.Atom) bool {
	switch tag {
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Caption, atom.Center, atom.Dd, atom.Details, atom.Dialog,
		atom.Dir, atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Form, atom.H1, atom.H2, atom.H3,
		atom.H4, atom.H5, atom.H6, atom.Header, atom.Hr, atom.Html, atom.Legend, atom.Li, atom.Main, atom.Menu, atom.Nav, atom.Ol, atom.Option,
		atom.P, atom.Pre, atom.Section, atom.Summary, atom.Table, atom.Tbody, atom.Tfoot, atom.Thead, atom.Tr, atom.Ul, atom.Xmp, atom.Plaintext:
		return true
	}
	return false
}

// formatting elements may be closed out of order, as in <b><i></b></i>.
func formatting(tag atom.Atom) bool {
	switch tag {
	case atom.A, atom.B, atom.Big, atom.Code, atom.Em, atom.Font, atom.I, atom.Nobr, atom.S, atom.Small, atom.Strike, atom.Strong, atom.Tt, atom.U:
		return true
	}
	return false
}

// fence elements can't be left by closing something outside of them.
func fence(tag atom.Atom) bool {
	switch tag {
	case atom.Td, atom.Th, atom.Caption, atom.Table, atom.Html, atom.Template, atom.Object, atom.Marquee, atom.Applet:
		return true
	}
	return false
}

// imply closes what a start tag ends without saying so: a paragraph that meets
// a block, an entry that meets the next.
func (p *page) imply(tag atom.Atom) {
	switch tag {
	case atom.Li:
		p.closeWithin(stops(atom.Ul, atom.Ol, atom.Menu, atom.Dir), atom.Li)
	case atom.Dd, atom.Dt:
		p.closeWithin(stops(atom.Dl), atom.Dd, atom.Dt)
	case atom.Td, atom.Th:
		p.closeWithin(stops(atom.Table, atom.Tr), atom.Td, atom.Th)
	case atom.Tr:
		p.closeWithin(stops(atom.Table), atom.Tr)
	case atom.Tbody, atom.Thead, atom.Tfoot:
		p.closeWithin(stops(atom.Table), atom.Tbody, atom.Thead, atom.Tfoot)
	case atom.Option, atom.Optgroup:
		p.closeWithin(stops(atom.Select), atom.Option)
	case atom.A:
		p.closeWithin(fence, atom.A)
	case atom.Button:
		p.closeWithin(fence, atom.Button)
	case atom.Body, atom.Frameset:
		p.closeWithin(fence, atom.Head)
	}
	if p.paragraphs > 0 && block(tag) && tag != atom.Option && tag != atom.Tr && tag != atom.Tbody {
		p.closeWithin(fence, atom.P)
	}
}

func stops(tags ...atom.Atom) func(atom.Atom) bool {
	return func(t atom.Atom) bool { return slices.Contains(tags, t) }
}

// closeWithin closes the innermost of the elements, and what is open within it,
// unless a stop is met first.
func (p *page) closeWithin(stop func(atom.Atom) bool, tags ...atom.Atom) {
	for i := len(p.open) - 1; i >= p.floor; i-- {
		if slices.Contains(tags, p.open[i].tag) {
			p.popTo(i)
			return
		}
		if stop(p.open[i].tag) {
			return
		}
	}
}

// popTo closes all elements from the one at i.
func (p *page) popTo(i int) {
	p.closeLink(i)
	for _, e := range p.open[i:] {
		p.leave(e.tag)
		p.count(e.tag, e.label, -1)
	}
	p.open = p.open[:i]
}

// endTag closes an element as browsers do.
func (p *page) endTag(name []byte) {
	tag := atom.Lookup(name)
	if tag == atom.Br || tag == atom.P {
		p.out().line()
	}
	if void(tag) {
		return
	}
	if p.skipped > 0 {
		p.skipped--
		p.leave(tag)
		return
	}
	for i := len(p.open) - 1; i >= p.floor; i-- {
		e := &p.open[i]
		if e.tag == tag && (tag != 0 || e.label == string(name[:min(len(name), 64)])) {
			if formatting(tag) {
				p.remove(i)
			} else {
				p.popTo(i)
			}
			return
		}
		if crosses := block(tag) || tag == atom.Td || tag == atom.Th || tag == atom.Table; !crosses && block(e.tag) && !formatting(tag) {
			return
		}
		if fence(e.tag) && tag != atom.Table && tag != atom.Tr && tag != atom.Tbody && tag != atom.Thead && tag != atom.Tfoot && tag != atom.Body && tag != atom.Html {
			return
		}
		if e.tag == atom.Table && tag != atom.Body && tag != atom.Html {
			return // rows and cells of an outer table
		}
	}
}

// remove takes a formatting element out, where others within it stay open.
func (p *page) remove(i int) {
	if p.open[i].tag == atom.A {
		p.closeLink(i)
	}
	p.leave(p.open[i].tag)
	p.open = append(p.open[:i], p.open[i+1:]...)
	if p.link != nil && p.link.depth > i {
		p.link.depth--
	}
	before := look{ink: black, paper: white}
	if i > 0 {
		before = p.open[i-1].look
	}
	for j := i; j < len(p.open); j++ {
		p.open[j].look = before.within(&p.open[j].own)
		before = p.open[j].look
	}
}

// leave does what the end of an element does to the text.
func (p *page) leave(tag atom.Atom) {
	switch {
	case tag == atom.Form:
		p.form = 0
		p.out().line()
	case block(tag):
		p.out().line()
	case tag == atom.Td || tag == atom.Th || tag == atom.Button || tag == atom.Textarea || tag == atom.Select || tag == atom.Label:
		p.out().gap()
	}
}

// within reads a page within the page: a conditional comment, a frame's own. It
// neither closes what is open around it, nor leaves anything open. Tables of
// Outlook's own begin in one comment and end in another: they say nothing about
// what the others see.
func (p *page) within(r io.Reader, nested int) error {
	floor, skipped, depth := p.floor, p.skipped, len(p.open)
	p.floor, p.skipped = depth, 0
	err := p.read(r, "", nested+1)
	if depth < len(p.open) {
		p.popTo(depth)
	}
	p.floor, p.skipped = floor, skipped
	return err
}
