package mail

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"strings"
	"testing"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content"
)

func fresh() *budget.Budget { return budget.New(context.Background(), budget.Default()) }

// readText reads a message that is written with LF, sent with CR LF.
func readText(t *testing.T, text string) (*Message, []Part) {
	t.Helper()
	raw := strings.ReplaceAll(text, "\n", "\r\n")
	m, parts, err := Read(fresh(), strings.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return m, parts
}

func contents(t *testing.T, p Part) string {
	t.Helper()
	b, err := io.ReadAll(p.Open())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func hasProblem(problems []budget.Problem, r budget.Reason) bool {
	for _, p := range problems {
		if p.Reason == r {
			return true
		}
	}
	return false
}

// TestBodies holds what a person sees of each kind of message.
func TestBodies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, visible string }{
		{"plain", "From: a@b.example\nSubject: x\n\nHello\nthere", "Hello\nthere"},
		{"no header at all", "\nHello", "Hello"},
		{"nothing but a header", "From: a@b.example\nSubject: x", ""},
		{"a mailbox file's first line", "From a@b.example Thu Jan  1 00:00:00 2026\nSubject: x\n\nHello", "Hello"},
		{"a mark of the byte order", "\xef\xbb\xbfContent-Type: text/html\n\n<b>Hi", "Hi"},
		{"no empty line before the body", "Subject: x\nHello there\nAnd more", "Hello there\nAnd more"},
		{"a line within the header that is no field", "Subject: x\ngarbage\nContent-Type: text/html\n\n<b>Hi</b>", "Hi"},
		{"html", "Content-Type: text/html\n\n<p>One<p>Two", "One\nTwo"},
		{"quoted-printable", "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\ncaf=C3=A9 =\nau lait=", "café au lait"},
		{"base64 with garbage", "Content-Transfer-Encoding: base64\n\nSGVs!bG8g\n**dGhlcmU=", "Hello there"},
		{"base64 in two pieces", "Content-Transfer-Encoding: base64\n\nSGVsbG8=\nIHRoZXJl", "Hello there"},
		{"base64 without padding", "Content-Transfer-Encoding: BASE64\n\nSGVsbG8", "Hello"},
		{"iso-8859-1", "Content-Type: text/plain; charset=iso-8859-1\n\ncaf\xe9 \x80", "café €"},
		{"a charset in the page alone", "Content-Type: text/html\n\n<meta charset=iso-8859-2><p>\xb1", "ą"},
		{"bytes without a charset", "Content-Type: text/plain\n\ncaf\xe9", "café"},
		{"UTF-8 without a charset", "Content-Type: text/plain\n\ncafé", "café"},
		{"gb18030", "Content-Type: text/plain; charset=gb18030\n\n\xc4\xe3\xba\xc3", "你好"},
		{"iso-2022-jp", "Content-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B$3$s\x1b(B", "こん"},
		{"utf-7", "Content-Type: text/plain; charset=utf-7\n\nHi +AOk-! 1 +- 1", "Hi é! 1 + 1"},
		{"utf-16", "Content-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte("H\x00i\x00")), "Hi"},
		{"flowed", "Content-Type: text/plain; format=flowed\n\nOne \ntwo\n> quoted \n> on\n-- \nme", "One two\n> quoted on\n-- \nme"},
		{"flowed without the space", "Content-Type: text/plain; format=flowed; delsp=yes\n\nOne \ntwo", "Onetwo"},
		{"enriched", "Content-Type: text/enriched\n\n<bold>Hi</bold> <<you", "Hi <you"},
		{"alternative", "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nplain\n--b\nContent-Type: text/html\n\n<i>rich</i>\n--b--", "rich"},
		{"alternative with an empty line too many", "Content-Type: multipart/alternative; boundary=b\n\n\n\n--b\n\nplain\n--b--\n", "plain"},
		{"a list's footer", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<i>rich</i>\n--b\n\nfooter\n--b--", "rich\nfooter"},
		{"no closing delimiter", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHello", "Hello"},
		{"white space behind the delimiter", "Content-Type: multipart/mixed; boundary=b\n\n--b \t\n\nHello\n--b--\t", "Hello"},
		{"no boundary", "Content-Type: multipart/mixed\n\n--xyz\nContent-Type: text/html\n\n<b>Hi</b>\n--xyz--", "Hi"},
		{"another boundary", "Content-Type: multipart/mixed; boundary=abc\n\n--xyz\nContent-Type: text/html\n\n<b>Hi</b>\n--xyz--", "Hi"},
		{"no parts", "Content-Type: multipart/mixed; boundary=abc\n\nHello", "Hello"},
		{"encoded as a whole", "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n" +
			base64.StdEncoding.EncodeToString([]byte("--b\r\nContent-Type: text/html\r\n\r\n<b>Hi</b>\r\n--b--\r\n")), "Hi"},
		{"boundaries of which one begins with the other", "Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\nContent-Type: multipart/alternative; boundary=\"bb\"\n\n" +
			"--bb\n\nplain\n--bb\nContent-Type: text/html\n\n<b>Hi</b>\n--bb--\n--b--", "Hi"},
		{"a boundary in pieces", "Content-Type: multipart/mixed; boundary*0=ab; boundary*1=cd\n\n--abcd\nContent-Type: text/html\n\n<b>Hi</b>\n--abcd--", "Hi"},
		{"an unknown encoding", "Content-Transfer-Encoding: 8-bits\n\nHello", "Hello"},
		{"a type that is none", "Content-Type: text\n\nHello", "Hello"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, _ := readText(t, c.text)
			if got := strings.TrimSpace(m.Visible); got != c.visible {
				t.Errorf("%q is seen, not %q", got, c.visible)
			}
		})
	}
}

// TestLineEnds reads the same message with each end of a line.
func TestLineEnds(t *testing.T) {
	t.Parallel()
	text := "From: a@b.example\nSubject: x\n y\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n--b\nContent-Disposition: attachment; filename=a.txt\n\nA\n--b--\n"
	for _, end := range []string{"\n", "\r\n", "\r"} {
		raw := strings.ReplaceAll(text, "\n", end)
		m, parts, err := Read(fresh(), strings.NewReader(raw), int64(len(raw)))
		if err != nil || m.Subject != "x y" || m.Visible != "Hello" || len(parts) != 1 || contents(t, parts[0]) != "A" {
			t.Errorf("%q: %v, subject %q, visible %q, %d parts", end, err, m.Subject, m.Visible, len(parts))
		}
	}
}

// TestParts holds that nothing which a message carries is lost.
func TestParts(t *testing.T) {
	t.Parallel()
	const begin = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n"
	for _, c := range []struct {
		name, text string
		names      string // of the parts
		first      string // the content of the first
		problem    budget.Reason
	}{
		{"base64", begin + "--b\nContent-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nQUJD\n--b--", "a.pdf", "ABC", ""},
		{"the message itself", "Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nQUJD", "a.pdf", "ABC", ""},
		{"a name in RFC 2231", begin + "--b\nContent-Disposition: attachment; filename*=utf-8''%e2%82%ac.pdf\n\nA\n--b--", "€.pdf", "A", ""},
		{"a name in pieces", begin + "--b\nContent-Disposition: attachment; filename*0*=utf-8''%e2%82; filename*1*=%ac.; filename*2=pdf\n\nA\n--b--", "€.pdf", "A", ""},
		{"a name in RFC 2047", begin + "--b\nContent-Disposition: attachment; filename=\"=?utf-8?B?4oKsLnBkZg==?=\"\n\nA\n--b--", "€.pdf", "A", ""},
		{"a name without quotes", begin + "--b\nContent-Disposition: attachment; filename=my file.pdf\n\nA\n--b--", "my file.pdf", "A", ""},
		{"a quote without an end", begin + "--b\nContent-Disposition: attachment; filename=\"a.pdf\n\nA\n--b--", "a.pdf", "A", ""},
		{"two names", begin + "--b\nContent-Type: application/x; name=a.txt\nContent-Disposition: attachment; filename=a.exe\n\nA\n--b--", "a.exe a.txt", "A", ""},
		{"two names of one kind", begin + "--b\nContent-Type: application/x; name=b.EXE\nContent-Disposition: attachment; filename=a.exe\n\nA\n--b--", "a.exe", "A", ""},
		{"two dispositions", begin + "--b\nContent-Disposition: attachment; filename=a.txt\nContent-Disposition: attachment; filename=a.exe\n\nA\n--b--", "a.txt a.exe", "A", budget.Damaged},
		{"two types", begin + "--b\nContent-Type: text/plain\nContent-Type: application/zip; name=a.zip\n\nA\n--b--", "a.zip", "A", budget.Damaged},
		{"behind the closing delimiter", begin + "--b--\n--b\nContent-Disposition: attachment; filename=a.exe\n\nA\n--b--", "a.exe", "A", budget.Damaged},
		{"after the end, with another boundary", begin + "--b--\n\n--c\nContent-Disposition: attachment; filename=a.exe\n\n" + strings.Repeat("A", 80) + "\n--c--", "behind the last part",
			"", budget.Damaged},
		{"before the beginning", "Content-Type: multipart/mixed; boundary=b\n\n--c\nContent-Disposition: attachment; filename=a.exe\n\n" + strings.Repeat("A", 80) + "\n--c--\n--b\n\nHello\n--b--",
			"before the first part", "", budget.Damaged},
		{"two boundaries in one field", "Content-Type: multipart/mixed; boundary=a; boundary=b\n\n--b\n\nHello\n--b\nContent-Disposition: attachment; filename=a.exe\n\nA\n--b--", "a.exe", "A", ""},
		{"a boundary with something behind it", "Content-Type: multipart/mixed; boundary=b\n\n--bX\n\nHello\n--bX\nContent-Disposition: attachment; filename=a.exe\n\nA\n--bX--", "a.exe", "A", budget.Damaged},
		{"uuencode", "Subject: x\n\nSee:\nbegin 644 a.txt\n#04)#\n`\nend\nBye", "a.txt", "ABC", ""},
		{"uuencode without an end", "Subject: x\n\nSee:\nbegin 644 a.txt\n#04)#", "a.txt", "ABC", budget.Damaged},
		{"uuencode as an encoding", begin + "--b\nContent-Transfer-Encoding: x-uuencode\nContent-Disposition: attachment; filename=a.txt\n\nbegin 644 a.txt\n#04)#\n`\nend\n--b--", "a.txt", "ABC", ""},
		{"an HTML attachment", begin + "--b\nContent-Type: text/html; name=a.htm\nContent-Disposition: attachment\n\n<b>A\n--b--", "a.htm", "<b>A", ""},
		{"a text with a name is both", "Content-Type: text/html; name=a.htm\n\n<b>A", "a.htm", "<b>A", ""},
		{"TNEF", begin + "--b\nContent-Type: application/ms-tnef; name=winmail.dat\n\nA\n--b--", "winmail.dat", "A", ""},
		{"a part of a signature", begin + "--b\nContent-Type: application/pkcs7-signature; name=smime.p7s\n\nA\n--b--", "smime.p7s", "A", ""},
		{"a fragment", "Content-Type: message/partial; id=x; number=1\n\nA", " ", "A", budget.Unknown},
		{"content elsewhere", begin + "--b\nContent-Type: message/external-body; access-type=URL; URL=\"https://a.example/x\"\n\nA\n--b--", " ", "A", budget.Unknown},
		{"an encoding that nobody knows", begin + "--b\nContent-Transfer-Encoding: x-yenc\nContent-Disposition: attachment; filename=a\n\nA\n--b--", "a", "A", budget.Unknown},
		{"PGP", "Content-Type: multipart/encrypted; boundary=b\n\n--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b\nContent-Type: application/octet-stream; name=e.asc\n\nA\n--b--",
			"  e.asc", "Version: 1", budget.Encrypted},
		{"PGP in the text", "Subject: x\n\n-----BEGIN PGP MESSAGE-----\n\nxxx\n-----END PGP MESSAGE-----", "", "", budget.Encrypted},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, parts := readText(t, c.text)
			var names []string
			for _, p := range parts {
				names = append(names, p.Name)
			}
			if got := strings.Join(names, " "); strings.TrimSpace(got) != strings.TrimSpace(c.names) {
				t.Errorf("parts %q, not %q", got, c.names)
			}
			if len(parts) > 0 && c.first != "" {
				if got := contents(t, parts[0]); got != c.first {
					t.Errorf("the first holds %q, not %q", got, c.first)
				}
			}
			if c.problem != "" && !hasProblem(m.Problems, c.problem) || c.problem == "" && len(m.Problems) > 0 {
				t.Errorf("problems %v, not %q", m.Problems, c.problem)
			}
		})
	}
}

