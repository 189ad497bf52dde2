package targets

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"cloudappsecurity/service"
)

// perSecond is how often a list that is being read is shown anew.
const perSecond = 10

// job is something that is asked for, one at a time: a new one cancels the one before.
type job struct {
	cancel context.CancelFunc
	number int
	what   string // in a sentence, while it runs
}

func (j *job) running() bool { return j.cancel != nil }

func (j *job) stop() {
	if j.cancel != nil {
		j.cancel()
		j.cancel = nil
	}
	j.number++
}

// start cancels what ran before and begins anew. current tells, on the main thread, whether it still is the latest.
func (j *job) start(parent context.Context, what string) (ctx context.Context, current func() bool) {
	j.stop()
	ctx, cancel := context.WithCancel(parent)
	j.cancel, j.what = cancel, what
	number := j.number
	return ctx, func() bool { return j.number == number }
}

func (j *job) end() {
	if j.cancel != nil {
		j.cancel()
		j.cancel = nil
	}
}

func (p *Picker) switchWay() {
	p.search.stop()
	p.left.say = ""
	p.say("", false)
	p.find.SetText("")
	p.available.SetCurrent(0)
	p.show()
}

// submit searches for what was typed.
func (p *Picker) submit() {
	text := strings.TrimSpace(p.find.Text())
	switch {
	case !p.online || text == "":
	case p.way.Chosen() == byUser:
		p.findUser(text)
	case len([]rune(text)) < minGroup:
		p.left.say = fmt.Sprintf("Type at least %d characters of the group's name.", minGroup)
		p.showFind()
	default:
		p.findGroups(text)
	}
}

func (p *Picker) findUser(upn string) {
	p.said = ""
	ctx, current := p.search.start(p.options.Context, "Asks for "+upn)
	p.left.say = ""
	p.show()
	p.options.Loader.Act(func() func() {
		person, err := p.options.Search.FindUser(ctx, p.options.Service, upn)
		return func() {
			if !current() {
				return
			}
			p.search.end()
			switch {
			case service.CodeOf(err) == service.CodeNotFound:
				p.left.say = upn + " is not a user of your organization."
			case err != nil:
				p.left.say = sentence(err)
			default:
				p.foundUser(person)
			}
			p.show()
		}
	})
}

// foundUser puts person on top, marked if they can be added: the next Enter or the arrow adds them.
func (p *Picker) foundUser(person service.Person) {
	people := []service.Person{person}
	for _, other := range p.users.people {
		if other.ID != person.ID {
			people = append(people, other)
		}
	}
	p.users.people = people
	if p.canAdd(person) {
		p.users.marked[person.ID] = true
	}
	p.find.SetText("")
	p.available.SetCurrent(0)
	p.focus(p.available.Focusable())
}

func (p *Picker) findGroups(prefix string) {
	p.said = ""
	ctx, current := p.search.start(p.options.Context, "Searches groups which begin with \""+prefix+"\"")
	p.left.say = ""
	p.show()
	svc, search, loader := p.options.Service, p.options.Search, p.options.Loader
	loader.Act(func() func() {
		groups, err := search.SearchGroups(ctx, svc, prefix)
		return func() {
			if !current() {
				return
			}
			p.search.end()
			p.members.stop()
			p.groups, p.current, p.group = nil, "", found{marked: map[string]bool{}}
			if err != nil {
				p.left.say = sentence(err)
			} else if len(groups) == 0 {
				p.left.say = "No group's name begins with \"" + prefix + "\"."
			}
			for _, g := range groups {
				p.groups = append(p.groups, groupRow{g, -1})
			}
			p.groupList.SetCurrent(0)
			p.show()
			if len(groups) > 0 {
				p.focus(p.groupList.Focusable())
				p.countGroups(groups, current)
			}
		}
	})
}

// countGroups fills in how many users each group has. It runs beside everything else, and nobody waits for it.
func (p *Picker) countGroups(groups []service.Group, current func() bool) {
	svc, search := p.options.Service, p.options.Search
	ctx := p.options.Context
	p.options.Loader.Act(func() func() {
		counts := map[string]int{}
		var shown time.Time
		put := func() {
			some := counts
			counts = map[string]int{}
			p.dispatch(func() {
				if !current() {
					return
				}
				for i := range p.groups {
					if n, ok := some[p.groups[i].ID]; ok {
						p.groups[i].count = n
					}
				}
				p.groupList.Refresh()
			})
		}
		for _, g := range groups {
			if g.HiddenMembers || ctx.Err() != nil {
				continue
			}
			n, err := search.GroupUserCount(ctx, svc, g.ID)
			if err != nil {
				continue // the count stays unknown
			}
			counts[g.ID] = n
			if now := p.options.Now(); now.Sub(shown) >= time.Second/perSecond {
				shown = now
				put()
			}
		}
		put()
		return nil
	})
}

