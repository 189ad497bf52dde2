// Package review is the screen on which everyone whom a service covers, or doesn't, is looked through: with a search, by list and by
// origin. It reads what is stored, so that it works offline too, a page at a time.
package review

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// Row is one target: a person, or a site.
type Row struct {
	Name      string
	Address   string // user principal name, or URL
	ID        string
	Kind      string // such as "Shared mailbox"
	Protected bool
	Reason    service.Exclusion // why not, when not
	Origin    service.Origin
	SeenAt    time.Time
}

// Page is what a query found.
type Page struct {
	Rows  []Row
	Count int // of all pages
}

// Source reads what is stored. Its calls are made off the main thread.
type Source interface {
	Page(ctx context.Context, s service.Service, q service.TargetQuery) (Page, error)
	// Export writes whom q finds into a CSV file and says how many these are.
	Export(ctx context.Context, s service.Service, q service.TargetQuery, path string) (int, error)
}

// Options builds a View. Source, Services and Canvas are required.
type Options struct {
	Context  context.Context
	Source   Source
	Services []service.Service
	Canvas   fyne.Canvas
	Loader   *ui.Loader
	Now      func() time.Time
	// ChooseFile asks where to save. chosen is not called when the person cancels.
	ChooseFile func(name string, chosen func(path string))
}

// pageSize is how many targets are shown at once.
const pageSize = 100

// View is the screen. Use it on the main thread only.
type View struct {
	widget.BaseWidget

	options Options
	page    Page
	asked   service.TargetQuery // what page answers
	offset  int

	search            *ui.Entry
	of                *ui.SegmentedControl
	lists             []lists              // of each service
	filter, origin    *ui.SegmentedControl // those in sight
	export            *ui.Button
	table             *ui.ListTable
	instead           *fyne.Container // what is shown in the place of rows
	place             *ui.Text
	note              *ui.Text
	previous, next    *ui.Button
	root              fyne.CanvasObject
	loaded, exporting bool
}

