//go:build wine

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloudappsecurity/app/realparts"
)

// TestWindowsWindow starts cloudappsecurity.exe in Wine.
func TestWindowsWindow(t *testing.T) {
	display := realparts.NewDisplay(t)
	wine := realparts.NewWine(t, display.Env()...)
	program := wine.Program("cloudappsecurity")
	p := realparts.Start(t, wine.Env, program[0], program[1], "--demo", "--data-dir", `C:\the démo 100 %`)
	window := display.Window("Cloud App Security")
	display.Wait("the dashboard", func() bool { return realparts.Colours(display.Picture()) > 20 })
	if geometry := display.Do("getwindowgeometry", window); !strings.Contains(geometry, "1240x700") {
		t.Errorf("the window is %s", geometry)
	}
	// It isn't the window of a failure: that has let the folder go.
	holder, err := os.ReadFile(filepath.Join(wine.Unix(`C:\the démo 100 %`), "writer.json"))
	if err != nil || !strings.Contains(string(holder), "Cloud App Security") {
		t.Errorf("the folder is held by %q: %v", holder, err)
	}
	display.Save("windows-dashboard")
	display.Do("mousemove", "600", "400")
	display.Do("key", "ctrl+q")
	if code := p.Wait(); code != 0 {
		t.Errorf("ended with %d: %s", code, p.Stderr())
	}
}

// TestWindowsWithoutOpenGL: a Windows that can't draw the window says so, and
// the program does not stay behind unseen.
func TestWindowsWithoutOpenGL(t *testing.T) {
	display := realparts.NewDisplay(t, "-extension", "GLX")
	wine := realparts.NewWine(t, display.Env()...)
	program := wine.Program("cloudappsecurity")
	p := realparts.Start(t, wine.Env, program[0], program[1], "--demo", "--data-dir", `C:\demo`)
	display.Window("Cloud App Security") // a message of Windows, with its button
	display.Save("windows-without-opengl")
	display.Wait("the end", func() bool {
		display.Do("key", "Return")
		select {
		case <-p.Ended():
			return true
		default:
			return false
		}
	})
	if code := p.Wait(); code != 1 {
		t.Errorf("ended with %d: %s", code, p.Stderr())
	}
}
