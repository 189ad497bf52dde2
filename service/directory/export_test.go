package directory

import (
	"context"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloudappsecurity/service"
)

// listed is a store of targets that were found, whatever the query.
type listed struct {
	service.DirectoryStore

	list []service.Target
	err  error
}

func (l listed) Targets(_ context.Context, _ service.Service, q service.TargetQuery) ([]service.Target, error) {
	if q.Offset >= len(l.list) {
		return nil, l.err
	}
	return l.list[q.Offset:min(len(l.list), q.Offset+q.Limit)], nil
}

func TestExportIsSafeAgainstFormulas(t *testing.T) {
	t.Parallel()
	names := []string{"=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "Ana", "a=b", "Smith, \"Jo\"", "", "two\nlines", "Zoë"}
	var list []service.Target
	for _, n := range names {
		list = append(list, service.Target{Person: service.Person{ID: "-id", DisplayName: n, UserPrincipalName: "=u@contoso.com", SeenAt: noon}, Reason: service.ExclusionGuest})
	}
	path := filepath.Join(t.TempDir(), "t.csv")
	n, err := ExportTargets(context.Background(), listed{list: list}, service.ExchangeOnline, service.TargetQuery{}, path)
	if err != nil || n != len(names) {
		t.Fatal(n, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(string(text), "\r\n")
	if head != "\ufeffName,User principal name,Mail,Mailbox,Protected,Reason,Origin,Last seen,Object ID" {
		t.Errorf("head %q", head)
	}
	if !strings.Contains(body, `"Smith, ""Jo"""`) {
		t.Errorf("quotes aren't doubled in %q", body)
	}
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || len(rows) != len(names) {
		t.Fatal(len(rows), err)
	}
	for i, row := range rows {
		for _, cell := range row {
			if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@\t\r") {
				t.Errorf("%q begins like a formula", cell)
			}
		}
		if bare := strings.TrimPrefix(row[0], "'"); !strings.Contains(names[i], "\r") && bare != names[i] {
			t.Errorf("%q became %q", names[i], row[0])
		}
	}
	if got := strings.Join(rows[6], "|"); got != "Ana|'=u@contoso.com|||No|Guest of another organization|None|2026-11-19T12:00:00Z|'-id" {
		t.Errorf("row %q", got)
	}
}

func TestExportReplacesTheFileOnlyWhenWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "t.csv")
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	cut := listed{list: make([]service.Target, exportPage), err: &service.Error{Code: service.CodeStore, Message: "The disk broke."}}
	_, err := ExportTargets(context.Background(), cut, service.ExchangeOnline, service.TargetQuery{}, path)
	if service.CodeOf(err) != service.CodeStore {
		t.Errorf("error %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "before" {
		t.Errorf("the file holds %q, %v", text, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left over: %v, %v", left, err)
	}
	_, err = ExportTargets(context.Background(), listed{}, service.ExchangeOnline, service.TargetQuery{}, filepath.Join(dir, "none", "t.csv"))
	if e := (*service.Error)(nil); !errors.As(err, &e) || e.Help == "" {
		t.Errorf("error %v", err)
	}
	n, err := ExportTargets(context.Background(), listed{list: make([]service.Target, exportPage+1)}, service.ExchangeOnline, service.TargetQuery{}, path)
	if n != exportPage+1 || err != nil {
		t.Error(n, err)
	}
}
