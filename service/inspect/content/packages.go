package content

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"path"
	"strings"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content/office"
	"cloudappsecurity/service/inspect/content/ole"
)

// zipType tells what a zip archive really is, by what it holds: a document, a
// program, an installer.
func (w *work) zipType() Type {
	if w.ra == nil {
		return "zip"
	}
	z, err := zip.NewReader(w.ra, w.size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return "zip"
	}
	p := &parts{w: w, zip: z}
	files := map[string]*zip.File{}
	for _, f := range z.File {
		files[strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))] = f
	}
	if f := files["[content_types].xml"]; f != nil && f.Flags&1 == 0 {
		if doc, err := p.read(f); err == nil {
			if t := contentType(doc, files); t != "" {
				w.parts = p
				return t
			}
		}
	}
	if f := files["mimetype"]; f != nil {
		if kind, err := p.read(f); err == nil && strings.HasPrefix(kind, "application/vnd.oasis.opendocument.") {
			w.parts = p
			return odfType(strings.TrimSpace(kind))
		}
	}
	for _, k := range []struct {
		name string
		t    Type
	}{
		{"androidmanifest.xml", "apk"}, {"appxmanifest.xml", "msix"}, {"appxbundlemanifest.xml", "msix"}, {"appxmetadata/appxbundlemanifest.xml", "msix"},
		{"extension.vsixmanifest", "vsix"}, {"install.rdf", "xpi"}, {"meta-inf/manifest.mf", "jar"},
	} {
		if files[k.name] != nil {
			return k.t
		}
	}
	if Extension(w.Name) == "jar" {
		return "jar"
	}
	return "zip"
}

// mainTypes are content types of a package's main part.
var mainTypes = []struct {
	content string
	t       Type
}{
	{"wordprocessingml.document.main", "docx"}, {"ms-word.document.macroenabled.main", "docm"}, {"wordprocessingml.template.main", "dotx"}, {"ms-word.template.macroenabled", "dotm"},
	{"spreadsheetml.sheet.main", "xlsx"}, {"ms-excel.sheet.macroenabled.main", "xlsm"}, {"spreadsheetml.template.main", "xltx"}, {"ms-excel.template.macroenabled", "xltm"},
	{"ms-excel.sheet.binary", "xlsb"}, {"ms-excel.addin.macroenabled", "xlam"},
	{"presentationml.presentation.main", "pptx"}, {"ms-powerpoint.presentation.macroenabled", "pptm"}, {"presentationml.slideshow.main", "ppsx"}, {"ms-powerpoint.slideshow.macroenabled", "ppsm"},
	{"presentationml.template.main", "potx"}, {"ms-powerpoint.template.macroenabled", "potm"}, {"ms-powerpoint.addin.macroenabled", "ppam"},
	{"ms-visio.drawing.macroenabled", "vsdm"}, {"ms-visio.drawing", "vsdx"},
}

func contentType(doc string, files map[string]*zip.File) Type {
	lower := strings.ToLower(doc)
	for _, m := range mainTypes {
		if strings.Contains(lower, m.content) {
			return m.t
		}
	}
	switch {
	case files["word/document.xml"] != nil:
		return "docx"
	case files["xl/workbook.xml"] != nil:
		return "xlsx"
	case files["xl/workbook.bin"] != nil:
		return "xlsb"
	case files["ppt/presentation.xml"] != nil:
		return "pptx"
	}
	return ""
}

func odfType(kind string) Type {
	switch {
	case strings.Contains(kind, "spreadsheet"):
		return "ods"
	case strings.Contains(kind, "presentation"):
		return "odp"
	case strings.Contains(kind, "graphics"):
		return "odg"
	default:
		return "odt"
	}
}

// parts are the parts of a document that is a zip archive.
type parts struct {
	w   *work
	zip *zip.Reader
}

func (p *parts) Names() []string {
	names := make([]string, 0, len(p.zip.File))
	for _, f := range p.zip.File {
		if !strings.HasSuffix(f.Name, "/") {
			names = append(names, partName(f))
		}
	}
	return names
}

func partName(f *zip.File) string {
	return strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/")
}

func (p *parts) file(name string) *zip.File {
	for _, f := range p.zip.File {
		if strings.EqualFold(partName(f), name) {
			return f
		}
	}
	return nil
}

// Read gives a part as text. What is too large for it is told, and cut.
func (p *parts) Read(name string) (string, error) {
	f := p.file(name)
	if f == nil {
		return "", nil
	}
	return p.read(f)
}

func (p *parts) read(f *zip.File) (string, error) {
	data, err := p.bytes(f)
	if err != nil && p.w.over(err) {
		return "", err
	}
	if err != nil {
		p.w.problem(err)
	}
	return decodeText(data), nil
}

func (p *parts) bytes(f *zip.File) ([]byte, error) {
	if f.Flags&1 != 0 {
		p.w.encrypted()
		return nil, nil
	}
	if err := p.w.b.Expand(int64(f.CompressedSize64), int64(f.UncompressedSize64)); err != nil && f.UncompressedSize64 > 16<<20 {
		return nil, err // smaller parts of sheets do compress that well
	}
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	limit := p.w.room()
	data, err := io.ReadAll(io.LimitReader(&metered{r: in, b: p.w.b}, limit+1))
	if int64(len(data)) > limit {
		return data[:limit], &budget.Error{Reason: budget.TooLarge}
	}
	if errors.Is(err, zip.ErrChecksum) {
		err = nil // Office opens such a document after asking
	}
	return data, err
}

