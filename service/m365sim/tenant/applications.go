package tenant

import (
	"slices"
	"strings"
	"time"
)

// appRegistry holds applications, their service principals and consents.
type appRegistry struct {
	Apps       []*application
	Principals []*ServicePrincipal
	Grants     []*DelegatedGrant
}

// application remembers what its redirect addresses were, which sign-in may go
// on to use for a while.
type application struct {
	Application
	Since            time.Time // created or restored
	RedirectsChanged time.Time
	OldWeb           []string
	OldPublic        []string
}

// Microsoft's own applications. They are registered in a tenant of Microsoft.
const microsoftTenantID = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"

// seedApplications registers what Microsoft brings along. The command line
// tools have no service principal before somebody consents to them.
func (t *Tenant) seedApplications() {
	t.apps = appRegistry{
		Apps: []*application{
			{Application: Application{
				ID: t.guid("application", "graph"), AppID: GraphAppID, DisplayName: "Microsoft Graph",
				SignInAudience: "AzureADMultipleOrgs", FirstParty: true,
			}},
			{Application: Application{
				ID: t.guid("application", "cli"), AppID: CommandLineToolsAppID, DisplayName: "Microsoft Graph Command Line Tools",
				SignInAudience: "AzureADandPersonalMicrosoftAccount", FallbackPublic: true, FirstParty: true,
				PublicRedirectURIs: []string{"http://localhost", "https://login.microsoftonline.com/common/oauth2/nativeclient"},
			}},
		},
		Principals: []*ServicePrincipal{{
			ID: t.guid("service principal", "graph"), AppID: GraphAppID, DisplayName: "Microsoft Graph",
			OwnerTenantID: microsoftTenantID, Enabled: true, Created: t.created.AddDate(-6, -2, -11),
		}},
	}
}

func (r *appRegistry) find(match func(*application) bool) *application {
	for _, a := range r.Apps {
		if match(a) {
			return a
		}
	}
	return nil
}

func (r *appRegistry) live(match func(*application) bool) *application {
	return r.find(func(a *application) bool { return a.Deleted.IsZero() && match(a) })
}

// Application finds a registered application by object id, appId or
// uniqueName, whether or not it was replicated. Deleted ones are not found.
func (t *Tenant) Application(key string) (Application, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	a := t.apps.live(func(a *application) bool {
		return key != "" && (strings.EqualFold(a.ID, key) || strings.EqualFold(a.AppID, key) || a.UniqueName == key)
	})
	if a == nil {
		return Application{}, false
	}
	return a.copy(), true
}

// VisibleApplications are the applications registered in this tenant that
// Graph shows by now.
func (t *Tenant) VisibleApplications() []Application {
	return t.listApplications(func(a *application) bool {
		return a.Deleted.IsZero() && t.Replicated(GraphApplication, a.ID, a.Since)
	})
}

// OwnApplications are all registered in this tenant, whether or not they were
// replicated.
func (t *Tenant) OwnApplications() []Application {
	return t.listApplications(func(a *application) bool { return a.Deleted.IsZero() })
}

// DeletedApplications are those that can be restored.
func (t *Tenant) DeletedApplications() []Application {
	return t.listApplications(func(a *application) bool { return !a.Deleted.IsZero() })
}

func (t *Tenant) listApplications(match func(*application) bool) (list []Application) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, a := range t.apps.Apps {
		if !a.FirstParty && match(a) {
			list = append(list, a.copy())
		}
	}
	return list
}

// UpsertApplication changes the application of that uniqueName, or creates it.
// It returns ErrNameTaken if a deleted application keeps the name.
func (t *Tenant) UpsertApplication(uniqueName string, edit func(*Application) error) (result Application, created bool, err error) {
	err = t.change(func(now time.Time) error {
		a := t.apps.find(func(a *application) bool { return uniqueName != "" && a.UniqueName == uniqueName })
		if a != nil && !a.Deleted.IsZero() {
			return ErrNameTaken
		}
		if a != nil {
			result, err = t.editApplication(a, edit, now)
			return err
		}
		created = true
		result, err = t.createApplication(uniqueName, edit, now)
		return err
	})
	return result, created, err
}

// CreateApplication registers an application, possibly without a uniqueName.
func (t *Tenant) CreateApplication(uniqueName string, edit func(*Application) error) (result Application, err error) {
	err = t.change(func(now time.Time) error {
		if uniqueName != "" && t.apps.find(func(a *application) bool { return a.UniqueName == uniqueName }) != nil {
			return ErrNameTaken
		}
		result, err = t.createApplication(uniqueName, edit, now)
		return err
	})
	return result, err
}

