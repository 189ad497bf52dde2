package markup

import (
	"bytes"
	"io"

	"golang.org/x/net/html"
)

// hugeTag reads the beginning of a tag that is larger than what is held of one:
// its first attributes count.
func (p *page) hugeTag(raw []byte, nested int) error {
	head := bytes.Clone(raw[:min(len(raw), 64<<10)])
	if q := openQuote(head); q != 0 {
		head = append(head, q)
	}
	z := html.NewTokenizer(bytes.NewReader(append(head, '>')))
	if tt := z.Next(); tt == html.StartTagToken || tt == html.SelfClosingTagToken {
		_, err := p.tag(z, nested)
		return err
	}
	return nil
}

// openQuote gives the quote in which a tag's text ends, 0 if in none.
func openQuote(tag []byte) byte {
	var quote, before byte
	for _, c := range tag {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && before == '=':
			quote = c
		}
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			before = c
		}
	}
	return quote
}

// afterTag leaves out what is left of a tag.
type afterTag struct {
	r     io.Reader
	quote byte
	done  bool
}

func (a *afterTag) Read(p []byte) (int, error) {
	for !a.done {
		n, err := a.r.Read(p)
		for i, c := range p[:n] {
			switch {
			case a.quote != 0:
				if c == a.quote {
					a.quote = 0
				}
			case c == '"' || c == '\'':
				a.quote = c
			case c == '>':
				a.done = true
				return copy(p, p[i+1:n]), err
			}
		}
		if err != nil {
			return 0, err
		}
	}
	return a.r.Read(p)
}
