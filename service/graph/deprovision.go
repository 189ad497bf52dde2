package graph

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"cloudappsecurity/service"

	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

var _ service.Deprovisioner = (*Tenant)(nil)

// A directory that lags behind may say of an object that it isn't there: what
// is to be deleted counts as gone once it was missing goneHits times in a row.
const (
	goneHits = 5
	goneStep = time.Second
)

// erase deletes what address names. 204 is believed at once; 404 once it stays.
func (t *Tenant) erase(ctx context.Context, address string) error {
	for missing := 1; ; missing++ {
		err := t.c.eventually(ctx, func() error {
			_, err := t.c.object(ctx, call{method: abs.DELETE, url: address}, models.CreateEntityFromDiscriminatorValue)
			return err
		}, func(err error) bool { return status(err) == 409 })
		if !notThere(err) {
			return err
		}
		if missing == goneHits {
			return nil
		}
		if err := t.c.sleep(ctx, goneStep); err != nil {
			return err
		}
	}
}

// Certificates reads those of the application, none once it stays missing.
// https://learn.microsoft.com/graph/api/application-get
func (t *Tenant) Certificates(ctx context.Context, objectID string) ([]service.KeyCredential, error) {
	const what = "reading the application's certificates"
	for missing := 1; ; missing++ {
		app, err := t.read(ctx, t.c.at(byID(objectID), "$select", applicationSelect))
		if !notThere(err) {
			return app.Keys, t.remove(ctx, what, err)
		}
		if missing == goneHits {
			return nil, nil
		}
		if err := t.c.sleep(ctx, goneStep); err != nil {
			return nil, t.remove(ctx, what, err)
		}
	}
}

// RemoveServicePrincipal deletes the application's service principal for good:
// deleted, it would stay restorable for 30 days.
// https://learn.microsoft.com/graph/api/serviceprincipal-delete
func (t *Tenant) RemoveServicePrincipal(ctx context.Context, appID string) error {
	const what = "removing the service principal"
	id, err := t.principal(ctx, appID)
	if err != nil && !notThere(err) {
		return t.remove(ctx, what, err)
	}
	if err := t.erase(ctx, t.c.at("/servicePrincipals(appId="+quotePath(appID)+")")); err != nil {
		return t.remove(ctx, what, err)
	}
	deleted, err := t.deletedPrincipals(ctx, appID)
	if err != nil {
		return t.remove(ctx, what, err)
	}
	if id != "" && !slices.Contains(deleted, id) { // not listed yet
		deleted = append(deleted, id)
	}
	for _, id := range deleted {
		if err := t.erase(ctx, t.c.at(deletedItem(id))); err != nil {
			return t.remove(ctx, what, err)
		}
	}
	return nil
}

// deletedPrincipals gives the IDs of the application's deleted service
// principals: an earlier removal may have been cut short.
// https://learn.microsoft.com/graph/api/directory-deleteditems-list
func (t *Tenant) deletedPrincipals(ctx context.Context, appID string) (ids []string, err error) {
	for link := t.c.at("/directory/deletedItems/microsoft.graph.servicePrincipal", "$select", "id,appId"); link != ""; {
		p, err := readPage[models.ServicePrincipalable](ctx, t.c, link, nil, models.CreateServicePrincipalFromDiscriminatorValue)
		if err != nil {
			return nil, err
		}
		for _, sp := range p.items {
			if id := text(sp.GetId()); id != "" && strings.EqualFold(text(sp.GetAppId()), appID) {
				ids = append(ids, id)
			}
		}
		link = p.next
	}
	return ids, nil
}

// RemoveApplication deletes the application, which stays restorable.
// https://learn.microsoft.com/graph/api/application-delete
func (t *Tenant) RemoveApplication(ctx context.Context, objectID string) error {
	return t.remove(ctx, "removing the application", t.erase(ctx, t.c.at(byID(objectID))))
}

// PurgeApplication deletes a deleted application for good.
// https://learn.microsoft.com/graph/api/directory-deleteditems-delete
func (t *Tenant) PurgeApplication(ctx context.Context, objectID string) error {
	return t.remove(ctx, "removing the deleted application", t.erase(ctx, t.c.at(deletedItem(objectID))))
}

func deletedItem(id string) string { return "/directory/deletedItems/" + url.PathEscape(id) }

// remove translates what the removal met.
func (t *Tenant) remove(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	e := service.AsError(t.admin(ctx, what, err))
	switch e.Code {
	case service.CodeNotAdministrator:
		return &service.Error{Code: e.Code, Message: "The account that signed in may not remove the application.", Help: e.Help, Cause: err}
	case service.CodeReplication:
		return &service.Error{Code: e.Code, Message: "Microsoft 365 still shows what was removed.",
			Help: "Nothing was lost. Wait a few minutes and try again: it goes on where it stood.", Cause: err}
	}
	return e
}
