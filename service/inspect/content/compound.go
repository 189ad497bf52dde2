package content

import (
	"errors"
	"path"
	"slices"
	"strings"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content/office"
	"cloudappsecurity/service/inspect/content/ole"
)

// oleType tells what a compound file really is, by its streams.
func (w *work) oleType() Type {
	data, err := w.whole()
	if err != nil {
		return w.oleByName()
	}
	f, err := ole.Open(Bytes(data), w.size, w.b.Time)
	if err != nil {
		w.problem(err)
		return w.oleByName()
	}
	w.compound = f
	for _, k := range []struct {
		stream string
		t      Type
	}{
		{"EncryptedPackage", "encrypted_office"}, {"WordDocument", "doc"}, {"Workbook", "xls"}, {"Book", "xls"}, {"PowerPoint Document", "ppt"}, {"PP97_DUALSTORAGE", "ppt"},
		{"__properties_version1.0", "msg"}, {"VisioDocument", "vsd"}, {"Quill", "pub"}, {"\x01Ole10Native", "package"}, {"\x03DRMContent", "encrypted_office"}, {"Equation Native", "equation"},
	} {
		if f.Has(k.stream) || k.stream == "Quill" && slices.ContainsFunc(f.Stores, func(s ole.Store) bool { return s.Path[0] == "Quill" }) {
			return k.t
		}
	}
	// The class of Windows Installer's packages, transforms and patches.
	switch class := strings.ToLower(f.Class); {
	case strings.Contains(class, "000c1084-"):
		return "msi"
	case strings.Contains(class, "000c1086-"):
		return "msp"
	case strings.Contains(class, "000c1082-"):
		return "mst"
	}
	if ext := Extension(w.Name); ext == "msi" || ext == "msp" {
		return Type(ext)
	}
	return "ole"
}

// oleByName is for what can't be read: its name says best what would open it.
func (w *work) oleByName() Type {
	switch ext := Type(Extension(w.Name)); {
	case ext.IsOffice(), ext == "msi", ext == "msp", ext == "msg":
		return ext
	}
	return "ole"
}

// compoundFile looks into a compound file of any kind.
func compoundFile(w *work) error {
	if w.compound == nil {
		if len(w.Problems) > 0 {
			return nil // said already
		}
		return &budget.Error{Reason: budget.TooLarge}
	}
	if w.Type.IsInstaller() {
		return nil // that it is one says enough
	}
	if w.Type == "encrypted_office" {
		return w.encryptedOffice()
	}
	w.projects(w.compound)
	var err error
	switch w.Type {
	case "doc":
		err = w.oldWord()
	case "xls":
		err = w.oldExcel()
	case "ppt":
		err = w.oldPowerPoint()
	}
	if err != nil || w.Encrypted {
		return err
	}
	return w.objects()
}

// stream reads a stream of the compound file and counts it.
func (w *work) stream(path ...string) ([]byte, error) {
	s := w.compound.Stream(path...)
	if s == nil {
		return nil, nil
	}
	return w.readStream(s)
}

func (w *work) readStream(s *ole.Stream) ([]byte, error) {
	data, err := s.Read(w.b.Limits().Memory)
	if e := w.b.Take(int64(len(data))); e != nil {
		return nil, e
	}
	return data, err
}

func (w *work) oldWord() error {
	main, err := w.stream("WordDocument")
	if err != nil {
		return err
	}
	d, err := ole.Word(main, func(name string) []byte {
		table, _ := w.stream(name) // without it there is no text, which the next line tells
		return table
	})
	if err != nil {
		return err
	}
	if d.Encrypted {
		w.encrypted()
		return nil
	}
	doc := &office.Document{}
	doc.Text.WriteString(d.Text)
	for _, f := range d.Fields {
		doc.Field(f)
	}
	doc.Template(d.Template)
	w.document(doc)
	return nil
}

