package content_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content"
	ct "cloudappsecurity/service/inspect/content/contenttest"
	"cloudappsecurity/service/inspect/content/office"
	"cloudappsecurity/service/inspect/content/ole/oletest"
)

func inspect(t *testing.T, name string, data []byte, passwords ...string) *content.Item {
	t.Helper()
	return content.Inspect(budget.New(t.Context(), budget.Default()), content.Bytes(data), content.Input{Name: name}, content.Options{Passwords: passwords})
}

func kinds(items ...*content.Item) (list []content.Kind) {
	content.Walk(items, func(i *content.Item) {
		for _, f := range i.Facts {
			if !slices.Contains(list, f.Kind) {
				list = append(list, f.Kind)
			}
		}
	})
	slices.Sort(list)
	return list
}

func types(items ...*content.Item) (list []string) {
	content.Walk(items, func(i *content.Item) { list = append(list, string(i.Type)) })
	return list
}

func problems(items ...*content.Item) (list []budget.Reason) {
	content.Walk(items, func(i *content.Item) {
		for _, p := range i.Problems {
			list = append(list, p.Reason)
		}
	})
	return list
}

var (
	autoOpen = oletest.Module{Name: "ThisDocument", Code: "Option Explicit\r\nSub Document_Open()\r\n  Shell \"calc\"\r\nEnd Sub\r\n"}
	onlyMath = oletest.Module{Name: "Module1", Code: "Function Sum2(a, b)\r\n  Sum2 = a + b\r\nEnd Function\r\n"}
	empty    = oletest.Module{Name: "ThisWorkbook", Code: "Option Explicit\r\n' nothing here\r\n", Compiled: 900}
	stomped  = oletest.Module{Name: "ThisDocument", Code: "", Compiled: 9000}
)

func run(s string) string               { return "<w:instrText>" + s + "</w:instrText>" }
func char(k string) string              { return `<w:fldChar w:fldCharType="` + k + `"/>` }
func text(s string) string              { return "<w:t>" + s + "</w:t>" }
func oleFile(s []oletest.Stream) []byte { return oletest.File(s) }

