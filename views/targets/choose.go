package targets

import (
	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// why says why person can't be selected; ExclusionNone if they can.
func (p *Picker) why(person service.Person) service.Exclusion {
	if site, ok := p.sites[person.ID]; ok {
		return service.ExcludeSite(site)
	}
	return service.Exclude(p.options.Service, person, true)
}

// toAsk says whether it is not known yet whether somebody can be selected.
func toAsk(why service.Exclusion) bool {
	return why == service.ExclusionUnknown || why == service.ExclusionUnknownDrive
}

// canAdd says whether person may be marked. A mailbox or drive that is not known yet is asked for when they are added.
func (p *Picker) canAdd(person service.Person) bool {
	if p.chosen.has[person.ID] {
		return false
	}
	why := p.why(person)
	return why == service.ExclusionNone || toAsk(why)
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
	p.say(person.Name()+" can't be added. "+p.why(person).TextOf(p.options.Service)+".", true)
}

// addMarked moves who is marked into the selection. Whose mailbox is not known is asked for first.
func (p *Picker) addMarked() {
	f := p.found()
	if !p.online || len(f.marked) == 0 {
		return
	}
	var known, unknown []service.Selection
	origin, group := p.kind.origins[p.way.Chosen()], ""
	if origin == service.OriginGroup {
		group = p.current
	}
	for _, person := range f.people {
		if !f.marked[person.ID] {
			continue
		}
		t := service.Selection{Person: person, Origin: origin, GroupID: group}
		if toAsk(p.why(person)) {
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
	ctx, current := p.search.start(p.options.Context, "Asks "+p.kind.asked+" for "+ui.Number(len(people))+" "+p.kind.haves)
	if len(people) == 1 {
		p.search.what = "Asks " + p.kind.asked + " for the " + p.kind.have + " of " + people[0].Name()
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
		p.say("1 "+p.kind.one+" added.", false)
	default:
		p.say(ui.Number(n)+" "+p.kind.more+" added.", false)
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
