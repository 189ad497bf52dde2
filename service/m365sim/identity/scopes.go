package identity

import (
	"slices"
	"strings"

	"cloudappsecurity/service/m365sim/tenant"
)

const (
	graphResource = "https://graph.microsoft.com"
	singleTenant  = "AzureADMyOrg"
)

// scopes is what a program asks for: each permission as it was written, and
// by its name.
type scopes struct {
	written map[string]string // name → as written
	names   []string
	all     bool // .default: what the application is registered for
}

// has reports whether the permission was asked for.
func (s scopes) has(name string) bool { return slices.Contains(s.names, name) }

// parseScopes reads the scope parameter. A client of another cloud asks for
// permissions by the address of that cloud's Graph, so ours counts too.
func (s *Server) parseScopes(raw, appName, directory string) (scopes, *failure) {
	out := scopes{written: map[string]string{}}
	specific := false
	for text := range strings.FieldsSeq(raw) {
		resource, name := graphResource, text
		if i := strings.LastIndex(text, "/"); i >= 0 {
			resource, name = strings.TrimSuffix(text[:i], "/"), text[i+1:]
		}
		if resource != graphResource && resource != s.graph && resource != tenant.GraphAppID {
			return out, fail(500011, invalidResource, "The resource principal named %s was not found in the tenant named %s. "+
				"This can happen if the application has not been installed by the administrator of the tenant "+
				"or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.", resource, directory)
		}
		if name == ".default" {
			out.all = true
			out.written[name] = text
			continue
		}
		p, ok := findScope(name)
		if !ok {
			return out, fail(650053, invalidClient, "The application '%s' asked for scope '%s' that doesn't exist on the resource '%s'. "+
				"Contact the app vendor.", appName, name, tenant.GraphAppID)
		}
		specific = specific || !signInScope(p.Value)
		out.written[p.Value] = text
		if !out.has(p.Value) {
			out.names = append(out.names, p.Value)
		}
	}
	if out.all && specific {
		return out, fail(70011, invalidScope, "The provided request must include a 'scope' input parameter. "+
			"The provided value for the input parameter 'scope' is not valid. .default scope can't be combined with resource-specific scopes.")
	}
	return out, nil
}

// findScope finds a delegated permission by name, in any case as Entra does.
func findScope(name string) (tenant.Permission, bool) {
	for _, p := range tenant.GraphScopes() {
		if strings.EqualFold(p.Value, name) {
			return p, true
		}
	}
	return tenant.Permission{}, false
}

// signInScope reports whether the scope is one of OpenID Connect's.
func signInScope(name string) bool {
	switch name {
	case "openid", "profile", "email", "offline_access":
		return true
	}
	return false
}

// wanted are the permissions that a flow needs a consent for.
func (s *Server) wanted(app tenant.Application, asked scopes) []string {
	names := slices.Clone(asked.names)
	if asked.all {
		for _, resource := range app.RequiredResources {
			for _, access := range resource.ResourceAccess {
				if p, ok := tenant.GraphScope(access.ID); ok && access.Type == "Scope" && !slices.Contains(names, p.Value) {
					names = append(names, p.Value)
				}
			}
		}
	}
	return names
}

// granted are the delegated permissions that were consented to. s.mu is held.
func (s *Server) granted(app tenant.Application, a tenant.Account) []string {
	if a.TenantID == s.tenant.ID() {
		return s.tenant.DelegatedScopes(app.AppID, a.ID)
	}
	return s.abroad[a.ID+" "+app.AppID]
}

func missing(wanted, granted []string) (list []string) {
	for _, name := range wanted {
		if !slices.Contains(granted, name) {
			list = append(list, name)
		}
	}
	return list
}
