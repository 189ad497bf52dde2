package directory

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"cloudappsecurity/service"
)

// exportPage is how many targets are read at once for a file.
const exportPage = 1000

// ExportTargets writes whom q finds into a file of comma-separated values and
// says how many these are. A file that is there is replaced once the new one is
// whole; offset and limit of q don't count.
func ExportTargets(ctx context.Context, store service.DirectoryStore, svc service.Service, q service.TargetQuery, path string) (n int, err error) {
	failed := func(err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if e := (*service.Error)(nil); errors.As(err, &e) {
			return err
		}
		return &service.Error{Code: service.CodeInternal, Message: "The file can't be written.",
			Help: "Choose another folder or file name, and look whether the disk is full.", Cause: err}
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".targets-*.csv")
	if err != nil {
		return 0, failed(err)
	}
	defer func() {
		if err != nil {
			err = failed(err)
			_ = os.Remove(f.Name()) // it is named as what it is
		}
	}()
	n, err = writeTargets(ctx, f, store, svc, q)
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	return n, os.Rename(f.Name(), path)
}

// writeTargets writes the rows as RFC 4180 says, in UTF-8 with a byte order
// mark, without which Excel takes it for the system's old code page.
func writeTargets(ctx context.Context, w io.Writer, store service.DirectoryStore, svc service.Service, q service.TargetQuery) (n int, err error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return 0, err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write([]string{"Name", "User principal name", "Mail", "Mailbox", "Protected", "Reason", "Origin", "Last seen", "Object ID"}); err != nil {
		return 0, err
	}
	q.Limit = exportPage
	for q.Offset = 0; ; q.Offset += exportPage {
		page, err := store.Targets(ctx, svc, q)
		if err != nil {
			return n, err
		}
		for _, t := range page {
			if err := out.Write(exportRow(t)); err != nil {
				return n, err
			}
			n++
		}
		if len(page) < exportPage {
			out.Flush()
			return n, out.Error()
		}
	}
}

func exportRow(t service.Target) []string {
	protected, seen := "Yes", "Unknown"
	if !t.Protected {
		protected = "No"
	}
	if !t.SeenAt.IsZero() {
		seen = t.SeenAt.UTC().Format(time.RFC3339)
	}
	row := []string{t.DisplayName, t.UserPrincipalName, t.Mail, string(t.Mailbox), protected, t.Reason.Text(), t.Origin.Text(), seen, t.ID}
	for i, cell := range row {
		row[i] = harmless(cell)
	}
	return row
}

// harmless keeps a spreadsheet from taking a cell for a formula: names come from
// the directory, and whoever may change their own could have another's computer
// calculate, or send, something.
// https://owasp.org/www-community/attacks/CSV_Injection
func harmless(cell string) string {
	if cell == "" {
		return cell
	}
	switch cell[0] {
	case '=', '+', '-', '@', '\t', '\r':
		return "'" + cell
	default:
		return cell
	}
}
