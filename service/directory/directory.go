// Package directory is the use case of who and what there is: it looks people,
// groups and sites up, synchronizes them page by page, stores what is selected,
// and makes the first check of a mailbox, a drive or a site. It knows package
// service and its interfaces only.
package directory

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"cloudappsecurity/service"

	"golang.org/x/sync/errgroup"
)

const (
	// concurrent is how many mailboxes, drives or sites are asked about at once:
	// as many as Exchange answers for one application.
	concurrent = 4
	// minSearch is from how many characters on groups and titles of sites are searched.
	minSearch = 3
	// cheap is about how many people of one group a service is asked at most, one
	// request each. The others are asked about when they are added.
	cheap = service.MaxSelected
	// checks is how many targets the first check tries.
	checks = 10
)

// Store keeps people, groups, sites, drives and who is covered.
type Store interface {
	service.DirectoryStore
	service.SiteStore
}

// Config is what a Directory is made of. Store, Accounts and, for the services
// that are used, Graph, Sites and Drives are required.
type Config struct {
	Store    Store
	Accounts service.AccountStore
	// Graph gives Microsoft Graph with the token of that service; Sites and
	// Drives likewise.
	Graph  func(service.Service) (service.Directory, error)
	Sites  func(service.Service) (service.Sites, error)
	Drives func(service.Service) (service.Drives, error)
	Events *service.Events
	Now    func() time.Time
	Log    *slog.Logger
}

// Directory is the use case. All that it knows is in the store.
type Directory struct {
	turn     chan struct{} // one synchronization at a time: two would move one cursor
	store    Store
	accounts service.AccountStore
	graph    func(service.Service) (service.Directory, error)
	sites    func(service.Service) (service.Sites, error)
	drives   func(service.Service) (service.Drives, error)
	events   *service.Events
	now      func() time.Time
	log      *slog.Logger
}

// New makes a Directory.
func New(c Config) *Directory {
	if c.Events == nil {
		c.Events = new(service.Events)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Directory{make(chan struct{}, 1), c.Store, c.Accounts, c.Graph, c.Sites, c.Drives, c.Events, c.Now, c.Log}
}

// FindUser finds a user by the exact user principal name. Whether they can be
// protected says service.Exclude.
func (d *Directory) FindUser(ctx context.Context, svc service.Service, upn string) (service.Person, error) {
	upn = strings.TrimSpace(upn)
	if reason := checkUPN(upn); reason != "" {
		return service.Person{}, &service.Error{Code: service.CodeInvalidTargets, Message: reason,
			Help: "Type the whole user principal name, such as ana@contoso.com."}
	}
	g, err := d.graph(svc)
	if err != nil {
		return service.Person{}, err
	}
	asks, err := d.asks(svc)
	if err != nil {
		return service.Person{}, err
	}
	return d.findUser(ctx, g, asks, upn)
}

// findUser gives a user of whom is known whether they can be protected, unless
// there was no answer.
func (d *Directory) findUser(ctx context.Context, g service.Directory, asks asks, upn string) (service.Person, error) {
	p, err := g.UserByPrincipalName(ctx, upn)
	if err == nil && asks.unknown(p) {
		err = asks.ask(ctx, &p)
	}
	return p, err
}

// SearchGroups finds groups by the beginning of their name.
func (d *Directory) SearchGroups(ctx context.Context, svc service.Service, prefix string) ([]service.Group, error) {
	prefix = strings.TrimSpace(prefix)
	if utf8.RuneCountInString(prefix) < minSearch {
		return nil, &service.Error{Code: service.CodeInvalidTargets,
			Message: fmt.Sprintf("The search starts at %d characters.", minSearch), Help: "Type more of the beginning of the group's name."}
	}
	g, err := d.graph(svc)
	if err != nil {
		return nil, err
	}
	return g.SearchGroups(ctx, prefix)
}

// GroupUserCount counts the users of a group, nested groups included.
func (d *Directory) GroupUserCount(ctx context.Context, svc service.Service, groupID string) (int, error) {
	g, err := d.graph(svc)
	if err != nil {
		return 0, err
	}
	return g.GroupUserCount(ctx, groupID)
}

// GroupUsers gives the users of a group, nested groups included, a page at a
// time. About the first of those of whom it isn't known whether they can be
// protected the service is asked; the others stay unknown, for Resolve.
func (d *Directory) GroupUsers(ctx context.Context, svc service.Service, groupID string, page func([]service.Person) error) error {
	g, err := d.graph(svc)
	if err != nil {
		return err
	}
	asks, err := d.asks(svc)
	if err != nil {
		return err
	}
	left := cheap
	return g.GroupUsers(ctx, groupID, func(people []service.Person) error {
		n, err := d.resolve(ctx, asks, people, left)
		if err != nil {
			return err
		}
		left -= n
		return page(people)
	})
}

// Resolve asks about those of whom it isn't known whether they can be
// protected. Who gets no answer stays unknown.
func (d *Directory) Resolve(ctx context.Context, svc service.Service, people []service.Person) ([]service.Person, error) {
	people = slices.Clone(people)
	asks, err := d.asks(svc)
	if err != nil {
		return nil, err
	}
	if _, err := d.resolve(ctx, asks, people, len(people)); err != nil {
		return nil, err
	}
	return people, nil
}

// resolve asks about at most most people, and says about how many.
func (d *Directory) resolve(ctx context.Context, asks asks, people []service.Person, most int) (int, error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrent)
	asked := 0
	for i := range people {
		if asked == most || !asks.unknown(people[i]) {
			continue
		}
		asked++
		group.Go(func() error { return asks.ask(ctx, &people[i]) })
	}
	return asked, group.Wait()
}

