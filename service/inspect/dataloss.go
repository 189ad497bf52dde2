package inspect

import (
	"fmt"
	"slices"
	"strings"

	"cloudappsecurity/service/inspect/dlp"
	"cloudappsecurity/service/inspect/rule"
)

// templates gives those which the policy names, and the tenant's own.
func (p DataPolicy) templates() ([]dlp.Template, error) {
	all, err := dlp.Templates()
	if err != nil {
		return nil, err
	}
	if err := dlp.CheckTemplates(p.Own, p.Identifiers); err != nil {
		return nil, fmt.Errorf("own_templates: %w", err)
	}
	var chosen []dlp.Template
	if p.Templates == nil {
		chosen = all
	}
	for _, name := range p.Templates {
		i := slices.IndexFunc(all, func(t dlp.Template) bool { return strings.EqualFold(t.Name, name) })
		if i < 0 {
			var names []string
			for _, t := range all {
				names = append(names, t.Name)
			}
			return nil, fmt.Errorf("there is no template %q; there are %s", name, strings.Join(names, ", "))
		}
		chosen = append(chosen, all[i])
	}
	return slices.Concat(chosen, p.Own), nil
}

// dataLoss searches the texts and holds what was found against the templates.
func (e *Engine) dataLoss(list []text, v *Verdict) {
	if !e.policy.DataLoss.On {
		return
	}
	var parts []dlp.Part
	seen := map[string]bool{}
	for _, t := range list {
		if t.text == "" {
			continue
		}
		found := e.data.Find(t.text)
		part := dlp.Part{Text: t.text}
		for _, m := range found {
			v.DLP = append(v.DLP, Match{m, t.where})
			key := m.Identifier + "\x00" + t.text[m.Start:m.End]
			if t.where != alternative || !seen[key] {
				seen[key] = true
				part.Matches = append(part.Matches, m)
			}
		}
		parts = append(parts, part)
	}
	for _, t := range e.templates {
		if violated, why := t.EvaluateParts(parts...); violated {
			v.Rules = append(v.Rules, rule.Hit{
				Rule:     rule.Rule{Name: "dlp_" + snake(t.Name), Category: rule.DataLoss, Reason: "The message holds what the template " + t.Name + " protects."},
				Evidence: evidenceOf(why),
			})
		}
	}
}

// alternative is what the plain text of a message is called whose page says the
// same: what is in both counts once.
const alternative = "plain text body"

// evidenceOf tells what was found, masked.
func evidenceOf(why []dlp.Reason) (list []rule.Evidence) {
	for _, r := range why {
		e := rule.Evidence{What: fmt.Sprintf("%s: %d found, %d different", strings.Join(r.Identifiers, ", "), r.Count, r.Distinct), Where: "message"}
		if len(r.Matches) > 0 {
			e.What += ", such as " + r.Matches[0].Masked
		}
		if len(list) < 8 {
			list = append(list, e)
		}
	}
	return list
}

// snake gives the name of a template as rules are named.
func snake(name string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return '_'
		}
		return r
	}, strings.ToLower(name))
}
