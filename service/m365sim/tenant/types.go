package tenant

import (
	"errors"
	"slices"
	"time"
)

// Errors that the methods of Tenant return.
var (
	ErrNotFound     = errors.New("no such object")
	ErrNameTaken    = errors.New("another object with the same value for property uniqueName already exists")
	ErrExists       = errors.New("an object with the same key exists already")
	ErrNotBacked    = errors.New("the appId does not reference a valid application object")
	ErrUnknownRole  = errors.New("the resource has no such permission")
	ErrNoMailbox    = errors.New("the user has no mailbox")
	ErrNoDrive      = errors.New("the user has no drive")
	ErrNoFolder     = errors.New("no such mail folder")
	ErrNotAMessage  = errors.New("not a message of RFC 5322")
	ErrBadSnapshot  = errors.New("not a snapshot of this simulation")
	ErrNotDeletable = errors.New("the object belongs to Microsoft and can't be changed")
)

// Purpose says what a mailbox is for.
type Purpose string

// Purposes as Graph's mailboxSettings/userPurpose names them; NoMailbox is not
// one of Graph's.
const (
	NoMailbox        Purpose = ""
	PurposeUser      Purpose = "user"
	PurposeShared    Purpose = "shared"
	PurposeRoom      Purpose = "room"
	PurposeEquipment Purpose = "equipment"
)

// What a licence assigns.
const (
	ExchangePlanID   = "9aaf7827-d63c-4b61-89c3-182f06f82e5c" // EXCHANGE_S_STANDARD
	sharePointPlanID = "c7699d2e-19aa-44de-8edf-1736da088ca1" // SHAREPOINTSTANDARD
	planEnabled      = "Enabled"
)

// Plan is one entry of a user's assignedPlans.
type Plan struct {
	Assigned         time.Time
	CapabilityStatus string // Enabled, Warning, Suspended, Deleted
	Service          string // exchange, SharePoint
	ServicePlanID    string
}

// User is a person, or what has a user object like one: a guest, a shared
// mailbox, a room.
type User struct {
	ID                string
	UserPrincipalName string
	DisplayName       string
	GivenName         string
	Surname           string
	Mail              string // "": none
	JobTitle          string
	Language          string // preferredLanguage
	Enabled           bool
	Guest             bool
	GlobalAdmin       bool
	Licensed          bool // for Exchange and SharePoint
	Purpose           Purpose
	Created           time.Time
	Deleted           time.Time // not zero: deleted, restorable for 30 days
	Gone              bool      // deleted permanently
	Changed           uint64    // serial of the last change, 0: as seeded
}

// HasMailbox reports whether Exchange knows the user.
func (u User) HasMailbox() bool { return u.Purpose != NoMailbox }

// Plans are the user's assignedPlans.
func (u User) Plans() []Plan {
	if !u.Licensed {
		return nil
	}
	return []Plan{
		{u.Created.Add(time.Hour), planEnabled, "exchange", ExchangePlanID},
		{u.Created.Add(time.Hour), planEnabled, "SharePoint", sharePointPlanID},
	}
}

// Group is a security group or a Microsoft 365 group.
type Group struct {
	ID           string
	DisplayName  string
	Description  string
	MailNickname string
	Mail         string
	Unified      bool // a Microsoft 365 group
	Hidden       bool // visibility HiddenMembership
	Members      []Member
	Created      time.Time
	Deleted      time.Time
	Gone         bool
	Changed      uint64
}

// Member is one entry of a group.
type Member struct {
	ID    string
	Group bool // the member is a group itself
}

func (g *Group) copy() Group {
	c := *g
	c.Members = slices.Clone(g.Members)
	return c
}

// ResourceAccess is one permission that an application asks for.
type ResourceAccess struct {
	ID   string `json:"id"`
	Type string `json:"type"` // Role or Scope
}

// RequiredResource are the permissions that an application asks of one API.
type RequiredResource struct {
	ResourceAppID  string           `json:"resourceAppId"`
	ResourceAccess []ResourceAccess `json:"resourceAccess"`
}

// KeyCredential is a certificate of an application.
type KeyCredential struct {
	KeyID               string
	DisplayName         string
	CustomKeyIdentifier string
	Certificate         []byte // DER
	Start, End          time.Time
	Added               time.Time
}

// Application is an app registration.
type Application struct {
	ID                 string
	AppID              string
	UniqueName         string
	DisplayName        string
	Description        string
	Notes              string
	SignInAudience     string
	Tags               []string
	IdentifierURIs     []string
	WebRedirectURIs    []string
	PublicRedirectURIs []string
	RequiredResources  []RequiredResource
	KeyCredentials     []KeyCredential
	FallbackPublic     bool // isFallbackPublicClient
	FirstParty         bool // Microsoft's own: not in the tenant's list
	Created            time.Time
	Modified           time.Time
	Deleted            time.Time
}

func (a *Application) copy() Application {
	c := *a
	c.Tags = slices.Clone(a.Tags)
	c.IdentifierURIs = slices.Clone(a.IdentifierURIs)
	c.WebRedirectURIs = slices.Clone(a.WebRedirectURIs)
	c.PublicRedirectURIs = slices.Clone(a.PublicRedirectURIs)
	c.KeyCredentials = slices.Clone(a.KeyCredentials)
	c.RequiredResources = slices.Clone(a.RequiredResources)
	for i, r := range c.RequiredResources {
		c.RequiredResources[i].ResourceAccess = slices.Clone(r.ResourceAccess)
	}
	return c
}

// RoleAssignment is a permission that was consented to for the application
// itself.
type RoleAssignment struct {
	ID         string
	RoleID     string
	ResourceID string // object id of the API's service principal
	Created    time.Time
}

// ServicePrincipal is an application as it is used in the tenant.
type ServicePrincipal struct {
	ID             string
	AppID          string
	DisplayName    string
	OwnerTenantID  string
	Enabled        bool
	Assignments    []RoleAssignment
	Created        time.Time
	ConsentChanged time.Time
	Deleted        time.Time
}

func (s *ServicePrincipal) copy() ServicePrincipal {
	c := *s
	c.Assignments = slices.Clone(s.Assignments)
	return c
}

// DelegatedGrant is an oauth2PermissionGrant: what an application may do for
// a user, or for all of them.
type DelegatedGrant struct {
	ID          string
	ClientID    string // object id of the client's service principal
	AppID       string
	ConsentType string // Principal or AllPrincipals
	UserID      string // "" for AllPrincipals
	Scopes      []string
}
