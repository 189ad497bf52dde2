package cli

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"cloudappsecurity/app"
	"cloudappsecurity/service"
	"cloudappsecurity/service/directory"
	"cloudappsecurity/service/grant"
)

type grantFlags struct {
	all     bool
	users   string
	sites   string
	open    bool
	move    bool
	timeout time.Duration
}

// targets gives the option, and the file that names what is selected.
func (f grantFlags) targets(svc service.Service) (o service.Option, path string, err error) {
	flag, path, other := "--users", f.users, f.sites
	if svc.CoversSites() {
		flag, path, other = "--sites", f.sites, f.users
	}
	switch {
	case other != "":
		return "", "", usageError{fmt.Errorf("the targets of %s are selected by %s FILE", svc.Name(), flag)}
	case f.all == (path != ""):
		return "", "", usageError{fmt.Errorf("one of --all and %s FILE is needed", flag)}
	case f.all:
		return service.OptionAll, "", nil
	default:
		return service.OptionSelected, path, nil
	}
}

func (c *command) grant() *cobra.Command {
	var f grantFlags
	cmd := &cobra.Command{
		Use:   "grant SERVICE (--all | --users FILE | --sites FILE)",
		Short: "Grant access to a service, choose its targets and protect it",
		Long: `Grants access to a service (exchange, sharepoint, onedrive) and protects it. It
prints the address of a page on this computer: open it in a browser, press
"Grant Permission", sign in as Global Administrator and accept. It ends when the
first synchronization and the first check have ended, with 0 only if
"Exchange Online protected." (or the other service) is stored.

All targets, or the selected ones, is the organization's option: the same one
holds for all three services. Another one is refused at once, with exit code 6.`,
		Example: "  casctl grant exchange --all --open\n  casctl grant onedrive --users people.txt\n  casctl grant sharepoint --sites sites.txt",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			svc, err := service.ParseService(args[0])
			if err != nil {
				return usageError{err}
			}
			option, path, err := f.targets(svc)
			if err != nil {
				return err
			}
			if f.timeout <= 0 {
				return usageError{fmt.Errorf("--timeout has to be longer than 0")}
			}
			return c.runGrant(cmd.Context(), svc, option, path, grant.Options{OpenBrowser: f.open, Move: f.move, Timeout: f.timeout, Option: option})
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.all, "all", false, "synchronize all users and groups, or all sites")
	flags.StringVar(&f.users, "users", "", "synchronize the selected users of `FILE`, a user principal name a line (- is stdin)")
	flags.StringVar(&f.sites, "sites", "", "synchronize the selected sites of `FILE`, an address a line (- is stdin)")
	flags.BoolVar(&f.open, "open", false, "open the page in the browser")
	flags.BoolVar(&f.move, "move", false, "move protection to this computer if another one protects the service")
	flags.DurationVar(&f.timeout, "timeout", grant.BrowserTimeout, "how long to wait for somebody in the browser")
	return cmd
}

func (c *command) runGrant(ctx context.Context, svc service.Service, option service.Option, path string, opt grant.Options) (err error) {
	lines, err := c.readTargets(ctx, svc, path)
	if err != nil {
		return err
	}
	c.config.Program = "casctl grant"
	a, err := app.Open(ctx, c.config)
	if err != nil {
		return err
	}
	defer closing(a, &err)
	out := &events{command: c, app: a, service: svc}
	defer out.follow()()
	if err := a.Grants.Run(ctx, svc, opt); err != nil {
		return err
	}
	var sel service.Selected
	if option == service.OptionSelected {
		if sel, err = c.resolveTargets(ctx, a, svc, lines); err != nil {
			return err
		}
	}
	if err := a.Grants.Finish(ctx, svc, option, sel); err != nil {
		return err
	}
	return out.protected(ctx)
}

