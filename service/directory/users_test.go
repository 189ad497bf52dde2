package directory

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"unicode/utf16"

	"cloudappsecurity/service"

	"github.com/google/go-cmp/cmp"
)

func utf16File(order binary.AppendByteOrder, s string) string {
	b := order.AppendUint16(nil, 0xfeff)
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

func TestParseUsers(t *testing.T) {
	t.Parallel()
	hundred := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "u%d@contoso.com\n", i+1)
		}
		return b.String()
	}
	two := []Line{{1, "ana@contoso.com"}, {2, "o'hara+x@contoso.com"}}
	tests := []struct {
		name, file string
		lines      []Line
		said       []LineError
	}{
		{"plain", "ana@contoso.com\no'hara+x@contoso.com", two, nil},
		{"byte order mark, CRLF", "\xef\xbb\xbfana@contoso.com\r\no'hara+x@contoso.com\r\n", two, nil},
		{"old line ends", "ana@contoso.com\ro'hara+x@contoso.com\r", two, nil},
		{"UTF-16 LE", utf16File(binary.LittleEndian, "ana@contoso.com\r\no'hara+x@contoso.com\r\n"), two, nil},
		{"UTF-16 BE", utf16File(binary.BigEndian, "ana@contoso.com\no'hara+x@contoso.com"), two, nil},
		{"blank lines and spaces", "\n \t\n  ana@contoso.com\u00a0\n\n", []Line{{3, "ana@contoso.com"}}, nil},
		{"guest", "g_x.com#EXT#@contoso.onmicrosoft.com", []Line{{1, "g_x.com#EXT#@contoso.onmicrosoft.com"}}, nil},
		{"duplicates", "ana@contoso.com\nbo@contoso.com\nANA@Contoso.com\n", []Line{{1, "ana@contoso.com"}, {2, "bo@contoso.com"}},
			[]LineError{{3, "ANA@Contoso.com", "The same as line 1, counted once.", true}}},
		{"wrong syntax", "ana\n@contoso.com\nana@\na@b@c.com\nan a@contoso.com\na,b@contoso.com\nana@contoso\nana@-x.com\nana@x..com\nbo@contoso.com", []Line{{10, "bo@contoso.com"}},
			[]LineError{
				{1, "ana", "This is no user principal name: it has no @.", false},
				{2, "@contoso.com", "This is no user principal name: nothing stands before the @.", false},
				{3, "ana@", "This is no user principal name: nothing stands after the @.", false},
				{4, "a@b@c.com", "This is no user principal name: it has more than one @.", false},
				{5, "an a@contoso.com", "This is no user principal name: it holds a space or a hidden character.", false},
				{6, "a,b@contoso.com", "This is no user principal name: it holds a character that can't be part of one.", false},
				{7, "ana@contoso", "This is no user principal name: the domain has no dot.", false},
				{8, "ana@-x.com", "This is no user principal name: the domain can't be right.", false},
				{9, "ana@x..com", "This is no user principal name: the domain can't be right.", false},
			}},
		{"empty", "", nil, []LineError{{0, "", "The file names nobody.", false}}},
		{"blank", "\n\n \n", nil, []LineError{{0, "", "The file names nobody.", false}}},
		{"not text", "\xff\xd8\xff\xe0", nil, []LineError{{0, "", "The file is no text in UTF-8 or UTF-16.", false}}},
		{"UTF-16 without a mark", "a\x00n\x00a\x00", nil, []LineError{{0, "", "The file is no text in UTF-8 or UTF-16.", false}}},
		{"half a character", "\xff\xfea", nil, []LineError{{0, "", "The file is no text in UTF-8 or UTF-16.", false}}},
		{"too long", strings.Repeat("a", maxFile+1), nil, []LineError{{0, "", "The file is longer than 1 MB: it is no list of people.", false}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			lines, said := ParseUsers(strings.NewReader(tt.file))
			if d := cmp.Diff(tt.lines, lines); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tt.said, said); d != "" {
				t.Error(d)
			}
		})
	}
	lines, said := ParseUsers(strings.NewReader(hundred(100)))
	if len(lines) != 100 || len(said) != 0 {
		t.Errorf("%d lines, %v", len(lines), said)
	}
	lines, said = ParseUsers(strings.NewReader(hundred(102)))
	want := []LineError{
		{101, "u101@contoso.com", "At most 100 people can be selected.", false},
		{102, "u102@contoso.com", "At most 100 people can be selected.", false},
	}
	if d := cmp.Diff(want, said); d != "" || len(lines) != 100 || !Failed(said) {
		t.Errorf("%d lines, %s", len(lines), d)
	}
	if _, said = ParseUsers(iotest.ErrReader(errors.New("x"))); !Failed(said) {
		t.Error("a file that can't be read passed")
	}
	if s := want[0].String(); s != "line 101: u101@contoso.com: At most 100 people can be selected." {
		t.Error(s)
	}
}

