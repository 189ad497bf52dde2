package inspect

import (
	"context"
	"io"
	"slices"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/learn"
	"cloudappsecurity/service/inspect/link"
	"cloudappsecurity/service/inspect/mail"
)

// learned is what of a message is learned, and weighed by what was learned.
func learned(m *mail.Message) learn.Text {
	t := learn.Text{Subject: m.Subject, Visible: m.Visible}
	for _, l := range link.ResolveAll(m.Links) {
		if org := link.Organization(l.Final.Host); org != "" && !slices.Contains(t.Domains, org) {
			t.Domains = append(t.Domains, org)
		}
	}
	return t
}

// Learn teaches the engine's model what an administrator, or a rule that decides
// alone, said of a message. Forget takes it back, for a verdict that was wrong.
func (e *Engine) Learn(ctx context.Context, r io.ReaderAt, size int64, v learn.Verdict) error {
	return e.teach(ctx, r, size, func(t learn.Text) { e.options.Learned.Train(t, v) })
}

// Forget takes back what Learn taught with the same message and verdict.
func (e *Engine) Forget(ctx context.Context, r io.ReaderAt, size int64, v learn.Verdict) error {
	return e.teach(ctx, r, size, func(t learn.Text) { e.options.Learned.Forget(t, v) })
}

func (e *Engine) teach(ctx context.Context, r io.ReaderAt, size int64, f func(learn.Text)) error {
	m, _, err := mail.Read(budget.New(ctx, e.options.Limits), r, size)
	if err != nil {
		return err
	}
	f(learned(m))
	return nil
}