// readTargets reads the file of users, or of sites; none without a path.
func (c *command) readTargets(ctx context.Context, svc service.Service, path string) ([]directory.Line, error) {
	if path == "" {
		return nil, nil
	}
	what, parse := "users", directory.ParseUsers
	if svc.CoversSites() {
		what, parse = "sites", directory.ParseSites
	}
	in := c.input(ctx)
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, &service.Error{Code: service.CodeInvalidTargets, Message: "The file of " + what + " can't be read: " + path + ".",
				Help: "Nothing was changed. Check the path.", Cause: err}
		}
		defer func() { _ = file.Close() }()
		in = file
	}
	lines, problems := parse(in)
	if err := ctx.Err(); err != nil {
		return nil, errInterrupted(err)
	}
	if err := c.refuseLines(svc, problems); err != nil {
		return nil, err
	}
	if len(lines) == 0 {
		return nil, &service.Error{Code: service.CodeInvalidTargets, Message: "The file names no " + what + ".", Help: "Write one a line. Nothing was changed."}
	}
	return lines, nil
}

func (c *command) resolveTargets(ctx context.Context, a *app.App, svc service.Service, lines []directory.Line) (sel service.Selected, err error) {
	var problems []directory.LineError
	if svc.CoversSites() {
		sel.Sites, problems, err = a.Directory.ResolveSites(ctx, svc, lines)
	} else {
		sel.People, problems, err = a.Directory.ResolveUsers(ctx, svc, lines)
	}
	if err != nil {
		return sel, err
	}
	return sel, c.refuseLines(svc, problems)
}

type lineJSON struct {
	Event string `json:"event"`
	Line  int    `json:"line"`
	User  string `json:"user_principal_name,omitempty"`
	URL   string `json:"url,omitempty"`
	Text  string `json:"text"`
}

// refuseLines reports every line about which there is something to say, and
// refuses all if one of them can't be used. Notes go to stderr only: the first
// line of stdout is the address of the page.
func (c *command) refuseLines(svc service.Service, list []directory.LineError) error {
	wrong := 0
	for _, p := range list {
		if !p.Note {
			wrong++
			if c.json {
				line := lineJSON{Event: "line", Line: p.Line, User: p.Text, Text: p.Message}
				if svc.CoversSites() {
					line.User, line.URL = "", p.Text
				}
				c.print(line)
			}
		}
		fmt.Fprintln(c.Err, printable(p.String()))
	}
	if wrong == 0 {
		return nil
	}
	what := fmt.Sprintf("%d lines of the file can't be used.", wrong)
	if wrong == 1 {
		what = "One line of the file can't be used."
	}
	return &service.Error{Code: service.CodeInvalidTargets, Message: what, Help: "No target was changed. Correct the file and try again."}
}

type eventJSON struct {
	Event string `json:"event"`
	Time  string `json:"time"`
	URL   string `json:"url,omitempty"`
	Step  string `json:"step,omitempty"`
	Text  string `json:"text,omitempty"`
	Phase string `json:"phase,omitempty"`
	Done  int    `json:"done,omitempty"`
	Total int    `json:"total,omitempty"`
}

// events prints the progress of a grant, each change once.
type events struct {
	*command
	app     *app.App
	service service.Service

	mu    sync.Mutex
	grant service.GrantProgress
	sync  service.SyncProgress
	said  time.Time
}

// follow prints from now on until the returned function is called.
func (e *events) follow() (stop func()) {
	first := e.app.Events.Grant.Listen(e.granting)
	second := e.app.Events.Synchronized.Listen(e.synchronizing)
	return func() { first(); second() }
}

func (e *events) granting() {
	e.mu.Lock()
	defer e.mu.Unlock()
	p, last := e.app.Grants.Progress(e.service), e.grant
	e.grant = p
	switch {
	case p.URL != "" && last.URL == "":
		e.say(eventJSON{Event: "page", URL: p.URL, Text: "Open this address in a browser on this computer: " + p.URL})
	case p.Move != nil && last.Move == nil:
		e.say(eventJSON{Event: "question", Step: string(p.Step), Text: p.Move.Text() + " Answer on the page, or run again with --move."})
	case p.Step == service.GrantFailed || p.Step == service.GrantIdle:
	case p.Step != last.Step:
		e.say(eventJSON{Event: "step", Step: string(p.Step), Text: stepText(p)})
	default:
		if p.Waiting != last.Waiting && p.Waiting != "" {
			e.say(eventJSON{Event: "waiting", Step: string(p.Step), Text: p.Waiting})
		}
		if p.ConsentSlow && !last.ConsentSlow {
			e.say(eventJSON{Event: "waiting", Step: string(p.Step), Text: "The authorization screen can be opened again from the page."})
		}
	}
}

