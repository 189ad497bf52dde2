package targets

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// selection is what Selected Targets holds: at most service.MaxSelected people, each once, by name.
type selection struct {
	kind kind
	why  func(service.Person) service.Exclusion
	list []service.Selection
	has  map[string]bool
}

// refusals counts who was not added, and why.
type refusals struct {
	over    int // beyond the limit
	reasons map[service.Exclusion]int
	why     service.Exclusion // of the last one
	kind    kind
	only    service.Person // the one who was refused, if it was one
	n       int
}

func (s *selection) set(list []service.Selection) {
	s.list, s.has = nil, map[string]bool{}
	for _, t := range list {
		if !s.has[t.Person.ID] {
			s.has[t.Person.ID] = true
			s.list = append(s.list, t)
		}
	}
	s.sort()
}

func (s *selection) sort() {
	order := collate.New(language.Und, collate.IgnoreCase, collate.Numeric)
	slices.SortStableFunc(s.list, func(a, b service.Selection) int {
		if n := order.CompareString(a.Person.Name(), b.Person.Name()); n != 0 {
			return n
		}
		return strings.Compare(a.Person.ID, b.Person.ID)
	})
}

// room is how many can still be added.
func (s *selection) room() int { return max(0, service.MaxSelected-len(s.list)) }

// add takes people in their order as long as there is room. What is selected already stays as it is.
func (s *selection) add(people []service.Selection) refusals {
	r := refusals{reasons: map[service.Exclusion]int{}, kind: s.kind}
	for _, t := range people {
		why := s.why(t.Person)
		switch {
		case s.has[t.Person.ID]:
			continue
		case why != service.ExclusionNone:
			r.reasons[why]++
		case s.room() == 0:
			r.over++
		default:
			s.has[t.Person.ID] = true
			s.list = append(s.list, t)
			continue
		}
		r.n++
		r.only, r.why = t.Person, why
	}
	s.sort()
	return r
}

func (s *selection) remove(ids map[string]bool) {
	s.list = slices.DeleteFunc(s.list, func(t service.Selection) bool { return ids[t.Person.ID] })
	for id := range ids {
		delete(s.has, id)
	}
}

// find gives those whose name or address holds text.
func (s *selection) find(text string) []service.Selection {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return s.list
	}
	var found []service.Selection
	for _, t := range s.list {
		if strings.Contains(strings.ToLower(t.Person.Name()+"\n"+t.Person.UserPrincipalName), text) {
			found = append(found, t)
		}
	}
	return found
}

// text says who was not added; "" if nobody. The limit and what to do come first: a long name is cut behind them.
func (r refusals) text() string {
	limit := fmt.Sprintf("At most %d %s can be selected. Remove %s first; nothing was lost. ", service.MaxSelected, r.kind.more, r.kind.any)
	if r.n == 0 {
		return ""
	}
	if r.n == 1 && r.over == 1 {
		return limit + r.only.Name() + " was not added."
	}
	if r.n == 1 {
		return r.only.Name() + " was not added. " + r.why.Text() + "."
	}
	var why []string
	for _, e := range []service.Exclusion{service.ExclusionGuest, service.ExclusionNoMailbox, service.ExclusionUnknown,
		service.ExclusionNoDrive, service.ExclusionUnknownDrive, service.ExclusionPersonal, service.ExclusionRemoved} {
		if n := r.reasons[e]; n > 0 {
			why = append(why, fmt.Sprintf("%s (%s)", strings.ToLower(e.Text()[:1])+e.Text()[1:], ui.Number(n)))
		}
	}
	if r.over == r.n {
		return limit + ui.Number(r.n) + " " + r.kind.more + " were not added."
	}
	if r.over > 0 {
		why = append(why, "over the limit ("+ui.Number(r.over)+")")
	}
	said := fmt.Sprintf("%s %s were not added: %s.", ui.Number(r.n), r.kind.more, strings.Join(why, ", "))
	if r.over > 0 {
		said = limit + said
	}
	return said
}
