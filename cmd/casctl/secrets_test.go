package main

import (
	"context"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// sniffed is what a browser sent.
type sniffed struct {
	mu    sync.Mutex
	forms []string
}

// sniff notes the forms which a browser sends from now on.
func sniff(t *testing.T, tab context.Context) *sniffed {
	t.Helper()
	s := &sniffed{}
	if err := chromedp.Listen(tab, func(ev any) {
		sent, ok := ev.(*network.EventRequestWillBeSent)
		if !ok {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, e := range sent.Request.PostDataEntries {
			s.forms = append(s.forms, string(e.Bytes))
		}
	}); err != nil {
		t.Fatal(err)
	}
	return s
}

// code is the authorization code with which the browser came back.
func (s *sniffed) code(t *testing.T) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, form := range s.forms {
		if v, err := url.ParseQuery(form); err == nil && len(v.Get("code")) >= 20 {
			return v.Get("code")
		}
	}
	t.Fatal("no authorization code was seen")
	return ""
}

// files are the files beneath dir.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		out[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if out[filepath.Join(dir, "cloudappsecurity.log")] == "" {
		t.Logf("the log is empty: %d files", len(out))
	}
	return out
}
