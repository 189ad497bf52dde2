package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"cloudappsecurity/service"
	"cloudappsecurity/service/inspect"
	"cloudappsecurity/service/inspect/learn"
)

func (c *command) learn() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "learn",
		Short: "Teach the engine from an organization's own mail, or let it forget",
		Long: fmt.Sprintf(`What was learned is kept in a file, which "casctl scan --learned" reads. It holds counts of hashed words, no text, and never leaves
this computer. It says nothing before it has seen %d messages of each kind, and weighs at most %.1f of the %.0f that make a threat.`,
			learn.Enough, learn.Cap, 5.0),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&file, "model", "", "file which holds what was learned (required)")
	named := func(*cobra.Command, []string) error {
		if file == "" {
			return usageError{errors.New("--model has to name a file")}
		}
		return nil
	}
	teach := func(name, short string, verdict learn.Verdict) *cobra.Command {
		var forget bool
		sub := &cobra.Command{Use: name + " FILE|DIR", Short: short, Args: cobra.ExactArgs(1),
			PreRunE: named,
			RunE: func(cmd *cobra.Command, args []string) error {
				return c.teach(cmd.Context(), file, args[0], verdict, forget)
			}}
		sub.Flags().BoolVar(&forget, "forget", false, "take back what was taught with the same messages")
		return sub
	}
	cmd.AddCommand(teach("threat", "These messages are threats", learn.Threat), teach("harmless", "These messages are harmless", learn.Harmless),
		&cobra.Command{Use: "reset", Short: "Forget everything", Args: cobra.NoArgs, PreRunE: named, RunE: func(*cobra.Command, []string) error {
			return c.learned(file, learn.New())
		}})
	return cmd
}

// teach lets the model learn from a message, or from all in a folder.
func (c *command) teach(ctx context.Context, file, what string, v learn.Verdict, forget bool) error {
	model, err := readModel(file)
	if err != nil {
		return err
	}
	engine, err := inspect.New(inspect.Strictest(), inspect.Options{Learned: model})
	if err != nil {
		return err
	}
	files, closeInput, err := c.scanned(ctx, what)
	if err != nil {
		return err
	}
	defer closeInput()
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return &service.Error{Code: service.CodeCanceled, Message: "It was canceled. Nothing was learned.", Cause: err}
		}
		if err := f.teach(ctx, engine, v, forget); err != nil {
			return unreadableFile(f.name, err)
		}
	}
	return c.learned(file, model)
}

func (f scanFile) teach(ctx context.Context, e *inspect.Engine, v learn.Verdict, forget bool) error {
	ctx, stop := context.WithTimeout(ctx, inspect.DefaultTime)
	defer stop()
	file, size, err := f.open()
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if forget {
		return e.Forget(ctx, file, size, v)
	}
	return e.Learn(ctx, file, size, v)
}

// readModel reads what was learned; a file that isn't there is a new model.
func readModel(file string) (*learn.Model, error) {
	model := learn.New()
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return model, nil
	}
	if err != nil {
		return nil, unreadableFile(file, err)
	}
	if err := model.UnmarshalBinary(data); err != nil {
		return nil, &service.Error{Code: service.CodeStore, Message: file + " doesn't hold what was learned, or is damaged. Nothing was changed.",
			Help: `Name another file, or begin anew with "casctl learn reset".`, Cause: err}
	}
	return model, nil
}

// learned stores the model, whole or not at all, and says what it knows.
func (c *command) learned(file string, model *learn.Model) error {
	data, err := model.MarshalBinary()
	if err == nil {
		err = replaceFile(file, data)
	}
	if err != nil {
		return &service.Error{Code: service.CodeStore, Message: file + " could not be written. What it held is still there.",
			Help: "See whether the folder exists, may be written to and has room.", Cause: err}
	}
	harmless, threats, enough := model.Seen()
	if c.json {
		c.print(struct {
			Threats  int  `json:"threats"`
			Harmless int  `json:"harmless"`
			Enough   bool `json:"enough"`
		}{threats, harmless, enough})
		return nil
	}
	fmt.Fprintf(c.Out, "Learned from %s and %s.\n", counted(threats, "threat"), counted(harmless, "harmless message"))
	if !enough {
		fmt.Fprintf(c.Out, "It says nothing before it has seen %d of each.\n", learn.Enough)
	}
	return nil
}

// replaceFile writes a file which only this user may read, whole or not at all.
func replaceFile(name string, data []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(name), ".casctl-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // gone already if all went well
	_, err = temporary.Write(data)
	if err == nil {
		err = temporary.Sync()
	}
	if e := temporary.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(temporary.Name(), name)
}