func TestAttachedMessage(t *testing.T) {
	t.Parallel()
	inner := "From: Jane <jane@a.example>\nSubject: inner\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nSee https://a.example/x\n--c\nContent-Disposition: attachment; filename=a.zip\n\nA\n--c--\n"
	plain := "--b\nContent-Type: message/rfc822\nContent-Disposition: attachment; filename=fwd.eml\n\n" + inner
	encoded := "--b\nContent-Type: message/rfc822\nContent-Disposition: attachment; filename=fwd.eml\nContent-Transfer-Encoding: base64\n\n" +
		base64.StdEncoding.EncodeToString([]byte(inner)) + "\n"
	for name, part := range map[string]string{"plain": plain, "base64": encoded} {
		m, parts := readText(t, "Subject: outer\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n"+part+"--b--\n")
		if len(m.Items) != 1 || len(parts) != 1 || m.Visible != "Hello" {
			t.Fatalf("%s: %d items, %d parts, visible %q", name, len(m.Items), len(parts), m.Visible)
		}
		item := m.Items[0]
		if item.Type != "eml" || item.Name != "fwd.eml" || !strings.Contains(item.Text, "Subject: inner") || !strings.Contains(item.Text, "See https") {
			t.Errorf("%s: item %+v", name, item)
		}
		if len(item.Links) != 1 || item.Links[0].URL != "https://a.example/x" || item.Links[0].Where != "fwd.eml" || len(m.Links) != 0 {
			t.Errorf("%s: links %v, of the message %v", name, item.Links, m.Links)
		}
		p := parts[0]
		if p.Parent != item || p.Path != "fwd.eml > a.zip" || p.Depth != 1 || contents(t, p) != "A" {
			t.Errorf("%s: part %+v", name, p)
		}
	}
}

