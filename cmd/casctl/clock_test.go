package main

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cloudappsecurity/service/m365sim"
)

// TestClock: this computer's clock is behind or ahead of Microsoft's, from one
// run to the next. Where Microsoft refuses, the words name the clock;
// nothing that was stored is judged wrongly, and with the clock set right it
// goes on without a browser.
func TestClock(t *testing.T) {
	t.Parallel()
	for name, off := range map[string]time.Duration{
		"an hour behind": time.Hour,
		"an hour ahead":  -time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var ahead atomic.Int64
			sim, env := simulate(t, m365sim.Options{Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
			o := newOffice(t, env)
			o.protectByForms(administrator(sim), "--all")
			first := one(t, sim).KeyCredentials[0].KeyID
			ahead.Store(int64(off))
			e, code := o.silently("--all")
			if code != 5 || e.Code != "clock" || !strings.Contains(e.Message, "clock") {
				t.Errorf("ended with %d: %+v", code, e)
			}
			o.granted()
			ahead.Store(0)
			if e, code := o.silently("--all"); code != 0 || e.Outcome != "protected" {
				t.Errorf("with the clock set right: %d: %+v", code, e)
			}
			o.granted()
			if again := one(t, sim).KeyCredentials[0].KeyID; again != first {
				t.Error("the certificate was replaced")
			}
		})
	}
}
