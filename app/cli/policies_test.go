package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"cloudappsecurity/app"
	"cloudappsecurity/service"
)

// bakery is a data folder with two people, a nested group and a policy for it.
func bakery(t *testing.T) (dir string) {
	t.Helper()
	ctx := t.Context()
	dir = t.TempDir()
	a, err := app.Open(ctx, app.Config{DataDir: dir, Program: "test"})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 19, 14, 32, 0, 0, time.UTC)
	person := func(id string) service.Person {
		return service.Person{ID: id, UserPrincipalName: id + "@contoso.com", DisplayName: strings.ToUpper(id), Mailbox: service.MailboxUser}
	}
	steps := []func() error{
		func() error {
			return a.Store.ApplyUsers(ctx, service.ExchangeOnline, service.UserPage{People: []service.Person{person("ana"), person("bob")}, Delta: "d"}, now)
		},
		func() error {
			return a.Store.ApplyGroups(ctx, service.ExchangeOnline, service.GroupPage{Delta: "d",
				Groups:  []service.Group{{ID: "staff", DisplayName: "Staff"}, {ID: "bakers", DisplayName: "Bakers"}},
				Members: []service.Membership{{GroupID: "staff", MemberID: "bakers", IsGroup: true}, {GroupID: "bakers", MemberID: "ana"}}}, now)
		},
		func() error { return a.Store.CoverAll(ctx, service.ExchangeOnline, now) },
		func() error {
			_, err := a.Store.SavePolicy(ctx, service.Policy{Service: service.ExchangeOnline, Kind: service.ThreatProtection, Name: "Strict", On: true,
				Targets:    []service.PolicyTarget{{Kind: service.TargetGroup, ID: "staff", Name: "Staff"}},
				Exclusions: []service.PolicyTarget{{Kind: service.TargetUser, ID: "bob", Name: "BOB"}}})
			return err
		},
		a.Close,
	}
	for i, step := range steps {
		if err := step(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
	return dir
}

func run(t *testing.T, v any, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Run(context.Background(), Streams{In: strings.NewReader(""), Out: &out, Err: &errs, Getenv: func(string) string { return "" }}, args)
	if v != nil {
		if err := json.Unmarshal(out.Bytes(), v); err != nil {
			t.Fatalf("%v: %s%s", err, out.String(), errs.String())
		}
	}
	return out.String(), errs.String(), code
}

func TestPoliciesAreListed(t *testing.T) {
	t.Parallel()
	dir := bakery(t)
	var all []policyJSON
	if _, stderr, code := run(t, &all, "policies", "--json", "--data-dir", dir); code != ExitOK {
		t.Fatalf("%d: %s", code, stderr)
	}
	if len(all) != 13 {
		t.Errorf("%d policies; the defaults are 12", len(all))
	}
	var some []policyJSON
	run(t, &some, "policies", "--kind", "atp", "exchange", "--json", "--data-dir", dir)
	var names []string
	for i, p := range some {
		names = append(names, p.Name)
		if p.Priority != i+1 || p.Targets == nil || p.Exclusions == nil || p.Service != "exchange" || p.Kind != "atp" {
			t.Errorf("%+v", p)
		}
	}
	if got := strings.Join(names, ", "); got != "Strict, Default ATP policy (monitor only), Default ATP policy" {
		t.Errorf("listed %s", got)
	}
	stdout, _, _ := run(t, nil, "policies", "exchange", "--data-dir", dir)
	for _, want := range []string{"Strict", "Staff", "BOB", "Default DLP policy (monitor only)"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q isn't in:\n%s", want, stdout)
		}
	}
}

func TestWhoGetsWhichPolicy(t *testing.T) {
	t.Parallel()
	dir := bakery(t)
	var answers []whoJSON
	if _, stderr, code := run(t, &answers, "policies", "who", "--kind=atp", "ANA@contoso.com", "--service", "exchange", "--json", "--data-dir", dir); code != ExitOK {
		t.Fatalf("%d: %s", code, stderr)
	}
	if len(answers) != 1 || answers[0].Policy != "Strict" || !answers[0].Protected || answers[0].PolicyID == nil || !strings.Contains(answers[0].Reason, "the group Staff") {
		t.Errorf("%+v", answers)
	}
	run(t, &answers, "policies", "who", "bob@contoso.com", "--json", "--data-dir", dir)
	if len(answers) != 4 { // both kinds, Exchange Online and OneDrive
		t.Fatalf("%+v", answers)
	}
	if a := answers[0]; a.Policy != "Default ATP policy (monitor only)" || len(a.Passed) != 1 || a.Passed[0].Policy != "Strict" {
		t.Errorf("%+v", a)
	}
	for line, want := range map[string]int{
		"nobody@contoso.com": ExitFailure, "nonsense": ExitTargets, "https://contoso.sharepoint.com/sites/none": ExitFailure,
	} {
		stdout, stderr, code := run(t, nil, "policies", "who", line, "--data-dir", dir)
		if code != want || stdout != "" || !strings.HasPrefix(stderr, "casctl: ") {
			t.Errorf("%s: %d, %q, %q", line, code, stdout, stderr)
		}
	}
	stdout, _, _ := run(t, nil, "policies", "who", "bob@contoso.com", "--data-dir", dir)
	if !strings.Contains(stdout, "It does not name this target.") || !strings.HasPrefix(stdout, "BOB (bob@contoso.com)") {
		t.Error(stdout)
	}
}
