package loopback

import (
	"strings"
	"testing"
	"time"

	"cloudappsecurity/service"
)

// openRemoval opens the page of a removal.
func openRemoval(t *testing.T) *tab {
	t.Helper()
	return open(t, func(_ *Config, c *service.HandoffConfig) { c.Removes = "app-canary" })
}

func (b *tab) says(words ...string) {
	b.t.Helper()
	a := b.load()
	for _, w := range words {
		if !strings.Contains(a.Body, w) {
			b.t.Errorf("%q isn't on the page %q", w, b.title(a))
		}
	}
}

// TestPagesOfARemoval walks the pages: nothing of a grant or a consent is said.
func TestPagesOfARemoval(t *testing.T) {
	t.Parallel()
	b := openRemoval(t)
	if !strings.HasPrefix(b.h.URL(), b.origin()+"/remove/") {
		t.Errorf("the address is %s", b.h.URL())
	}
	b.same("a grant's address", b.do("GET", strings.Replace(b.h.URL(), "/remove/", "/grant/", 1), "").Status, 404)
	b.says("Remove Exchange Online from Cloud App Security", "app-canary", "Remove the deleted application for good", "it is not ours to delete", "up to 90 minutes later", "Sign in and remove")
	b.kind(service.HandoffOpened)
	b.same("location", b.press("permit").Location, signInURL)
	b.kind(service.HandoffPermitted)
	b.says("Waiting for your sign-in at Microsoft")
	b.callback("state=sign-in-state&code=code-canary")
	b.kind(service.HandoffSignedIn)
	b.says("Removing Exchange Online")
	q := service.MoveQuestion{Computer: "OFFICE-PC", Since: time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)}
	b.h.Show(service.HandoffPage{Kind: service.HandoffMove, Move: &q})
	b.says(q.OtherText(), "Keep it", "Remove it")
	b.press("move")
	b.same("answer", b.kind(service.HandoffMoveAnswered).Yes, true)
	b.h.Show(service.HandoffPage{Kind: service.HandoffPreparing, Waiting: "Remove the application."})
	b.says("Remove the application.", "a removal that is cut goes on there")
	b.h.Show(service.HandoffPage{Kind: service.HandoffDone})
	b.says("Return to Cloud App Security", "Exchange Online is no longer protected.", "up to 90 minutes later")
	for _, not := range []string{"Access to Exchange Online granted", "whom to protect"} {
		if strings.Contains(b.load().Body, not) {
			t.Errorf("the last page says %q", not)
		}
	}
}

func TestPagesOfARemovalThatStops(t *testing.T) {
	t.Parallel()
	b := openRemoval(t)
	b.load()
	b.kind(service.HandoffOpened)
	b.press("cancel")
	b.kind(service.HandoffCanceled)
	b.says("The removal of Exchange Online is paused.")

	b = openRemoval(t)
	b.h.Show(service.HandoffPage{Kind: service.HandoffFailedPage, Err: &service.Error{Code: service.CodeForbidden, Message: "It was refused.", Help: "By hand."}})
	b.says("The removal is not finished", "It was refused.", "By hand.", "it continues the removal when you are ready")
}
