package content

import (
	"errors"
	"strings"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content/pdf"
	"cloudappsecurity/service/inspect/content/picture"
)

// pdfFile looks into a PDF.
func pdfFile(w *work) error {
	data, err := w.whole()
	if err != nil {
		return err
	}
	f, err := pdf.Open(data, pdf.Options{Passwords: w.o.Passwords, Take: w.b.Take, Limit: w.b.Limits().Memory})
	switch {
	case errors.Is(err, pdf.ErrEncrypted):
		w.encrypted()
		return nil
	case err != nil:
		return err
	}
	w.Unlocked = f.Unlocked
	d, err := f.Read()
	w.addText(d.Text)
	for _, l := range d.Links {
		w.link(l, "", "")
	}
	for _, l := range d.Forms {
		w.fact(PDFForm, l)
		w.link(l, "", ", form")
	}
	for _, url := range address.FindAllString(d.Text, mostLinks) {
		w.link(strings.TrimRight(url, ".,;:!?)]"), "", "")
	}
	w.facts(PDFLaunch, d.Launches)
	for _, js := range d.JavaScript {
		w.fact(PDFJavaScript, "")
		for _, url := range address.FindAllString(js, 50) {
			w.link(url, "", ", script")
		}
	}
	if d.AtOpen {
		w.fact(PDFOpenAction, "")
	}
	if d.Cut {
		w.report(budget.TooMany, "Only its first pages and pictures were looked at.")
	}
	if err != nil {
		return err
	}
	w.pdfPictures(d.Pictures)
	for _, e := range d.Embedded {
		w.fact(PDFEmbedded, e.Name)
		if err := limitOf(w.child(Bytes(e.Data), baseName(e.Name), "", nil)); err != nil {
			return err
		}
	}
	return nil
}

// pdfPictures searches the pictures of pages for codes.
func (w *work) pdfPictures(list []pdf.Picture) {
	for _, p := range list {
		if w.pictures++; w.pictures > mostPictures {
			w.report(budget.TooMany, "Not all of its pictures were searched for codes.")
			return
		}
		if w.b.Time() != nil {
			w.problem(w.b.Time())
			return
		}
		codes := []string(nil)
		if p.Gray != nil {
			codes = picture.Find(picture.Gray(p.Gray))
		} else if found, err := picture.Codes(p.JPEG); err == nil {
			codes = found
		}
		w.codes(codes, "")
	}
}
