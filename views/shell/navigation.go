package shell

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"cloudappsecurity/views/ui"
)

// navigation is the column at the left.
type navigation struct {
	items    []*navItem
	shortcut *navItem
	root     fyne.CanvasObject
}

func newNavigation(pages []Page, open func(string), shortcuts func()) *navigation {
	n := &navigation{}
	column := ui.Column(4, brand(), ui.Space(0, 16))
	section := ""
	for i, p := range pages {
		if p.Section != section {
			section = p.Section
			column.Add(ui.Pad(12, 12, 0, 12, ui.NewText(ui.RoleCaptionBold, ui.ColorText3, section)))
		}
		item := newNavItem(p.ID, p.Icon, p.Title, nil)
		item.OnPress = func() { open(p.ID) }
		item.OnKey = func(e *fyne.KeyEvent) bool { return n.move(i, e) }
		n.items = append(n.items, item)
		column.Add(item)
	}
	n.shortcut = newNavItem("", "keyboard", "Keyboard shortcuts", ui.Kbd("F1"))
	n.shortcut.OnPress = shortcuts
	n.shortcut.OnKey = func(e *fyne.KeyEvent) bool { return n.move(len(pages), e) }
	n.root = ui.Pad(16, 12, 16, 12, container.NewBorder(nil, n.shortcut, nil, nil, column))
	return n
}

func brand() fyne.CanvasObject {
	mark := container.NewStack(
		ui.NewSurface(ui.SurfaceStyle{Fill: ui.ColorPrimary, Radius: 6}),
		container.NewCenter(ui.NewIcon("shield_checkmark-filled", 16, ui.ColorOnPrimary)))
	return ui.Fixed(0, 32, ui.Pad(0, 4, 0, 4, ui.Row(8, ui.Fixed(24, 24, mark), ui.NewText(ui.RoleStrong, ui.ColorText, "Cloud App Security"))))
}

func (n *navigation) light(id string) {
	for _, i := range n.items {
		i.lit = i.id == id
		i.Refresh()
	}
}

func (n *navigation) focused() bool {
	for _, i := range n.items {
		if i.Focused() {
			return true
		}
	}
	return false
}

// focusable is the item of the page in sight.
func (n *navigation) focusable() fyne.Focusable {
	for _, i := range n.items {
		if i.lit {
			return i
		}
	}
	return n.shortcut
}

func (n *navigation) move(from int, e *fyne.KeyEvent) bool {
	all := append(append([]*navItem{}, n.items...), n.shortcut)
	switch e.Name {
	case fyne.KeyUp:
		from--
	case fyne.KeyDown:
		from++
	case fyne.KeyHome:
		from = 0
	case fyne.KeyEnd:
		from = len(all) - 1
	default:
		return false
	}
	if from >= 0 && from < len(all) {
		ui.Focus(all[from])
	}
	return true
}

// navItem is one entry, 32 high.
type navItem struct {
	ui.Press

	id, icon, text string
	lit            bool
	surface, ring  *ui.Surface
	symbol         *ui.Icon
	label          *ui.Text
	root           fyne.CanvasObject
}

func newNavItem(id, icon, text string, trailing fyne.CanvasObject) *navItem {
	i := &navItem{id: id, icon: icon, text: text, surface: ui.NewSurface(ui.SurfaceStyle{Radius: 6})}
	i.ring = ui.NewSurface(ui.SurfaceStyle{Stroke: ui.ColorPrimary, StrokeWidth: 2, Radius: 6})
	i.ring.Hide()
	i.symbol = ui.NewIcon(icon, 18, ui.ColorText2)
	i.label = ui.NewCut(ui.RoleBody, ui.ColorText2, text)
	parts := []fyne.CanvasObject{i.symbol, ui.Grow(i.label)}
	if trailing != nil {
		parts = append(parts, trailing)
	}
	i.root = ui.Fixed(0, 32, container.NewStack(i.surface, ui.Pad(0, 10, 0, 10, ui.Row(8, parts...)), i.ring))
	i.Extend(i)
	return i
}

// AccessibilityLabel implements fyne.Accessible.
func (i *navItem) AccessibilityLabel() string { return i.text }

// CreateRenderer implements fyne.Widget.
func (i *navItem) CreateRenderer() fyne.WidgetRenderer {
	r := &navItemRenderer{i}
	r.Refresh()
	return r
}

type navItemRenderer struct{ i *navItem }

func (r *navItemRenderer) Destroy()                     {}
func (r *navItemRenderer) MinSize() fyne.Size           { return r.i.root.MinSize() }
func (r *navItemRenderer) Layout(s fyne.Size)           { r.i.root.Resize(s) }
func (r *navItemRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.i.root} }

func (r *navItemRenderer) Refresh() {
	i := r.i
	style, icon, color := ui.SurfaceStyle{Radius: 6}, i.icon, fyne.ThemeColorName(ui.ColorText2)
	role, text := ui.RoleBody, fyne.ThemeColorName(ui.ColorText2)
	switch {
	case i.lit:
		style.Fill, icon, color = ui.ColorPrimarySoft, i.icon+"-filled", ui.ColorPrimary
		role, text = ui.RoleStrong, ui.ColorText
	case i.Hovered():
		style.Fill, text = theme.ColorNameHover, ui.ColorText
	}
	i.surface.SetStyle(style)
	i.symbol.Set(icon, color)
	i.label.SetRole(role)
	i.label.SetColor(text)
	if i.RingVisible() {
		i.ring.Show()
	} else {
		i.ring.Hide()
	}
}
