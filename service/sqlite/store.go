package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"cloudappsecurity/service"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// readers is how many connections read at once.
const readers = 4

// busyTimeout is how long a statement waits for another process's lock.
const busyTimeout = 5 * time.Second

// Options of Open. Its zero value is a store that writes.
type Options struct {
	// ReadOnly opens beside a writing process: nothing is created, migrated or
	// changed. Where there is no database yet the store is empty, and stays so
	// until it is opened again.
	ReadOnly bool
	Now      func() time.Time // nil: time.Now
	Log      *slog.Logger     // nil: nothing is logged
}

// Store is an open database.
type Store struct {
	path     string
	readOnly bool
	now      func() time.Time
	log      *slog.Logger

	w *sql.DB // one connection; nil if readOnly
	r *sql.DB

	mu    sync.Mutex // one transaction writes; held by write
	names *collator  // under mu

	began func(synchronous int) // tests look at each transaction's level
}

var (
	_ service.AccountStore      = (*Store)(nil)
	_ service.NotificationStore = (*Store)(nil)
	_ service.DirectoryStore    = (*Store)(nil)
	_ service.PolicyStore       = (*Store)(nil)
	_ service.SiteStore         = (*Store)(nil)
)

// Open opens the database at path, made and migrated as needed unless
// o.ReadOnly.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, unusable(path, err)
	}
	s := &Store{path: abs, readOnly: o.ReadOnly, now: o.Now, log: o.Log, names: newCollator()}
	if o.ReadOnly {
		err = s.openReadOnly(ctx)
	} else {
		err = s.openWriting(ctx)
	}
	if err != nil {
		_ = s.closeAll()
		err = s.translate(err)
		s.log.Error("opening the database failed", "path", s.path, "read_only", s.readOnly, "error", err, "cause", errors.Unwrap(err))
		return nil, err
	}
	return s, nil
}

func (s *Store) openReadOnly(ctx context.Context) error {
	info, err := os.Stat(s.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		// One connection: each would have an in-memory database of its own.
		if s.r, err = sql.Open("sqlite", emptyDSN); err != nil {
			return err
		}
		s.r.SetMaxOpenConns(1)
		s.r.SetMaxIdleConns(1)
		if err := migrate(ctx, s.r, s.log); err != nil {
			return err
		}
		_, err = s.r.ExecContext(ctx, "PRAGMA query_only = 1")
		return err
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return unusable(s.path, errors.New("sqlite: not a regular file"))
	}
	v, err := s.openReaders(ctx, false)
	if err != nil && needsShm(err) && !holdsData(s.path+"-wal") {
		// A folder in which nothing can be made or nothing has space, and no
		// writer: the file alone holds everything.
		_ = s.r.Close()
		v, err = s.openReaders(ctx, true)
	}
	if err != nil {
		return err
	}
	return checkVersion(v, true)
}

func (s *Store) openReaders(ctx context.Context, immutable bool) (int64, error) {
	var err error
	if s.r, err = sql.Open("sqlite", readDSN(s.path, immutable)); err != nil {
		return 0, err
	}
	s.r.SetMaxOpenConns(readers)
	s.r.SetMaxIdleConns(readers)
	return version(ctx, s.r)
}

func (s *Store) openWriting(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return err
	}
	// Made here and not by SQLite, for its mode: -wal and -shm take theirs
	// from it.
	f, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		err = f.Chmod(0o600)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if info.Size() > 0 {
		// Looked at before anything is opened for writing: another program's
		// or a newer version's file stays as it is.
		if err := s.look(ctx); err != nil && !needsShm(err) {
			return err
		}
		if err := s.r.Close(); err != nil {
			return err
		}
		s.r = nil
	}
	if s.w, err = sql.Open("sqlite", writeDSN(s.path)); err != nil {
		return err
	}
	s.w.SetMaxOpenConns(1)
	s.w.SetMaxIdleConns(1)
	if err := migrate(ctx, s.w, s.log); err != nil {
		return err
	}
	_, err = s.openReaders(ctx, false)
	return err
}

// look refuses a database which this program must not write: a newer version's,
// another program's, and a damaged one, in which every change could damage more.
// The check reads the whole file: 5 ms for 1,000 people, half a second for
// 100,000.
func (s *Store) look(ctx context.Context) error {
	v, err := s.openReaders(ctx, false)
	if err != nil {
		return err
	}
	if err := checkVersion(v, false); err != nil {
		return err
	}
	var found string
	if err := s.r.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return fmt.Errorf("%w: %s", errDamaged, found)
	}
	return nil
}

// Close waits for what runs and closes the database.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.translate(s.closeAll())
}

func (s *Store) closeAll() error {
	// The writer last: it folds the write-ahead log into the file.
	var err error
	if s.r != nil {
		err = s.r.Close()
	}
	if s.w != nil {
		err = errors.Join(err, s.w.Close())
	}
	return err
}

// write runs f in one transaction. A durable one is on the disk when write
// returns.
func (s *Store) write(ctx context.Context, durable bool, f func(*sql.Tx) error) (err error) {
	if s.readOnly {
		return &service.Error{Code: service.CodeStore, Message: "The data was opened for reading only.", Help: "Nothing was changed."}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { err = s.logged(err) }()

	conn, err := s.w.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	// It can't be changed within a transaction. Read back, since SQLite
	// ignores what it doesn't understand.
	level, name := 1, "NORMAL"
	if durable {
		level, name = 2, "FULL"
	}
	var is int
	if _, err := conn.ExecContext(ctx, "PRAGMA synchronous = "+name); err != nil {
		return err
	}
	if err := conn.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&is); err != nil {
		return err
	}
	if is != level {
		return errors.New("synchronous can't be set to " + name)
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if s.began != nil {
		s.began(is)
	}
	if err := f(tx); err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	return tx.Commit()
}

// ignoreDone drops the error of a rollback which the context's end has done.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// holdsData says whether there is something in a file. A reader makes an empty
// write-ahead log before it finds that there is no space for more.
func holdsData(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0
}

// micros is t as it is stored.
func micros(t time.Time) sql.NullInt64 {
	if t.IsZero() {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: true}
}

// instant is what micros stored.
func instant(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.UnixMicro(n.Int64).UTC()
}
