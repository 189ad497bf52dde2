package shell

import "strings"

// Attached is a file within a TNEF.
type Attached struct {
	Name string
	Data []byte
}

// Wrapped is what a TNEF holds ("winmail.dat").
type Wrapped struct {
	Subject, Body, HTML string
	RTF                 []byte // compressed, as it is stored
	Files               []Attached
}

// TNEF reads what Outlook wraps a message's attachments into, see [MS-OXTNEF],
// https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxtnef/
func TNEF(p []byte) (Wrapped, error) {
	const (
		attSubject, attBody, attMAPIProps                = 0x8004, 0x800C, 0x9003
		attRendData, attData, attTitle, attAttachmentMAP = 0x9002, 0x800F, 0x8010, 0x9005
	)
	var w Wrapped
	r := &reader{p: p, at: 6}
	if len(p) < 6 || le.Uint32(p) != 0x223E9F78 {
		return w, ErrDamaged
	}
	file := func() *Attached {
		if len(w.Files) == 0 {
			w.Files = append(w.Files, Attached{})
		}
		return &w.Files[len(w.Files)-1]
	}
	for !r.bad && r.at < len(p) {
		r.bytes(1) // the level
		id := r.u32() & 0xFFFF
		body := r.bytes(r.u32())
		r.bytes(2) // the checksum
		if body == nil {
			break
		}
		switch id {
		case attSubject:
			w.Subject = cString(body, 0)
		case attBody:
			w.Body = cString(body, 0)
		case attMAPIProps:
			props := mapi(body)
			if b := props[0x1013]; b != nil {
				w.HTML = string(b)
			}
			w.RTF = props[0x1009]
		case attRendData:
			if len(w.Files) < mostFiles {
				w.Files = append(w.Files, Attached{})
			}
		case attTitle:
			file().Name = cString(body, 0)
		case attData:
			file().Data = body
		case attAttachmentMAP:
			props := mapi(body)
			if name := props[0x3707]; name != nil {
				file().Name = strings.TrimRight(latin(name), "\x00")
			}
			if data := props[0x3701]; len(data) > 16 && file().Data == nil {
				file().Data = data[16:] // after the class of an object
			}
		}
	}
	return w, nil
}

// mapi reads a list of properties and keeps those with text and bytes.
func mapi(p []byte) map[int][]byte {
	props := map[int][]byte{}
	r := &reader{p: p}
	for range r.u32() {
		kind, id := r.u16(), r.u16()
		if id >= 0x8000 { // a named one: its set, and a number or a name
			r.bytes(16)
			if r.u32() == 0 {
				r.bytes(4)
			} else {
				r.bytes(pad(r.u32()))
			}
		}
		values := 1
		if kind&0x1000 != 0 || variable(kind) {
			values = r.u32()
		}
		for range values {
			if r.bad {
				return props
			}
			if !variable(kind &^ 0x1000) {
				r.bytes(fixedSize(kind &^ 0x1000))
				continue
			}
			n := r.u32()
			value := r.bytes(n)
			r.bytes(pad(n) - n)
			if kind == 0x1F {
				value = []byte(cut(wide(value)))
			}
			props[id] = value
		}
		if r.bad {
			break
		}
	}
	return props
}

func pad(n int) int { return (n + 3) &^ 3 }

// variable says that a property's value has a size of its own: text, bytes,
// objects.
func variable(kind int) bool {
	switch kind {
	case 0x1E, 0x1F, 0x102, 0x0D:
		return true
	}
	return false
}

func fixedSize(kind int) int {
	switch kind {
	case 0x05, 0x06, 0x07, 0x14, 0x40:
		return 8
	case 0x48:
		return 16
	default: // two bytes are padded to four
		return 4
	}
}
