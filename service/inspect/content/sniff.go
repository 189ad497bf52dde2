package content

import (
	"bytes"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"
	"golang.org/x/text/encoding/unicode"
)

// magics are the beginnings that tell a type, or a family that is looked into
// further: "zip", "ole", "pe". Sources: https://en.wikipedia.org/wiki/List_of_file_signatures
// and the formats' own pages.
var magics = []struct {
	at    int
	bytes string
	t     Type
}{
	{0, "PK\x03\x04", "zip"}, {0, "PK\x05\x06", "zip"}, {0, "PK\x07\x08", "zip"},
	{0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "ole"},
	{0, "%PDF-", "pdf"},
	{0, "{\\rt", "rtf"},
	{0, "Rar!\x1A\x07", "rar"},
	{0, "7z\xBC\xAF\x27\x1C", "7z"},
	{0, "\x1F\x8B", "gz"}, {0, "BZh", "bz2"}, {0, "\xFD7zXZ\x00", "xz"}, {0, "\x28\xB5\x2F\xFD", "zst"}, {0, "\x1F\x9D", "z"},
	{0, "]\x00\x00\x80\x00", "lzma"}, {0, "]\x00\x00\x00\x04", "lzma"},
	{257, "ustar", "tar"},
	{0, "MSCF", "cab"}, {0, "`\xEA", "arj"}, {7, "**ACE**", "ace"}, {2, "-lh", "lzh"},
	{0x8001, "CD001", "iso"}, {0x8001, "BEA01", "udf"},
	{0, "vhdxfile", "vhdx"}, {0, "conectix", "vhd"}, {0, "KDMV", "vmdk"}, {0, "MSWIM\x00", "wim"},
	{0, "\x7FELF", "elf"}, {0, "\xCF\xFA\xED\xFE", "macho"}, {0, "\xCE\xFA\xED\xFE", "macho"}, {0, "\xFE\xED\xFA\xCF", "macho"},
	{0, "dex\n", "apk"},
	{0, "L\x00\x00\x00\x01\x14\x02\x00", "lnk"},
	{0, "ITSF\x03", "chm"},
	{0, "\xE4\x52\x5C\x7B\x8C\xD8\xA7\x4D\xAE\xB1\x53\x78\xD0\x29\x96\xD3", "one"},
	{0, "\x78\x9F\x3E\x22", "tnef"},
	{0, "xar!", "pkg"}, {0, "\xED\xAB\xEE\xDB", "rpm"}, {0, "!<arch>\ndebian", "deb"}, {0, "!<arch>", "ar"}, {0, "Cr24", "crx"},
	{0, "\x00\x01\x00\x00Standard Jet DB", "mdb"}, {0, "\x00\x01\x00\x00Standard ACE DB", "accdb"},
	{0, "\x89PNG\r\n\x1A\n", "png"}, {0, "\xFF\xD8\xFF", "jpg"}, {0, "GIF8", "gif"}, {8, "WEBPVP8", "webp"},
	{0, "II*\x00", "tiff"}, {0, "MM\x00*", "tiff"}, {40, " EMF", "emf"}, {0, "\xD7\xCD\xC6\x9A", "wmf"}, {0, "\x00\x00\x01\x00", "ico"},
	{0, "#@~^", "vbe"}, // an encoded script
	{0, "ActiveMime", "activemime"},
	{0, "\x09\x00\x04\x00", "xls"}, {0, "\x09\x02\x06\x00", "xls"}, {0, "\x09\x04\x06\x00", "xls"}, {0, "\x09\x08\x08\x00\x00\x05", "xls"}, {0, "\x09\x08\x10\x00\x00\x06", "xls"}, // workbooks without a compound file
}

// headSize is how much of the beginning tells a type: what an ISO image says of
// itself stands behind 32 KB.
const headSize = 40 << 10

// sniff gives the type by the beginning of the content, and by the name only
// for text, where the name decides what opens it.
func sniff(head []byte, name string) Type {
	for _, m := range magics {
		if len(head) >= m.at+len(m.bytes) && string(head[m.at:m.at+len(m.bytes)]) == m.bytes {
			return m.t
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte("MZ")):
		return peType(head, name)
	case bytes.HasPrefix(head, []byte("BM")) && len(head) > 30 && head[14] < 128 && head[15] == 0 && (head[26] == 1 || head[22] == 1):
		return "bmp"
	case bytes.HasPrefix(head, []byte("\xCA\xFE\xBA\xBE")):
		if len(head) > 7 && head[7] < 0x20 {
			return "macho"
		}
		return "class"
	case pdfWithin(head):
		return "pdf"
	}
	if t := sealedType(head); t != "" {
		return t
	}
	if text, ok := asText(head); ok {
		return textType(text, Extension(name))
	}
	return otherType(head, Extension(name))
}

