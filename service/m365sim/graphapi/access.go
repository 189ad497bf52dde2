package graphapi

import (
	"net/http"
	"slices"
)

// access says who may do something.
type access struct {
	roles    []string // any of these suffices an application by itself
	scopes   []string // any of these suffices an application on behalf of a user
	admin    bool     // the user has to be an administrator, too
	mail     bool     // Exchange decides, and words the refusal
	storage  bool     // SharePoint likewise
	foreign  bool     // works for callers of the other organization
	userOnly bool     // needs a signed-in user
}

// The permissions that suffice, from Microsoft's permissions table, as far as
// the simulation knows them.
func organizationAccess() access {
	return access{
		roles:   []string{"Organization.Read.All", "Directory.Read.All", "User.Read.All"},
		scopes:  []string{"User.Read", "User.Read.All", "Directory.Read.All"},
		foreign: true,
	}
}

func meAccess() access {
	return access{scopes: []string{"User.Read", "User.Read.All", "Directory.Read.All"}, foreign: true, userOnly: true}
}

func readApplications() access {
	return access{
		roles:  []string{"Application.ReadWrite.All", "Directory.Read.All"},
		scopes: []string{"Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All"},
	}
}

func writeApplications() access {
	return access{roles: []string{"Application.ReadWrite.All"}, scopes: []string{"Application.ReadWrite.All"}, admin: true}
}

func readUsers() access {
	return access{roles: []string{"User.Read.All", "Directory.Read.All"}, scopes: []string{"User.Read.All", "Directory.Read.All"}}
}

func readGroups() access {
	return access{roles: []string{"GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"}, scopes: []string{"Directory.Read.All"}}
}

func readMail() access {
	return access{roles: []string{"Mail.Read", "Mail.ReadWrite"}, mail: true}
}

func writeMail() access { return access{roles: []string{"Mail.ReadWrite"}, mail: true} }

func readMailboxSettings() access {
	return access{roles: []string{"MailboxSettings.Read"}, mail: true}
}

func readSites() access {
	return access{roles: []string{"Sites.Read.All", "Sites.ReadWrite.All"}, storage: true}
}

func readFiles() access {
	return access{roles: []string{"Files.Read.All", "Files.ReadWrite.All", "Sites.Read.All", "Sites.ReadWrite.All"}, storage: true}
}

// holds reports whether a caller has one of these app roles.
func (c Caller) holds(roles ...string) bool {
	return c.UserID == "" && slices.ContainsFunc(roles, func(r string) bool { return slices.Contains(c.Roles, r) })
}

// hasScope reports whether a caller has one of these scopes.
func (c Caller) hasScope(scopes ...string) bool {
	return c.UserID != "" && slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(c.Scopes, s) })
}

// authorize checks the caller's permissions.
func (a *api) authorize(c Caller, r *route) *failure {
	if r.access.userOnly && c.UserID == "" {
		return fail(http.StatusBadRequest, "BadRequest", "/me request is only valid with delegated authentication flow.")
	}
	allowed := c.holds(r.access.roles...) || c.hasScope(r.access.scopes...)
	if allowed && c.UserID != "" && r.access.admin {
		account, found := a.Tenant.AccountByID(c.UserID)
		allowed = found && account.Enabled && account.GlobalAdmin
	}
	if c.TenantID != a.Tenant.ID() && !r.access.foreign {
		allowed = false
	}
	if allowed {
		return nil
	}
	switch {
	case r.access.mail:
		return mailDenied()
	case r.access.storage:
		return storageDenied()
	}
	return denied()
}

// readsProfiles reports whether a caller sees more of members than their ids.
func (c Caller) readsProfiles() bool {
	return c.holds("User.Read.All", "Directory.Read.All") || c.hasScope("User.Read.All", "Directory.Read.All")
}

// seesHidden reports whether a caller sees the members of groups that hide
// them.
func (c Caller) seesHidden() bool { return c.holds("Member.Read.Hidden") }
