package content

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/markup"
)

// page looks into an HTML file.
func page(w *work) error {
	return w.markup(w.markupText())
}

// markupText gives the page as UTF-8, or a way to read a large one.
func (w *work) markupText() io.Reader {
	if w.data != nil {
		return strings.NewReader(decodeText(w.data))
	}
	if w.open != nil {
		return w.open()
	}
	return bytes.NewReader(w.head)
}

func (w *work) markup(r io.Reader) error {
	doc, err := markup.Read(w.b, r)
	if doc == nil {
		return err
	}
	w.HTML = doc
	w.addText(strings.TrimSpace(doc.Title + "\n" + doc.Visible))
	for _, l := range doc.Links {
		w.link(l.URL, l.Text, "")
		if n := len(w.Links); n > 0 && w.Links[n-1].URL == l.URL {
			w.Links[n-1].Image = l.Image
		}
	}
	for _, f := range doc.Forms {
		if f.Action != "" {
			w.link(f.Action, "", ", form")
		}
		if f.Password {
			w.fact(HTMLPassword, f.Action)
		}
	}
	if doc.Refresh != "" {
		w.fact(HTMLRefresh, doc.Refresh)
		w.link(doc.Refresh, "", "")
	}
	for _, e := range doc.Embedded {
		if !strings.HasPrefix(strings.ToLower(e), "data:") {
			w.link(e, "", "")
		}
	}
	w.scripts(strings.Join(doc.Scripts, "\n"))
	w.dataLinks(doc)
	return err
}

var (
	decodes   = regexp.MustCompile(`(?i)\batob\s*\(|fromCharCode|Uint8Array|base64ToArrayBuffer|charCodeAt|unescape\s*\(|decodeURIComponent\s*\(|TextDecoder`)
	assembles = regexp.MustCompile(`(?i)new\s+(?:window\.)?(?:Blob|File)\b|\[\s*["']Blob["']\s*\]|data:application/`)
	saves     = regexp.MustCompile(`(?i)\.download\s*=|\[\s*["']download["']\s*\]|setAttribute\s*\(\s*["']download["']|msSave(?:OrOpen)?Blob|createObjectURL|\[\s*["']createObjectURL["']\s*\]|saveAs\s*\(`)
	clicks    = regexp.MustCompile(`(?i)\.click\s*\(|dispatchEvent|\[\s*["']click["']\s*\]|location(?:\.href)?\s*=|\.replace\s*\(|msSave(?:OrOpen)?Blob|window\.open`)
	longCode  = regexp.MustCompile(`["'` + "`" + `][A-Za-z0-9+/=\\_-]{1000}`)
	writes    = regexp.MustCompile(`(?i)document\s*\.\s*write(?:ln)?\s*\(|document\s*\[\s*["']write|\.innerHTML\s*=|\.srcdoc\s*=|insertAdjacentHTML|\beval\s*\(|new\s+Function\s*\(|setTimeout\s*\(\s*(?:unescape|atob)`)
	unwraps   = regexp.MustCompile(`(?i)document\s*\.\s*write(?:ln)?\s*\(\s*(?:unescape|atob|decodeURIComponent|decodeURI|decode)\s*\(|\beval\s*\(\s*(?:unescape|atob|decodeURIComponent|String\s*\.\s*fromCharCode)`)
	address   = regexp.MustCompile(`(?i)\bhttps?://[^\s"'<>\\` + "`" + `(){}|^]+`)
	leads     = regexp.MustCompile(`(?i)(?:\blocation(?:\s*\.\s*href)?\s*=|location\s*\.\s*(?:replace|assign)\s*\(|window\s*\.\s*open\s*\()`)
)

// scripts looks at what a page's scripts would do: put a file together from
// coded text and save it (smuggling, https://attack.mitre.org/techniques/T1027/006/),
// or write the page from coded text, so that nobody sees it before it runs.
func (w *work) scripts(code string) {
	if code == "" {
		return
	}
	long := longCode.MatchString(code)
	file := assembles.MatchString(code) && saves.MatchString(code) || strings.Contains(strings.ToLower(code), "mssaveoropenblob")
	switch {
	case file && (long || decodes.MatchString(code)):
		w.fact(HTMLSmuggling, "puts a file together and saves it")
	case file && clicks.MatchString(code):
		w.fact(HTMLSmuggling, "saves a file by itself")
	case unwraps.MatchString(code), writes.MatchString(code) && long && decodes.MatchString(code):
		w.fact(HTMLHidden, "writes the page from coded text")
	case leads.MatchString(code) && decodes.MatchString(code):
		w.fact(HTMLHidden, "leads to a coded address")
	}
	for _, url := range address.FindAllString(code, 200) {
		w.link(url, "", ", script")
	}
	if leads.MatchString(code) {
		if url := address.FindString(code); url != "" {
			w.fact(HTMLRefresh, url)
		}
	}
}

// dataLinks looks for a file that stands in an address.
func (w *work) dataLinks(doc *markup.Document) {
	for _, l := range doc.Links {
		u := strings.ToLower(l.URL[:min(len(l.URL), 64)])
		if strings.HasPrefix(u, "data:application/") || strings.HasPrefix(u, "data:text/html") || strings.HasPrefix(u, "data:;base64") {
			w.fact(HTMLSmuggling, "a link holds a file")
			return
		}
	}
}

