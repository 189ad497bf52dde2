package graphapi

import (
	"net/http"
	"strings"

	"cloudappsecurity/service/m365sim/tenant"
)

// listDeleted answers GET /directory/deletedItems/microsoft.graph.application.
func (a *api) listDeleted(r *request) (*reply, *failure) {
	return a.applicationList(r, a.Tenant.DeletedApplications(), "directory/deletedItems/microsoft.graph.application")
}

// deleted finds the deleted application that the path names.
func (a *api) deleted(r *request) (tenant.Application, *failure) {
	if failed := checkID(r.vars[0]); failed != nil {
		return tenant.Application{}, failed
	}
	for _, app := range a.Tenant.DeletedApplications() {
		if strings.EqualFold(app.ID, r.vars[0]) {
			return app, nil
		}
	}
	return tenant.Application{}, notFound(r.vars[0])
}

// deletedObject is an application where the address says directoryObject.
func (a *api) deletedObject(app tenant.Application, selected []string) object {
	o := a.entities.application.project(applicationObject(app, false), selected)
	o["@odata.type"] = "#microsoft.graph.application"
	o["@odata.context"] = a.context("directoryObjects/$entity")
	return o
}

// getDeleted answers GET /directory/deletedItems/{id}.
func (a *api) getDeleted(r *request) (*reply, *failure) {
	selected, failed := a.entities.application.selection(r.query.selected)
	if failed != nil {
		return nil, failed
	}
	app, failed := a.deleted(r)
	if failed != nil {
		return nil, failed
	}
	return ok(a.deletedObject(app, selected))
}

// restore answers POST /directory/deletedItems/{id}/restore.
func (a *api) restore(r *request) (*reply, *failure) {
	app, failed := a.deleted(r)
	if failed != nil {
		return nil, failed
	}
	app, err := a.Tenant.RestoreApplication(app.ID)
	if err != nil {
		return nil, notFound(r.vars[0])
	}
	return &reply{status: http.StatusOK, body: a.deletedObject(app, nil)}, nil
}

// listDeletedPrincipals answers GET
// /directory/deletedItems/microsoft.graph.servicePrincipal.
func (a *api) listDeletedPrincipals(r *request) (*reply, *failure) {
	return a.principalList(r, &a.entities.servicePrincipal, a.Tenant.DeletedServicePrincipals(), "directory/deletedItems/microsoft.graph.servicePrincipal")
}

// purge answers DELETE /directory/deletedItems/{id}.
func (a *api) purge(r *request) (*reply, *failure) {
	if a.Tenant.PurgeServicePrincipal(strings.ToLower(r.vars[0])) == nil {
		return noContent()
	}
	app, failed := a.deleted(r)
	if failed != nil {
		return nil, failed
	}
	if err := a.Tenant.PurgeApplication(app.ID); err != nil {
		return nil, notFound(r.vars[0])
	}
	return noContent()
}
