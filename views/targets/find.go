package targets

import (
	"context"
	"fmt"
	"strings"

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
		p.left.say = fmt.Sprintf("Type at least %d characters of %s.", minGroup, p.kind.name)
		p.showFind()
	case p.kind.sites:
		p.findTitles(text)
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
		person, site, err := p.find1(ctx, upn)
		return func() {
			if !current() {
				return
			}
			p.search.end()
			p.know(site)
			switch {
			case service.CodeOf(err) == service.CodeNotFound:
				p.left.say = upn + p.kind.missing
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

// dispatch comes back to the main thread in the middle of work.
func (p *Picker) dispatch(f func()) {
	if p.options.Loader.On != nil {
		p.options.Loader.On(f)
		return
	}
	fyne.Do(f)
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

func (p *Picker) enterLists() {
	switch {
	case p.way.Chosen() == byGroup && len(p.groups) > 0:
		p.focus(p.groupList.Focusable())
	case len(p.found().people) > 0:
		p.focus(p.available.Focusable())
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