// pdfWithin says that a PDF begins within the first 1,024 bytes: readers open
// such a file, see implementation note 13 of PDF Reference 1.7, appendix H.
func pdfWithin(head []byte) bool {
	at := bytes.Index(head[:min(len(head), 1024)], []byte("%PDF-"))
	return at > 0 && at+8 < len(head)
}

func peType(head []byte, name string) Type {
	if len(head) < 64 {
		return "com"
	}
	at := int(head[60]) | int(head[61])<<8 | int(head[62])<<16
	if at+24 > len(head) || string(head[at:at+2]) != "PE" {
		if at+2 <= len(head) && string(head[at:at+2]) == "NE" {
			return "ne"
		}
		return "dos"
	}
	const isDLL = 0x2000
	switch dll := (int(head[at+22])|int(head[at+23])<<8)&isDLL != 0; {
	case dll && Extension(name) == "xll":
		return "xll"
	case dll:
		return "dll"
	default:
		return "exe"
	}
}

// otherType asks the library about what isn't dangerous: media, fonts, more.
func otherType(head []byte, ext string) Type {
	if ext == "img" || ext == "vhd" || ext == "dmg" {
		return Type(ext)
	}
	m := mimetype.Detect(head[:min(len(head), 3072)])
	if m.Is("application/octet-stream") || strings.HasPrefix(m.String(), "text/") {
		return ""
	}
	return Type(strings.TrimPrefix(m.Extension(), "."))
}

// asText gives the beginning as UTF-8 where it is text.
func asText(head []byte) (string, bool) {
	if len(head) == 0 {
		return "", false
	}
	text := decodeText(head)
	controls := 0
	for i := range min(len(text), 4096) {
		if c := text[i]; c < 32 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1B {
			controls++
		}
	}
	return text, controls <= min(len(text), 4096)/200
}

// decodeText reads UTF-8 and UTF-16; other text as it is, made valid.
func decodeText(p []byte) string {
	endian := unicode.LittleEndian
	switch {
	case bytes.HasPrefix(p, []byte("\xFF\xFE")):
	case bytes.HasPrefix(p, []byte("\xFE\xFF")):
		endian = unicode.BigEndian
	case len(p) > 7 && p[1] == 0 && p[3] == 0 && p[5] == 0 && p[0] != 0 && p[2] != 0:
	case len(p) > 7 && p[0] == 0 && p[2] == 0 && p[4] == 0 && p[1] != 0 && p[3] != 0:
		endian = unicode.BigEndian
	default:
		p = bytes.TrimPrefix(p, []byte("\xEF\xBB\xBF"))
		if utf8.Valid(p) {
			return string(p)
		}
		return latin1(p)
	}
	out, err := unicode.UTF16(endian, unicode.UseBOM).NewDecoder().Bytes(p[:len(p)&^1])
	if err != nil {
		return latin1(p)
	}
	return string(out)
}

// latin1 reads bytes as ISO 8859-1, but for those which are valid UTF-8.
func latin1(p []byte) string {
	var b strings.Builder
	b.Grow(len(p) + len(p)/8)
	for len(p) > 0 {
		if r, n := utf8.DecodeRune(p); r != utf8.RuneError || n > 1 {
			b.Write(p[:n])
			p = p[n:]
			continue
		}
		b.WriteRune(rune(p[0]))
		p = p[1:]
	}
	return b.String()
}

// textNames are the extensions whose text is opened by a program of its own.
var textNames = map[string]Type{
	"js": "js", "jse": "jse", "mjs": "js", "vbs": "vbs", "vbe": "vbe", "wsf": "wsf", "wsc": "wsc", "ws": "wsf", "sct": "wsc", "hta": "hta", "ps1": "ps1", "psm1": "ps1", "psd1": "ps1", "ps1xml": "ps1",
	"ps2": "ps1", "psc1": "ps1", "psc2": "ps1", "msh": "ps1", "bat": "bat", "cmd": "bat", "sh": "sh", "bash": "sh", "csh": "sh", "ksh": "sh", "command": "sh", "py": "py", "pyw": "py", "pl": "pl", "rb": "rb", "php": "php", "au3": "au3", "ahk": "ahk",
	"applescript": "applescript", "scpt": "applescript", "reg": "reg", "inf": "inf", "jnlp": "jnlp", "url": "url", "website": "url", "webloc": "webloc", "desktop": "desktop", "scf": "scf",
	"library-ms": "library-ms", "search-ms": "search-ms", "searchconnector-ms": "searchconnector-ms", "settingcontent-ms": "settingcontent-ms", "msc": "msc", "application": "application",
	"appref-ms": "appref-ms", "appinstaller": "appinstaller", "theme": "theme", "rdp": "rdp", "iqy": "iqy", "slk": "slk", "ics": "ics", "vcs": "ics", "vcf": "vcf", "vcard": "vcf",
	"html": "html", "htm": "html", "shtml": "html", "shtm": "html", "xhtml": "html", "xht": "html", "svg": "svg", "mht": "mht", "mhtml": "mht", "eml": "eml", "csv": "csv", "tsv": "csv", "css": "css", "json": "json",
	"xml": "xml", "rtf": "rtf", "md": "txt", "log": "txt", "txt": "txt", "ini": "txt", "yml": "txt", "yaml": "txt", "asc": "txt", "pem": "txt", "xsl": "xsl", "xslt": "xsl",
}

