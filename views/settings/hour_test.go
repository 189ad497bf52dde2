package settings

import (
	"testing"

	"fyne.io/fyne/v2"
	"github.com/google/go-cmp/cmp"

	"cloudappsecurity/views/ui/uitest"
)

func TestSyncHour(t *testing.T) {
	for _, c := range []struct {
		name, stored, typed string
		note                string
		saves               []string
	}{
		{"the default stays", "", "03:15", hourIsStored, nil},
		{"another", "", "22:05", hourIsStored, []string{"22:05"}},
		{"short, with spaces", "22:05", " 6:30 ", hourIsStored, []string{"06:30"}},
		{"back to the default", "22:05", "03:15", hourIsStored, []string{"03:15"}},
		{"no such hour", "", "24:00", hourIsInvalid, nil},
		{"no such minute", "", "03:60", hourIsInvalid, nil},
		{"words", "", "at night", hourIsInvalid, nil},
		{"empty", "", "", hourIsInvalid, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &source{values: Values{SyncHour: c.stored}}
			f := open(t, s)
			f.hour.SetText(c.typed)
			f.canvas.Focus(f.hour.Focusable())
			uitest.Key(f.canvas, fyne.KeyReturn)
			if diff := cmp.Diff(c.saves, s.hours); diff != "" {
				t.Error(diff)
			}
			if !uitest.Shows(f, c.note) {
				t.Errorf("no %q in %q", c.note, uitest.Texts(f))
			}
		})
	}
}
