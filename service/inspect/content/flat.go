package content

import (
	"bytes"
	"regexp"
	"strings"

	"cloudappsecurity/service/inspect/content/office"
	"cloudappsecurity/service/inspect/content/ole"
)

// flatDocument is a document of Office as one XML file: Word 2003's, or a
// package whose parts stand in it.
func flatDocument(w *work) error {
	data, err := w.whole()
	if err != nil {
		return err
	}
	text := decodeText(data)
	w.document(office.Flat(text))
	for _, m := range flatBinary.FindAllStringSubmatch(text, 200) {
		part, err := decodeBase64(m[1] + m[2])
		if err != nil && len(part) == 0 {
			continue
		}
		if err := w.b.Take(int64(len(part))); err != nil {
			return err
		}
		if err := w.flatPart(part); err != nil {
			return err
		}
	}
	return nil
}

// flatBinary are parts in base64 within such a file.
var flatBinary = regexp.MustCompile(`(?s)<(?:\w+:)?binData\b[^>]*>([^<]+)<|<pkg:binaryData>([^<]+)<`)

// activeMime begins the data of macros in old files of Word as XML and as web
// page: at byte 50, or thereabouts, a compound file is compressed with zlib. See
// https://www.decalage.info/en/node/82
const activeMime = "ActiveMime"

func (w *work) flatPart(part []byte) error {
	if !bytes.HasPrefix(part, []byte(activeMime)) {
		child := w.child(Bytes(part), "part", "", nil)
		for _, f := range child.Facts {
			if strings.HasPrefix(string(f.Kind), "vba_") {
				w.fact(f.Kind, f.Detail)
			}
		}
		if child.Type.IsImage() {
			w.adopt(child)
		}
		return limitOf(child)
	}
	return w.activeMime(part)
}

// activeMimeFile is such data as a file of its own ("editdata.mso").
func activeMimeFile(w *work) error {
	data, err := w.whole()
	if err != nil {
		return err
	}
	return w.activeMime(data)
}

func (w *work) activeMime(part []byte) error {
	project, err := ole.ActiveMime(part, w.room())
	if err == nil {
		var f *ole.File
		if f, err = ole.Open(Bytes(project), int64(len(project)), w.b.Time); err == nil {
			if e := w.b.Take(int64(len(project))); e != nil {
				return e
			}
			w.projects(f)
			return nil
		}
	}
	w.fact(VBAMacro, "a project which can't be read")
	return nil
}
