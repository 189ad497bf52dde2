package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"time"

	"cloudappsecurity/app/datafolder"
	"cloudappsecurity/service"
	"cloudappsecurity/service/daily"
	"cloudappsecurity/service/directory"
	"cloudappsecurity/service/entra"
	"cloudappsecurity/service/grant"
	"cloudappsecurity/service/keyring"
	"cloudappsecurity/service/loopback"
	"cloudappsecurity/service/m365sim"
	"cloudappsecurity/service/policy"
	"cloudappsecurity/service/sqlite"
)

// Config is how the program is started. The zero value is the real cloud and
// the default data folder of this user.
type Config struct {
	DataDir     string // "" is the default of the operating system
	Demo        bool   // the simulated organization, in a folder of its own
	ReadOnly    bool   // takes no lock, writes nothing, works beside a writer
	Program     string // who holds the lock, such as "casctl grant"
	Version     string
	Authority   string       // scheme and host of Microsoft Entra; "" is Microsoft's
	Graph       string       // scheme and host of Microsoft Graph; "" is Microsoft's
	CAFile      string       // PEM file of an additional certification authority
	SignInAppID string       // overrides the stored setting
	Log         *slog.Logger // nil logs to a file in the data folder
	Now         func() time.Time
}

// FromEnvironment fills what CAS_AUTHORITY, CAS_GRAPH, CAS_CA_FILE and
// CAS_SIGN_IN_APP_ID say.
func (c Config) FromEnvironment(getenv func(string) string) Config {
	for name, field := range map[string]*string{
		"CAS_AUTHORITY": &c.Authority, "CAS_GRAPH": &c.Graph,
		"CAS_CA_FILE": &c.CAFile, "CAS_SIGN_IN_APP_ID": &c.SignInAppID,
	} {
		if v := getenv(name); v != "" {
			*field = v
		}
	}
	return c
}

// App is the running program without its window.
type App struct {
	Config     Config
	Folder     *datafolder.Folder
	Store      *sqlite.Store
	Events     *service.Events
	Connection *Connection
	Policies   *policy.Policy // who gets which policy
	// The following are nil in a read-only App.
	Grants    *grant.Grants
	Directory *directory.Directory
	Daily     *daily.Daily

	background *background
	demo       *m365sim.Server
	closers    []func() error // run last to first
}

