// Package office reads the documents of office suites that aren't compound
// files: OOXML, OpenDocument and RTF.
package office

import (
	"html"
	"strings"
)

// tag is one tag of XML: its name without a prefix, and its attributes.
type tag struct {
	name  string
	attrs string
	end   bool // </name>
	empty bool // <name/>
}

// scanXML goes through XML and tolerates what isn't well formed: a hostile
// document needn't be. Comments are skipped, CDATA counts as text.
func scanXML(doc string, onTag func(tag), onText func(string)) {
	for doc != "" {
		open := strings.IndexByte(doc, '<')
		if open < 0 {
			open = len(doc)
		}
		if open > 0 {
			onText(unescape(doc[:open]))
			doc = doc[open:]
			continue
		}
		switch {
		case strings.HasPrefix(doc, "<!--"):
			_, doc, _ = strings.Cut(doc, "-->")
			continue
		case strings.HasPrefix(doc, "<![CDATA["):
			var data string
			data, doc, _ = strings.Cut(doc[len("<![CDATA["):], "]]>")
			onText(data)
			continue
		}
		body, rest, _ := strings.Cut(doc[1:], ">")
		doc = rest
		if body == "" || body[0] == '?' || body[0] == '!' {
			continue
		}
		onTag(parseTag(body))
	}
}

func parseTag(body string) (t tag) {
	if body[0] == '/' {
		t.end, body = true, body[1:]
	}
	if strings.HasSuffix(body, "/") {
		t.empty, body = true, body[:len(body)-1]
	}
	t.name, t.attrs = body, ""
	if i := strings.IndexAny(body, " \t\r\n"); i >= 0 {
		t.name, t.attrs = body[:i], body[i:]
	}
	if i := strings.IndexByte(t.name, ':'); i >= 0 {
		t.name = t.name[i+1:]
	}
	return t
}

// attr gives an attribute by its name without a prefix, "" if there is none.
func (t tag) attr(name string) string {
	for a := t.attrs; ; {
		eq := strings.IndexByte(a, '=')
		if eq < 0 {
			return ""
		}
		key := strings.TrimSpace(a[:eq])
		if i := strings.LastIndexByte(key, ':'); i >= 0 {
			key = key[i+1:]
		}
		a = strings.TrimLeft(a[eq+1:], " \t\r\n")
		if a == "" || a[0] != '"' && a[0] != '\'' {
			return ""
		}
		value, rest, ok := strings.Cut(a[1:], a[:1])
		if key == name {
			return unescape(value)
		}
		if !ok {
			return ""
		}
		a = rest
	}
}

func unescape(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	return html.UnescapeString(s)
}
