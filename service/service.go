package service

import "fmt"

// Service is one of the Microsoft 365 services that can be protected. Each has
// an application of its own in the tenant, so that access can be taken back one
// by one.
type Service string

// The three services. Their text is stored, printed by casctl and used in the
// address of the permission page: it never changes.
const (
	ExchangeOnline   Service = "exchange"
	SharePointOnline Service = "sharepoint"
	OneDrive         Service = "onedrive"
)

// Services lists all services in the order in which screens show them.
func Services() []Service { return []Service{ExchangeOnline, SharePointOnline, OneDrive} }

// ParseService reads the text of a Service.
func ParseService(s string) (Service, error) {
	for _, known := range Services() {
		if s == string(known) {
			return known, nil
		}
	}
	return "", fmt.Errorf("unknown service %q: one of exchange, sharepoint, onedrive", s)
}

// Name is the name by which Microsoft and the screens call the service.
func (s Service) Name() string {
	switch s {
	case ExchangeOnline:
		return "Exchange Online"
	case SharePointOnline:
		return "SharePoint Online"
	case OneDrive:
		return "OneDrive"
	default:
		return string(s)
	}
}

// ApplicationName is the display name of the application in the tenant, which
// the administrator reads on Microsoft's consent page.
func (s Service) ApplicationName() string { return "Cloud App Security for " + s.Name() }

// UniqueName is the application's alternate key in the tenant: it makes its
// creation idempotent. A soft-deleted application keeps it for 30 days.
// https://learn.microsoft.com/graph/api/application-upsert
func (s Service) UniqueName() string { return "cloud-app-security-" + string(s) }

// CoversSites says whether the service's targets are sites; else they are
// people: their mailboxes or their drives.
func (s Service) CoversSites() bool { return s == SharePointOnline }

// Content is what is protected in the service, as a word within a sentence.
func (s Service) Content() string {
	if s == ExchangeOnline {
		return "mail"
	}
	return "files"
}

// EveryoneText and SelectedText are the two options as step 2 of a grant calls
// them.
func (s Service) EveryoneText() string {
	if s.CoversSites() {
		return "Synchronize all sites"
	}
	return "Synchronize all users and groups"
}

// SelectedText is the other one, for testing.
func (s Service) SelectedText() string {
	if s.CoversSites() {
		return "Synchronize selected sites"
	}
	return "Synchronize selected users"
}

// GraphAppID is the application ID of Microsoft Graph in every tenant.
const GraphAppID = "00000003-0000-0000-c000-000000000000"

// DefaultSignInAppID is Microsoft Graph Command Line Tools, a public client of
// Microsoft's which exists in every tenant, allows dynamic consent and has
// http://localhost registered.
const DefaultSignInAppID = "14d82eec-204b-4c2f-b7e8-296a70dab67e"

// Permission is one permission of Microsoft Graph, with the words in which the
// permission page explains it.
type Permission struct {
	Value string // as in a token's roles or scp, such as "Mail.ReadWrite"
	ID    string // of the application role, or of the delegated scope
	Title string // what it allows
	Why   string // what it is needed for
}

// Permissions are the application permissions that the service needs: no more
// than the product uses. The IDs are those of Microsoft's permission reference,
// https://learn.microsoft.com/graph/permissions-reference.
func (s Service) Permissions() []Permission {
	people := []Permission{
		{"User.Read.All", "df021288-bdef-4463-88db-98f22de89214", "Read all users",
			"To list whom to protect, and to notice when a stranger writes under a colleague's name."},
		{"GroupMember.Read.All", "98830695-27a2-44f7-8c18-0c3ebc9698f6", "Read groups and their members",
			"So that you can choose groups as targets and in policies."},
	}
	switch s {
	case ExchangeOnline:
		return append(append([]Permission{
			{"Mail.ReadWrite", "e2a3a72e-5f79-4c64-b1b1-878b674786c9", "Read and change mail",
				"To scan messages, and to tag, move, quarantine or delete those which your policies name."},
		}, people...), Permission{"MailboxSettings.Read", "40f97065-369a-49f4-947c-6a255697ae91", "Read mailbox settings",
			"To tell people's mailboxes from shared ones and meeting rooms."})
	case SharePointOnline:
		return []Permission{
			{"Sites.ReadWrite.All", "9492366f-7969-46a4-8d15-ed1a20078fff", "Read and change files of every site",
				"To list the sites, to scan their files, and to quarantine or delete those which your policies name. Microsoft offers this for all site collections of the tenant only."},
		}
	case OneDrive:
		return append([]Permission{
			{"Files.ReadWrite.All", "75359482-378d-4052-8f01-80520e7db3cd", "Read and change all files",
				"To scan people's files, and to quarantine or delete those which your policies name. Microsoft offers this for every site collection of the tenant only."},
		}, people...)
	default:
		return nil
	}
}

// SignInPermissions are the delegated permissions of the administrator's
// sign-in. They serve once, while the application is prepared.
func SignInPermissions() []Permission {
	return []Permission{
		{"Application.ReadWrite.All", "bdfbf15f-ee85-4955-8675-146e8e5296b5", "Prepare one application in your tenant",
			"Microsoft offers nothing narrower. It is used for that one application."},
		{"User.Read", "e1fe6dd8-ba31-4d61-89e7-88639da4683d", "See who signs in",
			"Records who granted access."},
	}
}

// MissingRoles lists the permissions of s that are not among roles.
func (s Service) MissingRoles(roles []string) []string {
	held := make(map[string]bool, len(roles))
	for _, r := range roles {
		held[r] = true
	}
	var missing []string
	for _, p := range s.Permissions() {
		if !held[p.Value] {
			missing = append(missing, p.Value)
		}
	}
	return missing
}
