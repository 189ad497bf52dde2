package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"cloudappsecurity/app"
	"cloudappsecurity/service"
)

// read opens the data folder for reading, beside whoever writes.
func (c *command) read(ctx context.Context, f func(*app.App) error) (err error) {
	c.config.ReadOnly = true
	a, err := app.Open(ctx, c.config)
	if err != nil {
		return err
	}
	defer closing(a, &err)
	return f(a)
}

// closing closes a. That it failed is told unless something else did before.
func closing(a *app.App, err *error) {
	if failed := a.Close(); *err == nil {
		*err = failed
	}
}

type statusJSON struct {
	DataDir      string            `json:"data_dir"`
	Demo         bool              `json:"demo"`
	Organization *organizationJSON `json:"organization"`
	Services     []serviceJSON     `json:"services"`
	Unread       int               `json:"unread_notifications"`
}

type organizationJSON struct {
	TenantID      string `json:"tenant_id"`
	DisplayName   string `json:"display_name"`
	DefaultDomain string `json:"default_domain"`
	Option        string `json:"option"`
}

type serviceJSON struct {
	Service        string  `json:"service"`
	Name           string  `json:"name"`
	State          string  `json:"state"`
	StateText      string  `json:"state_text"`
	ProtectedCount int     `json:"protected_count"`
	PeopleCount    int     `json:"people_count"`
	ApplicationID  string  `json:"application_id,omitempty"`
	GrantedBy      string  `json:"granted_by,omitempty"`
	GrantedAt      *string `json:"granted_at"`
	SyncedAt       *string `json:"synchronized_at"`
	ProtectedAt    *string `json:"protected_at"`
	CertificateEnd *string `json:"certificate_not_after"`
	Problem        string  `json:"problem,omitempty"`
	ProblemText    string  `json:"problem_text,omitempty"`
}

func (c *command) status() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show what is granted and protected",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.read(cmd.Context(), func(a *app.App) error {
				s, err := readStatus(cmd.Context(), a)
				if err != nil {
					return err
				}
				if c.json {
					c.print(s)
					return nil
				}
				c.printStatus(s)
				return nil
			})
		},
	}
}

func readStatus(ctx context.Context, a *app.App) (statusJSON, error) {
	s := statusJSON{DataDir: a.Folder.Dir(), Demo: a.Config.Demo}
	org, err := a.Store.Organization(ctx)
	switch {
	case err == nil:
		s.Organization = &organizationJSON{org.TenantID, org.DisplayName, org.DefaultDomain, string(org.Option)}
	case service.CodeOf(err) != service.CodeNotFound:
		return s, err
	}
	for _, svc := range service.Services() {
		acc, err := a.Store.Account(ctx, svc)
		if err != nil {
			return s, err
		}
		counts, err := a.Store.TargetCounts(ctx, svc)
		if err != nil {
			return s, err
		}
		s.Services = append(s.Services, serviceJSON{
			Service: string(svc), Name: svc.Name(), State: string(acc.State), StateText: acc.StateText(),
			ProtectedCount: counts.Protected, PeopleCount: counts.People, ApplicationID: acc.AppID, GrantedBy: acc.GrantedBy,
			GrantedAt: stamp(acc.GrantedAt), SyncedAt: stamp(acc.SyncedAt), ProtectedAt: stamp(acc.ProtectedAt),
			CertificateEnd: stamp(acc.Certificate.NotAfter), Problem: string(acc.Problem), ProblemText: acc.ProblemText,
		})
	}
	s.Unread, err = a.Store.Unread(ctx)
	return s, err
}

