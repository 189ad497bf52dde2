package service

import (
	"context"
	"crypto"
	"time"
)

// Identity is Microsoft Entra as a grant needs it. Its errors are *Error.
type Identity interface {
	// BeginSignIn makes one sign-in attempt (PKCE, state, nonce) of an
	// administrator who returns to redirectURI, "http://localhost:PORT".
	// tenant is a tenant ID, or "" for any organization.
	BeginSignIn(ctx context.Context, tenant, redirectURI string) (SignIn, error)
	// CompleteSignIn redeems the code of a finished attempt.
	CompleteSignIn(ctx context.Context, s SignIn, code Secret) (Administrator, error)
	// BeginConsent makes the address of the admin consent page of appID, which
	// returns to redirectURI, "http://localhost:PORT/consent".
	BeginConsent(ctx context.Context, tenantID, appID, redirectURI string) (Consent, error)
	// AppToken obtains a fresh app-only token: never a cached one, since a
	// cached token keeps the roles from before a consent.
	AppToken(ctx context.Context, c Credential) (Token, error)
	// RedirectError translates the error parameters of a redirect.
	RedirectError(code, description string) *Error
}

// SignIn is one attempt to sign in. State is compared once; Verifier and Nonce
// never leave the process.
type SignIn struct {
	URL         string
	State       string
	RedirectURI string
	Tenant      string
	Verifier    Secret
	Nonce       Secret
}

// Consent is one attempt to consent.
type Consent struct {
	URL   string
	State string
}

// Administrator is who signed in, with the delegated token, which serves while
// the application is prepared and is then dropped: it is never stored.
type Administrator struct {
	TenantID          string
	ObjectID          string
	DisplayName       string
	UserPrincipalName string
	Token             Token
}

// Token is an access token. Roles are those of an app-only one, Scopes those of
// a delegated one.
type Token struct {
	Value     Secret
	ExpiresAt time.Time
	Roles     []string
	Scopes    []string
}

// Credential is what an application authenticates with.
type Credential struct {
	TenantID       string
	AppID          string
	CertificateDER []byte
	Key            crypto.Signer
}

// CertificateAuthority makes the self-signed certificates of this computer:
// RSA 3072, named after the installation.
type CertificateAuthority interface {
	NewCertificate(i Installation, s Service, lifetime time.Duration) (Certificate, crypto.Signer, error)
}

// Vault seals private keys under a key which only the OS keyring holds. aad
// binds the result to its tenant and application. Its errors have
// CodeKeyringMissing, CodeKeyringLocked or CodeKeyLost; it never falls back to
// plain text.
type Vault interface {
	Seal(ctx context.Context, plain, aad []byte) ([]byte, error)
	Open(ctx context.Context, sealed, aad []byte) ([]byte, error)
	// Check says whether the keyring can be used, before anything depends on it.
	Check(ctx context.Context) error
}

// Provisioner prepares the tenant's application with the administrator's
// delegated token. Every call is idempotent.
type Provisioner interface {
	Organization(ctx context.Context) (Organization, error)
	// EnsureApplication creates, restores or updates the application with
	// spec.UniqueName. Its keyCredentials stay as they are.
	EnsureApplication(ctx context.Context, spec ApplicationSpec) (Application, error)
	// Application reads the application with its key credentials.
	Application(ctx context.Context, objectID string) (Application, error)
	// SetKeyCredentials adds cert (unless it is there) and drops the entries
	// whose KeyID is in drop; all others are sent back as they are.
	SetKeyCredentials(ctx context.Context, objectID string, cert Certificate, displayName string, drop []string) error
	// EnsureServicePrincipal gives the ID of the application's service
	// principal, made if there is none.
	EnsureServicePrincipal(ctx context.Context, appID string) (string, error)
}

// Deprovisioner removes what a grant made in the tenant, with the
// administrator's delegated token. Every call is idempotent: what is gone
// already is no error.
type Deprovisioner interface {
	Organization(ctx context.Context) (Organization, error)
	// Certificates gives those which the application has; none if it is gone.
	Certificates(ctx context.Context, objectID string) ([]KeyCredential, error)
	// RemoveServicePrincipal deletes the application's service principal, and
	// with it the consent. Tokens that were issued live on for up to 90 minutes.
	RemoveServicePrincipal(ctx context.Context, appID string) error
	// RemoveApplication deletes the application, which stays restorable for 30
	// days and keeps its unique name as long.
	RemoveApplication(ctx context.Context, objectID string) error
	// PurgeApplication deletes a deleted application for good.
	PurgeApplication(ctx context.Context, objectID string) error
}