// concernsAll says whether err would meet every other request too: no network,
// no token, throttled, canceled. A refusal of one mailbox (a policy can except
// it), a missing user and a failing mailbox concern that one alone.
func concernsAll(err error) bool {
	switch service.CodeOf(err) {
	case service.CodeForbidden, service.CodeNotFound, service.CodeUnavailable, service.CodeInternal, service.CodeNoMailbox, service.CodeNoDrive:
		return false
	default:
		return true
	}
}

// StoreSelection stores exactly sel as the people whom svc covers.
func (d *Directory) StoreSelection(ctx context.Context, svc service.Service, sel []service.Selection) error {
	if len(sel) > service.MaxSelected {
		return &service.Error{Code: service.CodeTooManyTargets,
			Message: fmt.Sprintf("%d people are selected. At most %d can be.", len(sel), service.MaxSelected),
			Help:    "Remove some, or synchronize all users and groups."}
	}
	if len(sel) == 0 {
		return &service.Error{Code: service.CodeInvalidTargets, Message: "Nobody is selected.", Help: "Add at least one person."}
	}
	for _, s := range sel {
		if why := service.Exclude(svc, s.Person, true); why != service.ExclusionNone {
			return &service.Error{Code: service.CodeInvalidTargets, Message: refusalText(s.Person.Name(), why), Help: "Remove this person from the selection."}
		}
	}
	if err := d.store.CoverSelected(ctx, svc, sel, d.now()); err != nil {
		return err
	}
	d.events.Targets.Emit()
	return nil
}

// coverAgain computes the coverage anew after some turned out to have no
// mailbox or drive. Selected people stay selected, with the reason.
func (d *Directory) coverAgain(ctx context.Context, svc service.Service, none []service.Target) error {
	o, err := d.accounts.Organization(ctx)
	if err != nil {
		return err
	}
	if o.Option != service.OptionSelected {
		return d.store.CoverAll(ctx, svc, d.now())
	}
	yes := true
	targets, err := d.store.Targets(ctx, svc, service.TargetQuery{Protected: &yes, Limit: service.MaxSelected})
	if err != nil {
		return err
	}
	var sel []service.Selection
	for _, t := range append(targets, none...) {
		i := slices.IndexFunc(sel, func(s service.Selection) bool { return s.Person.ID == t.ID })
		if i < 0 {
			sel = append(sel, service.Selection{Person: t.Person, Origin: t.Origin, GroupID: t.GroupID})
			continue
		}
		sel[i].Person = t.Person
	}
	return d.store.CoverSelected(ctx, svc, sel, d.now())
}
