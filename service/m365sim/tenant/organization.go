package tenant

import (
	"strings"
	"time"
)

// The demo organization. Its documented password is that of every account.
const (
	displayName   = "Contoso Bakery"
	domain        = "contosobakery.example"
	initialDomain = "contosobakery.onmicrosoft.com"
	adminName     = "anna.lindqvist@" + domain
	password      = "Bake-Bread-Daily-60"
	foreignName   = "Fabrikam"
	foreignDomain = "fabrikam.example"
)

// Organization is a tenant as its sign-in sees it.
type Organization struct {
	ID            string
	DisplayName   string
	Domain        string // verified, default
	InitialDomain string // ….onmicrosoft.com
	Created       time.Time
}

// Account is somebody who can sign in.
type Account struct {
	ID                string // object id
	TenantID          string
	UserPrincipalName string
	DisplayName       string
	GivenName         string
	Surname           string
	Enabled           bool
	Guest             bool
	GlobalAdmin       bool
}

// Domains are the verified domains of the organization, the default first.
func (t *Tenant) Domains() []string { return []string{domain, initialDomain} }

// DisplayName is the name of the organization.
func (t *Tenant) DisplayName() string { return displayName }

// ID is the tenant id.
func (t *Tenant) ID() string { return t.Home().ID }

// AdminUsername is the user principal name of the Global Administrator.
func (t *Tenant) AdminUsername() string { return adminName }

// AdminPassword is the password of the Global Administrator.
func (t *Tenant) AdminPassword() string { return password }

// UserPassword is the password of every account of the demo organization, and
// of the other one.
func (t *Tenant) UserPassword() string { return password }

// SomeUsername is the user principal name of an account without any
// administrator role.
func (t *Tenant) SomeUsername() string { return "mehmet.yildiz@" + domain }

// DisabledUsername is the user principal name of an account that is blocked
// from signing in.
func (t *Tenant) DisabledUsername() string { return "gunnar.berg@" + domain }

// ForeignAdminUsername is the user principal name of the Global Administrator
// of the other organization.
func (t *Tenant) ForeignAdminUsername() string { return "sam.carter@" + foreignDomain }

// Home is the organization.
func (t *Tenant) Home() Organization {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return Organization{
		ID: t.guid("tenant", "home"), DisplayName: displayName, Domain: domain, InitialDomain: initialDomain,
		Created: t.created.AddDate(-6, -2, -11),
	}
}

// Foreign is another organization, whose administrator can sign in and has no
// business here.
func (t *Tenant) Foreign() Organization {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return Organization{
		ID: t.guid("tenant", "foreign"), DisplayName: foreignName, Domain: foreignDomain, InitialDomain: "fabrikam.onmicrosoft.com",
		Created: t.created.AddDate(-4, 0, -3),
	}
}

// Organization finds an organization by its id or one of its domains.
func (t *Tenant) Organization(idOrDomain string) (Organization, bool) {
	for _, o := range []Organization{t.Home(), t.Foreign()} {
		if strings.EqualFold(idOrDomain, o.ID) || strings.EqualFold(idOrDomain, o.Domain) || strings.EqualFold(idOrDomain, o.InitialDomain) {
			return o, true
		}
	}
	return Organization{}, false
}

// Account finds somebody who can sign in, of either organization, by user
// principal name. Shared mailboxes, rooms and the like have no account to sign
// in with; theirs are disabled.
func (t *Tenant) Account(userPrincipalName string) (Account, bool) {
	if strings.EqualFold(userPrincipalName, t.ForeignAdminUsername()) {
		return Account{
			ID: t.foreignAdminID(), TenantID: t.Foreign().ID, UserPrincipalName: t.ForeignAdminUsername(),
			DisplayName: "Sam Carter", GivenName: "Sam", Surname: "Carter", Enabled: true, GlobalAdmin: true,
		}, true
	}
	u, ok := t.User(userPrincipalName)
	if !ok {
		return Account{}, false
	}
	return t.account(u), true
}

// AccountByID finds an account of either organization by its object id.
func (t *Tenant) AccountByID(id string) (Account, bool) {
	if id == t.foreignAdminID() {
		return t.Account(t.ForeignAdminUsername())
	}
	u, ok := t.User(id)
	if !ok || u.ID != id {
		return Account{}, false
	}
	return t.account(u), true
}

func (t *Tenant) foreignAdminID() string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.guid("foreign user", "admin")
}

func (t *Tenant) account(u User) Account {
	return Account{
		ID: u.ID, TenantID: t.ID(), UserPrincipalName: u.UserPrincipalName, DisplayName: u.DisplayName,
		GivenName: u.GivenName, Surname: u.Surname, Enabled: u.Enabled, Guest: u.Guest, GlobalAdmin: u.GlobalAdmin,
	}
}

// CheckPassword reports whether the password is that of the account.
func (t *Tenant) CheckPassword(userPrincipalName, given string) bool {
	_, ok := t.Account(userPrincipalName)
	return ok && given == password
}
