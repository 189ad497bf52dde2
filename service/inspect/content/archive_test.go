package content_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content"
	ct "cloudappsecurity/service/inspect/content/contenttest"
)

func gz(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(data)
	_ = z.Close()
	return b.Bytes()
}

func TestArchives(t *testing.T) {
	t.Parallel()
	exe := ct.Program(false)
	for _, c := range []struct {
		name     string
		data     []byte
		types    []string
		problems []budget.Reason
	}{
		{"a.zip", ct.Zip(ct.File{Name: "docs/readme.txt", Data: "hello"}, ct.File{Name: "run.exe", Data: exe}), []string{"zip", "txt", "exe"}, nil},
		{"a.zip", ct.Zip(ct.File{Name: "b.zip", Data: string(ct.Zip(ct.File{Name: "run.exe", Data: exe}))}), []string{"zip", "zip", "exe"}, nil},
		{"a.txt.gz", gz([]byte("hello")), []string{"gz", "txt"}, nil},
		{"a.jar", ct.Zip(ct.File{Name: "META-INF/MANIFEST.MF", Data: "Main-Class: A\n"}), []string{"jar", "txt"}, nil},
		{"a.zip", append([]byte("MZ"), ct.Zip(ct.File{Name: "x", Data: "y"})...), []string{"dos"}, nil},
		{"a.zip", ct.Zip(ct.File{Name: "x.txt", Data: "hello"})[:40], []string{"zip", "txt"}, []budget.Reason{budget.Damaged}},
		{"bomb.zip", ct.Zip(ct.File{Name: "zeros", Data: strings.Repeat("\x00", 4<<20)}), []string{"zip"}, []budget.Reason{budget.Bomb}},
		{"bomb.gz", gz(make([]byte, 4<<20)), []string{"gz", ""}, []budget.Reason{budget.Bomb}},
		{"a.ace", []byte("\x00\x00\x00\x00\x00\x00\x00**ACE**xxxxxxxxxxxx"), []string{"ace"}, []budget.Reason{budget.Unknown}},
		{"a.vhdx", []byte("vhdxfile" + strings.Repeat("x", 600)), []string{"vhdx"}, []budget.Reason{budget.Unknown}},
	} {
		item := inspect(t, c.name, c.data)
		if got := types(item); !slices.Equal(got, c.types) {
			t.Errorf("%s: types %v, want %v", c.name, got, c.types)
		}
		if got := problems(item); !slices.Equal(got, c.problems) {
			t.Errorf("%s: problems %v, want %v", c.name, got, c.problems)
		}
	}
}

// TestNested holds that packing deeper than is followed is told.
func TestNested(t *testing.T) {
	t.Parallel()
	data := []byte("hello")
	for range 12 {
		data = ct.Zip(ct.File{Name: "a.zip", Data: string(data)})
	}
	if got := problems(inspect(t, "a.zip", data)); !slices.Equal(got, []budget.Reason{budget.TooDeep}) {
		t.Errorf("problems %v", got)
	}
}

func TestManyEntries(t *testing.T) {
	t.Parallel()
	var files []ct.File
	for range 6000 {
		files = append(files, ct.File{Name: "a", Data: ""})
	}
	got := problems(inspect(t, "a.zip", ct.Zip(files...)))
	if len(got) == 0 || slices.ContainsFunc(got, func(r budget.Reason) bool { return r != budget.TooMany }) {
		t.Errorf("problems %v", got)
	}
}

// large is a source that is never held: a zip whose one entry is stored.
type large struct {
	head, tail []byte
	n          int64
	unknown    bool // as base64 is until it is read
}

func (l *large) Size() int64 {
	if l.unknown {
		return -1
	}
	return l.size()
}
func (l *large) size() int64 { return int64(len(l.head)) + l.n + int64(len(l.tail)) }
func (l *large) Open() io.Reader {
	return io.MultiReader(bytes.NewReader(l.head), io.LimitReader(text64{}, l.n), bytes.NewReader(l.tail))
}

type text64 struct{}

var block = bytes.Repeat([]byte("\x00\x01\x02\x03\xFD\xFE\xFF\x80"), 8192)

func (text64) Read(p []byte) (int, error) { return copy(p, block), nil }

// TestLargeAttachment holds that a large attachment is hashed and looked into
// without being held. It runs alone, so that only its own memory counts.
func TestLargeAttachment(t *testing.T) {
	const n = 150 << 20
	head := make([]byte, 30)
	copy(head, "PK\x03\x04\x14\x00")
	binary.LittleEndian.PutUint32(head[18:], n)
	binary.LittleEndian.PutUint32(head[22:], n)
	binary.LittleEndian.PutUint16(head[26:], 5)
	head = append(head, "a.mp4"...)
	for _, unknown := range []bool{false, true} {
		largeAttachment(t, &large{head: head, n: n, tail: []byte("PK\x01\x02"), unknown: unknown})
	}
}

func largeAttachment(t *testing.T, src *large) {
	t.Helper()
	n := src.n
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	item := content.Inspect(budget.New(t.Context(), budget.Default()), src, content.Input{Name: "a.zip"}, content.Options{})
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("%d MB were allocated in all", used>>20)
	}
	if len(item.Children) != 1 || item.Children[0].Size != n || item.Children[0].SHA256 == "" || item.SHA256 == "" || item.Size != src.size() {
		t.Errorf("%+v", item)
	}
	if len(problems(item)) != 0 {
		t.Errorf("problems %v", problems(item))
	}
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"The password is: Abc.123", "Abc.123"},
		{"Passwort: 2024", "2024"},
		{"Le mot de passe est « tulipe77 ».", "tulipe77"},
		{"パスワードは X9-22 です", "X9-22"},
		{"Hasło:\nzima2020", "zima2020"},
		{"contraseña = 'qwerty'", "qwerty"},
		{"see R2D2c3po above", "R2D2c3po"},
	} {
		if got := content.Passwords(c.text); !slices.Contains(got, c.want) {
			t.Errorf("%q: %q", c.text, got)
		}
	}
}

// TestUnknownSize holds that content whose size only reading tells is read as any
// other, small and large.
func TestUnknownSize(t *testing.T) {
	t.Parallel()
	for _, n := range []int{10, 50_000, 700_000, 3 << 20} {
		text := strings.Repeat("a line of text\n", n/15+1)
		src := &large{tail: []byte(text), unknown: true}
		item := content.Inspect(budget.New(t.Context(), budget.Default()), src, content.Input{Name: "a.txt"}, content.Options{})
		if item.Text != text || item.Size != int64(len(text)) || len(item.Problems) > 0 {
			t.Errorf("%d: %d bytes, %d of text, %v", n, item.Size, len(item.Text), item.Problems)
		}
	}
}
