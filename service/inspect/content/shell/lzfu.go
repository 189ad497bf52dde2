package shell

// lzfuStart is what the window begins with, see [MS-OXRTFCP] 2.1.2.1,
// https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxrtfcp/
const lzfuStart = `{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0` +
	"\r\n" + `\par \pard\plain\f0\fs20\b\i\u\tab\tx`

// mostUncompressed bounds a body in RTF.
const mostUncompressed = 16 << 20

// Uncompress gives a body that is stored as compressed RTF.
func Uncompress(p []byte) ([]byte, error) {
	const header, compressed, plain = 16, 0x75465A4C, 0x414C454D
	if len(p) < header {
		return nil, ErrDamaged
	}
	size := int(min(le.Uint32(p[4:]), mostUncompressed))
	switch le.Uint32(p[8:]) {
	case plain:
		return p[header:min(len(p), header+size)], nil
	case compressed:
	default:
		return nil, ErrDamaged
	}
	var window [4096]byte
	at := copy(window[:], lzfuStart)
	var out []byte
	put := func(c byte) {
		out = append(out, c)
		window[at] = c
		at = (at + 1) % len(window)
	}
	for p = p[header:]; len(p) > 0; {
		control := p[0]
		p = p[1:]
		for bit := range 8 {
			if control>>bit&1 == 0 {
				if len(p) == 0 || len(out) >= size {
					return out, nil
				}
				put(p[0])
				p = p[1:]
				continue
			}
			if len(p) < 2 {
				return out, nil
			}
			from, n := int(p[0])<<4|int(p[1])>>4, int(p[1]&15)+2
			p = p[2:]
			if from == at || len(out) >= size { // the end is told by a reference to it
				return out, nil
			}
			for range n {
				put(window[from])
				from = (from + 1) % len(window)
			}
		}
	}
	return out, nil
}
