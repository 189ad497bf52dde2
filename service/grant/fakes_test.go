package grant

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"cloudappsecurity/service"
)

// world is everything that a grant meets, in memory.
type world struct {
	mu sync.Mutex

	// what the browser does: called on every page which the tab shows
	browser func(w *world, h *handoff, p service.HandoffPage)

	org       service.Organization // of the administrator who signs in
	app       service.Application
	consented bool
	policy    time.Duration // longest certificate which the tenant allows; 0 is any
	notAdmin  bool
	stuck     bool         // the service principal is never made, nor refused
	tokenErr  func() error // of the next app-only token
	roles     []string     // nil: all once consented

	accounts map[service.Service]service.Account
	settings map[string]string
	stored   *service.Organization
	notes    []service.Notification
	log      []string // what happened, in order
	counts   service.TargetCounts
	checkErr error
	syncs    int
	syncing  func() // runs within Synchronize
	syncErr  func(context.Context) error
	extended []service.Service
	closing  func() // runs while the page is closed
	selected []service.Selection
	sites    []service.SiteSelection
	vault    vault
	tabs     int
	pages    []service.HandoffPage
	removed  removals
}

func newWorld() *world {
	return &world{
		org:      service.Organization{TenantID: "tenant-1", DisplayName: "Contoso Bakery", DefaultDomain: "contosobakery.example"},
		accounts: map[service.Service]service.Account{},
		settings: map[string]string{},
		counts:   service.TargetCounts{People: 60, Protected: 58},
		browser:  accept,
		removed:  removals{stored: map[service.Service]service.AccountRemoval{}},
	}
}

func (w *world) note(format string, args ...any) { w.log = append(w.log, fmt.Sprintf(format, args...)) }

