package graph

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"cloudappsecurity/service"

	"github.com/google/uuid"
	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

// Tenant prepares the tenant's application with an administrator's delegated
// token.
type Tenant struct{ c *Client }

var _ service.Provisioner = (*Tenant)(nil)

const (
	// replicationTime is how long a new object may take until every copy of the
	// directory shows it: it comes and goes for seconds to minutes.
	replicationTime = 2 * time.Minute
	// replicationStep and replicationStepMost are the waits in between.
	replicationStep     = 500 * time.Millisecond
	replicationStepMost = 10 * time.Second
)

// eventually calls do until it succeeds or fails for another reason than a
// directory that lags behind.
func (c *Client) eventually(ctx context.Context, do func() error, lagging func(error) bool) error {
	until := c.now().Add(replicationTime)
	steps := newBackOff(replicationStep, replicationStepMost)
	told := false
	defer func() {
		if told {
			c.waiting("", time.Time{})
		}
	}()
	for {
		err := do()
		if err == nil || !lagging(err) {
			return err
		}
		delay := steps.NextBackOff()
		if c.now().Add(delay).After(until) {
			return &service.Error{Code: service.CodeReplication,
				Message: "Microsoft 365 did not show the prepared application in time.",
				Help:    "Nothing was lost. Wait a few minutes and try again: it goes on where it stood.", Cause: err}
		}
		told = true
		c.waiting(waitReplication, until)
		if err := c.sleep(ctx, delay); err != nil {
			return err
		}
	}
}

// notThere is a lagging directory as most requests meet it.
func notThere(err error) bool { return status(err) == 404 }

// changing is one in the middle of a change. 409 is a write that met another.
func changing(err error) bool { return status(err) == 404 || status(err) == 409 }

// admin translates what an administrator's request met.
func (t *Tenant) admin(ctx context.Context, what string, err error) error {
	if a := answer(err); a != nil && a.Status == 403 && a.is("Authorization_RequestDenied") {
		_ = t.c.fail(ctx, what, err) // for the log
		return &service.Error{Code: service.CodeNotAdministrator, Message: "The account that signed in may not prepare the application.",
			Help: "Sign in as a Global Administrator of this organization.", Cause: err}
	}
	return t.c.fail(ctx, what, err)
}

// Organization reads the tenant's name and default domain. Of the few
// properties that User.Read shows, these are three.
// https://learn.microsoft.com/graph/api/organization-list
func (t *Tenant) Organization(ctx context.Context) (service.Organization, error) {
	const what = "reading the organization"
	p, err := readPage[models.Organizationable](ctx, t.c, t.c.at("/organization", "$select", "id,displayName,verifiedDomains"),
		nil, models.CreateOrganizationFromDiscriminatorValue)
	if err != nil {
		return service.Organization{}, t.admin(ctx, what, err)
	}
	if len(p.items) == 0 || text(p.items[0].GetId()) == "" {
		return service.Organization{}, t.c.fail(ctx, what, errNoAnswer)
	}
	o := service.Organization{TenantID: text(p.items[0].GetId()), DisplayName: text(p.items[0].GetDisplayName())}
	for _, d := range p.items[0].GetVerifiedDomains() {
		if d != nil && d.GetIsDefault() != nil && *d.GetIsDefault() {
			o.DefaultDomain = text(d.GetName())
		}
	}
	return o, nil
}

// byName is the address of an application by its alternate key.
func (t *Tenant) byName(name string, query ...string) string {
	return t.c.at("/applications(uniqueName="+quotePath(name)+")", query...)
}

func byID(objectID string) string { return "/applications/" + url.PathEscape(objectID) }

