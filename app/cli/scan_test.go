package cli

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	baitMail = "From: Microsoft account team <security@outlook-verify.example>\r\nTo: ana@contoso.com\r\nSubject: Your password expires today\r\n" +
		"Content-Type: text/html\r\n\r\n<p>Dear user, your mailbox will be suspended. Verify your password within 24 hours.</p>" +
		"<a href=\"https://contoso-login.weebly.com/signin\">Keep my password</a>"
	cleanMail = "From: Ben <ben@fabrikam.com>\r\nTo: ana@contoso.com\r\nSubject: Tuesday\r\n\r\nShall we meet at ten? Ben\r\n"
)

// mailFolder has a message of each result, named so that their order is known.
func mailFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"1.eml":                            baitMail,
		filepath.Join("2", "clean.eml"):    cleanMail,
		filepath.Join("2", "notes.txt"):    "Nothing in here.\n",
		filepath.Join("3", "encrypted.7z"): "7z\xbc\xaf\x27\x1c\x00\x04damaged",
	} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func verdicts(t *testing.T, out string) (list []verdictJSON) {
	t.Helper()
	for line := range strings.Lines(out) {
		var v verdictJSON
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if v.Rules == nil || v.DLP == nil || v.NotInspected == nil {
			t.Errorf("a list is null: %s", line)
		}
		list = append(list, v)
	}
	return list
}

func TestScanAFolder(t *testing.T) {
	t.Parallel()
	dir := mailFolder(t)
	out, errs, code := runWith(t, "", "scan", dir, "--json")
	list := verdicts(t, out)
	want := []struct{ file, verdict, category string }{
		{"1.eml", "threat", "phishing"}, {"2/clean.eml", "clean", ""}, {"2/notes.txt", "clean", ""}, {"3/encrypted.7z", "not_inspected", "not_inspected"},
	}
	if len(list) != len(want) || code != ExitOK {
		t.Fatalf("%d: %s%s", code, out, errs)
	}
	for i, w := range want {
		file, err := filepath.Rel(dir, list[i].File)
		if err != nil || filepath.ToSlash(file) != w.file || list[i].Verdict != w.verdict || list[i].Category != w.category {
			t.Errorf("%+v, not %+v", list[i], w)
		}
	}
	if r := list[0].Rules; list[0].Score < 5 || len(r) == 0 || r[0].Reason == "" || len(r[0].Evidence) == 0 {
		t.Errorf("%+v", list[0])
	}
	if len(list[3].NotInspected) == 0 {
		t.Errorf("it says no reason: %+v", list[3])
	}

	out, errs, code = runWith(t, "", "scan", dir)
	for _, sentence := range []string{"THREAT (phishing, score ", "COULD NOT INSPECT", "4 inspected: 1 threat, 0 violations, 1 could not be inspected, 2 clean."} {
		if !strings.Contains(out, sentence) || code != ExitOK {
			t.Errorf("%d: %q isn't there: %s%s", code, sentence, out, errs)
		}
	}
	if strings.Contains(out, "\x1b") {
		t.Error("colour where there is no terminal")
	}
}

// What one file came to doesn't depend on how many are inspected at once.
func TestScanWithManyWorkers(t *testing.T) {
	t.Parallel()
	dir := mailFolder(t)
	one, _, _ := runWith(t, "", "scan", dir, "--json", "--workers", "1")
	many, _, _ := runWith(t, "", "scan", dir, "--json", "--workers", "8")
	if one != many {
		t.Errorf("%s\n%s", one, many)
	}
}

func TestScanStandardInput(t *testing.T) {
	t.Parallel()
	out, errs, code := runWith(t, baitMail, "scan", "-", "--json")
	if list := verdicts(t, out); len(list) != 1 || list[0].File != "-" || list[0].Verdict != "threat" || code != ExitOK {
		t.Errorf("%d: %s%s", code, out, errs)
	}
}

