package budget

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	b := New(context.Background(), Limits{Bytes: 10, Depth: 2, Entries: 3, Ratio: 5})
	for _, c := range []struct {
		what string
		err  error
		want Reason
	}{
		{"10 bytes of 10", b.Take(10), ""},
		{"one more", b.Take(1), TooLarge},
		{"depth 2 of 2", b.Enter(2), ""},
		{"depth 3", b.Enter(3), TooDeep},
		{"the second entry", b.Enter(0), ""},
		{"the third", b.Enter(0), ""},
		{"the fourth", b.Enter(0), TooMany},
		{"much from little, but not much", b.Expand(1, 1<<20), ""},
		{"much from little", b.Expand(1, 1<<20+1), Bomb},
		{"much from nothing", b.Expand(0, 1<<20+1), Bomb},
		{"much from much", b.Expand(1<<20, 5<<20), ""},
	} {
		if c.want == "" && c.err != nil || c.want != "" && (c.err == nil || ReasonOf(c.err) != c.want) {
			t.Errorf("%s: %v, not %q", c.what, c.err, c.want)
		}
	}
}

func TestTimeIsOver(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer cancel()
	b := New(ctx, Default())
	for what, err := range map[string]error{"Time": b.Time(), "Take": b.Take(1), "Enter": b.Enter(0)} {
		if ReasonOf(err) != TooSlow {
			t.Errorf("%s: %v", what, err)
		}
	}
	if b.Context() != ctx || b.Limits() != Default() {
		t.Error("Context, Limits")
	}
}

func TestReasonOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want Reason
	}{
		{fmt.Errorf("reading: %w", &Error{Bomb}), Bomb},
		{fmt.Errorf("reading: %w", context.Canceled), TooSlow},
		{errors.New("something else"), Damaged},
	} {
		if got := ReasonOf(c.err); got != c.want {
			t.Errorf("%v: %s, not %s", c.err, got, c.want)
		}
	}
}

// TestTogether takes from one budget at once: no byte is given twice.
func TestTogether(t *testing.T) {
	t.Parallel()
	b := New(context.Background(), Limits{Bytes: 500})
	var wait sync.WaitGroup
	given := make(chan struct{}, 1000)
	for range 10 {
		wait.Go(func() {
			for range 100 {
				if b.Take(1) == nil {
					given <- struct{}{}
				}
			}
		})
	}
	wait.Wait()
	if len(given) != 500 {
		t.Errorf("%d bytes of 500 were given", len(given))
	}
}