func (c *command) printStatus(s statusJSON) {
	name := "None yet"
	if s.Organization != nil {
		name = s.Organization.DisplayName + " (" + s.Organization.DefaultDomain + ")"
	}
	c.table([][]string{{"Data folder", s.DataDir}, {"Organization", name}, {"Unread notifications", fmt.Sprint(s.Unread)}})
	rows := [][]string{{}, {"SERVICE", "STATE", "TARGETS", "SYNCHRONIZED"}}
	for _, svc := range s.Services {
		targets, synced := "None", "None"
		if svc.PeopleCount > 0 {
			targets = fmt.Sprintf("%d of %d people", svc.ProtectedCount, svc.PeopleCount)
		}
		if svc.SyncedAt != nil {
			synced = *svc.SyncedAt
		}
		rows = append(rows, []string{svc.Name, svc.StateText, targets, synced})
	}
	c.table(rows)
	for _, svc := range s.Services {
		if svc.ProblemText != "" {
			fmt.Fprintf(c.Out, "\n%s: %s\n", svc.Name, printable(svc.ProblemText))
		}
	}
}

type targetJSON struct {
	ID                string `json:"id"`
	UserPrincipalName string `json:"user_principal_name"`
	DisplayName       string `json:"display_name"`
	Mailbox           string `json:"mailbox"`
	Protected         bool   `json:"protected"`
	Reason            string `json:"reason,omitempty"`
	Origin            string `json:"origin,omitempty"`
}

func (c *command) targets() *cobra.Command {
	return &cobra.Command{
		Use:   "targets [SERVICE]",
		Short: "List the targets and why somebody isn't protected",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			svc := service.ExchangeOnline
			if len(args) == 1 {
				var err error
				if svc, err = service.ParseService(args[0]); err != nil {
					return usageError{err}
				}
			}
			return c.read(cmd.Context(), func(a *app.App) error { return c.printTargets(cmd.Context(), a, svc) })
		},
	}
}

func (c *command) printTargets(ctx context.Context, a *app.App, svc service.Service) error {
	list := []targetJSON{}
	for {
		page, err := a.Store.Targets(ctx, svc, service.TargetQuery{Offset: len(list), Limit: 1000})
		if err != nil {
			return err
		}
		for _, t := range page {
			list = append(list, targetJSON{t.ID, t.UserPrincipalName, t.DisplayName, string(t.Mailbox), t.Protected, string(t.Reason), string(t.Origin)})
		}
		if len(page) < 1000 {
			break
		}
	}
	if c.json {
		c.print(list)
		return nil
	}
	if len(list) == 0 {
		fmt.Fprintln(c.Out, "No targets yet. Grant access first: casctl grant exchange --all")
		return nil
	}
	rows := [][]string{{"NAME", "USER PRINCIPAL NAME", "MAILBOX", "PROTECTED"}}
	for _, t := range list {
		protected := "Yes"
		if !t.Protected {
			protected = "No: " + service.Exclusion(t.Reason).Text()
		}
		rows = append(rows, []string{t.DisplayName, t.UserPrincipalName, t.Mailbox, protected})
	}
	c.table(rows)
	return nil
}

type notificationJSON struct {
	Time     string `json:"time"`
	Severity string `json:"severity"`
	Service  string `json:"service"`
	Text     string `json:"text"`
	Detail   string `json:"detail"`
	Read     bool   `json:"read"`
}

func (c *command) notifications() *cobra.Command {
	return &cobra.Command{
		Use:   "notifications",
		Short: "List the notifications, newest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.read(cmd.Context(), func(a *app.App) error { return c.printNotifications(cmd.Context(), a) })
		},
	}
}

func (c *command) printNotifications(ctx context.Context, a *app.App) error {
	list := []notificationJSON{}
	rows := [][]string{{"TIME", "NOTIFICATION", ""}}
	for {
		page, err := a.Store.Notifications(ctx, len(list), 200)
		if err != nil {
			return err
		}
		for _, n := range page {
			list = append(list, notificationJSON{*stamp(n.Time), string(n.Severity), string(n.Service), n.Text, n.Detail, n.Read})
			rows = append(rows, []string{local(n.Time), n.Text, n.Detail})
		}
		if len(page) < 200 {
			break
		}
	}
	switch {
	case c.json:
		c.print(list)
	case len(list) == 0:
		fmt.Fprintln(c.Out, "No notifications yet.")
	default:
		c.table(rows)
	}
	return nil
}
