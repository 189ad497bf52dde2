package directory

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"cloudappsecurity/service"
)

// exportPage is how many targets are read at once for a file.
const exportPage = 1000

// ExportTargets writes whom q finds into a file of comma-separated values and
// says how many these are. A file that is there is replaced once the new one is
// whole; offset and limit of q don't count.
func ExportTargets(ctx context.Context, store service.DirectoryStore, svc service.Service, q service.TargetQuery, path string) (n int, err error) {
	have := "Mailbox"
	if svc == service.OneDrive {
		have = "OneDrive"
	}
	head := []string{"Name", "User principal name", "Mail", have, "Protected", "Reason", "Origin", "Last seen", "Object ID"}
	return export(ctx, path, head, func(offset int) ([][]string, error) {
		q.Offset, q.Limit = offset, exportPage
		return rows(ctx, store.Targets, svc, q, func(t service.Target) []string { return exportRow(svc, t) })
	})
}

// ExportSites does likewise with the site collections.
func ExportSites(ctx context.Context, store service.SiteStore, svc service.Service, q service.TargetQuery, path string) (n int, err error) {
	head := []string{"Title", "URL", "Subsites", "Protected", "Reason", "Origin", "Last seen", "ID"}
	return export(ctx, path, head, func(offset int) ([][]string, error) {
		q.Offset, q.Limit = offset, exportPage
		return rows(ctx, store.SiteTargets, svc, q, func(t service.SiteTarget) []string {
			return []string{t.Title, t.URL, strconv.Itoa(t.Subsites), yes(t.Protected), t.Reason.TextOf(svc), t.Origin.Text(), seen(t.SeenAt), t.ID}
		})
	})
}

func rows[T any](ctx context.Context, read func(context.Context, service.Service, service.TargetQuery) ([]T, error), svc service.Service, q service.TargetQuery, row func(T) []string) ([][]string, error) {
	page, err := read(ctx, svc, q)
	list := make([][]string, len(page))
	for i, t := range page {
		list[i] = row(t)
	}
	return list, err
}

func export(ctx context.Context, path string, head []string, page func(offset int) ([][]string, error)) (n int, err error) {
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
	n, err = writeRows(f, head, page)
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	return n, os.Rename(f.Name(), path)
}

// writeRows writes the rows as RFC 4180 says, in UTF-8 with a byte order mark,
// without which Excel takes it for the system's old code page.
func writeRows(w io.Writer, head []string, page func(offset int) ([][]string, error)) (n int, err error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return 0, err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(head); err != nil {
		return 0, err
	}
	for {
		list, err := page(n)
		if err != nil {
			return n, err
		}
		for _, row := range list {
			for i, cell := range row {
				row[i] = harmless(cell)
			}
			if err := out.Write(row); err != nil {
				return n, err
			}
			n++
		}
		if len(list) < exportPage {
			out.Flush()
			return n, out.Error()
		}
	}
}

func exportRow(svc service.Service, t service.Target) []string {
	have := string(t.Mailbox)
	if svc == service.OneDrive {
		have = cmp.Or(string(t.DriveState), string(service.DriveUnknown))
	}
	return []string{t.DisplayName, t.UserPrincipalName, t.Mail, have, yes(t.Protected), t.Reason.Text(), t.Origin.Text(), seen(t.SeenAt), t.ID}
}

func yes(protected bool) string {
	if protected {
		return "Yes"
	}
	return "No"
}

func seen(t time.Time) string {
	if t.IsZero() {
		return "Unknown"
	}
	return t.UTC().Format(time.RFC3339)
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
