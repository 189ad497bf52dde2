package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloudappsecurity/service/inspect/learn"
)

// What an organization's verdicts taught weighs a little once there is enough of
// it, is taken back, and is forgotten.
func TestLearn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	model := filepath.Join(dir, "learned")
	folder := func(name, words string) string {
		for i := range learn.Enough {
			mail := fmt.Sprintf("From: a@example.com\r\nSubject: %s %d\r\n\r\n%s, number %d\r\n", words, i, words, i)
			path := filepath.Join(dir, name, fmt.Sprintf("%03d.eml", i))
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(mail), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return filepath.Join(dir, name)
	}
	threats, harmless := folder("threats", "scaffolding permits overdue"), folder("harmless", "bakery rota for sunday")
	mail := filepath.Join(threats, "000.eml")
	score := func() float64 {
		out, errs, code := runWith(t, "", "scan", mail, "--json", "--learned", model)
		list := verdicts(t, out)
		if len(list) != 1 || code != ExitOK {
			t.Fatalf("%d: %s%s", code, out, errs)
		}
		return list[0].Score
	}
	say := func(want string, args ...string) {
		t.Helper()
		if out, errs, code := runWith(t, "", append(args, "--model", model)...); !strings.Contains(out, want) || code != ExitOK {
			t.Fatalf("%d: %s%s", code, out, errs)
		}
	}

	say("It says nothing before it has seen 200 of each.", "learn", "threat", threats)
	before := score()
	say("Learned from 200 threats and 200 harmless messages.", "learn", "harmless", harmless)
	if after := score(); after <= before || after > before+learn.Cap {
		t.Errorf("%v after learning, %v before", after, before)
	}
	say("Learned from 199 threats", "learn", "threat", mail, "--forget")
	if after := score(); after != before {
		t.Errorf("%v where there isn't enough, %v before", after, before)
	}
	say("Learned from 0 threats and 0 harmless messages.", "learn", "reset")

	if _, errs, code := runWith(t, "", "learn", "reset"); code != ExitUsage || !strings.Contains(errs, "--model") {
		t.Errorf("%d: %s", code, errs)
	}
	if err := os.WriteFile(model, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, errs, code := runWith(t, "", "learn", "threat", mail, "--model", model)
	if kept, _ := os.ReadFile(model); code != ExitFolder || !strings.Contains(errs, "Nothing was changed.") || string(kept) != "damaged" {
		t.Errorf("%d: %s, %q", code, errs, kept)
	}
	if _, errs, code := runWith(t, "", "scan", mail, "--learned", filepath.Join(dir, "none")); code != ExitFailure || !strings.Contains(errs, "can't be read") {
		t.Errorf("%d: %s", code, errs)
	}
}