var (
	htmlStart = regexp.MustCompile(`(?is)^(\s|<!--.*?-->|<\?xml[^>]*>)*<(!doctype\s+html|html|head|body|script|meta|iframe|title|style|table|div|center|form|base|img|a\s|p[\s>]|h[1-6])`)
	svgStart  = regexp.MustCompile(`(?is)^(\s|<!--.*?-->|<\?xml[^>]*>|<!doctype\s+svg[^\[>]*(\[.*?\])?\s*>)*<(svg:)?svg[\s>]`)
	mailStart = regexp.MustCompile(`(?i)^((received|return-path|from|to|cc|subject|date|message-id|mime-version|content-type|x-[a-z-]+|delivered-to|reply-to|dkim-signature|authentication-results|arc-[a-z-]+|sender|list-[a-z-]+):[^\n]*\n([ \t][^\n]*\n)*){3}`)
	wsfStart  = regexp.MustCompile(`(?is)^\s*(<\?xml[^>]*>\s*)?<(job|package)[\s>].*<script`)
)

// textType tells what opens a text: its own beginning where that is plain, and
// else its extension.
func textType(text, ext string) Type {
	start := strings.TrimLeft(text[:min(len(text), 4096)], " \t\r\n")
	upper := strings.ToUpper(start[:min(len(start), 64)])
	named := textNames[ext]
	switch {
	case named != "" && (named.IsScript() || named.IsShortcut() || named.IsLauncher() || named == "appinstaller"):
		return named
	case strings.HasPrefix(upper, "BEGIN:VCALENDAR"):
		return "ics"
	case strings.HasPrefix(upper, "BEGIN:VCARD"):
		return "vcf"
	case strings.HasPrefix(upper, "[INTERNETSHORTCUT]"), strings.HasPrefix(upper, "[{000214A0-"):
		return "url"
	case strings.HasPrefix(start, "ID;P") && strings.Contains(start, "\n"):
		return "slk"
	case strings.HasPrefix(upper, "WINDOWS REGISTRY EDITOR"), strings.HasPrefix(start, "REGEDIT4"):
		return "reg"
	case strings.HasPrefix(start, "#!"):
		return "sh"
	case strings.HasPrefix(upper, "MIME-VERSION:") && strings.Contains(text, "multipart/related"), named == "mht":
		return "mht"
	case mailStart.MatchString(start):
		return "eml"
	case strings.HasPrefix(start, "<"):
		if t := xmlType(text); t != "" {
			return t
		}
	}
	if named == "rtf" {
		return "txt" // not one: it would begin with {\rt
	}
	if named == "" {
		return "txt"
	}
	return named
}

// xmlType tells the kinds of markup by their root.
func xmlType(text string) Type {
	head := text[:min(len(text), 8192)]
	switch {
	case svgStart.MatchString(head):
		return "svg"
	case htmlStart.MatchString(head):
		return "html"
	case wsfStart.MatchString(head):
		return "wsf"
	case strings.Contains(head, "<libraryDescription"):
		return "library-ms"
	case strings.Contains(head, "<searchConnectorDescription"):
		return "searchconnector-ms"
	case strings.Contains(head, "<PCSettings"):
		return "settingcontent-ms"
	case strings.Contains(head, "<MMC_ConsoleFile"):
		return "msc"
	case strings.Contains(head, "mso-application") || strings.Contains(head, "<w:wordDocument") || strings.Contains(head, "<pkg:package"):
		return "wordml"
	case strings.Contains(head, "<scriptlet") || strings.Contains(head, "<component") && strings.Contains(text, "<script"):
		return "wsc"
	case strings.Contains(head, "<jnlp"):
		return "jnlp"
	case strings.Contains(head, "<plist"):
		return "webloc"
	}
	return ""
}

// Extension gives the last extension of a name in lower case, without its dot,
// and without the dots and spaces that Windows drops from the end.
func Extension(name string) string {
	name = strings.TrimRight(baseName(name), ". \u00A0\u3000\t\r\n")
	ext := path.Ext(name)
	return strings.ToLower(strings.TrimPrefix(ext, "."))
}

// baseName gives what stands behind the last separator of folders.
func baseName(name string) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		return name[i+1:]
	}
	return name
}
