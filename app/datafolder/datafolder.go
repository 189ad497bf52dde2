// Package datafolder is the folder in which one organization's data lives: where
// it is, what stands in it, whose it is (the demo organization's or a real one's)
// and which process writes to it.
package datafolder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"cloudappsecurity/service"

	"github.com/gofrs/flock"
)

// Default is the data folder of this user of this computer.
func Default() (string, error) {
	return defaultDir(runtime.GOOS, os.Getenv, os.UserHomeDir, "")
}

// DefaultDemo is the demo organization's, apart from the real one's.
func DefaultDemo() (string, error) {
	return defaultDir(runtime.GOOS, os.Getenv, os.UserHomeDir, "demo")
}

func defaultDir(goos string, getenv func(string) string, home func() (string, error), suffix string) (string, error) {
	join := filepath.Join
	if goos == "windows" {
		if suffix != "" {
			suffix = "Demo"
		}
		// Local, not Roaming: the database and its key belong to this computer.
		if d := getenv("LOCALAPPDATA"); d != "" {
			return join(d, "CloudAppSecurity"+suffix), nil
		}
	}
	if d := getenv("XDG_DATA_HOME"); goos != "windows" && goos != "darwin" && filepath.IsAbs(d) {
		return join(d, "cloudappsecurity"+dash(suffix)), nil
	}
	h, err := home()
	if err != nil || h == "" {
		return "", &service.Error{
			Code:    service.CodeStore,
			Message: "The folder for this user's data is not known.",
			Help:    "Name one with --data-dir.",
			Cause:   err,
		}
	}
	switch goos {
	case "windows":
		return join(h, "AppData", "Local", "CloudAppSecurity"+suffix), nil
	case "darwin":
		if suffix != "" {
			suffix = "Demo"
		}
		return join(h, "Library", "Application Support", "CloudAppSecurity"+suffix), nil
	default:
		return join(h, ".local", "share", "cloudappsecurity"+dash(suffix)), nil
	}
}

func dash(suffix string) string {
	if suffix == "" {
		return ""
	}
	return "-" + suffix
}

// Folder is a data folder.
type Folder struct {
	dir string
	now func() time.Time
}

// Look gives the folder at dir without making or changing anything, for those
// who only read. It need not exist.
func Look(dir string) (*Folder, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, unusable(dir, err)
	}
	return &Folder{dir: abs, now: time.Now}, nil
}

// Open gives the folder at dir for writing: it is made, for this user only, if
// there is none, and tried.
func Open(dir string) (*Folder, error) {
	f, err := Look(dir)
	if err != nil {
		return nil, err
	}
	made := !exists(f.dir)
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return nil, unusable(f.dir, err)
	}
	if made {
		_ = makePrivate(f.dir) // a disk of FAT or another system's share keeps no such rights
	}
	probe, err := os.CreateTemp(f.dir, ".writable-*")
	if err != nil {
		return nil, unusable(f.dir, err)
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return nil, unusable(f.dir, err)
	}
	return f, nil
}

// Dir is the folder's absolute path.
func (f *Folder) Dir() string { return f.dir }

// Database is the path of the database.
func (f *Folder) Database() string { return filepath.Join(f.dir, "cloudappsecurity.db") }

// Log is the path of the log file.
func (f *Folder) Log() string { return filepath.Join(f.dir, "cloudappsecurity.log") }

// DemoState is the path of the simulated tenant's state.
func (f *Folder) DemoState() string { return filepath.Join(f.dir, "demo-tenant.json") }

func (f *Folder) kindFile() string   { return filepath.Join(f.dir, "organization.kind") }
func (f *Folder) lockFile() string   { return filepath.Join(f.dir, "writer.lock") }
func (f *Folder) holderFile() string { return filepath.Join(f.dir, "writer.json") }

// Kind is whose data a folder holds.
type Kind string

// The kinds. A folder is of no kind until it is claimed.
const (
	KindNone Kind = ""
	KindReal Kind = "real"
	KindDemo Kind = "demo"
)

// Kind says whose data the folder holds. It is a file beside the database and
// not in it, so that it is known before the database is opened or written.
func (f *Folder) Kind() (Kind, error) {
	b, err := os.ReadFile(f.kindFile())
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
		return KindNone, unusable(f.dir, err)
	}
	switch k := Kind(strings.TrimSpace(string(b))); k {
	case KindReal, KindDemo:
		return k, nil
	case KindNone:
		// The mark was lost. A database without one is taken for a real
		// organization's: the demo must not touch that.
		if exists(f.DemoState()) {
			return KindDemo, nil
		}
		if exists(f.Database()) {
			return KindReal, nil
		}
		return KindNone, nil
	default:
		return KindNone, &service.Error{
			Code:    service.CodeStore,
			Message: "The folder " + f.dir + " holds data of an unknown kind. It was not touched.",
			Help:    "Install the newest version of Cloud App Security, or use another data folder.",
			Cause:   fmt.Errorf("datafolder: kind %q", k),
		}
	}
}

