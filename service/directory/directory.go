// Package directory is the use case of who there is: it looks people and groups
// up, synchronizes them page by page, stores who is selected, and makes the
// first check of a mailbox. It knows package service and its interfaces only.
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
	// concurrent is how many mailboxes are asked about at once: as many as
	// Exchange answers for one application.
	concurrent = 4
	// minSearch is from how many characters on groups are searched.
	minSearch = 3
	// cheap is for how many people of one group Exchange is asked at most, one
	// request each. The others are asked about when they are added.
	cheap = service.MaxSelected
	// checks is how many mailboxes the first check tries.
	checks = 10
)

// Config is what a Directory is made of. Store, Accounts and Graph are required.
type Config struct {
	Store    service.DirectoryStore
	Accounts service.AccountStore
	// Graph gives Microsoft Graph with the token of that service.
	Graph  func(service.Service) (service.Directory, error)
	Events *service.Events
	Now    func() time.Time
	Log    *slog.Logger
}

// Directory is the use case. All that it knows is in the store.
type Directory struct {
	turn     chan struct{} // one synchronization at a time: two would move one cursor
	store    service.DirectoryStore
	accounts service.AccountStore
	graph    func(service.Service) (service.Directory, error)
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
	return &Directory{make(chan struct{}, 1), c.Store, c.Accounts, c.Graph, c.Events, c.Now, c.Log}
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
	return g.UserByPrincipalName(ctx, upn)
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
// time. Of the first people without a plan Exchange is asked for the kind of
// mailbox; the others stay service.MailboxUnknown, for Resolve.
func (d *Directory) GroupUsers(ctx context.Context, svc service.Service, groupID string, page func([]service.Person) error) error {
	g, err := d.graph(svc)
	if err != nil {
		return err
	}
	left := cheap
	return g.GroupUsers(ctx, groupID, func(people []service.Person) error {
		n, err := d.resolve(ctx, g, people, left)
		if err != nil {
			return err
		}
		left -= n
		return page(people)
	})
}

// Resolve asks Exchange for the mailboxes of those whose kind is unknown. Who
// gets no answer stays unknown.
func (d *Directory) Resolve(ctx context.Context, svc service.Service, people []service.Person) ([]service.Person, error) {
	people = slices.Clone(people)
	g, err := d.graph(svc)
	if err != nil {
		return nil, err
	}
	if _, err := d.resolve(ctx, g, people, len(people)); err != nil {
		return nil, err
	}
	return people, nil
}

func unknown(p service.Person) bool {
	return !p.Guest && !p.Removed && (p.Mailbox == service.MailboxUnknown || p.Mailbox == "")
}

// resolve fills in the mailboxes of at most most people, and says of how many.
func (d *Directory) resolve(ctx context.Context, g service.Directory, people []service.Person, most int) (int, error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrent)
	asked := 0
	for i := range people {
		if asked == most || !unknown(people[i]) {
			continue
		}
		asked++
		group.Go(func() error {
			m, err := d.mailbox(ctx, g, people[i].ID)
			if err == nil {
				people[i].Mailbox = m
			}
			return err
		})
	}
	return asked, group.Wait()
}

// mailbox asks for one mailbox. One that gives no answer is unknown: it must
// not keep the others waiting.
func (d *Directory) mailbox(ctx context.Context, g service.Directory, id string) (service.Mailbox, error) {
	m, err := g.Mailbox(ctx, id)
	if err == nil {
		return m, nil
	}
	if concernsAll(err) {
		return service.MailboxUnknown, err
	}
	d.log.LogAttrs(ctx, slog.LevelWarn, "mailbox stays unknown", slog.String("user", id), slog.String("code", string(service.CodeOf(err))))
	return service.MailboxUnknown, nil
}

// concernsAll says whether err would meet every other request too: no network,
// no token, throttled, canceled. A refusal of one mailbox (a policy can except
// it), a missing user and a failing mailbox concern that one alone.
func concernsAll(err error) bool {
	switch service.CodeOf(err) {
	case service.CodeForbidden, service.CodeNotFound, service.CodeUnavailable, service.CodeInternal, service.CodeNoMailbox:
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
		if why := service.Exclude(s.Person, true); why != service.ExclusionNone {
			return &service.Error{Code: service.CodeInvalidTargets, Message: refusalText(s.Person, why), Help: "Remove this person from the selection."}
		}
	}
	if err := d.store.CoverSelected(ctx, svc, sel, d.now()); err != nil {
		return err
	}
	d.events.Targets.Emit()
	return nil
}

// FirstCheck reads the mail folders of one protected person: the proof that the
// token may read mail. Who turns out to have no mailbox is recorded as such,
// and the next one is tried.
func (d *Directory) FirstCheck(ctx context.Context, svc service.Service) error {
	g, err := d.graph(svc)
	if err != nil {
		return err
	}
	var none []service.Target
	var result error = &service.Error{Code: service.CodeNoMailbox, Message: "No mailbox was found among the people to protect.",
		Help: "Choose other people, or check their licences in the Microsoft 365 admin center."}
	after := ""
	for range checks {
		target, err := d.store.FirstProtected(ctx, svc, after)
		if service.CodeOf(err) == service.CodeNotFound {
			break
		}
		if err != nil {
			return err
		}
		if err := g.CheckMailFolders(ctx, target.ID); service.CodeOf(err) != service.CodeNoMailbox {
			result = err
			break
		}
		if err := d.store.SetMailbox(ctx, target.ID, service.MailboxNone); err != nil {
			return err
		}
		target.Mailbox = service.MailboxNone
		none = append(none, target)
		after = target.ID
	}
	if len(none) > 0 {
		if err := d.coverAgain(ctx, svc, none); err != nil {
			return err
		}
		d.events.Targets.Emit()
	}
	return result
}

// coverAgain computes the coverage anew after some turned out to have no
// mailbox. Selected people stay selected, with the reason.
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