// dispatch comes back to the main thread in the middle of work.
func (p *Picker) dispatch(f func()) {
	if p.options.Loader.On != nil {
		p.options.Loader.On(f)
		return
	}
	fyne.Do(f)
}

// chooseGroup reads the users of a group, and shows those that were read meanwhile.
func (p *Picker) chooseGroup(i int) {
	if !p.online || i >= len(p.groups) {
		return
	}
	g := p.groups[i]
	if g.ID == p.current {
		return
	}
	p.current, p.left.say, p.said = g.ID, "", ""
	p.group = found{marked: map[string]bool{}}
	ctx, current := p.members.start(p.options.Context, "Reads users of "+g.DisplayName)
	p.available.SetCurrent(0)
	p.show()
	p.groupList.SetCurrent(i) // its height may have changed
	svc, search, now := p.options.Service, p.options.Search, p.options.Now
	p.options.Loader.Act(func() func() {
		var fresh []service.Person
		var shown time.Time
		err := search.GroupUsers(ctx, svc, g.ID, func(page []service.Person) error {
			fresh = append(fresh, page...)
			if t := now(); t.Sub(shown) >= time.Second/perSecond {
				shown = t
				some := fresh
				fresh = nil
				p.dispatch(func() { p.append(current, some) })
			}
			return ctx.Err()
		})
		return func() {
			if !current() {
				return
			}
			p.group.people = append(p.group.people, fresh...)
			p.members.end()
			switch {
			case service.CodeOf(err) == service.CodeHiddenMembers:
				p.left.say = "The members of " + g.DisplayName + " are hidden. Their people can be added by user."
				p.hide(g.ID)
			case err != nil:
				p.left.say = sentence(err)
				p.current = "" // it can be chosen again
			default:
				p.setCount(g.ID, len(p.group.people))
			}
			p.show()
			if len(p.group.people) > 0 && p.groupFocused() {
				p.focus(p.available.Focusable())
			}
		}
	})
}

func (p *Picker) append(current func() bool, people []service.Person) {
	if !current() {
		return
	}
	p.group.people = append(p.group.people, people...)
	p.show()
}

func (p *Picker) setCount(id string, n int) {
	for i := range p.groups {
		if p.groups[i].ID == id {
			p.groups[i].count = n
		}
	}
}

func (p *Picker) hide(id string) {
	for i := range p.groups {
		if p.groups[i].ID == id {
			p.groups[i].HiddenMembers = true
		}
	}
}

// canvas is that of the whole choice: a list that was just shown for the first time knows none yet.
func (p *Picker) canvas() fyne.Canvas {
	if p.options.Canvas != nil {
		return p.options.Canvas
	}
	return fyne.CurrentApp().Driver().CanvasForObject(p)
}

func (p *Picker) focus(f fyne.Focusable) {
	if c := p.canvas(); c != nil {
		c.Focus(f)
	}
}

func (p *Picker) groupFocused() bool {
	c := p.canvas()
	return c != nil && c.Focused() == p.groupList.Focusable()
}

func (p *Picker) enterLists() {
	switch {
	case p.way.Chosen() == byGroup && len(p.groups) > 0:
		p.focus(p.groupList.Focusable())
	case len(p.found().people) > 0:
		p.focus(p.available.Focusable())
	}
}

// canAdd says whether person may be marked. A mailbox that is not known yet is asked for when they are added.
func (p *Picker) canAdd(person service.Person) bool {
	if p.chosen.has[person.ID] {
		return false
	}
	why := service.Exclude(person, true)
	return why == service.ExclusionNone || why == service.ExclusionUnknown
}

func (p *Picker) toggleAvailable(i int) {
	f := p.found()
	person := f.people[i]
	f.toggled, p.said = "", ""
	switch {
	case f.marked[person.ID]:
		delete(f.marked, person.ID)
		f.toggled = person.ID
	case p.canAdd(person):
		f.marked[person.ID] = true
	default:
		p.refuse(person)
	}
	p.showButtons()
}

