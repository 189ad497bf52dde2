package mail

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"cloudappsecurity/service/inspect/content"
)

// FuzzRead holds that no message makes the reader fail, hang or give text that
// isn't UTF-8, and that each part can be read and comes from the message.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"From: a@b.example\r\nSubject: =?utf-8?Q?a?=\r\n\r\nHello https://a.example/",
		"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=\"bb\"\n\n--bb\n\nx\n--bb\nContent-Type: text/html\n\n<a href=x>y</a>\n--bb--\n--b\n" +
			"Content-Type: message/rfc822\n\nSubject: x\n\ny\n--b\nContent-Disposition: attachment; filename*0*=utf-8''a%20; filename*1=b.zip\nContent-Transfer-Encoding: base64\n\nQUJD\n--b--\n",
		"Content-Type: text/plain; charset=utf-7; format=flowed\n\n+AOk- \nbegin 644 a\n#04)#\n`\nend\n",
		"Content-Type: application/pkcs7-mime\nContent-Transfer-Encoding: base64\n\nMIAGCSqGSIb3DQEHAqCAMIACAQExAA==\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, parts, err := Read(fresh(), bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			t.Fatal(err)
		}
		valid := func(what, s string) {
			if !utf8.ValidString(s) {
				t.Errorf("%s isn't UTF-8", what)
			}
		}
		valid("Subject", m.Subject)
		valid("Text", m.Text)
		valid("Visible", m.Visible)
		for _, a := range m.From {
			valid("a name", a.Name)
			valid("an address", a.Address)
		}
		for _, l := range m.Links {
			valid("a link", l.URL)
			valid("its text", l.Text)
		}
		content.Walk(m.Items, func(i *content.Item) { valid("an item's text", i.Text) })
		for _, p := range parts {
			valid("a part's name", p.Name)
			valid("its path", p.Path)
			n, err := io.Copy(io.Discard, p.Open())
			if err != nil || n > 32*int64(len(raw)) { // a line of uuencode may leave out its zeros
				t.Errorf("a part of %d bytes in a message of %d: %v", n, len(raw), err)
			}
		}
		if len(m.Visible) > 3*len(raw)+100 && m.HTML == nil {
			t.Errorf("%d bytes are seen of %d", len(m.Visible), len(raw))
		}
	})
}

// TestWindows holds that a message which isn't held is read as one that is.
func TestWindows(t *testing.T) {
	t.Parallel()
	text := []byte("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n")
	for i := range 40 {
		text = append(text, "--b\nContent-Disposition: attachment; filename=a.bin\nContent-Transfer-Encoding: base64\n\n"...)
		text = append(text, bytes.Repeat([]byte("QUJD\n"), 10007+i)...)
	}
	text = append(text, "--b--\n"...)
	if len(text) <= heldSize {
		t.Fatal("too small")
	}
	m, parts, err := Read(fresh(), bytes.NewReader(text), int64(len(text)))
	if err != nil || len(parts) != 40 || m.Visible != "Hello" {
		t.Fatalf("%v, %d parts, %q", err, len(parts), m.Visible)
	}
	for i, p := range parts {
		if got := contents(t, p); len(got) != 3*(10007+i) {
			t.Errorf("part %d has %d bytes", i, len(got))
		}
	}
}

// TestDevelopmentMail reads the messages that were written by hand: each shows
// something, and nothing in them is a problem.
func TestDevelopmentMail(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../testdata/dev/*/*.eml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, parts, err := Read(fresh(), bytes.NewReader(raw), int64(len(raw)))
		if err != nil || len(m.Problems) > 0 || len(m.From) == 0 || m.Date.IsZero() {
			t.Errorf("%s: %v, problems %v, from %v, date %v", filepath.Base(file), err, m.Problems, m.From, m.Date)
		}
		if m.Visible == "" && len(m.Links) == 0 && len(parts) == 0 {
			t.Errorf("%s shows nothing", filepath.Base(file))
		}
	}
}