// What the organization knows of itself changes the verdict.
func TestScanForATenant(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mail := filepath.Join(dir, "a.eml")
	text := "From: Carla Reyes <carla.reyes.office@gmail.com>\r\nTo: ana@contoso.com\r\nSubject: Are you at your desk?\r\n\r\n" +
		"Ana, I need a favour. I am in a meeting and can't talk, buy five gift cards for a client and send me the codes. Keep it between us.\r\n"
	tenantFile := filepath.Join(dir, "tenant.json")
	for name, text := range map[string]string{mail: text, tenantFile: `{"domains":["contoso.com"],"people":[{"name":"Carla Reyes","address":"carla.reyes@contoso.com","vip":true}],"correspondents":["fabrikam.com"]}`} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	unknown, _, _ := runWith(t, "", "scan", mail, "--json")
	known, errs, code := runWith(t, "", "scan", mail, "--json", "--tenant", tenantFile)
	a, b := verdicts(t, unknown), verdicts(t, known)
	if code != ExitOK || len(a) != 1 || len(b) != 1 {
		t.Fatalf("%d: %s%s", code, known, errs)
	}
	if b[0].Verdict != "threat" || b[0].Category != "business_email_compromise" || b[0].Score <= a[0].Score {
		t.Errorf("%+v\n%+v", a[0], b[0])
	}
}

func TestScanAnArchive(t *testing.T) {
	t.Parallel()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	entry, err := w.Create("invoice.pdf.exe")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := entry.Write(append([]byte("MZ\x90\x00"), make([]byte, 400)...)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "a.zip")
	if err := os.WriteFile(name, archive.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _, _ := runWith(t, "", "scan", name, "--json")
	if list := verdicts(t, out); len(list) != 1 || list[0].Verdict != "threat" || !strings.Contains(out, "invoice.pdf.exe") {
		t.Error(out)
	}
}

// Exit codes other than 0 are for the command's own errors only.
func TestScanErrors(t *testing.T) {
	t.Parallel()
	dir := mailFolder(t)
	bad := filepath.Join(dir, "bad.json")
	if err := os.WriteFile(bad, []byte(`{"malware":true}`), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(dir, "broken")
	if err := os.Symlink(filepath.Join(dir, "gone"), broken); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		err  string
	}{
		{"no file", []string{"scan", filepath.Join(dir, "none.eml")}, ExitFailure, "can't be read"},
		{"a broken link", []string{"scan", broken}, ExitFailure, "can't be read"},
		{"no argument", []string{"scan"}, ExitUsage, "arg"},
		{"no policy", []string{"scan", dir, "--policy", filepath.Join(dir, "none")}, ExitFailure, "can't be read"},
		{"a wrong policy", []string{"scan", dir, "--policy", bad}, ExitUsage, `unknown field "malware"`},
		{"no JSON", []string{"scan", dir, "--tenant", filepath.Join(dir, "1.eml")}, ExitUsage, "not the JSON of an organization"},
		{"no address", []string{"scan", dir, "--clamd", "nowhere"}, ExitUsage, "no address of clamd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, errs, code := runWith(t, "", c.args...)
			if code != c.code || !strings.Contains(errs, c.err) {
				t.Errorf("%d: %s", code, errs)
			}
		})
	}
}

// A daemon that can't be reached is said of each message that has something for
// it, and makes none of them clean.
func TestScanWithoutTheDaemon(t *testing.T) {
	t.Parallel()
	mail := filepath.Join(t.TempDir(), "a.eml")
	text := strings.Replace(cleanMail, "\r\n\r\n", "\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n", 1) +
		"--b\r\nContent-Type: text/plain; name=notes.txt\r\nContent-Disposition: attachment\r\n\r\nNotes\r\n--b--\r\n"
	if err := os.WriteFile(mail, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, code := runWith(t, "", "scan", mail, "--json", "--clamd", "unix:"+filepath.Join(t.TempDir(), "none"))
	list := verdicts(t, out)
	if len(list) != 1 || list[0].Verdict != "not_inspected" || len(list[0].NotInspected) != 1 || list[0].NotInspected[0].Reason != "engine_unavailable" || code != ExitOK {
		t.Errorf("%d: %s%s", code, out, errs)
	}
}
