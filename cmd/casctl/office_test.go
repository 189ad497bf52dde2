package main

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudappsecurity/app/realparts"
	"cloudappsecurity/service/m365sim"
)

// TestMain lets more tests run at once than there are processors: they wait for
// browsers and for the other side most of the time.
func TestMain(m *testing.M) {
	flag.Parse()
	if runtime.GOMAXPROCS(0) < 4 {
		if err := flag.Set("test.parallel", "4"); err != nil {
			panic(err)
		}
	}
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
	Message string `json:"message"`
	Help    string `json:"help"`
	AADSTS  string `json:"aadsts"`
	Line    int    `json:"line"`
	UPN     string `json:"user_principal_name"`
	Exit    int    `json:"exit_code"`
}

// simulate starts a Microsoft 365 in this process, for tests which look into
// the tenant or change it. It gives the environment of a program that uses it.
func simulate(t *testing.T, o m365sim.Options) (*m365sim.Server, []string) {
	t.Helper()
	s, err := m365sim.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	info := s.Info()
	return s, []string{"CAS_AUTHORITY=" + info.Authority, "CAS_GRAPH=" + info.Graph, "CAS_CA_FILE=" + info.CAFile}
}

// administrator is Contoso's, in front of a browser.
func administrator(s *m365sim.Server) realparts.Administrator {
	return realparts.Administrator{Username: s.Info().Admin.Username, Password: s.Info().Admin.Password}
}

// office is one computer with casctl, its keyring, a data folder and a browser
// which stays open.
type office struct {
	t   *testing.T
	env []string
	dir string
	tab context.Context

	launch []string // the command line of another casctl than the one built for the tests
}

func newOffice(t *testing.T, env []string) *office {
	t.Helper()
	return &office{t: t, env: append(realparts.Keyring(t), env...), dir: filepath.Join(t.TempDir(), "data")}
}

