package ui

import "fyne.io/fyne/v2"

// Loader loads what a view shows off the main thread and comes back with a single call of the dispatcher.
// Calls of Load while one runs are joined into one which follows it. Use it on the main thread only.
type Loader struct {
	Off func(func()) // leaves the main thread; nil starts a goroutine
	On  func(func()) // comes back to it; nil is fyne.Do

	running, again bool
	next           func() func()
}

// Inline gives a Loader which does everything at once, for tests.
func Inline() *Loader {
	now := func(f func()) { f() }
	return &Loader{Off: now, On: now}
}

// Load runs work off the main thread, and then on it what work returned (which may be nil).
func (l *Loader) Load(work func() func()) {
	if l.running {
		l.again, l.next = true, work
		return
	}
	l.running = true
	l.off(func() {
		show := work()
		l.on(func() {
			l.running = false
			if show != nil {
				show()
			}
			if l.again {
				l.again = false
				l.Load(l.next)
			}
		})
	})
}

// Act runs work like Load, but is never joined with another: for changes.
func (l *Loader) Act(work func() func()) {
	l.off(func() {
		if show := work(); show != nil {
			l.on(show)
		}
	})
}

func (l *Loader) off(f func()) {
	if l.Off != nil {
		l.Off(f)
		return
	}
	go f()
}

func (l *Loader) on(f func()) {
	if l.On != nil {
		l.On(f)
		return
	}
	fyne.Do(f)
}
