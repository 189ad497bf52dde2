package inspect

import (
	"context"
	"errors"

	"cloudappsecurity/service/inspect/budget"
	"cloudappsecurity/service/inspect/content"
	"cloudappsecurity/service/inspect/link"
	"cloudappsecurity/service/inspect/mail"
	"cloudappsecurity/service/inspect/malware"
	"cloudappsecurity/service/inspect/markup"
	"cloudappsecurity/service/inspect/phish"
	"cloudappsecurity/service/inspect/rule"
	"cloudappsecurity/service/inspect/tenant"
)

// judge lets the families that are on judge a message, or a file if m is nil.
func (e *Engine) judge(m *mail.Message, items []*content.Item, t *tenant.Index, v *Verdict) {
	var all []markup.Link
	if m != nil {
		all = append(all, m.Links...)
	}
	content.Walk(items, func(i *content.Item) { all = append(all, i.Links...) })
	links := link.ResolveAll(all)

	hits := v.Rules
	if m != nil && e.policy.AdvancedSpam.On {
		hits = append(hits, e.phish.Inspect(m, links, t)...)
		if e.options.Learned != nil {
			if h, says := e.options.Learned.Hit(learned(m)); says {
				hits = append(hits, h)
			}
		}
	}
	if e.policy.WebReputation.On {
		about := link.About{Tenant: t}
		if m != nil {
			about = phish.About(m, t)
		}
		hits = append(hits, e.link.Inspect(links, about)...)
	}
	if e.policy.Malware.On {
		hits = append(hits, malware.Inspect(items)...)
	}
	if e.policy.FileBlocking.On {
		hits = append(hits, e.block.Inspect(items)...)
	}
	v.Rules = e.book.Combine(hits)
}

// outside hands each part to the engines outside, such as clamd. One that can't
// be reached is a state of its own, never "clean".
func (e *Engine) outside(ctx context.Context, parts []mail.Part, v *Verdict) {
	if !e.policy.Malware.On {
		return
	}
	for _, s := range e.options.Scanners {
		for _, p := range parts {
			found, err := s.Scan(ctx, p.Open())
			switch {
			case err != nil:
				v.NotInspected = append(v.NotInspected, outsideFailed(s, p, err))
				if ctx.Err() != nil {
					return
				}
			case found != "":
				v.Rules = append(v.Rules, malware.Rules().Hit("outside_engine", rule.Evidence{What: s.Name() + ": " + found, Where: p.Path}))
			}
		}
	}
}

func outsideFailed(s Scanner, p mail.Part, err error) budget.Problem {
	problem := budget.Problem{Reason: budget.NoEngine, Where: p.Path, Detail: s.Name() + " could not be asked."}
	if e, ok := errors.AsType[*budget.Error](err); ok && e.Reason == budget.TooLarge {
		problem.Reason, problem.Detail = budget.TooLarge, "It is larger than "+s.Name()+" takes."
	}
	return problem
}
