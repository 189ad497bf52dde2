package directory

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"cloudappsecurity/service"

	"golang.org/x/sync/errgroup"
)

// Line is one line of a file: a user principal name, or the address of a site.
type Line struct {
	Number int // from 1
	Text   string
}

// LineError is what is to say about a line. A note is no error: the file can be
// used as it is.
type LineError struct {
	Line    int // 0: about the file
	Text    string
	Message string
	Note    bool
}

// String is the line error as casctl prints it.
func (e LineError) String() string {
	switch {
	case e.Line == 0:
		return e.Message
	case e.Text == "":
		return fmt.Sprintf("line %d: %s", e.Line, e.Message)
	default:
		return fmt.Sprintf("line %d: %s: %s", e.Line, e.Text, e.Message)
	}
}

// Failed says whether list holds more than notes.
func Failed(list []LineError) bool {
	return slices.ContainsFunc(list, func(e LineError) bool { return !e.Note })
}

const (
	maxFile = 1 << 20
	// maxName is how long a user principal name may be, maxLocal what stands
	// before its @.
	// https://learn.microsoft.com/microsoft-365/enterprise/prepare-for-directory-synchronization
	maxName, maxLocal = 113, 64
)

// fileOf is what the lines of a file name.
type fileOf struct {
	names   string                // "people"
	nothing string                // what a file without any says
	check   func(string) string   // what is wrong with the syntax; "" if nothing is
	key     func(s string) string // the same for what means the same
}

// ParseUsers reads a file of user principal names, one a line: UTF-8, or UTF-16
// with a byte order mark; any line ends; blank lines don't count. A name that
// comes again, in whatever case, counts once where it came first, and a note
// says so: it takes nothing from what was meant. Every wrong line is reported,
// and so is each name past the limit. It asks nobody.
func ParseUsers(r io.Reader) ([]Line, []LineError) {
	return parse(r, fileOf{"people", "The file names nobody.", checkUPN, strings.ToLower})
}

func parse(r io.Reader, of fileOf) ([]Line, []LineError) {
	b, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, []LineError{{Message: "The file can't be read."}}
	}
	if len(b) > maxFile {
		return nil, []LineError{{Message: "The file is longer than 1 MB: it is no list of " + of.names + "."}}
	}
	text, ok := decode(b)
	if !ok {
		return nil, []LineError{{Message: "The file is no text in UTF-8 or UTF-16."}}
	}
	var lines []Line
	var said []LineError
	first := make(map[string]int)
	for i, name := range strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n") {
		number := i + 1
		name = strings.TrimSpace(name)
		if name == "" {
			continue
		}
		if reason := of.check(name); reason != "" {
			said = append(said, LineError{Line: number, Text: shorten(name), Message: reason})
			continue
		}
		key := of.key(name)
		if at, ok := first[key]; ok {
			said = append(said, LineError{Line: number, Text: name, Message: fmt.Sprintf("The same as line %d, counted once.", at), Note: true})
			continue
		}
		first[key] = number
		if len(lines) == service.MaxSelected {
			said = append(said, LineError{Line: number, Text: name, Message: fmt.Sprintf("At most %d %s can be selected.", service.MaxSelected, of.names)})
			continue
		}
		lines = append(lines, Line{number, name})
	}
	if len(first) == 0 && !Failed(said) {
		said = append(said, LineError{Message: of.nothing})
	}
	return lines, said
}

// decode reads UTF-16 with a byte order mark, else UTF-8. UTF-16 without one
// is told by its zeros, and refused.
func decode(b []byte) (string, bool) {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
		return string(b), utf8.Valid(b) && !bytes.ContainsRune(b, 0)
	}
	b = b[2:]
	if len(b)%2 != 0 {
		return "", false
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = order.Uint16(b[2*i:])
	}
	s := string(utf16.Decode(units))
	return s, !strings.ContainsRune(s, utf8.RuneError) && !strings.ContainsRune(s, 0)
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 120 {
		return string(r[:120]) + "…"
	}
	return s
}

