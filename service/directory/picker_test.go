package directory

import (
	"fmt"
	"testing"

	"cloudappsecurity/service"

	"github.com/google/go-cmp/cmp"
)

func selection(id string, m service.Mailbox) service.Selection {
	return service.Selection{Person: person(id, m), Origin: service.OriginUser}
}

func TestPicker(t *testing.T) {
	t.Parallel()
	guest := selection("g", service.MailboxNone)
	guest.Person.Guest = true
	p := NewPicker(selection("u1", service.MailboxUser))
	var messages []string
	for _, r := range p.Add(selection("u1", service.MailboxUser), guest, selection("n", service.MailboxNone),
		selection("?", service.MailboxUnknown), selection("r", service.MailboxRoom), selection("s", service.MailboxShared)) {
		messages = append(messages, r.Message)
		if r.Limit() {
			t.Errorf("%+v", r)
		}
	}
	want := []string{
		"Name g can't be protected: guest.", "Name n can't be protected: no mailbox.",
		"Name ? can't be protected: the kind of mailbox is not known yet.",
	}
	if d := cmp.Diff(want, messages); d != "" {
		t.Error(d)
	}
	if p.CountText() != "3 of 100" || !p.Has("r") || p.Has("g") {
		t.Error(p.CountText())
	}
	if n := p.Remove("r", "r", "nobody"); n != 1 || p.Count() != 2 {
		t.Errorf("%d removed, %d left", n, p.Count())
	}
}

func TestPickerLimit(t *testing.T) {
	t.Parallel()
	p := NewPicker()
	var people []service.Selection
	for i := range 103 {
		people = append(people, selection(fmt.Sprintf("u%d", i+1), service.MailboxUser))
	}
	if refused := p.Add(people[:95]...); refused != nil {
		t.Error(refused)
	}
	refused := p.Add(people[90:]...) // five are there already
	if len(refused) != 3 || refused[0].Person.ID != "u101" || !refused[0].Limit() || p.Count() != 100 {
		t.Errorf("%d selected, refused %+v", p.Count(), refused)
	}
	if m := refused[0].Message; m != "Name u101 was not added: 100 people are selected, which is the most. Remove somebody first." {
		t.Error(m)
	}
	p.Remove("u50")
	if refused := p.Add(people[100]); refused != nil || p.CountText() != "100 of 100" {
		t.Error(refused, p.CountText())
	}
}

func TestPickerList(t *testing.T) {
	t.Parallel()
	name := func(id, name string) service.Selection {
		s := selection(id, service.MailboxUser)
		s.Person.DisplayName = name
		return s
	}
	p := NewPicker(name("1", "Zoë"), name("2", "ana"), name("3", "Öl 10"), name("4", "Öl 9"), name("5", "Ana"), name("6", ""))
	var got []string
	for _, s := range p.List() {
		got = append(got, s.Person.ID)
	}
	if d := cmp.Diff([]string{"6", "2", "5", "4", "3", "1"}, got); d != "" {
		t.Error(d)
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	r := func(why service.Exclusion) Refusal { return Refusal{Why: why, Message: "One."} }
	tests := map[string][]Refusal{
		"":     nil,
		"One.": {r(service.ExclusionGuest)},
		"2 people were not added: 1 guest, 1 without a mailbox.": {r(service.ExclusionGuest), r(service.ExclusionNoMailbox)},
		"5 people were not added: 2 over the limit of 100, 2 guests, 1 for another reason. Remove somebody first.": {
			r(service.ExclusionNone), r(service.ExclusionNone), r(service.ExclusionGuest), r(service.ExclusionGuest), r(service.ExclusionRemoved)},
		"2 people were not added: 2 whose mailboxes are not known yet.": {r(service.ExclusionUnknown), r(service.ExclusionUnknown)},
	}
	for want, refused := range tests {
		if got := Summary(refused); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
