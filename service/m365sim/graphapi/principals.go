package graphapi

import (
	"errors"
	"net/http"
	"strings"

	"cloudappsecurity/service/m365sim/tenant"
)

// principalObject is a service principal with all its properties.
func (a *api) principalObject(sp tenant.ServicePrincipal) object {
	o := object{
		"id": sp.ID, "appId": sp.AppID, "displayName": sp.DisplayName, "appDisplayName": sp.DisplayName,
		"accountEnabled": sp.Enabled, "appOwnerOrganizationId": sp.OwnerTenantID, "appRoleAssignmentRequired": false,
		"servicePrincipalType": "Application", "servicePrincipalNames": []string{sp.AppID}, "deletedDateTime": stamp(sp.Deleted),
	}
	if app, found := a.Tenant.Application(sp.AppID); found {
		o["signInAudience"], o["replyUrls"] = app.SignInAudience, append(list(app.WebRedirectURIs), app.PublicRedirectURIs...)
	}
	if sp.AppID != tenant.GraphAppID {
		return o
	}
	roles, scopes := []object{}, []object{}
	for _, p := range tenant.GraphRoles() {
		roles = append(roles, object{
			"id": p.ID, "value": p.Value, "displayName": p.DisplayName, "description": p.Description,
			"allowedMemberTypes": []string{"Application"}, "isEnabled": true, "origin": "Application",
		})
	}
	for _, p := range tenant.GraphScopes() {
		kind := "User"
		if p.AdminOnly {
			kind = "Admin"
		}
		scopes = append(scopes, object{
			"id": p.ID, "value": p.Value, "type": kind, "isEnabled": true,
			"adminConsentDisplayName": p.DisplayName, "adminConsentDescription": p.Description,
			"userConsentDisplayName": p.DisplayName, "userConsentDescription": p.Description,
		})
	}
	o["appRoles"], o["oauth2PermissionScopes"] = roles, scopes
	return o
}

// principalFinder finds the service principal that a path names, as far as
// Graph sees it.
type principalFinder func(r *request) (tenant.ServicePrincipal, *failure)

func (a *api) principalBy(pattern string) principalFinder {
	byAppID := strings.HasSuffix(pattern, "(appId)")
	return func(r *request) (tenant.ServicePrincipal, *failure) {
		if failed := checkID(r.vars[0]); failed != nil && !byAppID {
			return tenant.ServicePrincipal{}, failed
		}
		for _, sp := range a.Tenant.VisibleServicePrincipals() {
			if byAppID && strings.EqualFold(sp.AppID, r.vars[0]) || !byAppID && strings.EqualFold(sp.ID, r.vars[0]) {
				return sp, nil
			}
		}
		return tenant.ServicePrincipal{}, notFound(r.vars[0])
	}
}

// listPrincipals answers GET /servicePrincipals.
func (a *api) listPrincipals(r *request) (*reply, *failure) {
	e := &a.entities.servicePrincipal
	return a.principalList(r, e, a.Tenant.VisibleServicePrincipals(), "servicePrincipals")
}

func (a *api) principalList(r *request, e *entity, all []tenant.ServicePrincipal, set string) (*reply, *failure) {
	selected, failed := e.selection(r.query.selected)
	if failed != nil {
		return nil, failed
	}
	f, failed := r.query.filter("ServicePrincipal", "eq appId", "eq displayName", "eq id", "startswith displayName")
	if failed != nil {
		return nil, failed
	}
	var values []object
	for _, sp := range all {
		full := a.principalObject(sp)
		if v, _ := full[fieldOf(f)].(string); f == nil || f.fits(v) {
			values = append(values, e.project(full, selected))
		}
	}
	return a.list(r, set+suffix(selected), values)
}

