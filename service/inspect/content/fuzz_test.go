package content_test

import (
	"bytes"
	"context"
	"image/png"
	"testing"
	"time"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content"
	ct "cloudappsecurity/service/inspect/content/contenttest"
	"cloudappsecurity/service/inspect/content/ole/oletest"
)

// fuzz inspects content under a name: it must end in time, without a crash, and
// keep no more than its limits allow.
func fuzz(f *testing.F, name string, seeds ...[]byte) {
	f.Helper()
	for _, s := range seeds {
		f.Add(s)
	}
	limits := budget.Default()
	limits.Bytes, limits.Memory, limits.Entries = 16<<20, 4<<20, 200
	f.Fuzz(func(t *testing.T, data []byte) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		item := content.Inspect(budget.New(ctx, limits), content.Bytes(data), content.Input{Name: name}, content.Options{Passwords: []string{"Secret1"}})
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("took %s", d)
		}
		if item == nil || len(item.Text) > 8<<20 || len(item.Facts) > 200 {
			t.Errorf("kept too much: %d bytes of text, %d facts", len(item.Text), len(item.Facts))
		}
	})
}

func FuzzArchive(f *testing.F) {
	note := ct.File{Name: "a.txt", Data: "hello"}
	fuzz(f, "a.zip", append(fixtures(f, "*.zip", "*.7z", "*.cab", "*.rar", "*.tar.*"), ct.Zip(note), ct.Zip(ct.File{Name: "b.zip", Data: string(ct.Zip(note))}), gz([]byte("hello")))...)
}

func FuzzOLE(f *testing.F) {
	fuzz(f, "a.doc", append(fixtures(f, "*.doc", "*.xls", "*.ppt", "*locked*.docx", "table-*.xlsx"),
		oletest.File(append(oletest.Word("a \x13DDEAUTO x\x14y\x15", "http://example.com/t"), oletest.Project("Macros", autoOpen)...)),
		oletest.File(oletest.Excel([]string{"a"}, oletest.Sheet("M", 1), oletest.Record(0x1AE, []byte{1, 0, 3, 0, 0}, []byte("a\x03b")))),
		oletest.File(oletest.PowerPoint("a", oletest.File(oletest.Project("", onlyMath)))),
		oletest.File(oletest.Message("a", "b", "x.txt", "hello")))...)
}

func FuzzOOXML(f *testing.F) {
	fuzz(f, "a.docx", append(fixtures(f, "letter.docx", "table.xlsx", "*.odt"),
		ct.OOXML("docx", ct.Paragraph(char("begin"), run("DDE"), char("end")), ct.Rels("word/_rels/settings.xml.rels", "attachedTemplate", "http://example.com/t")),
		ct.OOXML("xlsb", ct.File{Name: "xl/workbook.bin", Data: "\x27\x05abcde"}, ct.File{Name: "xl/macrosheets/sheet1.bin", Data: "x"}))...)
}

func FuzzRTF(f *testing.F) {
	fuzz(f, "a.rtf", ct.RTF(`{\object{\*\objdata `+oletest.Hex(oletest.Object1("Package", oletest.Native("a.txt", []byte("x"))[4:]))+`}}`),
		ct.RTF(`{\field{\*\fldinst HYPERLINK "https://example.com"}{\fldrslt x}}\u8364?\'e9\bin3 abc`))
}

func FuzzPDF(f *testing.F) {
	fuzz(f, "a.pdf", append(fixtures(f, "*.pdf"), ct.Letter("BT /F1 9 Tf [(a)-300(b)] TJ ET /X1 Do", "", ct.Stream("/Subtype/Form", "BT (x) ' ET")),
		ct.PDF("<</OpenAction<</S/Launch/F(x)>>/Pages 2 0 R>>", "<</Kids[2 0 R]>>", ct.Stream("/Type/ObjStm/N 1/First 4", "9 0 <</S/URI/URI(x)>>")))...)
}

func FuzzImage(f *testing.F) {
	var b bytes.Buffer
	g := ct.QR("https://example.com")
	if err := png.Encode(&b, g); err != nil {
		f.Fatal(err)
	}
	fuzz(f, "a.png", b.Bytes(), []byte("GIF89a"), []byte("BM"), []byte("\xFF\xD8\xFF\xE0"), []byte("RIFF\x00\x00\x00\x00WEBPVP8 "))
}

func FuzzOther(f *testing.F) {
	fuzz(f, "a", []byte(ct.Shortcut(`C:\a.exe`, "/c b")), []byte("BEGIN:VCALENDAR\nSUMMARY:a\nATTACH;ENCODING=BASE64:aGVsbG8=\nEND:VCALENDAR\n"), []byte("\x78\x9F\x3E\x22\x00\x00\x02\x02\x90\x06\x00\x01\x00\x00\x00a\x00\x00"),
		[]byte("\xE4\x52\x5C\x7B\x8C\xD8\xA7\x4D\xAE\xB1\x53\x78\xD0\x29\x96\xD3\xE7\x16\xE3\xBD\x65\x26\x11\x45\xA4\xC4\x8D\x4D\x0B\x7A\x9E\xAC\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00hello"),
		[]byte("<svg><a href='https://example.com'><script>x</script></a></svg>"), []byte(`<?xml version="1.0"?><pkg:package><pkg:binaryData>aGVsbG8=</pkg:binaryData></pkg:package>`))
}
