package tenant

import (
	"fmt"
	"mime"
	"slices"
	"strings"
	"time"
)

// letter is one of the messages that mailboxes begin with. Its author is
// somebody of the demo organization, or an address outside.
type letter struct{ from, subject, body string }

func letters() []letter {
	return []letter{
		{"karin.oberg", "Rota for next week", "The rota is on the board. Please tell me by Friday if something does not fit."},
		{"juergen.koehler", "Rye starter", "Feed it before you leave, 80 g of rye and 80 g of water. Thank you!"},
		{"Flour Mill <orders@flourmill.example>", "Delivery note 4471", "Your delivery of 600 kg of wheat flour T65 arrives on Tuesday between 5 and 6."},
		{"amelie.laurent", "Café de la Gare: new order", "They want 40 croissants more on Saturdays, from this week on."},
		{"chidinma.okafor", "Pay slips", "This month's pay slips are in your personal folder."},
		{"Oven Service <service@ovens.example>", "Maintenance of oven 2", "Our technician comes on Thursday at 14:00. The oven should be cold by then."},
		{"mai.nguyen", "Found: a blue umbrella", "It lies under the till in the shop at the market."},
	}
}

// seedMessages puts a few messages into a new mailbox. They follow from the
// seed and the user alone.
func (t *Tenant) seedMessages(b *mailbox, u *User) {
	all, demo := letters(), demoEntries()
	inbox, sent := b.find("inbox"), b.find("sentitems")
	for i := range 4 {
		h := t.hash("letter", u.ID, i)
		l := all[(h+uint64(i))%uint64(len(all))]
		when := t.created.Add(-time.Duration(i*31+1+int(h%24)) * time.Hour)
		from := l.from
		if !strings.Contains(from, "@") {
			from = fmt.Sprintf("<%s@%s>", l.from, domain)
			if i := slices.IndexFunc(demo, func(e entry) bool { return e.local == l.from }); i >= 0 {
				from = mime.QEncoding.Encode("utf-8", demo[i].display) + " " + from
			}
		}
		folder, to := inbox, u.UserPrincipalName
		if i == 3 {
			folder, from, to = sent, "<"+u.UserPrincipalName+">", "karin.oberg@"+domain
		}
		raw := fmt.Appendf(nil, "From: %s\r\nTo: <%s>\r\nSubject: %s\r\nDate: %s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n",
			from, to, mime.QEncoding.Encode("utf-8", l.subject), when.Format(time.RFC1123Z), l.body)
		content, err := Parse(raw)
		if err != nil {
			continue // no letter above is malformed: a test reads each
		}
		m := t.put(b, folder, raw, content, when)
		m.Read = folder == sent || i > 1
	}
}
