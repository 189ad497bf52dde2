package graphapi

import (
	"net/http"

	"cloudappsecurity/service/m365sim/tenant"
)

// listOrganization answers GET /organization: the caller's own.
func (a *api) listOrganization(r *request) (*reply, *failure) {
	e := &a.entities.organization
	selected, failed := e.selection(r.query.selected)
	if failed != nil {
		return nil, failed
	}
	o, found := a.Tenant.Organization(r.caller.TenantID)
	if !found {
		return nil, denied()
	}
	full := object{
		"id": o.ID, "displayName": o.DisplayName, "createdDateTime": stamp(o.Created), "countryLetterCode": "SE", "tenantType": "AAD",
		"technicalNotificationMails": []string{"office@" + o.Domain}, "preferredLanguage": "en",
		"verifiedDomains": []object{
			{"name": o.Domain, "isDefault": true, "isInitial": false, "type": "Managed", "capabilities": "Email, OfficeCommunicationsOnline"},
			{"name": o.InitialDomain, "isDefault": false, "isInitial": true, "type": "Managed", "capabilities": "Email, OfficeCommunicationsOnline"},
		},
	}
	return ok(object{"@odata.context": a.context("organization" + suffix(selected)), "value": []object{e.project(full, selected)}})
}

// getMe answers GET /me.
func (a *api) getMe(r *request) (*reply, *failure) {
	e := &a.entities.user
	selected, failed := e.selection(r.query.selected)
	if failed != nil {
		return nil, failed
	}
	var full object
	if u, found := a.Tenant.User(r.caller.UserID); found && u.ID == r.caller.UserID {
		full = userObject(u)
	} else if account, found := a.Tenant.AccountByID(r.caller.UserID); found {
		full = userObject(tenant.User{
			ID: account.ID, UserPrincipalName: account.UserPrincipalName, DisplayName: account.DisplayName, GivenName: account.GivenName,
			Surname: account.Surname, Enabled: account.Enabled,
		})
	} else {
		return nil, notFound(r.caller.UserID)
	}
	o := e.project(full, selected)
	o["@odata.context"] = a.context("users" + suffix(selected) + "/$entity")
	return &reply{status: http.StatusOK, body: o}, nil
}
