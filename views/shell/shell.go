// Package shell is the frame around every screen: navigation, top bar, banners, bell and keyboard shortcuts.
//
// It holds no data of its own: who builds it sets pages, state and banners.
package shell

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"cloudappsecurity/views/ui"
)

// MaxBanners is how many banners are shown at once.
const MaxBanners = 3

// Page is one screen.
type Page struct {
	ID      string
	Title   string
	Crumb   string // ID of the page which this one belongs to: it is named before the title and lit in the navigation
	Icon    string // set with Section or alone, it puts the page into the navigation; a filled variant must exist
	Section string // heading in the navigation, such as "Administration"
	Content fyne.CanvasObject

	// Each of these may be nil.
	Focus    func() fyne.Focusable // what takes the focus first
	OnShow   func()                // the page comes into sight
	OnHide   func()                // another page takes its place
	OnFind   func()                // Ctrl+F
	OnSubmit func()                // Ctrl+Enter
	OnEscape func() bool           // Escape; true means used
}

// Status is what the top bar says.
type Status struct {
	Organization string // "" while there is none
	Offline      bool
	DataOf       time.Time // while offline: the time of the data which is shown
	Unread       int
}

// Banner is one strip below the top bar. Order: demo, offline, danger, information.
type Banner struct {
	Text   ui.BannerText
	Action *ui.Button // what solves it, or nil
}

// Options builds a Shell.
type Options struct {
	Canvas fyne.Canvas
	Now    func() time.Time
	// Bell makes what the bell opens, and what takes the focus in it. close closes the popover.
	Bell func(close func()) (content fyne.CanvasObject, focus func() fyne.Focusable)
	// OnClose (Ctrl+W) and OnQuit (Ctrl+Q) may be nil.
	OnClose, OnQuit func()
}

// Shell is the frame. Use it on the main thread only.
type Shell struct {
	options Options
	pages   map[string]Page
	order   []string // of the navigation
	current string
	built   bool
	keys    fyne.ShortcutHandler

	nav     *navigation
	top     *topBar
	banners *fyne.Container
	shown   []Banner
	content *fyne.Container
	root    *fyne.Container
	popover *ui.Popover
	inBell  func() fyne.Focusable // what takes the focus in the popover
	help    *ui.Dialog
}

// New builds the frame around pages and opens the first.
func New(o Options, pages ...Page) *Shell {
	s := &Shell{options: o, pages: map[string]Page{}, banners: ui.Column(12), content: container.NewStack()}
	for _, p := range pages {
		s.pages[p.ID] = p
		if p.Icon != "" {
			s.order = append(s.order, p.ID)
		}
	}
	s.nav = newNavigation(s.navPages(), s.Open, s.ShowShortcuts)
	s.top = newTopBar(s.toggleBell, s.hoverBell, s.Open)
	s.banners.Hide()
	s.root = container.New(&frameLayout{}, ui.NewSurface(ui.SurfaceStyle{Fill: ui.ColorBackground}), ui.NewSurface(ui.SurfaceStyle{Fill: ui.ColorNav}), ui.NewLine(), s.nav.root,
		s.top.root, s.banners, s.content)
	s.listen()
	if len(pages) > 0 {
		s.Open(pages[0].ID) // takes no focus: the frame isn't in the window yet
	}
	s.built = true
	return s
}

// Root is what the window shows.
func (s *Shell) Root() fyne.CanvasObject { return s.root }

// Current is the ID of the page in sight.
func (s *Shell) Current() string { return s.current }

// Open shows the page with an ID which was given to New or Show. An unknown one changes nothing;
// of the one in sight, the first control takes the focus.
func (s *Shell) Open(id string) {
	page, ok := s.pages[id]
	if !ok {
		return
	}
	if id == s.current {
		s.focusNew(page)
		return
	}
	if before, ok := s.pages[s.current]; ok && before.OnHide != nil {
		before.OnHide()
	}
	s.CloseBell()
	s.current = id
	lit := id
	if page.Crumb != "" {
		lit = page.Crumb
	}
	s.nav.light(lit)
	s.top.title(page, s.pages[page.Crumb])
	s.content.Objects = []fyne.CanvasObject{page.Content}
	s.content.Refresh()
	s.root.Refresh()
	if page.OnShow != nil {
		page.OnShow()
	}
	if s.built {
		s.focusNew(page)
	}
}

// Show adds a page (or replaces the one with its ID) and opens it, as a wizard does.
func (s *Shell) Show(p Page) {
	s.pages[p.ID] = p
	if s.current == p.ID {
		s.current = ""
	}
	s.Open(p.ID)
}

