package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Entry is a line of input, 32 high, with an icon before it and a hint at its end where they are set.
// Escape and function keys go on to the canvas, and so do shortcuts which editing doesn't use.
type Entry struct {
	widget.BaseWidget

	OnChange func(string)
	OnSubmit func(string)              // Enter
	OnKey    func(*fyne.KeyEvent) bool // looks at keys first; true means used

	input       *input
	frame, ring *Surface
	icon        *Icon
	hint        *Text
	key         fyne.CanvasObject
	invalid     bool
	hintBox     *fyne.Container
	root        fyne.CanvasObject
}

// NewEntry makes an input with a placeholder.
func NewEntry(placeholder string) *Entry { return newEntry(placeholder, "") }

// NewSearchField makes an input with a magnifier.
func NewSearchField(placeholder string) *Entry { return newEntry(placeholder, "search") }

func newEntry(placeholder, icon string) *Entry {
	e := &Entry{
		input: &input{},
		frame: NewSurface(SurfaceStyle{}),
		ring:  focusRing(6),
		hint:  NewText(RoleCaption, ColorText3, ""),
		key:   Kbd("Enter"),
	}
	e.input.owner = e
	e.input.PlaceHolder = placeholder
	e.input.ExtendBaseWidget(e.input)
	e.input.OnChanged = func(s string) { call(e.OnChange, s) }
	e.input.OnSubmitted = func(s string) { call(e.OnSubmit, s) }
	e.hint.Hide()
	e.key.Hide()
	e.hintBox = Row(8, e.hint, e.key)
	parts, left := []fyne.CanvasObject{}, float32(8-entryPadding)
	if icon != "" {
		e.icon = NewIcon(icon, 16, ColorText3)
		parts, left = append(parts, e.icon), 8
	}
	bare := container.NewThemeOverride(e.input, bareTheme{})
	parts = append(parts, Grow(Pad(0, 0, 2, 0, bare)), e.hintBox)
	e.root = container.NewStack(e.frame, Fixed(0, 32, Pad(0, 8, 0, left, Row(8-entryPadding, parts...))))
	e.ExtendBaseWidget(e)
	e.show()
	return e
}

func call(f func(string), s string) {
	if f != nil {
		f(s)
	}
}

// Text returns what was typed.
func (e *Entry) Text() string { return e.input.Text }

// SetText replaces what was typed.
func (e *Entry) SetText(s string) { e.input.SetText(s) }

// SetPlaceholder changes the text which an empty input shows.
func (e *Entry) SetPlaceholder(s string) { e.input.SetPlaceHolder(s) }

// SetHint shows quiet words at the end ("2 groups"), and the key cap "Enter" where enter is true.
func (e *Entry) SetHint(words string, enter bool) {
	e.hint.SetText(words)
	SetVisible(e.hint, words != "")
	SetVisible(e.key, enter)
	e.root.Refresh()
}

// SetInvalid frames the input in red. Say why beside it.
func (e *Entry) SetInvalid(invalid bool) {
	e.invalid = invalid
	e.show()
}

// SetMonospaced sets the input in the fixed-width font.
func (e *Entry) SetMonospaced(on bool) {
	e.input.TextStyle.Monospace = on
	e.input.Refresh()
}

// SetEnabled enables or disables.
func (e *Entry) SetEnabled(on bool) {
	if on {
		e.input.Enable()
	} else {
		e.input.Disable()
	}
	e.show()
}

// Focusable returns what takes the focus.
func (e *Entry) Focusable() fyne.Focusable { return e.input }

// Inside implements Holder.
func (e *Entry) Inside() fyne.CanvasObject { return e.root }

// CreateRenderer implements fyne.Widget.
func (e *Entry) CreateRenderer() fyne.WidgetRenderer { return &entryRenderer{e} }

func (e *Entry) show() {
	style := SurfaceStyle{Fill: ColorSurface, Stroke: ColorBorder, StrokeWidth: 1, Radius: 6}
	switch {
	case e.input.Disabled():
		style.Fill, style.Stroke = ColorInset, ColorLine
	case e.invalid:
		style.Stroke = ColorDanger
	case e.input.focused:
		style.Stroke = ColorPrimary
	}
	e.frame.SetStyle(style)
	SetVisible(e.ring, e.input.focused && !e.input.Disabled())
}

