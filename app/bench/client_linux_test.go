package bench

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"cloudappsecurity/app/datafolder"
	"cloudappsecurity/service"
	"cloudappsecurity/service/directory"
	"cloudappsecurity/service/graph"
	"cloudappsecurity/service/sqlite"
)

// The ways to take in a directory.
const (
	waySync = "synchronize" // as the product does it
	waySDK  = "page"        // the same requests through the SDK, nothing stored
	wayJSON = "decode"      // the same requests, encoding/json, nothing stored
	wayDay  = "daily"       // as the product does it on a later day: what changed
)

// clientPlan is what one client does.
type clientPlan struct {
	Place   place
	Way     string
	Dir     string // the data folder, for waySync and wayDay
	Service service.Service
	Day     int    // how many days after today the clock shows
	Profile string // where to write a CPU profile; "" for none
}

// cost is what something took.
type cost struct{ Wall, CPU time.Duration }

func (c cost) less(d cost) cost { return cost{c.Wall - d.Wall, c.CPU - d.CPU} }

// outcome is what a client says when it is done.
type outcome struct {
	Total                   cost
	Phases                  map[service.SyncPhase]cost
	People, Groups, Members int
	Asked                   int   // mailboxes or drives
	Requests                int   // to Graph, but those for drives
	Drives                  int   // requests for drives
	Peak                    int64 // VmHWM in bytes
	Stored                  int64 // size of the database
}

// meter tells what each phase took.
type meter struct {
	began time.Time
	phase service.SyncPhase
	since cost
	out   outcome
}

func newMeter() *meter {
	m := &meter{began: time.Now(), out: outcome{Phases: map[service.SyncPhase]cost{}}}
	m.since = m.now()
	return m
}

func (m *meter) now() cost {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return cost{}
	}
	return cost{time.Since(m.began), time.Duration(u.Utime.Nano() + u.Stime.Nano())}
}

// enter ends the phase under way.
func (m *meter) enter(p service.SyncPhase) {
	if p == m.phase {
		return
	}
	now := m.now()
	if m.phase != "" {
		spent, sum := now.less(m.since), m.out.Phases[m.phase]
		sum = cost{sum.Wall + spent.Wall, sum.CPU + spent.CPU}
		m.out.Phases[m.phase] = sum
		m.out.Total = cost{m.out.Total.Wall + spent.Wall, m.out.Total.CPU + spent.CPU}
	}
	m.phase, m.since = p, now
}

// measure is one client.
func measure(ctx context.Context, plan clientPlan) error {
	identity, transport, err := plan.Place.identity()
	if err != nil {
		return err
	}
	token, err := plan.Place.token(identity, plan.Service)
	if err != nil {
		return err
	}
	if plan.Profile != "" {
		f, err := os.Create(plan.Profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	m := newMeter()
	if plan.Way == wayJSON {
		err = (&decoder{plan.Place, transport, token, service.Secret("")}).all(ctx, m)
	} else {
		var client *graph.Client
		count := &counter{next: transport}
		client, err = graph.New(graph.Config{BaseURL: plan.Place.Graph, Transport: count, Token: token})
		switch {
		case err != nil:
		case plan.Way == waySDK:
			err = page(ctx, client.Directory(), m)
		default:
			err = synchronize(ctx, client, plan, m)
		}
		m.out.Requests, m.out.Drives = int(count.others.Load()), int(count.drives.Load())
	}
	if err != nil {
		return err
	}
	m.enter("")
	if m.out.Peak, err = memory("self", "VmHWM"); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(m.out)
}

// counter counts requests to Graph, those for drives apart.
type counter struct {
	next           http.RoundTripper
	drives, others atomic.Int64
}

// RoundTrip implements http.RoundTripper.
func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/drive") {
		c.drives.Add(1)
	} else {
		c.others.Add(1)
	}
	return c.next.RoundTrip(r)
}

