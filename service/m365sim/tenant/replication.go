package tenant

import "time"

// Facet names a place at which an object shows. Replication of the real
// directory is eventual: what was created or changed shows, is gone again, and
// shows for good only after a while, at different times in different places.
type Facet string

// The places at which an object shows by itself.
const (
	GraphApplication         Facet = "application in Graph"
	GraphServicePrincipal    Facet = "service principal in Graph"
	identityApplication      Facet = "application at sign-in"
	identityServicePrincipal Facet = "service principal at sign-in"
	identityRedirects        Facet = "redirect addresses at sign-in"
	identityKey              Facet = "certificate at sign-in"
	identityConsent          Facet = "consent at sign-in"
)

// flickers is into how many spells of presence and absence the delay is cut.
const flickers = 24

// Replicated reports whether what happened to an object at a time shows at a
// place by now. It never does at first, always does after the delay, and
// flickers in between, by the clock and the seed alone.
func (t *Tenant) Replicated(place Facet, id string, happened time.Time) bool {
	delay := t.delay()
	if delay <= 0 || happened.IsZero() {
		return true
	}
	passed := t.now().Sub(happened)
	if passed >= delay {
		return true
	}
	spell := passed / max(delay/flickers, 1)
	return spell > 0 && t.hash("replication", place, id, int64(spell))%2 == 0
}
