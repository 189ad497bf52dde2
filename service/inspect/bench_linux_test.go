package inspect

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content"
	"cloudappsecurity/service/inspect/link"
	"cloudappsecurity/service/inspect/mail"
	"cloudappsecurity/service/inspect/malware"
	"cloudappsecurity/service/inspect/markup"
	"cloudappsecurity/service/inspect/phish"
	"cloudappsecurity/service/inspect/rule"
	"cloudappsecurity/service/inspect/tenant"
)

// BenchmarkEngine prints how many messages a second the engine decides about,
// against the MIME parser alone and against one core, and what each stage takes.
// Every number of a table is from the same run over the same messages.
func BenchmarkEngine(b *testing.B) {
	messages := developmentMail(b)
	e, err := New(Strictest(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	x := tenant.Compile(tenant.Context{})
	var bytesInAll int
	for _, m := range messages {
		bytesInAll += len(m)
	}
	for b.Loop() {
		runtime.GC()
		parser := perMessage(messages, 1, func(m []byte) {
			_, _, _ = mail.Read(budget.New(b.Context(), budget.Default()), bytes.NewReader(m), int64(len(m)))
		})
		one := perMessage(messages, 1, func(m []byte) { e.Message(b.Context(), bytes.NewReader(m), int64(len(m)), x) })
		cores := runtime.GOMAXPROCS(0)
		all := perMessage(messages, cores, func(m []byte) { e.Message(b.Context(), bytes.NewReader(m), int64(len(m)), x) })
		fmt.Printf("\n%d messages of the development sets, %.1f KB on average\n", len(messages), float64(bytesInAll)/float64(len(messages))/1e3)
		print := table("", "CPU a message", "messages a second", "against the parser alone", "against one core")
		print("the MIME parser alone, one core", parser.String(), rate(parser), "1", "")
		print("the engine, one core", one.String(), rate(one), fmt.Sprintf("%.1f×", float64(one)/float64(parser)), "1")
		print(fmt.Sprintf("the engine, %d cores (wall)", cores), all.String(), rate(all), "", fmt.Sprintf("%.2f×", float64(one)/float64(all)))
		print()
		stages(b, e, messages, x)
	}
}

func rate(d time.Duration) string { return fmt.Sprintf("%.0f", float64(time.Second)/float64(d)) }

// perMessage works on all messages: on one core it gives the CPU time of a
// message, on more the wall time.
func perMessage(messages [][]byte, cores int, work func([]byte)) time.Duration {
	cpu, began := cpuTime(), time.Now()
	var next atomic.Int64
	var wait sync.WaitGroup
	for range cores {
		wait.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(messages)); i = next.Add(1) - 1 {
				work(messages[i])
			}
		})
	}
	wait.Wait()
	took := time.Since(began)
	if cores == 1 {
		took = cpuTime() - cpu
	}
	return took / time.Duration(len(messages))
}

// cpuTime is what the process has used so far: a busy machine doesn't lengthen it.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// stages prints the share of each stage of one pass over all messages.
func stages(b *testing.B, e *Engine, messages [][]byte, x *tenant.Index) {
	names := []string{"parsing", "attachments", "resolving links", "Advanced Spam Protection", "Web Reputation", "Malware Scanning, File Blocking", "composites", "Data Loss Prevention"}
	took := make([]time.Duration, len(names))
	sum := time.Duration(0)
	for _, raw := range messages {
		bud := budget.New(b.Context(), budget.Default())
		var m *mail.Message
		var parts []mail.Part
		var links []link.Resolved
		var hits []rule.Hit
		for i, f := range []func(){
			func() { m, parts, _ = mail.Read(bud, bytes.NewReader(raw), int64(len(raw))) },
			func() {
				for _, p := range parts {
					addPart(bud, m, p, content.Options{Message: attached})
				}
			},
			func() {
				all := append([]markup.Link(nil), m.Links...)
				content.Walk(m.Items, func(i *content.Item) { all = append(all, i.Links...) })
				links = link.ResolveAll(all)
			},
			func() { hits = e.phish.Inspect(m, links, x) },
			func() { hits = append(hits, e.link.Inspect(links, phish.About(m, x))...) },
			func() { hits = append(append(hits, malware.Inspect(m.Items)...), e.block.Inspect(m.Items)...) },
			func() { e.book.Combine(hits) },
			func() { e.dataLoss(texts(m), &Verdict{}) },
		} {
			began := cpuTime()
			f()
			d := cpuTime() - began
			took[i] += d
			sum += d
		}
	}
	print := table("stage", "CPU a message", "share")
	for i, name := range names {
		print(name, (took[i] / time.Duration(len(messages))).String(), fmt.Sprintf("%.0f %%", 100*float64(took[i])/float64(sum)))
	}
	print()
}

// table gives a function that adds a row; without cells it prints the table.
func table(head ...string) func(cells ...string) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	row := func(cells []string) { fmt.Fprintln(w, "  "+strings.Join(cells, "\t")) }
	row(head)
	return func(cells ...string) {
		if len(cells) == 0 {
			_ = w.Flush()
			fmt.Println()
			return
		}
		row(cells)
	}
}

