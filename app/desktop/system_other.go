//go:build !windows

package desktop

import (
	"net/url"
	"strings"

	"fyne.io/fyne/v2"
)

// notifySystem lets the system show a notification.
func notifySystem(a fyne.App, text string) {
	a.SendNotification(fyne.NewNotification(Name, text))
}

// openFolder opens a folder in the system's file manager.
func openFolder(a fyne.App, path string) error { return a.OpenURL(fileURL(path)) }

// fileURL is the address of an absolute path.
func fileURL(path string) *url.URL {
	return &url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(path, "/")}
}

// alert: main says it on the terminal.
func alert(string) {}
