package tenant_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"cloudappsecurity/service/m365sim/tenant"
)

func TestConsent(t *testing.T) {
	t.Parallel()
	o := newTenant(newClock(), 0, 0, 0)
	app, created, err := o.UpsertApplication("exchange", func(a *tenant.Application) error {
		a.DisplayName = "Exchange"
		a.RequiredResources = []tenant.RequiredResource{{ResourceAppID: tenant.GraphAppID, ResourceAccess: []tenant.ResourceAccess{
			{ID: "df021288-bdef-4463-88db-98f22de89214", Type: "Role"}, {ID: "e1fe6dd8-ba31-4d61-89e7-88639da4683d", Type: "Scope"},
		}}}
		return nil
	})
	if err != nil || !created {
		t.Fatal(err)
	}
	if _, found := o.ServicePrincipal(app.AppID); found {
		t.Error("a service principal by itself")
	}
	for range 2 { // twice changes nothing
		if err := o.ConsentApplication(app.AppID); err != nil {
			t.Fatal(err)
		}
		if roles := o.GrantedRoles(app.AppID); !slices.Equal(roles, []string{"User.Read.All"}) {
			t.Errorf("roles %v", roles)
		}
		if scopes := o.DelegatedScopes(app.AppID, "anybody"); !slices.Equal(scopes, []string{"User.Read"}) {
			t.Errorf("scopes %v", scopes)
		}
	}
	if err := o.RevokeConsent(app.AppID); err != nil || len(o.GrantedRoles(app.AppID)) != 0 || len(o.DelegatedGrants()) != 0 {
		t.Errorf("revoked: %v, %v", err, o.GrantedRoles(app.AppID))
	}
	wrong := func(a *tenant.Application) error {
		a.RequiredResources[0].ResourceAccess[0].Type = "Scope"
		return nil
	}
	if _, err := o.UpdateApplication(app.ID, wrong); err != nil {
		t.Fatal(err)
	}
	if err := o.ConsentApplication(app.AppID); !errors.Is(err, tenant.ErrUnknownRole) {
		t.Errorf("a role as scope: %v", err)
	}
}

func TestDelegatedConsent(t *testing.T) {
	t.Parallel()
	o := newTenant(newClock(), 0, 0, 0)
	if _, found := o.ServicePrincipal(tenant.CommandLineToolsAppID); found {
		t.Error("the command line tools are there before anybody consented")
	}
	admin, _ := o.Account(o.AdminUsername())
	if err := o.ConsentDelegated(tenant.CommandLineToolsAppID, admin.ID, []string{"User.Read", "Application.ReadWrite.All", "offline_access"}); err != nil {
		t.Fatal(err)
	}
	if scopes := o.DelegatedScopes(tenant.CommandLineToolsAppID, admin.ID); len(scopes) != 3 {
		t.Errorf("scopes %v", scopes)
	}
	if scopes := o.DelegatedScopes(tenant.CommandLineToolsAppID, "another"); len(scopes) != 0 {
		t.Errorf("scopes of another %v", scopes)
	}
	if _, found := o.ServicePrincipal(tenant.CommandLineToolsAppID); !found {
		t.Error("consent makes no service principal")
	}
	if err := o.ConsentDelegated(tenant.CommandLineToolsAppID, admin.ID, []string{"Everything"}); !errors.Is(err, tenant.ErrUnknownRole) {
		t.Errorf("an invented scope: %v", err)
	}
}

func TestReplicationAtSignIn(t *testing.T) {
	t.Parallel()
	c := newClock()
	o := newTenant(c, 0, 0, 0)
	app, _, err := o.UpsertApplication("exchange", func(a *tenant.Application) error {
		a.WebRedirectURIs = []string{"http://localhost/consent"}
		a.RequiredResources = []tenant.RequiredResource{{ResourceAppID: tenant.GraphAppID, ResourceAccess: []tenant.ResourceAccess{
			{ID: "df021288-bdef-4463-88db-98f22de89214", Type: "Role"},
		}}}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	c.setDelay(time.Minute)
	if _, seen := o.SignInApplication(app.AppID); seen {
		t.Error("seen at once")
	}
	c.pass(time.Minute)
	changed := func(a *tenant.Application) error {
		a.WebRedirectURIs = append(a.WebRedirectURIs, "http://localhost:1/consent")
		a.KeyCredentials = append(a.KeyCredentials, tenant.KeyCredential{KeyID: "k"})
		return nil
	}
	if _, err := o.UpdateApplication(app.ID, changed); err != nil {
		t.Fatal(err)
	}
	if err := o.ConsentApplication(app.AppID); err != nil {
		t.Fatal(err)
	}
	a, seen := o.SignInApplication(app.AppID)
	if !seen || len(a.WebRedirectURIs) != 1 || len(a.KeyCredentials) != 0 || len(o.SignInRoles(app.AppID)) != 0 {
		t.Errorf("at once: %+v", a)
	}
	if _, seen := o.SignInServicePrincipal(app.AppID); seen {
		t.Error("the service principal at once")
	}
	c.pass(time.Minute)
	a, seen = o.SignInApplication(app.AppID)
	if !seen || len(a.WebRedirectURIs) != 2 || len(a.KeyCredentials) != 1 || len(o.SignInRoles(app.AppID)) != 1 {
		t.Errorf("in the end: %+v", a)
	}
}
