package content

import (
	"errors"
	"io"
	"strings"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content/archive"
)

func (w *work) options() archive.Options {
	return archive.Options{Passwords: w.o.Passwords, Memory: w.b.Limits().Memory}
}

// random gives what archives need that are read at any place.
func (w *work) random() (io.ReaderAt, error) {
	if w.ra == nil {
		return nil, &budget.Error{Reason: budget.TooLarge}
	}
	return w.ra, nil
}

// zipped looks into a zip archive: by its directory, or from the beginning where
// that is all that can be done.
func zipped(w *work) error {
	if w.ra != nil {
		err := archive.Zip(w.ra, w.size, w.options(), w.entry)
		if !errors.Is(err, archive.ErrDamaged) || len(w.Children) > 0 {
			return err
		}
	}
	if w.open == nil {
		return &budget.Error{Reason: budget.TooLarge}
	}
	return archive.ZipStream(w.open(), w.options(), w.entry)
}

func rar(w *work) error {
	if w.open == nil {
		return &budget.Error{Reason: budget.TooLarge}
	}
	return archive.RAR(w.open, w.options(), w.entry)
}

func tarred(w *work) error {
	if w.open == nil {
		return &budget.Error{Reason: budget.TooLarge}
	}
	return archive.Tar(w.open(), w.options(), w.entry)
}

// placed looks into an archive that is read at any place.
func placed(walk func(io.ReaderAt, int64, archive.Options, archive.Visit) error) func(*work) error {
	return func(w *work) error {
		r, err := w.random()
		if err != nil {
			return err
		}
		return walk(r, w.size, w.options(), w.entry)
	}
}

// iso looks into a disk image. One of which nothing can be read is told as a
// kind that can't be looked into, not as a damaged one.
func iso(w *work) error { return placed(archive.ISO)(w) }

// compressed looks into one compressed file.
func compressed(open func(io.Reader, archive.Options) (io.Reader, string, error)) func(*work) error {
	return func(w *work) error {
		if w.open == nil {
			return &budget.Error{Reason: budget.TooLarge}
		}
		packed := &counted{r: w.open()}
		in, name, err := open(packed, w.options())
		if err != nil {
			return err
		}
		if c, ok := in.(io.Closer); ok {
			defer func() { _ = c.Close() }()
		}
		if name == "" {
			name = uncompressedName(w.Name)
		}
		w.child(&once{in, -1}, name, "", func() int64 { return packed.n })
		return nil
	}
}

// uncompressedName gives the name that a program gives what it unpacks.
func uncompressedName(name string) string {
	base := baseName(name)
	switch ext := Extension(base); ext {
	case "tgz", "tbz", "tbz2", "txz", "tzst":
		return base[:len(base)-len(ext)] + "tar"
	case "svgz":
		return base[:len(base)-1]
	case "gz", "bz2", "xz", "zst", "lzma":
		return base[:len(base)-len(ext)-1]
	default:
		return base
	}
}

// entry looks into one entry of an archive.
func (w *work) entry(e archive.Entry) error {
	if err := w.b.Time(); err != nil {
		return err
	}
	w.Unlocked = w.Unlocked || e.Unlocked
	if e.Packed >= 0 && e.Size >= 0 {
		if err := w.b.Expand(e.Packed, e.Size); err != nil {
			w.problem(err)
			return nil // what follows is looked at even so
		}
	}
	in, err := e.Open()
	if err != nil {
		w.unread(e, err)
		return nil
	}
	var src Source = &once{in, e.Size}
	if e.Again {
		src = &again{func() (io.Reader, error) { return e.Open() }, e.Size}
	}
	packed := func() int64 { return e.Packed }
	if e.Packed < 0 {
		packed = func() int64 { return w.size }
	}
	child := w.child(src, e.Name, "", packed)
	child.Unlocked = e.Unlocked
	return limitOf(child)
}

// unread notes an entry that could not be opened: its name is known even so.
func (w *work) unread(e archive.Entry, err error) {
	item := &Item{Name: e.Name, Path: w.Path + " > " + shown(e.Name), Size: max(0, e.Size), Type: ""}
	inner := &work{scan: w.scan, Item: item, depth: w.depth + 1}
	if err := w.b.Enter(inner.depth); err != nil {
		w.problem(err)
		return
	}
	inner.problem(err)
	w.Encrypted = w.Encrypted || item.Encrypted
	w.Children = append(w.Children, item)
}

// limitOf gives the error that ends a walk where the message's limits were met.
func limitOf(child *Item) error {
	for _, p := range child.Problems {
		switch p.Reason {
		case budget.TooMany, budget.TooSlow:
			return &budget.Error{Reason: p.Reason}
		case budget.Bomb:
			if strings.Count(child.Path, " > ") > 2 {
				return &budget.Error{Reason: budget.Bomb} // archives in archives: one is enough to know
			}
		}
	}
	return nil
}
