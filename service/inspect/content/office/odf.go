package office

import "strings"

// ODF reads an OpenDocument package, see
// https://docs.oasis-open.org/office/OpenDocument/v1.3/OpenDocument-v1.3-part2-packages.html
func ODF(p Parts) (*Document, error) {
	d := &Document{}
	for _, name := range p.Names() {
		lower := strings.ToLower(name)
		switch {
		case lower == "meta-inf/manifest.xml":
			doc, err := p.Read(name)
			if err != nil {
				return d, err
			}
			if strings.Contains(doc, "encryption-data") {
				d.Encrypted = true
			}
		case strings.HasPrefix(lower, "basic/") && !strings.HasSuffix(lower, "-lc.xml") && !strings.HasSuffix(lower, "-lb.xml"),
			strings.HasPrefix(lower, "scripts/") && !strings.HasSuffix(lower, "/"):
			d.Macros = append(d.Macros, name)
		case strings.HasPrefix(lower, "object") && !strings.HasSuffix(lower, ".xml") && strings.Count(lower, "/") == 0:
			d.Parts = append(d.Parts, name)
		case strings.HasPrefix(lower, "pictures/"):
			d.Pictures = append(d.Pictures, name)
		}
	}
	if d.Encrypted {
		return d, nil
	}
	for _, name := range p.Names() {
		if name != "content.xml" && name != "styles.xml" {
			continue
		}
		doc, err := p.Read(name)
		if err != nil {
			return d, err
		}
		d.odfText(doc)
	}
	return d, nil
}

func (d *Document) odfText(doc string) {
	inBody := false
	scanXML(doc, func(t tag) {
		switch t.name {
		case "body":
			inBody = !t.end
		case "p", "h", "table-row", "line-break":
			if t.end || t.empty {
				d.Text.WriteByte('\n')
			}
		case "table-cell", "tab":
			d.Text.WriteByte('\t')
		case "s":
			d.Text.WriteByte(' ')
		case "a":
			if url := t.attr("href"); url != "" {
				d.Links = append(d.Links, Link{URL: url})
			}
		case "dde-source", "dde-connection-decl":
			d.DDE = append(d.DDE, t.attr("dde-application")+"|"+t.attr("dde-topic"))
		case "event-listener":
			if url := t.attr("href"); strings.HasPrefix(url, "vnd.sun.star.script:") {
				d.AutoOpen = true
			}
		}
		if formula := t.attr("formula"); formula != "" {
			d.formula(formula)
		}
	}, func(s string) {
		if inBody {
			d.Text.WriteString(s)
		}
	})
}
