package ui_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"

	"cloudappsecurity/views/ui"
	"cloudappsecurity/views/ui/uitest"
)

func TestPressedByKeyboard(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(press func()) fyne.CanvasObject
	}{
		{"button", func(p func()) fyne.CanvasObject { return ui.NewButton(ui.Primary, "Grant access", p) }},
		{"icon button", func(p func()) fyne.CanvasObject { return ui.NewIconButton(ui.Quiet, "", "copy", p) }},
		{"card", func(p func()) fyne.CanvasObject { return ui.NewHoverCard("Exchange Online", ui.Body("x"), p) }},
		{"check row", func(p func()) fyne.CanvasObject { return ui.NewCheckRow("Remember", func(bool) { p() }) }},
	} {
		for _, key := range []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace} {
			t.Run(c.name+" "+string(key), func(t *testing.T) {
				pressed := 0
				object := c.make(func() { pressed++ })
				canvas := uitest.Open(t, object, 300, 200)
				uitest.Key(canvas, fyne.KeyTab, key)
				if pressed != 1 {
					t.Errorf("pressed %d times, want once", pressed)
				}
				object.(fyne.Disableable).Disable()
				uitest.Key(canvas, key)
				if pressed != 1 {
					t.Error("a disabled control was pressed")
				}
			})
		}
	}
}

func TestFocusRing(t *testing.T) {
	button := ui.NewButton(ui.Outlined, "Cancel", nil)
	canvas := uitest.Open(t, button, 200, 100)
	test.Tap(button)
	if canvas.Focused() != button || button.RingVisible() {
		t.Error("a click focuses without a ring")
	}
	canvas.Unfocus()
	uitest.Key(canvas, fyne.KeyTab)
	if !button.RingVisible() {
		t.Error("Tab shows the ring")
	}
}

func TestUnusedKeysReachTheCanvas(t *testing.T) {
	entry := ui.NewSearchField("Find")
	button := ui.NewButton(ui.Outlined, "Cancel", nil)
	table := newTable(3, nil)
	canvas := uitest.Open(t, ui.ColumnWithGrowing(8, 2, entry, button, table), 300, 300)
	var got []fyne.KeyName
	canvas.SetOnTypedKey(func(e *fyne.KeyEvent) { got = append(got, e.Name) })
	for _, f := range []fyne.Focusable{entry.Focusable(), button, table.Focusable()} {
		canvas.Focus(f)
		uitest.Key(canvas, fyne.KeyF6)
		uitest.Key(canvas, fyne.KeyEscape)
	}
	want := []fyne.KeyName{fyne.KeyF6, fyne.KeyEscape, fyne.KeyF6, fyne.KeyEscape, fyne.KeyF6, fyne.KeyEscape}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func newTable(rows int, record func(string, int)) *ui.ListTable {
	table := ui.NewListTable([]ui.TableColumn{{Title: "Name"}, {Title: "People", Width: 60, Trailing: true}}, 40, ui.TableSource{
		Rows:     func() int { return rows },
		NewCells: func() []fyne.CanvasObject { return []fyne.CanvasObject{ui.Body(""), ui.Body("")} },
		Update:   func(int, []fyne.CanvasObject) {},
	})
	if record != nil {
		table.OnOpen = func(i int) { record("open", i) }
		table.OnMark = func(i int) { record("mark", i) }
	}
	return table
}

func TestTableKeys(t *testing.T) {
	for _, c := range []struct {
		name string
		keys []fyne.KeyName
		at   int
		did  string
	}{
		{"down", []fyne.KeyName{fyne.KeyDown, fyne.KeyDown}, 2, ""},
		{"up stops at the first", []fyne.KeyName{fyne.KeyUp}, 0, ""},
		{"end", []fyne.KeyName{fyne.KeyEnd}, 99, ""},
		{"down stops at the last", []fyne.KeyName{fyne.KeyEnd, fyne.KeyDown}, 99, ""},
		{"home", []fyne.KeyName{fyne.KeyEnd, fyne.KeyHome}, 0, ""},
		{"page down", []fyne.KeyName{fyne.KeyPageDown}, 4, ""},
		{"enter opens", []fyne.KeyName{fyne.KeyDown, fyne.KeyReturn}, 1, "open"},
		{"space marks", []fyne.KeyName{fyne.KeyDown, fyne.KeySpace}, 1, "mark"},
	} {
		t.Run(c.name, func(t *testing.T) {
			did, row := "", -1
			table := newTable(100, func(what string, i int) { did, row = what, i })
			canvas := uitest.Open(t, table, 300, 240)
			canvas.Focus(table.Focusable())
			uitest.Key(canvas, c.keys...)
			if table.Current() != c.at || did != c.did || (did != "" && row != c.at) {
				t.Errorf("at %d, did %q on %d; want %d, %q", table.Current(), did, row, c.at, c.did)
			}
		})
	}
}

func TestTableShrinks(t *testing.T) {
	rows := 5
	table := ui.NewListTable([]ui.TableColumn{{}}, 40, ui.TableSource{
		Rows:     func() int { return rows },
		NewCells: func() []fyne.CanvasObject { return []fyne.CanvasObject{ui.Body("")} },
		Update:   func(int, []fyne.CanvasObject) {},
	})
	uitest.Open(t, table, 300, 240)
	table.SetCurrent(4)
	rows = 2
	table.Refresh()
	if table.Current() != 1 {
		t.Errorf("current row %d of 2", table.Current())
	}
}

func TestDialogKeys(t *testing.T) {
	for _, c := range []struct {
		name   string
		danger bool
		keys   []fyne.KeyName
		want   string
	}{
		{"enter confirms", false, []fyne.KeyName{fyne.KeyReturn}, "confirmed"},
		{"escape cancels", false, []fyne.KeyName{fyne.KeyEscape}, "cancelled"},
		{"a destructive one starts on Cancel", true, []fyne.KeyName{fyne.KeyReturn}, "cancelled"},
		{"and takes a step to confirm", true, []fyne.KeyName{fyne.KeyTab, fyne.KeyReturn}, "confirmed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			canvas := uitest.Open(t, ui.Body("below"), 800, 600)
			got := ""
			before := 0
			canvas.SetOnTypedKey(func(*fyne.KeyEvent) { before++ })
			ui.ShowDialog(canvas, ui.DialogText{Title: "Reset?", Body: "All is deleted.", Confirm: "Reset demo", Danger: c.danger}, nil,
				func() { got = "confirmed" }, func() { got = "cancelled" })
			uitest.Key(canvas, c.keys...)
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
			if uitest.Overlay(canvas) != nil {
				t.Error("the dialog is still open")
			}
			canvas.OnTypedKey()(&fyne.KeyEvent{})
			if before != 1 {
				t.Error("the keys were not given back")
			}
		})
	}
}