// Open opens everything. On an error nothing stays open. Its errors are
// *service.Error.
func Open(ctx context.Context, c Config) (_ *App, err error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	a := &App{Config: c, Events: &service.Events{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if err := a.openFolder(); err != nil {
		return nil, err
	}
	if err := a.openStore(ctx); err != nil {
		return nil, err
	}
	if c.ReadOnly {
		a.Connection = newConnection(nil, a.Events, c.Now)
		return a, nil
	}
	if c.Demo {
		if err := a.startDemo(ctx); err != nil {
			return nil, err
		}
	}
	if err := a.assemble(ctx); err != nil {
		return nil, err
	}
	a.background = newBackground(a.Config.Log)
	a.onClose(a.background.stop)
	return a, nil
}

func (a *App) onClose(f func() error) { a.closers = append(a.closers, f) }

// Close stops the background, waits for it, and closes everything in reverse
// order of opening. It can be called twice.
func (a *App) Close() error {
	var errs []error
	for len(a.closers) > 0 {
		last := len(a.closers) - 1
		f := a.closers[last]
		a.closers = a.closers[:last]
		errs = append(errs, f())
	}
	return errors.Join(errs...)
}

func (a *App) openFolder() error {
	dir := a.Config.DataDir
	if dir == "" {
		var err error
		if a.Config.Demo {
			dir, err = datafolder.DefaultDemo()
		} else {
			dir, err = datafolder.Default()
		}
		if err != nil {
			return err
		}
	}
	kind := datafolder.KindReal
	if a.Config.Demo {
		kind = datafolder.KindDemo
	}
	if a.Config.ReadOnly {
		f, err := datafolder.Look(dir)
		if err != nil {
			return err
		}
		a.Folder = f
		return f.Check(kind)
	}
	f, err := datafolder.Open(dir)
	if err != nil {
		return err
	}
	a.Folder = f
	if err := f.Check(kind); err != nil {
		return err
	}
	unlock, err := f.Lock(a.Config.Program)
	if err != nil {
		return err
	}
	a.onClose(func() error { unlock(); return nil })
	return f.Claim(kind)
}

func (a *App) openStore(ctx context.Context) error {
	if a.Config.Log == nil {
		if a.Config.ReadOnly {
			a.Config.Log = slog.New(slog.DiscardHandler)
		} else {
			log, closeLog, err := openLog(a.Folder.Log())
			if err != nil {
				return err
			}
			a.Config.Log = log
			a.onClose(closeLog)
		}
	}
	store, err := sqlite.Open(ctx, a.Folder.Database(), sqlite.Options{ReadOnly: a.Config.ReadOnly, Now: a.Config.Now, Log: a.Config.Log})
	if err != nil {
		return err
	}
	a.Store = store
	a.onClose(store.Close)
	a.Policies = policy.New(policy.Config{Policies: store, People: store, Sites: store})
	return nil
}

func (a *App) startDemo(ctx context.Context) error {
	server, err := m365sim.Start(ctx, m365sim.Options{
		Seed: demoSeed, Users: demoUsers, Groups: demoGroups, StateDir: a.Folder.DemoState(), Log: a.Config.Log, Now: a.Config.Now,
	})
	if err != nil {
		return &service.Error{Code: service.CodeInternal, Message: "The demo organization did not start.",
			Help: `Nothing was lost. Try again. If it stays, press "Reset demo" in the desktop program: that begins anew.`, Cause: err}
	}
	a.demo = server
	a.onClose(server.Close)
	info := server.Info()
	a.Config.Authority, a.Config.Graph, a.Config.CAFile = info.Authority, info.Graph, info.CAFile
	a.Config.SignInAppID = "" // the demo has Microsoft's default only
	return nil
}

// The demo organization: Contoso Bakery, the same one at every start.
const (
	demoSeed   = 1
	demoUsers  = 60
	demoGroups = 9
)

// signInTime is for one request to Microsoft's sign-in with its whole answer. It
// is tried again after that, and the reason of the wait is shown.
const signInTime = 20 * time.Second

// assemble makes the adapters and gives them to the use cases.
func (a *App) assemble(ctx context.Context) error {
	c := a.Config
	transport, err := newTransport(c.CAFile)
	if err != nil {
		return err
	}
	a.onClose(func() error { transport.CloseIdleConnections(); return nil })
	a.Connection = newConnection(transport, a.Events, c.Now)
	client := &http.Client{Transport: a.Connection, Timeout: signInTime}

	identity, err := entra.New(entra.Config{
		Authority: c.Authority, SignInAppID: a.SignInAppID, HTTPClient: client,
		InstanceDiscovery: c.Authority == "", Now: c.Now, Log: c.Log,
	})
	if err != nil {
		return err
	}
	computer := computerName()
	installation, err := a.Store.Installation(ctx, computer)
	if err != nil {
		return err
	}
	vault, err := keyring.New(keyring.Config{ServiceName: a.keyringService(), Account: installation.ID})
	if err != nil {
		return err
	}
	a.onClose(func() error { vault.Close(); return nil })
	tokens := grant.NewTokens(identity, vault, a.Store, c.Now)
	remote := &remote{app: a, tokens: tokens}
	a.Directory = directory.New(directory.Config{Store: a.Store, Accounts: a.Store, Graph: remote.directory, Sites: remote.sites, Drives: remote.drives, Events: a.Events, Now: c.Now, Log: c.Log})
	a.Grants = grant.New(grant.Config{
		Identity: identity, Certificates: identity, Vault: vault, Provision: remote.provision, Deprovision: remote.deprovision,
		Accounts: a.Store, Removals: a.Store, Targets: a.Store, Extensions: a.Store, Directory: a.Directory,
		Handoffs: loopback.New(loopback.Config{Now: c.Now, Log: c.Log}),
		Tokens:   tokens, OpenBrowser: openBrowser, SignInApp: a.signInApp, SignInHost: signInHost(c),
		Events: a.Events, Computer: computer, Demo: c.Demo, Now: c.Now, Log: c.Log,
	})
	a.Daily = daily.New(daily.Config{
		Accounts: a.Store, Store: a.Store, Grants: a.Grants, Online: a.Connection.Online, Zone: localZone,
		Events: a.Events, Now: c.Now, Log: c.Log,
	})
	return nil
}

// signInHost is the host which the permission page announces. Of another cloud
// than Microsoft's own the page says nothing.
func signInHost(c Config) string {
	if c.Authority == "" {
		return "login.microsoftonline.com"
	}
	return ""
}

func (a *App) keyringService() string { return keyringService(a.Config.Demo) }

func keyringService(demo bool) string {
	if demo {
		return "Cloud App Security Demo"
	}
	return "Cloud App Security"
}

func computerName() string {
	if name, err := os.Hostname(); err == nil && name != "" {
		return name
	}
	return "this computer"
}
