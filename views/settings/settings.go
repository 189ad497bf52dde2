// Package settings is the screen for what can be chosen: look, sign-in application, data folder, and the demo organization's reset.
package settings

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// Values is what the screen shows.
type Values struct {
	SignInAppID string // "" is the default
	// SignInAppFrom names what overrides the stored ID, such as an environment variable; "" if nothing does.
	SignInAppFrom string
	Variant       ui.Variant
	SyncHour      string // "03:15"
	DataFolder    string
	Demo          bool
	Version       string
}

// Source keeps the settings.
type Source interface {
	Values(ctx context.Context) (Values, error)
	// SetSignInAppID stores a GUID in lower case, or "" for the default.
	SetSignInAppID(ctx context.Context, id string) error
	SetVariant(ctx context.Context, v ui.Variant) error
	// SetSyncHour stores a local time of day.
	SetSyncHour(ctx context.Context, hour string) error
}

// Options builds a View.
type Options struct {
	Context context.Context
	Source  Source
	Loader  *ui.Loader
	Canvas  fyne.Canvas
	// ApplyVariant changes the look at once.
	ApplyVariant func(ui.Variant)
	// OpenFolder shows a folder in the system's file manager.
	OpenFolder func(path string) error
	// ResetDemo deletes the demo organization and starts it anew. It is only called after a confirmation.
	ResetDemo func()
}

// View is the screen.
type View struct {
	widget.BaseWidget

	options Options
	values  Values

	look     *ui.SegmentedControl
	id       *ui.Entry
	idNote   *ui.Text
	save     *ui.Button
	reset    *ui.Button
	hour     *ui.Entry
	hourNote *ui.Text
	hourSave *ui.Button
	folder   *ui.CopyField
	open     *ui.Button
	openNote *ui.Text
	version  *ui.Text
	demo     *fyne.Container
	wipe     *ui.Button
	failed   *fyne.Container
	column   *fyne.Container
	root     fyne.CanvasObject
}

// New builds the screen. Call Reload when it comes into sight.
func New(o Options) *View {
	if o.Loader == nil {
		o.Loader = &ui.Loader{}
	}
	if o.Context == nil {
		o.Context = context.Background()
	}
	v := &View{options: o, failed: ui.Column(0)}
	v.failed.Hide()
	v.demo = v.demoCard()
	v.demo.Hide()
	v.column = ui.Column(16, v.failed, v.lookCard(), v.syncCard(), v.signInCard(), v.dataCard(), v.demo, v.aboutCard())
	// The scroller would cut focus rings and shadows: its content keeps a margin from it.
	v.root = ui.Bleed(6, container.NewVScroll(ui.Inset(6, ui.AtMost(800, v.column))))
	v.ExtendBaseWidget(v)
	return v
}

// Inside implements ui.Holder.
func (v *View) Inside() fyne.CanvasObject { return v.root }

// CreateRenderer implements fyne.Widget.
func (v *View) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(v.root) }

// Focusable returns what takes the focus first.
func (v *View) Focusable() fyne.Focusable { return v.look.Focusable() }

// Reload reads the settings and shows them.
func (v *View) Reload() {
	ctx, source := v.options.Context, v.options.Source
	v.options.Loader.Load(func() func() {
		values, err := source.Values(ctx)
		return func() { v.show(values, err) }
	})
}

func (v *View) show(values Values, err error) {
	if err != nil {
		v.fail("The settings can't be read.", err)
		return
	}
	v.failed.Hide()
	v.values = values
	v.look.SetChosen(int(values.Variant))
	v.id.SetText(v.storedID())
	v.id.SetEnabled(values.SignInAppFrom == "")
	v.checkID(v.id.Text())
	v.hour.SetText(v.storedHour())
	v.checkHour(v.hour.Text())
	v.folder.SetText(values.DataFolder)
	v.version.SetText(orUnknown(values.Version))
	if values.Demo {
		v.demo.Show()
	} else {
		v.demo.Hide()
	}
	v.column.Refresh()
}

func (v *View) fail(what string, err error) {
	again := ui.NewIconButton(ui.Outlined, "Try again", "arrow_clockwise", v.Reload)
	v.failed.Objects = []fyne.CanvasObject{ui.NewBanner(ui.BannerText{Tone: ui.Bad, Bold: what, More: err.Error(), Stacked: true}, again)}
	v.failed.Show()
	v.column.Refresh()
}

func (v *View) storedID() string {
	if v.values.SignInAppID == "" {
		return service.DefaultSignInAppID
	}
	return v.values.SignInAppID
}

// change stores something and shows the settings anew.
func (v *View) change(what string, store func(context.Context) error) {
	ctx := v.options.Context
	v.options.Loader.Act(func() func() {
		err := store(ctx)
		return func() {
			if err != nil {
				v.fail(what, err)
				return
			}
			v.Reload()
		}
	})
}

func orUnknown(s string) string {
	if s == "" {
		return "Unknown"
	}
	return s
}
