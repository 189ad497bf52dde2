package shell

import (
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"cloudappsecurity/views/ui"
)

// topBar is the strip of 64 above the page.
type topBar struct {
	crumb    *crumb
	slash    *ui.Text
	heading  *ui.Text
	org      *fyne.Container
	orgName  *ui.Text
	net      *fyne.Container
	netDot   fyne.CanvasObject
	netIcon  fyne.CanvasObject
	netPill  *ui.Surface
	netWords *ui.Text
	bell     *bell
	root     *fyne.Container
}

func newTopBar(press, hover func(), open func(string)) *topBar {
	t := &topBar{
		crumb:    newCrumb(open),
		slash:    ui.NewText(ui.RoleCrumb, ui.ColorText3, "/"),
		heading:  ui.NewCut(ui.RolePageTitle, ui.ColorText, ""),
		orgName:  ui.NewCut(ui.RoleBody, ui.ColorText2, ""),
		netDot:   ui.NewDot(ui.ColorSuccess),
		netIcon:  ui.NewIcon("cloud_off", 16, ui.ColorText2),
		netPill:  ui.NewSurface(ui.SurfaceStyle{Fill: ui.ColorNeutralSoft, Radius: 12}),
		netWords: ui.NewText(ui.RoleBody, ui.ColorText2, ""),
		bell:     newBell(press, hover),
	}
	t.org = ui.Row(8, ui.NewIcon("building", 16, ui.ColorText2), ui.Grow(t.orgName))
	t.net = ui.Fixed(0, 24, container.NewStack(t.netPill, ui.Pad(0, 8, 0, 8, ui.Row(8, t.netDot, t.netIcon, t.netWords))))
	t.root = container.New(&topLayout{t}, t.crumb, t.slash, t.heading, t.org, t.net, t.bell)
	return t
}

func (t *topBar) title(page, parent Page) {
	t.crumb.to, t.crumb.text = parent.ID, parent.Title
	t.crumb.Refresh()
	t.heading.SetText(page.Title)
	t.root.Refresh()
}

func (t *topBar) set(s Status, now time.Time) {
	t.orgName.SetText(s.Organization)
	ui.SetVisible(t.org, s.Organization != "")
	words := "Online"
	if s.Offline {
		words = "Offline"
		if !s.DataOf.IsZero() {
			words = "Offline: showing data of " + ui.ShortMoment(s.DataOf, now)
		}
	}
	ui.SetVisible(t.netDot, !s.Offline)
	ui.SetVisible(t.netIcon, s.Offline)
	ui.SetVisible(t.netPill, s.Offline)
	t.netWords.SetText(words)
	t.bell.setUnread(s.Unread)
	t.root.Refresh()
}

// topLayout shares the top bar: the title, with the page above it where there is room, comes before the organization's name, of which
// a little always remains.
type topLayout struct{ t *topBar }

const (
	topGap    = 16
	crumbGap  = 6
	leastName = 80 // of the organization, with its icon
)

func (l *topLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(480, topHeight) }

func (l *topLayout) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	t := l.t
	place := func(o fyne.CanvasObject, x, w, h float32) {
		o.Move(fyne.NewPos(x, (s.Height-h)/2))
		o.Resize(fyne.NewSize(fyne.Max(0, w), h))
	}
	bellSize, net := t.bell.MinSize(), t.net.MinSize()
	end := s.Width - bellSize.Width
	place(t.bell, end, bellSize.Width, bellSize.Height)
	end -= topGap + net.Width
	place(t.net, end, net.Width, net.Height)
	end -= topGap
	name := float32(0)
	if t.org.Visible() {
		name = 24 + t.orgName.Natural()
		end -= topGap
	}
	title, before := t.heading.Natural(), float32(0)
	if t.crumb.text != "" {
		before = t.crumb.MinSize().Width + t.slash.MinSize().Width + 2*crumbGap
	}
	least := fyne.Min(name, leastName)
	if before+title+least > end {
		before = 0 // Escape and the navigation lead back, too
	}
	ui.SetVisible(t.crumb, before > 0)
	ui.SetVisible(t.slash, before > 0)
	if before > 0 {
		place(t.crumb, 0, t.crumb.MinSize().Width, 32)
		place(t.slash, t.crumb.MinSize().Width+crumbGap, t.slash.MinSize().Width, 32)
	}
	title = fyne.Max(0, fyne.Min(title, end-before-least))
	name = fyne.Min(name, end-before-title)
	place(t.heading, before, title, 32)
	place(t.org, end+topGap-name, name, 32)
}

// crumb is the name of the page above, which it leads back to.
type crumb struct {
	ui.Press

	to, text string
	label    *ui.Text
	ring     *ui.Surface
}

