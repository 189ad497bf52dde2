// Package har records the exchanges of HTTP servers as HAR 1.2, without their
// secrets.
//
// After each exchange the file is complete and valid: an entry and the end of
// the document are one write, and the next entry overwrites that end. So a
// process that is killed leaves a file that can be read.
package har

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// File is a recording in progress. A nil *File records nothing.
type File struct {
	now func() time.Time
	log *slog.Logger

	mu      sync.Mutex
	file    *os.File
	end     int64 // where the next entry goes
	entries int
	failed  bool
	clean   cleaner
}

const tail = "\n]}}\n"

// Create starts a recording in a new file, which replaces an old one.
func Create(path string, now func() time.Time, log *slog.Logger) (*File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	head := `{"log":{"version":"1.2","creator":{"name":"m365sim","version":"1"},"pages":[],"entries":[`
	if _, err := file.WriteAt([]byte(head+tail), 0); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("recording: %w", err)
	}
	return &File{now: now, log: log, file: file, end: int64(len(head))}, nil
}

// Secret names values that are cut wherever they appear. Short values would
// cut ordinary text and are left alone.
func (f *File) Secret(values ...string) {
	if f == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clean.add(values...)
}

// Close ends the recording. Exchanges that end later are not recorded.
func (f *File) Close() error {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil
	}
	err := f.file.Sync()
	if closing := f.file.Close(); err == nil {
		err = closing
	}
	f.file = nil
	return err
}

// write appends an entry.
func (f *File) write(x *exchange) {
	f.mu.Lock()
	clean := f.clean
	f.mu.Unlock()
	data, err := json.Marshal(x.entry(clean))
	if err != nil {
		f.log.Error("exchange not recorded", "error", err)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil || f.failed {
		return
	}
	text := "\n" + string(data)
	if f.entries > 0 {
		text = "," + text
	}
	if _, err := f.file.WriteAt([]byte(text+tail), f.end); err != nil {
		f.failed = true // say so once; the exchange itself goes on
		f.log.Error("the recording stops here", "error", err)
		return
	}
	f.end += int64(len(text))
	f.entries++
}
