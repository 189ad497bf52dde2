package har

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The parts of HAR 1.2 that are written.
type (
	pair struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	entry struct {
		Started  string   `json:"startedDateTime"`
		Time     float64  `json:"time"`
		Request  request  `json:"request"`
		Response response `json:"response"`
		Cache    struct{} `json:"cache"`
		Timings  timings  `json:"timings"`
	}
	timings struct {
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	}
	request struct {
		Method      string    `json:"method"`
		URL         string    `json:"url"`
		Version     string    `json:"httpVersion"`
		Cookies     []pair    `json:"cookies"`
		Headers     []pair    `json:"headers"`
		Query       []pair    `json:"queryString"`
		PostData    *postData `json:"postData,omitempty"`
		HeadersSize int       `json:"headersSize"`
		BodySize    int       `json:"bodySize"`
	}
	postData struct {
		MimeType string `json:"mimeType"`
		Params   []pair `json:"params"`
		Text     string `json:"text"`
		Comment  string `json:"comment,omitempty"`
	}
	response struct {
		Status      int     `json:"status"`
		StatusText  string  `json:"statusText"`
		Version     string  `json:"httpVersion"`
		Cookies     []pair  `json:"cookies"`
		Headers     []pair  `json:"headers"`
		Content     content `json:"content"`
		RedirectURL string  `json:"redirectURL"`
		HeadersSize int     `json:"headersSize"`
		BodySize    int     `json:"bodySize"`
	}
	content struct {
		Size     int    `json:"size"`
		MimeType string `json:"mimeType"`
		Text     string `json:"text,omitempty"`
		Encoding string `json:"encoding,omitempty"`
		Comment  string `json:"comment,omitempty"`
	}
)

func (x *exchange) entry(c cleaner) entry {
	ms := float64(x.took) / float64(time.Millisecond)
	r := x.request
	address := c.address(x.origin + r.URL.RequestURI())
	e := entry{
		Started: x.started.UTC().Format("2006-01-02T15:04:05.000Z"),
		Time:    ms,
		Timings: timings{Wait: ms},
		Request: request{
			Method: r.Method, URL: address, Version: r.Proto,
			Cookies: []pair{}, Headers: headers(r.Header, c), Query: query(address),
			PostData: x.postData(c), HeadersSize: -1, BodySize: len(x.sent),
		},
		Response: response{
			Status: x.status, StatusText: http.StatusText(x.status), Version: r.Proto,
			Cookies: []pair{}, Headers: headers(x.header, c), Content: x.content(c),
			RedirectURL: c.address(x.header.Get("Location")), HeadersSize: -1, BodySize: x.size,
		},
	}
	e.Request.Headers = append([]pair{{"Host", r.Host}}, e.Request.Headers...)
	return e
}

func headers(h http.Header, c cleaner) []pair {
	list := []pair{}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			list = append(list, pair{name, c.header(name, value)})
		}
	}
	return list
}

// query lists the parameters of an address in their order.
func query(address string) []pair {
	list := []pair{}
	_, raw, _ := strings.Cut(address, "?")
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		name, _ = url.QueryUnescape(name)
		value, _ = url.QueryUnescape(value)
		if name != "" {
			list = append(list, pair{name, value})
		}
	}
	return list
}

func (x *exchange) postData(c cleaner) *postData {
	if len(x.sent) == 0 {
		return nil
	}
	mimeType := x.request.Header.Get("Content-Type")
	text, binary := readable(x.sent, x.request.Header.Get("Content-Encoding"))
	p := &postData{MimeType: mimeType, Params: []pair{}}
	switch {
	case len(x.sent) >= maxJSON:
		p.Comment = "left out for its size"
	case binary:
		p.Text, p.Comment = base64.StdEncoding.EncodeToString(text), "base64"
	default:
		p.Text = c.body(mimeType, string(text))
		if kind, _, _ := mime.ParseMediaType(mimeType); kind == "application/x-www-form-urlencoded" {
			p.Params = query("?" + p.Text)
		}
	}
	return p
}

func (x *exchange) content(c cleaner) content {
	mimeType := x.header.Get("Content-Type")
	out := content{Size: x.size, MimeType: mimeType}
	if len(x.received) == 0 {
		if x.size > 0 {
			out.Comment = "left out for its size"
		}
		return out
	}
	text, binary := readable(x.received, x.header.Get("Content-Encoding"))
	out.Size = len(text)
	if binary {
		out.Text, out.Encoding = base64.StdEncoding.EncodeToString(text), "base64"
		return out
	}
	out.Text = c.body(mimeType, string(text))
	return out
}

// readable undoes compression and says whether the result is binary.
func readable(data []byte, encoding string) (plain []byte, binary bool) {
	if strings.EqualFold(encoding, "gzip") {
		if z, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
			if plain, err := io.ReadAll(io.LimitReader(z, maxJSON)); err == nil {
				data = plain
			}
		}
	}
	return data, !utf8.Valid(data)
}
