// Package contenttest builds small files for tests: documents with and without
// what is dangerous, archives, shortcuts. Nothing in them works.
package contenttest

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"cloudappsecurity/service/inspect/content/ole/oletest"
)

// File is a name with its content.
type File struct{ Name, Data string }

// Zip packs files.
func Zip(files ...File) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range files {
		w, err := z.Create(f.Name)
		if err == nil {
			_, err = w.Write([]byte(f.Data))
		}
		if err != nil {
			panic(err) // a buffer doesn't fail
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// mains are the main parts of documents, by extension.
var mains = map[string][2]string{
	"docx": {"word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"},
	"docm": {"word/document.xml", "application/vnd.ms-word.document.macroEnabled.main+xml"},
	"xlsx": {"xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"},
	"xlsm": {"xl/workbook.xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml"},
	"xlsb": {"xl/workbook.bin", "application/vnd.ms-excel.sheet.binary.macroEnabled.main"},
	"pptx": {"ppt/presentation.xml", "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"},
	"pptm": {"ppt/presentation.xml", "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml"},
}

// OOXML builds a document of that extension with these parts. Where the main
// part isn't among them, an empty one is written.
func OOXML(ext string, parts ...File) []byte {
	main := mains[ext]
	types := `<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/><Default Extension="bin" ContentType="application/vnd.openxmlformats-officedocument.oleObject"/>` +
		fmt.Sprintf(`<Override PartName="/%s" ContentType="%s"/></Types>`, main[0], main[1])
	files := []File{{"[Content_Types].xml", types}}
	has := false
	for _, p := range parts {
		has = has || p.Name == main[0]
	}
	if !has {
		files = append(files, File{main[0], `<?xml version="1.0"?><document/>`})
	}
	return Zip(append(files, parts...)...)
}

// Paragraph is the main part of a document with these runs.
func Paragraph(runs ...string) File {
	var b strings.Builder
	for _, r := range runs {
		b.WriteString("<w:r>" + r + "</w:r>")
	}
	return File{"word/document.xml", `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p>` + b.String() + `</w:p></w:body></w:document>`}
}

// Rels is a part of relationships to what lies outside.
func Rels(name string, kindAndTarget ...string) File {
	var b strings.Builder
	for i := 0; i+1 < len(kindAndTarget); i += 2 {
		fmt.Fprintf(&b, `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s" TargetMode="External"/>`, i, kindAndTarget[i], kindAndTarget[i+1])
	}
	return File{name, `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + b.String() + `</Relationships>`}
}

// VBA is a project as the part vbaProject.bin.
func VBA(modules ...oletest.Module) string {
	return string(oletest.File(oletest.Project("", modules...)))
}

// Package is an embedded object that wraps a file.
func Package(name, data string) string {
	return string(oletest.File([]oletest.Stream{{Path: "\x01Ole10Native", Data: oletest.Native(name, []byte(data))}}))
}

// Program is the beginning of a program for Windows; it does nothing.
func Program(dll bool) string {
	p := make([]byte, 1024)
	copy(p, "MZ")
	p[60] = 0x80
	copy(p[0x80:], "PE\x00\x00\x64\x86")
	p[0x80+22] = 0x22
	if dll {
		p[0x80+23] = 0x20
	}
	return string(p)
}

// Shortcut is a Windows shortcut to a program with arguments.
func Shortcut(target, arguments string) string {
	le := binary.LittleEndian
	p := make([]byte, 76)
	copy(p, "L\x00\x00\x00\x01\x14\x02\x00\x00\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00\x46")
	const hasLinkInfo, hasArguments = 2, 0x20
	le.PutUint32(p[20:], hasLinkInfo|hasArguments)
	info := make([]byte, 28)
	le.PutUint32(info, uint32(28+len(target)+2))
	le.PutUint32(info[4:], 28)
	le.PutUint32(info[8:], 1)
	le.PutUint32(info[16:], 28)
	le.PutUint32(info[24:], uint32(28+len(target)+1))
	p = append(p, info...)
	p = append(p, target+"\x00\x00"...)
	p = le.AppendUint16(p, uint16(len(arguments)))
	return string(append(p, arguments...))
}

// RTF is a document around a body.
func RTF(body string) []byte {
	return []byte(`{\rtf1\ansi\deff0{\fonttbl{\f0 Arial;}}\f0\fs20 ` + body + `\par}`)
}

// EICAR is the test file of scanners, put together when it is needed.
func EICAR() string {
	return strings.Join([]string{`X5O!P%@AP[4\PZX54(P^)7CC)7}$`, `EICAR-STANDARD-ANTIVIRUS`, `-TEST-FILE!$H+H*`}, "")
}
