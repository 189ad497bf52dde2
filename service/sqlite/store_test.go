package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"cloudappsecurity/service"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func open(t testing.TB, path string, o Options) *Store {
	t.Helper()
	if o.Now == nil {
		o.Now = func() time.Time { return noon }
	}
	s, err := Open(context.Background(), path, o)
	if err != nil {
		t.Fatalf("Open: %v (%v)", err, errors.Unwrap(err))
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func fresh(t testing.TB) *Store {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "store.db"), Options{})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v (%v)", err, errors.Unwrap(err))
	}
}

func get[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		must(t, err)
		return v
	}
}

// wantCode checks the code, and that the error has words and shows no cause.
func wantCode(t testing.TB, err error, code service.Code, words string) {
	t.Helper()
	if service.CodeOf(err) != code {
		t.Fatalf("error %v (%v) has code %q, want %q", err, errors.Unwrap(err), service.CodeOf(err), code)
	}
	if !strings.Contains(err.Error(), words) {
		t.Errorf("error %q does not say %q", err, words)
	}
	if strings.Contains(err.Error(), "SQLITE") || strings.Contains(err.Error(), "sqlite:") {
		t.Errorf("error %q shows its cause", err)
	}
	if e := service.AsError(err); code == service.CodeStore && e.Help == "" {
		t.Errorf("error %q has no help", err)
	}
}

func TestMigrateFromEmptyAndReopen(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "new", "folder", "store.db")
	s := open(t, path, Options{})
	must(t, s.SetSetting(ctx, "theme", "dark"))
	for file, want := range map[string]os.FileMode{path: 0o600, path + "-wal": 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(file)
		must(t, err)
		if got := info.Mode().Perm(); runtime.GOOS != "windows" && got != want {
			t.Errorf("%s has mode %o, want %o", filepath.Base(file), got, want)
		}
	}
	if v := get[int64](t)(version(ctx, s.r)); v != newest {
		t.Errorf("version %d, want %d", v, newest)
	}
	must(t, s.Close())
	if exists(path + "-wal") {
		t.Error("the write-ahead log is left after Close")
	}
	s = open(t, path, Options{})
	if v := get[string](t)(s.Setting(ctx, "theme")); v != "dark" {
		t.Errorf("setting %q after opening again", v)
	}
}

// Each migration is known to checkVersion.
func TestNewestIsNewest(t *testing.T) {
	t.Parallel()
	files, err := migrations.ReadDir("migrations")
	must(t, err)
	if want := fmt.Sprintf("%05d_", newest); len(files) != newest || !strings.HasPrefix(files[len(files)-1].Name(), want) {
		t.Errorf("newest is %d, but the last of %d migrations is %s", newest, len(files), files[len(files)-1].Name())
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"plain", "with blanks", "what?", "100%", "%41", "a#b", "a&b=c", "a;b", "Документы", "データ", "naïve", "+", "a?mode=memory", "'quoted\"", "%zz",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if runtime.GOOS == "windows" {
				name = strings.NewReplacer("?", "_", `"`, "_").Replace(name)
			}
			ctx := context.Background()
			dir := filepath.Join(t.TempDir(), name)
			path := filepath.Join(dir, name+".db")
			s := open(t, path, Options{})
			must(t, s.SetSetting(ctx, "name", name))
			must(t, s.Close())
			entries, err := os.ReadDir(dir)
			must(t, err)
			if len(entries) != 1 || entries[0].Name() != name+".db" {
				t.Errorf("made %v", entries)
			}
			r := open(t, path, Options{ReadOnly: true})
			if v := get[string](t)(r.Setting(ctx, "name")); v != name {
				t.Errorf("read %q", v)
			}
		})
	}
}