// New builds the screen. Reload fills it.
func New(o Options) *View {
	if o.Context == nil {
		o.Context = context.Background()
	}
	if o.Loader == nil {
		o.Loader = &ui.Loader{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	v := &View{options: o}
	v.search = ui.NewSearchField("Name or address")
	v.search.OnChange = func(string) { v.first() }
	v.search.OnKey = func(e *fyne.KeyEvent) bool {
		if e.Name == fyne.KeyDown && len(v.page.Rows) > 0 {
			ui.Focus(v.table.Focusable())
			return true
		}
		return false
	}
	var names []string
	for _, s := range o.Services {
		names = append(names, s.Name())
	}
	v.of = ui.NewSegmentedControl(names, func(int) { v.switchService() })
	for _, s := range o.Services {
		v.lists = append(v.lists, v.newLists(s))
	}
	v.chooseLists()
	v.export = ui.NewButton(ui.Outlined, "Export as CSV…", v.save)
	v.place = ui.NewCut(ui.RoleCaption, ui.ColorText3, "")
	v.note = ui.NewWrapped(ui.RoleCaption, ui.ColorText3, "")
	v.previous = ui.NewIconButton(ui.Quiet, "", "chevron_left", func() { v.turn(-pageSize) }).Named("Previous page")
	v.next = ui.NewIconButton(ui.Quiet, "", "chevron_right", func() { v.turn(pageSize) }).Named("Next page")
	v.buildTable()
	v.root = v.arrange()
	v.ExtendBaseWidget(v)
	v.show()
	return v
}

func (v *View) buildTable() {
	columns := []ui.TableColumn{{Title: "Name"}, {Title: "State", Width: 232}, {Title: "Origin", Width: 72}, {Title: "Last seen", Width: 112}}
	v.table = ui.NewListTable(columns, 48, ui.TableSource{
		Rows: func() int { return len(v.page.Rows) },
		NewCells: func() []fyne.CanvasObject {
			return []fyne.CanvasObject{newNameCell(), ui.NewStatus("circle", ui.ColorText3, ""), ui.NewCut(ui.RoleBody, ui.ColorText2, ""),
				ui.NewCut(ui.RoleBody, ui.ColorText2, "")}
		},
		Update: v.update,
	})
	v.table.OnOpen = v.details
	v.instead = container.NewStack()
}

func (v *View) arrange() fyne.CanvasObject {
	about := ui.NewWrapped(ui.RoleBody, ui.ColorText2, "What each service covers, and why somebody or something isn't protected. Works offline, too.")
	foot := ui.Fixed(0, 48, ui.Pad(0, 8, 0, 16, ui.Row(8, ui.Grow(v.place), v.previous, v.next)))
	card := ui.Card(ui.ColumnWithGrowing(0, 0, container.NewStack(v.table, v.instead), ui.NewLine(), foot))
	head := ui.Row(16, ui.Grow(v.search), v.of, v.export)
	filters, origins := ui.Row(0), ui.Row(0)
	for _, l := range v.lists {
		filters.Add(l.filter)
		origins.Add(l.origin)
	}
	narrow := ui.Row(16, filters, ui.Spring(), origins)
	return ui.ColumnWithGrowing(12, 3, about, head, narrow, card, v.note)
}

// CreateRenderer implements fyne.Widget.
func (v *View) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(v.root) }

// Inside is what the screen is drawn with.
func (v *View) Inside() fyne.CanvasObject { return v.root }

// Focusable returns what takes the focus first.
func (v *View) Focusable() fyne.Focusable { return v.search.Focusable() }

// Find is Ctrl+F.
func (v *View) Find() { v.options.Canvas.Focus(v.search.Focusable()) }

// Reload reads the page in sight again.
func (v *View) Reload() {
	ctx, source, svc, q := v.options.Context, v.options.Source, v.service(), v.query()
	v.options.Loader.Load(func() func() {
		page, err := source.Page(ctx, svc, q)
		return func() { v.loadedPage(q, page, err) }
	})
}

func (v *View) service() service.Service { return v.options.Services[v.of.Chosen()] }

// query is what is asked for now.
func (v *View) query() service.TargetQuery {
	l := v.lists[v.of.Chosen()]
	return service.TargetQuery{Search: v.search.Text(), Filter: l.filters[v.filter.Chosen()], Origin: l.origins[v.origin.Chosen()],
		Offset: v.offset, Limit: pageSize}
}

// first shows the first page of what is asked for.
func (v *View) first() {
	v.offset = 0
	v.note.SetText("")
	v.Reload()
}

func (v *View) turn(by int) {
	v.offset = max(0, v.offset+by)
	v.table.SetCurrent(0)
	v.Reload()
}

func (v *View) loadedPage(q service.TargetQuery, page Page, err error) {
	v.loaded = true
	if err != nil {
		v.page = Page{}
		v.show()
		again := ui.NewIconButton(ui.Outlined, "Try again", "arrow_clockwise", v.Reload)
		v.showInstead(ui.EmptyState("warning", "The targets can't be read.", failure(err), again))
		return
	}
	if len(page.Rows) == 0 && page.Count > 0 && q.Offset > 0 {
		// The list became shorter: its last page.
		v.offset = (page.Count - 1) / pageSize * pageSize
		v.Reload()
		return
	}
	v.page, v.asked = page, q
	v.show()
}

// clear asks for everyone again.
func (v *View) clear() {
	v.filter.SetChosen(0)
	v.origin.SetChosen(0)
	before := v.search.Text()
	v.search.SetText("") // tells OnChange, where it changes
	if before == "" {
		v.first()
	}
	ui.Focus(v.search.Focusable())
}

func (v *View) save() {
	svc, q := v.service(), v.query()
	v.options.ChooseFile("targets-"+string(svc)+".csv", func(path string) {
		v.exporting = true
		v.note.Set("Writing the file.", ui.ColorText3)
		v.show()
		v.options.Loader.Act(func() func() {
			n, err := v.options.Source.Export(v.options.Context, svc, q, path)
			return func() {
				v.exporting = false
				if err != nil {
					v.note.Set(failure(err), ui.ColorDanger)
				} else {
					v.note.Set(counted(svc, n)+" written to "+path, ui.ColorText3)
				}
				v.show()
			}
		})
	})
}
