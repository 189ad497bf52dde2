package content_test

import (
	"bytes"
	goimage "image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/image/bmp"

	"cloudappsecurity/service/inspect/content"
	ct "cloudappsecurity/service/inspect/content/contenttest"
)

func urls(items ...*content.Item) (list []string) {
	content.Walk(items, func(i *content.Item) {
		for _, l := range i.Links {
			list = append(list, l.URL+" @ "+l.Where)
		}
	})
	return list
}

func TestPDF(t *testing.T) {
	t.Parallel()
	const hello = "BT /F1 12 Tf 72 700 Td (Dear customer,) Tj 0 -14 Td [(pay)-300(now)] TJ ET"
	for _, c := range []struct {
		name  string
		data  []byte
		kinds []content.Kind
		urls  []string
		text  string
	}{
		{"plain", ct.Letter(hello, ""), nil, nil, "Dear customer,\npay now"},
		{"link", ct.Letter(hello, "/Annots[<</Subtype/Link/A<</S/URI/URI(https://example.com/a?b=\\(1\\))>>>>]"), nil, []string{"https://example.com/a?b=(1) @ a.pdf"}, "Dear customer,\npay now"},
		{"link in text", ct.Letter("BT /F1 9 Tf (see https://example.org/x.) Tj ET", ""), nil, []string{"https://example.org/x @ a.pdf"}, "see https://example.org/x."},
		{"script", ct.PDF("<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>"), []content.Kind{content.PDFJavaScript, content.PDFOpenAction}, nil, ""},
		{"hidden name", ct.PDF("<</Type/Catalog/OpenAction<</S/#4aava#53cript/J#53 2 0 R>>>>", ct.Stream("", "app.alert(1)")), []content.Kind{content.PDFJavaScript, content.PDFOpenAction}, nil, ""},
		{"view at open", ct.PDF("<</Type/Catalog/OpenAction[3 0 R/Fit]>>"), nil, nil, ""},
		{"launch", ct.PDF("<</Type/Catalog/OpenAction<</S/Launch/F(cmd.exe)/Win<</F(cmd.exe)/P(/c calc)>>>>>>"), []content.Kind{content.PDFLaunch, content.PDFOpenAction}, nil, ""},
		{"form", ct.PDF("<</Type/Catalog>>", "<</S/SubmitForm/F<</FS/URL/F(https://example.com/in)>>>>"), []content.Kind{content.PDFForm}, []string{"https://example.com/in @ a.pdf, form"}, ""},
		{"program within", ct.PDF("<</Type/Catalog>>", "<</Type/Filespec/UF(run.exe)/EF<</F 3 0 R>>>>", ct.Stream("/Type/EmbeddedFile", ct.Program(false))), []content.Kind{content.PDFEmbedded}, nil, ""},
		{"object stream", ct.PDF("<</Type/Catalog>>", ct.Stream("/Type/ObjStm/N 1/First 4", "9 0 <</S/URI/URI(https://example.com/o)>>")), nil, []string{"https://example.com/o @ a.pdf"}, ""},
		{"form within", ct.Letter("/X1 Do", "", ct.Stream("/Type/XObject/Subtype/Form", hello)), nil, nil, "Dear customer,\npay now"},
		{"qr", ct.Letter("/X1 Do", "", ct.Stream("/Type/XObject/Subtype/Image/Width 200/Height 200/BitsPerComponent 8/ColorSpace/DeviceGray", string(ct.QR("https://example.com/qr").Pix))), []content.Kind{content.QRCode}, []string{"https://example.com/qr @ a.pdf, QR code"}, ""},
		{"header later", append([]byte("some bytes\n"), ct.Letter(hello, "")...), nil, nil, "Dear customer,\npay now"},
		{"circle", ct.PDF("<</Type/Catalog/Pages 2 0 R>>", "<</Kids[2 0 R 2 0 R]/Parent 2 0 R>>", "3 0 R"), nil, nil, ""},
	} {
		item := inspect(t, "a.pdf", c.data)
		if item.Type != "pdf" || !slices.Equal(kinds(item), c.kinds) || !slices.Equal(urls(item), c.urls) || item.Text != c.text || len(problems(item)) > 0 {
			t.Errorf("%s: type %s, kinds %v, urls %q, text %q, problems %v", c.name, item.Type, kinds(item), urls(item), item.Text, item.Problems)
		}
	}
}

