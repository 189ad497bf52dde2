package shell

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"cloudappsecurity/views/ui"
)

// listen takes the keys of the window: plain keys arrive here when no widget used them.
func (s *Shell) listen() {
	c := s.options.Canvas
	c.SetOnTypedKey(s.typed)
	on := func(key fyne.KeyName, extra fyne.KeyModifier, do func()) {
		shortcut := &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault | extra}
		s.keys.AddShortcut(shortcut, func(fyne.Shortcut) { do() })
		c.AddShortcut(shortcut, s.keys.TypedShortcut)
	}
	for i, id := range s.order {
		on(fyne.KeyName(strconv.Itoa(i+1)), 0, s.unlessModal(func() { s.Open(id) }))
	}
	on(fyne.KeyComma, 0, s.unlessModal(func() { s.Open("settings") }))
	on(fyne.KeyN, fyne.KeyModifierShift, func() {
		if s.popover != nil || len(c.Overlays().List()) == 0 {
			s.toggleBell()
		}
	})
	on(fyne.KeyF, 0, s.unlessModal(func() { s.call(s.pages[s.current].OnFind) }))
	on(fyne.KeyReturn, 0, s.unlessModal(func() { s.call(s.pages[s.current].OnSubmit) }))
	on(fyne.KeyEnter, 0, s.unlessModal(func() { s.call(s.pages[s.current].OnSubmit) }))
	on(fyne.KeyW, 0, func() { s.call(s.options.OnClose) })
	on(fyne.KeyQ, 0, func() { s.call(s.options.OnQuit) })
}

// TypedShortcut implements fyne.Shortcutable: the canvas hands on what no widget used.
func (s *Shell) TypedShortcut(shortcut fyne.Shortcut) { s.keys.TypedShortcut(shortcut) }

func (s *Shell) call(f func()) {
	if f != nil {
		f()
	}
}

// unlessModal does nothing while a dialog is open, and closes the bell first.
func (s *Shell) unlessModal(do func()) func() {
	return func() {
		s.CloseBell()
		if len(s.options.Canvas.Overlays().List()) == 0 {
			do()
		}
	}
}

func (s *Shell) typed(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyF1:
		s.ShowShortcuts()
	case fyne.KeyF6:
		step := 1
		if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok && d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0 {
			step = -1
		}
		s.walk(step)
	case fyne.KeyEscape:
		page := s.pages[s.current]
		if page.OnEscape != nil && page.OnEscape() {
			return
		}
		if page.Crumb != "" {
			s.Open(page.Crumb)
		}
	default:
		ui.ScrollBy(s.pages[s.current].Content, e.Name)
	}
}

// walk moves the focus to the next area: navigation, top bar, banners, page.
func (s *Shell) walk(step int) {
	areas := ui.Areas{
		s.nav.focusable,
		func() fyne.Focusable { return s.top.bell },
		func() fyne.Focusable {
			for _, b := range s.shown {
				if b.Action != nil && !b.Action.Disabled() {
					return b.Action
				}
			}
			return nil
		},
		func() fyne.Focusable {
			if f := s.pages[s.current].Focus; f != nil {
				return f()
			}
			return nil
		},
	}
	from := s.areaOfFocus()
	if from < 0 && step > 0 {
		from = len(areas) - 2 // begin with the page
	} else if from < 0 {
		from = 0
	}
	if f, _ := areas.Next(from, step); f != nil {
		s.options.Canvas.Focus(f)
	}
}

func (s *Shell) areaOfFocus() int {
	focused := s.options.Canvas.Focused()
	if focused == nil {
		return -1
	}
	if focused == s.nav.shortcut || s.nav.focused() {
		return 0
	}
	if focused == s.top.bell || focused == s.top.crumb {
		return 1
	}
	for _, b := range s.shown {
		if b.Action != nil && focused == b.Action {
			return 2
		}
	}
	return 3
}

// ShowShortcuts lists the keys.
func (s *Shell) ShowShortcuts() {
	if s.help != nil && s.help.Open() {
		return
	}
	s.CloseBell()
	s.help = ui.ShowInfo(s.options.Canvas, "Keyboard shortcuts", 560, s.shortcutList())
}

func (s *Shell) shortcutList() fyne.CanvasObject {
	rows := [][2]string{{"F1", "Keyboard shortcuts"}, {"F6", "Next area"}, {"Shift+F6", "Previous area"}, {"Tab", "Next control"}}
	for i, id := range s.order {
		rows = append(rows, [2]string{"Ctrl+" + strconv.Itoa(i+1), s.pages[id].Title})
	}
	rows = append(rows, [][2]string{
		{"Ctrl+,", "Settings"}, {"Ctrl+Shift+N", "Notifications"}, {"Ctrl+F", "Find in a list"},
		{"Page Down", "Scroll the page"}, {"Enter", "Press the button, open the row"}, {"Space", "Mark the row"}, {"Ctrl+A", "Mark all rows"},
		{"Alt+Right", "Add marked targets"}, {"Alt+Left", "Remove marked targets"}, {"Delete", "Remove marked targets"},
		{"Alt+Up", "Raise a policy's priority"}, {"Alt+Down", "Lower a policy's priority"},
		{"Ctrl+Enter", "Done, Save"}, {"Esc", "Close, cancel, or go back"}, {"Ctrl+W", "Close the window"}, {"Ctrl+Q", "Quit"},
	}...)
	left, right := ui.Column(8), ui.Column(8)
	for i, r := range rows {
		caps := ui.Row(4)
		for _, k := range ui.Keys(r[0]) {
			caps.Add(ui.Kbd(k))
		}
		row := ui.Row(12, ui.Grow(ui.NewCut(ui.RoleBody, ui.ColorText, r[1])), caps)
		if i < (len(rows)+1)/2 {
			left.Add(row)
		} else {
			right.Add(row)
		}
	}
	return ui.Columns(32, left, right)
}
