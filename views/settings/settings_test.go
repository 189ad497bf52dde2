package settings

import (
	"context"
	"errors"
	"testing"

	"fyne.io/fyne/v2"
	"github.com/google/go-cmp/cmp"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
	"cloudappsecurity/views/ui/uitest"
)

const own = "0b6f4c1e-6a3d-4f77-9a52-3c1d8e9f0a1b"

type source struct {
	values Values
	err    error
	ids    []string
	hours  []string
}

func (s *source) Values(context.Context) (Values, error) { return s.values, s.err }

func (s *source) SetSignInAppID(_ context.Context, id string) error {
	s.ids = append(s.ids, id)
	s.values.SignInAppID = id
	return s.err
}

func (s *source) SetSyncHour(_ context.Context, hour string) error {
	s.hours = append(s.hours, hour)
	s.values.SyncHour = hour
	return s.err
}

func (s *source) SetVariant(_ context.Context, v ui.Variant) error {
	s.values.Variant = v
	return s.err
}

type fixture struct {
	*View
	canvas  fyne.Canvas
	applied []ui.Variant
	opened  []string
	failing error
	wiped   int
}

func open(t *testing.T, s *source) *fixture {
	f := &fixture{}
	f.canvas = uitest.OpenWith(t, 1000, 900, func(c fyne.Canvas) fyne.CanvasObject {
		f.View = New(Options{Source: s, Loader: ui.Inline(), Canvas: c,
			ApplyVariant: func(v ui.Variant) { f.applied = append(f.applied, v) },
			OpenFolder:   func(p string) error { f.opened = append(f.opened, p); return f.failing },
			ResetDemo:    func() { f.wiped++ }})
		return f.View
	})
	f.Reload()
	return f
}

func TestSignInApplication(t *testing.T) {
	for _, c := range []struct {
		name, typed string
		note        string
		saves       []string
	}{
		{"default stays", service.DefaultSignInAppID, idIsDefault, nil},
		{"own", own, idIsOwn, []string{own}},
		{"upper case and spaces", "  0B6F4C1E-6A3D-4F77-9A52-3C1D8E9F0A1B ", idIsOwn, []string{own}},
		{"too short", "0b6f4c1e-6a3d-4f77-9a52", idIsInvalid, nil},
		{"no hexadecimal", "zb6f4c1e-6a3d-4f77-9a52-3c1d8e9f0a1b", idIsInvalid, nil},
		{"empty", "", idIsInvalid, nil},
		{"braces", "{" + own + "}", idIsInvalid, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &source{}
			f := open(t, s)
			f.id.SetText(c.typed)
			f.canvas.Focus(f.id.Focusable())
			uitest.Key(f.canvas, fyne.KeyReturn)
			if diff := cmp.Diff(c.saves, s.ids); diff != "" {
				t.Error(diff)
			}
			if !uitest.Shows(f, c.note) {
				t.Errorf("no %q in %q", c.note, uitest.Texts(f))
			}
		})
	}
}

func TestBackToDefault(t *testing.T) {
	s := &source{values: Values{SignInAppID: own}}
	f := open(t, s)
	uitest.Button(t, f, "Use default").Activate()
	if diff := cmp.Diff([]string{""}, s.ids); diff != "" {
		t.Error(diff)
	}
	if !f.reset.Disabled() {
		t.Error("the default can't be reset")
	}
}

func TestEscapeUndoesTyping(t *testing.T) {
	f := open(t, &source{values: Values{SignInAppID: own}})
	f.canvas.Focus(f.id.Focusable())
	f.id.SetText("nonsense")
	uitest.Key(f.canvas, fyne.KeyEscape)
	if f.id.Text() != own {
		t.Errorf("%q", f.id.Text())
	}
}

func TestOverridden(t *testing.T) {
	f := open(t, &source{values: Values{SignInAppID: own, SignInAppFrom: "CAS_SIGN_IN_APP_ID"}})
	if !uitest.Shows(f, "Set by CAS_SIGN_IN_APP_ID. It can't be changed here.") {
		t.Errorf("%q", uitest.Texts(f))
	}
	if !f.save.Disabled() || !f.reset.Disabled() {
		t.Error("it can be changed")
	}
}

func TestThemeByKeyboard(t *testing.T) {
	s := &source{}
	f := open(t, s)
	f.canvas.Focus(f.Focusable())
	uitest.Key(f.canvas, fyne.KeyRight, fyne.KeyRight)
	if diff := cmp.Diff([]ui.Variant{ui.VariantLight, ui.VariantDark}, f.applied); diff != "" {
		t.Error(diff)
	}
	if s.values.Variant != ui.VariantDark {
		t.Error("not stored")
	}
}

func TestDataFolder(t *testing.T) {
	f := open(t, &source{values: Values{DataFolder: "/data"}})
	uitest.Button(t, f, "Open folder").Activate()
	if diff := cmp.Diff([]string{"/data"}, f.opened); diff != "" {
		t.Error(diff)
	}
	f.failing = errors.New("no file manager")
	uitest.Button(t, f, "Open folder").Activate()
	if !uitest.Shows(f, "The folder can't be opened: no file manager. Its path can be copied.") {
		t.Errorf("%q", uitest.Texts(f))
	}
}

func TestDemo(t *testing.T) {
	if f := open(t, &source{}); uitest.Shows(f, "Reset demo…") {
		t.Error("a real organization offers to be reset")
	}
	f := open(t, &source{values: Values{Demo: true}})
	uitest.Button(t, f, "Reset demo…").Activate()
	uitest.Key(f.canvas, fyne.KeyEscape)
	if f.wiped != 0 {
		t.Fatal("reset without a confirmation")
	}
	uitest.Button(t, f, "Reset demo…").Activate()
	uitest.Button(t, uitest.Overlay(f.canvas), "Reset demo").Activate()
	if f.wiped != 1 {
		t.Fatal("not reset")
	}
}

func TestUnreadable(t *testing.T) {
	s := &source{err: errors.New("disk gone")}
	f := open(t, s)
	if !uitest.Shows(f, "disk gone") {
		t.Errorf("%q", uitest.Texts(f))
	}
	s.err = nil
	uitest.Button(t, f, "Try again").Activate()
	if uitest.Shows(f, "disk gone") {
		t.Error("the failure stays")
	}
}
