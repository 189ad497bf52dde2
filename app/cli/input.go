package cli

import (
	"context"
	"io"

	"cloudappsecurity/service"
)

// input reads standard input until ctx ends: a terminal on which nobody types
// would keep the program from hearing Ctrl+C. What ends it is errInterrupted.
func (c *command) input(ctx context.Context) io.Reader { return &interruptible{ctx, c.In} }

// errInterrupted says what holds for every command that waits for its input: it
// changes nothing before it has all of it, and answers whole lines.
func errInterrupted(cause error) error {
	return &service.Error{Code: service.CodeCanceled, Message: "It was canceled while it waited for its input.", Help: "Nothing was changed. What is printed is complete.", Cause: cause}
}

type interruptible struct {
	ctx  context.Context
	from io.Reader
}

func (r *interruptible) Read(p []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	read := make(chan result, 1)
	// A read that nobody waits for any longer must not write to p.
	own := make([]byte, len(p))
	go func() {
		n, err := r.from.Read(own)
		read <- result{n, err}
	}()
	select {
	case got := <-read:
		return copy(p, own[:got.n]), got.err
	case <-r.ctx.Done():
		return 0, errInterrupted(r.ctx.Err())
	}
}
