package gallery

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"cloudappsecurity/service"
	"cloudappsecurity/views/dashboard"
	"cloudappsecurity/views/settings"
	"cloudappsecurity/views/ui"
)

// now is when everything is looked at.
var now = time.Date(2026, 11, 19, 14, 32, 0, 0, time.UTC)

// world is an organization in a state, with all that the screens ask for.
type world struct {
	org        service.Organization
	account    service.Account
	progress   service.GrantProgress
	sync       service.SyncProgress
	counts     service.TargetCounts
	people     []service.Person
	groups     []service.Group
	notes      []service.Notification
	selected   []service.Selection
	policies   []service.Policy
	offline    bool
	waiting    int // synchronizations, for the connection
	demo       bool
	folder     string
	users, all int // what a search for all finds: people, groups
	slow       func(context.Context) error
}

// Overview implements dashboard.Source.
func (w *world) Overview(context.Context) (dashboard.Overview, error) {
	o := dashboard.Overview{Organization: w.org, Latest: w.notes}
	for _, s := range service.Services() {
		st := dashboard.ServiceState{Account: service.Account{Service: s, State: service.StateNotGranted}}
		if s == service.ExchangeOnline {
			st = dashboard.ServiceState{Account: w.account, Counts: w.counts, Sync: w.sync, Running: w.progress.Running()}
		}
		o.Services = append(o.Services, st)
	}
	return o, nil
}

func (w *world) Progress(service.Service) service.GrantProgress    { return w.progress }
func (w *world) SyncProgress(service.Service) service.SyncProgress { return w.sync }
func (w *world) Begin(service.Service) error                       { return nil }
func (w *world) OpenAgain(service.Service) error                   { return nil }
func (w *world) Cancel(service.Service)                            {}
func (w *world) AnswerMove(service.Service, bool)                  {}
func (w *world) CancelSync(service.Service)                        {}
func (w *world) Synchronize(service.Service, service.Option, service.Selected) error {
	return nil
}

func (w *world) Organization(context.Context) (service.Organization, error) { return w.org, nil }

func (w *world) Account(_ context.Context, s service.Service) (service.Account, error) {
	if s == service.ExchangeOnline {
		return w.account, nil
	}
	return service.Account{Service: s, State: service.StateNotGranted}, nil
}

func (w *world) Targets(context.Context, service.Service, service.TargetQuery) ([]service.Target, error) {
	var list []service.Target
	for _, s := range w.selected {
		list = append(list, service.Target{Person: s.Person, Origin: s.Origin})
	}
	return list, nil
}

func (w *world) SiteTargets(context.Context, service.Service, service.TargetQuery) ([]service.SiteTarget, error) {
	return nil, nil
}

func (w *world) FindSite(_ context.Context, _ service.Service, url string) (service.Site, error) {
	return service.Site{}, service.NotFound(url)
}

func (w *world) SearchSites(context.Context, service.Service, string) ([]service.Site, error) {
	return nil, nil
}

func (w *world) TargetCounts(context.Context, service.Service) (service.TargetCounts, error) {
	return w.counts, nil
}

func (w *world) FindUser(_ context.Context, _ service.Service, upn string) (service.Person, error) {
	for _, p := range w.people {
		if strings.EqualFold(p.UserPrincipalName, upn) {
			return p, nil
		}
	}
	return service.Person{}, service.NotFound(upn)
}

func (w *world) SearchGroups(_ context.Context, _ service.Service, prefix string) ([]service.Group, error) {
	var found []service.Group
	for _, g := range w.groups {
		if strings.HasPrefix(strings.ToLower(g.DisplayName), strings.ToLower(prefix)) {
			found = append(found, g)
		}
	}
	return found, nil
}

func (w *world) GroupUserCount(context.Context, service.Service, string) (int, error) {
	return len(w.people), nil
}

func (w *world) GroupUsers(ctx context.Context, _ service.Service, _ string, page func([]service.Person) error) error {
	for at := 0; at < len(w.people); at += 999 {
		if err := page(w.people[at:min(at+999, len(w.people))]); err != nil {
			return err
		}
	}
	if w.slow != nil {
		return w.slow(ctx)
	}
	return nil
}

func (w *world) Resolve(_ context.Context, _ service.Service, p []service.Person) ([]service.Person, error) {
	return p, nil
}

func (w *world) Counts(context.Context, service.Service) (int, int, error) {
	return w.users, w.all, nil
}

func (w *world) Notifications(context.Context, int, int) ([]service.Notification, error) {
	return w.notes, nil
}
func (w *world) MarkRead(context.Context, ...int64) error { return nil }

// Values implements settings.Source.
func (w *world) Values(context.Context) (settings.Values, error) {
	return settings.Values{DataFolder: w.folder, Demo: w.demo, Version: "0.1.0"}, nil
}
func (w *world) SetSignInAppID(context.Context, string) error { return nil }
func (w *world) SetVariant(context.Context, ui.Variant) error { return nil }

func (w *world) SetSyncHour(context.Context, string) error { return nil }

func person(name, upn string, m service.Mailbox) service.Person {
	return service.Person{ID: upn, DisplayName: name, UserPrincipalName: upn, Mailbox: m, Enabled: true}
}

