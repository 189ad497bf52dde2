package main

import (
	"bytes"
	"database/sql"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"cloudappsecurity/app/realparts"
	"cloudappsecurity/service/m365sim"
)

const database = "cloudappsecurity.db"

// copyTo is the same computer with a copy of its data folder.
func (o *office) copyTo(t *testing.T, dir string) *office {
	t.Helper()
	if err := os.CopyFS(dir, os.DirFS(o.dir)); err != nil {
		t.Fatal(err)
	}
	c := *o
	c.t, c.dir = t, dir
	return &c
}

// refused holds that a command ends as one that can't use the data folder, in
// words about what happened and with what to do.
func (o *office) refused(words string, args ...string) {
	o.t.Helper()
	p := o.start(args...)
	if code := p.Wait(); code != 9 || !strings.Contains(p.Stderr(), words) || strings.Count(p.Stderr(), "\n") != 2 || strings.Contains(p.Stderr(), "SQL") {
		o.t.Errorf("%v ended with %d, without %q or what to do: %s", args, code, words, p.Stderr())
	}
}

// granted holds that reading works, and shows what was granted.
func (o *office) granted() {
	o.t.Helper()
	if s := o.status(); s.State != "granted" || s.Protected == 0 {
		o.t.Errorf("status %+v", s)
	}
	if list := o.targets(); len(list) != 60 {
		o.t.Errorf("%d targets", len(list))
	}
}

var again = []string{"grant", "exchange", "--all", "--timeout", "1m"}

// TestFolder: a data folder on a bad day, with the program itself.
func TestFolder(t *testing.T) {
	t.Parallel()
	sim, env := simulate(t, m365sim.Options{})
	o := newOffice(t, env)
	o.protectByForms(administrator(sim), "--all")
	t.Run("cases", func(t *testing.T) { // until all have ended, the tenant is there
		t.Run("read-only", func(t *testing.T) {
			t.Parallel()
			disk := realparts.NewDisk(t, 8<<20)
			o := o.copyTo(t, disk.Dir+"/data")
			disk.ReadOnly()
			o.granted()
			o.refused("can't be written. Nothing was changed or lost.", again...)
			none := *o
			none.dir = disk.Dir + "/none"
			none.refused("can't be written. Nothing was changed or lost.", again...)
		})
		t.Run("full", func(t *testing.T) {
			t.Parallel()
			disk := realparts.NewDisk(t, 8<<20)
			o := o.copyTo(t, disk.Dir+"/data")
			release := disk.Fill()
			o.granted()
			o.refused("The disk is full.", again...)
			none := *o
			none.dir = disk.Dir + "/none"
			none.refused("The disk is full.", again...)
			release()
			if e, code := o.silently("--all"); code != 0 || e.Outcome != "protected" {
				t.Errorf("with space again: %d: %+v", code, e)
			}
			o.granted()
		})
		t.Run("path", func(t *testing.T) {
			t.Parallel()
			for _, name := range []string{"what?mode=memory", "100% %41", "a#b & c", "Документы 数据 données", " blank ", "it's \"quoted\""} {
				parent := filepath.Join(t.TempDir(), name)
				o := o.copyTo(t, parent)
				if e, code := o.silently("--all"); code != 0 || e.Outcome != "protected" {
					t.Errorf("%s: %d: %+v", name, code, e)
				}
				o.granted()
				if entries, err := os.ReadDir(filepath.Dir(parent)); err != nil || len(entries) != 1 {
					t.Errorf("beside %s there is %v, %v", name, entries, err)
				}
			}
		})
		t.Run("newer version", func(t *testing.T) {
			t.Parallel()
			o := o.copyTo(t, filepath.Join(t.TempDir(), "data"))
			change(t, o, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)")
			o.untouched("written by a newer version")
		})
		damaged(t, o)
	})
	one(t, sim)
}

// change changes a database as no version of this program does.
func change(t *testing.T, o *office, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(o.dir, database))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// untouched holds that a writing command refuses the database with these words,
// and changes nothing in it.
func (o *office) untouched(words string) {
	o.t.Helper()
	before, err := os.ReadFile(filepath.Join(o.dir, database))
	if err != nil {
		o.t.Fatal(err)
	}
	o.refused(words, again...)
	if after, err := os.ReadFile(filepath.Join(o.dir, database)); err != nil || !bytes.Equal(before, after) {
		o.t.Errorf("the database was changed (%v)", err)
	}
}

func damaged(t *testing.T, o *office) {
	for name, c := range map[string]struct {
		damage func(b []byte) []byte
		words  string
		reads  bool // what the damage doesn't concern can be read
	}{
		"garbage at the beginning": {func(b []byte) []byte { return append([]byte("garbage, and more of it"), b[23:]...) }, "or it is damaged", false},
		"zeros":                    {func(b []byte) []byte { return make([]byte, len(b)) }, "or it is damaged", false},
		"cut in the middle":        {func(b []byte) []byte { return b[:len(b)/2] }, "is damaged", false},
		"cut within a page":        {func(b []byte) []byte { return b[:len(b)/2+77] }, "is damaged", false},
		"bits of one page, which nothing reads at the start": {func(b []byte) []byte {
			return flip(b)
		}, "is damaged", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := o.copyTo(t, filepath.Join(t.TempDir(), "data"))
			path := filepath.Join(o.dir, database)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, c.damage(b), 0o600); err != nil {
				t.Fatal(err)
			}
			if c.reads {
				if s := o.status(); s.State != "granted" {
					t.Errorf("status %+v", s)
				}
			} else {
				o.refused(c.words, "status")
			}
			o.untouched(c.words)
			// The way on that the words name.
			if err := os.Rename(path, path+".old"); err != nil {
				t.Fatal(err)
			}
			if s := o.status(); s.State != "not_granted" {
				t.Errorf("without the database: %+v", s)
			}
		})
	}
}

