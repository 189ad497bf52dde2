package inspect

import (
	"context"
	"errors"
	"io"
	"time"

	"cloudappsecurity/service/inspect/block"
	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/dlp"
	"cloudappsecurity/service/inspect/learn"
	"cloudappsecurity/service/inspect/link"
	"cloudappsecurity/service/inspect/malware"
	"cloudappsecurity/service/inspect/phish"
	"cloudappsecurity/service/inspect/rule"
	"cloudappsecurity/service/inspect/tenant"
)

// DefaultTime is how long one message may take.
const DefaultTime = 30 * time.Second

// Scanner is an engine outside this program, such as clamd.
type Scanner interface {
	// Name is for people, such as "clamd".
	Name() string
	// Scan gives the name of what it found, "" if nothing. An error says that
	// it did not look.
	Scan(ctx context.Context, r io.Reader) (found string, err error)
}

// Options are what an engine is handed in.
type Options struct {
	Scanners []Scanner
	Learned  *learn.Model  // what the tenant's own mail taught; nil: nothing
	Limits   budget.Limits // zero: budget.Default
}

// Engine inspects messages and files by one policy. It is safe for concurrent use.
type Engine struct {
	policy    Policy
	options   Options
	phish     *phish.Detector
	link      *link.Detector
	block     *block.List
	data      *dlp.Detector
	templates []dlp.Template
	book      *rule.Book
}

// New makes an engine. Its error says what is wrong with the policy.
func New(p Policy, o Options) (*Engine, error) {
	if o.Limits == (budget.Limits{}) {
		o.Limits = budget.Default()
	}
	e := &Engine{policy: p, options: o}
	var errs [6]error
	e.phish, errs[0] = phish.New(p.AdvancedSpam.Config)
	e.link, errs[1] = link.New(p.WebReputation.Config)
	e.block, errs[2] = block.New(p.FileBlocking.Config)
	e.data, errs[3] = dlp.New(dlp.Config{Custom: p.DataLoss.Identifiers})
	e.book, errs[4] = Rules()
	e.templates, errs[5] = p.DataLoss.templates()
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	return e, nil
}

// Inspect decides about what r holds, size bytes: a message, or any other file.
// name is the file's, for what its ending says; the time ends with ctx.
func (e *Engine) Inspect(ctx context.Context, r io.ReaderAt, size int64, name string, t *tenant.Index) Verdict {
	if isMessage(r, size, name) {
		return e.Message(ctx, r, size, t)
	}
	return e.File(ctx, r, size, name, t)
}

// Rules gives the rules of all families.
func Rules() (*rule.Book, error) {
	return rule.NewBook(phish.Rules(), link.Rules(), malware.Rules(), block.Rules(), learn.Rules())
}

// couldNot is the verdict of what could not be inspected at all.
func couldNot(reason budget.Reason, where, detail string) Verdict {
	v := Verdict{NotInspected: []budget.Problem{{Reason: reason, Where: where, Detail: detail}}}
	v.decide()
	return v
}

// panicked is what is said of a parser which this program trusted too much.
const panicked = "Reading it failed in an unforeseen way."

// grace is how long after its time what is limited by it may take to end.
const grace = 2 * time.Second

// inTime runs f, and gives up on it when the time is over: a library that hangs
// must not hold the scan up. What panics says so.
func inTime(ctx context.Context, where string, f func() Verdict) Verdict {
	done := make(chan Verdict, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- couldNot(budget.Damaged, where, panicked)
			}
		}()
		done <- f()
	}()
	select {
	case v := <-done:
		return v
	case <-ctx.Done():
	}
	// What is limited by the same time ends by itself, and says more.
	grace := time.NewTimer(grace)
	defer grace.Stop()
	select {
	case v := <-done:
		return v
	case <-grace.C:
		return couldNot(budget.TooSlow, where, "It took longer than the time for one message.")
	}
}
