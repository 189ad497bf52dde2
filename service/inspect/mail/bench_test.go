package mail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"runtime"
	"strings"
	"testing"

	_ "github.com/emersion/go-message/charset"
	gomail "github.com/emersion/go-message/mail"
	"github.com/jhillyerd/enmime/v2"
	"mvdan.cc/xurls/v2"
)

// typical is a message of about 5 KB, as shops and services send them.
func typical() []byte {
	var page bytes.Buffer
	w := quotedprintable.NewWriter(&page)
	fmt.Fprint(w, `<html><head><style>.btn{background:#0a7;color:#fff}.pre{display:none}</style></head><body style="margin:0"><div class="pre">Your order is on its way</div>`)
	for i := range 9 {
		fmt.Fprintf(w, `<table width="600" bgcolor="#ffffff"><tr><td style="font-family:Arial;font-size:14px;color:#333">Line %d of your order — größer &amp; better</td>`+
			`<td><a class="btn" href="https://shop.example/track?id=%d&amp;u=42">Track it</a><img src="https://shop.example/i/%d.png" width="20" height="20" alt="item"></td></tr></table>`, i, i, i)
	}
	fmt.Fprint(w, "</body></html>")
	w.Close()
	text := `Received: from mx.shop.example (192.0.2.1) by AM5EUR02FT010.mail.protection.outlook.com (10.152.0.1) with Microsoft SMTP Server id 15.20; Thu, 1 Jan 2026 10:00:01 +0000
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s1; h=from:to:subject:date; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJl
From: =?utf-8?Q?Shop_Gr=C3=B6=C3=9Fer?= <orders@shop.example>
To: Jane Doe <jane@contoso.example>
Subject: =?utf-8?B?WW91ciBvcmRlciBpcyBvbiBpdHMgd2F5IOKckw==?=
Date: Thu, 1 Jan 2026 10:00:00 +0000
Message-ID: <1@shop.example>
List-Unsubscribe: <https://shop.example/u>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_b1"

--=_b1
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Your order is on its way. Track it: https://shop.example/track?id=3D1

--=_b1
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

` + page.String() + "\n--=_b1--\n"
	return []byte(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n"))
}

// BenchmarkRead reads the same message with this package, which also reads the
// HTML and finds the links, and with two libraries, which take apart the MIME
// alone.
func BenchmarkRead(b *testing.B) {
	raw := typical()
	b.Run("mail", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		b.ReportAllocs()
		for b.Loop() {
			if m, _, err := Read(fresh(), bytes.NewReader(raw), int64(len(raw))); err != nil || len(m.Links) < 9 {
				b.Fatal(err, m.Links)
			}
		}
	})
	b.Run("enmime", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		b.ReportAllocs()
		for b.Loop() {
			if e, err := enmime.ReadEnvelope(bytes.NewReader(raw)); err != nil || e.HTML == "" {
				b.Fatal(err)
			}
		}
	})
	b.Run("go-message", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		b.ReportAllocs()
		for b.Loop() {
			goMessage(b, raw)
		}
	})
}

func goMessage(b *testing.B, raw []byte) {
	r, err := gomail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		b.Fatal(err)
	}
	for {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, p.Body); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkURLs finds the addresses of a text, with this package and with
// xurls.
func BenchmarkURLs(b *testing.B) {
	text := strings.Repeat("Some words, as people write them: see https://a.example/x?y=z or www.b.example. And then some more.\n", 50)
	b.Run("mail", func(b *testing.B) {
		for b.Loop() {
			findURLs(text, func(string) bool { return true })
		}
	})
	strict := xurls.Strict()
	b.Run("xurls", func(b *testing.B) {
		for b.Loop() {
			strict.FindAllStringIndex(text, -1)
		}
	})
}

// TestAgainstXurls holds that what xurls finds is found here as well.
func TestAgainstXurls(t *testing.T) {
	t.Parallel()
	relaxed := xurls.Relaxed()
	for _, text := range []string{
		"See https://a.com/x, http://b.org/y?z=1#q; (https://c.net/d(e)) and www.f.com/g.",
		"mailto:a@b.com or <https://b.com/>: \"http://c.com/x y\"",
		"Go to a.com/path or b.co.uk/x now!",
		"http://192.0.2.1/a http://user:pass@a.com:8080/ https://xn--mnchen-3ya.de/",
		"http://münchen.de/ü",
	} {
		want := relaxed.FindAllString(text, -1)
		var got []string
		findURLs(text, func(u string) bool {
			got = append(got, u)
			return true
		})
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q: %q, xurls %q", text, got, want)
		}
	}
}

// BenchmarkLarge reads a message of 150 MB and its one attachment.
func BenchmarkLarge(b *testing.B) {
	at := large(150 << 20)
	for b.Loop() {
		_, parts, err := Read(fresh(), at, at.size)
		if err != nil || len(parts) != 1 {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, parts[0].Open()); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(at.size)
}

// repeated is a message that isn't held anywhere: a head, lines of base64, a
// tail.
type repeated struct {
	head, line, tail string
	body, size       int64
}

func large(size int64) *repeated {
	r := &repeated{head: "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n--b\r\nContent-Disposition: attachment; filename=a.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n",
		line: strings.Repeat("QUJD", 19) + "\r\n", tail: "--b--\r\n"}
	r.body = size / int64(len(r.line)) * int64(len(r.line))
	r.size = int64(len(r.head)) + r.body + int64(len(r.tail))
	return r
}

func (r *repeated) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		var from string
		switch at := off + int64(n); {
		case at < int64(len(r.head)):
			from = r.head[at:]
		case at < int64(len(r.head))+r.body:
			from = r.line[(at-int64(len(r.head)))%int64(len(r.line)):]
		case at < r.size:
			from = r.tail[at-int64(len(r.head))-r.body:]
		default:
			return n, io.EOF
		}
		n += copy(p[n:], from)
	}
	return n, nil
}

// TestLargeIsNotHeld reads 150 MB and counts what was allocated for it.
func TestLargeIsNotHeld(t *testing.T) {
	at := large(150 << 20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, parts, err := Read(fresh(), at, at.size)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; err != nil || len(parts) != 1 || got > 4<<20 {
		t.Fatalf("%v, %d parts, %d bytes were allocated", err, len(parts), got)
	}
	n, err := io.Copy(io.Discard, parts[0].Open())
	if want := at.body / 78 * 57; err != nil || n != want {
		t.Errorf("the attachment has %d bytes, not %d: %v", n, want, err)
	}
}
