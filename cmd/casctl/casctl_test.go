package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"cloudappsecurity/app/realparts"
)

func TestMain(m *testing.M) {
	code := m.Run()
	realparts.Clean()
	os.Exit(code)
}

// event is one line of "casctl grant --json".
type event struct {
	Event   string `json:"event"`
	URL     string `json:"url"`
	Text    string `json:"text"`
	Detail  string `json:"detail"`
	Outcome string `json:"outcome"`
	Code    string `json:"code"`
	AADSTS  string `json:"aadsts"`
	Line    int    `json:"line"`
}

// office is one computer with casctl, its keyring and a data folder.
type office struct {
	t   *testing.T
	env []string
	dir string
}

func newOffice(t *testing.T, sim *realparts.Simulation) *office {
	t.Helper()
	return &office{t, append(realparts.Keyring(t), sim.Env()...), filepath.Join(t.TempDir(), "data")}
}

func (o *office) start(args ...string) *realparts.Process {
	o.t.Helper()
	return realparts.Start(o.t, o.env, realparts.Program(o.t, "casctl"), append([]string{"--json", "--data-dir", o.dir}, args...)...)
}

// run runs casctl to its end.
func (o *office) run(args ...string) (stdout string, code int) {
	o.t.Helper()
	p := o.start(args...)
	code = p.Wait()
	return p.Stdout(), code
}

func (o *office) read(v any, args ...string) {
	o.t.Helper()
	out, code := o.run(args...)
	if code != 0 {
		o.t.Fatalf("casctl %v ended with %d: %s", args, code, out)
	}
	if err := json.Unmarshal([]byte(out), v); err != nil {
		o.t.Fatalf("casctl %v: %v in %q", args, err, out)
	}
}

// url waits for the first line of a grant.
func url(t *testing.T, p *realparts.Process) string {
	t.Helper()
	line, ok := p.Line()
	var e event
	if !ok || json.Unmarshal([]byte(line), &e) != nil || e.URL == "" {
		t.Fatalf("the first line has no url: %q", line)
	}
	return e.URL
}

// outcome is the last line of a grant.
func outcome(t *testing.T, p *realparts.Process) event {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(p.Stdout()), "\n")
	var e event
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &e); err != nil || e.Event != "outcome" {
		t.Fatalf("the last line is no outcome: %q", lines[len(lines)-1])
	}
	return e
}

// walk runs a grant whose browser is driven by admin, and gives how it ended.
func (o *office) walk(admin realparts.Administrator, args ...string) (event, int) {
	o.t.Helper()
	p := o.start(append([]string{"grant", "exchange"}, args...)...)
	address := url(o.t, p)
	tab := realparts.Tab(o.t)
	text, err := admin.Walk(tab, address)
	if err != nil && admin.Until == "" {
		o.t.Logf("the browser ended on %q: %v", text, err)
	}
	code := p.Wait()
	return outcome(o.t, p), code
}

func admin(s *realparts.Simulation) realparts.Administrator {
	return realparts.Administrator{Username: s.Admin.Username, Password: s.Admin.Password}
}

func TestGrantAllUsers(t *testing.T) {
	t.Parallel()
	recording := filepath.Join(t.TempDir(), "grant.har")
	sim := realparts.Simulate(t, "--har", recording)
	o := newOffice(t, sim)
	end, code := o.walk(admin(sim), "--all")
	if code != 0 || end.Outcome != "protected" || end.Text != "Exchange Online protected." || end.Detail != "This version does not scan yet." {
		t.Fatalf("ended with %d: %+v", code, end)
	}

	var status struct {
		Organization struct {
			TenantID string `json:"tenant_id"`
			Option   string `json:"option"`
		} `json:"organization"`
		Services []struct {
			Service   string `json:"service"`
			State     string `json:"state"`
			StateText string `json:"state_text"`
			Protected int    `json:"protected_count"`
		} `json:"services"`
	}
	o.read(&status, "status")
	if status.Organization.TenantID != sim.TenantID || status.Organization.Option != "all" || len(status.Services) != 3 ||
		status.Services[0].State != "granted" || status.Services[0].StateText != "Access granted" || status.Services[1].State != "not_granted" {
		t.Errorf("status %+v", status)
	}
	var targets []struct {
		ID        string `json:"id"`
		UPN       string `json:"user_principal_name"`
		Mailbox   string `json:"mailbox"`
		Protected bool   `json:"protected"`
		Reason    string `json:"reason"`
	}
	o.read(&targets, "targets")
	kinds := map[string]int{}
	protected := 0
	for _, target := range targets {
		kinds[target.Mailbox]++
		if target.Protected {
			protected++
		} else if target.Reason == "" {
			t.Errorf("%s isn't protected, without a reason", target.UPN)
		}
		if target.Protected && target.Mailbox != "user" && target.Mailbox != "shared" {
			t.Errorf("%s is protected with mailbox %q", target.UPN, target.Mailbox)
		}
	}
	if len(targets) < 60 || protected != status.Services[0].Protected || kinds["user"] == 0 || kinds["shared"] == 0 || kinds["none"] == 0 {
		t.Errorf("%d targets, %d protected (%d in status), kinds %v", len(targets), protected, status.Services[0].Protected, kinds)
	}
	var notes []struct {
		Time, Severity, Service, Text string
		Read                          bool
	}
	o.read(&notes, "notifications")
	if len(notes) != 2 || notes[0].Text != "Exchange Online protected." || notes[1].Text != "Access to Exchange Online granted." || notes[0].Read {
		t.Errorf("notifications %+v", notes)
	}

	sim.Signal(syscall.SIGINT)
	if code := sim.Wait(); code != 0 {
		t.Errorf("m365sim ended with %d", code)
	}
	har, err := os.ReadFile(recording)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(har) {
		t.Error("the recording isn't valid JSON")
	}
	if strings.Contains(string(har), sim.Admin.Password) {
		t.Error("the recording holds a password")
	}
}

