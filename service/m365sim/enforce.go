package m365sim

import (
	"slices"

	"cloudappsecurity/service/m365sim/faults"
	"cloudappsecurity/service/m365sim/tenant"
)

// enforce carries out the faults of what is registered in the tenant: when one
// is switched on, and after each change of the tenant. What it changes itself
// brings it back here, where nothing is left to do then.
func (s *Server) enforce() {
	if s.tenant == nil { // it is being made
		return
	}
	for _, app := range s.tenant.OwnApplications() {
		sp, found := s.tenant.ServicePrincipal(app.AppID)
		if !found {
			continue
		}
		s.enforceOn(app, sp)
	}
	if s.faults.On(faults.ApplicationDisabled) {
		return
	}
	s.mu.Lock()
	disabled := s.disabled
	s.disabled = nil
	s.mu.Unlock()
	for _, id := range disabled {
		s.tried(s.tenant.SetServicePrincipalEnabled(id, true))
	}
}

func (s *Server) enforceOn(app tenant.Application, sp tenant.ServicePrincipal) {
	switch {
	case s.faults.On(faults.ApplicationDeleted):
		s.tried(s.tenant.DeleteApplication(app.ID))
		return
	case s.faults.On(faults.PrincipalMissing):
		s.tried(s.tenant.DeleteServicePrincipal(sp.ID))
		return
	}
	if s.faults.On(faults.ConsentWithdrawn) && len(sp.Assignments) > 0 {
		s.tried(s.tenant.RevokeConsent(app.AppID))
	}
	if s.faults.On(faults.ApplicationDisabled) && sp.Enabled {
		s.mu.Lock()
		if !slices.Contains(s.disabled, sp.ID) {
			s.disabled = append(s.disabled, sp.ID)
		}
		s.mu.Unlock()
		s.tried(s.tenant.SetServicePrincipalEnabled(sp.ID, false))
	}
}

// tried notes a change that came too late: somebody else removed its object.
func (s *Server) tried(err error) {
	if err != nil {
		s.log.Debug("a fault had nothing left to do", "error", err)
	}
}
