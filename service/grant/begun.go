package grant

import (
	"context"
	"encoding/json"

	"cloudappsecurity/service"
)

// begun is who began a grant and where, which only the administrator's sign-in
// tells. It is kept from before the consent until the grant is stored: a program
// that is killed after Accept finds the token without a browser, and still has
// to know these.
type begun struct {
	AppID         string `json:"app_id"`
	TenantID      string `json:"tenant_id"`
	Organization  string `json:"organization"`
	DefaultDomain string `json:"default_domain"`
	By            string `json:"by"`
	ByUPN         string `json:"by_upn"`
}

func begunKey(s service.Service) string { return "grant begun " + string(s) }

// remember keeps what the sign-in told.
func (r *session) remember(ctx context.Context) error {
	b, err := json.Marshal(begun{r.account.AppID, r.org.TenantID, r.org.DisplayName, r.org.DefaultDomain, r.admin.DisplayName, r.admin.UserPrincipalName})
	if err != nil {
		return err
	}
	return r.g.c.Accounts.SetSetting(ctx, begunKey(r.service), string(b))
}

// recall gives back what remember kept, if it belongs to the account. Without it
// a grant that was never stored can't be finished without a browser.
func (r *session) recall(ctx context.Context) (known bool, err error) {
	if r.account.Granted() && r.org.TenantID != "" {
		return true, nil
	}
	text, err := r.g.c.Accounts.Setting(ctx, begunKey(r.service))
	if err != nil {
		return false, err
	}
	if !json.Valid([]byte(text)) { // there is none
		return false, nil
	}
	var b begun
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return false, err
	}
	if b.AppID != r.account.AppID || b.TenantID != r.account.TenantID || b.TenantID == "" {
		return false, nil
	}
	if r.org.TenantID == "" {
		r.org = service.Organization{TenantID: b.TenantID, DisplayName: b.Organization, DefaultDomain: b.DefaultDomain}
	}
	r.admin = service.Administrator{TenantID: b.TenantID, DisplayName: b.By, UserPrincipalName: b.ByUPN}
	return true, nil
}
