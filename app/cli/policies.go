package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"cloudappsecurity/app"
	"cloudappsecurity/service"
)

type policyTargetJSON struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

type policyJSON struct {
	ID          int64              `json:"id"`
	Service     string             `json:"service"`
	Kind        string             `json:"kind"`
	Priority    int                `json:"priority"`
	Name        string             `json:"name"`
	Description string             `json:"description"`
	On          bool               `json:"on"`
	Default     bool               `json:"default"`
	MonitorOnly bool               `json:"monitor_only"`
	AllTargets  bool               `json:"all_targets"`
	Targets     []policyTargetJSON `json:"targets"`
	Exclusions  []policyTargetJSON `json:"exclusions"`
	Version     int64              `json:"version"`
	ChangedAt   *string            `json:"changed_at"`
}

func policyTargets(list []service.PolicyTarget) []policyTargetJSON {
	out := []policyTargetJSON{}
	for _, t := range list {
		out = append(out, policyTargetJSON{string(t.Kind), t.ID, t.Name})
	}
	return out
}

// policyFlags are the flags of the commands about policies.
type policyFlags struct{ kind, service string }

func (f policyFlags) kinds() ([]service.PolicyKind, error) {
	switch k := service.PolicyKind(f.kind); k {
	case "":
		return []service.PolicyKind{service.ThreatProtection, service.DataLossPrevention}, nil
	case service.ThreatProtection, service.DataLossPrevention:
		return []service.PolicyKind{k}, nil
	default:
		return nil, usageError{fmt.Errorf("unknown kind %q: atp or dlp", f.kind)}
	}
}

func (c *command) policies() *cobra.Command {
	var f policyFlags
	cmd := &cobra.Command{
		Use:   "policies [SERVICE]",
		Short: "List the policies by priority; \"policies who\" tells who gets which",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			services := service.Services()
			if len(args) == 1 {
				svc, err := service.ParseService(args[0])
				if err != nil {
					return usageError{err}
				}
				services = []service.Service{svc}
			}
			kinds, err := f.kinds()
			if err != nil {
				return err
			}
			return c.read(cmd.Context(), func(a *app.App) error { return c.printPolicies(cmd.Context(), a, services, kinds) })
		},
	}
	who := &cobra.Command{
		Use:   "who UPN_OR_URL",
		Short: "Tell which policy a person or a site gets, and why",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			services, err := f.about(args[0])
			if err != nil {
				return err
			}
			kinds, err := f.kinds()
			if err != nil {
				return err
			}
			return c.read(cmd.Context(), func(a *app.App) error { return c.printWho(cmd.Context(), a, services, kinds, args[0]) })
		},
	}
	for _, each := range []*cobra.Command{cmd, who} {
		each.Flags().StringVar(&f.kind, "kind", "", "atp or dlp (default: both)")
	}
	who.Flags().StringVar(&f.service, "service", "", "one service (default: each whose targets are such)")
	cmd.AddCommand(who)
	return cmd
}

func (c *command) printPolicies(ctx context.Context, a *app.App, services []service.Service, kinds []service.PolicyKind) error {
	list := []policyJSON{}
	rows := [][]string{{"SERVICE", "KIND", "PRIORITY", "NAME", "ON", "TARGETS", "EXCLUSIONS"}}
	for _, svc := range services {
		for _, k := range kinds {
			all, err := a.Store.Policies(ctx, svc, k)
			if err != nil {
				return err
			}
			for _, p := range all {
				list = append(list, policyJSON{p.ID, string(svc), string(k), p.Priority, p.Name, p.Description, p.On, p.Default, p.MonitorOnly,
					p.Everyone, policyTargets(p.Targets), policyTargets(p.Exclusions), p.Version, stamp(p.ChangedAt)})
				on := map[bool]string{true: "On", false: "Off"}[p.On]
				if higher, never := service.NeverApplies(all, p); p.On && never {
					on = "On, but " + higher.Name + " takes all targets first"
				}
				rows = append(rows, []string{svc.Name(), strings.ToUpper(string(k)), fmt.Sprint(p.Priority), p.Name, on, whom(p), names(p.Exclusions)})
			}
		}
	}
	if c.json {
		c.print(list)
		return nil
	}
	c.table(rows)
	return nil
}

func whom(p service.Policy) string {
	if p.Everyone {
		return "All"
	}
	return names(p.Targets)
}

func names(list []service.PolicyTarget) string {
	var out []string
	for _, t := range list {
		out = append(out, t.Name)
	}
	if len(out) == 0 {
		return "None"
	}
	return strings.Join(out, ", ")
}

// about gives the services whose targets are such as the given one.
func (f policyFlags) about(address string) ([]service.Service, error) {
	if f.service != "" {
		svc, err := service.ParseService(f.service)
		if err != nil {
			return nil, usageError{err}
		}
		return []service.Service{svc}, nil
	}
	isSite := strings.Contains(address, "://")
	var services []service.Service
	for _, svc := range service.Services() {
		if svc.CoversSites() == isSite {
			services = append(services, svc)
		}
	}
	return services, nil
}

type passedJSON struct {
	Policy string `json:"policy"`
	Reason string `json:"reason"`
}

type whoJSON struct {
	Service      string       `json:"service"`
	Kind         string       `json:"kind"`
	Name         string       `json:"name"`
	Address      string       `json:"address"`
	Protected    bool         `json:"protected"`
	NotProtected string       `json:"not_protected,omitempty"`
	PolicyID     *int64       `json:"policy_id"`
	Policy       string       `json:"policy"`
	Reason       string       `json:"reason"`
	Passed       []passedJSON `json:"passed"`
}

func (c *command) printWho(ctx context.Context, a *app.App, services []service.Service, kinds []service.PolicyKind, address string) error {
	list := []whoJSON{}
	rows := [][]string{{"SERVICE", "KIND", "POLICY", "REASON"}}
	for _, svc := range services {
		for _, k := range kinds {
			answer, err := a.Policies.Who(ctx, svc, k, address)
			if err != nil {
				return err
			}
			m := answer.Match
			w := whoJSON{Service: string(svc), Kind: string(k), Name: answer.Name, Address: answer.Address, Protected: answer.NotProtected == service.ExclusionNone,
				NotProtected: string(answer.NotProtected), Policy: m.Policy.Name, Reason: m.Reason(), Passed: []passedJSON{}}
			name, reason := "None", m.Reason()
			if m.Found {
				w.PolicyID, name = &m.Policy.ID, m.Policy.Name
			}
			if !w.Protected {
				reason += " Not protected: " + answer.NotProtected.Text() + "."
			}
			rows = append(rows, []string{svc.Name(), strings.ToUpper(string(k)), name, reason})
			for _, p := range m.Passed {
				w.Passed = append(w.Passed, passedJSON{p.Policy.Name, p.Reason()})
				rows = append(rows, []string{"", "", "not " + p.Policy.Name, p.Reason()})
			}
			list = append(list, w)
		}
	}
	if c.json {
		c.print(list)
		return nil
	}
	fmt.Fprintf(c.Out, "%s (%s)\n\n", printable(list[0].Name), printable(list[0].Address))
	c.table(rows)
	return nil
}