// TestOffice holds what documents tell of themselves: each danger in the old and
// the new format, with harmless ones beside.
func TestOffice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		data  []byte
		types []string
		kinds []content.Kind
		text  string
	}{
		{"a.docx", ct.OOXML("docx", ct.Paragraph(text("Dear"), text(" all"))), []string{"docx"}, nil, "Dear all"},
		{"a.doc", oleFile(oletest.Word("Dear all\rGrüße", "")), []string{"doc"}, nil, "Dear all\nGrüße"},
		{"a.docm", ct.OOXML("docm", ct.File{Name: "word/vbaProject.bin", Data: ct.VBA(autoOpen, onlyMath)}), []string{"docm"}, []content.Kind{content.VBAAutoRun, content.VBAMacro, content.VBASuspicious}, ""},
		{"a.doc", oleFile(append(oletest.Word("x", ""), oletest.Project("Macros", autoOpen)...)), []string{"doc"}, []content.Kind{content.VBAAutoRun, content.VBAMacro, content.VBASuspicious}, "x"},
		{"b.docm", ct.OOXML("docm", ct.File{Name: "word/other.bin", Data: ct.VBA(onlyMath)}), []string{"docm", "ole"}, []content.Kind{content.VBAMacro}, ""},
		{"a.xls", oleFile(append(oletest.Excel([]string{"Total", "Größe"}), oletest.Project("_VBA_PROJECT_CUR", empty)...)), []string{"xls"}, []content.Kind{content.VBAEmpty}, "Total\nGröße"},
		{"a.xls", oleFile(append(oletest.Excel(nil), oletest.Project("_VBA_PROJECT_CUR", onlyMath)...)), []string{"xls"}, []content.Kind{content.VBAMacro}, ""},
		{"a.doc", oleFile(append(oletest.Word("x", ""), oletest.Project("Macros", stomped)...)), []string{"doc"}, []content.Kind{content.VBAMacro, content.VBAStomped}, "x"},
		{"a.pptm", ct.OOXML("pptm", ct.File{Name: "ppt/vbaProject.bin", Data: ct.VBA(onlyMath)}), []string{"pptm"}, []content.Kind{content.VBAMacro}, ""},
		{"a.ppt", oleFile(oletest.PowerPoint("Results", oleFile(oletest.Project("", onlyMath)))), []string{"ppt", "ole"}, []content.Kind{content.VBAMacro}, "Results"},
		{"a.ppt", oleFile(oletest.PowerPoint("Results", nil)), []string{"ppt"}, nil, "Results"},

		{"a.xls", oleFile(oletest.Excel([]string{"a"}, oletest.Sheet("Sheet1", 0), oletest.Sheet("Macro1", 1), oletest.Record(0x18, []byte{0x20, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}))), []string{"xls"}, []content.Kind{content.XLMAutoRun, content.XLMMacro}, "a"},
		{"a.xls", oleFile(oletest.Excel([]string{"a"}, oletest.Sheet("Sheet1", 0))), []string{"xls"}, nil, "a"},
		{"a.xlsm", ct.OOXML("xlsm", ct.File{Name: "xl/workbook.xml", Data: `<workbook><definedNames><definedName name="_xlnm.Auto_Open">Macro1!$A$1</definedName></definedNames></workbook>`},
			ct.File{Name: "xl/macrosheets/sheet1.xml", Data: "<x/>"}), []string{"xlsm"}, []content.Kind{content.XLMAutoRun, content.XLMMacro}, ""},
		{"a.xlsb", ct.OOXML("xlsb", ct.File{Name: "xl/macrosheets/sheet1.bin", Data: "x"}), []string{"xlsb"}, []content.Kind{content.XLMMacro}, ""},
		{"a.xlsx", ct.OOXML("xlsx", ct.File{Name: "xl/sharedStrings.xml", Data: "<sst><si><t>Total</t></si></sst>"}, ct.File{Name: "xl/worksheets/sheet1.xml", Data: `<worksheet><row><c t="s"><v>0</v></c><c><v>12.5</v></c></row></worksheet>`}), []string{"xlsx"}, nil, "Total\n\t12.5"},

		{"a.docx", ct.OOXML("docx", ct.Paragraph(char("begin"), run("DD"), run("EAUTO c:\\\\windows\\\\system32\\\\"), run("cmd.exe \"/k calc\""), char("separate"), text("x"), char("end"))), []string{"docx"}, []content.Kind{content.DDE}, "x"},
		{"a.docx", ct.OOXML("docx", ct.Paragraph(char("begin"), char("begin"), run("QUOTE 68 68 69 65 85 84 79"), char("end"), run(" c:\\\\x.exe"), char("end"))), []string{"docx"}, []content.Kind{content.DDE}, ""},
		{"a.docx", ct.OOXML("docx", ct.Paragraph(char("begin"), run("PAGE"), char("separate"), text("1"), char("end"))), []string{"docx"}, nil, "1"},
		{"a.doc", oleFile(oletest.Word("x \x13 DDEAUTO c:\\\\windows\\\\cmd.exe \"/k calc\" \x14y\x15 z", "")), []string{"doc"}, []content.Kind{content.DDE}, "x y z"},
		{"a.xlsx", ct.OOXML("xlsx", ct.File{Name: "xl/externalLinks/externalLink1.xml", Data: `<externalLink><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>`}), []string{"xlsx"}, []content.Kind{content.DDE}, ""},
		{"a.xls", oleFile(oletest.Excel(nil, oletest.Record(0x1AE, []byte{1, 0, 11, 0, 0}, []byte("cmd\x03/c calc")), oletest.Record(0x23, []byte{0, 0, 0, 0, 0, 0, 1, 0, 'A'}))), []string{"xls"}, []content.Kind{content.DDE}, ""},

		{"a.docx", ct.OOXML("docx", ct.Rels("word/_rels/settings.xml.rels", "attachedTemplate", "https://example.com/t.dotm")), []string{"docx"}, []content.Kind{content.RemoteTemplate}, ""},
		{"a.docx", ct.OOXML("docx", ct.Rels("word/_rels/settings.xml.rels", "attachedTemplate", "file:///C:\\Users\\a\\Templates\\Letter.dotx")), []string{"docx"}, nil, ""},
		{"a.doc", oleFile(oletest.Word("x", "https://example.com/t.dot")), []string{"doc"}, []content.Kind{content.RemoteTemplate}, "x"},
		{"a.doc", oleFile(oletest.Word("x", "Normal.dot")), []string{"doc"}, nil, "x"},
		{"a.rtf", ct.RTF(`{\*\template https://example.com/t.dotm}Hello`), []string{"rtf"}, []content.Kind{content.RemoteTemplate}, "Hello"},
		{"a.docx", ct.OOXML("docx", ct.Rels("word/_rels/document.xml.rels", "oleObject", "mhtml:https://example.com/a!x-usc:https://example.com/b")), []string{"docx"}, []content.Kind{content.RemoteObject}, ""},
		{"a.docx", ct.OOXML("docx", ct.Rels("word/_rels/document.xml.rels", "image", "https://example.com/logo.png")), []string{"docx"}, nil, ""},

		{"a.docx", ct.OOXML("docx", ct.File{Name: "word/embeddings/oleObject1.bin", Data: ct.Package("run.js", "new ActiveXObject('WScript.Shell')")}), []string{"docx", "package", "js"}, []content.Kind{content.Package, content.ScriptObject}, ""},
		{"a.docx", ct.OOXML("docx", ct.File{Name: "word/embeddings/oleObject1.bin", Data: ct.Package("notes.txt", "some notes")}), []string{"docx", "package", "txt"}, []content.Kind{content.Package}, ""},
		{"a.doc", oleFile(append(oletest.Word("x", ""), oletest.Stream{Path: "ObjectPool/_1/\x01Ole10Native", Data: oletest.Native("run.exe", []byte(ct.Program(false)))})), []string{"doc", "exe"}, []content.Kind{content.Package}, "x"},
		{"a.rtf", ct.RTF(`{\object\objemb{\*\objdata ` + oletest.Hex(oletest.Object1("Package", oletest.Native("run.exe", []byte(ct.Program(false)))[4:])) + `}}`), []string{"rtf", "exe"}, []content.Kind{content.Package}, ""},
		{"a.rtf", ct.RTF(`Just a letter with \u8364? and \'e9.`), []string{"rtf"}, nil, "Just a letter with € and é."},
		{"a.rtf", ct.RTF(`{\object\objupdate{\*\objdata ` + oletest.Hex(oletest.Object1("Equation.3", []byte("x"))) + `}}`), []string{"rtf"}, []content.Kind{content.AutoUpdate, content.Equation, content.OLEObject}, ""},
		{"a.rtf", ct.RTF(`{\field{\*\fldinst DDEAUTO c:\\windows\\cmd.exe "/k calc"}{\fldrslt x}}`), []string{"rtf"}, []content.Kind{content.DDE}, "x"},
		{"a.rtf", ct.RTF(`{\field{\*\fldinst HYPERLINK "https://example.com/"}{\fldrslt here}}`), []string{"rtf"}, nil, "here"},
	} {
		item := inspect(t, c.name, c.data)
		if got := types(item); !slices.Equal(got, c.types) {
			t.Errorf("%s (%v): types %v", c.name, c.kinds, got)
		}
		slices.Sort(c.kinds)
		if got := kinds(item); !slices.Equal(got, c.kinds) {
			t.Errorf("%s: kinds %v, want %v: %+v", c.name, got, c.kinds, item.Facts)
		}
		if c.text != "" && strings.TrimSpace(item.Text) != c.text {
			t.Errorf("%s: text %q, want %q", c.name, item.Text, c.text)
		}
		if p := problems(item); len(p) > 0 {
			t.Errorf("%s (%v): problems %+v", c.name, c.kinds, item.Problems)
		}
	}
}

