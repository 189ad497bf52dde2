package resources

import (
	"bytes"
	"encoding/xml"
	"testing"
)

func TestIconsAreWellFormed(t *testing.T) {
	names := IconNames()
	if len(names) == 0 {
		t.Fatal("no icons")
	}
	for _, name := range names {
		data, err := Icon(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := xml.Unmarshal(data, new(struct{})); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if bytes.ContainsAny(data, "\r") {
			t.Errorf("%s has carriage returns", name)
		}
	}
}

func TestPicturesAndFonts(t *testing.T) {
	for _, name := range []string{"app", "tray", "tray-action", "tray-offline"} {
		if data, err := Picture(name); err != nil || !bytes.HasPrefix(data, []byte("\x89PNG")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"IBMPlexSans-Regular", "IBMPlexSans-SemiBold", "IBMPlexMono-Regular"} {
		if data, err := Font(name); err != nil || len(data) < 1000 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Icon("no such icon"); err == nil {
		t.Error("an unknown icon is found")
	}
}