// TestDrawnQR: a code that a PDF draws by filling its modules is read as one that
// stands there as a picture.
func TestDrawnQR(t *testing.T) {
	t.Parallel()
	const address = "https://example.com/qr?u=1"
	for name, page := range map[string]string{
		"modules":         "q 0.7 0 0 0.7 100 300 cm 0 g " + ct.Drawn(address, "f") + "Q",
		"one path":        "q 1 0 0 1 20 20 cm 0.1 0.1 0.3 rg " + ct.Drawn(address, "all f*") + "Q",
		"upside down":     "1 0 0 -1 0 792 cm q 1 0 0 -1 50 400 cm 0 0 0 1 k " + ct.Drawn(address, "all f") + "Q",
		"on its side":     "q 0 1 -1 0 400 50 cm " + ct.Drawn(address, "b") + "Q",
		"light on dark":   "0 0 1 rg 0 0 612 792 re f q 1 0 0 1 90 90 cm 1 g " + ct.Drawn(address, "F") + "Q",
		"beside a letter": "BT /F1 9 Tf (Scan me) Tj ET 0.8 g 40 700 500 2 re f q 0.5 0 0 0.5 250 200 cm 0 g " + ct.Drawn(address, "f") + "Q",
	} {
		item := inspect(t, "a.pdf", ct.Letter(page, ""))
		if want := []string{address + " @ a.pdf, QR code"}; !slices.Equal(urls(item), want) || len(problems(item)) > 0 {
			t.Errorf("%s: %q, problems %v", name, urls(item), item.Problems)
		}
	}
	form := ct.Letter("q 1 0 0 1 10 10 cm /X1 Do Q", "", ct.Stream("/Type/XObject/Subtype/Form/Matrix[0.8 0 0 0.8 0 0]", ct.Drawn(address, "f")))
	if got := urls(inspect(t, "a.pdf", form)); len(got) != 1 {
		t.Errorf("within a form: %q", got)
	}
}

// TestHostileShapes: what a page paints costs no more than its limits.
func TestHostileShapes(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]string{
		"tall needles":   strings.Repeat("0 0 m 1 1e9 l 2 -1e9 l f\n", 20_000),
		"one huge path":  strings.Repeat("0 0 m 1 1000 l 2 0 l ", 30_000) + "f*",
		"saved for ever": strings.Repeat("q ", 100_000) + ct.Drawn("x", "f"),
		"no numbers":     strings.Repeat("(a) (b) m /x l f ", 1000) + strings.Repeat("1e308 1e308 1e308 1e308 re f ", 200),
		"tiny and far":   strings.Repeat("1e300 0 0 1e300 1e300 0 cm 0 0 1 1 re f ", 200),
		"nothing to end": strings.Repeat("f b* Q n S l c ", 2000),
	} {
		start := time.Now()
		item := inspect(t, "a.pdf", ct.Letter(page, ""))
		if item.Type != "pdf" {
			t.Errorf("%s: %s", name, item.Type)
		}
		t.Logf("%s: %s", name, time.Since(start))
	}
}

// TestPDFMap holds that letters are read by the font's own map.
func TestPDFMap(t *testing.T) {
	t.Parallel()
	data := ct.PDF("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]>>", "<</Type/Page/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
		ct.Stream("", "BT /F1 12 Tf <000100020003> Tj ET"), "<</Type/Font/Subtype/Type0/ToUnicode 6 0 R>>",
		ct.Stream("", "1 beginbfchar <0001> <0416> endbfchar 1 beginbfrange <0002> <0003> <00410042> endbfrange"))
	if item := inspect(t, "a.pdf", data); item.Text != "ЖABAC" {
		t.Errorf("%q", item.Text)
	}
}

func TestQR(t *testing.T) {
	t.Parallel()
	code := ct.QR("https://example.com/login?u=1")
	inverted := goimage.NewGray(code.Rect)
	for i, p := range code.Pix {
		inverted.Pix[i] = 255 - p
	}
	photo := goimage.NewRGBA(goimage.Rect(0, 0, 1000, 700)) // the code within a larger, coloured picture
	for y := range 700 {
		for x := range 1000 {
			photo.Set(x, y, color.RGBA{R: 250, G: uint8(230 + x/100), B: 200, A: 255})
			if x >= 300 && x < 700 && y >= 100 && y < 500 && code.GrayAt((x-300)/2, (y-100)/2).Y == 0 {
				photo.Set(x, y, color.RGBA{R: 10, G: 20, B: 90, A: 255})
			}
		}
	}
	for name, encode := range map[string]func(*bytes.Buffer) error{
		"a.png": func(b *bytes.Buffer) error { return png.Encode(b, code) },
		"b.png": func(b *bytes.Buffer) error { return png.Encode(b, inverted) },
		"a.jpg": func(b *bytes.Buffer) error { return jpeg.Encode(b, photo, nil) },
		"a.gif": func(b *bytes.Buffer) error { return gif.Encode(b, code, nil) },
		"a.bmp": func(b *bytes.Buffer) error { return bmp.Encode(b, photo) },
	} {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			t.Fatal(err)
		}
		item := inspect(t, name, b.Bytes())
		if want := []string{"https://example.com/login?u=1 @ " + name + ", QR code"}; !slices.Equal(urls(item), want) {
			t.Errorf("%s (%s): %q", name, item.Type, urls(item))
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, goimage.NewGray(goimage.Rect(0, 0, 300, 300))); err != nil {
		t.Fatal(err)
	}
	if item := inspect(t, "plain.png", b.Bytes()); len(item.Facts)+len(item.Links)+len(item.Problems) > 0 {
		t.Errorf("%+v", item)
	}
}

// TestHugePicture holds that a picture which claims to be huge isn't decoded.
func TestHugePicture(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := png.Encode(&b, ct.QR(strings.Repeat("x", 40))); err != nil {
		t.Fatal(err)
	}
	p := b.Bytes()
	copy(p[16:], "\x00\x00\xFF\xFF\x00\x00\xFF\xFF")
	item := inspect(t, "a.png", p)
	if len(item.Links) > 0 {
		t.Errorf("%+v", item)
	}
}