func TestAttachedInSomethingElse(t *testing.T) {
	t.Parallel()
	raw := []byte("Subject: in a zip\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nHello\n--c\nContent-Disposition: attachment; filename=a.exe\n\nA\n--c--\n")
	item := &content.Item{Path: "a.zip > b.eml"}
	parts, err := Attached(fresh(), held(raw), item, 2)
	if err != nil || len(parts) != 1 || parts[0].Parent != item || parts[0].Depth != 3 || parts[0].Path != "a.zip > b.eml > a.exe" {
		t.Errorf("%v, %+v", err, parts)
	}
	if !strings.Contains(item.Text, "Hello") {
		t.Errorf("text %q", item.Text)
	}
	item = &content.Item{}
	if _, err := Attached(fresh(), held(raw), item, 99); err != nil || !hasProblem(item.Problems, budget.TooDeep) {
		t.Errorf("%v, %v", err, item.Problems)
	}
}

func TestInlineImages(t *testing.T) {
	t.Parallel()
	m, parts := readText(t, "Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n<img src=\"cid:one\">\n"+
		"--b\nContent-Type: image/png; name=1.png\nContent-ID: <one>\n\nA\n--b\nContent-Type: image/png; name=2.png\nContent-ID: <two>\n\nB\n--b--")
	if len(parts) != 2 || !parts[0].Inline || parts[1].Inline || len(m.Items) != 0 {
		t.Errorf("parts %+v", parts)
	}
}

