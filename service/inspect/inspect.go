// Package inspect decides about a message or a file: in goes the message and
// what the tenant knows of itself, out comes a verdict with its evidence. It is
// pure: no network, no clock, no store; engines outside it and what was learned
// are handed in. The same message gives the same verdict, but for one that meets
// its deadline: it ends as NotInspected.
package inspect

import (
	"slices"
	"strings"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/dlp"
	"cloudappsecurity/service/inspect/rule"
)

// Result is what a verdict comes to.
type Result string

// The results, the gravest first: a threat outranks a violation, that outranks
// NotInspected, that outranks Clean.
const (
	Threat       Result = "threat"
	Violation    Result = "violation"
	NotInspected Result = "not_inspected"
	Clean        Result = "clean"
)

// Verdict is what was decided, and why.
type Verdict struct {
	Result       Result
	Category     rule.Category // of a threat the gravest that alone suffices, else the one that weighs most; empty for a clean message
	Score        float64       // of a threat at least rule.Threshold
	Rules        []rule.Hit    // what fired, the heaviest first
	DLP          []Match       // whatever the result
	NotInspected []budget.Problem
}

// Match is an identifier of data loss prevention, and which text it is in.
type Match struct {
	dlp.Match
	Where string // for people: "body", "subject", "list.xlsx"
}

// decide comes to a result. What is wrong with a file can't be outweighed by
// what speaks for its sender.
func (v *Verdict) decide() {
	slices.SortStableFunc(v.Rules, func(a, b rule.Hit) int {
		switch {
		case a.Rule.Weight > b.Rule.Weight:
			return -1
		case a.Rule.Weight < b.Rule.Weight:
			return 1
		}
		return strings.Compare(a.Rule.Name, b.Rule.Name)
	})
	sums := map[rule.Category]float64{}
	var file, sender float64
	violated := false
	for _, h := range v.Rules {
		switch c := h.Rule.Category; c {
		case rule.DataLoss:
			violated = true
		case rule.Malware, rule.BlockedFile:
			sums[c] += h.Rule.Weight
			file += h.Rule.Weight
		default:
			sums[c] += h.Rule.Weight
			sender += h.Rule.Weight
		}
	}
	v.Score = round(file + max(sender, 0))
	switch {
	case v.Score >= rule.Threshold:
		v.Result, v.Category = Threat, gravest(sums)
	case violated:
		v.Result, v.Category = Violation, rule.DataLoss
	case len(v.NotInspected) > 0:
		v.Result, v.Category = NotInspected, rule.NotInspected
	default:
		v.Result = Clean
	}
}

// gravest gives the gravest category which suffices by itself, else the one
// that weighs most.
func gravest(sums map[rule.Category]float64) rule.Category {
	most := rule.Spam
	for _, c := range rule.Threats() {
		if sums[c] >= rule.Threshold {
			return c
		}
	}
	for _, c := range rule.Threats() {
		if sums[c] > sums[most] {
			most = c
		}
	}
	return most
}

// round takes away what adding fractions left behind.
func round(f float64) float64 { return float64(int64(f*100+0.5)) / 100 }