func (o *office) start(args ...string) *realparts.Process {
	o.t.Helper()
	launch := o.launch
	if launch == nil {
		launch = []string{realparts.Program(o.t, "casctl")}
	}
	args = append([]string{"--json", "--data-dir", o.dir}, args...)
	return realparts.Start(o.t, o.env, launch[0], append(slices.Clone(launch[1:]), args...)...)
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

// target is one of "casctl targets --json".
type target struct {
	ID        string `json:"id"`
	UPN       string `json:"user_principal_name"`
	Mailbox   string `json:"mailbox"`
	Drive     string `json:"drive"`
	Protected bool   `json:"protected"`
	Reason    string `json:"reason"`
}

func (o *office) targets() (list []target) {
	o.t.Helper()
	o.read(&list, "targets")
	return list
}

// reviews holds the filters of "casctl targets", and its file, against all
// targets.
func (o *office) reviews(all []target) {
	o.t.Helper()
	for filter, fits := range map[string]func(target) bool{
		"protected":  func(t target) bool { return t.Protected },
		"excluded":   func(t target) bool { return !t.Protected && t.Reason != "removed" },
		"no-mailbox": func(t target) bool { return t.Reason == "no_mailbox" },
		"removed":    func(t target) bool { return t.Reason == "removed" },
	} {
		want := 0
		for _, t := range all {
			if fits(t) {
				want++
			}
		}
		var got []target
		if o.read(&got, "targets", "--filter", filter); len(got) != want || slices.ContainsFunc(got, func(t target) bool { return !fits(t) }) {
			o.t.Errorf("--filter %s lists %d targets, want %d", filter, len(got), want)
		}
	}
	path := filepath.Join(o.t.TempDir(), "targets.csv")
	var said struct {
		File   string `json:"file"`
		People int    `json:"people"`
	}
	o.read(&said, "targets", "--csv", path, "--search", all[0].UPN)
	text, err := os.ReadFile(path)
	if err != nil || said.File != path || said.People != 1 || !strings.Contains(string(text), all[0].UPN) || strings.Contains(string(text), all[1].UPN) {
		o.t.Errorf("--csv: %v, said %+v:\n%s", err, said, text)
	}
}

// exchange is what "casctl status --json" says of Exchange Online, and of the
// other services.
type exchange struct {
	Service     string `json:"service"`
	People      int    `json:"people_count"`
	Sites       int    `json:"site_count"`
	Subsites    int    `json:"subsite_count"`
	State       string `json:"state"`
	StateText   string `json:"state_text"`
	Protected   int    `json:"protected_count"`
	Problem     string `json:"problem"`
	ProblemText string `json:"problem_text"`
}

func (o *office) status() exchange {
	o.t.Helper()
	return o.services()[0]
}

// services are the three, Exchange Online first.
func (o *office) services() []exchange {
	o.t.Helper()
	var s struct{ Services []exchange }
	o.read(&s, "status")
	if len(s.Services) != 3 || s.Services[0].Service != "exchange" {
		o.t.Fatalf("status %+v", s)
	}
	return s.Services
}

// newBrowser opens a browser without any session.
func (o *office) newBrowser() {
	o.t.Helper()
	o.tab = realparts.Tab(o.t)
}

// sees waits until the tab says text.
func (o *office) sees(text string) {
	o.t.Helper()
	ctx, stop := context.WithTimeout(o.tab, 20*time.Second)
	defer stop()
	if err := realparts.Await(ctx, text); err != nil {
		o.t.Error(err)
	}
}

// visit is a grant that is running, and the address of its page.
type visit struct {
	*realparts.Process
	o   *office
	ctx context.Context // ends with the process
	url string
}

// grant starts a grant of Exchange Online.
func (o *office) grant(args ...string) *visit {
	o.t.Helper()
	return o.grantOf("exchange", args...)
}

// grantOf starts a grant. The browser is there before, so that starting it takes
// nothing of the time that casctl waits.
func (o *office) grantOf(service string, args ...string) *visit {
	o.t.Helper()
	if o.tab == nil {
		o.newBrowser()
	}
	v := &visit{Process: o.start(append([]string{"grant", service}, args...)...), o: o}
	v.url = pageOf(o.t, v.Process)
	v.follow()
	return v
}

// follow ends what a person does in the browser when casctl ends.
func (v *visit) follow() {
	ctx, stop := context.WithCancel(v.o.tab)
	v.ctx = ctx
	go func() {
		defer stop()
		select {
		case <-v.Ended():
		case <-ctx.Done():
		}
	}()
}

// walk lets somebody walk through the pages, and gives the last one's text.
func (v *visit) walk(a *realparts.Administrator) string {
	v.o.t.Helper()
	text, err := a.Walk(v.ctx, v.url)
	v.check(text, err)
	return text
}

// goOn is walk from the page that is open.
func (v *visit) goOn(a *realparts.Administrator) {
	v.o.t.Helper()
	text, err := a.Continue(v.ctx)
	v.check(text, err)
}

func (v *visit) check(text string, err error) {
	v.o.t.Helper()
	select {
	case <-v.Ended():
	default:
		if err != nil {
			v.o.t.Fatalf("the walk ended on %q: %v", text, err)
		}
	}
}

// closeBrowser is what a person does who has had enough.
func (v *visit) closeBrowser() {
	v.o.t.Helper()
	realparts.CloseTab(v.o.t, v.o.tab)
	v.o.tab = nil
}

// end waits for the end and gives the outcome and the exit code.
func (v *visit) end() (event, int) {
	v.o.t.Helper()
	code := v.Wait()
	e := outcome(v.o.t, v.Process)
	if e.Exit != code {
		v.o.t.Errorf("the outcome says exit code %d, it was %d", e.Exit, code)
	}
	return e, code
}

// walk runs a whole grant.
func (o *office) walk(a realparts.Administrator, args ...string) (event, int) {
	o.t.Helper()
	v := o.grant(args...)
	v.walk(&a)
	return v.end()
}

// protect runs a grant that has to end protected.
func (o *office) protect(a realparts.Administrator, args ...string) {
	o.t.Helper()
	if e, code := o.walk(a, args...); code != 0 || e.Outcome != "protected" {
		o.t.Fatalf("ended with %d: %+v", code, e)
	}
}

// silently runs a grant to its end, which has to need no browser.
func (o *office) silently(args ...string) (event, int) {
	o.t.Helper()
	p := o.start(append([]string{"grant", "exchange", "--timeout", "1m"}, args...)...)
	code := p.Wait()
	return outcome(o.t, p), code
}

// pageOf waits for the first line of a grant, which has the page's address.
func pageOf(t *testing.T, p *realparts.Process) string {
	t.Helper()
	line, ok := p.Line()
	var e event
	if !ok || json.Unmarshal([]byte(line), &e) != nil || e.URL == "" {
		t.Fatalf("the first line has no url: %q", line)
	}
	return e.URL
}

// events are the lines of a grant.
func events(t *testing.T, p *realparts.Process) (list []event) {
	t.Helper()
	for line := range strings.SplitSeq(strings.TrimSpace(p.Stdout()), "\n") {
		var e event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		list = append(list, e)
	}
	return list
}

// outcome is the last line of a grant.
func outcome(t *testing.T, p *realparts.Process) event {
	t.Helper()
	list := events(t, p)
	if last := list[len(list)-1]; last.Event == "outcome" {
		return last
	}
	t.Fatalf("the last line is no outcome: %+v", list[len(list)-1])
	return event{}
}
