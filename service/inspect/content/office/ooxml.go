package office

import (
	"path"
	"regexp"
	"strconv"
	"strings"
)

// Parts gives access to the parts of a package.
type Parts interface {
	Names() []string
	// Read gives a part as UTF-8 text. An error ends the reading of the document.
	Read(name string) (string, error)
}

// Link is a hyperlink.
type Link struct{ URL, Text string }

// Document is what a document tells.
type Document struct {
	Text  strings.Builder
	Links []Link

	Macros      []string // parts that hold VBA projects
	MacroSheets []string // parts that hold sheets of Excel 4 macros
	AutoOpen    bool     // a macro of those runs when the file is opened
	DDE         []string // instructions or links that start a program
	Templates   []string // attached templates that are fetched
	Remote      []string // objects, frames and pictures that are fetched in a way which runs or reveals something
	Controls    []string // ActiveX parts
	Programs    []string // actions that start a program
	Parts       []string // embedded files, to be inspected each
	Pictures    []string // image parts
	Encrypted   bool     // OpenDocument only
}

// OOXML reads a package: its relationships first, then its text. See ECMA-376,
// https://ecma-international.org/publications-and-standards/standards/ecma-376/
func OOXML(p Parts) (*Document, error) {
	d := &Document{}
	names := p.Names()
	for _, name := range names {
		lower := strings.ToLower(name)
		switch {
		case strings.HasSuffix(lower, ".rels"):
			doc, err := p.Read(name)
			if err != nil {
				return d, err
			}
			d.relationships(doc)
		case strings.HasSuffix(lower, "[content_types].xml"):
			doc, err := p.Read(name)
			if err != nil {
				return d, err
			}
			d.contentTypes(doc)
		default:
			d.part(name, lower)
		}
	}
	for _, name := range names {
		lower := strings.ToLower(name)
		if !strings.HasSuffix(lower, ".xml") || !hasText(lower) {
			continue
		}
		doc, err := p.Read(name)
		if err != nil {
			return d, err
		}
		d.text(doc, lower)
	}
	return d, nil
}

// part sorts a part by its name. Its content type may say otherwise, and is
// read too.
func (d *Document) part(name, lower string) {
	base := path.Base(lower)
	switch ext := path.Ext(base); {
	case strings.Contains(base, "vbaproject") && ext == ".bin":
		d.Macros = append(d.Macros, name)
	case strings.Contains(lower, "macrosheets/"), strings.Contains(lower, "intlmacrosheet"):
		d.MacroSheets = append(d.MacroSheets, name)
	case strings.Contains(lower, "activex/") && ext == ".xml":
		d.Controls = append(d.Controls, name)
	case strings.Contains(lower, "externallinks/") && ext == ".bin":
		d.Parts = append(d.Parts, name) // of a binary workbook: read as records by the caller
	case ext == ".xml", ext == ".vml", ext == ".odttf", ext == ".fntdata", strings.HasPrefix(base, "printersettings"), ext == ".psmdcp":
	case isPicture(ext):
		d.Pictures = append(d.Pictures, name)
	case ext == ".bin" && (strings.HasPrefix(base, "sheet") || strings.HasPrefix(base, "workbook") || strings.HasPrefix(base, "styles") || strings.HasPrefix(base, "sharedstrings") || strings.HasPrefix(base, "binaryindex") || strings.HasPrefix(base, "table") || strings.HasPrefix(base, "comments") || strings.HasPrefix(base, "calcchain") || strings.HasPrefix(base, "metadata")):
		// records of a binary workbook
	default:
		d.Parts = append(d.Parts, name)
	}
}

func isPicture(ext string) bool {
	switch ext {
	case ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp":
		return true
	}
	return false
}

// contentTypes finds macros whose parts have other names.
func (d *Document) contentTypes(doc string) {
	scanXML(doc, func(t tag) {
		kind, part := strings.ToLower(t.attr("ContentType")), strings.TrimPrefix(t.attr("PartName"), "/")
		if part == "" {
			return
		}
		switch {
		case strings.Contains(kind, "vbaproject") && !strings.Contains(kind, "signature"):
			d.Macros = appendNew(d.Macros, part)
		case strings.Contains(kind, "macrosheet"):
			d.MacroSheets = appendNew(d.MacroSheets, part)
		}
	}, func(string) {})
}

func appendNew(list []string, s string) []string {
	for _, old := range list {
		if strings.EqualFold(old, s) {
			return list
		}
	}
	return append(list, s)
}

