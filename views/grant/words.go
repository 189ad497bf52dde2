package grant

import (
	"fmt"
	"strings"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

func (v *View) chosenOption() service.Option {
	if v.started || v.state.org.Option == service.OptionNone {
		return v.option
	}
	return v.state.org.Option
}

func syncWords(p service.SyncProgress) (title, words string) {
	part := func(one, more string) string {
		if p.Total > 0 {
			return fmt.Sprintf("%s of %s", ui.Number(p.Done), ui.Counted(p.Total, one, more))
		}
		return ui.Counted(p.Done, one, more)
	}
	switch p.Phase {
	case service.SyncGroups:
		return "Synchronizes groups", part("group", "groups") + "."
	case service.SyncMailboxes:
		return "Asks for the kinds of mailboxes", part("person", "people") + "."
	case service.SyncCheck:
		return "Checks the first mailbox", ui.Counted(p.Done, "person is a target.", "people are targets.")
	case service.SyncUsers:
		if p.Done > 0 {
			return "Synchronizes users", part("person", "people") + "."
		}
	case service.SyncIdle, service.SyncDone, service.SyncFailed:
	}
	return "Begins to synchronize", "Asks Microsoft 365 who there is."
}

func countWords(o service.Option, c service.TargetCounts) string {
	if o == service.OptionSelected {
		return ui.Counted(c.Protected, "selected user is covered.", "selected users are covered.")
	}
	words := fmt.Sprintf("%s of %s covered.", ui.Number(c.Protected), ui.Counted(c.People, "person is", "people are"))
	add := func(n int, one, more string) {
		if n > 0 {
			words += " " + ui.Counted(n, one, more)
		}
	}
	add(c.NoMailbox, "has no mailbox.", "have no mailbox.")
	add(c.Guests, "is a guest.", "are guests.")
	add(c.Resources, "is a room or equipment.", "are rooms or equipment.")
	add(c.Unknown, "has a mailbox whose kind is not known yet.", "have mailboxes whose kind is not known yet.")
	return words
}

func optionWords(stored, chosen service.Option, selected int) string {
	if stored == service.OptionNone {
		stored = chosen
	}
	if stored == service.OptionSelected {
		return ui.Counted(selected, "selected user", "selected users")
	}
	return "all users and groups"
}

func (v *View) grantedBy() string {
	a := v.state.account
	if a.GrantedAt.IsZero() {
		return ""
	}
	at := lower(ui.Moment(a.GrantedAt, v.c.Now()))
	if a.GrantedBy == "" {
		return at
	}
	return "by " + a.GrantedBy + ", " + at
}

// lower begins with a small letter what stands inside a sentence: "today 14:12". Names of days keep theirs.
func lower(moment string) string {
	if rest, ok := strings.CutPrefix(moment, "Today"); ok {
		return "today" + rest
	}
	return moment
}

func otherNames(s service.Service) string {
	var names []string
	for _, o := range service.Services() {
		if o != s {
			names = append(names, o.Name())
		}
	}
	return strings.Join(names, " and ")
}

func sentence(e *service.Error) string {
	if e.Help == "" {
		return e.Message
	}
	return e.Message + " " + e.Help
}
