package graphapi

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// SharePoint counts what an application asks for in resource units a minute,
// and how many there are grows with the tenant. RateLimit headers come from 80 %
// of use, with application permissions only; refused requests count too.
// https://learn.microsoft.com/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online
const (
	unitsPerMinute = 1200 // of tenants with up to 1,000 licences
	unitWindow     = time.Minute
	unitsShown     = 80 // percent
)

// usage counts units by application.
type usage struct {
	mu   sync.Mutex
	apps map[string]*spent
}

type spent struct {
	since time.Time
	units int
}

// charge counts units and gives what was used in the running window, and when
// that ends.
func (u *usage) charge(app string, units int, now time.Time) (used int, reset time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	s := u.apps[app]
	if s == nil || now.Sub(s.since) >= unitWindow || now.Before(s.since) {
		s = &spent{since: now}
		u.apps[app] = s
	}
	s.units += units
	return s.units, s.since.Add(unitWindow).Sub(now)
}

// unitLimit is how many units an application has a minute.
func (a *api) unitLimit() int {
	if a.SharePointUnits != nil {
		if n := a.SharePointUnits(); n > 0 {
			return n
		}
	}
	for i, licences := range []int{1000, 5000, 15000, 50000} {
		if a.Tenant.CountUsers() <= licences {
			return unitsPerMinute * (i + 1)
		}
	}
	return unitsPerMinute * 5
}

// spend charges a request to the caller. It gives the RateLimit headers, which
// may be none, and a refusal if too much was used.
func (a *api) spend(c Caller, r *route) (headers map[string]string, failed *failure) {
	if r.units == 0 || c.UserID != "" {
		return nil, nil
	}
	limit := a.unitLimit()
	used, reset := a.usage.charge(c.AppID, r.units, a.Now())
	if used*100 < limit*unitsShown {
		return nil, nil
	}
	seconds := strconv.Itoa(int((reset + time.Second - 1) / time.Second))
	headers = map[string]string{
		"RateLimit-Limit": strconv.Itoa(limit), "RateLimit-Remaining": strconv.Itoa(max(limit-used, 0)), "RateLimit-Reset": seconds,
	}
	if used <= limit {
		return headers, nil
	}
	f := fail(http.StatusTooManyRequests, "activityLimitReached", "The app or user has been throttled.")
	f.header = map[string]string{"Retry-After": seconds}
	return headers, f
}