// relationships reads what a part refers to outside of the document.
func (d *Document) relationships(doc string) {
	scanXML(doc, func(t tag) {
		if t.name != "Relationship" || !strings.EqualFold(t.attr("TargetMode"), "External") {
			return
		}
		target := strings.TrimSpace(t.attr("Target"))
		kind := t.attr("Type")
		switch kind = kind[strings.LastIndexByte(kind, '/')+1:]; kind {
		case "attachedTemplate":
			if fetched(target) {
				d.Templates = append(d.Templates, target)
			}
		case "oleObject", "frame", "subDocument", "externalLinkPath", "customUI", "aFChunk", "control", "package", "webSettings", "mailMergeSource", "mailMergeHeaderSource":
			if fetched(target) && (kind != "externalLinkPath" || !strings.HasPrefix(strings.ToLower(target), "http")) && !strings.HasPrefix(kind, "mailMerge") {
				d.Remote = append(d.Remote, target)
			}
		case "image", "video", "audio", "media":
			if unc(target) {
				d.Remote = append(d.Remote, target)
			}
		case "hyperlink":
			if program(target) {
				d.Programs = append(d.Programs, target)
			}
			d.Links = append(d.Links, Link{URL: target})
		}
	}, func(string) {})
}

// fetched says whether a target lies on another computer.
func fetched(target string) bool {
	t := strings.ToLower(target)
	return strings.HasPrefix(t, "http:") || strings.HasPrefix(t, "https:") || strings.HasPrefix(t, "ftp:") || strings.HasPrefix(t, "mhtml:") || strings.HasPrefix(t, "ms-") || strings.HasPrefix(t, "script:") || unc(t)
}

