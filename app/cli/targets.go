package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"cloudappsecurity/app"
	"cloudappsecurity/service"
	"cloudappsecurity/service/directory"
)

type targetJSON struct {
	ID                string  `json:"id"`
	UserPrincipalName string  `json:"user_principal_name"`
	DisplayName       string  `json:"display_name"`
	Mailbox           string  `json:"mailbox"`
	Drive             string  `json:"drive,omitempty"` // with OneDrive
	Protected         bool    `json:"protected"`
	Reason            string  `json:"reason,omitempty"`
	Origin            string  `json:"origin,omitempty"`
	GroupID           string  `json:"group_id,omitempty"`
	LastSeen          *string `json:"last_seen"`
}

type siteJSON struct {
	ID        string  `json:"id"`
	URL       string  `json:"url"`
	Title     string  `json:"title"`
	Protected bool    `json:"protected"`
	Reason    string  `json:"reason,omitempty"`
	Origin    string  `json:"origin,omitempty"`
	Subsites  int     `json:"subsite_count"`
	LastSeen  *string `json:"last_seen"`
}

// targetFlags are the flags of "targets".
type targetFlags struct{ filter, origin, search, csv string }

// query is what the flags ask for.
func (f targetFlags) query() (service.TargetQuery, error) {
	q := service.TargetQuery{Search: f.search}
	var wrongFilter, wrongOrigin error
	q.Filter, wrongFilter = service.ParseTargetFilter(f.filter)
	q.Origin, wrongOrigin = service.ParseOrigin(f.origin)
	if err := errors.Join(wrongFilter, wrongOrigin); err != nil {
		return q, usageError{err}
	}
	return q, nil
}

func (c *command) targets() *cobra.Command {
	var flags targetFlags
	cmd := &cobra.Command{
		Use:   "targets [SERVICE]",
		Short: "List the targets, people or sites, and why one isn't protected",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			svc := service.ExchangeOnline
			if len(args) == 1 {
				var err error
				if svc, err = service.ParseService(args[0]); err != nil {
					return usageError{err}
				}
			}
			q, err := flags.query()
			if err != nil {
				return err
			}
			return c.read(cmd.Context(), func(a *app.App) error {
				if flags.csv != "" {
					return c.exportTargets(cmd.Context(), a, svc, q, flags.csv)
				}
				if svc.CoversSites() {
					return c.printSites(cmd.Context(), a, svc, q)
				}
				return c.printTargets(cmd.Context(), a, svc, q)
			})
		},
	}
	cmd.Flags().StringVar(&flags.filter, "filter", "", "only these: protected, excluded, no-mailbox, removed")
	cmd.Flags().StringVar(&flags.origin, "origin", "", "only what this covers: everyone, user, group, url, title")
	cmd.Flags().StringVar(&flags.search, "search", "", "only whose name, title or address has a word that begins so")
	cmd.Flags().StringVar(&flags.csv, "csv", "", "write a file of comma-separated values instead")
	return cmd
}

func (c *command) exportTargets(ctx context.Context, a *app.App, svc service.Service, q service.TargetQuery, path string) error {
	if svc.CoversSites() {
		n, err := directory.ExportSites(ctx, a.Store, svc, q, path)
		if err != nil {
			return err
		}
		return c.exported(path, 0, n, n, "site", "sites")
	}
	n, err := directory.ExportTargets(ctx, a.Store, svc, q, path)
	if err != nil {
		return err
	}
	return c.exported(path, n, 0, n, "person", "people")
}

func (c *command) exported(path string, people, sites, n int, one, more string) error {
	if c.json {
		c.print(struct {
			File   string `json:"file"`
			People int    `json:"people"`
			Sites  int    `json:"sites"`
		}{path, people, sites})
		return nil
	}
	if n == 1 {
		more = one
	}
	fmt.Fprintf(c.Out, "The file holds %d %s.\n", n, more)
	return nil
}

func (c *command) printSites(ctx context.Context, a *app.App, svc service.Service, q service.TargetQuery) error {
	list := []siteJSON{}
	err := eachOf(func(offset, limit int) ([]service.SiteTarget, error) {
		q.Offset, q.Limit = offset, limit
		return a.Store.SiteTargets(ctx, svc, q)
	}, func(t service.SiteTarget) {
		list = append(list, siteJSON{t.ID, t.URL, t.Title, t.Protected, string(t.Reason), string(t.Origin), t.Subsites, stamp(t.SeenAt)})
	})
	if err != nil {
		return err
	}
	if c.json {
		c.print(list)
		return nil
	}
	if len(list) == 0 {
		c.noTargets(svc, q)
		return nil
	}
	rows := [][]string{{"TITLE", "URL", "SUBSITES", "PROTECTED", "ORIGIN"}}
	for _, t := range list {
		rows = append(rows, []string{t.Title, t.URL, strconv.Itoa(t.Subsites), protectedText(svc, t.Protected, t.Reason), service.Origin(t.Origin).Text()})
	}
	c.table(rows)
	return nil
}

// noTargets says why the list is empty.
func (c *command) noTargets(svc service.Service, q service.TargetQuery) {
	if q.Search != "" || q.Filter != "" || q.Origin != "" {
		fmt.Fprintln(c.Out, "Nothing fits. Without --filter, --origin and --search everything is listed.")
		return
	}
	fmt.Fprintf(c.Out, "No targets yet. Grant access first: casctl grant %s --all\n", svc)
}

func protectedText(svc service.Service, protected bool, reason string) string {
	if protected {
		return "Yes"
	}
	return "No: " + service.Exclusion(reason).TextOf(svc)
}

func (c *command) printTargets(ctx context.Context, a *app.App, svc service.Service, q service.TargetQuery) error {
	list := []targetJSON{}
	err := eachOf(func(offset, limit int) ([]service.Target, error) {
		q.Offset, q.Limit = offset, limit
		return a.Store.Targets(ctx, svc, q)
	}, func(t service.Target) {
		drive := ""
		if svc == service.OneDrive {
			drive = cmp.Or(string(t.DriveState), string(service.DriveUnknown))
		}
		list = append(list, targetJSON{t.ID, t.UserPrincipalName, t.DisplayName, string(t.Mailbox), drive, t.Protected, string(t.Reason), string(t.Origin),
			t.GroupID, stamp(t.SeenAt)})
	})
	if err != nil {
		return err
	}
	if c.json {
		c.print(list)
		return nil
	}
	if len(list) == 0 {
		c.noTargets(svc, q)
		return nil
	}
	have := "MAILBOX"
	if svc == service.OneDrive {
		have = "ONEDRIVE"
	}
	rows := [][]string{{"NAME", "USER PRINCIPAL NAME", have, "PROTECTED", "ORIGIN"}}
	for _, t := range list {
		has := t.Mailbox
		if t.Drive != "" {
			has = t.Drive
		}
		rows = append(rows, []string{t.DisplayName, t.UserPrincipalName, has, protectedText(svc, t.Protected, t.Reason), service.Origin(t.Origin).Text()})
	}
	c.table(rows)
	return nil
}
