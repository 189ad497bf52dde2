package inspect

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/rule"
	"cloudappsecurity/service/inspect/tenant"

	"github.com/google/go-cmp/cmp"
)

func TestDecide(t *testing.T) {
	t.Parallel()
	hit := func(c rule.Category, weight float64) rule.Hit {
		return rule.Hit{Rule: rule.Rule{Name: string(c), Category: c, Weight: weight}}
	}
	damaged := []budget.Problem{{Reason: budget.Damaged}}
	for _, c := range []struct {
		name     string
		v        Verdict
		result   Result
		category rule.Category
		score    float64
	}{
		{name: "nothing", result: Clean},
		{name: "below the threshold", v: Verdict{Rules: []rule.Hit{hit(rule.Phishing, 4.9)}}, result: Clean, score: 4.9},
		{name: "at the threshold", v: Verdict{Rules: []rule.Hit{hit(rule.Phishing, 5)}}, result: Threat, category: rule.Phishing, score: 5},
		{name: "several together", v: Verdict{Rules: []rule.Hit{hit(rule.Spoofing, 2), hit(rule.Phishing, 3.1)}}, result: Threat, category: rule.Phishing, score: 5.1},
		{name: "the gravest that suffices", v: Verdict{Rules: []rule.Hit{hit(rule.Phishing, 12), hit(rule.Malware, 5)}}, result: Threat, category: rule.Malware, score: 17},
		{name: "a known sender outweighs words", v: Verdict{Rules: []rule.Hit{hit(rule.Phishing, 6), hit("", -3)}}, result: Clean, score: 3},
		{name: "a known sender doesn't outweigh a file", v: Verdict{Rules: []rule.Hit{hit(rule.Malware, 10), hit("", -8)}}, result: Threat, category: rule.Malware, score: 10},
		{name: "a violation", v: Verdict{Rules: []rule.Hit{hit(rule.DataLoss, 0)}, NotInspected: damaged}, result: Violation, category: rule.DataLoss},
		{name: "a threat outranks a violation", v: Verdict{Rules: []rule.Hit{hit(rule.DataLoss, 0), hit(rule.BEC, 7)}}, result: Threat, category: rule.BEC, score: 7},
		{name: "not inspected", v: Verdict{NotInspected: damaged}, result: NotInspected, category: rule.NotInspected},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.v.decide()
			if c.v.Result != c.result || c.v.Category != c.category || c.v.Score != c.score {
				t.Errorf("%s, %q, %v; want %s, %q, %v", c.v.Result, c.v.Category, c.v.Score, c.result, c.category, c.score)
			}
		})
	}
}

func TestIsMessage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       bool
	}{
		{"a.eml", "anything", true},
		{"a.EML", "", true},
		{"00001", "From ana@contoso.com Mon Nov 26\nReturn-Path: <ana@contoso.com>\nSubject: Hello\n\nHello", true},
		{"00001", "Received: from a\n by b\nX-Own: c\n\nHello", true},
		{"00001", "\xef\xbb\xbfSubject: a\r\nDate: b\r\n\r\n", true},
		{"a.yaml", "subject: a\nlist:\n  - b\n", false},
		{"a.txt", "Subject: one field alone\n\n", false},
		{"a.txt", "From our point of view: nothing\n", false},
		{"a.txt", "", false},
		{"a.zip", "PK\x03\x04", false},
	} {
		if got := isMessage(strings.NewReader(c.text), int64(len(c.text)), c.name); got != c.want {
			t.Errorf("%s, %q: %v", c.name, c.text, got)
		}
	}
}

func engine(t *testing.T, o Options) *Engine {
	t.Helper()
	e, err := New(Strictest(), o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *Engine) text(ctx context.Context, message string) Verdict {
	return e.Inspect(ctx, strings.NewReader(message), int64(len(message)), "a.eml", tenant.Compile(tenant.Context{}))
}

const bait = "From: Microsoft account team <security@outlook-verify.example>\r\nTo: ana@contoso.com\r\nSubject: Your password expires today\r\n" +
	"Content-Type: text/html\r\n\r\n<p>Dear user, your mailbox will be suspended. Verify your password within 24 hours.</p>" +
	"<a href=\"https://contoso-login.weebly.com/signin\">Keep my password</a>"

const plain = "From: Ben <ben@fabrikam.com>\r\nTo: ana@contoso.com\r\nSubject: Tuesday\r\n\r\nShall we meet at ten? Ben\r\n"

func TestThreatAndClean(t *testing.T) {
	t.Parallel()
	e := engine(t, Options{})
	if v := e.text(t.Context(), bait); v.Result != Threat || v.Category != rule.Phishing || len(v.Rules) < 3 {
		t.Errorf("%+v", v)
	}
	if v := e.text(t.Context(), plain); v.Result != Clean {
		t.Errorf("%+v", v)
	}
}

// The same message gives the same verdict, also where many are inspected at once.
func TestTheSameVerdict(t *testing.T) {
	t.Parallel()
	e := engine(t, Options{})
	want := e.text(t.Context(), bait)
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			if diff := cmp.Diff(want, e.text(t.Context(), bait)); diff != "" {
				t.Error(diff)
			}
		})
	}
	wait.Wait()
}

