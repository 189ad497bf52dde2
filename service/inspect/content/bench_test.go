package content_test

import (
	"bytes"
	"image/png"
	"os"
	"testing"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content"
	ct "cloudappsecurity/service/inspect/content/contenttest"
)

// BenchmarkInspect measures what messages carry most.
func BenchmarkInspect(b *testing.B) {
	read := func(name string) []byte {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			b.Fatal(err)
		}
		return data
	}
	var code bytes.Buffer
	if err := png.Encode(&code, ct.QR("https://example.com/")); err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"a.pdf", read("letter.pdf")}, {"a.docx", read("letter.docx")}, {"a.doc", read("letter.doc")}, {"a.xlsx", read("table.xlsx")}, {"qr.png", code.Bytes()},
		{"a.zip", ct.Zip(ct.File{Name: "a.txt", Data: "hello"}, ct.File{Name: "a.exe", Data: ct.Program(false)})}, {"a.html", []byte("<html><body><p>Hello <a href='https://example.com'>there</a></p></body></html>")},
		{"a.exe", bytes.Repeat([]byte(ct.Program(false)), 10_000)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.data)))
			for b.Loop() {
				content.Inspect(budget.New(b.Context(), budget.Default()), content.Bytes(c.data), content.Input{Name: c.name}, content.Options{})
			}
		})
	}
}
