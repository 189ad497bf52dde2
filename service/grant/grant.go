package grant

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"cloudappsecurity/service"
)

// The waiting times. Replication and consent follow what Microsoft and its
// tools wait for: tokens right after a consent can lack roles for minutes.
const (
	// BrowserTimeout is how long the permission page waits for a person.
	BrowserTimeout = 15 * time.Minute
	// ReplicationTimeout is how long new objects may take to be seen.
	ReplicationTimeout = 2 * time.Minute
	// RolesTimeout is how long a token may lack roles after the consent came back.
	RolesTimeout = 5 * time.Minute
	// ConsentSlowAfter is when opening the authorization screen again is offered.
	ConsentSlowAfter = 20 * time.Second
	// ReasonAfter is from when on the reason of a wait is shown.
	ReasonAfter = 20 * time.Second
	// CertificateLifetime is how long a certificate is valid.
	CertificateLifetime = 365 * 24 * time.Hour
	// certificateReuse is what has to be left of a certificate to keep it.
	certificateReuse = 30 * 24 * time.Hour
)

// Directory is what a grant needs of service/directory.
type Directory interface {
	Synchronize(ctx context.Context, s service.Service, progress func(service.SyncProgress)) error
	StoreSelection(ctx context.Context, s service.Service, sel []service.Selection) error
	StoreSites(ctx context.Context, s service.Service, sel []service.SiteSelection) error
	FirstCheck(ctx context.Context, s service.Service) error
}

// Targets is what a grant needs to know of the stored targets.
type Targets interface {
	TargetCounts(ctx context.Context, s service.Service) (service.TargetCounts, error)
}

// Config is what Grants work with. All fields are required, unless said.
type Config struct {
	Identity     service.Identity
	Certificates service.CertificateAuthority
	Vault        service.Vault
	Provision    func(service.Service, service.Token) (service.Provisioner, error)   // with the administrator's delegated token
	Deprovision  func(service.Service, service.Token) (service.Deprovisioner, error) // likewise
	Accounts     service.AccountStore
	Removals     service.RemovalStore
	Targets      Targets
	Extensions   service.ExtensionStore
	Directory    Directory
	Handoffs     service.Handoffs
	Tokens       *Tokens
	OpenBrowser  func(url string) error // used when Options.OpenBrowser is set
	SignInApp    func() (id, name string)
	SignInHost   string // where Microsoft asks for the password, for the page to name; may be empty
	Events       *service.Events
	Computer     string // name of this computer
	Demo         bool   // the organization is the simulated one
	Now          func() time.Time
	Log          *slog.Logger
}

// Grants are the grants of all services, one at a time for each.
type Grants struct {
	c Config

	option sync.Mutex // held while the organization's option is read and stored

	mu       sync.Mutex
	progress map[service.Service]service.GrantProgress
	sync     map[service.Service]service.SyncProgress
	running  map[service.Service]*session
	ending   map[service.Service]bool // a Finish or a SynchronizeNow is running
	stops    map[service.Service]context.CancelFunc
	removing map[service.Service]*removal
	removals map[service.Service]service.RemovalProgress // without what is stored
}

// New makes the grants of all services. Nothing runs yet.
func New(c Config) *Grants {
	return &Grants{
		c:        c,
		progress: make(map[service.Service]service.GrantProgress),
		sync:     make(map[service.Service]service.SyncProgress),
		running:  make(map[service.Service]*session),
		ending:   make(map[service.Service]bool),
		stops:    make(map[service.Service]context.CancelFunc),
		removing: make(map[service.Service]*removal),
		removals: make(map[service.Service]service.RemovalProgress),
	}
}

// Progress is where the grant of s stands now: GrantIdle if none ran.
func (g *Grants) Progress(s service.Service) service.GrantProgress {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.progress[s]
	p.Service = s
	times := make(map[service.GrantStep]time.Time, len(p.Times))
	maps.Copy(times, p.Times)
	p.Times = times
	return p
}

