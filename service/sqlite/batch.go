package sqlite

import (
	"context"
	"database/sql"
	"strings"
)

// batchRows is how many rows one statement inserts at most: few enough for
// SQLite's limit of 32,766 parameters.
const batchRows = 200

// batch inserts many rows with few statements. A statement costs as much as a
// row, and the search writes out what it holds in memory at each one.
type batch struct {
	tx       *sql.Tx
	columns  int
	into, on string // what stands before and behind VALUES
	args     []any
	full     *sql.Stmt // for batchRows rows; nil before the first
}

// add adds a row, and writes the rows if there are enough.
func (b *batch) add(ctx context.Context, row ...any) error {
	b.args = append(b.args, row...)
	if len(b.args) < batchRows*b.columns {
		return nil
	}
	if b.full == nil {
		var err error
		if b.full, err = b.tx.PrepareContext(ctx, b.text(batchRows)); err != nil {
			return err
		}
	}
	_, err := b.full.ExecContext(ctx, b.args...)
	b.args = b.args[:0]
	return err
}

// flush writes the rows that are left.
func (b *batch) flush(ctx context.Context) error {
	if len(b.args) == 0 {
		return nil
	}
	_, err := b.tx.ExecContext(ctx, b.text(len(b.args)/b.columns), b.args...)
	b.args = b.args[:0]
	return err
}

func (b *batch) close() {
	if b.full != nil {
		b.full.Close()
	}
}

func (b *batch) text(rows int) string {
	one := "(" + strings.Repeat("?, ", b.columns-1) + "?)"
	return b.into + " VALUES " + strings.Repeat(one+", ", rows-1) + one + b.on
}
