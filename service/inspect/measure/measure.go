// Package measure counts what rules do on sets of messages: what each finds,
// what only it finds, and what it costs on mail that is harmless.
package measure

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"

	"cloudappsecurity/service/inspect/rule"
)

// Harmful are the folders whose messages should be found; all others hold
// messages that should not.
var harmful = map[string]bool{"phish": true, "bec": true, "spam": true, "spam-1": true, "malware": true}

// Result is what one message came to.
type Result struct {
	File  string
	Kind  string // its folder
	Hits  []rule.Hit
	Score float64
}

// Judge gives the rules that fire on a file, composites among them.
type Judge func(path string) ([]rule.Hit, error)

// Run judges each file of dir's folders, some at a time; in order of names.
func Run(dir string, workers int, judge Judge) ([]Result, error) {
	var files []string
	for _, pattern := range []string{"*/*.eml", "*/*.txt"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	slices.Sort(files)
	out := make([]Result, len(files))
	errs := make([]error, len(files))
	next := make(chan int)
	var wg sync.WaitGroup
	for range max(workers, 1) {
		wg.Go(func() {
			for i := range next {
				hits, err := judge(files[i])
				errs[i] = err
				out[i] = Result{File: filepath.Base(files[i]), Kind: filepath.Base(filepath.Dir(files[i])), Hits: hits, Score: rule.Score(hits)}
			}
		})
	}
	for i := range files {
		next <- i
	}
	close(next)
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", files[i], err)
		}
	}
	return out, nil
}

// Rate is how many of a kind's messages are threats.
type Rate struct{ Threats, All int }

// Rates counts by kind.
func Rates(results []Result) map[string]Rate {
	out := map[string]Rate{}
	for _, r := range results {
		n := out[r.Kind]
		n.All++
		if r.Score >= rule.Threshold {
			n.Threats++
		}
		out[r.Kind] = n
	}
	return out
}

// Table writes for each kind how much was found, and for each rule how often it
// fired on harmful and on harmless mail, how many harmful messages are found
// only thanks to it, and how many harmless ones are taken for threats only
// because of it.
func Table(w io.Writer, rules []rule.Rule, results []Result) error {
	rates := Rates(results)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "kind\tthreats\tof\tshare\t")
	for _, kind := range slices.Sorted(maps.Keys(rates)) {
		n := rates[kind]
		fmt.Fprintf(t, "%s\t%d\t%d\t%.1f %%\t\n", kind, n.Threats, n.All, 100*float64(n.Threats)/float64(n.All))
	}
	fmt.Fprintln(t, "\t\t\t\t")
	fmt.Fprintln(t, "rule\tweight\ton harmful\tgain\ton harmless\tcost\t")
	type count struct{ bad, good, gain, cost int }
	counts := map[string]*count{}
	for _, r := range results {
		for _, h := range r.Hits {
			c := counts[h.Rule.Name]
			if c == nil {
				c = &count{}
				counts[h.Rule.Name] = c
			}
			decides := r.Score >= rule.Threshold && r.Score-h.Rule.Weight < rule.Threshold
			if harmful[r.Kind] {
				c.bad++
				c.gain += one(decides)
			} else {
				c.good++
				c.cost += one(decides)
			}
		}
	}
	for _, r := range rules {
		c := counts[r.Name]
		if c == nil {
			c = &count{}
		}
		fmt.Fprintf(t, "%s\t%g\t%d\t%d\t%d\t%d\t\n", r.Name, r.Weight, c.bad, c.gain, c.good, c.cost)
	}
	return t.Flush()
}

// Wrong writes the harmful messages that aren't found and the harmless ones that
// are, or nearly so, with what fired.
func Wrong(w io.Writer, results []Result) {
	for _, r := range results {
		if near := r.Score > rule.Threshold-1.5; harmful[r.Kind] && r.Score >= rule.Threshold || !harmful[r.Kind] && !near {
			continue
		}
		var fired []string
		for _, h := range r.Hits {
			if !harmful[r.Kind] && h.Rule.Weight == 0 {
				continue
			}
			fired = append(fired, fmt.Sprintf("%s %g (%s)", h.Rule.Name, h.Rule.Weight, h.Evidence[0].What))
		}
		fmt.Fprintf(w, "%s/%s\t%.1f\t%s\n", r.Kind, r.File, r.Score, strings.Join(fired, ", "))
	}
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Exists says whether there is a set at dir.
func Exists(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}
