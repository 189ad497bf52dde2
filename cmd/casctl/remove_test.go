package main

import (
	"context"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"cloudappsecurity/app/realparts"
	"cloudappsecurity/service"
	"cloudappsecurity/service/m365sim"
)

// removal starts "casctl remove", which opens a page.
func (o *office) removal(args ...string) *visit {
	o.t.Helper()
	if o.tab == nil {
		o.newBrowser()
	}
	v := &visit{Process: o.start(append([]string{"remove"}, args...)...), o: o}
	v.url = pageOf(o.t, v.Process)
	v.follow()
	return v
}

// left are the applications in the tenant, with the deleted ones.
func left(s *m365sim.Server) (names []string) {
	for _, a := range applications(s) {
		names = append(names, a.DisplayName)
	}
	for _, a := range s.Tenant().DeletedApplications() {
		names = append(names, "deleted "+a.DisplayName)
	}
	for _, p := range s.Tenant().DeletedServicePrincipals() {
		names = append(names, "deleted service principal "+p.AppID)
	}
	slices.Sort(names)
	return names
}

// others are the two services which a removal of Exchange Online leaves.
var others = []string{"Cloud App Security for OneDrive", "Cloud App Security for SharePoint Online"}

// states are those of the services, in their order.
func (o *office) states() string {
	o.t.Helper()
	var all []string
	for _, s := range o.services() {
		all = append(all, s.State)
	}
	return strings.Join(all, " ")
}

// TestRemoveOneOfThree removes Exchange Online in Chromium: the others go on,
// and it can be granted again.
func TestRemoveOneOfThree(t *testing.T) {
	t.Parallel()
	sim, env := simulate(t, m365sim.Options{HARFile: recording(t, "remove")})
	o, a := newOffice(t, env), administrator(sim)
	for _, svc := range service.Services() {
		o.protectOf(svc, a, "--all")
	}
	before := o.services()

	// Nobody agreed, or nothing is there to remove.
	for _, c := range []struct {
		args []string
		code int
	}{{[]string{"exchange"}, 11}, {[]string{"teams", "--yes"}, 2}, {nil, 2}, {[]string{"exchange", "--yes", "--timeout", "0s"}, 2}} {
		if out, code := o.run(append([]string{"remove"}, c.args...)...); code != c.code || o.states() != "granted granted granted" {
			t.Errorf("remove %v ended with %d: %s; %s", c.args, code, out, o.states())
		}
	}

	v := o.removal("exchange", "--yes", "--no-browser")
	page := realparts.Administrator{Until: "Sign in and remove"}
	text := v.walk(&page)
	for _, words := range []string{"Cloud App Security for Exchange Online", "Remove the deleted application for good", "Exchange Online is no longer protected",
		"up to 90 minutes", "it is not ours to delete", "The other services"} {
		if !strings.Contains(text, words) {
			t.Errorf("the page doesn't say %q: %s", words, text)
		}
	}
	v.goOn(&a)
	code := v.Wait()
	end := outcome(t, v.Process)
	if code != 0 || end.Outcome != "removed" || !strings.HasPrefix(end.Text, "Exchange Online is no longer protected.") || !strings.Contains(end.Text, "up to 90 minutes") {
		t.Fatalf("ended with %d: %+v", code, end)
	}
	o.sees("Return to Cloud App Security")
	if got := left(sim); !slices.Equal(got, others) {
		t.Errorf("in the tenant there are %q", got)
	}
	if got := o.states(); got != "not_granted granted granted" {
		t.Errorf("states %s", got)
	}
	after := o.services()
	if after[1] != before[1] || after[2] != before[2] || after[0].Protected != 0 {
		t.Errorf("the others were %+v, are %+v", before[1:], after)
	}
	if out, code := o.run("sync"); code != 0 || strings.Contains(out, `"exchange"`) {
		t.Errorf("sync ended with %d: %s", code, out)
	}
	if out, code := o.run("sync", "exchange"); code != 1 {
		t.Errorf("sync of what was removed ended with %d: %s", code, out)
	}
	if out, code := o.run("remove", "exchange", "--yes"); code != 1 || !strings.Contains(out, "no service account") {
		t.Errorf("removed again: %d: %s", code, out)
	}
	compareSites(t, o, sim)
	compareDrives(t, o, sim)
	o.lockedOut("exchange", "--users", people(sim, worker)[0])

	o.protectOf(service.ExchangeOnline, a, "--all")
	if got := o.states(); got != "granted granted granted" || len(left(sim)) != 3 {
		t.Errorf("granted again: %s, %q", got, left(sim))
	}
}

