package mail

import (
	"bytes"
	"encoding/base64"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// charsetOf gives the encoding of that name, nil for UTF-8, US-ASCII and what
// nobody knows.
func charsetOf(name string) encoding.Encoding {
	name = strings.ToLower(strings.Trim(name, " \t\"'"))
	switch name {
	case "", "utf-8", "utf8", "us-ascii", "ascii", "ansi_x3.4-1968", "unknown-8bit", "default", "x-unknown", "unicode-1-1-utf-8":
		return nil
	case "iso-8859-1", "iso8859-1", "latin1":
		return charmap.Windows1252 // as browsers and mail programs do
	case "hz-gb-2312":
		return simplifiedchinese.HZGB2312
	case "utf-7", "unicode-1-1-utf-7", "x-unicode-2-0-utf-7":
		return utf7{}
	case "utf-32", "utf-32le":
		return utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)
	case "utf-32be":
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
	case "cp932":
		name = "shift_jis"
	case "cp936":
		name = "gbk"
	case "cp949":
		name = "euc-kr"
	case "cp850", "ibm850", "cp-850":
		return charmap.CodePage850
	case "cp437", "ibm437":
		return charmap.CodePage437
	}
	if e, err := htmlindex.Get(name); err == nil && e != encoding.Replacement {
		return e
	}
	if n, ok := strings.CutPrefix(name, "cp125"); ok {
		if e, err := htmlindex.Get("windows-125" + n); err == nil {
			return e
		}
	}
	if e, err := ianaindex.MIME.Encoding(name); err == nil && e != nil {
		return e
	}
	return nil
}

// toUTF8 decodes text of a charset. Without one it is taken for UTF-8 where it
// is valid, and for Windows-1252 where it isn't.
func toUTF8(text []byte, charset string) string {
	switch {
	case bytes.HasPrefix(text, []byte("\xef\xbb\xbf")):
		text, charset = text[3:], ""
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		charset = "utf-16"
	}
	e := charsetOf(charset)
	if e == nil {
		if utf8.Valid(text) {
			return string(text)
		}
		if mostlyUTF8(text) {
			return strings.ToValidUTF8(string(text), "\uFFFD")
		}
		e = charmap.Windows1252
	}
	if ascii(text) && e != (utf7{}) && !bytes.ContainsAny(text, "\x1b\x0e~\x00") {
		return string(text)
	}
	if charset == "utf-16" {
		e = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	}
	out, err := e.NewDecoder().Bytes(text)
	if err != nil {
		return strings.ToValidUTF8(string(text), "\uFFFD")
	}
	if !utf8.Valid(out) {
		return strings.ToValidUTF8(string(out), "\uFFFD")
	}
	return string(out)
}

func ascii(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// mostlyUTF8 says whether text with errors is UTF-8 rather than something else.
func mostlyUTF8(text []byte) bool {
	good, bad := 0, 0
	for i := 0; i < len(text) && i < 64<<10; {
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			bad++
		} else {
			good++
		}
		i += size
	}
	return good > 2*bad
}

// utf7 is UTF-7 (RFC 2152), for reading only.
type utf7 struct{}

func (utf7) NewDecoder() *encoding.Decoder {
	return &encoding.Decoder{Transformer: &utf7Decoder{}}
}

func (utf7) NewEncoder() *encoding.Encoder { return encoding.Nop.NewEncoder() }

// utf7Decoder decodes all of a text at once.
type utf7Decoder struct{ transform.NopResetter }

var utf7Base64 = base64.StdEncoding.WithPadding(base64.NoPadding)

// Transform decodes src, which has to hold the whole text to be decoded at the
// end.
func (*utf7Decoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		i := bytes.IndexByte(src[nSrc:], '+')
		plain := src[nSrc:]
		if i >= 0 {
			plain = plain[:i]
		}
		if nDst+len(plain) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += copy(dst[nDst:], plain)
		nSrc += len(plain)
		if i < 0 {
			break
		}
		end := nSrc + 1
		for end < len(src) && isBase64(src[end]) {
			end++
		}
		if end == len(src) && !atEOF {
			return nDst, nSrc, transform.ErrShortSrc
		}
		decoded := utf7Run(src[nSrc+1 : end])
		if nDst+len(decoded) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += copy(dst[nDst:], decoded)
		if end < len(src) && src[end] == '-' {
			end++
		}
		nSrc = end
	}
	return nDst, nSrc, nil
}

func isBase64(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '+' || c == '/'
}

func utf7Run(run []byte) []byte {
	if len(run) == 0 {
		return []byte{'+'}
	}
	raw := make([]byte, utf7Base64.DecodedLen(len(run)))
	n, _ := utf7Base64.Decode(raw, run)
	out, err := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder().Bytes(raw[:n&^1])
	if err != nil {
		return nil
	}
	return out
}

// decodeCharset decodes a stream of a charset that is too large to be held.
func decodeCharset(r io.Reader, charset string) io.Reader {
	if e := charsetOf(charset); e != nil {
		return transform.NewReader(r, e.NewDecoder())
	}
	return r
}
