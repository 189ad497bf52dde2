package graphapi

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"

	"cloudappsecurity/service/m365sim/tenant"
)

// applicationObject is an application with all its properties. The keys of its
// certificates are told only where one application is read.
func applicationObject(app tenant.Application, withKeys bool) object {
	keys := []object{}
	for _, k := range app.KeyCredentials {
		o := object{
			"keyId": k.KeyID, "displayName": text(k.DisplayName), "customKeyIdentifier": text(k.CustomKeyIdentifier), "key": nil,
			"type": "AsymmetricX509Cert", "usage": "Verify", "startDateTime": stamp(k.Start), "endDateTime": stamp(k.End),
		}
		if withKeys {
			o["key"] = base64.StdEncoding.EncodeToString(k.Certificate)
		}
		keys = append(keys, o)
	}
	required := []object{}
	for _, r := range app.RequiredResources {
		access := []object{}
		for _, s := range r.ResourceAccess {
			access = append(access, object{"id": s.ID, "type": s.Type})
		}
		required = append(required, object{"resourceAppId": r.ResourceAppID, "resourceAccess": access})
	}
	return object{
		"id": app.ID, "appId": app.AppID, "uniqueName": text(app.UniqueName), "displayName": app.DisplayName,
		"description": text(app.Description), "notes": text(app.Notes), "signInAudience": app.SignInAudience,
		"tags": list(app.Tags), "identifierUris": list(app.IdentifierURIs), "publisherDomain": "contosobakery.onmicrosoft.com",
		"createdDateTime": stamp(app.Created), "deletedDateTime": stamp(app.Deleted), "isFallbackPublicClient": app.FallbackPublic,
		"keyCredentials": keys, "requiredResourceAccess": required,
		"web": object{
			"homePageUrl": nil, "logoutUrl": nil, "redirectUris": list(app.WebRedirectURIs), "redirectUriSettings": uriSettings(app.WebRedirectURIs),
			"implicitGrantSettings": object{"enableAccessTokenIssuance": false, "enableIdTokenIssuance": false},
		},
		"publicClient": object{"redirectUris": list(app.PublicRedirectURIs)},
		"spa":          object{"redirectUris": []string{}},
		"api": object{
			"acceptMappedClaims": nil, "knownClientApplications": []string{}, "requestedAccessTokenVersion": nil,
			"oauth2PermissionScopes": []object{}, "preAuthorizedApplications": []object{},
		},
	}
}

func uriSettings(uris []string) []object {
	settings := []object{}
	for _, uri := range uris {
		settings = append(settings, object{"uri": uri, "index": nil})
	}
	return settings
}

// finder finds the application that a path names, as far as Graph sees it.
type finder func(r *request) (tenant.Application, *failure)

// applicationBy makes the finder for a way to name an application.
func (a *api) applicationBy(pattern string) finder {
	return func(r *request) (tenant.Application, *failure) {
		key := r.vars[0]
		if pattern == "applications/{}" {
			if failed := checkID(key); failed != nil {
				return tenant.Application{}, failed
			}
		}
		for _, app := range a.Tenant.VisibleApplications() {
			switch {
			case pattern == "applications/{}" && strings.EqualFold(app.ID, key),
				pattern == "applications(appId)" && strings.EqualFold(app.AppID, key),
				pattern == "applications(uniqueName)" && app.UniqueName == key && key != "":
				return app, nil
			}
		}
		return tenant.Application{}, notFound(key)
	}
}

// listApplications answers GET /applications.
func (a *api) listApplications(r *request) (*reply, *failure) {
	return a.applicationList(r, a.Tenant.VisibleApplications(), "applications")
}

func (a *api) applicationList(r *request, all []tenant.Application, set string) (*reply, *failure) {
	e := &a.entities.application
	selected, failed := e.selection(r.query.selected)
	if failed != nil {
		return nil, failed
	}
	f, failed := r.query.filter("Application", "eq appId", "eq uniqueName", "eq displayName", "eq id", "startswith displayName")
	if failed != nil {
		return nil, failed
	}
	var values []object
	for _, app := range all {
		full := applicationObject(app, false)
		if value, _ := full[fieldOf(f)].(string); f == nil || f.fits(value) {
			values = append(values, e.project(full, selected))
		}
	}
	return a.list(r, set+suffix(selected), values)
}

func fieldOf(f *filter) string {
	if f == nil {
		return ""
	}
	return f.property
}

