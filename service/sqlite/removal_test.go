package sqlite

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"cloudappsecurity/service"
)

// threeServices is a store of an organization with all services granted: ann
// and ben are known to Exchange Online and OneDrive, cid to OneDrive alone, dan
// to Exchange Online alone.
func threeServices(t *testing.T) *Store {
	t.Helper()
	ctx := context.Background()
	s := fresh(t)
	must(t, s.SaveOrganization(ctx, service.Organization{TenantID: "t", DisplayName: "Contoso", Option: service.OptionAll}))
	for _, svc := range service.Services() {
		must(t, s.SaveAccount(ctx, service.Account{Service: svc, TenantID: "t", State: service.StateGranted, AppObjectID: "o-" + string(svc), AppID: "a-" + string(svc),
			Certificate: service.Certificate{SealedKey: []byte("sealed")}, ProtectedAt: noon},
			service.Notification{Service: svc, Text: service.ProtectedText(svc), Key: "protected:" + string(svc)}))
		must(t, s.SaveDaily(ctx, service.DailyState{Service: svc, Days: []service.Day{"2026-11-26"}, Failures: 1}))
		must(t, s.SetSetting(ctx, "grant begun "+string(svc), "x"))
	}
	must(t, s.ApplyUsers(ctx, ex, page("", "d", "ann", "ben", "dan"), noon))
	must(t, s.ApplyUsers(ctx, service.OneDrive, page("", "d", "ann", "ben", "cid"), noon))
	for _, svc := range []service.Service{ex, service.OneDrive} {
		must(t, s.ApplyGroups(ctx, svc, service.GroupPage{Delta: "d", Groups: []service.Group{{ID: "g", DisplayName: "G"}, {ID: "only-" + string(svc), DisplayName: "Only"}},
			Members: []service.Membership{{GroupID: "g", MemberID: "ann"}}}, noon))
	}
	// As a first round of the other service leaves it: it saw only its own.
	_, err := s.w.Exec("DELETE FROM person_seen WHERE service = 'onedrive' AND person_id = 'dan'")
	must(t, err)
	_, err = s.w.Exec("DELETE FROM group_seen WHERE service = 'onedrive' AND group_id = 'only-exchange'")
	must(t, err)
	_, err = s.w.Exec("UPDATE person SET removed = 0; UPDATE directory_group SET removed = 0")
	must(t, err)
	must(t, s.SetDrive(ctx, "ann", service.DrivePresent, service.Drive{ID: "drive", URL: "https://x"}, noon))
	must(t, s.CoverAll(ctx, ex, noon))
	must(t, s.CoverAll(ctx, service.OneDrive, noon))
	_, err = s.w.Exec("DELETE FROM coverage WHERE (service, person_id) IN (('onedrive', 'dan'), ('exchange', 'cid'))")
	must(t, err)
	must(t, s.ApplySites(ctx, sp, service.SitePage{Delta: "d", Sites: append(beneath("hr", "hr1"), site("hr"))}, noon))
	must(t, s.CoverAllSites(ctx, sp, noon))
	return s
}

// rows counts the rows of s which belong to a service, by table.
func rows(t *testing.T, s *Store, of service.Service) string {
	t.Helper()
	var all []string
	for _, table := range ofService {
		var n int
		must(t, s.r.QueryRow("SELECT count(*) FROM "+table+" WHERE service = ?", of).Scan(&n))
		if n > 0 {
			all = append(all, fmt.Sprint(table, " ", n))
		}
	}
	return strings.Join(all, ", ")
}

func list(t *testing.T, s *Store, query string) string {
	t.Helper()
	r, err := s.r.Query(query)
	must(t, err)
	defer r.Close()
	var all []string
	for r.Next() {
		var x string
		must(t, r.Scan(&x))
		all = append(all, x)
	}
	must(t, r.Err())
	return strings.Join(all, " ")
}

