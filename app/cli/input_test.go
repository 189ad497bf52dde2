package cli

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
)

// TestInterruptedInput: whoever waits for standard input hears Ctrl+C.
func TestInterruptedInput(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"scan", "-"}, {"dlp", "-"}, {"dlp", "-", "--ndjson"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				nobody, types := io.Pipe()
				ctx, interrupt := context.WithCancel(context.Background())
				var out, errs bytes.Buffer
				ended := make(chan int, 1)
				go func() {
					ended <- Run(ctx, Streams{In: nobody, Out: &out, Err: &errs, Getenv: func(string) string { return "" }}, args)
				}()
				synctest.Wait() // it waits for its input
				interrupt()
				if code := <-ended; code != ExitCanceled {
					t.Errorf("exit code %d: %s", code, &errs)
				}
				if out.Len() > 0 || !strings.Contains(errs.String(), "Nothing was changed.") {
					t.Errorf("it printed %q and %q", &out, &errs)
				}
				_ = types.Close() // lets the abandoned read end
			})
		})
	}
}

func TestInputAsItComes(t *testing.T) {
	t.Parallel()
	c := &command{Streams: Streams{In: strings.NewReader(strings.Repeat("a line\n", 10_000))}}
	got, err := io.ReadAll(c.input(t.Context()))
	if err != nil || string(got) != strings.Repeat("a line\n", 10_000) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}
