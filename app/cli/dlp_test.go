package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func runWith(t *testing.T, in string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Run(context.Background(), Streams{In: strings.NewReader(in), Out: &out, Err: &errs, Getenv: func(string) string { return "" }}, args)
	return out.String(), errs.String(), code
}

func card(list []matchJSON) (found []matchJSON) {
	for _, m := range list {
		if m.Identifier == "CREDIT_CARD" {
			found = append(found, m)
		}
	}
	return found
}

const cardNumber = "4539-1488-0343-6467"

func TestDLPFindsInAFileAndInput(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want matchJSON
	}{
		"ascii":         {"My card: " + cardNumber, matchJSON{"CREDIT_CARD", 9, 28, 9, 28, 0.85}},
		"other scripts": {"Cartão nº é " + cardNumber, matchJSON{"CREDIT_CARD", 15, 34, 12, 31, 0.85}},
		"not UTF-8":     {"card \xff\xfe\xff " + cardNumber, matchJSON{"CREDIT_CARD", 9, 28, 9, 28, 0.85}},
		"emoji":         {"card 💳 " + cardNumber, matchJSON{"CREDIT_CARD", 10, 29, 7, 26, 0.85}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "letter.txt")
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, from := range []string{file, "-"} {
				out, errs, code := runWith(t, c.text, "dlp", from, "--json")
				var got dlpJSON
				if err := json.Unmarshal([]byte(out), &got); err != nil || code != ExitOK {
					t.Fatalf("%d: %v: %s%s", code, err, out, errs)
				}
				found := card(got.DLP)
				if got.File != from || len(found) != 1 || found[0] != c.want {
					t.Errorf("from %s: %+v, not %+v", got.File, found, c.want)
				}
			}
		})
	}
}

func TestDLPFindsNothing(t *testing.T) {
	t.Parallel()
	if out, _, code := runWith(t, "Good morning", "dlp", "-", "--json"); out != `{"file":"-","dlp":[]}`+"\n" || code != ExitOK {
		t.Errorf("%d: %s", code, out)
	}
}

func TestDLPMasksForPeople(t *testing.T) {
	t.Parallel()
	out, _, code := runWith(t, "Hello\nmy card is "+cardNumber+"\n", "dlp", "-")
	if code != ExitOK || !strings.Contains(out, "2     CREDIT_CARD") || !strings.Contains(out, "***************6467") || strings.Contains(out, "4539") {
		t.Errorf("%d: %s", code, out)
	}
}

func TestDLPAnswersEachLine(t *testing.T) {
	t.Parallel()
	in := strings.Join([]string{
		`{"text":"card ` + cardNumber + `"}`,
		`{"text":`,
		``,
		`{"other":1}`,
		`{"text":null}`,
		"{\"text\":\"\xffé card " + cardNumber + "\"}\r",
		`{"text":"\u20ac card ` + cardNumber + `"}`,
		`{"text":"Good morning"}`,
	}, "\n")
	for name, in := range map[string]string{"ended": in + "\n", "cut off": in} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, errs, code := runWith(t, in, "dlp", "-", "--ndjson")
			lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
			if code != ExitOK || len(lines) != 8 {
				t.Fatalf("%d, %d lines: %s%s", code, len(lines), out, errs)
			}
			for i, wanted := range map[int]matchJSON{
				0: {"CREDIT_CARD", 5, 24, 5, 24, 0.85},
				5: {"CREDIT_CARD", 9, 28, 8, 27, 0.85},
				6: {"CREDIT_CARD", 9, 28, 7, 26, 0.85},
			} {
				var got dlpLineJSON
				if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
					t.Fatalf("line %d: %s", i+1, lines[i])
				}
				if found := card(got.DLP); len(found) != 1 || found[0] != wanted {
					t.Errorf("line %d: %+v, not %+v", i+1, found, wanted)
				}
			}
			for i := 1; i <= 4; i++ {
				var bad badLineJSON
				if err := json.Unmarshal([]byte(lines[i]), &bad); err != nil || bad.Error == "" || bad.Line != i+1 {
					t.Errorf("line %d: %s", i+1, lines[i])
				}
			}
			if lines[7] != `{"dlp":[]}` {
				t.Errorf("line 8: %s", lines[7])
			}
		})
	}
}

func TestDLPTellsItsOwnErrors(t *testing.T) {
	t.Parallel()
	if out, errs, code := runWith(t, "", "dlp", filepath.Join(t.TempDir(), "none.txt"), "--json"); code != ExitFailure ||
		!strings.Contains(errs, "no such file") || !strings.Contains(out, `"code":"not_found"`) {
		t.Errorf("%d: %s%s", code, out, errs)
	}
	for _, args := range [][]string{{"dlp"}, {"dlp", "a", "b"}, {"dlp", "-", "--nosuch"}} {
		if _, _, code := runWith(t, "", args...); code != ExitUsage {
			t.Errorf("%q ended with %d", args, code)
		}
	}
}