func TestForgetLeavesTheOthers(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := threeServices(t)
	drive, sites := rows(t, s, service.OneDrive), rows(t, s, sp)
	must(t, s.Forget(ctx, ex, []string{"grant begun exchange"}, service.Notification{Text: "gone"}))
	if left := rows(t, s, ex); left != "" {
		t.Errorf("left of Exchange Online: %s", left)
	}
	if got := rows(t, s, service.OneDrive); got != drive {
		t.Errorf("of OneDrive there is %s, was %s", got, drive)
	}
	if got := rows(t, s, sp); got != sites {
		t.Errorf("of SharePoint Online there is %s, was %s", got, sites)
	}
	if got := list(t, s, "SELECT id FROM person ORDER BY id"); got != "ann ben cid" {
		t.Errorf("people %q", got)
	}
	if got := list(t, s, "SELECT id FROM directory_group ORDER BY id"); got != "g only-onedrive" {
		t.Errorf("groups %q", got)
	}
	if got := list(t, s, "SELECT key FROM setting WHERE key LIKE 'grant%' ORDER BY key"); got != "grant begun onedrive grant begun sharepoint" {
		t.Errorf("settings %q", got)
	}
	if d, err := s.DriveOf(ctx, "ann"); err != nil || d.ID != "drive" {
		t.Errorf("the drive of OneDrive is %+v, %v", d, err)
	}
	if n := get[[]service.Notification](t)(s.Notifications(ctx, 0, 9)); n[0].Text != "gone" || len(n) != 3 {
		t.Errorf("notifications %+v", n)
	}
	if o := get[service.Organization](t)(s.Organization(ctx)); o.Option != service.OptionAll {
		t.Errorf("option %q while others are granted", o.Option)
	}
	must(t, s.SaveAccount(ctx, service.Account{Service: ex, TenantID: "t", State: service.StateGranted},
		service.Notification{Service: ex, Text: "again", Key: "protected:exchange"}))
	if n := get[[]service.Notification](t)(s.Notifications(ctx, 0, 9)); n[0].Text != "again" {
		t.Errorf("a later grant could not say it again: %+v", n)
	}
}

func TestForgetTheLast(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := threeServices(t)
	must(t, s.Forget(ctx, service.OneDrive, nil))
	if got := list(t, s, "SELECT drive_state || drive_id || drive_url FROM person"); strings.TrimSpace(got) != "" {
		t.Errorf("drives of nobody's service: %q", got)
	}
	if got := list(t, s, "SELECT id FROM person ORDER BY id"); got != "ann ben dan" {
		t.Errorf("people %q", got)
	}
	must(t, s.Forget(ctx, ex, nil))
	if o := get[service.Organization](t)(s.Organization(ctx)); o.Option != service.OptionAll {
		t.Errorf("option %q with one left", o.Option)
	}
	must(t, s.Forget(ctx, sp, nil))
	for _, table := range []string{"person", "directory_group", "site", "account", "person_search"} {
		if got := list(t, s, "SELECT count(*) FROM "+table); got != "0" {
			t.Errorf("%s rows of %s are left", got, table)
		}
	}
	if o := get[service.Organization](t)(s.Organization(ctx)); o.Option != service.OptionNone || o.TenantID != "t" {
		t.Errorf("organization %+v", o)
	}
}

func TestForgetIsOneTransaction(t *testing.T) {
	t.Parallel()
	s := threeServices(t)
	before := rows(t, s, ex)
	err := s.Forget(context.Background(), ex, nil, service.Notification{Text: "x", Severity: "none of the severities"})
	if err == nil || rows(t, s, ex) != before || list(t, s, "SELECT id FROM person ORDER BY id") != "ann ben cid dan" {
		t.Errorf("%v: %s, was %s", err, rows(t, s, ex), before)
	}
}

func TestRemovalSurvives(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := threeServices(t)
	_, err := s.Removal(ctx, ex)
	wantCode(t, err, service.CodeNotFound, "")
	a := get[service.Account](t)(s.Account(ctx, ex))
	a.Problem, a.ProblemText = service.CodeConsentMissing, "x"
	must(t, s.SaveAccount(ctx, a))
	r := get[service.AccountRemoval](t)(s.BeginRemoval(ctx, ex, noon))
	if r.Service != ex || !r.BegunAt.Equal(noon) || r.Done != service.RemovalBegun {
		t.Errorf("begun: %+v", r)
	}
	if a := get[service.Account](t)(s.Account(ctx, ex)); a.State != service.StateRemoving || a.Granted() || a.Problem != "" || a.AppID != "a-exchange" {
		t.Errorf("account %+v", a)
	}
	for _, step := range []service.RemovalStep{service.RemovalPrincipal, service.RemovalApplication, service.RemovalPurge} {
		r.Done, r.By, r.Agreed = step, "Anna", true
		must(t, s.SaveRemoval(ctx, r))
		if got := get[service.AccountRemoval](t)(s.BeginRemoval(ctx, ex, noon.AddDate(0, 0, 1))); got != r {
			t.Errorf("begun again: %+v, want %+v", got, r)
		}
	}
	must(t, s.Forget(ctx, ex, nil))
	_, err = s.Removal(ctx, ex)
	wantCode(t, err, service.CodeNotFound, "")
	_, err = s.BeginRemoval(ctx, ex, noon)
	wantCode(t, err, service.CodeNotGranted, "no service account")
}
