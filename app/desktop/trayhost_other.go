//go:build !linux

package desktop

// trayHost: Windows and macOS always show a tray.
func trayHost() bool { return true }
