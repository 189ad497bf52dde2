package shell

import "bytes"

// fileData begins a FileDataStoreObject, see [MS-ONESTORE] 2.6.13,
// https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-onestore/
var fileData = []byte("\xE7\x16\xE3\xBD\x65\x26\x11\x45\xA4\xC4\x8D\x4D\x0B\x7A\x9E\xAC")

// mostFiles bounds the files of one notebook.
const mostFiles = 1000

// Notebook gives the files that a section of OneNote holds, and the names that
// stand in it. Names and files aren't tied to one another here.
func Notebook(p []byte) (files [][]byte, names []string) {
	rest := p
	for len(files) < mostFiles {
		at := bytes.Index(rest, fileData)
		if at < 0 || at+36 > len(rest) {
			break
		}
		n := le.Uint64(rest[at+16:])
		body := rest[at+36:]
		if n > uint64(len(body)) {
			n = uint64(len(body))
		}
		files = append(files, body[:n])
		rest = body[n:]
	}
	return files, embeddedNames(p)
}

// embeddedNames finds names with an extension in UTF-16: the property
// EmbeddedFileName (0x1C001D5A) is a counted string of that kind.
func embeddedNames(p []byte) (names []string) {
	property := []byte("\x5A\x1D\x00\x1C")
	if !bytes.Contains(p, property) {
		return nil
	}
	for i := 0; i+8 < len(p) && len(names) < mostFiles; i++ {
		n := int(le.Uint32(p[i:]))
		if n < 8 || n > 520 || n%2 != 0 || i+4+n > len(p) {
			continue
		}
		if p[i+5] != 0 || p[i+4] < 32 || p[i+4+n-2] != 0 || p[i+4+n-1] != 0 {
			continue
		}
		if s := cut(wide(p[i+4 : i+4+n])); 2*len(s)+2 == n && extensionOf(s) {
			names = append(names, s)
			i += 3 + n
		}
	}
	return names
}

func extensionOf(s string) bool {
	for i := len(s) - 1; i >= 0 && i > len(s)-7; i-- {
		if s[i] == '.' {
			return i > 0 && i < len(s)-1
		}
		if s[i] < '0' || s[i] > 'z' {
			return false
		}
	}
	return false
}
