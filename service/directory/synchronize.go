package directory

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"cloudappsecurity/service"

	"golang.org/x/sync/errgroup"
)

// mostRestarts is how often one run begins a list anew because Microsoft 365
// says that its links have expired.
const mostRestarts = 2

// between is the least time between two reports of progress of one phase.
const between = 100 * time.Millisecond

// Synchronize brings people, groups and memberships up to date by delta, asks
// for the mailboxes that no plan tells, or for the drives, and covers everyone;
// of SharePoint Online it brings the sites up to date. Each page is
// stored with its link, so that a synchronization that was cut goes on where it
// stood. Only one runs at a time; another waits for it. progress may be nil; it
// is called by one goroutine at a time.
func (d *Directory) Synchronize(ctx context.Context, svc service.Service, progress func(service.SyncProgress)) error {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
		return d.synchronize(ctx, svc, progress)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (d *Directory) synchronize(ctx context.Context, svc service.Service, progress func(service.SyncProgress)) (err error) {
	m := &meter{service: svc, report: progress, events: d.events, now: d.now}
	s := &synchronization{Directory: d, svc: svc, meter: m}
	defer func() {
		if s.changed {
			d.events.Targets.Emit()
		}
		if err != nil {
			m.fail(service.AsError(err))
			return
		}
		m.phase(service.SyncDone, 0)
	}()
	o, err := d.accounts.Organization(ctx)
	if err != nil {
		return err
	}
	if o.Option == service.OptionSelected {
		return selectedStay(svc)
	}
	if svc.CoversSites() {
		err = s.sitesOnly(ctx)
	} else {
		err = s.peopleAndGroups(ctx)
	}
	if err != nil {
		return err
	}
	if err := s.cover(ctx); err != nil {
		return err
	}
	return s.finish(ctx)
}

func selectedStay(svc service.Service) error {
	what, chosen := "users", "people"
	if svc.CoversSites() {
		what, chosen = "sites", "sites"
	}
	return &service.Error{Code: service.CodeOptionLocked, Message: "Selected " + what + " are protected: there is nothing to synchronize.",
		Help: "The " + chosen + " selected stay as they were chosen."}
}

// peopleAndGroups is what Exchange Online and OneDrive have in common.
func (s *synchronization) peopleAndGroups(ctx context.Context) (err error) {
	if s.graph, err = s.Directory.graph(s.svc); err != nil {
		return err
	}
	asks, err := s.asks(s.svc)
	if err != nil {
		return err
	}
	s.meter.phase(service.SyncUsers, 0)
	users, groups, err := s.graph.Counts(ctx)
	if err != nil {
		if concernsAll(err) {
			return err
		}
		users, groups = 0, 0 // only the progress needs them
	}
	if err := s.users(ctx, users); err != nil {
		return err
	}
	if err := s.groups(ctx, groups); err != nil {
		return err
	}
	return s.resolveAll(ctx, asks)
}

// sitesOnly reads what SharePoint Online has. Nobody says how many there are.
func (s *synchronization) sitesOnly(ctx context.Context) error {
	sites, err := s.sites(s.svc)
	if err != nil {
		return err
	}
	s.meter.phase(service.SyncSites, 0)
	return s.round(ctx, service.ResourceSites, 0, func(link string) (page, error) {
		p, err := sites.Sites(ctx, link)
		if err == nil {
			err = s.beneathNew(ctx, sites, &p)
		}
		return page{len(p.Sites) + len(p.Removed), p.Next, p.Delta, func() error {
			return s.store.ApplySites(ctx, s.svc, p, s.now())
		}}, err
	})
}

// beneathNew adds what lies beneath the site collections that are new in a later
// round: when one is restored, nobody promises that the delta tells of its
// subsites too, and they were removed along with it.
func (s *synchronization) beneathNew(ctx context.Context, sites service.Sites, p *service.SitePage) error {
	if !p.Later {
		return nil
	}
	var told []string
	for _, one := range p.Sites {
		if one.ParentID == "" && !one.Personal {
			told = append(told, one.ID)
		}
	}
	if len(told) == 0 {
		return nil
	}
	living, err := s.store.LivingSites(ctx, told)
	if err != nil {
		return err
	}
	for _, id := range told {
		if slices.Contains(living, id) {
			continue
		}
		beneath, err := sites.Subsites(ctx, id)
		switch service.CodeOf(err) {
		case "":
			p.Sites = append(p.Sites, beneath...)
		case service.CodeForbidden, service.CodeNotFound: // locked, or gone again
		default:
			return err
		}
	}
	return nil
}

// synchronization is one run.
type synchronization struct {
	*Directory
	svc     service.Service
	graph   service.Directory
	meter   *meter
	changed bool
}

// page is what a page of users and a page of groups have in common.
type page struct {
	entries     int
	next, delta string
	apply       func() error
}

func (s *synchronization) users(ctx context.Context, total int) error {
	s.meter.phase(service.SyncUsers, 0)
	return s.round(ctx, service.ResourceUsers, total, func(link string) (page, error) {
		p, err := s.graph.Users(ctx, link)
		return page{len(p.People) + len(p.Removed), p.Next, p.Delta, func() error {
			return s.store.ApplyUsers(ctx, s.svc, p, s.now())
		}}, err
	})
}

func (s *synchronization) groups(ctx context.Context, total int) error {
	s.meter.phase(service.SyncGroups, 0)
	return s.round(ctx, service.ResourceGroups, total, func(link string) (page, error) {
		p, err := s.graph.Groups(ctx, link)
		return page{len(p.Groups) + len(p.Members) + len(p.Removed), p.Next, p.Delta, func() error {
			return s.store.ApplyGroups(ctx, s.svc, p, s.now())
		}}, err
	})
}

// round reads one resource from where its cursor stands to its delta link.
func (s *synchronization) round(ctx context.Context, r service.Resource, total int, read func(link string) (page, error)) error {
	cursor, err := s.store.Cursor(ctx, s.svc, r)
	if err != nil {
		return err
	}
	var done int
	begin := func() {
		done = 0
		if cursor.Complete {
			s.meter.total(0) // only what changed comes: nobody knows how much
		} else {
			s.meter.total(total)
		}
	}
	begin()
	link, restarts := cursor.Link, 0
	for pages := cursor.Pages; ; pages++ {
		p, err := read(link)
		if service.CodeOf(err) == service.CodeResync && link != "" && restarts < mostRestarts {
			restarts++
			s.log.LogAttrs(ctx, slog.LevelInfo, "delta starts over", slog.String("resource", string(r)))
			if cursor, err = s.store.RestartRound(ctx, s.svc, r); err != nil {
				return err
			}
			link, pages = cursor.Link, -1
			begin()
			continue
		}
		if err != nil {
			return err
		}
		if p.next != "" && p.next == link {
			return &service.Error{Code: service.CodeInternal, Message: "Microsoft 365 gave the same page again.", Help: "Try again later: it goes on where it stood."}
		}
		if err := p.apply(); err != nil {
			return err
		}
		s.changed = s.changed || p.entries > 0
		if done == 0 && !cursor.Complete {
			done = pages * p.entries // those stored by a run that was cut, by estimate
		}
		done += p.entries
		s.meter.done(done)
		if p.delta != "" {
			return nil
		}
		link = p.next
	}
}

// resolveAll asks about everyone about whom the service has to be asked and
// stores each answer when it comes. Who gets none is asked about at the next
// synchronization.
func (s *synchronization) resolveAll(ctx context.Context, asks asks) error {
	people, err := asks.whom(ctx)
	if err != nil || len(people) == 0 {
		return err
	}
	s.meter.phase(asks.phase, len(people))
	var mu sync.Mutex
	done := 0
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrent)
	for _, p := range people {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := asks.ask(ctx, &p); err != nil {
				return err
			}
			answered := !asks.unknown(p)
			if answered {
				if err := asks.save(ctx, p); err != nil {
					return err
				}
			}
			mu.Lock()
			defer mu.Unlock()
			s.changed = s.changed || answered
			done++
			s.meter.done(done)
			return nil
		})
	}
	return group.Wait()
}

