package mail

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// decodeWords decodes a header's encoded words (RFC 2047), also where they are
// broken as programs break them: within quotes, with spaces within, split in
// the middle of a character, without an end. Bytes beyond ASCII are taken for
// UTF-8 or, failing that, for the charset.
func decodeWords(v []byte, charset string) string {
	if !bytes.Contains(v, []byte("=?")) {
		if ascii(v) && bytes.IndexByte(v, 0x1b) < 0 {
			return string(v)
		}
		return toUTF8(v, rawCharset(v, charset))
	}
	var out strings.Builder
	var pending []byte // of words of one charset that follow one another
	var pendingSet string
	flush := func() {
		if len(pending) > 0 {
			out.WriteString(toUTF8(pending, pendingSet))
			pending = pending[:0]
		}
	}
	whole := len(v)
	lastEnd := bytes.LastIndex(v, []byte("?="))
	for len(v) > 0 {
		start := bytes.Index(v, []byte("=?"))
		if start < 0 {
			break
		}
		set, text, length, ok := encodedWord(v[start:], lastEnd > whole-len(v)+start)
		if !ok {
			flush()
			out.WriteString(toUTF8(v[:start+2], rawCharset(v[:start+2], charset)))
			v = v[start+2:]
			continue
		}
		if between := v[:start]; len(between) > 0 && (len(pending) == 0 || len(bytes.TrimSpace(between)) > 0) {
			flush()
			out.WriteString(toUTF8(between, rawCharset(between, charset)))
		}
		if !strings.EqualFold(set, pendingSet) {
			flush()
		}
		pendingSet = set
		pending = append(pending, text...)
		v = v[start+length:]
	}
	flush()
	out.WriteString(toUTF8(v, rawCharset(v, charset)))
	return out.String()
}

// rawCharset is the charset of bytes which say nothing of it.
func rawCharset(v []byte, charset string) string {
	if utf8.Valid(v) && bytes.IndexByte(v, 0x1b) < 0 {
		return ""
	}
	return charset
}

// encodedWord reads =?charset*language?encoding?text?= at the beginning of v,
// and gives its length; ends says whether there is a ?= behind it.
func encodedWord(v []byte, ends bool) (charset string, text []byte, length int, ok bool) {
	rest := v[2:]
	i := bytes.IndexByte(rest[:min(len(rest), 61)], '?')
	if i <= 0 || len(rest) < i+3 || rest[i+2] != '?' {
		return "", nil, 0, false
	}
	charset, kind := string(rest[:i]), rest[i+1]
	charset, _, _ = strings.Cut(charset, "*")
	body := rest[i+3:]
	end := -1
	if ends {
		end = bytes.Index(body, []byte("?="))
	}
	length = 2 + i + 3
	if end < 0 { // without an end: to the next white space
		if end = bytes.IndexAny(body, " \t\""); end < 0 {
			end = len(body)
		}
		length += end
	} else {
		length += end + 2
	}
	body = body[:end]
	switch kind {
	case 'B', 'b':
		return charset, decodeBase64(body), length, true
	case 'Q', 'q':
		return charset, decodeQ(body), length, true
	}
	return "", nil, 0, false
}

func decodeQ(v []byte) []byte {
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		switch {
		case v[i] == '_':
			out = append(out, ' ')
		case v[i] == '=' && i+2 < len(v) && unhex(v[i+1]) >= 0 && unhex(v[i+2]) >= 0:
			out = append(out, byte(unhex(v[i+1])<<4|unhex(v[i+2])))
			i += 2
		default:
			out = append(out, v[i])
		}
	}
	return out
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
