package cli

import (
	"fmt"
	"strings"
	"time"

	"cloudappsecurity/service/inspect"
	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/rule"
)

// progressEvery is how often the progress of a large folder is shown.
const progressEvery = 200 * time.Millisecond

// scanReport prints what was found, file by file.
type scanReport struct {
	c        *command
	total    int
	done     int
	counts   map[inspect.Result]int
	failed   int
	colour   bool
	progress bool // standard error is a terminal
	shown    time.Time
}

func (c *command) newReport(total int) *scanReport {
	return &scanReport{c: c, total: total, counts: map[inspect.Result]int{},
		colour:   terminal(c.Out) && c.Getenv("NO_COLOR") == "" && c.Getenv("TERM") != "dumb",
		progress: terminal(c.Err) && total > 1}
}

func (r *scanReport) add(s scanned) {
	r.done++
	r.clearProgress()
	switch {
	case s.err != nil:
		r.failed++
		r.c.unread(s)
	case r.c.json:
		r.counts[s.verdict.Result]++
		r.c.print(verdictObject(s.file, s.verdict))
	default:
		r.counts[s.verdict.Result]++
		r.people(s)
	}
	r.showProgress()
}

// unread says of a file that it can't be read; with --json in its line too.
func (c *command) unread(s scanned) {
	if c.json {
		v := inspect.Verdict{Result: inspect.NotInspected, NotInspected: []budget.Problem{
			{Reason: "unreadable", Where: s.file, Detail: s.err.Error()}}}
		c.print(verdictObject(s.file, v))
	}
	fmt.Fprintf(c.Err, "casctl: %s\n", printable(s.err.Error()))
}

// end closes the report.
func (r *scanReport) end() {
	r.clearProgress()
	if r.c.json {
		return
	}
	if r.total == 0 {
		fmt.Fprintln(r.c.Out, "There are no files.")
		return
	}
	if r.total == 1 {
		return
	}
	fmt.Fprintf(r.c.Out, "\n%d inspected: %s, %s, %d could not be inspected, %d clean.\n", r.done-r.failed,
		counted(r.counts[inspect.Threat], "threat"), counted(r.counts[inspect.Violation], "violation"), r.counts[inspect.NotInspected], r.counts[inspect.Clean])
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (r *scanReport) showProgress() {
	if !r.progress || r.done == r.total || time.Since(r.shown) < progressEvery {
		return
	}
	r.shown = time.Now()
	fmt.Fprintf(r.c.Err, "\r%d of %d", r.done, r.total)
}

func (r *scanReport) clearProgress() {
	if r.progress && !r.shown.IsZero() {
		fmt.Fprint(r.c.Err, "\r\x1b[K")
	}
}

// people prints a verdict for people.
func (r *scanReport) people(s scanned) {
	v := s.verdict
	head := resultWords(v.Result)
	if v.Result == inspect.Threat {
		head += fmt.Sprintf(" (%s, score %.1f)", strings.ReplaceAll(string(v.Category), "_", " "), v.Score)
	}
	fmt.Fprintf(r.c.Out, "%s  %s\n", r.paint(v.Result, head), printable(s.file))
	for _, h := range v.Rules {
		if h.Rule.Weight == 0 && h.Rule.Category != rule.DataLoss {
			continue // it serves others, which say more
		}
		fmt.Fprintf(r.c.Out, "  %+5.1f  %s: %s\n", h.Rule.Weight, h.Rule.Name, h.Rule.Reason)
		for _, e := range h.Evidence {
			fmt.Fprintf(r.c.Out, "         %s: %s\n", printable(e.Where), printable(e.What))
		}
	}
	for _, n := range countMatches(v.DLP) {
		fmt.Fprintf(r.c.Out, "  %s\n", n)
	}
	for _, p := range v.NotInspected {
		fmt.Fprintf(r.c.Out, "  not inspected: %s: %s\n", printable(p.Where), printable(p.Detail))
	}
}

// shownFrom is the confidence from which on a match is shown to people; JSON has
// them all.
const shownFrom = 0.5

// countMatches says which identifiers were found, masked.
func countMatches(matches []inspect.Match) (lines []string) {
	counts, first := map[string]int{}, []string{}
	example := map[string]string{}
	for _, m := range matches {
		if m.Confidence < shownFrom {
			continue
		}
		if counts[m.Identifier]++; counts[m.Identifier] == 1 {
			first = append(first, m.Identifier)
			example[m.Identifier] = fmt.Sprintf("%s, confidence %.2f, in %s", m.Masked, m.Confidence, m.Where)
		}
	}
	for _, name := range first {
		lines = append(lines, fmt.Sprintf("%s × %d: %s", name, counts[name], printable(example[name])))
	}
	return lines
}

func resultWords(r inspect.Result) string {
	switch r {
	case inspect.Threat:
		return "THREAT"
	case inspect.Violation:
		return "VIOLATION"
	case inspect.NotInspected:
		return "COULD NOT INSPECT"
	default:
		return "clean"
	}
}

func (r *scanReport) paint(result inspect.Result, s string) string {
	if !r.colour {
		return s
	}
	colour := map[inspect.Result]string{inspect.Threat: "1;31", inspect.Violation: "1;33", inspect.NotInspected: "1;35", inspect.Clean: "32"}[result]
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}

type verdictJSON struct {
	File         string        `json:"file"`
	Verdict      string        `json:"verdict"`
	Category     string        `json:"category"`
	Score        float64       `json:"score"`
	Rules        []hitJSON     `json:"rules"`
	DLP          []foundJSON   `json:"dlp"`
	NotInspected []problemJSON `json:"not_inspected"`
}

type hitJSON struct {
	Name     string         `json:"name"`
	Weight   float64        `json:"weight"`
	Reason   string         `json:"reason"`
	Evidence []evidenceJSON `json:"evidence"`
}

type evidenceJSON struct {
	What  string `json:"what"`
	Where string `json:"where"`
}

// foundJSON is a match of "casctl dlp", with which of a message's texts it is in.
type foundJSON struct {
	matchJSON
	Masked string `json:"masked"`
	Where  string `json:"where"`
}

type problemJSON struct {
	Reason string `json:"reason"`
	Where  string `json:"where"`
	Detail string `json:"detail"`
}

// verdictObject is the JSON of a verdict; its lists are never null.
func verdictObject(file string, v inspect.Verdict) verdictJSON {
	out := verdictJSON{File: file, Verdict: string(v.Result), Category: string(v.Category), Score: v.Score,
		Rules: []hitJSON{}, DLP: []foundJSON{}, NotInspected: []problemJSON{}}
	for _, h := range v.Rules {
		hit := hitJSON{Name: h.Rule.Name, Weight: h.Rule.Weight, Reason: h.Rule.Reason, Evidence: []evidenceJSON{}}
		for _, e := range h.Evidence {
			hit.Evidence = append(hit.Evidence, evidenceJSON(e))
		}
		out.Rules = append(out.Rules, hit)
	}
	for _, m := range v.DLP {
		out.DLP = append(out.DLP, foundJSON{matchObject(m.Match), m.Masked, m.Where})
	}
	for _, p := range v.NotInspected {
		out.NotInspected = append(out.NotInspected, problemJSON{string(p.Reason), p.Where, p.Detail})
	}
	return out
}
