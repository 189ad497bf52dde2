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
	open    bool
	move    bool
	timeout time.Duration
}

func (c *command) grant() *cobra.Command {
	var f grantFlags
	cmd := &cobra.Command{
		Use:   "grant SERVICE (--all | --users FILE)",
		Short: "Grant access to a service, choose its targets and protect it",
		Long: `Grants access to a service and protects it. It prints the address of a page on
this computer: open it in a browser, press "Grant Permission", sign in as Global
Administrator and accept. It ends when the first synchronization and the first
check have ended, with 0 only if "Exchange Online protected." is stored.`,
		Example: "  casctl grant exchange --all --open\n  casctl grant exchange --users people.txt",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			svc, err := service.ParseService(args[0])
			if err != nil {
				return usageError{err}
			}
			if f.all == (f.users != "") {
				return usageError{fmt.Errorf("one of --all and --users FILE is needed")}
			}
			if f.timeout <= 0 {
				return usageError{fmt.Errorf("--timeout has to be longer than 0")}
			}
			return c.runGrant(cmd.Context(), svc, f)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.all, "all", false, "synchronize all users and groups")
	flags.StringVar(&f.users, "users", "", "synchronize the selected users of `FILE`, a user principal name a line (- is stdin)")
	flags.BoolVar(&f.open, "open", false, "open the page in the browser")
	flags.BoolVar(&f.move, "move", false, "move protection to this computer if another one protects the service")
	flags.DurationVar(&f.timeout, "timeout", grant.BrowserTimeout, "how long to wait for somebody in the browser")
	return cmd
}

func (c *command) runGrant(ctx context.Context, svc service.Service, f grantFlags) (err error) {
	lines, err := c.readUsers(f.users)
	if err != nil {
		return err
	}
	c.config.Program = "casctl grant"
	a, err := app.Open(ctx, c.config)
	if err != nil {
		return err
	}
	defer closing(a, &err)
	if err := refuseOption(ctx, a, svc, f.all); err != nil {
		return err
	}
	out := &events{command: c, app: a, service: svc}
	defer out.follow()()
	if err := a.Grants.Run(ctx, svc, grant.Options{OpenBrowser: f.open, Move: f.move, Timeout: f.timeout}); err != nil {
		return err
	}
	option, sel := service.OptionAll, []service.Selection(nil)
	if !f.all {
		option = service.OptionSelected
		if sel, err = c.resolveUsers(ctx, a, svc, lines); err != nil {
			return err
		}
	}
	if err := a.Grants.Finish(ctx, svc, option, sel); err != nil {
		return err
	}
	return out.protected(ctx)
}

// refuseOption refuses, before any browser is needed, what Finish would refuse.
func refuseOption(ctx context.Context, a *app.App, svc service.Service, all bool) error {
	option := service.OptionSelected
	if all {
		option = service.OptionAll
	}
	return a.Grants.CheckOption(ctx, svc, option)
}

func (c *command) readUsers(path string) ([]directory.Line, error) {
	if path == "" {
		return nil, nil
	}
	in := c.In
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, &service.Error{Code: service.CodeInvalidTargets, Message: "The file of users can't be read: " + path + ".",
				Help: "Nothing was changed. Check the path.", Cause: err}
		}
		defer func() { _ = file.Close() }()
		in = file
	}
	lines, problems := directory.ParseUsers(in)
	if err := c.refuseLines(problems); err != nil {
		return nil, err
	}
	if len(lines) == 0 {
		return nil, &service.Error{Code: service.CodeInvalidTargets, Message: "The file names no users.", Help: "Write one user principal name a line. Nothing was changed."}
	}
	return lines, nil
}

func (c *command) resolveUsers(ctx context.Context, a *app.App, svc service.Service, lines []directory.Line) ([]service.Selection, error) {
	sel, problems, err := a.Directory.ResolveUsers(ctx, svc, lines)
	if err != nil {
		return nil, err
	}
	return sel, c.refuseLines(problems)
}

type lineJSON struct {
	Event string `json:"event"`
	Line  int    `json:"line"`
	User  string `json:"user_principal_name"`
	Text  string `json:"text"`
}

// refuseLines reports every line about which there is something to say, and
// refuses all if one of them can't be used. Notes go to stderr only: the first
// line of stdout is the address of the page.
func (c *command) refuseLines(list []directory.LineError) error {
	wrong := 0
	for _, p := range list {
		if !p.Note {
			wrong++
			if c.json {
				c.print(lineJSON{"line", p.Line, p.Text, p.Message})
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
	case service.SyncCheck:
		return "Reading the first mail folders"
	default:
		return "Synchronizing users" + of
	}
}

// say prints one event. Callers hold the mutex.
func (e *events) say(ev eventJSON) {
	ev.Time = time.Now().UTC().Format(time.RFC3339)
	if e.json {
		e.print(ev)
		return
	}
	fmt.Fprintln(e.Out, ev.Text)
}

type outcomeJSON struct {
	Event     string `json:"event"`
	Outcome   string `json:"outcome"`
	Text      string `json:"text"`
	Detail    string `json:"detail"`
	Protected int    `json:"protected_count"`
	People    int    `json:"people_count"`
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
		e.print(outcomeJSON{"outcome", "protected", service.ProtectedText(e.service), service.ScanPending, counts.Protected, counts.People})
		return nil
	}
	fmt.Fprintf(e.Out, "%s %s\n%d of %d people are protected targets.\n", service.ProtectedText(e.service), service.ScanPending, counts.Protected, counts.People)
	return nil
}
