package content

import (
	"context"
	"errors"
	"slices"
	"strings"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content/archive"
	"cloudappsecurity/service/inspect/content/ole"
	"cloudappsecurity/service/inspect/markup"
)

// What is kept of one message's content in all, so that a message of many
// documents can't fill the memory.
const (
	mostText      = 4 << 20  // bytes of one item's text
	mostTextInAll = 16 << 20 // bytes of all items' text
	mostLinks     = 2000     // of one item
	mostFacts     = 64       // of one item
	mostDetail    = 200      // bytes of a fact's detail
	mostPasswords = 24
)

// Input says what is to be inspected.
type Input struct {
	Name     string // as sent, decoded
	Declared string // the media type, lower case
	Path     string // for people; empty: the name
	Inline   bool
	Depth    int // 0 for a file or what a message carries
}

// Options are what an inspection may use beside the content itself.
type Options struct {
	// Passwords are words of the message that may open what is encrypted, the
	// likeliest first; see Passwords.
	Passwords []string
	// Message reads a message that is found within content (.eml): it sets the
	// item's text, links, markup and children. Its children are inspected by
	// Inspect again, at the depth which it is given. Without it such a message
	// is a problem of its item.
	Message func(b *budget.Budget, src Source, item *Item, depth int, o Options) error

	within *scan // of what a message lies in
}

// Inspect looks into one thing: it finds the true type and digest, unpacks it,
// and gives what is within. It never fails: what could not be inspected stands
// in the item's Problems, or in those of what is within it. Only one reading of
// src is needed for most types; archives that are too large for the memory are
// read at any place if src is an io.ReaderAt too.
func Inspect(b *budget.Budget, src Source, in Input, o Options) *Item {
	if in.Path == "" {
		in.Path = in.Name
	}
	o.Passwords = o.Passwords[:min(len(o.Passwords), mostPasswords)]
	s := o.within
	if s == nil {
		s = &scan{b: b, o: o}
		s.o.within = s
	}
	return s.item(src, in, nil)
}

// scan is one inspection. It isn't used concurrently.
type scan struct {
	b        *budget.Budget
	o        Options
	held     int64 // bytes in memory at this moment
	text     int   // bytes of text that are kept
	pictures int   // which were searched for codes
}

// work is an item while it is looked into.
type work struct {
	*scan
	*Item
	loaded
	depth    int
	parts    *parts    // of a document that is a zip archive
	compound *ole.File // of a compound file
}

// item inspects one thing; packed tells how much it was unpacked from so far.
func (s *scan) item(src Source, in Input, packed func() int64) *Item {
	item := &Item{Name: in.Name, Path: in.Path, Declared: in.Declared, Inline: in.Inline, Size: max(0, src.Size())}
	w := &work{scan: s, Item: item, depth: in.Depth}
	if err := s.b.Enter(in.Depth); err != nil {
		w.problem(err)
		return item
	}
	held := s.held
	defer func() { s.held = held }()
	w.guard(func() error {
		l, err := s.load(item, src, packed)
		if err != nil {
			return err
		}
		w.loaded = l
		return w.look()
	})
	return item
}

// guard runs f; what f returns, or a parser's panic, becomes a problem.
func (w *work) guard(f func() error) {
	defer func() {
		if p := recover(); p != nil {
			if err := w.b.Time(); err != nil {
				w.problem(err)
				return
			}
			w.report(budget.Damaged, "Its structure is damaged; what it holds could not be read.")
		}
	}()
	if err := f(); err != nil {
		w.problem(err)
	}
}

// look does what the type needs.
func (w *work) look() error {
	w.eicar()
	w.Type = w.refine()
	w.mismatch()
	if f := w.Type.reader(); f != nil {
		return f(w)
	}
	if w.Type.IsArchive() {
		w.report(budget.Unknown, "This kind of archive or disk image can't be looked into.")
	}
	return nil
}

// opens says that the content of a type is looked into.
func opens(t Type) bool {
	return t.reader() != nil || t == "zip" || t == "ole"
}

// inMemory says that a type is only read from the memory.
func (t Type) inMemory() bool {
	switch t {
	case "zip", "iso", "tar", "gz", "bz2", "xz", "zst", "rar", "7z", "cab":
		return false
	default:
		return true
	}
}