// ApplicationSpec is what the tenant's application has to be like.
type ApplicationSpec struct {
	UniqueName   string
	DisplayName  string
	Permissions  []Permission
	RedirectURIs []string
}

// Application is the tenant's application as Graph shows it.
type Application struct {
	ObjectID   string
	AppID      string
	UniqueName string
	Keys       []KeyCredential
	Restored   bool // it had been deleted and was restored
	Created    bool
}

// KeyCredential is one certificate of an application.
type KeyCredential struct {
	KeyID       string
	DisplayName string
	Thumbprint  string // SHA-256, lower-case hexadecimal; empty if Graph gave another kind
	NotBefore   time.Time
	NotAfter    time.Time
}

// Directory is Microsoft Graph with one service's app-only token. Its errors
// are *Error.
type Directory interface {
	// UserByPrincipalName finds a user by the exact user principal name, the
	// mailbox not resolved beyond the plan; CodeNotFound if there is none.
	UserByPrincipalName(ctx context.Context, upn string) (Person, error)
	// SearchGroups finds groups whose display name begins with prefix, sorted
	// by name, at most 50.
	SearchGroups(ctx context.Context, prefix string) ([]Group, error)
	// GroupUserCount counts the users of a group, nested groups included.
	GroupUserCount(ctx context.Context, groupID string) (int, error)
	// GroupUsers gives the users of a group, nested groups included, a page at
	// a time, mailboxes not resolved beyond the plan; CodeHiddenMembers if the members are hidden.
	GroupUsers(ctx context.Context, groupID string, page func([]Person) error) error
	// Counts gives the number of users and of groups in the directory.
	Counts(ctx context.Context) (users, groups int, err error)
	// Users reads one page of the users' delta. link "" begins anew;
	// CodeResync asks for that.
	Users(ctx context.Context, link string) (UserPage, error)
	// Groups likewise, with the members of each group.
	Groups(ctx context.Context, link string) (GroupPage, error)
	// Mailbox asks Exchange for the kind of one mailbox.
	Mailbox(ctx context.Context, userID string) (Mailbox, error)
	// CheckMailFolders reads the mail folders of one mailbox: the proof that
	// the token may read mail.
	CheckMailFolders(ctx context.Context, userID string) error
}

// Sites reads the tenant's sites with the application's token. Its errors are
// *Error.
type Sites interface {
	// SiteByURL finds a site by its exact address; CodeNotFound if there is none.
	SiteByURL(ctx context.Context, url string) (Site, error)
	// SearchSites finds site collections by title, sorted, at most 50.
	SearchSites(ctx context.Context, title string) ([]Site, error)
	// Subsites gives the sites beneath one, those beneath them included.
	Subsites(ctx context.Context, siteID string) ([]Site, error)
	// Sites reads one page of the sites' delta. link "" begins anew; CodeResync
	// asks for that.
	Sites(ctx context.Context, link string) (SitePage, error)
	// CheckSite reads the root folder of a site's document library: the proof
	// that the token may read files.
	CheckSite(ctx context.Context, siteID string) error
}

// Drives reads users' drives with the application's token. Its errors are
// *Error.
type Drives interface {
	// Drive gives a user's drive; CodeNoDrive if there is none. Asking with an
	// application's token makes none.
	Drive(ctx context.Context, userID string) (Drive, error)
	// CheckDrive reads the root folder of a drive: the proof that the token may
	// read files.
	CheckDrive(ctx context.Context, driveID string) error
}

// UserPage is one page of a users' delta: exactly one of Next and Delta is set.
type UserPage struct {
	People  []Person // Mailbox is MailboxUser where a plan says so, MailboxUnknown else
	Removed []Removal
	Next    string
	Delta   string
}

// Removal is an object that left the directory.
type Removal struct {
	ID        string
	Permanent bool // reason "deleted": it can't be restored
}

// GroupPage is one page of a groups' delta: exactly one of Next and Delta is set.
type GroupPage struct {
	Groups  []Group
	Members []Membership
	Removed []Removal
	Next    string
	Delta   string
}

// Membership is one direct member of a group, or its removal.
type Membership struct {
	GroupID  string
	MemberID string
	IsGroup  bool // the member is a group
	Removed  bool
}