// svg looks into an SVG: it is a picture to people, and a page to a browser.
func svg(w *work) error {
	data, err := w.whole()
	if err != nil {
		return err
	}
	text := decodeText(data)
	lower := strings.ToLower(text)
	switch {
	case svgScript.MatchString(lower):
		w.fact(SVGScript, "")
	case strings.Contains(lower, "<!entity"):
		w.fact(SVGScript, "an entity")
	}
	if strings.Contains(lower, "<foreignobject") {
		w.fact(SVGForeign, "")
	}
	err = w.markup(strings.NewReader(text))
	for _, url := range svgLink.FindAllStringSubmatch(text, 500) {
		if u := url[1] + url[2]; !strings.HasPrefix(u, "data:") {
			w.link(strings.ReplaceAll(u, "&amp;", "&"), "", "")
		}
	}
	return err
}

var (
	svgScript = regexp.MustCompile(`<(?:svg:)?(?:script|handler)[\s>/]|\son(?:load|click|error|mouseover|begin|end|focusin|mousemove|activate)\s*=|javascript:|href\s*=\s*["']data:text/html`)
	svgLink   = regexp.MustCompile(`(?i)<(?:svg:)?a\b[^>]*?\bhref\s*=\s*(?:"([^"]+)"|'([^']+)')`)
)

// textFile reads a text as it is.
func textFile(w *work) error {
	text, cut := w.someText()
	w.addText(text)
	if cut {
		w.report(budget.TooLarge, "Only the first part of its text was looked at.")
	}
	if w.Type == "csv" {
		for _, f := range formulaCommand.FindAllString(text, 8) {
			w.fact(FormulaCommand, f)
		}
	}
	for _, url := range address.FindAllString(namespace.ReplaceAllString(text, " "), mostLinks) {
		w.link(strings.TrimRight(url, ".,;:!?)]"), "", "")
	}
	return nil
}

// namespace is an address in XML that names a vocabulary and leads nowhere:
// https://www.w3.org/TR/xml-names/
var namespace = regexp.MustCompile(`\b(?:xmlns(?::[\w.-]+)?|[\w.-]+:(?:schemaLocation|noNamespaceSchemaLocation))\s*=\s*(?:"[^"]*"|'[^']*')`)

// formulaCommand is a cell that starts a program: =cmd|'…'!A0, see
// https://owasp.org/www-community/attacks/CSV_Injection
var formulaCommand = regexp.MustCompile(`(?im)(?:^|[,;\t"])[=+@-][^,\r\n]{0,80}?\b(?:cmd|powershell|mshta|rundll32|regsvr32|msexcel|wscript|cscript|dde)(?:\.exe)?["']?\s*\|[^\r\n]{0,200}`)

// someText gives what is held of a text, and whether that isn't all.
func (w *work) someText() (string, bool) {
	if w.data != nil {
		return decodeText(w.data), false
	}
	if w.open == nil {
		return decodeText(w.head), true
	}
	part, err := io.ReadAll(io.LimitReader(w.open(), mostText))
	if err != nil {
		w.problem(err)
	}
	return decodeText(part), w.size > int64(len(part))
}

// invitation reads a calendar file or a contact, see RFC 5545 and RFC 6350.
func invitation(w *work) error {
	data, err := w.whole()
	if err != nil {
		return err
	}
	text := unfold(decodeText(data))
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		if !ok {
			continue
		}
		params := strings.ToUpper(name)
		name, _, _ = strings.Cut(params, ";")
		switch name {
		case "SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "CONTACT", "NOTE", "FN", "ORG", "TITLE", "X-ALT-DESC", "ORGANIZER":
			if strings.Contains(params, "TEXT/HTML") {
				if err := w.markup(strings.NewReader(plainValue(value))); err != nil {
					return err
				}
				continue
			}
			w.addText(plainValue(value))
		case "ATTACH", "PHOTO", "LOGO", "IMAGE":
			if strings.Contains(params, "ENCODING=BASE64") || strings.Contains(params, "ENCODING=B") || strings.HasPrefix(value, "data:") {
				if err := w.inlineFile(params, value); err != nil {
					return err
				}
				continue
			}
			w.link(value, "", "")
		case "URL":
			w.link(value, "", "")
		}
		for _, url := range address.FindAllString(plainValue(value), 200) {
			w.link(strings.TrimRight(url, ".,;:!?)]"), "", "")
		}
	}
	return nil
}

// inlineFile inspects a file that stands in a line of a calendar or contact.
func (w *work) inlineFile(params, value string) error {
	if i := strings.Index(value, "base64,"); i >= 0 {
		value = value[i+len("base64,"):]
	}
	data, err := decodeBase64(value)
	if err != nil {
		return errors.Join(errDamaged, err)
	}
	name := "attachment"
	for p := range strings.SplitSeq(params, ";") {
		if k, v, ok := strings.Cut(p, "="); ok && slices.Contains([]string{"FILENAME", "X-FILENAME", "X-ORACLE-FILENAME"}, k) {
			name = strings.Trim(v, `"`)
		}
	}
	if err := w.b.Take(int64(len(data))); err != nil {
		return err
	}
	return limitOf(w.child(Bytes(data), strings.ToLower(name), "", nil))
}

var unfolding = strings.NewReplacer("\r\n ", "", "\r\n\t", "", "\n ", "", "\n\t", "")

func unfold(text string) string { return unfolding.Replace(text) }

var escapes = strings.NewReplacer(`\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";", `\\`, `\`)

func plainValue(v string) string { return escapes.Replace(v) }
