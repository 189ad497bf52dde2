// Package desktop is the window of Cloud App Security and the tray around it.
// It puts the screens of views together with the services of app, brings what
// changes to the main thread, and stops everything in order: workers first,
// then the store, after the window's loop has ended.
package desktop

import (
	"context"
	"errors"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"

	"cloudappsecurity/app"
	"cloudappsecurity/resources"
	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// The program's metadata. A test holds them against FyneApp.toml, which plain
// go build doesn't read.
const (
	ID   = "cloudappsecurity.desktop"
	Name = "Cloud App Security"
)

// The window's first size: it fits a laptop of 1366 by 768, and one of 1920 by
// 1080 at 150 %.
const (
	firstWidth  = 1240
	firstHeight = 700
)

// Config is how the desktop program is started.
type Config struct {
	App    app.Config
	Hidden bool // starts in the tray; without a tray host the window is shown
}

// desktop is the running program.
type desktop struct {
	config  Config
	fyne    fyne.App
	theme   *ui.Theme
	window  fyne.Window
	app     *app.App // nil while closed
	failed  error    // why it is closed, if it could not be opened
	screens *screens
	tray    *tray
	visible bool
	told    chan struct{} // closed when the system has the latest notification
	reset   chan struct{} // closed when the latest reset of the demo has ended
	over    atomic.Bool   // the window's loop has ended
	ended   chan struct{} // closed when Fyne's Run has returned
	closing sync.Mutex
}

// Run runs the program until it is quit. An error that the window could show
// was shown there and is returned as well.
func Run(c Config) error {
	fyneapp.SetMetadata(fyne.AppMetadata{
		ID: ID, Name: Name, Version: c.App.Version, Icon: picture("app"),
		Migrations: map[string]bool{"fyneDo": true},
	})
	c.App.Program = Name
	if cache, err := os.UserCacheDir(); err == nil {
		_ = os.MkdirAll(cache, 0o700) // Fyne makes its own folder, but none above it; without one it only goes slower
	}
	d := &desktop{config: c, fyne: fyneapp.NewWithID(ID), theme: ui.NewTheme(ui.VariantSystem), visible: true}
	log.SetOutput(&watched{Writer: os.Stderr, failed: d.windowless})
	d.fyne.SetIcon(picture("app"))
	d.fyne.Settings().SetTheme(d.theme)
	d.window = d.fyne.NewWindow(Name)
	d.window.SetMaster()
	d.window.SetPadded(false)
	d.window.Resize(fyne.NewSize(firstWidth, firstHeight))
	d.window.SetCloseIntercept(d.hideOrQuit)
	d.tray = newTray(d)

	stop := d.quitOnSignal()
	defer stop()
	d.ended = make(chan struct{})
	d.open()
	shown := d.show(c.Hidden && d.failed == nil && d.tray.hosted())
	close(d.ended)
	return errors.Join(d.failed, shown, d.close())
}

// show runs the window's loop until the program is quit. Where there is no
// display, Fyne panics with GLFW's words.
func (d *desktop) show(hidden bool) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			if e, ok := cause.(error); !ok || !strings.Contains(e.Error(), "GLFW") {
				panic(cause)
			}
			err = noWindow(runtime.GOOS)
		}
	}()
	if hidden {
		d.visible = false
		d.theme.SetStill(true)
		d.fyne.Run()
	} else {
		d.window.ShowAndRun()
	}
	return nil
}

// windowless ends the program where Windows gives Fyne no window, and says why.
// Elsewhere that is a panic, which show catches.
func (d *desktop) windowless() {
	if runtime.GOOS != "windows" {
		return
	}
	e := noWindow(runtime.GOOS)
	alert(e.Message + "\n\n" + e.Help)
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		_ = d.close() // what was said before is what matters
	}()
	select {
	case <-closed:
	case <-time.After(quitPatience):
	}
	os.Exit(1) //nolint:forbidigo // Fyne would go on without a window
}

func picture(name string) fyne.Resource {
	data, err := resources.Picture(name)
	if err != nil {
		return nil
	}
	return fyne.NewStaticResource(name+".png", data)
}