// whole gives all of the content, which was small enough to be held.
func (w *work) whole() ([]byte, error) {
	if w.data == nil {
		return nil, &budget.Error{Reason: budget.TooLarge}
	}
	return w.data, nil
}

// child inspects something within, as often as src can be read.
func (w *work) child(src Source, name, declared string, packed func() int64) *Item {
	item := w.item(src, Input{Name: name, Declared: declared, Path: w.Path + " > " + shown(name), Depth: w.depth + 1}, packed)
	w.Children = append(w.Children, item)
	return item
}

// shown gives a name for people: without what turns the direction of writing
// and without control characters.
func shown(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < 32 || r == 127 || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200E || r == 0x200F {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, "\uFFFD"))
	if name == "" {
		return "(no name)"
	}
	return clip(name, mostDetail)
}

// clip cuts s to n bytes, between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}

// fact notes a structural property, once.
func (w *work) fact(k Kind, detail string) {
	f := Fact{Kind: k, Detail: clip(strings.Join(strings.Fields(strings.ToValidUTF8(detail, "\uFFFD")), " "), mostDetail)}
	if len(w.Facts) >= mostFacts {
		for _, old := range w.Facts {
			if old.Kind == k {
				return
			}
		}
	}
	if slices.Contains(w.Facts, f) {
		return
	}
	w.Facts = append(w.Facts, f)
}

// link notes an address that a person could follow.
func (w *work) link(url, text, where string) {
	url = strings.TrimSpace(url)
	if url == "" || len(w.Links) >= mostLinks || strings.HasPrefix(url, "#") {
		return
	}
	l := markup.Link{URL: clip(url, 8<<10), Text: clip(text, 1<<10), Where: w.Path + where}
	for i := max(0, len(w.Links)-64); i < len(w.Links); i++ {
		if w.Links[i] == l {
			return
		}
	}
	w.Links = append(w.Links, l)
}

// addText keeps text, as far as there is room.
func (w *work) addText(text string) {
	text = strings.ToValidUTF8(text, "\uFFFD")
	room := min(mostText-len(w.Text), mostTextInAll-w.scan.text)
	if len(text) > room {
		w.report(budget.TooLarge, "Only the first part of its text was looked at.")
		text = strings.ToValidUTF8(text[:max(0, room)], "")
	}
	w.scan.text += len(text)
	if w.Text != "" && text != "" {
		text = "\n" + text
	}
	w.Text += text
}

// problem notes an error of a limit, of an archive or of a parser.
func (w *work) problem(err error) {
	switch {
	case errors.Is(err, archive.ErrEncrypted):
		w.encrypted()
	case errors.Is(err, archive.ErrUnsupported):
		w.report(budget.Unknown, "It is stored in a way that can't be read.")
	case errors.Is(err, archive.ErrTooLarge):
		w.report(budget.TooLarge, sentences[budget.TooLarge])
	default:
		reason := budget.ReasonOf(err)
		w.report(reason, sentences[reason])
	}
}

var sentences = map[budget.Reason]string{
	budget.TooLarge:  "It is larger than what can be looked into.",
	budget.TooDeep:   "Things are packed into one another deeper than is followed.",
	budget.TooMany:   "It holds more entries than are looked at.",
	budget.Bomb:      "It unpacks to far more than it is, as only a trap does.",
	budget.TooSlow:   "Looking into it took longer than is allowed.",
	budget.Encrypted: "It is encrypted, and no password for it was found in the message.",
	budget.Damaged:   "Its structure is damaged; what it holds could not be read.",
}

// report notes a problem, each reason once.
func (w *work) report(reason budget.Reason, detail string) {
	for _, p := range w.Problems {
		if p.Reason == reason {
			return
		}
	}
	w.Problems = append(w.Problems, budget.Problem{Reason: reason, Where: w.Path, Detail: detail})
}

// encrypted notes that it needs a password.
func (w *work) encrypted() {
	w.Encrypted = true
	w.report(budget.Encrypted, sentences[budget.Encrypted])
}

// over says whether an error ends the inspection of whatever is left: a limit
// of the message, not of one thing in it.
func (w *work) over(err error) bool {
	var limit *budget.Error
	return errors.As(err, &limit) && limit.Reason != budget.Bomb || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}