// getPrincipal answers GET of one service principal.
func (a *api) getPrincipal(find principalFinder) func(*request) (*reply, *failure) {
	return func(r *request) (*reply, *failure) {
		e := &a.entities.servicePrincipal
		selected, failed := e.selection(r.query.selected)
		if failed != nil {
			return nil, failed
		}
		sp, failed := find(r)
		if failed != nil {
			return nil, failed
		}
		o := e.project(a.principalObject(sp), selected)
		o["@odata.context"] = a.context("servicePrincipals" + suffix(selected) + "/$entity")
		return ok(o)
	}
}

// createPrincipal answers POST /servicePrincipals.
func (a *api) createPrincipal(r *request) (*reply, *failure) {
	body, failed := readBody(r.Request)
	if failed != nil {
		return nil, failed
	}
	for name := range body {
		if name != "appId" {
			return nil, invalid("Property '%s' is invalid or not supported on resource 'ServicePrincipal'.", name)
		}
	}
	appID, failed := value[string]("appId", body["appId"])
	if failed != nil || appID == "" {
		return nil, invalid("The request is missing the required property 'appId'.")
	}
	sp, err := a.Tenant.CreateServicePrincipal(appID)
	switch {
	case errors.Is(err, tenant.ErrNotBacked):
		return nil, invalid("The appId '%s' of the service principal does not reference a valid application object.", appID)
	case errors.Is(err, tenant.ErrExists):
		return nil, fail(http.StatusConflict, "Request_MultipleObjectsWithSameKeyValue",
			"The service principal cannot be created, updated, or restored because the service principal name %s is already in use.", appID)
	case err != nil:
		return nil, denied()
	}
	o := a.entities.servicePrincipal.project(a.principalObject(sp), nil)
	o["@odata.context"] = a.context("servicePrincipals/$entity")
	return &reply{status: http.StatusCreated, body: o}, nil
}

// updatePrincipal answers PATCH of a service principal: accountEnabled only.
func (a *api) updatePrincipal(find principalFinder) func(*request) (*reply, *failure) {
	return func(r *request) (*reply, *failure) {
		sp, failed := find(r)
		if failed != nil {
			return nil, failed
		}
		body, failed := readBody(r.Request)
		if failed != nil {
			return nil, failed
		}
		enabled := sp.Enabled
		for name, raw := range body {
			if name != "accountEnabled" {
				return nil, invalid("Property '%s' is invalid or not supported on resource 'ServicePrincipal'.", name)
			}
			if enabled, failed = value[bool](name, raw); failed != nil {
				return nil, failed
			}
		}
		if err := a.Tenant.SetServicePrincipalEnabled(sp.ID, enabled); err != nil {
			return nil, applicationFailure(err, sp.ID)
		}
		return noContent()
	}
}

// deletePrincipal answers DELETE of a service principal.
func (a *api) deletePrincipal(find principalFinder) func(*request) (*reply, *failure) {
	return func(r *request) (*reply, *failure) {
		sp, failed := find(r)
		if failed != nil {
			return nil, failed
		}
		if err := a.Tenant.DeleteServicePrincipal(sp.ID); err != nil {
			return nil, applicationFailure(err, sp.ID)
		}
		return noContent()
	}
}

// listAssignments answers GET /servicePrincipals/{id}/appRoleAssignments.
func (a *api) listAssignments(find principalFinder) func(*request) (*reply, *failure) {
	return func(r *request) (*reply, *failure) {
		e := &a.entities.assignment
		selected, failed := e.selection(r.query.selected)
		if failed != nil {
			return nil, failed
		}
		if _, failed := r.query.filter("AppRoleAssignment"); failed != nil {
			return nil, failed
		}
		sp, failed := find(r)
		if failed != nil {
			return nil, failed
		}
		var values []object
		for _, s := range sp.Assignments {
			values = append(values, e.project(object{
				"id": s.ID, "appRoleId": s.RoleID, "resourceId": s.ResourceID, "resourceDisplayName": "Microsoft Graph",
				"principalId": sp.ID, "principalDisplayName": sp.DisplayName, "principalType": "ServicePrincipal", "createdDateTime": stamp(s.Created),
			}, selected))
		}
		return a.list(r, "appRoleAssignments"+suffix(selected), values)
	}
}