// checkUPN says what is wrong with the syntax of a user principal name; "" if
// nothing is. It is no stricter than it has to be: whether there is such a
// user, Microsoft 365 knows.
func checkUPN(s string) string {
	local, domain, found := strings.Cut(s, "@")
	switch {
	case s == "":
		return "The user principal name is missing."
	case !found:
		return "This is no user principal name: it has no @."
	case strings.Contains(domain, "@"):
		return "This is no user principal name: it has more than one @."
	case local == "":
		return "This is no user principal name: nothing stands before the @."
	case domain == "":
		return "This is no user principal name: nothing stands after the @."
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }):
		return "This is no user principal name: it holds a space or a hidden character."
	case strings.ContainsAny(s, `"(),:;<>[]{}\/|`):
		return "This is no user principal name: it holds a character that can't be part of one."
	case utf8.RuneCountInString(local) > maxLocal || utf8.RuneCountInString(s) > maxName:
		return "This is no user principal name: it is too long."
	}
	labels := strings.Split(domain, ".")
	if len(labels) < 2 {
		return "This is no user principal name: the domain has no dot."
	}
	for _, l := range labels {
		wrong := func(r rune) bool {
			return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
		}
		if l == "" || strings.HasPrefix(l, "-") || strings.HasSuffix(l, "-") || strings.ContainsFunc(l, wrong) {
			return "This is no user principal name: the domain can't be right."
		}
	}
	return ""
}

// ResolveUsers looks up every line. Either all can be protected, or the
// selection is empty and each line that can't is reported; notes come beside
// either. The error is of what concerns them all, such as no network.
func (d *Directory) ResolveUsers(ctx context.Context, svc service.Service, lines []Line) ([]service.Selection, []LineError, error) {
	if len(lines) > service.MaxSelected {
		return nil, nil, &service.Error{Code: service.CodeTooManyTargets,
			Message: fmt.Sprintf("The list names %d people. At most %d can be selected.", len(lines), service.MaxSelected),
			Help:    "Shorten the list, or synchronize all users and groups."}
	}
	g, err := d.graph(svc)
	if err != nil {
		return nil, nil, err
	}
	asks, err := d.asks(svc)
	if err != nil {
		return nil, nil, err
	}
	return lookUp(ctx, lines, "There is no user with this name.", func(ctx context.Context, upn string) (service.Selection, string, service.Exclusion, error) {
		p, err := d.findUser(ctx, g, asks, upn)
		return service.Selection{Person: p, Origin: service.OriginUser}, p.ID, service.Exclude(svc, p, true), err
	})
}

// lookUp looks every line up. find gives what a line names with its ID, and why
// it can't be protected.
func lookUp[T any](ctx context.Context, lines []Line, missing string, find func(ctx context.Context, text string) (T, string, service.Exclusion, error)) ([]T, []LineError, error) {
	found, ids, wrong := make([]T, len(lines)), make([]string, len(lines)), make([]string, len(lines))
	group, asking := errgroup.WithContext(ctx)
	group.SetLimit(concurrent)
	for i, l := range lines {
		group.Go(func() error {
			one, id, why, err := find(asking, l.Text)
			switch {
			case service.CodeOf(err) == service.CodeNotFound:
				wrong[i] = missing
			case err != nil && concernsAll(err):
				return err
			case err != nil:
				wrong[i] = service.AsError(err).Error()
			case why != service.ExclusionNone:
				wrong[i] = "can't be protected: " + whyText(why)
			}
			found[i], ids[i] = one, id
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, nil, err
	}
	var sel []T
	var said []LineError
	first := make(map[string]int)
	for i, l := range lines {
		switch at, again := first[ids[i]]; {
		case wrong[i] != "":
			said = append(said, LineError{Line: l.Number, Text: l.Text, Message: wrong[i]})
		case again:
			said = append(said, LineError{Line: l.Number, Text: l.Text, Message: fmt.Sprintf("The same as line %d, counted once.", at), Note: true})
		default:
			first[ids[i]] = l.Number
			sel = append(sel, found[i])
		}
	}
	if Failed(said) {
		return nil, said, nil
	}
	return sel, said, nil
}