// cover brings up to date who, or what, is covered. It changes something where a
// page did, and where the option or the service is new.
func (s *synchronization) cover(ctx context.Context) error {
	if !s.svc.CoversSites() {
		changed, err := s.store.Cover(ctx, s.svc, s.now())
		s.changed = s.changed || changed
		return err
	}
	before, err := s.store.TargetCounts(ctx, s.svc)
	if err != nil {
		return err
	}
	if err := s.store.CoverAllSites(ctx, s.svc, s.now()); err != nil {
		return err
	}
	after, err := s.store.TargetCounts(ctx, s.svc)
	s.changed = s.changed || before != after
	return err
}

// finish records when the synchronization ended.
func (s *synchronization) finish(ctx context.Context) error {
	a, err := s.accounts.Account(ctx, s.svc)
	if err != nil {
		return err
	}
	a.SyncedAt = s.now()
	if err := s.accounts.SaveAccount(ctx, a); err != nil {
		return err
	}
	s.events.Accounts.Emit()
	return nil
}

// meter reports progress: at once when the phase changes, else ten times a
// second at most, and the last state of each phase.
type meter struct {
	service service.Service
	report  func(service.SyncProgress)
	events  *service.Events
	now     func() time.Time

	mu      sync.Mutex
	state   service.SyncProgress
	last    time.Time
	pending bool
}

func (m *meter) phase(p service.SyncPhase, total int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.pending {
		m.tell()
	}
	if m.state.Phase == p && m.state.Total == total && m.state.Done == 0 {
		return
	}
	m.state = service.SyncProgress{Service: m.service, Phase: p, Total: total}
	m.tell()
}

func (m *meter) total(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state.Done, m.state.Total, m.pending = 0, n, true
	m.perhaps()
}

func (m *meter) done(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state.Total > 0 {
		m.state.Total = max(m.state.Total, n) // somebody was added meanwhile
	}
	m.state.Done, m.pending = n, true
	m.perhaps()
}

func (m *meter) fail(err *service.Error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state.Phase, m.state.Err = service.SyncFailed, err
	m.state.Service = m.service
	m.tell()
}

func (m *meter) perhaps() {
	if m.now().Sub(m.last) >= between {
		m.tell()
	}
}

func (m *meter) tell() {
	m.last, m.pending = m.now(), false
	if m.report != nil {
		m.report(m.state)
	}
	m.events.Synchronized.Emit()
}
