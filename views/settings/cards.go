package settings

import (
	"context"
	"regexp"
	"strings"

	"fyne.io/fyne/v2"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// section is a card with a title, what it is about, and its controls.
func section(title, about string, content ...fyne.CanvasObject) *fyne.Container {
	column := ui.Column(4, ui.Title(title), ui.NewWrapped(ui.RoleBody, ui.ColorText2, about))
	body := ui.Column(12, append([]fyne.CanvasObject{column}, content...)...)
	return ui.Card(ui.Pad(12, 16, 16, 16, body))
}

func (v *View) lookCard() *fyne.Container {
	v.look = ui.NewSegmentedControl([]string{"System", "Light", "Dark"}, func(i int) {
		variant := ui.Variant(i)
		if v.options.ApplyVariant != nil {
			v.options.ApplyVariant(variant)
		}
		v.change("The theme can't be stored.", func(ctx context.Context) error { return v.options.Source.SetVariant(ctx, variant) })
	})
	return section("Theme", "System follows the colours of your desktop.", ui.Row(0, v.look))
}

// guid is the form of an application ID.
var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

// Words of the sign-in application's card.
const (
	signInAbout = "Global Administrators sign in through this application when they grant access. The default, Microsoft Graph Command Line Tools, " +
		"is Microsoft's own and known to every tenant; its entry stays in the tenant until somebody deletes it there. " +
		"An organization which blocks it registers a public client with the redirect address http://localhost and enters its application ID here."
	idIsDefault = "The default: Microsoft Graph Command Line Tools."
	idIsOwn     = "An application of your own. The next grant uses it; what was granted stays as it is."
	idIsUnsaved = "Changed, not saved yet. The next grant uses it once it is saved."
	idIsInvalid = "An application ID has 32 hexadecimal digits, as 8-4-4-4-12."
)

func (v *View) signInCard() *fyne.Container {
	v.id = ui.NewEntry(service.DefaultSignInAppID)
	v.id.SetMonospaced(true)
	v.idNote = ui.NewWrapped(ui.RoleCaption, ui.ColorText3, idIsDefault)
	v.save = ui.NewButton(ui.Primary, "Save ID", v.saveID)
	v.reset = ui.NewButton(ui.Outlined, "Use default", func() {
		v.id.SetText(service.DefaultSignInAppID)
		v.saveID()
	})
	v.id.OnChange = v.checkID
	v.id.OnSubmit = func(string) { v.saveID() }
	v.id.OnKey = func(e *fyne.KeyEvent) bool {
		if e.Name != fyne.KeyEscape || v.id.Text() == v.storedID() {
			return false
		}
		v.id.SetText(v.storedID())
		return true
	}
	return section("Sign-in application", signInAbout,
		ui.Column(4, ui.NewText(ui.RoleStrong, ui.ColorText, "Application ID"),
			ui.Row(8, ui.Grow(v.id), v.save, v.reset), v.idNote))
}

// checkID shows whether id can be saved.
func (v *View) checkID(id string) {
	id = strings.ToLower(strings.TrimSpace(id))
	valid := guid.MatchString(id)
	changed := id != strings.ToLower(v.storedID())
	fixed := v.values.SignInAppFrom != ""
	v.id.SetInvalid(!valid)
	v.save.SetEnabled(valid && changed && !fixed)
	v.reset.SetEnabled(!fixed && (id != service.DefaultSignInAppID || v.storedID() != service.DefaultSignInAppID))
	switch {
	case fixed:
		v.idNote.Set("Set by "+v.values.SignInAppFrom+". It can't be changed here.", ui.ColorText3)
	case !valid:
		v.idNote.Set(idIsInvalid, ui.ColorDanger)
	case changed:
		v.idNote.Set(idIsUnsaved, ui.ColorText3)
	case id == service.DefaultSignInAppID:
		v.idNote.Set(idIsDefault, ui.ColorText3)
	default:
		v.idNote.Set(idIsOwn, ui.ColorText3)
	}
}

func (v *View) saveID() {
	if v.save.Disabled() {
		return
	}
	id := strings.ToLower(strings.TrimSpace(v.id.Text()))
	if id == service.DefaultSignInAppID {
		id = ""
	}
	v.change("The application ID can't be stored.", func(ctx context.Context) error { return v.options.Source.SetSignInAppID(ctx, id) })
}

func (v *View) dataCard() *fyne.Container {
	v.folder = ui.NewCopyField("")
	v.openNote = ui.NewWrapped(ui.RoleCaption, ui.ColorDanger, "")
	v.openNote.Hide()
	v.open = ui.NewIconButton(ui.Outlined, "Open folder", "folder_open", func() {
		err := v.options.OpenFolder(v.values.DataFolder)
		if err != nil {
			v.openNote.SetText("The folder can't be opened: " + err.Error() + ". Its path can be copied.")
			v.openNote.Show()
		} else {
			v.openNote.Hide()
		}
		v.column.Refresh()
	})
	return section("Data folder", "Everything the program knows is kept here, on this computer. The key which opens its secrets is kept by the operating system's keyring.",
		ui.Row(8, ui.Grow(v.folder), v.open), v.openNote)
}

func (v *View) demoCard() *fyne.Container {
	v.wipe = ui.NewButton(ui.Danger, "Reset demo…", func() {
		ui.ShowDialog(v.options.Canvas, ui.DialogText{
			Title:   "Reset the demo organization?",
			Body:    "Its simulated tenant, what it was granted, its people and its notifications are deleted, and it starts anew. Nothing of a real organization is touched.",
			Confirm: "Reset demo",
			Danger:  true,
		}, nil, v.options.ResetDemo, nil)
	})
	return section("Demo organization", "A simulated Microsoft 365 runs on this computer. It keeps its data in a folder of its own and never meets a real organization.",
		ui.Row(0, v.wipe))
}

func (v *View) aboutCard() *fyne.Container {
	v.version = ui.NewText(ui.RoleBody, ui.ColorText, "Unknown")
	return section("About", "Cloud App Security for Microsoft 365. Nothing it reads leaves this computer.",
		ui.FactRow("Version", v.version))
}
