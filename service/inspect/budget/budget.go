// Package budget limits what one message may cost, so that a hostile one ends
// as "could not inspect", with the reason, and never as a crash or a hang.
package budget

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
)

// Limits are what one message may cost.
type Limits struct {
	Bytes   int64 // unpacked, decoded or extracted in all
	Memory  int64 // of one thing that has to be held in memory at once
	Depth   int   // archives in archives, messages in messages, parts in parts
	Entries int   // parts, archive entries and embedded objects in all
	Ratio   int64 // unpacked bytes for each packed one, from 1 MB on
}

// Default are the limits of a message. The time is the context's deadline.
func Default() Limits {
	return Limits{Bytes: 512 << 20, Memory: 16 << 20, Depth: 8, Entries: 5000, Ratio: 200}
}

// Reason says why something could not be inspected.
type Reason string

// The reasons.
const (
	TooLarge  Reason = "too_large"
	TooDeep   Reason = "too_deep"
	TooMany   Reason = "too_many"
	Bomb      Reason = "bomb" // unpacks to far more than it is
	TooSlow   Reason = "too_slow"
	Encrypted Reason = "encrypted"
	Damaged   Reason = "damaged"
	Unknown   Reason = "unknown_format"
	NoEngine  Reason = "engine_unavailable" // an outside engine that is set up can't be reached
)

// Problem is something that could not be inspected.
type Problem struct {
	Reason Reason
	Where  string // for people: "invoice.zip > invoice.docm"
	Detail string // for people, a sentence; no content of the message
}

// Error is a limit that was met.
type Error struct{ Reason Reason }

func (e *Error) Error() string { return fmt.Sprintf("budget: %s", e.Reason) }

// ReasonOf gives the reason of an error: of a limit that was met, of a deadline
// that passed, or Damaged.
func ReasonOf(err error) Reason {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Reason
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return TooSlow
	default:
		return Damaged
	}
}

// Budget is what is left for one message. It is safe for concurrent use.
type Budget struct {
	limits  Limits
	ctx     context.Context
	bytes   atomic.Int64
	entries atomic.Int64
}

// New begins a message's budget; its time ends with ctx.
func New(ctx context.Context, l Limits) *Budget { return &Budget{limits: l, ctx: ctx} }

// Limits gives what the budget began with.
func (b *Budget) Limits() Limits { return b.limits }

// Context ends when the time is over.
func (b *Budget) Context() context.Context { return b.ctx }

// Time is an error once the time is over.
func (b *Budget) Time() error { return b.ctx.Err() }

// Take takes n bytes.
func (b *Budget) Take(n int64) error {
	if err := b.ctx.Err(); err != nil {
		return err
	}
	if b.bytes.Add(n) > b.limits.Bytes {
		return &Error{TooLarge}
	}
	return nil
}

// Enter takes one entry at the given depth, the outermost being 0.
func (b *Budget) Enter(depth int) error {
	if err := b.ctx.Err(); err != nil {
		return err
	}
	if depth > b.limits.Depth {
		return &Error{TooDeep}
	}
	if b.entries.Add(1) > int64(b.limits.Entries) {
		return &Error{TooMany}
	}
	return nil
}

// Expand is an error where unpacked bytes are far more than the packed ones.
func (b *Budget) Expand(packed, unpacked int64) error {
	if unpacked > 1<<20 && unpacked > b.limits.Ratio*max(packed, 1) {
		return &Error{Bomb}
	}
	return nil
}