func (w *world) grants(t *testing.T) *Grants {
	t.Helper()
	events := &service.Events{}
	return New(Config{
		Identity: w, Certificates: w, Vault: w.vault, Provision: func(_ service.Service, tk service.Token) (service.Provisioner, error) {
			if tk.Value != "delegated" {
				t.Error("the application was prepared without the administrator's token")
			}
			return tenant{w}, nil
		},
		Deprovision: func(_ service.Service, tk service.Token) (service.Deprovisioner, error) {
			if tk.Value != "delegated" {
				t.Error("something was removed without the administrator's token")
			}
			return remover{w}, nil
		},
		Removals: w,
		Accounts: w, Targets: w, Extensions: w, Directory: w, Handoffs: handoffs{w}, Tokens: NewTokens(w, w.vault, w, time.Now),
		OpenBrowser: func(string) error { return nil }, SignInApp: func() (string, string) { return service.DefaultSignInAppID, "Tools" },
		Events: events, Computer: "FRONTDESK", Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
}

// accept is an administrator who does what the pages say.
func accept(w *world, h *handoff, p service.HandoffPage) {
	switch p.Kind {
	case service.HandoffStart:
		h.send(service.HandoffEvent{Kind: service.HandoffOpened})
		h.send(service.HandoffEvent{Kind: service.HandoffPermitted})
		h.send(service.HandoffEvent{Kind: service.HandoffSignedIn, Code: "code"})
	case service.HandoffConsent:
		w.mu.Lock()
		w.consented = true
		w.mu.Unlock()
		h.send(service.HandoffEvent{Kind: service.HandoffConsented, Tenant: w.org.TenantID})
	}
}

// handoff is a tab.
type handoff struct {
	w      *world
	events chan service.HandoffEvent
}

type handoffs struct{ w *world }

func (hs handoffs) Open(context.Context, service.HandoffConfig) (service.Handoff, error) {
	w := hs.w
	w.mu.Lock()
	w.tabs++
	w.mu.Unlock()
	h := &handoff{w, make(chan service.HandoffEvent, 16)}
	h.Show(service.HandoffPage{Kind: service.HandoffStart})
	return h, nil
}

func (h *handoff) send(e service.HandoffEvent)         { h.events <- e }
func (h *handoff) URL() string                         { return "http://localhost:1/grant/s/exchange" }
func (h *handoff) SignInRedirectURI() string           { return "http://localhost:1" }
func (h *handoff) ConsentRedirectURI() string          { return "http://localhost:1/consent" }
func (h *handoff) Events() <-chan service.HandoffEvent { return h.events }
func (h *handoff) Close(context.Context) error {
	if h.w.closing != nil {
		h.w.closing()
	}
	return nil
}

func (h *handoff) Show(p service.HandoffPage) {
	h.w.mu.Lock()
	h.w.pages = append(h.w.pages, p)
	h.w.mu.Unlock()
	h.w.browser(h.w, h, p)
}

// Identity.

func (w *world) BeginSignIn(context.Context, string, string) (service.SignIn, error) {
	return service.SignIn{URL: "https://sign-in"}, nil
}

func (w *world) CompleteSignIn(_ context.Context, _ service.SignIn, code service.Secret) (service.Administrator, error) {
	if code != "code" {
		return service.Administrator{}, &service.Error{Code: service.CodeSignInFailed}
	}
	return service.Administrator{TenantID: w.org.TenantID, DisplayName: "Anna Lindqvist", UserPrincipalName: "anna@contosobakery.example",
		Token: service.Token{Value: "delegated"}}, nil
}

func (w *world) BeginConsent(context.Context, string, string, string) (service.Consent, error) {
	return service.Consent{URL: "https://consent", State: "s"}, nil
}

func (w *world) AppToken(_ context.Context, c service.Credential) (service.Token, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tokenErr != nil {
		if err := w.tokenErr(); err != nil {
			return service.Token{}, err
		}
	}
	if w.app.AppID == "" {
		return service.Token{}, &service.Error{Code: service.CodeAppMissing}
	}
	known := slices.ContainsFunc(w.app.Keys, func(k service.KeyCredential) bool { return k.Thumbprint == string(c.CertificateDER) })
	if !known {
		return service.Token{}, &service.Error{Code: service.CodeCertificate}
	}
	t := service.Token{Value: "app", ExpiresAt: time.Now().Add(time.Hour)}
	if w.consented {
		t.Roles = w.roles
		if t.Roles == nil {
			for _, s := range service.Services() {
				for _, p := range s.Permissions() {
					t.Roles = append(t.Roles, p.Value)
				}
			}
		}
	}
	return t, nil
}

func (w *world) RedirectError(code, _ string) *service.Error {
	if code == "access_denied" {
		return &service.Error{Code: service.CodeDeclined, AADSTS: "AADSTS65004"}
	}
	return &service.Error{Code: service.CodeSignInFailed}
}

// Certificates and vault.

func (w *world) NewCertificate(_ service.Installation, _ service.Service, lifetime time.Duration) (service.Certificate, crypto.Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	thumb := fmt.Sprintf("thumb-%d", time.Now().UnixNano())
	return service.Certificate{DER: []byte(thumb), Thumbprint: thumb, KeyID: "key-" + thumb, NotBefore: time.Now(), NotAfter: time.Now().Add(lifetime)}, key, err
}

type vault struct{ locked bool }

func (vault) Seal(_ context.Context, plain, _ []byte) ([]byte, error) {
	return append([]byte("sealed"), plain...), nil
}

func (vault) Open(_ context.Context, sealed, _ []byte) ([]byte, error) {
	return slices.Clone(sealed[len("sealed"):]), nil
}

func (v vault) Check(context.Context) error {
	if v.locked {
		return &service.Error{Code: service.CodeKeyringLocked}
	}
	return nil
}

// Provisioner.

func (w *world) EnsureApplication(_ context.Context, spec service.ApplicationSpec) (service.Application, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.notAdmin {
		return service.Application{}, &service.Error{Code: service.CodeNotAdministrator}
	}
	if w.app.AppID == "" {
		w.app = service.Application{ObjectID: "object-1", AppID: "app-1", UniqueName: spec.UniqueName}
		w.note("application made")
	}
	return w.app, nil
}

func (w *world) Application(context.Context, string) (service.Application, error) { return w.app, nil }

func (w *world) SetKeyCredentials(_ context.Context, _ string, c service.Certificate, name string, drop []string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.policy > 0 && c.NotAfter.Sub(c.NotBefore) > w.policy {
		return &service.Error{Code: service.CodeCredentialPolicy}
	}
	w.note("certificate registered")
	w.app.Keys = slices.DeleteFunc(w.app.Keys, func(k service.KeyCredential) bool {
		return slices.Contains(drop, k.KeyID) || k.Thumbprint == c.Thumbprint
	})
	w.app.Keys = append(w.app.Keys, service.KeyCredential{KeyID: c.KeyID, DisplayName: name, Thumbprint: c.Thumbprint, NotBefore: c.NotBefore, NotAfter: c.NotAfter})
	return nil
}

func (w *world) EnsureServicePrincipal(ctx context.Context, _ string) (string, error) {
	if w.stuck {
		<-ctx.Done()
		return "", ctx.Err()
	}
	return "principal-1", nil
}

// tenant is the provisioner of w: its Organization is the tenant's.
type tenant struct{ *world }

func (t tenant) Organization(context.Context) (service.Organization, error) { return t.org, nil }

// AccountStore.

func (w *world) Installation(context.Context, string) (service.Installation, error) {
	return service.Installation{ID: "0123456789abcdef0123456789abcdef", Computer: "FRONTDESK"}, nil
}

func (w *world) Organization(context.Context) (service.Organization, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stored == nil {
		return service.Organization{}, service.NotFound("The organization")
	}
	return *w.stored, nil
}

func (w *world) SaveOrganization(_ context.Context, o service.Organization) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stored = &o
	return nil
}

func (w *world) Account(_ context.Context, s service.Service) (service.Account, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, ok := w.accounts[s]
	if !ok {
		return service.Account{Service: s, State: service.StateNotGranted}, nil
	}
	return a, nil
}

func (w *world) SaveAccount(_ context.Context, a service.Account, notes ...service.Notification) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.accounts[a.Service] = a
	w.note("account stored: %s", a.State)
	for _, n := range notes {
		if !slices.ContainsFunc(w.notes, func(o service.Notification) bool { return o.Key == n.Key }) {
			w.notes = append(w.notes, n)
		}
	}
	return nil
}