// bakery is the organization of the mockups.
func bakery() *world {
	w := &world{
		org:      service.Organization{TenantID: "t", DisplayName: "Contoso Bakery", DefaultDomain: "contosobakery.example"},
		account:  service.Account{Service: service.ExchangeOnline, State: service.StateNotGranted},
		counts:   service.TargetCounts{People: 60, Groups: 9, Protected: 58, NoMailbox: 2},
		users:    60,
		all:      9,
		folder:   "/home/anna/.local/share/cloudappsecurity",
		selected: nil,
	}
	for i, name := range []string{"Anna Lindqvist", "Łukasz Wójcik", "Mehmet Yıldız", "Siobhán Ní Bhriain", "Юлия Соколова", "Ελένη Παπαδοπούλου", "Jürgen Köhler", "O'Brien, Niall"} {
		w.people = append(w.people, person(name, fmt.Sprintf("person%d@contosobakery.example", i), service.MailboxUser))
	}
	guest := person("Petra Novák", "petra.novak_flourmill.example#EXT#@contosobakery.example", service.MailboxUnknown)
	guest.Guest = true
	w.people = append(w.people, person("Oven control", "oven-control@contosobakery.example", service.MailboxNone), guest,
		person("Orders", "orders@contosobakery.example", service.MailboxShared), person("Room Sesame", "sesame@contosobakery.example", service.MailboxRoom))
	w.groups = []service.Group{{ID: "night", DisplayName: "Bakers, night shift"}, {ID: "tills", DisplayName: "Bakery shops, tills"}}
	return w
}

// long has names as long as Microsoft Entra allows them, or longer than anybody draws them.
func long() *world {
	w := bakery()
	w.org.DisplayName = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft mbH & Co. KG"
	for i := range w.people {
		w.people[i].DisplayName = strings.TrimSpace(strings.Repeat("Maximiliane-Wilhelmine ", 4))[:80]
		w.people[i].UserPrincipalName = fmt.Sprintf("maximiliane-wilhelmine.von-und-zu-hohenzollern-sigmaringen.%04d@a-very-long-subdomain.donaudampfschifffahrt.example", i)
		w.people[i].ID = w.people[i].UserPrincipalName
	}
	for i := range w.groups {
		w.groups[i].DisplayName = "Bakers " + strings.Repeat("of the very long night shift ", 8)
	}
	w.folder = "/home/maximiliane/" + strings.Repeat("a folder with a long name/", 8) + "cloudappsecurity"
	return w
}

// scripts has names in scripts which the program's font doesn't draw.
func scripts() *world {
	w := bakery()
	w.org.DisplayName = "مخبز كونتوسو 🥐 ร้านเบเกอรี่"
	for i, name := range []string{"أمينة الحداد", "נועה לוי", "สมชาย ใจดี", "देविका नायर", "山本 さくら", "김하늘", "李小龙", "Zoë 👩‍🍳🥖", "မောင်မောင်", "ნინო ბერიძე", "Արամ Խաչատրյան", "አበበ ቢቂላ"} {
		w.people[i].DisplayName = name
	}
	for i, name := range []string{"bak 夜勤のパン職人", "bak الخبازون في الوردية الليلية"} {
		w.groups[i].DisplayName = name
	}
	w.folder = "/home/さくら/データ/नायर/مجلد"
	return w
}

// many has 100,000 people.
func many() *world {
	w := bakery()
	w.counts = service.TargetCounts{People: 100000, Groups: 2000, Protected: 97531, NoMailbox: 1234, Guests: 1111, Resources: 120, Unknown: 4}
	w.users, w.all = 100000, 2000
	w.people = make([]service.Person, 100000)
	for i := range w.people {
		name := strconv.Itoa(100000 + i)
		w.people[i] = person("Person "+name, name+"@contosobakery.example", service.MailboxUser)
	}
	return w
}

// one has a single person, nobody none.
func one() *world {
	w := bakery()
	w.people, w.counts = w.people[:1], service.TargetCounts{People: 1, Groups: 1, Protected: 1}
	w.users, w.all = 1, 1
	return w
}

func nobody() *world {
	w := bakery()
	w.people, w.counts = nil, service.TargetCounts{}
	w.users, w.all = 0, 0
	return w
}

func (w *world) administrator() string {
	if len(w.people) > 0 {
		return w.people[0].Name()
	}
	return ""
}

// at gives the account a state, with what is known in it.
func (w *world) at(state service.AccountState) {
	w.account = service.Account{Service: service.ExchangeOnline, State: state}
	if !w.account.Granted() {
		return
	}
	w.account.AppID, w.account.GrantedBy, w.account.GrantedAt = "8f3a27c1-5b0e-4c5a-9c39-0d6a3c7f11aa", w.administrator(), now.Add(-20*time.Minute)
	w.account.LastTokenAt, w.account.Certificate.NotAfter = now.Add(-time.Minute), now.AddDate(1, 0, 0)
	if state == service.StateGranted {
		w.account.SyncedAt, w.account.ProtectedAt = now.Add(-11*time.Hour), now.Add(-11*time.Hour)
		if w.org.Option == service.OptionNone {
			w.org.Option = service.OptionAll
		}
	}
}

func (w *world) note(n int) {
	texts := []service.Notification{
		{Severity: service.SeveritySuccess, Text: service.ProtectedText(service.ExchangeOnline), Detail: service.ScanPending},
		{Severity: service.SeverityInfo, Text: "Access to Exchange Online granted.", Detail: "By " + w.administrator() + "."},
		{Severity: service.SeverityError, Text: "Exchange Online needs you.", Detail: "The application of Cloud App Security was deleted in your tenant. Grant access again: what is chosen stays."},
		{Severity: service.SeverityWarning, Text: "3 people were not added: is a guest (2), has no mailbox (1)."},
	}
	for i := range n {
		e := texts[i%len(texts)]
		e.ID, e.Time, e.Read = int64(n-i), now.Add(-time.Duration(i*i)*time.Hour), i > 2
		w.notes = append(w.notes, e)
	}
}
