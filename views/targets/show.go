package targets

import (
	"fmt"

	"fyne.io/fyne/v2"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// groupsInSight is how many groups are shown without scrolling.
const groupsInSight = 4

// show draws everything anew.
func (p *Picker) show() {
	p.showFind()
	p.showLists()
	p.showButtons()
	p.count.SetText(fmt.Sprintf("%d of %d", len(p.chosen.list), service.MaxSelected))
	tone := ui.Info
	if p.chosen.room() == 0 {
		tone = ui.Warn
	}
	p.bar.SetTone(tone)
	p.bar.Set(len(p.chosen.list), service.MaxSelected)
	p.root.Refresh()
}

func (p *Picker) showFind() {
	p.find.SetEnabled(p.online)
	placeholder, hint := p.kind.placeholders[p.way.Chosen()], ""
	if n := len(p.groups); p.way.Chosen() == byGroup && n > 0 {
		hint = ui.Counted(n, "group", "groups")
	}
	if !p.online {
		placeholder = "Waits for the connection"
	}
	p.find.SetPlaceholder(placeholder)
	p.find.SetHint(hint, p.online && p.find.Text() != "")
	p.find.SetInvalid(false)
	p.showEmpty()
}

func (p *Picker) showLists() {
	grouped := p.way.Chosen() == byGroup && len(p.groups) > 0
	p.groupSize.height = 0
	if grouped {
		most := groupsInSight
		if h := p.Size().Height; h > 0 && h < 420 {
			most /= 2
		}
		p.groupSize.height = 32 * float32(min(most, len(p.groups)))
	}
	show(p.groupBox, grouped)
	head := ""
	for _, g := range p.groups {
		if g.ID == p.current {
			head = g.DisplayName + ", with nested groups"
		}
	}
	if p.way.Chosen() == byUser || p.kind.sites {
		head = "Found"
	}
	p.headText.SetText(head)
	show(p.heading, head != "" && len(p.found().people) > 0)
	p.busyText.SetText(p.busyWords())
	show(p.busy, p.Searching())
	show(p.ring, p.Searching()) // it goes on turning where only what it stands in is hidden
	p.groupList.Refresh()
	p.available.Refresh()
	p.selected.Refresh()
	p.showEmpty()
	p.noneYet.Objects = nil
	if len(p.inSight()) == 0 {
		title, words := p.kind.none[0], p.kind.none[1]
		if p.filter.Text() != "" {
			title, words = p.kind.nobody+" found", p.kind.nobody+" among the selected has \""+p.filter.Text()+"\" in the name or address."
		}
		p.noneYet.Add(centered(ui.EmptyState(p.kind.icon, title, words, nil)))
	}
	p.noneYet.Refresh()
}

func (p *Picker) busyWords() string {
	if !p.members.running() {
		return p.search.what + "."
	}
	words := p.members.what
	if n := len(p.group.people); n > 0 {
		words += ": " + ui.Number(n)
		for _, g := range p.groups {
			if g.ID == p.current && g.count > 0 {
				words += " of " + ui.Number(g.count)
			}
		}
	}
	return words + "."
}

// showEmpty says why no people are listed at the left.
func (p *Picker) showEmpty() {
	p.empty.Objects = nil
	if len(p.found().people) == 0 && !p.Searching() {
		icon, title, words := "search", p.kind.find[p.way.Chosen()][0], p.kind.find[p.way.Chosen()][1]
		if p.way.Chosen() == byGroup {
			if p.current != "" {
				icon, title, words = "people", "Nobody in this group", "It has no users, and no nested groups with users."
			} else if len(p.groups) > 0 {
				icon, title, words = "people", "Choose a group", "Its users are listed here."
			}
		}
		if p.left.say != "" {
			icon, title, words = "info", "Nothing to list", p.left.say
		}
		if !p.online {
			icon, title, words = "cloud_off", "Waits for the connection", "Adding needs Microsoft 365. The selected "+p.kind.more+" can be reviewed and removed."
		}
		p.empty.Add(centered(ui.EmptyState(icon, title, words, nil)))
	}
	p.empty.Refresh()
}

func centered(o fyne.CanvasObject) fyne.CanvasObject {
	return ui.Column(0, ui.Space(0, 8), o)
}

func (p *Picker) showButtons() {
	if p.add == nil {
		return
	}
	marked := len(p.found().marked)
	p.add.SetEnabled(marked > 0 && p.online)
	kind := ui.Outlined
	if marked > 0 && p.online {
		kind = ui.Primary
	}
	p.add.SetKind(kind)
	p.remove.SetEnabled(len(p.removing) > 0)
	switch {
	case !p.online:
		p.note.set("Adding waits for the connection.", false)
	case p.said != "":
		p.note.set(p.said, p.warn)
	case p.left.say != "" && len(p.found().people) > 0:
		p.note.set(p.left.say, true)
	case marked > 0:
		p.note.set(ui.Number(marked)+" marked. Enter, double click or the arrow adds them.", false)
	case len(p.found().people) > 0:
		p.note.set("Space or a click marks, Ctrl+A marks all.", false)
	default:
		p.note.set("", false)
	}
	words := "Delete, double click or the arrow removes."
	if n := len(p.removing); n > 0 {
		words = ui.Number(n) + " marked. " + words
	}
	p.rightNote.SetText(words + " Works offline, too.")
}

func (p *Picker) updateAvailable(i int, cells []fyne.CanvasObject) {
	f := p.found()
	if i >= len(f.people) {
		return
	}
	person := f.people[i]
	box, okBox := cells[0].(*mark)
	cell, okCell := cells[1].(*personCell)
	if !okBox || !okCell {
		return
	}
	box.Set(f.marked[person.ID], p.online && p.canAdd(person))
	cell.set(person, remarkOf(person, p.why(person), p.chosen.has[person.ID]))
}

func (p *Picker) updateGroup(i int, cells []fyne.CanvasObject) {
	if i >= len(p.groups) {
		return
	}
	g := p.groups[i]
	icon, okIcon := cells[0].(*ui.Icon)
	name, okName := cells[1].(*ui.Text)
	count, okCount := cells[2].(*ui.Text)
	if !okIcon || !okName || !okCount {
		return
	}
	role := ui.RoleBody
	icon.Set("people", ui.ColorText3)
	if g.ID == p.current {
		role = ui.RoleStrong
		icon.Set("checkmark", ui.ColorText)
	}
	name.SetRole(role)
	name.SetText(g.DisplayName)
	switch {
	case g.HiddenMembers:
		count.SetText("members are hidden")
	case g.count >= 0:
		count.SetText(ui.Counted(g.count, "user", "users"))
	default:
		count.SetText("")
	}
}
