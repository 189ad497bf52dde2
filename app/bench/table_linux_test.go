package bench

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// table is printed as Markdown.
type table struct {
	title string
	head  []string
	rows  [][]string
}

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) print() {
	fmt.Printf("\n%s\n\n", t.title)
	fmt.Printf("| %s |\n|%s\n", strings.Join(t.head, " | "), strings.Repeat(" --- |", len(t.head)))
	for _, r := range t.rows {
		fmt.Printf("| %s |\n", strings.Join(r, " | "))
	}
	fmt.Println()
}

func median[T cmp.Ordered](list []T) T {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}

// pairs divides what was measured in the same round.
func pairs[T ~int64 | ~float64](list, by []T) (quotients []float64) {
	for i := range list {
		quotients = append(quotients, float64(list[i])/float64(by[i]))
	}
	return quotients
}

func ratio(quotients []float64) string { return fmt.Sprintf("%.2f×", median(quotients)) }

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

func millis(d time.Duration) string { return fmt.Sprintf("%.2f ms", d.Seconds()*1e3) }

func mb(bytes int64) string { return fmt.Sprintf("%d MB", bytes>>20) }
