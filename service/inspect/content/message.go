package content

import (
	"io"
	"path"
	"strings"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content/ole"
	"cloudappsecurity/service/inspect/content/shell"
)

// message hands an attached message to who reads messages.
func message(w *work) error {
	if w.o.Message == nil || w.open == nil {
		w.report(budget.Unknown, "A message within this can't be read here.")
		return nil
	}
	src := Source(&again{func() (io.Reader, error) { return w.open(), nil }, w.size})
	if w.data != nil {
		src = Bytes(w.data)
	}
	return w.o.Message(w.b, src, w.Item, w.depth, w.o)
}

// outlookMessage reads a message as Outlook saves it (.msg), see [MS-OXMSG],
// https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxmsg/
func outlookMessage(w *work) error {
	if w.compound == nil {
		return compoundFile(w)
	}
	return w.storedMessage(nil)
}

// property gives a property of text or bytes: as UTF-16, in the code page of
// its time, or as bytes.
func (w *work) property(folder []string, id string) []byte {
	for _, kind := range []string{"001F", "001E", "0102"} {
		name := append(append([]string(nil), folder...), "__substg1.0_"+id+kind)
		data, err := w.stream(name...)
		if err != nil || data == nil {
			continue
		}
		if kind == "001F" {
			return []byte(ole.UTF16(data))
		}
		return data
	}
	return nil
}

// storedMessage reads the message in a folder of the file; a message attached to
// it lies in a folder within.
func (w *work) storedMessage(folder []string) error {
	const subject, body, html, compressedRTF = "0037", "1000", "1013", "1009"
	w.addText(string(w.property(folder, subject)))
	w.addText(decodeText(w.property(folder, body)))
	if page := w.property(folder, html); len(page) > 0 {
		if err := w.markup(strings.NewReader(decodeText(page))); err != nil {
			return err
		}
	} else if packed := w.property(folder, compressedRTF); len(packed) > 0 {
		w.richText(packed)
	}
	for _, url := range address.FindAllString(w.Text, mostLinks) {
		w.link(url, "", "")
	}
	for _, s := range w.compound.Stores {
		n := len(s.Path)
		if n != len(folder)+1 || !strings.HasPrefix(s.Path[n-1], "__attach_version1.0_") {
			continue
		}
		if err := w.attachment(s.Path); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) attachment(folder []string) error {
	const longName, shortName, data, object = "3707", "3704", "3701", "__substg1.0_3701000D"
	name := string(w.property(folder, longName))
	if name == "" {
		name = string(w.property(folder, shortName))
	}
	name = strings.TrimRight(name, "\x00")
	if content := w.property(folder, data); content != nil {
		return limitOf(w.child(Bytes(content), name, "", nil))
	}
	inner := append(append([]string(nil), folder...), object)
	item := &Item{Name: name, Path: w.Path + " > " + shown(name), Type: "msg"}
	child := &work{scan: w.scan, Item: item, depth: w.depth + 1, compound: w.compound}
	if err := w.b.Enter(child.depth); err != nil {
		w.problem(err)
		return err
	}
	w.Children = append(w.Children, item)
	child.guard(func() error { return child.storedMessage(inner) })
	return limitOf(item)
}

// richText reads a body in compressed RTF.
func (w *work) richText(packed []byte) {
	data, err := shell.Uncompress(packed)
	if err != nil {
		w.problem(err)
		return
	}
	if err := w.rtfText(data); err != nil {
		w.problem(err)
	}
}

// wrapped looks into what Outlook wrapped (winmail.dat).
func wrapped(w *work) error {
	data, err := w.whole()
	if err != nil {
		return err
	}
	t, err := shell.TNEF(data)
	if err != nil {
		return err
	}
	w.addText(strings.TrimSpace(t.Subject + "\n" + t.Body))
	if t.HTML != "" {
		if err := w.markup(strings.NewReader(decodeText([]byte(t.HTML)))); err != nil {
			return err
		}
	} else if len(t.RTF) > 0 {
		w.richText(t.RTF)
	}
	for _, f := range t.Files {
		if err := limitOf(w.child(Bytes(f.Data), f.Name, "", nil)); err != nil {
			return err
		}
	}
	return nil
}

// notebook looks into a section of OneNote.
func notebook(w *work) error {
	data, err := w.whole()
	if err != nil {
		return err
	}
	files, names := shell.Notebook(data)
	for _, f := range files {
		name := "embedded file"
		for i, n := range names { // the first name that fits what it is
			t := sniff(f[:min(len(f), headSize)], n)
			if byName := Type(Extension(n)); t == byName || t == textNames[Extension(n)] && t != "" {
				name, names = n, append(names[:i:i], names[i+1:]...)
				break
			}
		}
		if err := limitOf(w.child(Bytes(f), path.Base(strings.ReplaceAll(name, `\`, "/")), "", nil)); err != nil {
			return err
		}
	}
	return nil
}
