package realparts

import (
	"bufio"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Display is a private X display with a pointer, keys and a camera.
type Display struct {
	t    testing.TB
	Name string // such as ":99"
}

// NewDisplay starts Xvfb, 1440 by 900, with further arguments if any are given.
func NewDisplay(t testing.TB, args ...string) *Display {
	t.Helper()
	Need(t, "Xvfb", "xdotool", "scrot")
	// The server picks a free number and writes it once it answers.
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = read.Close() }()
	// Without -noreset it starts over, and refuses whoever connects meanwhile,
	// each time that its only client leaves: xdotool, before the program came.
	cmd := exec.Command("Xvfb", append([]string{"-displayfd", "3", "-screen", "0", "1440x900x24", "-nolisten", "tcp", "-noreset"}, args...)...)
	cmd.ExtraFiles = []*os.File{write}
	start(t, cmd)
	_ = write.Close()
	number, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb did not start: %v", err)
	}
	return &Display{t, ":" + strings.TrimSpace(number)}
}

// Env puts a program on the display.
func (d *Display) Env() []string {
	return []string{"DISPLAY=" + d.Name, "LIBGL_ALWAYS_SOFTWARE=1"}
}

// Do runs xdotool.
func (d *Display) Do(args ...string) string {
	d.t.Helper()
	cmd := exec.Command("xdotool", args...)
	cmd.Env = append(os.Environ(), d.Env()...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		d.t.Fatalf("xdotool %v: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// Window waits until a window with a title is shown and gives its ID.
func (d *Display) Window(title string) string {
	d.t.Helper()
	var id string
	d.Wait("a window "+title, func() bool {
		id = d.search(title)
		return id != ""
	})
	return id
}

// Fill makes the window with an ID as large as the display.
func (d *Display) Fill(window string) {
	d.t.Helper()
	d.Do("windowmove", window, "0", "0")
	d.Do("windowsize", "--sync", window, "1440", "900")
}

// Shows says whether a window with a title is shown now.
func (d *Display) Shows(title string) bool { return d.search(title) != "" }

func (d *Display) search(title string) string {
	cmd := exec.Command("xdotool", "search", "--onlyvisible", "--name", "^"+title+"$")
	cmd.Env = append(os.Environ(), d.Env()...)
	out, err := cmd.Output()
	if err != nil {
		return "" // it exits with 1 where there is none
	}
	return strings.TrimSpace(string(out))
}

// Wait looks until ok, for at most Patience: what a program shows on a display
// sends no event to wait for.
func (d *Display) Wait(what string, ok func() bool) {
	d.t.Helper()
	for deadline := time.Now().Add(Patience); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			d.t.Fatalf("%s was not seen within %v", what, Patience)
		}
	}
}

// Picture takes a picture of the display.
func (d *Display) Picture() image.Image {
	d.t.Helper()
	path := filepath.Join(d.t.TempDir(), "display.png")
	if err := d.write(path); err != nil {
		d.t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	img, err := png.Decode(f)
	if err != nil {
		d.t.Fatal(err)
	}
	return img
}

func (d *Display) write(path string) error {
	cmd := exec.Command("scrot", "--overwrite", path)
	cmd.Env = append(os.Environ(), d.Env()...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("scrot: %w: %s", err, out)
	}
	return nil
}

// Save keeps a picture of the display where CAS_PICTURES says, for a look.
func (d *Display) Save(name string) {
	d.t.Helper()
	if folder := os.Getenv("CAS_PICTURES"); folder != "" {
		d.Do("sleep", "0.5") // what moves comes to rest
		if err := d.write(filepath.Join(folder, name+".png")); err != nil {
			d.t.Fatal(err)
		}
	}
}

// Colours counts the colours of a picture.
func Colours(img image.Image) int {
	seen := map[[3]uint32]bool{}
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y += 2 {
		for x := b.Min.X; x < b.Max.X; x += 2 {
			r, g, bl, _ := img.At(x, y).RGBA()
			seen[[3]uint32{r, g, bl}] = true
		}
	}
	return len(seen)
}
