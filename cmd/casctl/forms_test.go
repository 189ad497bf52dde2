package main

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"cloudappsecurity/app/realparts"
)

// walkForms runs a whole grant with a browser without scripts.
func (o *office) walkForms(a realparts.Administrator, args ...string) (event, int) {
	o.t.Helper()
	p := o.start(append([]string{"grant", "exchange"}, args...)...)
	ctx, stop := context.WithCancel(o.t.Context())
	defer stop()
	go func() {
		<-p.Ended()
		stop()
	}()
	if text, err := a.WalkForms(ctx, realparts.NewForms(o.t), pageOf(o.t, p)); err != nil && ctx.Err() == nil {
		o.t.Logf("the walk ended on %q: %v", text, err)
	}
	code := p.Wait()
	return outcome(o.t, p), code
}

// protectByForms is protect with a browser without scripts.
func (o *office) protectByForms(a realparts.Administrator, args ...string) {
	o.t.Helper()
	if e, code := o.walkForms(a, args...); code != 0 || e.Outcome != "protected" {
		o.t.Fatalf("ended with %d: %+v", code, e)
	}
}

// asked is how often the simulation was asked for paths, whatever it answered.
func asked(t *testing.T, s *realparts.Simulation, paths ...string) (n int) {
	t.Helper()
	var stats struct {
		Requests []struct {
			Path  string
			Count int
		}
	}
	if err := json.Unmarshal([]byte(request(t, http.MethodGet, s.Control+"/stats", "")), &stats); err != nil {
		t.Fatal(err)
	}
	for _, r := range stats.Requests {
		for _, path := range paths {
			if r.Path == path {
				n += r.Count
			}
		}
	}
	return n
}
