package cli

import (
	"context"
	"errors"
	"fmt"

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
	Protected         bool    `json:"protected"`
	Reason            string  `json:"reason,omitempty"`
	Origin            string  `json:"origin,omitempty"`
	GroupID           string  `json:"group_id,omitempty"`
	LastSeen          *string `json:"last_seen"`
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
			q, err := flags.query()
			if err != nil {
				return err
			}
			return c.read(cmd.Context(), func(a *app.App) error {
				if flags.csv != "" {
					return c.exportTargets(cmd.Context(), a, svc, q, flags.csv)
				}
				return c.printTargets(cmd.Context(), a, svc, q)
			})
		},
	}
	cmd.Flags().StringVar(&flags.filter, "filter", "", "only these: protected, excluded, no-mailbox, removed")
	cmd.Flags().StringVar(&flags.origin, "origin", "", "only whom this covers: everyone, user, group")
	cmd.Flags().StringVar(&flags.search, "search", "", "only whose name or address has a word that begins so")
	cmd.Flags().StringVar(&flags.csv, "csv", "", "write a file of comma-separated values instead")
	return cmd
}

func (c *command) exportTargets(ctx context.Context, a *app.App, svc service.Service, q service.TargetQuery, path string) error {
	n, err := directory.ExportTargets(ctx, a.Store, svc, q, path)
	if err != nil {
		return err
	}
	if c.json {
		c.print(struct {
			File   string `json:"file"`
			People int    `json:"people"`
		}{path, n})
		return nil
	}
	people := "people"
	if n == 1 {
		people = "person"
	}
	fmt.Fprintf(c.Out, "The file holds %d %s.\n", n, people)
	return nil
}

func (c *command) printTargets(ctx context.Context, a *app.App, svc service.Service, q service.TargetQuery) error {
	list := []targetJSON{}
	err := eachOf(func(offset, limit int) ([]service.Target, error) {
		q.Offset, q.Limit = offset, limit
		return a.Store.Targets(ctx, svc, q)
	}, func(t service.Target) {
		list = append(list, targetJSON{t.ID, t.UserPrincipalName, t.DisplayName, string(t.Mailbox), t.Protected, string(t.Reason), string(t.Origin),
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
		if q.Search != "" || q.Filter != "" || q.Origin != "" {
			fmt.Fprintln(c.Out, "Nobody fits. Without --filter, --origin and --search everyone is listed.")
			return nil
		}
		fmt.Fprintf(c.Out, "No targets yet. Grant access first: casctl grant %s --all\n", svc)
		return nil
	}
	rows := [][]string{{"NAME", "USER PRINCIPAL NAME", "MAILBOX", "PROTECTED", "ORIGIN"}}
	for _, t := range list {
		protected := "Yes"
		if !t.Protected {
			protected = "No: " + service.Exclusion(t.Reason).Text()
		}
		rows = append(rows, []string{t.DisplayName, t.UserPrincipalName, t.Mailbox, protected, service.Origin(t.Origin).Text()})
	}
	c.table(rows)
	return nil
}