func TestFileURI(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ goos, path, want string }{
		{"linux", "/home/a b/x?y#z%41.db", "file:///home/a%20b/x%3Fy%23z%2541.db"},
		{"darwin", "/Users/Zoë/store.db", "file:///Users/Zo%C3%AB/store.db"},
		{"windows", `C:\Users\Ann Lee\100%\store.db`, "file:///C:/Users/Ann%20Lee/100%25/store.db"},
		{"windows", `\\server\share\a#b\store.db`, "file:////server/share/a%23b/store.db"},
		{"windows", `\\?\C:\very\long\store.db`, "file:///C:/very/long/store.db"},
		{"windows", `\\?\UNC\server\share\store.db`, "file:////server/share/store.db"},
	} {
		if got := fileURI(c.goos, c.path); got != c.want {
			t.Errorf("fileURI(%s, %s) = %s, want %s", c.goos, c.path, got, c.want)
		}
	}
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	t.Run("no folder, no database: empty and nothing made", func(t *testing.T) {
		t.Parallel()
		dir := filepath.Join(t.TempDir(), "none")
		s := open(t, filepath.Join(dir, "store.db"), Options{ReadOnly: true})
		if a := get[service.Account](t)(s.Account(ctx, service.ExchangeOnline)); a.State != service.StateNotGranted {
			t.Errorf("state %q", a.State)
		}
		if ts := get[[]service.Target](t)(s.Targets(ctx, service.ExchangeOnline, service.TargetQuery{Search: "a"})); len(ts) != 0 {
			t.Errorf("targets %v", ts)
		}
		get[service.TargetCounts](t)(s.TargetCounts(ctx, service.ExchangeOnline))
		_, err := s.Organization(ctx)
		wantCode(t, err, service.CodeNotFound, "")
		_, err = s.Installation(ctx, "PC")
		wantCode(t, err, service.CodeNotFound, "")
		wantCode(t, s.SetSetting(ctx, "a", "b"), service.CodeStore, "reading only")
		if exists(dir) {
			t.Error("the folder was made")
		}
	})
	t.Run("older version: not migrated", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "store.db")
		s := open(t, path, Options{})
		_, err := s.w.Exec("DELETE FROM goose_db_version WHERE version_id > 0")
		must(t, err)
		must(t, s.Close())
		_, err = Open(ctx, path, Options{ReadOnly: true})
		wantCode(t, err, service.CodeStore, "older version")
	})
	t.Run("after a kill, with -wal and -shm left", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "store.db")
		s := open(t, path, Options{})
		must(t, s.SetSetting(ctx, "a", "b"))
		copied := filepath.Join(t.TempDir(), "store.db")
		for _, suffix := range []string{"", "-wal", "-shm"} {
			b, err := os.ReadFile(path + suffix)
			must(t, err)
			must(t, os.WriteFile(copied+suffix, b, 0o600))
		}
		r := open(t, copied, Options{ReadOnly: true})
		if v := get[string](t)(r.Setting(ctx, "a")); v != "b" {
			t.Errorf("read %q", v)
		}
	})
}

func TestNewerVersionIsNotTouched(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path, Options{})
	_, err := s.w.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, 1)", newest+1)
	must(t, err)
	must(t, s.Close())
	before := get[[]byte](t)(os.ReadFile(path))
	for _, readOnly := range []bool{false, true} {
		_, err := Open(ctx, path, Options{ReadOnly: readOnly})
		wantCode(t, err, service.CodeStore, "newer version")
	}
	if !cmp.Equal(before, get[[]byte](t)(os.ReadFile(path))) {
		t.Error("the database was changed")
	}
}

func TestUnusableFiles(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, c := range map[string]struct {
		prepare func(t *testing.T, path string) string
		words   string
	}{
		"no database": {func(t *testing.T, path string) string {
			must(t, os.WriteFile(path, []byte(strings.Repeat("Dear diary, ", 1000)), 0o600))
			return path
		}, "not a database"},
		"another program's": {func(t *testing.T, path string) string {
			db, err := sql.Open("sqlite", fileURI(runtime.GOOS, path))
			must(t, err)
			_, err = db.Exec("CREATE TABLE diary (day TEXT)")
			must(t, err)
			must(t, db.Close())
			return path
		}, "not a database of Cloud App Security"},
		"damaged": {func(t *testing.T, path string) string {
			s := open(t, path, Options{})
			must(t, s.Close())
			b := get[[]byte](t)(os.ReadFile(path))
			for i := 100; i < len(b); i++ {
				b[i] = 0xa5
			}
			must(t, os.WriteFile(path, b, 0o600))
			return path
		}, "damaged"},
		"a folder": {func(t *testing.T, path string) string {
			must(t, os.Mkdir(path, 0o700))
			return path
		}, "can't be opened"},
		"under a file": {func(t *testing.T, path string) string {
			must(t, os.WriteFile(path, nil, 0o600))
			return filepath.Join(path, "store.db")
		}, "can't be opened"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := c.prepare(t, filepath.Join(t.TempDir(), "store.db"))
			before, _ := os.ReadFile(path)
			for _, readOnly := range []bool{true, false} {
				s, err := Open(ctx, path, Options{ReadOnly: readOnly})
				if err == nil {
					_ = s.Close()
				}
				wantCode(t, err, service.CodeStore, c.words)
			}
			if after, _ := os.ReadFile(path); !cmp.Equal(before, after) {
				t.Error("the file was changed")
			}
		})
	}
}

