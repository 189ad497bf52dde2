package mail

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content"
)

// TestHostile holds that what is built to cost much costs little, and ends with
// the reason.
func TestHostile(t *testing.T) {
	t.Parallel()
	nested := func(n int, kind string) string {
		var head, tail strings.Builder
		for i := range n {
			fmt.Fprintf(&head, "Content-Type: %s; boundary=b%d\n\n--b%d\n", kind, i, i)
			tail.WriteString(fmt.Sprintf("\n--b%d--", n-1-i))
		}
		return head.String() + "\nHello" + tail.String()
	}
	const field = 200 << 10
	long := func(s string) string { return strings.Repeat(s, field/len(s)) }
	for _, c := range []struct {
		name, text string
		problem    budget.Reason
	}{
		{"multiparts in multiparts", nested(50, "multipart/mixed"), budget.TooDeep},
		{"messages in messages", strings.Repeat("Content-Type: message/rfc822\n\n", 1000), budget.TooDeep},
		{"many parts", "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 30_000), budget.TooMany},
		{"many attached messages", "Content-Type: multipart/digest; boundary=b\n\n" + strings.Repeat("--b\n\nSubject: x\n\ny\n", 10_000), budget.TooMany},
		{"a header without an end", long("x: y\n") + long("x: y\n"), budget.TooLarge},
		{"many fields", long("a:\n"), ""},
		{"a field in many pieces", "Subject: x\n" + long(" a\n"), ""},
		{"lines of CR", "Subject: x\n\n" + long("\r--\r-"), ""},
		{"delimiters of CR", "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("\r--x", 1<<20), budget.Damaged},
		{"comments in addresses", "From: " + long("(") + "a@b.example", ""},
		{"quotes in addresses", "From: " + long("\"") + "a@b.example", ""},
		{"brackets in addresses", "From: " + long("<") + "a@b.example", ""},
		{"colons in addresses", "From: " + long("a")[:field/2] + "@" + long(":")[:field/2], ""},
		{"commas in addresses", "To: " + long("a,"), ""},
		{"commas and brackets", "To: " + long("a <@,"), ""},
		{"encoded words without an end", "Subject: " + long("=?a?Q? "), ""},
		{"beginnings of encoded words", "Subject: " + long("=?"), ""},
		{"parameters", "Content-Type: text/plain; " + long("a=b;"), ""},
		{"quotes in parameters", "Content-Type: text/plain; " + long("\"a;"), ""},
		{"pieces of parameters", "Content-Type: text/plain; " + long("name*1=b;"), ""},
		{"dates", "Date: " + long("1 "), ""},
		{"brackets in text", "Subject: x\n\nhttps://a.example/" + strings.Repeat(")", 3<<20), ""},
		{"dots in text", "Subject: x\n\n" + strings.Repeat("a.(", 1<<20), ""},
		{"colons in text", "Subject: x\n\n" + strings.Repeat("http:", 1<<20), ""},
		{"addresses in text", "Subject: x\n\n" + strings.Repeat("https://a.example/b ", 100_000), ""},
		{"beginnings of uuencode", "Subject: x\n\n" + strings.Repeat("begin 644 a\n#04)#\n", 50_000), ""},
		{"files of uuencode", "Subject: x\n\n" + strings.Repeat("begin 644 a\n#04)#\n`\nend\n", 1000), budget.TooMany},
		{"a large text", "Subject: x\n\n" + strings.Repeat("x ", 3<<20), budget.TooLarge},
		{"much text", "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\n"+strings.Repeat("x ", 1<<20)+"\n", 10), budget.TooLarge},
		{"an endless escape", "Content-Transfer-Encoding: quoted-printable\n\n=" + strings.Repeat(" ", 1<<20), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			m, parts, err := Read(budget.New(ctx, budget.Default()), strings.NewReader(c.text), int64(len(c.text)))
			if err != nil {
				t.Fatal(err)
			}
			problems := m.Problems
			content.Walk(m.Items, func(i *content.Item) { problems = append(problems, i.Problems...) })
			if c.problem != "" && !hasProblem(problems, c.problem) {
				t.Errorf("problems %v, not %s", problems, c.problem)
			}
			if len(parts) > 6000 || len(m.Visible) > 16<<20 || len(m.Problems) > mostProblems {
				t.Errorf("%d parts, %d bytes, %d problems", len(parts), len(m.Visible), len(m.Problems))
			}
		})
	}
}

func TestTime(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	text := "From: a@b.example\n\nHello"
	m, _, err := Read(budget.New(ctx, budget.Default()), strings.NewReader(text), int64(len(text)))
	if budget.ReasonOf(err) != budget.TooSlow || m == nil || len(m.From) != 1 {
		t.Errorf("%v, %+v", err, m)
	}
}

// broken is a message whose storage fails.
type broken struct{ after int64 }

func (b broken) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > b.after {
		return 0, io.ErrUnexpectedEOF
	}
	return copy(p, bytes.Repeat([]byte("a: b\n"), len(p)/5+1)), nil
}

func TestStorageFails(t *testing.T) {
	t.Parallel()
	for _, b := range []broken{{0}, {64 << 10}} {
		if _, _, err := Read(fresh(), b, 2<<20); err == nil {
			t.Errorf("%v: no error", b)
		}
	}
}

// TestSmallBudget holds that little memory ends as a problem, and that the
// attachment is given all the same.
func TestSmallBudget(t *testing.T) {
	t.Parallel()
	limits := budget.Default()
	limits.Memory = 100
	text := "Content-Type: message/rfc822; name=a.eml\nContent-Transfer-Encoding: base64\n\n" + strings.Repeat("QUJD", 100)
	m, parts, err := Read(budget.New(context.Background(), limits), strings.NewReader(text), int64(len(text)))
	if err != nil || !hasProblem(m.Problems, budget.TooLarge) || len(parts) != 1 || parts[0].Name != "a.eml" {
		t.Errorf("%v, %v, %+v", err, m.Problems, parts)
	}
	limits = budget.Default()
	limits.Bytes = 100
	text = "Subject: x\n\n" + strings.Repeat("x", 200)
	m, _, err = Read(budget.New(context.Background(), limits), strings.NewReader(text), int64(len(text)))
	if err != nil || !hasProblem(m.Problems, budget.TooLarge) {
		t.Errorf("%v, %v", err, m.Problems)
	}
}
