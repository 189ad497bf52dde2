package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cloudappsecurity/app"
	"cloudappsecurity/service"
)

// Streams are what a command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Getenv   func(string) string
	Version  string
}

// The exit codes. They are part of the interface: see README.md.
const (
	ExitOK         = 0   // done; for grant: "… protected." is stored
	ExitFailure    = 1   // anything without a code of its own
	ExitUsage      = 2   // wrong flags or arguments
	ExitDeclined   = 3   // Cancel was pressed in the browser
	ExitTimeout    = 4   // nobody finished in the browser in time
	ExitRefused    = 5   // Microsoft or the tenant refused: no administrator, another organization, a policy
	ExitTargets    = 6   // the targets are not usable: unknown users, too many, wrong syntax, another option
	ExitConnection = 7   // Microsoft 365 could not be reached, or is overloaded
	ExitKeyring    = 8   // no usable keyring
	ExitFolder     = 9   // the data folder is in use, can't be written, or holds another kind of organization
	ExitMove       = 10  // another computer protects this service, and moving was not agreed to
	ExitRemoving   = 11  // the removal of the service isn't finished, or was not confirmed
	ExitCanceled   = 130 // interrupted
)

func exitCode(err error) int {
	if err == nil {
		return ExitOK
	}
	if errors.As(err, new(usageError)) {
		return ExitUsage
	}
	switch service.CodeOf(err) {
	case service.CodeDeclined:
		return ExitDeclined
	case service.CodeTimeout:
		return ExitTimeout
	case service.CodeNotAdministrator, service.CodeWrongTenant, service.CodeNotAssigned, service.CodeMultiFactor,
		service.CodeConditionalAccess, service.CodeSignInExpired, service.CodeSignInFailed, service.CodeUnknownTenant,
		service.CodeSignInAppInvalid, service.CodeConsentMissing, service.CodeAppMissing, service.CodeAppDisabled,
		service.CodePrincipalMissing, service.CodeCertificate, service.CodeCredentialPolicy, service.CodeForbidden,
		service.CodeUnauthorized, service.CodeClock:
		return ExitRefused
	case service.CodeInvalidTargets, service.CodeTooManyTargets, service.CodeOptionLocked:
		return ExitTargets
	case service.CodeOffline, service.CodeThrottled, service.CodeUnavailable, service.CodeReplication:
		return ExitConnection
	case service.CodeKeyringMissing, service.CodeKeyringLocked, service.CodeKeyLost:
		return ExitKeyring
	case service.CodeStore, service.CodeLocked:
		return ExitFolder
	case service.CodeMoveRequired:
		return ExitMove
	case service.CodeRemoving:
		return ExitRemoving
	case service.CodeCanceled:
		return ExitCanceled
	default:
		return ExitFailure
	}
}

// usageError is a wrong command line.
type usageError struct{ error }

// command is what the commands share.
type command struct {
	Streams
	config app.Config
	json   bool
	// reported is set when the error stands on stdout already, as JSON.
	reported bool
}

// Run runs one command line and gives the exit code.
func Run(ctx context.Context, s Streams, args []string) int {
	c := &command{Streams: s}
	root := c.root()
	root.SetArgs(flagsLast(root, args))
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	err := root.ExecuteContext(ctx)
	if err != nil {
		c.report(err)
	}
	return exitCode(err)
}

func (c *command) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "casctl",
		Short:         "Cloud App Security without a window",
		Version:       c.Version,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("unknown command %q", args[0])}
			}
			return cmd.Help()
		},
		PersistentPreRun: func(*cobra.Command, []string) {
			c.config.Version = c.Version
			c.config = c.config.FromEnvironment(c.Getenv)
		},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.CompletionOptions.HiddenDefaultCmd = true
	flags := root.PersistentFlags()
	flags.StringVar(&c.config.DataDir, "data-dir", "", "data folder (default: this user's)")
	flags.BoolVar(&c.config.Demo, "demo", false, "the demo organization, in a folder of its own")
	flags.BoolVar(&c.json, "json", false, "print JSON")
	root.AddCommand(c.grant(), c.sync(), c.remove(), c.status(), c.targets(), c.notifications(), c.policies(), c.scan(), c.dlp(), c.rules(), c.learn())
	for _, sub := range beneath(root) {
		args := sub.Args
		sub.Args = func(cmd *cobra.Command, a []string) error {
			if err := args(cmd, a); err != nil {
				return usageError{err}
			}
			return nil
		}
	}
	return root
}

// beneath lists the commands beneath cmd, those beneath them included.
func beneath(cmd *cobra.Command) (all []*cobra.Command) {
	for _, sub := range cmd.Commands() {
		all = append(append(all, sub), beneath(sub)...)
	}
	return all
}

// report prints err in words; with --json on stdout as an object as well, unless
// the command did it.
func (c *command) report(err error) {
	if errors.As(err, new(usageError)) {
		fmt.Fprintf(c.Err, "casctl: %v\nRun \"casctl --help\" for the commands and flags.\n", err)
		return
	}
	e := service.AsError(err)
	fmt.Fprintf(c.Err, "casctl: %s\n", e.Error())
	if e.Help != "" {
		fmt.Fprintf(c.Err, "%s\n", e.Help)
	}
	if c.json && !c.reported {
		c.print(failure(e))
	}
}

// flagsLast moves the flags behind the commands and arguments, so that they may
// stand before them too: cobra alone takes "grant" in "--all grant" for the
// value of a flag that the root doesn't know.
func flagsLast(root *cobra.Command, args []string) []string {
	takesValue := map[string]bool{}
	note := func(f *pflag.Flag) { takesValue[f.Name] = f.NoOptDefVal == "" }
	root.PersistentFlags().VisitAll(note)
	for _, sub := range beneath(root) {
		sub.Flags().VisitAll(note)
		sub.PersistentFlags().VisitAll(note)
	}
	var words, flags []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			return append(append(words, flags...), args[i:]...)
		}
		if len(arg) < 2 || arg[0] != '-' {
			words = append(words, arg)
			continue
		}
		flags = append(flags, arg)
		name := strings.TrimLeft(arg, "-")
		if !strings.Contains(arg, "=") && takesValue[name] && i+1 < len(args) {
			i++
			flags = append(flags, args[i])
		}
	}
	return append(words, flags...)
}