// A page that nothing reads at the start is damaged: it can be read around, but
// the database isn't opened for writing.
func TestDamageIsFoundBeforeWriting(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path, Options{})
	must(t, s.SetSetting(ctx, "a", "b"))
	must(t, s.ApplyUsers(ctx, ex, service.UserPage{People: people(0, 500), Next: "n"}, noon))
	must(t, s.Close())
	b := get[[]byte](t)(os.ReadFile(path))
	const page = 4096
	last := -1
	for i := page; i+page <= len(b); i += page {
		if b[i] == 0x0d && strings.Contains(string(b[i:i+page]), "@contoso.com") { // a leaf of a table
			last = i
		}
	}
	if last < 0 {
		t.Fatal("no page of people was found")
	}
	b[last+3] ^= 0x40 // how many rows it has
	must(t, os.WriteFile(path, b, 0o600))
	r := open(t, path, Options{ReadOnly: true})
	if v := get[string](t)(r.Setting(ctx, "a")); v != "b" {
		t.Errorf("read %q", v)
	}
	must(t, r.Close())
	_, err := Open(ctx, path, Options{})
	wantCode(t, err, service.CodeStore, "is damaged")
	if !cmp.Equal(b, get[[]byte](t)(os.ReadFile(path))) {
		t.Error("the database was changed")
	}
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	must(t, s.ApplyUsers(ctx, service.ExchangeOnline, service.UserPage{People: people(0, 10), Next: "two"}, noon))
	_, err := s.w.Exec("PRAGMA max_page_count = 1") // no more than there are
	must(t, err)
	err = s.ApplyUsers(ctx, service.ExchangeOnline, service.UserPage{People: people(10, 2000), Delta: "done"}, noon)
	wantCode(t, err, service.CodeStore, "disk is full")
	// Nothing of the page is there, and the store goes on once there is room.
	if c := get[service.Cursor](t)(s.Cursor(ctx, service.ExchangeOnline, service.ResourceUsers)); c.Link != "two" || c.Pages != 1 {
		t.Errorf("cursor %+v", c)
	}
	if n := get[int](t)(s.CountTargets(ctx, service.ExchangeOnline, service.TargetQuery{})); n != 10 {
		t.Errorf("%d people", n)
	}
	_, err = s.w.Exec("PRAGMA max_page_count = 1000000")
	must(t, err)
	must(t, s.ApplyUsers(ctx, service.ExchangeOnline, service.UserPage{People: people(10, 2000), Delta: "done"}, noon))
}

func TestNotWritable(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	_, err := s.w.Exec("PRAGMA query_only = 1") // as on a disk that became read-only
	must(t, err)
	wantCode(t, s.SetSetting(ctx, "a", "b"), service.CodeStore, "can't be written")
	_, err = s.w.Exec("PRAGMA query_only = 0")
	must(t, err)
	must(t, s.SetSetting(ctx, "a", "b"))
}

func TestBusyBeyondTimeout(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	_, err := s.w.Exec("PRAGMA busy_timeout = 1")
	must(t, err)
	other, err := sql.Open("sqlite", writeDSN(s.path))
	must(t, err)
	defer func() { _ = other.Close() }()
	tx, err := other.Begin()
	must(t, err)
	wantCode(t, s.SetSetting(ctx, "a", "b"), service.CodeStore, "in use by another program")
	must(t, tx.Rollback())
	must(t, s.SetSetting(ctx, "a", "b"))
}

