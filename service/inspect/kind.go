package inspect

import (
	"bytes"
	"io"
	"path"
	"strings"
)

// isMessage says whether a file is a message: its name says so, or it begins
// with header fields (RFC 5322, section 2.2) of which one is a message's.
func isMessage(r io.ReaderAt, size int64, name string) bool {
	if strings.EqualFold(path.Ext(name), ".eml") {
		return true
	}
	begin := make([]byte, min(size, 8<<10))
	n, err := r.ReadAt(begin, 0)
	if n == 0 || err != nil && err != io.EOF { // io.ReaderAt gives it as it is
		return false
	}
	begin = bytes.TrimPrefix(begin[:n], []byte("\xef\xbb\xbf"))
	known, fields := false, 0
	lines := bytes.Split(begin, []byte("\n"))
	for i, line := range lines {
		line = bytes.TrimSuffix(line, []byte("\r"))
		switch {
		case i == 0 && bytes.HasPrefix(line, []byte("From ")): // mbox
			continue
		case len(line) == 0 && i < len(lines)-1 || fields >= 20:
			return known && fields >= 2
		case len(line) == 0:
			continue
		case line[0] == ' ' || line[0] == '\t':
			if fields == 0 {
				return false
			}
			continue
		}
		field, _, ok := bytes.Cut(line, []byte(":"))
		if !ok || len(field) == 0 || bytes.ContainsAny(field, " \t\"{}<>()/\\;=") {
			return known && fields >= 3 // a header that ends without an empty line
		}
		fields++
		known = known || messageFields[strings.ToLower(string(field))]
	}
	return known && fields >= 3
}

// messageFields are fields by which a message is told from other text with
// colons, such as YAML.
var messageFields = map[string]bool{
	"received": true, "return-path": true, "message-id": true, "mime-version": true, "delivered-to": true,
	"from": true, "subject": true, "authentication-results": true, "dkim-signature": true, "x-mailer": true,
}
