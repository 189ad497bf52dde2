package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"cloudappsecurity/service/inspect"
	"cloudappsecurity/service/inspect/tenant"
)

// scanFile is one file to be inspected. Standard input is kept in a file, since
// a message is read where it lies and not held in memory.
type scanFile struct {
	name  string   // as shown
	input *os.File // open already; nil for one to open
}

// scanned is what a file came to.
type scanned struct {
	file    string
	verdict inspect.Verdict
	err     error // it can't be read
}

// inspect reads and inspects the file.
func (f scanFile) inspect(ctx context.Context, e *inspect.Engine, t *tenant.Index) scanned {
	file, size, err := f.open()
	if err != nil {
		return scanned{file: f.name, err: unreadableFile(f.name, err)}
	}
	defer func() { _ = file.Close() }()
	source := &readErrors{file: file}
	verdict := e.Inspect(ctx, source, size, filepath.Base(f.name), t)
	if err := source.failed(); err != nil {
		return scanned{file: f.name, err: unreadableFile(f.name, err)}
	}
	return scanned{file: f.name, verdict: verdict}
}

// open gives the file and its size in bytes. Whoever opened it closes it, of
// standard input too: it is inspected once.
func (f scanFile) open() (file *os.File, size int64, err error) {
	file = f.input
	if file == nil {
		if file, err = os.Open(f.name); err != nil {
			return nil, 0, err
		}
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("it is a folder")
	}
	if err != nil {
		_ = file.Close()
		return nil, 0, err
	}
	return file, info.Size(), nil
}

// readErrors tells a disk that fails from a message that is damaged.
type readErrors struct {
	file *os.File
	mu   sync.Mutex
	err  error
}

func (r *readErrors) ReadAt(p []byte, offset int64) (int, error) {
	n, err := r.file.ReadAt(p, offset)
	if err != nil && !errors.Is(err, io.EOF) {
		r.mu.Lock()
		r.err = err
		r.mu.Unlock()
	}
	return n, err
}

func (r *readErrors) failed() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// scanned lists what the argument names: a file, the regular files of a folder
// and those beneath in the order of their names, or standard input.
func (c *command) scanned(ctx context.Context, what string) (files []scanFile, closeInput func(), err error) {
	none := func() {}
	if what == "-" {
		return c.standardInput(ctx)
	}
	info, err := os.Stat(what)
	if err != nil {
		return nil, none, unreadableFile(what, err)
	}
	if !info.IsDir() {
		return []scanFile{{name: what}}, none, nil
	}
	err = filepath.WalkDir(what, func(path string, d fs.DirEntry, err error) error {
		if err != nil && path == what {
			return err
		}
		if err != nil || d.Type().IsRegular() {
			files = append(files, scanFile{name: path}) // one that can't be read says so in its turn
		}
		return nil
	})
	if err != nil {
		return nil, none, unreadableFile(what, err)
	}
	return files, none, nil
}

func (c *command) standardInput(ctx context.Context) (files []scanFile, closeInput func(), err error) {
	none := func() {}
	file, err := os.CreateTemp("", "casctl-*") // only this user may read it
	if err != nil {
		return nil, none, unreadableFile("Standard input", err)
	}
	_ = os.Remove(file.Name()) // gone for others at once; Windows refuses while it is open
	closeInput = func() {
		_ = file.Close()
		_ = os.Remove(file.Name())
	}
	if _, err := io.Copy(file, c.input(ctx)); err != nil {
		closeInput()
		return nil, none, unreadableFile("Standard input", err)
	}
	return []scanFile{{name: "-", input: file}}, closeInput, nil
}

// inOrder works on all at once, workers at a time, and gives the results in the
// order of the files. It keeps no more results than four for each worker.
func inOrder[F, R any](ctx context.Context, workers int, files []F, work func(context.Context, F) R, result func(R)) error {
	type slot chan R
	order := make(chan slot, 4*workers)
	go func() {
		defer close(order)
		free := make(chan struct{}, workers)
		for _, f := range files {
			done := make(slot, 1)
			select {
			case order <- done:
			case <-ctx.Done():
				return
			}
			free <- struct{}{}
			go func() {
				done <- work(ctx, f)
				<-free
			}()
		}
	}()
	for done := range order {
		r := <-done
		if ctx.Err() != nil {
			continue // what was cut says nothing of the file
		}
		result(r)
	}
	return ctx.Err()
}
