package desktop

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"fyne.io/fyne/v2"
	"golang.org/x/sys/windows"
)

// toastPatience is how long PowerShell may take.
const toastPatience = time.Minute

// notifySystem lets Windows show a notification.
func notifySystem(_ fyne.App, text string) {
	ctx, stop := context.WithTimeout(context.Background(), toastPatience)
	defer stop()
	args, env := toast(Name, text)
	// By its whole path: another program of that name is not meant.
	shell := filepath.Join(os.Getenv("SystemRoot"), "System32", "WindowsPowerShell", "v1.0", "powershell.exe")
	cmd := exec.CommandContext(ctx, shell, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
	_ = cmd.Run() // the bell shows it as well
}

// openFolder opens a folder in Explorer. It takes the path, not an address:
// Windows reads the escapes of one in its old code page.
func openFolder(_ fyne.App, path string) error {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return err
	}
	return windows.ShellExecute(0, nil, name, nil, nil, windows.SW_SHOWNORMAL)
}

// alert says something where there is no window, nor a terminal.
func alert(text string) {
	title, err := windows.UTF16PtrFromString(Name)
	if err != nil {
		return
	}
	message, err := windows.UTF16PtrFromString(text)
	if err != nil {
		return
	}
	_, _ = windows.MessageBox(0, message, title, windows.MB_OK|windows.MB_ICONERROR|windows.MB_SETFOREGROUND)
}