// EnsureApplication creates, restores or updates the application.
// https://learn.microsoft.com/graph/api/application-upsert
func (t *Tenant) EnsureApplication(ctx context.Context, spec service.ApplicationSpec) (service.Application, error) {
	const what = "preparing the application"
	body, err := application(spec)
	if err != nil {
		return service.Application{}, t.c.fail(ctx, what, err)
	}
	var created, restored bool
	upsert := func() error {
		v, err := t.c.object(ctx, call{
			method: abs.PATCH, url: t.byName(spec.UniqueName), model: body,
			headers: map[string]string{headerPrefer: "create-if-missing"},
		}, models.CreateApplicationFromDiscriminatorValue)
		created = created || err == nil && v != nil // 201 has the application, 204 nothing
		return err
	}
	err = t.c.eventually(ctx, upsert, func(err error) bool { return changing(err) && !nameKept(err) })
	if nameKept(err) {
		if err = t.restore(ctx, spec.UniqueName); err == nil {
			restored = true
			err = t.c.eventually(ctx, upsert, func(err error) bool { return changing(err) || nameKept(err) })
		}
	}
	if err != nil {
		return service.Application{}, t.admin(ctx, what, err)
	}
	var app service.Application
	err = t.c.eventually(ctx, func() error {
		app, err = t.read(ctx, t.byName(spec.UniqueName, "$select", applicationSelect))
		return err
	}, notThere)
	if err != nil {
		return service.Application{}, t.admin(ctx, what, err)
	}
	app.Created, app.Restored = created && !restored, restored
	return app, nil
}

// application is the body of the upsert. keyCredentials are not part of it, so
// they stay.
//
// The redirect addresses are those of the web platform, for the consent page
// alone: the application signs in with a certificate and never as a public
// client, which the mobile and desktop platform would make of it. Plain http is
// allowed for localhost on that platform too, and the port is not compared.
// https://learn.microsoft.com/entra/identity-platform/reply-url#localhost-exceptions
func application(spec service.ApplicationSpec) (models.Applicationable, error) {
	app := models.NewApplication()
	app.SetDisplayName(&spec.DisplayName)
	audience := "AzureADMyOrg"
	app.SetSignInAudience(&audience)
	graph, role := service.GraphAppID, "Role"
	var wanted []models.ResourceAccessable
	for _, p := range spec.Permissions {
		id, err := uuid.Parse(p.ID)
		if err != nil {
			return nil, errors.New("the ID of a permission is not a GUID")
		}
		a := models.NewResourceAccess()
		a.SetId(&id)
		a.SetTypeEscaped(&role)
		wanted = append(wanted, a)
	}
	resource := models.NewRequiredResourceAccess()
	resource.SetResourceAppId(&graph)
	resource.SetResourceAccess(wanted)
	app.SetRequiredResourceAccess([]models.RequiredResourceAccessable{resource})
	web := models.NewWebApplication()
	web.SetRedirectUris(spec.RedirectURIs)
	app.SetWeb(web)
	return app, nil
}

// nameKept says whether a deleted application keeps the name, which it does for
// 30 days. Graph has no code for it, only the words "Another object with the
// same value for property uniqueName already exists."
// https://github.com/microsoftgraph/msgraph-bicep-types/issues/137
func nameKept(err error) bool {
	a := answer(err)
	if a == nil || a.Status != 400 && a.Status != 409 {
		return false
	}
	m := strings.ToLower(a.Message)
	return strings.Contains(m, "uniquename") && strings.Contains(m, "already exists")
}

// restore brings back the deleted application with that name. Its service
// principal does not come with it.
// https://learn.microsoft.com/graph/api/directory-deleteditems-restore
func (t *Tenant) restore(ctx context.Context, name string) error {
	// uniqueName is not among the properties documented as filterable, and
	// deleted applications are few: they are compared here.
	link := t.c.at("/directory/deletedItems/microsoft.graph.application", "$select", "id,uniqueName")
	id := ""
	for link != "" && id == "" {
		p, err := readPage[models.Applicationable](ctx, t.c, link, nil, models.CreateApplicationFromDiscriminatorValue)
		if err != nil {
			return err
		}
		for _, a := range p.items {
			if strings.EqualFold(text(a.GetUniqueName()), name) {
				id = text(a.GetId())
			}
		}
		link = p.next
	}
	if id == "" {
		return &service.Error{Code: service.CodeReplication,
			Message: "Microsoft 365 keeps the name of an application that was deleted, and does not show it.",
			Help:    "Wait a few minutes and try again. If it stays, restore or remove the deleted application in Microsoft Entra."}
	}
	return t.c.eventually(ctx, func() error {
		_, err := t.c.object(mayRepeat(ctx), call{method: abs.POST, url: t.c.at("/directory/deletedItems/" + url.PathEscape(id) + "/restore")},
			models.CreateDirectoryObjectFromDiscriminatorValue)
		if notThere(err) {
			return nil // restored already, by a POST whose answer was lost; the upsert tells
		}
		return err
	}, func(err error) bool { return status(err) == 409 })
}

