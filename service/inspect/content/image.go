package content

import (
	"errors"
	"net/url"
	"strings"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content/picture"
)

// mostPictures bounds the pictures of one message which are searched for codes:
// the search costs some milliseconds each.
const mostPictures = 40

// leastPicture is the size in bytes beneath which a picture holds no code that
// could be read: spacers, pixels that count readers.
const leastPicture = 120

// image looks for QR codes in a picture.
func image(w *work) error {
	if w.size < leastPicture {
		return nil
	}
	data, err := w.whole()
	if err != nil {
		return err
	}
	if w.pictures++; w.pictures > mostPictures {
		w.report(budget.TooMany, "So many pictures are in the message that this one wasn't searched for codes.")
		return nil
	}
	codes, err := picture.Codes(data)
	switch {
	case errors.Is(err, picture.ErrTooLarge):
		w.report(budget.TooLarge, "The picture is too large to be searched for codes.")
	case err != nil:
		// A picture that can't be shown holds no code that could be seen.
		return nil //nolint:nilerr // see above
	}
	w.codes(codes, "")
	return nil
}

// codes notes the texts of QR codes, with where they were seen.
func (w *work) codes(texts []string, where string) {
	for _, t := range texts {
		w.fact(QRCode, t)
		t = strings.TrimSpace(t)
		if u, err := url.Parse(t); err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "") || strings.HasPrefix(strings.ToLower(t), "www.") {
			w.link(t, "", where+", QR code")
			continue
		}
		for _, found := range address.FindAllString(t, 20) {
			w.link(found, "", where+", QR code")
		}
	}
}
