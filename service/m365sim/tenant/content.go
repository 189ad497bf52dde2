package tenant

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/html/charset"
)

// Address is a mailbox with its display name.
type Address struct{ Name, Address string }

// Header is one header field of a message.
type Header struct{ Name, Value string }

// Content is what Exchange reads out of a delivered message.
type Content struct {
	Subject        string
	From, Sender   Address
	To, Cc, Bcc    []Address
	ReplyTo        []Address
	Sent           time.Time
	MessageID      string
	Importance     string
	Headers        []Header
	HTML           bool
	Body           string
	Preview        string
	HasAttachments bool // other than inline ones
}

// maxParts bounds how deep and how wide a message may be nested.
const maxParts = 100

// Parse reads a message of RFC 5322. What can't be read of its body is left
// out; without any header it is no message.
func Parse(raw []byte) (Content, error) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Content{}, fmt.Errorf("%w: %w", ErrNotAMessage, err)
	}
	if len(m.Header) == 0 {
		return Content{}, ErrNotAMessage
	}
	decoder := wordDecoder()
	c := Content{Importance: "normal", MessageID: m.Header.Get("Message-Id"), Subject: m.Header.Get("Subject"), Headers: headerLines(raw)}
	if subject, err := decoder.DecodeHeader(c.Subject); err == nil {
		c.Subject = subject
	}
	c.To, c.Cc, c.Bcc = addresses(m.Header, "To"), addresses(m.Header, "Cc"), addresses(m.Header, "Bcc")
	c.ReplyTo = addresses(m.Header, "Reply-To")
	if from := addresses(m.Header, "From"); len(from) > 0 {
		c.From, c.Sender = from[0], from[0]
	}
	if sender := addresses(m.Header, "Sender"); len(sender) > 0 {
		c.Sender = sender[0]
	}
	if sent, err := m.Header.Date(); err == nil {
		c.Sent = sent.UTC()
	}
	switch strings.ToLower(m.Header.Get("Importance")) {
	case "high":
		c.Importance = "high"
	case "low":
		c.Importance = "low"
	}
	budget := maxParts
	c.part(m.Header.Get, m.Body, &budget)
	c.Preview = preview(c.Body, c.HTML)
	return c, nil
}

func wordDecoder() *mime.WordDecoder {
	return &mime.WordDecoder{CharsetReader: func(label string, r io.Reader) (io.Reader, error) { return charset.NewReaderLabel(label, r) }}
}

func addresses(h mail.Header, name string) (list []Address) {
	if h.Get(name) == "" {
		return nil
	}
	p := mail.AddressParser{WordDecoder: wordDecoder()}
	parsed, err := p.ParseList(h.Get(name))
	if err != nil { // Exchange keeps what it can't read as a name
		return []Address{{Name: h.Get(name), Address: h.Get(name)}}
	}
	for _, a := range parsed {
		list = append(list, Address{Name: a.Name, Address: a.Address})
	}
	return list
}

// headerLines keeps the header fields in their order, unfolded.
func headerLines(raw []byte) (list []Header) {
	for line := range strings.SplitSeq(string(raw), "\n") {
		line = strings.TrimRight(line, "\r")
		if line == "" {
			break
		}
		if (line[0] == ' ' || line[0] == '\t') && len(list) > 0 {
			list[len(list)-1].Value += " " + strings.TrimSpace(line)
			continue
		}
		if name, value, ok := strings.Cut(line, ":"); ok {
			list = append(list, Header{Name: name, Value: strings.TrimSpace(value)})
		}
	}
	return list
}

// part reads one part of the body: HTML wins over text.
func (c *Content) part(header func(string) string, body io.Reader, budget *int) {
	if *budget--; *budget < 0 {
		return
	}
	media, params, err := mime.ParseMediaType(header("Content-Type"))
	if err != nil {
		media = "text/plain"
	}
	disposition, dispositionParams, _ := mime.ParseMediaType(header("Content-Disposition"))
	if strings.HasPrefix(media, "multipart/") {
		r := multipart.NewReader(body, params["boundary"])
		for {
			p, err := r.NextRawPart()
			if err != nil {
				return
			}
			c.part(p.Header.Get, p, budget)
		}
	}
	named := dispositionParams["filename"] != "" || params["name"] != ""
	if disposition == "attachment" || disposition != "inline" && named || media == "message/rfc822" {
		c.HasAttachments = true
		return
	}
	isHTML := media == "text/html"
	if !isHTML && (media != "text/plain" || c.Body != "") || isHTML && c.HTML {
		return
	}
	text, err := io.ReadAll(decoded(header("Content-Transfer-Encoding"), body))
	if err != nil && len(text) == 0 {
		return
	}
	if r, err := charset.NewReaderLabel(params["charset"], bytes.NewReader(text)); err == nil && params["charset"] != "" {
		if converted, err := io.ReadAll(r); err == nil {
			text = converted
		}
	}
	c.Body, c.HTML = strings.ToValidUTF8(string(text), "\ufffd"), isHTML
}

func decoded(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	}
	return body
}

// preview is the beginning of the body without markup.
func preview(body string, isHTML bool) string {
	if isHTML {
		body = html.UnescapeString(regexp.MustCompile(`(?s)<style.*?</style>|<[^>]*>`).ReplaceAllString(body, " "))
	}
	text := []rune(strings.Join(strings.Fields(body), " "))
	return string(text[:min(len(text), 255)])
}
