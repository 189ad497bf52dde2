package inspect

import (
	"context"
	"io"
	"path"
	"strings"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content"
	"cloudappsecurity/service/inspect/mail"
	"cloudappsecurity/service/inspect/tenant"
)

// Message decides about a message of size bytes, which r holds.
func (e *Engine) Message(ctx context.Context, r io.ReaderAt, size int64, t *tenant.Index) Verdict {
	return inTime(ctx, "message", func() Verdict {
		b := budget.New(ctx, e.options.Limits)
		m, parts, err := mail.Read(b, r, size)
		if err != nil {
			m.Problems = append(m.Problems, budget.Problem{Reason: budget.ReasonOf(err), Where: "message",
				Detail: "It could not be read to its end."})
		}
		o := content.Options{Message: attached}
		if len(parts) > 0 { // looking for passwords takes as long as all the rest
			o.Passwords = content.Passwords(m.Subject + "\n" + m.Text + "\n" + m.Visible)
		}
		for _, p := range parts {
			addPart(b, m, p, o)
		}
		v := Verdict{NotInspected: m.Problems}
		e.outside(ctx, parts, &v)
		e.judge(m, m.Items, t, &v)
		e.dataLoss(texts(m), &v)
		v.finish(ctx, m.Items)
		return v
	})
}

// addPart looks into a part, and adds what it is to the message that carries it.
func addPart(b *budget.Budget, m *mail.Message, p mail.Part, o content.Options) {
	item := content.Inspect(b, p.Source, content.Input{Name: p.Name, Declared: p.Declared, Path: p.Path, Inline: p.Inline, Depth: p.Depth}, o)
	if p.Parent != nil {
		p.Parent.Children = append(p.Parent.Children, item)
		return
	}
	m.Items = append(m.Items, item)
}

// attached reads a message which was found in an archive or a document.
func attached(b *budget.Budget, src content.Source, item *content.Item, depth int, o content.Options) error {
	parts, err := mail.Attached(b, src, item, depth)
	for _, p := range parts {
		addPart(b, nil, p, o)
	}
	return err
}

// File decides about a file that isn't a message.
func (e *Engine) File(ctx context.Context, r io.ReaderAt, size int64, name string, t *tenant.Index) Verdict {
	return inTime(ctx, name, func() Verdict {
		b := budget.New(ctx, e.options.Limits)
		source := section{io.NewSectionReader(r, 0, size)}
		item := content.Inspect(b, source, content.Input{Name: path.Base(name)}, content.Options{Message: attached})
		items := []*content.Item{item}
		var v Verdict
		e.outside(ctx, []mail.Part{{Source: source, Name: name, Path: name}}, &v)
		e.judge(nil, items, t, &v)
		e.dataLoss(itemTexts(nil, items), &v)
		v.finish(ctx, items)
		return v
	})
}

// section is a file as a source.
type section struct{ *io.SectionReader }

func (s section) Open() io.Reader {
	return io.NewSectionReader(s.SectionReader, 0, s.SectionReader.Size())
}

// finish takes in what could not be inspected of the items, and decides.
func (v *Verdict) finish(ctx context.Context, items []*content.Item) {
	content.Walk(items, func(i *content.Item) { v.NotInspected = append(v.NotInspected, i.Problems...) })
	if ctx.Err() != nil {
		v.NotInspected = append(v.NotInspected, budget.Problem{Reason: budget.TooSlow, Where: "message",
			Detail: "It took longer than the time for one message."})
	}
	v.decide()
}

// text is one text that is searched for sensitive data.
type text struct{ where, text string }

// texts gives the texts of a message: what a person reads, what another program
// would show instead, and what it carries.
func texts(m *mail.Message) []text {
	list := []text{{"subject", m.Subject}, {"body", m.Visible}}
	if plain := strings.TrimSpace(m.Text); m.HTML != nil && plain != "" && plain != strings.TrimSpace(m.Visible) {
		list = append(list, text{alternative, m.Text})
	}
	return itemTexts(list, m.Items)
}

func itemTexts(list []text, items []*content.Item) []text {
	content.Walk(items, func(i *content.Item) {
		if i.Text != "" {
			list = append(list, text{i.Path, i.Text})
		}
	})
	return list
}
