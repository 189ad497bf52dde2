// Package shell reads small formats of Windows and Outlook: shortcuts, notebooks
// of OneNote, and attachments wrapped by Outlook (TNEF).
package shell

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf16"
)

// ErrDamaged is a structure that can't be followed.
var ErrDamaged = errors.New("shell: damaged")

var le = binary.LittleEndian

// Link is a shortcut's target.
type Link struct {
	Target      string // a path, a share; empty if only the shell knows it
	Arguments   string
	Description string
	Icon        string
	WorkingDir  string
}

// The flags of a shortcut's header.
const (
	hasIDList = 1 << iota
	hasLinkInfo
	hasName
	hasRelativePath
	hasWorkingDir
	hasArguments
	hasIcon
	isUnicode
)

// Shortcut reads a .lnk file, see [MS-SHLLINK],
// https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-shllink/
func Shortcut(p []byte) (Link, error) {
	var l Link
	if len(p) < 76 {
		return l, ErrDamaged
	}
	flags := le.Uint32(p[20:])
	r := &reader{p: p, at: 76}
	var items []byte
	if flags&hasIDList != 0 {
		items = r.bytes(r.u16())
	}
	if flags&hasLinkInfo != 0 {
		size := r.u32()
		info := r.bytes(size - 4)
		l.Target = linkInfo(info)
	}
	text := func(bit uint32) string {
		if flags&bit == 0 {
			return ""
		}
		n := r.u16()
		if flags&isUnicode != 0 {
			return wide(r.bytes(2 * n))
		}
		return latin(r.bytes(n))
	}
	l.Description = text(hasName)
	relative := text(hasRelativePath)
	l.WorkingDir = text(hasWorkingDir)
	l.Arguments = text(hasArguments)
	l.Icon = text(hasIcon)
	if env := environment(r); env != "" && l.Target == "" {
		l.Target = env
	}
	if l.Target == "" {
		l.Target = relative
	}
	if l.Target == "" {
		l.Target = namesOf(items)
	}
	return l, nil // what could be read of it: a cut one still starts something
}

// linkInfo gives the local path, or the share and what is behind it.
func linkInfo(p []byte) string {
	if len(p) < 24 {
		return ""
	}
	at := func(i int) int { return int(le.Uint32(p[i:])) - 4 } // offsets count the size, which isn't in p
	flags := le.Uint32(p[4:])
	suffix := cString(p, at(20))
	if flags&1 != 0 {
		return cString(p, at(12)) + suffix
	}
	if flags&2 != 0 {
		n := at(16)
		if n >= 0 && n+12 <= len(p) {
			share := cString(p[n:], int(le.Uint32(p[n+8:])))
			return share + `\` + suffix
		}
	}
	return ""
}

// environment gives the path of an EnvironmentVariableDataBlock.
func environment(r *reader) string {
	for !r.bad {
		size := r.u32()
		if size < 8 {
			return ""
		}
		block := r.bytes(size - 4)
		if len(block) >= 4+260 && le.Uint32(block) == 0xA0000001 {
			if len(block) >= 4+260+520 {
				if s := cut(wide(block[264:784])); s != "" {
					return s
				}
			}
			return cString(block, 4)
		}
	}
	return ""
}

// namesOf gives what looks like a path in a list of shell items: what isn't
// documented is searched for letters.
func namesOf(items []byte) string {
	var parts []string
	for len(items) > 2 {
		n := int(le.Uint16(items))
		if n < 3 || n > len(items) {
			break
		}
		item := items[2:n]
		items = items[n:]
		if len(item) > 3 && item[0] == 0x2F { // a drive
			parts = append(parts, strings.TrimRight(cString(item, 1), `\`))
		} else if len(item) > 12 && item[0]&0x70 == 0x30 { // a file or folder
			parts = append(parts, cString(item, 12))
		} else if i := bytes.Index(item, []byte("://")); i > 0 {
			parts = append(parts, strings.ReplaceAll(latin(item), "\x00", ""))
		}
	}
	return strings.Join(parts, `\`)
}

type reader struct {
	p   []byte
	at  int
	bad bool
}

func (r *reader) bytes(n int) []byte {
	if r.bad || n < 0 || n > len(r.p)-r.at {
		r.bad = true
		return nil
	}
	r.at += n
	return r.p[r.at-n : r.at]
}

func (r *reader) u16() int {
	if b := r.bytes(2); b != nil {
		return int(le.Uint16(b))
	}
	return 0
}

func (r *reader) u32() int {
	if b := r.bytes(4); b != nil {
		return int(int32(le.Uint32(b)))
	}
	return 0
}

func cString(p []byte, at int) string {
	if at < 0 || at >= len(p) {
		return ""
	}
	end := bytes.IndexByte(p[at:], 0)
	if end < 0 {
		end = len(p) - at
	}
	return latin(p[at : at+end])
}

func cut(s string) string {
	s, _, _ = strings.Cut(s, "\x00")
	return s
}

func latin(p []byte) string {
	r := make([]rune, len(p))
	for i, c := range p {
		r[i] = rune(c)
	}
	return string(r)
}

func wide(p []byte) string {
	units := make([]uint16, len(p)/2)
	for i := range units {
		units[i] = le.Uint16(p[2*i:])
	}
	return string(utf16.Decode(units))
}