func (w *work) oldExcel() error {
	for _, name := range []string{"Workbook", "Book"} {
		data, err := w.stream(name)
		if err != nil {
			return err
		}
		w.workbook(data)
	}
	return nil
}

func (w *work) workbook(data []byte) {
	b := ole.Excel(data)
	if b.Encrypted {
		w.encrypted()
	}
	w.facts(XLMMacro, b.MacroSheets)
	if b.AutoOpen && len(b.MacroSheets) > 0 {
		w.fact(XLMAutoRun, "auto_open")
	}
	w.facts(DDE, b.DDE)
	w.addText(b.Text)
	for _, l := range b.Links {
		w.link(l, "", "")
	}
}

// bareWorkbook is a workbook of Excel 2 to 4, which isn't a compound file.
func bareWorkbook(w *work) error {
	data, err := w.whole()
	if err != nil {
		return err
	}
	w.workbook(data)
	return nil
}

func (w *work) oldPowerPoint() error {
	if w.compound.Has("EncryptedSummary") {
		w.encrypted()
		return nil
	}
	user, err := w.stream("Current User")
	if err != nil {
		return err
	}
	const encryptedToken = "\xDF\xC4\xD1\xF3"
	if len(user) >= 16 && string(user[12:16]) == encryptedToken {
		w.encrypted()
		return nil
	}
	data, err := w.stream("PowerPoint Document")
	if err != nil {
		return err
	}
	d := ole.PowerPoint(data)
	w.addText(d.Text)
	for _, l := range d.Links {
		w.link(l, "", "")
	}
	w.facts(RunsProgram, d.Programs)
	for _, record := range d.Objects {
		object, err := ole.Packed(record, w.room())
		if err != nil {
			w.problem(err)
			continue
		}
		if f, err := ole.Open(Bytes(object), int64(len(object)), w.b.Time); err == nil {
			w.projects(f)
		}
		if err := limitOf(w.child(Bytes(object), "object", "", nil)); err != nil {
			return err
		}
	}
	return nil
}

// The classes of the Equation Editor.
const (
	equation2 = "0002CE02-0000-0000-C000-000000000046"
	equation3 = "0002CE03-0000-0000-C000-000000000046"
)

// objects inspects embedded objects: packages, equations, documents.
func (w *work) objects() error {
	for _, s := range w.compound.Stores {
		if class := strings.ToUpper(strings.Trim(s.Class, "{}")); class == equation2 || class == equation3 {
			w.fact(Equation, s.Path[len(s.Path)-1])
		}
	}
	if class := strings.ToUpper(strings.Trim(w.compound.Class, "{}")); class == equation2 || class == equation3 {
		w.fact(Equation, "Equation Editor")
	}
	for i := range w.compound.Streams {
		s := &w.compound.Streams[i]
		name := s.Name()
		switch {
		case strings.EqualFold(name, "Equation Native"):
			w.fact(Equation, "Equation Native")
		case strings.EqualFold(name, "\x01Ole10Native"):
			data, err := w.readStream(s)
			if err != nil {
				return err
			}
			if err := w.native(ole.Native10(data)); err != nil {
				return err
			}
		case len(s.Path) > 1 && (strings.EqualFold(name, "Package") || strings.EqualFold(name, "CONTENTS")):
			data, err := w.readStream(s)
			if err != nil {
				return err
			}
			if err := limitOf(w.child(Bytes(data), name, "", nil)); err != nil {
				return err
			}
		case len(s.Path) > 1 && strings.EqualFold(name, "Workbook"):
			data, err := w.readStream(s)
			if err != nil {
				return err
			}
			w.workbook(data) // a workbook within the document
		}
	}
	return nil
}

