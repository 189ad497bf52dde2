package markup

import (
	"strings"
	"unicode"
)

// fold gives text as a line, white space folded.
func fold(s string) string {
	t := text{most: 4 << 10}
	t.write([]byte(s), false)
	return strings.ReplaceAll(string(t.b), "\n", " ")
}

func (p *page) addLink(l Link) bool {
	if len(p.doc.Links) >= mostLinks {
		p.cut = true
		return false
	}
	l.Where = "body"
	l.Hidden = p.hides()
	p.doc.Links = append(p.doc.Links, l)
	if len(l.URL) > 11 && strings.EqualFold(l.URL[:11], "javascript:") {
		p.script(l.URL[11:])
	}
	return true
}

// beginLink begins a link whose text follows. The element that it belongs to is
// the innermost.
func (p *page) beginLink(to string) {
	p.closeLink(len(p.open) - 1)
	if !p.addLink(Link{URL: to}) {
		return
	}
	out := p.out()
	out.flush()
	p.link = &openLink{index: len(p.doc.Links) - 1, start: len(out.b), to: out, depth: len(p.open) - 1}
}

// closeLink ends the open link if its element is among those from depth on.
func (p *page) closeLink(depth int) {
	l := p.link
	if l == nil || l.depth < depth {
		return
	}
	p.link = nil
	if shown := string(l.to.b[min(l.start, len(l.to.b)):]); l.to != &p.hidden {
		shown = strings.TrimSpace(strings.ReplaceAll(shown, "\n", " "))
		p.doc.Links[l.index].Text = shown[:cutAt(shown, 4<<10)]
	}
}

// cutAt gives a place at or before most that is between characters.
func cutAt(s string, most int) int {
	if len(s) <= most {
		return len(s)
	}
	for most > 0 && s[most]&0xc0 == 0x80 {
		most--
	}
	return most
}

// handlerTarget finds where a handler leads: location='https://…',
// window.open("…"). It gives "" for those that stay on the page.
func (p *page) handlerTarget() string {
	for _, h := range p.attrs.handlers {
		low := strings.ToLower(h)
		if !strings.Contains(low, "location") && !strings.Contains(low, "open(") && !strings.Contains(low, "href") {
			continue
		}
		for rest := h; ; {
			i := strings.IndexAny(rest, `"'`)
			if i < 0 {
				break
			}
			end := strings.IndexByte(rest[i+1:], rest[i])
			if end < 0 {
				break
			}
			word := rest[i+1 : i+1+end]
			rest = rest[i+1+end+1:]
			if looksLikeAddress(word) {
				return address([]byte(word))
			}
		}
	}
	return ""
}

func looksLikeAddress(s string) bool {
	scheme, _, ok := strings.Cut(s, ":")
	if strings.HasPrefix(s, "//") || strings.HasPrefix(s, "www.") {
		return true
	}
	return ok && len(scheme) > 1 && len(scheme) < 20 && strings.IndexFunc(scheme, func(r rune) bool { return !unicode.IsLetter(r) }) < 0
}
