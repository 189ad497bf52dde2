package targets

import (
	"time"

	"cloudappsecurity/service"
)

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

func (p *Picker) groupFocused() bool {
	c := p.canvas()
	return c != nil && c.Focused() == p.groupList.Focusable()
}