// unc says whether a target is a share of another computer.
func unc(target string) bool {
	t := strings.ReplaceAll(strings.ToLower(target), "/", `\`)
	t = strings.TrimPrefix(t, `file:`)
	if strings.HasPrefix(t, `\\\`) { // file:///C:\… is here, file:///\\server isn't
		t = t[3:]
		return strings.HasPrefix(t, `\\`)
	}
	return strings.HasPrefix(t, `\\`)
}

var programLink = regexp.MustCompile(`(?i)^(file:/*)?([a-z]:|\\\\|/)?[^?#]*\.(exe|scr|bat|cmd|vbs|js|hta|lnk|ps1|msi|com|pif)$`)

// program says whether a hyperlink starts a program of this computer, or of a
// share.
func program(target string) bool {
	t := strings.ToLower(target)
	return !strings.HasPrefix(t, "http") && !strings.HasPrefix(t, "mailto:") && programLink.MatchString(t)
}

var textParts = regexp.MustCompile(`(^|/)(word|xl|ppt|visio)/.*(document\d*|header\d*|footer\d*|footnotes|endnotes|comments\d*|glossary/document|settings|sharedstrings|sheet\d+|workbook|slide\d+|notesslide\d+|slidemaster\d+|slidelayout\d+|externallink\d+|page\d+|drawing\d+|afchunk\d*)\.xml$`)

func hasText(lower string) bool {
	return textParts.MatchString(lower) && !strings.Contains(lower, "slidelayouts/") && !strings.Contains(lower, "macrosheets/")
}

// text reads the text of one part, with the fields and actions in it.
func (d *Document) text(doc, name string) {
	var f fieldStack
	keep, number, formula, shared := 0, false, false, false
	sheet := strings.Contains(name, "worksheets/")
	scanXML(doc, func(t tag) {
		switch t.name {
		case "t", "v", "instrText", "f", "delInstrText":
			step := 1
			if t.end {
				step = -1
			}
			if t.empty {
				return
			}
			switch t.name {
			case "t":
				keep = max(0, keep+step)
			case "v":
				number = !t.end
			case "f":
				formula = !t.end
			default:
				f.inInstruction = !t.end
			}
		case "p", "row", "si", "br", "cr", "tr":
			if t.end || t.empty {
				d.Text.WriteByte('\n')
			}
		case "tab", "c", "tc":
			if t.end || t.name == "tab" {
				d.Text.WriteByte('\t')
			}
		case "fldChar":
			f.char(t.attr("fldCharType"))
		case "fldSimple":
			f.done(t.attr("instr"))
		default:
			d.action(t)
		}
		if t.name == "c" && !t.end { // "s": the number of a shared string, which is read where it stands
			shared = t.attr("t") == "s"
		}
	}, func(s string) {
		switch {
		case f.inInstruction:
			f.write(s)
		case keep > 0, number && sheet && !shared:
			d.Text.WriteString(s)
		case formula:
			d.formula(s)
		}
	})
	f.end()
	for _, instruction := range f.list {
		d.Field(instruction)
	}
}

// action notes what a tag does by itself.
func (d *Document) action(t tag) {
	switch t.name {
	case "ddeLink":
		d.DDE = append(d.DDE, t.attr("ddeService")+"|"+t.attr("ddeTopic"))
	case "definedName":
		n := strings.ToLower(t.attr("name"))
		d.AutoOpen = d.AutoOpen || strings.Contains(n, "auto_open") || strings.Contains(n, "auto_close") || strings.Contains(n, "auto_activate")
	case "hlinkClick", "hlinkHover", "hlinkMouseOver":
		if a := strings.ToLower(t.attr("action")); strings.HasPrefix(a, "ppaction://program") {
			d.Programs = append(d.Programs, "an action on a slide")
		}
	}
}

var commandFormula = regexp.MustCompile(`(?i)\b(cmd|powershell|mshta|rundll32|regsvr32|wscript|cscript|msiexec|certutil)(\.exe)?\s*\|`)

func (d *Document) formula(s string) {
	if commandFormula.MatchString(s) {
		d.DDE = append(d.DDE, s)
	}
}

// Field sorts one field of a document by its instruction.
func (d *Document) Field(instruction string) {
	words := strings.Fields(instruction)
	if len(words) == 0 {
		return
	}
	switch strings.ToUpper(words[0]) {
	case "DDE", "DDEAUTO":
		d.DDE = append(d.DDE, instruction)
	case "HYPERLINK":
		for _, w := range words[1:] {
			if w = strings.Trim(w, `"“”`); w != "" && !strings.HasPrefix(w, `\`) {
				d.Links = append(d.Links, Link{URL: w})
				break
			}
		}
	case "INCLUDEPICTURE", "INCLUDETEXT", "IMPORT", "INCLUDE", "RD", "LINK":
		for _, w := range words[1:] {
			if w = strings.ReplaceAll(strings.Trim(w, `"“”`), `\\`, `\`); unc(w) || strings.EqualFold(words[0], "LINK") && fetched(w) {
				d.Remote = append(d.Remote, w)
			}
		}
	default:
		if ddeWithin.MatchString(instruction) {
			d.DDE = append(d.DDE, instruction)
		}
	}
}

var ddeWithin = regexp.MustCompile(`(?i)\bDDE(AUTO)?\s+("|[a-z]:|\\|cmd|powershell|mshta|excel|winword)`)

// fieldStack puts the instructions of fields together: they are parted into
// runs, and fields stand within fields.
type fieldStack struct {
	open          []string
	shown         []bool
	list          []string
	inInstruction bool
}

func (f *fieldStack) char(kind string) {
	switch kind {
	case "begin":
		if len(f.open) < 64 {
			f.open, f.shown = append(f.open, ""), append(f.shown, false)
		}
	case "separate":
		if n := len(f.shown); n > 0 {
			f.shown[n-1] = true
		}
	case "end":
		f.pop()
	}
}

func (f *fieldStack) write(s string) {
	if n := len(f.open); n == 0 {
		f.done(s)
	} else if len(f.open[n-1]) < 16<<10 {
		f.open[n-1] += s
	}
}

func (f *fieldStack) pop() {
	n := len(f.open)
	if n == 0 {
		return
	}
	value := strings.TrimSpace(f.open[n-1])
	f.open, f.shown = f.open[:n-1], f.shown[:n-1]
	f.done(value)
	if n > 1 && !f.shown[n-2] { // what a field gives is part of the one around it
		f.open[n-2] += quoted(value)
	}
}

func (f *fieldStack) done(instruction string) {
	if instruction = strings.TrimSpace(instruction); instruction != "" && len(f.list) < 5000 {
		f.list = append(f.list, instruction)
	}
}

func (f *fieldStack) end() {
	for len(f.open) > 0 {
		f.pop()
	}
}

// quoted gives what a QUOTE field of character codes stands for, and any other
// field's instruction as it is: that is how DDE is hidden from who reads it.
func quoted(instruction string) string {
	words := strings.Fields(instruction)
	if len(words) < 2 || !strings.EqualFold(words[0], "QUOTE") {
		return instruction
	}
	var b strings.Builder
	for _, w := range words[1:] {
		n, err := strconv.Atoi(w)
		if err != nil || n < 1 || n > 0xFFFF {
			return strings.Join(words[1:], " ")
		}
		b.WriteRune(rune(n))
	}
	return b.String()
}

// Template notes an attached template, if it is fetched from elsewhere.
func (d *Document) Template(target string) {
	if fetched(target) {
		d.Templates = append(d.Templates, target)
	}
}

// Flat reads a document of Office that is one XML file.
func Flat(doc string) *Document {
	d := &Document{}
	d.text(doc, "word/document.xml")
	d.relationships(doc)
	return d
}
