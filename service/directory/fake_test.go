package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"cloudappsecurity/service"
)

var noon = time.Date(2026, 11, 19, 12, 0, 0, 0, time.UTC)

// fakeGraph is Microsoft Graph in memory. Pages are addressed by their link.
type fakeGraph struct {
	mu         sync.Mutex
	users      map[string]service.UserPage
	groups     map[string]service.GroupPage
	found      map[string]service.Person // by principal name
	members    [][]service.Person
	mailboxes  map[string]any // service.Mailbox or error
	folders    map[string]error
	fail       map[string]error // by link, once
	counts     error
	asked      []string
	running    int
	mostAtOnce int
}

func (g *fakeGraph) note(s string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked = append(g.asked, s)
}

func (g *fakeGraph) once(link string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	err := g.fail[link]
	delete(g.fail, link)
	return err
}

func (g *fakeGraph) UserByPrincipalName(_ context.Context, upn string) (service.Person, error) {
	g.note("user " + upn)
	if err := g.once(upn); err != nil {
		return service.Person{}, err
	}
	p, ok := g.found[upn]
	if !ok {
		return service.Person{}, service.NotFound("The user")
	}
	return p, nil
}

func (g *fakeGraph) SearchGroups(_ context.Context, prefix string) ([]service.Group, error) {
	g.note("search " + prefix)
	return []service.Group{{ID: "g1", DisplayName: prefix + "es"}}, nil
}

func (g *fakeGraph) GroupUserCount(context.Context, string) (int, error) { return len(g.members), nil }

func (g *fakeGraph) GroupUsers(_ context.Context, _ string, page func([]service.Person) error) error {
	for _, p := range g.members {
		if err := page(slices.Clone(p)); err != nil {
			return err
		}
	}
	return nil
}

func (g *fakeGraph) Counts(context.Context) (users, groups int, err error) { return 6, 2, g.counts }

func (g *fakeGraph) Users(_ context.Context, link string) (service.UserPage, error) {
	g.note("users " + link)
	if err := g.once("users " + link); err != nil {
		return service.UserPage{}, err
	}
	p, ok := g.users[link]
	if !ok {
		return p, fmt.Errorf("no page %q", link)
	}
	return p, nil
}

func (g *fakeGraph) Groups(_ context.Context, link string) (service.GroupPage, error) {
	g.note("groups " + link)
	if err := g.once("groups " + link); err != nil {
		return service.GroupPage{}, err
	}
	p, ok := g.groups[link]
	if !ok {
		return p, fmt.Errorf("no page %q", link)
	}
	return p, nil
}

func (g *fakeGraph) Mailbox(_ context.Context, id string) (service.Mailbox, error) {
	g.mu.Lock()
	g.running++
	g.mostAtOnce = max(g.mostAtOnce, g.running)
	g.asked = append(g.asked, "mailbox "+id)
	answer := g.mailboxes[id]
	g.mu.Unlock()
	time.Sleep(time.Millisecond) // in a bubble: it lets the others run
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running--
	switch v := answer.(type) {
	case service.Mailbox:
		return v, nil
	case error:
		return service.MailboxUnknown, v
	default:
		return service.MailboxNone, nil
	}
}

func (g *fakeGraph) CheckMailFolders(_ context.Context, id string) error {
	g.note("folders " + id)
	return g.folders[id]
}

// fakeStore keeps people and accounts in memory. It stands for the real store
// as far as the use case can tell the difference.
type fakeStore struct {
	service.AccountStore
	service.SiteStore // as far as it is overridden: see sites_test.go
	mu                sync.Mutex
	people            map[string]service.Person
	seen              map[string]int64
	groups            map[string]service.Group
	members           int
	cursors           map[service.Resource]service.Cursor
	covered           map[string]service.Selection
	all               bool
	org               service.Organization
	account           service.Account
	applyErr          error
}

func newStore() *fakeStore {
	return &fakeStore{
		people: map[string]service.Person{}, seen: map[string]int64{}, groups: map[string]service.Group{},
		cursors: map[service.Resource]service.Cursor{}, covered: map[string]service.Selection{},
		org:     service.Organization{TenantID: "t", Option: service.OptionAll},
		account: service.Account{Service: service.ExchangeOnline, State: service.StateSynchronizing},
	}
}

func (s *fakeStore) Organization(context.Context) (service.Organization, error) { return s.org, nil }
func (s *fakeStore) Account(context.Context, service.Service) (service.Account, error) {
	return s.account, nil
}
func (s *fakeStore) TokenObtained(context.Context, service.Service, string, time.Time) error {
	return nil
}

func (s *fakeStore) SaveAccount(_ context.Context, a service.Account, _ ...service.Notification) error {
	s.account = a
	return nil
}

func (s *fakeStore) Cursor(_ context.Context, svc service.Service, r service.Resource) (service.Cursor, error) {
	c := s.cursors[r]
	c.Service, c.Resource = svc, r
	return c, nil
}

func (s *fakeStore) RestartRound(_ context.Context, svc service.Service, r service.Resource) (service.Cursor, error) {
	s.cursors[r] = service.Cursor{Service: svc, Resource: r, Round: s.cursors[r].Round + 1}
	return s.cursors[r], nil
}

func (s *fakeStore) move(r service.Resource, next, delta string) service.Cursor {
	c := s.cursors[r]
	if c.Round == 0 {
		c.Round = 1
	}
	c.Link, c.Complete, c.Pages = next+delta, delta != "", c.Pages+1
	s.cursors[r] = c
	return c
}

