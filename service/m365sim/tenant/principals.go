package tenant

import (
	"slices"
	"strings"
	"time"
)

func (r *appRegistry) principal(key string) *ServicePrincipal {
	for _, sp := range r.Principals {
		if sp.Deleted.IsZero() && (strings.EqualFold(sp.ID, key) || strings.EqualFold(sp.AppID, key)) {
			return sp
		}
	}
	return nil
}

// ServicePrincipal finds a service principal by object id or appId, whether or
// not it was replicated.
func (t *Tenant) ServicePrincipal(key string) (ServicePrincipal, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	sp := t.apps.principal(key)
	if sp == nil {
		return ServicePrincipal{}, false
	}
	return sp.copy(), true
}

// VisibleServicePrincipals are those that Graph shows by now.
func (t *Tenant) VisibleServicePrincipals() (list []ServicePrincipal) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, sp := range t.apps.Principals {
		if sp.Deleted.IsZero() && t.Replicated(GraphServicePrincipal, sp.ID, sp.Created) {
			list = append(list, sp.copy())
		}
	}
	return list
}

// SignInServicePrincipal finds a service principal, by appId, as sign-in sees
// it.
func (t *Tenant) SignInServicePrincipal(appID string) (ServicePrincipal, bool) {
	sp, ok := t.ServicePrincipal(appID)
	return sp, ok && t.Replicated(identityServicePrincipal, sp.ID, sp.Created)
}

// CreateServicePrincipal makes an application usable in the tenant. It returns
// ErrNotBacked while the application isn't replicated, and ErrExists if there
// is one already.
func (t *Tenant) CreateServicePrincipal(appID string) (result ServicePrincipal, err error) {
	err = t.change(func(now time.Time) error {
		a := t.apps.live(func(a *application) bool { return strings.EqualFold(a.AppID, appID) })
		if a == nil || !t.Replicated(GraphApplication, a.ID, a.Since) {
			return ErrNotBacked
		}
		if t.apps.principal(appID) != nil {
			return ErrExists
		}
		result = t.addPrincipal(a, now).copy()
		return nil
	})
	return result, err
}

func (t *Tenant) addPrincipal(a *application, now time.Time) *ServicePrincipal {
	owner := t.guid("tenant", "home")
	if a.FirstParty {
		owner = microsoftTenantID
	}
	sp := &ServicePrincipal{
		ID: t.nextID("service principal"), AppID: a.AppID, DisplayName: a.DisplayName, OwnerTenantID: owner, Enabled: true, Created: now,
	}
	t.apps.Principals = append(t.apps.Principals, sp)
	return sp
}

// dropPrincipal deletes a service principal with what it was consented to.
func (t *Tenant) dropPrincipal(sp *ServicePrincipal, now time.Time) {
	sp.Deleted, sp.Assignments = now, nil
	t.apps.Grants = slices.DeleteFunc(t.apps.Grants, func(g *DelegatedGrant) bool { return g.ClientID == sp.ID })
}

// SetServicePrincipalEnabled lets an application sign in or not.
func (t *Tenant) SetServicePrincipalEnabled(id string, enabled bool) error {
	return t.changePrincipal(id, func(sp *ServicePrincipal, _ time.Time) { sp.Enabled = enabled })
}

// DeleteServicePrincipal deletes a service principal by its object id.
func (t *Tenant) DeleteServicePrincipal(id string) error {
	return t.changePrincipal(id, t.dropPrincipal)
}

func (t *Tenant) changePrincipal(id string, f func(*ServicePrincipal, time.Time)) error {
	return t.change(func(now time.Time) error {
		sp := t.apps.principal(id)
		if sp == nil {
			return ErrNotFound
		}
		if sp.AppID == GraphAppID {
			return ErrNotDeletable
		}
		f(sp, now)
		return nil
	})
}

// ConsentApplication is what an administrator's Accept does: the application
// gets each permission that it asks for, and a service principal if it has
// none. Asking for something that does not exist is ErrUnknownRole.
func (t *Tenant) ConsentApplication(appID string) error {
	return t.change(func(now time.Time) error {
		a := t.apps.live(func(a *application) bool { return strings.EqualFold(a.AppID, appID) })
		if a == nil {
			return ErrNotFound
		}
		roles, scopes, err := askedOf(a.RequiredResources)
		if err != nil {
			return err
		}
		sp := t.apps.principal(appID)
		if sp == nil {
			sp = t.addPrincipal(a, now)
		}
		graph := t.apps.principal(GraphAppID).ID
		for _, role := range roles {
			held := func(r RoleAssignment) bool { return r.RoleID == role.ID }
			if !slices.ContainsFunc(sp.Assignments, held) {
				sp.Assignments = append(sp.Assignments, RoleAssignment{ID: t.nextID("assignment"), RoleID: role.ID, ResourceID: graph, Created: now})
				sp.ConsentChanged = now
			}
		}
		if len(scopes) > 0 {
			t.grant(sp, "", scopes)
		}
		return nil
	})
}

