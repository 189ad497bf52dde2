package oletest

import "bytes"

// Module is a module of a VBA project.
type Module struct {
	Name, Code string
	Compiled   int // bytes before the source
}

// Project gives the streams of a VBA project beneath a folder, such as "Macros"
// in Word or "_VBA_PROJECT_CUR" in Excel; "" for a vbaProject.bin.
func Project(folder string, modules ...Module) []Stream {
	if folder != "" {
		folder += "/"
	}
	var dir bytes.Buffer
	record := func(id uint16, data []byte) {
		var head [6]byte
		le.PutUint16(head[:], id)
		le.PutUint32(head[2:], uint32(len(data)))
		dir.Write(head[:])
		dir.Write(data)
	}
	record(0x01, []byte{1, 0, 0, 0})            // system
	record(0x03, []byte{0xE4, 4})               // code page
	record(0x04, []byte("VBAProject"))          // name
	dir.Write([]byte{9, 0, 4, 0, 0, 0})         // version: its size counts four of six
	dir.Write([]byte{1, 2, 3, 4, 5, 6})         // the six
	record(0x0F, []byte{byte(len(modules)), 0}) // modules
	record(0x13, []byte{0xFF, 0xFF})            // cookie
	streams := []Stream{{folder + "VBA/_VBA_PROJECT", []byte{0xCC, 0x61, 0xFF, 0xFF, 0, 0, 0}}, {folder + "PROJECT", []byte("ID=\"{0}\"\r\n")}}
	for _, m := range modules {
		record(0x19, []byte(m.Name))
		record(0x1A, []byte(m.Name))
		var off [4]byte
		le.PutUint32(off[:], uint32(m.Compiled))
		record(0x31, off[:])
		record(0x21, nil)
		record(0x2B, nil)
		source := Compress([]byte("Attribute VB_Name = \"" + m.Name + "\"\r\n" + m.Code))
		streams = append(streams, Stream{folder + "VBA/" + m.Name, append(bytes.Repeat([]byte{0xA5}, m.Compiled), source...)})
	}
	record(0x10, nil)
	return append(streams, Stream{folder + "VBA/dir", Compress(dir.Bytes())})
}

// Compress packs as a CompressedContainer of [MS-OVBA] 2.4.1, with copies where
// they are found.
func Compress(p []byte) []byte {
	out := []byte{1}
	for len(p) > 0 {
		n := min(len(p), 4096)
		out = append(out, chunk(p[:n])...)
		p = p[n:]
	}
	return out
}

func chunk(p []byte) []byte {
	body := []byte{0, 0}
	for i := 0; i < len(p); {
		at := len(body)
		body = append(body, 0)
		for bit := 0; bit < 8 && i < len(p); bit++ {
			bits := 4
			for 1<<bits < i {
				bits++
			}
			from, n := match(p, i, 1<<bits, 0xFFFF>>bits+3)
			if n < 3 {
				body = append(body, p[i])
				i++
				continue
			}
			body[at] |= 1 << bit
			body = le.AppendUint16(body, uint16((i-from-1)<<(16-bits)|(n-3)))
			i += n
		}
	}
	if len(body) > 4098 { // it can't be packed: stored as it is, filled up
		body = append(append([]byte{0, 0}, p...), make([]byte, 4096-len(p))...)
		le.PutUint16(body, 0x3000|4095)
		return body
	}
	le.PutUint16(body, 0xB000|uint16(len(body)-3))
	return body
}

func match(p []byte, i, window, longest int) (from, n int) {
	for j := max(0, i-window); j < i; j++ {
		k := 0
		for k < longest && i+k < len(p) && p[j+k] == p[i+k] {
			k++
		}
		if k > n {
			from, n = j, k
		}
	}
	return from, n
}