// flip damages the cell pointers of the last leaf of a table in which someone's
// address stands.
func flip(b []byte) []byte {
	const page = 4096
	for i := len(b) - page; i > 0; i -= page {
		if p := b[i : i+page]; p[0] == 0x0d && bytes.Contains(p, []byte("contosobakery.example")) && bytes.Count(p, []byte("@")) > 10 {
			p[3] ^= 0x40 // how many cells there are
			return b
		}
	}
	panic("no such page")
}

// TestDiskFullWhileSynchronizing: the disk is full in the middle; with space
// again the synchronization goes on where it stood.
func TestDiskFullWhileSynchronizing(t *testing.T) {
	t.Parallel()
	sim := realparts.Simulate(t, "--users", "3000")
	o := newOffice(t, sim.Env())
	disk := realparts.NewDisk(t, 1500<<10)
	o.dir = disk.Dir + "/data"
	e, code := o.walkForms(realparts.Administrator{Username: sim.Admin.Username, Password: sim.Admin.Password}, "--all")
	if code != 9 || !strings.Contains(e.Message, "The disk is full.") {
		t.Fatalf("ended with %d: %+v", code, e)
	}
	stood := len(o.targets())
	if s := o.status(); s.State != "synchronizing" || stood == 0 || stood == 3000 {
		t.Errorf("%d people, status %+v", stood, s)
	}
	o.refused("The disk is full.", again...)
	disk.Resize(64 << 20)
	if e, code := o.silently("--all"); code != 0 || e.Outcome != "protected" {
		t.Fatalf("with space again: %d: %+v", code, e)
	}
	if n := len(o.targets()); n != 3000 {
		t.Errorf("%d people", n)
	}
	// The two pages that could not be stored came again, nothing else.
	pages := asked(t, sim, "/v1.0/users/delta")
	whole := newOffice(t, sim.Env())
	whole.protectByForms(realparts.Administrator{Username: sim.Admin.Username, Password: sim.Admin.Password, Move: true}, "--all")
	if n := asked(t, sim, "/v1.0/users/delta") - pages; pages > n+2 {
		t.Errorf("%d pages of users were fetched, of %d", pages, n)
	}
}

// TestKilledWriter: what a killed program leaves can be read and gone on with,
// also where nothing can be written any more.
func TestKilledWriter(t *testing.T) {
	t.Parallel()
	sim, env := simulate(t, m365sim.Options{Users: 10_000})
	o := newOffice(t, env)
	p := o.start("grant", "exchange", "--all")
	a := administrator(sim)
	if text, err := a.WalkForms(t.Context(), realparts.NewForms(t), pageOf(t, p)); err != nil {
		t.Fatalf("the walk ended on %q: %v", text, err)
	}
	for len(o.targets()) == 0 {
		if _, more := p.Line(); !more {
			t.Fatal("the grant ended before it could be killed")
		}
	}
	p.Signal(syscall.SIGKILL)
	p.Wait()
	stood := len(o.targets())
	if kept := files(t, o.dir); len(kept[filepath.Join(o.dir, database+"-wal")]) == 0 {
		t.Fatalf("no write-ahead log is left: %v", slices.Collect(maps.Keys(kept)))
	}
	t.Run("read-only", func(t *testing.T) {
		disk := realparts.NewDisk(t, 64<<20)
		o := o.copyTo(t, disk.Dir+"/data")
		disk.ReadOnly()
		if n := len(o.targets()); n != stood {
			t.Errorf("%d people, %d before", n, stood)
		}
		o.refused("can't be written", again...)
	})
	t.Run("full", func(t *testing.T) {
		disk := realparts.NewDisk(t, 64<<20)
		o := o.copyTo(t, disk.Dir+"/data")
		release := disk.Fill()
		if n := len(o.targets()); n != stood {
			t.Errorf("%d people, %d before", n, stood)
		}
		o.refused("The disk is full.", again...)
		release()
		if n := len(o.targets()); n != stood {
			t.Errorf("%d people, %d before", n, stood)
		}
	})
	// SQLite leaves out what comes after damage in its log: an earlier state,
	// from which the grant goes on.
	t.Run("damaged log", func(t *testing.T) {
		o := o.copyTo(t, filepath.Join(t.TempDir(), "data"))
		path := filepath.Join(o.dir, database+"-wal")
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)-100_000] ^= 0xff
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if n := len(o.targets()); n > stood {
			t.Errorf("%d people, %d before", n, stood)
		}
		if e, code := o.silently("--all"); code != 0 || e.Outcome != "protected" {
			t.Fatalf("ended with %d: %+v", code, e)
		}
		if n := len(o.targets()); n != 10_000 {
			t.Errorf("%d people", n)
		}
		one(t, sim)
	})
}