// SetStatus changes the top bar.
func (s *Shell) SetStatus(st Status) { s.top.set(st, s.options.Now()) }

// SetBanners shows at most MaxBanners, in the given order.
func (s *Shell) SetBanners(banners ...Banner) {
	if len(banners) > MaxBanners {
		banners = banners[:MaxBanners]
	}
	s.shown = banners
	s.banners.Objects = nil
	for _, b := range banners {
		if b.Action == nil {
			s.banners.Add(ui.NewBanner(b.Text, nil))
			continue
		}
		s.banners.Add(ui.NewBanner(b.Text, b.Action))
	}
	if len(banners) == 0 {
		s.banners.Hide()
	} else {
		s.banners.Show()
	}
	s.root.Refresh()
}

// ShowNotifications opens the bell, as the tray's menu does.
func (s *Shell) ShowNotifications() {
	if s.popover == nil {
		s.openBell(true)
	}
}

// CloseBell closes the bell's popover, if it is open.
func (s *Shell) CloseBell() {
	if s.popover != nil {
		s.popover.Close()
	}
}

// RefreshBell fits the open popover to content which changed.
func (s *Shell) RefreshBell() {
	if s.popover != nil {
		s.popover.Refresh()
		s.focusBell()
	}
}

// focusBell gives the focus to what the bell opened, unless it has it or the bell was only hovered.
func (s *Shell) focusBell() {
	if s.inBell == nil || s.options.Canvas.Focused() != nil {
		return
	}
	if f := s.inBell(); f != nil {
		s.options.Canvas.Focus(f)
	}
}

func (s *Shell) navPages() []Page {
	pages := make([]Page, 0, len(s.order))
	for _, id := range s.order {
		pages = append(pages, s.pages[id])
	}
	return pages
}

// focusNew takes the focus from what was left. A page whose first control is worth it gets it; else nothing has it.
func (s *Shell) focusNew(p Page) {
	c := s.options.Canvas
	if s.nav.focused() {
		return // walking through the navigation by keyboard keeps its place there
	}
	if p.Focus != nil {
		if f := p.Focus(); f != nil {
			c.Focus(f)
			return
		}
	}
	c.Unfocus()
}

func (s *Shell) toggleBell() {
	if s.popover != nil {
		s.CloseBell()
		return
	}
	s.openBell(true)
}

func (s *Shell) hoverBell() {
	if s.popover == nil && len(s.options.Canvas.Overlays().List()) == 0 {
		s.openBell(false)
	}
}

func (s *Shell) openBell(pinned bool) {
	if s.options.Bell == nil {
		return
	}
	content, focus := s.options.Bell(s.CloseBell)
	s.popover = ui.ShowPopover(s.top.bell, content, 416, pinned)
	if s.popover == nil {
		return
	}
	s.top.bell.setOpen(true)
	s.popover.OnClosed = func() {
		s.popover = nil
		s.top.bell.setOpen(false)
	}
	s.inBell = nil
	if pinned {
		s.inBell = focus
		s.focusBell()
	}
}

// frameLayout places background, line, navigation, top bar, banners and content.
type frameLayout struct{}

const (
	navWidth  = 240
	topHeight = 64
	narrow    = 1200 // below it margins shrink
)

func margin(width float32) (side, bottom float32) {
	if width < narrow {
		return 24, 16
	}
	return 32, 24
}

func (l *frameLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(960, 600) }

func (l *frameLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	side, bottom := margin(s.Width)
	place := func(i int, x, y, w, h float32) {
		o[i].Move(fyne.NewPos(x, y))
		o[i].Resize(fyne.NewSize(fyne.Max(0, w), fyne.Max(0, h)))
	}
	place(0, 0, 0, s.Width, s.Height)
	place(1, 0, 0, navWidth, s.Height)
	place(2, navWidth-1, 0, 1, s.Height)
	place(3, 0, 0, navWidth-1, s.Height)
	width := s.Width - navWidth - 2*side
	place(4, navWidth+side, 0, width, topHeight)
	y := float32(topHeight)
	if o[5].Visible() {
		place(5, navWidth+side, y, width, o[5].Size().Height)
		height := o[5].MinSize().Height
		place(5, navWidth+side, y, width, height)
		y += height + bannerGap(s.Width)
	} else {
		y += 8
	}
	place(6, navWidth+side, y, width, s.Height-y-bottom)
}

func bannerGap(width float32) float32 {
	if width < narrow {
		return 12
	}
	return 16
}
