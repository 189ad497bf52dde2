// Command cloudappsecurity is the desktop program.
package main

import (
	"flag"
	"fmt"
	"os"

	"cloudappsecurity/app/desktop"
	"cloudappsecurity/service"
)

// version is set by the linker.
var version = "dev"

func main() {
	console()
	var c desktop.Config
	flag.BoolVar(&c.App.Demo, "demo", false, "the demo organization, in a folder of its own")
	flag.StringVar(&c.App.DataDir, "data-dir", "", "data folder (default: this user's)")
	flag.BoolVar(&c.Hidden, "hidden", false, "start in the tray")
	show := flag.Bool("version", false, "print the version")
	flag.Parse()
	if *show {
		fmt.Println(version)
		return
	}
	c.App.Version = version
	c.App = c.App.FromEnvironment(os.Getenv)
	if err := desktop.Run(c); err != nil {
		e := service.AsError(err)
		fmt.Fprintf(os.Stderr, "cloudappsecurity: %s\n%s\n", e.Error(), e.Help)
		os.Exit(1)
	}
}