func TestTimeIsOver(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	v := engine(t, Options{}).text(ctx, bait)
	if len(v.NotInspected) == 0 || v.NotInspected[0].Reason != budget.TooSlow || v.Result == Clean {
		t.Errorf("%+v", v)
	}
}

// What hangs, and what panics, ends as "could not inspect".
func TestInTime(t *testing.T) {
	t.Parallel()
	if v := inTime(t.Context(), "message", func() Verdict { panic("a parser's") }); v.Result != NotInspected || v.NotInspected[0].Reason != budget.Damaged {
		t.Errorf("%+v", v)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		release := make(chan struct{})
		defer close(release)
		v := inTime(ctx, "message", func() Verdict { <-release; return Verdict{} })
		if v.Result != NotInspected || v.NotInspected[0].Reason != budget.TooSlow {
			t.Errorf("%+v", v)
		}
	})
}

// outsider is an engine outside this program.
type outsider struct {
	found string
	err   error
}

func (outsider) Name() string { return "clamd" }

func (o outsider) Scan(_ context.Context, r io.Reader) (string, error) {
	_, err := io.Copy(io.Discard, r)
	return o.found, errors.Join(err, o.err)
}

func TestOutsideEngine(t *testing.T) {
	t.Parallel()
	withFile := strings.Replace(plain, "Subject: Tuesday\r\n\r\n", "Subject: Tuesday\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"+
		"--b\r\nContent-Type: text/plain\r\n\r\n", 1) + "--b\r\nContent-Type: text/plain; name=notes.txt\r\nContent-Disposition: attachment\r\n\r\nNotes\r\n--b--\r\n"
	for _, c := range []struct {
		name   string
		engine outsider
		result Result
		reason budget.Reason
	}{
		{"nothing", outsider{}, Clean, ""},
		{"found", outsider{found: "Test.Signature"}, Threat, ""},
		{"not reached", outsider{err: errors.New("connection refused")}, NotInspected, budget.NoEngine},
		{"too large for it", outsider{err: &budget.Error{Reason: budget.TooLarge}}, NotInspected, budget.TooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := engine(t, Options{Scanners: []Scanner{c.engine}}).text(t.Context(), withFile)
			if v.Result != c.result || c.reason != "" && v.NotInspected[0].Reason != c.reason {
				t.Errorf("%+v", v)
			}
			if strings.Contains(string(v.Result), "refused") {
				t.Error("the cause is shown")
			}
		})
	}
}

func TestParsePolicy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ json, err string }{
		{`{}`, ""},
		{`{"malware_scanning":{"on":false}}`, ""},
		{`{"advanced_spam_protection":{"blocked_senders":["*@example.com"]}}`, ""},
		{``, "empty"},
		{`{"malware":{"on":false}}`, `unknown field "malware"`},
		{`{} {}`, "follows"},
		{`[]`, "not valid"},
	} {
		p, err := ParsePolicy([]byte(c.json))
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v", c.json, err)
		}
		if err == nil && !p.AdvancedSpam.On {
			t.Errorf("%s: what isn't named is off", c.json)
		}
	}
	// A template that could never hold would protect nothing.
	for _, own := range []string{`{"name":"Ours","identifiers":["CREDIT_CRAD"]}`, `{"name":"Ours"}`, `{"identifiers":["CREDIT_CARD"]}`} {
		p, err := ParsePolicy([]byte(`{"data_loss_prevention":{"own_templates":[` + own + `]}}`))
		if err == nil {
			_, err = New(p, Options{})
		}
		if err == nil || !strings.Contains(err.Error(), "own_templates") {
			t.Errorf("%s: %v", own, err)
		}
	}
	p, err := ParsePolicy([]byte(`{"advanced_spam_protection":{"on":false},"web_reputation":{"on":false}}`))
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if v := e.text(t.Context(), bait); v.Result != Clean || len(v.Rules) > 0 {
		t.Errorf("what is off spoke: %+v", v)
	}
}

func FuzzMessage(f *testing.F) {
	f.Add([]byte(bait))
	f.Add([]byte(plain))
	e, err := New(Strictest(), Options{})
	if err != nil {
		f.Fatal(err)
	}
	x := tenant.Compile(tenant.Context{Domains: []string{"contoso.com"}})
	f.Fuzz(func(t *testing.T, data []byte) {
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
		defer stop()
		for _, p := range e.Inspect(ctx, bytes.NewReader(data), int64(len(data)), "a.eml", x).NotInspected {
			if p.Reason == budget.TooSlow || p.Detail == panicked {
				t.Fatalf("%+v", p)
			}
		}
	})
}