func FuzzParseUsers(f *testing.F) {
	f.Add("ana@contoso.com\r\n\xef\xbb\xbf")
	f.Add(utf16File(binary.LittleEndian, "ana@contoso.com"))
	f.Fuzz(func(t *testing.T, s string) {
		lines, said := ParseUsers(strings.NewReader(s))
		if len(lines) > service.MaxSelected || len(lines) == 0 && !Failed(said) {
			t.Errorf("%d lines, %v", len(lines), said)
		}
	})
}

func TestResolveUsers(t *testing.T) {
	t.Parallel()
	guest := person("u3", service.MailboxNone)
	guest.Guest = true
	find := func(b *bench) {
		b.graph.found = map[string]service.Person{
			"ana@contoso.com": person("u1", service.MailboxUser), "info@contoso.com": person("u2", service.MailboxShared),
			"g@contoso.com": guest, "none@contoso.com": person("u4", service.MailboxNone), "room@contoso.com": person("u5", service.MailboxRoom),
			"what@contoso.com": person("u6", service.MailboxUnknown), "ana2@contoso.com": person("u1", service.MailboxUser),
		}
		b.graph.mailboxes["u6"] = oops(service.CodeForbidden)
	}
	lines := func(names ...string) (l []Line) {
		for i, n := range names {
			l = append(l, Line{2*i + 1, n + "@contoso.com"})
		}
		return l
	}
	tests := []struct {
		name  string
		lines []Line
		fail  map[string]error
		ids   []string
		said  []LineError
		code  service.Code
	}{
		{"good ones, a room too", lines("ana", "info", "room"), nil, []string{"u1", "u2", "u5"}, nil, ""},
		{"the same person twice", lines("ana", "ana2"), nil, []string{"u1"}, []LineError{{3, "ana2@contoso.com", "The same as line 1, counted once.", true}}, ""},
		{"wrong ones: nothing is half applied", lines("ana", "nobody", "g", "none", "what"), nil, nil, []LineError{
			{3, "nobody@contoso.com", "There is no user with this name.", false},
			{5, "g@contoso.com", "can't be protected: guest", false},
			{7, "none@contoso.com", "can't be protected: no mailbox", false},
			{9, "what@contoso.com", "can't be protected: the kind of mailbox is not known yet", false},
		}, ""},
		{"one refused", lines("ana", "info"), map[string]error{"info@contoso.com": oops(service.CodeForbidden)}, nil,
			[]LineError{{3, "info@contoso.com", "forbidden", false}}, ""},
		{"offline", lines("ana", "info"), map[string]error{"info@contoso.com": oops(service.CodeOffline)}, nil, nil, service.CodeOffline},
		{"too many", make([]Line, 101), nil, nil, nil, service.CodeTooManyTargets},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			find(b)
			if tt.fail != nil {
				b.graph.fail = tt.fail
			}
			sel, said, err := b.ResolveUsers(t.Context(), service.ExchangeOnline, tt.lines)
			wantCode(t, err, tt.code)
			var ids []string
			for _, s := range sel {
				ids = append(ids, s.Person.ID)
				if s.Origin != service.OriginUser {
					t.Errorf("origin %q", s.Origin)
				}
			}
			if d := cmp.Diff(tt.ids, ids); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tt.said, said); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.graph.found = map[string]service.Person{"ana@contoso.com": person("u1", service.MailboxUser)}
	if p, err := b.FindUser(t.Context(), service.ExchangeOnline, " ana@contoso.com "); err != nil || p.ID != "u1" {
		t.Errorf("%+v, %v", p, err)
	}
	_, err := b.FindUser(t.Context(), service.ExchangeOnline, "nobody@contoso.com")
	wantCode(t, err, service.CodeNotFound)
	_, err = b.FindUser(t.Context(), service.ExchangeOnline, "ana")
	wantCode(t, err, service.CodeInvalidTargets)
	_, err = b.FindUser(t.Context(), service.OneDrive, "ana@contoso.com")
	wantCode(t, err, service.CodeNotGranted)
	_, err = b.SearchGroups(t.Context(), service.ExchangeOnline, " sa ")
	wantCode(t, err, service.CodeInvalidTargets)
	if g, err := b.SearchGroups(t.Context(), service.ExchangeOnline, "öäü"); err != nil || len(g) != 1 {
		t.Errorf("%v, %v", g, err)
	}
	if d := cmp.Diff([]string{"user ana@contoso.com", "user nobody@contoso.com", "search öäü"}, b.graph.asked); d != "" {
		t.Error(d)
	}
}

