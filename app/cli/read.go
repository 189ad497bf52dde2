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

// eachOf gives each row of a list that is read page by page to do.
func eachOf[T any](read func(offset, limit int) ([]T, error), do func(T)) error {
	const limit = 1000
	for offset := 0; ; offset += limit {
		page, err := read(offset, limit)
		if err != nil {
			return err
		}
		for _, row := range page {
			do(row)
		}
		if len(page) < limit {
			return nil
		}
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
	SiteCount      int     `json:"site_count"`
	SubsiteCount   int     `json:"subsite_count"`
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
			ProtectedCount: counts.Protected, PeopleCount: counts.People, SiteCount: counts.Collections, SubsiteCount: counts.Subsites, ApplicationID: acc.AppID, GrantedBy: acc.GrantedBy,
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
		switch {
		case svc.PeopleCount > 0:
			targets = fmt.Sprintf("%d of %d people", svc.ProtectedCount, svc.PeopleCount)
		case svc.SiteCount > 0:
			targets = fmt.Sprintf("%d of %d sites", svc.ProtectedCount, svc.SiteCount)
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
	err := eachOf(func(offset, limit int) ([]service.Notification, error) {
		return a.Store.Notifications(ctx, offset, limit)
	}, func(n service.Notification) {
		list = append(list, notificationJSON{*stamp(n.Time), string(n.Severity), string(n.Service), n.Text, n.Detail, n.Read})
		rows = append(rows, []string{local(n.Time), n.Text, n.Detail})
	})
	if err != nil {
		return err
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
