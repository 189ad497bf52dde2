package directory

import (
	"fmt"
	"slices"
	"strings"

	"cloudappsecurity/service"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// Picker is the list "Selected Targets": at most service.MaxSelected people,
// each once. It works without a network. It belongs to one goroutine.
type Picker struct {
	selected map[string]service.Selection
}

// NewPicker makes a Picker that holds what is selected already.
func NewPicker(selected ...service.Selection) *Picker {
	p := &Picker{selected: make(map[string]service.Selection)}
	for _, s := range selected {
		p.selected[s.Person.ID] = s
	}
	return p
}

// Refusal is a person who was not added, and why.
type Refusal struct {
	Person service.Person
	// Why is service.ExclusionNone if the limit is why.
	Why     service.Exclusion
	Message string
}

// Limit says whether the limit is why.
func (r Refusal) Limit() bool { return r.Why == service.ExclusionNone }

// Add adds people in their order and reports whom it refused. Who is selected
// already stays as they are and is no refusal. Nothing is lost: what was
// selected stays, and of the new ones as many are taken as there is room for.
func (p *Picker) Add(people ...service.Selection) []Refusal {
	var refused []Refusal
	for _, s := range people {
		if p.Has(s.Person.ID) {
			continue
		}
		if why := service.Exclude(s.Person, true); why != service.ExclusionNone {
			refused = append(refused, Refusal{s.Person, why, refusalText(s.Person, why)})
			continue
		}
		if len(p.selected) >= service.MaxSelected {
			refused = append(refused, Refusal{Person: s.Person, Message: s.Person.Name() + " was not added: " + limitText()})
			continue
		}
		p.selected[s.Person.ID] = s
	}
	return refused
}

// Remove removes people by object ID and says how many were there.
func (p *Picker) Remove(ids ...string) int {
	before := len(p.selected)
	for _, id := range ids {
		delete(p.selected, id)
	}
	return before - len(p.selected)
}

// Has says whether that person is selected.
func (p *Picker) Has(id string) bool {
	_, ok := p.selected[id]
	return ok
}

// Count is how many are selected.
func (p *Picker) Count() int { return len(p.selected) }

// CountText is the count as it always shows: "37 of 100".
func (p *Picker) CountText() string {
	return fmt.Sprintf("%d of %d", len(p.selected), service.MaxSelected)
}

// List gives the selection, sorted by name as people do.
func (p *Picker) List() []service.Selection {
	list := make([]service.Selection, 0, len(p.selected))
	for _, s := range p.selected {
		list = append(list, s)
	}
	order := collate.New(language.Und, collate.IgnoreCase, collate.Numeric)
	slices.SortFunc(list, func(a, b service.Selection) int {
		if n := order.CompareString(a.Person.Name(), b.Person.Name()); n != 0 {
			return n
		}
		return strings.Compare(a.Person.ID, b.Person.ID)
	})
	return list
}

func limitText() string {
	return fmt.Sprintf("%d people are selected, which is the most. Remove somebody first.", service.MaxSelected)
}

// refusalText says that a person can't be protected, and why.
func refusalText(p service.Person, why service.Exclusion) string {
	return p.Name() + " can't be protected: " + whyText(why) + "."
}

func whyText(why service.Exclusion) string {
	switch why {
	case service.ExclusionGuest:
		return "guest"
	case service.ExclusionNoMailbox:
		return "no mailbox"
	case service.ExclusionUnknown:
		return "the kind of mailbox is not known yet"
	case service.ExclusionRemoved:
		return "removed from the directory"
	default:
		return why.Text()
	}
}

// Summary says in one sentence or two whom Add refused; "" if nobody.
func Summary(refused []Refusal) string {
	if len(refused) == 0 {
		return ""
	}
	if len(refused) == 1 {
		return refused[0].Message
	}
	count := func(match func(Refusal) bool) (n int) {
		for _, r := range refused {
			if match(r) {
				n++
			}
		}
		return n
	}
	var parts []string
	say := func(n int, one, more string) {
		switch {
		case n == 1:
			parts = append(parts, "1 "+one)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %s", n, more))
		}
	}
	is := func(why service.Exclusion) func(Refusal) bool {
		return func(r Refusal) bool { return r.Why == why }
	}
	over := count(Refusal.Limit)
	guests, none, open := count(is(service.ExclusionGuest)), count(is(service.ExclusionNoMailbox)), count(is(service.ExclusionUnknown))
	say(over, fmt.Sprintf("over the limit of %d", service.MaxSelected), fmt.Sprintf("over the limit of %d", service.MaxSelected))
	say(guests, "guest", "guests")
	say(none, "without a mailbox", "without a mailbox")
	say(open, "whose mailbox is not known yet", "whose mailboxes are not known yet")
	say(len(refused)-over-guests-none-open, "for another reason", "for other reasons")
	text := fmt.Sprintf("%d people were not added: %s.", len(refused), strings.Join(parts, ", "))
	if over > 0 {
		text += " Remove somebody first."
	}
	return text
}