func (p *Picker) markAll() {
	f := p.found()
	p.said = ""
	for _, person := range f.people {
		if p.canAdd(person) {
			f.marked[person.ID] = true
		}
	}
	p.available.Refresh()
	p.showButtons()
}

// openAvailable is Enter or a double click on a row.
func (p *Picker) openAvailable(i int) {
	f := p.found()
	if f.toggled == f.people[i].ID {
		f.marked[f.toggled] = true
	}
	p.addMarkedOr(i)
}

func (p *Picker) addMarkedOr(i int) {
	f := p.found()
	if len(f.marked) == 0 && i < len(f.people) {
		if !p.canAdd(f.people[i]) {
			p.refuse(f.people[i])
			return
		}
		f.marked[f.people[i].ID] = true
	}
	p.addMarked()
}

func (p *Picker) refuse(person service.Person) {
	if p.chosen.has[person.ID] {
		p.say(person.Name()+" is selected already.", false)
		return
	}
	p.say(person.Name()+" can't be added. "+service.Exclude(person, true).Text()+".", true)
}

// addMarked moves who is marked into the selection. Whose mailbox is not known is asked for first.
func (p *Picker) addMarked() {
	f := p.found()
	if !p.online || len(f.marked) == 0 {
		return
	}
	var known, unknown []service.Selection
	origin, group := service.OriginUser, ""
	if p.way.Chosen() == byGroup {
		origin, group = service.OriginGroup, p.current
	}
	for _, person := range f.people {
		if !f.marked[person.ID] {
			continue
		}
		t := service.Selection{Person: person, Origin: origin, GroupID: group}
		if service.Exclude(person, true) == service.ExclusionUnknown {
			unknown = append(unknown, t)
		} else {
			known = append(known, t)
		}
	}
	f.marked = map[string]bool{}
	f.toggled = ""
	if len(unknown) == 0 {
		p.take(known)
		return
	}
	// No more are asked for than there is room for, and one more which says so.
	if most := max(0, p.chosen.room()-len(known)) + 1; len(unknown) > most {
		unknown = unknown[:most]
	}
	p.resolve(known, unknown)
}

func (p *Picker) resolve(known, unknown []service.Selection) {
	people := make([]service.Person, len(unknown))
	for i, t := range unknown {
		people[i] = t.Person
	}
	ctx, current := p.search.start(p.options.Context, "Asks Exchange for "+number(len(people))+" mailboxes")
	if len(people) == 1 {
		p.search.what = "Asks Exchange for the mailbox of " + people[0].Name()
	}
	p.show()
	p.options.Loader.Act(func() func() {
		resolved, err := p.options.Search.Resolve(ctx, p.options.Service, people)
		return func() {
			if !current() {
				return
			}
			p.search.end()
			byID := map[string]service.Person{}
			for _, person := range resolved {
				byID[person.ID] = person
			}
			all := append([]service.Selection(nil), known...)
			for _, t := range unknown {
				if person, ok := byID[t.Person.ID]; ok {
					t.Person = person
				}
				all = append(all, t)
			}
			p.learn(byID)
			p.take(all)
			if err != nil {
				p.say(sentence(err), true)
			}
		}
	})
}

// learn keeps what was asked, so that rows show it.
func (p *Picker) learn(byID map[string]service.Person) {
	for _, f := range []*found{&p.users, &p.group} {
		for i := range f.people {
			if person, ok := byID[f.people[i].ID]; ok {
				f.people[i] = person
			}
		}
	}
}

func (p *Picker) take(people []service.Selection) {
	before := len(p.chosen.list)
	r := p.chosen.add(people)
	p.show()
	switch n := len(p.chosen.list) - before; {
	case r.n > 0:
		p.say(r.text(), true)
	case n == 1:
		p.say("1 person added.", false)
	default:
		p.say(number(n)+" people added.", false)
	}
	p.changed()
}

func (p *Picker) removeMarked() {
	if len(p.removing) == 0 {
		return
	}
	p.chosen.remove(p.removing)
	p.removing = map[string]bool{}
	p.said, p.warn = "", false
	p.show()
	p.changed()
}

func (p *Picker) changed() {
	if p.options.OnChange != nil {
		p.options.OnChange()
	}
}

// say puts a sentence below the lists, until something else is done.
func (p *Picker) say(sentence string, warn bool) {
	p.said, p.warn = sentence, warn
	p.showButtons()
}

// sentence is an error in words, with what to do.
func sentence(err error) string {
	e := service.AsError(err)
	if e.Help == "" {
		return e.Message
	}
	return e.Message + " " + e.Help
}