// UpdateApplication changes an application, found by its object id.
func (t *Tenant) UpdateApplication(id string, edit func(*Application) error) (result Application, err error) {
	err = t.change(func(now time.Time) error {
		a := t.apps.live(func(a *application) bool { return a.ID == id && !a.FirstParty })
		if a == nil {
			return ErrNotFound
		}
		result, err = t.editApplication(a, edit, now)
		return err
	})
	return result, err
}

func (t *Tenant) createApplication(uniqueName string, edit func(*Application) error, now time.Time) (Application, error) {
	a := &application{
		Application: Application{SignInAudience: "AzureADMyOrg", UniqueName: uniqueName, Created: now, Modified: now},
		Since:       now,
	}
	if err := edit(&a.Application); err != nil {
		return Application{}, err
	}
	a.ID, a.AppID = t.nextID("application"), t.nextID("appId")
	a.stampKeys(nil, now)
	t.apps.Apps = append(t.apps.Apps, a)
	return a.copy(), nil
}

func (t *Tenant) editApplication(a *application, edit func(*Application) error, now time.Time) (Application, error) {
	edited := a.copy()
	if err := edit(&edited); err != nil {
		return Application{}, err
	}
	if !slices.Equal(edited.WebRedirectURIs, a.WebRedirectURIs) || !slices.Equal(edited.PublicRedirectURIs, a.PublicRedirectURIs) {
		a.OldWeb, a.OldPublic, a.RedirectsChanged = a.WebRedirectURIs, a.PublicRedirectURIs, now
	}
	before := a.KeyCredentials
	edited.Modified = now
	a.Application = edited
	a.stampKeys(before, now)
	return a.copy(), nil
}

// stampKeys notes when certificates were added, from which their replication
// counts.
func (a *application) stampKeys(before []KeyCredential, now time.Time) {
	for i, k := range a.KeyCredentials {
		if !slices.ContainsFunc(before, func(b KeyCredential) bool { return b.KeyID == k.KeyID }) {
			a.KeyCredentials[i].Added = now
		}
	}
}

// DeleteApplication deletes an application, by object id, for 30 days. Its
// service principal is deleted with it.
func (t *Tenant) DeleteApplication(id string) error {
	return t.change(func(now time.Time) error {
		a := t.apps.live(func(a *application) bool { return a.ID == id })
		if a == nil {
			return ErrNotFound
		}
		if a.FirstParty {
			return ErrNotDeletable
		}
		a.Deleted = now
		if sp := t.apps.principal(a.AppID); sp != nil {
			t.dropPrincipal(sp, now)
		}
		return nil
	})
}

// RestoreApplication brings a deleted application back, without its service
// principal.
func (t *Tenant) RestoreApplication(id string) (result Application, err error) {
	err = t.change(func(now time.Time) error {
		a := t.apps.find(func(a *application) bool { return a.ID == id && !a.Deleted.IsZero() })
		if a == nil {
			return ErrNotFound
		}
		a.Deleted, a.Since = time.Time{}, now
		result = a.copy()
		return nil
	})
	return result, err
}

// PurgeApplication deletes a deleted application for good, which frees its
// uniqueName.
func (t *Tenant) PurgeApplication(id string) error {
	return t.change(func(time.Time) error {
		n := len(t.apps.Apps)
		t.apps.Apps = slices.DeleteFunc(t.apps.Apps, func(a *application) bool { return a.ID == id && !a.Deleted.IsZero() })
		if len(t.apps.Apps) == n {
			return ErrNotFound
		}
		return nil
	})
}

// SignInApplication finds an application as sign-in and consent see it: not
// before it was replicated there, with the certificates and the redirect
// addresses that were.
func (t *Tenant) SignInApplication(appID string) (Application, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	a := t.apps.live(func(a *application) bool { return strings.EqualFold(a.AppID, appID) })
	if a == nil || !t.Replicated(identityApplication, a.ID, a.Since) {
		return Application{}, false
	}
	c := a.copy()
	if !t.Replicated(identityRedirects, a.ID, a.RedirectsChanged) {
		c.WebRedirectURIs, c.PublicRedirectURIs = slices.Clone(a.OldWeb), slices.Clone(a.OldPublic)
	}
	c.KeyCredentials = slices.DeleteFunc(c.KeyCredentials, func(k KeyCredential) bool {
		return !t.Replicated(identityKey, k.KeyID, k.Added)
	})
	return c, true
}
