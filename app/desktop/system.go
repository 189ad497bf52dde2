package desktop

import (
	"bytes"
	"io"
	"sync"

	"cloudappsecurity/service"
)

// toastScript shows a notification of Windows. What it shows comes in its
// environment: Fyne writes the texts into its script, where PowerShell shows a
// line's end as \n and runs what stands in $(…).
const toastScript = `$ErrorActionPreference = 'Stop'
[Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime] > $null
$template = [Windows.UI.Notifications.ToastNotificationManager]::GetTemplateContent([Windows.UI.Notifications.ToastTemplateType]::ToastText02)
$toast = [xml] $template.GetXml()
$toast.GetElementsByTagName('text')[0].AppendChild($toast.CreateTextNode($env:CAS_TOAST_TITLE)) > $null
$toast.GetElementsByTagName('text')[1].AppendChild($toast.CreateTextNode($env:CAS_TOAST_TEXT)) > $null
$xml = New-Object Windows.Data.Xml.Dom.XmlDocument
$xml.LoadXml($toast.OuterXml)
[Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier($env:CAS_TOAST_ID).Show([Windows.UI.Notifications.ToastNotification]::new($xml))`

// toast gives the arguments of PowerShell and what is added to its environment.
// The script stands in no file, so that no folder's name can break it.
func toast(title, text string) (args, env []string) {
	return []string{"-NoProfile", "-NonInteractive", "-Command", toastScript},
		[]string{"CAS_TOAST_TITLE=" + title, "CAS_TOAST_TEXT=" + text, "CAS_TOAST_ID=" + ID}
}

// noWindow is why no window can be shown.
func noWindow(goos string) *service.Error {
	e := &service.Error{Code: service.CodeInternal, Message: "The window can't be shown: no display can be used here.",
		Help: "Start the program from a desktop session, or use casctl, which needs no display."}
	if goos == "windows" {
		e.Message = "The window can't be shown: Windows offers no OpenGL 2 here. Nothing was lost."
		e.Help = "Install the driver of the graphics card; a virtual machine or a remote desktop may need its host's or Mesa's. Or use casctl, which needs no window."
	}
	return e
}

// windowFailures is what Fyne logs, and no more than logs, where it has no
// window: it goes on without one, for ever.
// https://github.com/fyne-io/fyne/blob/v2.8.0/internal/driver/glfw/driver.go
var windowFailures = [][]byte{[]byte("window creation error"), []byte("failed to initialise GLFW")}

// watched is the standard log, to which Fyne writes. It calls failed once, where
// Fyne has no window.
type watched struct {
	io.Writer
	once   sync.Once
	failed func()
}

func (w *watched) Write(line []byte) (int, error) {
	n, err := w.Writer.Write(line)
	for _, text := range windowFailures {
		if bytes.Contains(line, text) {
			w.once.Do(w.failed)
		}
	}
	return n, err
}
