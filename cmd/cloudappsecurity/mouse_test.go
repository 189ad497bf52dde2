package main

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"cloudappsecurity/app/realparts"
	"cloudappsecurity/service/m365sim/tenant"
)

// TestWizardByMouse walks from the Dashboard to "Exchange Online protected."
// with the mouse alone but for the words that are searched for, with selected
// users. "make screenshots" sets CAS_SCREENSHOTS to the folder in which the
// pictures of the README are kept; else the walk is the test.
func TestWizardByMouse(t *testing.T) {
	t.Parallel()
	for _, look := range []string{"light", "dark"} {
		t.Run(look, func(t *testing.T) {
			if look == "dark" && os.Getenv("CAS_SCREENSHOTS") == "" {
				return // the same walk in other colours
			}
			walkByMouse(t, look)
		})
	}
}

func walkByMouse(t *testing.T, look string) {
	o := newOffice(t)
	o.env = append(o.env, "FYNE_THEME="+look)
	o.look = look
	p := o.start()
	o.display.Fill(o.display.Window("Cloud App Security"))
	o.display.Wait("the dashboard", func() bool { return realparts.Colours(o.display.Picture()) > 20 })

	o.point(300, 200)
	o.shot("dashboard-not-granted")
	o.click(300, 200)
	o.click(632, 264) // Click here
	o.display.Wait("an opened browser", func() bool { return o.address() != "" })
	tab := realparts.Tab(t)
	o.browse(tab)
	o.display.Wait("the grant", func() bool { return slices.Contains(o.said(), "Access to Exchange Online granted.") })
	o.shot("grant-step2-all")
	o.click(1115, 252) // Synchronize selected users
	o.click(773, 314)  // By Group
	o.click(560, 354)
	o.display.Do("type", "bak")
	o.display.Do("key", "Return")
	o.finish(p)
}

func (o *office) finish(p *realparts.Process) {
	t := o.t
	t.Helper()
	o.click(560, 398) // the first group
	for _, y := range []int{493, 534, 573} {
		o.click(480, y) // marks
	}
	o.shot("grant-step2-members")
	o.click(859, 505) // the arrow to the right
	o.shot("grant-step2-selected")
	o.click(1354, 843) // Done
	o.display.Wait("the sentence", func() bool { return slices.Contains(o.said(), "Exchange Online protected.") })
	o.shot("grant-step3-done")
	o.click(1392, 32) // the bell
	o.shot("notifications")
	o.display.Do("key", "Escape")
	o.click(80, 87)
	o.shot("dashboard")
	o.display.Do("key", "ctrl+comma")
	o.shot("settings")
	p.Signal(syscall.SIGINT)
	if code := p.Wait(); code != 0 {
		t.Errorf("ended with %d", code)
	}
}

// browse is the administrator in Chromium, with a picture of the page.
func (o *office) browse(tab context.Context) {
	o.t.Helper()
	organization := tenant.New(tenant.Options{Seed: 1})
	who := realparts.Administrator{Username: organization.AdminUsername(), Password: organization.AdminPassword(), Until: "Grant Permission"}
	if text, err := who.Walk(tab, o.address()); err != nil {
		o.t.Fatalf("the browser ended on %q: %v", text, err)
	}
	o.shot("grant-step1-waiting")
	o.page(tab, "browser-grant-permission")
	who.Until = ""
	if text, err := who.Continue(tab); err != nil {
		o.t.Fatalf("the browser ended on %q: %v", text, err)
	}
}

func (o *office) page(tab context.Context, name string) {
	o.t.Helper()
	dir := os.Getenv("CAS_SCREENSHOTS")
	if dir == "" || o.look != "light" {
		return
	}
	data, err := chromedp.Run(tab, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), data, 0o644)
	}
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) point(x, y int) {
	o.t.Helper()
	o.display.Do("mousemove", strconv.Itoa(x), strconv.Itoa(y))
}

// click clicks once the picture is still: a screen that is about to change
// isn't clicked by a person either.
func (o *office) click(x, y int) {
	o.t.Helper()
	o.still()
	o.point(x, y)
	o.still() // what lies under the pointer answers
	o.display.Do("click", "1")
}

// still gives a picture which did not change for a moment.
func (o *office) still() image.Image {
	o.t.Helper()
	last := o.display.Picture()
	for range 20 {
		time.Sleep(150 * time.Millisecond)
		now := o.display.Picture()
		if same(last, now) {
			return now
		}
		last = now
	}
	return last // a ring turns
}

func same(a, b image.Image) bool {
	x, ok := a.(*image.RGBA)
	y, ok2 := b.(*image.RGBA)
	if ok && ok2 {
		return bytes.Equal(x.Pix, y.Pix)
	}
	n, ok := a.(*image.NRGBA)
	m, ok2 := b.(*image.NRGBA)
	return ok && ok2 && bytes.Equal(n.Pix, m.Pix)
}

func (o *office) shot(name string) {
	o.t.Helper()
	dir := os.Getenv("CAS_SCREENSHOTS")
	if dir == "" {
		return
	}
	if o.look == "dark" {
		name += "-dark"
	}
	f, err := os.Create(filepath.Join(dir, name+".png"))
	if err != nil {
		o.t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, o.still()); err != nil {
		o.t.Fatal(err)
	}
}
