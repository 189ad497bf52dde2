package markup

import (
	"bytes"
	"cmp"
	"slices"
)

// selector is one that ends with a tag, a class or an id.
type selector struct {
	tag, id string
	classes []string
	partly  bool // it says more than could be read: an ancestor, a state, a screen
	weight  int  // its specificity
	rule    int
}

// sheet is what <style> elements declare, as far as their selectors are simple.
type sheet struct {
	rules   []struct{ normal, important style }
	byKey   map[string][]selector // ".class", "#id" or "tag" of the last part
	read    int
	reached bool // a bound
}

// mostSheet is how many bytes of style sheets are read, mostRules how many
// rules, mostAlike how many that end with the same class, id or tag.
const (
	mostSheet = 512 << 10
	mostRules = 4000
	mostAlike = 150
)

// add reads a style sheet. What stands in @media and the like holds on some
// screens only, but for @media screen and all.
func (s *sheet) add(text []byte) {
	if room := mostSheet - s.read; len(text) > room {
		text, s.reached = text[:max(room, 0)], true
	}
	s.read += len(text)
	text = withoutComments(text)
	text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("<!--"), nil), []byte("-->"), nil)
	s.block(text, false)
}

func (s *sheet) block(text []byte, partly bool) {
	for {
		open := bytes.IndexAny(text, "{;")
		if open < 0 {
			return
		}
		head := bytes.TrimSpace(text[:open])
		if text[open] == ';' { // @import, @charset
			text = text[open+1:]
			continue
		}
		body, rest := braces(text[open+1:])
		text = rest
		if len(head) > 0 && head[0] == '@' {
			if partly { // one within another says nothing new
				continue
			}
			switch media := bytes.TrimSpace(bytes.TrimPrefix(head, []byte("@media"))); {
			case foldEqual(media, "screen"), foldEqual(media, "all"):
				s.block(body, false)
			case foldPrefix(head, "@media"), foldPrefix(head, "@supports"), foldPrefix(head, "@layer"), foldPrefix(head, "@container"):
				s.block(body, true)
			}
			continue
		}
		s.rule(head, body, partly)
	}
}

// braces cuts at the brace that closes the one before text.
func braces(text []byte) (body, rest []byte) {
	depth := 1
	for i, c := range text {
		switch c {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return text[:i], text[i+1:]
			}
		}
	}
	return text, nil
}

func (s *sheet) rule(selectors, body []byte, partly bool) {
	var r struct{ normal, important style }
	declarations(body, &r.normal, &r.important)
	if r.normal.set|r.important.set == 0 {
		return
	}
	if len(s.rules) >= mostRules {
		s.reached = true
		return
	}
	s.rules = append(s.rules, r)
	if s.byKey == nil {
		s.byKey = map[string][]selector{}
	}
	for one := range bytes.SplitSeq(selectors, []byte(",")) {
		sel, key := parseSelector(bytes.TrimSpace(one))
		if len(s.byKey[key]) >= mostAlike {
			s.reached = true
			continue
		}
		sel.rule = len(s.rules) - 1
		sel.partly = sel.partly || partly
		s.byKey[key] = append(s.byKey[key], sel)
	}
}

func parseSelector(text []byte) (sel selector, key string) {
	if i := bytes.LastIndexAny(text, " >+~\t\n"); i >= 0 {
		sel.partly, text = true, text[i+1:]
	}
	if i := bytes.IndexAny(text, ":["); i >= 0 {
		sel.partly, text = true, text[:i]
	}
	for len(text) > 0 {
		end := bytes.IndexAny(text[1:], ".#") + 1
		if end == 0 {
			end = len(text)
		}
		part := text[:end]
		text = text[end:]
		switch {
		case part[0] == '.':
			sel.classes = append(sel.classes, string(part[1:]))
		case part[0] == '#':
			sel.id = string(part[1:])
		default:
			sel.tag = lower(part)
		}
	}
	sel.weight = 100 * len(sel.classes)
	if sel.tag != "" && sel.tag != "*" {
		sel.weight++
	}
	if sel.id != "" {
		sel.weight += 10_000
	}
	switch {
	case sel.id != "":
		key = "#" + sel.id
	case len(sel.classes) > 0:
		key = "." + sel.classes[0]
	default:
		key = cmp.Or(sel.tag, "*") // [attribute], :state
	}
	return sel, key
}

// apply gives what the sheet declares for an element. What holds perhaps never
// hides, but shows: somebody may see it.
func (s *sheet) apply(tag string, id, class []byte, normal, important *style) {
	if len(s.rules) == 0 {
		return
	}
	classes := bytes.Fields(class)
	classes = classes[:min(len(classes), 16)]
	var hits []selector
	take := func(key string) {
		for _, sel := range s.byKey[key] {
			if sel.matches(tag, id, classes) {
				hits = append(hits, sel)
			}
		}
	}
	take("*")
	take(tag)
	if len(id) > 0 {
		take("#" + string(id))
	}
	for _, c := range classes {
		take("." + string(c))
	}
	slices.SortStableFunc(hits, func(a, b selector) int { return cmp.Or(a.weight-b.weight, a.rule-b.rule) })
	for _, h := range hits {
		r := &s.rules[h.rule]
		if h.partly || s.reached {
			continue
		}
		normal.merge(&r.normal)
		important.merge(&r.important)
	}
	for _, h := range hits {
		if r := &s.rules[h.rule]; h.partly || s.reached {
			normal.reveal(&r.normal)
			normal.reveal(&r.important)
			important.reveal(&r.important)
		}
	}
}

func (s selector) matches(tag string, id []byte, classes [][]byte) bool {
	if s.tag != "" && s.tag != "*" && s.tag != tag || s.id != "" && s.id != string(id) {
		return false
	}
	for _, want := range s.classes {
		if !slices.ContainsFunc(classes, func(c []byte) bool { return string(c) == want }) {
			return false
		}
	}
	return true
}
