package content

import (
	"bytes"
	"strings"
)

// refine tells what a family of types really is.
func (w *work) refine() Type {
	switch w.Type {
	case "zip":
		return w.zipType()
	case "ole":
		return w.oleType()
	case "gz":
		if bytes.HasPrefix(w.head, []byte("\x1F\x8B")) && Extension(w.Name) == "svgz" {
			return "gz"
		}
	case "":
		return w.byTail()
	}
	return w.Type
}

// byTail finds formats that are told by their end.
func (w *work) byTail() Type {
	switch ext := Extension(w.Name); ext {
	case "dmg", "vhd", "img":
		return Type(ext)
	case "com", "scr", "pif":
		if w.size > 0 {
			return "com"
		}
	}
	if n := len(w.data); n >= 512 {
		tail := w.data[n-512:]
		switch {
		case bytes.HasPrefix(tail, []byte("koly")):
			return "dmg"
		case bytes.HasPrefix(tail, []byte("conectix")):
			return "vhd"
		}
	}
	return ""
}

// eicar looks for the test file of scanners, see https://www.eicar.org/download-anti-malware-testfile/
// It is put together here, so that no scanner takes this program for it.
func (w *work) eicar() {
	const longest = 128 + 3 // with the white space that may follow, and a mark before
	text := bytes.TrimPrefix(w.head, []byte("\xEF\xBB\xBF"))
	if w.size > longest || len(text) < 68 {
		return
	}
	if strings.HasPrefix(string(text), `X5O!P%@AP[4\PZX54(P^)7CC)7}`+`$EICAR-STANDARD-ANTIVIRUS`+`-TEST-FILE!$H+H*`) {
		w.fact(EICAR, "")
	}
}

// mismatch notes a type that runs, or hides, under an extension that says
// otherwise.
func (w *work) mismatch() {
	ext := Extension(w.Name)
	if ext == "" || w.Type == "" || ext == string(w.Type) {
		return
	}
	harmless := harmlessNames[ext]
	switch {
	case !harmless:
	case w.Type.IsProgram(), w.Type.IsScript() && w.Type != "sh" && w.Type != "inf", w.Type.IsInstaller(), w.Type.IsLauncher(), w.Type.IsDiskImage(), w.Type == "html" && htmlHides[ext]:
		w.fact(TypeMismatch, string(w.Type)+" named ."+ext)
	}
}

// harmlessNames are extensions of what people open without a thought.
var harmlessNames = map[string]bool{
	"pdf": true, "doc": true, "docx": true, "xls": true, "xlsx": true, "ppt": true, "pptx": true, "rtf": true, "txt": true, "csv": true, "odt": true, "ods": true, "odp": true,
	"jpg": true, "jpeg": true, "png": true, "gif": true, "bmp": true, "webp": true, "tif": true, "tiff": true, "heic": true, "mp3": true, "mp4": true, "wav": true, "avi": true, "mov": true,
	"ics": true, "vcf": true, "eml": true, "zip": true, "xml": true, "json": true, "log": true, "md": true,
}

// htmlHides are those of them under which no program writes a page.
var htmlHides = map[string]bool{
	"pdf": true, "docx": true, "xlsx": true, "pptx": true, "jpg": true, "jpeg": true, "png": true, "gif": true, "zip": true, "mp3": true, "mp4": true,
}
