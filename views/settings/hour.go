package settings

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// Words of the daily synchronization's card.
const (
	hourAbout     = "Where all targets are protected, they are synchronized once a day at this time, or as soon as the program runs and has a network. Selected targets are never synchronized."
	hourIsStored  = "Local time of this computer."
	hourIsUnsaved = "Changed, not saved yet. Local time of this computer."
	hourIsInvalid = "A time of day is hours and minutes, such as 03:15."
)

func (v *View) syncCard() *fyne.Container {
	v.hour = ui.NewEntry(service.DefaultSyncHour().String())
	v.hourNote = ui.NewWrapped(ui.RoleCaption, ui.ColorText3, hourIsStored)
	v.hourSave = ui.NewButton(ui.Primary, "Save time", v.saveHour)
	v.hour.OnChange = v.checkHour
	v.hour.OnSubmit = func(string) { v.saveHour() }
	v.hour.OnKey = func(e *fyne.KeyEvent) bool {
		if e.Name != fyne.KeyEscape || v.hour.Text() == v.storedHour() {
			return false
		}
		v.hour.SetText(v.storedHour())
		return true
	}
	return section("Daily synchronization", hourAbout,
		ui.Column(4, ui.NewText(ui.RoleStrong, ui.ColorText, "Time"),
			ui.Row(8, ui.Grow(v.hour), v.hourSave), v.hourNote))
}

func (v *View) storedHour() string {
	if v.values.SyncHour == "" {
		return service.DefaultSyncHour().String()
	}
	return v.values.SyncHour
}

// checkHour shows whether text can be saved.
func (v *View) checkHour(text string) {
	hour, err := service.ParseTimeOfDay(strings.TrimSpace(text))
	valid := err == nil && strings.TrimSpace(text) != ""
	changed := hour.String() != v.storedHour()
	v.hour.SetInvalid(!valid)
	v.hourSave.SetEnabled(valid && changed)
	switch {
	case !valid:
		v.hourNote.Set(hourIsInvalid, ui.ColorDanger)
	case changed:
		v.hourNote.Set(hourIsUnsaved, ui.ColorText3)
	default:
		v.hourNote.Set(hourIsStored, ui.ColorText3)
	}
}

func (v *View) saveHour() {
	if v.hourSave.Disabled() {
		return
	}
	hour, err := service.ParseTimeOfDay(strings.TrimSpace(v.hour.Text()))
	if err != nil {
		return // the button is disabled
	}
	v.change("The time can't be stored.", func(ctx context.Context) error { return v.options.Source.SetSyncHour(ctx, hour.String()) })
}
