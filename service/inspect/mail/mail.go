// Package mail reads a message (RFC 5322, MIME) as Outlook would show it,
// tolerant of what real mail does wrong, and never beyond its budget.
package mail

import (
	"strings"
	"time"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content"
	"cloudappsecurity/service/inspect/markup"
)

// Address is one mailbox of a header.
type Address struct {
	Name    string // decoded
	Address string // lower case; empty if it isn't an address
	Raw     string // as it stands there, decoded
}

// Field is one header field.
type Field struct {
	Name  string // as written
	Value string // unfolded, encoded words decoded
}

// Message is a message that was read.
type Message struct {
	Fields     []Field // in order, the topmost first
	From       []Address
	Sender     Address
	ReplyTo    []Address
	ReturnPath Address
	To, Cc     []Address
	Subject    string
	Date       time.Time // zero if there is none
	MessageID  string
	InReplyTo  string
	References []string
	List       bool // List-Id or List-Unsubscribe
	Bulk       bool // List-Unsubscribe, Precedence: bulk, Feedback-ID

	Text    string           // the plain text body
	HTML    *markup.Document // the HTML body; nil if there is none
	Visible string           // what a person sees of the body: of the HTML if there is one
	Links   []markup.Link    // of the body, HTML and text; not of attachments

	Auth  Auth
	Items []*content.Item // attachments and inline parts that aren't the body

	Size     int64
	Problems []budget.Problem
}

// Auth is what Microsoft's own servers said of the message. It is empty where
// nobody can be trusted to have said it.
type Auth struct {
	Trusted  bool   // a topmost Authentication-Results of Microsoft's was there
	SPF      string // "pass", "fail", "softfail", "none" …
	DKIM     string
	DMARC    string
	CompAuth string   // "pass", "fail", "softpass", "none"
	Reason   string   // three digits
	Aligned  []string // domains which SPF or DKIM proved (smtp.mailfrom, header.d), where they passed
	SCL      int      // -2 where there is none
	CAT      string   // of X-Forefront-Antispam-Report
	SFV      string
	SFTY     string
}

// Field gives the first header field of that name, "" if there is none.
func (m *Message) Field(name string) string {
	for _, f := range m.Fields {
		if equalFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

func equalFold(a, b string) bool { return len(a) == len(b) && strings.EqualFold(a, b) }
