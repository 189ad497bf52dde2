package har

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// canary is in every secret that the test plants.
const canary = "CANARY"

type recorded struct {
	Log struct {
		Version string
		Entries []struct {
			Request struct {
				Method, URL string
				Headers     []pair
				PostData    postData
			}
			Response struct {
				Status      int
				Headers     []pair
				RedirectURL string
				Content     content
			}
		}
	}
}

func record(t *testing.T, handler http.HandlerFunc) (server *httptest.Server, file *File, read func() (recorded, string)) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.har")
	file, err := Create(path, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server = httptest.NewServer(file.Handler("http://there.example", handler))
	client := server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.Cleanup(func() { server.Close(); _ = file.Close() })
	return server, file, func() (recorded, string) {
		t.Helper()
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var r recorded
		if err := json.Unmarshal(data, &r); err != nil {
			t.Fatalf("not JSON: %v\n%s", err, data)
		}
		return r, string(data)
	}
}

func send(t *testing.T, s *httptest.Server, method, path, kind, body string, header ...string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
}

func TestNoSecretIsRecorded(t *testing.T) {
	t.Parallel()
	jwt := "eyJhbGciOiJub25lIn0.eyJrZXB0Ijp0cnVlfQ." + canary
	planted := canary + "&<literal secret>"
	server, file, read := record(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		http.SetCookie(w, &http.Cookie{Name: "session", Value: canary})
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, "http://localhost:1/?code="+canary+"&state=kept", http.StatusFound)
		case "/page":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = fmt.Fprintf(w, `<input type="hidden" name="code" value=%q><input value=%q name='x'><a href="/x?a=1&amp;code=%s">`, canary, jwt, canary)
		case "/json":
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"access_token":%q,"id_token":%q,"list":[{"client_info":%q}],"error":{"code":"kept"},"u":"http://x/?code=%s"}`,
				jwt, canary, canary, canary)
		default:
			w.Header().Set("Content-Type", "text/plain")
			_, _ = w.Write(body)
		}
	})
	file.Secret(planted)
	form := url.Values{
		"code": {canary}, "code_verifier": {canary}, "client_assertion": {jwt}, "refresh_token": {canary},
		"password": {canary}, "kept": {planted}, "redirect_uri": {"http://x/?code=" + canary},
	}
	send(t, server, "GET", "/redirect?code="+canary+"&plain=kept&next="+url.QueryEscape("http://y/?code="+canary), "", "",
		"Authorization", "Bearer "+jwt, "Cookie", "session="+canary+"; b="+canary)
	send(t, server, "POST", "/page", "application/x-www-form-urlencoded", form.Encode(), "Authorization", "Basic "+canary)
	send(t, server, "POST", "/json", "application/json", `{"requests":[{"headers":{"Authorization":"Bearer `+jwt+`"},"body":{"secretText":"`+canary+`"}}]}`)
	send(t, server, "POST", "/echo", "text/plain", planted, "Authorization", "Bearer opaque"+canary)

	got, text := read()
	if strings.Contains(text, canary) {
		t.Errorf("a secret is in the file:\n%s", text)
	}
	if n := len(got.Log.Entries); n != 4 || got.Log.Version != "1.2" {
		t.Fatalf("%d entries, version %q", n, got.Log.Version)
	}
	if to := got.Log.Entries[0].Response.RedirectURL; to != "http://localhost:1/?code=CUT&state=kept" {
		t.Errorf("redirect: %s", to)
	}
	if !strings.Contains(text, `"Bearer eyJhbGciOiJub25lIn0.eyJrZXB0Ijp0cnVlfQ."`) {
		t.Error("the token's payload was not kept")
	}
	if body := got.Log.Entries[2].Response.Content.Text; !strings.Contains(body, `"code":"kept"`) {
		t.Errorf("json: %s", body)
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	const asked = `{"displayName":"Łukasz <b>","n":12345678901234567890}`
	large := `{"value":"` + strings.Repeat("x", 2*maxOther) + `"}`
	server, _, read := record(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/large":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, large)
		case "/toolarge":
			w.Header().Set("Content-Type", "text/plain")
			for range 3 {
				_, _ = io.WriteString(w, strings.Repeat("x", maxOther/2))
			}
		case "/binary":
			_, _ = w.Write([]byte{0xff, 0x00, 0xfe})
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	})
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(z, asked)
	_ = z.Close()
	send(t, server, "PATCH", "/zipped", "application/json", zipped.String(), "Content-Encoding", "gzip")
	for _, path := range []string{"/large", "/toolarge", "/binary"} {
		send(t, server, "GET", path, "", "")
	}
	got, _ := read()
	e := got.Log.Entries
	if text := e[0].Request.PostData.Text; text != asked || e[0].Response.Status != 204 {
		t.Errorf("compressed request: %q, %d", text, e[0].Response.Status)
	}
	if text := e[1].Response.Content.Text; text != large {
		t.Errorf("large JSON: %d bytes", len(text))
	}
	if c := e[2].Response.Content; c.Text != "" || c.Size != maxOther/2*3 || c.Comment == "" {
		t.Errorf("large text: %d bytes of %d", len(c.Text), c.Size)
	}
	if c := e[3].Response.Content; c.Text != "/wD+" || c.Encoding != "base64" {
		t.Errorf("binary: %+v", c)
	}
}

func TestManyAtOnceAndAfterClose(t *testing.T) {
	t.Parallel()
	server, file, read := record(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() { send(t, server, "GET", "/", "", "") })
	}
	wait.Wait()
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	send(t, server, "GET", "/late", "", "")
	if got, _ := read(); len(got.Log.Entries) != 20 {
		t.Errorf("%d entries", len(got.Log.Entries))
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
}
