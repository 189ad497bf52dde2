package ole

import (
	"encoding/binary"
	"regexp"
	"slices"
	"strings"
)

// Module is one module of a VBA project.
type Module struct {
	Name     string
	Code     string // the source, attributes left out; bounded
	Compiled int    // bytes that stand before the source: compiled code
}

// Most of what is read of a project.
const (
	mostSource  = 1 << 20
	mostModules = 500
)

// Projects gives the modules of each VBA project in the file, and whether there
// is a project at all. See [MS-OVBA],
// https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-ovba/
func (f *File) Projects() (modules []Module, found bool) {
	for i := range f.Streams {
		s := &f.Streams[i]
		if len(s.Path) < 2 || !strings.EqualFold(s.Name(), "dir") || !strings.EqualFold(s.Path[len(s.Path)-2], "VBA") {
			continue
		}
		found = true
		packed, err := s.Read(4 << 20)
		if err != nil {
			continue
		}
		dir, err := Decompress(packed, mostSource)
		if err != nil && len(dir) == 0 {
			continue
		}
		for _, m := range dirModules(dir) {
			stream := f.Stream(append(append([]string(nil), s.Path[:len(s.Path)-1]...), m.stream)...)
			if stream == nil || len(modules) >= mostModules {
				continue
			}
			data, err := stream.Read(8 << 20)
			if err != nil || m.offset > len(data) {
				continue
			}
			code, _ := Decompress(data[m.offset:], mostSource) // what could be read of it counts
			modules = append(modules, Module{Name: m.name, Code: withoutAttributes(string(code)), Compiled: m.offset})
		}
	}
	if !found { // a project whose directory was renamed or taken out
		for i := range f.Streams {
			if strings.EqualFold(f.Streams[i].Name(), "_VBA_PROJECT") {
				found = true
			}
		}
	}
	return modules, found
}

type dirModule struct {
	name, stream string
	offset       int
}

// dirModules reads the records of the dir stream, see 2.3.4.2.
func dirModules(dir []byte) (list []dirModule) {
	const (
		projectVersion   = 0x0009
		moduleName       = 0x0019
		moduleNameWide   = 0x0047
		moduleStream     = 0x001A
		moduleStreamWide = 0x0032
		moduleOffset     = 0x0031
		moduleEnd        = 0x002B
	)
	var m dirModule
	for i := 0; i+6 <= len(dir) && len(list) < mostModules; {
		id, n := le16(dir, i), le32(dir, i+2)
		if id == projectVersion {
			n = 6 // its size counts only four of them
		}
		i += 6
		if n < 0 || n > len(dir)-i {
			return list
		}
		body := dir[i : i+n]
		i += n
		switch id {
		case moduleName:
			m.name = string(body)
		case moduleNameWide:
			m.name = UTF16(body)
		case moduleStream:
			m.stream = string(body)
		case moduleStreamWide:
			m.stream = UTF16(body)
		case moduleOffset:
			m.offset = max(0, le32(body, 0))
		case moduleEnd:
			list = append(list, m)
			m = dirModule{}
		}
	}
	return list
}

// Decompress unpacks a CompressedContainer, see 2.4.1 of [MS-OVBA]. What was
// unpacked before an error is given with it.
func Decompress(p []byte, limit int) ([]byte, error) {
	if len(p) == 0 || p[0] != 1 {
		return nil, ErrDamaged
	}
	var out []byte
	for p = p[1:]; len(p) >= 2 && len(out) < limit; {
		header := binary.LittleEndian.Uint16(p)
		size := int(header&0x0FFF) + 3
		if header>>12&7 != 3 {
			return out, ErrDamaged
		}
		chunk := p[2:min(size, len(p))]
		if header&0x8000 == 0 {
			out = append(out, chunk...)
		} else {
			var err error
			if out, err = decompressChunk(out, chunk); err != nil {
				return out, err
			}
		}
		p = p[min(size, len(p)):]
	}
	return out, nil
}

