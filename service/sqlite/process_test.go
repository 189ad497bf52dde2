package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"cloudappsecurity/service"
)

// The test binary is also the other processes, as this variable says.
const childRole = "CAS_TEST_SQLITE"

// pageSize is how many people a page of the writing child has.
const pageSize = 50

// child runs a role if this process has one. Its arguments are the role and the
// database.
func child() (code int, ok bool) {
	role, path, ok := strings.Cut(os.Getenv(childRole), " ")
	if !ok {
		return 0, false
	}
	ctx := context.Background()
	fail := func(err error) (int, bool) {
		fmt.Println("failed:", service.CodeOf(err), err)
		return 1, true
	}
	s, err := Open(ctx, path, Options{ReadOnly: role == "read"})
	if err != nil {
		return fail(err)
	}
	switch role {
	case "read": // a line in, the number of people out
		in := bufio.NewScanner(os.Stdin)
		for in.Scan() {
			n, err := s.CountTargets(ctx, ex, service.TargetQuery{Search: in.Text()})
			if err != nil {
				return fail(err)
			}
			fmt.Println(n)
		}
	case "write": // pages without end, from where the cursor stands
		c, err := s.Cursor(ctx, ex, service.ResourceUsers)
		if err != nil {
			return fail(err)
		}
		from, _ := strconv.Atoi(c.Link)
		for {
			next := from + pageSize
			fmt.Println(from) // about to be stored
			if err := s.ApplyUsers(ctx, ex, service.UserPage{People: people(from, pageSize), Next: strconv.Itoa(next)}, noon); err != nil {
				return fail(err)
			}
			from = next
		}
	case "sites": // likewise
		c, err := s.Cursor(ctx, sp, service.ResourceSites)
		if err != nil {
			return fail(err)
		}
		from, _ := strconv.Atoi(c.Link)
		for ; ; from += pageSize {
			fmt.Println(from)
			p := service.SitePage{Next: strconv.Itoa(from + pageSize)}
			for i := range pageSize {
				p.Sites = append(p.Sites, site(fmt.Sprint("s", from+i)))
			}
			if err := s.ApplySites(ctx, sp, p, noon); err != nil {
				return fail(err)
			}
		}
	}
	return 0, true
}

type process struct {
	*exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func start(t *testing.T, role, path string) *process {
	t.Helper()
	exe, err := os.Executable()
	must(t, err)
	p := &process{Cmd: exec.Command(exe)}
	p.Env = append(os.Environ(), childRole+"="+role+" "+path)
	p.Stderr = os.Stderr
	p.in, err = p.StdinPipe()
	must(t, err)
	out, err := p.StdoutPipe()
	must(t, err)
	p.out = bufio.NewReader(out)
	must(t, p.Start())
	t.Cleanup(func() { _ = p.Process.Kill(); _ = p.Wait() })
	return p
}

func (p *process) line(t *testing.T) string {
	t.Helper()
	line, err := p.out.ReadString('\n')
	must(t, err)
	return strings.TrimSpace(line)
}

func TestReaderInAnotherProcess(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := fresh(t)
	must(t, s.ApplyUsers(ctx, ex, page("1", "", "ann"), noon))
	r := start(t, "read", s.path)
	ask := func(search string) string {
		t.Helper()
		_, err := fmt.Fprintln(r.in, search)
		must(t, err)
		return r.line(t)
	}
	if n := ask("a"); n != "1" {
		t.Errorf("reader sees %s people", n)
	}
	must(t, s.ApplyUsers(ctx, ex, page("2", "", "ann", "abe", "ben"), noon))
	if n := ask("a"); n != "2" {
		t.Errorf("reader sees %s people after another page", n)
	}
	// Within a transaction the reader neither waits nor sees it.
	tx, err := s.w.BeginTx(ctx, nil)
	must(t, err)
	_, err = tx.Exec("DELETE FROM person")
	must(t, err)
	if n := ask("a"); n != "2" {
		t.Errorf("reader sees %s people beside a transaction", n)
	}
	must(t, tx.Rollback())
}

// A writer killed at any moment leaves whole pages, each with its cursor, and
// the next one goes on from there.
func TestKilledWriter(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "store.db")
	for kill := range 8 {
		w := start(t, "write", path)
		// Killed while its page is being stored, a bit later each time.
		var last int
		for range 3 + kill%3 {
			last, _ = strconv.Atoi(w.line(t))
		}
		for range kill * 20_000 {
			_ = last // somewhere within the page
		}
		must(t, w.Process.Kill())
		_ = w.Wait()

		r := open(t, path, Options{ReadOnly: true}) // beside what the killed one left
		before := get[service.Cursor](t)(r.Cursor(ctx, ex, service.ResourceUsers))
		must(t, r.Close())

		s := open(t, path, Options{})
		c := get[service.Cursor](t)(s.Cursor(ctx, ex, service.ResourceUsers))
		if c != before {
			t.Errorf("cursor %+v, read-only %+v", c, before)
		}
		at, _ := strconv.Atoi(c.Link)
		if at < last {
			t.Errorf("the cursor stands at %d, but the page before %d had been stored", at, last)
		}
		n := get[int](t)(s.CountTargets(ctx, ex, service.TargetQuery{}))
		if n != at || c.Pages*pageSize != at {
			t.Errorf("kill %d: %d people, %d pages, cursor at %d", kill, n, c.Pages, at)
		}
		checkPositions(t, s)
		must(t, s.Close())
	}
}
