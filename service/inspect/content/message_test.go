package content_test

import (
	"slices"
	"strings"
	"testing"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content"
	ct "cloudappsecurity/service/inspect/content/contenttest"
	"cloudappsecurity/service/inspect/content/ole/oletest"
	"cloudappsecurity/service/inspect/mail"
)

// attached reads attached messages as the engine does.
func attached(b *budget.Budget, src content.Source, item *content.Item, depth int, o content.Options) error {
	parts, err := mail.Attached(b, src, item, depth)
	for _, p := range parts {
		child := content.Inspect(b, p, content.Input{Name: p.Name, Path: p.Path, Declared: p.Declared, Inline: p.Inline, Depth: p.Depth + 1}, o)
		p.Parent.Children = append(p.Parent.Children, child)
	}
	return err
}

func TestMessages(t *testing.T) {
	t.Parallel()
	eml := strings.ReplaceAll("From: a@example.com\nTo: b@example.com\nSubject: Report\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html\n\n<p>See <a href=\"https://example.com/r\">it</a></p>\n--x\n"+
		"Content-Type: application/octet-stream; name=run.js\nContent-Disposition: attachment; filename=run.js\n\nnew ActiveXObject('WScript.Shell')\n--x--\n", "\n", "\r\n")
	msg := oletest.File(oletest.Message("Report", "See https://example.com/r", "run.js", "new ActiveXObject('WScript.Shell')"))
	for _, c := range []struct {
		name  string
		data  []byte
		types []string
	}{
		{"a.eml", []byte(eml), []string{"eml", "js"}},
		{"a.zip", ct.Zip(ct.File{Name: "a.eml", Data: eml}), []string{"zip", "eml", "js"}},
		{"a.msg", msg, []string{"msg", "js"}},
		{"a.zip", ct.Zip(ct.File{Name: "a.msg", Data: string(msg)}), []string{"zip", "msg", "js"}},
	} {
		item := content.Inspect(budget.New(t.Context(), budget.Default()), content.Bytes(c.data), content.Input{Name: c.name}, content.Options{Message: attached})
		if got := types(item); !slices.Equal(got, c.types) {
			t.Errorf("%s: types %v, problems %v", c.name, got, problems(item))
		}
		if !slices.ContainsFunc(urls(item), func(u string) bool { return strings.HasPrefix(u, "https://example.com/r @") }) || len(problems(item)) > 0 {
			t.Errorf("%s: links %q, problems %v", c.name, urls(item), problems(item))
		}
	}
}

// TestSmallFormats holds what shortcuts, invitations and wrapped attachments tell.
func TestSmallFormats(t *testing.T) {
	t.Parallel()
	tnef := func(attrs ...string) []byte { return []byte("\x78\x9F\x3E\x22\x01\x00" + strings.Join(attrs, "")) }
	attr := func(level byte, id, data string) string {
		n := len(data)
		return string([]byte{level}) + id + string([]byte{byte(n), byte(n >> 8), 0, 0}) + data + "\x00\x00"
	}
	for _, c := range []struct {
		name  string
		data  []byte
		types []string
		want  []string // among links, facts' details and lines of text
	}{
		{"a.lnk", []byte(ct.Shortcut(`C:\Windows\System32\cmd.exe`, "/c start https://example.com/x")), []string{"lnk"}, []string{`C:\Windows\System32\cmd.exe`, "/c start https://example.com/x", "https://example.com/x"}},
		{"a.url", []byte("[InternetShortcut]\r\nURL=https://example.com/u\r\n"), []string{"url"}, []string{"https://example.com/u"}},
		{"a.ics", []byte("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Team\\, all\r\nDESCRIPTION:Join at https://exam\r\n ple.com/meet\\nnow\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"), []string{"ics"}, []string{"https://example.com/meet", "Team, all"}},
		{"a.ics", []byte("BEGIN:VCALENDAR\r\nATTACH;FILENAME=run.js;ENCODING=BASE64;VALUE=BINARY:bmV3IEFjdGl2ZVhPYmplY3QoMSk=\r\nEND:VCALENDAR\r\n"), []string{"ics", "js"}, []string{"activexobject"}},
		{"a.vcf", []byte("BEGIN:VCARD\r\nFN:Ann\r\nURL:https://example.com/v\r\nEND:VCARD\r\n"), []string{"vcf"}, []string{"https://example.com/v", "Ann"}},
		{"winmail.dat", tnef(attr(1, "\x04\x80\x01\x00", "Hello\x00"), attr(2, "\x02\x90\x06\x00", strings.Repeat("\x00", 14)), attr(2, "\x10\x80\x01\x00", "run.js\x00"), attr(2, "\x0F\x80\x06\x00", "new ActiveXObject(1)")), []string{"tnef", "js"}, []string{"Hello", "activexobject"}},
		{"a.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><a xlink:href="https://example.com/s?a=1&amp;b=2"><text>Open</text></a></svg>`), []string{"svg"}, []string{"https://example.com/s?a=1&b=2"}},
		{"a.wsf", []byte(`<job><script language="VBScript">CreateObject("WScript.Shell")</script></job>`), []string{"wsf"}, []string{"wscript.shell"}},
		{"noname", []byte("<html><body>Hi</body></html>"), []string{"html"}, []string{"Hi"}},
		{"a.xml", []byte(`<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument><w:p><w:r><w:t>Hi</w:t></w:r></w:p></w:wordDocument>`), []string{"wordml"}, []string{"Hi"}},
	} {
		item := inspect(t, c.name, c.data)
		if got := types(item); !slices.Equal(got, c.types) || len(problems(item)) > 0 {
			t.Errorf("%s: types %v, problems %v", c.name, got, problems(item))
		}
		var all []string
		content.Walk([]*content.Item{item}, func(i *content.Item) {
			all = append(all, strings.Split(i.Text, "\n")...)
			for _, f := range i.Facts {
				all = append(all, f.Detail)
			}
			for _, l := range i.Links {
				all = append(all, l.URL)
			}
		})
		for _, w := range c.want {
			if !slices.Contains(all, w) {
				t.Errorf("%s: no %q in %q", c.name, w, all)
			}
		}
	}
}