func (w *world) TokenObtained(_ context.Context, s service.Service, appID string, at time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if a := w.accounts[s]; a.AppID == appID {
		a.LastTokenAt = at
		w.accounts[s] = a
	}
	return nil
}

func (w *world) Setting(_ context.Context, key string) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.settings[key], nil
}

func (w *world) SetSetting(_ context.Context, key, value string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.settings[key] = value
	return nil
}

// Targets and Directory.

func (w *world) TargetCounts(context.Context, service.Service) (service.TargetCounts, error) {
	return w.counts, nil
}

func (w *world) Synchronize(ctx context.Context, _ service.Service, progress func(service.SyncProgress)) error {
	w.syncs++
	if w.syncing != nil {
		w.syncing()
	}
	progress(service.SyncProgress{Phase: service.SyncUsers, Done: 60, Total: 60})
	if w.syncErr != nil {
		return w.syncErr(ctx)
	}
	return nil
}

func (w *world) StoreSelection(_ context.Context, _ service.Service, sel []service.Selection) error {
	w.selected = sel
	return nil
}

func (w *world) StoreSites(_ context.Context, _ service.Service, sel []service.SiteSelection) error {
	w.sites = sel
	return nil
}

func (w *world) FirstCheck(ctx context.Context, _ service.Service) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return w.checkErr
}