// synchronize is the product's way, into a data folder of its own or, on a later
// day, into one that holds everybody already.
func synchronize(ctx context.Context, remote *graph.Client, plan clientPlan, m *meter) error {
	folder, err := datafolder.Open(plan.Dir)
	if err != nil {
		return err
	}
	if err := folder.Claim(datafolder.KindReal); err != nil {
		return err
	}
	now := func() time.Time { return time.Now().AddDate(0, 0, plan.Day) }
	store, err := sqlite.Open(ctx, folder.Database(), sqlite.Options{Now: now})
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }() // closed below, where it matters
	if plan.Way == waySync {
		if err := store.SaveOrganization(ctx, service.Organization{TenantID: plan.Place.TenantID, DisplayName: "Bench", Option: service.OptionAll}); err != nil {
			return err
		}
		if err := store.SaveAccount(ctx, service.Account{Service: plan.Service, TenantID: plan.Place.TenantID, AppID: plan.Place.AppIDs[plan.Service],
			State: service.StateGranted, GrantedAt: now(), ProtectedAt: now()}); err != nil {
			return err
		}
	}
	d := directory.New(directory.Config{Store: store, Accounts: store, Now: now,
		Graph:  func(service.Service) (service.Directory, error) { return remote.Directory(), nil },
		Drives: func(service.Service) (service.Drives, error) { return remote.Drives(), nil }})
	*m = *newMeter() // opening a store is no part of it
	err = d.Synchronize(ctx, plan.Service, func(p service.SyncProgress) {
		m.enter(p.Phase)
		if p.Phase == service.SyncMailboxes || p.Phase == service.SyncDrives {
			m.out.Asked = p.Total
		}
	})
	if err != nil {
		return err
	}
	m.enter("")
	counts, err := store.TargetCounts(ctx, plan.Service)
	if err != nil {
		return err
	}
	m.out.People, m.out.Groups = counts.People, counts.Groups
	if err := store.Close(); err != nil {
		return err
	}
	info, err := os.Stat(filepath.Join(plan.Dir, filepath.Base(folder.Database())))
	if err != nil {
		return err
	}
	m.out.Stored = info.Size()
	return nil
}

// tally counts what pages bring, as a set: a delta tells some things twice.
type tally struct {
	people, groups map[string]bool
	unknown        []string
	members        int
}

func newTally() *tally { return &tally{people: map[string]bool{}, groups: map[string]bool{}} }

func (t *tally) person(p service.Person) {
	if !t.people[p.ID] && !p.Guest && p.Mailbox == service.MailboxUnknown {
		t.unknown = append(t.unknown, p.ID)
	}
	t.people[p.ID] = true
}

func (t *tally) into(o *outcome) {
	o.People, o.Groups, o.Members, o.Asked = len(t.people), len(t.groups), t.members, len(t.unknown)
}

// page makes the requests of a synchronization through the SDK.
func page(ctx context.Context, d service.Directory, m *meter) error {
	t := newTally()
	m.enter(service.SyncUsers)
	if _, _, err := d.Counts(ctx); err != nil {
		return err
	}
	for link, more := "", true; more; more = link != "" {
		p, err := d.Users(ctx, link)
		if err != nil {
			return err
		}
		for _, one := range p.People {
			t.person(one)
		}
		link = p.Next
	}
	m.enter(service.SyncGroups)
	for link, more := "", true; more; more = link != "" {
		p, err := d.Groups(ctx, link)
		if err != nil {
			return err
		}
		for _, g := range p.Groups {
			t.groups[g.ID] = true
		}
		t.members += len(p.Members)
		link = p.Next
	}
	m.enter(service.SyncMailboxes)
	t.into(&m.out)
	return each(ctx, t.unknown, func(ctx context.Context, id string) error {
		_, err := d.Mailbox(ctx, id)
		return err
	})
}

// each asks for mailboxes, as many at once as a synchronization does.
func each(ctx context.Context, ids []string, ask func(context.Context, string) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for _, id := range ids {
		group.Go(func() error { return ask(ctx, id) })
	}
	return group.Wait()
}