func (s *fakeStore) ApplyUsers(_ context.Context, _ service.Service, p service.UserPage, _ time.Time) error {
	if s.applyErr != nil {
		return s.applyErr
	}
	c := s.move(service.ResourceUsers, p.Next, p.Delta)
	for _, one := range p.People {
		if old, ok := s.people[one.ID]; ok && one.Mailbox == service.MailboxUnknown {
			one.Mailbox = old.Mailbox
		}
		s.people[one.ID], s.seen[one.ID] = one, c.Round
	}
	for _, r := range p.Removed {
		one := s.people[r.ID]
		one.Removed = true
		s.people[r.ID] = one
	}
	if c.Complete {
		for id, round := range s.seen {
			if one := s.people[id]; round < c.Round {
				one.Removed = true
				s.people[id] = one
			}
		}
	}
	return nil
}

func (s *fakeStore) ApplyGroups(_ context.Context, _ service.Service, p service.GroupPage, _ time.Time) error {
	s.move(service.ResourceGroups, p.Next, p.Delta)
	for _, g := range p.Groups {
		s.groups[g.ID] = g
	}
	s.members += len(p.Members)
	return nil
}

func (s *fakeStore) ids() []string {
	var ids []string
	for id := range s.people {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func (s *fakeStore) UnresolvedMailboxes(_ context.Context, after string, limit int) ([]service.Person, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []service.Person
	for _, id := range s.ids() {
		if p := s.people[id]; id > after && !p.Guest && !p.Removed && p.Mailbox == service.MailboxUnknown && len(list) < limit {
			list = append(list, s.people[id])
		}
	}
	return list, nil
}

func (s *fakeStore) SetMailbox(_ context.Context, id string, m service.Mailbox) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.people[id]
	p.Mailbox = m
	s.people[id] = p
	return nil
}

func (s *fakeStore) Cover(ctx context.Context, svc service.Service, now time.Time) (bool, error) {
	before := len(s.covered)
	err := s.CoverAll(ctx, svc, now)
	return len(s.covered) != before, err
}

func (s *fakeStore) CoverAll(_ context.Context, svc service.Service, _ time.Time) error {
	s.all = true
	s.covered = map[string]service.Selection{}
	for id, p := range s.people {
		if service.Exclude(svc, p, false) == service.ExclusionNone {
			s.covered[id] = service.Selection{Person: p, Origin: service.OriginEveryone}
		}
	}
	return nil
}

func (s *fakeStore) CoverSelected(_ context.Context, _ service.Service, sel []service.Selection, _ time.Time) error {
	s.covered = map[string]service.Selection{}
	for _, one := range sel {
		s.covered[one.Person.ID] = one
		s.people[one.Person.ID] = one.Person
	}
	return nil
}

func (s *fakeStore) Targets(_ context.Context, svc service.Service, q service.TargetQuery) ([]service.Target, error) {
	var list []service.Target
	for _, id := range s.ids() {
		sel, ok := s.covered[id]
		ok = ok && service.Exclude(svc, s.people[id], true) == service.ExclusionNone
		if (q.Protected == nil || *q.Protected == ok) && (q.Origin == "" || q.Origin == sel.Origin) {
			list = append(list, service.Target{Person: s.people[id], Protected: ok, Origin: sel.Origin, GroupID: sel.GroupID})
		}
	}
	return list, nil
}

func (s *fakeStore) CountTargets(ctx context.Context, svc service.Service, q service.TargetQuery) (int, error) {
	l, err := s.Targets(ctx, svc, q)
	return len(l), err
}

func (s *fakeStore) TargetCounts(ctx context.Context, svc service.Service) (service.TargetCounts, error) {
	yes := true
	n, err := s.CountTargets(ctx, svc, service.TargetQuery{Protected: &yes})
	return service.TargetCounts{People: len(s.people), Protected: n}, err
}

func (s *fakeStore) FirstProtected(ctx context.Context, svc service.Service, after string) (service.Target, error) {
	yes := true
	list, _ := s.Targets(ctx, svc, service.TargetQuery{Protected: &yes})
	for _, t := range list {
		if t.ID > after {
			return t, nil
		}
	}
	return service.Target{}, service.NotFound("A protected person")
}

// bench puts the use case together over the fakes.
type bench struct {
	*Directory
	graph *fakeGraph
	store *fakeStore
	emit  struct{ targets, synchronized, accounts int }
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{graph: &fakeGraph{mailboxes: map[string]any{}, fail: map[string]error{}, folders: map[string]error{}}, store: newStore()}
	events := new(service.Events)
	events.Targets.Listen(func() { b.emit.targets++ })
	events.Synchronized.Listen(func() { b.emit.synchronized++ })
	events.Accounts.Listen(func() { b.emit.accounts++ })
	b.Directory = New(Config{
		Store: b.store, Accounts: b.store, Events: events, Now: time.Now,
		Graph: func(s service.Service) (service.Directory, error) {
			if s != service.ExchangeOnline {
				return nil, &service.Error{Code: service.CodeNotGranted, Message: "Access is not granted."}
			}
			return b.graph, nil
		},
	})
	return b
}

func oops(code service.Code) error { return &service.Error{Code: code, Message: string(code)} }

func wantCode(t *testing.T, err error, code service.Code) {
	t.Helper()
	if service.CodeOf(err) != code {
		t.Fatalf("error %v has code %q, want %q", err, service.CodeOf(err), code)
	}
}

var errCut = errors.New("the power went")

func person(id string, m service.Mailbox) service.Person {
	return service.Person{ID: id, UserPrincipalName: id + "@contoso.com", DisplayName: "Name " + id, Mailbox: m}
}