// Check refuses a folder that holds the other kind of organization. It changes
// nothing.
func (f *Folder) Check(want Kind) error {
	is, err := f.Kind()
	if err != nil || is == KindNone || is == want {
		return err
	}
	e := &service.Error{Code: service.CodeStore}
	if want == KindDemo {
		e.Message = "The folder " + f.dir + " holds a real organization's data, which the demo organization never touches. Nothing was changed."
		e.Help = "Name another folder with --data-dir, or leave it out: the demo organization has a folder of its own."
	} else {
		e.Message = "The folder " + f.dir + " holds the demo organization. A real organization's data is never mixed with it. Nothing was changed."
		e.Help = "Name another folder with --data-dir, or start with --demo."
	}
	return e
}

// Claim marks the folder as want's. It refuses one of the other kind. Call it
// while holding the lock and before anything else is written.
func (f *Folder) Claim(want Kind) error {
	if want != KindReal && want != KindDemo {
		return fmt.Errorf("datafolder: claiming for kind %q", want)
	}
	if err := f.Check(want); err != nil {
		return err
	}
	if b, err := os.ReadFile(f.kindFile()); err == nil && strings.TrimSpace(string(b)) == string(want) {
		return nil
	}
	if err := replaceFile(f.kindFile(), []byte(want+"\n")); err != nil {
		return unusable(f.dir, err)
	}
	return nil
}

// Holder is the process that writes to a folder.
type Holder struct {
	PID     int       `json:"pid"`
	Program string    `json:"program"`
	Since   time.Time `json:"since"`
}

// Lock makes this process the folder's one writer until unlock is called or the
// process ends, however it ends: the operating system keeps the lock. program
// is what others read ("Cloud App Security", "casctl grant"). If another process
// writes already, the error has CodeLocked and says which.
func (f *Folder) Lock(program string) (unlock func(), err error) {
	lock := flock.New(f.lockFile(), flock.SetPermissions(0o600))
	held, err := lock.TryLock()
	if err != nil {
		_ = lock.Close()
		return nil, unusable(f.dir, err)
	}
	if !held {
		_ = lock.Close()
		return nil, f.locked()
	}
	// Beside the lock, which others can't read on Windows. It only says who: the
	// lock holds without it, but another's name must not stay.
	b, err := json.Marshal(Holder{PID: os.Getpid(), Program: program, Since: f.now().UTC().Truncate(time.Second)})
	if err == nil {
		err = replaceFile(f.holderFile(), b)
	}
	if err != nil {
		_ = os.Remove(f.holderFile())
	}
	return func() {
		_ = os.Remove(f.holderFile())
		_ = lock.Unlock()
	}, nil
}

func (f *Folder) locked() error {
	e := &service.Error{
		Code:    service.CodeLocked,
		Message: "The data folder " + f.dir + " is in use by another program.",
		Help:    "Quit that program, then try again. Commands that only read work beside it.",
	}
	// It is missing for a moment while the other one starts or ends.
	if h, ok := f.holder(); ok {
		e.Message = fmt.Sprintf("The data folder %s is in use by %s (process %d) since %s.",
			f.dir, h.Program, h.PID, h.Since.Local().Format("15:04 on 2 January 2006"))
	}
	return e
}

func (f *Folder) holder() (Holder, bool) {
	var h Holder
	b, err := os.ReadFile(f.holderFile())
	return h, err == nil && json.Unmarshal(b, &h) == nil && h.PID != 0
}

// replaceFile writes a file of this user's so that it is there whole or not at
// all.
func replaceFile(path string, b []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(b)
	if err == nil {
		err = tmp.Sync()
	}
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func unusable(dir string, cause error) error {
	cause = service.PortableError(runtime.GOOS, cause)
	if errors.Is(cause, syscall.ENOSPC) {
		return &service.Error{
			Code:    service.CodeStore,
			Message: "The disk is full. Nothing that was stored was lost.",
			Help:    "Free some space on the disk of " + dir + ", then try again.",
			Cause:   cause,
		}
	}
	if errors.Is(cause, syscall.EROFS) || errors.Is(cause, fs.ErrPermission) {
		return &service.Error{
			Code:    service.CodeStore,
			Message: "The data folder " + dir + " can't be written. Nothing was changed or lost.",
			Help:    "Allow this user to read and write it, or name another folder with --data-dir. Commands that only read still work.",
			Cause:   cause,
		}
	}
	return &service.Error{
		Code:    service.CodeStore,
		Message: "The data folder " + dir + " can't be used. Nothing was changed.",
		Help:    "Allow this user to read and write it, or name another folder with --data-dir.",
		Cause:   cause,
	}
}
