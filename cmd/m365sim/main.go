// Command m365sim serves a simulated Microsoft 365 on this computer. Its first
// line on stdout is JSON which says where; the rest goes to stderr.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"cloudappsecurity/service/m365sim"
	"cloudappsecurity/service/m365sim/faults"
)

// Exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	options := m365sim.Options{Faults: map[string]json.RawMessage{}}
	flags := flag.NewFlagSet("m365sim", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Uint64Var(&options.Seed, "seed", 0, "what the tenant is derived from")
	flags.IntVar(&options.Users, "users", 0, "number of users (default: the 60 of the demo organization)")
	flags.IntVar(&options.Groups, "groups", 0, "number of groups (default: those of the demo organization)")
	flags.StringVar(&options.HARFile, "har", "", "record all exchanges in this `file` as HAR 1.2, without their secrets")
	flags.StringVar(&options.StateDir, "state-dir", "", "keep the tenant in this `folder` from one start to the next")
	flags.BoolVar(&options.Rendered, "rendered", false, "render each page of a delta once, for who measures a client")
	verbose := flags.Bool("verbose", false, "log each refusal to stderr")
	version := flags.Bool("version", false, "print the version and end")
	for _, f := range faults.New().List() {
		flags.Func("fault-"+f.Name, "`value`: "+f.Type+". "+f.Doc, func(text string) error {
			options.Faults[f.Name] = faultValue(text)
			return nil
		})
	}
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return exitUsage
	case flags.NArg() > 0:
		_, _ = fmt.Fprintf(stderr, "m365sim takes flags only, not %q\n", flags.Arg(0))
		return exitUsage
	case options.Users < 0 || options.Groups < 0:
		_, _ = fmt.Fprintln(stderr, "m365sim: --users and --groups can't be negative")
		return exitUsage
	case *version:
		_, _ = fmt.Fprintln(stdout, buildVersion())
		return 0
	}
	level := slog.LevelInfo
	if *verbose {
		level = slog.LevelDebug
	}
	options.Log = slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	return serve(ctx, options, stdout, stderr)
}

func serve(ctx context.Context, options m365sim.Options, stdout, stderr io.Writer) int {
	server, err := m365sim.Start(ctx, options)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "m365sim:", err)
		return exitFailed
	}
	if err := json.NewEncoder(stdout).Encode(server.Info()); err != nil {
		_, _ = fmt.Fprintln(stderr, "m365sim:", err)
		_ = server.Close()
		return exitFailed
	}
	<-ctx.Done()
	if err := server.Close(); err != nil {
		_, _ = fmt.Fprintln(stderr, "m365sim:", err)
		return exitFailed
	}
	return 0
}

// faultValue takes JSON as it is, and anything else as a text.
func faultValue(text string) json.RawMessage {
	if json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	quoted, err := json.Marshal(text)
	if err != nil { // a text always becomes JSON
		return nil
	}
	return quoted
}

func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "m365sim (unknown version)"
	}
	return "m365sim " + info.Main.Version
}
