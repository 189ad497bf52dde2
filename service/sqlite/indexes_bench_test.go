package sqlite

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"cloudappsecurity/service"
)

// BenchmarkPersonIndexes measures what the indexes of people cost a first round:
// without each group of them.
func BenchmarkPersonIndexes(b *testing.B) {
	const people, page = 20_000, 200
	for _, c := range []struct {
		name string
		drop []string
	}{
		{"all", nil},
		{"without drives", []string{"person_by_drive_exclusion", "person_drive_unknown", "person_drive_none"}},
		{"without exclusion, unresolved", []string{"person_by_exclusion", "person_unresolved"}},
		{"without names, addresses", []string{"person_by_name", "person_by_upn", "person_by_mail"}},
		{"without seen, coverage by person", []string{"person_seen_by_person", "coverage_by_person"}},
	} {
		for _, of := range []service.Service{service.ExchangeOnline, service.OneDrive} {
			b.Run(string(of)+" "+c.name, func(b *testing.B) {
				for b.Loop() {
					s := open(b, filepath.Join(b.TempDir(), "store.db"), Options{})
					for _, index := range c.drop {
						if _, err := s.w.ExecContext(context.Background(), "DROP INDEX "+index); err != nil {
							b.Fatal(err)
						}
					}
					start := time.Now()
					fillFor(b, s, of, people, page)
					b.ReportMetric(time.Since(start).Seconds()/people*1e6, "µs/person")
				}
			})
		}
	}
}