func stepText(p service.GrantProgress) string {
	switch p.Step {
	case service.GrantPage:
		return "The page waits for you."
	case service.GrantSignIn:
		return "The page was opened. Press Grant Permission, then sign in as Global Administrator."
	case service.GrantPreparing:
		return "Preparing the application in your tenant."
	case service.GrantConsent:
		return "Waiting for Accept on the second screen."
	case service.GrantDone:
		return service.GrantedText(p.Service)
	default:
		return ""
	}
}

func (e *events) synchronizing() {
	e.mu.Lock()
	defer e.mu.Unlock()
	p, last := e.app.Grants.SyncProgress(e.service), e.sync
	now := time.Now()
	if p.Phase == service.SyncIdle || p.Phase == service.SyncFailed || p.Phase == service.SyncDone ||
		(p.Phase == last.Phase && p.Waiting == last.Waiting && now.Sub(e.said) < time.Second) {
		return
	}
	e.sync, e.said = p, now
	text := p.Waiting
	if text == "" {
		text = syncText(p)
	}
	e.say(eventJSON{Event: "synchronizing", Phase: string(p.Phase), Done: p.Done, Total: p.Total, Text: text})
}

func syncText(p service.SyncProgress) string {
	of := ""
	if p.Total > 0 {
		of = fmt.Sprintf(" (%d of %d)", p.Done, p.Total)
	}
	switch p.Phase {
	case service.SyncGroups:
		return "Synchronizing groups" + of
	case service.SyncMailboxes:
		return "Asking for the kinds of mailboxes" + of
	case service.SyncDrives:
		return "Asking for people's drives" + of
	case service.SyncSites:
		return "Synchronizing sites" + of
	case service.SyncCheck:
		return "Reading for the first time"
	default:
		return "Synchronizing users" + of
	}
}

// say prints one event. Callers hold the mutex of their events.
func (c *command) say(ev eventJSON) {
	ev.Time = time.Now().UTC().Format(time.RFC3339)
	if c.json {
		c.print(ev)
		return
	}
	fmt.Fprintln(c.Out, ev.Text)
}

type outcomeJSON struct {
	Event     string `json:"event"`
	Outcome   string `json:"outcome"`
	Text      string `json:"text"`
	Detail    string `json:"detail"`
	Protected int    `json:"protected_count"`
	People    int    `json:"people_count"`
	Sites     int    `json:"site_count"`
}

// protected prints the sentence, as it is stored.
func (e *events) protected(ctx context.Context) error {
	acc, err := e.app.Store.Account(ctx, e.service)
	if err != nil {
		return err
	}
	if acc.State != service.StateGranted || acc.ProtectedAt.IsZero() {
		return &service.Error{Code: service.CodeInternal, Message: e.service.Name() + " is not protected yet.", Help: "Nothing was lost. Try again."}
	}
	counts, err := e.app.Store.TargetCounts(ctx, e.service)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.json {
		e.print(outcomeJSON{"outcome", "protected", service.ProtectedText(e.service), service.ScanPending, counts.Protected, counts.People, counts.Collections})
		return nil
	}
	fmt.Fprintf(e.Out, "%s %s\n%s are protected targets.\n", service.ProtectedText(e.service), service.ScanPending, countText(e.service, counts))
	return nil
}

// countText is how many of the targets are protected, such as "58 of 60 people".
func countText(svc service.Service, c service.TargetCounts) string {
	if svc.CoversSites() {
		return fmt.Sprintf("%d of %d sites", c.Protected, c.Listed())
	}
	return fmt.Sprintf("%d of %d people", c.Protected, c.Listed())
}