// askedOf sorts the permissions that an application asks for.
func askedOf(resources []RequiredResource) (roles []Permission, scopes []string, err error) {
	for _, resource := range resources {
		for _, access := range resource.ResourceAccess {
			role, isRole := GraphRole(access.ID)
			scope, isScope := GraphScope(access.ID)
			switch {
			case resource.ResourceAppID != GraphAppID:
				return nil, nil, ErrUnknownRole
			case access.Type == "Role" && isRole:
				roles = append(roles, role)
			case access.Type == "Scope" && isScope:
				scopes = append(scopes, scope.Value)
			default:
				return nil, nil, ErrUnknownRole
			}
		}
	}
	return roles, scopes, nil
}

// RevokeConsent takes all permissions of an application back.
func (t *Tenant) RevokeConsent(appID string) error {
	return t.changePrincipal(appID, func(sp *ServicePrincipal, now time.Time) {
		sp.Assignments, sp.ConsentChanged = nil, now
		t.apps.Grants = slices.DeleteFunc(t.apps.Grants, func(g *DelegatedGrant) bool { return g.ClientID == sp.ID })
	})
}

// GrantedRoles are the app roles (their values) that an application holds.
func (t *Tenant) GrantedRoles(appID string) (values []string) {
	sp, ok := t.ServicePrincipal(appID)
	if !ok {
		return nil
	}
	for _, a := range sp.Assignments {
		if role, ok := GraphRole(a.RoleID); ok {
			values = append(values, role.Value)
		}
	}
	return values
}

// SignInRoles are the app roles that a token of the application carries: none
// while the consent isn't replicated.
func (t *Tenant) SignInRoles(appID string) []string {
	sp, ok := t.ServicePrincipal(appID)
	if !ok || !t.Replicated(identityConsent, sp.ID, sp.ConsentChanged) {
		return nil
	}
	return t.GrantedRoles(appID)
}

// ConsentDelegated records what an application may do for a user, or for all
// users if userID is "". Its service principal is created if there is none.
func (t *Tenant) ConsentDelegated(appID, userID string, scopes []string) error {
	return t.change(func(now time.Time) error {
		a := t.apps.live(func(a *application) bool { return strings.EqualFold(a.AppID, appID) })
		if a == nil {
			return ErrNotFound
		}
		for _, scope := range scopes {
			if _, ok := GraphScope(scope); !ok {
				return ErrUnknownRole
			}
		}
		sp := t.apps.principal(appID)
		if sp == nil {
			sp = t.addPrincipal(a, now)
		}
		t.grant(sp, userID, scopes)
		return nil
	})
}

func (t *Tenant) grant(sp *ServicePrincipal, userID string, scopes []string) {
	i := slices.IndexFunc(t.apps.Grants, func(g *DelegatedGrant) bool { return g.ClientID == sp.ID && g.UserID == userID })
	if i < 0 {
		kind := "Principal"
		if userID == "" {
			kind = "AllPrincipals"
		}
		i = len(t.apps.Grants)
		t.apps.Grants = append(t.apps.Grants, &DelegatedGrant{ID: t.nextID("grant"), ClientID: sp.ID, AppID: sp.AppID, ConsentType: kind, UserID: userID})
	}
	for _, scope := range scopes {
		p, _ := GraphScope(scope)
		if !slices.Contains(t.apps.Grants[i].Scopes, p.Value) {
			t.apps.Grants[i].Scopes = append(t.apps.Grants[i].Scopes, p.Value)
		}
	}
}

// DelegatedScopes are the scopes that an application may have for a user, by
// the user's own consent or one for all.
func (t *Tenant) DelegatedScopes(appID, userID string) (scopes []string) {
	for _, g := range t.DelegatedGrants() {
		if strings.EqualFold(g.AppID, appID) && (g.UserID == "" || g.UserID == userID) {
			for _, s := range g.Scopes {
				if !slices.Contains(scopes, s) {
					scopes = append(scopes, s)
				}
			}
		}
	}
	return scopes
}

// DelegatedGrants are all oauth2PermissionGrants of the tenant.
func (t *Tenant) DelegatedGrants() (list []DelegatedGrant) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, g := range t.apps.Grants {
		c := *g
		c.Scopes = slices.Clone(g.Scopes)
		list = append(list, c)
	}
	return list
}

// DeletedServicePrincipals are those that can be restored.
func (t *Tenant) DeletedServicePrincipals() (list []ServicePrincipal) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, sp := range t.apps.Principals {
		if !sp.Deleted.IsZero() {
			list = append(list, sp.copy())
		}
	}
	return list
}

// PurgeServicePrincipal deletes a deleted service principal for good.
func (t *Tenant) PurgeServicePrincipal(id string) error {
	return t.change(func(time.Time) error {
		n := len(t.apps.Principals)
		t.apps.Principals = slices.DeleteFunc(t.apps.Principals, func(sp *ServicePrincipal) bool { return sp.ID == id && !sp.Deleted.IsZero() })
		if len(t.apps.Principals) == n {
			return ErrNotFound
		}
		return nil
	})
}
