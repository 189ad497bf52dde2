package app

import (
	"io"
	"sync"
	"time"

	"github.com/pkg/browser"
)

// browserGrace is how long an opener may take to report a failure. Where no
// desktop environment hands the address on, the opener is the browser itself
// and runs for as long as its window.
const browserGrace = 3 * time.Second

// quiet silences what an opener prints: casctl's stdout carries JSON only. Once,
// because an earlier opener may still run.
var quiet = sync.OnceFunc(func() { browser.Stdout, browser.Stderr = io.Discard, io.Discard })

// openBrowser opens url in the system's browser.
func openBrowser(url string) error {
	quiet()
	failed := make(chan error, 1)
	go func() { failed <- browser.OpenURL(url) }()
	select {
	case err := <-failed:
		return err
	case <-time.After(browserGrace):
		return nil
	}
}