func TestSMIME(t *testing.T) {
	t.Parallel()
	inner := []byte("Content-Type: multipart/mixed; boundary=c\n\n--c\n\nHello\n--c\nContent-Disposition: attachment; filename=a.exe\n\nA\n--c--\n")
	whole := der(0x04, inner)
	pieces := append([]byte{0x24, 0x80}, append(append(der(0x04, inner[:50]), der(0x04, inner[50:])...), 0, 0)...)
	signed := func(octets []byte) []byte {
		return cms(oidSigned, der(0x02, []byte{1}), der(0x31, nil), der(0x30, der(0x06, []byte("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01")), der(0xa0, octets)))
	}
	for _, c := range []struct {
		name, declared string
		raw            []byte
		visible        string
		problem        budget.Reason
	}{
		{"signed", "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", signed(whole), "Hello", ""},
		{"in pieces", "application/x-pkcs7-mime; name=smime.p7m", signed(pieces), "Hello", ""},
		{"known by its name only", "application/octet-stream; name=smime.p7m", signed(whole), "Hello", ""},
		{"encrypted", "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", cms(oidEnveloped, der(0x02, []byte{0})), "", budget.Encrypted},
		{"garbage", "application/pkcs7-mime; name=smime.p7m", []byte("no such thing"), "", budget.Damaged},
	} {
		m, parts := readText(t, "Subject: x\nContent-Type: "+c.declared+"\nContent-Transfer-Encoding: base64\n\n"+base64.StdEncoding.EncodeToString(c.raw))
		if m.Visible != c.visible || len(parts) != 1 {
			t.Errorf("%s: %q is seen, %d parts", c.name, m.Visible, len(parts))
		}
		if c.problem != "" && !hasProblem(m.Problems, c.problem) || c.problem == "" && len(m.Problems) > 0 {
			t.Errorf("%s: problems %v", c.name, m.Problems)
		}
	}
}

func der(tag byte, parts ...[]byte) []byte {
	content := bytes.Join(parts, nil)
	return append([]byte{tag, 0x82, byte(len(content) >> 8), byte(len(content))}, content...)
}

func cms(oid string, parts ...[]byte) []byte {
	return der(0x30, der(0x06, []byte(oid)), der(0xa0, der(0x30, parts...)))
}
