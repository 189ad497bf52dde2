package m365sim

import (
	"net/http"

	"cloudappsecurity/service/m365sim/faults"
	"cloudappsecurity/service/m365sim/graphapi"
)

// graph is Microsoft Graph, for those who have a token of our sign-in.
func (s *Server) graph() http.Handler {
	return graphapi.New(graphapi.Options{
		Tenant: s.tenant, Now: s.serviceNow, Log: s.log, Rendered: s.rendered,
		BaseURL:           func() string { return s.info.Graph },
		ExpireDelta:       s.faults.ExpireDelta,
		CertificatePolicy: s.faults.CertificatePolicy,
		SharePointUnits:   s.faults.Units,
		Authenticate: func(r *http.Request) (graphapi.Caller, *graphapi.AuthError) {
			c, err := s.identity.Verify(r)
			if err != nil {
				return graphapi.Caller{}, &graphapi.AuthError{Message: err.Error()}
			}
			if c.UserID == "" && s.faults.On(faults.ConsentWithdrawn) {
				c.Roles = s.tenant.GrantedRoles(c.AppID)
			}
			return graphapi.Caller{AppID: c.AppID, TenantID: c.TenantID, UserID: c.UserID, Roles: c.Roles, Scopes: c.Scopes}, nil
		},
	})
}