func developmentMail(b *testing.B) (messages [][]byte) {
	b.Helper()
	err := filepath.WalkDir(filepath.Join("testdata", "dev"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".eml" {
			return err
		}
		data, err := os.ReadFile(path)
		if err == nil && len(data) < 64<<10 {
			messages = append(messages, data)
		}
		return err
	})
	if err != nil || len(messages) < 100 {
		b.Fatalf("%d messages, %v", len(messages), err)
	}
	return messages
}

// largeMessage is how large the message is whose memory is measured.
const largeMessage = 150 << 20

const memoryPart = "CAS_INSPECT_MEMORY"

// BenchmarkMemory prints the peak memory of a process that inspects a small
// message, and of one that inspects a message of 150 MB.
func BenchmarkMemory(b *testing.B) {
	if name := os.Getenv(memoryPart); name != "" {
		inspectFile(b, name)
		return
	}
	for b.Loop() {
		print := table("150 MB beside 5 KB", "peak memory", "above the small message", "time")
		idle := int64(0)
		for _, c := range []struct {
			name string
			size int64
			kind string
		}{{"a message of 5 KB", 5 << 10, "text"}, {"150 MB, one text file", largeMessage, "text"}, {"150 MB, a program of noise", largeMessage, "noise"}, {"150 MB, a zip archive of it", largeMessage, "zip"}} {
			name := filepath.Join(b.TempDir(), "large.eml")
			writeMessage(b, name, c.size, c.kind)
			cmd := exec.CommandContext(b.Context(), os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkMemory$", "-test.benchtime=1x")
			cmd.Env = append(os.Environ(), memoryPart+"="+name)
			began := time.Now()
			if out, err := cmd.CombinedOutput(); err != nil {
				b.Fatalf("%v\n%s", err, out)
			}
			usage, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
			peak := usage.Maxrss << 10
			if idle == 0 {
				idle = peak
			}
			print(c.name, fmt.Sprintf("%d MB", peak>>20), fmt.Sprintf("%+d MB", (peak-idle)>>20), time.Since(began).Round(time.Millisecond).String())
		}
		print()
	}
}

func inspectFile(b *testing.B, name string) {
	e, err := New(Strictest(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithTimeout(b.Context(), time.Minute)
	defer stop()
	v := e.Message(ctx, file, info.Size(), tenant.Compile(tenant.Context{}))
	for _, p := range v.NotInspected {
		if p.Reason == budget.TooSlow {
			b.Fatal("the time was over before it was inspected")
		}
	}
}

// writeMessage writes a message with one attachment, so that it is size bytes.
func writeMessage(b *testing.B, name string, size int64, kind string) {
	b.Helper()
	file, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	attachment := map[string]string{"text": "notes.txt", "noise": "data.bin", "zip": "data.zip"}[kind]
	fmt.Fprintf(file, "From: Ana <ana@contoso.com>\r\nTo: ben@contoso.com\r\nSubject: Files\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"+
		"--b\r\nContent-Type: text/plain\r\n\r\nHere they are.\r\n--b\r\nContent-Type: application/octet-stream; name=%[1]s\r\nContent-Disposition: attachment; filename=%[1]s\r\nContent-Transfer-Encoding: base64\r\n\r\n", attachment)
	lines := &lineWriter{w: file}
	encoder := base64.NewEncoder(base64.StdEncoding, lines)
	if _, err := io.CopyN(encoder, payload(kind, size*3/4*76/78), size*3/4*76/78); err != nil {
		b.Fatal(err)
	}
	if err := encoder.Close(); err != nil {
		b.Fatal(err)
	}
	fmt.Fprint(file, "\r\n--b--\r\n")
}

// payload gives n bytes: of text, of noise, or of a zip archive of noise.
func payload(kind string, n int64) io.Reader {
	noise := rand.NewChaCha8([32]byte{1})
	switch kind {
	case "text":
		return &repeat{text: []byte("The meeting is on Tuesday at ten; please bring the figures of the second quarter.\r\n")}
	case "zip":
		r, w := io.Pipe()
		go func() { w.CloseWithError(zipOf(w, io.LimitReader(noise, n-512))) }()
		return io.MultiReader(r, bytes.NewReader(make([]byte, 4096)))
	default:
		return noise
	}
}

// zipOf writes an archive with one entry which can't be packed smaller.
func zipOf(w io.Writer, r io.Reader) error {
	archive := zip.NewWriter(w)
	entry, err := archive.CreateHeader(&zip.FileHeader{Name: "data.bin", Method: zip.Store})
	if err == nil {
		_, err = io.Copy(entry, r)
	}
	if err == nil {
		err = archive.Close()
	}
	return err
}

type repeat struct {
	text []byte
	at   int
}

func (r *repeat) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = r.text[r.at]
		r.at = (r.at + 1) % len(r.text)
	}
	return len(p), nil
}

// lineWriter breaks base64 into lines of 76 characters (RFC 2045, section 6.8).
type lineWriter struct {
	w      io.Writer
	column int
}

func (l *lineWriter) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		k := min(76-l.column, len(p))
		if _, err := l.w.Write(p[:k]); err != nil {
			return 0, err
		}
		p = p[k:]
		if l.column += k; l.column == 76 {
			l.column = 0
			if _, err := io.WriteString(l.w, "\r\n"); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}