// SyncProgress is where the second half of the grant of s stands now.
func (g *Grants) SyncProgress(s service.Service) service.SyncProgress {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.sync[s]
	p.Service = s
	return p
}

// AnswerMove answers the question whether protection moves to this computer. It
// has no effect while nothing is asked.
func (g *Grants) AnswerMove(s service.Service, yes bool) {
	g.mu.Lock()
	run := g.running[s]
	g.mu.Unlock()
	if run == nil {
		return
	}
	select {
	case run.answers <- yes:
	default: // answered already
	}
}

// Reopen opens the current address of a running grant again: the permission
// page, which leads on to wherever the grant stands.
func (g *Grants) Reopen(s service.Service) error {
	p := g.Progress(s)
	if p.URL == "" {
		return &service.Error{Code: service.CodeNotFound, Message: "No permission page is open.", Help: `Press "Click here" to open one.`}
	}
	return g.open(p.URL)
}

func (g *Grants) open(url string) error {
	if err := g.c.OpenBrowser(url); err != nil {
		g.c.Log.Warn("opening the browser failed", "error", err)
		return noBrowser(err)
	}
	return nil
}

func (g *Grants) update(s service.Service, f func(*service.GrantProgress)) {
	g.mu.Lock()
	p := g.progress[s]
	before := p.Step
	f(&p)
	if p.Step != before {
		times := make(map[service.GrantStep]time.Time, len(p.Times)+1)
		maps.Copy(times, p.Times)
		times[p.Step] = g.c.Now()
		p.Times = times
	}
	g.progress[s] = p
	g.mu.Unlock()
	g.c.Events.Grant.Emit()
}

// Waiting shows, wherever a grant or synchronization of s is shown, why a
// request to Microsoft 365 waits; "" ends it.
func (g *Grants) Waiting(s service.Service, reason string) {
	g.mu.Lock()
	p, syncs, removes := g.sync[s], g.ending[s], g.removing[s]
	if syncs {
		p.Waiting = reason
		g.sync[s] = p
	}
	g.mu.Unlock()
	if removes != nil {
		removes.tell(reason)
	} else if syncs {
		g.c.Events.Synchronized.Emit()
	} else if reason != "" {
		g.update(s, func(p *service.GrantProgress) {
			if p.Step == service.GrantPreparing {
				p.Waiting = reason
			}
		})
	}
}

func (g *Grants) updateSync(s service.Service, p service.SyncProgress) {
	p.Service = s
	g.mu.Lock()
	g.sync[s] = p
	g.mu.Unlock()
	g.c.Events.Synchronized.Emit()
}

// begin registers a session; a second one for the same service is refused, and
// so is one beside a Finish: each of the two stores the account whole.
func (g *Grants) begin(s service.Service) (*session, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.busy(s); err != nil {
		return nil, err
	}
	delete(g.removals, s) // how the last one ended is of no account any more
	run := &session{g: g, service: s, answers: make(chan bool, 1), ended: make(chan struct{})}
	g.running[s] = run
	return run, nil
}

func (g *Grants) end(s service.Service) {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.running[s].ended)
	delete(g.running, s)
}

// beginEnding registers a Finish, and gives what ends it. A session that only
// waits for its tab to show the last page is awaited; any other refuses it.
func (g *Grants) beginEnding(ctx context.Context, s service.Service) (end func(), err error) {
	for {
		g.mu.Lock()
		run, done := g.running[s], g.progress[s].Step == service.GrantDone
		switch {
		case g.ending[s]:
			g.mu.Unlock()
			return nil, synchronizationRuns(s)
		case g.removing[s] != nil:
			g.mu.Unlock()
			return nil, removing(s)
		case run == nil:
			g.ending[s] = true
			g.mu.Unlock()
			return func() {
				g.mu.Lock()
				defer g.mu.Unlock()
				delete(g.ending, s)
			}, nil
		case !done:
			g.mu.Unlock()
			return nil, grantRuns(s)
		}
		g.mu.Unlock()
		select {
		case <-run.ended:
		case <-ctx.Done():
			return nil, canceled(ctx.Err())
		}
	}
}
