package mail

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"
	"testing/iotest"
)

// TestStreams decodes the same at once, in chunks, and byte by byte.
func TestStreams(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("Grüße, 100 % of = and\tmore \r\n", 3000)
	var qp bytes.Buffer
	w := quotedprintable.NewWriter(&qp)
	if _, err := io.WriteString(w, text); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	b64 := base64.StdEncoding.EncodeToString([]byte(text))
	var lines strings.Builder
	for i := 0; i < len(b64); i += 76 {
		lines.WriteString(b64[i:min(i+76, len(b64))] + "\r\n")
	}
	for _, c := range []struct {
		name string
		t    transfer
		in   string
	}{{"base64", base64Transfer, lines.String()}, {"quoted-printable", quotedPrintable, qp.String()}} {
		if got := string(decodeAll([]byte(c.in), c.t)); got != text {
			t.Errorf("%s at once differs", c.name)
		}
		for reader, r := range map[string]io.Reader{"whole": strings.NewReader(c.in), "byte by byte": iotest.OneByteReader(strings.NewReader(c.in)),
			"with its error": iotest.DataErrReader(strings.NewReader(c.in))} {
			got, err := io.ReadAll(newDecoder(r, c.t))
			if err != nil || string(got) != text {
				t.Errorf("%s, %s: %v, %d bytes of %d", c.name, reader, err, len(got), len(text))
			}
		}
	}
	if _, err := io.ReadAll(newDecoder(iotest.ErrReader(io.ErrClosedPipe), base64Transfer)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("an error of the source is lost: %v", err)
	}
}

func TestQuotedPrintable(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a=3D": "a=", "a=3d": "a=", "a=\r\nb": "ab", "a= \t\nb": "ab", "a=\rb": "ab", "a=": "a", "a=4": "a=4", "a=ZZ": "a=ZZ", "a==3D": "a==", "=": "", "= ": "", "=\r": "",
		"a" + strings.Repeat("=", 5): "a====", "=" + strings.Repeat(" ", 20<<10) + "\nb": "b",
	} {
		if got := string(decodeAll([]byte(in), quotedPrintable)); got != want {
			t.Errorf("%.20q: %.20q, not %.20q", in, got, want)
		}
		got, err := io.ReadAll(newDecoder(iotest.OneByteReader(strings.NewReader(in)), quotedPrintable))
		if len(in) < 1000 && (err != nil || string(got) != want) {
			t.Errorf("%.20q byte by byte: %.20q, not %.20q", in, got, want)
		}
	}
}

func TestURLsInText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"See https://a.example/x.":                       "https://a.example/x",
		"(https://a.example/x)":                          "https://a.example/x",
		"https://a.example/x_(y)":                        "https://a.example/x_(y)",
		"<https://a.example/?a=b&c=d>":                   "https://a.example/?a=b&c=d",
		"HTTPS://A.example":                              "HTTPS://A.example",
		"see www.a.example, or a.com/path!":              "www.a.example a.com/path",
		"mailto:a@b.example tel:+1-555-0100":             "mailto:a@b.example tel:+1-555-0100",
		"mail a@b.com and c.d/e on 1.2/3 and report.pdf": "",
		"hxxp://a.example":                               "hxxp://a.example",
		"http://münchen.example/straße ok":               "http://münchen.example/straße",
		"网址：https://a.example/x。":                        "https://a.example/x",
		"http://user@192.0.2.1:8080/a":                   "http://user@192.0.2.1:8080/a",
		"no: thing http:// https":                        "",
		"«https://a.example»":                            "https://a.example",
		"\"https://a.example\"":                          "https://a.example",
		"C:\\dir\\file.com/x":                            "",
		"https://a.example/x https://a.example/x":        "https://a.example/x",
		"Visithttps://a.example":                         "https://a.example",
	} {
		var got []string
		for _, l := range textLinks(nil, in) {
			got = append(got, l.URL)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q: %q, not %q", in, s, want)
		}
	}
}

// TestShownAddress holds that the text of a link is no link of its own.
func TestShownAddress(t *testing.T) {
	t.Parallel()
	m, _ := readText(t, "Content-Type: text/html\n\n<a href=\"https://evil.example/\">https://bank.example/</a> or https://other.example/")
	if len(m.Links) != 2 || m.Links[0].Text != "https://bank.example/" || m.Links[1].URL != "https://other.example/" || m.Links[1].Text != "" {
		t.Errorf("%+v", m.Links)
	}
}
