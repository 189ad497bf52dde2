package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// console lets what is printed come out where the program was started from a
// terminal: Windows gives none to a program with a window.
func console() {
	if handle, err := windows.GetStdHandle(windows.STD_ERROR_HANDLE); err == nil && handle != 0 && handle != windows.InvalidHandle {
		return // redirected
	}
	const parent = ^uintptr(0) // ATTACH_PARENT_PROCESS
	attach := windows.NewLazySystemDLL("kernel32.dll").NewProc("AttachConsole")
	if done, _, _ := attach.Call(parent); done == 0 {
		return // started from the desktop
	}
	if out, err := os.OpenFile("CONOUT$", os.O_WRONLY, 0); err == nil {
		os.Stdout, os.Stderr = out, out
	}
}