// source gives a part as a source of its own.
func (p *parts) source(f *zip.File) Source {
	return &again{func() (io.Reader, error) { return f.Open() }, int64(f.UncompressedSize64)}
}

// ooxml looks into a document of Office, new format.
func ooxml(w *work) error {
	d, err := office.OOXML(w.parts)
	w.document(d)
	if err != nil {
		return err
	}
	if err := w.macroParts(d); err != nil {
		return err
	}
	for _, name := range d.MacroSheets {
		w.fact(XLMMacro, path.Base(name))
	}
	if d.AutoOpen && len(d.MacroSheets) > 0 {
		w.fact(XLMAutoRun, "auto_open")
	}
	if w.Type == "xlsb" {
		if err := w.binaryWorkbook(); err != nil {
			return err
		}
	}
	return w.embedded(d)
}

// document notes what a document tells.
func (w *work) document(d *office.Document) {
	w.addText(d.Text.String())
	for _, l := range d.Links {
		w.link(l.URL, l.Text, "")
	}
	w.facts(DDE, d.DDE)
	w.facts(RemoteTemplate, d.Templates)
	w.facts(RemoteObject, d.Remote)
	w.facts(RunsProgram, d.Programs)
	w.facts(ActiveX, d.Controls)
}

func (w *work) facts(k Kind, details []string) {
	for _, d := range details[:min(len(details), 16)] {
		w.fact(k, d)
	}
}

// macroParts reads VBA projects.
func (w *work) macroParts(d *office.Document) error {
	for _, name := range d.Macros {
		f := w.parts.file(name)
		if f == nil {
			continue
		}
		data, err := w.parts.bytes(f)
		if err != nil {
			if w.over(err) {
				return err
			}
			w.problem(err)
		}
		doc, err := ole.Open(bytes.NewReader(data), int64(len(data)), w.b.Time)
		if err != nil {
			w.fact(VBAMacro, "a project which can't be read: "+path.Base(name))
			continue
		}
		w.projects(doc)
	}
	return nil
}

// projects notes the macros of a compound file.
func (w *work) projects(f *ole.File) {
	modules, found := f.Projects()
	if !found {
		return
	}
	code := false
	for _, m := range modules {
		if m.HasCode() {
			code = true
			w.fact(VBAMacro, m.Name)
			if name := m.AutoRun(); name != "" {
				w.fact(VBAAutoRun, m.Name+"."+name)
			}
			w.facts(VBASuspicious, m.Suspicious())
			continue
		}
		// An empty module compiles to some 700 to 1,500 bytes, those of controls
		// included.
		const mostOfEmpty = 3000
		if m.Code == "" && m.Compiled > mostOfEmpty {
			code = true
			w.fact(VBAMacro, m.Name)
			w.fact(VBAStomped, m.Name)
		}
	}
	switch {
	case code:
	case len(modules) == 0:
		w.fact(VBAMacro, "a project whose modules can't be read")
	default:
		w.fact(VBAEmpty, "")
	}
}

// binaryWorkbook looks into the links of a binary workbook for DDE.
func (w *work) binaryWorkbook() error {
	for _, f := range w.parts.zip.File {
		lower := strings.ToLower(partName(f))
		links, names := strings.Contains(lower, "externallinks/externallink"), strings.HasSuffix(lower, "xl/workbook.bin")
		text := strings.HasSuffix(lower, "sharedstrings.bin")
		if !links && !names && !text {
			continue
		}
		data, err := w.parts.bytes(f)
		if err != nil {
			return err
		}
		switch b := ole.Excel12(data); {
		case links:
			w.facts(DDE, b.DDE)
		case names && b.AutoOpen:
			w.fact(XLMAutoRun, "auto_open")
		case text:
			w.addText(b.Text)
		}
	}
	return nil
}

// embedded inspects what a document carries, each as an item of its own, and its
// pictures for codes.
func (w *work) embedded(d *office.Document) error {
	const mostPictures = 40
	list := append(append([]string(nil), d.Parts...), d.Pictures[:min(len(d.Pictures), mostPictures)]...)
	for _, name := range list {
		f := w.parts.file(name)
		if f == nil || strings.Contains(strings.ToLower(name), "externallinks/") {
			continue
		}
		child := w.child(w.parts.source(f), path.Base(name), "", func() int64 { return int64(f.CompressedSize64) })
		if child.Type.IsImage() {
			w.adopt(child)
		}
		if err := limitOf(child); err != nil {
			return err
		}
	}
	return nil
}

// adopt takes what a picture shows over to its document: people see it there.
func (w *work) adopt(child *Item) {
	for _, l := range child.Links {
		if len(w.Links) < mostLinks {
			w.Links = append(w.Links, l)
		}
	}
	child.Links = nil
}

// opendocument looks into a document of OpenOffice and LibreOffice.
func opendocument(w *work) error {
	d, err := office.ODF(w.parts)
	if d.Encrypted {
		w.encrypted()
		return nil
	}
	w.document(d)
	for _, name := range d.Macros {
		w.fact(VBAMacro, path.Base(name))
	}
	if d.AutoOpen && len(d.Macros) > 0 {
		w.fact(VBAAutoRun, "an event of the document")
	}
	if err != nil {
		return err
	}
	return w.embedded(d)
}