func TestCanceled(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	wantCode(t, s.SetSetting(ctx, "a", "b"), service.CodeCanceled, "")
	_, err := s.Targets(ctx, service.ExchangeOnline, service.TargetQuery{})
	wantCode(t, err, service.CodeCanceled, "")
}

// What records credentials or the state of a grant reaches the disk at once.
func TestSynchronousFull(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	const normal, full = 1, 2
	for name, c := range map[string]struct {
		want int
		do   func() error
	}{
		"SaveAccount": {full, func() error {
			return s.SaveAccount(ctx, service.Account{Service: service.ExchangeOnline, State: service.StateGranting})
		}},
		"SaveOrganization": {full, func() error { return s.SaveOrganization(ctx, service.Organization{TenantID: "t"}) }},
		"CoverSelected":    {full, func() error { return s.CoverSelected(ctx, service.ExchangeOnline, nil, noon) }},
		"Installation": {full, func() error {
			_, err := s.Installation(ctx, "PC")
			return err
		}},
		"ApplyUsers": {normal, func() error {
			return s.ApplyUsers(ctx, service.ExchangeOnline, service.UserPage{Next: "n"}, noon)
		}},
		"SetSetting": {normal, func() error { return s.SetSetting(ctx, "a", "b") }},
		"Notify":     {normal, func() error { return s.Notify(ctx, service.Notification{Text: "x"}) }},
	} {
		var got []int
		s.began = func(level int) { got = append(got, level) }
		must(t, c.do())
		if len(got) != 1 || got[0] != c.want {
			t.Errorf("%s: synchronous %v, want %d", name, got, c.want)
		}
	}
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)

	i := get[service.Installation](t)(s.Installation(ctx, "FRONT-DESK"))
	if len(i.ID) != 32 || i.Computer != "FRONT-DESK" {
		t.Errorf("installation %+v", i)
	}
	if again := get[service.Installation](t)(s.Installation(ctx, "OTHER")); again != i {
		t.Errorf("installation changed to %+v", again)
	}

	if _, err := s.Organization(ctx); service.CodeOf(err) != service.CodeNotFound {
		t.Errorf("Organization: %v", err)
	}
	o := service.Organization{TenantID: "t1", DisplayName: "Contoso", DefaultDomain: "contoso.com"}
	must(t, s.SaveOrganization(ctx, o))
	o.Option = service.OptionAll
	must(t, s.SaveOrganization(ctx, o))
	wantCode(t, s.SaveOrganization(ctx, service.Organization{TenantID: "t2", DisplayName: "Fabrikam"}), service.CodeWrongTenant, "belongs to Contoso, not to Fabrikam")
	if got := get[service.Organization](t)(s.Organization(ctx)); got != o {
		t.Errorf("organization %+v", got)
	}

	none := service.Account{Service: service.OneDrive, State: service.StateNotGranted}
	if diff := cmp.Diff(none, get[service.Account](t)(s.Account(ctx, service.OneDrive))); diff != "" {
		t.Error(diff)
	}
	zone := time.FixedZone("there", 5*3600)
	a := service.Account{
		Service: service.ExchangeOnline, TenantID: "t1", State: service.StateGranted,
		AppObjectID: "ao", AppID: "ai", UniqueName: "un", ServicePrincipalID: "sp",
		Certificate: service.Certificate{DER: []byte{1, 2}, SealedKey: []byte{3}, Thumbprint: "ab", KeyID: "k",
			NotBefore: noon.In(zone), NotAfter: noon.AddDate(1, 0, 0)},
		GrantedBy: "Ann", GrantedByUPN: "ann@contoso.com", GrantedAt: noon.Add(123456 * time.Microsecond),
		LastTokenAt: noon, SyncedAt: noon, Problem: service.CodeOffline, ProblemText: "x",
	}
	n := service.Notification{Time: noon, Severity: service.SeveritySuccess, Service: a.Service, Text: "protected.", Key: "k"}
	must(t, s.SaveAccount(ctx, a, n))
	must(t, s.SaveAccount(ctx, a, n))
	if diff := cmp.Diff(a, get[service.Account](t)(s.Account(ctx, a.Service))); diff != "" {
		t.Error(diff)
	}
	if u := get[int](t)(s.Unread(ctx)); u != 1 {
		t.Errorf("%d unread", u)
	}
	// A refused account stores no notification either.
	bad := a
	bad.State = "nonsense"
	wantCode(t, s.SaveAccount(ctx, bad, service.Notification{Text: "y"}), service.CodeStore, "")
	if u := get[int](t)(s.Unread(ctx)); u != 1 {
		t.Errorf("%d unread after a refused account", u)
	}

	if v := get[string](t)(s.Setting(ctx, "none")); v != "" {
		t.Errorf("setting %q", v)
	}
	must(t, s.SetSetting(ctx, "k", "1"))
	must(t, s.SetSetting(ctx, "k", ""))
	if v := get[string](t)(s.Setting(ctx, "k")); v != "" {
		t.Errorf("setting %q", v)
	}
}

