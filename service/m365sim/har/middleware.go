package har

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"time"
)

// The most of a body that is kept: JSON is kept whole in all but absurd cases.
const (
	maxJSON  = 64 << 20
	maxOther = 1 << 20
)

// exchange is what was seen of a request and its response.
type exchange struct {
	origin   string
	request  *http.Request
	sent     []byte // the request's body
	started  time.Time
	took     time.Duration
	status   int
	header   http.Header
	received []byte // the response's body
	size     int    // of the response's body, also where it was not kept
}

// Handler records the exchanges of next, whose addresses begin with origin.
func (f *File) Handler(origin string, next http.Handler) http.Handler {
	if f == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := &exchange{origin: origin, request: r.Clone(r.Context()), started: f.now()}
		if r.Body != nil {
			kept, err := io.ReadAll(io.LimitReader(r.Body, maxJSON))
			var rest io.Reader = r.Body
			if err != nil {
				rest = failing{err}
			}
			x.sent = kept
			r.Body = &body{Reader: io.MultiReader(bytes.NewReader(kept), rest), Closer: r.Body}
		}
		tap := &tap{ResponseWriter: w}
		defer func() {
			x.took = f.now().Sub(x.started)
			x.status, x.header, x.received, x.size = tap.status, tap.header, tap.body.Bytes(), tap.size
			if x.status == 0 && tap.header == nil {
				x.status, x.header = http.StatusOK, w.Header().Clone()
			}
			f.write(x)
		}()
		next.ServeHTTP(tap, r)
	})
}

type body struct {
	io.Reader
	io.Closer
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// tap copies what goes through a ResponseWriter.
type tap struct {
	http.ResponseWriter
	status int
	header http.Header
	body   bytes.Buffer
	size   int
	over   bool // the body is too large to keep
}

func (t *tap) WriteHeader(status int) {
	if t.status == 0 && status >= 200 {
		t.status, t.header = status, t.Header().Clone()
	}
	t.ResponseWriter.WriteHeader(status)
}

func (t *tap) Write(data []byte) (int, error) {
	if t.status == 0 {
		t.WriteHeader(http.StatusOK)
	}
	n, err := t.ResponseWriter.Write(data)
	t.size += n
	limit := maxOther
	if strings.Contains(t.header.Get("Content-Type"), "json") {
		limit = maxJSON
	}
	if t.over = t.over || t.size > limit; t.over {
		t.body = bytes.Buffer{} // a part of a body misleads; its size tells
	} else {
		t.body.Write(data[:n])
	}
	return n, err
}

// Unwrap lets http.ResponseController flush and hijack.
func (t *tap) Unwrap() http.ResponseWriter { return t.ResponseWriter }
