package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"syscall"

	"cloudappsecurity/service"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// errDamaged is what a check of the whole file found.
var errDamaged = errors.New("sqlite: the database is damaged")

// extended is the extended result code of SQLite in err, 0 if there is none.
func extended(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}

// primary is the primary result code of SQLite in err, 0 if there is none.
func primary(err error) int { return extended(err) & 0xff }

// needsShm says whether err is what a read-only connection gets where the files
// beside a WAL database can't be made, or can't grow on a full disk.
func needsShm(err error) bool {
	switch primary(err) {
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
		return true
	default:
		return noSpaceForShm(err)
	}
}

// noSpaceForShm says whether err is that of a disk without the 32 KB which
// every connection needs beside a WAL database.
func noSpaceForShm(err error) bool {
	switch extended(err) {
	case sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMMAP:
		return true
	default:
		return false
	}
}

// diskFull says whether err comes from a disk without space, or from a quota.
func diskFull(err error) bool {
	return primary(err) == sqlite3.SQLITE_FULL || noSpaceForShm(err) ||
		errors.Is(err, syscall.ENOSPC)
}

// logged translates err and writes its cause to the log.
func (s *Store) logged(err error) error {
	t := s.translate(err)
	var e *service.Error
	if errors.As(t, &e) && e.Code == service.CodeStore {
		s.log.Error("the database failed", "error", e.Message, "cause", e.Cause)
	}
	return t
}

// translate gives err words for people. An error of package service, and the
// context's, pass.
func (s *Store) translate(err error) error {
	if err == nil {
		return nil
	}
	if known, ok := errors.AsType[*service.Error](err); ok {
		return known
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	err = service.PortableError(runtime.GOOS, err)
	dir := filepath.Dir(s.path)
	e := &service.Error{Code: service.CodeStore, Cause: err}
	code := primary(err)
	switch {
	case diskFull(err):
		e.Message = "The disk is full. What was being stored was not stored; nothing that was stored before was lost."
		e.Help = "Free some space on the disk of " + dir + ", then try again."
	case code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED || errors.Is(err, service.ErrHeld):
		e.Message = "The data is in use by another program. Nothing was lost."
		e.Help = "Close other programs that use " + dir + " (a backup or a virus scanner, for instance), then try again."
	case code == sqlite3.SQLITE_CORRUPT || errors.Is(err, errDamaged):
		e.Message = "The database in the data folder is damaged: not all that was stored can be read. It was left as it is."
		e.Help = "Quit Cloud App Security, restore " + s.path + " from a backup, or move it away and grant access again: what Microsoft 365 holds is not affected."
	case code == sqlite3.SQLITE_NOTADB || errors.Is(err, errForeign):
		e.Message = "The file " + filepath.Base(s.path) + " in the data folder is not a database of Cloud App Security, or it is damaged. It was not touched."
		e.Help = "Restore " + s.path + " from a backup, or move it away and grant access again: what Microsoft 365 holds is not affected."
	case code == sqlite3.SQLITE_READONLY, code == sqlite3.SQLITE_PERM,
		errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		e.Message = "The data folder can't be written. Nothing was lost."
		e.Help = "Allow this user to write to " + dir + ", or use another data folder."
		if s.readOnly {
			e.Message = "The data folder can't be read."
			e.Help = "Allow this user to read " + dir + ", or use another data folder."
		}
	case code == sqlite3.SQLITE_CANTOPEN:
		return unusable(s.path, err)
	case code == sqlite3.SQLITE_IOERR:
		e.Message = "The disk reported an error. What was being stored was not stored."
		e.Help = "Check the disk or the network drive of " + dir + ", then try again."
	default:
		if _, ok := errors.AsType[*fs.PathError](err); ok {
			return unusable(s.path, err)
		}
		e.Message = "The data could not be read or written."
		e.Help = "Try again; the log in the data folder says more."
	}
	return e
}

func unusable(path string, cause error) *service.Error {
	return &service.Error{
		Code:    service.CodeStore,
		Message: "The database " + path + " can't be opened.",
		Help:    "Check that its folder exists and that this user may read and write it, or use another data folder.",
		Cause:   cause,
	}
}