// TestRemovalIsKilled kills one removal at the beginning and the end of each of
// its steps, and finishes it later. While it isn't finished, the others go on.
func TestRemovalIsKilled(t *testing.T) {
	t.Parallel()
	sim, env := simulate(t, m365sim.Options{})
	o, a := newOffice(t, env), administrator(sim)
	for _, svc := range service.Services() {
		o.grantedBy(svc, a, "--all")
	}
	for _, at := range []string{`"event":"page"`, `"step":"service_principal"`, `"event":"done","time":"*","step":"service_principal"`,
		`"event":"step","time":"*","step":"application"`, `"event":"done","time":"*","step":"application"`,
		`"event":"step","time":"*","step":"deleted_application"`, `"event":"done","time":"*","step":"deleted_application"`} {
		p := o.start("remove", "exchange", "--yes", "--no-browser")
		url, ok := pageIn(p)
		if !ok {
			t.Fatalf("before %s: %s%s", at, p.Stdout(), p.Stderr())
		}
		ctx, stop := context.WithCancel(t.Context())
		walked := make(chan struct{})
		who := a
		go func() { defer close(walked); _, _ = who.WalkForms(ctx, realparts.NewForms(t), url) }()
		if at != `"event":"page"` {
			for line := ""; !matches(line, at); {
				if line, ok = p.Line(); !ok {
					t.Fatalf("it ended before %s: %s%s", at, p.Stdout(), p.Stderr())
				}
			}
		}
		p.Signal(syscall.SIGKILL)
		p.Wait()
		stop()
		<-walked
		if got := o.states(); got != "removing granted granted" {
			t.Fatalf("killed at %s: %s", at, got)
		}
		if out, code := o.run("grant", "exchange", "--all", "--timeout", "10s"); code != 11 || !strings.Contains(out, "is not finished") || strings.Contains(out, `"url"`) {
			t.Errorf("a grant beside it: %d: %s", code, out)
		}
	}
	if out, code := o.run("sync"); code != 0 || strings.Contains(out, `"exchange"`) {
		t.Errorf("sync ended with %d: %s", code, out)
	}
	if out, code := o.run("sync", "exchange"); code != 11 {
		t.Errorf("sync of what is being removed ended with %d: %s", code, out)
	}
	// Nothing is left in the tenant: nobody has to sign in.
	if out, code := o.run("remove", "exchange"); code != 0 || strings.Contains(out, `"url"`) || !strings.Contains(out, `"removed"`) {
		t.Fatalf("the last run ended with %d: %s", code, out)
	}
	if got := left(sim); !slices.Equal(got, others) || o.states() != "not_granted granted granted" {
		t.Errorf("in the tenant there are %q; %s", got, o.states())
	}
	var notes []struct{ Text, Service string }
	o.read(&notes, "notifications")
	said := 0
	for _, n := range notes {
		if n.Text == service.RemovedText(service.ExchangeOnline) {
			said++
		}
		if n.Service == "exchange" {
			t.Errorf("a notification is left: %+v", n)
		}
	}
	if said != 1 {
		t.Errorf("said %d times that it was removed: %+v", said, notes)
	}
	o.grantedBy(service.ExchangeOnline, a, "--all")
}

// matches says whether line has the parts of pattern, around each "*" in order.
func matches(line, pattern string) bool {
	for part := range strings.SplitSeq(pattern, "*") {
		_, rest, found := strings.Cut(line, part)
		if !found {
			return false
		}
		line = rest
	}
	return true
}

