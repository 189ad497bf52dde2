package mail

import (
	"bytes"
	"slices"

	"cloudappsecurity/service/inspect/budget"
)

// delimiter is a line that parts parts.
type delimiter struct {
	start int64 // where the part before it ends: before the line end that belongs to the delimiter
	next  int64 // where the part behind it begins
	final bool
}

// mostDelimiters is how many delimiters of one multipart are looked for; more
// are far beyond the budget's entries.
const mostDelimiters = 20000

// window is how much of a large message is looked at at once.
const window = 256 << 10

// delimiters finds the lines which begin with "--" and a boundary. White space
// behind it is let pass; loose lets pass anything, as some programs do.
func delimiters(b *budget.Budget, s section, boundaries []string, loose bool) ([]delimiter, error) {
	var found []delimiter
	take := func(text []byte, base int64, last bool) (used int) {
		return scanDelimiters(text, last, boundaries, loose, func(start, next int, final bool) bool {
			found = append(found, delimiter{s.off + base + int64(start), s.off + base + int64(next), final})
			return len(found) < mostDelimiters
		})
	}
	if s.mem != nil {
		take(s.mem[s.off:s.end], 0, true)
		return found, b.Time()
	}
	buf := make([]byte, 0, window)
	for base := int64(0); ; {
		if err := b.Time(); err != nil {
			return found, err
		}
		n := min(int64(cap(buf)), s.size()-base)
		buf = buf[:n]
		got, err := s.ReadAt(buf, base)
		if int64(got) < n && err != nil {
			if got == 0 {
				return found, err
			}
			buf = buf[:got]
		}
		last := base+int64(len(buf)) >= s.size()
		used := take(buf, base, last)
		if last || len(found) >= mostDelimiters {
			return found, nil
		}
		base += int64(max(used, 1))
	}
}

// scanDelimiters calls f for each delimiter in text, and gives up to where text
// was looked at: what is behind has to be looked at again with what follows.
func scanDelimiters(text []byte, last bool, boundaries []string, loose bool, f func(start, next int, final bool) bool) int {
	for pos := 0; ; {
		i := bytes.Index(text[pos:], []byte("--"))
		if i < 0 {
			return max(len(text)-3, 0)
		}
		at := pos + i
		pos = at + 2
		if at > 0 && text[at-1] != '\n' && text[at-1] != '\r' {
			for pos < len(text) && text[pos] == '-' { // a ruler
				pos++
			}
			continue
		}
		line, next, ended := cutLine(text, at)
		if !ended && !last && len(text)-at < 1000 {
			return max(at-2, 0)
		}
		final, ok := isDelimiter(line[2:], boundaries, loose)
		if !ok {
			continue
		}
		start := at
		if start > 0 && text[start-1] == '\n' {
			start--
		}
		if start > 0 && text[start-1] == '\r' {
			start--
		}
		if !f(start, next, final) {
			return len(text)
		}
		pos = max(pos, next-1)
	}
}

func isDelimiter(line []byte, boundaries []string, loose bool) (final, ok bool) {
	for _, b := range boundaries {
		if len(line) < len(b) || string(line[:len(b)]) != b {
			continue
		}
		rest := line[len(b):]
		if bytes.HasPrefix(rest, []byte("--")) {
			final, rest = true, rest[2:]
		}
		if loose || len(bytes.TrimSpace(rest)) == 0 {
			return final, true
		}
		final = false
	}
	return false, false
}

// guessBoundary finds a boundary where the header gives none, or one that isn't
// there: the first line of "--" and more that a part's header follows.
func guessBoundary(s section) string {
	text, err := s.head(64 << 10)
	if err != nil {
		return ""
	}
	for pos := 0; pos < len(text); {
		line, next, _ := cutLine(text, pos)
		pos = next
		if len(line) < 4 || !bytes.HasPrefix(line, []byte("--")) {
			continue
		}
		after, _, _ := cutLine(text, next)
		if name, _, ok := cutField(after); ok && len(name) > 8 && equalFold(string(name[:8]), "Content-") {
			return string(bytes.TrimRight(line[2:], " \t"))
		}
	}
	return ""
}

// split cuts a multipart's body into its parts. What stands before the first
// delimiter and behind the last is given apart.
func split(b *budget.Budget, s section, boundaries []string) (parts []section, preamble, epilogue section, odd bool, err error) {
	boundaries = slices.DeleteFunc(slices.Clone(boundaries), func(b string) bool { return b == "" })
	found, err := delimiters(b, s, boundaries, false)
	if len(found) == 0 && err == nil && len(boundaries) > 0 {
		if found, err = delimiters(b, s, boundaries, true); len(found) > 0 {
			odd = true
		}
	}
	if len(found) == 0 && err == nil {
		if g := guessBoundary(s); g != "" {
			odd = true
			found, err = delimiters(b, s, []string{g}, false)
		}
	}
	if len(found) == 0 {
		return nil, s, section{}, odd, err
	}
	preamble = s.sub(s.off, found[0].start)
	epilogue = s.sub(s.end, s.end)
	for i, d := range found {
		end := s.end
		if i+1 < len(found) {
			end = found[i+1].start
		}
		part := s.sub(d.next, max(end, d.next))
		switch {
		case !d.final:
			parts = append(parts, part)
		case i+1 < len(found):
			// Behind the end more of the same boundary follows: some programs
			// read on. What stands between is kept with the epilogue.
			odd = true
			if part.size() > 2 {
				parts = append(parts, part)
			}
		default:
			epilogue = part
		}
	}
	return parts, preamble, epilogue, odd, err
}