type entryRenderer struct{ e *Entry }

func (r *entryRenderer) Destroy()                     {}
func (r *entryRenderer) MinSize() fyne.Size           { return fyne.NewSize(r.e.root.MinSize().Width, 32) }
func (r *entryRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.e.ring, r.e.root} }

func (r *entryRenderer) Layout(s fyne.Size) {
	r.e.root.Resize(s)
	layRing(r.e.ring, s, 4)
}

func (r *entryRenderer) Refresh() {
	r.e.show()
	r.e.frame.Refresh()
	r.e.root.Refresh()
}

// input is the native entry without a frame of its own.
type input struct {
	widget.Entry

	owner   *Entry
	focused bool
}

// FocusGained implements fyne.Focusable.
func (i *input) FocusGained() {
	i.focused = true
	i.Entry.FocusGained()
	i.owner.show()
	reveal(i.owner)
}

// FocusLost implements fyne.Focusable.
func (i *input) FocusLost() {
	i.focused = false
	i.Entry.FocusLost()
	i.owner.show()
}

// TypedKey implements fyne.Focusable.
func (i *input) TypedKey(e *fyne.KeyEvent) {
	if i.owner.OnKey != nil && i.owner.OnKey(e) {
		return
	}
	switch e.Name {
	case fyne.KeyEscape, fyne.KeyF1, fyne.KeyF2, fyne.KeyF3, fyne.KeyF4, fyne.KeyF5, fyne.KeyF6:
		ForwardKey(i, e)
	default:
		i.Entry.TypedKey(e)
	}
}

// TypedShortcut implements fyne.Shortcutable.
func (i *input) TypedShortcut(s fyne.Shortcut) {
	switch s.(type) {
	case *fyne.ShortcutCopy, *fyne.ShortcutCut, *fyne.ShortcutPaste, *fyne.ShortcutSelectAll, *fyne.ShortcutUndo, *fyne.ShortcutRedo:
		i.Entry.TypedShortcut(s)
	default:
		if editing(s) {
			i.Entry.TypedShortcut(s)
			return
		}
		ForwardShortcut(i, s)
	}
}

const entryPadding = 6 // of the native entry: with its text it is less than 32 high

// bareTheme takes frame and padding from a native entry.
type bareTheme struct{}

func (bareTheme) base() fyne.Theme { return fyne.CurrentApp().Settings().Theme() }

// Color implements fyne.Theme.
func (b bareTheme) Color(n fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	switch n {
	case theme.ColorNameInputBorder, theme.ColorNameInputBackground, theme.ColorNameError, theme.ColorNameShadow:
		return color.Transparent
	}
	return b.base().Color(n, v)
}

// Font implements fyne.Theme.
func (b bareTheme) Font(s fyne.TextStyle) fyne.Resource { return b.base().Font(s) }

// Icon implements fyne.Theme.
func (b bareTheme) Icon(n fyne.ThemeIconName) fyne.Resource { return b.base().Icon(n) }

// Size implements fyne.Theme.
func (b bareTheme) Size(n fyne.ThemeSizeName) float32 {
	switch n {
	case theme.SizeNameInputBorder:
		return 0
	case theme.SizeNameInnerPadding:
		return entryPadding
	case theme.SizeNameScrollBar, theme.SizeNameScrollBarSmall:
		return 0 // a line scrolls with its cursor; a bar would lie upon the letters
	}
	return b.base().Size(n)
}

// editing tells whether a shortcut moves or deletes by words.
func editing(s fyne.Shortcut) bool {
	c, ok := s.(*desktop.CustomShortcut)
	if !ok {
		return false
	}
	switch c.KeyName {
	case fyne.KeyLeft, fyne.KeyRight, fyne.KeyBackspace, fyne.KeyDelete, fyne.KeyHome, fyne.KeyEnd:
		return c.Modifier&fyne.KeyModifierAlt == 0
	}
	return false
}