func TestTokenObtained(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	must(t, s.TokenObtained(ctx, ex, "a", noon)) // there is no account
	must(t, s.SaveAccount(ctx, service.Account{Service: ex, State: service.StateGranted, AppID: "a", GrantedBy: "Ann", LastTokenAt: noon}))
	for _, c := range []struct {
		app  string
		at   time.Time
		want time.Time
	}{{"b", noon.Add(time.Hour), noon}, {"a", noon.Add(-time.Hour), noon}, {"a", noon.Add(time.Hour), noon.Add(time.Hour)}} {
		must(t, s.TokenObtained(ctx, ex, c.app, c.at))
		if a := get[service.Account](t)(s.Account(ctx, ex)); !a.LastTokenAt.Equal(c.want) || a.GrantedBy != "Ann" {
			t.Errorf("after %s at %s: %+v", c.app, c.at, a)
		}
	}
}

func TestNotifications(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	for i := range 5 {
		must(t, s.Notify(ctx, service.Notification{Time: noon.Add(time.Duration(i%3) * time.Minute), Text: fmt.Sprint(i)}))
	}
	keyed := service.Notification{Time: noon.Add(time.Hour), Severity: service.SeverityError, Text: "first", Key: "token:1"}
	second := keyed
	second.Text = "second"
	must(t, s.Notify(ctx, keyed, second, second))
	texts := func(offset, limit int) string {
		var all []string
		for _, n := range get[[]service.Notification](t)(s.Notifications(ctx, offset, limit)) {
			all = append(all, n.Text)
		}
		return strings.Join(all, " ")
	}
	for _, c := range []struct {
		offset, limit int
		want          string
	}{{0, 0, "first 2 4 1 3 0"}, {0, 2, "first 2"}, {2, 3, "4 1 3"}, {6, 3, ""}} {
		if got := texts(c.offset, c.limit); got != c.want {
			t.Errorf("Notifications(%d, %d) = %q, want %q", c.offset, c.limit, got, c.want)
		}
	}
	top := get[[]service.Notification](t)(s.Notifications(ctx, 0, 1))[0]
	keyed.ID = top.ID
	if diff := cmp.Diff(keyed, top); diff != "" {
		t.Error(diff)
	}
	must(t, s.MarkRead(ctx, top.ID, 999))
	if u := get[int](t)(s.Unread(ctx)); u != 5 {
		t.Errorf("%d unread, want 5", u)
	}
	must(t, s.MarkRead(ctx))
	if u := get[int](t)(s.Unread(ctx)); u != 0 {
		t.Errorf("%d unread, want 0", u)
	}
}

// people makes n of them from number on.
func people(from, n int) []service.Person {
	first := []string{"Anna", "Ben", "Çelik", "Dieter", "Émile", "Fatima", "Григорий", "花子", "Søren", "Zoë"}
	last := []string{"Müller", "O'Neill", "Smith", "山田", "Петров", "Öztürk", "de la Cruz", "Łukasz", "Nguyễn", "Weiß", "Young"}
	all := make([]service.Person, 0, n)
	for i := from; i < from+n; i++ {
		upn := fmt.Sprintf("user%05d@contoso.com", i)
		all = append(all, service.Person{
			ID: fmt.Sprintf("id-%06d", (i*7919)%1000003), UserPrincipalName: upn, Mail: upn, Enabled: true, ExchangePlan: true,
			DisplayName: first[i%len(first)] + " " + last[(i/len(first))%len(last)] + fmt.Sprintf(" %d", i), Mailbox: service.MailboxUser,
		})
	}
	return all
}