func TestGrantSelectedUsers(t *testing.T) {
	t.Parallel()
	sim := realparts.Simulate(t)
	o := newOffice(t, sim)
	file := filepath.Join(t.TempDir(), "users.txt")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("not an address\n")
	if out, code := o.run("grant", "exchange", "--users", file); code != 6 || strings.Contains(out, `"url"`) || !strings.Contains(out, `"line":1`) {
		t.Errorf("wrong syntax: %d %s", code, out)
	}

	write("\ufeff" + sim.Admin.Username + "\r\n\r\nnobody@contosobakery.example\r\n" + strings.ToUpper(sim.Admin.Username) + "\r\nnoone@contosobakery.example\r\n")
	end, code := o.walk(admin(sim), "--users", file)
	if code != 6 || end.Code != "invalid_targets" {
		t.Fatalf("unknown names: %d %+v", code, end)
	}
	var targets []struct {
		UPN       string `json:"user_principal_name"`
		Protected bool   `json:"protected"`
	}
	o.read(&targets, "targets")
	if len(targets) != 0 {
		t.Errorf("half-applied: %+v", targets)
	}

	write(sim.Admin.Username + "\n")
	p := o.start("grant", "exchange", "--users", file)
	if code := p.Wait(); code != 0 || outcome(t, p).Outcome != "protected" {
		t.Fatalf("the next try needs no browser: %d", code)
	}
	o.read(&targets, "targets")
	if len(targets) != 1 || !strings.EqualFold(targets[0].UPN, sim.Admin.Username) || !targets[0].Protected {
		t.Errorf("targets %+v", targets)
	}
	if _, code := o.run("grant", "exchange", "--all"); code != 6 {
		t.Errorf("another option ended with %d", code)
	}
}

func TestGrantEndsDifferently(t *testing.T) {
	t.Parallel()
	sim := realparts.Simulate(t)
	for name, c := range map[string]struct {
		change  func(*realparts.Administrator)
		args    []string
		outcome string
		code    string
		exit    int
	}{
		"declined on the first screen":  {func(a *realparts.Administrator) { a.Decline = 1 }, nil, "declined", "declined", 3},
		"declined on the second screen": {func(a *realparts.Administrator) { a.Decline = 2 }, nil, "declined", "declined", 3},
		"closed before the sign-in":     {func(a *realparts.Administrator) { a.Until = "Sign in" }, []string{"--timeout", "8s"}, "timeout", "timeout", 4},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, sim)
			a := admin(sim)
			c.change(&a)
			end, exit := o.walk(a, append([]string{"--all"}, c.args...)...)
			if end.Outcome != c.outcome || end.Code != c.code || exit != c.exit {
				t.Errorf("ended with %d: %+v", exit, end)
			}
		})
	}
}

func TestNobodyOpensThePage(t *testing.T) {
	t.Parallel()
	sim := realparts.Simulate(t)
	o := newOffice(t, sim)
	p := o.start("--timeout", "2s", "grant", "exchange", "--all")
	if code := p.Wait(); code != 4 || outcome(t, p).Outcome != "timeout" {
		t.Errorf("ended with %d: %s", code, p.Stdout())
	}
	p = o.start("grant", "exchange", "--all")
	url(t, p)
	p.Signal(syscall.SIGINT)
	if code := p.Wait(); code != 130 || outcome(t, p).Outcome != "canceled" {
		t.Errorf("interrupted: %d: %s", code, p.Stdout())
	}
}

func TestWithoutKeyring(t *testing.T) {
	t.Parallel()
	sim := realparts.Simulate(t)
	home := t.TempDir()
	env := append([]string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "DBUS_SESSION_BUS_ADDRESS=unix:path=" + home + "/none"}, sim.Env()...)
	p := realparts.Start(t, env, realparts.Program(t, "casctl"), "--json", "--data-dir", filepath.Join(home, "data"), "grant", "exchange", "--all")
	if code := p.Wait(); code != 8 || outcome(t, p).Code != "keyring_missing" {
		t.Errorf("ended with %d: %s", code, p.Stdout())
	}
}