func TestSegmentedControl(t *testing.T) {
	var got []int
	control := ui.NewSegmentedControl([]string{"System", "Light", "Dark"}, func(i int) { got = append(got, i) })
	canvas := uitest.Open(t, control, 300, 60)
	canvas.Focus(control.Focusable())
	uitest.Key(canvas, fyne.KeyRight, fyne.KeyRight, fyne.KeyRight, fyne.KeyLeft)
	if diff := cmp.Diff([]int{1, 2, 1}, got); diff != "" {
		t.Error(diff)
	}
	stop := canvas.Focused()
	if canvas.FocusNext(); canvas.Focused() != stop {
		t.Error("Tab stops at a word which isn't chosen")
	}
}

func TestRadioCards(t *testing.T) {
	var got []int
	cards := ui.NewRadioCards([]ui.RadioOption{{Title: "All"}, {Title: "Selected"}}, -1, func(i int) { got = append(got, i) })
	canvas := uitest.Open(t, cards, 600, 100)
	canvas.Focus(cards.Focusable())
	uitest.Key(canvas, fyne.KeySpace, fyne.KeyRight)
	cards.SetEnabled(0, false)
	uitest.Key(canvas, fyne.KeyLeft)
	if diff := cmp.Diff([]int{0, 1}, got); diff != "" {
		t.Error(diff)
	}
}

func TestTextWrapsAndCuts(t *testing.T) {
	wrapped := ui.NewWrapped(ui.RoleBody, ui.ColorText, "Cloud App Security needs your permission once to scan messages")
	uitest.Open(t, ui.Column(0, wrapped), 160, 400)
	if h := wrapped.MinSize().Height; h < 60 || int(h)%20 != 0 {
		t.Errorf("height %v, want whole lines of 20, at least three", h)
	}
	clamped := ui.NewClamped(ui.RoleCaption, ui.ColorText, 2, "Needs a Global Administrator and about five minutes, more or less")
	uitest.Open(t, ui.Column(0, clamped), 120, 400)
	if h := clamped.MinSize().Height; h != 32 {
		t.Errorf("height %v, want two lines of 16", h)
	}
	if w := ui.NewCut(ui.RoleBody, ui.ColorText, "anything").MinSize().Width; w != 0 {
		t.Errorf("cut text asks for %v", w)
	}
}

func TestCopyField(t *testing.T) {
	field := ui.NewCopyField("8f3a27c1-4b61-4f0e-9d0e-1e5c6b7a91c2")
	canvas := uitest.Open(t, field, 120, 40)
	canvas.Focus(field.Button())
	uitest.Key(canvas, fyne.KeyReturn)
	if got := fyne.CurrentApp().Clipboard().Content(); got != "8f3a27c1-4b61-4f0e-9d0e-1e5c6b7a91c2" {
		t.Errorf("copied %q", got)
	}
}

func TestRingStandsStill(t *testing.T) {
	ring := ui.NewRing(24)
	uitest.Open(t, ring, 40, 40)
	ring.Hide()
	if ring.Turning() {
		t.Error("a hidden ring turns")
	}
}

func TestLoaderJoinsCalls(t *testing.T) {
	var waiting []func()
	loader := &ui.Loader{Off: func(f func()) { waiting = append(waiting, f) }, On: func(f func()) { f() }}
	loads := 0
	for range 5 {
		loader.Load(func() func() { loads++; return nil })
	}
	for len(waiting) > 0 {
		next := waiting[0]
		waiting = waiting[1:]
		next()
	}
	if loads != 2 {
		t.Errorf("loaded %d times, want the first and one for all that followed", loads)
	}
}

func TestHoverCardIsHot(t *testing.T) {
	card := ui.NewHoverCard("x", ui.Body("x"), func() {})
	uitest.Open(t, card, 200, 100)
	card.MouseIn(&desktop.MouseEvent{})
	if !card.Hot() {
		t.Error("hovered, but not hot")
	}
	card.Disable()
	if card.Hot() {
		t.Error("disabled, but hot")
	}
}
