package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"cloudappsecurity/app/realparts"
)

// TestCanaries crashes a grant at each of its steps, with every goroutine's
// trace, and then lets one end. What was typed, sent, received or stored in
// confidence is found nowhere.
func TestCanaries(t *testing.T) {
	t.Parallel()
	const subject = "Canary: offer for the Lindqvist building"
	recording := filepath.Join(t.TempDir(), "grant.har")
	sim := realparts.Simulate(t, "--har", recording, "--verbose")
	who := realparts.Administrator{Username: sim.Admin.Username, Password: sim.Admin.Password}
	request(t, http.MethodPost, sim.Control+"/deliver?to="+sim.Admin.Username+"&folder=Inbox",
		"From: a@example.com\r\nTo: "+sim.Admin.Username+"\r\nSubject: "+subject+"\r\n\r\nCanary body\r\n")
	secrets := map[string]string{"the password": sim.Admin.Password, "the subject": subject, "the body": "Canary body"}
	texts := map[string]string{}
	o := newOffice(t, append(sim.Env(), "GOTRACEBACK=system"))
	for _, step := range []string{`"step":"sign_in"`, `"step":"preparing"`, `"step":"consent"`, `"event":"synchronizing"`, ""} {
		browser := realparts.NewForms(t)
		p := o.start("grant", "exchange", "--all")
		walked := make(chan struct{})
		url := pageOf(t, p)
		go func() {
			defer close(walked)
			_, _ = who.WalkForms(t.Context(), browser, url)
		}()
		if step != "" {
			for line := ""; !strings.Contains(line, step); {
				var more bool
				if line, more = p.Line(); !more {
					t.Fatalf("the grant ended before %s: %s%s", step, p.Stdout(), p.Stderr())
				}
			}
			p.Signal(syscall.SIGQUIT)
		}
		code := p.Wait()
		<-walked
		for i, form := range browser.Sent {
			if code := form.Get("code"); code != "" {
				secrets[fmt.Sprintf("authorization code %d of %q", i, step)] = code
			}
		}
		where := "the crash at " + step
		if step == "" {
			where = "the end"
			if code != 0 {
				t.Errorf("ended with %d: %s", code, p.Stderr())
			}
		} else if code != 2 || !strings.Contains(p.Stderr(), "SIGQUIT: quit") || strings.Count(p.Stderr(), "goroutine ") < 5 {
			t.Errorf("%s was none: %d: %s", where, code, p.Stderr())
		}
		if words := byValue.FindString(p.Stderr()); words != "" {
			t.Errorf("%s prints the bytes of something: %s", where, words)
		}
		texts[where] = p.Stderr()
		texts["stdout of "+where] = p.Stdout()
	}
	if len(secrets) < 4 {
		t.Errorf("no authorization code was seen: %d secrets", len(secrets))
	}
	notes, _ := o.run("notifications")
	texts["the notifications"] = notes
	sim.Signal(syscall.SIGINT)
	sim.Wait()
	har, err := os.ReadFile(recording)
	if err != nil {
		t.Fatal(err)
	}
	texts["the recording"], texts["the simulation's log"] = string(har), sim.Stderr()
	realparts.NoSecrets(t, secrets, texts)
	realparts.NoSecrets(t, secrets, files(t, o.dir))
}

// byValue are arguments in a trace that could be bytes of a key: an array that
// was given by value. Text is an address and a length.
var byValue = regexp.MustCompile(`\{(0x[0-9a-f]{1,2}, ){8,}`)