// native inspects a file that was wrapped into an object.
func (w *work) native(n ole.Native, ok bool) error {
	if !ok {
		w.fact(OLEObject, "")
		return nil
	}
	name := path.Base(strings.ReplaceAll(n.Path, `\`, "/"))
	if name == "." || name == "/" || Extension(name) == "" && Extension(n.Label) != "" {
		name = n.Label
	}
	w.fact(Package, name)
	if n.Data == nil { // linked: what it names is started
		w.fact(RunsProgram, n.Path)
		return nil
	}
	return limitOf(w.child(Bytes(n.Data), name, "", nil))
}

// encryptedOffice is a document of the new format that needs a password: it is
// wrapped into a compound file, see [MS-OFFCRYPTO] 2.3,
// https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-offcrypto/
func (w *work) encryptedOffice() error {
	info, err := w.stream("EncryptionInfo")
	if err != nil {
		return err
	}
	sealed, err := w.stream("EncryptedPackage")
	if err != nil {
		return err
	}
	plain, password, err := office.Decrypt(info, sealed, slices.Concat(openToAll, w.o.Passwords), w.b.Time)
	switch {
	case errors.Is(err, office.ErrPassword), errors.Is(err, office.ErrUnsupported):
		w.encrypted()
		return nil
	case err != nil:
		return err
	}
	if slices.Contains(openToAll, password) {
		w.fact(OpenToAll, "")
	} else {
		// Told even so: encryption is how macros are kept from scanners, and what
		// came with its password is never called clean.
		w.Unlocked = true
		w.report(budget.Encrypted, "It is encrypted. A password of the message opens it, and it was looked into.")
	}
	return limitOf(w.child(Bytes(plain), baseName(w.Name), "", nil))
}

// openToAll are the passwords that Excel and PowerPoint try by themselves: what is
// encrypted with them opens without a question, while scanners see nothing of it.
// https://docs.devexpress.com/CoreLibraries/DevExpress.Office.Crypto.EncryptionOptions.Password
// https://learn.microsoft.com/openspecs/office_file_formats/ms-offcrypto/57fc02f0-c1de-4fc6-908f-d146104662f5
var openToAll = []string{"VelvetSweatshop", "/01Hannes Ruescher/01"}

// rtf looks into a document in RTF.
func rtf(w *work) error {
	data, err := w.whole()
	if err != nil {
		return err
	}
	return w.rtfText(data)
}

func (w *work) rtfText(data []byte) error {
	d := office.RTF(data)
	w.document(&d.Document)
	if d.AutoUpdate {
		w.fact(AutoUpdate, `\objupdate`)
	}
	if d.Obfuscated {
		w.fact(Obfuscated, "the data of an object")
	}
	for _, raw := range d.Objects {
		if err := w.b.Take(int64(len(raw))); err != nil {
			return err
		}
		if err := w.object(raw); err != nil {
			return err
		}
	}
	return nil
}

// object inspects an object of RTF.
func (w *work) object(raw []byte) error {
	o, ok := ole.Object1(raw)
	if !ok {
		o.Data = raw // the header is broken on purpose: what follows is found even so
	}
	class := strings.ToLower(o.Class)
	switch {
	case strings.HasPrefix(class, "equation"):
		w.fact(Equation, o.Class)
	case o.Linked && (strings.HasPrefix(class, "ole2link") || strings.Contains(o.Topic, "://") || strings.HasPrefix(o.Topic, `\\`)):
		w.fact(RemoteObject, o.Topic)
	case strings.HasPrefix(class, "ole2link"), class == "htmlfile", class == "scriptlet.constructor":
		w.fact(RemoteObject, o.Class)
	case class == "package":
		if n, ok := o.Package(); ok {
			return w.native(n, true)
		}
	}
	w.fact(OLEObject, o.Class)
	if at := strings.Index(string(o.Data), "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"); at >= 0 {
		o.Data = o.Data[at:]
	}
	if len(o.Data) < 8 {
		return nil
	}
	child := w.child(Bytes(o.Data), "object", "", nil)
	for _, f := range child.Facts {
		if f.Kind == Equation {
			w.fact(Equation, f.Detail)
		}
	}
	return limitOf(child)
}
