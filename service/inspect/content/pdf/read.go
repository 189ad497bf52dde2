package pdf

import (
	"slices"
	"strings"
)

// Embedded is a file within a PDF.
type Embedded struct {
	Name string
	Data []byte
}

// Document is what a file holds.
type Document struct {
	Text       string
	Links      []string
	Forms      []string // where forms are sent
	Launches   []string // programs and files that are started
	JavaScript []string // beginnings of scripts
	AtOpen     bool     // an action runs when the file or a page is opened
	Embedded   []Embedded
	Pictures   []Picture
	Cut        bool // there was more text, or more pictures, than is kept
}

// Most of what is kept.
const (
	mostText     = 2 << 20
	mostLinks    = 2000
	mostFiles    = 200
	mostPictures = 24
)

// Read looks through all objects, in the order of the file. The error is one of
// the limits; what was found until then is given with it.
func (f *File) Read() (Document, error) {
	var d Document
	for _, id := range f.order {
		if f.err != nil {
			return d, f.err
		}
		if f.err = f.opt.Take(0); f.err != nil {
			return d, f.err
		}
		switch v := f.objects[id].(type) {
		case *stream:
			f.actions(v.dict, &d, 0)
			if f.resolve(v.dict["Subtype"]) == any(name("Image")) {
				f.picture(v, &d)
			}
		default:
			f.actions(v, &d, 0)
		}
	}
	f.pages(&d)
	return d, f.err
}

// actions notes what the dictionaries in an object do.
func (f *File) actions(v any, d *Document, depth int) {
	if depth > mostDepth {
		return
	}
	switch v := v.(type) {
	case array:
		for _, e := range v {
			f.actions(e, d, depth+1)
		}
	case dict:
		f.action(v, d)
		for _, e := range v {
			switch e.(type) {
			case dict, array:
				f.actions(e, d, depth+1)
			}
		}
	}
}

func (f *File) action(v dict, d *Document) {
	if v["OpenAction"] != nil || v["AA"] != nil {
		// A view of a page isn't one: that is an array, or an action of the kind GoTo.
		for _, a := range []any{v["OpenAction"], v["AA"]} {
			if a := f.dict(a); a != nil && f.resolve(a["S"]) != any(name("GoTo")) {
				d.AtOpen = true
			}
		}
	}
	if js, ok := v["JS"]; ok {
		if s := f.string(js); s != "" && len(d.JavaScript) < 50 {
			d.JavaScript = append(d.JavaScript, s[:min(len(s), 64<<10)])
		}
	}
	kind, _ := f.resolve(v["S"]).(name)
	switch kind {
	case "URI":
		d.link(&d.Links, f.string(v["URI"]))
	case "Launch":
		target := f.fileName(v["F"])
		if win := f.dict(v["Win"]); win != nil {
			target = strings.TrimSpace(f.string(win["F"]) + " " + f.string(win["P"]))
		}
		d.link(&d.Launches, target+" ")
	case "GoToR", "GoToE", "ImportData":
		if target := f.fileName(v["F"]); strings.Contains(target, "://") || strings.HasPrefix(target, `\\`) {
			d.link(&d.Links, target)
		}
	case "SubmitForm":
		d.link(&d.Forms, f.fileName(v["F"]))
	}
	if ef := f.dict(v["EF"]); ef != nil {
		f.embedded(v, ef, d)
	}
}

func (d *Document) link(list *[]string, url string) {
	if url = strings.Trim(url, "\x00\r\n"); url != "" && len(*list) < mostLinks && !slices.Contains((*list)[max(0, len(*list)-50):], url) {
		*list = append(*list, url)
	}
}

// fileName reads a file specification: a text or a dictionary.
func (f *File) fileName(v any) string {
	if spec, ok := f.resolve(v).(dict); ok {
		for _, k := range []name{"UF", "F", "Unix", "DOS", "Mac"} {
			if s := f.string(spec[k]); s != "" {
				return s
			}
		}
		return ""
	}
	return f.string(v)
}

func (f *File) embedded(spec, ef dict, d *Document) {
	for _, k := range []name{"F", "UF", "DOS", "Mac", "Unix"} {
		s, ok := f.resolve(ef[k]).(*stream)
		if !ok || len(d.Embedded) >= mostFiles {
			continue
		}
		d.Embedded = append(d.Embedded, Embedded{f.fileName(spec), f.data(s)})
		return
	}
}

// content puts together what a page draws.
func (f *File) content(page dict) (content []byte) {
	for _, c := range f.list(page["Contents"]) {
		if s, ok := f.resolve(c).(*stream); ok {
			content = append(append(content, f.data(s)...), '\n')
		}
		if int64(len(content)) > f.opt.Limit {
			break
		}
	}
	return content
}

// pages reads the text of each page, in the order of the page tree; pages that
// hang in no tree come last.
func (f *File) pages(d *Document) {
	seen := map[int]bool{}
	var order []dict
	var walk func(v any, inherited dict, depth int)
	walk = func(v any, inherited dict, depth int) {
		if r, ok := v.(ref); ok {
			if seen[r.id] {
				return
			}
			seen[r.id] = true
		}
		node := f.dict(v)
		if node == nil || depth > mostDepth {
			return
		}
		if node["Resources"] == nil && inherited != nil {
			node["Resources"] = inherited
		}
		if kids := f.list(node["Kids"]); kids != nil && node["Contents"] == nil {
			for _, k := range kids {
				walk(k, f.dict(node["Resources"]), depth+1)
			}
			return
		}
		order = append(order, node)
	}
	walk(f.dict(f.trailer["Root"])["Pages"], nil, 0)
	for _, id := range f.order {
		if p, ok := f.objects[id].(dict); ok && !seen[id] && f.resolve(p["Type"]) == any(name("Page")) {
			order = append(order, p)
		}
	}
	w := &writer{f: f, fonts: map[ref]*font{}}
	drawn := 0
	for _, p := range order {
		w.paint = newShapes()
		w.page(f.content(p), f.dict(p["Resources"]), 0)
		w.line()
		if drawn < mostDrawn {
			if g := w.paint.picture(); g != nil {
				d.Pictures = append(d.Pictures, Picture{Gray: g})
				drawn++
			}
		}
		for _, a := range f.list(p["Annots"]) { // what notes and fields show
			note := f.dict(a)
			for _, k := range []name{"Contents", "V"} {
				if s, ok := f.resolve(note[k]).(text); ok {
					w.out.WriteString(decode(string(s)) + "\n")
				}
			}
		}
		if f.err != nil || w.out.Len() > mostText {
			d.Cut = d.Cut || w.out.Len() > mostText
			break
		}
	}
	d.Text = strings.TrimSpace(w.out.String())
}