// AccountStore keeps the organization and its service accounts.
type AccountStore interface {
	// Installation gives this data folder's installation, made at first use
	// with the given computer name.
	Installation(ctx context.Context, computer string) (Installation, error)
	// Organization gives the organization; CodeNotFound before the first grant.
	Organization(ctx context.Context) (Organization, error)
	// SaveOrganization stores o. One with another tenant ID than before is
	// refused with CodeWrongTenant.
	SaveOrganization(ctx context.Context, o Organization) error
	// Account gives the account of s; one in StateNotGranted if there is none.
	Account(ctx context.Context, s Service) (Account, error)
	// SaveAccount stores a durably (synchronous FULL) and, in the same
	// transaction, the notifications.
	SaveAccount(ctx context.Context, a Account, n ...Notification) error
	// TokenObtained notes when the latest token of the application appID of s was
	// obtained, and nothing else of the account. Another application is ignored.
	TokenObtained(ctx context.Context, s Service, appID string, at time.Time) error
	// Setting gives a stored setting, "" if there is none.
	Setting(ctx context.Context, key string) (string, error)
	SetSetting(ctx context.Context, key, value string) error
}

// NotificationStore keeps the notifications, newest first.
type NotificationStore interface {
	Notifications(ctx context.Context, offset, limit int) ([]Notification, error)
	Unread(ctx context.Context) (int, error)
	MarkRead(ctx context.Context, ids ...int64) error // none: all
	Notify(ctx context.Context, n ...Notification) error
}

// Cursor is where one resource of one service's synchronization stands.
type Cursor struct {
	Service  Service
	Resource Resource
	Link     string // next link within a round, delta link after it; "" before the first
	Complete bool   // Link is a delta link: the round has ended
	Round    int64  // full rounds begun; rows seen in an older round than the last complete one are gone
	Pages    int    // pages stored in this round
	At       time.Time
}

// Resource is what a delta runs over.
type Resource string

// The resources.
const (
	ResourceUsers  Resource = "users"
	ResourceGroups Resource = "groups"
	ResourceSites  Resource = "sites"
)

// DirectoryStore keeps people, groups, memberships and who is covered.
type DirectoryStore interface {
	// Cursor gives where a delta stands; a zero one before the first page.
	Cursor(ctx context.Context, s Service, r Resource) (Cursor, error)
	// RestartRound begins a new full round: next page is the first, and rows
	// which it does not bring are marked removed when it ends.
	RestartRound(ctx context.Context, s Service, r Resource) (Cursor, error)
	// ApplyUsers stores one page and moves the cursor to its next or delta link
	// in one transaction. With a delta link the round ends, and rows of older
	// rounds are marked removed in the same transaction. Links are opaque.
	ApplyUsers(ctx context.Context, s Service, p UserPage, now time.Time) error
	// ApplyGroups likewise.
	ApplyGroups(ctx context.Context, s Service, p GroupPage, now time.Time) error
	// UnresolvedMailboxes gives people (not guests, not removed) whose mailbox
	// is unknown, in order of ID, after the given ID.
	UnresolvedMailboxes(ctx context.Context, after string, limit int) ([]Person, error)
	SetMailbox(ctx context.Context, id string, m Mailbox) error
	// Cover brings the coverage of s up to date for whoever changed since it was
	// last called, or for everyone after a full round or a selection, in one
	// transaction, and says whether anything changed.
	Cover(ctx context.Context, s Service, now time.Time) (changed bool, err error)
	// CoverAll computes the coverage of s anew for everyone, in one transaction.
	CoverAll(ctx context.Context, s Service, now time.Time) error
	// CoverSelected stores exactly the given selection for s, with its people,
	// in one transaction; more than MaxSelected is CodeTooManyTargets.
	CoverSelected(ctx context.Context, s Service, sel []Selection, now time.Time) error
	// Targets pages through the people as s covers them.
	Targets(ctx context.Context, s Service, q TargetQuery) ([]Target, error)
	CountTargets(ctx context.Context, s Service, q TargetQuery) (int, error)
	// TargetCounts counts people, or the sites of SharePoint Online.
	TargetCounts(ctx context.Context, s Service) (TargetCounts, error)
	// FirstProtected gives one protected target for the first check, after the
	// given object ID, in order of ID; CodeNotFound if there is none.
	FirstProtected(ctx context.Context, s Service, after string) (Target, error)
}