// applicationSelect names what read reads. Graph gives the key of a certificate
// only for one application and only when it is selected.
// https://learn.microsoft.com/graph/api/resources/keycredential
const applicationSelect = "id,appId,uniqueName,keyCredentials"

// Application reads the application with its certificates. A new or restored
// one comes and goes for a while, so that 404 is believed only when it stays.
func (t *Tenant) Application(ctx context.Context, objectID string) (app service.Application, err error) {
	err = t.c.eventually(ctx, func() error {
		app, err = t.read(ctx, t.c.at(byID(objectID), "$select", applicationSelect))
		return err
	}, notThere)
	if err != nil {
		return service.Application{}, t.admin(ctx, "reading the application", err)
	}
	return app, nil
}

func (t *Tenant) read(ctx context.Context, address string) (service.Application, error) {
	v, err := t.c.object(ctx, call{method: abs.GET, url: address}, models.CreateApplicationFromDiscriminatorValue)
	if err != nil {
		return service.Application{}, err
	}
	a, ok := v.(models.Applicationable)
	if !ok {
		return service.Application{}, errNoAnswer
	}
	app := service.Application{ObjectID: text(a.GetId()), AppID: text(a.GetAppId()), UniqueName: text(a.GetUniqueName())}
	if app.ObjectID == "" || app.AppID == "" {
		return service.Application{}, errors.New("the application has no IDs")
	}
	for _, k := range a.GetKeyCredentials() {
		if k == nil {
			return service.Application{}, errors.New("a certificate is not an object")
		}
		app.Keys = append(app.Keys, keyCredential(k))
	}
	return app, nil
}

// EnsureServicePrincipal gives the application's service principal, made if
// there is none.
// https://learn.microsoft.com/graph/api/serviceprincipal-post-serviceprincipals
func (t *Tenant) EnsureServicePrincipal(ctx context.Context, appID string) (string, error) {
	const what = "preparing the service principal"
	id, err := t.principal(ctx, appID)
	if err == nil {
		return id, nil
	}
	if !notThere(err) {
		return "", t.admin(ctx, what, err)
	}
	body := models.NewServicePrincipal()
	body.SetAppId(&appID)
	err = t.c.eventually(ctx, func() error {
		// There is one service principal for an application: a second POST is
		// refused, and it is looked up below.
		v, err := t.c.object(mayRepeat(ctx), call{method: abs.POST, url: t.c.at("/servicePrincipals"), model: body},
			models.CreateServicePrincipalFromDiscriminatorValue)
		if err == nil {
			id, err = idOf(v)
		}
		return err
	}, unbacked)
	if status(err) == 409 || err != nil && status(err) == 400 && answer(err).is("Request_MultipleObjectsWithSameKeyValue") {
		// It is there: made by an earlier try whose answer was lost.
		err = t.c.eventually(ctx, func() error {
			id, err = t.principal(ctx, appID)
			return err
		}, notThere)
	}
	if err != nil {
		return "", t.admin(ctx, what, err)
	}
	return id, nil
}

// unbacked is a directory which does not show the new application yet: 400
// "does not reference a valid application object" (NoBackingApplicationObject),
// or 403 that speaks of the "backing application".
// https://github.com/hashicorp/terraform-provider-azuread waits for the same.
func unbacked(err error) bool {
	a := answer(err)
	if a == nil {
		return false
	}
	m := strings.ToLower(a.Message)
	switch a.Status {
	case 400:
		return a.is("NoBackingApplicationObject") || strings.Contains(m, "does not reference a valid application object")
	case 403:
		return strings.Contains(m, "backing application")
	default:
		return a.Status == 404
	}
}

func (t *Tenant) principal(ctx context.Context, appID string) (string, error) {
	v, err := t.c.object(ctx, call{method: abs.GET, url: t.c.at("/servicePrincipals(appId="+quotePath(appID)+")", "$select", "id,appId")},
		models.CreateServicePrincipalFromDiscriminatorValue)
	if err != nil {
		return "", err
	}
	return idOf(v)
}

func idOf(v serialization.Parsable) (string, error) {
	o, ok := v.(models.Entityable)
	if !ok || text(o.GetId()) == "" {
		return "", errNoAnswer
	}
	return text(o.GetId()), nil
}
