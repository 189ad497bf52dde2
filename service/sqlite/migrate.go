package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"cloudappsecurity/service"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// newest is the version of the newest migration.
const newest = 8

// applicationID marks a file as this program's; the first migration sets it.
const applicationID = 0x43415331 // "CAS1"

var errForeign = errors.New("sqlite: not this program's database")

// migrate brings the database of db to the newest version; each migration is
// one transaction.
func migrate(ctx context.Context, db *sql.DB, log *slog.Logger) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files,
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	done, err := p.Up(ctx)
	for _, m := range done {
		log.Info("database migrated", "version", m.Source.Version, "took", m.Duration)
	}
	return err
}

// version is the version of the database of db: 0 for an empty one.
func version(ctx context.Context, db *sql.DB) (int64, error) {
	var id, tables int64
	var migrated bool
	if err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return 0, err
	}
	err := db.QueryRowContext(ctx, "SELECT count(*), coalesce(max(name = 'goose_db_version'), 0) FROM sqlite_schema WHERE type = 'table'").
		Scan(&tables, &migrated)
	if err != nil {
		return 0, err
	}
	switch {
	case tables == 0 && (id == 0 || id == applicationID):
		return 0, nil
	case id != applicationID && (id != 0 || !migrated):
		return 0, errForeign
	}
	var v int64
	// Killed right after goose made its table, before the first migration.
	err = db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&v)
	return v, err
}

func checkVersion(v int64, readOnly bool) error {
	switch {
	case v > newest:
		return &service.Error{
			Code:    service.CodeStore,
			Message: "The data was written by a newer version of Cloud App Security. It was not touched.",
			Help:    "Install the newest version, or use another data folder.",
			Cause:   fmt.Errorf("sqlite: database version %d, program knows %d", v, newest),
		}
	case v < newest && readOnly:
		return &service.Error{
			Code:    service.CodeStore,
			Message: "The data was written by an older version of Cloud App Security and has not been brought up to date yet.",
			Help:    "Start Cloud App Security once, then try again.",
			Cause:   fmt.Errorf("sqlite: database version %d, program needs %d", v, newest),
		}
	default:
		return nil
	}
}
