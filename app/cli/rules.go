package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"cloudappsecurity/service/inspect"
	"cloudappsecurity/service/inspect/measure"
	"cloudappsecurity/service/inspect/rule"
	"cloudappsecurity/service/inspect/tenant"
)

type ruleJSON struct {
	Name     string  `json:"name"`
	Category string  `json:"category"`
	Weight   float64 `json:"weight"`
	Reason   string  `json:"reason"`
}

func (c *command) rules() *cobra.Command {
	var dir, tenantFile string
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "List the rules of the engine: what each weighs, and why",
		Long: fmt.Sprintf(`Lists each rule with its weight and its reason. A message is a threat from a score of %g on.

With --measure the rules are tried on a folder of sets of messages (phish, bec, spam, malware; every other name is for
harmless mail), and each is shown with how many messages of each set it fires on, how many are found only thanks to it,
and how many harmless ones only it makes a threat.`, rule.Threshold),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir != "" {
				return c.measureRules(cmd.Context(), dir, tenantFile)
			}
			return c.listRules()
		},
	}
	cmd.Flags().StringVar(&dir, "measure", "", "folder of sets of messages, a folder each")
	cmd.Flags().StringVar(&tenantFile, "tenant", "", "with --measure: JSON file with the organization's domains, people and correspondents")
	return cmd
}

func (c *command) listRules() error {
	book, err := inspect.Rules()
	if err != nil {
		return err
	}
	if c.json {
		list := []ruleJSON{}
		for _, r := range book.Rules() {
			list = append(list, ruleJSON{r.Name, string(r.Category), r.Weight, r.Reason})
		}
		c.print(list)
		return nil
	}
	w := tabwriter.NewWriter(c.Out, 0, 0, 2, ' ', 0)
	for _, r := range book.Rules() {
		category := strings.ReplaceAll(string(r.Category), "_", " ")
		if category == "" {
			category = "any"
		}
		fmt.Fprintf(w, "%s\t%+.1f\t%s\t%s\n", r.Name, r.Weight, category, r.Reason)
	}
	return w.Flush()
}

func (c *command) measureRules(ctx context.Context, dir, tenantFile string) error {
	engine, err := scanOptions{}.engine()
	if err != nil {
		return err
	}
	book, err := inspect.Rules()
	if err != nil {
		return err
	}
	about, err := readTenant(tenantFile)
	if err != nil {
		return err
	}
	results, err := measure.Run(dir, runtime.GOMAXPROCS(0), func(path string) ([]rule.Hit, error) {
		return hitsOf(ctx, engine, path, about)
	})
	if err != nil {
		return unreadableFile(dir, err)
	}
	if len(results) == 0 {
		return unreadableFile(dir, fmt.Errorf("no folder in it holds .eml or .txt files"))
	}
	return measure.Table(c.Out, book.Rules(), results)
}

func hitsOf(ctx context.Context, e *inspect.Engine, path string, about *tenant.Index) ([]rule.Hit, error) {
	ctx, stop := context.WithTimeout(ctx, inspect.DefaultTime)
	defer stop()
	file, size, err := scanFile{name: path}.open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return e.Inspect(ctx, file, size, filepath.Base(path), about).Rules, ctx.Err()
}