// pageIn waits for the line with the address of the page.
func pageIn(p *realparts.Process) (url string, ok bool) {
	for {
		line, more := p.Line()
		if _, rest, found := strings.Cut(line, `"url":"`); found {
			url, _, _ = strings.Cut(rest, `"`)
			return url, true
		}
		if !more {
			return "", false
		}
	}
}

// grantedBy is protectOf in a browser without a window.
func (o *office) grantedBy(svc service.Service, a realparts.Administrator, args ...string) {
	o.t.Helper()
	p := o.start(append([]string{"grant", string(svc)}, args...)...)
	ctx, stop := context.WithCancel(o.t.Context())
	defer stop()
	url := pageOf(o.t, p)
	go func() { _, _ = a.WalkForms(ctx, realparts.NewForms(o.t), url) }()
	if code := p.Wait(); code != 0 {
		o.t.Fatalf("%s ended with %d: %s", svc, code, p.Stdout())
	}
}

// answer runs casctl on a terminal on which somebody types an answer. Where the
// program script of util-linux isn't there, nobody is asked.
func (o *office) answer(typed string, args ...string) (shown string, code int) {
	o.t.Helper()
	if runtime.GOOS != "linux" {
		o.t.Skip("a terminal is made by script of util-linux")
	}
	line := "exec"
	for _, w := range append([]string{realparts.Program(o.t, "casctl"), "--json", "--data-dir", o.dir}, args...) {
		line += " '" + w + "'"
	}
	cmd := exec.Command("script", "-qec", line, "/dev/null")
	cmd.Env, cmd.Stdin = o.env, strings.NewReader(typed+"\n")
	out, err := cmd.Output()
	if err != nil && cmd.ProcessState == nil {
		o.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// TestRemovalIsRefused: to somebody who may not; then only what is stored here
// is removed.
func TestRemovalIsRefused(t *testing.T) {
	t.Parallel()
	sim, env := simulate(t, m365sim.Options{})
	o, a := newOffice(t, env), administrator(sim)
	o.grantedBy(service.ExchangeOnline, a, "--all")
	try := func(who realparts.Administrator) (event, int) {
		p := o.start("remove", "exchange", "--yes", "--no-browser")
		url := pageOf(t, p)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go func() { _, _ = who.WalkForms(ctx, realparts.NewForms(t), url) }()
		code := p.Wait()
		return outcome(t, p), code
	}
	who := a
	who.Username = sim.Tenant().SomeUsername()
	if end, code := try(who); code != 5 || end.Code != "not_administrator" || end.Help == "" {
		t.Errorf("ended with %d: %+v", code, end)
	}
	if got := left(sim); len(got) != 1 || o.states() != "removing not_granted not_granted" {
		t.Errorf("in the tenant %q; %s", got, o.states())
	}
	for answer, want := range map[string]int{"no": 11, "": 11, "yes": 11, "sharepoint": 11} {
		if out, code := o.answer(answer, "remove", "exchange", "--local-only"); code != want || !strings.Contains(out, "was not removed") || o.states() != "removing not_granted not_granted" {
			t.Errorf("answered %q it ended with %d: %s; %s", answer, code, out, o.states())
		}
	}
	out, code := o.answer("exchange", "remove", "exchange", "--local-only")
	if code != 0 || !strings.Contains(out, "stays in the tenant") || !strings.Contains(out, "App registrations") || strings.Contains(out, `"url"`) {
		t.Errorf("ended with %d: %s", code, out)
	}
	if got := left(sim); len(got) != 1 || o.states() != "not_granted not_granted not_granted" {
		t.Errorf("in the tenant %q; %s", got, o.states())
	}
	// The option is free, and the application that stayed serves a grant again.
	o.grantedBy(service.ExchangeOnline, a, "--users", o.file(people(sim, worker)[0]))
	if got := left(sim); len(got) != 1 || o.states() != "granted not_granted not_granted" {
		t.Errorf("in the tenant %q; %s", got, o.states())
	}
}
