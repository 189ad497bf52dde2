package cli

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"cloudappsecurity/app"
	"cloudappsecurity/service"
	"cloudappsecurity/service/grant"
)

type removeFlags struct {
	yes       bool
	noBrowser bool
	localOnly bool
	timeout   time.Duration
}

func (c *command) remove() *cobra.Command {
	var f removeFlags
	cmd := &cobra.Command{
		Use:   "remove SERVICE",
		Short: "Remove a service account, its application in the tenant included",
		Long: `Removes the service account of exchange, sharepoint or onedrive: the service
principal and the application in your tenant, and what is stored of it on this
computer. It opens a page in the browser, where a Global Administrator has to
sign in, and prints each step. The other services go on.

Each step that is done is stored. A removal that was interrupted, refused or
killed goes on where it stood when it is run again; until then the service is
not synchronized and can't be granted (exit code 11).`,
		Example: "  casctl remove onedrive\n  casctl remove exchange --yes --no-browser\n  casctl remove exchange --local-only",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			svc, err := service.ParseService(args[0])
			if err != nil {
				return usageError{err}
			}
			if f.timeout <= 0 {
				return usageError{fmt.Errorf("--timeout has to be longer than 0")}
			}
			return c.runRemove(cmd.Context(), svc, f)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.yes, "yes", false, "don't ask for confirmation, also where another computer protects the service")
	flags.BoolVar(&f.noBrowser, "no-browser", false, "print the address of the page, and don't open it")
	flags.BoolVar(&f.localOnly, "local-only", false, "remove only what is stored on this computer; the application stays in the tenant")
	flags.DurationVar(&f.timeout, "timeout", grant.BrowserTimeout, "how long to wait for somebody in the browser")
	return cmd
}

func (c *command) runRemove(ctx context.Context, svc service.Service, f removeFlags) (err error) {
	c.config.Program = "casctl remove"
	a, err := app.Open(ctx, c.config)
	if err != nil {
		return err
	}
	defer closing(a, &err)
	if err := a.Grants.CheckRemove(ctx, svc); err != nil {
		return err
	}
	p, err := a.Grants.Removal(ctx, svc)
	if err != nil {
		return err
	}
	if confirmed := f.yes || !p.Stored.BegunAt.IsZero() && !f.localOnly; !confirmed {
		if err := c.confirmRemoval(ctx, a, svc, f.localOnly); err != nil {
			return err
		}
	}
	out := &removalEvents{command: c, app: a, service: svc}
	stop := a.Events.Removal.Listen(out.changed)
	if f.localOnly {
		err = a.Grants.RemoveHere(ctx, svc)
	} else {
		err = a.Grants.Remove(ctx, svc, grant.RemoveOptions{OpenBrowser: !f.noBrowser, AnyComputer: f.yes, Timeout: f.timeout})
	}
	stop()
	if err != nil {
		return err
	}
	if p, err = a.Grants.Removal(ctx, svc); err != nil {
		return err
	}
	if c.json {
		c.print(removedJSON{"outcome", "removed", string(svc), p.Finished})
	} else {
		fmt.Fprintln(c.Out, p.Finished)
	}
	return nil
}

// confirmRemoval says what is removed and what stays, and asks. Nothing but the
// service's own name is a yes; without a terminal nobody can be asked.
func (c *command) confirmRemoval(ctx context.Context, a *app.App, svc service.Service, local bool) error {
	acc, err := a.Store.Account(ctx, svc)
	if err != nil {
		return err
	}
	if !terminal(c.In) {
		return usageError{fmt.Errorf("nobody can be asked whether to remove %s: run it on a terminal, or with --yes", svc.Name())}
	}
	fmt.Fprintln(c.Err, service.RemovedFuture(svc))
	if local {
		fmt.Fprintln(c.Err, "Removed: what is stored of it on this computer. The application stays in your tenant.")
	} else {
		fmt.Fprintf(c.Err, "Removed: the application %q (%s) in your tenant, and what is stored of it on this computer.\n", svc.ApplicationName(), acc.AppID)
	}
	fmt.Fprintln(c.Err, "What stays: the other services, your policies, and the entry of the sign-in application among your enterprise applications.")
	if !c.agree(ctx, fmt.Sprintf("Type %s to remove it: ", svc), string(svc)) {
		if err := ctx.Err(); err != nil {
			return errInterrupted(err)
		}
		return &service.Error{Code: service.CodeRemoving, Message: svc.Name() + " was not removed: it was not confirmed.", Help: "Nothing was changed."}
	}
	return nil
}

// agree asks on the terminal, and says whether the answer is word.
func (c *command) agree(ctx context.Context, question, word string) bool {
	fmt.Fprint(c.Err, question)
	line, err := bufio.NewReader(c.input(ctx)).ReadString('\n')
	return (err == nil || line != "") && strings.EqualFold(strings.TrimSpace(line), word)
}

type removedJSON struct {
	Event   string `json:"event"`
	Outcome string `json:"outcome"`
	Service string `json:"service"`
	Text    string `json:"text"`
}

// removalEvents prints the progress of a removal, each change once.
type removalEvents struct {
	*command
	app     *app.App
	service service.Service

	mu   sync.Mutex
	last service.RemovalProgress
}

func (e *removalEvents) changed() {
	e.mu.Lock()
	defer e.mu.Unlock()
	p, err := e.app.Grants.Removal(context.Background(), e.service)
	if err != nil {
		return
	}
	last := e.last
	e.last = p
	switch {
	case p.URL != "" && last.URL == "":
		e.say(eventJSON{Event: "page", URL: p.URL, Step: string(p.Step), Text: "Open this address in a browser on this computer: " + p.URL})
	case p.Other != nil && last.Other == nil:
		e.say(eventJSON{Event: "question", Step: string(p.Step), Text: p.Other.OtherText() + " Answer on the page, or run again with --yes."})
	}
	if p.Stored.Done != last.Stored.Done && p.Stored.Done != service.RemovalBegun {
		e.say(eventJSON{Event: "done", Step: string(p.Stored.Done), Text: p.Stored.Done.Text() + ": done."})
	}
	if p.Running && p.Step != last.Step && p.Step != service.RemovalBegun && p.Step != service.RemovalSignIn { // of that the page's line tells
		e.say(eventJSON{Event: "step", Step: string(p.Step), Text: p.Step.Text() + "."})
	} else if p.Waiting != last.Waiting && p.Waiting != "" && p.Waiting != p.Step.Text()+"." {
		e.say(eventJSON{Event: "waiting", Step: string(p.Step), Text: p.Waiting})
	}
}
