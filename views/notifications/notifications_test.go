package notifications

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"github.com/google/go-cmp/cmp"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
	"cloudappsecurity/views/ui/uitest"
)

var now = time.Date(2026, 11, 19, 14, 32, 0, 0, time.UTC)

type store struct {
	entries []service.Notification
	err     error
	marked  [][]int64
}

func (s *store) Notifications(context.Context, int, int) ([]service.Notification, error) {
	return s.entries, s.err
}

func (s *store) MarkRead(_ context.Context, ids ...int64) error {
	s.marked = append(s.marked, ids)
	for i := range s.entries {
		if len(ids) == 0 || s.entries[i].ID == ids[0] {
			s.entries[i].Read = true
		}
	}
	return nil
}

func list(t *testing.T, s *store) (*List, fyne.Canvas) {
	l := NewPage(Options{Store: s, Now: func() time.Time { return now }, Loader: ui.Inline()})
	c := uitest.Open(t, l, 900, 600)
	l.Reload()
	return l, c
}

func entries() []service.Notification {
	return []service.Notification{
		{ID: 2, Time: now.Add(-time.Minute), Severity: service.SeveritySuccess, Text: "Exchange Online protected.", Detail: service.ScanPending},
		{ID: 1, Time: now.AddDate(0, 0, -3), Severity: service.SeverityInfo, Text: "Access to Exchange Online granted.", Read: true},
	}
}

func TestShowsEntries(t *testing.T) {
	l, _ := list(t, &store{entries: entries()})
	for _, want := range []string{"Exchange Online protected.", "This version does not scan yet. Today 14:31", "Access to Exchange Online granted.", "Monday 14:32"} {
		if !uitest.Shows(l, want) {
			t.Errorf("no %q in %q", want, uitest.Texts(l))
		}
	}
	if dots := len(uitest.Find[*ui.Dot](l)); dots != 1 {
		t.Errorf("%d dots, want one for the unread entry", dots)
	}
}

func TestEmpty(t *testing.T) {
	l, _ := list(t, &store{})
	if !uitest.Shows(l, "No notifications yet.") {
		t.Errorf("no empty state in %q", uitest.Texts(l))
	}
	if !uitest.Button(t, l, "Mark all as read").Disabled() {
		t.Error("there is nothing to mark")
	}
	if l.Focusable() != nil {
		t.Error("nothing to focus")
	}
}

func TestFailureCanBeTriedAgain(t *testing.T) {
	s := &store{err: &service.Error{Code: service.CodeStore, Message: "The data folder can't be read.", Cause: errors.New("disk")}}
	l, _ := list(t, s)
	if !uitest.Shows(l, "The data folder can't be read. Code: store.") {
		t.Errorf("%q", uitest.Texts(l))
	}
	s.err, s.entries = nil, entries()
	uitest.Button(t, l, "Try again").Activate()
	if !uitest.Shows(l, "Exchange Online protected.") {
		t.Error("trying again shows the entries")
	}
}

func TestMarkByKeyboard(t *testing.T) {
	s := &store{entries: entries()}
	l, c := list(t, s)
	c.Focus(l.Focusable())
	if c.Focused() != uitest.Button(t, l, "Mark all as read") {
		t.Fatal("the header comes first")
	}
	uitest.Key(c, fyne.KeyReturn)
	if diff := cmp.Diff([][]int64{nil}, s.marked); diff != "" {
		t.Error(diff)
	}
	if len(uitest.Find[*ui.Dot](l)) != 0 {
		t.Error("a dot is left")
	}
}

func TestRowsByKeyboard(t *testing.T) {
	s := &store{entries: entries()}
	l, c := list(t, s)
	c.Focus(l.rows[0])
	uitest.Key(c, fyne.KeyDown)
	if c.Focused() != l.rows[1] {
		t.Fatal("Down goes to the next row")
	}
	uitest.Key(c, fyne.KeyUp, fyne.KeySpace)
	if diff := cmp.Diff([][]int64{{2}}, s.marked); diff != "" {
		t.Error(diff)
	}
	if c.Focused() != l.rows[0] || !l.rows[0].entry.Read {
		t.Error("the row keeps the focus when the list is loaded anew")
	}
}

func TestPopover(t *testing.T) {
	opened := 0
	l := NewPopover(Options{Store: &store{entries: entries()}, Now: func() time.Time { return now }, Loader: ui.Inline(), OnShowAll: func() { opened++ }})
	uitest.Open(t, l, 416, 400)
	if l.Focusable() != nil {
		t.Error("before it is loaded nothing takes the focus")
	}
	l.Reload()
	uitest.Button(t, l, "Show all").Activate()
	if opened != 1 {
		t.Error("Show all opens the page")
	}
}

// TestExtend: of all entries, the one that offers to extend leads to its screen.
func TestExtend(t *testing.T) {
	opened := 0
	s := &store{entries: append(entries(), service.Notification{ID: 3, Time: now, Text: service.ExtendText, Key: service.ExtendKey})}
	l := NewPage(Options{Store: s, Now: func() time.Time { return now }, Loader: ui.Inline(), OnExtend: func() { opened++ }})
	uitest.Open(t, l, 900, 600)
	l.Reload()
	for _, r := range slices.Clone(l.rows) {
		r.OnPress()
	}
	if opened != 1 || len(s.marked) != 3 {
		t.Errorf("opened %d times, marked %v", opened, s.marked)
	}
}