func newCrumb(open func(string)) *crumb {
	c := &crumb{label: ui.NewText(ui.RoleCrumb, ui.ColorText3, "")}
	c.ring = ui.NewSurface(ui.SurfaceStyle{Stroke: ui.ColorPrimary, StrokeWidth: 2, Radius: 6})
	c.ring.Hide()
	c.OnPress = func() { open(c.to) }
	c.Extend(c)
	return c
}

// AccessibilityLabel implements fyne.Accessible.
func (c *crumb) AccessibilityLabel() string { return "Back to " + c.text }

// CreateRenderer implements fyne.Widget.
func (c *crumb) CreateRenderer() fyne.WidgetRenderer { return &crumbRenderer{c} }

type crumbRenderer struct{ c *crumb }

func (r *crumbRenderer) Destroy()           {}
func (r *crumbRenderer) MinSize() fyne.Size { return r.c.label.MinSize() }

func (r *crumbRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.c.label, r.c.ring}
}

func (r *crumbRenderer) Layout(s fyne.Size) {
	r.c.label.Resize(s)
	r.c.ring.Move(fyne.NewPos(-4, 0))
	r.c.ring.Resize(s.AddWidthHeight(8, 0))
}

func (r *crumbRenderer) Refresh() {
	color := fyne.ThemeColorName(ui.ColorText3)
	if r.c.Hovered() {
		color = ui.ColorLink
	}
	r.c.label.Set(r.c.text, color)
	ui.SetVisible(r.c.ring, r.c.RingVisible())
}

// bell opens the notifications and counts the unread ones.
type bell struct {
	ui.Press

	open                 bool
	unread               int
	surface, ring, badge *ui.Surface
	icon                 *ui.Icon
	count                *ui.Text
}

func newBell(press, hover func()) *bell {
	b := &bell{
		surface: ui.NewSurface(ui.SurfaceStyle{Radius: 6}),
		ring:    ui.NewSurface(ui.SurfaceStyle{Stroke: ui.ColorPrimary, StrokeWidth: 2, Radius: 10}),
		badge:   ui.NewSurface(ui.SurfaceStyle{Fill: ui.ColorDanger, Radius: 8}),
		icon:    ui.NewIcon("alert", 20, ui.ColorText2),
		count:   ui.NewText(ui.RoleBadge, ui.ColorOnDanger, ""),
	}
	b.OnPress = press
	b.OnState = func() {
		if b.Hovered() && hover != nil && !b.open {
			hover()
		}
	}
	b.Extend(b)
	return b
}

func (b *bell) setOpen(open bool) {
	b.open = open
	b.Refresh()
}

func (b *bell) setUnread(n int) {
	b.unread = n
	b.Refresh()
}

// AccessibilityLabel implements fyne.Accessible.
func (b *bell) AccessibilityLabel() string {
	if b.unread == 0 {
		return "Notifications"
	}
	return "Notifications, " + strconv.Itoa(b.unread) + " unread"
}

// CreateRenderer implements fyne.Widget.
func (b *bell) CreateRenderer() fyne.WidgetRenderer {
	r := &bellRenderer{b}
	r.Refresh()
	return r
}

type bellRenderer struct{ b *bell }

func (r *bellRenderer) Destroy()           {}
func (r *bellRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(32) }

func (r *bellRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.b.ring, r.b.surface, r.b.icon, r.b.badge, r.b.count}
}

func (r *bellRenderer) Layout(s fyne.Size) {
	r.b.surface.Resize(s)
	r.b.ring.Move(fyne.NewPos(-4, -4))
	r.b.ring.Resize(s.AddWidthHeight(8, 8))
	r.b.icon.Move(fyne.NewPos(6, 6))
	r.b.icon.Resize(fyne.NewSquareSize(20))
	text := r.b.count.MinSize()
	width := fyne.Max(16, text.Width+8)
	right := s.Width + 2
	r.b.badge.Move(fyne.NewPos(right-width, 0))
	r.b.badge.Resize(fyne.NewSize(width, 16))
	r.b.count.Move(fyne.NewPos(right-width+(width-text.Width)/2, 0))
	r.b.count.Resize(text)
}

func (r *bellRenderer) Refresh() {
	b := r.b
	style, icon, color := ui.SurfaceStyle{Radius: 6}, "alert", fyne.ThemeColorName(ui.ColorText2)
	switch {
	case b.open:
		style.Fill, icon, color = ui.ColorPrimarySoft, "alert-filled", ui.ColorPrimary
	case b.Hovered():
		style.Fill = ui.ColorNeutralSoft
	}
	b.surface.SetStyle(style)
	b.icon.Set(icon, color)
	words := strconv.Itoa(b.unread)
	if b.unread > 99 {
		words = "99+"
	}
	b.count.SetText(words)
	ui.SetVisible(b.badge, b.unread > 0)
	ui.SetVisible(b.count, b.unread > 0)
	ui.SetVisible(b.ring, b.RingVisible())
	r.Layout(b.Size())
}