// list answers with a page of a list that is short enough to be made whole.
func (a *api) list(r *request, context string, values []object) (*reply, *failure) {
	size, failed := r.query.pageSize()
	if failed != nil {
		return nil, failed
	}
	from, failed := r.query.from()
	if failed != nil {
		return nil, failed
	}
	from = min(from, len(values))
	end := min(from+size, len(values))
	body := object{"@odata.context": a.context(context), "value": list(values[from:end])}
	if end < len(values) {
		body["@odata.nextLink"] = a.nextLink(r, end)
	}
	if r.query.count && r.query.eventual {
		body["@odata.count"] = len(values)
	}
	return ok(body)
}

// getApplication answers GET of one application.
func (a *api) getApplication(find finder) func(*request) (*reply, *failure) {
	return func(r *request) (*reply, *failure) {
		e := &a.entities.application
		selected, failed := e.selection(r.query.selected)
		if failed != nil {
			return nil, failed
		}
		app, failed := find(r)
		if failed != nil {
			return nil, failed
		}
		o := e.project(applicationObject(app, true), selected)
		o["@odata.context"] = a.context("applications" + suffix(selected) + "/$entity")
		return ok(o)
	}
}

// createApplication answers POST /applications.
func (a *api) createApplication(r *request) (*reply, *failure) {
	edit, failed := a.readApplication(r, true)
	if failed != nil {
		return nil, failed
	}
	app, err := a.Tenant.CreateApplication(edit.uniqueName, edit.apply)
	if err != nil {
		return nil, applicationFailure(err, "")
	}
	return a.createdApplication(app)
}

func (a *api) createdApplication(app tenant.Application) (*reply, *failure) {
	e := &a.entities.application
	o := e.project(applicationObject(app, false), append([]string{"keyCredentials"}, e.defaults...))
	o["@odata.context"] = a.context("applications/$entity")
	return &reply{
		status: http.StatusCreated, body: o,
		header: map[string]string{"Location": a.BaseURL() + "/v2/" + a.Tenant.ID() + "/directoryObjects/" + app.ID + "/Microsoft.DirectoryServices.Application"},
	}, nil
}

// upsertApplication answers PATCH /applications(uniqueName='…').
func (a *api) upsertApplication(r *request) (*reply, *failure) {
	name := r.vars[0]
	existing, exists := a.Tenant.Application(name)
	exists = exists && existing.UniqueName == name && name != ""
	create := prefers(r.Request, "create-if-missing")
	if !exists && !create {
		return nil, notFound(name)
	}
	edit, failed := a.readApplication(r, !exists)
	if failed != nil {
		return nil, failed
	}
	if edit.uniqueName != "" && edit.uniqueName != name {
		return nil, invalid("The value of property 'uniqueName' differs from the key in the address.")
	}
	app, created, err := a.Tenant.UpsertApplication(name, edit.apply)
	if err != nil {
		return nil, applicationFailure(err, name)
	}
	if created {
		return a.createdApplication(app)
	}
	return noContent()
}

// prefers looks for a preference.
func prefers(r *http.Request, preference string) bool {
	for _, line := range r.Header.Values("Prefer") {
		for p := range strings.FieldsFuncSeq(line, func(c rune) bool { return c == ',' || c == ';' }) {
			if strings.EqualFold(strings.TrimSpace(p), preference) {
				return true
			}
		}
	}
	return false
}

// updateApplication answers PATCH of an application.
func (a *api) updateApplication(find finder) func(*request) (*reply, *failure) {
	return func(r *request) (*reply, *failure) {
		app, failed := find(r)
		if failed != nil {
			return nil, failed
		}
		edit, failed := a.readApplication(r, false)
		if failed != nil {
			return nil, failed
		}
		if _, err := a.Tenant.UpdateApplication(app.ID, edit.apply); err != nil {
			return nil, applicationFailure(err, app.ID)
		}
		return noContent()
	}
}

// deleteApplication answers DELETE of an application.
func (a *api) deleteApplication(find finder) func(*request) (*reply, *failure) {
	return func(r *request) (*reply, *failure) {
		app, failed := find(r)
		if failed != nil {
			return nil, failed
		}
		if err := a.Tenant.DeleteApplication(app.ID); err != nil {
			return nil, applicationFailure(err, app.ID)
		}
		return noContent()
	}
}

// applicationFailure words an error of the tenant.
func applicationFailure(err error, id string) *failure {
	var f *failure
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, tenant.ErrNameTaken):
		return invalid("Another object with the same value for property uniqueName already exists.")
	case errors.Is(err, tenant.ErrNotFound):
		return notFound(id)
	}
	return denied()
}
