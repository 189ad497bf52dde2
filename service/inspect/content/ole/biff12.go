package ole

import "strings"

// Excel12 reads the records of a part of a binary workbook (.xlsb), see
// [MS-XLSB], https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-xlsb/
func Excel12(p []byte) Workbook {
	var w Workbook
	var text strings.Builder
	const (
		sharedString  = 19  // BrtSSTItem
		name          = 39  // BrtName
		beginSupBook  = 360 // BrtBeginSupBook
		supBookDDE    = 1   // its kind: a workbook, DDE, OLE
		mostOfStrings = 2 << 20
	)
	for i := 0; i < len(p); {
		id, k := number12(p[i:], 2)
		i += k
		n, m := number12(p[i:], 4)
		i += m
		if k == 0 || m == 0 || n > len(p)-i {
			break
		}
		body := p[i : i+n]
		i += n
		switch id {
		case sharedString:
			if text.Len() < mostOfStrings && len(body) > 1 {
				text.WriteString(string12(body[1:]) + "\n")
			}
		case name:
			if len(body) > 9 {
				s := strings.ToLower(string12(body[9:]))
				w.AutoOpen = w.AutoOpen || strings.Contains(s, "auto_open") || strings.Contains(s, "auto_close")
			}
		case beginSupBook:
			if le16(body, 0) == supBookDDE {
				program := string12(body[2:])
				topic := ""
				if at := 2 + 4 + 2*len(program); at < len(body) {
					topic = string12(body[at:])
				}
				w.DDE = append(w.DDE, program+"|"+topic)
			}
		}
	}
	w.Text = text.String()
	return w
}

// number12 reads a number of seven bits a byte, at most most bytes.
func number12(p []byte, most int) (value, n int) {
	for n < len(p) && n < most {
		value |= int(p[n]&0x7F) << (7 * n)
		n++
		if p[n-1]&0x80 == 0 {
			return value, n
		}
	}
	if n == most {
		return value, n
	}
	return 0, 0
}

// string12 reads an XLWideString.
func string12(p []byte) string {
	n := le32(p, 0)
	if len(p) < 4 || n < 0 || n > (len(p)-4)/2 {
		return ""
	}
	return UTF16(p[4 : 4+2*n])
}