// open opens the services and shows the screens, or what went wrong.
func (d *desktop) open() {
	var a *app.App
	a, d.failed = app.Open(context.Background(), d.config.App)
	if d.failed != nil {
		e := service.AsError(d.failed)
		var reset func()
		if d.config.App.Demo && e.Code == service.CodeInternal {
			reset = d.resetDemo
		}
		d.window.SetContent(failure(e, d.open, reset, d.quit))
		d.tray.show(nil)
		return
	}
	d.app = a
	d.theme.SetVariant(storedVariant(a))
	d.fyne.Settings().SetTheme(d.theme)
	d.screens = newScreens(d)
	d.window.SetContent(d.screens.shell.Root())
	d.screens.reload()
	a.Start()
}

// close stops the services. The window's loop has ended, or its content is
// replaced.
func (d *desktop) close() error {
	d.closing.Lock()
	defer d.closing.Unlock()
	d.over.Store(true)
	if d.reset != nil {
		<-d.reset
	}
	if d.screens != nil {
		d.screens.stop()
		d.screens = nil
	}
	if d.app == nil {
		return nil
	}
	a := d.app
	d.app = nil
	return a.Close()
}

// front brings the window before all others. Where the system forbids that, it
// asks for attention instead: the window system's own answer to a request for
// the focus.
func (d *desktop) front() {
	d.visible = true
	d.theme.SetStill(false)
	d.window.Show()
	d.window.RequestFocus()
	if d.screens != nil {
		d.screens.reload()
	}
}

// hideOrQuit is what the window's close button does: the program stays in the
// tray, but only where a tray host answered, or nobody could open it again.
func (d *desktop) hideOrQuit() {
	if d.app == nil || !d.tray.hosted() {
		d.quit()
		return
	}
	d.visible = false
	d.theme.SetStill(true)
	d.window.Hide()
	d.screens.saidHidden()
}

// quitPatience is how long Fyne may take to end its loop.
const quitPatience = 5 * time.Second

// quit ends the program. Fyne 2.8.0 closes the queue of its main thread while
// one of its own events may be on the way into it, and then waits for that one
// for ever: the services are stopped in order all the same, and the process ends.
// https://github.com/fyne-io/fyne/blob/v2.8.0/internal/driver/glfw/loop.go
func (d *desktop) quit() {
	go func() {
		select {
		case <-d.ended:
		case <-time.After(quitPatience):
			code := 0
			if err := d.close(); err != nil {
				code = 1
			}
			os.Exit(code) //nolint:forbidigo // main waits for the loop that never ends
		}
	}()
	d.fyne.Quit()
}

// quitOnSignal quits on SIGINT and SIGTERM until release is called.
func (d *desktop) quitOnSignal() (release func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	over := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-signals:
			fyne.Do(d.quit)
		case <-over:
		}
	}()
	return func() {
		signal.Stop(signals)
		close(over)
		<-ended
	}
}

// resetDemo deletes the demo organization and opens a new one. It runs on the
// main thread; what takes time leaves it, and a quit waits for that.
func (d *desktop) resetDemo() {
	content, still := working("Resetting the demo organization")
	d.window.SetContent(content)
	if d.screens != nil {
		d.screens.stop()
	}
	a, reset := d.app, make(chan struct{})
	d.app, d.screens, d.reset = nil, nil, reset
	go func() {
		defer close(reset)
		var err error
		if a != nil {
			err = a.Close()
		}
		if err == nil {
			err = app.ResetDemo(context.Background(), d.config.App)
		}
		fyne.Do(func() {
			still()
			switch {
			case d.over.Load():
			case err != nil:
				slog.Warn("resetting the demo", "error", err) //nolint:forbidigo // the log was closed with the program's services
				d.window.SetContent(failure(service.AsError(err), d.open, nil, d.quit))
			default:
				d.open()
				d.front()
			}
		})
	}()
}

// pause is between two refreshes of what is in sight.
const pause = 100 * time.Millisecond
