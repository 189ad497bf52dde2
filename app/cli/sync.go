package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"cloudappsecurity/app"
	"cloudappsecurity/service"
)

func (c *command) sync() *cobra.Command {
	return &cobra.Command{
		Use:   "sync [SERVICE]",
		Short: "Synchronize the targets of every granted service, or of one, now",
		Long: `Synchronizes everyone by hand, as the program does by itself once a day. Ctrl+C
cancels: what was read is kept, and the next one goes on there. With selected
targets there is nothing to synchronize: it is refused with exit code 6.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var services []service.Service
			if len(args) == 1 {
				svc, err := service.ParseService(args[0])
				if err != nil {
					return usageError{err}
				}
				services = append(services, svc)
			}
			return c.runSync(cmd.Context(), services)
		},
	}
}

func (c *command) runSync(ctx context.Context, services []service.Service) (err error) {
	c.config.Program = "casctl sync"
	a, err := app.Open(ctx, c.config)
	if err != nil {
		return err
	}
	defer closing(a, &err)
	if len(services) == 0 {
		if services, err = granted(ctx, a); err != nil {
			return err
		}
	}
	for _, svc := range services { // all are refused before one begins
		if err := a.Grants.CheckSynchronize(ctx, svc); err != nil {
			return err
		}
	}
	for _, svc := range services {
		if err := c.syncOne(ctx, a, svc); err != nil {
			return err
		}
	}
	return nil
}

// granted are the services with something to synchronize; without any granted
// one it is an error.
func granted(ctx context.Context, a *app.App) (list []service.Service, err error) {
	for _, svc := range service.Services() {
		acc, err := a.Store.Account(ctx, svc)
		if err != nil {
			return nil, err
		}
		if acc.Granted() && acc.State != service.StateConsented {
			list = append(list, svc)
		}
	}
	if len(list) == 0 {
		return nil, &service.Error{Code: service.CodeNotGranted, Message: "Access to no service is granted.", Help: "Grant access first: casctl grant exchange --all"}
	}
	return list, nil
}

type syncedJSON struct {
	Event     string `json:"event"`
	Outcome   string `json:"outcome"`
	Service   string `json:"service"`
	Protected int    `json:"protected_count"`
	People    int    `json:"people_count"`
	Sites     int    `json:"site_count"`
}

func (c *command) syncOne(ctx context.Context, a *app.App, svc service.Service) error {
	out := &events{command: c, app: a, service: svc}
	stop := out.follow()
	err := a.Grants.SynchronizeNow(ctx, svc)
	stop()
	if err != nil {
		return err
	}
	counts, err := a.Store.TargetCounts(ctx, svc)
	if err != nil {
		return err
	}
	if c.json {
		c.print(syncedJSON{"outcome", "synchronized", string(svc), counts.Protected, counts.People, counts.Collections})
		return nil
	}
	fmt.Fprintf(c.Out, "%s synchronized. %s are protected targets.\n", svc.Name(), countText(svc, counts))
	return nil
}
