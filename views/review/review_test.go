package review

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
	"cloudappsecurity/views/ui/uitest"
)

var now = time.Date(2026, 11, 19, 14, 32, 0, 0, time.UTC)

// source is a store of rows, of which a query finds those whose name holds the search.
type source struct {
	rows     []Row
	err      error
	asked    []service.TargetQuery
	of       service.Service
	exported string
}

func (s *source) Page(_ context.Context, of service.Service, q service.TargetQuery) (Page, error) {
	s.asked, s.of = append(s.asked, q), of
	var found []Row
	for _, r := range s.rows {
		if strings.Contains(r.Name, q.Search) && (q.Filter != service.FilterRemoved || r.Reason == service.ExclusionRemoved) {
			found = append(found, r)
		}
	}
	n := len(found)
	return Page{found[min(n, q.Offset):min(n, q.Offset+q.Limit)], n}, s.err
}

func (s *source) Export(_ context.Context, of service.Service, q service.TargetQuery, path string) (int, error) {
	s.exported = fmt.Sprint(of, " ", q.Search, " ", path)
	return 2, s.err
}

func opened(t *testing.T, s *source) (*View, fyne.Canvas) {
	t.Helper()
	var v *View
	c := uitest.OpenWith(t, 936, 600, func(c fyne.Canvas) fyne.CanvasObject {
		v = New(Options{Source: s, Services: service.Services(), Canvas: c, Loader: ui.Inline(),
			Now:        func() time.Time { return now },
			ChooseFile: func(name string, chosen func(string)) { chosen("/home/" + name) }})
		return v
	})
	v.Reload()
	return v, c
}

func people(n int) []Row {
	var rows []Row
	for i := range n {
		rows = append(rows, Row{Name: fmt.Sprintf("Person %03d", i), Address: fmt.Sprintf("p%d@contoso.com", i), Protected: true, Origin: service.OriginEveryone, SeenAt: now})
	}
	return rows
}

func wants(t *testing.T, o fyne.CanvasObject, texts ...string) {
	t.Helper()
	for _, want := range texts {
		if !uitest.Shows(o, want) {
			t.Errorf("no %q in %q", want, uitest.Texts(o))
		}
	}
}

func TestShowsStateOriginAndLastSeen(t *testing.T) {
	v, c := opened(t, &source{rows: []Row{
		{Name: "Ana", Address: "ana@contoso.com", Protected: true, Origin: service.OriginGroup, SeenAt: now},
		{Name: "Bo", Address: "bo@contoso.com", Reason: service.ExclusionNoMailbox, SeenAt: now.AddDate(0, 0, -1), ID: "id-of-bo"},
	}})
	wants(t, v, "Ana", "ana@contoso.com", "Protected", "By group", "Today 14:32", "Bo", "Has no mailbox", "None", "Wednesday 14:32", "1–2 of 2 people")
	if !v.next.Disabled() || !v.previous.Disabled() {
		t.Error("there is one page")
	}
	ui.Focus(v.table.Focusable())
	uitest.Key(c, fyne.KeyDown, fyne.KeyReturn)
	wants(t, uitest.Overlay(c), "id-of-bo", "Has no mailbox")
}

func TestPages(t *testing.T) {
	s := &source{rows: people(250)}
	v, _ := opened(t, s)
	wants(t, v, "Person 000", "1–100 of 250 people")
	v.next.Activate()
	v.next.Activate()
	wants(t, v, "Person 200", "201–250 of 250 people")
	if !v.next.Disabled() {
		t.Error("nothing follows the last page")
	}
	s.rows = s.rows[:150]
	v.Reload()
	wants(t, v, "101–150 of 150 people")
	v.previous.Activate()
	wants(t, v, "1–100 of 150 people")
}

func TestAsksForWhatIsChosen(t *testing.T) {
	s := &source{rows: people(250)}
	v, _ := opened(t, s)
	v.next.Activate()
	v.of.Choose(2)
	v.filter.Choose(2)
	v.origin.Choose(3)
	test.Type(v.search.Focusable(), "x")
	last := s.asked[len(s.asked)-1]
	want := service.TargetQuery{Search: "x", Filter: service.FilterExcluded, Origin: service.OriginGroup, Limit: pageSize}
	if diff := cmp.Diff(want, last); diff != "" || s.of != service.OneDrive {
		t.Error(s.of, diff)
	}
	wants(t, v, `Nothing found for "x"`)
	if !v.export.Disabled() {
		t.Error("there is nothing to export")
	}
	uitest.Button(t, v, "Clear").Activate()
	if diff := cmp.Diff(service.TargetQuery{Limit: pageSize}, s.asked[len(s.asked)-1]); diff != "" {
		t.Error(diff)
	}
	wants(t, v, "1–100 of 250 people")
}

func TestEmptyAndFailure(t *testing.T) {
	s := &source{}
	v, _ := opened(t, s)
	wants(t, v, "Nobody is known yet")
	v.filter.Choose(4)
	wants(t, v, "Nobody is in this list")
	s.err = &service.Error{Code: service.CodeStore, Message: "The data can't be read.", Help: "Look at the disk."}
	v.Reload()
	wants(t, v, "The targets can't be read.", "The data can't be read. Look at the disk. Code: store.")
	s.err, s.rows = nil, people(1)
	v.filter.SetChosen(0)
	uitest.Button(t, v, "Try again").Activate()
	wants(t, v, "1–1 of 1 person")
}

func TestExport(t *testing.T) {
	s := &source{rows: people(2)}
	v, _ := opened(t, s)
	test.Type(v.search.Focusable(), "Pers")
	uitest.Button(t, v, "Export as CSV…").Activate()
	if s.exported != "exchange Pers /home/targets-exchange.csv" {
		t.Errorf("exported %q", s.exported)
	}
	wants(t, v, "2 people written to /home/targets-exchange.csv")
	s.err = &service.Error{Code: service.CodeInternal, Message: "The file can't be written.", Help: "Choose another."}
	v.export.Activate()
	wants(t, v, "The file can't be written. Choose another. Code: internal.")
	if v.export.Disabled() {
		t.Error("it can be tried again")
	}
}

// Each service has lists of its own: sites have no mailboxes, and other origins.
func TestListsOfEachService(t *testing.T) {
	s := &source{rows: people(3)}
	v, _ := opened(t, s)
	v.of.Choose(1)
	v.filter.Choose(3)
	v.origin.Choose(3)
	last := s.asked[len(s.asked)-1]
	if s.of != service.SharePointOnline || last.Filter != service.FilterRemoved || last.Origin != service.OriginTitle {
		t.Errorf("asked %+v of %s", last, s.of)
	}
	if !uitest.Shows(v, "By title") || !uitest.Shows(v, "No site is in this list") || uitest.Shows(v, "No mailbox") {
		t.Errorf("shown: %q", uitest.Texts(v))
	}
	v.of.Choose(2)
	v.filter.Choose(3)
	if last := s.asked[len(s.asked)-1]; s.of != service.OneDrive || last.Filter != service.FilterNoMailbox || last.Origin != "" || !uitest.Shows(v, "No OneDrive") {
		t.Errorf("asked %+v of %s", last, s.of)
	}
	s.rows = nil
	v.of.Choose(1)
	v.clear()
	if !uitest.Shows(v, "No site is known yet") {
		t.Errorf("shown: %q", uitest.Texts(v))
	}
}
