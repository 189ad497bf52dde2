package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"cloudappsecurity/service"
)

const crowd = 100_000

var (
	crowdOnce sync.Once
	crowdAt   string
)

// crowded gives a store of 100,000 people, all covered; it is made once and
// only read.
func crowded(b *testing.B) *Store {
	b.Helper()
	crowdOnce.Do(func() {
		// Beyond the first benchmark's own folder.
		crowdAt = filepath.Join(mainDir, "crowd.db")
		s, err := Open(context.Background(), crowdAt, Options{})
		must(b, err)
		fill(b, s, crowd, 200)
		must(b, s.CoverAll(context.Background(), service.ExchangeOnline, noon))
		must(b, s.Close())
	})
	return open(b, crowdAt, Options{})
}

func fill(b *testing.B, s *Store, n, page int) {
	b.Helper()
	fillFor(b, s, service.ExchangeOnline, n, page)
}

func fillFor(b *testing.B, s *Store, of service.Service, n, page int) {
	b.Helper()
	for i := 0; i < n; i += page {
		p := service.UserPage{People: people(i, page), Next: fmt.Sprint(i)}
		if i+page >= n {
			p.Next, p.Delta = "", "delta"
		}
		must(b, s.ApplyUsers(context.Background(), of, p, noon))
	}
}

// A full round of 100,000 people in pages of 200, then the same again with
// nothing changed.
func BenchmarkApplyUsers(b *testing.B) {
	ctx := context.Background()
	for b.Loop() {
		s := open(b, filepath.Join(b.TempDir(), "store.db"), Options{})
		start := time.Now()
		fill(b, s, crowd, 200)
		first := time.Since(start)
		start = time.Now()
		must(b, s.CoverAll(ctx, service.ExchangeOnline, noon))
		cover := time.Since(start)
		_, err := s.RestartRound(ctx, service.ExchangeOnline, service.ResourceUsers)
		must(b, err)
		start = time.Now()
		fill(b, s, crowd, 200)
		again := time.Since(start)
		start = time.Now()
		must(b, s.CoverAll(ctx, service.ExchangeOnline, noon))
		b.ReportMetric(first.Seconds()/crowd*1e6, "µs/new-person")
		b.ReportMetric(again.Seconds()/crowd*1e6, "µs/known-person")
		b.ReportMetric(cover.Seconds()*1e3, "ms/cover")
		b.ReportMetric(time.Since(start).Seconds()*1e3, "ms/cover-again")
	}
}

func BenchmarkSearch(b *testing.B) {
	s := crowded(b)
	ctx := context.Background()
	yes, no := true, false
	var typed []string
	for _, name := range []string{"anna müller", "soren", "田", "山田", "o'neill", "zoe weiss", "cruz", "user00", "user01234", "user01234@contoso.com", "12", "99999", "nobody"} {
		for i := range name {
			if i > 0 {
				typed = append(typed, name[:i])
			}
		}
		typed = append(typed, name)
	}
	for name, q := range map[string]service.TargetQuery{
		"everyone": {}, "protected": {Protected: &yes}, "unprotected": {Protected: &no},
		"page 100": {Offset: 10_000},
	} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			var worst string
			var longest time.Duration
			for b.Loop() {
				for _, w := range typed {
					q.Search = w
					start := time.Now()
					if _, err := s.Targets(ctx, service.ExchangeOnline, q); err != nil {
						b.Fatal(err)
					}
					d := time.Since(start)
					took = append(took, d)
					if d > longest {
						longest, worst = d, w
					}
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1e3, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1e3, "p99-ms")
			b.Logf("longest %v for %q", longest, worst)
		})
	}
}

func BenchmarkCounts(b *testing.B) {
	s := crowded(b)
	ctx := context.Background()
	yes := true
	b.Run("TargetCounts", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.TargetCounts(ctx, service.ExchangeOnline); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, q := range map[string]service.TargetQuery{"all": {}, "protected": {Protected: &yes}, "search a": {Search: "a"}, "search protected a": {Search: "a", Protected: &yes}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.CountTargets(ctx, service.ExchangeOnline, q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	runtime.KeepAlive(s)
}

func BenchmarkPages(b *testing.B) {
	s := crowded(b)
	ctx := context.Background()
	yes, no := true, false
	for name, q := range map[string]service.TargetQuery{
		"first": {}, "last": {Offset: crowd - 100}, "protected": {Protected: &yes}, "unprotected": {Protected: &no},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Targets(ctx, service.ExchangeOnline, q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
