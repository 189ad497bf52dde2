// Package content looks into what a message carries or a file holds: it finds
// the true type, unpacks archives, documents and messages within one budget,
// and tells what was found. It judges nothing.
package content

import (
	"io"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/markup"
)

// Source is the content of an item. It is read where it lies, so that a large
// one is never held in memory whole.
type Source interface {
	// Open reads it from the beginning. Each call gives a reader of its own.
	Open() io.Reader
	// Size is its size in bytes; -1 where only reading it tells.
	Size() int64
}

// Item is one thing that a message carries: a part, an entry of an archive, an
// object in a document, an attached message.
type Item struct {
	Name     string // as sent, decoded; may be hostile
	Path     string // for people: "invoice.zip > invoice.docm"
	Declared string // the media type that was declared, lower case; empty if none
	Inline   bool   // shown within the body, or named by it
	Type     Type   // what it really is
	Size     int64
	SHA256   string // lower-case hexadecimal; empty if it wasn't read whole

	Encrypted bool // it needs a password that wasn't found
	Unlocked  bool // it needed one, which stood in the message

	Text     string        // of documents, bounded
	Links    []markup.Link // of documents, PDFs, QR codes, HTML attachments, invitations
	HTML     *markup.Document
	Facts    []Fact
	Problems []budget.Problem
	Children []*Item
}

// Type is a true type, such as "docx", "docm", "xls", "zip", "pdf", "exe",
// "lnk", "html", "svg", "png", "eml"; empty if unknown.
type Type string

// Fact is one structural property that a rule may weigh.
type Fact struct {
	Kind   Kind
	Detail string // for people: the name of a macro, of a stream, a target; bounded
}

// Kind names a structural property.
type Kind string

// Walk calls f for each item and those within it, in order.
func Walk(items []*Item, f func(*Item)) {
	for _, i := range items {
		f(i)
		Walk(i.Children, f)
	}
}
