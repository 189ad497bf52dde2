// Command casctl offers the services of Cloud App Security without a window.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"cloudappsecurity/app/cli"
)

// version is set by the linker.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv, Version: version}, os.Args[1:])
	stop()
	os.Exit(code)
}