func TestGroupUsers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		guest := person("g", service.MailboxNone)
		guest.Guest = true
		var many []service.Person
		for i := range 150 {
			many = append(many, person(fmt.Sprintf("m%03d", i), service.MailboxUnknown))
		}
		b.graph.members = [][]service.Person{{person("u1", service.MailboxUser), person("u2", service.MailboxUnknown), guest}, many}
		b.graph.mailboxes["u2"] = service.MailboxShared
		var pages [][]service.Person
		collect := func(p []service.Person) error { pages = append(pages, p); return nil }
		if err := b.GroupUsers(t.Context(), service.ExchangeOnline, "g1", collect); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]service.Person{person("u1", service.MailboxUser), person("u2", service.MailboxShared), guest}, pages[0]); d != "" {
			t.Error(d)
		}
		if len(b.graph.asked) != cheap || pages[1][98].Mailbox != service.MailboxNone || pages[1][99].Mailbox != service.MailboxUnknown {
			t.Errorf("%d were asked about", len(b.graph.asked))
		}
		resolved, err := b.Resolve(t.Context(), service.ExchangeOnline, pages[1][99:])
		if err != nil || resolved[0].Mailbox != service.MailboxNone || pages[1][99].Mailbox != service.MailboxUnknown {
			t.Errorf("%+v, %v", resolved[0], err)
		}
		b.graph.mailboxes["u2"] = oops(service.CodeThrottled)
		wantCode(t, b.GroupUsers(t.Context(), service.ExchangeOnline, "g1", collect), service.CodeThrottled)
		b.graph.mailboxes["u2"] = service.MailboxUser
		if err := b.GroupUsers(t.Context(), service.ExchangeOnline, "g1", func([]service.Person) error { return io.EOF }); !errors.Is(err, io.EOF) {
			t.Error(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = b.Resolve(ctx, service.ExchangeOnline, nil)
		wantCode(t, err, "")
	})
}

func TestStoreSelection(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	pick := func(m service.Mailbox, n int) (sel []service.Selection) {
		for i := range n {
			sel = append(sel, service.Selection{Person: person(fmt.Sprint("u", i), m), Origin: service.OriginUser})
		}
		return sel
	}
	wantCode(t, b.StoreSelection(t.Context(), service.ExchangeOnline, nil), service.CodeInvalidTargets)
	wantCode(t, b.StoreSelection(t.Context(), service.ExchangeOnline, pick(service.MailboxUser, 101)), service.CodeTooManyTargets)
	wantCode(t, b.StoreSelection(t.Context(), service.ExchangeOnline, pick(service.MailboxNone, 1)), service.CodeInvalidTargets)
	if b.emit.targets != 0 || len(b.store.covered) != 0 {
		t.Error("a refused selection was stored")
	}
	wantCode(t, b.StoreSelection(t.Context(), service.ExchangeOnline, pick(service.MailboxRoom, 100)), "")
	if b.emit.targets != 1 || len(b.store.covered) != 100 {
		t.Errorf("%d events, %d covered", b.emit.targets, len(b.store.covered))
	}
}

func TestUpdateSelection(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ana, bo := person("ana", service.MailboxUser), person("bo", service.MailboxUser)
	sel := []service.Selection{{Person: ana, Origin: service.OriginUser}, {Person: bo, Origin: service.OriginGroup, GroupID: "g"}}
	update := func(sel []service.Selection) error {
		return b.UpdateSelection(t.Context(), service.ExchangeOnline, sel)
	}
	b.store.account.State = service.StateGranted
	for _, everyone := range []service.Option{service.OptionAll, service.OptionExtending, service.OptionNone} {
		b.store.org.Option = everyone
		wantCode(t, update(sel), service.CodeOptionLocked)
	}
	b.store.org.Option, b.store.account.State = service.OptionSelected, service.StateSynchronizing
	wantCode(t, update(sel), service.CodeInvalidTargets)
	if b.emit.targets != 0 || len(b.store.covered) != 0 {
		t.Error("a refused selection was stored")
	}
	b.store.account.State = service.StateGranted
	wantCode(t, update(sel), "")
	got, err := b.Selected(t.Context(), service.ExchangeOnline)
	if diff := cmp.Diff(sel, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	wantCode(t, update(sel[:1]), "")
	if b.emit.targets != 2 || len(b.store.covered) != 1 {
		t.Errorf("%d events, %d covered", b.emit.targets, len(b.store.covered))
	}
}