func decompressChunk(out, chunk []byte) ([]byte, error) {
	start := len(out)
	for i := 0; i < len(chunk); {
		flags := chunk[i]
		i++
		for bit := 0; bit < 8 && i < len(chunk); bit++ {
			if flags>>bit&1 == 0 {
				out = append(out, chunk[i])
				i++
				continue
			}
			if i+2 > len(chunk) || len(out) == start {
				return out, ErrDamaged
			}
			token := int(binary.LittleEndian.Uint16(chunk[i:]))
			i += 2
			bits := 4
			for 1<<bits < len(out)-start {
				bits++
			}
			length := token&(0xFFFF>>bits) + 3
			from := len(out) - (token >> (16 - bits)) - 1
			if from < start {
				return out, ErrDamaged
			}
			for range length {
				out = append(out, out[from])
				from++
			}
			if len(out)-start > 4096+18 {
				return out, ErrDamaged
			}
		}
	}
	return out, nil
}

// withoutAttributes leaves out the lines that the editor doesn't show.
func withoutAttributes(code string) string {
	var b strings.Builder
	for line := range strings.Lines(code) {
		if !strings.HasPrefix(line, "Attribute VB_") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// HasCode says whether there is a line which does something: no comment, no
// option, and not the frame of an empty procedure alone.
func (m Module) HasCode() bool {
	for line := range strings.Lines(m.Code) {
		line = strings.ToLower(strings.TrimSpace(line))
		switch {
		case line == "", strings.HasPrefix(line, "'"), strings.HasPrefix(line, "rem "), strings.HasPrefix(line, "option "), strings.HasPrefix(line, "attribute "):
		case emptyFrame.MatchString(line):
		default:
			return true
		}
	}
	return false
}

var emptyFrame = regexp.MustCompile(`^((private |public )?(sub|function) \w+\([^)]*\)( as \w+)?|end (sub|function))$`)

// autoRun are the procedures that Office runs by itself, see
// https://learn.microsoft.com/en-us/office/vba/word/concepts/customizing-word/auto-macros
// and the events of Document, Workbook, Worksheet, UserForm and controls.
var autoRun = regexp.MustCompile(`(?im)^[ \t]*(?:(?:public|private|friend|static)[ \t]+)*(?:sub|function)[ \t]+(auto_?(?:open|exec|new|close|exit|activate|deactivate|_add|_remove)|document_?(?:open|close|new|beforeclose|beforesave|change|contentcontrolonenter|contentcontrolonexit)|` +
	`workbook_(?:open|activate|deactivate|beforeclose|beforesave|beforeprint|windowactivate|sheetactivate|newsheet|addininstall)|worksheet_(?:activate|calculate|change|selectionchange|beforedoubleclick|followhyperlink)|` +
	`onslideshowpagechange|onslideshowterminate|app_\w*(?:open|close|activate)|userform_(?:initialize|activate|layout)|ribbon_?onload|onload|` +
	`\w+_(?:layout|painted|painting|gotfocus|lostfocus|mousemove|mouseenter|mousehover|resize|onconnecting|onconnected|ondisconnected|documentcomplete|downloadcomplete|navigatecomplete2?|beforenavigate2?|titlechange|propertychange|statustextchange|validationerror))[ \t]*\(`)

// AutoRun gives the name of a procedure that runs by itself, "" if there is none.
func (m Module) AutoRun() string {
	if found := autoRun.FindStringSubmatch(m.Code); found != nil {
		return found[1]
	}
	return ""
}

// suspicious are calls that start programs, fetch files, write them, or reach
// into memory.
var suspicious = regexp.MustCompile(`(?i)\b(shell|shellexecute[aw]?|wscript\.shell|shell\.application|createobject|getobject|powershell|cmd\.exe|mshta|rundll32|regsvr32|certutil|bitsadmin|wmic|winmgmts|win32_process|urldownloadtofile[aw]?|` +
	`msxml2\.(?:server)?xmlhttp|winhttp\.winhttprequest|adodb\.stream|scripting\.filesystemobject|virtualalloc(?:ex)?|rtlmovememory|createthread|createremotethread|enumsystemlanguagegroups[aw]?|callbyname|executeexcel4macro|environ|savetofile|declare\s+(?:ptrsafe\s+)?(?:sub|function)|strreverse|kill|macscript|applescripttask|exec|schtasks|schedule\.service)\b`)

// Suspicious gives up to eight different calls of that kind.
func (m Module) Suspicious() (calls []string) {
	for _, found := range suspicious.FindAllString(m.Code, 2000) {
		call := strings.ToLower(strings.Join(strings.Fields(found), " "))
		if !slices.Contains(calls, call) {
			calls = append(calls, call)
		}
		if len(calls) == 8 {
			break
		}
	}
	return calls
}
