// Package markup reads HTML as a mail program shows it: what a person sees, what
// is there but isn't seen, where links lead, and what the page would do.
package markup

// Link is an address that a person could follow.
type Link struct {
	URL    string // as written, trimmed, a base applied; may be hostile, relative, or no URL at all
	Text   string // what is shown for it, folded; empty for one in plain text
	Image  bool   // an image is shown for it
	Hidden bool   // it stands in what isn't shown
	Where  string // for people: "body", "invoice.pdf", "invoice.pdf, QR code"
}

// Form is a form with at least one field. Fields outside of any form are one
// form without an action.
type Form struct {
	Action   string
	Password bool // a field for a password
	Fields   int
}

// Image is an image that is shown.
type Image struct {
	Source string // "cid:…", "data:" and the media type (the data left out), "https://…"
	Alt    string
	Width  int // as declared; 0 unknown
	Height int
}

// Document is what a page holds.
//
// Visible keeps the characters that have no width (zero-width spaces and
// joiners, soft hyphens, fillers): who matches words leaves them out first, and
// who looks for tricks finds them. Every other white space is one space, or the
// end of a line.
//
// What only the classic Outlook shows (conditional comments) stands in Visible
// where it says something that the rest doesn't. What is hidden by colours is a
// guess, since a background may come from elsewhere: rules about words look at
// Hidden as well.
type Document struct {
	Title    string
	Visible  string // what a person sees: folded, blocks on lines of their own
	Hidden   string // text that is there but not shown (display:none, zero size, the background's colour …), bounded
	Links    []Link
	Images   []Image
	Forms    []Form
	Scripts  []string // inline scripts, handlers and javascript: addresses, bounded
	Base     string
	Refresh  string   // where a meta refresh leads
	Embedded []string // sources of frames, objects and scripts
	Problems []string // that it was cut, for people
}

// What is kept of one page.
const (
	mostVisible = 4 << 20   // bytes
	mostHidden  = 512 << 10 // bytes
	mostScripts = 1 << 20   // bytes in all
	mostLinks   = 5000
	mostOthers  = 2000     // images, forms, frames, each
	mostURL     = 16 << 10 // bytes of one address; the rest is cut
	mostToken   = 1 << 20  // bytes of one tag, comment or run of text
	mostDepth   = 400      // open elements
	mostNested  = 3        // pages within pages (srcdoc)
)