// SiteStore keeps sites, what SharePoint Online covers of them, and users' drives.
type SiteStore interface {
	// ApplySites stores one page and moves the cursor of ResourceSites, as
	// DirectoryStore.ApplyUsers does.
	ApplySites(ctx context.Context, s Service, p SitePage, now time.Time) error
	// LivingSites gives those of the given IDs whose sites are stored and not
	// removed.
	LivingSites(ctx context.Context, ids []string) ([]string, error)
	// CoverAllSites computes the coverage of s anew for every site collection.
	CoverAllSites(ctx context.Context, s Service, now time.Time) error
	// CoverSelectedSites stores exactly the given selection, with its sites and
	// what is beneath them, in one transaction; more than MaxSelected is
	// CodeTooManyTargets.
	CoverSelectedSites(ctx context.Context, s Service, sel []SiteSelection, now time.Time) error
	// SiteTargets pages through the site collections as s covers them, by name.
	SiteTargets(ctx context.Context, s Service, q TargetQuery) ([]SiteTarget, error)
	CountSiteTargets(ctx context.Context, s Service, q TargetQuery) (int, error)
	// FirstProtectedSite gives one protected site collection for the first
	// check, after the given ID, in order of ID; CodeNotFound if there is none.
	FirstProtectedSite(ctx context.Context, s Service, after string) (SiteTarget, error)

	// UnresolvedDrives gives people (not guests, not removed) whom a
	// synchronization of OneDrive or a selection brought and whose drive is
	// unknown, in order of ID, after the given ID.
	UnresolvedDrives(ctx context.Context, after string, limit int) ([]Person, error)
	// MissingDrives gives whom to ask again: of the people without a drive a
	// seventh, those not asked for longest, less those asked since.
	MissingDrives(ctx context.Context, since time.Time) ([]Person, error)
	// SetDrive stores the answer; only a DrivePresent has a drive.
	SetDrive(ctx context.Context, userID string, state DriveState, d Drive, now time.Time) error
	// DriveOf gives a user's drive; CodeNoDrive if none is known.
	DriveOf(ctx context.Context, userID string) (Drive, error)
}

// DailyStore keeps what the daily synchronization has to remember.
type DailyStore interface {
	// Daily gives how far s is; a zero state before the first attempt.
	Daily(ctx context.Context, s Service) (DailyState, error)
	// SaveDaily stores d durably and, in the same transaction, the notifications.
	SaveDaily(ctx context.Context, d DailyState, n ...Notification) error
}

// ExtensionStore keeps how far extending to everyone is.
type ExtensionStore interface {
	// BeginExtending makes the option extending if it is selected, and only
	// then forgets which services are done, in one transaction.
	BeginExtending(ctx context.Context) (Option, error)
	// Extended notes that the given services have synchronized everyone since
	// then, and makes the option all once no granted service is left, in one
	// transaction. While the option isn't extending it changes nothing.
	Extended(ctx context.Context, s ...Service) (Option, error)
	// Extensions gives how far the granted services are, while the option is
	// extending; none else.
	Extensions(ctx context.Context) ([]Extension, error)
	// KeepNotification stores n unless one with its key is there, or, if it
	// isn't wanted, removes that. It says whether something changed.
	KeepNotification(ctx context.Context, n Notification, wanted bool) (changed bool, err error)
}

// PolicyStore keeps the policies. The two defaults of each kind and service are
// there from the beginning.
type PolicyStore interface {
	// Policies gives those of s and k by priority.
	Policies(ctx context.Context, s Service, k PolicyKind) ([]Policy, error)
	Policy(ctx context.Context, id int64) (Policy, error)
	// SavePolicy stores p durably: a new one, with ID 0, before the defaults. An
	// old one keeps its priority; of a default only the description and whether
	// it is on can change. It gives the policy as stored, CodeInvalidPolicy if p
	// can't be one.
	SavePolicy(ctx context.Context, p Policy) (Policy, error)
	// MovePolicy gives a policy the priority which is nearest to the given one;
	// the others close up. The defaults stay last, in whatever order.
	MovePolicy(ctx context.Context, id int64, priority int) error
	SetPolicyOn(ctx context.Context, id int64, on bool) error
	DeletePolicy(ctx context.Context, id int64) error
	// GroupsOf gives the IDs of all groups which a person belongs to, through
	// nested groups too, as s synchronized them.
	GroupsOf(ctx context.Context, s Service, personID string) ([]string, error)
	// Groups gives groups which s synchronized and of whose name a word begins
	// with search, by name.
	Groups(ctx context.Context, s Service, search string, limit int) ([]Group, error)
}

// TargetQuery selects targets. The zero value is everyone, by name.
type TargetQuery struct {
	Search    string // prefix of a word in the name, or of the address
	Protected *bool
	Filter    TargetFilter // one of the lists of the review screen
	Origin    Origin       // only whom this covers; empty: whoever
	Offset    int
	Limit     int // 0: 100
}