func TestEncryptedOffice(t *testing.T) {
	t.Parallel()
	word := oletest.Word("x", "")
	word[0].Data[0x0B] |= 1
	power := oletest.PowerPoint("x", nil)
	copy(power[1].Data[12:], "\xDF\xC4\xD1\xF3")
	for name, data := range map[string][]byte{
		"a.docx": oleFile([]oletest.Stream{{Path: "EncryptedPackage", Data: make([]byte, 5000)}, {Path: "EncryptionInfo", Data: make([]byte, 200)}}),
		"a.doc":  oleFile(word),
		"a.xls":  oleFile(oletest.Excel([]string{"a"}, oletest.Record(0x2F, make([]byte, 6)))),
		"a.ppt":  oleFile(power),
	} {
		item := inspect(t, name, data)
		if !item.Encrypted || !slices.Equal(problems(item), []budget.Reason{budget.Encrypted}) {
			t.Errorf("%s: encrypted %t, problems %v", name, item.Encrypted, item.Problems)
		}
	}
}

// TestDecrypt: what is damaged, or would take for ever, stays closed; the time is
// asked for.
func TestDecrypt(t *testing.T) {
	t.Parallel()
	fine := func() error { return nil }
	agile := func(change string, to string) []byte {
		text := `<encryption><keyData saltSize="16" blockSize="16" keyBits="256" hashSize="64" cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" hashAlgorithm="SHA512" saltValue="AAAAAAAAAAAAAAAAAAAAAA=="/>` +
			`<keyEncryptors><keyEncryptor><encryptedKey spinCount="100" saltSize="16" blockSize="16" keyBits="256" hashSize="64" cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" hashAlgorithm="SHA512" saltValue="AAAAAAAAAAAAAAAAAAAAAA==" ` +
			`encryptedVerifierHashInput="AAAAAAAAAAAAAAAAAAAAAA==" encryptedVerifierHashValue="AAAAAAAAAAAAAAAAAAAAAA==" encryptedKeyValue="AAAAAAAAAAAAAAAAAAAAAA=="/></keyEncryptor></keyEncryptors></encryption>`
		return append([]byte{4, 0, 4, 0, 0x40, 0, 0, 0}, strings.Replace(text, change, to, 1)...)
	}
	sealed := make([]byte, 8+4096+16)
	for name, c := range map[string]struct {
		info []byte
		take func() error
		want error
	}{
		"as it should be":     {agile("", ""), fine, office.ErrPassword},
		"for ever":            {agile(`spinCount="100"`, `spinCount="2000000000"`), fine, office.ErrUnsupported},
		"backwards":           {agile(`spinCount="100"`, `spinCount="-1"`), fine, office.ErrUnsupported},
		"another cipher":      {agile(`cipherAlgorithm="AES"`, `cipherAlgorithm="RC2"`), fine, office.ErrUnsupported},
		"another hash":        {agile(`hashAlgorithm="SHA512"`, `hashAlgorithm="MD4"`), fine, office.ErrUnsupported},
		"a huge block":        {agile(`blockSize="16"`, `blockSize="4096"`), fine, office.ErrUnsupported},
		"half a block":        {agile(`encryptedKeyValue="AAAAAAAAAAAAAAAAAAAAAA=="`, `encryptedKeyValue="AAAA"`), fine, office.ErrUnsupported},
		"no key":              {agile("<keyEncryptor>", "<other>"), fine, office.ErrUnsupported},
		"no XML":              {append([]byte{4, 0, 4, 0, 0x40, 0, 0, 0}, "<a<b"...), fine, office.ErrUnsupported},
		"another version":     {append([]byte{3, 0, 3, 0}, make([]byte, 200)...), fine, office.ErrUnsupported},
		"a header beyond all": {append([]byte{4, 0, 2, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF}, make([]byte, 200)...), fine, office.ErrUnsupported},
		"nothing":             {nil, fine, office.ErrUnsupported},
		"no time":             {agile("", ""), func() error { return context.DeadlineExceeded }, context.DeadlineExceeded},
	} {
		if plain, _, err := office.Decrypt(c.info, sealed, []string{"a", "b"}, c.take); !errors.Is(err, c.want) || plain != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestNamespaces: an address that names a vocabulary of XML is no link.
func TestNamespaces(t *testing.T) {
	t.Parallel()
	item := inspect(t, "invoice.xml", []byte(`<?xml version="1.0"?><nfe xmlns="http://www.portalfiscal.inf.br/nfe" xmlns:ds='http://www.w3.org/2000/09/xmldsig#'
xsi:schemaLocation="http://a.example/x a.xsd"><url>https://shop.example/invoice/1</url></nfe>`))
	if got := urls(item); len(got) != 1 || !strings.HasPrefix(got[0], "https://shop.example/invoice/1") {
		t.Errorf("%q", got)
	}
}
