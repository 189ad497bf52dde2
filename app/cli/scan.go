package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cloudappsecurity/service"
	"cloudappsecurity/service/amsi"
	"cloudappsecurity/service/clamav"
	"cloudappsecurity/service/inspect"
	"cloudappsecurity/service/inspect/tenant"
)

// scanOptions are the flags of "casctl scan".
type scanOptions struct {
	policy, tenant, learned, clamd string
	amsi                           bool
	timeout                        time.Duration
	workers                        int
}

func (c *command) scan() *cobra.Command {
	var o scanOptions
	cmd := &cobra.Command{
		Use:   "scan FILE|DIR|-",
		Short: "Inspect messages and files; nothing is changed, and nothing leaves this computer",
		Long: `Inspects a message (.eml), any other file, all files of a folder, or standard input, and says what was found and why.
With --json each is an object on a line of its own, in the order of their names. Without --policy the strictest one
holds. The exit code is 0 whatever was found; others are for files that can't be read and for wrong flags.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.runScan(cmd.Context(), args[0], o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.policy, "policy", "", "JSON file with a policy")
	flags.StringVar(&o.tenant, "tenant", "", "JSON file with the organization's domains, people and correspondents")
	flags.StringVar(&o.learned, "learned", "", "file which \"casctl learn\" wrote")
	flags.StringVar(&o.clamd, "clamd", "", "address of clamd, which looks at each attachment too: HOST:PORT or unix:/PATH")
	flags.BoolVar(&o.amsi, "amsi", false, "let Windows' own antivirus look at each attachment too")
	flags.DurationVar(&o.timeout, "timeout", inspect.DefaultTime, "time for one message")
	flags.IntVar(&o.workers, "workers", 0, "how many are inspected at once (0: one for each core)")
	return cmd
}

func (c *command) runScan(ctx context.Context, what string, o scanOptions) error {
	engine, err := o.engine()
	if err != nil {
		return err
	}
	about, err := readTenant(o.tenant)
	if err != nil {
		return err
	}
	files, closeInput, err := c.scanned(ctx, what)
	if err != nil {
		return err
	}
	defer closeInput()
	workers := o.workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	report := c.newReport(len(files))
	failed := 0
	err = inOrder(ctx, workers, files, func(ctx context.Context, f scanFile) scanned {
		ctx, stop := context.WithTimeout(ctx, o.timeout)
		defer stop()
		return f.inspect(ctx, engine, about)
	}, func(s scanned) {
		if s.err != nil {
			failed++
		}
		report.add(s)
	})
	report.end()
	switch {
	case err != nil:
		return &service.Error{Code: service.CodeCanceled, Message: "The scan was canceled.", Help: "What is printed is complete.", Cause: err}
	case failed > 0:
		return &service.Error{Code: service.CodeNotFound, Message: fmt.Sprintf("%d of %d files could not be read.", failed, len(files)),
			Help: "The others were inspected. See the lines above for the reason.", Cause: errors.New("unreadable files")}
	}
	return nil
}

// engine builds the engine which the flags ask for.
func (o scanOptions) engine() (*inspect.Engine, error) {
	policy := inspect.Strictest()
	if o.policy != "" {
		data, err := os.ReadFile(o.policy)
		if err != nil {
			return nil, unreadableFile(o.policy, err)
		}
		if policy, err = inspect.ParsePolicy(data); err != nil {
			return nil, usageError{fmt.Errorf("%s: %w", o.policy, err)}
		}
	}
	var options inspect.Options
	if o.learned != "" {
		if _, err := os.Stat(o.learned); err != nil {
			return nil, unreadableFile(o.learned, err)
		}
		model, err := readModel(o.learned)
		if err != nil {
			return nil, err
		}
		options.Learned = model
	}
	if o.clamd != "" {
		daemon, err := clamav.New(o.clamd)
		if err != nil {
			return nil, usageError{err}
		}
		options.Scanners = append(options.Scanners, clamd{daemon})
	}
	if o.amsi {
		scanner, err := amsi.New("casctl")
		if err != nil {
			return nil, &service.Error{Code: service.CodeUnsupported, Message: "There is no antivirus which can be asked by AMSI on this computer.",
				Help: "Leave --amsi out. AMSI is a part of Windows, from Windows 10 on.", Cause: err}
		}
		options.Scanners = append(options.Scanners, computer{scanner})
	}
	engine, err := inspect.New(policy, options)
	if err != nil {
		return nil, usageError{fmt.Errorf("policy: %w", err)}
	}
	return engine, nil
}

// readTenant reads what is known of the organization; without a name, nothing is.
func readTenant(name string) (*tenant.Index, error) {
	var organization tenant.Context
	if name != "" {
		if err := readJSON(name, "an organization", &organization); err != nil {
			return nil, err
		}
	}
	return tenant.Compile(organization), nil
}

// readJSON reads a file of the user's. Keys which this version doesn't know may
// be another program's.
func readJSON(name, what string, v any) error {
	file, err := os.Open(name)
	if err != nil {
		return unreadableFile(name, err)
	}
	defer func() { _ = file.Close() }()
	if err := json.NewDecoder(io.LimitReader(file, 64<<20)).Decode(v); err != nil {
		return usageError{fmt.Errorf("%s is not the JSON of %s: %s", name, what, strings.TrimPrefix(err.Error(), "json: "))}
	}
	return nil
}

func unreadableFile(name string, err error) error {
	if e, ok := errors.AsType[*service.Error](err); ok { // it was interrupted
		return e
	}
	reason := err
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		reason = e.Err
	}
	return &service.Error{Code: service.CodeNotFound, Message: fmt.Sprintf("%s can't be read: %v.", name, reason),
		Help: "Check the name, and whether you may read it.", Cause: err}
}
